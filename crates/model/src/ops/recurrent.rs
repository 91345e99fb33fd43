//! One direction of a recurrent layer over time, from the products with the input on.
//!
//! Samples go in pieces of a fixed size, each through all its time; a piece's products with the state are one matrix
//! product a step, and the gradient of the state's weight is one product over all steps.

use std::any::Any;
use std::sync::OnceLock;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::elementwise::logistic;
use super::prepared::Prepared;
use super::product::{Matrix, Threads, product};
use crate::error::{Error, Result};
use crate::graph::RecurrentKind;

/// Samples in a piece.
const PIECE: usize = 16;

/// The states `[B, H, T]` of a GRU (gates r, z, n) or LSTM (i, f, g, o) that begins at 0, with PyTorch's equations.
/// `given` `[B, gates·H, T]` holds the products with the input and their bias, `weight` `[gates·H, H]` and `bias`
/// `[gates·H]` are those of the state; `backwards` runs from the last time to the first. `f32` and `f64`; gradients for
/// all three.
///
/// # Errors
/// Shapes that do not fit, other number types.
pub fn recurrent(
    given: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    kind: RecurrentKind,
    backwards: bool,
) -> Result<Tensor> {
    let fits = match (given.dims(), weight.dims(), bias.dims()) {
        (&[_, rows, _], &[of, hidden], &[biases]) => {
            rows == of && rows == biases && rows == kind.gates() * hidden && hidden > 0
        }
        _ => false,
    };
    if !fits {
        let (given, weight, bias) = (given.dims(), weight.dims(), bias.dims());
        let reason = format!("products {given:?}, weight {weight:?} and bias {bias:?} do not fit {kind:?}");
        return Err(Error::op("recurrent", reason));
    }
    Prepared::three([given, weight, bias], Recurrent { kind, backwards, told: OnceLock::new() })?.run()
}

/// One call; keeps what it computed on the way.
struct Recurrent {
    kind: RecurrentKind,
    backwards: bool,
    told: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// What one piece of samples went through, step by step in the order of the steps.
struct Told<T> {
    /// Samples.
    rows: usize,
    /// Gates `[rows, gates·H]`.
    gates: Vec<T>,
    /// The state's share of a GRU's new state, or the cells of an LSTM: `[rows, H]`.
    inner: Vec<T>,
    /// States before each step and behind the last one, `[rows, H]`.
    states: Vec<T>,
}

/// Sizes of a call.
#[derive(Clone, Copy)]
struct Sizes {
    hidden: usize,
    /// Rows of the weights.
    gates: usize,
    time: usize,
}

fn sigmoid<T: Element>(x: T) -> T {
    T::of(logistic(x.wide()))
}

fn tanh<T: Element>(x: T) -> T {
    T::of(x.wide().tanh())
}

/// `x (1 - x)`.
fn bent<T: Element>(x: T) -> T {
    x * (T::ONE - x)
}

impl Recurrent {
    fn time(&self, step: usize, time: usize) -> usize {
        if self.backwards { time - 1 - step } else { step }
    }

    fn forward<T: Element>(
        &self,
        given: &[T],
        weight: &[T],
        bias: &[T],
        sizes: Sizes,
    ) -> TensorResult<Vec<T>> {
        let Sizes { hidden, gates, time } = sizes;
        let mut out = vec![T::ZERO; given.len() / self.kind.gates()];
        let told: Vec<Told<T>> = out
            .par_chunks_mut((PIECE * hidden * time).max(1))
            .zip(given.par_chunks((PIECE * gates * time).max(1)))
            .map(|(out, given)| self.piece(given, weight, bias, sizes, out))
            .collect();
        self.told.set(Box::new(told)).map_err(|_| candle_core::Error::msg("an op is for one call"))?;
        Ok(out)
    }

    fn piece<T: Element>(
        &self,
        given: &[T],
        weight: &[T],
        bias: &[T],
        Sizes { hidden, gates, time }: Sizes,
        out: &mut [T],
    ) -> Told<T> {
        let rows = out.len() / (hidden * time).max(1);
        let weight = Matrix::new(weight, gates, hidden).transposed();
        let mut all = Told {
            rows,
            gates: vec![T::ZERO; time * rows * gates],
            inner: vec![T::ZERO; time * rows * hidden],
            states: vec![T::ZERO; (time + 1) * rows * hidden],
        };
        let mut kept = vec![T::ZERO; rows * gates];
        let mut cell = vec![T::ZERO; rows * hidden];
        for step in 0..time {
            let at = self.time(step, time);
            let (before, behind) = all.states[step * rows * hidden..].split_at_mut(rows * hidden);
            kept.chunks_exact_mut(gates).for_each(|kept| kept.copy_from_slice(bias));
            product(&mut kept, Matrix::new(before, rows, hidden), weight, true, Threads::One);
            for row in 0..rows {
                let kept = &kept[row * gates..][..gates];
                let gate = &mut all.gates[(step * rows + row) * gates..][..gates];
                let inner = &mut all.inner[(step * rows + row) * hidden..][..hidden];
                for unit in 0..hidden {
                    let from = |index: usize| given[(row * gates + index * hidden + unit) * time + at];
                    let sum = |index: usize| from(index) + kept[index * hidden + unit];
                    let place = row * hidden + unit;
                    let state = match self.kind {
                        RecurrentKind::Gru => {
                            let (reset, update) = (sigmoid(sum(0)), sigmoid(sum(1)));
                            inner[unit] = kept[2 * hidden + unit];
                            let new = tanh(from(2) + reset * inner[unit]);
                            for (index, value) in [reset, update, new].into_iter().enumerate() {
                                gate[index * hidden + unit] = value;
                            }
                            new + update * (before[place] - new)
                        }
                        RecurrentKind::Lstm => {
                            let (input, forget) = (sigmoid(sum(0)), sigmoid(sum(1)));
                            let (new, output) = (tanh(sum(2)), sigmoid(sum(3)));
                            for (index, value) in [input, forget, new, output].into_iter().enumerate() {
                                gate[index * hidden + unit] = value;
                            }
                            cell[place] = forget * cell[place] + input * new;
                            inner[unit] = cell[place];
                            output * tanh(cell[place])
                        }
                    };
                    behind[place] = state;
                    out[place * time + at] = state;
                }
            }
        }
        all
    }

    /// Gradients of the products with the input, of the weight and of the bias.
    fn backward<T: Element>(&self, weight: &[T], grad: &[T], sizes: Sizes) -> TensorResult<[Vec<T>; 3]> {
        let Sizes { hidden, gates, time } = sizes;
        let told = self.told.get().and_then(|told| told.downcast_ref::<Vec<Told<T>>>());
        let Some(told) = told else { candle_core::bail!("recurrent backward before forward") };
        let mut given = vec![T::ZERO; grad.len() * self.kind.gates()];
        let parts: Vec<(Vec<T>, Vec<T>)> = given
            .par_chunks_mut((PIECE * gates * time).max(1))
            .zip(grad.par_chunks((PIECE * hidden * time).max(1)))
            .zip(told)
            .map(|((given, grad), told)| self.piece_backward(told, weight, grad, sizes, given))
            .collect();
        let (mut dw, mut db) = (vec![T::ZERO; gates * hidden], vec![T::ZERO; gates]);
        for (weights, biases) in parts {
            dw.iter_mut().zip(weights).for_each(|(sum, value)| *sum += value);
            db.iter_mut().zip(biases).for_each(|(sum, value)| *sum += value);
        }
        Ok([given, dw, db])
    }

    fn piece_backward<T: Element>(
        &self,
        told: &Told<T>,
        weight: &[T],
        grad: &[T],
        Sizes { hidden, gates, time }: Sizes,
        given: &mut [T],
    ) -> (Vec<T>, Vec<T>) {
        let rows = told.rows;
        // Gradients of the products with the state, for all steps.
        let mut kept = vec![T::ZERO; time * rows * gates];
        let (mut state, mut cell) = (vec![T::ZERO; rows * hidden], vec![T::ZERO; rows * hidden]);
        for step in (0..time).rev() {
            let at = self.time(step, time);
            let before = &told.states[step * rows * hidden..][..rows * hidden];
            let kept = &mut kept[step * rows * gates..][..rows * gates];
            for row in 0..rows {
                let gate = &told.gates[(step * rows + row) * gates..][..gates];
                for unit in 0..hidden {
                    let place = row * hidden + unit;
                    let of = |index: usize| gate[index * hidden + unit];
                    let dh = grad[place * time + at] + state[place];
                    let inner = told.inner[step * rows * hidden + place];
                    // Of the sums that go into the gates; `through` of the state's share in the last of them.
                    let mut put = |index: usize, value: T, through: T| {
                        given[(row * gates + index * hidden + unit) * time + at] = value;
                        kept[row * gates + index * hidden + unit] = value * through;
                    };
                    match self.kind {
                        RecurrentKind::Gru => {
                            let (reset, update, new) = (of(0), of(1), of(2));
                            let dn = dh * (T::ONE - update) * (T::ONE - new * new);
                            put(0, dn * inner * bent(reset), T::ONE);
                            put(1, dh * (before[place] - new) * bent(update), T::ONE);
                            put(2, dn, reset);
                            state[place] = dh * update;
                        }
                        RecurrentKind::Lstm => {
                            let (input, forget, new, output) = (of(0), of(1), of(2), of(3));
                            let earlier = match step {
                                0 => T::ZERO,
                                _ => told.inner[(step - 1) * rows * hidden + place],
                            };
                            let bound = tanh(inner);
                            let dc = dh * output * (T::ONE - bound * bound) + cell[place];
                            put(0, dc * new * bent(input), T::ONE);
                            put(1, dc * earlier * bent(forget), T::ONE);
                            put(2, dc * input * (T::ONE - new * new), T::ONE);
                            put(3, dh * bound * bent(output), T::ONE);
                            cell[place] = dc * forget;
                            state[place] = T::ZERO;
                        }
                    }
                }
            }
            product(
                &mut state,
                Matrix::new(kept, rows, gates),
                Matrix::new(weight, gates, hidden),
                true,
                Threads::One,
            );
        }
        let mut dw = vec![T::ZERO; gates * hidden];
        let states = &told.states[..time * rows * hidden];
        product(
            &mut dw,
            Matrix::new(&kept, time * rows, gates).transposed(),
            Matrix::new(states, time * rows, hidden),
            false,
            Threads::One,
        );
        let mut sums = vec![0.0; gates];
        for row in kept.chunks_exact(gates) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value.wide());
        }
        (dw, sums.into_iter().map(T::of).collect())
    }

    fn sizes(&self, given: &[usize], weight: &[usize]) -> Sizes {
        Sizes { hidden: weight[1], gates: weight[0], time: given[2] }
    }
}

impl CustomOp3 for Recurrent {
    fn name(&self) -> &'static str {
        "recurrent"
    }

    fn cpu_fwd(
        &self,
        given: &CpuStorage,
        given_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let sizes = self.sizes(given_layout.dims(), weight_layout.dims());
        by_dtype!(given.dtype(), "recurrent", T => {
            let (weight, bias) = (values::<T>(weight, weight_layout)?, values(bias, bias_layout)?);
            let out = self.forward(values(given, given_layout)?, weight, bias, sizes)?;
            Ok((stored(out), Shape::from_dims(&[given_layout.dims()[0], sizes.hidden, sizes.time])))
        })
    }

    fn bwd(
        &self,
        given: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let sizes = self.sizes(given.dims(), weight.dims());
        by_dtype!(given.dtype(), "recurrent backward", T => {
            let (hw, hg) = (Host::of(weight), Host::of(&grad));
            let [dx, dw, db] = self.backward::<T>(hw.values()?, hg.values()?, sizes)?;
            Ok((
                Some(tensor(dx, given, given.dims())?),
                Some(tensor(dw, given, weight.dims())?),
                Some(tensor(db, given, bias.dims())?),
            ))
        })
    }
}
