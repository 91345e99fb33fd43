//! NumPy's own file format, version 1.0: float32, row-major.

use super::Array;
use std::fmt::Write as _;

/// The file. `numpy.load` reads it.
pub fn npy(array: &Array) -> Vec<u8> {
    let mut shape = String::new();
    for side in array.shape() {
        let _ = write!(shape, "{side}, ");
    }
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", shape.trim_end());
    // Magic, version and length take ten bytes; the numbers begin at a multiple of 64, after a line end.
    let padding = 64 - (10 + header.len() + 1) % 64;
    header.extend(std::iter::repeat_n(' ', padding % 64));
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(array.values.iter().flat_map(|value| value.to_le_bytes()));
    file
}
