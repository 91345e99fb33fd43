//! The kinds of ops: what runs in one way.

use super::op::{Gather, Op, Unary};

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// Ops of a net that run in one way.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each has its name in words")]
        pub enum OpKind {
            $($kind,)*
        }

        impl OpKind {
            /// All, in the order of the page about GPUs.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name in words.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    Input "input",
    Parameter "parameter",
    Convolution "convolution",
    Linear "linear",
    BatchNorm "batch norm",
    LayerNorm "layer norm",
    Affine "affine",
    Function "any other function of one number",
    Add "add",
    Subtract "subtract",
    Multiply "multiply",
    Pool "pool of windows",
    AdaptiveMean "adaptive pool, mean",
    AdaptiveLargest "adaptive pool, largest",
    GlobalPool "global pool",
    MeanAlong "along an axis, mean",
    LargestAlong "along an axis, largest",
    Concatenation "concatenation",
    Slice "slice",
    Padding "padding",
    Permutation "permutation",
    Reshape "reshape",
    Softmax "softmax",
    MatrixProduct "matrix product",
    Dropout "dropout",
    SoftThreshold "soft threshold",
    Sensors "sensors",
    Recurrent "recurrent layer",
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
