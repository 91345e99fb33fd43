//! HDF5, TDMS and universal files that no program writes: sizes beyond the file, segments that end too early.
#![allow(clippy::unwrap_used)]

use brinell_formats::{Error, NamedArray, Selection, Source, format_of};
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/contract").join(name)
}

fn read(name: &str, bytes: Vec<u8>) -> Result<Vec<NamedArray>, Error> {
    let source = Source::from_bytes(Path::new(name), bytes);
    format_of(&source)?.read(&source, Selection::All)
}

/// The places of some bytes in others.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    bytes.windows(wanted.len()).enumerate().filter(|(_, here)| *here == wanted).map(|(at, _)| at).collect()
}

#[test]
fn a_dataset_that_states_more_than_the_file_holds_is_an_error() {
    let bytes = std::fs::read(golden("hdf5/earliest.h5")).unwrap();
    // The 40 values of run1/x (run1/soft links to it), and 2^40 of them in their place: both are in its dataspace, with the largest size.
    let stated = [40_u64.to_le_bytes(), 40_u64.to_le_bytes()].concat();
    let found = places(&bytes, &stated);
    assert!(!found.is_empty());
    for at in found {
        let mut swollen = bytes.clone();
        for half in [at, at + 8] {
            swollen[half..half + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        }
        let error = read("swollen.h5", swollen).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. } | Error::Limit { .. }), "{error}");
        let told = error.to_string();
        assert!(told.contains("run1/x") || told.contains("run1/soft"), "{told}");
    }
}

#[test]
fn a_segment_that_is_cut_tells_how_much_stands_before_it() {
    let bytes = std::fs::read(golden("tdms/little.tdms")).unwrap();
    let error = read("cut.tdms", bytes[..bytes.len() - 1].to_vec()).unwrap_err();
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    assert!(error.to_string().contains("20 values of the longest channel are whole"), "{error}");
}

#[test]
fn a_tdms_length_that_no_file_has_is_an_error_and_takes_no_memory() {
    let bytes = std::fs::read(golden("tdms/daqmx.tdms")).unwrap();
    // The number of values in each chunk: 6.
    let found = places(&bytes, &[1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
    assert!(found.len() >= 3);
    for at in found {
        let mut swollen = bytes.clone();
        swollen[at + 4..at + 12].copy_from_slice(&u64::MAX.to_le_bytes());
        if let Ok(arrays) = read("swollen.tdms", swollen) {
            let most = arrays.iter().map(|array| array.shape[0]).max().unwrap();
            assert!(most <= bytes.len(), "{most}");
        }
    }
}

#[test]
fn other_data_sets_of_a_universal_file_are_told() {
    let source = Source::open(&golden("uff58/text.uff")).unwrap();
    let probe = format_of(&source).unwrap().probe(&source).unwrap();
    assert_eq!(probe.text.as_deref(), Some("data sets that are not read: 151"));
}

#[test]
fn a_universal_file_that_states_more_values_than_it_holds_is_an_error() {
    let text = String::from_utf8(std::fs::read(golden("uff58/touching.unv")).unwrap()).unwrap();
    for (stated, why) in
        [("        10", "ends after 9"), ("2000000000", "ends after 9"), ("         3", "up to 3")]
    {
        let wrong = text.replace("         9", stated);
        assert_ne!(wrong, text);
        let error = read("wrong.unv", wrong.into_bytes()).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}
