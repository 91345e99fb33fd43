//! `brinell probe`.

use crate::place::{Place, cwru};

#[test]
fn a_file_without_a_rate_is_shown_with_what_is_missing() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    let ran = place.run("probe a.mat").exits(0);
    let ran = ran.prints("matlab5").prints("vibration  60000 x 1");
    ran.prints("the sampling rate of a.mat is unknown").prints("--rate 12kHz");
}

#[test]
fn a_stated_rate_is_shown_as_declared() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    let json =
        place.run("probe a.mat --rate 12kHz --speed 1800rpm --unit g --samples --json").exits(0).json();
    let facts = &json["data"]["files"][0]["recording"];
    assert_eq!(facts["rate_hz"], 12_000.0);
    assert_eq!(facts["rate_origin"], "declared");
    assert_eq!(facts["speed_hz"], 30.0);
    assert_eq!(facts["samples"], 60_000);
    assert_eq!(facts["channels"][0]["unit"], "g");
    assert!(!facts["channels"][0]["quality"].as_array().unwrap().is_empty());
}

#[test]
fn a_layout_says_where_the_rate_is() {
    let place = Place::new();
    place.run("data simulate --bearing 6205 --speed 30Hz --fault outer --duration 1s -o sim").exits(0);
    let json = place.run("probe sim --layout sim/layout.toml --json").exits(0).json();
    let facts = &json["data"]["files"][0]["recording"];
    assert_eq!(facts["rate_hz"], 12_000.0);
    assert_eq!(facts["rate_origin"], "file");
    assert_eq!(facts["speed_hz"], 30.0);
}

#[test]
fn damage_is_reported_per_channel() {
    let place = Place::new();
    let clipped: Vec<f64> = (0..12_000).map(|k| (f64::from(k) * 0.05).sin().clamp(-0.5, 0.5)).collect();
    brinell_formats::write_mat5(&place.path("clipped.mat"), &[("x".to_owned(), clipped)]).unwrap();
    place.run("probe clipped.mat --rate 12kHz --samples").exits(0).prints("clip");
}

#[test]
fn the_overall_values_of_a_channel_are_shown() {
    let place = Place::new();
    // 2 sin at 100 Hz inside the band of overall values, sin at 3000 Hz outside, in whole periods.
    let turn = |k: u32, hertz: f64| (std::f64::consts::TAU * hertz * f64::from(k) / 12_000.0).sin();
    let record: Vec<f64> = (0..12_000).map(|k| 2.0 * turn(k, 100.0) + turn(k, 3000.0)).collect();
    brinell_formats::write_mat5(&place.path("a.mat"), &[("x".to_owned(), record)]).unwrap();
    let text = place.run("probe a.mat --rate 12kHz --samples").exits(0);
    text.prints("crest 1.90").prints("10 to 1000 Hz  RMS 1.4142, peak 2.0000, peak to peak 4.0000");
    let channel = |command: &str| {
        let json = place.run(command).exits(0).json();
        json["data"]["files"][0]["recording"]["channels"][0].clone()
    };
    let facts = channel("probe a.mat --rate 12kHz --samples --json");
    let close = |value: &serde_json::Value, want: f64| (value.as_f64().unwrap() - want).abs() < 1e-3;
    assert!(close(&facts["rms"], 2.5_f64.sqrt()), "{facts}");
    assert!(close(&facts["crest"], facts["peak"].as_f64().unwrap() / 2.5_f64.sqrt()), "{facts}");
    assert!(close(&facts["overall"]["rms"], 2.0_f64.sqrt()), "{facts}");
    assert!(close(&facts["overall"]["peak_to_peak"], 4.0), "{facts}");
    let slow = channel("probe a.mat --rate 1kHz --samples --json");
    assert!(slow["overall"].is_null(), "half the rate lies within the band: {slow}");
}

#[test]
fn one_broken_file_does_not_hide_the_others() {
    let place = Place::new();
    place.recording("rig/10.mat", None, 1);
    place.recording("rig/9.mat", None, 2);
    place.write("rig/11.mat", "broken");
    let ran = place.run("probe rig --rate 12kHz").exits(6);
    let nine = ran.out.find("9.mat").unwrap();
    assert!(nine < ran.out.find("10.mat").unwrap(), "natural order");
    ran.mentions("11.mat is not a recording");
}

#[test]
fn headers_alone_tell_what_is_missing_by_name_with_the_flag_that_states_it() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    let json = place.run("probe a.mat --json").exits(0).json();
    let file = &json["data"]["files"][0];
    let facts = &file["recording"];
    assert_eq!((&facts["samples"], &facts["rate_hz"]), (&60_000.into(), &serde_json::Value::Null));
    assert!(facts["sha256"].is_null() && facts["channels"][0]["rms"].is_null(), "{facts}");
    let missing: Vec<_> = file["missing"].as_array().unwrap().iter().collect();
    let told =
        |key: &str| missing.iter().map(|own| own[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(told("what"), ["sampling rate", "shaft speed", "unit"]);
    let flags = ["--rate 12kHz", "--speed 1797rpm", "--unit g"];
    assert!(told("help").iter().zip(flags).all(|(help, flag)| help.ends_with(flag)), "{:?}", told("help"));
    let all = place.run("probe a.mat --rate 12kHz --speed 30Hz --unit g --json").exits(0).json();
    assert_eq!(all["data"]["files"][0]["missing"], serde_json::json!([]));
    assert_eq!(all["data"]["files"][0]["recording"]["duration_s"], 5.0);
}

#[test]
fn a_packed_file_says_what_it_cost_to_look_at_it() {
    let place = Place::new();
    let path = place.recording("a.mat", None, 1);
    place.shell("gzip -k a.mat").exits(0);
    let (packed, plain) = (place.path("a.mat.gz").metadata().unwrap().len(), path.metadata().unwrap().len());
    let ran = place.run("probe a.mat.gz").exits(0);
    ran.prints(&format!("{packed} bytes, packed: {plain} bytes were unpacked"));
}

#[test]
fn a_catalogued_recording_is_known_from_a_probe() {
    let Some(cwru) = cwru() else { return };
    let place = Place::new();
    let known = brinell_formats::dataset("cwru").unwrap();
    let Some(path) = known.path_of(known.catalogue.find("105").unwrap(), &cwru) else { return };
    let words = ["probe".into(), path.into_os_string()];
    let ran = place.run_words(&words).exits(0).prints("known as  cwru, IR007_0").prints("X105RPM");
    ran.prints("rate      12000 Hz").prints("speed     1797.0 rpm");
}

#[test]
fn a_shipped_layout_goes_by_its_name_and_a_file_of_that_name_wins() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    let ran =
        place.run("probe a.mat --layout hit-sm").exits(0).prints("rate      51200 Hz (nominal: published");
    ran.prints("layout    hit-sm");
    let ran = place.run("probe a.mat --layout hit-sn").exits(2).mentions("there is no layout `hit-sn`");
    ran.mentions("did you mean `hit-sm`?");
    let own = "[[channel]]\nname = \"own\"\nvariable = \"*\"\n[rate]\nvalue = \"10kHz\"\n";
    place.write("hit-sm", own);
    place.run("probe a.mat --layout hit-sm").exits(0).prints("rate      10000 Hz");
    place.run("probe a.mat --layout gone.toml").exits(3).mentions("gone.toml");
}
