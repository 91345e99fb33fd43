//! Numbers by their rank: medians and quantiles.

/// The values of these ranks, which ascend: `ranks[i]` values are smaller or equal, as [`f64::total_cmp`] orders them. A rank
/// beyond the last stands for the last; without values all are 0.
pub(crate) fn ranked<const N: usize>(values: &[f64], ranks: [usize; N]) -> [f64; N] {
    let mut keys: Vec<i64> = values.iter().map(|value| ordered(value.to_bits() as i64)).collect();
    let (mut rest, mut before) = (&mut keys[..], 0);
    let (mut found, mut latest) = ([0.0; N], None);
    for (value, rank) in found.iter_mut().zip(ranks) {
        if !rest.is_empty() && latest.is_none_or(|(at, _)| rank > at) {
            // What is smaller lies in front of it from here on.
            let at = (rank - before).min(rest.len() - 1);
            let key = *rest.select_nth_unstable(at).1;
            latest = Some((before + at, f64::from_bits(ordered(key) as u64)));
            rest = &mut rest[at + 1..];
            before += at + 1;
        }
        *value = latest.map_or(0.0, |(_, value)| value);
    }
    found
}

/// The bits of a number as an integer that is ordered as the numbers are, and back.
fn ordered(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_are_those_of_the_sorted_values(
            values in prop::collection::vec(prop_oneof![-3i32..3, any::<i32>()], 1..60), mut ranks: [usize; 3],
        ) {
            let values: Vec<f64> = values.into_iter().map(|value| f64::from(value) / 7.0).collect();
            ranks = ranks.map(|rank| rank % (values.len() + 2));
            ranks.sort_unstable();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let last = values.len() - 1;
            prop_assert_eq!(ranked(&values, ranks), ranks.map(|rank| sorted[rank.min(last)]));
        }
    }

    #[test]
    fn zeros_infinities_and_no_values_have_their_place() {
        assert_eq!(
            ranked(&[0.0, f64::INFINITY, -1.0, f64::NEG_INFINITY], [0, 2, 3]),
            [f64::NEG_INFINITY, 0.0, f64::INFINITY]
        );
        assert_eq!(ranked(&[], [0, 1]), [0.0, 0.0]);
    }
}
