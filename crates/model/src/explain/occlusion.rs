//! What a logit loses when a part of the input is covered.

use std::f64::consts::TAU;

use candle_core::Tensor;

use super::{logits_of, numbers};
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::pass::Pass;

/// Inputs that go through the net at once.
const AT_ONCE: usize = 32;
/// Most inputs for one call.
const MOST: usize = 1 << 16;

/// A window that is moved over the input. Pairs are (height, width); of a series the width counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patch {
    /// Its size.
    pub size: [usize; 2],
    /// From one place to the next.
    pub stride: [usize; 2],
    /// What the covered values are set to, in all channels.
    pub value: f64,
}

/// The class's logit for an input `[C, L]` or `[C, H, W]` less that with a window set to a value, for every place of the
/// window: `[places]` or `[rows, columns]`. Zeiler, Fergus 2014 (arXiv 1311.2901).
///
/// # Errors
/// A window that is empty or larger than the input, a stride of 0, more than 65,536 places; a class that the net does not
/// know; as [`Network::forward`](crate::Network::forward).
pub fn occlusion(net: &Network, x: &Tensor, class: u32, patch: &Patch) -> Result<Tensor> {
    let dims = x.dims().to_vec();
    let (height, width) = match *dims {
        [_, length] => (1, length),
        [_, height, width] => (height, width),
        _ => return Err(Error::op("occlusion", format!("an input {dims:?}: [C, L] or [C, H, W] is needed"))),
    };
    let series = dims.len() == 2;
    let [tall, wide] = if series { [1, patch.size[1]] } else { patch.size };
    let [down, right] = if series { [1, patch.stride[1]] } else { patch.stride };
    if tall == 0 || wide == 0 || tall > height || wide > width || down == 0 || right == 0 {
        let reason = format!(
            "a window of {tall} x {wide} that moves by {down} x {right} does not fit an input of {height} x {width}"
        );
        return Err(Error::op("occlusion", reason));
    }
    let (rows, columns) = ((height - tall) / down + 1, (width - wide) / right + 1);
    let values = numbers(x)?;
    let covered = |place: usize| {
        let (top, left) = (place / columns * down, place % columns * right);
        let mut values = values.clone();
        for plane in values.chunks_exact_mut(height * width) {
            for row in plane.chunks_exact_mut(width).skip(top).take(tall) {
                row[left..left + wide].fill(patch.value);
            }
        }
        values
    };
    let lost = losses(net, x, class, rows * columns, covered)?;
    let shape: &[usize] = if series { &[columns] } else { &[rows, columns] };
    Ok(Tensor::from_vec(lost, shape, x.device())?)
}

/// The class's logit for a series `[C, L]` less that with a band of frequencies taken out of all channels, for each of
/// `bands`: pairs of frequencies in cycles a sample, 0 to 0.5, the upper end not in the band. The lines of the discrete
/// Fourier transform that lie in the band are set to 0.
///
/// # Errors
/// No series; a band that is no rising pair between 0 and 0.5 or holds no line; a class that the net does not know; as
/// [`Network::forward`](crate::Network::forward).
pub fn frequency_occlusion(net: &Network, x: &Tensor, class: u32, bands: &[[f64; 2]]) -> Result<Vec<f64>> {
    let &[_, len] = x.dims() else {
        return Err(Error::op("occlusion", format!("an input {:?}: a series [C, L] is needed", x.dims())));
    };
    let lines: Vec<std::ops::Range<usize>> = bands
        .iter()
        .map(|&[low, high]| {
            let line = |frequency: f64| (frequency * len as f64 - 1e-9).ceil().max(0.0) as usize;
            // The last line is that of half the rate.
            let end = if high >= 0.5 { len / 2 + 1 } else { line(high) };
            if 0.0 <= low && low < high && high <= 0.5 && line(low) < end {
                return Ok(line(low)..end);
            }
            let reason = format!(
                "the band {low} to {high} has to rise between 0 and 0.5 cycles a sample and hold one of the lines, which lie \
                 {} apart",
                1.0 / len as f64
            );
            Err(Error::op("occlusion", reason))
        })
        .collect::<Result<_>>()?;
    let values = numbers(x)?;
    let turn: Vec<(f64, f64)> = (0..len).map(|n| (TAU * n as f64 / len as f64).sin_cos()).collect();
    let without = |band: usize| {
        let mut left = values.clone();
        for (channel, left) in values.chunks_exact(len).zip(left.chunks_exact_mut(len)) {
            for line in lines[band].clone() {
                let (mut sine, mut cosine) = (0.0, 0.0);
                for (n, x) in channel.iter().enumerate() {
                    let (s, c) = turn[n * line % len];
                    sine += x * s;
                    cosine += x * c;
                }
                // A line and its mirror; 0 and half the rate have none.
                let share = if line == 0 || 2 * line == len { 1.0 } else { 2.0 } / len as f64;
                for (n, x) in left.iter_mut().enumerate() {
                    let (s, c) = turn[n * line % len];
                    *x -= share * (sine * s + cosine * c);
                }
            }
        }
        left
    };
    losses(net, x, class, bands.len(), without)
}

/// The logit of the input less those of its variants.
fn losses(
    net: &Network,
    x: &Tensor,
    class: u32,
    count: usize,
    variant: impl Fn(usize) -> Vec<f64>,
) -> Result<Vec<f64>> {
    if count > MOST {
        return Err(Error::op("occlusion", format!("{count} places: at most {MOST}, take a larger stride")));
    }
    let mut logits = Vec::with_capacity(count + 1);
    let shape = x.dims();
    let all: Vec<usize> = (0..count).collect();
    let whole = net.forward(&x.detach().unsqueeze(0)?, &mut Pass::evaluate())?;
    let whole = numbers(&logits_of(&whole, &[class])?)?[0];
    for places in all.chunks(AT_ONCE) {
        let values: Vec<f64> = places.iter().flat_map(|place| variant(*place)).collect();
        let batch = [&[places.len()], shape].concat();
        let batch = Tensor::from_vec(values, batch, x.device())?.to_dtype(x.dtype())?;
        let found = net.forward(&batch, &mut Pass::evaluate())?;
        logits.extend(numbers(&logits_of(&found, &vec![class; places.len()])?)?);
    }
    Ok(logits.into_iter().map(|logit| whole - logit).collect())
}
