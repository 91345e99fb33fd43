//! Many recordings on one page, worst first. Choosing a status works without a script: the buttons are radio
//! fields, the style hides the rows of the other statuses. The script adds search, machine and order.

use crate::condition::{Condition, velocity};
use crate::declared::Declared;
use crate::document::next;
use crate::html::{Frame, Script, framed};
use crate::number;
use crate::page::{status, why};
use crate::svg;
use crate::text::{basename, relative_href};
use crate::words::Language;
use brinell_diagnosis::{Change, Diagnosis, Verdict};
use brinell_signal::{FaultKind, Joint, Phrase, phrase};
use maud::{Markup, PreEscaped, html as markup};
use std::cmp::Ordering;

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
#[derive(Debug, Clone, PartialEq)]
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
    /// Outcome.
    pub state: FleetState,
    /// Path of the report's page relative to the fleet page; `None` links none.
    pub report: Option<String>,
    /// Criticality, and what was found of level, stage and first action.
    pub condition: Option<Condition>,
    /// How the indicator that has changed most went; `None` without a baseline.
    pub trend: Option<FleetTrend>,
}

/// An indicator over the readings of a point.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
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
            state: FleetState::Diagnosed {
                verdict: diagnosis.verdict.clone(),
                p_adjusted: deciding.map(|e| e.p_adjusted),
                harmonics: deciding.map(|e| [e.harmonics_found, e.harmonics_tested]),
                disagreement: diagnosis.disagreement.is_some(),
                modulation: deciding.map(|e| e.modulation),
            },
            report: report.map(str::to_owned),
            condition: Some(Condition::of(diagnosis)),
            trend: trend(diagnosis),
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
            state: FleetState::Failed { reason: reason.into() },
            report: None,
            condition: Some(Condition::declared(machine)),
            trend: None,
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

const STATUSES: [(&str, &str, &str); 4] = [
    ("found", "Fault found", "\u{25B2}"),
    ("undecided", "Undecided", "\u{25C6}"),
    ("failed", "Failed", "\u{2715}"),
    ("nofault", "No fault found", "\u{25CB}"),
];

/// The fleet page: counts per status, then one table, worst first (found, undecided, failed, no fault
/// found; within each by criticality and stage; equal ones in the order given). One self-contained HTML file.
pub fn fleet_html(rows: &[FleetRow], options: &FleetOptions) -> String {
    let page = Page { language: options.language };
    let say = |phrase: Phrase| page.say(&phrase);
    let mut ordered: Vec<&FleetRow> = rows.iter().collect();
    ordered.sort_by(|a, b| a.compare(b));
    let title = match options.title.as_str() {
        "" => phrase!("Diagnosed recordings"),
        title => Phrase::verbatim(title),
    };
    let count = |class: &str| rows.iter().filter(|r| r.status().0 == class).count();
    let body = markup! {
        header.masthead {
            p.eyebrow { (say(phrase!("Bearing vibration reports"))) }
            h1 { (page.say(&title)) }
            p.faint { (page.say(&head(rows.len(), options))) }
        }
        main id="main" {
            fieldset.filter {
                legend { (say(phrase!("Show"))) }
                label { input type="radio" name="status" value="all" checked; " " (say(phrase!("All"))) " " b { (rows.len()) } }
                @for (class, word, shape) in STATUSES {
                    label { input type="radio" name="status" value=(class);
                        " " span class={ "tag " (class) } { span aria-hidden="true" { (shape) } " " (say(Phrase::word(word))) } " " b { (count(class)) } }
                }
            }
            @if rows.is_empty() {
                p.gap { strong { (say(phrase!("Missing: "))) }
                    (say(phrase!("recordings. Nothing was diagnosed, so nothing is known of this fleet."))) (say(next()))
                    strong { (say(phrase!("To supply: "))) } (say(phrase!("a folder or a manifest with recordings."))) }
            } @else {
                div.scroll tabindex="0" role="region" aria-label=(say(phrase!("Table of recordings"))) { (page.table(&ordered)) }
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

/// What stands under the heading.
fn head(recordings: usize, options: &FleetOptions) -> Phrase {
    let order = phrase!(
        "{recordings} recordings, worst first: by status, then how critical the machine is (medium where not declared), then stage of damage.",
        recordings
    );
    let written = options.created.as_ref().map(|created| phrase!("Written {created}.", created));
    let meaning = phrase!(
        "\u{201c}No fault found\u{201d} means no evidence of a bearing fault within the limits stated in each report."
    );
    Phrase::sentences([order, written.into(), meaning])
}

/// Every word that the script shows, under the script's name for it.
const WORDS: [(&str, &str); 5] = [
    ("text", "Search"),
    ("machine", "Machine"),
    ("every", "every machine"),
    ("shown", "{n} of {all} recordings"),
    ("more", "Show {n} more"),
];

/// Columns of the table, and whether they are numbers.
const COLUMNS: [(&str, bool); 10] = [
    ("Status and part", false),
    ("Machine and point", false),
    ("Recording", false),
    ("mm/s", true),
    ("Zone", false),
    ("Stage", true),
    ("To do, by when", false),
    ("Evidence", true),
    ("Trend", true),
    ("Finding", false),
];

/// The bearing and how fast its shaft turned.
fn bearing_and_speed(row: &FleetRow) -> Phrase {
    let bearing = row.bearing.as_ref().map_or_else(|| phrase!("bearing not known"), Phrase::from);
    let speed = row.speed_hz.map(|hz| phrase!("{hz} Hz", hz = number::fixed(hz, 2)));
    Phrase::list(Joint::Comma, [bearing].into_iter().chain(speed))
}

/// What writes the table.
struct Page {
    language: Language,
}

impl Page {
    fn say(&self, phrase: &Phrase) -> String {
        self.language.say(phrase)
    }

    fn words(&self) -> serde_json::Value {
        let words = WORDS.iter().map(|(name, text)| ((*name).to_owned(), self.language.wording(text).into()));
        serde_json::Value::Object(words.collect())
    }

    fn table(&self, rows: &[&FleetRow]) -> Markup {
        let caption = phrase!(
            "Velocity: mm/s RMS. Zone and stage are two questions: a good zone says nothing of a bearing. Evidence: adjusted false-alarm probability p, harmonics and modulation index of the strongest comb. A recording that failed is no statement about its bearing."
        );
        markup! {
            table.fleet {
                caption { (self.say(&caption)) }
                thead { tr {
                    @for (title, number) in COLUMNS {
                        th class=[number.then_some("n")] scope="col" { (self.say(&Phrase::word(title))) }
                    }
                } }
                tbody { @for row in rows { (self.line(row)) } }
            }
        }
    }

    fn line(&self, row: &FleetRow) -> Markup {
        let (class, word, shape) = row.status();
        let parts = match &row.state {
            FleetState::Diagnosed { verdict: Verdict::Found { element, .. }, .. } => vec![*element],
            FleetState::Diagnosed { verdict: Verdict::Undecided { candidates, .. }, .. } => {
                candidates.clone()
            }
            _ => Vec::new(),
        };
        let parts =
            Phrase::list(Joint::Comma, parts.iter().map(|kind: &FaultKind| Phrase::word(kind.title())));
        let machine: Vec<&str> = [&row.asset, &row.point].into_iter().flatten().map(String::as_str).collect();
        let name = basename(&row.file);
        let finding = match &row.state {
            FleetState::Diagnosed { verdict, .. } => why(verdict),
            FleetState::Failed { reason } => reason.into(),
        };
        markup! {
            tr class={ "row " (class) "-row" } data-status=(class) data-machine=[row.asset.as_deref()] {
                td.word {
                    span class={ "tag " (class) } { span aria-hidden="true" { (shape) } " " (self.say(&word)) }
                    @if !parts.is_empty() { br; (self.say(&parts)) }
                }
                td.word { (machine.join(", "))
                    @if !machine.is_empty() { br; }
                    span.faint { (self.say(&bearing_and_speed(row))) }
                    @if let Some(level) = row.condition.as_ref().and_then(|c| c.criticality) {
                        br; span.faint { (self.say(&phrase!("criticality {level}", level = Phrase::named(&level.to_string())))) }
                    }
                }
                td.word {
                    @match row.report.as_deref().and_then(relative_href) {
                        Some(href) => a href=(href) { (name) },
                        None => (name),
                    }
                    @if let Some(channel) = &row.channel { " " span.faint { (channel) } }
                }
                (self.condition(row.condition.as_ref()))
                (self.evidence(&row.state))
                (self.trend(row.trend.as_ref()))
                td.note {
                    @if let FleetState::Diagnosed { disagreement: true, .. } = &row.state {
                        strong { (self.say(&phrase!("Evidence and net disagree. "))) }
                    }
                    (self.say(&finding))
                }
            }
        }
    }

    /// Chance, harmonics and depth of the strongest comb.
    fn evidence(&self, state: &FleetState) -> Markup {
        let FleetState::Diagnosed { p_adjusted, harmonics, modulation, .. } = state else {
            return markup! { td.n { "-" } };
        };
        let lines = [
            p_adjusted.map(|p| phrase!("p {p}", p = number::p_relation(p))),
            harmonics.map(|[found, tested]| phrase!("{found} of {tested} harmonics", found, tested)),
            modulation.map(|value| phrase!("modulation {value}", value = number::significant(value, 3))),
        ];
        let lines: Vec<String> = lines.iter().flatten().map(|line| self.say(line)).collect();
        markup! {
            td.n data-sort=[p_adjusted.filter(|p| p.is_finite())] {
                @if lines.is_empty() { "-" }
                @for (i, line) in lines.iter().enumerate() { @if i > 0 { br; } (line) }
            }
        }
    }

    /// Velocity, zone or why there is none, stage, and what to do by when.
    fn condition(&self, condition: Option<&Condition>) -> Markup {
        let Some(condition) = condition else {
            return markup! { td.n { "-" } td { "-" } td.n { "-" } td { "-" } };
        };
        // The highest stage orders first, the lowest within it.
        let order = condition.stage.map(|[low, high]| 10 * u32::from(high) + u32::from(low));
        let stage = condition.stage_words().unwrap_or_else(|| Phrase::verbatim("-"));
        let velocity = condition.velocity_mm_s.map_or_else(|| Phrase::verbatim("-"), velocity);
        markup! {
            td.n { (self.say(&velocity)) }
            @match (condition.zone, &condition.refusal) {
                (Some(zone), _) => td { (zone) },
                (None, Some(reason)) => td.word { span.faint { (self.say(reason)) } },
                (None, None) => td { "-" },
            }
            td.n data-sort=[order] { (self.say(&stage)) }
            @match &condition.action {
                Some(action) => td.action data-sort=(action.order()) {
                    (self.say(&phrase!("{what}: ", what = &action.what))) strong { (self.say(&action.when())) }
                    @if action.further > 0 { span.faint { (self.say(&phrase!(" and {n} more", n = action.further))) } }
                },
                None => td { "-" },
            }
        }
    }

    fn trend(&self, trend: Option<&FleetTrend>) -> Markup {
        let Some(trend) = trend else { return markup! { td.n { "-" } } };
        let by = match trend.sigmas {
            Some(by) => phrase!("{by} sigma", by = number::deviation(by)),
            None => phrase!("all equal"),
        };
        let by = self.say(&by);
        markup! {
            td.n data-sort=[trend.sigmas.filter(|by| by.is_finite())] {
                (PreEscaped(svg::sparkline(&trend.values)))
                br;
                (self.say(&Phrase::named(&trend.indicator))) " " @if trend.grown { strong { (by) } } @else { (by) }
            }
        }
    }
}
