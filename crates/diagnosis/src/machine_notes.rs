//! Lines of a gear and of an induction motor's rotor, where its teeth or poles are stated.
//!
//! A gear's teeth mesh at their number times the shaft's speed; a worn or eccentric gear swells once a turn, which gives
//! sidebands at the shaft's speed. A rotor slips behind the mains' field; a broken bar or an uneven gap passes the
//! poles at slip times poles, which gives sidebands of that distance round the shaft's line.

use brinell_signal::{Hertz, Phrase, phrase};

use crate::SpectrumNote;
use crate::spectrum_notes::Line;

/// Harmonics of the mesh.
const MESH_HARMONICS: u32 = 3;

/// A line of the mesh is at least so many times the middle one of the shaft's harmonics around it.
const OVER_THE_SHAFTS: f64 = 3.0;

/// Largest slip of a loaded induction motor, relative to its field.
const MOST_SLIP: f64 = 0.1;

/// Sidebands are told apart from the shaft's line from this many lines of the spectrum on.
const APART: f64 = 4.0;

/// The mesh of a gear with `teeth` on the shaft, if it stands out; `line` looks a frequency up.
pub(crate) fn mesh(
    teeth: u32,
    shaft: Hertz,
    rate: Hertz,
    line: impl Fn(f64) -> Line,
) -> Option<SpectrumNote> {
    let below_nyquist = |hz: &f64| *hz < 0.49 * rate.0;
    let at = |order: f64| Some(order * shaft.0).filter(below_nyquist).map(&line).filter(|line| line.clear);
    let harmonics: Vec<f64> = (1..=MESH_HARMONICS).map(|h| f64::from(h) * f64::from(teeth)).collect();
    // Any harmonic of the shaft may stand out of noise; those of a mesh stand out of the shaft's own around them too.
    let over_the_shafts = |order: f64, own: &Line| {
        let mut around =
            [-4.0, -3.0, -2.0, 2.0, 3.0, 4.0].map(|k| line((order + k).max(1.0) * shaft.0).velocity);
        around.sort_by(f64::total_cmp);
        own.velocity >= OVER_THE_SHAFTS * around[3]
    };
    let found = harmonics.iter().map(|order| at(*order).filter(|own| over_the_shafts(*order, own)));
    let found: Vec<Option<Line>> = found.collect();
    let first_there = found.first().is_some_and(Option::is_some);
    let meshes: Vec<Line> = found.into_iter().flatten().collect();
    let first = meshes.first().filter(|_| first_there || meshes.len() > 1)?;
    let sidebands: Vec<Line> =
        harmonics.iter().flat_map(|order| [order - 1.0, order + 1.0]).filter_map(at).collect();
    Some(SpectrumNote {
        code: "gear_mesh".into(),
        text: mesh_text(teeth, first.hz, meshes.len(), sidebands.len()),
        lines_hz: meshes.iter().chain(&sidebands).map(|line| line.hz).collect(),
    })
}

fn mesh_text(teeth: u32, hz: f64, found: usize, sidebands: usize) -> Phrase {
    if sidebands == 0 {
        return phrase!(
            "The mesh of {teeth} teeth stands out from {hz:.1} Hz on ({found} of {tested} harmonics): these lines are the \
             gear's, not a bearing's.",
            teeth,
            hz,
            found,
            tested = MESH_HARMONICS
        );
    }
    phrase!(
        "The mesh of {teeth} teeth stands out from {hz:.1} Hz on ({found} of {tested} harmonics), with \
         {sidebands:sideband|sidebands} at the shaft speed beside it: these lines are the gear's, not a bearing's.",
        teeth,
        hz,
        found,
        tested = MESH_HARMONICS,
        sidebands
    )
}

/// Sidebands of the pole pass round the shaft's line, where the mains' frequency stands out and tells the slip;
/// `spacing` is that of the spectrum's lines in hertz.
pub(crate) fn pole_pass(
    poles: u32,
    shaft: Hertz,
    spacing: f64,
    line: impl Fn(f64) -> Line,
) -> Option<SpectrumNote> {
    let field = |mains: f64| 2.0 * mains / f64::from(poles);
    let told = |mains: &f64| {
        let seen = [*mains, 2.0 * mains].into_iter().any(|hz| {
            let line = line(hz);
            line.clear && (line.hz - hz).abs() <= 0.005 * hz + spacing
        });
        let slip = 1.0 - shaft.0 / field(*mains);
        seen && slip > 0.0 && slip <= MOST_SLIP
    };
    let mains = [50.0, 60.0].into_iter().find(told)?;
    let distance = (field(mains) - shaft.0) * f64::from(poles);
    if distance < APART * spacing || distance >= shaft.0 {
        return None;
    }
    let sidebands: Vec<f64> = [shaft.0 - distance, shaft.0 + distance]
        .into_iter()
        .map(line)
        .filter(|line| line.clear)
        .map(|line| line.hz)
        .collect();
    (sidebands.len() == 2).then(|| SpectrumNote {
        code: "pole_pass".into(),
        text: phrase!(
            "Sidebands stand {distance:.2} Hz from the shaft's line: the slip against {mains} Hz mains times {poles} \
             poles, as with a broken rotor bar or an uneven air gap.",
            distance,
            mains,
            poles
        ),
        lines_hz: sidebands,
    })
}
