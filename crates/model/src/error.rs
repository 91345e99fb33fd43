//! What can go wrong when a net is built, run, trained or stored.

/// An error of this crate. Every message says what failed, where, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A layer cannot take the shape it is given.
    #[error("layer `{layer}` cannot take an input of shape {input:?}: {reason}")]
    Layer {
        /// The layer's name, as in its parameters' names.
        layer: String,
        /// The shape offered, without the batch axis while a net is built.
        input: Vec<usize>,
        /// Why it does not fit and what would.
        reason: String,
    },
    /// An op is asked for something it cannot compute.
    #[error("op `{op}`: {reason}")]
    Op {
        /// The op's name.
        op: &'static str,
        /// What is wrong and what is expected.
        reason: String,
    },
    /// A device cannot be used.
    #[error("device `{device}` cannot be used: {reason}")]
    Device {
        /// The device as it was asked for.
        device: String,
        /// Why, and what to do.
        reason: String,
    },
    /// An error of a GPU.
    #[error(transparent)]
    Gpu(#[from] brinell_gpu::Error),
    /// A value of a configuration is out of range.
    #[error("`{field}` = {value} is out of range: {expected}")]
    Config {
        /// The field, with its path.
        field: String,
        /// The value given.
        value: String,
        /// The values allowed.
        expected: String,
    },
    /// Two parameters of a net carry one name.
    #[error("parameter `{name}` exists already; every layer needs a name of its own")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Stored tensors and the net's own do not carry the same names.
    #[error(
        "the stored tensors are not those of this net: missing {missing:?}, unknown {unknown:?}; check that the architecture, the input size and the number of classes are the ones it was trained with"
    )]
    Names {
        /// Names the net has and the file lacks.
        missing: Vec<String>,
        /// Names the file has and the net lacks.
        unknown: Vec<String>,
    },
    /// A stored tensor has another shape than the net's.
    #[error("tensor `{name}` has shape {found:?} in the file, {expected:?} in the net")]
    Shape {
        /// The tensor's name.
        name: String,
        /// The net's shape.
        expected: Vec<usize>,
        /// The file's shape.
        found: Vec<usize>,
    },
    /// A label names no class.
    #[error("label {label} at row {row} is not below the number of classes, {classes}")]
    Label {
        /// The row in the batch.
        row: usize,
        /// The label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },
    /// A gradient holds NaN or an infinity: the step was not taken.
    #[error(
        "the gradient of `{name}` holds a value that is not finite; the step was not taken: lower the learning rate or look for NaN in the input"
    )]
    NotFinite {
        /// The first parameter (by name) concerned.
        name: String,
    },
    /// The loss does not depend on a parameter that is to be trained.
    #[error("parameter `{name}` received no gradient: the net does not use it or cuts the graph")]
    NoGradient {
        /// The parameter.
        name: String,
    },
    /// Bytes are not a whole safetensors file.
    #[error("not a whole safetensors file: {0}; the file is cut short or of another kind")]
    Safetensors(#[from] safetensors::SafeTensorError),
    /// An error of the tensor library.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn op(op: &'static str, reason: impl Into<String>) -> Self {
        Self::Op { op, reason: reason.into() }
    }

    pub(crate) fn layer(layer: impl Into<String>, input: &[usize], reason: impl Into<String>) -> Self {
        Self::Layer { layer: layer.into(), input: input.to_vec(), reason: reason.into() }
    }

    pub(crate) fn config(
        field: impl Into<String>,
        value: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Self::Config { field: field.into(), value: value.to_string(), expected: expected.into() }
    }
}
