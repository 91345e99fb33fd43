//! Two reports side by side, differences first. Nothing is refused: what makes the two hard to compare, another
//! bearing, speed, unit, channel or method, is said before any number.

use crate::document::{
    Block, ColumnKind, Document, Prose, Row, Section, Span, Table, TableKind, Tone, code, prose, reading,
    strong,
};
use crate::error::Result;
use crate::figure::Ink;
use crate::markdown;
use crate::number;
use crate::page::{self, bearing, headline, indicator_value, kind_title, speed, status, subject};
use crate::pdf::{self, Pdf, PdfOptions};
use crate::plot;
use crate::text::basename;
use brinell_diagnosis::{Diagnosis, Evidence, Indicator};
use brinell_signal::FaultKind;

/// The differences of two reports as one self-contained page. Same input, same bytes.
pub fn comparison_html(first: &Diagnosis, second: &Diagnosis) -> String {
    crate::html::render(&document(first, second))
}

/// The differences of two reports as Markdown.
pub fn comparison_markdown(first: &Diagnosis, second: &Diagnosis) -> String {
    markdown::render(&document(first, second), None)
}

/// The differences of two reports as a PDF.
///
/// # Errors
/// As [`crate::pdf`].
pub fn comparison_pdf(first: &Diagnosis, second: &Diagnosis, options: &PdfOptions) -> Result<Pdf> {
    pdf::render(&document(first, second), options, None)
}

fn document(a: &Diagnosis, b: &Diagnosis) -> Document {
    let section = |id, title, blocks| Section { id, title, blocks };
    let [of_a, of_b] = [a, b].map(|d| prose![subject(d), ": ", basename(&d.input.path), ", ", code(&d.id)]);
    Document {
        kind: "Comparison of two bearing vibration reports",
        title: format!("{} and {} - comparison", subject(a), subject(b)),
        heading: if subject(a) == subject(b) {
            subject(a)
        } else {
            format!("A: {} / B: {}", subject(a), subject(b))
        },
        facts: vec![("A", of_a), ("B", of_b)],
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
        foot: prose![
            "A: ",
            code(&a.id),
            ", input SHA-256 ",
            code(&a.input.sha256),
            ". B: ",
            code(&b.id),
            ", input SHA-256 ",
            code(&b.input.sha256),
            "."
        ],
    }
}

/// A fact of both reports, as printed.
struct Pair {
    name: &'static str,
    values: [String; 2],
    /// Why a difference makes the reports hard to compare; empty where it does not.
    warning: &'static str,
}

impl Pair {
    fn differs(&self) -> bool {
        self.values[0] != self.values[1]
    }

    fn row(&self) -> Row {
        let [a, b] = &self.values;
        let word = if self.differs() { prose![strong("differs")] } else { prose!["the same"] };
        Row { marked: self.differs(), cells: vec![prose![self.name], prose![a], prose![b], word] }
    }
}

fn conditions(a: &Diagnosis, b: &Diagnosis) -> Vec<Pair> {
    let pair =
        |name, of: &dyn Fn(&Diagnosis) -> String, warning| Pair { name, values: [of(a), of(b)], warning };
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "not declared".to_owned());
    vec![
        pair(
            "Machine",
            &|d| known(&d.machine.asset),
            "Two machines differ for many reasons that are no damage.",
        ),
        pair(
            "Measuring point",
            &|d| known(&d.machine.point),
            "Another point has another path from the bearing.",
        ),
        pair(
            "Bearing",
            &bearing,
            "Another bearing has other fault frequencies: lines at the same place need not be the same part.",
        ),
        pair(
            "Shaft speed",
            &speed,
            "At another speed the lines lie elsewhere and the levels differ; compare orders, not frequencies.",
        ),
        pair(
            "Channel",
            &|d| d.input.channel.clone(),
            "Another channel is another sensor: its levels cannot be set against each other.",
        ),
        pair(
            "Sensor position",
            &|d| known(&d.input.position),
            "Another position has another path from the bearing.",
        ),
        pair(
            "Unit",
            &|d| d.input.unit.clone(),
            "Levels in different units cannot be set against each other; no change of them is given.",
        ),
        pair(
            "Sampling rate",
            &|d| format!("{} Hz", number::trimmed(d.input.rate_hz)),
            "Another rate sees another band: peak values, kurtosis and crest factor depend on it.",
        ),
        pair("Length", &|d| number::seconds(d.input.duration_s), ""),
        pair(
            "Band of the envelope spectrum",
            &|d| format!("{} Hz", d.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0)).join(" to ")),
            "The envelope spectra are of different bands.",
        ),
        pair(
            "Unit of the envelope spectrum",
            &|d| d.figures.envelope_spectrum.unit.to_string(),
            "The heights of the two envelope spectra cannot be set against each other.",
        ),
        pair(
            "Program",
            &|d| format!("{} {}", d.tool.name, d.tool.version),
            "Another version may judge otherwise; diagnose both with one.",
        ),
        pair(
            "Trained net",
            &|d| d.learned.as_ref().map_or("none".to_owned(), |l| format!("{} ({})", l.model, l.sha256)),
            "Scores of different nets cannot be set against each other.",
        ),
    ]
}

fn differences(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let mut blocks = Vec::new();
    if a.input.sha256 == b.input.sha256 && a.input.channel == b.input.channel {
        let text =
            prose![strong("The same recording. "), "Both reports were made from the same file and channel."];
        blocks.push(Block::Paragraph(Tone::Limit, text));
    }
    for pair in conditions(a, b).iter().filter(|pair| pair.differs() && !pair.warning.is_empty()) {
        let [of_a, of_b] = &pair.values;
        let text = prose![
            strong(format!("{} differs: ", pair.name)),
            of_a,
            " in A, ",
            of_b,
            " in B. ",
            pair.warning
        ];
        blocks.push(Block::Paragraph(Tone::Limit, text));
    }
    for (name, d) in [("A", a), ("B", b)] {
        let (state, _) = status(&d.verdict);
        let why = page::why(&d.verdict);
        blocks.push(Block::Status { state, headline: format!("{name}: {}", headline(&d.verdict)), why });
    }
    let verdicts = [a, b].map(|d| headline(&d.verdict));
    blocks.push(Block::text(if verdicts[0] == verdicts[1] {
        "Both reports come to the same verdict.".to_owned()
    } else {
        "The reports come to different verdicts.".to_owned()
    }));
    blocks
}

fn spectra(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let caption = prose![
        "Squared-envelope spectra on the same axes, logarithmic; A: ",
        &a.figures.envelope_spectrum.unit,
        "; B: ",
        &b.figures.envelope_spectrum.unit,
        ". ",
        reading(
            "a line that stands out in one report alone is what has changed, if speed and band are the same."
        )
    ];
    let gap = Block::gap(
        "the envelope spectrum of one of the reports.",
        "the spectra cannot be set against each other.",
        "both recordings, diagnosed again.",
    );
    vec![Block::figure_or(plot::both_envelopes(a, b), caption, gap)]
}

fn evidence(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let of = |d: &'_ Diagnosis, kind: FaultKind| d.evidence.iter().find(|e| e.element == kind).cloned();
    let row = |kind: FaultKind| {
        let [of_a, of_b] = [of(a, kind), of(b, kind)];
        let each = |text: fn(&Evidence) -> String| {
            [&of_a, &of_b].map(|e| Prose::of(e.as_ref().map_or_else(|| "not tested".to_owned(), text)))
        };
        let mut cells = vec![prose![Span::Key(Ink::Kind(kind)), " ", kind_title(kind)]];
        cells.extend(each(|e| format!("{} of {}", e.harmonics_found, e.harmonics_tested)));
        cells.extend(each(|e| e.found_order.map_or_else(|| "none".to_owned(), |v| number::fixed(v, 4))));
        cells.extend(each(|e| number::significant(e.modulation, 3)));
        cells.extend(each(|e| number::p_value(e.p_adjusted)));
        let significant = [&of_a, &of_b].map(|e| e.as_ref().is_some_and(|e| e.significant));
        Row { marked: significant[0] != significant[1], cells }
    };
    vec![Block::Table(Table::new(
        TableKind::Wide,
        "Evidence of both reports",
        "Combs of each part in A and B. Marked where a comb is significant in one of them alone.",
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
        let value = |i: Option<&Indicator>| i.map_or_else(|| "not given".to_owned(), indicator_value);
        let units: Vec<&str> = [of_a, of_b].into_iter().flatten().map(|i| i.unit.as_str()).collect();
        let unit = if units.windows(2).all(|pair| pair[0] == pair[1]) {
            units.first().copied().unwrap_or_default().to_owned()
        } else {
            units.join(" and ")
        };
        Row::of(vec![
            prose![*name],
            prose![value(of_a)],
            prose![value(of_b)],
            prose![unit],
            prose![change(of_a, of_b)],
        ])
    };
    let table = Table::new(
        TableKind::Narrow,
        "Indicators of both reports",
        "Scalars over each recording. A change of them names no fault.",
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
            prose![strong(of_a.title.to_string()), ": ", &of_a.value, " in A, ", &of_b.value, " in B."]
        })
    });
    let items: Vec<Prose> = checks.collect();
    blocks.push(if items.is_empty() {
        Block::text("All checks of the recordings that both reports made have the same outcome.")
    } else {
        Block::List { ordered: false, items }
    });
    blocks
}

/// How an indicator changed from A to B.
fn change(a: Option<&Indicator>, b: Option<&Indicator>) -> String {
    let (Some(a), Some(b)) = (a, b) else { return "in one report alone".to_owned() };
    if a.unit != b.unit || a.scaling != b.scaling {
        return "not comparable: another unit or scaling".to_owned();
    }
    match (a.value, b.value) {
        (Some(from), Some(to)) if from.is_finite() && to.is_finite() && from > 0.0 && to > 0.0 => {
            format!("{} times", number::significant(to / from, 3))
        }
        (Some(from), Some(to)) => number::significant(to - from, 3),
        _ => number::UNDEFINED.to_owned(),
    }
}

fn severity(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let [of_a, of_b] = [a, b].map(page::severity_sentence);
    if of_a == of_b {
        return vec![Block::text(prose![strong("Both: "), of_a])];
    }
    vec![Block::text(prose![strong("A: "), of_a]), Block::text(prose![strong("B: "), of_b])]
}

fn everything(a: &Diagnosis, b: &Diagnosis) -> Vec<Block> {
    let mut pairs = vec![
        Pair { name: "Verdict", values: [a, b].map(|d| headline(&d.verdict)), warning: "" },
        Pair { name: "Path as given", values: [a, b].map(|d| d.input.path.clone()), warning: "" },
        Pair { name: "SHA-256", values: [a, b].map(|d| d.input.sha256.clone()), warning: "" },
    ];
    pairs.extend(conditions(a, b));
    // What differs stands first, else in the order of the reports.
    pairs.sort_by_key(|pair| !pair.differs());
    vec![Block::Table(Table::new(
        TableKind::Wide,
        "Facts of both reports",
        "What both reports state, differences first.",
        &[
            ("Fact", ColumnKind::Head),
            ("A", ColumnKind::Plain),
            ("B", ColumnKind::Plain),
            ("Outcome", ColumnKind::Plain),
        ],
        pairs.iter().map(Pair::row).collect(),
    ))]
}
