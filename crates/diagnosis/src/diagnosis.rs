//! The result of diagnosing one recording, as plain data.
//!
//! Everything a report shows is in here and nothing else: renderers read a [`Diagnosis`] and never
//! a recording. Numbers are SI unless the field's name carries a unit. A quantity that could not be
//! found is `None` beside a sentence that says why, never NaN.

use brinell_signal::{BearingOrders, FaultKind, Origin, Phrase};
use serde::{Deserialize, Serialize};

use crate::{Assessed, Criticality, Figures, GeometryUncertainty, SmallestFault, Support, UnknownBearing};

/// Name and version of the JSON form; the number rises when a field is removed or changes meaning.
pub const SCHEMA: &str = "brinell.report/1";

/// One diagnosed channel of one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Short identifier: first 12 hexadecimal digits of the input's SHA-256, a dash, the channel.
    pub id: String,
    /// The program that made this.
    pub tool: Tool,
    /// The file and channel that were read.
    pub input: Input,
    /// The machine, as far as it was declared.
    pub machine: Machine,
    /// The bearing that was assumed under the sensor; `None` when not known.
    pub bearing: Option<Bearing>,
    /// Shaft speed; `None` when not known.
    pub speed: Option<Speed>,
    /// Checks of the recording itself, all of them, also those that passed.
    pub quality: Vec<QualityCheck>,
    /// Scalar indicators (RMS, kurtosis, crest factor...), in display order.
    pub indicators: Vec<Indicator>,
    /// How the evidence was computed (bands, resolution, number of controls, levels).
    pub method: Method,
    /// Evidence from the signal alone, one entry for each fault kind that was tested.
    pub evidence: Vec<Evidence>,
    /// Opinion of the trained net; `None` when no net was used, `learned_note` says why.
    pub learned: Option<Learned>,
    /// Why there is no learned opinion, or what limits it. Empty when there is nothing to say.
    pub learned_note: Phrase,
    /// Present when evidence and net contradict each other: one sentence, shown first.
    pub disagreement: Option<Phrase>,
    /// The verdict.
    pub verdict: Verdict,
    /// Severity, stage and history; `None` in reports of before these were assessed.
    #[serde(default)]
    pub assessed: Option<Assessed>,
    /// What to do, in order.
    pub actions: Vec<Action>,
    /// Combs that stand out and are none of this bearing's.
    #[serde(default)]
    pub others: Vec<OtherComb>,
    /// What the spectrum shows of the machine itself: unbalance, looseness, mains.
    #[serde(default)]
    pub notes: Vec<SpectrumNote>,
    /// The smallest fault that would have been seen, part by part; empty unless it was asked for and nothing was found.
    #[serde(default)]
    pub smallest_fault: Vec<SmallestFault>,
    /// What was found where the bearing is not known; `None` where it is, or where nothing could be looked for.
    #[serde(default)]
    pub unknown_bearing: Option<UnknownBearing>,
    /// What limits this diagnosis.
    pub caveats: Vec<Caveat>,
    /// Data of the figures; empty where none were asked for.
    pub figures: Figures,
    /// Command line that repeats this diagnosis.
    pub reproduce: String,
}

/// The program that made a diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// `brinell`.
    pub name: String,
    /// Version of the crate.
    pub version: String,
}

/// Facts about the file and channel that were diagnosed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Path as given.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Name of the file format, e.g. `matlab5`.
    pub format: String,
    /// Variable or column that was read, e.g. `X105_DE_time`.
    pub variable: String,
    /// Name of the channel, e.g. `DE`.
    pub channel: String,
    /// Where the sensor sits, when known.
    pub position: Option<String>,
    /// Unit of the samples, e.g. `g`.
    pub unit: String,
    /// Where the unit comes from.
    pub unit_origin: Origin,
    /// Samples per second.
    pub rate_hz: f64,
    /// Where the rate comes from.
    pub rate_origin: Origin,
    /// Number of samples.
    pub samples: usize,
    /// Duration in seconds.
    pub duration_s: f64,
    /// Where it begins in the recording, in seconds; `None` where it is the whole of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_s: Option<f64>,
}

/// The machine and measuring point, as declared by the user or a manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Name of the machine.
    pub asset: Option<String>,
    /// Name of the measuring point.
    pub point: Option<String>,
    /// Rated power in kilowatts.
    #[serde(default)]
    pub power_kw: Option<f64>,
    /// Group of the machine by the standard of the zones: 1 or 2.
    #[serde(default)]
    pub group: Option<u8>,
    /// How the machine stands.
    #[serde(default)]
    pub support: Option<Support>,
    /// How much depends on the machine.
    #[serde(default)]
    pub criticality: Option<Criticality>,
}

/// The bearing whose orders were used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bearing {
    /// Designation, e.g. `6205`.
    pub designation: String,
    /// Number of rolling elements.
    pub rolling_elements: u32,
    /// Diameter of a rolling element in millimetres.
    pub ball_diameter_mm: f64,
    /// Pitch diameter in millimetres.
    pub pitch_diameter_mm: f64,
    /// Contact angle in degrees.
    pub contact_angle_deg: f64,
    /// Kinematic orders (multiples of the shaft speed, inner ring rotating).
    pub orders: BearingOrders,
    /// Where geometry and designation come from.
    pub origin: Origin,
    /// Source of the geometry, in words.
    pub source: Phrase,
    /// How far the geometry may be off.
    #[serde(default)]
    pub uncertainty: GeometryUncertainty,
}

/// Shaft speed used for the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Revolutions per second.
    pub hz: f64,
    /// Where it comes from.
    pub origin: Origin,
    /// In words, e.g. `variable X105RPM`.
    pub note: Phrase,
    /// Relative uncertainty by which the search was widened on either side.
    #[serde(default)]
    pub uncertainty: f64,
    /// Revolutions per second by the shaft's own lines, where they tell another speed; the evidence uses it.
    #[serde(default)]
    pub by_its_lines_hz: Option<f64>,
}

/// A comb of something that is no part of this bearing: another bearing, a gear, a belt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherComb {
    /// Its order, in multiples of the shaft speed.
    pub order: f64,
    /// Its fundamental in hertz.
    pub hz: f64,
    /// Deviations above the scores of control orders.
    pub deviations: f64,
    /// Chance of that in one window of the search.
    pub p: f64,
}

/// Something in the spectrum that is not the bearing's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpectrumNote {
    /// Stable name: `unbalance`, `misalignment`, `looseness`, `mains`, `gear_mesh`, `pole_pass`.
    pub code: String,
    /// One sentence with the numbers.
    pub text: Phrase,
    /// Lines it rests on, in hertz.
    pub lines_hz: Vec<f64>,
}

/// How serious a quality check's outcome is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Within its limit.
    Ok,
    /// Outside its limit; the verdict stands with a caveat.
    Warn,
    /// So bad that the evidence must not be used.
    Bad,
}

/// One check of the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityCheck {
    /// Stable name, e.g. `clipping`.
    pub code: String,
    /// Title for people.
    pub title: Phrase,
    /// Outcome.
    pub level: Level,
    /// What was measured, with its unit, for people.
    pub value: Phrase,
    /// The limit, for people.
    pub limit: Phrase,
    /// What this means for the verdict.
    pub effect: Phrase,
}

/// One scalar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Name, e.g. `kurtosis`.
    pub name: String,
    /// Value; `None` when undefined for this signal.
    pub value: Option<f64>,
    /// Unit, `1` when dimensionless.
    pub unit: String,
    /// How it is scaled, e.g. `peak`, `RMS`, `population moments, Gaussian = 3`.
    pub scaling: Phrase,
}

/// How the evidence was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// One paragraph in words: pre-processing, spectrum, statistic, null, correction.
    pub description: Phrase,
    /// Bands that were tried, in hertz.
    pub bands_hz: Vec<[f64; 2]>,
    /// Spacing of the squared-envelope spectrum's lines in hertz.
    pub resolution_hz: f64,
    /// Revolutions of the shaft in the recording.
    pub revolutions: Option<f64>,
    /// Number of control orders behind the empirical null.
    pub controls: usize,
    /// Largest adjusted p that counts as found.
    pub significance: f64,
    /// Relative half-width of the search around each kinematic order.
    pub order_tolerance: f64,
}

/// Evidence for one fault kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which part.
    pub element: FaultKind,
    /// Kinematic order that was searched for (ball: 2 x BSF).
    pub expected_order: f64,
    /// Order at which the comb was found; `None` when nothing stands out.
    pub found_order: Option<f64>,
    /// `100 (found - expected) / expected`.
    pub deviation_percent: Option<f64>,
    /// Band with the strongest comb, in hertz.
    pub band_hz: [f64; 2],
    /// Comb score (mean over harmonics of log10 of peak over local floor).
    pub score: f64,
    /// Deviations by which the comb's score, over all spectra, lies above control orders in this recording.
    #[serde(default)]
    pub deviations: f64,
    /// Modulation index of the comb: sum of its counted lines' peak amplitudes over the mean of the
    /// squared envelope, in the band where it is deepest. Free of gain and unit.
    pub modulation: f64,
    /// Chance that an order without a source scores at least as much in this very recording.
    pub p: f64,
    /// `p` after Holm's correction over all that was tested.
    pub p_adjusted: f64,
    /// Harmonics that stand out.
    pub harmonics_found: u32,
    /// Harmonics that were looked for.
    pub harmonics_tested: u32,
    /// Whether the adjusted p is at most the significance and nothing else explains the comb.
    pub significant: bool,
    /// Another explanation within tolerance, e.g. `within resolution of 4 x shaft`.
    pub rival: Option<Phrase>,
    /// Whether it is too near a harmonic of the shaft to be told from it in a recording of this length.
    #[serde(default)]
    pub inseparable: bool,
    /// Whether it lies on sidebands of a stronger part's comb that damage of that part does not have by itself: it may
    /// be the source, and the stronger comb its sideband.
    #[serde(default)]
    pub may_be_the_source: bool,
    /// Lines that were looked at, harmonics first, then sidebands.
    pub peaks: Vec<Peak>,
}

/// One line of a comb.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Harmonic number, from 1.
    pub harmonic: u32,
    /// Sideband number: 0 is the harmonic itself, -1 and +1 its first pair.
    pub sideband: i32,
    /// Frequency expected from the kinematic order and the speed.
    pub expected_hz: f64,
    /// Half-width of the search.
    pub tolerance_hz: f64,
    /// Frequency of the peak that was found.
    pub found_hz: f64,
    /// `100 (found - expected) / expected`.
    pub deviation_percent: f64,
    /// Amplitude of the squared-envelope spectrum there (peak).
    pub amplitude: f64,
    /// Local floor (median) of the same spectrum.
    pub floor: f64,
    /// `20 log10(amplitude / floor)`; of a line that slip has smeared over several bins, that of their mean powers.
    pub snr_db: f64,
    /// Threshold for counting this line, in dB over the floor.
    pub threshold_db: f64,
    /// Whether it counts for the comb.
    pub counted: bool,
    /// Why it does not count, or what else is to be said of it.
    pub note: Phrase,
}

/// Opinion of a trained net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the model file.
    pub sha256: String,
    /// Class names and their mean score over the recording's segments, in the model's order.
    pub scores: Vec<ClassScore>,
    /// Number of segments that were scored.
    pub segments: usize,
    /// Whether the scores were calibrated on bearings that the net had not seen.
    pub calibrated: bool,
    /// Classes that may be the true one, by what held-out bearings promise; `None` where nothing was promised.
    #[serde(default)]
    pub set: Option<Vec<String>>,
    /// How unlike all it learned from the recording looks; `None` where no such score was fitted.
    #[serde(default)]
    pub unknown: Option<f64>,
    /// Whether that raises the alarm for unknown faults; then the scores were not counted.
    #[serde(default)]
    pub alarm: Option<bool>,
    /// What the model was trained on and how it was validated, one sentence.
    pub card: Phrase,
}

/// One class's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// Class name as in the model, e.g. `inner` or `inner 0.18 mm`.
    pub class: String,
    /// The part the class stands for; `None` for the class without fault.
    pub element: Option<FaultKind>,
    /// Mean softmax score, 0 to 1.
    pub score: f64,
}

/// What is concluded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Verdict {
    /// A fault was found.
    Found {
        /// Damaged part.
        element: FaultKind,
        /// Chance of at least this evidence without that fault, adjusted for all that was tested.
        p_adjusted: f64,
        /// One sentence with the numbers behind it.
        why: Phrase,
    },
    /// The recording does not decide.
    Undecided {
        /// Parts that cannot be excluded, most likely first; may be empty.
        candidates: Vec<FaultKind>,
        /// One sentence: what was seen.
        why: Phrase,
        /// What would settle it.
        settle: Vec<Phrase>,
    },
    /// Nothing was found that a bearing fault would have shown.
    NoFaultFound {
        /// One sentence: what was tested and found empty.
        why: Phrase,
        /// What would not have been seen.
        blind_to: Phrase,
    },
}

/// A recommended action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// What to do.
    pub what: Phrase,
    /// Between how many days from the measurement, when a date can be given.
    pub by_days: Option<[u32; 2]>,
    /// Why.
    pub why: Phrase,
    /// Who does it, when the policy says so.
    #[serde(default)]
    pub who: Option<Phrase>,
    /// Case of the policy that asks for it, e.g. `stage-3`.
    #[serde(default)]
    pub case: Option<String>,
    /// Whether it says no more than to go on as usual.
    #[serde(default)]
    pub calm: bool,
}

/// Something that limits the diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caveat {
    /// Stable name, e.g. `unit_assumed`.
    pub code: String,
    /// One sentence.
    pub text: Phrase,
}
