//! Nets as ONNX files: what is in a file, and that another program gets the same numbers from it.
#![allow(clippy::unwrap_used)]

mod attached;
mod cases;
mod compared;
mod coverage;
#[path = "../draws/mod.rs"]
mod draws;
#[path = "../part/mod.rs"]
#[allow(dead_code)] // some of it is for other programs of tests
mod part;
#[path = "../../src/onnx/proto.rs"]
#[allow(dead_code)]
mod proto;
mod structure;

use brinell_model::Network;
use brinell_model::onnx::{OnnxExport, to_onnx};
use prost::Message;

/// The file of a net, read again.
pub(crate) fn exported(network: &Network, export: &OnnxExport) -> proto::Model {
    proto::Model::decode(&to_onnx(network, export).unwrap()[..]).unwrap()
}
