//! `brinell list`: what this build knows.

use super::list_nets;
use crate::arguments::{HELP, ResultFile};
use crate::bearing_choice::unknown as unknown_bearing;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::session::Session;
use crate::terminal::visible;
use brinell_learn::learner::Learner;
use brinell_learn::{StepKey, StepKeys, learner_keys, nearest};
use brinell_signal::Step;
use brinell_signal::counted;
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  brinell list bearings '62*'         the orders of every 62xx
  brinell list bearings 6205-2Z
  brinell list models
  brinell list models resnet-50       every key with its default and its words
  brinell list attention cbam
  brinell list datasets --json";

/// List the models, attention, transforms, data sets, bearings, formats or protocols of this build
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct List {
    /// What to list
    #[arg(value_enum)]
    what: Kind,
    /// Only this one; a model or an attention with all its keys; of bearings also a pattern such as 'NU2*'
    name: Option<String>,
    #[command(flatten)]
    result: ResultFile,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// What can be trained: nets, and learners for rows of numbers
    Models,
    /// Attention that nets can carry, and pools
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
pub(super) struct Known {
    pub(super) name: String,
    pub(super) title: String,
    /// Which of several kinds it is, where the list holds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'static str>,
    pub(super) details: Details,
}

/// What more there is to say.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Details {
    Lines(Vec<String>),
    Model {
        parameters: u64,
        multiply_adds: u64,
        /// Channels, then length or height and width.
        input: &'static [usize],
        classes: usize,
        /// What one value of the last map sees of the input, along each axis; empty where it is all of it.
        receptive_field: Vec<usize>,
        /// Where it was published, or `none`.
        paper: &'static str,
        #[serde(flatten)]
        keys: Keys,
        #[serde(skip)]
        lines: Vec<String>,
        #[serde(skip)]
        more: Vec<String>,
    },
    Module {
        series: bool,
        images: bool,
        /// The map that the numbers below are told for: channels, then length or height and width.
        input: &'static [usize],
        parameters: u64,
        multiply_adds: u64,
        /// What one value sees of that map, gates left aside; empty where it is all of it, null for a pool.
        receptive_field: Option<Vec<usize>>,
        /// Where it was published, or `none`.
        paper: &'static str,
        #[serde(flatten)]
        keys: Keys,
        #[serde(skip)]
        lines: Vec<String>,
        #[serde(skip)]
        more: Vec<String>,
    },
    Step {
        #[serde(flatten)]
        keys: Keys,
        /// The units of quantities, by the dotted path of their key.
        units: Map<String, Value>,
        /// Keys that may be written instead of a key, by its dotted path, with an example each.
        forms: Map<String, Value>,
        #[serde(skip)]
        lines: Vec<String>,
    },
}

/// What can be set.
#[derive(Debug, Serialize)]
pub(super) struct Keys {
    /// Every key with its default, nested as in a configuration; null where it is not set.
    keys: Map<String, Value>,
    /// Keys that have to be written.
    needed: Vec<String>,
    /// The words that a key may be set to, by its dotted path.
    words: Map<String, Value>,
}

impl Keys {
    pub(super) fn of(found: &StepKeys) -> Self {
        let words = found.words.iter().map(|(key, words)| (key.clone(), words.clone().into()));
        Keys { keys: found.table(), needed: found.needed(), words: words.collect() }
    }
}

impl Details {
    /// What is printed: more where one thing alone is asked for.
    fn lines(&self, alone: bool) -> impl Iterator<Item = &String> {
        let (lines, more): (&[String], &[String]) = match self {
            Self::Lines(lines) | Self::Step { lines, .. } => (lines, &[]),
            Self::Model { lines, more, .. } | Self::Module { lines, more, .. } => (lines, more),
        };
        lines.iter().chain(more.iter().filter(move |_| alone))
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    kind: &'static str,
    items: Vec<Known>,
}

/// Prints the list.
pub(crate) fn run(arguments: &List, session: &Session) -> Outcome<Exit> {
    let (kind, mut items) = match arguments.what {
        Kind::Models => ("models", list_nets::models().into_iter().chain(learners()).collect()),
        Kind::Attention => ("attention", list_nets::attention()),
        Kind::Transforms => ("transforms", transforms()),
        Kind::Datasets => ("datasets", datasets()),
        Kind::Bearings => ("bearings", bearings()),
        Kind::Formats => ("formats", formats()),
        Kind::Protocols => ("protocols", protocols()),
    };
    if let (Some(pattern), Kind::Bearings) = (&arguments.name, arguments.what) {
        items = bearings_like(pattern, items)?;
    } else if let Some(name) = &arguments.name {
        if !items.iter().any(|item| item.name == *name) {
            return Err(unknown(kind, name, &items));
        }
        items.retain(|item| item.name == *name);
    }
    let width = items.iter().map(|item| item.name.chars().count()).max().unwrap_or_default();
    let mut human = String::new();
    let mut group = None;
    for item in &items {
        if item.group != group && arguments.name.is_none() {
            let apart = if human.is_empty() { "" } else { "\n" };
            let _ = writeln!(human, "{apart}{}:", item.group.unwrap_or_default());
            group = item.group;
        }
        let gap = " ".repeat(width - item.name.chars().count());
        let name = session.paint.bold(&visible(&item.name));
        let _ = writeln!(human, "{name}{gap}  {}", visible(&item.title));
        for detail in item.details.lines(arguments.name.is_some()) {
            let _ = writeln!(human, "{:width$}  {}", "", session.paint.dim(&visible(detail)));
        }
    }
    let data = Listed { kind, items };
    session.result(&arguments.result.target(), "brinell.list/1", true, &data, &human)?;
    Ok(Exit::Done)
}

/// The failure for a name that is not in the list.
fn unknown(kind: &str, name: &str, items: &[Known]) -> Box<Failure> {
    let near = nearest(name, items.iter().map(|item| item.name.as_str()));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Failure::new(Code::NameUnknown, format!("there is no `{name}` among the {kind}{hint}"))
        .help(format!("brinell list {kind}"))
}

fn datasets() -> Vec<Known> {
    let known = brinell_formats::datasets().iter().map(|dataset| Known {
        name: dataset.name.to_owned(),
        title: format!("{}, {}", dataset.title, counted(dataset.catalogue.entries.len(), "recording")),
        group: None,
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
            group: None,
            details: Details::Lines(vec![bearing.provenance().to_string()]),
        }
    });
    known.collect()
}

/// The bearings of a pattern in which a star stands for any characters, or the one that a designation means.
fn bearings_like(pattern: &str, mut items: Vec<Known>) -> Outcome<Vec<Known>> {
    if !pattern.contains('*') {
        let found = brinell_diagnosis::bearing(pattern).map_err(|error| unknown_bearing(&error))?;
        items.retain(|item| item.name == found.designation);
        return Ok(items);
    }
    let asked = pattern.to_uppercase();
    items.retain(|item| fits(&item.name.to_uppercase(), &asked));
    if items.is_empty() {
        let what = format!("no designation has the form `{pattern}`");
        return Err(Failure::new(Code::BearingUnknown, what).help("brinell list bearings '62*'"));
    }
    Ok(items)
}

/// Whether `name` has the form `pattern`, in which a star stands for any characters.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

fn formats() -> Vec<Known> {
    let known = brinell_formats::formats().iter().map(|format| Known {
        name: format.name().to_owned(),
        title: match (format.endings(), format.has_signature()) {
            ([], _) => "recognised by its first bytes".to_owned(),
            (endings, true) => format!("{}; recognised by its first bytes", endings.join(", ")),
            (endings, false) => format!("{}; recognised by its columns of numbers", endings.join(", ")),
        },
        group: None,
        details: Details::Lines(Vec::new()),
    });
    let raw = Known {
        name: "raw".to_owned(),
        title: "any; bare numbers, by --layout FILE whose [raw] says how they lie".to_owned(),
        group: None,
        details: Details::Lines(RAW.map(str::to_owned).to_vec()),
    };
    known.chain([raw]).collect()
}

/// A layout of bare numbers.
const RAW: [&str; 12] = [
    "[raw]",
    "type = \"i16\"              # i8 u8 i16 u16 i32 u32 i64 u64 f32 f64",
    "byte_order = \"little\"     # or big",
    "channels = 2",
    "interleaved = true         # one sample of each channel in turn; false: one channel after the other",
    "header_bytes = 0           # that are passed over",
    "scale = 0.001              # what one step is worth",
    "",
    "[[channel]]",
    "name = \"DE\"",
    "variable = \"channel 1\"",
    "unit = \"g\"",
];

fn protocols() -> Vec<Known> {
    let known = brinell_learn::Protocol::ALL.into_iter().map(|protocol| Known {
        name: protocol.name().to_owned(),
        title: protocol.description().to_owned(),
        group: None,
        details: Details::Lines(
            protocol
                .is_leaky()
                .map(str::to_owned)
                .into_iter()
                .chain([format!("needs {}", protocol.needs())])
                .collect(),
        ),
    });
    known.collect()
}

fn learners() -> Vec<Known> {
    let known = Learner::all().into_iter().map(|learner| {
        let found = learner_keys(learner.name()).unwrap_or_default();
        let words = found.words.iter().map(|(key, words)| format!("{key}: {}", words.join(", ")));
        let defaults = Some(found.line()).filter(|line| !line.is_empty());
        Known {
            name: learner.name().to_owned(),
            title: learner.summary().to_owned(),
            group: Some("learners"),
            details: Details::Step {
                keys: Keys::of(&found),
                units: Map::new(),
                forms: Map::new(),
                lines: defaults.into_iter().chain(words).collect(),
            },
        }
    });
    known.collect()
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
            group: None,
            details: Details::Step {
                keys: Keys::of(&found),
                units: found.units.iter().map(|(key, unit)| (key.clone(), unit.clone().into())).collect(),
                forms: found.forms.iter().map(|(key, forms)| (key.clone(), instead(forms).into())).collect(),
                lines: defaults.into_iter().chain(forms).chain(units).chain(words).collect(),
            },
        }
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (name, pattern, fit) in [
            ("6205", "62*", true),
            ("6205", "*05", true),
            ("NU2205", "N*2*5", true),
            ("6205", "*", true),
            ("6205", "62*4", false),
            ("6205", "NU*", false),
            ("6205", "6205*", true),
            ("6205", "620*205", false),
        ] {
            assert_eq!(fits(name, pattern), fit, "{name} {pattern}");
        }
    }
}
