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
    /// In place of the convolution of 3 taps of each layer, of a basic block's two the first, with the batch norm and
    /// ReLU behind it: SK and PSA. Other kinds stand behind the convolution, its norm and its ReLU.
    InPlace,
}

/// An attention and where it stands.
pub(super) struct Placed<'a> {
    pub(super) attention: &'a Attention,
    pub(super) position: Position,
}

impl Placed<'_> {
    /// The map weighed by a module called `name`, if that stands here; `earlier` are the maps of the stages before.
    pub(super) fn draft(
        &self,
        name: &str,
        position: Position,
        net: &mut Draft,
        x: Id,
        earlier: &[Id],
    ) -> Result<Id> {
        match self.position == position {
            true => self.attention.draft_after(net, name, x, earlier),
            false => Ok(x),
        }
    }

    /// The convolution of 3 taps called `name`, and behind it a batch norm with ReLU where that has a name; or the
    /// attention in their place.
    pub(super) fn conv(
        &self,
        net: &mut Draft,
        name: &str,
        norm: Option<&str>,
        x: Id,
        conv: &Conv,
    ) -> Result<Id> {
        if self.position == Position::InPlace && *self.attention != Attention::None {
            return self.attention.conv(net, name, x, conv.channels, conv.stride[0]);
        }
        let y = net.conv(name, x, conv)?;
        norm.map_or(Ok(y), |norm| net.norm_relu(norm, y))
    }
}
