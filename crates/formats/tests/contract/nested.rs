//! Compounds inside compounds that state more members than they have. The library reserves room for the stated number at each
//! level, 65 535 at most and 33 deep, and gives it back at once; none of it is written to.

use super::memory;
use brinell_formats::{Selection, Source, format_of};
use std::path::Path;

/// Levels and members that the library reserves at most, and the bytes of a member.
const RESERVED: usize = 33 * 65_535 * 80;

#[test]
fn nested_compounds_that_state_too_many_members_are_an_error_and_reserve_no_more_than_their_levels_allow() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nested_compounds.h5");
    let mut bytes = std::fs::read(path).unwrap();
    let whole = Source::from_bytes(Path::new("deep.h5"), bytes.clone());
    let arrays = format_of(&whole).unwrap().read(&whole, Selection::All).unwrap();
    assert!(arrays[0].name.starts_with("deep/x/x/x") && arrays[0].shape == [3, 1], "{}", arrays[0].name);
    // Class 6, version 1, one member.
    let compounds: Vec<usize> =
        (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == [0x16, 1, 0, 0]).collect();
    assert_eq!(compounds.len(), 30);
    for at in compounds {
        bytes[at + 1..at + 3].fill(0xFF);
    }
    let source = Source::from_bytes(Path::new("deep.h5"), bytes);
    let (read, most) = memory::measured(|| format_of(&source).unwrap().read(&source, Selection::All));
    assert!(read.unwrap_err().to_string().contains("deep.h5"));
    assert!(most <= RESERVED, "{most} bytes taken");
}
