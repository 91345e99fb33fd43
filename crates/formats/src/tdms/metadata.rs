//! Metadata of a segment: objects, how their raw data lie, and their properties.

use crate::array::ArrayClass;
use crate::error::{Error, Result};
use crate::scalar::{Kind, Scalar};

/// Type of the values of a channel or a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataType {
    Void,
    Number(Kind, ArrayClass),
    Complex(Kind),
    Text,
    Time,
    /// Channels whose values come from the scalers of a DAQmx device.
    Raw,
}

impl DataType {
    fn of(code: u32) -> Option<Self> {
        use ArrayClass as C;
        Some(match code {
            0 => Self::Void,
            1 => Self::Number(Kind::I8, C::Int8),
            2 => Self::Number(Kind::I16, C::Int16),
            3 => Self::Number(Kind::I32, C::Int32),
            4 => Self::Number(Kind::I64, C::Int64),
            5 => Self::Number(Kind::U8, C::UInt8),
            6 => Self::Number(Kind::U16, C::UInt16),
            7 => Self::Number(Kind::U32, C::UInt32),
            8 => Self::Number(Kind::U64, C::UInt64),
            9 | 0x19 => Self::Number(Kind::F32, C::Single),
            10 | 0x1A => Self::Number(Kind::F64, C::Double),
            0x20 => Self::Text,
            0x21 => Self::Number(Kind::U8, C::Logical),
            0x44 => Self::Time,
            0x0008_000C => Self::Complex(Kind::F32),
            0x0010_000D => Self::Complex(Kind::F64),
            0xFFFF_FFFF => Self::Raw,
            _ => return None,
        })
    }

    /// Scalers have codes of their own.
    fn of_scaler(code: u32) -> Option<Self> {
        const CODES: [u32; 10] = [5, 1, 6, 2, 7, 3, 8, 4, 9, 10];
        Self::of(*CODES.get(code as usize)?)
    }

    /// Bytes of one value; none where they vary.
    pub(super) fn width(self) -> Option<usize> {
        match self {
            Self::Number(number, _) => Some(number.size()),
            Self::Complex(number) => Some(2 * number.size()),
            Self::Time => Some(16),
            Self::Void => Some(0),
            Self::Text | Self::Raw => None,
        }
    }
}

/// How the raw data of one object lie in each chunk of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) data_type: DataType,
    /// Values in each chunk.
    pub(super) count: u64,
    /// Bytes in each chunk; of DAQmx data nothing, as several channels share them.
    pub(super) bytes: u64,
    pub(super) daqmx: Option<Daqmx>,
}

/// Where a DAQmx channel finds its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Daqmx {
    pub(super) scalers: Vec<Scaler>,
    /// Bytes of a row in each buffer.
    pub(super) widths: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scaler {
    pub(super) id: u32,
    pub(super) number: Kind,
    pub(super) class: ArrayClass,
    pub(super) buffer: usize,
    /// Byte in the row.
    pub(super) offset: usize,
    /// Bit of the number, for digital lines.
    pub(super) bit: Option<u32>,
}

/// Value of a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    /// Seconds since the start of 1904 UTC, and 2^-64 parts of one.
    Time(i64, u64),
    Other,
}

/// What an object's metadata say of its raw data.
pub(super) enum RawIndex {
    None,
    AsBefore,
    New(Index),
}

/// Reads the metadata of one segment in turn.
pub(super) struct Cursor<'a> {
    pub(super) path: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Byte of the file at which `bytes` start.
    pub(super) base: u64,
    pub(super) big_endian: bool,
    /// Number of the segment, from 1.
    pub(super) segment: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn wrong(&self, at: usize, object: Option<&str>, why: impl Into<String>) -> Error {
        Error::Malformed {
            path: self.path.to_owned(),
            variable: object.map(str::to_owned),
            offset: self.base + at as u64,
            element: format!("metadata of segment {}", self.segment),
            why: why.into(),
        }
    }

    fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8]> {
        let found = self.at.checked_add(length).and_then(|end| self.bytes.get(self.at..end));
        let Some(found) = found else {
            let why = format!("{what} expected: {length} bytes, {} are left", self.bytes.len() - self.at);
            return Err(self.wrong(self.at, None, why));
        };
        self.at += length;
        Ok(found)
    }

    fn word<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut word = [0; N];
        word.copy_from_slice(self.take(N, what)?);
        if self.big_endian {
            word.reverse();
        }
        Ok(word)
    }

    pub(super) fn u32(&mut self, what: &str) -> Result<u32> {
        self.word(what).map(u32::from_le_bytes)
    }

    fn u64(&mut self, what: &str) -> Result<u64> {
        self.word(what).map(u64::from_le_bytes)
    }

    pub(super) fn text(&mut self, what: &str) -> Result<String> {
        let length = self.u32(what)? as usize;
        Ok(String::from_utf8_lossy(self.take(length, what)?).into_owned())
    }

    fn data_type(&mut self, object: &str) -> Result<DataType> {
        let at = self.at;
        let code = self.u32("type of data")?;
        DataType::of(code).ok_or_else(|| Error::Unsupported {
            path: self.path.to_owned(),
            variable: object.to_owned(),
            what: format!("of the TDMS type {code:#x} (byte {})", self.base + at as u64),
            help: "write it with 64-bit floats".to_owned(),
        })
    }

    pub(super) fn raw_index(&mut self, object: &str) -> Result<RawIndex> {
        let at = self.at;
        match self.u32("raw data index")? {
            0xFFFF_FFFF => Ok(RawIndex::None),
            0 => Ok(RawIndex::AsBefore),
            0x1269 => self.daqmx(object, false).map(RawIndex::New),
            0x126A => self.daqmx(object, true).map(RawIndex::New),
            // Its own length is stated, and implied by what follows.
            20 | 28 => {
                let data_type = self.data_type(object)?;
                let count = self.dimension_and_count(object)?;
                let bytes = match data_type.width() {
                    Some(width) => count.checked_mul(width as u64),
                    None if data_type == DataType::Text => Some(self.u64("bytes of the texts")?),
                    None => None,
                };
                let bytes =
                    bytes.ok_or_else(|| self.wrong(at, Some(object), "no size can be told from its type"))?;
                if data_type == DataType::Void && count > 0 {
                    return Err(self.wrong(at, Some(object), "values without a type"));
                }
                Ok(RawIndex::New(Index { data_type, count, bytes, daqmx: None }))
            }
            other => Err(self.wrong(at, Some(object), format!("a raw data index of {other} bytes"))),
        }
    }

    fn dimension_and_count(&mut self, object: &str) -> Result<u64> {
        let at = self.at;
        let dimension = self.u32("dimension")?;
        if dimension != 1 {
            return Err(self.wrong(at, Some(object), format!("dimension 1 expected, {dimension} found")));
        }
        self.u64("number of values")
    }

    fn daqmx(&mut self, object: &str, lines: bool) -> Result<Index> {
        let data_type = self.data_type(object)?;
        let count = self.dimension_and_count(object)?;
        let mut scalers = Vec::new();
        for _ in 0..self.u32("number of scalers")? {
            let at = self.at;
            let code = self.u32("type of a scaler")?;
            let Some(DataType::Number(number, class)) = DataType::of_scaler(code) else {
                return Err(self.wrong(at, Some(object), format!("type {code} of a scaler is not known")));
            };
            let buffer = self.u32("buffer of a scaler")? as usize;
            let place = self.u32("place of a scaler")?;
            self.take(if lines { 1 } else { 4 }, "sample format of a scaler")?;
            let id = self.u32("number of a scaler")?;
            let (offset, bit) = if lines { (place / 8, Some(place % 8)) } else { (place, None) };
            scalers.push(Scaler { id, number, class, buffer, offset: offset as usize, bit });
        }
        let mut widths = Vec::new();
        for _ in 0..self.u32("number of buffers")? {
            widths.push(self.u32("width of a buffer")?);
        }
        for scaler in &scalers {
            let end = (scaler.offset as u64).saturating_add(scaler.number.size() as u64);
            if widths.get(scaler.buffer).is_none_or(|&width| u64::from(width) < end) {
                return Err(self.wrong(self.at, Some(object), "a scaler lies outside its buffer"));
            }
        }
        Ok(Index { data_type, count, bytes: 0, daqmx: Some(Daqmx { scalers, widths }) })
    }

    pub(super) fn property(&mut self) -> Result<(String, Value)> {
        let name = self.text("name of a property")?;
        let value = match self.data_type(&name)? {
            DataType::Text => Value::Text(self.text("text of a property")?),
            DataType::Time => {
                let (first, second) = if self.big_endian {
                    let seconds = self.u64("time")?;
                    (self.u64("time")?, seconds)
                } else {
                    (self.u64("time")?, self.u64("time")?)
                };
                Value::Time(second.cast_signed(), first)
            }
            DataType::Number(number, _) => {
                let raw = self.take(number.size(), "number of a property")?;
                Scalar { kind: number, big: self.big_endian }.first(raw).map_or(Value::Other, Value::Number)
            }
            DataType::Complex(number) => {
                self.take(2 * number.size(), "number of a property")?;
                Value::Other
            }
            DataType::Void | DataType::Raw => Value::Other,
        };
        Ok((name, value))
    }
}

/// ISO 8601 of a time, to the microsecond; none of the zero that stands for no time.
pub(super) fn iso8601(seconds: i64, fraction: u64) -> Option<String> {
    /// From 1904-01-01 to 1970-01-01.
    const TO_UNIX: i64 = 2_082_844_800;
    if seconds == 0 && fraction == 0 {
        return None;
    }
    let unix = seconds.checked_sub(TO_UNIX)?;
    let (days, of_day) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    // Civil date of a day count: years begin in March, in cycles of 400 years.
    let shifted = days.checked_add(719_468)?;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + 400 * era + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let micro = (u128::from(fraction) * 1_000_000) >> 64;
    (0..=9999).contains(&year).then(|| {
        format!("{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_civil_dates() {
        let text = |seconds, fraction| iso8601(seconds, fraction).unwrap_or_default();
        assert_eq!(text(2_082_844_800, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text(1, 1 << 63), "1904-01-01T00:00:01.500000Z");
        // 29 February 2024, 12:34:56.25.
        assert_eq!(text(2_082_844_800 + 1_709_210_096, 1 << 62), "2024-02-29T12:34:56.250000Z");
        assert_eq!(iso8601(0, 0), None);
        assert_eq!(iso8601(i64::MIN, 1), None);
        assert_eq!(iso8601(i64::MAX, 1), None);
    }
}
