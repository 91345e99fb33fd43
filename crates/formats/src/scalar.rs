//! Numbers as bytes: every width, sign and byte order in which files store them.

use crate::array::ArrayClass;

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I24,
    I32,
    U32,
    I64,
    U64,
    F16,
    F32,
    F64,
}

/// A kind of number with its byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) kind: Kind,
    /// Most significant byte first.
    pub(crate) big: bool,
}

impl Kind {
    /// Bytes of one number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The class that holds it.
    pub(crate) fn class(self) -> ArrayClass {
        match self {
            Self::Bool => ArrayClass::Logical,
            Self::I8 => ArrayClass::Int8,
            Self::U8 => ArrayClass::UInt8,
            Self::I16 => ArrayClass::Int16,
            Self::U16 => ArrayClass::UInt16,
            Self::I24 | Self::I32 => ArrayClass::Int32,
            Self::U32 => ArrayClass::UInt32,
            Self::I64 => ArrayClass::Int64,
            Self::U64 => ArrayClass::UInt64,
            Self::F16 => ArrayClass::Half,
            Self::F32 => ArrayClass::Single,
            Self::F64 => ArrayClass::Double,
        }
    }
}

impl Scalar {
    /// Appends the numbers that stand at the start of `bytes` and at each further `step`, as `f64`.
    pub(crate) fn append(self, bytes: &[u8], step: usize, into: &mut Vec<f64>) {
        macro_rules! numbers {
            ($type:ty) => {
                append_as(bytes, step, into, |raw| {
                    (if self.big { <$type>::from_be_bytes(raw) } else { <$type>::from_le_bytes(raw) }) as f64
                })
            };
        }
        match self.kind {
            Kind::Bool => append_as(bytes, step, into, |[byte]| f64::from(u8::from(byte != 0))),
            Kind::I8 => numbers!(i8),
            Kind::U8 => numbers!(u8),
            Kind::I16 => numbers!(i16),
            Kind::U16 => numbers!(u16),
            Kind::I24 => append_as(bytes, step, into, |[a, b, c]| {
                let low_first = if self.big { [0, c, b, a] } else { [0, a, b, c] };
                f64::from(i32::from_le_bytes(low_first) >> 8)
            }),
            Kind::I32 => numbers!(i32),
            Kind::U32 => numbers!(u32),
            Kind::I64 => numbers!(i64),
            Kind::U64 => numbers!(u64),
            Kind::F16 => append_as(bytes, step, into, |raw| {
                half(if self.big { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })
            }),
            Kind::F32 => numbers!(f32),
            Kind::F64 => numbers!(f64),
        }
    }
}

fn append_as<const N: usize>(bytes: &[u8], step: usize, into: &mut Vec<f64>, value: impl Fn([u8; N]) -> f64) {
    into.extend(bytes.chunks(step.max(1)).filter_map(|place| place.first_chunk().copied()).map(value));
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3FF);
    let magnitude = match (bits >> 10) & 0x1F {
        0 => fraction * 2_f64.powi(-24),
        31 if bits & 0x3FF == 0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2_f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: Kind, big: bool, bytes: &[u8]) -> Vec<f64> {
        let mut values = Vec::new();
        Scalar { kind, big }.append(bytes, kind.size(), &mut values);
        values
    }

    #[test]
    fn both_byte_orders_and_all_signs_are_read() {
        assert_eq!(one(Kind::I24, false, &[0xFF, 0xFF, 0xFF, 1, 0, 0]), [-1.0, 1.0]);
        assert_eq!(one(Kind::I24, true, &[0x80, 0, 0, 0, 1, 2]), [-8_388_608.0, 258.0]);
        assert_eq!(one(Kind::U16, true, &[1, 2]), [258.0]);
        assert_eq!(one(Kind::I16, false, &[0xFE, 0xFF]), [-2.0]);
        assert_eq!(one(Kind::U64, false, &[0xFF; 8]), [18_446_744_073_709_551_615.0]);
        assert_eq!(one(Kind::Bool, false, &[0, 1, 7]), [0.0, 1.0, 1.0]);
    }

    #[test]
    fn half_floats_are_exact() {
        let halves = [0x3C00_u16, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x7C00];
        let values: Vec<f64> =
            halves.iter().flat_map(|bits| one(Kind::F16, false, &bits.to_le_bytes())).collect();
        assert_eq!(values, [1.0, -2.0, 65504.0, 2_f64.powi(-24), 0.0, f64::INFINITY]);
        assert!(one(Kind::F16, true, &[0x7E, 0])[0].is_nan());
    }

    #[test]
    fn a_step_leaves_out_what_stands_between_and_a_cut_number_is_none() {
        let mut values = Vec::new();
        Scalar { kind: Kind::U16, big: false }.append(&[1, 0, 9, 9, 9, 2, 0, 9, 9, 9, 3], 5, &mut values);
        assert_eq!(values, [1.0, 2.0]);
    }
}
