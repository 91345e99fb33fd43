//! GRU and LSTM against PyTorch's equations, and their gradients against differences.
#![allow(clippy::unwrap_used)]

mod bed;

use bed::{agree, in_both_orders, numbers, upon, wide};
use brinell_gpu::{Cell, Recurrent, View};

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The states `[batch, hidden, time]`, step by step.
fn states(layer: &Recurrent, given: &[f64], wh: &[f64], bh: &[f64]) -> Vec<f64> {
    let Recurrent { batch, hidden, time, .. } = *layer;
    let rows = layer.cell.gates() * hidden;
    let mut y = vec![0.0; batch * hidden * time];
    for b in 0..batch {
        let (mut state, mut cell) = (vec![0.0; hidden], vec![0.0; hidden]);
        for step in 0..time {
            let at = if layer.reverse { time - 1 - step } else { step };
            let before = state.clone();
            for u in 0..hidden {
                let from = |g: usize| given[(b * rows + g * hidden + u) * time + at];
                let own = |g: usize| {
                    let row = &wh[(g * hidden + u) * hidden..][..hidden];
                    bh[g * hidden + u] + row.iter().zip(&before).map(|(w, h)| w * h).sum::<f64>()
                };
                state[u] = match layer.cell {
                    Cell::Gru => {
                        let (r, z) = (logistic(from(0) + own(0)), logistic(from(1) + own(1)));
                        let n = (from(2) + r * own(2)).tanh();
                        (1.0 - z) * n + z * before[u]
                    }
                    Cell::Lstm => {
                        let (i, f) = (logistic(from(0) + own(0)), logistic(from(1) + own(1)));
                        let (g, o) = ((from(2) + own(2)).tanh(), logistic(from(3) + own(3)));
                        cell[u] = f * cell[u] + i * g;
                        o * cell[u].tanh()
                    }
                };
                y[(b * hidden + u) * time + at] = state[u];
            }
        }
    }
    y
}

/// How the sum of states times `dy` changes with every number of `values`.
fn slopes(values: &[f64], dy: &[f64], states: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let sum = |values: &[f64]| states(values).iter().zip(dy).map(|(y, dy)| y * dy).sum::<f64>();
    let step = 1e-5;
    (0..values.len())
        .map(|i| {
            let mut near = values.to_vec();
            near[i] += step;
            let above = sum(&near);
            near[i] -= 2.0 * step;
            (above - sum(&near)) / (2.0 * step)
        })
        .collect()
}

struct Case {
    given: Vec<f32>,
    wh: Vec<f32>,
    bh: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    fn new(layer: &Recurrent, seed: u64) -> Self {
        let rows = layer.cell.gates() * layer.hidden;
        let scale = 2.0 / (layer.hidden as f32).sqrt();
        Self {
            given: numbers(layer.batch * rows * layer.time, seed),
            wh: numbers(rows * layer.hidden, seed + 1).iter().map(|w| w * scale).collect(),
            bh: numbers(rows, seed + 2),
            dy: numbers(layer.batch * layer.hidden * layer.time, seed + 3),
        }
    }

    /// States, gradients of what is given, of the weights and of the bias. The states stand among those of another
    /// direction.
    fn found(&self, layer: &Recurrent, add: bool) -> Vec<Vec<f32>> {
        let Recurrent { batch, hidden, time, .. } = *layer;
        let rows = layer.cell.gates() * hidden;
        in_both_orders(|bed| {
            let (given, dy) = (bed.view(&self.given, rows * time), bed.view(&self.dy, hidden * time));
            let (wh, bh) = (bed.put(&self.wh), bed.put(&self.bh));
            let whole = bed.open(batch, 2 * hidden * time);
            let y = View { at: whole.at.plus(hidden * time), ..whole };
            let kept = bed.room(layer.kept());
            let room = bed.room(layer.scratch());
            let dgiven = bed.target(&self.given, rows * time, add);
            let (dwh, dbh) = (bed.put(&self.wh), bed.put(&self.bh));
            bed.run(&layer.forward(given, wh, bh, y, kept));
            bed.run(&layer.gradient(y, dy, wh, kept, dgiven, dwh, dbh, add, room));
            let both = bed.samples(whole, batch, 2 * hidden * time);
            let (other, own): (Vec<_>, Vec<_>) =
                both.chunks(2 * hidden * time).map(|both| both.split_at(hidden * time)).unzip();
            assert!(other.concat().iter().all(|value| *value == bed::GAP));
            vec![
                own.concat(),
                bed.samples(dgiven.view, batch, rows * time),
                bed.take(dwh, rows * hidden),
                bed.take(dbh, rows),
            ]
        })
    }
}

#[test]
fn states_and_gradients_are_those_of_the_equations() {
    for cell in [Cell::Gru, Cell::Lstm] {
        for (seed, (batch, hidden, time, reverse)) in
            [(2, 5, 19, false), (3, 4, 7, true), (1, 1, 1, false), (2, 3, 1, true)].into_iter().enumerate()
        {
            let layer = Recurrent { batch, cell, hidden, time, reverse };
            let case = Case::new(&layer, 10 * seed as u64 + 1);
            let (given, wh, bh, dy) = (wide(&case.given), wide(&case.wh), wide(&case.bh), wide(&case.dy));
            let y = states(&layer, &given, &wh, &bh);
            let dgiven = slopes(&given, &dy, |given| states(&layer, given, &wh, &bh));
            let dwh = slopes(&wh, &dy, |wh| states(&layer, &given, wh, &bh));
            let dbh = slopes(&bh, &dy, |bh| states(&layer, &given, &wh, bh));
            for add in [false, true] {
                let found = case.found(&layer, add);
                agree("states", &found[0], &y);
                agree("gradient of what is given", &found[1], &upon(&case.given, &dgiven, add));
                agree("gradient of the weights", &found[2], &upon(&case.wh, &dwh, add));
                agree("gradient of the bias", &found[3], &upon(&case.bh, &dbh, add));
            }
        }
    }
}

/// A state of more numbers than a block has threads, and sizes that cut products into parts and tiles.
#[test]
fn states_of_many_numbers_are_those_of_the_equations() {
    for (cell, hidden, time, reverse) in
        [(Cell::Gru, 300, 3, true), (Cell::Lstm, 70, 18, false), (Cell::Gru, 33, 17, false)]
    {
        let layer = Recurrent { batch: 2, cell, hidden, time, reverse };
        let case = Case::new(&layer, 5);
        let (given, wh, bh, dy) = (wide(&case.given), wide(&case.wh), wide(&case.bh), wide(&case.dy));
        let found = case.found(&layer, false);
        agree("states", &found[0], &states(&layer, &given, &wh, &bh));
        // Along one direction in the space of each.
        let along = |values: &[f64], gradient: &[f32], of: &dyn Fn(&[f64]) -> Vec<f64>| {
            let way = wide(&numbers(values.len(), 91));
            let moved = |by: f64| values.iter().zip(&way).map(|(v, w)| v + by * w).collect::<Vec<_>>();
            let slope = slopes(&[0.0], &dy, |by| of(&moved(by[0])))[0];
            let parts: Vec<f64> = wide(gradient).iter().zip(&way).map(|(g, w)| g * w).collect();
            let size = parts.iter().map(|part| part * part).sum::<f64>().sqrt();
            let sum: f64 = parts.iter().sum();
            assert!((slope - sum).abs() < 2e-5 * size.max(slope.abs()), "{slope} {sum} {size}");
        };
        along(&given, &found[1], &|given| states(&layer, given, &wh, &bh));
        along(&wh, &found[2], &|wh| states(&layer, &given, wh, &bh));
        along(&bh, &found[3], &|bh| states(&layer, &given, &wh, bh));
    }
}

#[test]
#[should_panic(expected = "1025 numbers of a state")]
fn a_state_that_does_not_fit_is_refused() {
    let layer = Recurrent { batch: 1, cell: Cell::Gru, hidden: 1025, time: 1, reverse: false };
    let at = brinell_gpu::At::NOWHERE;
    let view = View { at, pitch: 1 };
    layer.forward(view, at, at, view, at);
}
