//! Numbers made ready on the CPU for a GPU to fetch.

use std::sync::Arc;

use crate::cuda::Card;
use crate::fixed::Fixed;

/// Numbers in memory that stays where it is, so that a GPU fetches them by itself while the CPU goes on:
/// [`Device::pinned`](crate::Device::pinned). Its memory serves the next ones when it is dropped.
pub struct Pinned {
    len: usize,
    pub(crate) held: Held,
}

pub(crate) enum Held {
    Card(Arc<Card>, Option<Fixed>),
    #[cfg(feature = "on-host")]
    Host(Vec<f32>),
}

impl std::fmt::Debug for Pinned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pinned({})", self.len)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        match &mut self.held {
            Held::Card(card, memory) => {
                if let Some(memory) = memory.take() {
                    card.unpin(memory);
                }
            }
            #[cfg(feature = "on-host")]
            Held::Host(_) => {}
        }
    }
}

impl Pinned {
    pub(crate) fn new(len: usize, held: Held) -> Self {
        Self { len, held }
    }

    /// How many numbers.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
