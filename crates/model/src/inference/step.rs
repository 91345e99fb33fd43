//! One step of a net for one image: what is done, with which values, where the result goes.

use super::axes::{Order, Span};
use super::broadcast::{Combine, Scale, Stretch};
use super::convolution::Convolution;
use super::dense::{Dense, product, product_scratch};
use super::fold::{Task, Work, rounded};
use super::memory::{Memory, Place};
use super::norm::{layer_norm, sensors, soft_threshold, softmax};
use super::pool::{Pool, adaptive, along, global};
use super::recurrent::Recurrent;
use super::values::{Arena, Image, Sources};
use crate::graph::{Gather, Op, Unary, extent, fitted};
use crate::ops::apply;

/// What is done, with every size and every weight in the order in which it is read.
enum Kernel {
    Conv(Box<Convolution>),
    Dense(Dense),
    Scale {
        factor: Vec<f32>,
        offset: Vec<f32>,
        relu: bool,
    },
    Unary(Unary),
    /// The first value, stretched where it has to be, combined with the second.
    Binary {
        first: Option<Stretch>,
        second: Stretch,
        with: Combine,
    },
    Pool(Pool),
    Adaptive {
        gather: Gather,
        sizes: [[usize; 2]; 2],
    },
    Global {
        gather: Gather,
        size: usize,
    },
    Along {
        gather: Gather,
        axis: [usize; 2],
    },
    /// Parts that are not in their places already.
    Concat(Vec<Part>),
    Slice(Span),
    Pad(Span),
    Permute(Order),
    Softmax([usize; 2]),
    MatMul([usize; 3]),
    LayerNorm {
        gamma: Vec<f32>,
        beta: Vec<f32>,
        eps: f64,
    },
    SoftThreshold,
    Sensors {
        size: usize,
    },
    Recurrent(Recurrent),
    /// The first value as it is.
    Copy,
}

/// A part of a concatenation.
enum Part {
    /// An input by its number.
    Input(usize, Span),
    /// One that stands elsewhere in the result already: where, how long, and where it goes too.
    Again { from: usize, len: usize, to: usize },
}

/// One step.
pub(super) struct Step {
    kernel: Kernel,
    inputs: Vec<Place>,
    out: Place,
    /// Whether the result stands where the first input stood.
    in_place: bool,
}

impl Step {
    /// The step that computes the task at `at`; none where it has no place.
    pub(super) fn new(at: usize, tasks: &[Option<Task>], memory: &Memory) -> Option<Self> {
        let task = tasks[at].as_ref()?;
        let inputs: Vec<&Task> =
            task.inputs.iter().map(|input| tasks[*input].as_ref()).collect::<Option<_>>()?;
        let places: Vec<Place> =
            task.inputs.iter().map(|input| memory.places[*input]).collect::<Option<_>>()?;
        let out = memory.places[at]?;
        let kernel = kernel(task, &inputs, &places, out);
        Some(Self { kernel, in_place: places.first() == Some(&out), inputs: places, out })
    }

    /// In how many parts it is done on so many threads.
    pub(super) fn parts(&self, threads: usize) -> usize {
        match &self.kernel {
            Kernel::Conv(conv) => conv.parts(threads),
            _ => 1,
        }
    }

    /// Working memory on so many threads, in numbers.
    pub(super) fn scratch(&self, threads: usize) -> usize {
        match &self.kernel {
            Kernel::Conv(conv) => conv.scratch(threads),
            Kernel::Dense(dense) => dense.padded(),
            Kernel::Pool(pool) => pool.scratch(),
            Kernel::LayerNorm { gamma, .. } => 2 * self.out.len / gamma.len().max(1),
            Kernel::MatMul(sizes) => product_scratch(*sizes),
            Kernel::Recurrent(layer) => layer.scratch(),
            _ => 0,
        }
    }

    /// Does it on up to so many threads.
    pub(super) fn run(&self, image: &mut Image<'_>, arena: &mut Arena, threads: usize) {
        image.write(arena, self.out, |out, sources, scratch| self.compute(out, sources, scratch, threads));
    }

    fn compute(&self, out: &mut [f32], sources: &Sources<'_>, scratch: &mut [f32], threads: usize) {
        let input = |index: usize| sources.get(self.inputs[index]);
        // For those that change numbers where they stand.
        let copied = |out: &mut [f32]| {
            if !self.in_place {
                out.copy_from_slice(input(0));
            }
        };
        match &self.kernel {
            Kernel::Conv(conv) => conv.run(input(0), out, scratch, threads),
            Kernel::Dense(dense) => {
                dense.run(input(0), 0, 1, &mut scratch[..dense.padded()]);
                out.copy_from_slice(&scratch[..dense.outputs()]);
            }
            Kernel::Scale { factor, offset, relu } => {
                let x = (!self.in_place).then(|| input(0));
                pulp::Arch::new().dispatch(Scale { factor, offset, relu: *relu, x, out });
            }
            Kernel::Unary(function) => {
                copied(out);
                apply(out, *function);
            }
            Kernel::Binary { first, second, with } => {
                match first {
                    Some(first) => first.combine(Combine::Take, out, input(0)),
                    None => copied(out),
                }
                second.combine(*with, out, input(1));
            }
            Kernel::Pool(pool) => {
                pool.run(input(0), self.inputs.get(1).map(|_| input(1)), out, scratch);
            }
            Kernel::Adaptive { gather, sizes } => adaptive(*gather, input(0), *sizes, out),
            Kernel::Global { gather, size } => global(*gather, input(0), *size, out),
            Kernel::Along { gather, axis } => along(*gather, input(0), *axis, out),
            Kernel::Concat(parts) => {
                for part in parts {
                    match part {
                        Part::Input(index, span) => span.put(input(*index), out),
                        Part::Again { from, len, to } => out.copy_within(*from..from + len, *to),
                    }
                }
            }
            Kernel::Slice(span) => span.take(input(0), out),
            Kernel::Pad(span) => {
                out.fill(0.0);
                span.put(input(0), out);
            }
            Kernel::Permute(order) => order.run(input(0), out),
            Kernel::Softmax(axis) => {
                copied(out);
                softmax(out, *axis);
            }
            Kernel::MatMul([m, k, n]) => {
                let factors =
                    input(0).chunks_exact((m * k).max(1)).zip(input(1).chunks_exact((k * n).max(1)));
                for ((x, y), out) in factors.zip(out.chunks_exact_mut((m * n).max(1))) {
                    product(x, y, [*m, *k, *n], out, scratch);
                }
            }
            Kernel::LayerNorm { gamma, beta, eps } => {
                copied(out);
                layer_norm(out, gamma, beta, *eps, scratch);
            }
            Kernel::SoftThreshold => {
                copied(out);
                soft_threshold(out, input(1));
            }
            Kernel::Sensors { size } => {
                copied(out);
                sensors(out, *size);
            }
            Kernel::Recurrent(layer) => layer.run(input(0), out, scratch),
            Kernel::Copy => copied(out),
        }
    }
}

/// Length of an axis and the numbers behind each of its places.
fn axis(shape: &[usize], axis: usize) -> [usize; 2] {
    [shape[axis], shape[axis + 1..].iter().product()]
}

fn sizes(task: &Task, x: &Task) -> [[usize; 2]; 2] {
    [&x.shape, &task.shape].map(|shape| extent(shape).unwrap_or([1, 1]))
}

fn kernel(task: &Task, inputs: &[&Task], places: &[Place], out: Place) -> Kernel {
    let Some(x) = inputs.first() else { return Kernel::Copy };
    let channels = x.shape.first().copied().unwrap_or(1);
    match &task.work {
        Work::Input | Work::Constant(_) | Work::Same => Kernel::Copy,
        Work::Conv { window, groups, weight, bias } => {
            let window = fitted(*window, &x.shape);
            let channels = [channels, bias.len()];
            let sizes = sizes(task, x);
            Kernel::Conv(Box::new(Convolution::new(
                &window,
                *groups,
                (weight, bias),
                channels,
                sizes,
                task.relu,
            )))
        }
        Work::Linear { weight, bias } if task.shape.len() == 1 => {
            Kernel::Dense(Dense::new(weight, bias, task.relu))
        }
        Work::Linear { weight, bias } => {
            let positions = [1, x.len() / channels.max(1)];
            let window =
                crate::ops::Window { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
            let channels = [channels, bias.len()];
            let sizes = [positions, positions];
            Kernel::Conv(Box::new(Convolution::new(&window, 1, (weight, bias), channels, sizes, task.relu)))
        }
        Work::Scale { factor, offset } => {
            Kernel::Scale { factor: rounded(factor), offset: rounded(offset), relu: task.relu }
        }
        Work::LayerNorm { gamma, beta, eps } => {
            Kernel::LayerNorm { gamma: gamma.clone(), beta: beta.clone(), eps: *eps }
        }
        Work::Recurrent { kind, hidden, directions } => {
            let time = x.shape.get(1).copied().unwrap_or(1);
            Kernel::Recurrent(Recurrent::new(*kind, *hidden, directions, [channels, time]))
        }
        Work::GatedPool { window } => {
            let ([input, output], window) = (sizes(task, x), *window);
            Kernel::Pool(Pool { gather: Gather::Max, window, count_padding: false, input, output })
        }
        Work::Plain(op) => plain(op, task, inputs, places, out),
    }
}

fn plain(op: &Op, task: &Task, inputs: &[&Task], places: &[Place], out: Place) -> Kernel {
    let x = inputs[0];
    match op {
        Op::Unary(function) => Kernel::Unary(*function),
        Op::Add | Op::Sub | Op::Mul => {
            let first = (x.shape != task.shape).then(|| Stretch::new(&x.shape, &task.shape));
            let with = match op {
                Op::Add if task.relu => Combine::AddRelu,
                Op::Add => Combine::Add,
                Op::Sub => Combine::Sub,
                _ => Combine::Mul,
            };
            Kernel::Binary { first, second: Stretch::new(&inputs[1].shape, &task.shape), with }
        }
        Op::Pool { gather, window, count_padding, .. } => {
            let ([input, output], window) = (sizes(task, x), *window);
            Kernel::Pool(Pool { gather: *gather, window, count_padding: *count_padding, input, output })
        }
        Op::AdaptivePool { gather, .. } => Kernel::Adaptive { gather: *gather, sizes: sizes(task, x) },
        Op::Global(gather) => {
            Kernel::Global { gather: *gather, size: x.len() / x.shape.first().copied().unwrap_or(1).max(1) }
        }
        Op::Along(gather, at) => Kernel::Along { gather: *gather, axis: axis(&x.shape, *at) },
        Op::Concat(at) => {
            let [all, behind] = axis(&task.shape, *at);
            let mut start = 0;
            let mut parts = Vec::new();
            for (index, (part, place)) in inputs.iter().zip(places).enumerate() {
                let count = part.shape[*at];
                let span = Span::new([start, count, all], behind);
                let ends = [place.offset + place.len, out.offset + out.len];
                let is_inside = place.home == out.home && place.offset >= out.offset && ends[0] <= ends[1];
                if is_inside {
                    // Written there at once, and so without axes before the one along which it stands.
                    let (from, len, to) = (place.offset - out.offset, place.len, span.start);
                    if from != to {
                        parts.push(Part::Again { from, len, to });
                    }
                } else {
                    parts.push(Part::Input(index, span));
                }
                start += count;
            }
            Kernel::Concat(parts)
        }
        Op::Slice { axis: at, start, len } => {
            let [all, behind] = axis(&x.shape, *at);
            Kernel::Slice(Span::new([*start, *len, all], behind))
        }
        Op::Pad { axis: at, before, .. } => {
            let ([count, behind], [all, _]) = (axis(&x.shape, *at), axis(&task.shape, *at));
            Kernel::Pad(Span::new([*before, count, all], behind))
        }
        Op::Permute(order) => Kernel::Permute(Order::new(&x.shape, order)),
        Op::Softmax(at) => Kernel::Softmax(axis(&x.shape, *at)),
        Op::MatMul => {
            let n = x.shape.len();
            Kernel::MatMul([x.shape[n - 2], x.shape[n - 1], inputs[1].shape[n - 1]])
        }
        Op::SoftThreshold => Kernel::SoftThreshold,
        Op::Sensors { channels, .. } => {
            let positions = x.len() / x.shape.first().copied().unwrap_or(1).max(1);
            Kernel::Sensors { size: channels * positions }
        }
        _ => Kernel::Copy,
    }
}
