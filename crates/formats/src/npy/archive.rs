//! Archives of NumPy arrays: the members of a zip file, one after the other.

use super::Opened;
use super::header::Place;
use crate::array::NamedArray;
use crate::error::{Error, Result};
use crate::format::{Confidence, Format, Probe, Selection};
use crate::packing::most_unpacked;
use crate::source::{Source, SourceReader};
use flate2::{Crc, bufread::DeflateDecoder};
use std::io::{self, BufReader, Read};
use zip::{CompressionMethod, ZipArchive};

const ENDING: &str = ".npy";
const RESAVE: &str = "write it with numpy.savez or numpy.savez_compressed";

/// NumPy arrays in a zip file.
#[derive(Debug)]
pub(crate) struct Npz;

/// One array of an archive.
struct Entry {
    /// Place in the zip file's table.
    index: usize,
    name: String,
    /// Byte at which its packed bytes start.
    start: u64,
    unpacked: u64,
    checksum: u32,
}

impl Format for Npz {
    fn name(&self) -> &'static str {
        "npz"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".npz"]
    }

    /// A zip file whose first member is named as an array.
    fn sniff(&self, head: &[u8]) -> Confidence {
        let first = head.get(26..28).and_then(|length| {
            let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
            head.get(30..30 + length)
        });
        match (head.starts_with(b"PK\x03\x04"), first) {
            (true, Some(name)) if name.ends_with(ENDING.as_bytes()) => Confidence::Certain,
            _ => Confidence::No,
        }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let mut arrays = Vec::new();
        each_entry(source, &mut |opened, _| {
            arrays.extend(opened.headers());
            Ok(())
        })?;
        Ok(Probe { format: self.name().to_owned(), arrays, text: None })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let mut arrays = Vec::new();
        each_entry(source, &mut |opened, member| {
            if opened.names.iter().any(|name| selection.wants(name)) {
                arrays.extend(opened.read(member, selection)?);
                member.finish(opened.place)?;
            }
            Ok(())
        })?;
        Ok(arrays)
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        each_entry(source, &mut |opened, member| {
            if opened.names.iter().any(|own| own == name) {
                opened.stream(member, name, run, each)?;
                member.finish(opened.place)?;
            }
            Ok(())
        })
    }
}

/// The unpacked bytes of a member, with their checksum so far.
struct MemberReader<R> {
    reader: R,
    checksum: Crc,
    stated: u32,
}

/// A [`MemberReader`] of any packing.
trait Member: Read {
    /// The whole member was read: its checksum has to be the stated one.
    fn finish(&mut self, place: Place<'_>) -> Result<()>;
}

impl<R: Read> Read for MemberReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(into)?;
        self.checksum.update(&into[..n]);
        Ok(n)
    }
}

impl<R: Read> Member for MemberReader<R> {
    fn finish(&mut self, place: Place<'_>) -> Result<()> {
        let (found, stated) = (self.checksum.sum(), self.stated);
        if found == stated {
            return Ok(());
        }
        Err(place.malformed(format!("its checksum is {found:08x}, {stated:08x} is stated")))
    }
}

/// Opens one array after the other, in the order of the archive's table.
fn each_entry(
    source: &Source,
    each: &mut dyn FnMut(&Opened<'_>, &mut dyn Member) -> Result<()>,
) -> Result<()> {
    // The library seeks often and reads little.
    let reader = BufReader::with_capacity(4096, source.reader());
    let mut archive = ZipArchive::new(reader).map_err(|error| damaged(source, &error.to_string()))?;
    let entries = entries(source, &mut archive)?;
    let limit = most_unpacked(source.length());
    let mut all = 0_u64;
    for entry in entries {
        // Members may share their packed bytes, so the sum counts.
        all = all.saturating_add(entry.unpacked);
        if all > limit {
            return Err(source.beyond("the unpacked archive, at least,", all, limit));
        }
        let element = format!("member `{}{ENDING}`", entry.name.escape_debug());
        let place = Place { source, offset: entry.start, element: &element };
        let packed =
            archive.by_index_raw(entry.index).map_err(|error| damaged(source, &error.to_string()))?;
        let deflated = match packed.compression() {
            CompressionMethod::Stored => false,
            _ if packed.encrypted() => {
                return Err(source.unsupported(&element, "encrypted", RESAVE));
            }
            CompressionMethod::DEFLATE => true,
            other => return Err(source.unsupported(&element, format!("packed by {other}"), RESAVE)),
        };
        let packed = BufReader::with_capacity(1 << 14, packed);
        let reader: &mut dyn Read = match deflated {
            true => &mut DeflateDecoder::new(packed),
            false => &mut { packed },
        };
        let reader = BufReader::with_capacity(1 << 16, reader.take(entry.unpacked));
        let mut member = MemberReader { reader, checksum: Crc::new(), stated: entry.checksum };
        let opened = Opened::of(&mut member, entry.unpacked, &entry.name, place)?;
        each(&opened, &mut member)?;
    }
    Ok(())
}

fn entries(source: &Source, archive: &mut ZipArchive<BufReader<SourceReader<'_>>>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(|error| damaged(source, &error.to_string()))?;
        let Some(name) = file.name().ok().and_then(|name| Some(name.strip_suffix(ENDING)?.to_owned())) else {
            continue;
        };
        let start = file.data_start().unwrap_or(file.header_start());
        if file.compressed_size() > source.length().saturating_sub(start) {
            return Err(source.truncated(start, &format!("member `{name}{ENDING}`"), file.compressed_size()));
        }
        entries.push(Entry { index, start, unpacked: file.size(), checksum: file.crc32(), name });
    }
    Ok(entries)
}

fn damaged(source: &Source, why: &str) -> Error {
    source.malformed(0, "the zip archive", format!("{why}; perhaps the copy was cut"))
}
