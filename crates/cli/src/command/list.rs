//! `brinell list`: what this build knows.

use crate::arguments::{HELP, ResultFile};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::session::Session;
use crate::terminal::visible;
use brinell_learn::{StepKey, StepKeys};
use brinell_model::ModelInfo;
use brinell_model::graph::Field;
use brinell_signal::Step;
use brinell_signal::counted;
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  brinell list bearings
  brinell list protocols
  brinell list datasets --json";

/// List the models, attention, transforms, data sets, bearings, formats or protocols of this build
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct List {
    /// What to list
    #[arg(value_enum)]
    what: Kind,
    #[command(flatten)]
    result: ResultFile,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Nets that can be trained
    Models,
    /// Attention that nets can carry
    Attention,
    /// Steps of a pipeline
    Transforms,
    /// Catalogued data sets
    Datasets,
    /// Bearings with known dimensions
    Bearings,
    /// File formats that are read
    Formats,
    /// Ways to split data for an evaluation
    Protocols,
}

/// One thing that is known.
#[derive(Debug, Serialize)]
struct Known {
    name: String,
    title: String,
    details: Details,
}

/// What more there is to say.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Details {
    Lines(Vec<String>),
    Model {
        parameters: u64,
        multiply_adds: u64,
        /// Channels, then length or height and width.
        input: &'static [usize],
        classes: usize,
        /// What one value of the last map sees of the input, along each axis; empty where it is all of it.
        receptive_field: Vec<usize>,
        paper: &'static str,
        #[serde(skip)]
        lines: Vec<String>,
    },
    Step {
        /// Every key with its default, nested as in a configuration; null where it is not set.
        keys: Map<String, Value>,
        /// Keys that have to be written.
        needed: Vec<String>,
        /// The words that a key may be set to, by its dotted path.
        words: Map<String, Value>,
        /// The units of quantities, by the dotted path of their key.
        units: Map<String, Value>,
        /// Keys that may be written instead of a key, by its dotted path, with an example each.
        forms: Map<String, Value>,
        #[serde(skip)]
        lines: Vec<String>,
    },
}

impl Details {
    fn lines(&self) -> &[String] {
        match self {
            Self::Lines(lines) | Self::Model { lines, .. } | Self::Step { lines, .. } => lines,
        }
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    kind: &'static str,
    items: Vec<Known>,
}

/// Prints the list.
pub(crate) fn run(arguments: &List, session: &Session) -> Outcome<Exit> {
    let (kind, items) = match arguments.what {
        Kind::Models => ("models", models()),
        Kind::Attention => ("attention", attention()),
        Kind::Transforms => ("transforms", transforms()),
        Kind::Datasets => ("datasets", datasets()),
        Kind::Bearings => ("bearings", bearings()),
        Kind::Formats => ("formats", formats()),
        Kind::Protocols => ("protocols", protocols()),
    };
    let width = items.iter().map(|item| item.name.chars().count()).max().unwrap_or_default();
    let mut human = String::new();
    for item in &items {
        let gap = " ".repeat(width - item.name.chars().count());
        let name = session.paint.bold(&visible(&item.name));
        let _ = writeln!(human, "{name}{gap}  {}", visible(&item.title));
        for detail in item.details.lines() {
            let _ = writeln!(human, "{:width$}  {}", "", session.paint.dim(&visible(detail)));
        }
    }
    let data = Listed { kind, items };
    session.result(&arguments.result.target(), "brinell.list/1", true, &data, &human)?;
    Ok(Exit::Done)
}

fn datasets() -> Vec<Known> {
    let known = brinell_formats::datasets().iter().map(|dataset| Known {
        name: dataset.name.to_owned(),
        title: format!("{}, {}", dataset.title, counted(dataset.catalogue.entries.len(), "recording")),
        details: Details::Lines(vec![dataset.citation.to_owned()]),
    });
    known.collect()
}

fn bearings() -> Vec<Known> {
    let known = brinell_diagnosis::bearings().iter().map(|bearing| {
        let (geometry, orders) = (&bearing.geometry, bearing.geometry.orders());
        Known {
            name: bearing.designation.clone(),
            title: format!(
                "{} x {:.3} mm on {:.3} mm, {:.1} deg: BPFI {:.4}x, BPFO {:.4}x, BSF {:.4}x, FTF {:.4}x",
                geometry.rolling_elements,
                geometry.ball_diameter.0,
                geometry.pitch_diameter.0,
                geometry.contact_angle_deg,
                orders.bpfi,
                orders.bpfo,
                orders.bsf,
                orders.ftf
            ),
            details: Details::Lines(vec![format!("{}: {}", bearing.status, bearing.source)]),
        }
    });
    known.collect()
}

fn formats() -> Vec<Known> {
    let known = brinell_formats::formats().iter().map(|format| Known {
        name: format.name().to_owned(),
        title: "recognised by its first bytes; .xz is unpacked on the way".to_owned(),
        details: Details::Lines(Vec::new()),
    });
    known.collect()
}

fn protocols() -> Vec<Known> {
    let known = brinell_learn::Protocol::ALL.into_iter().map(|protocol| Known {
        name: protocol.name().to_owned(),
        title: protocol.description().to_owned(),
        details: Details::Lines(protocol.is_leaky().map(str::to_owned).into_iter().collect()),
    });
    known.collect()
}

fn models() -> Vec<Known> {
    let known = brinell_model::zoo().iter().map(|model| Known {
        name: model.name.to_owned(),
        title: model.title.to_owned(),
        details: Details::Model {
            parameters: model.cost.parameters,
            multiply_adds: model.cost.multiply_adds,
            input: model.input,
            classes: model.classes,
            receptive_field: field(model),
            paper: model.paper,
            lines: vec![
                format!(
                    "{} parameters, {} multiply-adds, receptive field {}, for input {} and {} classes",
                    grouped(model.cost.parameters),
                    grouped(model.cost.multiply_adds),
                    match field(model) {
                        sizes if sizes.is_empty() => "the whole input".to_owned(),
                        sizes => by(&sizes),
                    },
                    by(model.input),
                    model.classes
                ),
                model.paper.to_owned(),
            ],
        },
    });
    known.collect()
}

fn attention() -> Vec<Known> {
    let known = brinell_model::Attention::kinds().iter().map(|kind| Known {
        name: kind.name.to_owned(),
        title: kind.title.to_owned(),
        details: Details::Lines(vec![
            format!(
                "{}; {}",
                kind.parameters,
                match (kind.series, kind.images) {
                    (true, true) => "series and images",
                    (true, false) => "series",
                    _ => "images",
                }
            ),
            kind.paper.to_owned(),
        ]),
    });
    known.collect()
}

/// What one value of the last map sees along each axis, nothing where it is the whole input.
fn field(model: &ModelInfo) -> Vec<usize> {
    match model.receptive_field {
        // A series has height 1.
        Field::Window { size, .. } => size[3 - model.input.len()..].to_vec(),
        Field::Whole => Vec::new(),
    }
}

/// Sizes along axes, such as `1 x 64 x 64`.
fn by(sizes: &[usize]) -> String {
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

/// A count with its thousands apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for three in digits.as_bytes()[first..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(three.iter().map(|&digit| char::from(digit)));
    }
    text
}

fn transforms() -> Vec<Known> {
    let known = Step::all().into_iter().map(|step| {
        let found = StepKeys::of(&step);
        let words = found.words.iter().map(|(key, words)| format!("{key}: {}", words.join(", ")));
        let instead = |forms: &[StepKey]| -> Vec<String> { forms.iter().map(StepKey::example).collect() };
        let forms = found.forms.iter().map(|(key, forms)| format!("{key}: or {}", instead(forms).join(", ")));
        let units = found.units.iter().map(|(key, unit)| format!("{key} in {unit}"));
        let units = Some(units.collect::<Vec<_>>().join("; ")).filter(|line| !line.is_empty());
        let defaults = Some(found.line()).filter(|line| !line.is_empty());
        Known {
            name: step.name().to_owned(),
            title: step.summary().to_owned(),
            details: Details::Step {
                keys: found.table(),
                needed: found.needed(),
                words: found.words.iter().map(|(key, words)| (key.clone(), words.clone().into())).collect(),
                units: found.units.iter().map(|(key, unit)| (key.clone(), unit.clone().into())).collect(),
                forms: found.forms.iter().map(|(key, forms)| (key.clone(), instead(forms).into())).collect(),
                lines: defaults.into_iter().chain(forms).chain(units).chain(words).collect(),
            },
        }
    });
    known.collect()
}
