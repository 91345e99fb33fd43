//! Weights in the order in which the tiles read them.

/// Outputs that a tile may hold, largest first.
pub(super) const TILES: [usize; 4] = [8, 4, 2, 1];

/// Weights in panels: as many outputs as a tile holds, and for each input channel and tap their weights side by side.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    values: Vec<f32>,
    rows: usize,
    depth: usize,
}

/// Neighbouring outputs of a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outputs<'a> {
    weights: &'a [f32],
    count: usize,
    depth: usize,
}

/// Outputs that a tile holds together.
pub(super) struct Panel<'a> {
    /// The first one.
    pub(super) first: usize,
    /// How many, one of [`TILES`].
    pub(super) count: usize,
    /// `depth` times `count` weights.
    pub(super) weights: &'a [f32],
}

/// Which outputs of `rows` go together.
fn panels(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let count = *TILES.iter().find(|count| first + **count <= rows)?;
        let panel = (first, count);
        first += count;
        Some(panel)
    })
}

impl Packed {
    /// Of a weight `[groups · rows, depth]`.
    pub(crate) fn new(weight: &[f32], groups: usize, rows: usize, depth: usize) -> Self {
        let mut values = Vec::with_capacity(weight.len());
        for group in weight.chunks(rows * depth).take(groups) {
            for (first, count) in panels(rows) {
                for at in 0..depth {
                    values.extend((first..first + count).map(|row| group[row * depth + at]));
                }
            }
        }
        Self { values, rows, depth }
    }

    /// The outputs of a group.
    pub(crate) fn group(&self, group: usize) -> Outputs<'_> {
        let weights = &self.values[group * self.rows * self.depth..][..self.rows * self.depth];
        Outputs { weights, count: self.rows, depth: self.depth }
    }
}

impl<'a> Outputs<'a> {
    /// How many outputs each of so many parts has, but the last one: a whole number of panels.
    pub(crate) fn each(&self, parts: usize) -> usize {
        self.count.div_ceil(TILES[0]).div_ceil(parts.max(1)).max(1) * TILES[0]
    }

    /// The part with this number of those that have `each` outputs.
    pub(crate) fn part(&self, number: usize, each: usize) -> Self {
        let from = (number * each).min(self.count);
        let count = each.min(self.count - from);
        Self { weights: &self.weights[from * self.depth..][..count * self.depth], count, depth: self.depth }
    }

    pub(super) fn panels(self) -> impl Iterator<Item = Panel<'a>> {
        panels(self.count).map(move |(first, count)| {
            let weights = &self.weights[first * self.depth..][..count * self.depth];
            Panel { first, count, weights }
        })
    }
}

/// The weight `[O, C / groups, taps]` of the convolution that takes gradients back: `[C, O / groups, taps]` with the taps
/// in reverse.
pub(crate) fn turned_round(weight: &[f32], groups: usize, [of, out]: [usize; 2], taps: usize) -> Vec<f32> {
    let (of, out) = (of / groups, out / groups);
    let mut turned = Vec::with_capacity(weight.len());
    for group in weight.chunks_exact((of * out * taps).max(1)) {
        for channel in 0..of {
            for row in 0..out {
                turned.extend(group[(row * of + channel) * taps..][..taps].iter().rev());
            }
        }
    }
    turned
}
