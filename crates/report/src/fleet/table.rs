//! The table of a fleet page, and the words of its script.

use super::{FleetRow, FleetState, FleetTrend, Line, OLDER};
use crate::condition::{Condition, velocity};
use crate::number;
use crate::page::why;
use crate::svg;
use crate::text::{basename, relative_href};
use crate::words::Language;
use brinell_diagnosis::Verdict;
use brinell_signal::{FaultKind, Joint, Phrase, phrase};
use maud::{Markup, PreEscaped, html as markup};

/// Every word that the script shows, under the script's name for it.
const WORDS: [(&str, &str); 5] = [
    ("text", "Search"),
    ("machine", "Machine"),
    ("every", "every machine"),
    ("shown", "{n} of {all} recordings"),
    ("more", "Show {n} more"),
];

/// The date of a measurement and its time to the minute, which may be empty.
fn date_and_time(measured: &str) -> (&str, &str) {
    let (date, time) = measured.split_once(['T', ' ']).unwrap_or((measured, ""));
    (date, time.get(..5).unwrap_or(time))
}

/// Columns of the table, and whether they are numbers.
const COLUMNS: [(&str, bool); 10] = [
    ("Status and part", false),
    ("Machine and point", false),
    ("Recording and date", false),
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
pub(super) struct Page {
    pub(super) language: Language,
}

impl Page {
    pub(super) fn say(&self, phrase: &Phrase) -> String {
        self.language.say(phrase)
    }

    pub(super) fn words(&self) -> serde_json::Value {
        let words = WORDS.iter().map(|(name, text)| ((*name).to_owned(), self.language.wording(text).into()));
        serde_json::Value::Object(words.collect())
    }

    pub(super) fn table(&self, lines: &[Line]) -> Markup {
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
                tbody { @for line in lines { (self.line(line)) } }
            }
        }
    }

    fn line(&self, line: &Line) -> Markup {
        let row = &line.row;
        let (status, word, shape) = row.status();
        let class = line.class();
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
                    span class={ "tag " (status) } { span aria-hidden="true" { (shape) } " " (self.say(&word)) }
                    @if line.older { br; span.faint { (self.say(&Phrase::word(OLDER.1))) } }
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
                    @if let Some((date, time)) = row.measured.as_deref().map(date_and_time) {
                        br; span.date { (date) } " " span.faint { (time) }
                    }
                }
                (self.condition(row.condition.as_ref()))
                (self.evidence(&row.state))
                (self.trend(row.trend.as_ref()))
                td.note {
                    @if let FleetState::Diagnosed { disagreement: true, .. } = &row.state {
                        strong { (self.say(&phrase!("Evidence and net disagree. "))) }
                    }
                    (self.say(&finding))
                    @if let Some(hint) = &row.hint { br; span.faint { (hint) } }
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
