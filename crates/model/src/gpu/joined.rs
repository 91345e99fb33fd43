//! Maps that are put side by side along their channels lie where they end up from the begin: no step copies them.
//!
//! A concatenation whose parts can all be written where they are wanted becomes a region of memory; each part is a few
//! channels of it. One that sees a run of parts of a larger one (DenseNet, layer after layer) is a view of that.

use crate::graph::{Id, Node, Op};

/// Channels of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) region: usize,
    /// The first number of it within a sample of the region.
    pub(super) offset: usize,
}

/// Maps side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    /// The nodes that give the parts, in order.
    pub(super) parts: Vec<Id>,
    /// Numbers of a sample.
    pub(super) sample: usize,
}

/// Which nodes lie in which regions.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) regions: Vec<Region>,
    /// By node: parts, and concatenations that are views.
    pub(super) homes: Vec<Option<Home>>,
    /// By node: the parts that a concatenation sees.
    pub(super) parts: Vec<Vec<Id>>,
}

/// Whether a node's result is made by a kernel that can write it anywhere; others are views of their inputs.
fn can_lie_anywhere(node: &Node) -> bool {
    !matches!(node.op, Op::Input | Op::Parameter(_) | Op::Reshape(_) | Op::Dropout(_) | Op::Concat(0))
}

impl Joined {
    /// For a net of which the nodes with `used` run.
    pub(super) fn of(nodes: &[Node], used: &[bool]) -> Self {
        let mut all = Self { homes: vec![None; nodes.len()], ..Self::default() };
        for node in nodes {
            let parts = match node.op {
                Op::Concat(0) => node.inputs.iter().flat_map(|id| {
                    let inner = &all.parts[id.0];
                    if inner.is_empty() { vec![*id] } else { inner.clone() }
                }),
                _ => {
                    all.parts.push(Vec::new());
                    continue;
                }
            };
            let parts = parts.collect();
            all.parts.push(parts);
        }
        let mut concats: Vec<usize> =
            (0..nodes.len()).filter(|at| used[*at] && !all.parts[*at].is_empty()).collect();
        concats.sort_by_key(|at| std::cmp::Reverse((all.parts[*at].len(), *at)));
        for at in concats {
            all.settle(nodes, at);
        }
        all
    }

    fn settle(&mut self, nodes: &[Node], at: usize) {
        let parts = self.parts[at].clone();
        let known: Vec<Option<Home>> = parts.iter().map(|id| self.homes[id.0]).collect();
        let numbers = |id: &Id| nodes[id.0].shape.iter().product::<usize>();
        if known.iter().all(Option::is_none) {
            let mut once = parts.clone();
            once.sort();
            once.dedup();
            let free = once.len() == parts.len() && parts.iter().all(|id| can_lie_anywhere(&nodes[id.0]));
            if !free {
                return;
            }
            let mut offset = 0;
            for id in &parts {
                self.homes[id.0] = Some(Home { region: self.regions.len(), offset });
                offset += numbers(id);
            }
            self.homes[at] = Some(Home { region: self.regions.len(), offset: 0 });
            self.regions.push(Region { parts, sample: offset });
            return;
        }
        // A view where all of them lie one behind the other in one region.
        let Some(Some(first)) = known.first().copied() else { return };
        let mut offset = first.offset;
        for (id, home) in parts.iter().zip(known) {
            if home != Some(Home { offset, ..first }) {
                return;
            }
            offset += numbers(id);
        }
        self.homes[at] = Some(first);
    }

    /// The parts of a node's value: itself, or what the concatenation sees.
    pub(super) fn parts_of(&self, id: Id) -> Vec<Id> {
        match (&self.parts[id.0][..], self.homes[id.0]) {
            ([], _) | (_, None) => vec![id],
            (parts, Some(_)) => parts.to_vec(),
        }
    }

    /// Whether a concatenation only looks at a region.
    pub(super) fn is_view(&self, id: Id) -> bool {
        !self.parts[id.0].is_empty() && self.homes[id.0].is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::graph::{Conv, Draft};

    #[test]
    fn layers_of_a_dense_block_lie_in_one_region_and_a_part_seen_twice_is_copied() {
        let mut net = Draft::new(&[2, 8]).unwrap();
        let first = net.conv("a", net.input(), &Conv::new(4, 1)).unwrap();
        let second = net.conv("b", first, &Conv::new(3, 1)).unwrap();
        let both = net.concat(0, &[first, second]).unwrap();
        let third = net.conv("c", both, &Conv::new(5, 1)).unwrap();
        let all = net.concat(0, &[both, third]).unwrap();
        let twice = net.concat(0, &[third, third]).unwrap();
        let with_input = net.concat(0, &[net.input(), all]).unwrap();
        let end = net.flatten(with_input).unwrap();
        let graph = net.finish(end).unwrap();
        let joined = Joined::of(graph.nodes(), &vec![true; graph.nodes().len()]);
        assert_eq!(joined.regions, [Region { parts: vec![first, second, third], sample: 12 * 8 }]);
        let home = |offset| Some(Home { region: 0, offset });
        assert_eq!(joined.homes[both.place()], home(0));
        assert_eq!(joined.homes[third.place()], home(7 * 8));
        assert_eq!(joined.homes[all.place()], home(0));
        assert_eq!((joined.homes[twice.place()], joined.homes[with_input.place()]), (None, None));
        assert_eq!(joined.parts_of(all), [first, second, third]);
        assert_eq!(joined.parts_of(twice), [twice]);
        assert!(joined.is_view(both) && !joined.is_view(twice));
    }
}
