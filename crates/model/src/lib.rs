//! Nets that tell classes of images and series apart, and what trains them.
//!
//! This crate knows tensors, ops, attention, backbones, losses and optimisers; it knows nothing of
//! bearings, files or sampling rates. The tensors and the way back to the gradients are candle's, and so
//! are its sums, products and moves of axes; where candle's gradients are wrong or missing the op is this
//! crate's own (see `tests/defects.rs`). Every op that a net is made of has a gradient checked by central
//! differences. Same seed, same bits, for any number of threads.
//!
//! ```
//! use brinell_model::{
//!     Adam, AdamParams, Architecture, CrossEntropy, Pass, SeCnn, Variables, cross_entropy,
//! };
//! use candle_core::{DType, Device, Tensor};
//!
//! # fn main() -> Result<(), brinell_model::Error> {
//! let architecture = Architecture::SeCnn(SeCnn { widths: vec![4, 8], hidden: 16, ..SeCnn::default() });
//! let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
//! let net = architecture.build(&[1, 8, 8], 2, &mut variables)?;
//!
//! // two classes: bright on top, bright below
//! let images: Vec<f32> = (0..4 * 64).map(|i| f32::from((i / 32) % 2 == (i / 64) % 2)).collect();
//! let x = Tensor::from_vec(images, (4, 1, 8, 8), &Device::Cpu)?;
//! let labels = [0, 1, 0, 1];
//!
//! let mut adam = Adam::new(AdamParams { learning_rate: 1e-2, ..AdamParams::default() })?;
//! for step in 0..20 {
//!     let trace = net.trace_logits(&x, &mut Pass::train(1, step))?;
//!     let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default())?;
//!     adam.step(&variables, &trace.backward(&loss)?)?;
//! }
//! let logits = net.forward(&x, &mut Pass::train(1, 20))?;
//! let loss = cross_entropy(&logits, &labels, &CrossEntropy::default())?;
//! assert!(loss.to_scalar::<f32>()? < 0.3);
//! # Ok(())
//! # }
//! ```
//!
//! | file | what |
//! |---|---|
//! | [`ops`] | tensor ops with their gradients, one a file |
//! | [`graph`] | a net as data: how it is drafted, what it costs, how it runs |
//! | `inference/` | [`Inference`], a trained net made ready to judge batches fast |
//! | [`attention`] | modules that weigh a map, and pools that make a vector of one, one a file |
//! | [`backbone`] | nets, one a file: configuration, and the graph it drafts |
//! | [`explain`] | what of an input a logit rests on |
//! | `classifier/` | [`Architecture`], a net as a value; [`Sensors`], any of them behind a mask of missing sensors; [`zoo`], all of them with their cost |
//! | `device.rs` | [`DeviceChoice`], where a net is to run, and [`Hardware`], what was opened |
//! | `gpu/` | [`GpuNetwork`] and [`GpuTraining`], a net on an NVIDIA GPU |
//! | `pass.rs` | [`Pass`], train or evaluate |
//! | `variables.rs` | [`Variables`], the named tensors of a net and how they begin |
//! | `generator.rs` | [`Key`], random numbers keyed by seed, step and name |
//! | [`loss`] | losses of classes and sizes, and of two domains that are to be alike, one a file |
//! | [`optimiser`] | SGD, Adam, AdamW, RMSprop as values and at work, with groups, clipping, averages |
//! | [`schedule`] | how the step size changes, one a file |
//! | [`onnx`] | a net as an ONNX file |
//! | `store.rs` | tensors and text as safetensors bytes |
//! | `error.rs` | [`Error`] |

pub mod attention;
pub mod backbone;
mod classifier;
mod device;
mod error;
pub mod explain;
mod generator;
mod gpu;
pub mod graph;
mod inference;
pub mod loss;
pub mod onnx;
pub mod ops;
pub mod optimiser;
mod pass;
pub mod schedule;
mod store;
mod variables;

pub use attention::{Attention, Pool};
pub use backbone::{
    Backbone, Cnn, CnnBilstm, ConvNeXt, DenseNet, Drsn, EpsaNet, MobileNetV3, PatchTransformer, ResNet,
    RnnWdcnn, SeCnn, Ticnn, UdtlCnn, Wdcnn,
};
pub use brinell_gpu::{Device as Gpu, Pinned, Precision};
pub use classifier::{Architecture, ModelInfo, Sensors, published, zoo};
pub use device::{DeviceChoice, Hardware};
pub use error::{Error, Result};
pub use generator::Key;
pub use gpu::{GpuNetwork, GpuTrace, GpuTraining};
pub use graph::network::Network;
pub use graph::trace::Trace;
pub use graph::{Cost, Draft, Graph};
pub use inference::Inference;
pub use loss::{
    BinaryCrossEntropy, Cdan, CoralForm, CrossEntropy, Discriminator, DiscriminatorParams, Focal, IGNORED,
    Jmmd, Kernels, Mmd, MultilinearMap, adversarial_strength, binary_cross_entropy, cdan, coral,
    cross_entropy, dann, entropy, focal, huber, jmmd, mmd, smooth_l1, soft_cross_entropy,
    supervised_contrastive,
};
pub use optimiser::{
    Adam, AdamParams, AdamWParams, Decay, Descent, Group, Optimiser, RmsProp, RmsPropParams, Sgd, SgdParams,
    WeightAverage, clip_factor, global_norm,
};
pub use pass::{Mode, Pass};
pub use schedule::{
    CosineDecay, ExponentialDecay, MultiStepDecay, OneCycle, Plateau, PlateauParams, Schedule, Scheduled,
    StepDecay,
};
pub use store::{Stored, load_safetensors, save_safetensors};
pub use variables::{Init, Variables};
