//! Two reports side by side, differences first. Nothing is refused: what makes the two hard to compare, another
//! bearing, speed, unit, channel or method, is said before any number.

use crate::decisive;
use crate::document::{
    Block, ColumnKind, Document, Prose, Row, Section, Span, Table, TableKind, Tone, code, next, prose,
    reading, said, strong,
};
use crate::error::Result;
use crate::figure::Ink;
use crate::markdown;
use crate::number;
use crate::page::{self, bearing, headline, indicator_value, kind_title, speed, status, subject};
use crate::pdf::{self, Pdf, PdfOptions};
use crate::plot;
use crate::text::basename;
use crate::unit;
use crate::words::Language;
use brinell_diagnosis::{Bearing, Diagnosis, Evidence, Indicator, day_span};
use brinell_signal::{FaultKind, Joint, Phrase, Unit, phrase};

/// The differences of two reports as one self-contained page. Same input, same bytes.
pub fn comparison_html(first: &Diagnosis, second: &Diagnosis, language: Language) -> String {
    crate::html::render(&document(first, second).into_language(language))
}

/// The differences of two reports as Markdown.
pub fn comparison_markdown(first: &Diagnosis, second: &Diagnosis, language: Language) -> String {
    markdown::render(&document(first, second).into_language(language), None)
}

/// The differences of two reports as a PDF.
///
/// # Errors
/// As [`crate::pdf`].
pub fn comparison_pdf(first: &Diagnosis, second: &Diagnosis, options: &PdfOptions) -> Result<Pdf> {
    pdf::render(&document(first, second).into_language(options.language), options, None)
}

fn document(a: &Diagnosis, b: &Diagnosis) -> Document {
    let section = |id, title, blocks| Section { id, title: Phrase::word(title), blocks };
    let [of_a, of_b] = [a, b].map(|d| {
        Prose::of(said!(
            "{subject}: {file}, {id}",
            subject = subject(d),
            file = basename(&d.input.path).to_owned(),
            id = code(&d.id)
        ))
    });
    let (first, second) = (subject(a), subject(b));
    Document {
        language: Language::English,
        kind: phrase!("Comparison of two bearing vibration reports"),
        title: phrase!("{first} and {second} - comparison", first = &first, second = &second),
        heading: if first == second { first } else { phrase!("A: {first} / B: {second}", first, second) },
        facts: vec![(Phrase::verbatim("A"), of_a), (Phrase::verbatim("B"), of_b)],
        summary_alone: false,
        sections: vec![
            section("summary", "Differences", differences(a, b)),
            section("spectra", "Envelope spectra", spectra(a, b)),
            section("evidence", "Evidence", evidence(a, b)),
            section("indicators", "Indicators and data quality", indicators(a, b)),
            section("severity", "Severity", severity(a, b)),
            section("all", "What was compared", everything(a, b)),
        ],
        rhythms: page::rhythms(a),
        foot: Prose::of(said!(
            "A: {id_a}, input SHA-256 {hash_a}. B: {id_b}, input SHA-256 {hash_b}.",
            id_a = code(&a.id),
            hash_a = code(&a.input.sha256),
            id_b = code(&b.id),
            hash_b = code(&b.input.sha256)
        )),
    }
}

/// A fact of both reports, as printed; `None` where a report does not know it.
struct Pair {
    name: Phrase,
    values: [Option<Phrase>; 2],
    /// Whether the two are the same, where both are known.
    same: bool,
    /// Why a difference makes the reports hard to compare; empty where it does not.
    warning: Phrase,
}

/// How a fact of both reports compares.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Differs,
    /// One report does not state it, or neither.
    Open,
    Same,
}

impl Pair {
    /// A fact that is the same where it reads the same.
    fn of(name: Phrase, [a, b]: [&Diagnosis; 2], of: impl Fn(&Diagnosis) -> Option<Phrase>) -> Self {
        let values = [of(a), of(b)];
        Self { name, same: values[0] == values[1], values, warning: Phrase::default() }
    }

    fn warning(self, warning: Phrase) -> Self {
        Self { warning, ..self }
    }

    /// Whether the two are the same is told by what is behind the words.
    fn same(self, same: bool) -> Self {
        Self { same, ..self }
    }

    fn outcome(&self) -> Outcome {
        match &self.values {
            [Some(_), Some(_)] if self.same => Outcome::Same,
            [Some(_), Some(_)] => Outcome::Differs,
            _ => Outcome::Open,
        }
    }

    fn row(&self) -> Row {
        let outcome = self.outcome();
        let word = match (&outcome, &self.values) {
            (Outcome::Differs, _) => prose![strong(phrase!("differs"))],
            (Outcome::Same, _) => prose![phrase!("the same")],
            (Outcome::Open, [None, Some(_)]) => prose![phrase!("not stated in {report}", report = "A")],
            (Outcome::Open, [Some(_), _]) => prose![phrase!("not stated in {report}", report = "B")],
            (Outcome::Open, [None, None]) => prose![phrase!("stated in neither")],
        };
        let [a, b] = self.values.clone().map(|value| value.unwrap_or_else(|| phrase!("not stated")));
        Row {
            marked: outcome == Outcome::Differs,
            cells: vec![prose![&self.name], prose![a], prose![b], word],
        }
    }
}

/// Diameters and angles that differ by no more are the same as printed: hundredths of a millimetre, tenths of a degree.
const MILLIMETRES: f64 = 0.01;
const DEGREES: f64 = 0.1;

/// Whether two bearings have the same geometry, whatever they are called and wherever that is known from.
fn same_geometry(a: &Bearing, b: &Bearing) -> bool {
    let near = |a: f64, b: f64, reach: f64| (a - b).abs() <= reach;
    a.rolling_elements == b.rolling_elements
        && near(a.ball_diameter_mm, b.ball_diameter_mm, MILLIMETRES)
        && near(a.pitch_diameter_mm, b.pitch_diameter_mm, MILLIMETRES)
        && near(a.contact_angle_deg, b.contact_angle_deg, DEGREES)
}

fn conditions(a: &Diagnosis, b: &Diagnosis) -> Vec<Pair> {
    let both = [a, b];
    let named = |text: &Option<String>| text.as_deref().map(Phrase::verbatim);
    let same_bearing = matches!((&a.bearing, &b.bearing), (Some(a), Some(b)) if same_geometry(a, b));
    vec![
        Pair::of(phrase!("Machine"), both, |d| named(&d.machine.asset))
            .warning(phrase!("Two machines differ for many reasons that are no damage.")),
        Pair::of(phrase!("Measuring point"), both, |d| named(&d.machine.point))
            .warning(phrase!("Another point has another path from the bearing.")),
        Pair::of(phrase!("Date of the measurement"), both, |d| measured(d).map(Phrase::verbatim)),
        Pair::of(phrase!("Bearing"), both, |d| d.bearing.is_some().then(|| bearing(d)))
            .same(same_bearing)
            .warning(phrase!(
                "Another bearing has other fault frequencies: lines at the same place need not be the same part."
            )),
        Pair::of(phrase!("Shaft speed"), both, |d| d.speed.is_some().then(|| speed(d)))
            .same(decisive::speeds_that_differ(both).is_none())
            .warning(phrase!(
                "At another speed the lines lie elsewhere and the levels differ; compare orders, not frequencies."
            )),
        Pair::of(phrase!("Channel"), both, |d| Some((&d.input.channel).into())).warning(phrase!(
            "Another channel is another sensor: its levels cannot be set against each other."
        )),
        Pair::of(phrase!("Sensor position"), both, |d| d.input.position.as_deref().map(Phrase::named))
            .warning(phrase!("Another position has another path from the bearing.")),
        Pair::of(phrase!("Unit"), both, |d| {
            let known = d.input.unit != Unit::Unknown.to_string();
            known.then(|| (&d.input.unit).into())
        })
        .warning(phrase!(
            "Levels in different units cannot be set against each other; no change of them is given."
        )),
        Pair::of(phrase!("Sampling rate"), both, |d| {
            Some(phrase!("{hz} Hz", hz = number::trimmed(d.input.rate_hz)))
        })
        .warning(phrase!(
            "Another rate sees another band: peak values, kurtosis and crest factor depend on it."
        )),
        Pair::of(phrase!("Length"), both, |d| Some(number::seconds(d.input.duration_s))),
        Pair::of(phrase!("Band of the envelope spectrum"), both, |d| {
            let [low, high] = d.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
            Some(phrase!("{low} to {high} Hz", low, high))
        })
        .warning(phrase!("The envelope spectra are of different bands.")),
        Pair::of(phrase!("Unit of the envelope spectrum"), both, |d| {
            Some(d.figures.envelope_spectrum.unit.clone())
        })
        .warning(phrase!("The heights of the two envelope spectra cannot be set against each other.")),
        Pair::of(phrase!("Program"), both, |d| {
            Some(Phrase::verbatim(format!("{} {}", d.tool.name, d.tool.version)))
        })
        .warning(phrase!("Another version may judge otherwise; diagnose both with one.")),
        Pair::of(phrase!("Trained net"), both, |d| {
            Some(d.learned.as_ref().map_or_else(
                || phrase!("none"),
                |l| phrase!("{name} ({hash})", name = &l.model, hash = &l.sha256),
            ))
        })
        .warning(phrase!("Scores of different nets cannot be set against each other.")),
    ]
}

/// When the recording was made, as its report has it.
fn measured(diagnosis: &Diagnosis) -> Option<&str> {
    diagnosis.assessed.as_ref()?.measured.as_deref()
}

/// Both dates where both are known; with a warning where B, which is read as what became of A, is the earlier.
fn dates(a: &Diagnosis, b: &Diagnosis) -> Option<Block> {
    let (of_a, of_b) = (measured(a)?, measured(b)?);
    let ([from_a, _], [_, to_b]) = (day_span(of_a)?, day_span(of_b)?);
    let told = phrase!("A was measured on {of_a}, B on {of_b}.", of_a, of_b);
    let late = phrase!(
        "A is the later of the two: every change from A to B runs back in time. Give the earlier report first."
    );
    Some(match to_b <= from_a {
        true => Block::Paragraph(Tone::Limit, prose![strong(told), next(), late]),
        false => Block::text(told),
    })
}

/// Facts that one report states and the other does not, in a sentence for each report.
fn not_stated(pairs: &[Pair]) -> impl Iterator<Item = Phrase> {
    [("A", 0), ("B", 1)].into_iter().filter_map(|(report, at)| {
        let open = pairs.iter().filter(|pair| pair.values[at].is_none() && pair.values[1 - at].is_some());
        let facts: Vec<Phrase> = open.map(|pair| pair.name.clone()).collect();
        (!facts.is_empty()).then(|| {
            let facts = Phrase::list(Joint::Comma, facts);
            phrase!("Not stated in {report}: {facts}. Whether it is the same is not known.", report, facts)
        })
    })
}

fn differences(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let mut blocks = Vec::new();
    if a.input.sha256 == b.input.sha256 && a.input.channel == b.input.channel {
        let text = prose![
            strong(phrase!("The same recording. ")),
            phrase!("Both reports were made from the same file and channel.")
        ];
        blocks.push(Block::Paragraph(Tone::Limit, text));
    }
    blocks.extend(dates(a, b));
    let pairs = conditions(a, b);
    let differing = |pair: &&Pair| pair.outcome() == Outcome::Differs && !pair.warning.is_empty();
    for pair in pairs.iter().filter(differing) {
        let [of_a, of_b] = pair.values.clone().map(Option::unwrap_or_default);
        let text = prose![
            strong(phrase!("{name} differs: ", name = &pair.name)),
            phrase!("{of_a} in A, {of_b} in B.", of_a, of_b),
            next(),
            &pair.warning
        ];
        blocks.push(Block::Paragraph(Tone::Limit, text));
    }
    blocks.extend(not_stated(&pairs).map(Block::text));
    let verdicts = [a, b].map(|d| headline(&d.verdict));
    for ((name, d), verdict) in [("A", a), ("B", b)].into_iter().zip(&verdicts) {
        let (state, _) = status(&d.verdict);
        let headline = phrase!("{name}: {verdict}", name, verdict);
        blocks.push(Block::Status { state, headline, why: page::why(&d.verdict) });
    }
    blocks.push(Block::text(if verdicts[0] == verdicts[1] {
        phrase!("Both reports come to the same verdict.")
    } else {
        phrase!("The reports come to different verdicts.")
    }));
    blocks
}

fn spectra(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let caption = prose![
        phrase!(
            "Squared-envelope spectra on the same axes, logarithmic; A: {a}; B: {b}.",
            a = &a.figures.envelope_spectrum.unit,
            b = &b.figures.envelope_spectrum.unit
        ),
        next(),
        reading(if decisive::speeds_that_differ([a, b]).is_some() {
            phrase!(
                "the speeds differ, so the axis counts orders; a line that stands out in one report alone is what has changed, if the band is the same."
            )
        } else {
            phrase!(
                "a line that stands out in one report alone is what has changed, if speed and band are the same."
            )
        })
    ];
    let gap = Block::gap(
        phrase!("the envelope spectrum of one of the reports."),
        phrase!("the spectra cannot be set against each other."),
        phrase!("both recordings, diagnosed again."),
    );
    vec![Block::figure_or(plot::both_envelopes(a, b), caption, gap)]
}

fn evidence(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let of = |d: &'_ Diagnosis, kind: FaultKind| d.evidence.iter().find(|e| e.element == kind).cloned();
    let row = |kind: FaultKind| {
        let [of_a, of_b] = [of(a, kind), of(b, kind)];
        let each = |text: fn(&Evidence) -> Phrase| {
            [&of_a, &of_b].map(|e| Prose::of(e.as_ref().map_or_else(|| phrase!("not tested"), text)))
        };
        let mut cells = vec![prose![Span::Key(Ink::Kind(kind)), ' ', kind_title(kind)]];
        cells.extend(each(|e| {
            phrase!("{found} of {tested}", found = e.harmonics_found, tested = e.harmonics_tested)
        }));
        cells.extend(each(|e| e.found_order.map_or_else(|| phrase!("none"), |v| number::fixed(v, 4))));
        cells.extend(each(|e| number::significant(e.modulation, 3)));
        cells.extend(each(|e| number::p_value(e.p_adjusted)));
        let significant = [&of_a, &of_b].map(|e| e.as_ref().is_some_and(|e| e.significant));
        Row { marked: significant[0] != significant[1], cells }
    };
    vec![Block::Table(Table::new(
        TableKind::Wide,
        phrase!("Evidence of both reports"),
        phrase!("Combs of each part in A and B. Marked where a comb is significant in one of them alone."),
        &[
            ("Part", ColumnKind::Part),
            ("Harmonics A", ColumnKind::Number),
            ("B", ColumnKind::Number),
            ("Found order A", ColumnKind::Number),
            ("B", ColumnKind::Number),
            ("Modulation A", ColumnKind::Number),
            ("B", ColumnKind::Number),
            ("p adjusted A", ColumnKind::Number),
            ("B", ColumnKind::Number),
        ],
        FaultKind::ALL.into_iter().map(row).collect(),
    ))]
}

fn indicators(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let mut names: Vec<&str> = a.indicators.iter().map(|i| i.name.as_str()).collect();
    names.extend(
        b.indicators
            .iter()
            .map(|i| i.name.as_str())
            .filter(|name| a.indicators.iter().all(|own| own.name != *name)),
    );
    let row = |name: &&str| {
        let [of_a, of_b] = [a, b].map(|d| d.indicators.iter().find(|i| i.name == **name));
        let value = |i: Option<&Indicator>| i.map_or_else(|| phrase!("not given"), indicator_value);
        let units: Vec<&str> = [of_a, of_b].into_iter().flatten().map(|i| i.unit.as_str()).collect();
        let unit = if units.windows(2).all(|pair| pair[0] == pair[1]) {
            unit::in_words(units.first().copied().unwrap_or_default())
        } else {
            Phrase::list(Joint::And, units.into_iter().map(unit::in_words))
        };
        Row::of(vec![
            prose![Phrase::named(name)],
            prose![value(of_a)],
            prose![value(of_b)],
            prose![unit],
            prose![change(of_a, of_b)],
        ])
    };
    let table = Table::new(
        TableKind::Narrow,
        phrase!("Indicators of both reports"),
        phrase!("Scalars over each recording. A change of them names no fault."),
        &[
            ("Indicator", ColumnKind::Head),
            ("A", ColumnKind::Number),
            ("B", ColumnKind::Number),
            ("Unit", ColumnKind::Plain),
            ("B against A", ColumnKind::Note),
        ],
        names.iter().map(row).collect(),
    );
    let mut blocks = vec![Block::Table(table)];
    let checks = a.quality.iter().filter_map(|of_a| {
        let of_b = b.quality.iter().find(|of_b| of_b.code == of_a.code)?;
        (of_a.level != of_b.level).then(|| {
            prose![said!(
                "{check}: {of_a} in A, {of_b} in B.",
                check = strong(&of_a.title),
                of_a = &of_a.value,
                of_b = &of_b.value
            )]
        })
    });
    let items: Vec<Prose> = checks.collect();
    blocks.push(if items.is_empty() {
        Block::text(phrase!("All checks of the recordings that both reports made have the same outcome."))
    } else {
        Block::List { ordered: false, items }
    });
    blocks
}

/// Indicators whose sign is chance: of these only the difference tells anything.
const SIGNED: [&str; 2] = ["mean", "skewness"];

/// How an indicator changed from A to B.
fn change(a: Option<&Indicator>, b: Option<&Indicator>) -> Phrase {
    let (Some(a), Some(b)) = (a, b) else { return phrase!("in one report alone") };
    if a.unit != b.unit || a.scaling != b.scaling {
        return phrase!("not comparable: another unit or scaling");
    }
    let signed = SIGNED.contains(&a.name.as_str());
    match (a.value, b.value) {
        (Some(from), Some(to)) if !signed && [from, to].iter().all(|x| x.is_finite() && *x > 0.0) => {
            phrase!("{factor} times", factor = number::significant(to / from, 3))
        }
        (Some(from), Some(to)) => number::significant(to - from, 3),
        _ => number::undefined(),
    }
}

fn severity(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let [of_a, of_b] = [a, b].map(page::severity_sentence);
    if of_a == of_b {
        return vec![Block::text(prose![strong(phrase!("Both: ")), of_a])];
    }
    vec![Block::text(prose![strong(phrase!("A: ")), of_a]), Block::text(prose![strong(phrase!("B: ")), of_b])]
}

fn everything(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let mut pairs = vec![
        Pair::of(phrase!("Verdict"), [a, b], |d| Some(headline(&d.verdict))),
        Pair::of(phrase!("Path as given"), [a, b], |d| Some((&d.input.path).into())),
        Pair::of(phrase!("SHA-256"), [a, b], |d| Some((&d.input.sha256).into())),
    ];
    pairs.extend(conditions(a, b));
    // What differs stands first, else in the order of the reports.
    pairs.sort_by_key(Pair::outcome);
    vec![Block::Table(Table::new(
        TableKind::Wide,
        phrase!("Facts of both reports"),
        phrase!("What both reports state, differences first."),
        &[
            ("Fact", ColumnKind::Head),
            ("A", ColumnKind::Plain),
            ("B", ColumnKind::Plain),
            ("Outcome", ColumnKind::Plain),
        ],
        pairs.iter().map(Pair::row).collect(),
    ))]
}
