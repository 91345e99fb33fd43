//! Convolutions of stride 1 in `f32` without a matrix of patches.
//!
//! The images of a block stand one below the other with the zeros that the window sees around them laid out between
//! their rows, so that every tap of the kernel is one shift of the whole block (`layout.rs`). The forward pass
//! (`forward.rs`) keeps a tile of outputs in registers and adds tap after tap; the gradient of the input is the same pass
//! with the kernel turned round (`weights.rs`); that of the weight runs along the positions (`weight_gradient.rs`, `sums.rs`).
//! Positions between the rows are computed too and left out: with padding `p` and width `w` a share of `p/(w + p)`.
//!
//! Every output is one sum in one order, whatever the vector width and the number of threads.
#![allow(
    clippy::needless_range_loop,
    clippy::manual_memcpy,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

mod forward;
mod layout;
mod sums;
mod weight_gradient;
mod weights;

use rayon::prelude::*;

use super::window::Window;
use layout::Layout;

pub(crate) use forward::{Forward, Rows};
pub(crate) use layout::MOST_LANES;
pub(crate) use weights::{Packed, turned_round};

/// Positions that a block should have at least, when the batch offers them.
const POSITIONS: usize = 1024;
/// Blocks wanted at least, so that there is work for several threads.
const BLOCKS: usize = 8;
/// Partial sums of the weight gradient at most, for any number of threads.
const MOST_CHUNKS: usize = 16;

/// A convolution that can be done this way, with every size of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Direct {
    pub(crate) batch: usize,
    /// Channels in and out of the whole convolution.
    pub(crate) channels: [usize; 2],
    pub(crate) groups: usize,
    pub(crate) window: Window,
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
}

impl Direct {
    /// Whether a window can be done this way: a stride of 1 and no more padding than the kernel reaches.
    pub(crate) fn fits(window: &Window) -> bool {
        let reach = |axis: usize| window.dilation[axis] * (window.kernel[axis] - 1);
        window.stride == [1, 1] && (0..2).all(|axis| window.padding[axis] <= reach(axis))
    }

    /// The convolution that gives the gradient of this one's input from that of its output, with the weight
    /// [`turned_round`].
    pub(crate) fn backwards(&self) -> Self {
        let padding = [0, 1].map(|axis| {
            self.window.dilation[axis] * (self.window.kernel[axis] - 1) - self.window.padding[axis]
        });
        Self {
            channels: [self.channels[1], self.channels[0]],
            window: Window { padding, ..self.window },
            input: self.output,
            output: self.input,
            ..*self
        }
    }

    fn group_in(&self) -> usize {
        self.channels[0] / self.groups
    }

    fn group_out(&self) -> usize {
        self.channels[1] / self.groups
    }

    fn image_in(&self) -> usize {
        self.channels[0] * self.input[0] * self.input[1]
    }

    fn image_out(&self) -> usize {
        self.channels[1] * self.output[0] * self.output[1]
    }

    /// Images in a block.
    fn block(&self) -> usize {
        let positions = (self.input[0] + self.window.padding[0]) * (self.input[1] + self.window.padding[1]);
        let wanted = POSITIONS.div_ceil(positions.max(1));
        wanted.min(self.batch.div_ceil(BLOCKS)).max(1)
    }

    fn layout(&self, images: usize) -> Layout {
        Layout::new(&self.window, self.input, self.output, images)
    }

    /// The output for `x` by a weight `[O, C / groups, taps]`, plus a bias, with negative values set to 0 where asked.
    pub(crate) fn forward(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>, relu: bool) -> Vec<f32> {
        let mut out = vec![0.0; self.batch * self.image_out()];
        let packed = Packed::new(weight, self.groups, self.group_out(), self.group_in() * self.window.taps());
        self.forward_into(x, &packed, bias, relu, &mut out);
        out
    }

    fn forward_into(&self, x: &[f32], packed: &Packed, bias: Option<&[f32]>, relu: bool, out: &mut [f32]) {
        if out.is_empty() {
            return;
        }
        let block = self.block();
        let most = self.layout(block);
        let (channel_len, plane) = (most.channel_len(), self.output[0] * self.output[1]);
        let offsets = most.offsets(self.group_in(), channel_len);
        out.par_chunks_mut(block * self.image_out())
            .zip(x.par_chunks(block * self.image_in()))
            .for_each_init(
                || (vec![0.0; self.group_in() * channel_len], vec![0.0; most.computed().strip_len()]),
                |(planes, strip), (out, x)| {
                    let layout = self.layout(x.len() / self.image_in());
                    for group in 0..self.groups {
                        layout.spread(
                            x,
                            [self.channels[0], group * self.group_in(), self.group_in()],
                            block,
                            planes,
                        );
                        let pass = Forward {
                            rows: layout.computed(),
                            planes,
                            offsets: &offsets,
                            outputs: packed.group(group),
                            bias: bias.map(|bias| &bias[group * self.group_out()..]),
                            relu,
                            strip,
                            channels: self.channels[1],
                            out: &mut out[group * self.group_out() * plane..],
                        };
                        pass.run();
                    }
                },
            );
    }
}
