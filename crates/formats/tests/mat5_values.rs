//! Values read from MATLAB 5 files, against those that were written by scipy.
#![allow(clippy::unwrap_used)]

use brinell_formats::Format as _;
use brinell_formats::{
    ArrayClass, Error, Mat5, NamedArray, Selection, Source, Values, format_of, probe_file, read_arrays,
    write_mat5,
};
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn get<'a>(arrays: &'a [NamedArray], name: &str) -> &'a NamedArray {
    arrays.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn real(array: &NamedArray) -> &[f64] {
    match &array.values {
        Values::Real(values) => values,
        other => panic!("{} is {other:?}", array.name),
    }
}

fn field<'a>(array: &'a NamedArray, name: &str) -> &'a NamedArray {
    match &array.values {
        Values::Struct(fields) => &fields.iter().find(|(n, _)| n == name).unwrap().1,
        other => panic!("{} is {other:?}", array.name),
    }
}

fn text(array: &NamedArray) -> &str {
    match &array.values {
        Values::Text(text) => text,
        other => panic!("{} is {other:?}", array.name),
    }
}

#[test]
fn every_kind_of_array_reads_as_scipy_wrote_it_packed_or_not() {
    for name in ["kinds.mat", "kinds_packed.mat"] {
        let arrays = read_arrays(&golden(name)).unwrap();
        let get = |name| get(&arrays, name);
        let wave = real(get("wave"));
        assert_eq!(wave.len(), 5);
        for (got, want) in wave.iter().zip([0.1, -0.25, 1e300, -0.0, 5e-324_f64]) {
            assert_eq!(got.to_bits(), want.to_bits(), "{name}");
        }
        assert_eq!((get("wave").shape.as_slice(), get("wave").class), (&[5, 1][..], ArrayClass::Double));
        assert_eq!(real(get("row")), [1.5, 2.5, 3.5]);
        assert_eq!(get("row").shape, [1, 3]);
        // Column by column.
        assert_eq!(real(get("matrix")), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(get("cube").shape, [2, 3, 4]);
        assert_eq!(real(get("cube"))[..4], [0.0, 12.0, 4.0, 16.0]);
        assert_eq!((real(get("empty")).len(), get("empty").shape.as_slice()), (0, &[0, 0][..]));
        assert_eq!(real(get("single")), [f64::from(0.1_f32), -7.25]);
        for (variable, class, values) in [
            ("i8", ArrayClass::Int8, vec![-128.0, 127.0]),
            ("u8", ArrayClass::UInt8, vec![0.0, 255.0]),
            ("i16", ArrayClass::Int16, vec![-32768.0, 32767.0]),
            ("u16", ArrayClass::UInt16, vec![1796.0]),
            ("i32", ArrayClass::Int32, vec![-2147483648.0, 2147483647.0]),
            ("u32", ArrayClass::UInt32, vec![0.0, 4294967295.0]),
            ("i64", ArrayClass::Int64, vec![-9007199254740992.0, 9007199254740992.0]),
            ("u64", ArrayClass::UInt64, vec![0.0, 9007199254740992.0]),
            ("logical", ArrayClass::Logical, vec![1.0, 0.0, 1.0]),
        ] {
            assert_eq!(get(variable).class, class);
            assert_eq!(real(get(variable)), values, "{variable}");
        }
        assert_eq!(get("complex").values, Values::Complex(vec![[1.0, 2.0], [-3.5, -0.5]]));
        assert_eq!(text(get("text")), "drive end");
        assert_eq!(text(get("greek")), "größer µ Ω");
        assert_eq!(text(get("lines")), "abc\nde ");
    }
}

#[test]
fn structs_and_cells_keep_their_nesting() {
    for name in ["kinds.mat", "kinds_packed.mat"] {
        let arrays = read_arrays(&golden(name)).unwrap();
        let bearing = get(&arrays, "bearing");
        assert_eq!(field(bearing, "sr").as_scalar(), Some(97656.0));
        assert_eq!(field(bearing, "gs").as_vector(), Some(&[0.25, 0.5, 0.75][..]));
        assert_eq!(field(field(bearing, "inner"), "load").as_scalar(), Some(270.0));
        let Values::Cell(names) = &field(get(&arrays, "people"), "name").values else { panic!() };
        assert_eq!(names.iter().map(text).collect::<Vec<_>>(), ["Ann", "Bo"]);
        let Values::Cell(ages) = &field(get(&arrays, "people"), "age").values else { panic!() };
        assert_eq!(ages.iter().map(|a| a.as_scalar()).collect::<Vec<_>>(), [Some(31.0), Some(4.0)]);
        let Values::Cell(mixed) = &get(&arrays, "mixed").values else { panic!() };
        assert_eq!(mixed[0].as_scalar(), Some(0.5));
        assert_eq!(text(&mixed[1]), "two");
        assert_eq!(mixed[2].as_vector(), Some(&[1.0, 2.0, 3.0][..]));
    }
}

#[test]
fn a_kind_that_is_not_read_is_listed_with_its_name() {
    let arrays = read_arrays(&golden("kinds.mat")).unwrap();
    let sparse = get(&arrays, "sparse");
    assert_eq!((sparse.class, sparse.shape.as_slice()), (ArrayClass::Sparse, &[2, 2][..]));
    assert_eq!(sparse.values, Values::Unsupported("a sparse matrix".to_owned()));
}

#[test]
fn both_byte_orders_small_elements_and_narrow_storage_give_the_same_values() {
    for name in ["by_hand.mat", "by_hand_big_endian.mat"] {
        let arrays = read_arrays(&golden(name)).unwrap();
        assert_eq!(get(&arrays, "counts").class, ArrayClass::Double);
        assert_eq!(real(get(&arrays, "counts")), [-300.0, 0.0, 1.0, 32000.0]);
        assert_eq!(real(get(&arrays, "bytes")), [1.0, 2.0, 255.0]);
        assert_eq!(real(get(&arrays, "halves")), [0.5, -1.5]);
        assert_eq!(get(&arrays, "flags").class, ArrayClass::Logical);
        assert_eq!(real(get(&arrays, "flags")), [1.0, 0.0]);
        assert_eq!(get(&arrays, "phasor").values, Values::Complex(vec![[1.0, -1.0], [2.0, 3.0]]));
        assert_eq!(text(get(&arrays, "label")), "Motor");
        let setup = get(&arrays, "setup");
        assert_eq!(field(setup, "gain").as_scalar(), Some(-2.0));
        let Values::Cell(list) = &field(setup, "list").values else { panic!() };
        assert_eq!(list[0].as_scalar(), Some(7.0));
        assert_eq!(real(&list[1]).len(), 0);
    }
}

#[test]
fn a_probe_finds_what_reading_finds() {
    for name in ["kinds.mat", "kinds_packed.mat", "by_hand.mat", "by_hand_big_endian.mat", "one.mat.xz"] {
        let arrays = read_arrays(&golden(name)).unwrap();
        let probe = probe_file(&golden(name)).unwrap();
        assert_eq!(probe.format, "matlab5");
        assert_eq!(probe.text.as_deref(), Some("MATLAB 5.0 MAT-file, made by make_mat.py"));
        assert_eq!(probe.arrays.len(), arrays.len());
        for (header, array) in probe.arrays.iter().zip(&arrays) {
            assert_eq!(
                (&header.name, &header.shape, header.class, header.byte_offset),
                (&array.name, &array.shape, array.class, array.byte_offset)
            );
            assert_eq!(header.complex, matches!(array.values, Values::Complex(_)));
        }
    }
}

#[test]
fn a_selection_reads_only_what_it_names() {
    let source = Source::open(&golden("kinds_packed.mat")).unwrap();
    let names = ["wave".to_owned(), "u16".to_owned()];
    let arrays = Mat5.read(&source, Selection::Names(&names)).unwrap();
    assert_eq!(arrays.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["wave", "u16"]);
}

#[test]
fn an_xz_file_reads_like_the_file_inside() {
    assert_eq!(read_arrays(&golden("one.mat")).unwrap(), read_arrays(&golden("one.mat.xz")).unwrap());
    let plain = Source::open(&golden("one.mat")).unwrap();
    let packed = Source::open(&golden("one.mat.xz")).unwrap();
    assert_eq!(plain.sha256().unwrap(), packed.sha256().unwrap());
    assert_eq!(plain.length(), packed.length());
}

#[test]
fn version_4_is_refused_with_what_to_do_and_version_7_3_is_another_format() {
    let error = read_arrays(&golden("matlab4.mat")).unwrap_err();
    assert!(matches!(&error, Error::RefusedFormat { format: "MATLAB 4", .. }), "{error}");
    assert!(error.to_string().contains("save -v6"), "{error}");
    let mut bytes =
        b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 ."
            .to_vec();
    bytes.resize(124, b' ');
    bytes.extend_from_slice(b"\0\x02IM");
    bytes.resize(512, 0);
    bytes.extend_from_slice(b"\x89HDF\r\n\x1a\n");
    let source = Source::from_bytes(Path::new("new.mat"), bytes);
    assert_eq!(format_of(&source).unwrap().name(), "matlab73");
}

#[test]
fn what_is_written_reads_back_and_the_same_columns_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.mat");
    let columns = [
        ("X1_DE_time".to_owned(), vec![0.1, -0.0, f64::MAX, 3.0]),
        ("b".to_owned(), vec![]),
        ("longname8".to_owned(), vec![1.0]),
    ];
    write_mat5(&path, &columns).unwrap();
    let arrays = read_arrays(&path).unwrap();
    assert_eq!(arrays.len(), 3);
    for (array, (name, values)) in arrays.iter().zip(&columns) {
        assert_eq!(&array.name, name);
        assert_eq!(array.shape, [values.len(), 1]);
        let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(real(array)), bits(values));
    }
    let first = std::fs::read(&path).unwrap();
    write_mat5(&path, &columns).unwrap();
    assert_eq!(first, std::fs::read(&path).unwrap());
    // Nothing is left beside it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn names_that_matlab_cannot_hold_are_refused_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "1a", "a-b", "ä", &"x".repeat(64)] {
        let error = write_mat5(&folder.path().join("a.mat"), &[(name.to_owned(), vec![1.0])]).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
    let twice = [("a".to_owned(), vec![1.0]), ("a".to_owned(), vec![2.0])];
    assert!(write_mat5(&folder.path().join("a.mat"), &twice).is_err());
    assert!(write_mat5(&folder.path().join("no/such/a.mat"), &twice[..1]).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_columns_read_back_bit_for_bit(
        columns in proptest::collection::btree_map(
            "[a-zA-Z][a-zA-Z0-9_]{0,62}",
            proptest::collection::vec(proptest::num::f64::ANY, 0..40),
            0..5,
        ),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.mat");
        let columns: Vec<(String, Vec<f64>)> = columns.into_iter().collect();
        write_mat5(&path, &columns).unwrap();
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let read: Vec<_> =
            read_arrays(&path).unwrap().iter().map(|a| (a.name.clone(), bits(real(a)))).collect();
        let wanted: Vec<_> = columns.iter().map(|(name, values)| (name.clone(), bits(values))).collect();
        proptest::prop_assert_eq!(read, wanted);
    }
}
