//! TDMS files of National Instruments (`.tdms`): every channel is an array under `group/channel`.
//!
//! Layout of the format: "TDMS File Format Internal Structure", National Instruments: segments, each with a lead-in, metadata
//! and raw data. Metadata name objects (the file, groups, channels), say how their raw data lie, and carry properties;
//! what a segment does not say is as in the segment before. Raw data lie channel by channel, value by value (interleaved),
//! or as rows of DAQmx devices, and are repeated in chunks until the segment ends.
//!
//! Values are scaled as npTDMS does it: linear, polynomial, sums and differences; a channel with another scaling is listed
//! and not read. A segment that is cut is an error, but for one whose length is not stated because it is still being written:
//! what is whole of it is read. A last chunk that is shorter than the others has proportionally fewer values.
//! Bounds: 100 000 objects, 256 scalings a channel, 1 MiB of text.

mod bands;
mod metadata;
mod scaling;
mod walk;

use crate::array::{ArrayClass, ArrayHeader, NamedArray, Values};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::named_facts::{self, Said, Statement};
use crate::runs::Runs;
use crate::source::Source;
use bands::Chunks;
use metadata::{DataType, Value, iso8601};
use scaling::{Plan, Properties};
use std::collections::HashMap;
use walk::{Object, Segment, State, walk};

/// Longest text of one channel.
const MAX_TEXT: usize = 1 << 20;

/// TDMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tdms;

impl Format for Tdms {
    fn name(&self) -> &'static str {
        "tdms"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".tdms"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        if head.starts_with(walk::TAG) { Confidence::Certain } else { Confidence::No }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let state = counted(source)?;
        let headers = channels(&state).into_iter().map(|channel| ArrayHeader {
            shape: vec![channel.object.values as usize, 1],
            complex: matches!(channel.content, Content::Complex),
            byte_offset: channel.object.first_byte,
            name: channel.name,
            class: channel.class,
            facts: channel.facts,
        });
        Ok(Probe { format: self.name().to_owned(), arrays: headers.collect(), text: None })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let state = counted(source)?;
        let channels: Vec<Channel<'_>> =
            channels(&state).into_iter().filter(|channel| selection.wants(&channel.name)).collect();
        let mut plans = HashMap::new();
        let mut values: HashMap<usize, Vec<f64>> = HashMap::new();
        for channel in &channels {
            if let Content::Real(plan) = &channel.content {
                plans.insert(channel.number, plan.clone());
                // The values were counted in raw data that are really there.
                values.insert(channel.number, Vec::with_capacity(channel.object.values as usize));
            }
        }
        each_value(source, &plans, &mut |object, value| {
            if let Some(values) = values.get_mut(&object) {
                values.push(value);
            }
            Ok(())
        })?;
        let mut arrays = Vec::new();
        for channel in channels {
            arrays.push(NamedArray {
                values: match channel.content {
                    Content::Real(_) => Values::Real(values.remove(&channel.number).unwrap_or_default()),
                    Content::Text => Values::Text(text(source, channel.number, &channel.name)?),
                    Content::Complex => Values::Unsupported("of complex numbers".to_owned()),
                    Content::Other(what) => Values::Unsupported(what),
                },
                name: channel.name,
                shape: vec![channel.object.values as usize, 1],
                class: channel.class,
                byte_offset: channel.object.first_byte,
                facts: channel.facts,
            });
        }
        Ok(arrays)
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let state = counted(source)?;
        let found = channels(&state).into_iter().find(|channel| channel.name == name);
        let Some(Channel { number, content: Content::Real(plan), .. }) = found else { return Ok(()) };
        let mut runs = Runs::new(run, each);
        each_value(source, &HashMap::from([(number, plan)]), &mut |_, value| runs.push(value))?;
        runs.finish()
    }
}

/// All metadata, with the number of values of each channel.
fn counted(source: &Source) -> Result<State> {
    let path = source.name();
    walk(source, &mut |state, segment| {
        let chunks = Chunks::of(state, segment, &path)?;
        for (i, (object, _)) in chunks.objects.iter().enumerate() {
            let object = &mut state.objects[*object];
            let sum = chunks.values(i).and_then(|count| object.values.checked_add(count));
            object.values = sum.ok_or_else(|| Error::Malformed {
                path: path.clone(),
                variable: Some(object.names.join("/")),
                offset: segment.data_at,
                element: format!("raw data of segment {}", segment.number),
                why: "more values than any file can hold".to_owned(),
            })?;
        }
        Ok(())
    })
}

fn each_value(
    source: &Source,
    plans: &HashMap<usize, Plan>,
    give: &mut dyn FnMut(usize, f64) -> Result<()>,
) -> Result<()> {
    if plans.is_empty() {
        return Ok(());
    }
    let path = source.name();
    walk(source, &mut |state, segment| {
        Chunks::of(state, segment, &path)?.each(source, segment, plans, give)
    })?;
    Ok(())
}

/// A channel with data.
struct Channel<'a> {
    /// Number among the objects.
    number: usize,
    object: &'a Object,
    name: String,
    class: ArrayClass,
    content: Content,
    facts: Option<Box<Facts>>,
}

enum Content {
    Real(Plan),
    Complex,
    Text,
    Other(String),
}

fn channels(state: &State) -> Vec<Channel<'_>> {
    let root = state.properties(&[]);
    let none = Properties::new();
    let mut channels = Vec::new();
    for (number, object) in state.objects.iter().enumerate() {
        let ([group, _], Some(index)) = (&object.names[..], &object.index) else { continue };
        let group = state.properties(std::slice::from_ref(group)).unwrap_or(&none);
        let levels = [&object.properties, group, root.unwrap_or(&none)];
        let scaler = index.daqmx.as_ref().and_then(|daqmx| daqmx.scalers.first());
        let plan = match (scaling::plan(&levels), scaler) {
            (Err(what), _) => Err(what),
            // Without a type of its own a DAQmx channel is what its scalings make of its scalers.
            (Ok(Some(plan)), _) if index.daqmx.is_none() || index.data_type == DataType::Raw => Ok(plan),
            (Ok(_), Some(scaler)) if index.data_type != DataType::Raw => Ok(Plan::scaler(scaler.id)),
            (Ok(None), Some(_)) => Err("of DAQmx data without a scaling".to_owned()),
            (Ok(_), _) => Ok(Plan::stored()),
        };
        let (class, content) = match (index.data_type, plan) {
            (DataType::Number(_, class), Ok(plan)) if plan.is_plain() => (class, Content::Real(plan)),
            (DataType::Raw, Ok(plan)) if plan.is_plain() && !plan.uses_stored => {
                (scaler.map_or(ArrayClass::Double, |scaler| scaler.class), Content::Real(plan))
            }
            (DataType::Number(..), Ok(plan)) if !plan.scalers.is_empty() && index.daqmx.is_none() => (
                ArrayClass::Double,
                Content::Other("with a scaling of DAQmx data, and it holds none".to_owned()),
            ),
            (DataType::Number(..) | DataType::Raw, Ok(plan)) => (ArrayClass::Double, Content::Real(plan)),
            (DataType::Number(..) | DataType::Raw, Err(what)) => (ArrayClass::Double, Content::Other(what)),
            (DataType::Complex(_), _) => (ArrayClass::Double, Content::Complex),
            (DataType::Text, _) => (ArrayClass::Char, Content::Text),
            (DataType::Time, _) => (ArrayClass::Opaque, Content::Other("of times".to_owned())),
            (DataType::Void, _) => continue,
        };
        let statements = levels.map(statements);
        let facts = named_facts::facts(statements.iter().map(|level| &level[..])).boxed();
        channels.push(Channel { number, object, name: object.names.join("/"), class, content, facts });
    }
    channels
}

/// Properties that state facts.
fn statements(properties: &Properties) -> Vec<Statement> {
    let axis = match properties.get("wf_xunit_string") {
        Some(Value::Text(unit)) if !unit.trim().is_empty() => Some(unit.clone()),
        _ => None,
    };
    let mut known: Vec<_> = properties.iter().filter(|(name, _)| named_facts::is_known(name)).collect();
    known.sort_by_key(|(name, _)| *name);
    known
        .into_iter()
        .filter_map(|(name, value)| {
            let said = match value {
                Value::Number(value) => Said::Number(*value),
                Value::Text(text) => Said::Text(text.clone()),
                Value::Time(seconds, fraction) => Said::Text(iso8601(*seconds, *fraction)?),
                Value::Other => return None,
            };
            // The increment is a time only along an axis of time.
            let unit = axis.clone().filter(|_| name == "wf_increment");
            Some(Statement { name: name.clone(), said, unit, place: format!("property `{name}`") })
        })
        .collect()
}

/// The texts of a channel, joined by line feeds.
fn text(source: &Source, number: usize, name: &str) -> Result<String> {
    let path = source.name();
    let mut text = String::new();
    let mut first = true;
    walk(source, &mut |state, segment| {
        let chunks = Chunks::of(state, segment, &path)?;
        let mut at = 0;
        let own = chunks.objects.iter().find(|(object, index)| {
            let own = *object == number;
            at += if own { 0 } else { index.bytes };
            own
        });
        let Some((_, index)) = own else { return Ok(()) };
        for chunk in 0..chunks.whole {
            let start = segment.data_at + chunk * chunks.bytes + at;
            let bytes = source.at(start, index.bytes as usize)?;
            let wrong = || wrong_text(&path, name, segment, start);
            let table = usize::try_from(index.count).ok().and_then(|count| count.checked_mul(4));
            let (ends, letters) = table.and_then(|table| bytes.split_at_checked(table)).ok_or_else(wrong)?;
            let mut from = 0;
            for end in ends.as_chunks::<4>().0 {
                let end =
                    if segment.big_endian { u32::from_be_bytes(*end) } else { u32::from_le_bytes(*end) };
                let line = letters.get(from..end as usize).ok_or_else(wrong)?;
                if !std::mem::take(&mut first) {
                    text.push('\n');
                }
                text.push_str(&String::from_utf8_lossy(line));
                from = end as usize;
                if text.len() > MAX_TEXT {
                    return Err(wrong_text(&path, name, segment, start));
                }
            }
        }
        Ok(())
    })?;
    Ok(text)
}

fn wrong_text(path: &str, name: &str, segment: &Segment, offset: u64) -> Error {
    Error::Malformed {
        path: path.to_owned(),
        variable: Some(name.to_owned()),
        offset,
        element: format!("raw data of segment {}", segment.number),
        why: format!("its texts end where none can end, or are longer than {MAX_TEXT} bytes"),
    }
}
