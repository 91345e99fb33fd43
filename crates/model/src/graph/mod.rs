//! A net as data: nodes that name an op and what it works on.
//!
//! Backbones and attention modules draft a [`Graph`] with [`Draft`]; everything else reads it: [`Network`] runs it
//! over tensors, [`Graph::cost`] tells what it costs before anything is allocated. Shapes leave the batch axis out.
//!
//! | file | idea |
//! |---|---|
//! | `op.rs` | every op a node can be |
//! | `shape.rs` | the shape an op gives, or why it cannot |
//! | `draft.rs`, `layers.rs` | how a graph is written: ops, and ops with their parameters |
//! | `weights.rs` | which tensors are weights of products |
//! | `entry.rs`, `further_output.rs` | an op put in front of a whole net; an output added to one |
//! | `cost.rs` | parameters, multiply-adds, receptive field |
//! | `network.rs` | a graph with its tensors, run |
//! | `compute.rs` | an op computed on tensors |
//! | `kind.rs` | the kinds of ops |
//! | `trace.rs`, `reverse.rs` | a batch sent through for training, and the way back |
//!
//! [`Network`]: crate::Network

mod compute;
mod cost;
mod draft;
mod entry;
mod further_output;
mod kind;
mod layers;
pub(crate) mod network;
mod op;
mod reverse;
mod shape;
pub(crate) mod trace;
mod weights;

pub use cost::{Cost, Field};
pub use draft::Draft;
pub use kind::OpKind;
pub use layers::{Conv, Norm};
pub(crate) use shape::{extent, fitted};

pub use op::{Gather, Op, Recurrence, RecurrentKind, Unary};

use crate::variables::Init;

/// A node of a graph, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub(crate) usize);

impl Id {
    /// Its place among [`Graph::nodes`].
    pub fn place(self) -> usize {
        self.0
    }
}

/// A tensor of a net: trained, or kept and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its name, as in files of weights.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How it begins.
    pub init: Init,
    /// Whether it is trained; a running statistic is not.
    pub trained: bool,
}

/// A tensor of a graph, by its place among [`Graph::slots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotId(pub(crate) usize);

/// One step of a net.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// With what.
    pub inputs: Vec<Id>,
    /// The shape it gives, without the batch axis.
    pub shape: Vec<usize>,
    /// The layer it belongs to, as in the names of its parameters.
    pub layer: String,
    /// How much of the input one of its values sees.
    pub field: Field,
}

/// A net as data. Nodes stand behind those they work on; the first one is the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) map: Option<Id>,
    pub(crate) features: Option<Id>,
    pub(crate) outputs: Vec<(String, Id)>,
    pub(crate) gates: Vec<(String, Id)>,
}

impl Graph {
    /// The nodes, each behind those it works on.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The tensors of the net, in the order in which they were drafted.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The shape of the input, `[C, L]` or `[C, H, W]`.
    pub fn input(&self) -> &[usize] {
        &self.nodes[0].shape
    }

    /// The last map `[C, ...]` that still has positions, where the net has one.
    pub fn map(&self) -> Option<Id> {
        self.map
    }

    /// The vector `[F]` that the head judges.
    pub fn features(&self) -> Option<Id> {
        self.features
    }

    /// What the net gives, by name; the first one is the logits of the classes.
    pub fn outputs(&self) -> &[(String, Id)] {
        &self.outputs
    }

    /// The gates of its attention, by name.
    pub fn gates(&self) -> &[(String, Id)] {
        &self.gates
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0]
    }
}
