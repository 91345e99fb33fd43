//! Losses of classes.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::At;
use brinell_gpu::CrossEntropy;
use numbers::{apart, at, close, numbers, run, target, together, view, wide};

struct Expected {
    loss: f64,
    right: f64,
    slopes: Vec<f64>,
}

fn expected(logits: &[f64], labels: &[i32], weights: &[f64], smoothing: f64) -> Expected {
    let classes = weights.len();
    let total: f64 = labels.iter().filter(|label| **label >= 0).map(|label| weights[*label as usize]).sum();
    let mut found = Expected { loss: 0.0, right: 0.0, slopes: Vec::new() };
    for (z, label) in logits.chunks(classes).zip(labels) {
        if *label < 0 {
            found.slopes.extend(vec![0.0; classes]);
            continue;
        }
        let label = *label as usize;
        let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        found.right += f64::from(u8::from(z.iter().position(|z| *z == most) == Some(label)));
        let sum: f64 = z.iter().map(|z| (z - most).exp()).sum();
        let share = |k: usize| {
            let sharp = f64::from(u8::from(k == label));
            weights[k] * ((1.0 - smoothing) * sharp + smoothing / classes as f64) / total
        };
        let all: f64 = (0..classes).map(share).sum();
        for (k, z) in z.iter().enumerate() {
            let log = z - most - sum.ln();
            found.loss -= share(k) * log;
            found.slopes.push(all * log.exp() - share(k));
        }
    }
    found
}

#[test]
fn the_loss_its_gradient_and_right_answers_agree_with_their_formulas() {
    for (rows, classes, smoothing, weighted, add) in [
        (5, 4, 0.0, false, false),
        (300, 3, 0.1, true, true),
        (1, 1, 0.0, false, false),
        (257, 11, 0.2, true, false),
    ] {
        let logits: Vec<f32> = numbers(1, rows * classes).iter().map(|z| 4.0 * z).collect();
        let old = numbers(2, rows * classes);
        let mut weights: Vec<f32> = numbers(3, classes).iter().map(|w| w.abs() + 0.1).collect();
        if !weighted {
            weights = vec![1.0; classes];
        }
        let ignored = |i: usize| if rows > 4 && i % 7 == 3 { -1 } else { (i * 5 % classes) as i32 };
        let labels: Vec<i32> = (0..rows).map(ignored).collect();
        let words = labels.iter().map(|label| f32::from_bits(label.cast_unsigned())).collect();
        let buffers = [
            apart(&logits, classes, classes + 1),
            words,
            weights.clone(),
            vec![9.0; 2],
            apart(&old, classes, classes + 2),
        ];
        let of = CrossEntropy { rows, classes, smoothing };
        let place = if weighted { at(2) } else { At::NOWHERE };
        let gradient = target(4, classes + 2, add);
        let found = run(&buffers, &[of.launch(view(0, classes + 1), at(1), place, at(3), Some(gradient))]);
        let expected = expected(&wide(&logits), &labels, &wide(&weights), f64::from(smoothing));
        close("loss", &wide(&found[3]), &[expected.loss, expected.right]);
        let slopes: Vec<f64> = expected
            .slopes
            .iter()
            .zip(&old)
            .map(|(slope, old)| slope + if add { f64::from(*old) } else { 0.0 })
            .collect();
        close("slopes", &together(&found[4], classes, classes + 2), &slopes);
    }
}

#[test]
fn the_loss_of_a_sure_answer_keeps_its_digits_and_the_first_of_equal_logits_answers() {
    let buffers = [vec![20.0, 0.0], vec![f32::from_bits(0)], vec![0.0; 2]];
    let of = CrossEntropy { rows: 1, classes: 2, smoothing: 0.0 };
    let found = run(&buffers, &[of.launch(view(0, 2), at(1), At::NOWHERE, at(2), None)]);
    let expected = (-20.0_f64).exp().ln_1p();
    assert!((f64::from(found[2][0]) / expected - 1.0).abs() < 1e-5, "{:?}", found[2]);
    for (label, right) in [(0, 1.0), (1, 0.0)] {
        let buffers = [vec![3.0, 3.0], vec![f32::from_bits(label)], vec![0.0; 2]];
        let found = run(&buffers, &[of.launch(view(0, 2), at(1), At::NOWHERE, at(2), None)]);
        assert_eq!(found[2][1], right);
    }
}

#[test]
fn a_logit_that_is_no_number_makes_the_loss_none() {
    for place in 0..3 {
        let mut logits = vec![1.0, 2.0, 3.0];
        logits[place] = f32::NAN;
        let buffers = [logits, vec![f32::from_bits(1)], vec![0.0; 2]];
        let of = CrossEntropy { rows: 1, classes: 3, smoothing: 0.0 };
        let found = run(&buffers, &[of.launch(view(0, 3), at(1), At::NOWHERE, at(2), None)]);
        assert!(found[2][0].is_nan(), "{:?}", found[2]);
    }
}
