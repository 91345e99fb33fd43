//! A support vector machine for two classes: the weights of its examples by sequential minimal optimisation, with pairs
//! chosen by second order (Fan, Chen and Lin 2005), and probabilities from its scores (Platt 1999; Lin, Lin and Weng 2007).

use super::kernel::Likeness;
use super::newton::logistic;

/// The largest breach of the conditions of optimality that is left.
const TOLERANCE: f64 = 1e-4;
/// The least curvature along a pair.
const FLAT: f64 = 1e-12;

/// Some of the examples, each on one of two sides.
pub(super) struct Sides {
    /// Numbers of the examples.
    pub(super) members: Vec<usize>,
    /// Whether each is on the side of positive scores.
    pub(super) positive: Vec<bool>,
    /// The most that each may weigh.
    pub(super) bounds: Vec<f64>,
}

/// The score of an example is `Σ weight_i likeness(i, example) + offset`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Machine {
    /// A weight a member, negative on the side of negative scores.
    pub(super) weights: Vec<f64>,
    pub(super) offset: f64,
}

impl Machine {
    /// Makes `|w|²/2 + Σ bound_i max(0, 1 - y_i score_i)` smallest.
    pub(super) fn fit(likeness: &mut Likeness<'_>, sides: &Sides) -> Machine {
        let count = sides.members.len();
        let sign = |at: usize| if sides.positive[at] { 1.0 } else { -1.0 };
        let mut weights = vec![0.0; count];
        // The slope of the dual along each signed weight: sign minus the score without its offset.
        let mut slope: Vec<f64> = (0..count).map(sign).collect();
        let room = |at: usize, weights: &[f64]| {
            let (low, high) =
                if sides.positive[at] { (0.0, sides.bounds[at]) } else { (-sides.bounds[at], 0.0) };
            (weights[at] - low, high - weights[at])
        };
        for _ in 0..(200 * count).max(100_000) {
            let up = (0..count).filter(|at| room(*at, &weights).1 > 0.0);
            let Some(i) = up.max_by(|a, b| slope[*a].total_cmp(&slope[*b]).then(b.cmp(a))) else { break };
            let row = likeness.row(sides.members[i]);
            let own = likeness.own(sides.members[i]);
            let mut best: Option<(f64, usize, f64)> = None;
            let mut lowest = f64::INFINITY;
            for at in 0..count {
                if room(at, &weights).0 <= 0.0 {
                    continue;
                }
                lowest = lowest.min(slope[at]);
                let apart = slope[i] - slope[at];
                if apart > 0.0 {
                    let member = sides.members[at];
                    let bend = (own + likeness.own(member) - 2.0 * row[member]).max(FLAT);
                    let gain = apart * apart / bend;
                    if best.is_none_or(|(most, _, _)| gain > most) {
                        best = Some((gain, at, apart / bend));
                    }
                }
            }
            let Some((_, j, far)) = best.filter(|_| slope[i] - lowest > TOLERANCE) else { break };
            let other = likeness.row(sides.members[j]);
            let (up, down) = (room(i, &weights).1, room(j, &weights).0);
            let far = far.min(up).min(down);
            weights[i] += far;
            weights[j] -= far;
            // On a bound exactly, so that the room there is none.
            if far == up {
                weights[i] = if sides.positive[i] { sides.bounds[i] } else { 0.0 };
            }
            if far == down {
                weights[j] = if sides.positive[j] { 0.0 } else { -sides.bounds[j] };
            }
            for (slope, member) in slope.iter_mut().zip(&sides.members) {
                *slope -= far * (row[*member] - other[*member]);
            }
        }
        // Between the bounds the slope is the offset; with no such example it lies between both sides'.
        let (mut low, mut high, mut sum, mut free) = (f64::NEG_INFINITY, f64::INFINITY, 0.0, 0);
        for (at, slope) in slope.iter().enumerate() {
            let (down, up) = room(at, &weights);
            if down > 0.0 && up > 0.0 {
                (sum, free) = (sum + slope, free + 1);
            }
            low = if up > 0.0 { low.max(*slope) } else { low };
            high = if down > 0.0 { high.min(*slope) } else { high };
        }
        let between = if low.is_finite() && high.is_finite() { 0.5 * (low + high) } else { 0.0 };
        let offset = if free > 0 { sum / f64::from(free) } else { between };
        Machine { weights, offset }
    }

    /// The score of example `at`.
    pub(super) fn score(&self, likeness: &mut Likeness<'_>, sides: &Sides, at: usize) -> f64 {
        let row = likeness.row(at);
        let parts = self.weights.iter().zip(&sides.members);
        parts.map(|(weight, member)| weight * row[*member]).sum::<f64>() + self.offset
    }
}

/// `a` and `b` of the probability `1 / (1 + exp(-(a score + b)))` of the positive side that is most likely, where the
/// sides count as little less than certain: `(n + 1)/(n + 2)` and `1/(n + 2)`.
pub(super) fn platt(scores: &[f64], positive: &[bool]) -> (f64, f64) {
    let count = positive.iter().filter(|positive| **positive).count() as f64;
    let others = positive.len() as f64 - count;
    let target = |positive: bool| if positive { (count + 1.0) / (count + 2.0) } else { 1.0 / (others + 2.0) };
    let loss = |a: f64, b: f64| -> f64 {
        let each = scores.iter().zip(positive).map(|(score, positive)| {
            let z = a * score + b;
            (-z.abs()).exp().ln_1p() + z.max(0.0) - target(*positive) * z
        });
        each.sum()
    };
    let (mut a, mut b) = (0.0, ((count + 1.0) / (others + 1.0)).ln());
    let mut here = loss(a, b);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for (score, positive) in scores.iter().zip(positive) {
            let p = logistic(a * score + b);
            let (miss, bend) = (p - target(*positive), p * (1.0 - p));
            ga += miss * score;
            gb += miss;
            haa += bend * score * score;
            hab += bend * score;
            hbb += bend;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        let mut halves =
            (0..40).map(|halves| 0.5_f64.powi(halves)).map(|size| (a - size * da, b - size * db));
        match halves.find(|(a, b)| loss(*a, *b) < here) {
            Some(better) => (a, b) = better,
            None => break,
        }
        here = loss(a, b);
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_small_step_from_platts_numbers_makes_the_scores_likelier() {
        let scores: Vec<f64> = (0..50).map(|i| (f64::from(i) * 0.7).sin() * 3.0).collect();
        let positive: Vec<bool> = (0..50).map(|i| scores[i] + (i as f64 * 1.3).cos() > 0.4).collect();
        let (a, b) = platt(&scores, &positive);
        let count = positive.iter().filter(|positive| **positive).count() as f64;
        let loss = |a: f64, b: f64| -> f64 {
            let each = scores.iter().zip(&positive).map(|(score, positive)| {
                let p = 1.0 / (1.0 + (-(a * score + b)).exp());
                let t = if *positive { (count + 1.0) / (count + 2.0) } else { 1.0 / (52.0 - count) };
                -t * p.ln() - (1.0 - t) * (1.0 - p).ln()
            });
            each.sum()
        };
        assert!(a > 0.0);
        for (da, db) in [(1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3)] {
            assert!(loss(a + da, b + db) > loss(a, b), "{da} {db}");
        }
    }

    #[test]
    fn scores_that_tell_nothing_or_are_all_equal_give_the_share_of_the_side() {
        for scores in [vec![0.0; 8], vec![2.5; 8]] {
            let positive = [true, true, false, false, true, true, true, true];
            let (a, b) = platt(&scores, &positive);
            let p = logistic(a * scores[0] + b);
            let expected = (6.0 * 7.0 / 8.0 + 2.0 / 4.0) / 8.0;
            assert!((p - expected).abs() < 1e-6, "{p} {expected}");
        }
    }
}
