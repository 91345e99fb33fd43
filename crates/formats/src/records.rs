//! Records of fixed size, one after the other: interleaved channels, rows of structured arrays, plain vectors.

use crate::error::{Error, Result};
use crate::scalar::Scalar;
use std::io::Read;

/// Bytes that are held at once, unless one record is larger.
const BLOCK: usize = 64 << 10;

/// One number of a record: its value is (stored - zero) x scale.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Byte inside the record.
    pub(crate) offset: usize,
    pub(crate) scalar: Scalar,
    pub(crate) zero: f64,
    pub(crate) scale: f64,
}

/// So many records of so many bytes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Records {
    pub(crate) count: u64,
    /// Bytes of one.
    pub(crate) size: usize,
}

impl Field {
    fn append(&self, block: &[u8], size: usize, into: &mut Vec<f64>) {
        let from = into.len();
        self.scalar.append(block.get(self.offset..).unwrap_or_default(), size, into);
        if (self.zero, self.scale) != (0.0, 1.0) {
            for value in &mut into[from..] {
                *value = (*value - self.zero) * self.scale;
            }
        }
    }
}

impl Records {
    /// Hands over whole records, a block at a time.
    pub(crate) fn blocks(
        self,
        reader: &mut dyn Read,
        broken: &dyn Fn(&std::io::Error) -> Error,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let together = (BLOCK / self.size.max(1)).max(1) as u64;
        let mut left = self.count;
        let mut block = Vec::new();
        while left > 0 {
            let now = left.min(together);
            block.resize(now as usize * self.size, 0);
            reader.read_exact(&mut block).map_err(|error| broken(&error))?;
            each(&block)?;
            left -= now;
        }
        Ok(())
    }

    /// The values of some fields. The caller has checked that so many records are there.
    pub(crate) fn columns(
        self,
        reader: &mut dyn Read,
        fields: &[&Field],
        broken: &dyn Fn(&std::io::Error) -> Error,
    ) -> Result<Vec<Vec<f64>>> {
        let mut columns: Vec<Vec<f64>> =
            fields.iter().map(|_| Vec::with_capacity(self.count as usize)).collect();
        self.blocks(reader, broken, &mut |block| {
            for (field, column) in fields.iter().zip(&mut columns) {
                field.append(block, self.size, column);
            }
            Ok(())
        })?;
        Ok(columns)
    }

    /// The values of one field in runs.
    pub(crate) fn runs(
        self,
        reader: &mut dyn Read,
        field: &Field,
        run: usize,
        broken: &dyn Fn(&std::io::Error) -> Error,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let mut values = Vec::new();
        self.blocks(reader, broken, &mut |block| {
            values.clear();
            field.append(block, self.size, &mut values);
            values.chunks(run.max(1)).try_for_each(&mut *each)
        })
    }
}
