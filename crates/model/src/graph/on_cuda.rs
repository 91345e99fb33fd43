//! What becomes of an op whose inputs lie on a CUDA device.

use std::fmt;

use super::op::{Gather, Op, Unary};

/// What becomes of an op on a CUDA device. Nothing is moved to the CPU and back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCuda {
    /// It runs there, forwards and back, being made of candle's ops alone.
    Candle,
    /// It has no kernel there and is an error, [`Error::NoKernel`](crate::Error::NoKernel).
    Refuses,
}

impl fmt::Display for OnCuda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Candle => "candle",
            Self::Refuses => "refuses",
        })
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $on_cuda:ident,)*) => {
        /// Ops of a net that run in one way.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each has its name in words")]
        pub enum OpKind {
            $($kind,)*
        }

        impl OpKind {
            /// All, in the order of the page about CUDA.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name in words.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What becomes of it on a CUDA device. Dropout refuses in training only: a net that judges leaves it out.
            pub fn on_cuda(self) -> OnCuda {
                match self {
                    $(Self::$kind => OnCuda::$on_cuda,)*
                }
            }
        }
    };
}

kinds! {
    Input "input" Candle,
    Parameter "parameter" Candle,
    Convolution "convolution" Refuses,
    Linear "linear" Refuses,
    BatchNorm "batch norm" Refuses,
    LayerNorm "layer norm" Candle,
    Affine "affine" Candle,
    Function "any other function of one number" Refuses,
    Add "add" Candle,
    Subtract "subtract" Candle,
    Multiply "multiply" Candle,
    Pool "pool of windows" Refuses,
    AdaptiveMean "adaptive pool, mean" Candle,
    AdaptiveLargest "adaptive pool, largest" Refuses,
    GlobalPool "global pool" Refuses,
    MeanAlong "along an axis, mean" Candle,
    LargestAlong "along an axis, largest" Refuses,
    Concatenation "concatenation" Candle,
    Slice "slice" Candle,
    Padding "padding" Candle,
    Permutation "permutation" Candle,
    Reshape "reshape" Candle,
    Softmax "softmax" Candle,
    MatrixProduct "matrix product" Candle,
    Dropout "dropout" Refuses,
    SoftThreshold "soft threshold" Refuses,
    Sensors "sensors" Refuses,
    Recurrent "recurrent layer" Refuses,
}

impl Op {
    /// Its kind; a further op does not compile until it has one.
    pub fn kind(&self) -> OpKind {
        match self {
            Self::Input => OpKind::Input,
            Self::Parameter(_) => OpKind::Parameter,
            Self::Conv { .. } => OpKind::Convolution,
            Self::Linear { .. } => OpKind::Linear,
            Self::BatchNorm { .. } => OpKind::BatchNorm,
            Self::LayerNorm { .. } => OpKind::LayerNorm,
            Self::Unary(Unary::Affine { .. }) => OpKind::Affine,
            Self::Unary(_) => OpKind::Function,
            Self::Add => OpKind::Add,
            Self::Sub => OpKind::Subtract,
            Self::Mul => OpKind::Multiply,
            Self::Pool { .. } => OpKind::Pool,
            Self::AdaptivePool { gather: Gather::Mean, .. } => OpKind::AdaptiveMean,
            Self::AdaptivePool { gather: Gather::Max, .. } => OpKind::AdaptiveLargest,
            Self::Global(_) => OpKind::GlobalPool,
            Self::Along(Gather::Mean, _) => OpKind::MeanAlong,
            Self::Along(Gather::Max, _) => OpKind::LargestAlong,
            Self::Concat(_) => OpKind::Concatenation,
            Self::Slice { .. } => OpKind::Slice,
            Self::Pad { .. } => OpKind::Padding,
            Self::Permute(_) => OpKind::Permutation,
            Self::Reshape(_) => OpKind::Reshape,
            Self::Softmax(_) => OpKind::Softmax,
            Self::MatMul => OpKind::MatrixProduct,
            Self::Dropout(_) => OpKind::Dropout,
            Self::SoftThreshold => OpKind::SoftThreshold,
            Self::Sensors { .. } => OpKind::Sensors,
            Self::Recurrent(_) => OpKind::Recurrent,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use candle_core::backprop::GradStore;
    use candle_core::{DType, Device, Var};

    use super::*;
    use crate::error::{Error, Result};
    use crate::graph::{Conv, Draft, Id, RecurrentKind};
    use crate::ops::{Window, elsewhere};
    use crate::pass::Pass;
    use crate::variables::{Init, Variables};
    use crate::{Graph, Network};

    type Drafting = fn(&mut Draft, Id) -> Result<Id>;

    const WINDOW: Window = Window { kernel: [1, 2], stride: [1, 2], padding: [0, 0], dilation: [1, 1] };

    fn pool(gather: Gather) -> Op {
        Op::Pool { gather, window: WINDOW, ceil: false, count_padding: false }
    }

    /// Every op on `[4, 6]`, behind none but those that candle runs.
    fn cases() -> Vec<Drafting> {
        let mut cases: Vec<Drafting> = vec![
            |_, x| Ok(x),
            |net, _| net.parameter("own", &[4, 6], Init::Normal { deviation: 1.0 }),
            |net, x| net.conv("conv", x, &Conv::new(3, 3).bias(true)),
            |net, x| net.conv("conv", x, &Conv { tap_dropout: Some([0.2, 0.5]), ..Conv::new(3, 3) }),
            |net, x| net.linear("fc", x, 3, true),
            |net, x| net.norm("norm", x),
            |net, x| net.norm_relu("norm", x),
            |net, x| net.layer_norm("norm", x, 1e-6),
            |net, x| net.add(x, x),
            |net, x| {
                let mean = net.along(Gather::Mean, 1, x)?;
                net.add(x, mean)
            },
            |net, x| {
                let mean = net.along(Gather::Mean, 0, x)?;
                net.sub(x, mean)
            },
            |net, x| net.mul(x, x),
            |net, x| {
                let gate = net.along(Gather::Mean, 1, x)?;
                let gate = net.reshape(gate, &[4])?;
                net.mul(x, gate)
            },
            |net, x| net.node("pool", pool(Gather::Mean), &[x]),
            |net, x| net.node("pool", pool(Gather::Max), &[x]),
            |net, x| net.node("pool", Op::AdaptivePool { gather: Gather::Mean, output: [1, 1] }, &[x]),
            |net, x| net.node("pool", Op::AdaptivePool { gather: Gather::Mean, output: [1, 4] }, &[x]),
            |net, x| net.node("pool", Op::AdaptivePool { gather: Gather::Max, output: [1, 1] }, &[x]),
            |net, x| net.global_mean(x),
            |net, x| net.global_max(x),
            |net, x| net.along(Gather::Mean, 1, x),
            |net, x| net.along(Gather::Max, 1, x),
            |net, x| net.concat(0, &[x, x]),
            |net, x| net.slice(x, 1, 2, 3),
            |net, x| net.node("pad", Op::Pad { axis: 1, before: 1, behind: 2 }, &[x]),
            |net, x| net.permute(x, &[1, 0]),
            |net, x| net.reshape(x, &[2, 12]),
            |net, x| net.softmax(x, 1),
            |net, x| {
                let turned = net.permute(x, &[1, 0])?;
                net.matmul(x, turned)
            },
            |net, x| net.dropout("dropout", x, 0.4),
            |net, x| {
                let threshold = net.along(Gather::Mean, 1, x)?;
                let threshold = net.reshape(threshold, &[4])?;
                net.node("shrink", Op::SoftThreshold, &[x, threshold])
            },
            |net, x| net.node("sensors", Op::Sensors { channels: 2, dropout: 0.0 }, &[x]),
            |net, x| net.recurrent("gru", x, RecurrentKind::Gru, 2, false),
            |net, x| net.recurrent("lstm", x, RecurrentKind::Lstm, 2, true),
            |net, x| net.affine(x, 2.0, 1.0),
        ];
        macro_rules! functions {
            ($($function:expr),*) => {
                cases.extend([$((|net, x| net.unary($function, x)) as Drafting),*])
            };
        }
        functions!(
            Unary::Relu,
            Unary::Sigmoid,
            Unary::Tanh,
            Unary::Gelu,
            Unary::HardSigmoid,
            Unary::HardSwish,
            Unary::GeluTanh,
            Unary::Silu,
            Unary::Relu6,
            Unary::Softplus,
            Unary::LogSigmoid,
            Unary::Elu,
            Unary::LeakyRelu { slope: 0.1 },
            Unary::Abs,
            Unary::Square,
            Unary::Sqrt,
            Unary::Reciprocal
        );
        cases
    }

    /// The net of one op, the op, and the node that gives what it makes.
    fn net(part: Drafting) -> (Graph, Op, Id) {
        let mut net = Draft::new(&[4, 6]).unwrap();
        let x = net.input();
        let y = part(&mut net, x).unwrap();
        let logits = net.flatten(y).unwrap();
        let graph = net.finish(logits).unwrap();
        let op = graph.node(y).op.clone();
        (graph, op, y)
    }

    /// A batch forwards, and a batch forwards and back.
    fn both_ways(network: &Network, y: Id, x: &Var) -> Result<GradStore> {
        network.run(x, &[y], &mut Pass::train(1, 0))?;
        let trace = network.trace(x, &[y], &mut Pass::train(1, 0))?;
        let loss = trace.output().sqr()?.sum_all()?;
        trace.backward(&loss)
    }

    /// Runs every op by `run` and holds what comes of it against [`Op::on_cuda`]; the rows that were found.
    fn held(
        device: &Device,
        run: impl Fn(&Network, Id, &Var) -> Result<GradStore>,
    ) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for part in cases() {
            let (graph, op, y) = net(part);
            let mut variables = Variables::new(3, DType::F32, device);
            let network = Network::new(graph, &mut variables).unwrap();
            let numbers: Vec<f32> = (0..48).map(|i| 0.5 + (i * 7 % 11) as f32 / 8.0).collect();
            let x = Var::from_vec(numbers, (2, 4, 6), device).unwrap();
            match (op.kind().on_cuda(), run(&network, y, &x)) {
                (OnCuda::Candle, Ok(gradients)) => {
                    let moved = matches!(op, Op::Parameter(_)) || gradients.get(&x).is_some();
                    assert!(moved, "{op:?} gives no gradient");
                }
                (OnCuda::Refuses, Err(Error::NoKernel { op: name, device: "a CUDA device" })) => {
                    assert!(!name.is_empty(), "{op:?} refuses without a name");
                }
                (says, result) => panic!("{op:?} is said to be `{says}`, but gave {:?}", result.map(|_| ())),
            }
            found.insert(op.kind().name().to_owned(), op.kind().on_cuda().to_string());
        }
        found
    }

    #[test]
    fn every_op_runs_by_candle_alone_or_refuses_by_name_as_the_page_about_cuda_says() {
        let found = held(&Device::Cpu, |network, y, x| {
            both_ways(network, y, x)?;
            elsewhere::supposing(|| both_ways(network, y, x))
        });
        let told: BTreeMap<String, String> = elsewhere::told_below("## Ops of a net").into_iter().collect();
        assert_eq!(found, told, "found on the left, told by docs/cuda.md on the right");
        assert_eq!(found.len(), OpKind::ALL.len(), "a kind is not tried");
    }

    #[cfg(feature = "cuda")]
    #[test]
    #[allow(clippy::print_stderr)]
    fn on_a_gpu_every_op_does_what_is_said_of_it() {
        match crate::DeviceChoice::Cuda(0).open() {
            Ok(device) => assert!(!held(&device, both_ways).is_empty()),
            Err(error) => eprintln!("skipped: {error}"),
        }
    }

    #[test]
    fn dropout_of_a_net_that_judges_is_left_out_on_any_device() {
        let (graph, _, y) = net(|net, x| net.dropout("dropout", x, 0.4));
        let mut variables = Variables::new(3, DType::F32, &Device::Cpu);
        let network = Network::new(graph, &mut variables).unwrap();
        let x = Var::ones((2, 4, 6), DType::F32, &Device::Cpu).unwrap();
        let run = || network.run(&x, &[y], &mut Pass::evaluate());
        assert_eq!(elsewhere::supposing(run).unwrap().len(), 1);
    }

    #[test]
    fn a_batch_norm_with_running_statistics_refuses_too() {
        let (graph, _, y) = net(|net, x| net.norm("norm", x));
        let mut variables = Variables::new(3, DType::F32, &Device::Cpu);
        let network = Network::new(graph, &mut variables).unwrap();
        let x = Var::ones((2, 4, 6), DType::F32, &Device::Cpu).unwrap();
        let error = elsewhere::supposing(|| network.run(&x, &[y], &mut Pass::evaluate())).unwrap_err();
        assert!(error.to_string().starts_with("op `batch_norm` runs on the CPU only"), "{error}");
    }
}
