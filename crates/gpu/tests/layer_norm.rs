//! Layer norm against its definition.
#![allow(clippy::unwrap_used)]

mod bed;

use bed::{agree, in_both_orders, numbers, upon, wide};
use brinell_gpu::LayerNorm;

#[test]
fn the_norm_of_channels_and_its_gradients_are_those_of_the_definition() {
    let sizes = [[2, 7, 33], [3, 64, 1], [1, 300, 5], [2, 3, 700], [70, 5, 1], [1, 1, 1], [5, 32, 64]];
    for (seed, [batch, channels, positions]) in sizes.into_iter().enumerate() {
        let norm = LayerNorm { batch, channels, positions, eps: 1e-3 };
        let sample = channels * positions;
        let count = batch * sample;
        // Far from 0, as a norm has to bear.
        let x: Vec<f32> = numbers(count, seed as u64).iter().map(|v| v + 4.0).collect();
        let (dy, old) = (numbers(count, 77), numbers(count, 78));
        let (gamma, beta) = (numbers(channels, 79), numbers(channels, 80));
        let (mut y, mut dx) = (vec![0.0; count], vec![0.0; count]);
        let (mut dgamma, mut dbeta) = (vec![0.0; channels], vec![0.0; channels]);
        let (wx, wdy, wgamma, wbeta) = (wide(&x), wide(&dy), wide(&gamma), wide(&beta));
        for at in 0..batch * positions {
            let place = |c: usize| at / positions * sample + c * positions + at % positions;
            let mean = |of: &dyn Fn(usize) -> f64| (0..channels).map(of).sum::<f64>() / channels as f64;
            let level = mean(&|c| wx[place(c)]);
            let scale = 1.0 / (mean(&|c| (wx[place(c)] - level).powi(2)) + f64::from(norm.eps)).sqrt();
            let normal = |c: usize| (wx[place(c)] - level) * scale;
            let plain = mean(&|c| wdy[place(c)] * wgamma[c]);
            let slope = mean(&|c| wdy[place(c)] * wgamma[c] * normal(c));
            for c in 0..channels {
                y[place(c)] = normal(c) * wgamma[c] + wbeta[c];
                dx[place(c)] = scale * (wdy[place(c)] * wgamma[c] - plain - normal(c) * slope);
                dgamma[c] += wdy[place(c)] * normal(c);
                dbeta[c] += wdy[place(c)];
            }
        }
        for add in [false, true] {
            let found = in_both_orders(|bed| {
                let (vx, vdy, vy) = (bed.view(&x, sample), bed.view(&dy, sample), bed.open(batch, sample));
                let (g, b) = (bed.put(&gamma), bed.put(&beta));
                let (dg, db, room) = (bed.put(&beta), bed.put(&gamma), bed.room(norm.scratch()));
                let to = bed.target(&old, sample, add);
                bed.run(&[norm.forward(vx, g, b, vy)]);
                bed.run(&norm.gradient(vx, vdy, g, to, dg, db, add, room));
                vec![
                    bed.samples(vy, batch, sample),
                    bed.samples(to.view, batch, sample),
                    bed.take(dg, channels),
                    bed.take(db, channels),
                ]
            });
            agree("norm", &found[0], &y);
            agree("gradient of the input", &found[1], &upon(&old, &dx, add));
            agree("gradient of gamma", &found[2], &upon(&beta, &dgamma, add));
            agree("gradient of beta", &found[3], &upon(&gamma, &dbeta, add));
        }
    }
}
