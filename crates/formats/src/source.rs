//! The bytes of a recording: a file that is read in pieces, or memory.
//!
//! `.xz` is unpacked on opening, with bounded memory. Formats never see that a file was packed.

use crate::digest::sha256;
use crate::error::{Error, Result};
use lzma_rust2::XzReader;
use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Largest file that is taken into memory as a whole.
pub(crate) const MAX_BYTES: u64 = 4 << 30;
/// Largest memory the `.xz` decoder may take, in KiB (a dictionary of 64 MiB, `xz -9`, fits).
const XZ_MEMORY_KIB: u32 = 80 << 10;
/// Bytes that any `.xz` file may unpack to, whatever its own size.
const XZ_FLOOR: u64 = 64 << 20;
/// Bytes that an `.xz` file may unpack to for each packed byte, beyond the floor.
const XZ_RATIO: u64 = 1000;
const XZ_MAGIC: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0];

/// Random access to the unpacked bytes of one file.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    length: u64,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    File(RefCell<File>),
    Memory(Vec<u8>),
}

impl Source {
    /// Opens a file; an `.xz` file (recognised by its first bytes) is unpacked into memory.
    ///
    /// # Errors
    /// When the file is missing, a folder, empty, or cannot be unpacked within the limits.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|e| Error::io(path, "open", &e))?;
        let metadata = file.metadata().map_err(|e| Error::io(path, "open", &e))?;
        if metadata.is_dir() {
            return Err(Error::io(path, "open", &io::ErrorKind::IsADirectory.into()));
        }
        if metadata.len() == 0 {
            return Err(Error::Empty { path: path.display().to_string() });
        }
        let mut head = Vec::with_capacity(XZ_MAGIC.len());
        (&mut file)
            .take(XZ_MAGIC.len() as u64)
            .read_to_end(&mut head)
            .map_err(|e| Error::io(path, "read", &e))?;
        file.seek(SeekFrom::Start(0)).map_err(|e| Error::io(path, "read", &e))?;
        if head == XZ_MAGIC {
            let bytes = unpack_xz(path, BufReader::with_capacity(1 << 16, file), metadata.len())?;
            return Ok(Self::from_bytes(path, bytes));
        }
        Ok(Self { path: path.to_owned(), length: metadata.len(), bytes: Bytes::File(RefCell::new(file)) })
    }

    /// Wraps bytes that are already in memory; `path` serves for messages only.
    #[must_use]
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Self {
        Self { path: path.to_owned(), length: bytes.len() as u64, bytes: Bytes::Memory(bytes) }
    }

    /// Takes the whole file into memory.
    ///
    /// # Errors
    /// When it is larger than 4 GiB or cannot be read.
    pub fn load(self) -> Result<Self> {
        let Bytes::File(file) = &self.bytes else { return Ok(self) };
        if self.length > MAX_BYTES {
            return Err(Error::Limit {
                path: self.name(),
                what: "the file".to_owned(),
                stated: self.length,
                limit: MAX_BYTES,
            });
        }
        let mut file = file.borrow_mut();
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(|e| Error::io(&self.path, "read", &e))?;
        // One byte more than stated makes room for the read that finds the end.
        bytes.reserve_exact(self.length as usize + 1);
        (&mut *file)
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|e| Error::io(&self.path, "read", &e))?;
        if bytes.is_empty() {
            return Err(Error::Empty { path: self.name() });
        }
        Ok(Self::from_bytes(&self.path, bytes))
    }

    /// Path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Path as text, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Number of unpacked bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Up to `length` bytes from `offset`; fewer when the file ends before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn at(&self, offset: u64, length: usize) -> Result<Cow<'_, [u8]>> {
        let left = self.length.saturating_sub(offset);
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        if length == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        match &self.bytes {
            Bytes::Memory(bytes) => {
                let start = offset as usize;
                Ok(Cow::Borrowed(&bytes[start..start + length]))
            }
            Bytes::File(file) => {
                let mut file = file.borrow_mut();
                let read = file.seek(SeekFrom::Start(offset)).and_then(|_| {
                    let mut bytes = Vec::with_capacity(length);
                    (&mut *file).take(length as u64).read_to_end(&mut bytes)?;
                    Ok(bytes)
                });
                read.map(Cow::Owned).map_err(|e| Error::io(&self.path, "read", &e))
            }
        }
    }

    /// SHA-256 of all bytes, lower-case hexadecimal.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sha256(&self) -> Result<String> {
        match &self.bytes {
            Bytes::Memory(bytes) => Ok(sha256(bytes)),
            Bytes::File(file) => {
                let mut file = file.borrow_mut();
                file.seek(SeekFrom::Start(0))
                    .and_then(|_| crate::digest::sha256_of(&mut *file))
                    .map(|(digest, _)| digest)
                    .map_err(|e| Error::io(&self.path, "read", &e))
            }
        }
    }
}

/// Unpacks an `.xz` stream of `packed` bytes; memory grows only with what really comes out.
fn unpack_xz(path: &Path, reader: impl Read, packed: u64) -> Result<Vec<u8>> {
    let limit = packed.saturating_mul(XZ_RATIO).saturating_add(XZ_FLOOR).min(MAX_BYTES);
    let mut bytes = Vec::new();
    let decoder = XzReader::new_mem_limit(reader, true, XZ_MEMORY_KIB);
    decoder.take(limit + 1).read_to_end(&mut bytes).map_err(|error| {
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
