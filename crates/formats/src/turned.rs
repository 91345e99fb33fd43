//! Values handed out in another order than that in which they are stored, with bounded memory: the stored ones are walked over
//! as often as pieces are needed.

use crate::error::Result;
use crate::runs::Runs;

/// Values of one piece.
const PIECE: u64 = 1 << 20;

/// Takes stored values with their places in the order of the file.
pub(crate) type Take<'a> = dyn FnMut(u64, f64) + 'a;

/// Hands out `count` values. `walk` gives each stored one with its place in the file, `place` that in the array; where nothing is
/// stored stands `fill`.
pub(crate) fn turned(
    count: u64,
    fill: f64,
    place: &dyn Fn(u64) -> u64,
    walk: &mut dyn FnMut(&mut Take<'_>) -> Result<()>,
    runs: &mut Runs<'_>,
) -> Result<()> {
    in_pieces(PIECE, count, fill, place, walk, runs)
}

fn in_pieces(
    length: u64,
    count: u64,
    fill: f64,
    place: &dyn Fn(u64) -> u64,
    walk: &mut dyn FnMut(&mut Take<'_>) -> Result<()>,
    runs: &mut Runs<'_>,
) -> Result<()> {
    let mut piece = Vec::new();
    let mut from = 0;
    while from < count {
        let here = length.min(count - from);
        piece.clear();
        piece.resize(here as usize, fill);
        walk(&mut |stored, value| {
            let slot =
                place(stored).checked_sub(from).and_then(|at| piece.get_mut(usize::try_from(at).ok()?));
            if let Some(slot) = slot {
                *slot = value;
            }
        })?;
        runs.extend(piece.iter().copied())?;
        from += here;
    }
    Ok(())
}

/// The place of an element with the first dimension fastest, from that with the last one fastest.
pub(crate) fn first_fastest(place: u64, shape: &[u64]) -> u64 {
    let (mut rest, mut found) = (place, 0_u64);
    let mut before: u64 = shape.iter().product();
    for &length in shape.iter().rev() {
        before /= length.max(1);
        found += rest % length.max(1) * before;
        rest /= length.max(1);
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_place_with_the_last_dimension_fastest_becomes_one_with_the_first() {
        let places: Vec<u64> = (0..6).map(|place| first_fastest(place, &[2, 3])).collect();
        assert_eq!(places, [0, 2, 4, 1, 3, 5]);
        let cube: Vec<u64> = (0..8).map(|place| first_fastest(place, &[2, 2, 2])).collect();
        assert_eq!(cube, [0, 4, 2, 6, 1, 5, 3, 7]);
        assert_eq!((first_fastest(0, &[]), first_fastest(5, &[9])), (0, 5));
    }

    #[test]
    fn pieces_of_any_length_give_the_same_and_what_is_not_stored_is_filled_up() {
        let shape = [3_u64, 5];
        for length in [1, 2, 4, 7, 15, 100] {
            let mut found = Vec::new();
            let mut each = |run: &[f64]| {
                found.extend_from_slice(run);
                Ok(())
            };
            let mut runs = Runs::new(4, &mut each);
            let mut walk = |take: &mut Take<'_>| {
                (0..15).filter(|n| *n != 7).for_each(|n| take(n, n as f64));
                Ok(())
            };
            in_pieces(length, 15, -1.0, &|place| first_fastest(place, &shape), &mut walk, &mut runs).unwrap();
            runs.finish().unwrap();
            let wanted = [0, 5, 10, 1, 6, 11, 2, -1, 12, 3, 8, 13, 4, 9, 14];
            assert_eq!(found, wanted.map(f64::from), "{length}");
        }
    }
}
