//! Dropout drawn from a generator that is keyed, not shared.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};
use rand::Rng;

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::{Needs, Prepared};
use crate::error::{Error, Result};
use crate::generator::Key;

/// Sets each element to 0 with probability `rate` and multiplies the others by `1 / (1 - rate)`.
///
/// The draw depends on the key and the element's place only: the same key gives the same mask, for
/// any number of threads and any order of calls.
///
/// # Errors
/// A rate outside 0 <= rate < 1, number types other than `f32` and `f64`.
pub fn dropout(x: &Tensor, rate: f64, key: Key) -> Result<Tensor> {
    Ok(match dropping(x, rate, key)? {
        Some(prepared) => prepared.run()?,
        None => x.clone(),
    })
}

/// Nothing where nothing is dropped.
pub(crate) fn dropping(x: &Tensor, rate: f64, key: Key) -> Result<Option<Prepared>> {
    if !(0.0..1.0).contains(&rate) {
        return Err(Error::config("dropout", rate, "0 <= dropout < 1"));
    }
    if rate == 0.0 {
        return Ok(None);
    }
    let mask = Mask::new(rate, key);
    let keep = mask.keeps().take(x.elem_count()).collect();
    Ok(Some(Prepared::one(x, Dropout { keep, scale: mask.scale })?.needing(Needs::Shape)))
}

/// Which elements stay, and what they are multiplied by.
pub(crate) struct Mask {
    key: Key,
    /// An element stays whose word is not below.
    limit: u32,
    scale: f64,
}

impl Mask {
    /// Words of [`words`](Self::words).
    pub(crate) const WORDS: usize = 10;

    pub(crate) fn new(rate: f64, key: Key) -> Self {
        // 2^32 * rate: at most 2^32 - 1 as rate < 1, up to rounding
        let limit = (rate * 4_294_967_296.0).round().min(f64::from(u32::MAX)) as u32;
        Self { key, limit, scale: 1.0 / (1.0 - rate) }
    }

    fn keeps(&self) -> impl Iterator<Item = bool> + use<> {
        let (mut generator, limit) = (self.key.generator(), self.limit);
        std::iter::repeat_with(move || generator.next_u32() >= limit)
    }

    /// What each element is multiplied by.
    pub(crate) fn factors(&self) -> impl Iterator<Item = f64> + use<> {
        let scale = self.scale;
        self.keeps().map(move |keep| if keep { scale } else { 0.0 })
    }

    /// The same for a GPU: the key of the generator, the limit, the factor of what stays.
    pub(crate) fn words(&self) -> impl Iterator<Item = u32> + use<> {
        self.key.words().into_iter().chain([self.limit, (self.scale as f32).to_bits()])
    }
}

struct Dropout {
    keep: Vec<bool>,
    scale: f64,
}

impl Dropout {
    fn masked<T: Element>(&self, x: &[T]) -> Vec<T> {
        let scale = T::of(self.scale);
        x.iter().zip(&self.keep).map(|(&x, &keep)| if keep { x * scale } else { T::ZERO }).collect()
    }
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "dropout", T => {
            let out = self.masked::<T>(values(x, layout)?);
            Ok((stored(out), layout.shape().clone()))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        let grad = grad.contiguous()?;
        by_dtype!(x.dtype(), "dropout backward", T => {
            let host = Host::of(&grad);
            tensor(self.masked::<T>(host.values()?), x, x.dims()).map(Some)
        })
    }
}
