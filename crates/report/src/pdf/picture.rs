//! Pictures as cells of one colour each.

use crate::canvas::Area;
use base64::Engine as _;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Neighbouring colours of the map that are drawn as one: the eye does not tell them apart, and runs get longer.
const STEP: usize = 4;
/// How far a cell reaches over the next, in points: without it a viewer shows the paper between them.
const OVERLAP: f64 = 0.25;

/// The cells of a PNG of ours (indexed, 8 bits, in a `data:` address) over `area`, by colour; none for any other text.
///
/// The first colour, the one with the most cells, covers the whole area: what shows through between the edges of two
/// others is then no paper.
pub(super) fn cells(area: Area, address: &str) -> Vec<([u8; 3], Vec<Area>)> {
    let cells = read(address).map(|picture| picture.cells(area)).unwrap_or_default();
    let mut cells: Vec<_> = cells.into_iter().collect();
    cells.sort_by_key(|(_, areas)| Reverse(areas.len()));
    if let Some((_, first)) = cells.first_mut() {
        *first = vec![area];
    }
    cells
}

/// Numbers of colours, top row first.
struct Picture {
    width: usize,
    numbers: Vec<u8>,
    palette: Vec<u8>,
}

fn read(address: &str) -> Option<Picture> {
    let text = address.strip_prefix("data:image/png;base64,")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().ok()?;
    let palette = reader.info().palette.as_ref()?.to_vec();
    let mut numbers = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut numbers).ok()?;
    let indexed = frame.color_type == png::ColorType::Indexed && frame.bit_depth == png::BitDepth::Eight;
    let picture = Picture { width: frame.width as usize, numbers, palette };
    (indexed && picture.width > 0).then_some(picture)
}

impl Picture {
    fn cells(&self, [left, top, width, height]: Area) -> BTreeMap<[u8; 3], Vec<Area>> {
        let mut cells: BTreeMap<[u8; 3], Vec<Area>> = BTreeMap::new();
        let across = width / self.width as f64;
        let down = height / (self.numbers.len() / self.width).max(1) as f64;
        for (row, numbers) in self.numbers.chunks(self.width).enumerate() {
            let mut column = 0;
            for run in numbers.chunk_by(|a, b| usize::from(*a) / STEP == usize::from(*b) / STEP) {
                let cell = [
                    left + column as f64 * across,
                    top + row as f64 * down,
                    run.len() as f64 * across + OVERLAP,
                    down + OVERLAP,
                ];
                column += run.len();
                let Some(first) = run.first() else { continue };
                let middle = usize::from(*first) / STEP * STEP + STEP / 2;
                let colour = self.palette.chunks_exact(3).nth(middle).map_or([0; 3], |c| [c[0], c[1], c[2]]);
                cells.entry(colour).or_default().push(cell);
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colormap::png_address;

    #[test]
    fn a_picture_is_covered_by_its_cells() {
        let values: Vec<u8> = (0..60).map(|v| v * 4).collect();
        let address = png_address(6, 10, &values).unwrap_or_default();
        let area = [10.0, 20.0, 100.0, 60.0];
        let picture = read(&address).map(|picture| picture.cells(area)).unwrap_or_default();
        let covered: f64 = picture.values().flatten().map(|c| (c[2] - OVERLAP) * (c[3] - OVERLAP)).sum();
        assert!((covered - 6000.0).abs() < 1e-6, "{covered}");
        let cells = cells(area, &address);
        assert_eq!(cells.len(), 60, "each value has its own colour");
        assert_eq!(cells[0].1, [area]);
    }

    #[test]
    fn what_is_no_picture_of_ours_has_no_cells() {
        assert!(cells([0.0, 0.0, 1.0, 1.0], "data:image/png;base64,AAAA").is_empty());
        assert!(cells([0.0, 0.0, 1.0, 1.0], "https://example.org/x.png").is_empty());
    }
}
