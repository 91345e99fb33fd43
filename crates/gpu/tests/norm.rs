//! Batch norm and sums of channels.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::{At, Target};
use brinell_gpu::{BatchNorm, channel_sums, channel_sums_scratch};
use numbers::{apart, at, close, numbers, run, target, together, view, wide};

/// Batch, channels, positions: few and many of each.
const SHAPES: [[usize; 3]; 9] = [
    [5, 3, 7],
    [70, 40, 1],
    [2, 1, 1],
    [3, 2, 5000],
    [66, 5, 33],
    [3, 70, 31],
    [9, 2, 257],
    [1, 3, 300],
    [40, 1100, 1],
];

struct Case {
    norm: BatchNorm,
    x: Vec<f64>,
    count: usize,
}

impl Case {
    fn channel(&self, place: usize) -> usize {
        place % self.count / self.norm.positions
    }

    fn sums(&self, of: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.norm.channels];
        for place in 0..self.x.len() {
            let channel = self.channel(place);
            sums[channel] += of(place, channel);
        }
        sums
    }

    fn statistics(&self) -> [Vec<f64>; 2] {
        let n = (self.norm.batch * self.norm.positions) as f64;
        let mean: Vec<f64> = self.sums(|i, _| self.x[i]).iter().map(|sum| sum / n).collect();
        let variance = self.sums(|i, c| (self.x[i] - mean[c]).powi(2)).iter().map(|sum| sum / n).collect();
        [mean, variance]
    }
}

fn case([batch, channels, positions]: [usize; 3], relu: bool) -> (Case, Vec<f32>) {
    let norm = BatchNorm { batch, channels, positions, eps: 1e-3, relu };
    let count = channels * positions;
    let x = numbers(1, batch * count);
    (Case { norm, x: wide(&x), count }, x)
}

#[test]
fn mean_and_variance_are_those_of_every_channel() {
    for shape in SHAPES {
        let (case, x) = case(shape, false);
        let (norm, pitch) = (case.norm, case.count + 5);
        let buffers = [
            apart(&x, case.count, pitch),
            vec![0.0; norm.channels],
            vec![0.0; norm.channels],
            vec![0.0; norm.scratch()],
        ];
        let found = run(&buffers, &norm.statistics(view(0, pitch), at(1), at(2), at(3)));
        let [mean, variance] = case.statistics();
        close("mean", &wide(&found[1]), &mean);
        close("variance", &wide(&found[2]), &variance);
    }
}

#[test]
fn a_variance_far_from_zero_or_behind_an_outlier_is_exact() {
    for shape in [[5, 3, 700], [200, 3, 1]] {
        let (mut case, mut x) = case(shape, false);
        for (i, value) in x.iter_mut().enumerate() {
            let channel = case.channel(i);
            // The first number of channel 1 lies far from all others.
            *value += [1000.0, 0.0, -30_000.0][channel];
            if i == case.norm.positions {
                *value = 1e5;
            }
        }
        case.x = wide(&x);
        let norm = case.norm;
        let buffers = [x, vec![0.0; 3], vec![0.0; 3], vec![0.0; norm.scratch()]];
        let found = run(&buffers, &norm.statistics(view(0, case.count), at(1), at(2), at(3)));
        let [mean, variance] = case.statistics();
        for c in 0..3 {
            close("mean", &[f64::from(found[1][c])], &[mean[c]]);
            let ratio = f64::from(found[2][c]) / variance[c];
            assert!((ratio - 1.0).abs() < 1e-5, "variance {c}: {} for {}", found[2][c], variance[c]);
        }
    }
}

#[test]
fn running_statistics_move_by_the_share() {
    let norm = BatchNorm { batch: 2, channels: 3, positions: 2, eps: 0.0, relu: false };
    let buffers =
        [vec![1.0, 2.0, 3.0], vec![3.0, 6.0, 9.0], vec![0.0, 10.0, 20.0], vec![1.0, 1.0, 1.0], vec![0.25]];
    let found = run(&buffers, &[norm.follow(at(0), at(1), [at(2), at(3)], at(4))]);
    close("mean", &wide(&found[2]), &[0.25, 8.0, 15.75]);
    close("variance", &wide(&found[3]), &[1.75, 2.75, 3.75]);
}

#[test]
fn norm_and_gradient_agree_with_their_formulas() {
    for (number, shape) in SHAPES.into_iter().enumerate() {
        for (relu, of_batch, add) in [(false, true, false), (true, true, true), (true, false, false)] {
            let (case, x) = case(shape, relu);
            let (norm, count) = (case.norm, case.count);
            let channels = norm.channels;
            let pitches = [count, count + 3, count + 1];
            let [gamma, beta] = [2, 3].map(|seed| numbers(seed, channels));
            let variance: Vec<f32> = numbers(4, channels).iter().map(|value| value.abs() + 0.3).collect();
            let mean = numbers(5, channels);
            let (mean, variance) = match of_batch {
                true => {
                    let [mean, variance] = case.statistics();
                    let narrow = |values: Vec<f64>| values.iter().map(|value| *value as f32).collect();
                    (narrow(mean), narrow(variance))
                }
                false => (mean, variance),
            };
            let dy = numbers(6, x.len());
            let old = numbers(7, x.len());
            let buffers = [
                apart(&x, count, pitches[0]),
                mean.clone(),
                variance.clone(),
                gamma.clone(),
                beta.clone(),
                apart(&vec![0.0; x.len()], count, pitches[1]),
                apart(&dy, count, pitches[1]),
                apart(&old, count, pitches[2]),
                vec![0.5; channels],
                vec![-0.5; channels],
                vec![0.0; norm.scratch()],
            ];
            let [x_view, y_view, dy_view] = [view(0, pitches[0]), view(5, pitches[1]), view(6, pitches[1])];
            let statistics = [at(1), at(2)];
            let mut launches = vec![norm.forward(x_view, statistics, at(3), at(4), y_view)];
            launches.extend(norm.gradient(
                x_view,
                dy_view,
                statistics,
                at(3),
                at(4),
                of_batch,
                target(7, pitches[2], add),
                at(8),
                at(9),
                add,
                at(10),
            ));
            let found = run(&buffers, &launches);

            let [mean, variance, gamma, beta] = [&mean, &variance, &gamma, &beta].map(|values| wide(values));
            let deviation: Vec<f64> =
                variance.iter().map(|v| 1.0 / (v + f64::from(norm.eps)).sqrt()).collect();
            let normed = |i: usize, c: usize| (case.x[i] - mean[c]) * deviation[c];
            let line = |i: usize, c: usize| gamma[c] * normed(i, c) + beta[c];
            let places = 0..x.len();
            let expected = |i| {
                let value = line(i, case.channel(i));
                if relu { value.max(0.0) } else { value }
            };
            let y: Vec<f64> = places.clone().map(expected).collect();
            let name = |what: &str| format!("{what} of case {number}, relu {relu}, of batch {of_batch}");
            close(&name("y"), &together(&found[5], count, pitches[1]), &y);

            let passed = |i: usize, c: usize| if relu && line(i, c) <= 0.0 { 0.0 } else { f64::from(dy[i]) };
            let first = case.sums(passed);
            let second = case.sums(|i, c| passed(i, c) * normed(i, c));
            let begin = if add { [0.5, -0.5] } else { [0.0; 2] };
            let with = |sums: &[f64], begin: f64| sums.iter().map(|sum| sum + begin).collect::<Vec<_>>();
            close(&name("dgamma"), &wide(&found[8]), &with(&second, begin[0]));
            close(&name("dbeta"), &wide(&found[9]), &with(&first, begin[1]));
            let n = (norm.batch * norm.positions) as f64;
            let slope = |i: usize| {
                let c = case.channel(i);
                let through = if of_batch { (first[c] + normed(i, c) * second[c]) / n } else { 0.0 };
                let begin = if add { f64::from(old[i]) } else { 0.0 };
                begin + gamma[c] * deviation[c] * (passed(i, c) - through)
            };
            let dx: Vec<f64> = places.map(slope).collect();
            close(&name("dx"), &together(&found[7], count, pitches[2]), &dx);
        }
    }
}

#[test]
fn what_has_no_place_is_left_out_of_a_gradient() {
    let (case, x) = case([4, 3, 40], false);
    let count = case.count;
    let ones = vec![1.0; 3];
    let buffers = [
        x.clone(),
        x,
        ones.clone(),
        ones.clone(),
        ones.clone(),
        ones.clone(),
        ones,
        vec![0.0; case.norm.scratch()],
    ];
    let nowhere = Target { view: numbers::view(u8::MAX, 0), add: false };
    let launches = case.norm.gradient(
        view(0, count),
        view(1, count),
        [at(2), at(3)],
        at(4),
        at(5),
        true,
        nowhere,
        At::NOWHERE,
        at(6),
        false,
        at(7),
    );
    let found = run(&buffers, &launches);
    close("dbeta", &wide(&found[6]), &case.sums(|i, _| case.x[i]));
}

#[test]
fn channels_are_summed_over_batch_and_positions() {
    for shape in SHAPES {
        let (case, x) = case(shape, false);
        let [batch, channels, positions] = shape;
        let pitch = case.count + 2;
        let scratch = channel_sums_scratch(batch, channels, positions);
        let buffers = [apart(&x, case.count, pitch), vec![0.25; channels], vec![0.0; scratch]];
        for add in [false, true] {
            let launches = channel_sums(batch, channels, positions, view(0, pitch), at(1), add, at(2));
            let found = run(&buffers, &launches);
            let begin = if add { 0.25 } else { 0.0 };
            let expected: Vec<f64> = case.sums(|i, _| case.x[i]).iter().map(|sum| sum + begin).collect();
            close("sums", &wide(&found[1]), &expected);
        }
    }
}
