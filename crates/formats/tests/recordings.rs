//! From files to recordings: layouts, catalogues, what the caller declares, and what nobody says.
#![allow(clippy::unwrap_used)]

use brinell_formats::{
    Catalogue, Error, ErrorKind, FaultLabel, Layout, ReadRequest, Source, WantedChannels, dataset, datasets,
    find_dataset, read_channels, read_recording, recording_of, write_mat5,
};
use brinell_signal::{FaultKind, Hertz, Origin, Rpm, Unit};
use std::path::{Path, PathBuf};

const RATE: Hertz = Hertz(12_000.0);

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, columns: &[(&str, &[f64])]) -> PathBuf {
        let path = self.0.path().join(name);
        let columns: Vec<_> =
            columns.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec())).collect();
        write_mat5(&path, &columns).unwrap();
        path
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn error(path: &Path, request: &ReadRequest<'_>) -> String {
    read_recording(path, request).unwrap_err().to_string()
}

#[test]
fn an_unknown_rate_is_asked_for_by_name_and_never_taken_from_the_file_name() {
    let folder = Folder::new();
    let path = folder.write("vib_12kHz_1797rpm.mat", &[("X", &[0.5, -0.5, 0.25])]);
    let text = error(&path, &ReadRequest::default());
    assert!(
        text.starts_with(&format!("the sampling rate of {} is unknown\n  --> ", path.display())),
        "{text}"
    );
    assert!(text.contains("variable `X` (3 x 1 float64, byte 128)"), "{text}");
    assert!(text.contains("--rate 12kHz"), "{text}");
    let read = read_recording(&path, &ReadRequest { rate: Some(RATE), ..ReadRequest::default() }).unwrap();
    let recording = &read.recording;
    assert_eq!(recording.channels().len(), 1);
    assert_eq!(recording.channels()[0].samples(), [0.5, -0.5, 0.25]);
    assert_eq!((recording.rate().value, recording.rate().origin), (RATE, Origin::Declared));
    assert!(recording.speed().is_none());
    let unit = recording.channels()[0].unit();
    assert_eq!((unit.value, unit.origin), (Unit::Unknown, Origin::Assumed));
    assert_eq!((read.entry, read.dataset, read.bearings.len()), (None, None, 0));
    assert_eq!(recording.provenance().format, "matlab5");
    assert_eq!(recording.provenance().sha256.len(), 64);
}

#[test]
fn what_the_caller_declares_wins() {
    let folder = Folder::new();
    let path = folder.write("a.mat", &[("X105_DE_time", &[1.0, 2.0]), ("X105RPM", &[1797.0])]);
    let request = ReadRequest {
        rate: Some(RATE),
        speed: Some(Hertz(10.0)),
        unit: Some(Unit::Volts),
        ..ReadRequest::default()
    };
    let recording = read_recording(&path, &request).unwrap().recording;
    let speed = recording.speed().unwrap();
    assert_eq!((speed.value, speed.origin), (Hertz(10.0), Origin::Declared));
    let unit = recording.channels()[0].unit();
    assert_eq!((unit.value, unit.origin), (Unit::Volts, Origin::Declared));
}

#[test]
fn a_shipped_layout_is_found_by_the_names_of_the_variables() {
    let folder = Folder::new();
    let path = folder.write(
        "copy.mat",
        &[
            ("X105_FE_time", &[3.0, 4.0]),
            ("X105_DE_time", &[1.0, 2.0]),
            ("X105RPM", &[1797.0]),
            ("i", &[1.0, 2.0, 3.0]),
        ],
    );
    let read = read_recording(&path, &ReadRequest { rate: Some(RATE), ..ReadRequest::default() }).unwrap();
    let names: Vec<_> = read.recording.channels().iter().map(|c| (c.name(), c.variable())).collect();
    assert_eq!(names, [("DE", "X105_DE_time"), ("FE", "X105_FE_time")]);
    let speed = read.recording.speed().unwrap();
    assert_eq!(
        (speed.value, speed.origin, speed.note.to_string().as_str()),
        (Rpm(1797.0).to_hertz(), Origin::File, "variable X105RPM")
    );
    let bearing = |channel: &str, name: &str| (channel.to_owned(), name.to_owned());
    assert_eq!(read.bearings, [bearing("DE", "6205"), bearing("FE", "6203")]);
    assert_eq!((read.dataset, read.entry), (Some("cwru"), None));
    // The rate is no part of that layout, so it is asked for.
    assert!(error(&path, &ReadRequest::default()).contains("sampling rate"));
}

#[test]
fn several_recordings_in_one_file_are_not_mixed() {
    let folder = Folder::new();
    let path = folder.write(
        "two.mat",
        &[("X098_DE_time", &[1.0, 2.0]), ("X099_DE_time", &[3.0, 4.0]), ("X099_FE_time", &[5.0, 6.0])],
    );
    let request = |variable: &str| ReadRequest {
        rate: Some(RATE),
        variable: Some(variable.to_owned()),
        ..ReadRequest::default()
    };
    let text = error(&path, &ReadRequest { rate: Some(RATE), ..ReadRequest::default() });
    assert!(text.contains("several recordings: X098, X099"), "{text}");
    assert!(text.contains("--variable X098_DE_time"), "{text}");
    let read = read_recording(&path, &request("X099_DE_time")).unwrap();
    assert_eq!(read.recording.channels().len(), 1);
    assert_eq!(read.recording.channels()[0].samples(), [3.0, 4.0]);
    assert_eq!(read.recording.channels()[0].name(), "DE");
    let text = error(&path, &request("X099_DE_tme"));
    assert!(text.contains("did you mean `X099_DE_time`?"), "{text}");
}

#[test]
fn without_a_layout_vectors_of_one_length_are_channels_and_others_are_asked_about() {
    let folder = Folder::new();
    let request = ReadRequest { rate: Some(RATE), ..ReadRequest::default() };
    let equal = folder.write("equal.mat", &[("left", &[1.0, 2.0]), ("right", &[3.0, 4.0]), ("gain", &[2.0])]);
    let read = read_recording(&equal, &request).unwrap();
    assert_eq!(read.recording.channels().iter().map(|c| c.name()).collect::<Vec<_>>(), ["left", "right"]);
    let unequal = folder.write("unequal.mat", &[("left", &[1.0, 2.0]), ("right", &[3.0, 4.0, 5.0])]);
    let text = error(&unequal, &request);
    assert!(
        text.contains("left (2 x 1 float64), right (3 x 1 float64)") && text.contains("--variable left"),
        "{text}"
    );
    let right = ReadRequest { variable: Some("right".to_owned()), ..request.clone() };
    assert_eq!(read_recording(&unequal, &right).unwrap().recording.len(), 3);
    let none = folder.write("none.mat", &[("gain", &[2.0])]);
    assert!(error(&none, &request).contains("no variable that can be a channel"));
}

#[test]
fn a_layout_reads_fields_of_structs_and_a_rate_variable() {
    let layout = "[[channel]]\nname = \"gearbox\"\nvariable = \"bearing.gs\"\nunit = \"g\"\nunit_origin = \"file\"\n\
                  [speed]\nvariable = \"bearing.inner.load\"\nunit = \"rpm\"\n[rate]\nvariable = \"bearing.sr\"\nunit = \"Hz\"\n";
    let layout = Layout::parse(layout, "press.toml").unwrap();
    let request = ReadRequest { layout: Some(&layout), ..ReadRequest::default() };
    let recording = read_recording(&golden("kinds_packed.mat"), &request).unwrap().recording;
    assert_eq!(recording.channels()[0].samples(), [0.25, 0.5, 0.75]);
    assert_eq!((recording.rate().value, recording.rate().origin), (Hertz(97656.0), Origin::File));
    assert_eq!(recording.rate().note.to_string(), "variable bearing.sr");
    assert_eq!(recording.speed().unwrap().value, Hertz(4.5));
    // Any other variable can still be asked for.
    let other = ReadRequest { variable: Some("row".to_owned()), ..request };
    assert_eq!(read_recording(&golden("kinds_packed.mat"), &other).unwrap().recording.len(), 3);
}

#[test]
fn variables_that_are_no_channel_say_why() {
    let ask = |variable: &str| {
        let request =
            ReadRequest { rate: Some(RATE), variable: Some(variable.to_owned()), ..ReadRequest::default() };
        error(&golden("kinds.mat"), &request)
    };
    assert!(ask("sparse").contains("`sparse` of"));
    assert!(ask("sparse").contains("a sparse matrix, which is not supported"));
    assert!(ask("matrix").contains("a matrix (2 x 3 float64)"));
    assert!(ask("complex").contains("complex (2 x 1 float64)"));
    assert!(ask("text").contains("no vector of numbers"));
    assert!(ask("empty").contains("empty"));
}

#[test]
fn nan_and_useless_speeds_are_refused_by_name() {
    let folder = Folder::new();
    let request = ReadRequest { rate: Some(RATE), ..ReadRequest::default() };
    let nan = folder.write("nan.mat", &[("X", &[0.0, f64::NAN])]);
    let text = error(&nan, &request);
    assert!(text.contains("nan.mat") && text.contains("`X`, sample 1"), "{text}");
    for value in [0.0, -3.0, f64::INFINITY] {
        let path = folder.write("still.mat", &[("X1_DE_time", &[1.0, 2.0]), ("X1RPM", &[value])]);
        let text = error(&path, &request);
        assert!(text.contains("variable `X1RPM`") && text.contains("--speed 1797rpm"), "{text}");
        let given = ReadRequest { speed: Some(Hertz(30.0)), ..request.clone() };
        assert!(read_recording(&path, &given).is_ok());
    }
}

#[test]
fn a_wrong_layout_names_line_and_column_and_the_right_key() {
    let parse = |text: &str| Layout::parse(text, "press.toml").unwrap_err().to_string();
    let text = parse("[[channel]]\nname = \"a\"\nvariabel = \"x\"\n");
    assert_eq!(
        text,
        "press.toml:3:1: unknown key `variabel`; did you mean `variable`?\n  3 | variabel = \"x\"\n    | ^^^^^^^^"
    );
    assert!(
        parse("[[channel]]\nname = \"a\"\nvariable = \"x\"\nunit = \"furlong\"\n")
            .starts_with("press.toml:4:8: unknown unit `furlong`")
    );
    assert!(parse("[[channel]]\nname = \"a\"\nvariable = \"{pre}x\"\n").starts_with("press.toml:3:12: "));
    assert!(parse("name = \"a\"\n").contains("at least one [[channel]]"));
    assert!(
        parse("[[channel]]\nname=\"a\"\nvariable=\"x\"\n[[channel]]\nname=\"a\"\nvariable=\"y\"\n")
            .starts_with("press.toml:5:6: channel name `a`")
    );
    assert!(
        parse("[[channel]]\nname=\"a\"\nvariable=\"x\"\n[rate]\nvalue=\"12000\"\n")
            .starts_with("press.toml:5:7: `12000` has no unit")
    );
    assert!(
        parse("[[channel]]\nname=\"a\"\nvariable=\"x\"\n[rate]\nunit=\"Hz\"\n")
            .starts_with("press.toml:4:1: [rate] needs")
    );
    assert!(parse("[[channel]\n").starts_with("press.toml:1:"));
    assert_eq!(Layout::parse("x", "a").unwrap_err().kind(), ErrorKind::Configuration);
}

const HEADER: &str = "file,sha256,rate_hz,fault,bearing_id,speed_rpm,speed_origin,samples";

fn row(file: &str, digit: char) -> String {
    format!("{file},{},12000,inner,B1,1797,file,100", digit.to_string().repeat(64))
}

#[test]
fn a_catalogue_is_looked_up_by_name_and_hash() {
    let text = format!("{HEADER}\n{}\n{}\n", row("a", '1'), row("b", 'F'));
    let catalogue = Catalogue::parse(&text, "rig").unwrap();
    let b = catalogue.by_file("b.mat.xz").unwrap();
    assert_eq!(b, catalogue.by_sha256(&"f".repeat(64)).unwrap());
    assert_eq!(b.fault, FaultLabel::Fault(FaultKind::Inner));
    assert_eq!((b.file_name().as_str(), b.mount_id.as_str(), b.samples), ("b.mat", "B1", Some(100)));
    assert!((b.speed.as_ref().unwrap().value.0 - 29.95).abs() < 1e-12);
    assert_eq!(b.load, None);
    assert!(catalogue.by_file("c").is_none());
    let text = catalogue.find("B1").unwrap_err().to_string();
    assert!(text.starts_with("the catalogue rig has no file `B1`"), "{text}");
}

#[test]
fn a_wrong_catalogue_names_line_and_column() {
    let parse = |text: &str| Catalogue::parse(text, "rig.csv").unwrap_err().to_string();
    let good = row("a", '1');
    let with =
        |from: &str, to: &str| parse(&format!("{HEADER}\n{good}\n{}\n", row("b", '2').replace(from, to)));
    assert_eq!(
        with("12000", "fast"),
        "rig.csv:3: column `rate_hz`: a number of 0 or more expected, `fast` found"
    );
    assert!(with("12000", "0").starts_with("rig.csv:3: column `rate_hz`: a number above 0"));
    assert!(with("12000", "NaN").starts_with("rig.csv:3: column `rate_hz`"));
    assert!(with("inner", "innner").starts_with("rig.csv:3: column `fault`"));
    assert!(with("file", "tacho").starts_with("rig.csv:3: column `speed_origin`"));
    assert!(with(",file", ",").starts_with("rig.csv:3: column `speed_origin`: a speed needs its origin"));
    assert!(with("22222222", "2222").starts_with("rig.csv:3: column `sha256`"));
    assert!(with("b,", "../b,").starts_with("rig.csv:3: column `file`"));
    assert!(with("b,", "a,").starts_with("rig.csv:3: column `file`: `a` occurs twice"));
    assert!(with("2", "1").contains("another row has the same hash"));
    assert!(
        with(",100", "").starts_with("rig.csv:3: column `(whole line)`: the line has 7 fields, the header 8")
    );
    assert!(parse(&HEADER.replace("speed_rpm", "sped_rpm")).contains("did you mean `speed_rpm`?"));
    assert!(parse(&HEADER.replace("fault,", "")).contains("column `fault`: the column is missing"));
    assert!(parse(&format!("{HEADER}\n")).contains("no rows"));
}

#[test]
fn shipped_data_sets_are_found_by_name_and_slips_are_suggested() {
    assert_eq!(datasets().len(), 1);
    assert!(dataset("cwru").is_some());
    let text = find_dataset("cwr").unwrap_err().to_string();
    assert!(text.contains("did you mean `cwru`?"), "{text}");
}

#[test]
fn a_file_that_is_not_the_catalogued_one_is_named() {
    let folder = Folder::new();
    folder.write("105.mat", &[("X105_DE_time", &[1.0, 2.0])]);
    let cwru = dataset("cwru").unwrap();
    let text = cwru.read(folder.0.path(), "105").unwrap_err().to_string();
    assert!(text.starts_with("105.mat is not the catalogued recording"), "{text}");
    assert!(text.contains("f80b0ea04fd06b372a0eaec7c056543ea37e4bb4727a5b173d2a5bacd2aa9cab"), "{text}");
    let text = cwru.read(folder.0.path(), "106.mat").unwrap_err().to_string();
    assert!(text.contains("brinell data fetch cwru --only 106"), "{text}");
    assert!(matches!(cwru.read(folder.0.path(), "1055"), Err(Error::EntryUnknown { .. })));
}

/// A universal file of one function whose values stand at uneven times.
fn uneven() -> Source {
    let none = "         0    0    0    0 NONE                 NONE";
    let text = [
        "    -1",
        "    58",
        "pump",
        "NONE",
        "NONE",
        "NONE",
        "NONE",
        "    1         0    0         0       NONE         0   0       NONE         0   0",
        "         2         4         0  0.00000e+00  1.00000e-03  0.00000e+00",
        "        17    0    0    0 Time                 s",
        none,
        none,
        none,
        "  0.00000e+00  1.00000e+00  1.00000e-03  2.00000e+00  4.00000e-03  3.00000e+00",
        "  9.00000e-03  4.00000e+00",
        "    -1",
        "",
    ];
    Source::from_bytes(Path::new("uneven.uff"), text.join("\n").into_bytes())
}

#[test]
fn the_places_of_uneven_values_are_no_channel_unless_they_are_asked_for() {
    // Nothing says how fast it was sampled, since it was not sampled evenly.
    let error = recording_of(&uneven(), &ReadRequest::default()).unwrap_err();
    assert!(matches!(error, Error::RateUnknown { .. }), "{error}");
    let request = ReadRequest { rate: Some(Hertz(1000.0)), ..ReadRequest::default() };
    let names = |request: &ReadRequest<'_>| -> Vec<String> {
        let read = recording_of(&uneven(), request).unwrap();
        read.recording.channels().iter().map(|channel| channel.name().to_owned()).collect()
    };
    assert_eq!(names(&request), ["pump"]);
    let asked = ReadRequest { variable: Some("pump abscissa".to_owned()), ..request };
    assert_eq!(names(&asked), ["pump abscissa"]);
}

/// The names of the channels that are read.
fn channels(path: &Path, request: &ReadRequest<'_>) -> Vec<String> {
    let read = read_recording(path, request).unwrap();
    read.recording.channels().iter().map(|channel| channel.name().to_owned()).collect()
}

#[test]
fn times_and_counts_are_no_channels_unless_they_are_asked_for_or_all_there_is() {
    let folder = Folder::new();
    let request = ReadRequest { rate: Some(RATE), ..ReadRequest::default() };
    let columns: [(&str, &[f64]); 4] =
        [("t", &[0.0, 0.1]), ("vib", &[1.0, -1.0]), ("index", &[1.0, 2.0]), ("DE_time", &[3.0, 4.0])];
    let path = folder.write("times.mat", &columns);
    assert_eq!(channels(&path, &request), ["vib", "DE_time"]);
    let variable = ReadRequest { variable: Some("t".to_owned()), ..request.clone() };
    assert_eq!(channels(&path, &variable), ["t"]);
    let asked = ReadRequest { channels: vec!["index".to_owned()], ..request.clone() };
    assert_eq!(channels(&path, &asked), ["vib", "index", "DE_time"]);
    // One of another length is no recording of its own.
    let path = folder.write("longer.mat", &[("time", &[0.0, 0.1, 0.2]), ("vib", &[1.0, -1.0])]);
    assert_eq!(channels(&path, &request), ["vib"]);
    let path = folder.write("alone.mat", &[("t", &[1.0, -1.0]), ("fs", &[12_000.0])]);
    assert_eq!(channels(&path, &request), ["t"]);
    for (format, name) in [("parquet/stated.parquet", "DE"), ("arrow/stated.feather", "horizontal")] {
        let path = golden("contract").join(format);
        assert_eq!(channels(&path, &ReadRequest::default()), [name]);
        let recording = read_recording(&path, &ReadRequest::default()).unwrap().recording;
        assert_eq!(
            (recording.rate().value, recording.rate().note.to_string()),
            (RATE, "metadata `fs`".into())
        );
        assert_eq!(recording.channels()[0].unit().value, Unit::G);
    }
}

#[test]
fn rate_and_speed_are_taken_from_variables_beside_the_channels() {
    let folder = Folder::new();
    let path = folder.write("a.mat", &[("sig", &[1.0, -1.0]), ("Fs", &[12_000.0]), ("rpm", &[1796.0])]);
    let recording = read_recording(&path, &ReadRequest::default()).unwrap().recording;
    let rate = recording.rate();
    assert_eq!((rate.value, rate.origin, rate.note.to_string()), (RATE, Origin::File, "variable Fs".into()));
    let speed = recording.speed().unwrap();
    assert_eq!((speed.value, speed.note.to_string()), (Rpm(1796.0).to_hertz(), "variable rpm".into()));
    let path = folder.write("two.mat", &[("sig", &[1.0, -1.0]), ("fs", &[12_000.0]), ("sr", &[48_000.0])]);
    let text = error(&path, &ReadRequest::default());
    for part in ["variable `sr`", "it says 48000 Hz", "variable fs says 12000 Hz", "--rate 12kHz"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Whoever is told the rate reads it all the same.
    let given = ReadRequest { rate: Some(RATE), ..ReadRequest::default() };
    assert_eq!(read_recording(&path, &given).unwrap().recording.rate().value, RATE);
}

#[test]
fn a_channel_is_read_whatever_is_wrong_with_the_others() {
    let folder = Folder::new();
    let broken = [1.0, f64::NAN, 2.0];
    let path = folder.write("a.mat", &[("acc1", &[1.0, 2.0, 4.0]), ("acc2", &broken), ("acc3", &[5.0; 3])]);
    let request = ReadRequest { rate: Some(RATE), ..ReadRequest::default() };
    let read = |path: &Path, wanted| {
        let read = read_channels(path, &request, wanted)?;
        let names: Vec<String> = read.recording.channels().iter().map(|own| own.name().to_owned()).collect();
        assert_eq!(read.measured.vibration.len(), 3);
        Ok::<_, brinell_formats::Error>((names, read.unusable))
    };
    assert_eq!(read(&path, WantedChannels::First).unwrap(), (vec!["acc1".to_owned()], Vec::new()));
    assert_eq!(read(&path, WantedChannels::Named("acc3")).unwrap(), (vec!["acc3".to_owned()], Vec::new()));
    let (names, unusable) = read(&path, WantedChannels::Vibration).unwrap();
    assert_eq!(names, ["acc1", "acc3"]);
    assert!(unusable.len() == 1 && unusable[0].0 == "acc2" && unusable[0].1.contains("NaN"), "{unusable:?}");
    // The one that is asked for, and the file where nothing else is asked for, are refused.
    let why = read(&path, WantedChannels::Named("acc2")).unwrap_err().to_string();
    assert!(why.contains("`acc2`, sample 1") && why.contains("NaN"), "{why}");
    assert!(read_recording(&path, &request).is_err());
    let all = folder.write("b.mat", &[("acc1", &broken), ("acc2", &broken), ("acc3", &broken)]);
    for wanted in [WantedChannels::First, WantedChannels::Vibration] {
        let why = read(&all, wanted).unwrap_err().to_string();
        assert!(why.contains("`acc1`, sample 1"), "{why}");
    }
}

#[test]
fn a_rate_or_unit_that_contradicts_the_file_is_noted() {
    let of = |rate: f64, unit: Unit, text: &str| {
        let request = ReadRequest { rate: Some(Hertz(rate)), unit: Some(unit), ..ReadRequest::default() };
        let source = Source::from_bytes(Path::new("x.csv"), text.as_bytes().to_vec());
        let recording = recording_of(&source, &request).unwrap().recording;
        let own = recording.channels()[0].unit().clone();
        assert_eq!((recording.rate().value.0, own.value), (rate, unit), "the caller has the last word");
        let said = |phrase: Option<brinell_signal::Phrase>| phrase.map(|phrase| phrase.to_string());
        (said(recording.rate().overrides.clone()), said(own.overrides))
    };
    let rows: Vec<String> =
        (0..50).map(|row| format!("{:.4},{}", f64::from(row) / 1000.0, row % 7)).collect();
    let text = |unit: &str| format!("time [s],acc [{unit}]\n{}\n", rows.join("\n"));
    let (rate, unit) = of(25_600.0, Unit::MillimetresPerSecond, &text("g"));
    assert_eq!(rate.unwrap(), "the recording says 1000 Hz (column `time [s]`)");
    assert_eq!(unit.unwrap(), "the recording says g (header of column `acc`)");
    assert_eq!(of(1000.0, Unit::G, &text("g")), (None, None));
    assert_eq!(of(1000.4, Unit::G, &text("furlong")), (None, None));
    // Another scale of the same unit is another unit.
    assert_eq!(of(1000.0, Unit::G, &text("mg")).1.unwrap(), "the recording says mg (header of column `acc`)");
    // A gap in the times is told beside the rate that was given; a counter of samples is none.
    let gap = text("g").replace("0.0250,", "9.0250,");
    let why = of(1000.0, Unit::G, &gap).0.unwrap();
    assert!(why.starts_with("the recording gives no even rate: `time` is time and is not even"), "{why}");
    assert_eq!(of(1000.0, Unit::G, "time,acc [g]\n0,1\n1,2\n2,1\n3,5\n4,2\n"), (None, None));
    // A layout's unit is overridden as well.
    let folder = Folder::new();
    let path = folder.write("a.mat", &[("X105_DE_time", &[1.0, 2.0])]);
    let request = ReadRequest { rate: Some(RATE), unit: Some(Unit::Volts), ..ReadRequest::default() };
    let recording = read_recording(&path, &request).unwrap().recording;
    let other = recording.channels()[0].unit().overrides.clone().unwrap().to_string();
    assert!(other.starts_with("the recording says g ("), "{other}");
}
