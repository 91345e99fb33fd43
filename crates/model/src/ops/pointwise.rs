//! The frame of ops that treat every element alike.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::{Needs, Prepared};
use super::wide::wide;

/// Elements in one piece of parallel work.
const PIECE: usize = 1 << 14;

/// A function of one number and its slope, told from the value and the result.
pub(crate) trait Pointwise: Send + Sync + 'static {
    const NAME: &'static str;
    fn value<T: Element>(x: T) -> T;
    fn slope<T: Element>(x: T, y: T) -> T;
}

/// The op that applies `F` to every element.
pub(crate) struct Each<F>(pub(crate) std::marker::PhantomData<F>);

fn forward<T: Element, F: Pointwise>(x: &[T]) -> Vec<T> {
    let mut out = vec![T::ZERO; x.len()];
    out.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).for_each(|(out, x)| {
        wide(
            #[inline(always)]
            || {
                for (y, &x) in out.iter_mut().zip(x) {
                    *y = F::value(x);
                }
            },
        );
    });
    out
}

fn backward<T: Element, F: Pointwise>(x: &Tensor, y: &Tensor, grad: &Tensor) -> TensorResult<Tensor> {
    let grad = grad.contiguous()?;
    let (hx, hy, hg) = (Host::of(x), Host::of(y), Host::of(&grad));
    let (vx, vy, vg) = (hx.values::<T>()?, hy.values::<T>()?, hg.values::<T>()?);
    let mut dx = vec![T::ZERO; vx.len()];
    dx.par_chunks_mut(PIECE)
        .zip(vx.par_chunks(PIECE))
        .zip(vy.par_chunks(PIECE).zip(vg.par_chunks(PIECE)))
        .for_each(|((dx, x), (y, g))| {
            wide(
                #[inline(always)]
                || {
                    for (((dx, &x), &y), &g) in dx.iter_mut().zip(x).zip(y).zip(g) {
                        *dx = g * F::slope(x, y);
                    }
                },
            );
        });
    tensor(dx, x, x.dims())
}

impl<F: Pointwise> CustomOp1 for Each<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), F::NAME, T => {
            let out = forward::<T, F>(values(x, layout)?);
            Ok((stored(out), layout.shape().clone()))
        })
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        by_dtype!(x.dtype(), F::NAME, T => backward::<T, F>(x, y, grad)).map(Some)
    }
}

/// `F` of every element of `x`.
pub(crate) fn each<F: Pointwise>(x: &Tensor) -> TensorResult<Prepared> {
    Ok(Prepared::one(x, Each::<F>(std::marker::PhantomData))?.needing(Needs::Result))
}

/// Puts `F` of every element in its place.
pub(crate) fn replace<F: Pointwise>(x: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for value in x.iter_mut() {
                *value = F::value(*value);
            }
        },
    );
}
