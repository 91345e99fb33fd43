//! WAV sound files (`.wav`), also RF64, BW64 and Wave64 (`.w64`) beyond 4 GiB.
//!
//! Layout of the format: "Multimedia Programming Interface and Data Specifications 1.0" (Microsoft, IBM) and EBU Tech 3306:
//! `RIFF`, a length, `WAVE`, then chunks (name, byte count, data, filled up to an even count). `fmt ` says how numbers are
//! stored, `data` holds them interleaved; in RF64 the chunk `ds64` holds the lengths that 32 bits cannot. `bext` says when the
//! recording began. All other chunks are passed over. Wave64 (Sony Pictures Digital, "Sony Wave64") names chunks by identifiers
//! of 16 bytes that begin with the same four letters, counts in 64 bits with the head, and fills up to eight bytes.
//!
//! Full scale is 1: a whole number of n bits is divided by 2^(n-1) (8 bits, unsigned, after 128 is taken off), floats stay as
//! they are. Channels are `channel 1`, `channel 2`...
//!
//! Bounds: 10 000 chunks, 1024 channels.

use crate::array::{ArrayHeader, NamedArray, Values};
use crate::error::Result;
use crate::facts::{Fact, Facts};
use crate::format::{Confidence, Format, Probe, Selection};
use crate::records::{Field, Records};
use crate::scalar::{Kind, Scalar};
use crate::source::Source;
use std::io::{Seek, SeekFrom};

const MOST_CHUNKS: usize = 10_000;
const MOST_CHANNELS: u16 = 1024;
/// A length that stands in `ds64` or was never written.
const ELSEWHERE: u32 = u32::MAX;
/// First bytes of a Wave64 file.
const WAVE64: &[u8; 16] = b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\x00\x00";
/// What follows the four letters of every other identifier.
const WAVE64_TAIL: &[u8; 12] = b"\xF3\xAC\xD3\x11\x8C\xD1\x00\xC0\x4F\x8E\xDB\x8A";
/// Bytes of a sub-format's identifier behind its number.
const SUB_FORMAT: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
const RESAVE: &str = "save it as PCM or float, for instance with `sox IN.wav -e signed-integer OUT.wav`";

/// WAV.
#[derive(Debug)]
pub(crate) struct Wav;

/// How chunks stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Riff,
    /// RIFF whose long lengths stand in a chunk of their own.
    LongRiff,
    Wave64,
}

impl Container {
    fn of(head: &[u8]) -> Option<Self> {
        let wave64 = head.get(24..40).and_then(|id| id.strip_prefix(b"wave")) == Some(&WAVE64_TAIL[..]);
        let wave = head.get(8..12) == Some(b"WAVE");
        match head.get(..4)? {
            b"RIFF" if wave => Some(Self::Riff),
            b"RF64" | b"BW64" if wave => Some(Self::LongRiff),
            b"riff" if wave64 && head.starts_with(WAVE64) => Some(Self::Wave64),
            _ => None,
        }
    }

    /// Bytes before the first chunk.
    fn start(self) -> u64 {
        if self == Self::Wave64 { 40 } else { 12 }
    }

    /// Bytes of a chunk's name and length.
    fn chunk_head(self) -> u64 {
        if self == Self::Wave64 { 24 } else { 8 }
    }

    /// Chunks are filled up to a multiple of so many bytes.
    fn step(self) -> u64 {
        if self == Self::Wave64 { 8 } else { 2 }
    }

    /// Bytes of the whole file, where its first bytes state them.
    fn stated(self, head: &[u8]) -> Option<u64> {
        match self {
            Self::Wave64 => u64_at(head, 16).filter(|&bytes| bytes != 0 && bytes != u64::MAX),
            _ => u32_at(head, 4)
                .filter(|&bytes| bytes != 0 && bytes != ELSEWHERE)
                .map(|bytes| u64::from(bytes) + 8),
        }
    }

    /// Name of a chunk and the bytes of its body; a name of Wave64 that is none of these letters is empty.
    fn chunk(self, head: &[u8]) -> Option<(&[u8], u64)> {
        match self {
            Self::Wave64 => {
                let length = u64_at(head, 16)?.checked_sub(24)?;
                let name = head.get(..16)?;
                Some((name.strip_suffix(WAVE64_TAIL).unwrap_or_default(), length))
            }
            _ => Some((head.get(..4)?, u64::from(u32_at(head, 4)?))),
        }
    }
}

/// What the chunks before the samples say.
struct Opened {
    records: Records,
    start: u64,
    fields: Vec<Field>,
    facts: Facts,
}

impl Format for Wav {
    fn name(&self) -> &'static str {
        "wav"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".wav", ".w64", ".rf64", ".bwf"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        if Container::of(head).is_some() { Confidence::Certain } else { Confidence::No }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let opened = Opened::of(source)?;
        let arrays = opened.fields.iter().map(|field| ArrayHeader {
            name: field.name.clone(),
            shape: opened.shape(),
            class: field.scalar.kind.class(),
            complex: false,
            byte_offset: opened.start,
            facts: opened.facts.clone().boxed(),
        });
        Ok(Probe { format: self.name().to_owned(), arrays: arrays.collect(), text: None })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let opened = Opened::of(source)?;
        let wanted: Vec<&Field> = opened.fields.iter().filter(|f| selection.wants(&f.name)).collect();
        let mut reader = source.reader();
        reader.seek(SeekFrom::Start(opened.start)).map_err(|error| source.io(&error))?;
        let columns = opened.records.columns(&mut reader, &wanted, &|error| source.io(error))?;
        let arrays = wanted.iter().zip(columns).map(|(field, values)| NamedArray {
            name: field.name.clone(),
            shape: opened.shape(),
            class: field.scalar.kind.class(),
            values: Values::Real(values),
            byte_offset: opened.start,
            facts: opened.facts.clone().boxed(),
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
        let opened = Opened::of(source)?;
        let Some(field) = opened.fields.iter().find(|field| field.name == name) else { return Ok(()) };
        let mut reader = source.reader();
        reader.seek(SeekFrom::Start(opened.start)).map_err(|error| source.io(&error))?;
        opened.records.runs(&mut reader, field, run, &|error| source.io(error), each)
    }
}

impl Opened {
    fn shape(&self) -> Vec<usize> {
        vec![self.records.count as usize, 1]
    }

    fn of(source: &Source) -> Result<Self> {
        let head = source.at(0, 40)?;
        let Some(container) = Container::of(&head) else {
            return Err(source.malformed(
                0,
                "the header",
                "`RIFF`, a length and `WAVE` expected, or its long forms",
            ));
        };
        let long = container == Container::LongRiff;
        let mut whole = container.stated(&head);
        let mut long_data = None;
        let (mut format, mut data, mut begun) = (None, None, None);
        let mut at = container.start();
        for _ in 0..MOST_CHUNKS {
            let chunk = source.at(at, container.chunk_head() as usize)?;
            let beyond_end = whole.is_some_and(|whole| at >= whole);
            if chunk.is_empty() || (data.is_some() && beyond_end) {
                break;
            }
            let Some((name, length)) = container.chunk(&chunk) else {
                let declared = container.chunk_head();
                if chunk.len() as u64 == declared {
                    return Err(source.malformed(at, "a chunk", "its length is less than that of its head"));
                }
                return Err(source.truncated(at, "a chunk's name and length", declared));
            };
            let shown = format!("chunk `{}`", name.escape_ascii());
            let body = at + container.chunk_head();
            let length = match name {
                b"data" if long && length == u64::from(ELSEWHERE) => long_data.ok_or_else(|| {
                    source.malformed(at, &shown, "no chunk `ds64` before it states its length")
                })?,
                _ => length,
            };
            if length > source.length().saturating_sub(body) {
                return Err(source.truncated(body, &shown, length));
            }
            let bytes = |most: u64| source.at(body, length.min(most) as usize);
            match name {
                b"ds64" if long => {
                    let sizes = bytes(16)?;
                    let (Some(riff), Some(samples)) = (u64_at(&sizes, 0), u64_at(&sizes, 8)) else {
                        return Err(source.malformed(at, &shown, "it is shorter than 16 bytes"));
                    };
                    whole = riff.checked_add(8);
                    long_data = Some(samples);
                }
                b"fmt " => format = Some(Coding::read(source, at, &bytes(40)?)?),
                b"bext" => begun = began(&bytes(338)?),
                b"data" if data.is_some() => {
                    return Err(source.malformed(at, &shown, "a second one: one is read"));
                }
                b"data" => data = Some((body, length)),
                _ => {}
            }
            // Checked against the length of the file above.
            at = body + length.next_multiple_of(container.step());
        }
        let Some((start, length)) = data else {
            return Err(source.malformed(at, "a chunk", "there is no chunk `data`: the samples are missing"));
        };
        let Some(coding) = format else {
            let why = "there is no chunk `fmt `: how to read is not said";
            return Err(source.malformed(container.start(), "a chunk", why));
        };
        // The bytes that fill up the last chunk are often left out.
        if let Some(whole) = whole.filter(|&whole| whole >= source.length() + container.step()) {
            return Err(source.truncated(0, "the file", whole));
        }
        let size = coding.kind.size() * usize::from(coding.channels);
        if length % size as u64 != 0 {
            let why = format!("{length} bytes are no multiple of {size}, one number for each channel");
            return Err(source.malformed(start - container.chunk_head(), "chunk `data`", why));
        }
        let (zero, scale) = coding.full_scale();
        let scalar = Scalar { kind: coding.kind, big: false };
        let fields = (0..usize::from(coding.channels)).map(|channel| Field {
            name: format!("channel {}", channel + 1),
            offset: channel * coding.kind.size(),
            scalar,
            zero,
            scale,
        });
        let rate = (coding.rate > 0).then(|| Fact::new(f64::from(coding.rate), "chunk `fmt `"));
        Ok(Self {
            records: Records { count: length / size as u64, size },
            start,
            fields: fields.collect(),
            facts: Facts {
                rate,
                start: begun.map(|begun| Fact::new(begun, "chunk `bext`")),
                ..Facts::default()
            },
        })
    }
}

/// What `fmt ` says.
struct Coding {
    kind: Kind,
    channels: u16,
    rate: u32,
}

impl Coding {
    fn read(source: &Source, at: u64, bytes: &[u8]) -> Result<Self> {
        let malformed = |why: String| source.malformed(at, "chunk `fmt `", why);
        let (Some(mut tag), Some(channels), Some(rate), Some(frame), Some(bits)) =
            (u16_at(bytes, 0), u16_at(bytes, 2), u32_at(bytes, 4), u16_at(bytes, 12), u16_at(bytes, 14))
        else {
            return Err(malformed(format!("16 bytes at least expected, {} found", bytes.len())));
        };
        if tag == 0xFFFE {
            let sub = bytes.get(24..40).filter(|sub| sub[2..] == SUB_FORMAT);
            tag = sub.and_then(|sub| u16_at(sub, 0)).ok_or_else(|| {
                malformed("an extensible format without a known sub-format in 40 bytes".to_owned())
            })?;
        }
        if channels == 0 || channels > MOST_CHANNELS {
            return Err(malformed(format!("{channels} channels, 1 to {MOST_CHANNELS} expected")));
        }
        // A number of, say, 12 bits stands in the upper bits of 2 bytes.
        let kind = match (tag, bits.div_ceil(8)) {
            (1, 1) => Kind::U8,
            (1, 2) => Kind::I16,
            (1, 3) => Kind::I24,
            (1, 4) => Kind::I32,
            (3, 4) => Kind::F32,
            (3, 8) => Kind::F64,
            (1 | 3, _) => return Err(malformed(format!("{bits} bits for one number of format {tag}"))),
            _ => {
                let name = match tag {
                    2 | 0x11 => "ADPCM",
                    6 => "A-law",
                    7 => "mu-law",
                    0x50 | 0x55 => "MPEG",
                    _ => "another coding",
                };
                return Err(source.unsupported(
                    "channel 1",
                    format!("coded as {name} (format {tag})"),
                    RESAVE,
                ));
            }
        };
        if usize::from(frame) != usize::from(channels) * kind.size() {
            let size = kind.size();
            return Err(malformed(format!(
                "{frame} bytes for {channels} numbers of {size} bytes: they contradict"
            )));
        }
        Ok(Self { kind, channels, rate })
    }

    /// What is taken off a stored number, and what it is multiplied by then.
    fn full_scale(&self) -> (f64, f64) {
        match self.kind {
            Kind::F32 | Kind::F64 => (0.0, 1.0),
            Kind::U8 => (128.0, 1.0 / 128.0),
            kind => (0.0, 2_f64.powi(1 - 8 * kind.size() as i32)),
        }
    }
}

/// Date and time of the first sample, as `bext` of EBU Tech 3285 states them behind 320 bytes of text.
fn began(bext: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bext.get(320..338)?).ok()?;
    let (date, time) = text.split_at_checked(10)?;
    let like = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(c, p)| match p {
                b'0' => c.is_ascii_digit(),
                // The standard leaves the sign between the numbers free.
                _ => !c.is_ascii_alphanumeric(),
            })
    };
    (like(date, "0000-00-00") && like(time, "00:00:00") && !date.starts_with("0000")).then(|| {
        let [date, time] = [(date, "-"), (time, ":")]
            .map(|(text, sign)| text.split(|c: char| !c.is_ascii_digit()).collect::<Vec<_>>().join(sign));
        format!("{date}T{time}")
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    fn chunk(name: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = [name.as_bytes(), &(body.len() as u32).to_le_bytes(), body].concat();
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn fmt(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
        let frame = channels * bits.div_ceil(8);
        let mut body = Vec::new();
        for number in [tag, channels] {
            body.extend(number.to_le_bytes());
        }
        body.extend(8000_u32.to_le_bytes());
        body.extend((8000 * u32::from(frame)).to_le_bytes());
        for number in [frame, bits] {
            body.extend(number.to_le_bytes());
        }
        chunk("fmt ", &body)
    }

    fn file(chunks: &[Vec<u8>]) -> Source {
        let body = chunks.concat();
        let length = (body.len() as u32 + 4).to_le_bytes();
        Source::from_bytes(Path::new("x.wav"), [b"RIFF".as_slice(), &length, b"WAVE", &body].concat())
    }

    fn refusal(source: &Source) -> String {
        let error = Wav.read(source, Selection::All).unwrap_err().to_string();
        assert_eq!(Wav.probe(source).unwrap_err().to_string(), error);
        error
    }

    #[test]
    fn twelve_bits_fill_the_upper_part_of_two_bytes() {
        let source = file(&[fmt(1, 1, 12), chunk("data", &0x4000_i16.to_le_bytes())]);
        let read = Wav.read(&source, Selection::All).unwrap();
        assert_eq!(read[0].as_vector(), Some(&[0.5][..]));
    }

    #[test]
    fn the_beginning_in_a_broadcast_chunk_is_a_fact() {
        let mut bext = vec![0; 602];
        bext[320..338].copy_from_slice(b"2024:03:0112-00-07");
        let data = chunk("data", &[1, 0]);
        let probe = Wav.probe(&file(&[chunk("bext", &bext), fmt(1, 1, 16), data.clone()])).unwrap();
        let start = probe.arrays[0].facts.as_ref().unwrap().start.clone().unwrap();
        assert_eq!((&*start.value, &*start.place), ("2024-03-01T12:00:07", "chunk `bext`"));
        bext[320..338].fill(0);
        let probe = Wav.probe(&file(&[chunk("bext", &bext), fmt(1, 1, 16), data])).unwrap();
        assert_eq!(probe.arrays[0].facts.as_ref().unwrap().start, None);
    }

    #[test]
    fn codings_that_are_not_read_and_contradictions_are_told() {
        let data = || chunk("data", &[0; 12]);
        assert!(refusal(&file(&[fmt(7, 1, 8), data()])).contains("coded as mu-law (format 7)"));
        assert!(refusal(&file(&[fmt(1, 0, 16), data()])).contains("0 channels"));
        assert!(refusal(&file(&[fmt(1, 5, 16), data()])).contains("12 bytes are no multiple of 10"));
        assert!(refusal(&file(&[fmt(3, 1, 16), data()])).contains("16 bits for one number of format 3"));
        assert!(refusal(&file(&[fmt(0xFFFE, 1, 16), data()])).contains("sub-format"));
        assert!(refusal(&file(&[fmt(1, 1, 16)])).contains("no chunk `data`"));
        assert!(refusal(&file(&[data()])).contains("no chunk `fmt `"));
        assert!(refusal(&file(&[fmt(1, 1, 16), data(), data()])).contains("a second one"));
    }

    #[test]
    fn a_huge_stated_length_is_a_truncation_in_both_widths() {
        let mut data = chunk("data", &[0; 4]);
        data[4..8].fill(0xFF);
        let cut = refusal(&file(&[fmt(1, 1, 16), data.clone()]));
        assert!(cut.contains("declares 4294967295 bytes, 4 are left"), "{cut}");
        let long = chunk("ds64", &[[0xFF; 8], [0xFF; 8], [0; 8]].concat());
        let body = [long, fmt(1, 1, 16), data].concat();
        let bytes = [b"RF64".as_slice(), &[0xFF; 4], b"WAVE", &body].concat();
        let cut = refusal(&Source::from_bytes(Path::new("x.wav"), bytes));
        assert!(cut.contains("declares 18446744073709551615 bytes, 4 are left"), "{cut}");
    }
}
