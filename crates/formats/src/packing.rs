//! Packed files: gzip, xz and zstd, recognised by their first bytes and unpacked with bounded memory.

use crate::error::{Error, Result};
use crate::source::{MAX_BYTES, open_regular};
use lzma_rust2::XzReader;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Largest memory the `.xz` decoder may take, in KiB (a dictionary of 64 MiB, `xz -9`, fits).
const XZ_MEMORY_KIB: u32 = 80 << 10;
/// Largest window of the zstd decoder, as a power of two (128 MiB: `zstd --long` fits).
const ZSTD_WINDOW: u32 = 27;
/// Bytes that any packed file may unpack to, whatever its own size.
const FLOOR: u64 = 64 << 20;
/// Bytes that a packed file may unpack to for each packed byte, beyond the floor.
const RATIO: u64 = 1100;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Xz,
    Zstd,
}

/// Endings of packed files, to be taken off before a name is looked at.
pub(crate) const ENDINGS: [&str; 3] = [".gz", ".xz", ".zst"];

const MAGIC: [(&[u8], Packing); 3] = [
    (&[0x1F, 0x8B, 8], Packing::Gzip),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0], Packing::Xz),
    (&[0x28, 0xB5, 0x2F, 0xFD], Packing::Zstd),
];

/// Bytes that so many packed ones may unpack to.
pub(crate) fn most_unpacked(packed: u64) -> u64 {
    packed.saturating_mul(RATIO).saturating_add(FLOOR).min(MAX_BYTES)
}

impl Packing {
    /// How the file at its beginning is packed; it is left at its beginning.
    pub(crate) fn of(file: &mut (impl Read + Seek)) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        file.take(6).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, packing)| *packing))
    }

    fn decoder<'a>(self, reader: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
            Self::Xz => Box::new(XzReader::new_mem_limit(reader, true, XZ_MEMORY_KIB)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
        })
    }

    /// Unpacks a file of `packed` bytes; memory grows only with what really comes out.
    pub(crate) fn unpack(self, path: &Path, reader: impl BufRead, packed: u64) -> Result<Vec<u8>> {
        let limit = most_unpacked(packed);
        let mut bytes = Vec::new();
        let unpacked =
            self.decoder(reader).and_then(|decoder| decoder.take(limit + 1).read_to_end(&mut bytes));
        unpacked.map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the packed data end too early: the copy was cut".to_owned(),
                io::ErrorKind::OutOfMemory => {
                    format!("its dictionary needs more than {} MiB", XZ_MEMORY_KIB >> 10)
                }
                _ => format!("the packed data are damaged ({error})"),
            };
            Error::Unpack { path: path.display().to_string(), why }
        })?;
        if bytes.len() as u64 > limit {
            return Err(Error::Limit {
                path: path.display().to_string(),
                what: "the unpacked file, at least,".to_owned(),
                stated: bytes.len() as u64,
                limit,
            });
        }
        if bytes.is_empty() {
            return Err(Error::Empty { path: path.display().to_string() });
        }
        Ok(bytes)
    }
}

/// The first bytes of a file, unpacked where it is packed.
pub(crate) fn head(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    let mut file = open_regular(path)?;
    let packing = Packing::of(&mut file)?;
    let reader = BufReader::new(file);
    let mut bytes = Vec::new();
    let mut plain: Box<dyn Read> = match packing {
        None => Box::new(reader),
        Some(packing) => packing.decoder(reader)?,
    };
    let read = plain.as_mut().take(length as u64).read_to_end(&mut bytes);
    // What came out before damage is the head as well.
    read.map(|_| ()).or_else(|error| if bytes.is_empty() { Err(error) } else { Ok(()) })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{Cursor, Write};

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
        let packing = Packing::of(&mut Cursor::new(bytes)).unwrap().unwrap();
        packing.unpack(Path::new("x"), Cursor::new(bytes), bytes.len() as u64)
    }

    #[test]
    fn what_was_packed_comes_out_and_a_cut_anywhere_is_an_error() {
        let data: Vec<u8> = (0..5000u32).map(|i| (i * i % 251) as u8).collect();
        for packed in [gzip(&data), zstd::encode_all(&data[..], 3).unwrap()] {
            assert_eq!(unpacked(&packed).unwrap(), data);
            for length in 6..packed.len() {
                let error = unpacked(&packed[..length]).unwrap_err();
                assert!(matches!(error, Error::Unpack { .. } | Error::Empty { .. }), "{length}: {error}");
            }
        }
    }

    #[test]
    fn members_of_one_file_come_one_after_the_other() {
        let both = [gzip(b"first "), gzip(b"second")].concat();
        assert_eq!(unpacked(&both).unwrap(), b"first second");
    }

    #[test]
    fn a_file_that_swells_beyond_all_measure_is_refused() {
        let bomb = zstd::encode_all(&vec![0u8; 80 << 20][..], 19).unwrap();
        assert!(bomb.len() < 10_000);
        assert!(matches!(unpacked(&bomb).unwrap_err(), Error::Limit { .. }));
    }
}
