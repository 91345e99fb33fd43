//! Where the tensors of a net lie in one buffer: those that are trained first, each at the begin of a chunk: all numbers of one
//! are of the same parameter, so that a step over all of them at once knows what to do with which.

use brinell_gpu::CHUNK;

use crate::graph::{Graph, SlotId};

/// Places of a graph's tensors, by slot.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    offsets: Vec<usize>,
    lens: Vec<usize>,
    trained: usize,
    all: usize,
}

impl Weights {
    pub(super) fn of(graph: &Graph) -> Self {
        let lens: Vec<usize> = graph.slots().iter().map(|slot| slot.shape.iter().product()).collect();
        let (mut offsets, mut end) = (vec![0; lens.len()], 0);
        let mut lay = |trained: bool, end: &mut usize| {
            for (at, _) in graph.slots().iter().enumerate().filter(|(_, slot)| slot.trained == trained) {
                offsets[at] = *end;
                *end += lens[at].next_multiple_of(CHUNK);
            }
        };
        lay(true, &mut end);
        let trained = end;
        lay(false, &mut end);
        Self { offsets, lens, trained, all: end }
    }

    /// The first number of a tensor.
    pub(super) fn offset(&self, slot: SlotId) -> usize {
        self.offsets[slot.0]
    }

    /// How many numbers a tensor has.
    pub(super) fn len(&self, slot: SlotId) -> usize {
        self.lens[slot.0]
    }

    /// Numbers of all that is trained, gaps between them included.
    pub(super) fn trained(&self) -> usize {
        self.trained
    }

    /// Numbers of all.
    pub(super) fn all(&self) -> usize {
        self.all
    }
}
