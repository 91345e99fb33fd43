//! Sensors that are missing from some samples.

use candle_core::{DType, Tensor};
use rand::RngExt;

use super::channel_gate::channel_gate;
use crate::error::{Error, Result};
use crate::generator::Key;

/// Enlarges the sensors of each sample by the number of all over that of those present, so that a sum over the
/// sensors keeps its scale. `x` is `[B, C, ...]`, each sensor `channels` channels one behind the other; a sensor all of
/// whose values are exactly 0 is missing. With `dropout` each present sensor is also taken away with that probability;
/// where that would leave none, the one with the highest draw stays.
///
/// A sample without any sensor stays 0. What is missing is no function of the values that has a slope: the gradient is
/// that of the product.
///
/// # Errors
/// Channels that are not whole sensors; a rate outside 0 <= rate < 1; number types other than `f32` and `f64`.
pub fn sensors(x: &Tensor, channels: usize, dropout: Option<(f64, Key)>) -> Result<Tensor> {
    let (batch, all) = match x.dims() {
        [batch, all, _, ..] if channels > 0 && all % channels == 0 => (*batch, *all),
        dims => {
            let reason = format!("{dims:?} is not a batch of whole sensors of {channels} channels each");
            return Err(Error::op("sensors", reason));
        }
    };
    if let Some((rate, _)) = dropout
        && !(0.0..1.0).contains(&rate)
    {
        return Err(Error::config("dropout", rate, "0 <= dropout < 1"));
    }
    let count = all / channels;
    if x.elem_count() == 0 {
        return Ok(x.clone());
    }
    let largest = x.detach().abs()?.reshape((batch, count, x.elem_count() / (batch * count)))?.max(2)?;
    let largest: Vec<Vec<f64>> = largest.to_dtype(DType::F64)?.to_vec2()?;
    let mut draws = dropout.map(|(rate, key)| (rate, key.generator()));
    let mut factors = Vec::with_capacity(batch * all);
    for largest in largest {
        // Where nothing is dropped, every draw is above the rate.
        let draws: Vec<f64> =
            largest.iter().map(|_| draws.as_mut().map_or(1.0, |(_, generator)| generator.random())).collect();
        let rate = dropout.map_or(0.0, |(rate, _)| rate);
        let present: Vec<bool> = largest.iter().map(|value| *value != 0.0).collect();
        let highest = present.iter().zip(&draws).filter(|(present, _)| **present).map(|(_, draw)| *draw);
        let limit = rate.min(highest.fold(0.0, f64::max));
        let kept: Vec<bool> =
            present.iter().zip(&draws).map(|(present, draw)| *present && *draw >= limit).collect();
        let left = kept.iter().filter(|kept| **kept).count().max(1);
        let factor = count as f64 / left as f64;
        factors.extend(
            kept.iter().flat_map(|kept| std::iter::repeat_n(if *kept { factor } else { 0.0 }, channels)),
        );
    }
    let factors = Tensor::from_vec(factors, (batch, all), x.device())?.to_dtype(x.dtype())?;
    channel_gate(x, &factors)
}
