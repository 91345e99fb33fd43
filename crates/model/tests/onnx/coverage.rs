//! That no op goes unwritten.

use std::collections::BTreeSet;

use brinell_model::graph::{Gather, Op, RecurrentKind, Unary};

use crate::cases::cases;

const FUNCTIONS: [&str; 18] = [
    "Relu",
    "Sigmoid",
    "Tanh",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "GeluTanh",
    "Silu",
    "Relu6",
    "Softplus",
    "LogSigmoid",
    "Elu",
    "LeakyRelu",
    "Abs",
    "Square",
    "Sqrt",
    "Reciprocal",
    "Affine",
];

/// The names of all ops; a further one does not compile until it is told here.
fn name(op: &Op) -> String {
    let of = |name: &str, gather: &Gather| match gather {
        Gather::Mean => format!("{name} mean"),
        Gather::Max => format!("{name} max"),
    };
    match op {
        Op::Input => "input",
        Op::Parameter(_) => "parameter",
        Op::Conv { .. } => "convolution",
        Op::Linear { .. } => "linear",
        Op::BatchNorm { .. } => "batch norm",
        Op::LayerNorm { .. } => "layer norm",
        Op::Unary(function) => return function_name(*function).to_owned(),
        Op::Add => "add",
        Op::Sub => "sub",
        Op::Mul => "mul",
        Op::Pool { gather, .. } => return of("pool", gather),
        Op::AdaptivePool { gather, .. } => return of("adaptive pool", gather),
        Op::Global(gather) => return of("global", gather),
        Op::Along(gather, _) => return of("along", gather),
        Op::Concat(_) => "concat",
        Op::Slice { .. } => "slice",
        Op::Pad { .. } => "pad",
        Op::Permute(_) => "permute",
        Op::Reshape(_) => "reshape",
        Op::Softmax(_) => "softmax",
        Op::MatMul => "matrix product",
        Op::Dropout(_) => "dropout",
        Op::SoftThreshold => "soft threshold",
        Op::Sensors { .. } => "sensors",
        Op::Recurrent(layer) => match layer.kind {
            RecurrentKind::Gru => "gru",
            RecurrentKind::Lstm => "lstm",
        },
    }
    .to_owned()
}

fn function_name(function: Unary) -> &'static str {
    match function {
        Unary::Relu => FUNCTIONS[0],
        Unary::Sigmoid => FUNCTIONS[1],
        Unary::Tanh => FUNCTIONS[2],
        Unary::Gelu => FUNCTIONS[3],
        Unary::HardSigmoid => FUNCTIONS[4],
        Unary::HardSwish => FUNCTIONS[5],
        Unary::GeluTanh => FUNCTIONS[6],
        Unary::Silu => FUNCTIONS[7],
        Unary::Relu6 => FUNCTIONS[8],
        Unary::Softplus => FUNCTIONS[9],
        Unary::LogSigmoid => FUNCTIONS[10],
        Unary::Elu => FUNCTIONS[11],
        Unary::LeakyRelu { .. } => FUNCTIONS[12],
        Unary::Abs => FUNCTIONS[13],
        Unary::Square => FUNCTIONS[14],
        Unary::Sqrt => FUNCTIONS[15],
        Unary::Reciprocal => FUNCTIONS[16],
        Unary::Affine { .. } => FUNCTIONS[17],
    }
}

#[test]
fn every_op_stands_in_a_net_that_is_compared() {
    let cases = cases();
    let nodes = cases.iter().flat_map(|case| case.network.graph().nodes());
    let seen: BTreeSet<String> = nodes.map(|node| name(&node.op)).collect();
    let gathered = ["pool", "adaptive pool", "global", "along"];
    let gathered = gathered.iter().flat_map(|op| [format!("{op} mean"), format!("{op} max")]);
    let plain = [
        "input",
        "parameter",
        "convolution",
        "linear",
        "batch norm",
        "layer norm",
        "add",
        "sub",
        "mul",
        "concat",
        "slice",
        "pad",
        "permute",
        "reshape",
        "softmax",
        "matrix product",
        "dropout",
        "soft threshold",
        "sensors",
        "gru",
        "lstm",
    ];
    let all: BTreeSet<String> =
        plain.iter().chain(&FUNCTIONS).map(|name| (*name).to_owned()).chain(gathered).collect();
    assert_eq!(seen, all);
}
