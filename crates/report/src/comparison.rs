//! Two reports side by side, differences first. Nothing is refused: what makes the two hard to compare, another
//! bearing, speed, unit, channel or method, is said before any number.

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
use brinell_diagnosis::{Diagnosis, Evidence, Indicator};
use brinell_signal::{FaultKind, Joint, Phrase, phrase};

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

/// A fact of both reports, as printed.
struct Pair {
    name: Phrase,
    values: [Phrase; 2],
    /// Why a difference makes the reports hard to compare; empty where it does not.
    warning: Phrase,
}

impl Pair {
    fn differs(&self) -> bool {
        self.values[0] != self.values[1]
    }

    fn row(&self) -> Row {
        let [a, b] = &self.values;
        let word =
            if self.differs() { prose![strong(phrase!("differs"))] } else { prose![phrase!("the same")] };
        Row { marked: self.differs(), cells: vec![prose![&self.name], prose![a], prose![b], word] }
    }
}

fn conditions(a: &Diagnosis, b: &Diagnosis) -> Vec<Pair> {
    let pair =
        |name, of: &dyn Fn(&Diagnosis) -> Phrase, warning| Pair { name, values: [of(a), of(b)], warning };
    let known = |text: &Option<String>| {
        text.as_ref().map_or_else(|| phrase!("not declared"), |text| Phrase::verbatim(text.as_str()))
    };
    vec![
        pair(
            phrase!("Machine"),
            &|d| known(&d.machine.asset),
            phrase!("Two machines differ for many reasons that are no damage."),
        ),
        pair(
            phrase!("Measuring point"),
            &|d| known(&d.machine.point),
            phrase!("Another point has another path from the bearing."),
        ),
        pair(
            phrase!("Bearing"),
            &bearing,
            phrase!(
                "Another bearing has other fault frequencies: lines at the same place need not be the same part."
            ),
        ),
        pair(
            phrase!("Shaft speed"),
            &speed,
            phrase!(
                "At another speed the lines lie elsewhere and the levels differ; compare orders, not frequencies."
            ),
        ),
        pair(
            phrase!("Channel"),
            &|d| (&d.input.channel).into(),
            phrase!("Another channel is another sensor: its levels cannot be set against each other."),
        ),
        pair(
            phrase!("Sensor position"),
            &|d| d.input.position.as_deref().map_or_else(|| phrase!("not declared"), Phrase::named),
            phrase!("Another position has another path from the bearing."),
        ),
        pair(
            phrase!("Unit"),
            &|d| unit::in_words(&d.input.unit),
            phrase!(
                "Levels in different units cannot be set against each other; no change of them is given."
            ),
        ),
        pair(
            phrase!("Sampling rate"),
            &|d| phrase!("{hz} Hz", hz = number::trimmed(d.input.rate_hz)),
            phrase!("Another rate sees another band: peak values, kurtosis and crest factor depend on it."),
        ),
        pair(phrase!("Length"), &|d| number::seconds(d.input.duration_s), Phrase::default()),
        pair(
            phrase!("Band of the envelope spectrum"),
            &|d| {
                let [low, high] = d.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
                phrase!("{low} to {high} Hz", low, high)
            },
            phrase!("The envelope spectra are of different bands."),
        ),
        pair(
            phrase!("Unit of the envelope spectrum"),
            &|d| d.figures.envelope_spectrum.unit.clone(),
            phrase!("The heights of the two envelope spectra cannot be set against each other."),
        ),
        pair(
            phrase!("Program"),
            &|d| Phrase::verbatim(format!("{} {}", d.tool.name, d.tool.version)),
            phrase!("Another version may judge otherwise; diagnose both with one."),
        ),
        pair(
            phrase!("Trained net"),
            &|d| {
                d.learned.as_ref().map_or_else(
                    || phrase!("none"),
                    |l| phrase!("{name} ({hash})", name = &l.model, hash = &l.sha256),
                )
            },
            phrase!("Scores of different nets cannot be set against each other."),
        ),
    ]
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
    for pair in conditions(a, b).iter().filter(|pair| pair.differs() && !pair.warning.is_empty()) {
        let [of_a, of_b] = &pair.values;
        let text = prose![
            strong(phrase!("{name} differs: ", name = &pair.name)),
            phrase!("{of_a} in A, {of_b} in B.", of_a, of_b),
            next(),
            &pair.warning
        ];
        blocks.push(Block::Paragraph(Tone::Limit, text));
    }
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
        reading(phrase!(
            "a line that stands out in one report alone is what has changed, if speed and band are the same."
        ))
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

/// How an indicator changed from A to B.
fn change(a: Option<&Indicator>, b: Option<&Indicator>) -> Phrase {
    let (Some(a), Some(b)) = (a, b) else { return phrase!("in one report alone") };
    if a.unit != b.unit || a.scaling != b.scaling {
        return phrase!("not comparable: another unit or scaling");
    }
    match (a.value, b.value) {
        (Some(from), Some(to)) if from.is_finite() && to.is_finite() && from > 0.0 && to > 0.0 => {
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
    let fact = |name, of: &dyn Fn(&Diagnosis) -> Phrase| Pair {
        name,
        values: [of(a), of(b)],
        warning: Phrase::default(),
    };
    let mut pairs = vec![
        fact(phrase!("Verdict"), &|d| headline(&d.verdict)),
        fact(phrase!("Path as given"), &|d| (&d.input.path).into()),
        fact(phrase!("SHA-256"), &|d| (&d.input.sha256).into()),
    ];
    pairs.extend(conditions(a, b));
    // What differs stands first, else in the order of the reports.
    pairs.sort_by_key(|pair| !pair.differs());
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
