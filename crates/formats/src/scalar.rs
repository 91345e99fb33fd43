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

/// Something that is done with stored numbers, whatever their kind: `value` makes an `f64` of the bytes of one.
trait Work {
    type Done;

    fn with<const N: usize>(self, value: impl Fn([u8; N]) -> f64) -> Self::Done;
}

/// Appends the numbers at the start of `bytes` and at each further `step`.
struct Append<'a> {
    bytes: &'a [u8],
    step: usize,
    into: &'a mut Vec<f64>,
}

impl Work for Append<'_> {
    type Done = ();

    fn with<const N: usize>(self, value: impl Fn([u8; N]) -> f64) {
        let places = self.bytes.chunks(self.step.max(1));
        self.into.extend(places.filter_map(|place| place.first_chunk().copied()).map(value));
    }
}

/// The first number.
struct First<'a>(&'a [u8]);

impl Work for First<'_> {
    type Done = Option<f64>;

    fn with<const N: usize>(self, value: impl Fn([u8; N]) -> f64) -> Option<f64> {
        self.0.first_chunk().copied().map(value)
    }
}

impl Scalar {
    /// The one place that knows what the bytes of each kind are worth.
    fn work<W: Work>(self, work: W) -> W::Done {
        macro_rules! number {
            ($type:ty) => {
                work.with(|raw| {
                    (if self.big { <$type>::from_be_bytes(raw) } else { <$type>::from_le_bytes(raw) }) as f64
                })
            };
        }
        match self.kind {
            Kind::Bool => work.with(|[byte]| f64::from(u8::from(byte != 0))),
            Kind::I8 => number!(i8),
            Kind::U8 => number!(u8),
            Kind::I16 => number!(i16),
            Kind::U16 => number!(u16),
            Kind::I24 => work.with(|[a, b, c]| {
                let low_first = if self.big { [0, c, b, a] } else { [0, a, b, c] };
                f64::from(i32::from_le_bytes(low_first) >> 8)
            }),
            Kind::I32 => number!(i32),
            Kind::U32 => number!(u32),
            Kind::I64 => number!(i64),
            Kind::U64 => number!(u64),
            Kind::F16 => work
                .with(|raw| half(if self.big { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })),
            Kind::F32 => number!(f32),
            Kind::F64 => number!(f64),
        }
    }

    /// Appends the numbers that stand at the start of `bytes` and at each further `step`, as `f64`.
    pub(crate) fn append(self, bytes: &[u8], step: usize, into: &mut Vec<f64>) {
        self.work(Append { bytes, step, into });
    }

    /// The number in the first bytes; none where they are too few.
    pub(crate) fn first(self, bytes: &[u8]) -> Option<f64> {
        self.work(First(bytes))
    }
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

    #[test]
    fn the_first_number_is_the_one_that_is_appended_and_none_where_bytes_are_missing() {
        use Kind::{Bool, F16, F32, F64, I8, I16, I24, I32, I64, U8, U16, U32, U64};
        let bytes = [0xC0, 0x45, 0x23, 0x81, 0x10, 0x20, 0x30, 0x40];
        for kind in [Bool, I8, U8, I16, U16, I24, I32, U32, I64, U64, F16, F32, F64] {
            for big in [false, true] {
                let scalar = Scalar { kind, big };
                assert_eq!(scalar.first(&bytes), one(kind, big, &bytes).first().copied(), "{scalar:?}");
                assert_eq!(scalar.first(&bytes[..kind.size() - 1]), None, "{scalar:?}");
            }
        }
        assert_eq!(Scalar { kind: I16, big: true }.first(&[0xFE, 0xFF]), Some(-257.0));
        assert_eq!(Scalar { kind: F32, big: true }.first(&1.5_f32.to_be_bytes()), Some(1.5));
    }
}
