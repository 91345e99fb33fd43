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
mod unknown_bearing;

pub(crate) use quality::value as indicator_value;
pub(crate) use severity::sentence as severity_sentence;

use crate::decisive;
use crate::document::{
    Block, Document, Prose, Rhythms, Section, State, Target, code, faint_code, link, prose, said,
};
use crate::number;
use crate::palette::kind_line;
use crate::text::{basename, relative_href, shorten};
use crate::words::Language;
use brinell_diagnosis::{Diagnosis, Verdict};
use brinell_signal::{FaultKind, Joint, Origin, Phrase, phrase};

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
    let section = |id, title, blocks| Section { id, title: Phrase::word(title), blocks };
    Document {
        language: Language::English,
        kind: phrase!("Bearing vibration report"),
        title: phrase!("{subject} - bearing report", subject = subject(diagnosis)),
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
        foot: Prose::of(said!(
            "Brinell report {id}. Input SHA-256 {hash}.",
            id = code(&diagnosis.id),
            hash = code(&diagnosis.input.sha256)
        )),
    }
}

/// Shaft speed and the combs of the bearing: inner race with sidebands of the shaft, rolling elements of the cage.
pub(crate) fn rhythms(diagnosis: &Diagnosis) -> Rhythms {
    let Some(shaft) = decisive::shaft_hz(diagnosis) else {
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
pub(crate) fn subject(diagnosis: &Diagnosis) -> Phrase {
    let machine = &diagnosis.machine;
    let parts: Vec<&str> =
        [&machine.asset, &machine.point].into_iter().flatten().map(String::as_str).collect();
    if parts.is_empty() {
        let file = shorten(basename(&diagnosis.input.path), 80);
        phrase!("{file}, channel {channel}", file, channel = shorten(&diagnosis.input.channel, 30))
    } else {
        Phrase::verbatim(shorten(&parts.join(", "), 120))
    }
}

fn facts(diagnosis: &Diagnosis, around: &Surroundings<'_>) -> Vec<(Phrase, Prose)> {
    let input = &diagnosis.input;
    let (file, channel) = (basename(&input.path), &input.channel);
    let recording = match &input.position {
        Some(position) => {
            phrase!(
                "{file}, channel {channel} ({position})",
                file,
                channel,
                position = Phrase::named(position)
            )
        }
        None => phrase!("{file}, channel {channel}", file, channel),
    };
    let (length, rate) = (number::seconds(input.duration_s), number::trimmed(input.rate_hz));
    let length = match diagnosis.method.revolutions {
        Some(turns) => {
            phrase!("{length} at {rate} Hz, {turns} turns", length, rate, turns = number::fixed(turns, 0))
        }
        None => phrase!("{length} at {rate} Hz", length, rate),
    };
    let json = around.json.and_then(relative_href);
    vec![
        (phrase!("Recording"), prose![recording]),
        (phrase!("Shaft speed"), prose![speed(diagnosis)]),
        (phrase!("Bearing"), prose![bearing(diagnosis)]),
        (phrase!("Length"), prose![length]),
        (phrase!("Date of measurement"), prose![measured(diagnosis)]),
        (
            phrase!("Report"),
            prose![
                code(shorten(&diagnosis.id, 60)),
                around.created.map(|created| phrase!(", written {created}", created)),
                json.map(|href| said!(", {link}", link = link(phrase!("data as JSON"), Target::File(href)))),
            ],
        ),
    ]
}

/// When the recording was made.
fn measured(diagnosis: &Diagnosis) -> Phrase {
    let date = diagnosis.assessed.as_ref().and_then(|assessed| assessed.measured.clone());
    date.map_or_else(|| phrase!("date not known (--measured)"), Phrase::verbatim)
}

/// The shaft speed with its origin.
pub(crate) fn speed(diagnosis: &Diagnosis) -> Phrase {
    match &diagnosis.speed {
        Some(speed) => {
            let told = phrase!(
                "{hz} Hz = {rpm} r/min ({origin})",
                hz = number::fixed(speed.hz, 2),
                rpm = number::fixed(speed.hz * 60.0, 0),
                origin = origin(speed.origin)
            );
            match speed.by_its_lines_hz {
                Some(hz) => phrase!(
                    "{told}; its own lines tell {hz} Hz, which the evidence uses",
                    told,
                    hz = number::fixed(hz, 3)
                ),
                None => told,
            }
        }
        None => phrase!("not known"),
    }
}

/// The bearing's designation with its origin.
pub(crate) fn bearing(diagnosis: &Diagnosis) -> Phrase {
    match &diagnosis.bearing {
        Some(bearing) => {
            phrase!("{name} ({origin})", name = &bearing.designation, origin = origin(bearing.origin))
        }
        None => phrase!("not known"),
    }
}

fn caveats(diagnosis: &Diagnosis) -> Vec<Block> {
    if diagnosis.caveats.is_empty() {
        let text = phrase!("None was recorded beyond the limits stated in the blocks above.");
        return vec![Block::text(text)];
    }
    let items =
        diagnosis.caveats.iter().map(|caveat| prose![&caveat.text, ' ', faint_code(&caveat.code)]).collect();
    vec![Block::List { ordered: true, items }]
}

/// Where a fact comes from, in words.
pub(crate) fn origin(origin: Origin) -> Phrase {
    match origin {
        Origin::File => phrase!("from the file"),
        Origin::Declared => phrase!("declared"),
        Origin::Measured => phrase!("measured"),
        Origin::Estimated => phrase!("estimated from the signal"),
        Origin::Nominal => phrase!("nominal, not measured"),
        Origin::Assumed => phrase!("assumed"),
    }
}

/// `inner race (BPFI)`.
pub(crate) fn kind_title(kind: FaultKind) -> Phrase {
    phrase!("{part} ({line})", part = Phrase::word(kind.title()), line = kind_line(kind))
}

fn kind_list(kinds: &[FaultKind]) -> Phrase {
    Phrase::list(Joint::Comma, kinds.iter().map(|kind| kind_title(*kind)))
}

/// State and word of a verdict.
pub(crate) fn status(verdict: &Verdict) -> (State, Phrase) {
    match verdict {
        Verdict::Found { .. } => (State::Found, phrase!("Fault found")),
        Verdict::Undecided { .. } => (State::Undecided, phrase!("Undecided")),
        Verdict::NoFaultFound { .. } => (State::NoFault, phrase!("No fault found")),
    }
}

/// Why a verdict was given, in one sentence.
pub(crate) fn why(verdict: &Verdict) -> Phrase {
    let (Verdict::Found { why, .. } | Verdict::Undecided { why, .. } | Verdict::NoFaultFound { why, .. }) =
        verdict;
    phrase!("{why:^}", why)
}

/// The verdict in a few words, with the parts it names.
pub(crate) fn headline(verdict: &Verdict) -> Phrase {
    let (_, word) = status(verdict);
    match verdict {
        Verdict::Found { element, .. } => phrase!("{word}: {part}", word, part = kind_title(*element)),
        Verdict::Undecided { candidates, .. } if !candidates.is_empty() => {
            phrase!("{word}: cannot exclude {parts}", word, parts = kind_list(candidates))
        }
        _ => word,
    }
}
