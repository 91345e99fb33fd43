//! A map whose channels lie in several tensors.

/// A map `[B, C, ...]` whose channels lie in several maps, one behind the other.
pub(crate) struct Joined<'a, T> {
    /// Numbers and channels of each.
    pub(super) parts: Vec<(&'a [T], usize)>,
    /// Part, and channel within it, of every channel.
    places: Vec<(usize, usize)>,
    pub(super) batch: usize,
    pub(super) plane: usize,
}

impl<'a, T> Joined<'a, T> {
    pub(crate) fn new(parts: Vec<(&'a [T], usize)>, batch: usize, plane: usize) -> Self {
        let places = parts
            .iter()
            .enumerate()
            .flat_map(|(part, (_, channels))| (0..*channels).map(move |channel| (part, channel)))
            .collect();
        Self { parts, places, batch, plane }
    }

    pub(super) fn channels(&self) -> usize {
        self.places.len()
    }

    /// The first channel of a part.
    pub(super) fn first(&self, part: usize) -> usize {
        self.parts[..part].iter().map(|(_, channels)| channels).sum()
    }

    /// The numbers of one channel of one image.
    #[inline(always)]
    pub(super) fn plane_of(&self, image: usize, channel: usize) -> &'a [T] {
        let (part, within) = self.places[channel];
        let (values, channels) = self.parts[part];
        &values[(image * channels + within) * self.plane..][..self.plane]
    }
}
