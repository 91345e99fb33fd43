//! `brinell diagnose --channel all`: a result for each channel of a file.

use crate::place::{KNOWN, Place, simulated};
use brinell_signal::FaultKind;
use serde_json::Value;

/// Three sensors, of which the first and the last show damage, and between them a tachometer.
fn rig(place: &Place, name: &str, seed: u64) {
    let pulse = |n: usize| if n % 400 < 40 { 5.0 } else { 0.0 };
    place.arrays(
        name,
        &[
            ("acc1", simulated(Some(FaultKind::Outer), seed)),
            ("tacho", (0..60_000).map(pulse).collect()),
            ("acc2", simulated(None, seed + 1)),
            ("acc3", simulated(Some(FaultKind::Inner), seed + 2)),
        ],
    );
}

/// Channel and status of each result.
fn results(json: &Value) -> Vec<(String, String)> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = json["data"]["recordings"].as_array().unwrap();
    items.iter().map(|item| (text(item, "channel"), text(item, "status"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(channel, status)| ((*channel).to_owned(), (*status).to_owned())).collect()
}

/// The report (JSON) of each result.
fn reports(place: &Place, json: &Value) -> Vec<Value> {
    let items = json["data"]["recordings"].as_array().unwrap();
    let read = |item: &Value| {
        let bytes = std::fs::read(place.path(item["json"].as_str().unwrap())).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    items.iter().map(read).collect()
}

#[test]
fn every_channel_that_is_vibration_has_the_result_that_it_has_alone() {
    let place = Place::new();
    rig(&place, "a.mat", 1);
    let line = format!("diagnose a.mat {KNOWN} --model none --json");
    let ran = place.run(&format!("{line} --channel all")).exits(0);
    let all = ran.json();
    let expected = pairs(&[("acc1", "found"), ("acc2", "no_fault_found"), ("acc3", "found")]);
    assert_eq!(results(&all), expected);
    assert_eq!(all["data"]["counts"]["found"], 2);
    ran.mentions(
        "a.mat: left out as no vibration: tacho (its name says tacho); --channel tacho diagnoses it",
    );
    for (n, name) in ["acc1", "acc2", "acc3"].iter().enumerate() {
        let alone = place.run(&format!("{line} --channel {name}")).exits(0).json();
        assert_eq!(alone["data"]["recordings"][0], all["data"]["recordings"][n], "{name}");
    }
    let by_signal = place.run(&line.replace("diagnose", "analyze").replace("--model none", "--channel all"));
    assert_eq!(results(&by_signal.exits(0).json()), expected);
}

#[test]
fn each_channel_has_its_line_its_page_and_its_row_also_in_segments_and_after_a_stop() {
    let place = Place::new();
    rig(&place, "a.mat", 1);
    place.recording("b.mat", None, 9);
    let line = format!("diagnose a.mat b.mat {KNOWN} --model none --channel all -o report");
    let ran = place.run(&line).exits(0).prints("4 recordings: 2 with a fault");
    let ends = ["a.mat channel acc1", "a.mat channel acc2", "a.mat channel acc3", "b.mat channel vibration"];
    assert!(ran.out.lines().zip(ends).all(|(line, end)| line.ends_with(end)), "{}", ran.out);
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert_eq!(index.matches("data-status=").count(), 4);
    place.run(&format!("{line} --resume")).exits(0).prints("(4 done before)");
    // In segments, channel by channel.
    let ran = place.run(&format!("{line} --resume --segment 2.5s")).exits(0).prints("8 recordings: ");
    let lines: Vec<&str> = ran.out.lines().collect();
    for (n, end) in
        ["acc1 from 0.0 s", "acc1 from 2.5 s", "acc2 from 0.0 s", "acc2 from 2.5 s"].iter().enumerate()
    {
        assert!(lines[n].ends_with(end), "{end}: {}", ran.out);
    }
    place.run(&format!("{line} --resume --segment 2.5s")).exits(0).prints("(8 done before)");
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert_eq!(index.matches("data-status=").count(), 8, "the rows of whole recordings are gone");
    // Another choice of channels is another result.
    let one = line.replace("--channel all", "--channel acc3").replace(" b.mat", "");
    place.run(&format!("{one} --resume")).exits(0).prints("a.mat channel acc3");
}

#[test]
fn a_channel_is_a_point_of_its_own_with_its_own_history() {
    let place = Place::new();
    for (name, seed) in [("1.mat", 10), ("2.mat", 20), ("3.mat", 30)] {
        rig(&place, name, seed);
    }
    let titles = "file,asset,point,bearing,speed,rate,channel,date";
    let row = |n: u32| format!("{n}.mat,Pump,DE,6205,30Hz,12kHz,all,2026-10-0{n}\n");
    place.write("two.csv", format!("{titles}\n{}{}", row(2), row(1)));
    let known = |json: &Value| -> Vec<(String, u64)> {
        let own = |report: &Value| {
            let channel = report["input"]["channel"].as_str().unwrap().to_owned();
            (channel, report["assessed"]["history"]["readings"].as_u64().unwrap())
        };
        reports(&place, json).iter().map(own).collect()
    };
    let line = "diagnose plant.csv --model none -o report --resume --json";
    let of = |readings: u64| ["acc1", "acc2", "acc3"].map(|name| (name.to_owned(), readings));
    let two = place.run(&line.replace("plant", "two")).exits(0).json();
    assert_eq!(known(&two), [of(0), of(1)].concat());
    place.write("plant.csv", format!("{titles}\n{}{}{}", row(1), row(2), row(3)));
    let three = place.run(line).exits(0).json();
    assert_eq!((known(&three), &three["data"]["done_before"]), (of(2).to_vec(), &6.into()));
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert_eq!(index.matches("data-status=\"older\"").count(), 6, "the newest of each channel counts");
}

#[test]
fn rows_of_one_file_name_other_channels_and_other_bearings() {
    let place = Place::new();
    rig(&place, "a.mat", 1);
    let rows = "a.mat,acc1,6205\na.mat,acc3,6203\na.mat,,6205\na.mat,all,6205\n";
    place.write("plant.csv", format!("file,channel,bearing\n{rows}"));
    let line = "diagnose plant.csv --speed 30Hz --rate 12kHz --model none -o report --json";
    let json = place.run(line).exits(0).json();
    let names: Vec<String> = results(&json).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["acc1", "acc3", "acc1", "acc1", "acc2", "acc3"]);
    let bearings: Vec<Value> =
        reports(&place, &json).iter().map(|own| own["bearing"]["designation"].clone()).collect();
    assert_eq!(bearings, ["6205", "6203", "6205", "6205", "6205", "6205"]);
    // A cell goes before the flag.
    let flagged = place.run(&line.replace("-o report", "--channel all")).exits(0).json();
    assert_eq!(results(&flagged).len(), 2 + 3 + 3);
}

#[test]
fn one_channel_is_diagnosed_unasked_and_the_others_are_said() {
    let place = Place::new();
    rig(&place, "a.mat", 1);
    rig(&place, "b.mat", 5);
    let ran = place.run(&format!("diagnose a.mat {KNOWN} --model none --json")).exits(0);
    assert_eq!(results(&ran.json()), pairs(&[("acc1", "found")]));
    ran.mentions("a.mat: one channel of acc1, acc2, acc3; --channel all diagnoses each\n");
    let ran = place.run(&format!("diagnose a.mat b.mat {KNOWN} --model none")).exits(0);
    ran.mentions("diagnoses each (and 1 more file like this)").prints("2 recordings: ");
    let ran = place.run(&format!("diagnose a.mat {KNOWN} --channel acc9")).exits(3);
    ran.mentions("--channel acc1, or --channel all for a result of each");
}

#[test]
fn a_dry_run_names_the_channels_and_a_file_without_vibration_is_refused() {
    let place = Place::new();
    rig(&place, "a.mat", 1);
    let line = format!("diagnose a.mat {KNOWN} --channel all");
    let ran = place.run(&format!("{line} -n -o report")).exits(0);
    let ran = ran.prints("would read   a.mat channels acc1, acc2, acc3\n");
    ran.prints("(one page for each of 3)");
    let json = place.run(&format!("{line} -n --json")).exits(0).json();
    assert_eq!(json["data"]["channels"]["a.mat"], serde_json::json!(["acc1", "acc2", "acc3"]));
    place.arrays("none.mat", &[("tacho", vec![0.0; 9000]), ("motor_current", vec![1.0; 9000])]);
    for more in ["", " -n"] {
        let ran = place.run(&format!("{}{more}", line.replace("a.mat", "none.mat"))).exits(3);
        ran.mentions(
            "none is taken for vibration: tacho (its name says tacho), motor_current (its name says current)",
        )
        .mentions("--channel NAME");
    }
    let ran =
        place.run("probe a.mat").prints("tacho (tacho), unit not stated, no vibration: its name says tacho");
    assert_eq!(ran.out.matches("no vibration").count(), 1);
}

#[test]
fn a_tachometer_that_stands_first_is_not_what_is_diagnosed_unasked() {
    let place = Place::new();
    let pulse = |n: usize| if n % 400 < 40 { 5.0 } else { 0.0 };
    let tacho: Vec<f64> = (0..60_000).map(pulse).collect();
    place.arrays("a.mat", &[("tacho", tacho), ("acc", simulated(Some(FaultKind::Outer), 1))]);
    let line = format!("diagnose a.mat {KNOWN} --model none --json");
    let json = place.run(&line).exits(0).json();
    assert_eq!(results(&json)[0].0, "acc", "{json}");
    // In segments as well, and a word of the user counts.
    let parts = place.run(&format!("{line} --segment 2s -o report --resume")).exits(0).json();
    assert!(results(&parts).iter().all(|(channel, _)| channel == "acc"), "{parts}");
    let json = place.run(&format!("{line} --channel tacho")).exits(0).json();
    assert_eq!(results(&json)[0].0, "tacho", "{json}");
}

#[test]
fn a_channel_that_cannot_be_used_is_a_failed_row_beside_the_others() {
    let place = Place::new();
    let mut broken = simulated(None, 5);
    broken[100] = f64::NAN;
    let [first, third] = [simulated(Some(FaultKind::Outer), 1), simulated(None, 2)];
    place.arrays("a.mat", &[("acc1", first), ("acc2", broken), ("acc3", third)]);
    let line = format!("diagnose a.mat {KNOWN} --model none");
    // Unasked, and by name, the others do not matter.
    place.run(&line).exits(0).prints("outer race");
    place.run(&format!("{line} --channel acc3")).exits(0);
    place.run(&format!("{line} --channel acc2")).exits(3).mentions("channel `acc2`, sample 100");
    let all = format!("{line} --channel all -o report");
    let ran = place.run(&format!("{all} --json")).exits(6);
    let json = ran.json();
    assert_eq!(json["data"]["counts"]["failed"], 1);
    let items = json["data"]["recordings"].as_array().unwrap();
    let status: Vec<&str> = items.iter().map(|item| item["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["found", "no_fault_found", "failed"]);
    assert!(items[2]["error"].to_string().contains("acc2"), "{}", items[2]);
    place.run(&format!("{all} --resume")).exits(6).prints("1 failed").prints("(3 done before)");
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert_eq!((index.matches("data-status=").count(), index.matches("acc2").count() > 0), (3, true));
}
