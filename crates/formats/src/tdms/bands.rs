//! Raw data of a segment as bands: rows of the same width, in each of which some channels have a value.

use super::metadata::{DataType, Index};
use super::scaling::Plan;
use super::walk::{Segment, State};
use crate::error::{Error, Result};
use crate::scalar::{Kind, Scalar};
use crate::source::Source;
use std::collections::HashMap;
use std::rc::Rc;

/// Bytes that are read at once.
const PIECE: u64 = 1 << 16;

/// Rows that lie one after the other.
struct Band {
    /// Byte within the chunk.
    at: u64,
    rows: u64,
    width: u64,
    fields: Vec<Field>,
}

/// What one channel has in each row.
struct Field {
    object: usize,
    /// Inputs of its scaling: place in the row, type and bit.
    stored: Option<Input>,
    scalers: Vec<Input>,
}

#[derive(Clone, Copy)]
struct Input {
    offset: usize,
    number: Kind,
    bit: Option<u32>,
}

/// Chunks of one segment.
pub(super) struct Chunks {
    /// Objects with their values in a whole chunk.
    pub(super) objects: Vec<(usize, Rc<Index>)>,
    pub(super) bytes: u64,
    pub(super) whole: u64,
    /// Values of each object in the last chunk, where it is shorter than the others.
    pub(super) last: Option<Vec<u64>>,
    /// Buffers of DAQmx data: rows and width.
    buffers: Vec<(u64, u64)>,
}

impl Chunks {
    pub(super) fn of(state: &State, segment: &Segment, path: &str) -> Result<Self> {
        let wrong = |why: String| Error::Malformed {
            path: path.to_owned(),
            variable: None,
            offset: segment.data_at,
            element: format!("raw data of segment {}", segment.number),
            why,
        };
        let objects: Vec<(usize, Rc<Index>)> = state.active.values().cloned().collect();
        let devices = objects.iter().filter(|(_, index)| index.daqmx.is_some()).count();
        if devices != 0 && devices != objects.len() {
            return Err(wrong("DAQmx data among other data".to_owned()));
        }
        let buffers = if devices == 0 { Vec::new() } else { buffers(&objects).map_err(&wrong)? };
        let bytes = if devices == 0 {
            objects.iter().try_fold(0_u64, |sum, (_, index)| sum.checked_add(index.bytes))
        } else {
            buffers.iter().try_fold(0_u64, |sum, (rows, width)| sum.checked_add(rows.checked_mul(*width)?))
        };
        let bytes = bytes.ok_or_else(|| wrong("a chunk is larger than any file".to_owned()))?;
        if bytes == 0 {
            return Err(wrong(format!("{} bytes, and no object has any of them", segment.data_bytes)));
        }
        let interleaved =
            segment.interleaved && devices == 0 && objects.iter().all(|(_, i)| i.data_type.width().is_some());
        if segment.interleaved && devices == 0 {
            let counts = objects.first().map(|(_, index)| index.count);
            if interleaved && objects.iter().any(|(_, index)| Some(index.count) != counts) {
                return Err(wrong("interleaved channels of different lengths".to_owned()));
            }
            if !interleaved && objects.len() > 1 {
                return Err(wrong("interleaved texts".to_owned()));
            }
        }
        let (whole, rest) = (segment.data_bytes / bytes, segment.data_bytes % bytes);
        let mut chunks = Self { objects, bytes, whole, last: None, buffers };
        if rest > 0 {
            let sized = chunks
                .objects
                .iter()
                .all(|(_, index)| index.daqmx.is_some() || index.data_type.width().is_some());
            if !sized {
                return Err(wrong(format!(
                    "{rest} bytes are left over behind {whole} chunks of {bytes} bytes"
                )));
            }
            chunks.last = Some(chunks.shortened(rest, interleaved || !segment.open));
        }
        Ok(chunks)
    }

    /// Values of each object in a chunk of which only `rest` bytes are there.
    fn shortened(&self, rest: u64, together: bool) -> Vec<u64> {
        if !self.buffers.is_empty() {
            let mut left = rest;
            let rows: Vec<u64> = self
                .buffers
                .iter()
                .map(|(rows, width)| {
                    let here = (left / (*width).max(1)).min(*rows);
                    left = left.saturating_sub(rows.saturating_mul(*width));
                    here
                })
                .collect();
            let of = |index: &Index| {
                let buffer = index.daqmx.as_ref()?.scalers.first()?.buffer;
                rows.get(buffer).copied()
            };
            return self.objects.iter().map(|(_, index)| of(index).unwrap_or(0)).collect();
        }
        let mut left = rest;
        let one = |index: &Index| {
            if together {
                return (u128::from(index.count) * u128::from(rest) / u128::from(self.bytes)) as u64;
            }
            let width = index.data_type.width().unwrap_or(0).max(1) as u64;
            let here = (left / width).min(index.count);
            left = left.saturating_sub(index.bytes);
            here
        };
        self.objects.iter().map(|(_, index)| index).map(|index| &**index).map(one).collect()
    }

    /// Values of object number `i` of the chunks in all of them.
    pub(super) fn values(&self, i: usize) -> Option<u64> {
        let count = self.objects.get(i)?.1.count.checked_mul(self.whole)?;
        count.checked_add(self.last.as_ref().map_or(0, |last| last[i]))
    }

    /// Bands of a chunk in which the objects have `counts` values, with the fields of the wanted channels.
    fn bands(
        &self,
        counts: &[u64],
        interleaved: bool,
        wanted: &HashMap<usize, Plan>,
    ) -> Result<Vec<Band>, String> {
        let mut bands = Vec::new();
        if !self.buffers.is_empty() {
            let mut at = 0;
            for (number, (full, width)) in self.buffers.iter().enumerate() {
                let mut rows = 0;
                let mut fields = Vec::new();
                for ((object, index), &count) in self.objects.iter().zip(counts) {
                    let Some(daqmx) = &index.daqmx else { continue };
                    if !daqmx.scalers.iter().any(|scaler| scaler.buffer == number) {
                        continue;
                    }
                    rows = count.max(rows);
                    if let Some(plan) = wanted.get(object) {
                        let input = |id: &u32| {
                            let scaler = daqmx.scalers.iter().find(|scaler| scaler.id == *id);
                            let scaler = scaler.filter(|scaler| scaler.buffer == number);
                            let scaler = scaler.ok_or_else(|| {
                                "whose scaling asks for a DAQmx scaler that its buffer does not hold"
                                    .to_owned()
                            })?;
                            Ok(Input { offset: scaler.offset, number: scaler.number, bit: scaler.bit })
                        };
                        let scalers = plan.scalers.iter().map(input).collect::<Result<Vec<_>, String>>()?;
                        fields.push(Field { object: *object, stored: None, scalers });
                    }
                }
                bands.push(Band { at, rows, width: *width, fields });
                at += full * width;
            }
            return Ok(bands);
        }
        let field = |object: usize, index: &Index, offset: usize| match index.data_type {
            DataType::Number(number, _) if wanted.contains_key(&object) => {
                Some(Field { object, stored: Some(Input { offset, number, bit: None }), scalers: Vec::new() })
            }
            _ => None,
        };
        if interleaved {
            let mut offset = 0;
            let mut fields = Vec::new();
            for (object, index) in &self.objects {
                fields.extend(field(*object, index, offset));
                offset += index.data_type.width().unwrap_or(0);
            }
            let rows = counts.first().copied().unwrap_or(0);
            return Ok(vec![Band { at: 0, rows, width: offset as u64, fields }]);
        }
        let mut at = 0;
        for ((object, index), &rows) in self.objects.iter().zip(counts) {
            let width = index.data_type.width().unwrap_or(0) as u64;
            bands.extend(field(*object, index, 0).map(|field| Band { at, rows, width, fields: vec![field] }));
            // A shorter last chunk is packed as tightly as a whole one.
            at += if index.data_type.width().is_some() { rows * width } else { index.bytes };
        }
        Ok(bands)
    }

    /// Gives every value of the wanted channels in the segment, those of each channel in order.
    pub(super) fn each(
        &self,
        source: &Source,
        segment: &Segment,
        wanted: &HashMap<usize, Plan>,
        give: &mut dyn FnMut(usize, f64) -> Result<()>,
    ) -> Result<()> {
        if !self.objects.iter().any(|(object, _)| wanted.contains_key(object)) {
            return Ok(());
        }
        let interleaved =
            segment.interleaved && self.objects.iter().all(|(_, i)| i.data_type.width().is_some());
        let unsupported = |what: String| Error::Unsupported {
            path: source.name(),
            variable: format!("in segment {}", segment.number),
            what,
            help: "export the channel with its scaling applied".to_owned(),
        };
        let mut decoder =
            Decoder { big_endian: segment.big_endian, wanted, scalers: Vec::new(), room: Vec::new() };
        let counts: Vec<u64> = self.objects.iter().map(|(_, index)| index.count).collect();
        let bands = self.bands(&counts, interleaved, wanted).map_err(&unsupported)?;
        let end = segment.data_at + self.whole * self.bytes;
        if self.bytes <= PIECE {
            // Many small chunks are read together.
            let step = PIECE / self.bytes * self.bytes;
            let mut at = segment.data_at;
            while at < end {
                let bytes = source.at(at, step.min(end - at) as usize)?;
                for chunk in bytes.chunks_exact(self.bytes as usize) {
                    for band in &bands {
                        let rows = chunk.get(band.at as usize..).unwrap_or_default();
                        decoder.rows(band, band.rows, rows, give)?;
                    }
                }
                at += step;
            }
        } else {
            for chunk in 0..self.whole {
                let start = segment.data_at + chunk * self.bytes;
                for band in &bands {
                    decoder.band(source, start, band, give)?;
                }
            }
        }
        if let Some(last) = &self.last {
            for band in &self.bands(last, interleaved, wanted).map_err(&unsupported)? {
                decoder.band(source, end, band, give)?;
            }
        }
        Ok(())
    }
}

/// Rows and width of each DAQmx buffer; all channels have to agree on the widths.
fn buffers(objects: &[(usize, Rc<Index>)]) -> Result<Vec<(u64, u64)>, String> {
    let mut found: Option<(&[u32], Vec<u64>)> = None;
    for (_, index) in objects {
        let Some(daqmx) = &index.daqmx else { continue };
        let (widths, rows) = found.get_or_insert_with(|| (&daqmx.widths, vec![0; daqmx.widths.len()]));
        if *widths != daqmx.widths {
            return Err("its channels state different widths of the DAQmx buffers".to_owned());
        }
        for scaler in &daqmx.scalers {
            if let Some(rows) = rows.get_mut(scaler.buffer) {
                *rows = index.count.max(*rows);
            }
        }
    }
    let (widths, rows) = found.unwrap_or_default();
    Ok(rows.into_iter().zip(widths.iter().map(|&width| u64::from(width))).collect())
}

struct Decoder<'a> {
    big_endian: bool,
    wanted: &'a HashMap<usize, Plan>,
    scalers: Vec<f64>,
    room: Vec<f64>,
}

impl Decoder<'_> {
    /// A band of the chunk that starts at byte `chunk`, in pieces.
    fn band(
        &mut self,
        source: &Source,
        chunk: u64,
        band: &Band,
        give: &mut dyn FnMut(usize, f64) -> Result<()>,
    ) -> Result<()> {
        if band.fields.is_empty() || band.width == 0 {
            return Ok(());
        }
        let at_once = (PIECE / band.width).max(1);
        let mut row = 0;
        while row < band.rows {
            let rows = at_once.min(band.rows - row);
            let bytes = source.at(chunk + band.at + row * band.width, (rows * band.width) as usize)?;
            self.rows(band, rows, &bytes, give)?;
            row += rows;
        }
        Ok(())
    }

    fn rows(
        &mut self,
        band: &Band,
        rows: u64,
        bytes: &[u8],
        give: &mut dyn FnMut(usize, f64) -> Result<()>,
    ) -> Result<()> {
        if band.fields.is_empty() || band.width == 0 {
            return Ok(());
        }
        for row in bytes.chunks_exact(band.width as usize).take(rows as usize) {
            for field in &band.fields {
                let decode = |input: &Input| {
                    let raw = row.get(input.offset..).unwrap_or_default();
                    let scalar = Scalar { kind: input.number, big: self.big_endian };
                    let value = scalar.first(raw).unwrap_or(f64::NAN);
                    input.bit.map_or(value, |bit| f64::from(value as i64 >> bit & 1 == 1))
                };
                let stored = field.stored.as_ref().map_or(f64::NAN, decode);
                self.scalers.clear();
                self.scalers.extend(field.scalers.iter().map(decode));
                let Some(plan) = self.wanted.get(&field.object) else { continue };
                give(field.object, plan.scaling.apply(stored, &self.scalers, &mut self.room))?;
            }
        }
        Ok(())
    }
}
