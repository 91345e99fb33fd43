//! Matrices whose rows stand together are handed out column by column, with no more memory than a piece of them takes.

use super::memory;
use brinell_formats::{Selection, Source, Values, format_of};
use std::io::Write as _;
use std::path::Path;

const ROWS: usize = 1600;
const COLUMNS: usize = 1300;
/// A piece of a matrix, and what reading takes beside it.
const MOST: usize = (8 << 20) + (3 << 20);

/// As `tests/golden/matrices.py` writes it.
fn value(row: usize, column: usize) -> f64 {
    (row % 5 + column % 3) as f64
}

fn streamed_in_bounds(source: &Source, name: &str) {
    let format = format_of(source).unwrap();
    let mut at = 0;
    let mut take = |run: &[f64]| {
        for &found in run {
            assert!(found == value(at % ROWS, at / ROWS), "{name}: {found} at {at}");
            at += 1;
        }
        Ok(())
    };
    let (result, most) = memory::measured(|| format.stream(source, name, 1000, &mut take));
    result.unwrap();
    assert_eq!(at, ROWS * COLUMNS, "{name}");
    assert!(most <= MOST, "{name}: {most} bytes taken");
}

#[test]
fn matrices_larger_than_a_piece_are_streamed_in_bounded_memory() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/matrices.h5");
    streamed_in_bounds(&Source::open(&golden).unwrap(), "matrix");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("matrix.npy");
    let head = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, {COLUMNS}), }}\n");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(b"\x93NUMPY\x01\x00").unwrap();
    file.write_all(&(head.len() as u16).to_le_bytes()).unwrap();
    file.write_all(head.as_bytes()).unwrap();
    for place in 0..ROWS * COLUMNS {
        file.write_all(&(value(place / COLUMNS, place % COLUMNS) as f32).to_le_bytes()).unwrap();
    }
    file.into_inner().unwrap();
    let source = Source::open(&path).unwrap();
    streamed_in_bounds(&source, "array");
    // Reading takes all of it.
    let read = format_of(&source).unwrap().read(&source, Selection::All).unwrap();
    assert!(matches!(&read[0].values, Values::Real(values) if values.len() == ROWS * COLUMNS));
}
