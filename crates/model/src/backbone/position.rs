//! Where a backbone carries its attention.

use serde::{Deserialize, Serialize};

use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Id};

/// Where a backbone carries its attention. Each net says what its blocks and layers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Behind each block: a residual block with its addition and ReLU, a dense block before its transition, a stage with
    /// its pooling.
    AfterBlock,
    /// Inside each layer: on the residual branch before the addition, on the new features of a dense layer, between a
    /// stage's ReLU and its pooling.
    InLayer,
    /// In place of the convolution of 3 taps of each layer, of a basic block's two the first, with the batch norm and
    /// ReLU behind it: SK and PSA, which stand here unless said otherwise. Other kinds stand behind the convolution, a
    /// batch norm and ReLU.
    InPlace,
}

impl Position {
    fn name(self) -> &'static str {
        match self {
            Self::AfterBlock => "after-block",
            Self::InLayer => "in-layer",
            Self::InPlace => "in-place",
        }
    }
}

/// An attention and where it stands.
pub(super) struct Placed<'a> {
    attention: &'a Attention,
    position: Position,
    /// What stands in place of each convolution of 3 taps anyway.
    instead: &'a Attention,
}

impl<'a> Placed<'a> {
    /// No attention at all.
    pub(super) const NOWHERE: Placed<'static> =
        Placed { attention: &Attention::None, position: Position::InLayer, instead: &Attention::None };

    /// The attention at the place that was asked for; else what replaces a convolution in place of one, all others at
    /// the net's `usual` place.
    ///
    /// # Errors
    /// A place for no attention.
    pub(super) fn new(attention: &'a Attention, asked: Option<Position>, usual: Position) -> Result<Self> {
        if let (Attention::None, Some(position)) = (attention, asked) {
            let expected = "nothing, as there is no attention to place; leave it out or give `attention`";
            return Err(Error::config("position", position.name(), expected));
        }
        let own = if attention.replaces_conv() { Position::InPlace } else { usual };
        Ok(Self { attention, position: asked.unwrap_or(own), instead: &Attention::None })
    }

    /// The same in a net whose convolutions of 3 taps have given way to `instead`.
    pub(super) fn beside(self, instead: &'a Attention) -> Self {
        Self { instead, ..self }
    }

    /// Whether it stands in place of convolutions, or behind them.
    pub(super) fn is_in_place(&self) -> bool {
        self.position == Position::InPlace && *self.attention != Attention::None
    }

    /// Refuses to stand in place where there are no such convolutions.
    ///
    /// # Errors
    /// The layer `name`, whose kernel is a wider one.
    pub(super) fn is_among(&self, convolutions: usize, net: &Draft, name: &str) -> Result<()> {
        match self.is_in_place() && convolutions == 0 {
            true => Err(Error::layer(
                net.full_name(name),
                net.shape(net.input()),
                "attention in place of a convolution of 3 taps finds none: take another position or a second stage",
            )),
            false => Ok(()),
        }
    }

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
        let in_place = self.is_in_place();
        if in_place && (self.attention.replaces_conv() || *self.instead == Attention::None) {
            return self.attention.conv(net, name, x, conv);
        }
        if *self.instead != Attention::None {
            let y = self.instead.conv(net, name, x, conv)?;
            return match in_place {
                true => self.attention.draft(net, &format!("{name}.behind"), y),
                false => Ok(y),
            };
        }
        let y = net.conv(name, x, conv)?;
        norm.map_or(Ok(y), |norm| net.norm_relu(norm, y))
    }
}
