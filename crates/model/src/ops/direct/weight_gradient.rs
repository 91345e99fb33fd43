//! The gradient of the weight: for every input channel and tap, the sum over all positions of what it looks at times the
//! gradients of all outputs there. Whichever fills more of a vector, input channels or outputs, stands side by side for
//! each position (`sums.rs`).

use rayon::prelude::*;

use super::super::wide::wide;
use super::layout::{Layout, MOST_LANES};
use super::sums::{RUN, Run, Strip};
use super::{Direct, MOST_CHUNKS};

/// Positions summed before the sums are added to those so far: less is lost to rounding, and what stands side by side
/// stays in the nearest cache for all tiles.
const STRIP: usize = 256;

/// The channels of a group in maps `[N, C, H, W]`, and where in a layout its first position stands.
#[derive(Clone, Copy)]
struct Side {
    /// Channels of all groups, and of one.
    channels: [usize; 2],
    extent: [usize; 2],
    origin: [usize; 2],
}

impl Side {
    /// Calls `each` with image, channel of the group, the place in the layout and the numbers of every row.
    fn rows<'a>(
        &self,
        layout: &Layout,
        maps: &'a [f32],
        group: usize,
        mut each: impl FnMut(usize, usize, &'a [f32]),
    ) {
        let ([all, count], [h, w]) = (self.channels, self.extent);
        for image in 0..layout.images {
            for y in 0..h {
                let place =
                    (image * layout.image_rows() + y + self.origin[0]) * layout.pitch() + self.origin[1];
                for channel in 0..count {
                    let from = ((image * all + group * count + channel) * h + y) * w;
                    each(channel, place, &maps[from..from + w]);
                }
            }
        }
    }

    /// Puts the channels one behind the other, `len` apart.
    fn spread(&self, layout: &Layout, maps: &[f32], group: usize, len: usize, planes: &mut [f32]) {
        self.rows(layout, maps, group, |channel, place, row| {
            planes[channel * len + place..][..row.len()].copy_from_slice(row);
        });
    }

    /// Puts the channels side by side for each position, `pitch` from one position to the next.
    fn turn(&self, layout: &Layout, maps: &[f32], group: usize, pitch: usize, beside: &mut [f32]) {
        let ([all, count], [h, w]) = (self.channels, self.extent);
        wide(
            #[inline(always)]
            || {
                for image in 0..layout.images {
                    let maps = &maps[(image * all + group * count) * h * w..][..count * h * w];
                    fetch(maps);
                    for y in 0..h {
                        let place = (image * layout.image_rows() + y + self.origin[0]) * layout.pitch()
                            + self.origin[1];
                        let beside = &mut beside[place * pitch..(place + w) * pitch];
                        turn_row(&maps[y * w..], [count, h * w, w], beside, pitch);
                    }
                }
            },
        );
    }

    /// From one position to the next where channels stand side by side.
    fn pitch(&self) -> usize {
        self.channels[1].next_multiple_of(MOST_LANES)
    }

    /// How much of its vectors it fills.
    fn fill(&self) -> f64 {
        self.channels[1] as f64 / self.pitch() as f64
    }
}

/// Brings numbers into the cache in the order in which they lie: of many rows read at once the processor fetches none ahead.
#[inline(always)]
fn fetch(numbers: &[f32]) {
    let mut sum = 0.0;
    for at in (0..numbers.len()).step_by(MOST_LANES) {
        sum += numbers[at];
    }
    std::hint::black_box(sum);
}

/// Puts `count` rows of `width` numbers, `apart` from one to the next, side by side.
#[inline(always)]
fn turn_row(from: &[f32], [count, apart, width]: [usize; 3], beside: &mut [f32], pitch: usize) {
    let whole = count / MOST_LANES * MOST_LANES;
    for first in (0..whole).step_by(MOST_LANES) {
        let mut rows: [&[f32]; MOST_LANES] = [&[]; MOST_LANES];
        for row in 0..MOST_LANES {
            rows[row] = &from[(first + row) * apart..][..width];
        }
        for place in 0..width {
            let target = &mut beside[place * pitch + first..][..MOST_LANES];
            for row in 0..MOST_LANES {
                target[row] = rows[row][place];
            }
        }
    }
    for row in whole..count {
        let values = &from[row * apart..][..width];
        for place in 0..width {
            beside[place * pitch + row] = values[place];
        }
    }
}

impl Direct {
    /// `[O, C / groups, taps]` from the input and the gradient of the output.
    pub(crate) fn weight_gradient(&self, x: &[f32], grad: &[f32]) -> Vec<f32> {
        let (outputs, depth) = (self.group_out(), self.group_in() * self.window.taps());
        let mut weight = vec![0.0; self.channels[1] * depth];
        if x.is_empty() || grad.is_empty() || weight.is_empty() {
            return weight;
        }
        let block = self.block();
        let images = block * self.batch.div_ceil(block).div_ceil(MOST_CHUNKS);
        let chunks: Vec<Vec<f32>> = x
            .par_chunks(images * self.image_in())
            .zip(grad.par_chunks(images * self.image_out()))
            .map(|(x, grad)| self.chunk(block, x, grad))
            .collect();
        // Where the sum of an input channel's tap and an output stands.
        let (inputs_beside, taps) = (self.inputs_beside(), self.window.taps());
        let pitch = if inputs_beside { self.input_side().pitch() } else { self.output_side().pitch() };
        let place = |row: usize, output: usize| match inputs_beside {
            true => (row % taps * outputs + output) * pitch + row / taps,
            false => row * pitch + output,
        };
        let size = if inputs_beside { taps * outputs * pitch } else { depth * pitch };
        for (group, weight) in weight.chunks_exact_mut(outputs * depth).enumerate() {
            for chunk in &chunks {
                let sums = &chunk[group * size..][..size];
                for (output, weight) in weight.chunks_exact_mut(depth).enumerate() {
                    for (row, value) in weight.iter_mut().enumerate() {
                        *value += sums[place(row, output)];
                    }
                }
            }
        }
        weight
    }

    fn input_side(&self) -> Side {
        let channels = [self.channels[0], self.group_in()];
        Side { channels, extent: self.input, origin: self.window.padding }
    }

    fn output_side(&self) -> Side {
        Side { channels: [self.channels[1], self.group_out()], extent: self.output, origin: [0; 2] }
    }

    /// Whether the input's channels stand side by side, and not the outputs: where those are too few for two vectors.
    fn inputs_beside(&self) -> bool {
        let (inputs, outputs) = (self.input_side(), self.output_side());
        outputs.pitch() <= MOST_LANES && inputs.pitch() > outputs.pitch() && inputs.fill() > 0.5
    }

    /// The sums over some images, group after group.
    fn chunk(&self, block: usize, x: &[f32], grad: &[f32]) -> Vec<f32> {
        let inputs_beside = self.inputs_beside();
        let most = self.layout(block);
        let (inputs, outputs) = (self.input_side(), self.output_side());
        let (beside, single) = if inputs_beside { (inputs, outputs) } else { (outputs, inputs) };
        let (pitch, len) = (beside.pitch(), most.channel_len());
        let shifts: Vec<usize> = most.shifts().collect();
        // Of each sum along the positions: how far ahead the side that stands side by side is, and the runs.
        let passes: Vec<(usize, [Vec<Run>; 2])> = if inputs_beside {
            let count = outputs.channels[1];
            let runs = |tap: usize| {
                (0..count).map(|output| Run { offset: output * len, row: tap * count + output }).collect()
            };
            shifts.iter().enumerate().map(|(tap, shift)| (*shift, [Vec::new(), runs(tap)])).collect()
        } else {
            vec![(0, self.runs(&most.offsets(inputs.channels[1], len)))]
        };
        let rows: usize = self.window.taps() * single.channels[1];
        let mut planes = vec![0.0; single.channels[1] * len];
        let mut turned = vec![0.0; len * pitch];
        let mut sums = vec![0.0; self.groups * rows * pitch];
        for (x, grad) in x.chunks(block * self.image_in()).zip(grad.chunks(block * self.image_out())) {
            let layout = self.layout(x.len() / self.image_in());
            if layout.images < block {
                planes.fill(0.0);
                turned.fill(0.0);
            }
            for group in 0..self.groups {
                let (flat, lying) = if inputs_beside { (x, grad) } else { (grad, x) };
                single.spread(&layout, lying, group, len, &mut planes);
                beside.turn(&layout, flat, group, pitch, &mut turned);
                let positions = layout.positions();
                for start in (0..positions).step_by(STRIP) {
                    let count = STRIP.min(positions - start);
                    for (shift, runs) in &passes {
                        pulp::Arch::new().dispatch(Strip {
                            single: &planes[start..],
                            runs: [&runs[0], &runs[1]],
                            beside: &turned[(start + shift) * pitch..(start + shift + count) * pitch],
                            pitch,
                            sums: &mut sums[group * rows * pitch..][..rows * pitch],
                        });
                    }
                }
            }
        }
        sums
    }

    /// Every tap in a run of three or on its own.
    fn runs(&self, offsets: &[usize]) -> [Vec<Run>; 2] {
        let [width, dilation] = [self.window.kernel[1], self.window.dilation[1]];
        let whole = if dilation == 1 { width / RUN * RUN } else { 0 };
        let mut runs = [Vec::new(), Vec::new()];
        for (row, &offset) in offsets.iter().enumerate() {
            let tap = row % width;
            if tap >= whole {
                runs[1].push(Run { offset, row });
            } else if tap % RUN == 0 {
                runs[0].push(Run { offset, row });
            }
        }
        runs
    }
}
