//! Where the sum of a logistic regression is smallest, by Newton's method; each step is found by conjugate gradients,
//! so that no matrix of curvature is ever held (Nash 1985; Lin, Weng and Keerthi 2008).

/// Steps after which the search ends in any case; a convex problem of this kind takes ten.
const STEPS: usize = 100;
/// Directions of one step after which it is good enough in any case.
const DIRECTIONS: usize = 500;

/// The sum `|W|²/2 + Σ p_i loss_i`. Its parameters are one row of `width + 1` numbers a column of scores, the offset last:
/// one column for two classes (the score of class 1 against class 0), else one a class.
pub(super) struct Problem<'a> {
    /// Standardised rows, one after the other.
    pub(super) rows: &'a [f64],
    pub(super) width: usize,
    /// The class of each row.
    pub(super) labels: &'a [u32],
    /// The factor of each row's loss.
    pub(super) parts: &'a [f64],
    pub(super) columns: usize,
}

/// The slope at some parameters, and what its change needs.
struct Slope {
    gradient: Vec<f64>,
    /// The probability of each column, row after row.
    probabilities: Vec<f64>,
}

impl Problem<'_> {
    /// The parameters at the smallest sum.
    pub(super) fn solve(&self) -> Vec<f64> {
        let mut solution = vec![0.0; self.columns * (self.width + 1)];
        let mut value = self.value(&solution);
        let mut first = None;
        for _ in 0..STEPS {
            let slope = self.slope(&solution);
            let steep = dot(&slope.gradient, &slope.gradient).sqrt();
            let first = *first.get_or_insert(steep);
            if steep <= 1e-12 * (1.0 + value.abs()) {
                break;
            }
            let step = self.step(&slope, (steep / first).sqrt().min(0.1) * steep);
            let gain = 0.5 * dot(&slope.gradient, &step);
            let moved = |size: f64| -> Vec<f64> {
                solution.iter().zip(&step).map(|(at, step)| at - size * step).collect()
            };
            // What the sum's own rounding hides is the last step.
            if gain <= 1e-14 * (1.0 + value.abs()) {
                solution = moved(1.0);
                break;
            }
            // Half the step until it helps.
            let halves = (0..40).map(|halves| moved(0.5_f64.powi(halves)));
            let mut tried = halves.map(|tried| (self.value(&tried), tried));
            let Some((there, better)) = tried.find(|(there, _)| *there < value) else { break };
            (value, solution) = (there, better);
        }
        solution
    }

    fn examples(&self) -> impl Iterator<Item = (&[f64], usize, f64)> {
        let labels = self.labels.iter().map(|label| *label as usize);
        let rows = self.rows.chunks_exact(self.width);
        rows.zip(labels).zip(self.parts).map(|((row, label), part)| (row, label, *part))
    }

    /// The score of each column for one row.
    fn scores(&self, row: &[f64], parameters: &[f64], scores: &mut [f64]) {
        for (score, of) in scores.iter_mut().zip(parameters.chunks_exact(self.width + 1)) {
            *score = dot(row, &of[..self.width]) + of[self.width];
        }
    }

    fn value(&self, parameters: &[f64]) -> f64 {
        let squares =
            parameters.chunks_exact(self.width + 1).map(|of| dot(&of[..self.width], &of[..self.width]));
        let mut sum = 0.5 * squares.sum::<f64>();
        let mut scores = vec![0.0; self.columns];
        for (row, label, part) in self.examples() {
            self.scores(row, parameters, &mut scores);
            sum += part
                * if let [score] = scores[..] {
                    let margin = if label == 1 { score } else { -score };
                    (-margin).max(0.0) + (-margin.abs()).exp().ln_1p()
                } else {
                    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    top + scores.iter().map(|score| (score - top).exp()).sum::<f64>().ln() - scores[label]
                };
        }
        sum
    }

    fn slope(&self, parameters: &[f64]) -> Slope {
        let mut gradient = self.without_offsets(parameters);
        let mut probabilities = vec![0.0; self.labels.len() * self.columns];
        for ((row, label, part), own) in self.examples().zip(probabilities.chunks_exact_mut(self.columns)) {
            self.scores(row, parameters, own);
            if let [score] = own {
                *score = logistic(*score);
            } else {
                softmax(own);
            }
            for (column, of) in gradient.chunks_exact_mut(self.width + 1).enumerate() {
                let is = if self.columns == 1 { label == 1 } else { label == column };
                add(part * (own[column] - if is { 1.0 } else { 0.0 }), row, of);
            }
        }
        Slope { gradient, probabilities }
    }

    /// The step that Newton's method subtracts, until what it misses is no longer than `tolerance`.
    fn step(&self, slope: &Slope, tolerance: f64) -> Vec<f64> {
        let diagonal = self.diagonal(slope);
        let scaled = |rest: &[f64]| -> Vec<f64> { rest.iter().zip(&diagonal).map(|(r, d)| r / d).collect() };
        let mut step = vec![0.0; diagonal.len()];
        let mut rest = slope.gradient.clone();
        let mut direction = scaled(&rest);
        let mut size = dot(&rest, &direction);
        for _ in 0..DIRECTIONS {
            let change = self.curvature(slope, &direction);
            let bend = dot(&direction, &change);
            if bend <= 0.0 {
                break;
            }
            let far = size / bend;
            step.iter_mut().zip(&direction).for_each(|(step, along)| *step += far * along);
            rest.iter_mut().zip(&change).for_each(|(rest, change)| *rest -= far * change);
            if dot(&rest, &rest).sqrt() <= tolerance {
                break;
            }
            let next = scaled(&rest);
            let next_size = dot(&rest, &next);
            let turn = next_size / size;
            direction.iter_mut().zip(&next).for_each(|(along, next)| *along = next + turn * *along);
            size = next_size;
        }
        step
    }

    /// How the slope changes along a direction.
    fn curvature(&self, slope: &Slope, direction: &[f64]) -> Vec<f64> {
        let mut change = self.without_offsets(direction);
        let mut along = vec![0.0; self.columns];
        let own = slope.probabilities.chunks_exact(self.columns);
        for ((row, _, part), own) in self.examples().zip(own) {
            self.scores(row, direction, &mut along);
            let mean = dot(own, &along);
            for (column, of) in change.chunks_exact_mut(self.width + 1).enumerate() {
                // With one column the other class stands still: p (u - p u).
                add(part * own[column] * (along[column] - mean), row, of);
            }
        }
        change
    }

    /// The curvature along each parameter alone, above 0.
    fn diagonal(&self, slope: &Slope) -> Vec<f64> {
        let mut diagonal = vec![1.0; self.columns * (self.width + 1)];
        diagonal.iter_mut().skip(self.width).step_by(self.width + 1).for_each(|offset| *offset = 1e-12);
        let own = slope.probabilities.chunks_exact(self.columns);
        for ((row, _, part), own) in self.examples().zip(own) {
            for (p, of) in own.iter().zip(diagonal.chunks_exact_mut(self.width + 1)) {
                let bend = part * p * (1.0 - p);
                of[self.width] += bend;
                of.iter_mut().zip(row).for_each(|(value, x)| *value += bend * x * x);
            }
        }
        diagonal
    }

    fn without_offsets(&self, parameters: &[f64]) -> Vec<f64> {
        let mut weights = parameters.to_vec();
        weights.iter_mut().skip(self.width).step_by(self.width + 1).for_each(|offset| *offset = 0.0);
        weights
    }
}

/// Adds `factor` times a row, and `factor` itself to the offset behind it.
fn add(factor: f64, row: &[f64], to: &mut [f64]) {
    let (weights, offset) = to.split_at_mut(row.len());
    weights.iter_mut().zip(row).for_each(|(value, x)| *value += factor * x);
    offset[0] += factor;
}

/// Four sums side by side, for speed; always the same four.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (x.chunks_exact(4), y[..x.len().min(y.len())].chunks_exact(4));
    let rest: f64 = x.remainder().iter().zip(y.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 4];
    for (x, y) in x.zip(y) {
        for at in 0..4 {
            sums[at] += x[at] * y[at];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// `1 / (1 + exp(-x))`.
pub(super) fn logistic(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

/// Scores to probabilities, in their place.
pub(super) fn softmax(scores: &mut [f64]) {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score = (*score - top).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_small_step_from_the_solution_makes_the_sum_smaller() {
        let x = |i: usize, j: usize| ((i * 7 + j * 13) as f64 * 0.61).sin() + 0.1 * (i % (j + 2)) as f64;
        let rows: Vec<f64> = (0..40).flat_map(|i| (0..3).map(move |j| x(i, j))).collect();
        for columns in [1, 3] {
            let classes = columns.max(2) as u32;
            let labels: Vec<u32> = (0..40_u32).map(|i| (i * i / 3 + i) % classes).collect();
            for strength in [1e-3, 1.0, 50.0] {
                let parts: Vec<f64> = labels.iter().map(|label| strength * f64::from(label + 1)).collect();
                let problem = Problem { rows: &rows, width: 3, labels: &labels, parts: &parts, columns };
                let solution = problem.solve();
                let here = problem.value(&solution);
                // Moving all offsets together changes nothing, so each is moved alone.
                for at in 0..solution.len() {
                    for step in [1e-3, -1e-3] {
                        let mut moved = solution.clone();
                        moved[at] += step;
                        assert!(problem.value(&moved) > here, "{columns} {strength} {at} {step}");
                    }
                }
            }
        }
    }
}
