//! How bad it is, how it changes, and what to do by when.
//!
//! Two axes that never stand in for each other: the broadband level (zones of a standard) and the bearing (verdict and
//! stage). A good zone says nothing of a bearing, and never makes an action calm.
//!
//! | file | idea |
//! |---|---|
//! | `zone.rs` | velocity RMS and the zone of the standard, or why there is none |
//! | `stage.rs` | stage of damage as a range with its reasons |
//! | `judged.rs` | a diagnosis that waits for readings of the same point |
//! | `reading.rs` | earlier readings of the same point, from reports and tables |
//! | `day.rs` | dates as days |
//! | `history.rs` | change against the baseline, in robust sigmas |
//! | `life.rs` | remaining life with its interval, or why there is none |
//! | `policy.rs` | what to do in which case: data that ships, or the user's own |

mod day;
mod history;
mod judged;
mod life;
mod policy;
mod reading;
mod stage;
mod zone;

use brinell_signal::{Channel, Hertz, Origin, Phrase, Unit, phrase};
use serde::{Deserialize, Serialize};

pub use history::{Change, History};
pub use judged::Judged;
pub use life::{Life, Limit};
pub use policy::{Criticality, Policy};
pub use reading::{EarlierReading, read_history};
pub use stage::StageRange;
pub use zone::{Severity, Support, Zone};

use crate::Diagnosis;
use crate::whole_spectrum::WholeSpectrum;
use day::{DATE_LENGTH, Day};

/// What is known for severity, trend and actions beside the recording.
#[derive(Debug, Clone, Default)]
pub struct SeverityRequest<'a> {
    /// Date of the measurement (ISO 8601), when the recording does not carry one.
    pub measured: Option<String>,
    /// Earlier readings, of any point: those of this point are picked out.
    pub history: &'a [EarlierReading],
    /// What counts as failure for a remaining life.
    pub limit: Option<Limit>,
    /// The plant's policy; the one that ships when `None`.
    pub policy: Option<&'a Policy>,
}

/// Whether a text is a date that a history can be ordered by: `2026-11-03`, with or without a time behind it.
#[must_use]
pub fn is_date(text: &str) -> bool {
    Day::parse(text).is_some()
}

/// First and last moment that a date may mean, in days since 1970: a whole day where it has no time; `None` where the
/// text [is none](is_date).
#[must_use]
pub fn day_span(text: &str) -> Option<[f64; 2]> {
    let Day(from) = Day::parse(text)?;
    let length = if text.trim().len() > DATE_LENGTH { 0.0 } else { 1.0 };
    Some([from, from + length])
}

/// The date that many days after another, without a time: `2026-11-03`; `None` where the text [is none](is_date).
#[must_use]
pub fn date_after(text: &str, days: u32) -> Option<String> {
    Day::parse(text)?.date_after(days)
}

/// What was concluded about severity, in the order of a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Assessed {
    /// When the recording was made (ISO 8601), as its file or the user says.
    pub measured: Option<String>,
    /// Broadband level and zone.
    pub severity: Severity,
    /// Stage of damage.
    pub stage: StageRange,
    /// Change against earlier readings.
    pub history: History,
    /// Name of the policy behind the actions.
    pub policy: Phrase,
    /// What the policy says of itself; may be empty.
    #[serde(default)]
    pub policy_note: Phrase,
}

/// Adds severity, stage, history and actions to a diagnosis whose evidence and verdict stand.
///
/// `start` is the time of the recording as its file gives it; `to_state` is all that a verdict lacks, where that has only
/// to be stated. Nothing here fails: what cannot be told is told to be
/// so, with the reason.
pub(crate) fn assess_severity(
    diagnosis: &mut Diagnosis,
    (channel, spectrum): (&Channel, &WholeSpectrum),
    rate: Hertz,
    start: Option<&str>,
    to_state: &[Phrase],
    request: &SeverityRequest,
) {
    let shaft = diagnosis.speed.as_ref().map(|speed| Hertz(speed.hz));
    let measured = request.measured.clone().or_else(|| start.map(str::to_owned));
    let severity = zone::assess(channel, rate, shaft, diagnosis);
    let stage = stage::assess(diagnosis, spectrum, rate, shaft);
    follow(diagnosis, Assessed { measured, severity, stage, ..Assessed::default() }, to_state, request);
}

/// Adds history and actions to what was assessed of the recording itself.
fn follow(diagnosis: &mut Diagnosis, assessed: Assessed, to_state: &[Phrase], request: &SeverityRequest) {
    let Assessed { measured, severity, stage, .. } = assessed;
    let now = reading::of_this(diagnosis, &severity, measured.as_deref().and_then(Day::parse));
    let history = history::assess(&now, request.history, request.limit.as_ref(), &severity);
    let shipped = Policy::shipped();
    let policy = request.policy.unwrap_or(&shipped);
    diagnosis.actions = policy.actions(diagnosis, &severity, &stage, &history, to_state);
    let (policy, policy_note) = (Phrase::named(&policy.name), Phrase::named(&policy.note));
    diagnosis.assessed = Some(Assessed { measured, severity, stage, history, policy, policy_note });
}

/// Why there is no zone where amplitudes of the channel cannot be compared with limits: the unit is none of motion, or
/// assumed.
fn unit_doubt(channel: &Channel) -> Option<Phrase> {
    let unit = channel.unit();
    match unit.value {
        Unit::Unknown => {
            Some(Phrase::word("No zone: the unit of the samples is not known: give it (--unit g)."))
        }
        Unit::Volts => Some(Phrase::word(
            "No zone: the samples are volts: give the unit of motion (--unit) after scaling by the sensor's sensitivity.",
        )),
        known if unit.origin == Origin::Assumed => Some(phrase!(
            "No zone: the unit ({unit}) is assumed: state it (--unit {unit}) if it is right.",
            unit = known.to_string()
        )),
        _ => None,
    }
}
