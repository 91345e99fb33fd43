//! FLAC sound files (`.flac`), decoded by the crate claxon.
//!
//! Layout of the format: RFC 9639: `fLaC`, blocks of metadata of which the first, STREAMINFO, states rate, channels, bits and
//! samples, then frames of blocks of samples, each with a checksum. Full scale is 1: a number of n bits is divided by 2^(n-1).
//! Channels are `channel 1`, `channel 2`...
//!
//! A file that does not state its number of samples is decoded to count them. Bounds: samples as the bytes of a packed file
//! (`packing.rs`); memory grows only with what is really decoded.

use crate::array::{ArrayClass, ArrayHeader, NamedArray, Values};
use crate::error::{Error, Result};
use crate::facts::{Fact, Facts};
use crate::format::{Confidence, Format, Probe, Selection};
use crate::packing::most_unpacked;
use crate::source::Source;
use claxon::metadata::StreamInfo;
use claxon::{Block, FlacReader};
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

const MAGIC: &[u8] = b"fLaC";
/// Bytes of the name, of the first block's head, and of the block.
const INFO_END: u64 = 4 + 4 + 34;
const MOST_BLOCKS: usize = 10_000;
/// Marks the last block of metadata.
const LAST: u8 = 0x80;
const RESAVE: &str =
    "save it with 16 or 24 bits, for instance with `flac -d IN.flac` and `flac --bps=24 OUT.wav`";

/// FLAC.
#[derive(Debug)]
pub(crate) struct Flac;

impl Format for Flac {
    fn name(&self) -> &'static str {
        "flac"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".flac"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        if head.starts_with(MAGIC) { Confidence::Certain } else { Confidence::No }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let info = information(source)?;
        let samples = match info.samples {
            Some(samples) => samples,
            None => {
                let mut count = 0;
                each_block(source, info, &mut |block| {
                    count += u64::from(block.duration());
                    Ok(())
                })?;
                count
            }
        };
        let arrays = (0..info.channels).map(|channel| ArrayHeader {
            name: name(channel),
            shape: vec![samples as usize, 1],
            class: class(info),
            complex: false,
            byte_offset: 0,
            facts: facts(info),
        });
        Ok(Probe { format: self.name().to_owned(), arrays: arrays.collect(), text: None })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let info = information(source)?;
        let wanted: Vec<u32> =
            (0..info.channels).filter(|&channel| selection.wants(&name(channel))).collect();
        let mut values: Vec<Vec<f64>> = wanted.iter().map(|_| Vec::new()).collect();
        let scale = full_scale(info);
        each_block(source, info, &mut |block| {
            for (channel, values) in wanted.iter().zip(&mut values) {
                values.extend(block.channel(*channel).iter().map(|&value| f64::from(value) * scale));
            }
            Ok(())
        })?;
        let arrays = wanted.into_iter().zip(values).map(|(channel, values)| NamedArray {
            name: name(channel),
            shape: vec![values.len(), 1],
            class: class(info),
            values: Values::Real(values),
            byte_offset: 0,
            facts: facts(info),
        });
        Ok(arrays.collect())
    }

    fn stream(
        &self,
        source: &Source,
        wanted: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let info = information(source)?;
        let Some(channel) = (0..info.channels).find(|&channel| name(channel) == wanted) else {
            return Ok(());
        };
        let scale = full_scale(info);
        let mut values = Vec::new();
        each_block(source, info, &mut |block| {
            values.clear();
            values.extend(block.channel(channel).iter().map(|&value| f64::from(value) * scale));
            values.chunks(run.max(1)).try_for_each(&mut *each)
        })
    }
}

fn name(channel: u32) -> String {
    format!("channel {}", channel + 1)
}

fn full_scale(info: StreamInfo) -> f64 {
    2_f64.powi(1 - info.bits_per_sample as i32)
}

fn class(info: StreamInfo) -> ArrayClass {
    match info.bits_per_sample {
        ..=8 => ArrayClass::Int8,
        9..=16 => ArrayClass::Int16,
        _ => ArrayClass::Int32,
    }
}

fn facts(info: StreamInfo) -> Option<Box<Facts>> {
    let rate = (info.sample_rate > 0).then(|| Fact::new(f64::from(info.sample_rate), "block STREAMINFO"));
    Facts { rate, ..Facts::default() }.boxed()
}

/// STREAMINFO, which has to be the first block.
fn information(source: &Source) -> Result<StreamInfo> {
    let info = opened(source)?.streaminfo();
    if !(4..=32).contains(&info.bits_per_sample) || !(1..=8).contains(&info.channels) {
        let why = format!("{} channels of {} bits", info.channels, info.bits_per_sample);
        return Err(source.malformed(8, "block STREAMINFO", why));
    }
    let limit = most_unpacked(source.length());
    let bytes = info.samples.unwrap_or(0).saturating_mul(u64::from(info.channels)).saturating_mul(8);
    if bytes > limit {
        return Err(source.beyond("its samples, unpacked,", bytes, limit));
    }
    Ok(info)
}

/// Passes over the metadata; the decoder gets STREAMINFO as the only block, because it takes the memory that others state.
fn opened(source: &Source) -> Result<FlacReader<impl Read>> {
    let mut head = source.at(0, INFO_END as usize)?.into_owned();
    if (head.len() as u64) < INFO_END {
        return Err(source.truncated(0, "block STREAMINFO", INFO_END));
    }
    let mut at = MAGIC.len() as u64;
    for _ in 0..MOST_BLOCKS {
        let block = source.at(at, 4)?;
        let &[kind, high, middle, low] = &*block else {
            return Err(source.truncated(at, "a block's head", 4));
        };
        let length = u64::from(u32::from_be_bytes([0, high, middle, low]));
        at += 4;
        if length > source.length().saturating_sub(at) {
            return Err(source.truncated(at, &format!("metadata block of type {}", kind & 0x7F), length));
        }
        at += length;
        if kind & LAST != 0 {
            head[MAGIC.len()] |= LAST;
            let mut frames = source.reader();
            frames.seek(SeekFrom::Start(at)).map_err(|error| source.io(&error))?;
            return fenced(source, || FlacReader::new(Cursor::new(head).chain(frames)));
        }
    }
    Err(source.malformed(at, "the metadata", format!("more than {MOST_BLOCKS} blocks")))
}

/// Decodes block after block; their samples have to be as many as were stated.
fn each_block(source: &Source, info: StreamInfo, each: &mut dyn FnMut(&Block) -> Result<()>) -> Result<()> {
    let mut reader = opened(source)?;
    let mut blocks = reader.blocks();
    let limit = most_unpacked(source.length());
    let (mut decoded, mut buffer) = (0_u64, Vec::new());
    while let Some(block) = fenced(source, || blocks.read_next_or_eof(std::mem::take(&mut buffer)))? {
        if block.channels() != info.channels {
            let why =
                format!("{} channels after sample {decoded}, {} stated", block.channels(), info.channels);
            return Err(source.malformed(0, "a frame", why));
        }
        decoded += u64::from(block.duration());
        if info.samples.is_some_and(|stated| decoded > stated) {
            let why = format!("{decoded} samples at least, {} are stated", info.samples.unwrap_or(0));
            return Err(source.malformed(0, "the frames", why));
        }
        let bytes = decoded.saturating_mul(u64::from(info.channels)).saturating_mul(8);
        if bytes > limit {
            return Err(source.beyond("its samples, unpacked, at least", bytes, limit));
        }
        each(&block)?;
        buffer = block.into_buffer();
    }
    match info.samples {
        Some(stated) if decoded < stated => {
            let why = format!("{stated} samples are stated, the frames hold {decoded}: the copy was cut");
            Err(source.malformed(source.length(), "the frames", why))
        }
        _ => Ok(()),
    }
}

/// What the decoder says, without what it asks of programmers.
fn without_appeal(said: &str) -> &str {
    said.split(", please").next().unwrap_or(said).trim_end_matches('.')
}

/// Runs the decoder: its errors name the file, and a panic in it is one more error.
fn fenced<T>(source: &Source, work: impl FnOnce() -> claxon::Result<T>) -> Result<T> {
    let damaged = |why: String| -> Error { source.malformed(0, "the FLAC stream", why) };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(claxon::Error::IoError(error))) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(damaged("it ends inside a frame: the copy was cut".to_owned()))
        }
        Ok(Err(claxon::Error::Unsupported(what))) => Err(source.unsupported(
            "channel 1",
            format!("coded in a way that the decoder lacks ({})", without_appeal(what)),
            RESAVE,
        )),
        Ok(Err(error)) => Err(damaged(without_appeal(&error.to_string()).to_owned())),
        Err(_) => Err(damaged("the decoder gave up on it".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    /// STREAMINFO of 2 channels of 16 bits at 48 kHz with so many samples, and further blocks.
    fn file(samples: u64, blocks: &[u8]) -> Source {
        let mut info = vec![0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0];
        info.extend((48_000_u64 << 44 | 1 << 41 | 15 << 36 | samples).to_be_bytes());
        info.extend([0; 16]);
        let first = if blocks.is_empty() { LAST } else { 0 };
        Source::from_bytes(Path::new("x.flac"), [MAGIC, &[first, 0, 0, 34], &info, blocks].concat())
    }

    fn refusal(source: &Source) -> String {
        Flac.read(source, Selection::All).unwrap_err().to_string()
    }

    #[test]
    fn what_is_stated_and_not_there_is_an_error_without_memory() {
        assert!(refusal(&file(7, &[])).contains("7 samples are stated, the frames hold 0: the copy was cut"));
        assert!(refusal(&file((1 << 36) - 1, &[])).contains("x.flac is too large"));
        let comment = [LAST | 4, 0xFF, 0xFF, 0xFF, 1, 2];
        assert!(refusal(&file(0, &comment)).contains("declares 16777215 bytes, 2 are left"));
        assert!(refusal(&file(0, &[0, 0, 0, 0].repeat(10_001))).contains("more than 10000 blocks"));
    }

    #[test]
    fn a_file_without_a_count_of_samples_is_counted() {
        let probe = Flac.probe(&file(0, &[])).unwrap();
        assert_eq!(probe.arrays[1].shape, [0, 1]);
        assert_eq!(
            probe.arrays[1].facts.as_ref().unwrap().rate,
            Some(Fact::new(48_000.0, "block STREAMINFO"))
        );
    }
}
