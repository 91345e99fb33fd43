//! The patches that a window sees, as the columns of a matrix, and back.
//!
//! Row `(channel, tap row, tap column)`, column `(output row, output column)`. Rows are copied in
//! runs: no bounds test per element.

use super::element::Element;
use super::window::Window;

/// Sizes of one image's spatial axes before and after the window.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
}

impl Extent {
    pub(crate) fn input_len(&self) -> usize {
        self.input[0] * self.input[1]
    }

    pub(crate) fn output_len(&self) -> usize {
        self.output[0] * self.output[1]
    }
}

/// A run of neighbouring columns in one row of the matrix.
struct Run {
    row: usize,
    column: usize,
    count: usize,
    /// Where in the image the first value lies; the others follow at the window's stride.
    /// `None` for places outside the image.
    index: Option<usize>,
}

/// Visits every run of the matrix once.
#[inline(always)]
fn runs(window: &Window, extent: Extent, channels: usize, mut visit: impl FnMut(Run)) {
    let [h, w] = extent.input;
    let [oh, ow] = extent.output;
    let [kh, kw] = window.kernel;
    let [sh, sw] = window.stride;
    for channel in 0..channels {
        for ky in 0..kh {
            let rows = window.inside(0, ky, h, oh);
            for kx in 0..kw {
                let row = (channel * kh + ky) * kw + kx;
                let columns = window.inside(1, kx, w, ow);
                let outside = |range: std::ops::Range<usize>| Run {
                    row,
                    column: range.start,
                    count: range.len(),
                    index: None,
                };
                if rows.is_empty() || columns.is_empty() {
                    visit(outside(0..oh * ow));
                    continue;
                }
                visit(outside(0..rows.start * ow));
                let x = columns.start * sw + kx * window.dilation[1] - window.padding[1];
                for oy in rows.clone() {
                    let y = oy * sh + ky * window.dilation[0] - window.padding[0];
                    let from = oy * ow;
                    visit(outside(from..from + columns.start));
                    visit(Run {
                        row,
                        column: from + columns.start,
                        count: columns.len(),
                        index: Some((channel * h + y) * w + x),
                    });
                    visit(outside(from + columns.end..from + ow));
                }
                visit(outside(rows.end * ow..oh * ow));
            }
        }
    }
}

/// Copies the patches of `image` (`channels` planes) into `matrix`, whose rows are `pitch` long,
/// beginning at column `first`. Places outside the image become zero.
pub(crate) fn gather<T: Element>(
    window: &Window,
    extent: Extent,
    image: &[T],
    matrix: &mut [T],
    pitch: usize,
    first: usize,
) {
    let channels = image.len() / extent.input_len().max(1);
    let stride = window.stride[1];
    runs(
        window,
        extent,
        channels,
        #[inline(always)]
        |run| {
            if run.count == 0 {
                return;
            }
            let start = run.row * pitch + first + run.column;
            let target = &mut matrix[start..start + run.count];
            match run.index {
                None => target.fill(T::ZERO),
                Some(index) if stride == 1 => {
                    target.copy_from_slice(&image[index..index + run.count]);
                }
                Some(index) => {
                    let source = image[index..].iter().step_by(stride);
                    for (value, &from) in target.iter_mut().zip(source) {
                        *value = from;
                    }
                }
            }
        },
    );
}

/// Adds every value of `matrix` to the place of `image` that [`gather`] would read it from.
pub(crate) fn scatter<T: Element>(
    window: &Window,
    extent: Extent,
    matrix: &[T],
    pitch: usize,
    first: usize,
    image: &mut [T],
) {
    let channels = image.len() / extent.input_len().max(1);
    let stride = window.stride[1];
    runs(
        window,
        extent,
        channels,
        #[inline(always)]
        |run| {
            let Some(index) = run.index else { return };
            let start = run.row * pitch + first + run.column;
            let source = &matrix[start..start + run.count];
            if stride == 1 {
                for (value, &from) in image[index..index + run.count].iter_mut().zip(source) {
                    *value += from;
                }
            } else {
                let target = image[index..].iter_mut().step_by(stride);
                for (value, &from) in target.zip(source) {
                    *value += from;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_is_the_adjoint_of_gather() {
        for (kernel, stride, padding, dilation, input) in [
            ([3, 3], [1, 1], [1, 1], [1, 1], [5, 6]),
            ([2, 3], [2, 3], [0, 2], [2, 1], [7, 5]),
            ([1, 4], [1, 2], [0, 1], [1, 2], [1, 11]),
            ([3, 1], [3, 1], [2, 0], [1, 1], [4, 3]),
        ] {
            let window = Window { kernel, stride, padding, dilation };
            let output = window.positions(input).unwrap();
            let extent = Extent { input, output };
            let channels = 2;
            let x: Vec<f64> = (0..channels * extent.input_len()).map(|i| (i as f64 * 0.7).sin()).collect();
            let size = channels * window.taps() * extent.output_len();
            let m: Vec<f64> = (0..size).map(|i| (i as f64 * 0.3).cos()).collect();
            let mut gathered = vec![f64::NAN; size];
            gather(&window, extent, &x, &mut gathered, extent.output_len(), 0);
            let mut scattered = vec![0.0; x.len()];
            scatter(&window, extent, &m, extent.output_len(), 0, &mut scattered);
            let a: f64 = gathered.iter().zip(&m).map(|(p, q)| p * q).sum();
            let b: f64 = x.iter().zip(&scattered).map(|(p, q)| p * q).sum();
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
}
