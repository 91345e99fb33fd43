//! Shrinkage against its definition.
#![allow(clippy::unwrap_used)]

mod bed;

use bed::{agree, in_both_orders, numbers, upon, wide};
use brinell_gpu::SoftThreshold;

#[test]
fn what_is_within_the_threshold_becomes_0_and_the_rest_moves_towards_it() {
    let sizes = [[2, 3, 50, 1], [2, 3, 50, 0], [3, 5, 1, 1], [1, 1, 3000, 1], [4, 33, 7, 0]];
    for (seed, [batch, channels, positions, per_channel]) in sizes.into_iter().enumerate() {
        let op = SoftThreshold { batch, channels, positions, per_channel: per_channel == 1 };
        let sample = channels * positions;
        let thresholds = if op.per_channel { channels } else { 1 };
        let (mut x, dy) = (numbers(batch * sample, seed as u64), numbers(batch * sample, 77));
        // Some below 0.
        let mut t: Vec<f32> = numbers(batch * thresholds, 5).iter().map(|t| t * 0.5 + 0.3).collect();
        (t[0], x[0], x[1 % sample]) = (0.25, 0.25, -0.25);
        let (old, told) = (numbers(batch * sample, 78), numbers(t.len(), 79));
        let (mut y, mut dx, mut dt) = (Vec::new(), Vec::new(), vec![0.0; t.len()]);
        for (i, (x, dy)) in wide(&x).into_iter().zip(wide(&dy)).enumerate() {
            let of = i / (sample / thresholds);
            let limit = f64::from(t[of]);
            let beyond = x.abs() > limit && x != 0.0;
            y.push(if beyond { x - x.signum() * limit } else { 0.0 });
            dx.push(if beyond { dy } else { 0.0 });
            dt[of] -= if beyond { x.signum() * dy } else { 0.0 };
        }
        for add in [false, true] {
            let found = in_both_orders(|bed| {
                let (vx, vdy, vy) = (bed.view(&x, sample), bed.view(&dy, sample), bed.open(batch, sample));
                let (vt, to) = (bed.view(&t, thresholds), bed.target(&old, sample, add));
                let tos = bed.target(&told, thresholds, add);
                bed.run(&[op.forward(vx, vt, vy)]);
                bed.run(&op.gradient(vx, vt, vdy, to, tos));
                vec![
                    bed.samples(vy, batch, sample),
                    bed.samples(to.view, batch, sample),
                    bed.samples(tos.view, batch, thresholds),
                ]
            });
            agree("values", &found[0], &y);
            agree("gradient of the input", &found[1], &upon(&old, &dx, add));
            agree("gradient of the thresholds", &found[2], &upon(&told, &dt, add));
        }
    }
}
