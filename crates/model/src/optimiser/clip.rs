//! The length of a gradient, and its limit.

use candle_core::{DType, Tensor};
use rayon::prelude::*;

use super::memory::PIECE;
use crate::error::{Error, Result};
use crate::ops::{Element, Host, sum_of, wide};

/// Length of all gradients taken as one vector.
///
/// # Errors
/// A gradient with NaN or infinity, by the name of its parameter.
pub fn global_norm<'a>(gradients: impl Iterator<Item = (&'a str, &'a Tensor)>) -> Result<f64> {
    let mut total = 0.0;
    for (name, gradient) in gradients {
        let gradient = gradient.contiguous()?;
        let host = Host::of(&gradient);
        let squares = match gradient.dtype() {
            DType::F64 => squares(host.values::<f64>()?),
            _ => squares(host.values::<f32>()?),
        };
        if !squares.is_finite() {
            return Err(Error::NotFinite { name: name.to_owned() });
        }
        total += squares;
    }
    Ok(total.sqrt())
}

/// What gradients are multiplied by so that their common length is at most `most`.
pub fn clip_factor(norm: f64, most: f64) -> f64 {
    (most / (norm + 1e-6)).min(1.0)
}

fn squares<T: Element>(x: &[T]) -> f64 {
    let parts: Vec<f64> = x
        .par_chunks(PIECE)
        .map(|x| {
            wide(
                #[inline(always)]
                || {
                    sum_of(
                        x,
                        #[inline(always)]
                        |v| v.wide() * v.wide(),
                    )
                },
            )
        })
        .collect();
    parts.iter().sum()
}
