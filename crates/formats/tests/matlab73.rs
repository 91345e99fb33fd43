//! MATLAB 7.3 against MATLAB 5: the same variables, saved in either, are the same arrays.
#![allow(clippy::unwrap_used)]

use brinell_formats::{NamedArray, Selection, Source, Values, format_of};
use std::path::Path;

fn arrays(name: &str) -> (String, Vec<NamedArray>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/contract/matlab73");
    let source = Source::open(&folder.join(name)).unwrap();
    let format = format_of(&source).unwrap();
    let mut arrays = format.read(&source, Selection::All).unwrap();
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    arrays.iter_mut().for_each(unplaced);
    (format.name().to_owned(), arrays)
}

/// Without the bytes at which things stand, which differ.
fn unplaced(array: &mut NamedArray) {
    array.byte_offset = 0;
    match &mut array.values {
        Values::Struct(fields) => fields.iter_mut().for_each(|(_, field)| unplaced(field)),
        Values::Cell(parts) => parts.iter_mut().for_each(unplaced),
        _ => {}
    }
}

#[test]
fn structs_cells_struct_arrays_and_complex_numbers_are_those_of_version_5() {
    let ((new, found), (old, wanted)) = (arrays("nested.mat"), arrays("nested5.mat"));
    assert_eq!((&*new, &*old), ("matlab73", "matlab5"));
    assert_eq!(found.len(), 4);
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
    }
}
