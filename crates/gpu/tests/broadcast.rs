//! Two operands joined number by number, and the way back.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::{Broadcast, Join};
use numbers::{apart, close, numbers, run, target, together, view};

/// Shape, x, y.
const SHAPES: [[[usize; 4]; 3]; 13] = [
    [[3, 4, 5, 6], [3, 4, 5, 6], [3, 4, 5, 6]],
    [[1, 7, 5, 31], [1, 7, 5, 31], [1, 7, 1, 1]],
    [[1, 7, 5, 31], [1, 7, 5, 31], [1, 1, 5, 31]],
    [[1, 7, 5, 31], [1, 1, 5, 31], [1, 7, 5, 31]],
    [[1, 1, 40, 50], [1, 1, 1, 1], [1, 1, 40, 50]],
    [[3, 4, 5, 6], [3, 1, 5, 1], [1, 4, 1, 6]],
    [[3, 4, 5, 6], [1, 4, 1, 6], [3, 4, 5, 6]],
    [[3, 4, 5, 6], [3, 1, 5, 1], [3, 4, 5, 6]],
    [[3, 4, 5, 6], [3, 4, 1, 1], [3, 1, 5, 6]],
    [[2, 1, 70, 3], [2, 1, 70, 1], [2, 1, 70, 3]],
    [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]],
    [[3, 2, 3, 2], [1, 1, 1, 1], [3, 1, 3, 1]],
    [[1, 1, 600, 2], [1, 1, 1, 2], [1, 1, 600, 2]],
];

fn place(own: [usize; 4], index: [usize; 4]) -> usize {
    own.iter().zip(index).fold(0, |place, (len, index)| place * len + if *len == 1 { 0 } else { index })
}

fn places(shape: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    let [a, b, c, d] = shape;
    (0..a * b * c * d).map(move |i| [i / (b * c * d), i / (c * d) % b, i / d % c, i % d])
}

#[test]
fn joins_and_their_gradients_agree_with_loops() {
    let batch = 3;
    for [shape, of_x, of_y] in SHAPES {
        for join in [Join::Add, Join::Subtract, Join::Multiply] {
            for add in [false, true] {
                let broadcast = Broadcast { batch, shape, x: of_x, y: of_y };
                let counts = [of_x, of_y, shape].map(|lengths| lengths.iter().product::<usize>());
                let [x, y, dz] = [0, 1, 2].map(|i| numbers(i as u64 + 1, counts[i] * batch));
                let pitches = [0, 1, 2].map(|i| counts[i] + 2 + i);
                let old = [numbers(4, x.len()), numbers(5, y.len())];
                let buffers = [
                    apart(&x, counts[0], pitches[0]),
                    apart(&y, counts[1], pitches[1]),
                    apart(&vec![0.0; dz.len()], counts[2], pitches[2]),
                    apart(&dz, counts[2], pitches[2]),
                    apart(&old[0], counts[0], pitches[0]),
                    apart(&old[1], counts[1], pitches[1]),
                ];
                let (vx, vy, vdz) = (view(0, pitches[0]), view(1, pitches[1]), view(3, pitches[2]));
                let mut launches = vec![broadcast.forward(join, vx, vy, view(2, pitches[2]))];
                launches.extend(broadcast.gradient_x(join, vy, vdz, target(4, pitches[0], add)));
                launches.extend(broadcast.gradient_y(join, vx, vdz, target(5, pitches[1], add)));
                let found = run(&buffers, &launches);

                let begin = |old: &[f32]| -> Vec<f64> {
                    old.iter().map(|old| if add { f64::from(*old) } else { 0.0 }).collect()
                };
                let (mut z, mut dx, mut dy) = (Vec::new(), begin(&old[0]), begin(&old[1]));
                for sample in 0..batch {
                    for index in places(shape) {
                        let at = [0, 1].map(|i| sample * counts[i] + place([of_x, of_y][i], index));
                        let (x, y) = (f64::from(x[at[0]]), f64::from(y[at[1]]));
                        let slope = f64::from(dz[z.len()]);
                        let (value, slopes) = match join {
                            Join::Add => (x + y, [1.0, 1.0]),
                            Join::Subtract => (x - y, [1.0, -1.0]),
                            Join::Multiply => (x * y, [y, x]),
                        };
                        z.push(value);
                        dx[at[0]] += slope * slopes[0];
                        dy[at[1]] += slope * slopes[1];
                    }
                }
                let name = |what: &str| format!("{what} of {broadcast:?} {join:?}");
                close(&name("z"), &together(&found[2], counts[2], pitches[2]), &z);
                close(&name("dx"), &together(&found[4], counts[0], pitches[0]), &dx);
                close(&name("dy"), &together(&found[5], counts[1], pitches[1]), &dy);
            }
        }
    }
}
