//! Numbers moved as they are.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::{View, copy, fill, permute, place, slice};
use numbers::{apart, at, close, numbers, run, target, together, view, wide};

fn begin(old: &[f32], add: bool) -> Vec<f64> {
    old.iter().map(|old| if add { f64::from(*old) } else { 0.0 }).collect()
}

#[test]
fn samples_are_copied_from_one_pitch_to_another() {
    for (batch, count, add) in [(3, 2, false), (5, 700, true), (1, 1, true)] {
        let [x, old] = [1, 2].map(|seed| numbers(seed, batch * count));
        let buffers = [apart(&x, count, count + 2), apart(&old, count, count + 3)];
        let found = run(&buffers, &[copy(batch, count, view(0, count + 2), target(1, count + 3, add))]);
        let expected: Vec<f64> =
            begin(&old, add).iter().zip(&x).map(|(old, x)| old + f64::from(*x)).collect();
        close("copy", &together(&found[1], count, count + 3), &expected);
    }
}

#[test]
fn axes_come_in_any_order() {
    let mut orders = Vec::new();
    for i in 0..256 {
        let order = [i / 64, i / 16 % 4, i / 4 % 4, i % 4];
        if (0..4).all(|axis| order.contains(&axis)) {
            orders.push(order);
        }
    }
    for (shape, add) in
        [([2, 3, 4, 5], false), ([1, 3, 40, 35], true), ([9, 1, 2, 33], false), ([1, 1, 1, 6], true)]
    {
        for order in &orders {
            let (batch, count) = (2, shape.iter().product::<usize>());
            let [x, old] = [1, 2].map(|seed| numbers(seed, batch * count));
            let buffers = [apart(&x, count, count + 1), apart(&old, count, count + 4)];
            let launch = permute(batch, shape, *order, view(0, count + 1), target(1, count + 4, add));
            let found = run(&buffers, &[launch]);
            let mut expected = begin(&old, add);
            let lengths = order.map(|axis| shape[axis]);
            for (place, value) in expected.iter_mut().enumerate() {
                let (sample, mut rest) = (place / count, place % count);
                let mut index = [0; 4];
                for axis in (0..4).rev() {
                    index[order[axis]] = rest % lengths[axis];
                    rest /= lengths[axis];
                }
                let from = shape.iter().zip(index).fold(sample, |at, (len, index)| at * len + index);
                *value += f64::from(x[from]);
            }
            close(&format!("{shape:?} as {order:?}"), &together(&found[1], count, count + 4), &expected);
        }
    }
}

#[test]
fn a_part_of_an_axis_is_taken_and_put_back() {
    let (batch, outer, len, inner, start, taken) = (3, 4, 7, 5, 2, 3);
    let (whole, part) = (outer * len * inner, outer * taken * inner);
    let at_whole = |i: usize| {
        let (sample, within) = (i / part, i % part);
        sample * whole + within / (taken * inner) * len * inner + start * inner + within % (taken * inner)
    };
    for add in [false, true] {
        let [x, small] = [1, 2].map(|seed| numbers(seed, batch * whole.max(part)));
        let small = &small[..batch * part];
        let buffers = [apart(&x, whole, whole + 1), apart(small, part, part + 2)];
        let (of_whole, of_part) = (whole + 1, part + 2);
        let cut = slice(batch, outer, len, inner, start, taken, view(0, of_whole), target(1, of_part, add));
        let mut expected = begin(small, add);
        expected.iter_mut().enumerate().for_each(|(i, value)| *value += f64::from(x[at_whole(i)]));
        close("slice", &together(&run(&buffers, &[cut])[1], part, of_part), &expected);

        let put = place(batch, outer, taken, inner, start, len, view(1, of_part), target(0, of_whole, add));
        let mut expected = wide(&x);
        for (i, value) in small.iter().enumerate() {
            let old = &mut expected[at_whole(i)];
            *old = f64::from(*value) + if add { *old } else { 0.0 };
        }
        close("place", &together(&run(&buffers, &[put])[0], whole, of_whole), &expected);
    }
}

#[test]
fn stretches_are_filled_sample_by_sample() {
    let found = run(&[vec![0.0; 7]], &[fill(2, 2, View { at: at(0).plus(1), pitch: 3 }, 2.5)]);
    assert_eq!(found[0], [0.0, 2.5, 2.5, 0.0, 2.5, 2.5, 0.0]);
}
