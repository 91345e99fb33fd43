//! An open HDF5 file: limits on what the library may take, its errors turned into ours, and a fence about its panics.

use super::filters;
use crate::error::{Error, Result};
use crate::source::Source;
use hdf5_reader::storage::{Storage, StorageBuffer};
use hdf5_reader::{Hdf5File, OpenOptions};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Values that any file may unpack to in bytes, whatever its own size.
const FLOOR: u64 = 64 << 20;
/// Bytes of values for each byte of the file, beyond the floor: no filter packs tighter.
const RATIO: u64 = 1100;
/// Largest chunk after unpacking. Writers keep them to a few MiB.
const MAX_CHUNK: u64 = 256 << 20;
/// Largest header of one object.
const MAX_OBJECT_HEADER: usize = 1 << 20;
/// Objects are rarely read twice: chunks are not kept.
const CHUNK_CACHE: usize = 0;

/// The bytes of a file as the library asks for them.
struct Bytes(Source);

impl Storage for Bytes {
    fn len(&self) -> u64 {
        self.0.length()
    }

    fn read_range(&self, offset: u64, length: usize) -> hdf5_reader::error::Result<StorageBuffer> {
        let bytes = match self.0.at(offset, length) {
            Ok(Cow::Owned(bytes)) => bytes,
            Ok(Cow::Borrowed(bytes)) => bytes.to_vec(),
            Err(error) => return Err(std::io::Error::other(error.to_string()).into()),
        };
        if bytes.len() != length {
            return Err(hdf5_reader::error::Error::UnexpectedEof {
                offset,
                needed: length as u64,
                available: bytes.len() as u64,
            });
        }
        Ok(StorageBuffer::from_vec(bytes))
    }
}

/// An open file and what its reading may still take.
pub(crate) struct File {
    pub(crate) library: Hdf5File,
    pub(crate) path: String,
    /// Bytes of the whole file.
    pub(crate) length: u64,
}

impl File {
    pub(crate) fn open(source: &Source) -> Result<Self> {
        let length = source.length();
        let max_chunk = MAX_CHUNK.min(length.saturating_mul(RATIO)) as usize;
        let options = OpenOptions {
            chunk_cache_bytes: CHUNK_CACHE,
            chunk_cache_slots: 1,
            filter_registry: Some(filters::registry(max_chunk)),
            max_chunk_bytes: max_chunk,
            max_read_bytes: length as usize,
            max_object_header_bytes: MAX_OBJECT_HEADER.min(length as usize),
            ..OpenOptions::default()
        };
        let path = source.name();
        let storage = Arc::new(Bytes(source.clone()));
        let library = Hdf5File::from_storage_with_options(storage, options)
            .map_err(|error| damaged(&path, None, &error, length))?;
        let superblock = library.superblock();
        let end = superblock.eof_address;
        if end > length {
            return Err(Error::Truncated {
                path,
                variable: None,
                offset: length,
                element: format!("superblock at byte {}", superblock.base_address),
                declared: end,
                left: length,
            });
        }
        Ok(Self { library, path, length })
    }

    /// Bytes of values that one reading may yield.
    pub(crate) fn allowance(&self) -> u64 {
        self.length.saturating_mul(RATIO).saturating_add(FLOOR)
    }

    /// An error of the library at the object `name`, the object's header standing at `address`.
    pub(crate) fn damaged(&self, name: &str, address: u64, error: &hdf5_reader::error::Error) -> Error {
        damaged(&self.path, Some(name), error, address)
    }

    /// A contradiction in the object `name`.
    pub(crate) fn malformed(&self, name: &str, address: u64, why: impl Into<String>) -> Error {
        Error::Malformed {
            path: self.path.clone(),
            variable: Some(name.to_owned()).filter(|name| !name.is_empty()),
            offset: address,
            element: "object header".to_owned(),
            why: why.into(),
        }
    }

    pub(crate) fn too_large(&self, name: &str, stated: u64, limit: u64) -> Error {
        let what = format!("the values of `{name}`, or of all arrays with them,");
        Error::Limit { path: self.path.clone(), what, stated, limit }
    }
}

fn damaged(path: &str, name: Option<&str>, error: &hdf5_reader::error::Error, offset: u64) -> Error {
    use hdf5_reader::error::Error as E;
    let mut inner = error;
    while let E::Context { source, .. } = inner {
        inner = source;
    }
    let variable = name.filter(|name| !name.is_empty()).map(str::to_owned);
    match inner {
        E::UnexpectedEof { offset, needed, available } => Error::Truncated {
            path: path.to_owned(),
            variable,
            offset: *offset,
            element: "HDF5 block".to_owned(),
            declared: *needed,
            left: *available,
        },
        E::UnsupportedFilter(filter) => Error::Unsupported {
            path: path.to_owned(),
            variable: variable.unwrap_or_default(),
            what: format!("packed with an HDF5 {filter}"),
            help: "pack it anew with gzip: h5repack -f GZIP=4 OLD NEW".to_owned(),
        },
        _ => Error::Malformed {
            path: path.to_owned(),
            variable,
            offset,
            element: "HDF5 object".to_owned(),
            why: error.to_string(),
        },
    }
}

/// Runs what calls the library. It has not been seen to panic, but a file must not end the program.
pub(crate) fn fenced<T>(source: &Source, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::Malformed {
            path: source.name(),
            variable: None,
            offset: 0,
            element: "HDF5 file".to_owned(),
            why: "its structure contradicts itself".to_owned(),
        })
    })
}
