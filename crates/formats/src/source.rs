//! The bytes of a recording: a file that is read in pieces, or memory.
//!
//! A packed file is unpacked on opening (`packing.rs`). Formats never see that a file was packed.

use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::packing::Packing;
use polars::io::mmap::MmapBytesReader;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Largest file that is taken into memory as a whole.
pub(crate) const MAX_BYTES: u64 = 4 << 30;

/// Random access to the unpacked bytes of one file. A clone reads the same bytes.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    length: u64,
    bytes: Bytes,
    /// Bytes that were given out.
    taken: Arc<AtomicU64>,
    packed: Option<u64>,
}

#[derive(Debug, Clone)]
enum Bytes {
    File(Arc<Mutex<File>>),
    Memory(Arc<Vec<u8>>),
}

/// The file, also after a panic elsewhere: every read seeks first.
fn locked(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a file that lies on a disk. A pipe would keep whoever opens it waiting.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        let why = "it is a pipe, a socket or a device, and recordings are read at any place of a file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    File::open(path)
}

impl Source {
    /// Opens a file; a packed one (gzip, xz, zstd, recognised by its first bytes) is unpacked into memory.
    ///
    /// # Errors
    /// When the file is missing, a folder, a pipe, empty, or cannot be unpacked within the limits.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = open_regular(path).map_err(|e| Error::io(path, "open", &e))?;
        let metadata = file.metadata().map_err(|e| Error::io(path, "open", &e))?;
        if metadata.len() == 0 {
            return Err(Error::Empty { path: path.display().to_string() });
        }
        if let Some(packing) = Packing::of(&mut file).map_err(|e| Error::io(path, "read", &e))? {
            let bytes = packing.unpack(path, BufReader::with_capacity(1 << 16, file), metadata.len())?;
            return Ok(Self { packed: Some(metadata.len()), ..Self::from_bytes(path, bytes) });
        }
        Ok(Self {
            path: path.to_owned(),
            length: metadata.len(),
            bytes: Bytes::File(Arc::new(Mutex::new(file))),
            taken: Arc::default(),
            packed: None,
        })
    }

    /// Wraps bytes that are already in memory; `path` serves for messages only.
    #[must_use]
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Self {
        Self {
            path: path.to_owned(),
            length: bytes.len() as u64,
            bytes: Bytes::Memory(Arc::new(bytes)),
            taken: Arc::default(),
            packed: None,
        }
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
        let mut file = locked(file);
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

    /// Size of the file on the disk where it is packed. Such a file was unpacked as a whole on opening: its length, which
    /// every format compares its statements with, is known no earlier.
    #[must_use]
    pub fn packed(&self) -> Option<u64> {
        self.packed
    }

    /// How many bytes were asked of it so far, by all its clones; a library that maps a table file is not counted.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
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
        self.taken.fetch_add(length as u64, Ordering::Relaxed);
        match &self.bytes {
            Bytes::Memory(bytes) => {
                let start = offset as usize;
                Ok(Cow::Borrowed(&bytes[start..start + length]))
            }
            Bytes::File(file) => {
                let mut file = locked(file);
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
        self.taken.fetch_add(self.length, Ordering::Relaxed);
        match &self.bytes {
            Bytes::Memory(bytes) => Ok(sha256(bytes)),
            Bytes::File(file) => {
                let mut file = locked(file);
                file.seek(SeekFrom::Start(0))
                    .and_then(|_| crate::digest::sha256_of(&mut *file))
                    .map(|(digest, _)| digest)
                    .map_err(|e| Error::io(&self.path, "read", &e))
            }
        }
    }
}

impl Source {
    /// The bytes for polars, which maps a file or borrows memory.
    pub(crate) fn mapped(&self) -> Result<Box<dyn MmapBytesReader + '_>> {
        Ok(match &self.bytes {
            Bytes::Memory(bytes) => Box::new(io::Cursor::new(bytes.as_slice())),
            Bytes::File(_) => {
                Box::new(File::open(&self.path).map_err(|e| Error::io(&self.path, "open", &e))?)
            }
        })
    }

    /// The bytes in turn, for libraries that read and seek.
    pub(crate) fn reader(&self) -> SourceReader<'_> {
        self.reader_from(0)
    }

    /// As [`Source::reader`], from a byte on.
    pub(crate) fn reader_from(&self, at: u64) -> SourceReader<'_> {
        SourceReader { source: self, at }
    }
}

/// Reads a [`Source`] from any place.
#[derive(Debug)]
pub(crate) struct SourceReader<'a> {
    source: &'a Source,
    at: u64,
}

impl Read for SourceReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.source.at(self.at, into.len()).map_err(io::Error::other)?;
        into[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for SourceReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(away) => self.source.length.checked_add_signed(away),
            SeekFrom::Current(away) => self.at.checked_add_signed(away),
        };
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
