//! Steps of optimisers.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::{
    AdamScalars, CHUNK, RmsPropScalars, SCALARS, SgdScalars, adam, average, double, rms_prop, sgd, squares,
    squares_scratch,
};
use numbers::{at, close, numbers, run, wide};

const COUNT: usize = 2 * CHUNK + 100;
/// Groups of the three chunks.
const GROUPS: [u32; 3] = [1, 0, 1];

/// Weights, gradients, three memories, groups, scalars of both groups.
fn buffers(scalars: [[f32; SCALARS]; 2]) -> Vec<Vec<f32>> {
    let squared = |seed| numbers(seed, COUNT).iter().map(|x| x * x).collect::<Vec<f32>>();
    vec![
        numbers(1, COUNT),
        numbers(2, COUNT),
        numbers(3, COUNT),
        squared(4),
        squared(5),
        GROUPS.iter().map(|group| f32::from_bits(*group)).collect(),
        scalars.concat(),
    ]
}

fn wide_of(buffers: &[Vec<f32>], number: usize, i: usize) -> f64 {
    f64::from(buffers[number][i])
}

#[test]
fn adam_steps_by_its_formula() {
    let of_group = |size, in_gradient, shrink| AdamScalars {
        scale: 0.5,
        beta1: 0.9,
        beta2: 0.99,
        new1: 0.1,
        new2: 0.01,
        eps: 1e-6,
        size,
        root: 0.7,
        in_gradient,
        shrink,
    };
    let groups = [of_group(0.1, 0.3, 1.0), of_group(0.05, 0.0, 0.98)];
    let given = buffers(groups.map(|group| group.numbers()));
    for largest in [None, Some(at(4))] {
        let found = run(&given, &[adam(COUNT, at(0), at(1), at(2), at(3), largest, at(5), at(6))]);
        let mut expected = vec![Vec::new(); 4];
        for i in 0..COUNT {
            let by = groups[GROUPS[i / CHUNK] as usize];
            let wide = |x: f32| f64::from(x);
            let old = |number| wide_of(&given, number, i);
            let g = old(1) * wide(by.scale) + wide(by.in_gradient) * old(0);
            let m = wide(by.beta1) * old(2) + wide(by.new1) * g;
            let v = wide(by.beta2) * old(3) + wide(by.new2) * g * g;
            let most = if largest.is_some() { v.max(old(4)) } else { v };
            let step = wide(by.size) * m / (most.sqrt() / wide(by.root) + wide(by.eps));
            expected[0].push(old(0) * wide(by.shrink) - step);
            expected[1].push(m);
            expected[2].push(v);
            expected[3].push(if largest.is_some() { most } else { old(4) });
        }
        for (number, expected) in [0, 2, 3, 4].into_iter().zip(&expected) {
            close(&format!("buffer {number}"), &wide(&found[number]), expected);
        }
    }
}

#[test]
fn gradient_descent_steps_by_its_formula() {
    let of_group =
        |taken, own, kept| SgdScalars { scale: 0.5, decay: 0.1, size: 0.2, taken, momentum: 0.9, own, kept };
    let groups = [of_group(1.0, 0.0, 1.0), of_group(0.8, 1.0, 0.9)];
    let given = buffers(groups.map(|group| group.numbers()));
    for momentum in [None, Some(at(2))] {
        let found = run(&given, &[sgd(COUNT, at(0), at(1), momentum, at(5), at(6))]);
        let (mut weights, mut momenta) = (Vec::new(), Vec::new());
        for i in 0..COUNT {
            let by = groups[GROUPS[i / CHUNK] as usize];
            let wide = |x: f32| f64::from(x);
            let old = |number| wide_of(&given, number, i);
            let g = old(1) * wide(by.scale) + wide(by.decay) * old(0);
            let b = wide(by.momentum) * old(2) + wide(by.taken) * g;
            let step = if momentum.is_some() { wide(by.own) * g + wide(by.kept) * b } else { g };
            weights.push(old(0) - wide(by.size) * step);
            momenta.push(if momentum.is_some() { b } else { old(2) });
        }
        close("weights", &wide(&found[0]), &weights);
        close("momenta", &wide(&found[2]), &momenta);
    }
}

#[test]
fn rms_prop_steps_by_its_formula() {
    let of_group = |size, decay| RmsPropScalars {
        scale: 2.0,
        decay,
        size,
        alpha: 0.9,
        new: 0.1,
        eps: 1e-2,
        momentum: 0.8,
    };
    let groups = [of_group(0.1, 0.0), of_group(0.2, 0.3)];
    let given = buffers(groups.map(|group| group.numbers()));
    for (mean, momentum) in
        [(None, None), (Some(at(4)), None), (None, Some(at(2))), (Some(at(4)), Some(at(2)))]
    {
        let found = run(&given, &[rms_prop(COUNT, at(0), at(1), at(3), mean, momentum, at(5), at(6))]);
        let mut expected = vec![Vec::new(); 4];
        for i in 0..COUNT {
            let by = groups[GROUPS[i / CHUNK] as usize];
            let wide = |x: f32| f64::from(x);
            let old = |number| wide_of(&given, number, i);
            let g = old(1) * wide(by.scale) + wide(by.decay) * old(0);
            let v = wide(by.alpha) * old(3) + wide(by.new) * g * g;
            let of_mean = mean.map(|_| wide(by.alpha) * old(4) + wide(by.new) * g);
            let square = of_mean.map_or(v, |mean| (v - mean * mean).max(0.0));
            let step = g / (square.sqrt() + wide(by.eps));
            let of_momentum = momentum.map(|_| wide(by.momentum) * old(2) + step);
            expected[0].push(old(0) - wide(by.size) * of_momentum.unwrap_or(step));
            expected[1].push(of_momentum.unwrap_or(old(2)));
            expected[2].push(v);
            expected[3].push(of_mean.unwrap_or(old(4)));
        }
        for (number, expected) in [0, 2, 3, 4].into_iter().zip(&expected) {
            close(&format!("buffer {number}"), &wide(&found[number]), expected);
        }
    }
}

#[test]
fn squares_are_summed_in_double_and_show_what_is_not_finite() {
    for count in [1, 255, 5000] {
        let mut gradients = numbers(1, count);
        let sum_of = |gradients: &[f32]| {
            let buffers = [gradients.to_vec(), vec![0.0; 4], vec![0.0; squares_scratch(count)]];
            let found = run(&buffers, &squares(count, at(0), at(1).plus(2), at(2)));
            double([found[1][2], found[1][3]])
        };
        let expected: f64 = wide(&gradients).iter().map(|x| x * x).sum();
        assert!((sum_of(&gradients) / expected - 1.0).abs() < 1e-12);
        gradients[count / 2] = 1e30;
        assert!((sum_of(&gradients) / 1e60 - 1.0).abs() < 1e-6);
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            gradients[count - 1] = wrong;
            assert!(!sum_of(&gradients).is_finite());
        }
    }
}

#[test]
fn averages_follow_weights() {
    let buffers = [vec![1.0, 2.0, 3.0], vec![0.0, 2.0, 1.0], vec![0.75]];
    let found = run(&buffers, &[average(3, at(0), at(1), at(2))]);
    assert_eq!(found[1], [0.25, 2.0, 1.5]);
}
