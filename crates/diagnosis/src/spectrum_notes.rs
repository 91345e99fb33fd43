//! What the spectrum shows of the machine itself, so that a bearing is not blamed for it.
//!
//! The rules are the usual ones, of lines in velocity: unbalance is one line at the shaft speed; misalignment
//! shows more at twice the speed than at once; looseness fills many harmonics, and halves; the mains stand at
//! twice its frequency whatever the shaft does. Where teeth or poles are stated, a gear's mesh and a rotor's pole pass
//! are looked for too (`machine_notes.rs`). Each is a note, never a verdict.

use brinell_signal::{Hertz, Phrase, Unit, fourier::FLOOR_HALF_WIDTH, phrase};

use crate::SpectrumNote;
use crate::machine_notes::{mesh, pole_pass};
use crate::whole_spectrum::WholeSpectrum;

/// A line stands out from this many times its floor (20 dB).
const STANDS_OUT: f64 = 10.0;

/// Harmonics of the shaft that are looked at.
const HARMONICS: usize = 10;

/// How many of them stand out where something is loose.
const LOOSE: usize = 6;

/// Unbalance: the first harmonic is at least so many times any other.
const RULES: f64 = 3.0;

/// Misalignment: the second harmonic is at least so many times the first.
const DOUBLE: f64 = 1.5;

/// A line: frequency, amplitude over frequency (velocity, up to a factor), and whether it stands out.
pub(crate) struct Line {
    pub(crate) hz: f64,
    pub(crate) velocity: f64,
    pub(crate) clear: bool,
}

/// What is stated of the machine beside its bearing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Gearing {
    /// Teeth of the gear on the shaft.
    pub(crate) teeth: Option<u32>,
    /// Poles of the induction motor that turns it.
    pub(crate) poles: Option<u32>,
}

/// Notes on the spectrum of a recording, whose unit decides whether lines are turned into velocity.
pub(crate) fn notes(
    spectrum: &WholeSpectrum,
    rate: Hertz,
    shaft: Option<Hertz>,
    unit: Unit,
    gearing: Gearing,
) -> Vec<SpectrumNote> {
    let WholeSpectrum { spacing, lines } = spectrum;
    let spacing = *spacing;
    let line = |hz: f64| {
        let centre = (hz / spacing).round() as usize;
        let reach = ((1e-3 * hz / spacing) as usize).max(2);
        let (from, to) = (centre.saturating_sub(reach).max(1), (centre + reach + 1).min(lines.len()));
        if from + 3 >= to || spacing > hz / 4.0 {
            return Line { hz, velocity: 0.0, clear: false };
        }
        let top = (from..to).fold(from, |a, b| if lines[b] > lines[a] { b } else { a });
        let around =
            centre.saturating_sub(FLOOR_HALF_WIDTH).max(1)..(centre + FLOOR_HALF_WIDTH + 1).min(lines.len());
        let mut floor: Vec<f32> = lines[around].to_vec();
        let middle = floor.len() / 2;
        let floor = f64::from(*floor.select_nth_unstable_by(middle, f32::total_cmp).1);
        let (hz, amplitude) = (top as f64 * spacing, f64::from(lines[top]));
        let velocity = if unit == Unit::MillimetresPerSecond { amplitude } else { amplitude / hz };
        Line { hz, velocity, clear: amplitude > STANDS_OUT * floor && amplitude > 0.0 }
    };
    let mut notes = Vec::new();
    if let Some(shaft) = shaft {
        let harmonics: Vec<Line> = (1..=HARMONICS).map(|k| line(k as f64 * shaft.0)).collect();
        let halves: Vec<Line> = [0.5, 1.5, 2.5].iter().map(|k| line(k * shaft.0)).collect();
        notes.extend(of_shaft(&harmonics, &halves, unit));
    }
    if let Some((shaft, teeth)) = shaft.zip(gearing.teeth) {
        notes.extend(mesh(teeth, shaft, rate, line));
    }
    if let Some((shaft, poles)) = shaft.zip(gearing.poles) {
        notes.extend(pole_pass(poles, shaft, spacing, line));
    }
    for mains in [50.0, 60.0] {
        let double = line(2.0 * mains);
        let of_shaft = shaft.is_some_and(|shaft| {
            let order = double.hz / shaft.0;
            (order - order.round()).abs() * shaft.0 <= 2.0 * spacing + 1e-3 * double.hz
        });
        if double.clear && !of_shaft && (double.hz - 2.0 * mains).abs() <= 0.005 * double.hz + spacing {
            notes.push(SpectrumNote {
                code: "mains".into(),
                text: phrase!(
                    "A line stands at {hz:.1} Hz, twice the mains: electrical, or the motor's magnetic pull.",
                    hz = double.hz
                ),
                lines_hz: vec![double.hz],
            });
        }
    }
    notes
}

fn of_shaft(harmonics: &[Line], halves: &[Line], unit: Unit) -> Option<SpectrumNote> {
    let velocity = if matches!(unit, Unit::Unknown | Unit::Volts) {
        Phrase::word("In velocity, if the samples are of acceleration in whatever unit,")
    } else {
        Phrase::word("In velocity")
    };
    let clear: Vec<f64> = harmonics.iter().chain(halves).filter(|l| l.clear).map(|l| l.hz).collect();
    let count = harmonics.iter().filter(|line| line.clear).count();
    let [first, second, rest @ ..] = harmonics else { return None };
    let note = |code: &str, text: Phrase, lines_hz: Vec<f64>| {
        Some(SpectrumNote { code: code.into(), text, lines_hz })
    };
    if count >= LOOSE && halves.iter().any(|line| line.clear) {
        let text = phrase!(
            "{count} of {tested} harmonics of the shaft stand out, and half ones with them, as where something is loose \
             or rubs.",
            count,
            tested = harmonics.len()
        );
        return note("looseness", text, clear);
    }
    if second.clear && second.velocity >= DOUBLE * first.velocity {
        let text = phrase!(
            "{velocity} the line at twice the shaft speed ({hz:.1} Hz) is {times:.1} times that at once, as with \
             misalignment or a bent shaft.",
            velocity,
            hz = second.hz,
            times = second.velocity / first.velocity.max(f64::MIN_POSITIVE)
        );
        return note("misalignment", text, vec![first.hz, second.hz]);
    }
    let next = rest.iter().map(|line| line.velocity).fold(second.velocity, f64::max);
    if first.clear && first.velocity >= RULES * next {
        let text = phrase!(
            "{velocity} the line at the shaft speed ({hz:.1} Hz) is {times:.1} times any of its harmonics, as with \
             unbalance.",
            velocity,
            hz = first.hz,
            times = first.velocity / next.max(f64::MIN_POSITIVE)
        );
        return note("unbalance", text, vec![first.hz]);
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The first half of a finaliser's word: numbers without lines.
    fn splitmix(i: u64) -> u32 {
        let z = i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 32) as u32
    }

    /// Noise with lines of these amplitudes at these frequencies.
    fn spectrum(lines: &[(f64, f64)]) -> WholeSpectrum {
        let rate = 5000.0;
        let samples: Vec<f32> = (0..40_000u64)
            .map(|i| {
                let noise = f64::from(splitmix(i)) / f64::from(u32::MAX) - 0.5;
                let t = i as f64 / rate;
                let tone = |(f, a): &(f64, f64)| a * (std::f64::consts::TAU * f * t).sin();
                (0.2 * noise + lines.iter().map(tone).sum::<f64>()) as f32
            })
            .collect();
        WholeSpectrum::of(&samples, Hertz(rate)).unwrap()
    }

    const BOTH: Gearing = Gearing { teeth: Some(23), poles: Some(4) };

    fn stated(lines: &[(f64, f64)]) -> Vec<SpectrumNote> {
        notes(&spectrum(lines), Hertz(5000.0), Some(Hertz(24.3)), Unit::G, BOTH)
    }

    fn codes(lines: &[(f64, f64)]) -> Vec<String> {
        let notes = notes(&spectrum(lines), Hertz(5000.0), Some(Hertz(24.3)), Unit::G, Gearing::default());
        notes.into_iter().map(|note| note.code).collect()
    }

    #[test]
    fn each_note_is_given_for_its_own_lines_and_none_for_noise() {
        assert_eq!(codes(&[]), [""; 0]);
        assert_eq!(codes(&[(24.3, 1.0), (48.6, 0.2)]), ["unbalance"]);
        assert_eq!(codes(&[(24.3, 0.3), (48.6, 1.0)]), ["misalignment"]);
        let loose: Vec<(f64, f64)> =
            (1..=8).map(|k| (24.3 * f64::from(k), 1.0)).chain([(12.15, 0.5), (36.45, 0.5)]).collect();
        assert_eq!(codes(&loose), ["looseness"]);
        assert_eq!(codes(&[(100.0, 0.5)]), ["mains"]);
        assert_eq!(codes(&[(120.0, 0.5)]), ["mains"]);
    }

    #[test]
    fn a_record_of_one_sample_has_no_notes() {
        let spectrum = WholeSpectrum::of(&[1.0], Hertz(100.0)).unwrap();
        assert!(notes(&spectrum, Hertz(100.0), Some(Hertz(5.0)), Unit::G, BOTH).is_empty());
    }

    #[test]
    fn the_mesh_of_the_stated_teeth_is_noted_with_its_sidebands_and_no_other_line_is() {
        let found = stated(&[(23.0 * 24.3, 1.0), (22.0 * 24.3, 0.3), (24.0 * 24.3, 0.3)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, "gear_mesh");
        assert_eq!(found[0].lines_hz.len(), 3);
        assert!(
            ["23 teeth", "sidebands"].iter().all(|part| found[0].text.to_string().contains(part)),
            "{}",
            found[0].text
        );
        assert!(stated(&[(21.0 * 24.3, 1.0)]).is_empty());
    }

    #[test]
    fn pole_pass_sidebands_are_noted_where_the_mains_tell_the_slip() {
        // Four poles at 50 Hz turn at 25 Hz without load: slip 0.7 Hz, four times of which is 2.8 Hz.
        let lines = [(100.0, 0.5), (24.3, 1.0), (21.5, 0.3), (27.1, 0.3)];
        let found = stated(&lines);
        let note = found.iter().find(|note| note.code == "pole_pass").unwrap();
        assert_eq!(note.lines_hz.len(), 2);
        let text = note.text.to_string();
        assert!(text.contains("2.80 Hz") && text.contains("50 Hz"), "{text}");
        assert!(stated(&lines[1..]).iter().all(|note| note.code != "pole_pass"), "the mains are not told");
        assert!(stated(&lines[..2]).iter().all(|note| note.code != "pole_pass"), "no sidebands");
    }
}
