//! An HDF5 file whose large datasets grow chunk by chunk, so that writing one takes memory for a few chunks only.
//!
//! The library that writes HDF5 takes every dataset whole. It makes the file's beginning: groups, attributes, small datasets,
//! and the large ones as declared but without any chunk. Chunks follow as they come, then their indexes (version-1 B-trees,
//! which every reader of HDF5 knows), and at the end the headers of the large datasets are told where these lie. The file is
//! there under its name whole or not at all.

use crate::error::{Error, Result};
use crate::run_folder::beside;
use flate2::{Compression, write::ZlibEncoder};
use hdf5_reader::Hdf5File;
use hdf5_writer::{
    AttributeBuilder, DatasetBuilder, FILTER_DEFLATE, FILTER_SHUFFLE, FilterDescription, Hdf5Builder,
    WriteOptions, jenkins_lookup3,
};
use rayon::prelude::*;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes of values that a chunk holds about: small, because training looks at single segments in any order.
const CHUNK_BYTES: usize = 32 << 10;
/// How hard deflate tries; more gains next to nothing on such values and costs time.
const LEVEL: u32 = 4;
/// Children of a node of an index where a file does not say otherwise.
const NODE: usize = 64;
/// No address.
const NOWHERE: u64 = u64::MAX;
/// The kind of message in a header that says how values are laid out.
const LAYOUT: u8 = 8;

/// A file that is being written.
pub(super) struct GrowingFile {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
    /// The beginning of the file, whose headers are completed at the end.
    beginning: Vec<u8>,
    end: u64,
    sets: Vec<GrowingSet>,
}

/// One large dataset: rows of `f32`.
struct GrowingSet {
    /// Where its header begins.
    header: usize,
    shape: Vec<u64>,
    rows_in_chunk: usize,
    /// Values that fill no chunk yet.
    pending: Vec<f32>,
    /// Rows that have come.
    rows: u64,
    /// Where each chunk lies, and its size.
    chunks: Vec<(u64, u32)>,
}

/// Shuffle by the size of a value, then deflate.
pub(super) fn packed(set: DatasetBuilder) -> DatasetBuilder {
    let filter = |id: u16, client_data: Vec<u32>| FilterDescription { id, name: None, client_data };
    set.filter(filter(FILTER_SHUFFLE, Vec::new())).filter(filter(FILTER_DEFLATE, vec![LEVEL]))
}

/// Rows in a chunk of a dataset of this shape.
fn rows_in_chunk(shape: &[u64]) -> u64 {
    let row = 4 * shape[1..].iter().product::<u64>().max(1);
    (CHUNK_BYTES as u64 / row).clamp(1, shape[0].max(1))
}

/// A large dataset, as it is declared.
pub(super) struct GrowingRows {
    pub(super) name: String,
    /// Rows first.
    pub(super) shape: Vec<u64>,
    /// What its axes are, in words.
    pub(super) axes: String,
}

impl GrowingRows {
    /// The dataset without its rows. A chunk that a damaged index has lost reads as not-a-number.
    fn declared(&self) -> DatasetBuilder {
        let mut chunk = self.shape.clone();
        chunk[0] = rows_in_chunk(&self.shape);
        let set = DatasetBuilder::typed::<f32>(self.name.as_str(), self.shape.as_slice()).chunked(chunk);
        packed(set)
            .fill_value(f32::NAN.to_ne_bytes())
            .attribute(AttributeBuilder::fixed_string("axes", &self.axes))
    }
}

impl GrowingFile {
    /// Begins a file of what `small` holds, with the large datasets `sets` in it.
    pub(super) fn begin(path: &Path, small: Hdf5Builder, sets: &[GrowingRows]) -> Result<Self> {
        let library = |why: String| unwritable(path, why);
        let all = sets.iter().fold(small, |all, set| all.dataset(set.declared()));
        let plan = all.into_plan().map_err(|error| library(error.to_string()))?;
        let beginning = plan.encode(WriteOptions::default()).map_err(|error| library(error.to_string()))?;
        let made = Hdf5File::from_bytes(&beginning).map_err(|error| library(error.to_string()))?;
        let mut growing = Vec::new();
        for GrowingRows { name, shape, .. } in sets {
            let set = made.dataset(name).map_err(|error| library(error.to_string()))?;
            growing.push(GrowingSet {
                header: set.address() as usize,
                rows_in_chunk: rows_in_chunk(shape) as usize,
                shape: shape.clone(),
                pending: Vec::new(),
                rows: 0,
                chunks: Vec::new(),
            });
        }
        let mut out = BufWriter::new(beside(path)?);
        out.write_all(&beginning).map_err(Error::io("write", path))?;
        let end = beginning.len() as u64;
        Ok(GrowingFile { path: path.to_owned(), out, beginning, end, sets: growing })
    }

    /// Adds rows to a dataset.
    pub(super) fn append(&mut self, number: usize, values: &[f32]) -> Result<()> {
        let set = &mut self.sets[number];
        let row = set.shape[1..].iter().product::<u64>().max(1) as usize;
        set.rows += (values.len() / row) as u64;
        set.pending.extend_from_slice(values);
        let whole = set.pending.len() / (row * set.rows_in_chunk) * row * set.rows_in_chunk;
        let chunks: Vec<f32> = set.pending.drain(..whole).collect();
        let size = row * set.rows_in_chunk;
        self.write_chunks(number, &chunks, size)
    }

    fn write_chunks(&mut self, number: usize, values: &[f32], size: usize) -> Result<()> {
        let packed: Vec<std::io::Result<Vec<u8>>> = values.par_chunks(size).map(pack).collect();
        for chunk in packed {
            let bytes = chunk.map_err(Error::io("write", &self.path))?;
            let length = u32::try_from(bytes.len())
                .map_err(|_| unwritable(&self.path, "a chunk is above 4 GiB".to_owned()))?;
            self.sets[number].chunks.push((self.end, length));
            self.write(&bytes)?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(Error::io("write", &self.path))?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Writes what is pending and the indexes, completes the beginning, and gives the file its name.
    pub(super) fn finish(mut self) -> Result<()> {
        for number in 0..self.sets.len() {
            let set = &mut self.sets[number];
            let row = set.shape[1..].iter().product::<u64>().max(1) as usize;
            if set.rows != set.shape[0] {
                let why = format!("{} rows were promised, {} came", set.shape[0], set.rows);
                return Err(unwritable(&self.path, why));
            }
            let mut last = std::mem::take(&mut set.pending);
            if !last.is_empty() {
                let size = row * set.rows_in_chunk;
                last.resize(size, 0.0);
                self.write_chunks(number, &last, size)?;
            }
            let address = self.end.next_multiple_of(8);
            let gap = vec![0; (address - self.end) as usize];
            self.write(&gap)?;
            let index = self.sets[number].index(address);
            self.write(&index)?;
            let header = self.sets[number].header;
            if set_index_address(&mut self.beginning, header, address).is_none() {
                return Err(unwritable(&self.path, "its header is not as expected".to_owned()));
            }
        }
        // the superblock: where the file ends, and its checksum
        self.beginning[28..36].copy_from_slice(&self.end.to_le_bytes());
        let sum = jenkins_lookup3(&self.beginning[..44]);
        self.beginning[44..48].copy_from_slice(&sum.to_le_bytes());
        let failed = || Error::io("write", &self.path);
        self.out.seek(SeekFrom::Start(0)).map_err(failed())?;
        self.out.write_all(&self.beginning).map_err(failed())?;
        let file = self.out.into_inner().map_err(|error| failed()(error.into_error()))?;
        file.as_file().sync_all().map_err(failed())?;
        file.persist(&self.path).map_err(|error| failed()(error.error))?;
        Ok(())
    }
}

impl GrowingSet {
    /// Offsets of a chunk, of which there are so many before it; the last axis is the bytes of a value.
    fn key(&self, chunk: usize, size: u32, beyond: bool) -> Vec<u8> {
        let mut key = Vec::new();
        key.extend_from_slice(&size.to_le_bytes());
        key.extend_from_slice(&0_u32.to_le_bytes());
        key.extend_from_slice(&((chunk * self.rows_in_chunk) as u64).to_le_bytes());
        for length in &self.shape[1..] {
            key.extend_from_slice(&if beyond { *length } else { 0 }.to_le_bytes());
        }
        key.extend_from_slice(&0_u64.to_le_bytes());
        key
    }

    /// The nodes of the index, leaves first, the root last made but first in the file, which begins at `address`.
    fn index(&self, address: u64) -> Vec<u8> {
        let key_size = 8 + 8 * (self.shape.len() + 1);
        let size = 24 + NODE * 8 + (NODE + 1) * key_size;
        let mut widths = vec![self.chunks.len().div_ceil(NODE).max(1)];
        while widths[0] > 1 {
            widths.insert(0, widths[0].div_ceil(NODE));
        }
        let place = |node: usize| address + (node * size) as u64;
        let mut nodes = vec![0; widths.iter().sum::<usize>() * size];
        let closing = self.key(self.chunks.len(), 0, true);
        let mut children: Vec<(Vec<u8>, u64)> = self
            .chunks
            .iter()
            .enumerate()
            .map(|(at, (place, size))| (self.key(at, *size, false), *place))
            .collect();
        let mut first = widths.iter().sum::<usize>();
        for (level, width) in widths.iter().rev().enumerate() {
            first -= width;
            let mut parents = Vec::new();
            for at in 0..*width {
                let own = &children[(at * NODE).min(children.len())..((at + 1) * NODE).min(children.len())];
                let upper = children.get((at + 1) * NODE).map_or(&closing, |(key, _)| key);
                let sides = [
                    if at == 0 { NOWHERE } else { place(first + at - 1) },
                    if at + 1 == *width { NOWHERE } else { place(first + at + 1) },
                ];
                let mut node = Vec::with_capacity(size);
                node.extend_from_slice(b"TREE");
                node.extend_from_slice(&[1, level as u8]);
                node.extend_from_slice(&(own.len() as u16).to_le_bytes());
                sides.iter().for_each(|side| node.extend_from_slice(&side.to_le_bytes()));
                for (key, place) in own {
                    node.extend_from_slice(key);
                    node.extend_from_slice(&place.to_le_bytes());
                }
                node.extend_from_slice(upper);
                let begin = (first + at) * size;
                nodes[begin..begin + node.len()].copy_from_slice(&node);
                parents.extend(own.first().map(|(key, _)| (key.clone(), place(first + at))));
            }
            children = parents;
        }
        nodes
    }
}

/// Shuffle and deflate of one chunk.
fn pack(values: &[f32]) -> std::io::Result<Vec<u8>> {
    let count = values.len();
    let mut shuffled = vec![0; 4 * count];
    for (at, value) in values.iter().enumerate() {
        for (byte, own) in value.to_ne_bytes().into_iter().enumerate() {
            shuffled[byte * count + at] = own;
        }
    }
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    packer.write_all(&shuffled)?;
    packer.finish()
}

/// Puts the address of a chunk index into the header (version 2) of a dataset, with its checksum; `None` where the header
/// is another.
fn set_index_address(file: &mut [u8], header: usize, address: u64) -> Option<()> {
    let flags = *file.get(header + 5)?;
    if file.get(header..header + 5)? != b"OHDR\x02" || flags & !3 != 0 {
        return None;
    }
    let width = 1_usize << flags;
    let mut length = [0; 8];
    length[..width].copy_from_slice(file.get(header + 6..header + 6 + width)?);
    let begin = header + 6 + width;
    let end = begin.checked_add(usize::try_from(u64::from_le_bytes(length)).ok()?)?;
    let mut at = begin;
    while at + 4 <= end {
        let size = usize::from(u16::from_le_bytes([*file.get(at + 1)?, *file.get(at + 2)?]));
        if file[at] == LAYOUT {
            // version 3, chunked, the number of axes, then the address
            let body = file.get_mut(at + 4..at + 4 + size)?;
            if body.get(..2)? != [3, 2] {
                return None;
            }
            body.get_mut(3..11)?.copy_from_slice(&address.to_le_bytes());
            let sum = jenkins_lookup3(file.get(header..end)?);
            file.get_mut(end..end + 4)?.copy_from_slice(&sum.to_le_bytes());
            return Some(());
        }
        at += 4 + size;
    }
    None
}

pub(super) fn unwritable(path: &Path, why: String) -> Error {
    Error::data(format!("the store {} cannot be written", path.display()), why, "please report this")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn declared(name: &str, shape: &[usize]) -> GrowingRows {
        let shape = shape.iter().map(|length| *length as u64).collect();
        GrowingRows { name: name.to_owned(), shape, axes: "row, values".to_owned() }
    }

    #[test]
    fn datasets_that_grow_side_by_side_are_read_back_for_any_number_of_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grown.h5");
        // one chunk that is not full; several; an index of two levels, of three
        for (rows, width) in [(1_usize, 5_usize), (700, 300), (200, 8_192), (4_200, 8_192)] {
            let shapes = [declared("a/values", &[rows, width]), declared("b", &[rows, 2, 3])];
            let row = |set: usize, at: usize, width: usize| {
                let mut values = vec![set as f32; width];
                (values[0], values[width - 1]) = (at as f32, -(at as f32));
                values
            };
            let mut file = GrowingFile::begin(&path, Hdf5Builder::new(), &shapes).unwrap();
            for at in 0..rows {
                file.append(0, &row(0, at, width)).unwrap();
                file.append(1, &row(1, at, 6)).unwrap();
            }
            file.finish().unwrap();
            let read = Hdf5File::open(&path).unwrap();
            for (name, number, width) in [("a/values", 0, width), ("b", 1, 6)] {
                let set = read.dataset(name).unwrap();
                let mut seen = 0;
                for chunk in set.iter_chunks().unwrap() {
                    let chunk = chunk.unwrap();
                    assert_eq!(chunk.offsets()[0] as usize, seen);
                    let values: Vec<f32> = chunk
                        .bytes()
                        .chunks_exact(4)
                        .map(|x| f32::from_ne_bytes(x.try_into().unwrap()))
                        .collect();
                    let real = values.chunks_exact(width).take(rows - seen);
                    for own in real {
                        assert_eq!(own, row(number, seen, width), "{name} of {rows}");
                        seen += 1;
                    }
                }
                assert_eq!(seen, rows);
            }
        }
    }

    #[test]
    fn a_file_that_got_fewer_rows_than_promised_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("few.h5");
        let mut file = GrowingFile::begin(&path, Hdf5Builder::new(), &[declared("a", &[3, 4])]).unwrap();
        file.append(0, &[0.0; 8]).unwrap();
        assert!(file.finish().unwrap_err().to_string().contains("3 rows were promised, 2 came"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
