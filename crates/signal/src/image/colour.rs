//! Numbers as colours.

use crate::sample::Sample;

/// Every sixteenth of the map "viridis" by Nathaniel Smith and Stéfan van der Walt (in Matplotlib since 1.5;
/// released to the public domain, CC0), as red, green, blue. Equal steps in value are equal steps in lightness
/// for the eye, also for colour-blind ones and in print.
const VIRIDIS: [[u8; 3]; 17] = [
    [68, 1, 84],
    [72, 24, 106],
    [71, 45, 123],
    [66, 64, 134],
    [59, 82, 139],
    [51, 99, 141],
    [44, 114, 142],
    [38, 130, 142],
    [33, 145, 140],
    [31, 160, 136],
    [40, 174, 128],
    [63, 188, 115],
    [94, 201, 98],
    [132, 212, 75],
    [173, 220, 48],
    [216, 226, 25],
    [253, 231, 37],
];

/// Three bytes (red, green, blue; sRGB) for each value, in their order: dark violet at and below `range.0`, through
/// green to yellow at and above `range.1`. A NaN is dark violet, and so is everything where the range has no
/// width. Between 17 colours of the map it is interpolated linearly, which is within 6 of 255 of the full map.
///
/// ```
/// let bytes = brinell_signal::image::colours(&[0.0_f32, 1.0], (0.0, 1.0));
/// assert_eq!(bytes, [68, 1, 84, 253, 231, 37]);
/// ```
#[must_use]
pub fn colours<T: Sample>(values: &[T], range: (f64, f64)) -> Vec<u8> {
    let width = range.1 - range.0;
    let scale = if width > 0.0 && width.is_finite() { 1.0 / width } else { 0.0 };
    values.iter().flat_map(|value| colour((value.widen() - range.0) * scale)).collect()
}

/// The colour of a value in 0 to 1.
fn colour(value: f64) -> [u8; 3] {
    let last = VIRIDIS.len() - 1;
    let place = if value > 0.0 { value.min(1.0) * last as f64 } else { 0.0 };
    let below = (place as usize).min(last - 1);
    let share = place - below as f64;
    let (low, high) = (VIRIDIS[below], VIRIDIS[below + 1]);
    [0, 1, 2].map(|i| (f64::from(low[i]) * (1.0 - share) + f64::from(high[i]) * share).round() as u8)
}
