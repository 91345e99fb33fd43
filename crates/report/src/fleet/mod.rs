//! Many recordings on one page, worst first. Choosing a status works without a script: the buttons are radio
//! fields, the style hides the rows of the other statuses. The script adds search, machine and order.

mod choice;
mod newest;
mod table;

pub use choice::{FleetChoice, fleet_html};

use crate::condition::Condition;
use crate::declared::Declared;
use crate::document::next;
use crate::html::{Frame, Script, framed};
use crate::page::status;
use crate::words::Language;
use brinell_diagnosis::{Change, Diagnosis, Verdict, day_span};
use brinell_signal::{Phrase, phrase};
use choice::Counts;
use maud::html as markup;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use table::Page;

/// What a fleet page shows besides its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetOptions {
    /// Heading of the page, as it is to be printed; empty is the program's own.
    pub title: String,
    /// Time of writing as it is to be printed; `None` prints none. Never read from a clock.
    pub created: Option<String>,
    /// Language of the page.
    pub language: Language,
}

/// One recording of a fleet page. Small: a whole plant fits in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FleetRow {
    /// Path of the recording as given.
    pub file: String,
    /// Channel that was diagnosed.
    pub channel: Option<String>,
    /// Machine.
    pub asset: Option<String>,
    /// Measuring point.
    pub point: Option<String>,
    /// Bearing designation.
    pub bearing: Option<String>,
    /// Shaft speed in hertz.
    pub speed_hz: Option<f64>,
    /// When it was measured (ISO 8601).
    pub measured: Option<String>,
    /// Outcome.
    pub state: FleetState,
    /// Path of the report's page relative to the fleet page; `None` links none.
    pub report: Option<String>,
    /// Criticality, and what was found of level, stage and first action.
    pub condition: Option<Condition>,
    /// How the indicator that has changed most went; `None` without a baseline.
    pub trend: Option<FleetTrend>,
    /// What can be done about a file that could not be diagnosed.
    #[serde(default)]
    pub hint: Option<String>,
}

/// An indicator over the readings of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FleetTrend {
    /// Name of the indicator.
    pub indicator: String,
    /// Its values, this recording's last.
    pub values: Vec<f64>,
    /// Change against the baseline in robust sigmas; `None` where the earlier readings were all equal.
    pub sigmas: Option<f64>,
    /// Whether it lies far above its baseline.
    pub grown: bool,
}

/// Outcome of one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FleetState {
    /// It was diagnosed.
    Diagnosed {
        /// The verdict.
        verdict: Verdict,
        /// Adjusted p of the strongest comb; `None` when nothing was tested.
        p_adjusted: Option<f64>,
        /// Harmonics found and tested of that comb.
        harmonics: Option<[u32; 2]>,
        /// Whether evidence and net contradict each other.
        disagreement: bool,
        /// Modulation index of that comb: how deep the impacts modulate the vibration.
        modulation: Option<f64>,
    },
    /// It could not be read or diagnosed.
    Failed {
        /// Why, as reported.
        reason: String,
    },
}

impl FleetRow {
    /// Row of a diagnosis; `report` is the path of its page relative to the fleet page.
    pub fn diagnosed(diagnosis: &Diagnosis, report: Option<&str>) -> Self {
        let deciding = crate::decisive::evidence(diagnosis);
        Self {
            file: diagnosis.input.path.clone(),
            channel: Some(diagnosis.input.channel.clone()),
            asset: diagnosis.machine.asset.clone(),
            point: diagnosis.machine.point.clone(),
            bearing: diagnosis.bearing.as_ref().map(|b| b.designation.clone()),
            speed_hz: diagnosis.speed.as_ref().map(|s| s.hz),
            measured: diagnosis.assessed.as_ref().and_then(|assessed| assessed.measured.clone()),
            state: FleetState::Diagnosed {
                verdict: diagnosis.verdict.clone(),
                p_adjusted: deciding.map(|e| e.p_adjusted).filter(|p| p.is_finite()),
                harmonics: deciding.map(|e| [e.harmonics_found, e.harmonics_tested]),
                disagreement: diagnosis.disagreement.is_some(),
                modulation: deciding.map(|e| e.modulation).filter(|m| m.is_finite()),
            },
            report: report.map(str::to_owned),
            condition: Some(Condition::of(diagnosis)),
            trend: trend(diagnosis),
            hint: None,
        }
    }

    /// Row of a file that could not be diagnosed, with what was said of it.
    pub fn failed(file: impl Into<String>, declared: &Declared, reason: impl Into<String>) -> Self {
        let machine = &declared.machine;
        Self {
            file: file.into(),
            channel: declared.channel.clone(),
            asset: machine.asset.clone(),
            point: machine.point.clone(),
            bearing: declared.bearing.clone(),
            speed_hz: declared.speed_hz,
            measured: declared.measured.clone(),
            state: FleetState::Failed { reason: reason.into() },
            report: None,
            condition: Some(Condition::declared(machine)),
            trend: None,
            hint: None,
        }
    }

    /// Class, word and shape of the row's status.
    fn status(&self) -> (&'static str, Phrase, &'static str) {
        match &self.state {
            FleetState::Diagnosed { verdict, .. } => {
                let (state, word) = status(verdict);
                (state.name(), word, state.shape())
            }
            FleetState::Failed { .. } => ("failed", phrase!("Failed"), "\u{2715}"),
        }
    }

    /// Whether the row comes before another: the worse status, then the more critical machine, then the higher
    /// stage of damage; then the least likely by chance, then the deepest modulation (many records share the
    /// smallest p that their controls can show).
    fn compare(&self, other: &Self) -> Ordering {
        let condition =
            |row: &Self| row.condition.as_ref().map_or_else(|| Condition::default().rank(), Condition::rank);
        let (a, b) = (self.evidence_rank(), other.evidence_rank());
        a.0.cmp(&b.0)
            .then_with(|| condition(self).cmp(&condition(other)))
            .then(a.1.total_cmp(&b.1))
            .then(a.2.total_cmp(&b.2))
    }

    /// Status, chance and modulation as numbers, the worst smallest.
    fn evidence_rank(&self) -> (u8, f64, f64) {
        match &self.state {
            FleetState::Diagnosed { verdict, p_adjusted, modulation, .. } => {
                let class = match verdict {
                    Verdict::Found { .. } => 0,
                    Verdict::Undecided { .. } => 1,
                    Verdict::NoFaultFound { .. } => 3,
                };
                let p = p_adjusted.filter(|p| p.is_finite()).unwrap_or(2.0);
                (class, p, -modulation.filter(|m| m.is_finite()).unwrap_or(0.0))
            }
            // Unknown is worse than nothing found.
            FleetState::Failed { .. } => (2, 0.0, 0.0),
        }
    }
}

/// The indicator that has changed most.
fn trend(diagnosis: &Diagnosis) -> Option<FleetTrend> {
    let changes = &diagnosis.assessed.as_ref()?.history.changes;
    let size = |change: &Change| change.sigmas.map_or(0.0, f64::abs);
    let most = changes.iter().reduce(|most, next| if size(next) > size(most) { next } else { most })?;
    Some(FleetTrend {
        indicator: most.name.clone(),
        values: most.earlier.iter().copied().chain([most.now]).collect(),
        sigmas: most.sigmas,
        grown: most.has_grown(),
    })
}

/// Class, word and shape of what can be shown alone.
const STATUSES: [(&str, &str, &str); 4] = [
    ("found", "Fault found", "\u{25B2}"),
    ("undecided", "Undecided", "\u{25C6}"),
    ("failed", "Failed", "\u{2715}"),
    ("nofault", "No fault found", "\u{25CB}"),
];

/// The same for readings of a point that has a newer one, whatever they found.
const OLDER: (&str, &str, &str) = ("older", "Older reading", "\u{25F7}");

/// Counts and rows, which are in their order, as a page.
fn page(lines: &[Line], counts: &Counts, options: &FleetOptions) -> String {
    let page = Page { language: options.language };
    let say = |phrase: Phrase| page.say(&phrase);
    let title = match options.title.as_str() {
        "" => phrase!("Diagnosed recordings"),
        title => Phrase::verbatim(title),
    };
    let shown = STATUSES.into_iter().chain((counts.older > 0).then_some(OLDER));
    let body = markup! {
        header.masthead {
            p.eyebrow { (say(phrase!("Bearing vibration reports"))) }
            h1 { (page.say(&title)) }
            p.faint { (page.say(&head(counts, lines.len(), options))) }
        }
        main id="main" {
            fieldset.filter {
                legend { (say(phrase!("Show"))) }
                label { input type="radio" name="status" value="all" checked; " " (say(phrase!("All"))) " " b { (counts.all) } }
                @for (class, word, shape) in shown {
                    label { input type="radio" name="status" value=(class);
                        " " span class={ "tag " (class) } { span aria-hidden="true" { (shape) } " " (say(Phrase::word(word))) } " " b { (counts.of(class)) } }
                }
            }
            @if lines.is_empty() {
                p.gap { strong { (say(phrase!("Missing: "))) }
                    (say(phrase!("recordings. Nothing was diagnosed, so nothing is known of this fleet."))) (say(next()))
                    strong { (say(phrase!("To supply: "))) } (say(phrase!("a folder or a manifest with recordings."))) }
            } @else {
                div.scroll tabindex="0" role="region" aria-label=(say(phrase!("Table of recordings"))) { (page.table(lines)) }
            }
        }
    };
    framed(&Frame {
        title: &say(phrase!("{title} - bearing reports", title)),
        body,
        wide: true,
        script: Some(Script::of_fleet(&page.words())),
        language: options.language,
    })
}

/// A row of the table.
#[derive(Debug)]
struct Line {
    row: FleetRow,
    /// Whether there is a newer reading of its point.
    older: bool,
    /// Place in the order given.
    at: usize,
}

impl Line {
    /// What the row is shown and counted under.
    fn class(&self) -> &'static str {
        if self.older { OLDER.0 } else { self.row.status().0 }
    }

    /// The newest reading of each point by what it found, then older ones from the newest back.
    fn compare(&self, other: &Self) -> Ordering {
        let back = || {
            let from =
                |line: &Self| line.row.measured.as_deref().and_then(day_span).map_or(0.0, |[from, _]| from);
            if self.older { from(other).total_cmp(&from(self)) } else { Ordering::Equal }
        };
        let order = self.older.cmp(&other.older).then_with(back);
        order.then_with(|| self.row.compare(&other.row)).then(self.at.cmp(&other.at))
    }
}

/// What stands under the heading.
fn head(counts: &Counts, shown: usize, options: &FleetOptions) -> Phrase {
    let order = phrase!(
        "{recordings} recordings, worst first: by status, then how critical the machine is (medium where not declared), then stage of damage.",
        recordings = counts.all
    );
    let cut = (shown < counts.all).then(|| {
        phrase!(
            "The worst {shown} are shown; all are in the tables beside this page (recordings/*.parquet).",
            shown
        )
    });
    let older = counts.older;
    let behind = (older > 0).then(|| {
        phrase!(
            "{older:of them is an older reading|of them are older readings} of a point that has a newer one, and not ranked: they stand last.",
            older
        )
    });
    let written = options.created.as_ref().map(|created| phrase!("Written {created}.", created));
    let meaning = phrase!(
        "\u{201c}No fault found\u{201d} means no evidence of a bearing fault within the limits stated in each report."
    );
    Phrase::sentences([order, cut.into(), behind.into(), written.into(), meaning])
}
