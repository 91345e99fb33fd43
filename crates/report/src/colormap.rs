//! An image as a PNG, in the colours of viridis: lightness rises all the way, so that it survives grey print and
//! all common forms of colour blindness.

use base64::Engine as _;
use brinell_signal::image::colours;

/// Colour of a value from 0 to 255, as red, green, blue.
pub(crate) fn viridis(value: u8) -> [u8; 3] {
    let bytes = colours(&[f32::from(value)], (0.0, 255.0));
    [bytes[0], bytes[1], bytes[2]]
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
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(columns).ok()?, u32::try_from(rows).ok()?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette((0..=255).flat_map(viridis).collect::<Vec<u8>>());
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
        assert_eq!(viridis(0), [0x44, 0x01, 0x54]);
        assert_eq!(viridis(255), [0xfd, 0xe7, 0x25]);
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
