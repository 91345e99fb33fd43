//! One scorer that all parts share: a conditional logit (McFadden 1974).
//!
//! Each example offers a few combs, one a part, and the part that is damaged is chosen among them with the probability
//! `exp(w·x_part) / (Σ exp(w·x_other) + exp(healthy))`. As `w` is the same for all parts it can only learn what a comb
//! that stands out looks like, not what the machine looks like in which a part was damaged. The sum
//! `strength · Σ share_i loss_i + |w|²/2` is made smallest by Newton's method, each step found by conjugate gradients.

use super::newton::{dot, softmax};

/// Newton's steps after which the search ends in any case; ten are usual.
const STEPS: usize = 100;
/// Directions of one step after which it is good enough in any case.
const DIRECTIONS: usize = 300;

/// What the scorer is fitted to.
pub(super) struct Choices<'a> {
    /// Standardised combs: of each example one a part, `width` numbers each.
    pub(super) combs: &'a [f64],
    pub(super) width: usize,
    pub(super) parts: usize,
    /// The part that is damaged, or `parts` for none.
    pub(super) chosen: &'a [usize],
    /// The factor of each example's loss.
    pub(super) factors: &'a [f64],
    /// Whether there are healthy examples: then the last parameter is their constant score.
    pub(super) healthy: bool,
}

impl Choices<'_> {
    /// The weights at the smallest sum, and behind them the constant of healthy examples, if there are any.
    pub(super) fn solve(&self) -> Vec<f64> {
        let mut solution = vec![0.0; self.width + usize::from(self.healthy)];
        let mut value = self.value(&solution);
        for _ in 0..STEPS {
            let (gradient, probabilities) = self.slope(&solution);
            let steep = dot(&gradient, &gradient).sqrt();
            if steep <= 1e-12 * (1.0 + value.abs()) {
                break;
            }
            let step = self.step(&gradient, &probabilities, steep.sqrt().min(0.1) * steep);
            let down = dot(&gradient, &step);
            let mut length = 1.0;
            let moved = loop {
                let tried: Vec<f64> =
                    solution.iter().zip(&step).map(|(at, step)| at - length * step).collect();
                let found = self.value(&tried);
                if found <= value - 1e-4 * length * down {
                    break Some((tried, found));
                }
                length *= 0.5;
                if length < 1e-9 {
                    break None;
                }
            };
            let Some((tried, found)) = moved else { break };
            (solution, value) = (tried, found);
        }
        solution
    }

    /// The scores of what an example can choose from: of each part, and the constant.
    fn scores(&self, example: &[f64], parameters: &[f64]) -> Vec<f64> {
        let weights = &parameters[..self.width];
        let parts = example.chunks_exact(self.width).map(|comb| dot(comb, weights));
        parts.chain(parameters[self.width..].iter().copied()).collect()
    }

    fn examples(&self) -> impl Iterator<Item = (&[f64], usize, f64)> {
        let each = self.combs.chunks_exact(self.width * self.parts);
        each.zip(self.chosen).zip(self.factors).map(|((combs, chosen), factor)| (combs, *chosen, *factor))
    }

    fn value(&self, parameters: &[f64]) -> f64 {
        let weights = &parameters[..self.width];
        let losses = self.examples().map(|(combs, chosen, factor)| {
            let scores = self.scores(combs, parameters);
            let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            factor * (top + scores.iter().map(|score| (score - top).exp()).sum::<f64>().ln() - scores[chosen])
        });
        losses.sum::<f64>() + 0.5 * dot(weights, weights)
    }

    /// The gradient, and the probability of each choice, example after example.
    fn slope(&self, parameters: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut gradient = self.shrinking(parameters);
        let mut probabilities = Vec::new();
        for (combs, chosen, factor) in self.examples() {
            let mut own = self.scores(combs, parameters);
            softmax(&mut own);
            probabilities.extend_from_slice(&own);
            own[chosen] -= 1.0;
            self.add(factor, &own, combs, &mut gradient);
        }
        (gradient, probabilities)
    }

    /// How the gradient changes along a direction.
    fn curvature(&self, probabilities: &[f64], direction: &[f64]) -> Vec<f64> {
        let mut change = self.shrinking(direction);
        let choices = self.parts + usize::from(self.healthy);
        for ((combs, _, factor), own) in self.examples().zip(probabilities.chunks_exact(choices)) {
            let mut along = self.scores(combs, direction);
            let mean = dot(own, &along);
            along.iter_mut().zip(own).for_each(|(along, p)| *along = p * (*along - mean));
            self.add(factor, &along, combs, &mut change);
        }
        change
    }

    /// Adds what the choices of one example, each with its number, do to each parameter.
    fn add(&self, factor: f64, each: &[f64], combs: &[f64], to: &mut [f64]) {
        let (weights, constant) = to.split_at_mut(self.width);
        for (number, comb) in each.iter().zip(combs.chunks_exact(self.width)) {
            weights.iter_mut().zip(comb).for_each(|(to, x)| *to += factor * number * x);
        }
        constant.iter_mut().zip(&each[self.parts..]).for_each(|(to, number)| *to += factor * number);
    }

    /// The slope of `|w|²/2`: the constant is not shrunk.
    fn shrinking(&self, parameters: &[f64]) -> Vec<f64> {
        let mut slope = parameters.to_vec();
        slope[self.width..].fill(0.0);
        slope
    }

    /// The step that Newton's method subtracts, until what it misses is no longer than `tolerance`.
    fn step(&self, gradient: &[f64], probabilities: &[f64], tolerance: f64) -> Vec<f64> {
        let mut step = vec![0.0; gradient.len()];
        let mut rest = gradient.to_vec();
        let mut direction = rest.clone();
        let mut size = dot(&rest, &rest);
        for _ in 0..DIRECTIONS {
            let change = self.curvature(probabilities, &direction);
            let bend = dot(&direction, &change);
            if bend <= 0.0 || size.sqrt() <= tolerance {
                break;
            }
            let far = size / bend;
            step.iter_mut().zip(&direction).for_each(|(step, along)| *step += far * along);
            rest.iter_mut().zip(&change).for_each(|(rest, change)| *rest -= far * change);
            let next = dot(&rest, &rest);
            direction.iter_mut().zip(&rest).for_each(|(along, rest)| *along = rest + next / size * *along);
            size = next;
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_and_curvature_are_those_of_finite_differences_and_nothing_near_the_solution_is_smaller() {
        let x = |i: usize| (i as f64 * 0.61).sin() + 0.3 * ((i * i) as f64 * 0.37).cos();
        let combs: Vec<f64> = (0..50 * 3 * 4).map(x).collect();
        let factors: Vec<f64> = (0..50).map(|i| 0.02 * f64::from(1 + i % 3)).collect();
        for healthy in [true, false] {
            let choices = 3 + usize::from(healthy);
            let chosen: Vec<usize> = (0..50).map(|i| (i * i / 3 + i) % choices).collect();
            let (combs, factors) = (&combs, &factors);
            let problem = Choices { combs, width: 4, parts: 3, chosen: &chosen, factors, healthy };
            let at: Vec<f64> = (0..4 + usize::from(healthy)).map(|i| 0.4 * x(i + 7)).collect();
            let (gradient, probabilities) = problem.slope(&at);
            let moved = |at: &[f64], to: usize, by: f64| {
                let mut moved = at.to_vec();
                moved[to] += by;
                moved
            };
            for (to, told) in gradient.iter().enumerate() {
                let [up, down] = [1e-5, -1e-5].map(|by| moved(&at, to, by));
                let slope = (problem.value(&up) - problem.value(&down)) / 2e-5;
                assert!((slope - told).abs() < 1e-8, "{to}: {slope} {told}");
                let change = problem.curvature(&probabilities, &moved(&vec![0.0; at.len()], to, 1.0));
                let (above, below) = (problem.slope(&up).0, problem.slope(&down).0);
                for (found, (above, below)) in change.iter().zip(above.iter().zip(&below)) {
                    assert!((found - (above - below) / 2e-5).abs() < 1e-8, "{to}");
                }
            }
            let solution = problem.solve();
            let here = problem.value(&solution);
            for to in 0..at.len() {
                for by in [1e-3, -1e-3] {
                    assert!(problem.value(&moved(&solution, to, by)) > here, "{healthy} {to}");
                }
            }
        }
    }
}
