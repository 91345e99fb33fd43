//! Walks the segments of a file. What lies in a segment is the list of objects as all segments before have left it.

use super::metadata::{Cursor, DataType, Index, RawIndex, Value};
use super::scaling::Properties;
use crate::error::{Error, Result};
use crate::source::Source;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Bytes before the metadata of each segment.
const LEAD_IN: u64 = 28;
pub(super) const TAG: &[u8] = b"TDSm";
const VERSIONS: [u32; 2] = [4712, 4713];
/// Objects in one file.
const MAX_OBJECTS: usize = 100_000;

/// Bits of a segment's table of contents.
mod contents {
    pub(super) const METADATA: u32 = 1 << 1;
    pub(super) const NEW_LIST: u32 = 1 << 2;
    pub(super) const RAW_DATA: u32 = 1 << 3;
    pub(super) const INTERLEAVED: u32 = 1 << 5;
    pub(super) const BIG_ENDIAN: u32 = 1 << 6;
}

/// An object of the file: the file itself, a group or a channel.
#[derive(Debug)]
pub(super) struct Object {
    /// Names of group and channel.
    pub(super) names: Vec<String>,
    pub(super) properties: Properties,
    /// How its raw data lie, from the last segment that said so.
    pub(super) index: Option<Rc<Index>>,
    /// Segment in which it is first seen.
    pub(super) first_byte: u64,
    /// Values in all segments so far.
    pub(super) values: u64,
}

/// What is known after some segments.
#[derive(Default)]
pub(super) struct State {
    pub(super) objects: Vec<Object>,
    by_path: HashMap<String, usize>,
    /// Place of each object in the current list.
    places: HashMap<usize, usize>,
    /// Objects of the list that have raw data in the segment, by their place.
    pub(super) active: BTreeMap<usize, (usize, Rc<Index>)>,
    next_place: usize,
}

/// One segment with raw data.
pub(super) struct Segment {
    /// From 1.
    pub(super) number: usize,
    /// Byte of the file at which the raw data start.
    pub(super) data_at: u64,
    pub(super) data_bytes: u64,
    pub(super) interleaved: bool,
    pub(super) big_endian: bool,
    /// Whether its length is not stated, as the writer has not closed it.
    pub(super) open: bool,
}

struct LeadIn {
    contents: u32,
    big_endian: bool,
    /// Bytes after the lead-in; none while the segment is being written.
    length: Option<u64>,
    metadata: u64,
}

impl LeadIn {
    fn read(source: &Source, at: u64, number: usize) -> Result<Self> {
        let bytes = source.at(at, LEAD_IN as usize)?;
        let wrong = |offset: u64, why: String| Error::Malformed {
            path: source.name(),
            variable: None,
            offset: at + offset,
            element: format!("segment {number}"),
            why,
        };
        let word = |from: usize| {
            let raw: Option<[u8; 8]> = bytes.get(from..from + 8).and_then(|raw| raw.try_into().ok());
            raw.unwrap_or_default()
        };
        if !bytes.starts_with(TAG) {
            return Err(wrong(0, format!("`TDSm` expected, {:02x?} found", &bytes[..bytes.len().min(4)])));
        }
        if (bytes.len() as u64) < LEAD_IN {
            return Err(Error::Truncated {
                path: source.name(),
                variable: None,
                offset: source.length(),
                element: format!("segment {number} at byte {at}"),
                declared: LEAD_IN,
                left: bytes.len() as u64,
            });
        }
        let [a, b, c, d, e, f, g, h] = word(4);
        let contents = u32::from_le_bytes([a, b, c, d]);
        let big_endian = contents & contents::BIG_ENDIAN != 0;
        let (version, long): (u32, fn([u8; 8]) -> u64) = if big_endian {
            (u32::from_be_bytes([e, f, g, h]), u64::from_be_bytes)
        } else {
            (u32::from_le_bytes([e, f, g, h]), u64::from_le_bytes)
        };
        if !VERSIONS.contains(&version) {
            return Err(wrong(8, format!("version 4712 or 4713 expected, {version} found")));
        }
        let length = Some(long(word(12))).filter(|&length| length != u64::MAX);
        Ok(Self { contents, big_endian, length, metadata: long(word(20)) })
    }
}

/// Calls `each` for every segment that has raw data, and returns what is known in the end.
pub(super) fn walk(
    source: &Source,
    each: &mut dyn FnMut(&mut State, &Segment) -> Result<()>,
) -> Result<State> {
    let path = source.name();
    let mut state = State::default();
    let (mut at, mut number) = (0_u64, 0);
    while at < source.length() {
        number += 1;
        let lead = LeadIn::read(source, at, number)?;
        let left = source.length() - at - LEAD_IN;
        let truncated = |state: &State, declared: u64| {
            let most = state.objects.iter().map(|object| object.values).max().unwrap_or(0);
            let before = format!("{most} values of the longest channel are whole in the segments before it");
            Error::Truncated {
                path: path.clone(),
                variable: None,
                offset: source.length(),
                element: format!("segment {number} at byte {at}; {before}"),
                declared,
                left,
            }
        };
        let length = match lead.length {
            Some(length) if length > left => return Err(truncated(&state, length)),
            Some(length) => length,
            // The writer has not even finished the metadata.
            None if lead.metadata > left => break,
            None => left,
        };
        if lead.metadata > length {
            return Err(Error::Malformed {
                path,
                variable: None,
                offset: at + 20,
                element: format!("segment {number}"),
                why: format!("{} bytes of metadata in a segment of {length} bytes", lead.metadata),
            });
        }
        if lead.contents & contents::METADATA != 0 {
            let bytes = source.at(at + LEAD_IN, lead.metadata as usize)?;
            let mut cursor = Cursor {
                path: &path,
                bytes: &bytes,
                at: 0,
                base: at + LEAD_IN,
                big_endian: lead.big_endian,
                segment: number,
            };
            state.update(&mut cursor, lead.contents & contents::NEW_LIST != 0)?;
        }
        let segment = Segment {
            number,
            data_at: at + LEAD_IN + lead.metadata,
            data_bytes: length - lead.metadata,
            interleaved: lead.contents & contents::INTERLEAVED != 0,
            big_endian: lead.big_endian,
            open: lead.length.is_none(),
        };
        if lead.contents & contents::RAW_DATA != 0 && segment.data_bytes > 0 {
            each(&mut state, &segment)?;
        }
        at += LEAD_IN + length;
    }
    Ok(state)
}

impl State {
    /// Takes over the metadata of one segment.
    fn update(&mut self, cursor: &mut Cursor<'_>, new_list: bool) -> Result<()> {
        if new_list {
            self.places.clear();
            self.active.clear();
            self.next_place = 0;
        }
        for _ in 0..cursor.u32("number of objects")? {
            let at = cursor.at;
            let object_path = cursor.text("path of an object")?;
            let object = match self.by_path.get(&object_path) {
                Some(&object) => object,
                None => {
                    let names = names(&object_path).ok_or_else(|| {
                        cursor.wrong(at, Some(&object_path), "a path like /'group'/'channel' expected")
                    })?;
                    if self.objects.len() >= MAX_OBJECTS {
                        let why = format!("the file holds more than {MAX_OBJECTS} objects");
                        return Err(cursor.wrong(at, Some(&object_path), why));
                    }
                    self.objects.push(Object {
                        names,
                        properties: Properties::new(),
                        index: None,
                        first_byte: cursor.base + at as u64,
                        values: 0,
                    });
                    self.by_path.insert(object_path.clone(), self.objects.len() - 1);
                    self.objects.len() - 1
                }
            };
            let place = *self.places.entry(object).or_insert_with(|| {
                self.next_place += 1;
                self.next_place
            });
            let index_at = cursor.at;
            match cursor.raw_index(&object_path)? {
                RawIndex::None => {
                    self.active.remove(&place);
                }
                RawIndex::AsBefore => match &self.objects[object].index {
                    Some(index) => {
                        self.active.insert(place, (object, Rc::clone(index)));
                    }
                    None => {
                        let why = "its raw data are said to lie as before, and it was not there before";
                        return Err(cursor.wrong(index_at, Some(&object_path), why));
                    }
                },
                RawIndex::New(index) => {
                    let before = &self.objects[object].index;
                    if before.as_ref().is_some_and(|before| {
                        before.data_type != index.data_type
                            && before.data_type != DataType::Void
                            && index.data_type != DataType::Void
                    }) {
                        return Err(cursor.wrong(
                            index_at,
                            Some(&object_path),
                            "its type changes within the file",
                        ));
                    }
                    let index = Rc::new(index);
                    self.objects[object].index = Some(Rc::clone(&index));
                    self.active.insert(place, (object, index));
                }
            }
            for _ in 0..cursor.u32("number of properties")? {
                let (name, value) = cursor.property()?;
                if value != Value::Other {
                    self.objects[object].properties.insert(name, value);
                }
            }
        }
        Ok(())
    }

    /// The properties of the object at these names, if there is one.
    pub(super) fn properties(&self, names: &[String]) -> Option<&Properties> {
        let quoted: Vec<String> =
            names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
        let path = format!("/{}", quoted.join("/"));
        self.by_path.get(&path).map(|&object| &self.objects[object].properties)
    }
}

/// Names in a path like `/'group'/'channel'`; a quote inside a name is doubled.
fn names(path: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('/')?;
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix('\'')?;
        let mut name = String::new();
        loop {
            let end = rest.find('\'')?;
            name.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    name.push('\'');
                    rest = after;
                }
                None => break,
            }
        }
        names.push(name);
    }
    (names.len() <= 2).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_with_their_quotes() {
        let found = |path: &str| names(path).map(|names| names.join("|"));
        assert_eq!(found("/").as_deref(), Some(""));
        assert_eq!(found("/'run 1'/'a/b''s'").as_deref(), Some("run 1|a/b's"));
        for wrong in ["run", "/run", "/'run", "/'a'/'b'/'c'", "/'a'x"] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
    }
}
