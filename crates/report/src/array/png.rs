//! One pixel a number, without axes: what a net sees.

use super::{Array, Panel, Shading, shades};
use crate::colormap::png_file;
use crate::error::{Error, Result};

/// Size of the picture of a series.
const WIDTH: usize = 1080;
const HEIGHT: usize = 160;
/// Rows of the darkest colour between two channels.
const GAP: usize = 4;

/// The file: an image has one pixel a number, low frequencies at the bottom, in the colours of viridis from the
/// smallest to the largest value, powers in dB from 60 below the largest; a series is drawn 1080 pixels wide, from the least to the greatest value in
/// every column. Channels stand one under the other.
///
/// # Errors
/// [`Error::Encoding`] when it has more than 2³¹ pixels along a side.
pub fn png(array: &Array) -> Result<Vec<u8>> {
    let range = array.range();
    let shading = Shading::of(array);
    let mut pixels: Vec<u8> = Vec::new();
    let mut width = WIDTH;
    for (number, panel) in array.panels().iter().enumerate() {
        let drawn = match panel.axes {
            [_, columns] => {
                width = columns.values.len();
                shades(panel, shading)
            }
            _ => curve(panel, range),
        };
        if number > 0 {
            pixels.extend(std::iter::repeat_n(0, GAP * width));
        }
        pixels.extend(drawn);
    }
    png_file(pixels.len() / width, width, &pixels)
        .ok_or_else(|| Error::Encoding { form: "PNG", reason: format!("{width} pixels a row are too many") })
}

/// A series as a band of bright pixels on dark ground.
fn curve(panel: &Panel<'_>, range: [f32; 2]) -> Vec<u8> {
    let mut pixels = vec![0; WIDTH * HEIGHT];
    let len = panel.values.len();
    let height =
        |value: f32| (HEIGHT - 1) - usize::from(Shading::Even(range).shade(value)) * (HEIGHT - 1) / 255;
    let mut last = panel.values[0];
    for column in 0..WIDTH {
        let start = column * len / WIDTH;
        let end = ((column + 1) * len / WIDTH).max(start + 1).min(len);
        let slice = &panel.values[start.min(len - 1)..end.max(start.min(len - 1) + 1)];
        let ends = slice
            .iter()
            .chain([&last])
            .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], v| [low.min(*v), high.max(*v)]);
        last = slice[slice.len() - 1];
        for row in height(ends[1])..=height(ends[0]) {
            pixels[row * WIDTH + column] = 230;
        }
    }
    pixels
}
