//! The steps from one channel of a recording to its diagnosis.

use brinell_learn::Trained;
use brinell_signal::{Channel, Origin, Phrase, Recording};

use crate::agreement::decide;
use crate::bearing::CatalogueBearing;
use crate::caveats::{caveats, weightiest_first};
use crate::evidence::assess;
use crate::facts::{bearing_facts, indicators, input, method, others, quality};
use crate::figures::figures;
use crate::missing::{blind_to, missing, to_state, too_few_controls, unknown};
use crate::opinion::ask;
use crate::severity::assess_severity;
use crate::smallest::{self, Healthy, smallest_faults};
use crate::spectrum_notes::Gearing;
use crate::speed::{doubt, estimated};
use crate::unknown_bearing::look;
use crate::whole_spectrum::WholeSpectrum;
use crate::*;

/// A bearing and where the knowledge of it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct BearingUse {
    /// Geometry and designation.
    pub bearing: CatalogueBearing,
    /// Declared by the caller, or from the file's layout.
    pub origin: Origin,
}

/// What to diagnose and with what knowledge.
#[derive(Clone, Default)]
pub struct Request<'a> {
    /// Channel to read; the first one when `None`.
    pub channel: Option<&'a str>,
    /// Machine and measuring point, copied into the result.
    pub machine: Machine,
    /// Bearing under the sensor.
    pub bearing: Option<BearingUse>,
    /// A trained net to ask.
    pub model: Option<&'a Trained>,
    /// What is known for severity, trend and actions.
    pub severity: SeverityRequest<'a>,
    /// Whether to look, where nothing is found, for the smallest fault that would have been: 15 more assessments.
    pub smallest_fault: bool,
    /// Teeth of a gear on the shaft, whose mesh is then noted.
    pub teeth: Option<u32>,
    /// Poles of the induction motor that turns the shaft, whose pole pass is then noted.
    pub poles: Option<u32>,
    /// Whether the data of figures are made.
    pub drawn: Drawn,
    /// Command line that repeats this diagnosis, copied into the result.
    pub reproduce: String,
}

/// Diagnoses one channel.
///
/// The shaft speed is the recording's. Without speed or bearing, and for a recording that is too short
/// or damaged, the verdict is undecided and says what to supply. Same input, same result: nothing is
/// drawn at random and no clock is read.
///
/// # Errors
/// The channel does not exist, a transform refuses the recording, or the GPU of the net fails.
pub fn diagnose(recording: &Recording, request: &Request) -> Result<Diagnosis, Error> {
    judge(recording, request).map(|judged| judged.diagnosis)
}

/// A diagnosis that can still be set against readings which were not known when it was made.
///
/// # Errors
/// As [`diagnose`].
pub fn judge(recording: &Recording, request: &Request) -> Result<Judged, Error> {
    let channel = pick(recording, request.channel)?;
    let samples = channel.samples();
    let rate = recording.rate().value;
    let speed = match recording.speed() {
        Some(speed) => Some(speed.clone()),
        None if request.bearing.is_some() => estimated(samples, rate),
        None => None,
    };
    let shaft = speed.as_ref().map(|s| s.value);
    let orders = request.bearing.as_ref().map(|b| b.bearing.geometry.orders());

    let quality = quality(samples, rate, shaft);
    let mut missing = missing(recording, shaft, orders, &quality);
    let assessment = match (shaft, orders) {
        (Some(shaft), Some(orders)) if missing.is_empty() => {
            let spreads = request.bearing.as_ref().map_or([0.0; 3], |used| used.bearing.spreads());
            Some(assess(samples, rate, shaft, &orders, doubt(speed.as_ref()), spreads)?)
        }
        _ => None,
    };
    let unknown_bearing = match (shaft, orders) {
        // Only the bearing is missing: what else is would make combs of nothing.
        (Some(shaft), None) if missing.len() == 1 => {
            let doubt = doubt(speed.as_ref());
            Some(look(samples, rate, shaft, doubt, BearingShelf::shipped())?)
        }
        _ => None,
    };
    if let Some(found) = &unknown_bearing {
        missing = vec![unknown(found)];
    }
    let opinion = ask(request.model, recording, samples, shaft, orders)?;
    missing.extend(assessment.as_ref().and_then(too_few_controls));
    let evidence = assessment.as_ref().map_or(Vec::new(), |a| a.evidence.clone());
    let (mut verdict, disagreement) =
        decide(&evidence, &missing, opinion.learned.as_ref(), blind_to(assessment.as_ref(), rate));
    let mut smallest_fault = Vec::new();
    if let (Verdict::NoFaultFound { blind_to, .. }, true, Some(assessment), Some(used), Some(stated)) =
        (&mut verdict, request.smallest_fault, &assessment, &request.bearing, shaft)
    {
        smallest_fault = smallest_faults(&Healthy {
            samples,
            rate,
            stated,
            shaft: assessment.shaft,
            doubt: doubt(speed.as_ref()),
            bearing: &used.bearing,
        })?;
        let smallest = smallest::in_words(&smallest_fault, &channel.unit().value.to_string());
        *blind_to = Phrase::sentences([blind_to.clone(), smallest]);
    }

    let whole = WholeSpectrum::of(samples, rate)?;
    let mut diagnosis = Diagnosis {
        schema: SCHEMA.to_owned(),
        id: format!("{}-{}", recording.provenance().sha256.get(..12).unwrap_or("unhashed"), channel.name()),
        tool: Tool { name: "brinell".into(), version: env!("CARGO_PKG_VERSION").into() },
        input: input(recording, channel),
        machine: request.machine.clone(),
        bearing: request.bearing.as_ref().map(bearing_facts),
        speed: speed.as_ref().map(|s| Speed {
            hz: s.value.0,
            origin: s.origin,
            note: s.note.clone(),
            uncertainty: doubt(Some(s)),
            by_its_lines_hz: assessment.as_ref().map(|a| a.shaft.0).filter(|hz| *hz != s.value.0),
        }),
        others: assessment.as_ref().map_or(Vec::new(), |a| others(&a.others, a.shaft)),
        notes: crate::spectrum_notes::notes(
            &whole,
            rate,
            assessment.as_ref().map(|a| a.shaft).or(shaft),
            channel.unit().value,
            Gearing { teeth: request.teeth, poles: request.poles },
        ),
        smallest_fault,
        unknown_bearing,
        quality,
        indicators: indicators(samples, &channel.unit().value.to_string()),
        method: method(assessment.as_ref(), recording, shaft),
        assessed: None,
        actions: Vec::new(),
        figures: match (request.drawn, &verdict) {
            (Drawn::Never, _) | (Drawn::Doubtful, Verdict::NoFaultFound { .. }) => Figures::default(),
            _ => figures(channel, rate, shaft, orders, assessment.as_ref(), &whole)?,
        },
        verdict,
        disagreement,
        learned: opinion.learned,
        learned_note: opinion.note,
        caveats: Vec::new(),
        evidence,
        reproduce: request.reproduce.clone(),
    };
    let (start, to_state) = (recording.start(), to_state(&missing));
    assess_severity(&mut diagnosis, (channel, &whole), rate, start, &to_state, &request.severity);
    diagnosis.caveats = opinion.caveats;
    diagnosis.caveats.extend(caveats(&diagnosis, recording));
    weightiest_first(&mut diagnosis.caveats);
    Ok(Judged { diagnosis, to_state })
}

/// The channel that was asked for, or the first.
pub(crate) fn pick<'a>(recording: &'a Recording, asked: Option<&str>) -> Result<&'a Channel, Error> {
    let found = match asked {
        Some(name) => recording.channel(name),
        None => recording.channels().first(),
    };
    found.ok_or_else(|| Error::UnknownChannel {
        asked: asked.unwrap_or_default().to_owned(),
        known: recording.channels().iter().map(|c| c.name().to_owned()).collect(),
    })
}
