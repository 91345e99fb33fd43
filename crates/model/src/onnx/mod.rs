//! A net as an ONNX file, for other programs to run.
//!
//! What is written is the net as it judges: batch norms with their running statistics, no dropout. Numbers are `f32`,
//! whatever the net's own; the length of the batch is free, all other lengths are those the net was built for. The
//! operators are those of opset 17 in IR version 8. Every tensor of the net stands in the file under its own name, shape
//! and order, so that weights can be found there; what ONNX wants otherwise (the order of a recurrent layer's gates, the
//! axes of a linear layer's weight) is made of them by operators on constants, which runtimes compute once.
//!
//! | file | what |
//! |---|---|
//! | `proto.rs` | the messages of a file |
//! | `writer.rs` | nodes, tensors and names as they are written |
//! | `translate.rs` | every op of a graph as ONNX operators |
//! | `function.rs` | functions of one number |
//! | `pooling.rs` | windows, and means and largest values |
//! | `recurrent.rs` | recurrent layers |
//!
//! ```
//! use brinell_model::onnx::{OnnxExport, to_onnx};
//! use brinell_model::{Architecture, SeCnn, Variables};
//! use candle_core::{DType, Device};
//!
//! let architecture = Architecture::SeCnn(SeCnn { widths: vec![4, 8], hidden: 16, ..SeCnn::default() });
//! let net = architecture.build(&[1, 8, 8], 2, &mut Variables::new(1, DType::F32, &Device::Cpu))?;
//! let classes = ["healthy", "faulty"].map(str::to_owned).to_vec();
//! let file = to_onnx(&net, &OnnxExport { classes: Some(classes), ..OnnxExport::default() })?;
//! assert!(file.len() > 4 * 1000);
//! # Ok::<(), brinell_model::Error>(())
//! ```

mod function;
mod pooling;
mod proto;
mod recurrent;
mod translate;
mod writer;

use prost::Message;

use crate::error::{Error, Result};
use crate::graph::Id;
use crate::graph::network::Network;
use writer::Writer;

/// The version of ONNX's operators that is written.
pub const OPSET: i64 = 17;
/// The version of the file's own structure; that which belongs to [`OPSET`].
pub const IR_VERSION: i64 = 8;
/// The name of the input `[batch, C, L]` or `[batch, C, H, W]`.
pub const INPUT: &str = "x";
/// The most bytes that one protobuf message may have.
const MOST_BYTES: usize = i32::MAX as usize;

/// What stands in the file beside the net.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnnxExport {
    /// Whether the gates of the net's attention are further outputs.
    pub gates: bool,
    /// The names of the classes, in the order of the logits: a JSON list under the key `classes` of the metadata.
    pub classes: Option<Vec<String>>,
    /// What the net is, for people.
    pub doc: String,
}

/// The bytes of an ONNX file that computes what `network` gives: input [`INPUT`] `[batch, C, ...]` of `f32`, and an
/// output `[batch, ...]` for each of [`Graph::outputs`](crate::Graph::outputs) under its name (`class`: logits, not
/// probabilities), then one for each gate where these are asked for. The metadata tells the shape of the input without
/// the batch under `input`, as a JSON list. Equal nets give equal bytes.
///
/// Training, the gradients and the optimiser's state are not written, nor is what no output depends on.
///
/// # Errors
/// Names of classes that are not as many as the logits or not all different; a tensor or output of the net that carries
/// the name of another or is called as the input; a net of more than 2 GiB, for which ONNX has no single file.
pub fn to_onnx(network: &Network, export: &OnnxExport) -> Result<Vec<u8>> {
    let graph = network.graph();
    let mut metadata = vec![entry("input", json(&graph.input())?)];
    if let Some(classes) = &export.classes {
        check_classes(network, classes)?;
        metadata.push(entry("classes", json(classes)?));
    }
    let gates = if export.gates { graph.gates() } else { &[] };
    let outputs: Vec<(&str, Id)> =
        graph.outputs().iter().chain(gates).map(|(name, id)| (name.as_str(), *id)).collect();
    let model = proto::Model {
        ir_version: IR_VERSION,
        producer_name: "brinell".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: export.doc.clone(),
        graph: Some(Writer::new(network, &outputs)?.write(&outputs)?),
        opset_import: vec![proto::OperatorSet { domain: String::new(), version: OPSET }],
        metadata_props: metadata,
    };
    let bytes = model.encoded_len();
    if bytes > MOST_BYTES {
        let reason = format!(
            "the net takes {bytes} bytes, an ONNX file holds {MOST_BYTES} at most: store its weights as safetensors"
        );
        return Err(Error::op("to_onnx", reason));
    }
    Ok(model.encode_to_vec())
}

fn check_classes(network: &Network, classes: &[String]) -> Result<()> {
    let graph = network.graph();
    let logits = graph.outputs().first().map_or(0, |(_, id)| graph.node(*id).shape.iter().product());
    if classes.len() != logits {
        let expected = format!("one name for each of the {logits} logits");
        return Err(Error::config("classes", format!("{} names", classes.len()), expected));
    }
    let twice = (1..classes.len()).find(|place| classes[..*place].contains(&classes[*place]));
    match twice {
        Some(place) => Err(Error::config("classes", &classes[place], "every class has a name of its own")),
        None => Ok(()),
    }
}

fn entry(key: &str, value: String) -> proto::Entry {
    proto::Entry { key: key.to_owned(), value }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::op("to_onnx", error.to_string()))
}
