//! `brinell freqs`.

use crate::place::Place;

#[test]
fn the_lines_of_a_6205_stand_where_its_published_orders_say() {
    let json = Place::new().run("freqs 6205 --speed 1797rpm --json").exits(0).json();
    let lines = json["data"]["lines"].as_array().unwrap();
    let hz = |name: &str| {
        let line = lines.iter().find(|line| line["name"] == name).unwrap();
        line["hz"].as_f64().unwrap()
    };
    // Orders published for this bearing (CWRU), times 29.95 Hz.
    for (name, order) in
        [("BPFI", 5.4152), ("BPFO", 3.5848), ("BSF", 2.3567), ("2xBSF", 4.7135), ("FTF", 0.39828)]
    {
        let expected = order * 29.95;
        assert!((hz(name) / expected - 1.0).abs() < 2e-4, "{name}: {} for {expected}", hz(name));
    }
    let inner = lines.iter().find(|line| line["name"] == "BPFI").unwrap();
    let pair = inner["harmonics"][0]["sidebands_hz"].as_array().unwrap();
    let spread = pair[1].as_f64().unwrap() - pair[0].as_f64().unwrap();
    assert!((spread - 2.0 * 29.95).abs() < 1e-9, "inner-race sidebands stand one shaft speed away");
}

#[test]
fn dimensions_give_the_same_as_the_designation() {
    let place = Place::new();
    let by_name = place.run("freqs 6205 --json").exits(0).json();
    let geometry = &by_name["data"];
    let line = format!(
        "freqs --rolling-elements {} --ball-diameter {}mm --pitch-diameter {}mm --json",
        geometry["rolling_elements"], geometry["ball_diameter_mm"], geometry["pitch_diameter_mm"]
    );
    let by_dimensions = place.run(&line).exits(0).json();
    assert_eq!(by_name["data"]["lines"], by_dimensions["data"]["lines"]);
}

#[test]
fn without_a_speed_there_are_orders_and_no_hertz() {
    let json = Place::new().run("freqs 6205 --json").exits(0).json();
    assert!(json["data"]["speed_hz"].is_null());
    assert!(json["data"]["lines"][0]["hz"].is_null());
    assert!(json["data"]["lines"][0]["order"].as_f64().unwrap() > 1.0);
}

#[test]
fn speeds_in_rpm_hertz_and_radians_agree() {
    let place = Place::new();
    let hz = |speed: &str| {
        let json = place.run(&format!("freqs 6205 --speed {speed} --json")).exits(0).json();
        json["data"]["speed_hz"].as_f64().unwrap()
    };
    assert!((hz("1797rpm") - 29.95).abs() < 1e-9);
    assert!((hz("29.95Hz") - 29.95).abs() < 1e-12);
    assert!((hz("188.18140rad/s") - 29.95).abs() < 1e-4);
}

#[test]
fn a_result_file_is_written_whole_and_not_overwritten_unasked() {
    let place = Place::new();
    place.run("freqs 6205 -o lines.txt").exits(0);
    let first = std::fs::read_to_string(place.path("lines.txt")).unwrap();
    assert!(first.contains("BPFO"));
    place.run("freqs 6203 -o lines.txt").exits(2).mentions("lines.txt exists already").mentions("--force");
    assert_eq!(std::fs::read_to_string(place.path("lines.txt")).unwrap(), first);
    place.run("freqs 6203 -o lines.txt --force").exits(0);
    assert_ne!(std::fs::read_to_string(place.path("lines.txt")).unwrap(), first);
    assert_eq!(place.tree().len(), 1, "nothing is left beside the result");
}

#[test]
fn suffixes_are_forgiven_and_told_with_how_sure_the_geometry_is() {
    let ran = Place::new().run("freqs 22212-EK/C3").exits(0);
    ran.prints("22212")
        .prints("nominal")
        .prints("may be off by 2")
        .prints("`EK/C3` of the designation left out");
}

#[test]
fn bearings_of_a_pattern_are_listed_with_their_orders() {
    let place = Place::new();
    let json = place.run("list bearings NU2* --json").exits(0).json();
    let items = json["data"]["items"].as_array().unwrap();
    assert!(items.len() > 30 && items.iter().all(|item| item["name"].as_str().unwrap().starts_with("NU2")));
    place.run("list bearings 6205-2RS").exits(0).prints("BPFI 5.4152x");
    place.run("list bearings zz*").exits(2).mentions("no designation has the form `zz*`");
}

#[test]
fn a_file_of_own_bearings_goes_before_those_that_ship() {
    let place = Place::new();
    let own = "[[bearing]]\ndesignation = \"P7\"\nrolling_elements = 11\nball_diameter_mm = 9\npitch_diameter_mm = 50\n";
    place.write("own.toml", format!("{own}source = \"measured on the spare\"\n"));
    place
        .run("freqs p7 --bearings own.toml")
        .exits(0)
        .prints("11 rolling elements")
        .prints("measured on the spare");
    place.run("freqs 6205 --bearings own.toml").exits(0).prints("Case Western");
    place.write("bad.toml", own);
    place.run("freqs p7 --bearings bad.toml").exits(2).mentions("bad.toml").mentions("source");
}
