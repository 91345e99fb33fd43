//! What to do where the columns of an image do not divide a record: the nearest numbers that fit.

use crate::counted::counted;

/// The divisors of `len` that are nearest to `wanted`, below and above it: `62 or 71`.
pub(crate) fn nearest_divisors(len: usize, wanted: usize) -> String {
    let below = (1..wanted.min(len + 1)).rev().find(|n| len.is_multiple_of(*n));
    let above = (wanted.max(1)..=len).find(|n| len.is_multiple_of(*n));
    match (below, above) {
        (Some(below), Some(above)) if below < above => format!("{below} or {above}"),
        (Some(one), _) | (None, Some(one)) => one.to_string(),
        (None, None) => "1".to_owned(),
    }
}

/// What makes `columns` and a record of `len` samples fit, as the end of a sentence.
pub(crate) fn division(len: usize, columns: usize) -> String {
    let near = nearest_divisors(len, columns);
    let take = format!("take {near} for this record of {}", counted(len, "sample"));
    let cut = len.checked_rem(columns).map_or(0, |rest| len - rest);
    match cut {
        0 => take,
        cut => format!("{take}, cut it to {}", counted(cut, "sample")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_divisors_on_either_side_are_named() {
        assert_eq!(nearest_divisors(1000, 64), "50 or 100");
        assert_eq!(nearest_divisors(997, 64), "1 or 997");
        assert_eq!(nearest_divisors(12, 40), "12");
        assert_eq!(nearest_divisors(12, 0), "1");
        assert_eq!(
            division(1000, 64),
            "take 50 or 100 for this record of 1000 samples, cut it to 960 samples"
        );
        assert_eq!(division(10, 0), "take 1 for this record of 10 samples");
        assert_eq!(division(10, 16), "take 10 for this record of 10 samples");
    }
}
