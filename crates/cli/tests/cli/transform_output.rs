//! What `brinell transform` calls and draws what it gives, and what it says of mistakes.

use crate::place::Place;
use crate::transform::{numpy, run_up, with_recording};

#[test]
fn modes_and_bands_are_called_by_where_they_lie_in_pictures_text_and_json() {
    let place = with_recording();
    let common = "transform a.mat --rate 12kHz --samples 2048";
    place.run(&format!("{common} --vmd modes=2 -o m.svg")).exits(0).prints("axis      mode: 2, mode 1, ");
    let json = place.run(&format!("{common} --vmd modes=2 --cwt-image columns=32 --json")).exits(0).json();
    let axis = &json["data"]["axes"][0];
    assert_eq!((&axis["axis"], &axis["first"], &axis["last"]), (&"mode".into(), &1.0.into(), &2.0.into()));
    let svg = std::fs::read_to_string(place.path("m.svg")).unwrap();
    for (mode, found) in
        json["data"]["findings"][0]["finding"]["modes"]["modes"].as_array().unwrap().iter().enumerate()
    {
        let centre = found["centre"].as_f64().unwrap();
        assert!(centre >= 100.0, "whole hertz tell enough: {centre}");
        let name = format!("mode {}, {centre:.0} Hz", mode + 1);
        assert_eq!(axis["names"][mode], name.as_str());
        assert!(svg.contains(&format!(", {name}</text>")), "{name}");
    }
    for (step, names) in [
        (
            "--wavelet-packet levels=2",
            ["0 to 1500 Hz", "1500 to 3000 Hz", "3000 to 4500 Hz", "4500 to 6000 Hz"],
        ),
        ("--discrete-wavelet", ["0 to 750 Hz", "750 to 1500 Hz", "1500 to 3000 Hz", "3000 to 6000 Hz"]),
    ] {
        let json = place.run(&format!("{common} {step} --envelope --json")).exits(0).json();
        assert_eq!(json["data"]["axes"][0]["axis"], "band", "{step}");
        assert_eq!(json["data"]["axes"][0]["names"], serde_json::json!(names), "{step}");
    }
}

#[test]
fn modes_of_several_sensors_carry_the_sensors_name_in_either_order() {
    let place = Place::new();
    run_up(&place);
    let names = |steps: &str| {
        let line =
            format!("transform r.mat --rate 12kHz --samples 1000 --channel DE --channel FE {steps} --json");
        let json = place.run(&line).exits(0).json();
        let names = json["data"]["axes"][0]["names"].as_array().unwrap().clone();
        let text = |name: serde_json::Value| name.as_str().unwrap().rsplit_once(',').unwrap().0.to_owned();
        names.into_iter().map(text).collect::<Vec<_>>()
    };
    let by_sensor = ["DE, mode 1", "DE, mode 2", "FE, mode 1", "FE, mode 2"];
    assert_eq!(names("--vmd modes=2"), by_sensor);
    let by_mode = ["DE, mode 1", "FE, mode 1", "DE, mode 2", "FE, mode 2"];
    assert_eq!(names("--multivariate-vmd modes=2"), by_mode);
    let nested = names("--discrete-wavelet levels=1 --vmd modes=2");
    assert_eq!(nested[2], "DE, 3000 to 6000 Hz, mode 1");
    assert_eq!(nested[7], "FE, 3000 to 6000 Hz, mode 2");
    let json =
        place.run("transform r.mat --rate 12kHz --channel DE --channel FE --envelope --json").exits(0).json();
    assert_eq!(json["data"]["axes"][0]["names"], serde_json::json!(["DE", "FE"]));
}

#[test]
fn powers_are_drawn_in_decibels_and_written_as_they_are() {
    let place = with_recording();
    let common = "transform a.mat --rate 12kHz --samples 2048 -o p.svg -o p.npy --force";
    for steps in ["--cwt", "--cwt-image columns=32", "--synchrosqueezing", "--vmd modes=2 --hilbert-spectrum"]
    {
        place.run(&format!("{common} {steps}")).exits(0);
        let svg = std::fs::read_to_string(place.path("p.svg")).unwrap();
        assert!(svg.contains(">dB re largest</text>") && svg.contains(">-60<"), "{steps}");
        assert!(numpy(&place, "p.npy").1.iter().all(|power| *power >= 0.0), "{steps}");
    }
    place.run(&format!("{common} --stft")).exits(0);
    assert!(!std::fs::read_to_string(place.path("p.svg")).unwrap().contains("dB re largest"));
}

#[test]
fn what_is_wrong_with_the_input_is_said_before_an_output_that_exists() {
    let place = with_recording();
    place.write("a.svg", "x");
    let said = |line: &str| place.run(&format!("transform {line} -o a.svg"));
    said("nope.mat --envelope").exits(3).mentions("nope.mat");
    said("a.mat --rate 12kHz --stft lenght=3").exits(2).mentions("unknown key `lenght`");
    said("a.mat --rate 12kHz --stft length=0").exits(2).mentions("step 1 (stft)");
    said("a.mat --rate 12kHz --envelope").exits(2).mentions("exists already");
}

#[test]
fn help_about_a_plan_names_only_what_can_help() {
    let place = with_recording();
    for keys in ["hop=0", "length=0"] {
        let ran = place.run(&format!("transform a.mat --rate 12kHz --stft {keys}")).exits(2);
        assert!(!ran.mentions("help: --stft takes window=hann").err.contains("a longer stretch"), "{keys}");
    }
    let ran = place.run("transform a.mat --rate 12kHz --samples 16 --kurtogram").exits(2);
    let ran = ran.mentions("help: a longer stretch (--samples, --duration)\n");
    assert!(!ran.err.contains("another value of"));
}

#[test]
fn a_band_is_written_in_fractions_or_in_hertz_with_their_unit() {
    let place = with_recording();
    let run = |band: &str| {
        let line =
            format!("transform a.mat --rate 12kHz --samples 2048 --squared-envelope-spectrum band={band}");
        place.run(&format!("{line} -o s.npy --force"))
    };
    run("[2kHz,4500Hz]").exits(0);
    let hertz = numpy(&place, "s.npy");
    run("[0.3333333333333333,0.75]").exits(0);
    assert_eq!(numpy(&place, "s.npy"), hertz);
    run("[2000,4000]").exits(2).mentions("frequencies carry their unit, such as [2kHz,4kHz]");
    run("[2kHz,7kHz]").exits(2).mentions("step 1 (squared-envelope-spectrum)");
    place.write(
        "b.toml",
        "[[pipeline]]\nstep = \"squared-envelope-spectrum\"\nband = [\"2kHz\", \"4500Hz\"]\n",
    );
    place.run("transform a.mat --rate 12kHz --samples 2048 --pipeline b.toml -o s.npy --force").exits(0);
    assert_eq!(numpy(&place, "s.npy"), hertz);
}

#[test]
fn units_and_other_forms_of_keys_are_listed() {
    let place = Place::new();
    let ran =
        place.run("list transforms").exits(0).prints("alpha: or alpha.mathworks=25, alpha.half-width=250");
    ran.prints("low in Hz; high in Hz").prints("alpha.half-width in Hz");
    let json = place.run("list transforms --json").exits(0).json();
    let items = json["data"]["items"].as_array().unwrap();
    let details = |name: &str| &items.iter().find(|item| item["name"] == name).unwrap()["details"];
    assert_eq!(details("zoom")["units"]["low"], "Hz");
    assert_eq!(details("vmd")["forms"]["alpha"][1], "alpha.half-width=250");
}

#[test]
fn a_record_that_loses_its_last_sample_as_in_vmdpy_is_told_so() {
    let place = with_recording();
    for step in ["--vmd", "--multivariate-vmd"] {
        let line = format!("transform a.mat --rate 12kHz --samples 501 {step} modes=2,compat=true --json");
        let json = place.run(&line).exits(0).json();
        assert_eq!(json["data"]["shape"][1], 500);
        let warnings = json["warnings"].to_string();
        assert!(warnings.contains("of the 501 samples 500 were decomposed"), "{warnings}");
        let even = place.run(&line.replace("501", "500")).exits(0).json();
        assert!(!even["warnings"].to_string().contains("decomposed"), "{even}");
    }
}
