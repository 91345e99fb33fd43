//! Values of a dataset, in runs of neighbouring elements, so that no more than a chunk is held beside what comes out.

use super::file::File;
use super::numbers::Column;
use crate::error::{Error, Result};
use crate::runs::Runs;
use crate::turned::{Take, first_fastest, turned};
use hdf5_reader::Dataset;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::object_header::ObjectHeader;
use std::collections::HashSet;
use std::sync::Arc;

/// Bytes of a contiguous dataset that are read at once.
const PIECE: usize = 1 << 16;
/// Bytes of values that need no proof that the file really holds as many.
const UNPROVEN: u64 = 1 << 18;
/// Longest text that is read from one dataset.
const MAX_TEXT: usize = 1 << 20;

/// How the elements of a dataset are placed in the file.
enum Placing {
    /// One after the other, inside the header.
    Compact(Vec<u8>),
    /// One after the other from an address.
    Contiguous(u64),
    /// In chunks, each of which may be packed.
    Chunked,
    /// Never written: every element is the fill value.
    Unwritten,
}

/// A dataset ready to be read.
pub(crate) struct Stored<'a> {
    file: &'a File,
    path: &'a str,
    dataset: &'a Dataset,
    placing: Placing,
    header: Arc<ObjectHeader>,
    /// Bytes of one element.
    pub(crate) width: usize,
    /// Elements.
    pub(crate) count: usize,
}

impl<'a> Stored<'a> {
    pub(crate) fn of(file: &'a File, path: &'a str, dataset: &'a Dataset) -> Result<Self> {
        let damaged = |error| file.damaged(path, dataset.address(), &error);
        let wrong = |why: &str| file.malformed(path, dataset.address(), why);
        let header = file.library.get_or_parse_header(dataset.address()).map_err(damaged)?;
        let width = dataset.raw_element_size().map_err(damaged)?;
        let count = dataset.num_elements().map_err(damaged)?;
        let count =
            usize::try_from(count).map_err(|_| wrong("more values are declared than memory can hold"))?;
        let bytes = count
            .checked_mul(width)
            .filter(|_| width > 0)
            .ok_or_else(|| wrong("its size in bytes is beyond all bounds, or an element has none"))?;
        let mut placing = None;
        for message in &header.messages {
            if let HdfMessage::DataLayout(layout) = message {
                placing = Some(match &layout.layout {
                    DataLayout::Compact { data } => Placing::Compact(data.clone()),
                    DataLayout::Contiguous { address, size } => {
                        let undefined = match file.library.superblock().offset_size {
                            8 => u64::MAX,
                            width => (1 << (8 * u32::from(width))) - 1,
                        };
                        if *address == undefined {
                            Placing::Unwritten
                        } else if *size < bytes as u64 {
                            let why = format!("{bytes} bytes of values are declared, {size} are stored");
                            return Err(wrong(&why));
                        } else {
                            Placing::Contiguous(*address)
                        }
                    }
                    DataLayout::Chunked { .. } => Placing::Chunked,
                });
            }
            if matches!(message, HdfMessage::ExternalFiles(_)) {
                return Err(Error::Unsupported {
                    path: file.path.clone(),
                    variable: path.to_owned(),
                    what: "kept in other files beside this one".to_owned(),
                    help: "write it into one file: h5repack OLD NEW".to_owned(),
                });
            }
        }
        let placing = placing.ok_or_else(|| wrong("nothing says where its values are"))?;
        if let Placing::Compact(data) = &placing
            && data.len() < bytes
        {
            return Err(wrong(&format!("{bytes} bytes of values are declared, {} are stored", data.len())));
        }
        let stored = Self { file, path, dataset, placing, header, width, count };
        if let Placing::Contiguous(address) = stored.placing {
            stored.in_file(address, bytes)?;
        }
        Ok(stored)
    }

    fn in_file(&self, address: u64, bytes: usize) -> Result<()> {
        let left = self.file.library.storage().len().saturating_sub(address);
        if bytes as u64 > left {
            return Err(Error::Truncated {
                path: self.file.path.clone(),
                variable: Some(self.path.to_owned()),
                offset: self.file.length,
                element: format!("values at byte {}", address + self.base()),
                declared: bytes as u64,
                left,
            });
        }
        Ok(())
    }

    fn base(&self) -> u64 {
        self.file.library.superblock().base_address
    }

    /// Byte of the file at which the object stands.
    pub(crate) fn offset(&self) -> u64 {
        self.dataset.address() + self.base()
    }

    fn wrong(&self, why: impl Into<String>) -> Error {
        self.file.malformed(self.path, self.offset(), why)
    }

    fn damaged(&self, error: &hdf5_reader::error::Error) -> Error {
        self.file.damaged(self.path, self.offset(), error)
    }

    /// The bytes of one element that was never written.
    fn fill(&self) -> Vec<u8> {
        let stated = self.header.messages.iter().rev().find_map(|message| match message {
            HdfMessage::FillValue(fill) => fill.value.clone().filter(|value| value.len() == self.width),
            _ => None,
        });
        stated.unwrap_or_else(|| vec![0; self.width])
    }

    /// Whether the file holds enough for `bytes` of values to be taken into memory: what is not written is filled up,
    /// but not without end.
    fn prove(&self, bytes: u64) -> Result<()> {
        let free = self.file.length.saturating_mul(2).saturating_add(UNPROVEN);
        if bytes <= free || matches!(self.placing, Placing::Compact(_) | Placing::Contiguous(_)) {
            return Ok(());
        }
        let held = self.elements_held()?;
        if held < self.count as u64 {
            let why = format!("{} values are declared, {held} are stored", self.count);
            return Err(self.wrong(why));
        }
        Ok(())
    }

    /// Elements in the chunks that are stored. Each chunk is unpacked once and dropped.
    fn elements_held(&self) -> Result<u64> {
        if !matches!(self.placing, Placing::Chunked) {
            return Ok(0);
        }
        let shape = self.dataset.shape();
        let (mut held, mut unpacked) = (0_u64, 0_u64);
        let mut seen = HashSet::new();
        for chunk in self.dataset.iter_chunks().map_err(|error| self.damaged(&error))? {
            let chunk = chunk.map_err(|error| self.damaged(&error))?;
            unpacked = unpacked.saturating_add(chunk.bytes().len() as u64);
            if unpacked > self.file.allowance() {
                return Err(self.file.too_large(self.path, unpacked, self.file.allowance()));
            }
            if seen.insert(chunk.offsets().to_vec()) {
                let inside = chunk.offsets().iter().zip(chunk.shape()).zip(shape);
                let inside = inside.map(|((&at, &length), &all)| all.saturating_sub(at).min(length));
                held = held.saturating_add(inside.fold(1_u64, u64::saturating_mul));
            }
        }
        Ok(held)
    }

    /// Every run of elements that is stored: the first one's place counted with the last dimension fastest, and the bytes.
    /// Runs of a vector come in order.
    pub(crate) fn runs(&self, each: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        match &self.placing {
            Placing::Unwritten => Ok(()),
            Placing::Compact(data) => each(0, &data[..self.count * self.width]),
            Placing::Contiguous(address) => {
                let at_once = (PIECE / self.width).max(1);
                let mut start = 0;
                while start < self.count {
                    let here = at_once.min(self.count - start);
                    let from = address + (start * self.width) as u64;
                    let bytes = self.file.library.storage().read_range(from, here * self.width);
                    each(start as u64, &bytes.map_err(|error| self.damaged(&error))?)?;
                    start += here;
                }
                Ok(())
            }
            Placing::Chunked => self.chunks(each),
        }
    }

    fn chunks(&self, each: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let shape = self.dataset.shape();
        let mut unpacked = 0_u64;
        for chunk in self.dataset.iter_chunks().map_err(|error| self.damaged(&error))? {
            let chunk = chunk.map_err(|error| self.damaged(&error))?;
            unpacked = unpacked.saturating_add(chunk.bytes().len() as u64);
            if unpacked > self.file.allowance() {
                return Err(self.file.too_large(self.path, unpacked, self.file.allowance()));
            }
            let (offsets, lengths) = (chunk.offsets(), chunk.shape());
            let (Some(&first), Some(&length), Some(&all)) = (offsets.last(), lengths.last(), shape.last())
            else {
                each(0, chunk.bytes().get(..self.width).unwrap_or_default())?;
                continue;
            };
            if offsets.iter().zip(shape).any(|(at, all)| at >= all) {
                continue;
            }
            // Rows along the last dimension are runs.
            let row = length.min(all - first) as usize * self.width;
            let step = length as usize * self.width;
            let outer = shape.len() - 1;
            let mut index = vec![0_u64; outer];
            for bytes in chunk.bytes().chunks_exact(step) {
                let inside = (0..outer).all(|d| offsets[d] + index[d] < shape[d]);
                if inside {
                    let rows = (0..outer).fold(0_u64, |place, d| place * shape[d] + offsets[d] + index[d]);
                    each(rows * all + first, &bytes[..row])?;
                }
                for d in (0..outer).rev() {
                    index[d] += 1;
                    if index[d] < lengths[d] {
                        break;
                    }
                    index[d] = 0;
                }
            }
        }
        Ok(())
    }

    /// The columns' numbers, each column in the order that `place` gives its elements. `taken` counts the bytes of all arrays.
    pub(crate) fn columns(
        &self,
        columns: &[&Column],
        taken: &mut u64,
        place: impl Fn(u64) -> usize,
    ) -> Result<Vec<Vec<f64>>> {
        let each: Option<Vec<usize>> = columns.iter().map(|column| column.per_element()).collect();
        let each = each.ok_or_else(|| self.wrong("an array inside an element has too many values"))?;
        let total = each.iter().try_fold(0_usize, |sum, n| sum.checked_add(*n)).unwrap_or(usize::MAX);
        let bytes = (total as u64).saturating_mul(self.count as u64).saturating_mul(8);
        *taken = taken.saturating_add(bytes);
        if *taken > self.file.allowance() {
            return Err(self.file.too_large(self.path, *taken, self.file.allowance()));
        }
        if total > self.width {
            return Err(self.wrong(format!("{total} values in elements of {} bytes", self.width)));
        }
        self.prove(bytes)?;
        let fill = self.fill();
        let mut out: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
        for (column, n) in columns.iter().zip(&each) {
            let mut values = Vec::with_capacity(n * self.count);
            for k in 0..*n {
                let one = column.decode(&fill, k);
                let one = one.ok_or_else(|| self.wrong("a field lies outside its element"))?;
                values.resize((k + 1) * self.count, one);
            }
            out.push(values);
        }
        self.runs(&mut |start, bytes| {
            for (i, element) in bytes.chunks_exact(self.width).enumerate() {
                let at = place(start + i as u64);
                for ((column, n), values) in columns.iter().zip(&each).zip(&mut out) {
                    for k in 0..*n {
                        let value = column.decode(element, k);
                        // Arrays inside elements are further dimensions, the slowest ones.
                        let slot = values.get_mut(at + k * self.count);
                        let (Some(slot), Some(value)) = (slot, value) else {
                            return Err(self.wrong("a field lies outside its element"));
                        };
                        *slot = value;
                    }
                }
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// The first element's bytes.
    pub(crate) fn first_element(&self) -> Result<Option<Vec<u8>>> {
        if self.count == 0 {
            return Ok(None);
        }
        let mut first = None;
        self.runs(&mut |start, bytes| {
            if start == 0 {
                first = bytes.get(..self.width).map(<[u8]>::to_vec);
            }
            Ok(())
        })?;
        Ok(Some(first.unwrap_or_else(|| self.fill())))
    }

    /// The elements one after the other, as bytes, for texts and references.
    pub(crate) fn elements(&self) -> Result<Vec<u8>> {
        let bytes = (self.count * self.width) as u64;
        if bytes > self.file.length {
            return Err(self.wrong(format!("{bytes} bytes are declared, the file has {}", self.file.length)));
        }
        let mut out = vec![0; bytes as usize];
        self.runs(&mut |start, run| {
            let at = start as usize * self.width;
            if let Some(slot) = out.get_mut(at..at + run.len()) {
                slot.copy_from_slice(run);
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// Texts, joined by line feeds.
    pub(crate) fn text(&self) -> Result<String> {
        use hdf5_reader::Datatype;
        use hdf5_reader::messages::datatype::StringSize;
        let fixed = matches!(self.dataset.dtype(), Datatype::String { size: StringSize::Fixed(_), .. });
        let mut text = String::new();
        for (i, element) in self.elements()?.chunks_exact(self.width).enumerate() {
            let line = if fixed {
                element.to_vec()
            } else {
                let resolved = self.dataset.resolve_vlen_reference_bytes(element, 1);
                resolved.map_err(|error| self.damaged(&error))?
            };
            let end = line.iter().position(|&b| b == 0).unwrap_or(line.len());
            if i > 0 {
                text.push('\n');
            }
            text.push_str(String::from_utf8_lossy(&line[..end]).trim_end());
            if text.len() > MAX_TEXT {
                return Err(self.wrong(format!("it holds more than {MAX_TEXT} bytes of text")));
            }
        }
        Ok(text)
    }
}

/// Order in which the values of an array are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they are stored: the last dimension fastest.
    AsStored,
    /// The first dimension fastest.
    FirstFastest,
}

impl Order {
    /// The place of a value that is stored at `place`.
    pub(crate) fn place(self, place: u64, shape: &[u64]) -> usize {
        match self {
            Self::FirstFastest if shape.len() > 1 => first_fastest(place, shape) as usize,
            _ => place as usize,
        }
    }
}

impl Stored<'_> {
    /// The numbers in runs; what was never written between or behind them is filled up.
    pub(crate) fn stream(&self, column: &Column, order: Order, mut runs: Runs<'_>) -> Result<()> {
        let outside = || self.wrong("a field lies outside its element");
        let each = column.per_element();
        let each = each.ok_or_else(|| self.wrong("an array inside an element has too many values"))?;
        if each > self.width {
            return Err(self.wrong(format!("{each} values in elements of {} bytes", self.width)));
        }
        self.prove((self.count as u64).saturating_mul(8).saturating_mul(each as u64))?;
        let shape = self.dataset.shape();
        let vector = shape.iter().filter(|&&length| length != 1).count() <= 1;
        let in_order = vector || (order == Order::AsStored && !matches!(self.placing, Placing::Chunked));
        // Arrays inside elements are further dimensions, the slowest ones.
        for k in 0..each {
            let fill = column.decode(&self.fill(), k).ok_or_else(outside)?;
            let values = |give: &mut dyn FnMut(u64, f64) -> Result<()>| {
                self.runs(&mut |start, bytes| {
                    for (i, element) in bytes.chunks_exact(self.width).enumerate() {
                        give(start + i as u64, column.decode(element, k).ok_or_else(outside)?)?;
                    }
                    Ok(())
                })
            };
            if !in_order {
                let place = |stored| order.place(stored, shape) as u64;
                let mut walk = |take: &mut Take<'_>| {
                    values(&mut |stored, value| {
                        take(stored, value);
                        Ok(())
                    })
                };
                turned(self.count as u64, fill, &place, &mut walk, &mut runs)?;
                continue;
            }
            let mut next = 0;
            values(&mut |stored, value| {
                if stored < next {
                    return Err(self.wrong("its chunks are out of order or overlap"));
                }
                runs.extend((next..stored).map(|_| fill))?;
                next = stored + 1;
                runs.push(value)
            })?;
            runs.extend((next..self.count as u64).map(|_| fill))?;
        }
        runs.finish()
    }
}
