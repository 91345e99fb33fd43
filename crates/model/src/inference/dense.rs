//! Fully connected layers and products of matrices: outputs side by side in the lanes, several samples at once.
//!
//! Every output is one sum in the order of the inputs, whatever the vector width and however many samples are done at
//! once: a sample has the same bits alone and in a batch.
#![allow(
    clippy::needless_range_loop,
    clippy::manual_memcpy,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

use pulp::{Simd, WithSimd};

use super::fold::rounded;
use super::split::parts;

/// Outputs whose weights lie side by side.
const WIDE: usize = 64;
const NARROW: usize = 16;
/// Inputs after which all samples have their turn: the weights stay in the cache meanwhile.
const STRETCH: usize = 512;

/// Outputs whose weights lie side by side, of so many in all.
fn width(outputs: usize) -> usize {
    if outputs <= NARROW { NARROW } else { WIDE }
}

/// Outputs with those that fill up the last panel.
pub(super) fn padded(outputs: usize) -> usize {
    outputs.next_multiple_of(width(outputs))
}

/// One layer, its weights packed once.
pub(super) struct Dense {
    /// Panels of `width` outputs: for each input their weights.
    weights: Vec<f32>,
    bias: Vec<f32>,
    width: usize,
    inputs: usize,
    outputs: usize,
    relu: bool,
}

impl Dense {
    /// Of a weight `[O, C]` and a bias `[O]`.
    pub(super) fn new(weight: &[f64], bias: &[f64], relu: bool) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs.max(1);
        let width = width(outputs);
        let panels = outputs.div_ceil(width);
        let weight = rounded(weight);
        let mut weights = Vec::with_capacity(panels * width * inputs);
        for first in (0..outputs).step_by(width) {
            for at in 0..inputs {
                let of = |output: usize| if output < outputs { weight[output * inputs + at] } else { 0.0 };
                weights.extend((first..first + width).map(of));
            }
        }
        let mut bias = rounded(bias);
        bias.resize(panels * width, 0.0);
        Self { weights, bias, width, inputs, outputs, relu }
    }

    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Outputs with those that fill up the last panel: from one sample to the next in what [`run`](Self::run) gives.
    pub(super) fn padded(&self) -> usize {
        self.bias.len()
    }

    /// In how many parts one sample is done on so many threads.
    pub(super) fn parts(&self, threads: usize) -> usize {
        parts(threads, self.weights.len(), self.inputs + self.outputs)
    }

    /// How many outputs each of so many parts has, but the last one: a whole number of panels.
    pub(super) fn each(&self, parts: usize) -> usize {
        (self.padded() / self.width).div_ceil(parts.max(1)).max(1) * self.width
    }

    /// Outputs of the part with this number of those that have `each`.
    pub(super) fn padded_part(&self, [number, each]: [usize; 2]) -> usize {
        each.min(self.padded() - number * each)
    }

    /// Outputs `[samples, padded]` for samples of `x`, the first at its beginning and `pitch` from one to the next.
    pub(super) fn run(&self, x: &[f32], pitch: usize, samples: usize, out: &mut [f32]) {
        self.run_part([0, self.padded()], x, pitch, samples, out);
    }

    /// The same for the outputs of one part, `[samples, padded_part]`.
    pub(super) fn run_part(
        &self,
        [number, each]: [usize; 2],
        x: &[f32],
        pitch: usize,
        samples: usize,
        out: &mut [f32],
    ) {
        let outputs = number * each..number * each + self.padded_part([number, each]);
        pulp::Arch::new().dispatch(Layer {
            weights: &self.weights[outputs.start * self.inputs..outputs.end * self.inputs],
            width: self.width,
            inputs: self.inputs,
            padded: outputs.len(),
            start: Some(&self.bias[outputs]),
            relu: self.relu,
            x,
            pitch,
            samples,
            out,
        });
    }
}

/// Numbers of working memory for [`product`].
pub(super) fn product_scratch([m, k, n]: [usize; 3]) -> usize {
    (m + k) * n.next_multiple_of(NARROW)
}

/// `out = x y` for `x` `[m, k]` and `y` `[k, n]`.
pub(super) fn product(x: &[f32], y: &[f32], [m, k, n]: [usize; 3], out: &mut [f32], scratch: &mut [f32]) {
    let padded = n.next_multiple_of(NARROW);
    let (weights, results) = scratch[..(m + k) * padded].split_at_mut(k * padded);
    for (wide, y) in weights.chunks_exact_mut(padded).zip(y.chunks_exact(n)) {
        wide[..n].copy_from_slice(y);
    }
    pulp::Arch::new().dispatch(Layer {
        weights,
        width: padded,
        inputs: k,
        padded,
        start: None,
        relu: false,
        x,
        pitch: k,
        samples: m,
        out: results,
    });
    for (out, wide) in out.chunks_exact_mut(n).zip(results.chunks_exact(padded)) {
        out.copy_from_slice(&wide[..n]);
    }
}

struct Layer<'a> {
    /// Panels of `width` outputs: for each input their weights.
    weights: &'a [f32],
    width: usize,
    inputs: usize,
    /// Outputs of all panels.
    padded: usize,
    /// What the sums begin with.
    start: Option<&'a [f32]>,
    relu: bool,
    x: &'a [f32],
    /// From one sample of `x` to the next.
    pitch: usize,
    samples: usize,
    /// `[samples, padded]`.
    out: &'a mut [f32],
}

impl WithSimd for Layer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let all = self.samples * self.padded;
        match self.start {
            Some(start) => {
                for sample in 0..self.samples {
                    self.out[sample * self.padded..(sample + 1) * self.padded].copy_from_slice(start);
                }
            }
            None => self.out[..all].fill(0.0),
        }
        let many = S::REGISTER_COUNT >= 32;
        match self.width / S::F32_LANES {
            4.. if many => self.panels::<S, 4, 6>(simd),
            2.. => self.panels::<S, 2, 4>(simd),
            _ => self.panels::<S, 1, 8>(simd),
        }
        if self.relu {
            let out = &mut self.out[..all];
            for i in 0..out.len() {
                out[i] = if out[i] <= 0.0 { 0.0 } else { out[i] };
            }
        }
    }
}

impl Layer<'_> {
    #[inline(always)]
    fn panels<S: Simd, const VECTORS: usize, const SAMPLES: usize>(&mut self, simd: S) {
        let (width, inputs) = (self.width, self.inputs);
        let panels = self.padded / width.max(1);
        // A sample alone reads every weight once in any case.
        let stretch = if self.samples > 1 { STRETCH } else { inputs.max(1) };
        for panel in 0..panels {
            let mut from = 0;
            while from < inputs {
                let to = (from + stretch).min(inputs);
                let mut first = 0;
                while first < self.samples {
                    let count = match self.samples - first {
                        left if left >= SAMPLES => SAMPLES,
                        left if left >= 3 => 3,
                        _ => 1,
                    };
                    let mut column = 0;
                    while column < width {
                        let place = [panel, column, from, to];
                        let wide = width - column >= VECTORS * S::F32_LANES;
                        match (wide, count) {
                            (true, 1) => self.tile::<S, VECTORS, 1>(simd, place, first),
                            (true, 3) => self.tile::<S, VECTORS, 3>(simd, place, first),
                            (true, _) => self.tile::<S, VECTORS, SAMPLES>(simd, place, first),
                            (false, 1) => self.tile::<S, 1, 1>(simd, place, first),
                            (false, 3) => self.tile::<S, 1, 3>(simd, place, first),
                            (false, _) => self.tile::<S, 1, SAMPLES>(simd, place, first),
                        }
                        column += if wide { VECTORS } else { 1 } * S::F32_LANES;
                    }
                    first += count;
                }
                from = to;
            }
        }
    }

    /// Adds the products with inputs `from..to` to outputs `column..` of a panel, for samples `first..`.
    #[inline(always)]
    fn tile<S: Simd, const VECTORS: usize, const SAMPLES: usize>(
        &mut self,
        simd: S,
        [panel, column, from, to]: [usize; 4],
        first: usize,
    ) {
        let (width, inputs, padded) = (self.width, self.inputs, self.padded);
        let len = VECTORS * S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; SAMPLES];
        let mut xs: [&[f32]; SAMPLES] = [&[]; SAMPLES];
        for sample in 0..SAMPLES {
            let at = (first + sample) * padded + panel * width + column;
            let (values, _) = S::as_simd_f32s(&self.out[at..at + len]);
            let Some(values) = values.first_chunk::<VECTORS>() else { return };
            for vector in 0..VECTORS {
                sums[sample][vector] = values[vector];
            }
            xs[sample] = &self.x[(first + sample) * self.pitch..][from..to];
        }
        let weights = &self.weights[(panel * inputs + from) * width..(panel * inputs + to) * width];
        for (at, weights) in weights.chunks_exact(width).enumerate() {
            let (weights, _) = S::as_simd_f32s(&weights[column..column + len]);
            let Some(weights) = weights.first_chunk::<VECTORS>() else { return };
            for sample in 0..SAMPLES {
                let x = simd.splat_f32s(xs[sample][at]);
                for vector in 0..VECTORS {
                    sums[sample][vector] = simd.mul_add_f32s(x, weights[vector], sums[sample][vector]);
                }
            }
        }
        for sample in 0..SAMPLES {
            let at = (first + sample) * padded + panel * width + column;
            let (target, _) = S::as_mut_simd_f32s(&mut self.out[at..at + len]);
            let Some(target) = target.first_chunk_mut::<VECTORS>() else { return };
            for vector in 0..VECTORS {
                target[vector] = sums[sample][vector];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_the_same_bits_at_every_vector_width_and_in_any_batch() {
        let number = |i: usize| (i as f32 * 0.37).sin();
        // More inputs than one stretch, a width that is no whole number of tiles, samples that fill no tile.
        let (inputs, width, samples) = (700, 80, 9);
        let weights: Vec<f32> = (0..2 * inputs * width).map(number).collect();
        let start: Vec<f32> = (0..2 * width).map(number).collect();
        let x: Vec<f32> = (0..samples * inputs).map(|i| number(i + 3)).collect();
        let compute = |x: &[f32], samples: usize, with: &dyn Fn(Layer<'_>)| {
            let mut out = vec![f32::NAN; samples * 2 * width];
            with(Layer {
                weights: &weights,
                width,
                inputs,
                padded: 2 * width,
                start: Some(&start),
                relu: false,
                x,
                pitch: inputs,
                samples,
                out: &mut out,
            });
            out.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        let dispatch = |layer: Layer<'_>| pulp::Arch::new().dispatch(layer);
        let widest = compute(&x, samples, &dispatch);
        assert_eq!(compute(&x, samples, &|layer| layer.with_simd(pulp::Scalar::new())), widest);
        assert_eq!(compute(&x, samples, &|layer| layer.with_simd(pulp::Scalar256b)), widest);
        assert_eq!(compute(&x[5 * inputs..], 1, &dispatch), widest[5 * 2 * width..6 * 2 * width]);
    }
}
