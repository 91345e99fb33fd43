//! Reductions along an axis and softmax against their definition.
#![allow(clippy::unwrap_used)]

mod bed;

use bed::{agree, in_both_orders, numbers, upon, wide};
use brinell_gpu::Axis;

fn axes() -> Vec<Axis> {
    [
        // planes, short and long
        [2, 3, 49, 1],
        [1, 2, 5000, 1],
        [5, 40, 3, 1],
        [3, 100, 1, 1],
        // an axis with others behind it
        [2, 1, 7, 33],
        [3, 2, 40, 5],
        [1, 1, 300, 2],
        [1, 3, 1, 300],
        [2, 2, 64, 64],
    ]
    .map(|[batch, outer, len, inner]| Axis { batch, outer, len, inner })
    .to_vec()
}

/// The places of every column, over all samples.
fn columns(axis: &Axis) -> Vec<Vec<usize>> {
    let Axis { batch, outer, len, inner } = *axis;
    let column = |c: usize| (0..len).map(|l| (c / inner * len + l) * inner + c % inner).collect();
    (0..batch * outer * inner).map(column).collect()
}

#[test]
fn means_and_largest_values_go_along_the_axis_and_back() {
    for (seed, axis) in axes().into_iter().enumerate() {
        let (results, sample) = (axis.outer * axis.inner, axis.outer * axis.len * axis.inner);
        let count = axis.batch * sample;
        let mut x: Vec<f32> =
            numbers(count, seed as u64).iter().map(|v| (v * 9.0).round() / 2.0 + 1.0).collect();
        let (dy, old) = (numbers(axis.batch * results, 77), numbers(count, 78));
        let columns = columns(&axis);
        if let [first, second, ..] = columns[0][..] {
            (x[first], x[second]) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        }
        let (mut largest, mut places, mut means) = (Vec::new(), Vec::new(), Vec::new());
        let (mut dlargest, mut dmean) = (vec![0.0; count], vec![0.0; count]);
        for (column, dy) in columns.iter().zip(wide(&dy)) {
            let best = (0..axis.len).fold(0, |best, l| if x[column[l]] > x[column[best]] { l } else { best });
            largest.push(f64::from(x[column[best]]));
            places.push(best as u32);
            dlargest[column[best]] = dy;
            means.push(column.iter().map(|at| f64::from(old[*at])).sum::<f64>() / axis.len as f64);
            column.iter().for_each(|at| dmean[*at] = dy / axis.len as f64);
        }
        for add in [false, true] {
            let found = in_both_orders(|bed| {
                let (vx, vold, vdy) = (bed.view(&x, sample), bed.view(&old, sample), bed.view(&dy, results));
                let (y, at) = (bed.open(axis.batch, results), bed.room(axis.batch * results));
                let (mean, dx) = (bed.open(axis.batch, results), bed.target(&old, sample, add));
                let dmean = bed.target(&old, sample, add);
                bed.run(&[axis.largest(vx, y, at), axis.largest_gradient(vdy, at, dx)]);
                bed.run(&[axis.mean(vold, mean), axis.mean_gradient(vdy, dmean)]);
                vec![
                    bed.samples(y, axis.batch, results),
                    bed.take(at, axis.batch * results),
                    bed.samples(dx.view, axis.batch, sample),
                    bed.samples(mean, axis.batch, results),
                    bed.samples(dmean.view, axis.batch, sample),
                ]
            });
            agree("largest", &found[0], &largest);
            assert_eq!(found[1].iter().map(|place| place.to_bits()).collect::<Vec<_>>(), places, "{axis:?}");
            agree("gradient of largest", &found[2], &upon(&old, &dlargest, add));
            agree("mean", &found[3], &means);
            agree("gradient of the mean", &found[4], &upon(&old, &dmean, add));
        }
    }
}

#[test]
fn softmax_goes_along_the_axis_and_back() {
    for (seed, axis) in axes().into_iter().enumerate() {
        let sample = axis.outer * axis.len * axis.inner;
        let count = axis.batch * sample;
        let x: Vec<f32> = numbers(count, seed as u64).iter().map(|v| v * 5.0 + 200.0).collect();
        let (dy, old) = (numbers(count, 77), numbers(count, 78));
        let (mut y, mut dx) = (vec![0.0; count], vec![0.0; count]);
        for column in columns(&axis) {
            let powers: Vec<f64> = column.iter().map(|at| (f64::from(x[*at]) - 200.0).exp()).collect();
            let sum: f64 = powers.iter().sum();
            column.iter().zip(&powers).for_each(|(at, power)| y[*at] = power / sum);
            let level: f64 = column.iter().map(|at| y[*at] * f64::from(dy[*at])).sum();
            column.iter().for_each(|at| dx[*at] = y[*at] * (f64::from(dy[*at]) - level));
        }
        for add in [false, true] {
            let found = in_both_orders(|bed| {
                let (vx, vdy, vy) =
                    (bed.view(&x, sample), bed.view(&dy, sample), bed.open(axis.batch, sample));
                let to = bed.target(&old, sample, add);
                bed.run(&[axis.softmax(vx, vy), axis.softmax_gradient(vy, vdy, to)]);
                vec![bed.samples(vy, axis.batch, sample), bed.samples(to.view, axis.batch, sample)]
            });
            agree("softmax", &found[0], &y);
            agree("its gradient", &found[1], &upon(&old, &dx, add));
        }
    }
}

#[test]
fn the_first_value_that_is_not_a_number_is_the_largest() {
    for inner in [1, 3] {
        let axis = Axis { batch: 1, outer: 1, len: 100, inner };
        let mut x = numbers(100 * inner, 3);
        (x[41 * inner], x[17 * inner], x[80 * inner]) = (f32::NAN, f32::NAN, f32::INFINITY);
        let found = in_both_orders(|bed| {
            let (vx, y, places) = (bed.view(&x, 100 * inner), bed.open(1, inner), bed.room(inner));
            bed.run(&[axis.largest(vx, y, places)]);
            vec![bed.samples(y, 1, inner), bed.take(places, inner)]
        });
        assert!(found[0][0].is_nan() && found[0][1..].iter().all(|value| !value.is_nan()));
        assert_eq!(found[1][0].to_bits(), 17);
    }
}
