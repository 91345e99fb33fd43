//! The shipped layouts on small files in the shape of their data sets: channels, rate, speed, units, and what paths say.
#![allow(clippy::unwrap_used)]

use brinell_formats::{
    Catalogue, CatalogueDraft, Error, PathFacts, ReadRequest, Source, catalogue_table, find_dataset,
    find_layout, layouts, probe_recording, read_recording,
};
use brinell_signal::{Hertz, Rpm, Unit};
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/layouts").join(name)
}

/// What a file is to give.
struct Case {
    layout: &'static str,
    file: &'static str,
    rate: Option<f64>,
    rpm: Option<f64>,
    /// Name, unit and first sample of each channel.
    channels: &'static [(&'static str, Unit, f32)],
    facts: fn() -> PathFacts,
    start: Option<&'static str>,
}

fn facts(fault: &str, bearing_id: Option<&str>, load: Option<&str>) -> PathFacts {
    PathFacts {
        fault: Some(fault.to_owned()).filter(|fault| !fault.is_empty()),
        bearing_id: bearing_id.map(str::to_owned),
        load: load.map(str::to_owned),
        ..PathFacts::default()
    }
}

const IMS: [(&str, Unit, f32); 8] = [
    ("bearing 1 x", Unit::Unknown, 1.0),
    ("bearing 1 y", Unit::Unknown, 2.0),
    ("bearing 2 x", Unit::Unknown, 3.0),
    ("bearing 2 y", Unit::Unknown, 4.0),
    ("bearing 3 x", Unit::Unknown, 5.0),
    ("bearing 3 y", Unit::Unknown, 6.0),
    ("bearing 4 x", Unit::Unknown, 7.0),
    ("bearing 4 y", Unit::Unknown, 8.0),
];

const SEU: [(&str, Unit, f32); 7] = [
    ("motor", Unit::Volts, 1.0),
    ("planetary x", Unit::Volts, 2.0),
    ("planetary y", Unit::Volts, 3.0),
    ("planetary z", Unit::Volts, 4.0),
    ("parallel x", Unit::Volts, 6.0),
    ("parallel y", Unit::Volts, 7.0),
    ("parallel z", Unit::Volts, 8.0),
];

const XYZ: [(&str, Unit, f32); 3] =
    [("X", Unit::Volts, 1.0), ("Y", Unit::Volts, 2.0), ("Z", Unit::Volts, 3.0)];

const CASES: [Case; 19] = [
    Case {
        layout: "mfpt",
        file: "1 - Three Baseline Conditions/baseline_1.mat",
        rate: Some(97_656.0),
        rpm: Some(1500.0),
        channels: &[("bearing", Unit::G, 1.0)],
        facts: || facts("normal", None, None),
        start: None,
    },
    Case {
        layout: "mfpt",
        file: "3 - Seven More Outer Race Fault Conditions/OuterRaceFault_vload_1.mat",
        rate: Some(48_828.0),
        rpm: Some(1500.0),
        channels: &[("bearing", Unit::G, 1.0)],
        facts: || facts("outer", None, None),
        start: None,
    },
    Case {
        layout: "paderborn",
        file: "K001/N15_M07_F10_K001_1.mat",
        rate: Some(64_000.0),
        rpm: Some(1500.0),
        channels: &[("housing", Unit::Unknown, 7.0)],
        facts: || facts("normal", Some("K001"), Some("1000 N")),
        start: None,
    },
    Case {
        layout: "ims",
        file: "1st_test/2003.10.22.12.06.24",
        rate: Some(20_000.0),
        rpm: Some(2000.0),
        channels: &IMS,
        facts: || facts("", None, None),
        start: Some("2003-10-22T12:06:24"),
    },
    Case {
        layout: "ims",
        file: "2nd_test/2004.02.12.10.32.39",
        rate: Some(20_000.0),
        rpm: Some(2000.0),
        channels: &[
            ("bearing 1", Unit::Unknown, 1.0),
            ("bearing 2", Unit::Unknown, 2.0),
            ("bearing 3", Unit::Unknown, 3.0),
            ("bearing 4", Unit::Unknown, 4.0),
        ],
        facts: || facts("", None, None),
        start: Some("2004-02-12T10:32:39"),
    },
    Case {
        layout: "xjtu-sy",
        file: "37.5Hz11kN/Bearing2_1/7.csv",
        rate: Some(25_600.0),
        rpm: Some(2250.0),
        channels: &[("horizontal", Unit::G, 1.0), ("vertical", Unit::G, 2.0)],
        facts: || facts("", Some("Bearing2_1"), Some("11 kN")),
        start: None,
    },
    Case {
        layout: "uored-vafcls",
        file: "1_Healthy/H_1_0.mat",
        rate: Some(42_000.0),
        rpm: Some(1750.0),
        channels: &[("accelerometer", Unit::MetresPerSecondSquared, 1.0)],
        facts: || facts("normal", Some("1"), None),
        start: None,
    },
    Case {
        layout: "uored-vafcls",
        file: "5_Cage_Faults/C_16_2.mat",
        rate: Some(42_000.0),
        rpm: Some(1748.5),
        channels: &[("accelerometer", Unit::MetresPerSecondSquared, 1.0)],
        facts: || facts("cage", Some("16"), None),
        start: None,
    },
    Case {
        layout: "jnu",
        file: "ib600_2.csv",
        rate: Some(50_000.0),
        rpm: Some(600.0),
        channels: &[("vertical", Unit::Unknown, 1.0)],
        facts: || facts("inner", None, None),
        start: None,
    },
    Case {
        layout: "jnu",
        file: "n1000_3_2.csv",
        rate: Some(50_000.0),
        rpm: Some(1000.0),
        channels: &[("vertical", Unit::Unknown, 1.0)],
        facts: || facts("normal", None, None),
        start: None,
    },
    Case {
        layout: "seu",
        file: "bearingset/ball_20_0.csv",
        rate: None,
        rpm: Some(1200.0),
        channels: &SEU,
        facts: || facts("ball", None, Some("0 V")),
        start: None,
    },
    Case {
        layout: "seu",
        file: "bearingset/comb_30_2.csv",
        rate: None,
        rpm: Some(1800.0),
        channels: &SEU,
        facts: || facts("inner+outer", None, Some("2 V")),
        start: None,
    },
    Case {
        layout: "seu",
        file: "gearset/Miss_20_0.csv",
        rate: None,
        rpm: Some(1200.0),
        channels: &SEU,
        facts: || facts("", None, Some("0 V")),
        start: None,
    },
    Case {
        layout: "hust-hanoi",
        file: "IB704.mat",
        rate: Some(51_200.0),
        rpm: Some(1725.0),
        channels: &[("vibration", Unit::Unknown, 1.0)],
        facts: || PathFacts { bearing: Some("6207".to_owned()), ..facts("inner+ball", None, Some("400 W")) },
        start: None,
    },
    Case {
        layout: "hust-wuhan",
        file: "0.5X_B_65Hz.xls",
        rate: Some(25_600.0),
        rpm: Some(3900.0),
        channels: &XYZ,
        facts: || facts("ball", None, None),
        start: None,
    },
    Case {
        layout: "hust-wuhan",
        file: "H_25hz.xls",
        rate: Some(25_600.0),
        rpm: Some(1500.0),
        channels: &XYZ,
        facts: || facts("normal", None, None),
        start: None,
    },
    Case {
        layout: "hust-wuhan",
        file: "C_VS_0_40_0Hz.xls",
        rate: Some(25_600.0),
        rpm: None,
        channels: &XYZ,
        facts: || facts("inner+outer", None, None),
        start: None,
    },
    Case {
        layout: "hit-sm",
        file: "SpectraQuest MFS dataset/IR2_1200.mat",
        rate: Some(51_200.0),
        rpm: Some(1200.0),
        channels: &[("vertical", Unit::Unknown, 1.0)],
        facts: || facts("inner", None, None),
        start: None,
    },
    Case {
        layout: "hit-sm",
        file: "SpectraQuest MFS dataset/Normal_600.mat",
        rate: Some(51_200.0),
        rpm: Some(600.0),
        channels: &[("vertical", Unit::Unknown, 1.0)],
        facts: || facts("normal", None, None),
        start: None,
    },
];

/// The rate that is given where the set does not publish one.
const GIVEN: Hertz = Hertz(5120.0);

#[test]
fn each_shipped_layout_reads_its_files_and_a_probe_promises_the_same() {
    for case in &CASES {
        let layout = &find_layout(case.layout).unwrap().layout;
        let path = golden(case.layout).join(case.file);
        let rate = case.rate.is_none().then_some(GIVEN);
        let request = ReadRequest { layout: Some(layout), rate, ..ReadRequest::default() };
        let read = read_recording(&path, &request).unwrap();
        let recording = &read.recording;
        let what = path.display();
        assert_eq!(recording.rate().value, case.rate.map_or(GIVEN, Hertz), "{what}");
        let rpm = recording.speed().map(|speed| speed.value.to_rpm());
        assert_eq!(rpm.map(|rpm| (rpm.0 * 1e6).round() / 1e6), case.rpm, "{what}");
        assert_eq!(recording.start(), case.start, "{what}");
        let channels: Vec<_> = recording
            .channels()
            .iter()
            .map(|channel| (channel.name(), channel.unit().value, channel.samples()[0]))
            .collect();
        assert_eq!(channels, case.channels, "{what}");
        let probe = probe_recording(&Source::open(&path).unwrap(), &request).unwrap().recording.unwrap();
        let path_facts = probe.path.clone().unwrap();
        let said = PathFacts { speed: None, rate: None, start: None, ..path_facts };
        assert_eq!(said, (case.facts)(), "{what}");
        assert_eq!(probe.rate.as_ref().unwrap(), recording.rate(), "{what}");
        assert_eq!(probe.speed.as_ref().unwrap().as_ref(), recording.speed(), "{what}");
        assert_eq!((probe.samples, probe.channels.len()), (recording.len(), channels.len()), "{what}");
        assert_eq!(read.bearings.first().map(|(_, own)| own), probe.channels[0].bearing.as_ref(), "{what}");
        for (own, channel) in probe.channels.iter().zip(recording.channels()) {
            assert_eq!((own.name.as_str(), &own.unit), (channel.name(), channel.unit()), "{what}");
        }
    }
}

#[test]
fn every_shipped_layout_has_its_page_and_a_file_that_tries_it() {
    for known in layouts() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(known.name);
        assert!(folder.join("README.md").is_file(), "{}", known.name);
        if known.catalogue.entries.is_empty() {
            assert!(CASES.iter().any(|case| case.layout == known.name), "{}", known.name);
        }
    }
}

#[test]
fn a_rate_that_is_not_published_is_asked_for() {
    let layout = &find_layout("seu").unwrap().layout;
    let request = ReadRequest { layout: Some(layout), ..ReadRequest::default() };
    let error = read_recording(&golden("seu/bearingset/ball_20_0.csv"), &request).unwrap_err();
    assert!(matches!(error, Error::RateUnknown { .. }), "{error}");
}

#[test]
fn a_set_without_catalogue_is_told_apart_from_one_that_is_not_known() {
    let told = find_dataset("mfpt").unwrap_err().to_string();
    assert!(told.contains("this build knows its layout alone") && told.contains("mfpt.org"), "{told}");
    let told = find_layout("paderbron").unwrap_err().to_string();
    assert!(told.contains("did you mean `paderborn`?"), "{told}");
}

#[test]
fn a_first_number_in_an_array_that_is_too_large_for_a_look_is_told_and_not_read() {
    // 64 MiB and one row: more than a look at the headers reads.
    let folder = tempfile::tempdir().unwrap();
    let rows = (64 << 20) / 16 + 1;
    let mut header = format!("{{'descr': '<f8', 'fortran_order': True, 'shape': ({rows}, 2), }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    let mut head = b"\x93NUMPY\x01\0".to_vec();
    head.extend((header.len() as u16 + 1).to_le_bytes());
    head.extend(header.as_bytes());
    head.push(b'\n');
    let path = folder.path().join("a.npy");
    std::fs::write(&path, &head).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(head.len() as u64 + 16 * rows as u64).unwrap();
    let text = "[[channel]]\nname = \"a\"\nvariable = \"*.1\"\n[speed]\nvariable = \"*.2\"\nunit = \"rpm\"\nfirst = true\n";
    let layout = brinell_formats::Layout::parse(text, "own").unwrap();
    let request = ReadRequest { layout: Some(&layout), rate: Some(GIVEN), ..ReadRequest::default() };
    let source = Source::open(&path).unwrap();
    let recording = probe_recording(&source, &request).unwrap().recording.unwrap();
    let told = recording.speed.unwrap_err().to_string();
    assert!(told.contains("are not read for that") && told.contains("--speed"), "{told}");
    assert!(source.taken() < 128 << 10, "{}", source.taken());
}

#[test]
fn wrong_tables_of_paths_are_told_with_their_line() {
    let channel = "[[channel]]\nname = \"a\"\nvariable = \"a\"\n[path]\n";
    for (path, told) in [
        ("patterns = [\"{a\"]", "own:5:13: pattern `{a`: a brace is not closed"),
        ("patterns = []", "needs at least one"),
        ("patterns = [\"{speed}.csv\"]", "[path.speed] has to say"),
        ("patterns = [\"{speed}.csv\"]\nspeed = { unit = \"km/h\" }", "own:6:9: `speed` needs unit"),
        (
            "patterns = [\"{a}.csv\"]\nfault = { from = \"b\", words = { x = \"ball\" } }",
            "no pattern captures {b}",
        ),
        (
            "patterns = [\"{a}.csv\"]\nfault = { from = \"a\", words = { x = \"broken\" } }",
            "unknown fault `broken`",
        ),
        ("patterns = [\"{a}.csv\"]\nfualt = {}", "did you mean `fault`?"),
        ("patterns = [\"{bearing}.csv\"]\nbearing = { times = 2 }", "`bearing` is no number"),
        (
            "patterns = [\"{load}.csv\"]\nload = { unit = \"N\", times = 0 }",
            "`times` is a number other than 0",
        ),
    ] {
        let error =
            brinell_formats::Layout::parse(&format!("{channel}{path}\n"), "own").unwrap_err().to_string();
        assert!(error.contains(told), "{path}: {error}");
    }
}

#[test]
fn a_begun_catalogue_that_is_complete_is_a_catalogue() {
    let layout = &find_layout("uored-vafcls").unwrap().layout;
    let request = ReadRequest { layout: Some(layout), ..ReadRequest::default() };
    let files = ["1_Healthy/H_1_0.mat", "5_Cage_Faults/C_16_2.mat"];
    let rows = files.map(|file| {
        let source = Source::open(&golden("uored-vafcls").join(file)).unwrap();
        let probed = probe_recording(&source, &request).unwrap().recording.unwrap();
        let draft =
            CatalogueDraft::new("", Path::new(file), source.sha256().unwrap(), source.length(), &probed);
        assert_eq!(draft.open(), ["bearing"]);
        draft
    });
    let table = String::from_utf8(catalogue_table(&rows).unwrap()).unwrap();
    let catalogue = Catalogue::parse(&table, "own").unwrap();
    let entry = catalogue.find("5_Cage_Faults/C_16_2.mat").unwrap();
    assert_eq!((entry.fault.name(), entry.bearing_id.as_str(), entry.rate), ("cage", "16", Hertz(42_000.0)));
    assert_eq!(entry.speed.as_ref().unwrap().value, Rpm(1748.5).to_hertz());
    assert_eq!(entry.file_name(), files[1]);
    assert_eq!(entry.channels, ["accelerometer"]);
}
