//! The colour map of images, and an image as a PNG data address.
//!
//! The map runs through nine colours of viridis (Smith and van der Walt, 2015, public domain), with
//! straight lines in between: lightness rises all the way, so that it survives grey print and all
//! common forms of colour blindness.

use base64::Engine as _;

const ANCHORS: [[u8; 3]; 9] = [
    [0x44, 0x01, 0x54],
    [0x47, 0x2d, 0x7b],
    [0x3b, 0x52, 0x8b],
    [0x2c, 0x72, 0x8e],
    [0x21, 0x91, 0x8c],
    [0x28, 0xae, 0x80],
    [0x5e, 0xc9, 0x62],
    [0xad, 0xdc, 0x30],
    [0xfd, 0xe7, 0x25],
];

/// Colour of a value from 0 to 255, as red, green, blue.
pub(crate) fn viridis(value: u8) -> [u8; 3] {
    let position = f64::from(value) / 255.0 * (ANCHORS.len() - 1) as f64;
    let index = (position.floor() as usize).min(ANCHORS.len() - 2);
    let share = position - index as f64;
    std::array::from_fn(|c| {
        let (a, b) = (f64::from(ANCHORS[index][c]), f64::from(ANCHORS[index + 1][c]));
        (a + (b - a) * share).round() as u8
    })
}

/// Row-major `values`, top row first, as an indexed PNG in a `data:` address; `None` when the sizes
/// do not agree.
pub(crate) fn png_address(rows: usize, columns: usize, values: &[u8]) -> Option<String> {
    let file = png_file(rows, columns, values)?;
    Some(format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(file)))
}

/// Row-major `values`, top row first, as an indexed PNG; `None` when the sizes do not agree.
pub(crate) fn png_file(rows: usize, columns: usize, values: &[u8]) -> Option<Vec<u8>> {
    if rows == 0 || columns == 0 || rows.checked_mul(columns) != Some(values.len()) {
        return None;
    }
    let palette: Vec<u8> = (0..=255).flat_map(viridis).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(columns).ok()?, u32::try_from(rows).ok()?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(values).ok()?;
    writer.finish().ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lightness_rises_with_the_value() {
        let light = |v: u8| {
            let [r, g, b] = viridis(v).map(f64::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        for v in 1..=255u8 {
            assert!(light(v) > light(v - 1) - 0.2, "{v}");
        }
        assert!(light(255) > light(0) + 180.0);
        assert_eq!(viridis(0), ANCHORS[0]);
        assert_eq!(viridis(255), ANCHORS[8]);
    }

    #[test]
    fn a_png_gives_its_indices_back() {
        let values: Vec<u8> = (0..12).map(|v| v * 20).collect();
        let address = png_address(3, 4, &values).unwrap();
        let text = address.strip_prefix("data:image/png;base64,").unwrap();
        let file = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (4, 3));
        let mut buffer = vec![0; 12];
        reader.next_frame(&mut buffer).unwrap();
        assert_eq!(buffer, values);
    }

    #[test]
    fn sizes_that_do_not_agree_give_no_picture() {
        assert_eq!(png_address(3, 4, &[0; 11]), None);
        assert_eq!(png_address(0, 0, &[]), None);
        assert_eq!(png_address(usize::MAX, 2, &[0; 2]), None);
    }
}
