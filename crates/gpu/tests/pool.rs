//! Windows against their definition.
#![allow(clippy::unwrap_used)]

mod bed;

use bed::{agree, in_both_orders, numbers, upon, wide};
use brinell_gpu::{AdaptivePool, Pool};

/// Taps of a window in its plane, in the order of rows, and how many count with padding.
type Windows = Vec<(Vec<usize>, usize)>;

fn sliding(pool: &Pool) -> Windows {
    let [h, w] = pool.input;
    let mut windows = Vec::new();
    for at in 0..pool.output[0] * pool.output[1] {
        let begin = [at / pool.output[1] * pool.stride[0], at % pool.output[1] * pool.stride[1]];
        let (mut taps, mut padded) = (Vec::new(), 0);
        for v in 0..pool.kernel[0] {
            for u in 0..pool.kernel[1] {
                let (y, x) = (begin[0] + v * pool.dilation[0], begin[1] + u * pool.dilation[1]);
                let [ph, pw] = pool.padding;
                padded += usize::from(y < h + 2 * ph && x < w + 2 * pw);
                if y >= ph && x >= pw && y - ph < h && x - pw < w {
                    taps.push((y - ph) * w + x - pw);
                }
            }
        }
        windows.push((taps, padded));
    }
    windows
}

fn adaptive(pool: &AdaptivePool) -> Windows {
    let range = |i: usize, axis: usize| {
        let (n, o) = (pool.input[axis], pool.output[axis]);
        i * n / o..((i + 1) * n).div_ceil(o)
    };
    (0..pool.output[0] * pool.output[1])
        .map(|at| {
            let rows = range(at / pool.output[1], 0);
            let taps: Vec<_> = rows
                .flat_map(|y| range(at % pool.output[1], 1).map(move |x| y * pool.input[1] + x))
                .collect();
            let count = taps.len();
            (taps, count)
        })
        .collect()
}

fn largest(x: &[f32], taps: &[usize]) -> Option<usize> {
    let over = |a: f32, b: f32| a > b || (a.is_nan() && !b.is_nan());
    taps.iter().copied().reduce(|best, tap| if over(x[tap], x[best]) { tap } else { best })
}

/// Forwards and backwards, over all planes, of largest values (and places) and of means.
struct Expected {
    largest: Vec<f64>,
    places: Vec<i32>,
    largest_gradient: Vec<f64>,
    means: [Vec<f64>; 2],
    mean_gradients: [Vec<f64>; 2],
}

fn expected(windows: &Windows, x: &[f32], dy: &[f32], plane: usize) -> Expected {
    let mut all = Expected {
        largest: Vec::new(),
        places: Vec::new(),
        largest_gradient: vec![0.0; x.len()],
        means: Default::default(),
        mean_gradients: [vec![0.0; x.len()], vec![0.0; x.len()]],
    };
    for (p, x) in x.chunks(plane).enumerate() {
        for (at, (taps, padded)) in windows.iter().enumerate() {
            let dy = f64::from(dy[p * windows.len() + at]);
            let place = largest(x, taps);
            all.largest.push(place.map_or(f64::NEG_INFINITY, |place| f64::from(x[place])));
            all.places.push(place.map_or(-1, |place| place as i32));
            if let Some(place) = place {
                all.largest_gradient[p * plane + place] += dy;
            }
            for (padding, count) in [taps.len(), *padded].into_iter().enumerate() {
                let count = count.max(1) as f64;
                all.means[padding].push(taps.iter().map(|tap| f64::from(x[*tap])).sum::<f64>() / count);
                for tap in taps {
                    all.mean_gradients[padding][p * plane + tap] += dy / count;
                }
            }
        }
    }
    all
}

fn pools() -> Vec<Pool> {
    let plain = Pool {
        batch: 2,
        channels: 3,
        input: [1, 50],
        output: [1, 25],
        kernel: [1, 2],
        stride: [1, 2],
        padding: [0, 0],
        dilation: [1, 1],
    };
    vec![
        plain,
        // overlapping, padded, the last window beyond the input
        Pool { input: [1, 13], output: [1, 7], kernel: [1, 3], padding: [0, 1], ..plain },
        Pool { input: [1, 14], output: [1, 5], kernel: [1, 5], stride: [1, 3], padding: [0, 2], ..plain },
        Pool { input: [9, 11], output: [5, 6], kernel: [3, 3], stride: [2, 2], padding: [1, 1], ..plain },
        Pool { input: [6, 7], output: [3, 4], kernel: [2, 2], stride: [2, 2], ..plain },
        // dilated; a window between two values sees nothing but padding
        Pool { input: [5, 40], output: [3, 34], kernel: [3, 3], stride: [1, 1], dilation: [1, 3], ..plain },
        Pool {
            input: [1, 2],
            output: [1, 3],
            kernel: [1, 2],
            stride: [1, 1],
            padding: [0, 2],
            dilation: [1, 3],
            ..plain
        },
        // strides that leave places out, and a window as long as the input
        Pool { input: [1, 31], output: [1, 6], kernel: [1, 2], stride: [1, 5], ..plain },
        Pool { input: [1, 300], output: [1, 1], kernel: [1, 300], stride: [1, 300], channels: 1, ..plain },
        Pool {
            batch: 1,
            channels: 1,
            input: [1, 1],
            output: [1, 1],
            kernel: [1, 1],
            stride: [1, 1],
            ..plain
        },
        Pool {
            batch: 3,
            channels: 5,
            input: [17, 19],
            output: [17, 19],
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
            ..plain
        },
    ]
}

#[test]
fn windows_that_slide_are_those_of_the_definition() {
    for (seed, pool) in pools().into_iter().enumerate() {
        let (plane, size) = (pool.input[0] * pool.input[1], pool.output[0] * pool.output[1]);
        let planes = pool.batch * pool.channels;
        // Halves of few values: many are equal.
        let x: Vec<f32> =
            numbers(planes * plane, seed as u64).iter().map(|v| (v * 3.0).round() / 2.0).collect();
        let (dy, old) = (numbers(planes * size, 77), numbers(planes * plane, 78));
        let windows = sliding(&pool);
        let expected = expected(&windows, &x, &dy, plane);
        let (sample, results) = (pool.channels * plane, pool.channels * size);
        for add in [false, true] {
            let found = in_both_orders(|bed| {
                let (vx, vdy) = (bed.view(&x, sample), bed.view(&dy, results));
                let (y, places) = (bed.open(pool.batch, results), bed.room(planes * size));
                let dx = bed.target(&old, sample, add);
                bed.run(&[pool.largest(vx, y, places), pool.largest_gradient(vdy, places, dx)]);
                let mut found = vec![
                    bed.samples(y, pool.batch, results),
                    bed.take(places, planes * size),
                    bed.samples(dx.view, pool.batch, sample),
                ];
                for padding in [false, true] {
                    let (y, dx) = (bed.open(pool.batch, results), bed.target(&old, sample, add));
                    bed.run(&[pool.mean(padding, vx, y), pool.mean_gradient(padding, vdy, dx)]);
                    found.push(bed.samples(y, pool.batch, results));
                    found.push(bed.samples(dx.view, pool.batch, sample));
                }
                found
            });
            agree("largest", &found[0], &expected.largest);
            let places: Vec<i32> = found[1].iter().map(|place| place.to_bits().cast_signed()).collect();
            assert_eq!(places, expected.places, "{pool:?}");
            agree("gradient of largest", &found[2], &upon(&old, &expected.largest_gradient, add));
            for padding in [0, 1] {
                agree("mean", &found[3 + 2 * padding], &expected.means[padding]);
                let gradient = upon(&old, &expected.mean_gradients[padding], add);
                agree("gradient of the mean", &found[4 + 2 * padding], &gradient);
            }
        }
    }
}

#[test]
fn as_many_windows_as_asked_for_are_those_of_the_definition() {
    let sizes = [
        ([1, 50], [1, 7]),
        ([1, 5], [1, 8]),
        ([7, 13], [3, 4]),
        ([7, 13], [1, 1]),
        ([40, 3], [2, 3]),
        ([1, 700], [1, 1]),
        ([1, 700], [1, 2]),
        ([6, 6], [6, 6]),
        ([2, 3], [5, 7]),
    ];
    for (seed, (input, output)) in sizes.into_iter().enumerate() {
        let pool = AdaptivePool { batch: 3, channels: 2, input, output };
        let (plane, size, planes) = (input[0] * input[1], output[0] * output[1], 6);
        let x: Vec<f32> =
            numbers(planes * plane, seed as u64).iter().map(|v| (v * 9.0).round() / 2.0).collect();
        let (dy, old) = (numbers(planes * size, 77), numbers(planes * plane, 78));
        let expected = expected(&adaptive(&pool), &x, &dy, plane);
        let (sample, results) = (2 * plane, 2 * size);
        for add in [false, true] {
            let found = in_both_orders(|bed| {
                let (vx, vdy) = (bed.view(&x, sample), bed.view(&dy, results));
                let (y, places) = (bed.open(3, results), bed.room(planes * size));
                let dx = bed.target(&old, sample, add);
                let (mean, dmean) = (bed.open(3, results), bed.target(&old, sample, add));
                bed.run(&[pool.largest(vx, y, places), pool.largest_gradient(vdy, places, dx)]);
                bed.run(&[pool.mean(vx, mean), pool.mean_gradient(vdy, dmean)]);
                vec![
                    bed.samples(y, 3, results),
                    bed.take(places, planes * size),
                    bed.samples(dx.view, 3, sample),
                    bed.samples(mean, 3, results),
                    bed.samples(dmean.view, 3, sample),
                ]
            });
            agree("largest", &found[0], &expected.largest);
            let places: Vec<i32> = found[1].iter().map(|place| place.to_bits().cast_signed()).collect();
            assert_eq!(places, expected.places, "{pool:?}");
            agree("gradient of largest", &found[2], &upon(&old, &expected.largest_gradient, add));
            agree("mean", &found[3], &expected.means[0]);
            agree("gradient of the mean", &found[4], &upon(&old, &expected.mean_gradients[0], add));
        }
    }
}

#[test]
fn what_is_not_a_number_is_the_largest_and_minus_infinity_a_value() {
    let pool = pools()[0];
    let mut x = numbers(300, 1);
    (x[4], x[11], x[20], x[21]) = (f32::NAN, f32::NAN, f32::NEG_INFINITY, f32::NEG_INFINITY);
    let windows = AdaptivePool { batch: 2, channels: 3, input: [1, 50], output: [1, 25] };
    let found = in_both_orders(|bed| {
        let (vx, y, places) = (bed.view(&x, 150), bed.open(2, 75), bed.room(150));
        let (other, others) = (bed.open(2, 75), bed.room(150));
        bed.run(&[pool.largest(vx, y, places), windows.largest(vx, other, others)]);
        vec![bed.samples(y, 2, 75), bed.take(places, 150), bed.samples(other, 2, 75), bed.take(others, 150)]
    });
    for [values, places] in [[&found[0], &found[1]], [&found[2], &found[3]]] {
        assert!(values[2].is_nan() && values[5].is_nan() && values[10] == f32::NEG_INFINITY);
        assert_eq!([2, 5, 10].map(|at| places[at].to_bits()), [4, 11, 20]);
        assert!(wide(values).iter().filter(|value| value.is_nan()).count() == 2);
    }
}
