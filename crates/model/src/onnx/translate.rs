//! Every op of a graph as ONNX operators. Axes are counted with the batch there, without it here.

use super::INPUT;
use super::pooling::{dilations, reduce, windows};
use super::proto::Numbers;
use super::writer::{Writer, count, counts, float, int, whole};
use crate::error::Result;
use crate::graph::{Node, Op};

impl Writer<'_> {
    /// Writes the operators of `node` and gives the name of its value.
    pub(super) fn translate(&mut self, node: &Node) -> Result<String> {
        let inputs = node.inputs.iter().map(|id| self.value(*id)).collect::<Result<Vec<_>>>()?;
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let shapes: Vec<&[usize]> = node.inputs.iter().map(|id| self.shape(*id)).collect();
        let x = inputs.first().copied().unwrap_or(INPUT);
        let shape = shapes.first().copied().unwrap_or(&[]);
        Ok(match &node.op {
            Op::Input => INPUT.to_owned(),
            Op::Parameter(slot) => {
                let parameter = self.slot(*slot)?;
                let batch = self.emit("Shape", &[INPUT], vec![int("start", 0), int("end", 1)]);
                let lengths = self.ints(&whole(&node.shape));
                let all = self.emit("Concat", &[&batch, &lengths], vec![int("axis", 0)]);
                self.emit("Expand", &[&parameter, &all], Vec::new())
            }
            Op::Conv { window, groups, weight, bias, .. } => {
                let taps = self.slot_shape(*weight).len() - 2;
                let mut inputs = vec![x.to_owned(), self.slot(*weight)?];
                inputs.extend(bias.map(|bias| self.slot(bias)).transpose()?);
                let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
                let mut attributes = windows(window, taps, [window.padding; 2]);
                attributes.extend([dilations(window, taps), count("group", *groups)]);
                self.emit("Conv", &inputs, attributes)
            }
            Op::Linear { weight, bias } => {
                let weight = self.slot(*weight)?;
                let bias = bias.map(|bias| self.slot(bias)).transpose()?;
                self.linear(x, [shape, &node.shape], &weight, bias.as_deref())
            }
            Op::BatchNorm { gamma, beta, mean, variance, eps, relu, .. } => {
                let [gamma, beta] = [self.slot(*gamma)?, self.slot(*beta)?];
                let [mean, variance] = [self.slot(*mean)?, self.slot(*variance)?];
                let inputs = [x, &gamma, &beta, &mean, &variance];
                let y = self.emit("BatchNormalization", &inputs, vec![float("epsilon", *eps)]);
                if *relu { self.emit("Relu", &[&y], Vec::new()) } else { y }
            }
            Op::LayerNorm { gamma, beta, eps } => {
                let [gamma, beta] = [self.slot(*gamma)?, self.slot(*beta)?];
                self.layer_norm(x, shape, [&gamma, &beta], *eps)
            }
            Op::Unary(function) => self.function(x, *function),
            Op::Add | Op::Sub | Op::Mul => {
                let operator = match node.op {
                    Op::Add => "Add",
                    Op::Sub => "Sub",
                    _ => "Mul",
                };
                let y = self.aligned(inputs[1], shapes[1], shape);
                self.emit(operator, &[x, &y], Vec::new())
            }
            Op::Pool { gather, window, ceil: _, count_padding } => {
                self.pool(x, [shape, &node.shape], *gather, window, *count_padding)
            }
            Op::AdaptivePool { gather, output } => self.adaptive_pool(x, shape, *gather, *output),
            Op::Global(gather) => {
                let axes: Vec<usize> = (2..=shape.len()).collect();
                self.emit(reduce(*gather), &[x], vec![counts("axes", &axes), int("keepdims", 0)])
            }
            Op::Along(gather, axis) => {
                self.emit(reduce(*gather), &[x], vec![counts("axes", &[axis + 1]), int("keepdims", 1)])
            }
            Op::Concat(axis) => self.emit("Concat", &inputs, vec![count("axis", axis + 1)]),
            Op::Slice { axis, start, len } => self.slice(x, *axis, *start, *len),
            Op::Pad { axis, before, behind } => {
                let mut pads = vec![0; 2 * (shape.len() + 1)];
                pads[axis + 1] = *before;
                pads[shape.len() + 1 + axis + 1] = *behind;
                let pads = self.ints(&whole(&pads));
                self.emit("Pad", &[x, &pads], Vec::new())
            }
            Op::Permute(order) => {
                let order: Vec<usize> = std::iter::once(0).chain(order.iter().map(|axis| axis + 1)).collect();
                self.emit("Transpose", &[x], vec![counts("perm", &order)])
            }
            Op::Reshape(shape) => self.reshape(x, shape),
            Op::Softmax(axis) => self.emit("Softmax", &[x], vec![count("axis", axis + 1)]),
            Op::MatMul => self.emit("MatMul", &inputs, Vec::new()),
            Op::Dropout(_) => x.to_owned(),
            Op::SoftThreshold => {
                let threshold = self.aligned(inputs[1], shapes[1], shape);
                let sign = self.emit("Sign", &[x], Vec::new());
                let size = self.emit("Abs", &[x], Vec::new());
                let above = self.emit("Sub", &[&size, &threshold], Vec::new());
                let left = self.emit("Relu", &[&above], Vec::new());
                self.emit("Mul", &[&sign, &left], Vec::new())
            }
            Op::Sensors { channels, .. } => self.sensors(x, shape, *channels),
            Op::Recurrent(layer) => self.recurrent(x, layer)?,
        })
    }

    /// `W x + b` over the first axis: a product for a vector, a convolution of one tap for a map.
    fn linear(&mut self, x: &str, [shape, given]: [&[usize]; 2], weight: &str, bias: Option<&str>) -> String {
        let with_bias = |x, weight| [x, weight].into_iter().chain(bias).collect::<Vec<&str>>();
        if shape.len() == 1 {
            return self.emit("Gemm", &with_bias(x, weight), vec![int("transB", 1)]);
        }
        let taps = self.ints(if shape.len() == 3 { &[2, 3] } else { &[2] });
        let weight = self.emit("Unsqueeze", &[weight, &taps], Vec::new());
        if shape.len() <= 3 {
            return self.emit("Conv", &with_bias(x, &weight), Vec::new());
        }
        let series = self.reshape(x, &[shape[0], shape[1..].iter().product()]);
        let y = self.emit("Conv", &with_bias(&series, &weight), Vec::new());
        self.reshape(&y, given)
    }

    /// ONNX's layer norm is one over the last axes: the channels go there and back.
    fn layer_norm(&mut self, x: &str, shape: &[usize], [gamma, beta]: [&str; 2], eps: f64) -> String {
        let attributes = vec![int("axis", -1), float("epsilon", eps)];
        if shape.len() == 1 {
            return self.emit("LayerNormalization", &[x, gamma, beta], attributes);
        }
        let last = shape.len();
        let there: Vec<usize> = std::iter::once(0).chain(2..=last).chain([1]).collect();
        let back: Vec<usize> = [0, last].into_iter().chain(1..last).collect();
        let x = self.emit("Transpose", &[x], vec![counts("perm", &there)]);
        let y = self.emit("LayerNormalization", &[&x, gamma, beta], attributes);
        self.emit("Transpose", &[&y], vec![counts("perm", &back)])
    }

    /// `y` with as many axes as `x`: `[C]` gets positions of 1.
    fn aligned(&mut self, y: &str, shape: &[usize], like: &[usize]) -> String {
        if shape.len() == like.len() {
            return y.to_owned();
        }
        let mut aligned = shape.to_vec();
        aligned.resize(like.len(), 1);
        self.reshape(y, &aligned)
    }

    /// `len` places of an axis from `start` on.
    pub(super) fn slice(&mut self, x: &str, axis: usize, start: usize, len: usize) -> String {
        let [start, end, axis] = [start, start + len, axis + 1].map(|place| self.ints(&whole(&[place])));
        self.emit("Slice", &[x, &start, &end, &axis], Vec::new())
    }

    /// Each sample's sensors times the number of all over that of those which are not 0 throughout; 0 times nothing
    /// where none is there.
    fn sensors(&mut self, x: &str, shape: &[usize], channels: usize) -> String {
        let values = shape.iter().product::<usize>();
        let count = shape[0] / channels;
        let by_sensor = self.reshape(x, &[count, values / count]);
        let size = self.emit("Abs", &[&by_sensor], Vec::new());
        let largest = self.emit("ReduceMax", &[&size], vec![counts("axes", &[2]), int("keepdims", 1)]);
        let [none, one, all] = [0.0, 1.0, count as f64].map(|number| self.number(number));
        let is_there = self.emit("Greater", &[&largest, &none], Vec::new());
        let there = self.emit("Cast", &[&is_there], vec![int("to", Numbers::F32 as i64)]);
        let axis = self.ints(&[1]);
        let present = self.emit("ReduceSum", &[&there, &axis], vec![int("keepdims", 1)]);
        let divisor = self.emit("Max", &[&present, &one], Vec::new());
        let enlarged = self.emit("Div", &[&all, &divisor], Vec::new());
        let factor = self.emit("Mul", &[&there, &enlarged], Vec::new());
        let y = self.emit("Mul", &[&by_sensor, &factor], Vec::new());
        self.reshape(&y, shape)
    }
}
