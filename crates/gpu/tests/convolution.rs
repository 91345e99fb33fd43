//! Convolutions and their gradients.
#![allow(clippy::unwrap_used)]

mod precisions;

use brinell_gpu::{At, Buffer, Convolution, Device, Kernel, Launch, Precision, Target, View};
use precisions::{PRECISIONS, rounded, two_in};

/// Numbers that look random, between -1 and 1.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(next).collect()
}

fn at(buffer: u8, offset: usize) -> At {
    At { buffer, offset }
}

/// Calls with the places of weight, input and result of every product that the convolution sums.
fn each_product(c: &Convolution, pitches: [usize; 2], mut f: impl FnMut(usize, usize, usize)) {
    let (channels, outputs) = (c.channels / c.groups, c.outputs / c.groups);
    let taps = c.kernel[0] * c.kernel[1];
    for b in 0..c.batch {
        for o in 0..c.outputs {
            for i in 0..channels {
                let channel = o / outputs * channels + i;
                for (y, x) in (0..c.output[0]).flat_map(|y| (0..c.output[1]).map(move |x| (y, x))) {
                    for tap in 0..taps {
                        let (at, under) = ([y, x], [tap / c.kernel[1], tap % c.kernel[1]]);
                        let from = [0, 1].map(|axis| {
                            (at[axis] * c.stride[axis] + under[axis] * c.dilation[axis])
                                .wrapping_sub(c.padding[axis])
                        });
                        if from[0] < c.input[0] && from[1] < c.input[1] {
                            f(
                                (o * channels + i) * taps + tap,
                                b * pitches[0] + (channel * c.input[0] + from[0]) * c.input[1] + from[1],
                                b * pitches[1] + (o * c.output[0] + y) * c.output[1] + x,
                            );
                        }
                    }
                }
            }
        }
    }
}

struct Case {
    device: Device,
    buffers: Vec<Buffer>,
}

impl Case {
    fn new(device: Device, values: &[&[f32]]) -> Self {
        let buffers = values
            .iter()
            .map(|values| {
                let buffer = device.zeros(values.len()).unwrap();
                device.upload(&buffer, 0, values).unwrap();
                buffer
            })
            .collect();
        Self { device, buffers }
    }

    fn run(&self, launches: &[Launch], result: usize) -> Vec<f32> {
        self.device.run(launches, &self.buffers.iter().collect::<Vec<_>>()).unwrap();
        let mut found = vec![0.0; self.buffers[result].len()];
        self.device.download(&self.buffers[result], 0, &mut found).unwrap();
        found
    }
}

fn same(found: &[Vec<f32>; 2], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found[0], found[1], "{what}: the order of threads shows");
    assert_eq!(found[0].len(), expected.len());
    let scale = expected.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
    for (i, (found, expected)) in found[0].iter().zip(expected).enumerate() {
        let off = (f64::from(*found) - expected).abs();
        assert!(off <= tolerance * scale, "{what} at {i}: {found} in place of {expected}");
    }
}

/// All three against sums in f64, with samples that lie apart; what lies between them stays as it is. The kernels it took.
fn check(c: Convolution, finish: bool) -> Vec<Kernel> {
    let [kernels, _] = PRECISIONS.map(|precision| check_in(precision, c, finish));
    kernels
}

/// In what the numbers are multiplied: in tiles in the precision, one by one in `f32`.
fn multiplied(launches: &[Launch], precision: Precision) -> impl Fn(f32) -> f64 + use<> {
    let direct = launches.iter().any(|launch| launch.kernel.symbol().ends_with("_direct"));
    move |value| f64::from(rounded(value, if direct { Precision::F32 } else { precision }))
}

fn check_in(precision: Precision, c: Convolution, finish: bool) -> Vec<Kernel> {
    let (input, output) = (c.channels * c.input[0] * c.input[1], c.outputs * c.output[0] * c.output[1]);
    let pitches = [input + 3, output + 5];
    let weights = c.outputs * c.channels / c.groups * c.kernel[0] * c.kernel[1];
    let x = numbers(c.batch * pitches[0], 1);
    let y = numbers(c.batch * pitches[1], 2);
    let (w, bias) = (numbers(weights + 1, 3), numbers(c.outputs, 4));
    let f64s = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    let (vx, vy) = (View { at: at(0, 0), pitch: pitches[0] }, View { at: at(1, 0), pitch: pitches[1] });

    let mut expected = f64s(&y);
    let inside = |i: usize, pitch: usize, len: usize| i % pitch < len;
    for (i, value) in expected.iter_mut().enumerate().filter(|(i, _)| inside(*i, pitches[1], output)) {
        let o = i % pitches[1] / (c.output[0] * c.output[1]);
        *value = if finish { f64::from(bias[o]) } else { 0.0 };
    }
    let forward = c.forward(vx, at(2, 1), finish.then_some(at(3, 0)), finish, vy);
    let of = multiplied(&forward, precision);
    each_product(&c, pitches, |tap, from, to| expected[to] += of(w[tap + 1]) * of(x[from]));
    if finish {
        for (i, value) in expected.iter_mut().enumerate().filter(|(i, _)| inside(*i, pitches[1], output)) {
            *value = if i % pitches[1] < output { value.max(0.0) } else { *value };
        }
    }
    let found = two_in(precision).map(|device| Case::new(device, &[&x, &y, &w, &bias]).run(&forward, 1));
    same(&found, &expected, 1e-5, &format!("forward of {c:?} in {precision:?}"));

    let mut expected = f64s(&x);
    for (i, value) in expected.iter_mut().enumerate() {
        *value = if finish || !inside(i, pitches[0], input) { *value } else { 0.0 };
    }
    let back = c.input_gradient(vy, at(2, 1), Target { view: vx, add: finish });
    let of = multiplied(&back, precision);
    each_product(&c, pitches, |tap, from, to| expected[from] += of(w[tap + 1]) * of(y[to]));
    let found = two_in(precision).map(|device| Case::new(device, &[&x, &y, &w]).run(&back, 0));
    same(&found, &expected, 1e-5, &format!("gradient of the input of {c:?} in {precision:?}"));

    let mut expected = f64s(&w);
    expected[1..].iter_mut().for_each(|value| *value = if finish { *value } else { 0.0 });
    let gradient = c.weight_gradient(vx, vy, at(2, 1), finish, at(3, 0));
    let of = multiplied(&gradient, precision);
    each_product(&c, pitches, |tap, from, to| expected[tap + 1] += of(x[from]) * of(y[to]));
    let scratch = vec![f32::NAN; c.scratch()];
    let found = two_in(precision).map(|device| Case::new(device, &[&x, &y, &w, &scratch]).run(&gradient, 2));
    same(&found, &expected, 1e-5, &format!("gradient of the weight of {c:?} in {precision:?}"));
    [forward, back, gradient].iter().flatten().map(|launch| launch.kernel).collect()
}

/// The size of the result that follows from the others.
fn fitted(c: Convolution) -> Convolution {
    let size = |axis: usize| {
        let reach = c.dilation[axis] * (c.kernel[axis] - 1) + 1;
        (c.input[axis] + 2 * c.padding[axis] - reach) / c.stride[axis] + 1
    };
    Convolution { output: [size(0), size(1)], ..c }
}

fn series(
    batch: usize,
    channels: [usize; 2],
    len: usize,
    taps: usize,
    stride: usize,
    padding: usize,
) -> Convolution {
    fitted(Convolution {
        batch,
        channels: channels[0],
        outputs: channels[1],
        groups: 1,
        input: [1, len],
        output: [1, 1],
        kernel: [1, taps],
        stride: [1, stride],
        padding: [0, padding],
        dilation: [1, 1],
    })
}

fn both(c: Convolution) -> Vec<Kernel> {
    [check(c, false), check(c, true)].concat()
}

#[test]
fn convolutions_of_series_are_right() {
    both(series(3, [1, 16], 200, 64, 16, 24));
    both(series(2, [16, 32], 37, 3, 1, 1));
    both(series(2, [9, 10], 41, 5, 3, 2));
    both(Convolution { dilation: [1, 4], ..series(1, [12, 11], 30, 3, 1, 4) });
    both(series(1, [8, 8], 1, 1, 1, 0));
}

#[test]
fn convolutions_of_images_are_right() {
    let c = Convolution {
        batch: 2,
        channels: 9,
        outputs: 12,
        groups: 1,
        input: [9, 11],
        output: [1, 1],
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
    };
    both(fitted(c));
    both(fitted(Convolution { stride: [2, 2], ..c }));
    both(fitted(Convolution { kernel: [3, 2], stride: [1, 3], padding: [0, 2], dilation: [2, 3], ..c }));
    both(fitted(Convolution { kernel: [1, 1], stride: [2, 2], padding: [0, 0], ..c }));
}

#[test]
fn a_result_may_reach_beyond_the_input_and_may_leave_some_out() {
    let c = series(2, [9, 8], 20, 4, 2, 1);
    both(Convolution { output: [1, c.output[1] + 3], ..c });
    both(Convolution { output: [1, c.output[1] - 4], ..c });
}

#[test]
fn convolutions_with_one_tap_are_products() {
    let kernels = both(series(3, [20, 33], 13, 1, 1, 0));
    assert!(kernels.iter().all(|kernel| *kernel == Kernel::Product32x32), "{kernels:?}");
    both(Convolution { groups: 3, ..series(2, [27, 30], 14, 1, 1, 0) });
}

#[test]
fn groups_see_their_own_channels_only() {
    both(Convolution { groups: 3, ..series(2, [27, 30], 25, 3, 1, 1) });
    both(Convolution { groups: 2, ..series(2, [4, 18], 25, 3, 2, 1) });
}

#[test]
fn convolutions_of_few_channels_a_group_are_done_number_by_number() {
    let few = series(2, [6, 6], 25, 5, 1, 2);
    let kernels = both(Convolution { groups: 6, ..few });
    let direct = [Kernel::ConvolutionDirect, Kernel::ConvolutionInputDirect, Kernel::ConvolutionWeightDirect];
    assert_eq!(kernels, [direct, direct].concat());
    both(Convolution { groups: 3, ..few });
    both(Convolution { groups: 3, ..series(1, [3, 12], 40, 3, 2, 0) });
    let image = Convolution { groups: 4, input: [7, 5], kernel: [3, 3], ..series(2, [4, 8], 9, 3, 2, 1) };
    both(fitted(Convolution { stride: [2, 1], padding: [1, 1], dilation: [1, 2], ..image }));
}

#[test]
fn long_sums_of_the_weight_gradient_are_split() {
    let c = series(4, [8, 9], 300, 3, 1, 1);
    assert!(c.scratch() >= 2 * 8 * 9 * 3 && both(c).contains(&Kernel::SumParts));
    let c = Convolution { groups: 2, ..series(3, [16, 18], 301, 1, 1, 0) };
    assert!(c.scratch() >= 2 * 16 * 9 && both(c).contains(&Kernel::SumParts));
}

#[test]
fn every_size_of_tile_is_right() {
    let mut used = Vec::new();
    for c in [
        series(2, [1, 250], 3900, 3, 1, 1),
        series(2, [250, 1], 3900, 3, 1, 1),
        Convolution { groups: 120, ..series(1, [120 * 31, 120 * 126], 7, 4, 1, 1) },
        series(1, [70, 140], 30, 3, 1, 1),
        series(2, [1, 64], 3000, 3, 1, 1),
        series(2, [64, 1], 3000, 3, 1, 1),
        series(5, [2, 20], 3200, 3, 1, 1),
        series(5, [20, 2], 3200, 3, 1, 1),
        series(1, [128, 300], 20, 4, 2, 1),
    ] {
        used.extend(check(c, false));
    }
    for size in ["128x128", "64x64", "32x128", "32x32"] {
        for name in ["convolution", "convolution_input", "convolution_weight"] {
            let symbol = format!("brinell_{name}_{size}");
            assert!(used.iter().any(|kernel| kernel.symbol() == symbol), "{symbol} was not tried");
        }
    }
}
