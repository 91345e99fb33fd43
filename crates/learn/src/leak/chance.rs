//! How often a shuffle parts a class from the rest as well as its values do: the exact permutation tail of the area
//! under the ROC curve (Mann and Whitney 1947), ties as they are.
//!
//! Pairs of the class and the rest that stand the wrong way round are counted, a tie as half a pair. All ways to choose
//! the class among the values are counted that leave no more of them; both directions are asked for, so the tail is
//! doubled. Where that would be long to count (hundreds of values on either side), the normal tail is taken.

use statrs::distribution::{ContinuousCDF, Normal};

/// Steps of the count beyond which the normal tail is taken.
const MOST_STEPS: usize = 20_000_000;

/// The two-sided tail for a class that lies above the rest, or below.
pub(super) fn chance(values: &[f64], positive: &[bool], above: bool) -> f64 {
    let mut order: Vec<(f64, bool)> = values.iter().copied().zip(positive.iter().copied()).collect();
    order.sort_by(|a, b| if above { a.0.total_cmp(&b.0) } else { b.0.total_cmp(&a.0) });
    // from here on the class lies above
    let ties: Vec<(usize, usize)> = order
        .chunk_by(|a, b| a.0 == b.0)
        .map(|tied| (tied.len(), tied.iter().filter(|(_, is)| *is).count()))
        .collect();
    let class = positive.iter().filter(|is| **is).count();
    let rest = positive.len() - class;
    let (mut below, mut wrong) = (0, 0);
    for (size, hits) in &ties {
        wrong += wrong_halves(below, *size, *hits);
        below += hits;
    }
    let steps = positive.len().saturating_mul(class).saturating_mul(wrong + 1);
    let tail = if steps <= MOST_STEPS {
        exact(&ties, class, wrong)
    } else {
        normal(&ties, class as f64, rest as f64, wrong as f64)
    };
    (2.0 * tail).min(1.0)
}

/// Half pairs the wrong way round that a group of equal values adds: `hits` of the class among `size`, `below` of the
/// class under them.
fn wrong_halves(below: usize, size: usize, hits: usize) -> usize {
    (2 * below + hits) * (size - hits)
}

/// Share of the ways to choose `class` values that leave `most` half pairs or fewer the wrong way round.
fn exact(ties: &[(usize, usize)], class: usize, most: usize) -> f64 {
    // ways[chosen][wrong]
    let mut ways = vec![vec![0.0_f64; most + 1]; class + 1];
    ways[0][0] = 1.0;
    for (size, _) in ties {
        let mut next = vec![vec![0.0; most + 1]; class + 1];
        for (chosen, row) in ways.iter().enumerate() {
            for hits in 0..=(*size).min(class - chosen) {
                let (choices, adds) = (choose(*size, hits), wrong_halves(chosen, *size, hits));
                let to = &mut next[chosen + hits];
                for (wrong, count) in row.iter().enumerate().take((most + 1).saturating_sub(adds)) {
                    to[wrong + adds] += choices * count;
                }
            }
        }
        ways = next;
    }
    let all: usize = ties.iter().map(|(size, _)| size).sum();
    ways[class].iter().sum::<f64>() / choose(all, class)
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).map(|at| (n - at) as f64 / (at + 1) as f64).product()
}

fn normal(ties: &[(usize, usize)], class: f64, rest: f64, wrong: f64) -> f64 {
    let all = class + rest;
    let tied: f64 = ties.iter().map(|(size, _)| (*size as f64).powi(3) - *size as f64).sum();
    let variance = class * rest / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    // in pairs, with half a pair for the steps
    let distance = class * rest / 2.0 - wrong / 2.0 - 0.5;
    if variance > 0.0 { Normal::standard().sf(distance / variance.sqrt()) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], class: usize, above: bool) -> f64 {
        let positive: Vec<bool> = (0..values.len()).map(|at| at < class).collect();
        chance(values, &positive, above)
    }

    #[test]
    fn a_perfect_order_has_one_way_in_all() {
        assert!((of(&[4.0, 5.0, 6.0, 1.0, 2.0, 3.0], 3, true) - 2.0 / 20.0).abs() < 1e-12);
        assert!((of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, false) - 2.0 / 20.0).abs() < 1e-12);
        let many: Vec<f64> = (0..37).map(f64::from).collect();
        assert!((of(&many, 4, false) - 2.0 / 66_045.0).abs() < 1e-12);
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0], 2, true), 1.0, "all are equal");
    }

    #[test]
    fn each_way_to_choose_is_counted_once() {
        // by hand: every choice of three of seven values with ties, and how many do as well
        let values = [3.0, 2.0, 5.0, 1.0, 2.0, 2.0, 3.0];
        let area = |class: &[usize]| -> f64 {
            let rest = (0..7).filter(|at| !class.contains(at));
            let won = rest.flat_map(|r| class.iter().map(move |c| (values[*c], values[r])));
            won.map(|(c, r)| {
                if c > r {
                    1.0
                } else if c == r {
                    0.5
                } else {
                    0.0
                }
            })
            .sum()
        };
        let own = area(&[0, 1, 2]);
        let (mut all, mut as_good) = (0.0, 0.0);
        for a in 0..7 {
            for b in a + 1..7 {
                for c in b + 1..7 {
                    all += 1.0;
                    as_good += f64::from(u8::from(area(&[a, b, c]) >= own));
                }
            }
        }
        assert!((of(&values, 3, true) - 2.0 * as_good / all).abs() < 1e-12);
    }

    #[test]
    fn the_normal_tail_is_near_the_exact_one() {
        let values: Vec<f64> = (0..60).map(|n| f64::from((n * 37) % 61)).collect();
        let positive: Vec<bool> = (0..60).map(|at| at % 2 == 0).collect();
        let mut order: Vec<(f64, bool)> = values.iter().copied().zip(positive.iter().copied()).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ties: Vec<(usize, usize)> = order.iter().map(|(_, is)| (1, usize::from(*is))).collect();
        for wrong in [600, 700, 800] {
            let (exact, normal) = (exact(&ties, 30, wrong), normal(&ties, 30.0, 30.0, wrong as f64));
            assert!((exact / normal - 1.0).abs() < 0.1, "{wrong}: {exact} and {normal}");
        }
    }
}
