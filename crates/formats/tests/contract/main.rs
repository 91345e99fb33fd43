//! One contract for all formats: what a reference reader finds is found, what is cut, garbled or hostile is an error that names
//! the file, nothing panics, and memory stays within four times the file.
//!
//! Every file in `tests/golden/contract/FORMAT/` with a `.json` beside it takes part; `make.py` there writes both.
#![allow(clippy::unwrap_used)]

#[path = "../../fuzz/src/agreement.rs"]
mod agreement;
mod expected;
mod garbled;
mod memory;
mod promise;
mod untouched;

use brinell_formats::{Error, NamedArray, Selection, Source, Values};
use expected::{Cut, Expected, all};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

fn read(expected: &Expected, bytes: Vec<u8>) -> Result<Vec<NamedArray>, Error> {
    let source = Source::from_bytes(Path::new(&expected.name), bytes);
    let format = expected.reader(&source)?;
    let probed = format.probe(&source);
    let arrays = format.read(&source, Selection::All)?;
    // Whoever can read can probe.
    probed.map(|_| arrays)
}

#[test]
fn every_file_gives_what_the_reference_reader_finds_in_it() {
    for expected in all() {
        let Expected { path, name, format, arrays, tolerance, .. } = &expected;
        let source = Source::open(path).unwrap();
        let reader = expected.reader(&source).unwrap();
        assert_eq!(reader.name(), format, "{name}");
        let read = reader.read(&source, Selection::All).unwrap();
        let names: Vec<&str> = read.iter().map(|array| array.name.as_str()).collect();
        let wanted: Vec<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
        assert_eq!(names, wanted, "{name}");
        for (array, wanted) in read.iter().zip(arrays) {
            wanted.compare(array, *tolerance, name);
        }
        let probe = reader.probe(&source).unwrap();
        assert_eq!(probe.format, *format, "{name}");
        assert_eq!(probe.arrays.len(), read.len(), "{name}");
        for (header, array) in probe.arrays.iter().zip(&read) {
            assert_eq!((&header.name, &header.shape), (&array.name, &array.shape), "{name}");
            assert_eq!((header.class, &header.facts), (array.class, &array.facts), "{name}: {}", array.name);
        }
    }
}

#[test]
fn a_stream_gives_the_same_values_in_runs() {
    for expected in all() {
        let Expected { path, name, .. } = &expected;
        let source = Source::open(path).unwrap();
        let reader = expected.reader(&source).unwrap();
        for array in reader.read(&source, Selection::All).unwrap() {
            let Values::Real(values) = &array.values else { continue };
            let mut streamed = Vec::new();
            let mut take = |run: &[f64]| {
                assert!(run.len() <= 7, "{name}: {}", array.name);
                streamed.extend(run.iter().map(|value| value.to_bits()));
                Ok(())
            };
            reader.stream(&source, &array.name, 7, &mut take).unwrap();
            assert_eq!(
                streamed,
                values.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
                "{name}: {}",
                array.name
            );
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error_or_the_beginning_of_the_whole() {
    for expected in all() {
        let Expected { name, bytes, arrays, cut, .. } = &expected;
        // Every place of a small file, and of a large one its ends and some between.
        let places = (0..bytes.len()).filter(|&n| n < 3000 || n + 600 > bytes.len() || n % 37 == 0);
        for length in places {
            match checked(&expected, bytes[..length].to_vec(), &format!("cut at {length}")) {
                Ok(_) if *cut == Cut::Unseen => {}
                Ok(read) if *cut == Cut::Seen => panic!("{name} cut at {length} gives {} arrays", read.len()),
                Ok(read) => {
                    for array in &read {
                        let whole = arrays.iter().find(|whole| whole.name == array.name);
                        whole
                            .unwrap_or_else(|| panic!("{name} cut at {length}: {}", array.name))
                            .begins_with(array);
                    }
                }
                Err(error) => assert!(error.to_string().contains(name), "{name} cut at {length}: {error}"),
            }
        }
    }
}

#[test]
fn garbled_files_never_panic_and_take_no_more_memory_than_four_times_the_file() {
    let mut state = 11_u64;
    // splitmix64: the same garbling in every run.
    let mut random = move |below: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below as u64) as usize
    };
    for expected in all() {
        let Expected { name, bytes, .. } = &expected;
        for round in 0..300 {
            let mut garbled = bytes.clone();
            let head = bytes.len().min(512);
            for _ in 0..1 + random(4) {
                let at = random(if round % 2 == 0 { head } else { bytes.len() });
                let extreme = [0, 0x7F, 0x80, 0xFF, 0xFE][random(5)];
                // Lengths are the weak spot of a format: whole words of ones, or any byte.
                let width = [1, 1, 2, 4, 8][random(5)].min(bytes.len() - at);
                for byte in &mut garbled[at..at + width] {
                    *byte = if width > 1 { extreme } else { random(256) as u8 };
                }
            }
            if let Err(error) = checked(&expected, garbled, &format!("garbled, round {round}")) {
                assert!(error.to_string().contains(name), "{name}: {error}");
            }
        }
    }
}

/// Reads with panics caught and memory measured.
fn checked(expected: &Expected, bytes: Vec<u8>, what: &str) -> Result<Vec<NamedArray>, Error> {
    let Expected { name, memory, .. } = expected;
    let length = bytes.len();
    let (result, most) = memory::measured(|| catch_unwind(AssertUnwindSafe(|| read(expected, bytes))));
    let Ok(result) = result else { panic!("{name} {what}: a panic") };
    assert!(most <= 4 * length + memory, "{name} {what}: {most} bytes taken for {length}");
    result
}

#[test]
fn whole_files_take_no_more_memory_than_four_times_the_file() {
    for expected in all() {
        checked(&expected, expected.bytes.clone(), "whole").unwrap();
    }
}
