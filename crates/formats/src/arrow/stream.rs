//! The stream format ("IPC Streaming Format"): messages one after the other, the schema's first, and no footer. It ends with an
//! empty message. A writer may leave that out (pyarrow does not), but a copy that was cut lacks it too: it is demanded.

use super::batch::Place;
use super::flatbuffers::Table;
use super::schema;
use super::{Listed, damaged};
use crate::error::{Error, Result};
use crate::source::Source;

/// What stands before the size of a message.
const MARK: [u8; 4] = [0xFF; 4];
/// Mark and size.
const PREFIX: usize = 8;
/// Kinds of messages.
const SCHEMA: u8 = 1;
const RECORDS: u8 = 3;

/// Whether a file begins as a stream does.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(&MARK) && head.get(PREFIX..).and_then(kind).is_some_and(|kind| kind == SCHEMA)
}

fn kind(message: &[u8]) -> Option<u8> {
    let message = Table::root(message)?;
    message.u8(message.field(1)?)
}

/// Walks over all messages.
pub(super) fn read(source: &Source) -> Result<Listed> {
    let length = source.length();
    let (mut schema, mut places) = (None, Vec::new());
    let mut at = 0;
    loop {
        let cut = |declared: u64| Error::Truncated {
            path: source.name(),
            variable: None,
            offset: length,
            element: format!("message at byte {at}"),
            declared,
            left: length - at,
        };
        if length - at < PREFIX as u64 {
            return Err(cut(PREFIX as u64));
        }
        let prefix = source.at(at, PREFIX)?;
        let Some(size) = prefix.strip_prefix(&MARK).and_then(|size| size.first_chunk()) else {
            return Err(damaged(source, at, "a message does not begin with its mark"));
        };
        let size = u32::from_le_bytes(*size);
        if size == 0 {
            break;
        }
        let head = PREFIX as u64 + u64::from(size);
        if head > length - at {
            return Err(cut(head));
        }
        let bytes = source.at(at + PREFIX as u64, size as usize)?;
        let parse = || Some((kind(&bytes)?, Table::root(&bytes)?.long(3)?));
        let (kind, body) = parse().ok_or_else(|| damaged(source, at, "a message's kind or length"))?;
        let whole = head.checked_add(body).filter(|whole| *whole <= length - at);
        let whole = whole.ok_or_else(|| cut(head.saturating_add(body)))?;
        match (kind, &schema) {
            (SCHEMA, None) => {
                let read = || {
                    let own = Table::root(&bytes)?.table(2)?;
                    Some((schema::fields(own)?, schema::facts(own)))
                };
                schema = Some(read().ok_or_else(|| damaged(source, at, "the schema"))?);
            }
            (_, None) => return Err(damaged(source, at, "the first message is no schema")),
            (SCHEMA, Some(_)) => return Err(damaged(source, at, "a second schema")),
            (RECORDS, _) => places.push(Place { offset: at, head: head as usize, body }),
            _ => {}
        }
        at += whole;
    }
    match schema {
        Some((fields, facts)) => Ok(Listed { fields, facts, places }),
        None => Err(damaged(source, 0, "there is no schema")),
    }
}
