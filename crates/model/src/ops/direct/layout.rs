//! How the images of a block stand in memory.

use super::super::window::Window;
use super::forward::Rows;

/// Widest vector of any machine, in numbers.
pub(crate) const MOST_LANES: usize = 16;

/// One channel of a block: all images one below the other, rows one behind the other. `padding` zeros stand before each
/// row and serve as those behind the row before it; rows of zeros stand above each image and serve as those below the
/// image before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) images: usize,
    input: [usize; 2],
    pub(super) output: [usize; 2],
    padding: [usize; 2],
    kernel: [usize; 2],
    dilation: [usize; 2],
}

impl Layout {
    pub(super) fn new(window: &Window, input: [usize; 2], output: [usize; 2], images: usize) -> Self {
        let Window { kernel, padding, dilation, .. } = *window;
        Self { images, input, output, padding, kernel, dilation }
    }

    /// From one row to the next.
    pub(super) fn pitch(&self) -> usize {
        self.input[1] + self.padding[1]
    }

    /// Rows from one image to the next.
    pub(super) fn image_rows(&self) -> usize {
        self.input[0] + self.padding[0]
    }

    /// Rows in which outputs begin, those between the images too.
    pub(super) fn rows(&self) -> usize {
        self.images * self.image_rows()
    }

    /// Positions of all rows, up to a whole number of the widest vectors.
    pub(super) fn positions(&self) -> usize {
        (self.rows() * self.pitch()).next_multiple_of(MOST_LANES)
    }

    /// Where the outputs are computed.
    pub(super) fn computed(&self) -> Rows {
        let (image_rows, pitch) = (self.image_rows(), self.pitch());
        let plane = self.output[0] * self.output[1];
        Rows { images: self.images, image_rows, pitch, output: self.output, plane }
    }

    /// How far ahead each tap looks, row by row of the kernel.
    pub(super) fn shifts(&self) -> impl Iterator<Item = usize> {
        let (layout, pitch) = (*self, self.pitch());
        (0..layout.kernel[0]).flat_map(move |ky| {
            (0..layout.kernel[1]).map(move |kx| ky * layout.dilation[0] * pitch + kx * layout.dilation[1])
        })
    }

    /// Numbers of one channel, as far as any tap looks from any position and a vector further.
    pub(super) fn channel_len(&self) -> usize {
        self.positions() + MOST_LANES + self.shifts().last().unwrap_or(0)
    }

    /// Where every channel and tap looks, channels `pitch` apart.
    pub(super) fn offsets(&self, channels: usize, pitch: usize) -> Vec<usize> {
        (0..channels).flat_map(|channel| self.shifts().map(move |shift| channel * pitch + shift)).collect()
    }

    /// Copies channels of images `[N, C, H, W]` into `planes`, whose zeros stay where they are. `planes` was made for
    /// blocks of `most` images. `[all, first, count]` says which channels.
    pub(super) fn spread(&self, x: &[f32], [all, first, count]: [usize; 3], most: usize, planes: &mut [f32]) {
        let [h, w] = self.input;
        let channel_len = Self { images: most, ..*self }.channel_len();
        let pitch = self.pitch();
        for (channel, plane) in planes.chunks_exact_mut(channel_len).take(count).enumerate() {
            for image in 0..self.images {
                let from = &x[(image * all + first + channel) * h * w..][..h * w];
                let start = (image * self.image_rows() + self.padding[0]) * pitch + self.padding[1];
                if self.padding[1] == 0 {
                    plane[start..start + h * w].copy_from_slice(from);
                    continue;
                }
                for (row, values) in from.chunks_exact(w).enumerate() {
                    plane[start + row * pitch..][..w].copy_from_slice(values);
                }
            }
        }
    }
}
