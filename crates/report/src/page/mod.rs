//! The report of a diagnosis as a [`Document`], one block a file. Every block is always there; where its data is
//! missing a sentence says what is missing, which conclusion falls, and what to supply.

mod evidence;
mod glossary;
mod hypotheses;
mod opinion;
mod peaks;
mod provenance;
mod quality;
mod severity;
mod summary;

pub(crate) use quality::value as indicator_value;
pub(crate) use severity::sentence as severity_sentence;

use crate::document::{
    Block, Document, Prose, Rhythms, Section, State, Target, code, faint_code, link, prose,
};
use crate::number;
use crate::palette::kind_line;
use crate::text::{basename, capitalised, relative_href, shorten};
use brinell_diagnosis::{Diagnosis, Verdict};
use brinell_signal::{FaultKind, Origin};

/// What a report says besides the diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings<'a> {
    /// Time of writing as it is to be printed.
    pub(crate) created: Option<&'a str>,
    /// Path of the JSON file, relative to the report.
    pub(crate) json: Option<&'a str>,
}

/// The report of `diagnosis`.
pub(crate) fn document(diagnosis: &Diagnosis, around: &Surroundings<'_>) -> Document {
    let section = |id, title, blocks| Section { id, title, blocks };
    Document {
        kind: "Bearing vibration report",
        title: format!("{} - bearing report", subject(diagnosis)),
        heading: subject(diagnosis),
        facts: facts(diagnosis, around),
        summary_alone: true,
        sections: vec![
            section("summary", "Summary", summary::blocks(diagnosis)),
            section("evidence", "Evidence", evidence::blocks(diagnosis)),
            section("peaks", "Peaks", peaks::blocks(diagnosis)),
            section("hypotheses", "Competing hypotheses", hypotheses::blocks(diagnosis)),
            section("opinion", "Learned opinion", opinion::blocks(diagnosis)),
            section("quality", "Data quality and indicators", quality::blocks(diagnosis)),
            section("severity", "Severity and history", severity::blocks(diagnosis)),
            section("method", "Method and provenance", provenance::blocks(diagnosis)),
            section("caveats", "Caveats", caveats(diagnosis)),
            section("glossary", "Glossary", glossary::blocks()),
        ],
        rhythms: rhythms(diagnosis),
        foot: prose![
            "Brinell report ",
            code(&diagnosis.id),
            ". Input SHA-256 ",
            code(&diagnosis.input.sha256),
            "."
        ],
    }
}

/// Shaft speed and the combs of the bearing: inner race with sidebands of the shaft, rolling elements of the cage.
pub(crate) fn rhythms(diagnosis: &Diagnosis) -> Rhythms {
    let Some(shaft) = diagnosis.speed.as_ref().map(|speed| speed.hz).filter(|hz| hz.is_finite() && *hz > 0.0)
    else {
        return Rhythms::default();
    };
    let orders = diagnosis.bearing.as_ref().map(|bearing| &bearing.orders);
    let combs = orders.map_or(Vec::new(), |orders| {
        let comb = |kind: FaultKind| {
            let spacing = match kind {
                FaultKind::Inner => Some(shaft),
                FaultKind::Ball => Some(shaft * orders.ftf),
                FaultKind::Outer | FaultKind::Cage => None,
            };
            (kind_line(kind), shaft * kind.order(orders).0, spacing)
        };
        FaultKind::ALL.map(comb).into_iter().filter(|(_, hz, _)| hz.is_finite() && *hz > 0.0).collect()
    });
    Rhythms { shaft_hz: Some(shaft), combs }
}

/// What the report is about: asset and point, or file and channel.
pub(crate) fn subject(diagnosis: &Diagnosis) -> String {
    let machine = &diagnosis.machine;
    let parts: Vec<&str> =
        [&machine.asset, &machine.point].into_iter().flatten().map(String::as_str).collect();
    let text = if parts.is_empty() {
        format!("{}, channel {}", basename(&diagnosis.input.path), diagnosis.input.channel)
    } else {
        parts.join(", ")
    };
    shorten(&text, 120)
}

fn facts(diagnosis: &Diagnosis, around: &Surroundings<'_>) -> Vec<(&'static str, Prose)> {
    let input = &diagnosis.input;
    let position = input.position.as_ref().map(|position| format!(" ({position})"));
    let turns = diagnosis.method.revolutions.map(|turns| format!(", {} turns", number::fixed(turns, 0)));
    let json = around.json.and_then(relative_href);
    vec![
        ("Recording", prose![basename(&input.path), ", channel ", &input.channel, position]),
        ("Shaft speed", prose![speed(diagnosis)]),
        ("Bearing", prose![bearing(diagnosis)]),
        (
            "Length",
            prose![number::seconds(input.duration_s), " at ", number::trimmed(input.rate_hz), " Hz", turns],
        ),
        (
            "Report",
            prose![
                code(shorten(&diagnosis.id, 60)),
                around.created.map(|created| format!(", written {created}")),
                json.map(|href| prose![", ", link("data as JSON", Target::File(href))]),
            ],
        ),
    ]
}

/// The shaft speed with its origin.
pub(crate) fn speed(diagnosis: &Diagnosis) -> String {
    match &diagnosis.speed {
        Some(speed) => format!(
            "{} Hz = {} r/min ({})",
            number::fixed(speed.hz, 2),
            number::fixed(speed.hz * 60.0, 0),
            origin(speed.origin)
        ),
        None => "not known".to_owned(),
    }
}

/// The bearing's designation with its origin.
pub(crate) fn bearing(diagnosis: &Diagnosis) -> String {
    match &diagnosis.bearing {
        Some(bearing) => format!("{} ({})", bearing.designation, origin(bearing.origin)),
        None => "not known".to_owned(),
    }
}

fn caveats(diagnosis: &Diagnosis) -> Vec<Block> {
    if diagnosis.caveats.is_empty() {
        return vec![Block::text("None was recorded beyond the limits stated in the blocks above.")];
    }
    let items =
        diagnosis.caveats.iter().map(|caveat| prose![&caveat.text, " ", faint_code(&caveat.code)]).collect();
    vec![Block::List { ordered: true, items }]
}

/// Where a fact comes from, in words.
pub(crate) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::File => "from the file",
        Origin::Declared => "declared",
        Origin::Measured => "measured",
        Origin::Estimated => "estimated from the signal",
        Origin::Nominal => "nominal, not measured",
        Origin::Assumed => "assumed",
    }
}

/// `inner race (BPFI)`.
pub(crate) fn kind_title(kind: FaultKind) -> String {
    format!("{} ({})", kind.title(), kind_line(kind))
}

fn kind_list(kinds: &[FaultKind]) -> String {
    kinds.iter().map(|kind| kind_title(*kind)).collect::<Vec<_>>().join(", ")
}

/// State and word of a verdict.
pub(crate) fn status(verdict: &Verdict) -> (State, &'static str) {
    match verdict {
        Verdict::Found { .. } => (State::Found, "Fault found"),
        Verdict::Undecided { .. } => (State::Undecided, "Undecided"),
        Verdict::NoFaultFound { .. } => (State::NoFault, "No fault found"),
    }
}

/// Why a verdict was given, in one sentence.
pub(crate) fn why(verdict: &Verdict) -> String {
    let (Verdict::Found { why, .. } | Verdict::Undecided { why, .. } | Verdict::NoFaultFound { why, .. }) =
        verdict;
    capitalised(&why.to_string())
}

/// The verdict in a few words, with the parts it names.
pub(crate) fn headline(verdict: &Verdict) -> String {
    let (_, word) = status(verdict);
    match verdict {
        Verdict::Found { element, .. } => format!("{word}: {}", kind_title(*element)),
        Verdict::Undecided { candidates, .. } if !candidates.is_empty() => {
            format!("{word}: cannot exclude {}", kind_list(candidates))
        }
        _ => word.to_owned(),
    }
}
