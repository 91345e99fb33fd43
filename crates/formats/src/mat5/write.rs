//! Writing of MATLAB 5 files.

use super::header::HEADER_LENGTH;
use crate::error::{Error, Result};
use crate::whole_file::write_whole;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// Longest name that every MATLAB reads.
const MAX_NAME: usize = 63;

/// Writes double column vectors as an uncompressed, little-endian MATLAB 5 file.
///
/// The file appears under its name only when it is whole, and replaces one that is there. The same
/// vectors give the same bytes: the header carries no date.
///
/// # Errors
/// When a name is no MATLAB name (a letter, then letters, digits and underscores, 63 in all) or
/// occurs twice, when a vector has more than 2^29 - 32 values, or when the file cannot be written.
pub fn write_mat5(path: &Path, columns: &[(String, Vec<f64>)]) -> Result<()> {
    let unwritable = |why: String| Error::Unwritable { path: path.display().to_string(), why };
    let mut seen = BTreeSet::new();
    for (name, values) in columns {
        let mut characters = name.chars();
        let valid = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.len() <= MAX_NAME;
        if !valid {
            return Err(unwritable(format!("`{name}` is no name of a MATLAB variable")));
        }
        if !seen.insert(name) {
            return Err(unwritable(format!("the variable `{name}` occurs twice")));
        }
        if values.len() > (u32::MAX as usize - 256) / 8 {
            return Err(unwritable(format!("`{name}` has {} values: too many for the format", values.len())));
        }
    }
    write_whole(path, |file| {
        let text = b"MATLAB 5.0 MAT-file, written by Brinell";
        let mut header = [b' '; HEADER_LENGTH];
        header[..text.len()].copy_from_slice(text);
        header[116..124].fill(0);
        header[124..].copy_from_slice(b"\0\x01IM");
        file.write_all(&header)?;
        for (name, values) in columns {
            write_column(file, name, values)?;
        }
        Ok(())
    })
}

fn write_column(file: &mut dyn Write, name: &str, values: &[f64]) -> std::io::Result<()> {
    // Lengths fit: they were checked before anything was written.
    let as_u32 = |n: usize| u32::try_from(n).map_err(std::io::Error::other);
    let padded_name = name.len().next_multiple_of(8);
    let mut head = Vec::with_capacity(HEADER_LENGTH);
    let mut word = |n: u32| head.extend_from_slice(&n.to_le_bytes());
    word(14); // miMATRIX
    word(as_u32(16 + 16 + 8 + padded_name + 8 + 8 * values.len())?);
    word(6); // array flags: miUINT32, 8 bytes, mxDOUBLE_CLASS
    word(8);
    word(6);
    word(0);
    word(5); // dimensions: miINT32
    word(8);
    word(as_u32(values.len())?);
    word(1);
    word(1); // name: miINT8
    word(as_u32(name.len())?);
    head.extend_from_slice(name.as_bytes());
    head.resize(head.len() + padded_name - name.len(), 0);
    head.extend_from_slice(&9_u32.to_le_bytes()); // miDOUBLE
    head.extend_from_slice(&as_u32(8 * values.len())?.to_le_bytes());
    file.write_all(&head)?;
    for value in values {
        file.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}
