//! Raw numbers without any header, as a layout's `[raw]` table declares them.
//!
//! Nothing in such a file says what it is, so it is never recognised: it is read only with a layout. Channels are `channel 1`,
//! `channel 2`..., in the order of the file.
//!
//! A [`RawLayout`] is a [`Format`] of its own, that is in no table: it lists, reads and streams the files that it describes.

use crate::array::{ArrayHeader, NamedArray, Values};
use crate::error::Result;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::records::{Field, Records};
use crate::scalar::{Kind, Scalar};
use crate::source::Source;
use serde::Deserialize;
use std::io::{Read, Seek, SeekFrom};

/// How the numbers of a raw file lie.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLayout {
    /// Type of each number.
    #[serde(rename = "type")]
    pub kind: RawType,
    /// Order of the bytes of a number.
    #[serde(default)]
    pub byte_order: RawByteOrder,
    /// Number of channels.
    #[serde(default = "one")]
    pub channels: usize,
    /// One number of each channel in turn; else one channel after the other.
    #[serde(default = "yes")]
    pub interleaved: bool,
    /// Bytes before the first number.
    #[serde(default)]
    pub header_bytes: u64,
    /// What each number is multiplied by.
    #[serde(default = "unscaled")]
    pub scale: f64,
}

/// Type of a raw number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say all")]
pub enum RawType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
}

/// Order of the bytes of a raw number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RawByteOrder {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
}

/// Most channels of one file.
pub(crate) const MOST_CHANNELS: usize = 1024;

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn unscaled() -> f64 {
    1.0
}

impl RawType {
    fn kind(self) -> Kind {
        match self {
            Self::I8 => Kind::I8,
            Self::I16 => Kind::I16,
            Self::I32 => Kind::I32,
            Self::I64 => Kind::I64,
            Self::U8 => Kind::U8,
            Self::U16 => Kind::U16,
            Self::U32 => Kind::U32,
            Self::U64 => Kind::U64,
            Self::F32 => Kind::F32,
            Self::F64 => Kind::F64,
        }
    }
}

impl RawLayout {
    /// What is wrong with it, in words.
    pub(crate) fn fault(&self) -> Option<String> {
        if !(1..=MOST_CHANNELS).contains(&self.channels) {
            return Some(format!("`channels` is {}: 1 to {MOST_CHANNELS} expected", self.channels));
        }
        (!self.scale.is_finite() || self.scale == 0.0)
            .then(|| format!("`scale` is {}: a number other than 0 expected", self.scale))
    }
}

/// Where the channels of one file lie.
struct Opened {
    /// All that a walk meets of one channel: records of all channels, or numbers of this one.
    records: Records,
    channels: Vec<Channel>,
}

struct Channel {
    field: Field,
    /// Byte at which its records start, and at which its first number stands.
    start: u64,
    first: u64,
}

impl RawLayout {
    /// Tells from the size of the file alone what it holds.
    fn open(&self, source: &Source) -> Result<Opened> {
        let kind = self.kind.kind();
        let frame = kind.size() * self.channels;
        let Some(length) = source.length().checked_sub(self.header_bytes) else {
            return Err(source.truncated(0, "the header that the layout declares", self.header_bytes));
        };
        if length % frame as u64 != 0 {
            let why = format!(
                "{length} bytes are no multiple of {frame}, one {kind} for each of {} channels: the copy was cut, or the \
                 layout does not fit",
                self.channels,
                kind = kind.class(),
            );
            return Err(source.malformed(self.header_bytes, "the numbers", why));
        }
        let count = length / frame as u64;
        let scalar = Scalar { kind, big: self.byte_order == RawByteOrder::Big };
        let channels = (0..self.channels).map(|channel| {
            let (offset, before) = match self.interleaved {
                true => (channel * kind.size(), 0),
                false => (0, channel as u64 * count * kind.size() as u64),
            };
            let name = format!("channel {}", channel + 1);
            let start = self.header_bytes + before;
            let field = Field { name, offset, scalar, zero: 0.0, scale: self.scale };
            Channel { field, start, first: start + offset as u64 }
        });
        let records = Records { count, size: if self.interleaved { frame } else { kind.size() } };
        Ok(Opened { records, channels: channels.collect() })
    }
}

impl Opened {
    fn header(&self, channel: &Channel) -> ArrayHeader {
        ArrayHeader {
            name: channel.field.name.clone(),
            shape: vec![self.records.count as usize, 1],
            class: channel.field.scalar.kind.class(),
            complex: false,
            byte_offset: channel.first,
            facts: None,
        }
    }
}

fn reader(source: &Source, start: u64) -> Result<impl Read> {
    let mut reader = source.reader();
    reader.seek(SeekFrom::Start(start)).map_err(|error| source.io(&error))?;
    Ok(reader)
}

impl Format for RawLayout {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[]
    }

    fn has_signature(&self) -> bool {
        false
    }

    /// Nothing in a file says that it is one.
    fn sniff(&self, _: &[u8]) -> Confidence {
        Confidence::No
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let opened = self.open(source)?;
        let arrays = opened.channels.iter().map(|channel| opened.header(channel)).collect();
        Ok(Probe { format: self.name().to_owned(), arrays, text: None })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let opened = self.open(source)?;
        let wanted: Vec<&Channel> =
            opened.channels.iter().filter(|channel| selection.wants(&channel.field.name)).collect();
        let broken = |error: &std::io::Error| source.io(error);
        let mut columns = Vec::with_capacity(wanted.len());
        // Channels that stand one after the other are walked over one by one, interleaved ones together.
        for together in wanted.chunk_by(|a, b| a.start == b.start) {
            let fields: Vec<&Field> = together.iter().map(|channel| &channel.field).collect();
            let mut reader = reader(source, together[0].start)?;
            columns.append(&mut opened.records.columns(&mut reader, &fields, &broken)?);
        }
        let arrays = wanted.iter().zip(columns).map(|(channel, values)| {
            let header = opened.header(channel);
            NamedArray {
                name: header.name,
                shape: header.shape,
                class: header.class,
                values: Values::Real(values),
                byte_offset: header.byte_offset,
                facts: header.facts,
            }
        });
        Ok(arrays.collect())
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let opened = self.open(source)?;
        let Some(channel) = opened.channels.iter().find(|channel| channel.field.name == name) else {
            return Ok(());
        };
        let mut reader = reader(source, channel.start)?;
        opened.records.runs(&mut reader, &channel.field, run, &|error| source.io(error), each)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::layout::Layout;
    use crate::reading::{ReadRequest, recording_of};
    use std::path::Path;

    fn layout(raw: &str) -> Result<Layout> {
        let text = format!(
            "[raw]\n{raw}\n[[channel]]\nname = \"DE\"\nvariable = \"channel 1\"\nunit = \"g\"\n[rate]\nvalue = \"12kHz\"\n"
        );
        Layout::parse(&text, "press.toml")
    }

    fn channels(raw: &str, bytes: &[u8]) -> Result<Vec<Vec<f64>>> {
        let source = Source::from_bytes(Path::new("x.bin"), bytes.to_vec());
        let arrays = layout(raw)?.raw.unwrap().read(&source, Selection::All)?;
        Ok(arrays.iter().map(|array| array.as_vector().unwrap().to_vec()).collect())
    }

    #[test]
    fn numbers_of_all_types_are_read_in_both_orders_and_both_arrangements() {
        let bytes = [9, 0, 1, 0, 2, 0, 3, 0xFF, 0xFF];
        let big = "type = \"i16\"\nbyte_order = \"big\"\nchannels = 2\nheader_bytes = 1\n";
        assert_eq!(channels(big, &bytes).unwrap(), [[1.0, 3.0], [2.0, -1.0]]);
        let apart = format!("{big}interleaved = false\nscale = 0.5\n");
        assert_eq!(channels(&apart, &bytes).unwrap(), [[0.5, 1.0], [1.5, -0.5]]);
        for (kind, size, one) in [
            ("i8", 1, 1_u64),
            ("i16", 2, 1),
            ("i32", 4, 1),
            ("i64", 8, 1),
            ("u8", 1, 1),
            ("u16", 2, 1),
            ("u32", 4, 1),
            ("u64", 8, 1),
            ("f32", 4, u64::from(1_f32.to_bits())),
            ("f64", 8, 1_f64.to_bits()),
        ] {
            let bytes = &one.to_le_bytes()[..size];
            assert_eq!(channels(&format!("type = \"{kind}\""), bytes).unwrap(), [[1.0]], "{kind}");
        }
    }

    #[test]
    fn a_file_that_does_not_fit_its_layout_is_an_error() {
        let told =
            channels("type = \"f32\"\nchannels = 3\nheader_bytes = 4\n", &[0; 30]).unwrap_err().to_string();
        assert!(
            told.contains("26 bytes are no multiple of 12, one float32 for each of 3 channels"),
            "{told}"
        );
        let told = channels("type = \"f32\"\nheader_bytes = 40\n", &[0; 30]).unwrap_err().to_string();
        assert!(told.contains("declares 40 bytes, 30 are left"), "{told}");
    }

    #[test]
    fn a_layout_that_cannot_be_is_told_with_its_line() {
        for (raw, told) in [
            ("type = \"f16\"", "press.toml:2"),
            ("type = \"f32\"\nchannels = 0", "`channels` is 0"),
            ("type = \"f32\"\nscale = nan", "`scale` is NaN"),
            ("type = \"f32\"\nbyteorder = \"big\"", "byteorder"),
        ] {
            let error = layout(raw).unwrap_err().to_string();
            assert!(error.contains(told), "{raw}: {error}");
        }
    }

    #[test]
    fn a_recording_is_read_with_its_layout_and_not_sniffed() {
        // It begins as a WAV file and is none.
        let bytes: Vec<u8> = b"RIFF\0\0\0\0WAVE".iter().copied().chain([7; 400]).collect();
        let source = Source::from_bytes(Path::new("x.bin"), bytes);
        let layout = layout("type = \"i16\"\nchannels = 2\nheader_bytes = 12\nscale = 0.001\n").unwrap();
        let request = ReadRequest { layout: Some(&layout), ..ReadRequest::default() };
        let read = recording_of(&source, &request).unwrap();
        let channel = &read.recording.channels()[0];
        assert_eq!((channel.name(), channel.samples().len()), ("DE", 100));
        assert_eq!(channel.samples()[0], (f64::from(0x0707) * 0.001) as f32);
        assert_eq!(read.recording.provenance().format, "raw");
    }
}
