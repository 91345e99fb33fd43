//! Cut, garbled, hostile and foreign files: an error that says what and where, never a panic.
#![allow(clippy::unwrap_used)]

use brinell_formats::Selection;
use brinell_formats::{Error, NamedArray, Source, Values, format_of, probe_file, read_arrays};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Reads and probes bytes as a file would be.
fn read(bytes: Vec<u8>) -> Result<Vec<NamedArray>, Error> {
    let source = Source::from_bytes(Path::new("cut.mat"), bytes);
    let format = format_of(&source)?;
    let probed = format.probe(&source);
    let arrays = format.read(&source, Selection::All)?;
    // Whoever can read can probe.
    probed.map(|_| arrays)
}

fn bytes_held(array: &NamedArray) -> usize {
    size_of::<NamedArray>()
        + match &array.values {
            Values::Real(v) => 8 * v.len(),
            Values::Complex(v) => 16 * v.len(),
            Values::Text(t) => t.len(),
            Values::Struct(fields) => fields.iter().map(|(name, a)| name.len() + bytes_held(a)).sum(),
            Values::Cell(cells) => cells.iter().map(bytes_held).sum(),
            _ => 0,
        }
}

/// An uncompressed little-endian file around one element.
fn file_with(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![b' '; 124];
    bytes[..19].copy_from_slice(b"MATLAB 5.0 MAT-file");
    bytes.extend_from_slice(b"\0\x01IM");
    bytes.extend(kind.to_le_bytes());
    bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

fn element(kind: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(data);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn head(class: u32, shape: &[i32], name: &[u8]) -> Vec<u8> {
    let mut body = element(6, &[class.to_le_bytes(), [0; 4]].concat());
    body.extend(element(5, &shape.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>()));
    body.extend(element(1, name));
    body
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_truncation_of_a_one_variable_file_is_an_error() {
    for name in ["one.mat", "one_packed.mat"] {
        let whole = std::fs::read(golden(name)).unwrap();
        assert!(read(whole.clone()).is_ok());
        // 128 bytes are a whole file without variables.
        for length in (0..whole.len()).filter(|&n| n != 128) {
            let error = read(whole[..length].to_vec()).expect_err(name);
            if length >= 19 {
                assert!(matches!(error, Error::Truncated { .. }), "{name} at {length}: {error}");
            }
        }
        assert!(read(whole[..128].to_vec()).unwrap().is_empty());
    }
}

#[test]
fn a_file_of_many_variables_cut_anywhere_is_an_error_or_ends_between_two_variables() {
    for name in ["kinds.mat", "kinds_packed.mat", "by_hand_big_endian.mat"] {
        let whole = std::fs::read(golden(name)).unwrap();
        let mut ends: Vec<u64> =
            probe_file(&golden(name)).unwrap().arrays.iter().map(|a| a.byte_offset).collect();
        ends.push(128);
        for length in 0..whole.len() {
            let between = ends.contains(&(length as u64));
            assert_eq!(read(whole[..length].to_vec()).is_ok(), between, "{name} at {length}");
        }
    }
}

#[test]
fn a_cut_file_names_variable_offset_and_how_much_is_missing() {
    let whole = std::fs::read(golden("one.mat")).unwrap();
    let error = read(whole[..220].to_vec()).unwrap_err();
    let text = error.to_string();
    assert_eq!(
        text,
        "cut.mat ends inside variable `x`\n  --> cut.mat, byte 220 (variable 1, miMATRIX at byte 128)\n  \
         why: the element declares 112 bytes, 84 are left: the copy was cut\n  \
         help: copy or download the file again"
    );
    assert_eq!(error.headline(), "cut.mat ends inside variable `x`");
    let packed = std::fs::read(golden("one_packed.mat")).unwrap();
    let error = read(packed[..packed.len() - 3].to_vec()).unwrap_err();
    assert!(error.headline().contains("variable `x`"), "{error}");
}

#[test]
fn garbled_files_never_panic_and_never_hold_more_than_their_bytes_allow() {
    let mut state = 7_u64;
    // splitmix64: the same garbling in every run.
    let mut random = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as usize
    };
    let mut outcomes = [0_usize; 2];
    for name in ["kinds.mat", "kinds_packed.mat", "by_hand.mat", "by_hand_big_endian.mat", "one_packed.mat"] {
        let whole = std::fs::read(golden(name)).unwrap();
        for round in 0..4000 {
            let mut bytes = whole.clone();
            for _ in 0..=round % 4 {
                let at = random() % bytes.len();
                bytes[at] = if round % 2 == 0 { bytes[at] ^ (1 << (random() % 8)) } else { random() as u8 };
            }
            match read(bytes) {
                Ok(arrays) => {
                    outcomes[0] += 1;
                    let held: usize = arrays.iter().map(bytes_held).sum();
                    assert!(held <= 4 * whole.len() + 65536, "{name}, round {round}: {held} bytes");
                }
                Err(_) => outcomes[1] += 1,
            }
        }
    }
    // Both must occur, else the garbling tests nothing.
    assert!(outcomes.iter().all(|&n| n > 1000), "{outcomes:?}");
}

#[test]
fn garbled_xz_files_never_panic_and_are_refused() {
    let whole = std::fs::read(golden("one.mat.xz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mat.xz");
    for at in 6..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        std::fs::write(&path, &bytes).unwrap();
        assert!(read_arrays(&path).is_err(), "byte {at}");
    }
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(read_arrays(&path).is_err(), "cut at {length}");
    }
    let error = read_arrays(&path).unwrap_err();
    assert!(
        matches!(error, Error::Unpack { .. }) && error.to_string().contains("the copy was cut"),
        "{error}"
    );
}

#[test]
fn stated_sizes_are_checked_before_memory_is_taken() {
    // 2^31 - 1 squared values, and as many cells, in a file of a few hundred bytes.
    for (class, shape) in
        [(6, [i32::MAX, i32::MAX]), (6, [i32::MAX, 1]), (1, [i32::MAX, 1]), (4, [i32::MAX, 1])]
    {
        let mut body = head(class, &shape, b"x");
        body.extend(element(9, &[0; 16]));
        let error = read(file_with(14, &body)).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
    let mut structure = head(2, &[i32::MAX, 1], b"s");
    structure.extend(element(5, &4_i32.to_le_bytes()));
    structure.extend(element(1, b"a\0\0\0b\0\0\0"));
    assert!(matches!(read(file_with(14, &structure)).unwrap_err(), Error::Malformed { .. }));
    let many = head(6, &[1; 33], b"x");
    assert!(matches!(read(file_with(14, &many)).unwrap_err(), Error::Malformed { .. }));
    let negative = head(6, &[-1, -1], b"x");
    assert!(read(file_with(14, &negative)).unwrap_err().to_string().contains("negative"));
}

#[test]
fn a_packed_variable_cannot_claim_more_than_zlib_can_give() {
    let mut claim = 14_u32.to_le_bytes().to_vec();
    claim.extend(u32::MAX.to_le_bytes());
    claim.extend(head(6, &[1, 1], b"x"));
    let error = read(file_with(15, &deflated(&claim))).unwrap_err();
    assert!(error.to_string().contains("more than 1100 times"), "{error}");
    // A claim within reach that is not kept, and one that is exceeded.
    let mut body = head(6, &[1000, 1], b"x");
    body.extend(element(9, &[0; 8000]));
    for (declared, part) in [(body.len() + 800, "came out"), (body.len() - 800, "more came out")] {
        let mut inner = 14_u32.to_le_bytes().to_vec();
        inner.extend(u32::try_from(declared).unwrap().to_le_bytes());
        inner.extend_from_slice(&body);
        let error = read(file_with(15, &deflated(&inner))).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    // A broken checksum at the very end.
    let mut inner = element(14, &body);
    inner.truncate(8 + body.len());
    let mut packed = deflated(&inner);
    assert!(read(file_with(15, &packed)).is_ok());
    *packed.last_mut().unwrap() ^= 1;
    assert!(read(file_with(15, &packed)).unwrap_err().to_string().contains("packed data are damaged"));
}

#[test]
fn nesting_is_followed_to_32_and_no_deeper() {
    let nested = |depth: usize| {
        let mut inner = head(6, &[1, 1], b"");
        inner.extend(element(9, &1.5_f64.to_le_bytes()));
        for _ in 0..depth {
            let mut cell = head(1, &[1, 1], b"");
            cell.extend(element(14, &inner));
            inner = cell;
        }
        let mut named = head(1, &[1, 1], b"deep");
        named.extend(element(14, &inner));
        file_with(14, &named)
    };
    assert!(read(nested(31)).is_ok());
    let error = read(nested(32)).unwrap_err();
    assert!(error.to_string().contains("nested more than 32 deep"), "{error}");
    // Far deeper than any stack would bear.
    assert!(read(nested(20_000)).is_err());
}

#[test]
fn numbers_that_do_not_fit_the_shape_name_the_byte() {
    let mut body = head(6, &[3, 1], b"vib");
    body.extend(element(9, &[0; 16]));
    let error = read(file_with(14, &body)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "cut.mat is damaged in variable `vib`\n  --> cut.mat, byte 184 (variable 1 at byte 128)"
        ),
        "{text}"
    );
    assert!(text.contains("3 values of miDOUBLE (8 bytes each), the element holds 16 bytes"), "{text}");
}

#[test]
fn files_that_are_no_recordings_say_what_they_look_like() {
    let folder = tempfile::tempdir().unwrap();
    let open = |bytes: &[u8]| {
        let path = folder.path().join("x.mat");
        std::fs::write(&path, bytes).unwrap();
        read_arrays(&path).unwrap_err().to_string()
    };
    assert!(open(b"").contains("x.mat is empty"));
    assert!(open(b"time;value\nnone;none\n").contains("text, first line `time;value`"));
    assert!(open("größe\n".as_bytes()).contains("text, first line `größe`"));
    let page = open(b"\n<!DOCTYPE html>\n<html><title>404</title>");
    assert!(page.contains("a web page") && page.contains("fetch it again"), "{page}");
    assert!(open(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n").contains("git lfs pull"));
    assert!(open(b"PK\x03\x04....").contains("a zip archive"));
    assert!(open(b"\x1f\x8b\x08\0").contains("the packed data end too early"));
    assert!(open(b"\x89HDF\r\n\x1a\n\0\0\0\0").contains("HDF5"));
    assert!(open(&[0xFF; 300]).contains("binary data of an unknown kind"));
    let missing = read_arrays(&folder.path().join("none.mat")).unwrap_err().to_string();
    assert!(missing.contains("there is no such file") && !missing.contains("os error"), "{missing}");
    let is_folder = read_arrays(folder.path()).unwrap_err().to_string();
    assert!(is_folder.contains("it is a folder"), "{is_folder}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_behind_a_header_are_read_or_refused(
        kind in 14_u32..=15,
        words in proptest::collection::vec(proptest::prop_oneof![0_u32..20, proptest::num::u32::ANY], 0..60),
        big_endian: bool,
    ) {
        let body: Vec<u8> =
            words.iter().flat_map(|w| if big_endian { w.to_be_bytes() } else { w.to_le_bytes() }).collect();
        let mut bytes = file_with(kind, &if kind == 15 { deflated(&body) } else { body });
        if big_endian {
            bytes[124..128].copy_from_slice(b"\x01\0MI");
            bytes[128..132].reverse();
            bytes[132..136].reverse();
        }
        // Either outcome is right; a panic is not.
        let length = bytes.len();
        if let Ok(arrays) = read(bytes) {
            proptest::prop_assert!(arrays.iter().map(bytes_held).sum::<usize>() <= 4 * length + 65536);
        }
    }
}
