//! What fuzzing found (`fuzz/README.md`): inputs of mended mistakes (`tests/garbled/FORMAT/`) and one for each place that was
//! reached (`tests/garbled/FORMAT.tar.xz`). Each is listed, read and streamed again.

use super::agreement::agreeing;
use super::memory;
use brinell_formats::{Format, Source, formats};
use lzma_rust2::XzReader;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Bytes that an input may take beyond four times its own: of Parquet what a page unpacks to.
fn memory_of(format: &dyn Format) -> usize {
    if format.name() == "parquet" { 1 << 30 } else { 8 << 20 }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/garbled")
}

/// The inputs of a format, with their names.
fn inputs(format: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    if let Ok(entries) = std::fs::read_dir(folder().join(format)) {
        for entry in entries {
            let path = entry.unwrap().path();
            inputs.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    let packed = folder().join(format!("{format}.tar.xz"));
    if let Ok(bytes) = std::fs::read(&packed) {
        inputs.extend(members(&bytes).into_iter().map(|(name, bytes)| (format!("{format}: {name}"), bytes)));
    }
    inputs.sort();
    inputs
}

/// The files of a packed archive: heads of 512 bytes with name and octal size, contents filled up to as much.
fn members(packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    XzReader::new(packed, true).read_to_end(&mut bytes).unwrap();
    let text = |field: &[u8]| {
        String::from_utf8_lossy(field).trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned()
    };
    let (mut members, mut at) = (Vec::new(), 0);
    while let Some(head) = bytes.get(at..at + 512).filter(|head| head[0] != 0) {
        let size = usize::from_str_radix(&text(&head[124..136]), 8).unwrap();
        if matches!(head[156], b'0' | 0) {
            members.push((text(&head[..100]), bytes[at + 512..at + 512 + size].to_vec()));
        }
        at += 512 + size.next_multiple_of(512);
    }
    members
}

#[test]
fn what_fuzzing_found_gives_values_or_an_error_and_listing_reading_and_streaming_agree() {
    let mut all = 0;
    for &format in formats() {
        for (name, bytes) in inputs(format.name()) {
            all += 1;
            let length = bytes.len();
            let source = Source::from_bytes(Path::new("fuzzed"), bytes);
            let (result, most) =
                memory::measured(|| catch_unwind(AssertUnwindSafe(|| agreeing(format, &source))));
            assert!(result.is_ok(), "{name}: a panic");
            assert!(most <= 4 * length + memory_of(format), "{name}: {most} bytes taken for {length}");
        }
    }
    assert!(all > 0, "there are no inputs");
}
