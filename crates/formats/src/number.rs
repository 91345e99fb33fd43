//! Numbers as files store them: integers of one to eight bytes and IEEE 754 floats, in either byte order.

/// Type of one stored number; integers with their width in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Int(usize),
    UInt(usize),
    Half,
    Single,
    Double,
}

impl Number {
    /// Bytes of one number, 8 at most.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Int(width) | Self::UInt(width) => width,
            Self::Half => 2,
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// The number in the first bytes of `raw`; none where they are too few.
    pub(crate) fn decode(self, raw: &[u8], big_endian: bool) -> Option<f64> {
        let width = self.width();
        let mut bytes = [0; 8];
        let little = bytes.get_mut(..width)?;
        little.copy_from_slice(raw.get(..width)?);
        if big_endian {
            little.reverse();
        }
        let word = u64::from_le_bytes(bytes);
        let unused = 64 - 8 * width as u32;
        Some(match self {
            Self::UInt(_) => word as f64,
            Self::Int(_) => ((word << unused) as i64 >> unused) as f64,
            Self::Half => half(word as u16),
            Self::Single => f64::from(f32::from_bits(word as u32)),
            Self::Double => f64::from_bits(word),
        })
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF) / 1024.0);
    sign * match exponent {
        0 => fraction * 2_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_are_what_the_standard_says() {
        let tiny = 2_f64.powi(-24);
        for (bits, value) in
            [(0x3C00, 1.0), (0xC000, -2.0), (0x7BFF, 65504.0), (1, tiny), (0x0400, 1024.0 * tiny)]
        {
            assert_eq!(half(bits), value);
        }
        assert_eq!(half(0x7C00), f64::INFINITY);
        assert!(half(0x7E00).is_nan());
    }

    #[test]
    fn integers_of_both_orders_keep_their_sign_and_bytes_that_miss_give_nothing() {
        assert_eq!(Number::Int(2).decode(&[0xFE, 0xFF], false), Some(-2.0));
        assert_eq!(Number::Int(2).decode(&[0xFE, 0xFF], true), Some(-257.0));
        assert_eq!(Number::UInt(2).decode(&[0xFE, 0xFF, 9], false), Some(65534.0));
        assert_eq!(Number::Int(8).decode(&[0xFF; 8], true), Some(-1.0));
        assert_eq!(Number::Single.decode(&1.5_f32.to_be_bytes(), true), Some(1.5));
        assert_eq!(Number::Int(2).decode(&[0xFE], true), None);
    }
}
