//! A convolution of one image, its weights packed once.
//!
//! The image is laid out in planes so that every tap of the kernel is one shift: with a step of `s` there is a plane
//! for each place within the step, and tap `t` looks `t·d / s` ahead in plane `t·d mod s`. Zeros stand around the image,
//! where a row's zeros behind it can be those before the next one they are laid out once. A kernel of one tap with a
//! step of 1 needs no planes but the image.
//!
//! Where there are too few positions to fill vectors, outputs stand in the lanes instead: what each position sees goes
//! through the weights as a sample goes through a fully connected layer.

use super::dense::{Dense, padded};
use super::fold::rounded;
use super::split::{in_parts, parts};
use crate::ops::{Forward, MOST_LANES, Packed, Rows, Window};

/// One convolution with all its sizes.
pub(super) struct Convolution {
    way: Way,
    bias: Vec<f32>,
    relu: bool,
    groups: usize,
    /// Channels in and out.
    channels: [usize; 2],
    input: [usize; 2],
    rows: Rows,
    offsets: Vec<usize>,
    planes: Planes,
}

/// What stands in the lanes.
enum Way {
    Positions(Packed),
    Outputs(Few),
}

/// The way of few positions.
struct Few {
    dense: Dense,
    /// Where each position begins in the planes.
    starts: Vec<usize>,
}

impl Few {
    /// None where vectors of positions would be filled better than those of outputs.
    fn new(rows: &Rows, (weight, bias): (&[f64], &[f64]), relu: bool) -> Option<Self> {
        let [h, w] = rows.output;
        let computed = ((h - 1) * rows.pitch + w).next_multiple_of(MOST_LANES);
        // A plane of one tap is laid out as rows of a vector each, the last one not full.
        let starts: Vec<usize> = match rows.pitch == w {
            true => (0..rows.plane).collect(),
            false => (0..h).flat_map(|y| (0..w).map(move |x| y * rows.pitch + x)).collect(),
        };
        let of_positions = rows.plane as f64 / computed as f64;
        let of_outputs = bias.len() as f64 / padded(bias.len()).max(1) as f64;
        let is_better = of_positions < 0.7 * of_outputs;
        is_better.then(|| Self { dense: Dense::new(weight, bias, relu), starts })
    }

    fn scratch(&self) -> usize {
        self.starts.len() * (self.dense.inputs() + self.dense.padded())
    }

    /// The outputs of a part, see [`Dense::run_part`].
    fn run(
        &self,
        [number, each]: [usize; 2],
        (planes, offsets): (&[f32], &[usize]),
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        let (count, inputs) = (self.starts.len(), self.dense.inputs());
        let (seen, results) = scratch.split_at_mut(count * inputs);
        for (seen, start) in seen.chunks_exact_mut(inputs.max(1)).zip(&self.starts) {
            let planes = &planes[*start..];
            seen.iter_mut().zip(offsets).for_each(|(value, offset)| *value = planes[*offset]);
        }
        self.dense.run_part([number, each], seen, inputs, count, results);
        let pitch = self.dense.padded_part([number, each]);
        for (output, out) in out.chunks_exact_mut(count).enumerate() {
            let column = results.iter().skip(output).step_by(pitch);
            out.iter_mut().zip(column).for_each(|(to, from)| *to = *from);
        }
    }
}

/// How a channel is laid out.
enum Planes {
    /// As it is.
    Own,
    /// As it is, with room behind it.
    Padded { len: usize },
    /// By the places within a step.
    Phases { phases: Vec<Phase>, step: [usize; 2], rows: usize, pitch: usize, len: usize },
}

/// One plane: where row 0 and column 0 lie in the image, negative before it.
#[derive(Clone, Copy)]
struct Phase {
    top: isize,
    left: isize,
}

/// Which places within a step some tap looks at, and for each tap which of them and how far ahead.
fn axis(kernel: usize, dilation: usize, stride: usize) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut used: Vec<usize> = (0..kernel).map(|tap| tap * dilation % stride).collect();
    used.sort_unstable();
    used.dedup();
    let taps = (0..kernel).map(|tap| {
        let place = tap * dilation % stride;
        (used.iter().position(|used| *used == place).unwrap_or(0), tap * dilation / stride)
    });
    let taps = taps.collect();
    (used, taps)
}

impl Convolution {
    pub(super) fn new(
        window: &Window,
        groups: usize,
        (weight, bias): (&[f64], &[f64]),
        [channels, outputs]: [usize; 2],
        [input, output]: [[usize; 2]; 2],
        relu: bool,
    ) -> Self {
        let taps = window.taps();
        let group_in = channels / groups;
        let plane = output[0] * output[1];
        let (rows, planes, offsets);
        if window.is_identity() {
            let len = plane.next_multiple_of(MOST_LANES);
            planes = if len == plane { Planes::Own } else { Planes::Padded { len } };
            let count = len / MOST_LANES;
            rows =
                Rows { images: 1, image_rows: count, pitch: MOST_LANES, output: [count, MOST_LANES], plane };
            offsets = (0..group_in).map(|channel| channel * len).collect();
        } else {
            let [(top, down), (left, along)] =
                [0, 1].map(|at| axis(window.kernel[at], window.dilation[at], window.stride[at]));
            let ahead = |taps: &[(usize, usize)]| taps.iter().map(|tap| tap.1).max().unwrap_or(0);
            let (below, beside) = (ahead(&down), ahead(&along));
            // Zeros behind a row are those before the next one.
            let is_shared = window.stride[1] == 1 && window.padding[1] <= beside;
            let pitch = if is_shared { input[1] + window.padding[1] } else { output[1] + beside };
            let count = output[0] + below;
            let len = (count * pitch + beside + 2 * MOST_LANES).next_multiple_of(MOST_LANES);
            rows = Rows { images: 1, image_rows: output[0], pitch, output, plane };
            let phases: Vec<Phase> = top
                .iter()
                .flat_map(|y| {
                    let place = |at: usize, axis: usize| at as isize - window.padding[axis] as isize;
                    left.iter().map(move |x| Phase { top: place(*y, 0), left: place(*x, 1) })
                })
                .collect();
            let (each, across) = (phases.len(), left.len());
            offsets = (0..group_in)
                .flat_map(|channel| {
                    let along = &along;
                    down.iter().flat_map(move |(py, y)| {
                        along
                            .iter()
                            .map(move |(px, x)| (channel * each + py * across + px) * len + y * pitch + x)
                    })
                })
                .collect();
            planes = Planes::Phases { phases, step: window.stride, rows: count, pitch, len };
        }
        let few = if groups == 1 { Few::new(&rows, (weight, bias), relu) } else { None };
        let packed = || Packed::new(&rounded(weight), groups, outputs / groups, group_in * taps);
        let way = few.map_or_else(|| Way::Positions(packed()), Way::Outputs);
        let channels = [channels, outputs];
        Self { way, bias: rounded(bias), relu, groups, channels, input, rows, offsets, planes }
    }

    /// In how many parts a group is done on so many threads.
    pub(super) fn parts(&self, threads: usize) -> usize {
        let outputs = self.channels[1] / self.groups * self.rows.plane;
        let inputs = self.channels[0] / self.groups * self.input[0] * self.input[1];
        parts(threads, outputs * self.offsets.len(), inputs + outputs)
    }

    /// Working memory that one image needs on so many threads, in numbers.
    pub(super) fn scratch(&self, threads: usize) -> usize {
        self.parts(threads) * self.scratch_of_part()
    }

    fn scratch_of_part(&self) -> usize {
        let work = match &self.way {
            Way::Positions(_) => self.rows.strip_len(),
            Way::Outputs(few) => few.scratch(),
        };
        self.planes_len() + work
    }

    fn planes_len(&self) -> usize {
        let channels = self.channels[0] / self.groups;
        match &self.planes {
            Planes::Own => 0,
            Planes::Padded { len } => channels * len,
            Planes::Phases { phases, len, .. } => channels * phases.len() * len,
        }
    }

    /// The output `[O, ...]` for one image `[C, ...]`, on up to so many threads.
    pub(super) fn run(&self, x: &[f32], out: &mut [f32], scratch: &mut [f32], threads: usize) {
        let (size, plane) = (self.input[0] * self.input[1], self.rows.plane);
        let [group_in, group_out] = self.channels.map(|channels| channels / self.groups);
        let (parts, own) = (self.parts(threads), self.scratch_of_part());
        let groups =
            x.chunks_exact((group_in * size).max(1)).zip(out.chunks_exact_mut((group_out * plane).max(1)));
        for (group, (x, out)) in groups.enumerate() {
            let bias = &self.bias[group * group_out..];
            let each = match &self.way {
                Way::Positions(packed) => packed.group(group).each(parts),
                Way::Outputs(few) => few.dense.each(parts),
            };
            in_parts(out, each * plane, scratch, own, |number, out, scratch| {
                // Every part lays out the image for itself: numbers that another core has just written are read in a
                // row here, and not far from each other, which takes much longer.
                let (buffer, work) = scratch.split_at_mut(self.planes_len());
                let planes = self.lay(x, buffer);
                match &self.way {
                    Way::Outputs(few) => few.run([number, each], (planes, &self.offsets), out, work),
                    Way::Positions(packed) => Forward {
                        rows: self.rows,
                        planes,
                        offsets: &self.offsets,
                        outputs: packed.group(group).part(number, each),
                        bias: Some(&bias[number * each..]),
                        relu: self.relu,
                        strip: work,
                        channels: self.channels[1],
                        out,
                    }
                    .run(),
                }
            });
        }
    }

    /// The planes of the channels of a group, in `buffer` where `x` will not do.
    fn lay<'a>(&self, x: &'a [f32], buffer: &'a mut [f32]) -> &'a [f32] {
        let size = self.input[0] * self.input[1];
        match &self.planes {
            Planes::Own => return x,
            Planes::Padded { len } => {
                for (plane, channel) in buffer.chunks_exact_mut(*len).zip(x.chunks_exact(size)) {
                    plane[..size].copy_from_slice(channel);
                }
            }
            Planes::Phases { phases, step, rows, pitch, len } => {
                let channels = buffer.chunks_exact_mut(phases.len() * len).zip(x.chunks_exact(size));
                for (planes, channel) in channels {
                    for (plane, phase) in planes.chunks_exact_mut(*len).zip(phases) {
                        phase.lay(channel, self.input, *step, [*rows, *pitch], plane);
                    }
                }
            }
        }
        buffer
    }
}

/// The places `i` of `0..count` for which `first + i·step` lies in `0..len`.
fn inside(first: isize, step: usize, len: usize, count: usize) -> [usize; 2] {
    let from = if first < 0 { first.unsigned_abs().div_ceil(step) } else { 0 };
    let to = (len as isize - first).max(0).unsigned_abs().div_ceil(step).min(count);
    [from.min(to), to]
}

impl Phase {
    /// Fills `plane` with `rows` of `pitch` numbers, zeros where they lie beside the image.
    fn lay(
        &self,
        x: &[f32],
        [h, w]: [usize; 2],
        step: [usize; 2],
        [rows, pitch]: [usize; 2],
        plane: &mut [f32],
    ) {
        let [top, bottom] = inside(self.top, step[0], h, rows);
        let [left, right] = inside(self.left, step[1], w, pitch);
        plane[..top * pitch].fill(0.0);
        plane[bottom * pitch..].fill(0.0);
        let start =
            |first: isize, place: usize, step: usize| (first + (place * step) as isize).unsigned_abs();
        for row in top..bottom {
            let target = &mut plane[row * pitch..(row + 1) * pitch];
            target[..left].fill(0.0);
            target[right..].fill(0.0);
            if left == right {
                continue;
            }
            let from = start(self.top, row, step[0]) * w + start(self.left, left, step[1]);
            let target = &mut target[left..right];
            match step[1] {
                1 => target.copy_from_slice(&x[from..from + target.len()]),
                step => {
                    for (to, from) in target.iter_mut().zip(x[from..].iter().step_by(step)) {
                        *to = *from;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_have_the_same_bits_on_any_number_of_threads() {
        let number = |i: usize| f64::from((i as f32 * 0.37).sin());
        let window = |kernel: usize| Window {
            kernel: [kernel; 2],
            stride: [1; 2],
            padding: [kernel / 2; 2],
            dilation: [1; 2],
        };
        // Kernel, groups, channels in and out, side: outputs that fill no panel, groups, few positions, one tap.
        let cases =
            [(3, 1, [24, 90], 16), (3, 2, [64, 120], 12), (3, 1, [128, 230], 3), (1, 1, [256, 300], 9)];
        for (kernel, groups, channels, side) in cases {
            let depth = channels[0] / groups * kernel * kernel;
            let weight: Vec<f64> = (0..channels[1] * depth).map(number).collect();
            let bias: Vec<f64> = (0..channels[1]).map(number).collect();
            let window = window(kernel);
            let sizes = [[side; 2]; 2];
            let conv = Convolution::new(&window, groups, (&weight, &bias), channels, sizes, true);
            let x: Vec<f32> = (0..channels[0] * side * side).map(|i| number(i + 5) as f32).collect();
            let compute = |threads: usize| {
                let mut out = vec![f32::NAN; channels[1] * side * side];
                conv.run(&x, &mut out, &mut vec![f32::NAN; conv.scratch(threads)], threads);
                out.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
            };
            let one = compute(1);
            assert!(one.iter().all(|bits| f32::from_bits(*bits) >= 0.0));
            for threads in [2, 3, 5] {
                assert!(conv.parts(threads) > 1, "{channels:?} is not split");
                assert_eq!(compute(threads), one, "{channels:?} on {threads} threads");
            }
        }
    }
}
