//! Convolutions and their gradients.

use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};
use crate::product::{Bias, Divisor, Matrix, Parts, Product, Stretches, Tile, sum_parts};
use crate::view::{Target, View};

/// A convolution in two dimensions over a batch (a series has height 1), in the sense of neural networks: the kernel is not
/// turned round. Weight `[outputs, channels / groups, kh * kw]`, dense. The numbers of a sample are `[channels, height, width]`.
/// What lies beyond the input counts as zero, however large the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Samples.
    pub batch: usize,
    /// Of the input, all groups.
    pub channels: usize,
    /// Channels of the result, all groups.
    pub outputs: usize,
    /// Channels of a group see those of the same group only.
    pub groups: usize,
    /// Height, width.
    pub input: [usize; 2],
    /// Height, width of the result.
    pub output: [usize; 2],
    /// Taps down and across.
    pub kernel: [usize; 2],
    /// From a position of the result to the next, in the input.
    pub stride: [usize; 2],
    /// Zeros before the input.
    pub padding: [usize; 2],
    /// From a tap to the next, in the input.
    pub dilation: [usize; 2],
}

/// Groups of fewer channels than this leave tiles almost empty.
const FEW: usize = 8;
/// The longest sums that are as well done number by number.
const SHORT: usize = 64;

impl Convolution {
    /// `y = w * x` (+ bias), then ReLU where asked.
    pub fn forward(&self, x: View, weight: At, bias: Option<At>, relu: bool, y: View) -> Vec<Launch> {
        let sizes = self.forward_sizes();
        let [m, n, k] = sizes;
        if m * n * self.groups == 0 {
            return Vec::new();
        }
        let direct = is_direct(m, k);
        if !direct && self.is_pointwise() {
            let positions = area(self.input);
            return self.pointwise(Pointwise {
                sizes,
                a: Matrix { at: weight, row: k, column: 1, batch: m * k },
                from: x,
                to: Target { view: y, add: false },
                bias: bias.map(|at| Bias { at, of_rows: true, step: m }),
                relu,
                positions,
            });
        }
        let at = [x.at, weight, y.at, bias.unwrap_or(At::NOWHERE)];
        let given = self.given(Given {
            sizes,
            extra: [k.max(1), 0],
            pitches: [x.pitch, y.pitch],
            gathered: self.input,
            positions: self.output,
            shifts: usize::from(relu) << 31,
        });
        vec![self.launch(direct, Kernel::ConvolutionDirect, |tile| tile.forward, sizes).at(&at).n(&given)]
    }

    /// The gradient of `x` from that of `y`.
    pub fn input_gradient(&self, dy: View, weight: At, dx: Target) -> Vec<Launch> {
        let sizes = self.input_sizes();
        let [m, n, k] = sizes;
        if m * n * self.groups == 0 {
            return Vec::new();
        }
        let direct = is_direct(m, k);
        if !direct && self.is_pointwise() {
            let positions = area(self.input);
            let a = Matrix { at: weight, row: 1, column: m, batch: m * k };
            return self.pointwise(Pointwise {
                sizes,
                a,
                from: dy,
                to: dx,
                bias: None,
                relu: false,
                positions,
            });
        }
        let [down, across] = self.stride.map(Divisor::of);
        let given = self.given(Given {
            sizes,
            extra: [down.multiplier, across.multiplier],
            pitches: [dy.pitch, dx.view.pitch],
            gathered: self.output,
            positions: self.input,
            shifts: (down.shift << 20) + (across.shift << 25) + (usize::from(dx.add) << 30),
        });
        let launch = self.launch(direct, Kernel::ConvolutionInputDirect, |tile| tile.input, sizes);
        vec![launch.at(&[dy.at, weight, dx.view.at]).n(&given)]
    }

    /// Numbers of working memory for the weight gradient (parts of a split sum).
    pub fn scratch(&self) -> usize {
        let [m, n, _] = self.weight_sizes();
        match self.weight_plan() {
            Some((_, parts)) if parts.count > 1 => parts.count * self.groups * m * n,
            _ => 0,
        }
    }

    /// The gradient of the weight; `add`: to what is there. `scratch` has [`scratch`](Self::scratch) numbers.
    pub fn weight_gradient(&self, x: View, dy: View, dw: At, add: bool, scratch: At) -> Vec<Launch> {
        let sizes = self.weight_sizes();
        let [m, n, k] = sizes;
        if m * n * self.groups == 0 {
            return Vec::new();
        }
        let plan = self.weight_plan();
        let parts = plan.map_or(Parts { len: k.max(1), count: 1 }, |(_, parts)| parts);
        let split = parts.count > 1;
        let to = if split { scratch } else { dw };
        let add_now = add && !split;
        let mut launches = match plan {
            Some((tile, _)) if self.is_pointwise() => {
                let positions = area(self.input);
                Product {
                    batch: self.groups,
                    sizes,
                    a: Matrix { at: dy.at, row: positions, column: 1, batch: m * positions },
                    b: Matrix { at: x.at, row: 1, column: positions, batch: n * positions },
                    c: Matrix { at: to, row: n, column: 1, batch: parts.count * m * n },
                    bias: None,
                    relu: false,
                    add: add_now,
                    along_k: Some(Stretches { len: positions, pitches: [dy.pitch, x.pitch] }),
                    along_n: None,
                }
                .in_parts(tile, parts)
            }
            _ => {
                let (kernel, blocks) = match plan {
                    Some((tile, _)) => (tile.weight, [tile.blocks(m, n), parts.count, self.groups]),
                    None => (Kernel::ConvolutionWeightDirect, [n, m, self.groups]),
                };
                let given = self.given(Given {
                    sizes,
                    extra: [parts.len, 0],
                    pitches: [x.pitch, dy.pitch],
                    gathered: self.input,
                    positions: self.output,
                    shifts: usize::from(add_now) << 30,
                });
                vec![Launch::blocks(kernel, blocks).at(&[x.at, dy.at, to]).n(&given)]
            }
        };
        if split {
            launches.push(sum_parts(self.groups, m * n, parts.count, scratch, dw, add));
        }
        launches
    }

    /// `[m, n, k]` of the product of a group.
    fn forward_sizes(&self) -> [usize; 3] {
        let taps = area(self.kernel);
        [self.outputs / self.groups, self.batch * area(self.output), self.channels / self.groups * taps]
    }

    fn input_sizes(&self) -> [usize; 3] {
        let taps = area(self.kernel);
        [self.channels / self.groups, self.batch * area(self.input), self.outputs / self.groups * taps]
    }

    fn weight_sizes(&self) -> [usize; 3] {
        let [m, k, n] = self.forward_sizes();
        [m, n, k]
    }

    /// Tiles and parts of the weight gradient; none where it is done weight by weight.
    fn weight_plan(&self) -> Option<(&'static Tile, Parts)> {
        let [m, n, k] = self.weight_sizes();
        let few = m < FEW && self.channels / self.groups < FEW;
        (!few).then(|| Tile::and_parts(m, n, k, self.groups))
    }

    /// Whether every position of the result has its own of the input, and no other.
    fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0] && self.input == self.output
    }

    /// A product of the weight with the channels of every position.
    fn pointwise(&self, own: Pointwise) -> Vec<Launch> {
        let Pointwise { sizes, a, from, to: Target { view: to, add }, bias, relu, positions } = own;
        let channels = |view: View, count: usize| Matrix {
            at: view.at,
            row: positions,
            column: 1,
            batch: count * positions,
        };
        let [m, _, k] = sizes;
        let along_n = Some(Stretches { len: positions, pitches: [from.pitch, to.pitch] });
        let (b, c) = (channels(from, k), channels(to, m));
        Product { batch: self.groups, sizes, a, b, c, bias, relu, add, along_k: None, along_n }.launches()
    }

    fn launch(&self, direct: bool, each: Kernel, of: fn(&Tile) -> Kernel, [m, n, _]: [usize; 3]) -> Launch {
        if direct {
            return Launch::blocks(each, [n.div_ceil(THREADS), m, self.groups]);
        }
        let tile = Tile::of(m, n, self.groups);
        Launch::blocks(of(tile), [tile.blocks(m, n), 1, self.groups])
    }

    /// Whole numbers as `kernels/convolution.cu` counts them.
    fn given(&self, own: Given) -> [usize; 24] {
        let Given { sizes: [m, n, k], extra, pitches, gathered: [height, width], positions, shifts } = own;
        let by = [area(positions), positions[1], area(self.kernel), self.kernel[1]].map(Divisor::of);
        let shifts = by.iter().rev().fold(0, |shifts, by| (shifts << 5) + by.shift) + shifts;
        let [[down, across], [above, left], [apart_down, apart_across]] =
            [self.stride, self.padding, self.dilation];
        [
            m,
            n,
            k,
            extra[0],
            shifts,
            pitches[0],
            pitches[1],
            height,
            width,
            by[0].divisor,
            by[1].divisor,
            by[2].divisor,
            by[3].divisor,
            down,
            across,
            above,
            left,
            apart_down,
            apart_across,
            by[0].multiplier,
            by[1].multiplier,
            by[2].multiplier,
            by[3].multiplier,
            extra[1],
        ]
    }
}

/// What a product of the weight at every position needs.
struct Pointwise {
    sizes: [usize; 3],
    a: Matrix,
    from: View,
    to: Target,
    bias: Option<Bias>,
    relu: bool,
    positions: usize,
}

/// What differs between what the kernels of a convolution are given.
struct Given {
    sizes: [usize; 3],
    extra: [usize; 2],
    pitches: [usize; 2],
    gathered: [usize; 2],
    positions: [usize; 2],
    shifts: usize,
}

fn area([height, width]: [usize; 2]) -> usize {
    height * width
}

/// Whether a result of m rows is better done number by number, sums being as long as k.
fn is_direct(m: usize, k: usize) -> bool {
    m <= 2 || m < FEW && k <= SHORT
}
