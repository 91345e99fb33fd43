//! Where a backbone carries its attention.

use serde::{Deserialize, Serialize};

use crate::attention::Attention;
use crate::error::Result;
use crate::graph::{Conv, Draft, Id};

/// Where a backbone carries its attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Behind each block: a residual block with its addition and ReLU, a dense block before its transition.
    AfterBlock,
    /// Inside each layer: on the residual branch before the addition, on the new features of a dense layer.
    InLayer,
    /// In place of the convolution of 3 taps of each layer (SK, PSA); of a basic block's two, the first.
    InPlace,
}

/// An attention and where it stands.
pub(super) struct Placed<'a> {
    pub(super) attention: &'a Attention,
    pub(super) position: Position,
}

impl Placed<'_> {
    /// The map weighed by a module called `attention`, if that stands here; `earlier` are the maps of the stages before.
    pub(super) fn here(&self, position: Position, net: &mut Draft, x: Id, earlier: &[Id]) -> Result<Id> {
        self.named("attention", position, net, x, earlier)
    }

    /// The same by a module of another name.
    pub(super) fn named(
        &self,
        name: &str,
        position: Position,
        net: &mut Draft,
        x: Id,
        earlier: &[Id],
    ) -> Result<Id> {
        match self.position == position {
            true => {
                let _ = earlier;
                self.attention.draft(net, name, x)
            }
            false => Ok(x),
        }
    }

    /// The convolution of 3 taps called `name`, or the attention in its place.
    pub(super) fn conv(&self, net: &mut Draft, name: &str, x: Id, conv: &Conv) -> Result<Id> {
        match (self.position, self.attention) {
            (Position::InPlace, attention) if *attention != Attention::None => {
                let _ = attention;
                net.conv(name, x, conv)
            }
            _ => net.conv(name, x, conv),
        }
    }
}
