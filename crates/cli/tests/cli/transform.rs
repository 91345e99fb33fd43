//! `brinell transform`.

use crate::place::Place;

pub(crate) fn with_recording() -> Place {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place
}

/// Shape and values of a NumPy file of float32.
pub(crate) fn numpy(place: &Place, name: &str) -> (String, Vec<f32>) {
    let file = std::fs::read(place.path(name)).unwrap();
    assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    let header = String::from_utf8(file[10..start].to_vec()).unwrap();
    let values = file[start..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    (header, values.collect())
}

#[test]
fn a_chain_of_steps_is_written_in_every_form() {
    let place = with_recording();
    let command = "transform a.mat --rate 12kHz --samples 2048 --filter low=500Hz,high=5kHz --vmd modes=3 \
                   --cwt-image columns=32 --image scale=log -o i.png -o i.svg -o i.npy -o i.parquet --json";
    let json = place.run(command).exits(0).json();
    let data = &json["data"];
    assert_eq!(data["shape"], serde_json::json!([3, 64, 32]));
    assert_eq!(data["steps"][0]["low"], 500.0);
    assert_eq!(data["axes"][1]["axis"], "frequency_hz");
    assert_eq!(data["written"].as_array().unwrap().len(), 4);
    let (header, values) = numpy(&place, "i.npy");
    assert!(header.contains("(3, 64, 32,)") && values.len() == 3 * 64 * 32, "{header}");
    assert!(values.iter().all(|value| value.is_finite()));
    assert!(std::fs::read(place.path("i.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read(place.path("i.parquet")).unwrap().starts_with(b"PAR1"));
    let svg = std::fs::read_to_string(place.path("i.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("mode 3") && svg.contains("Frequency, Hz"));
}

#[test]
fn steps_are_done_in_the_order_in_which_they_are_written() {
    let place = with_recording();
    place.run("transform a.mat --rate 12kHz --samples 500 --envelope --remove-mean -o a.npy").exits(0);
    place.run("transform a.mat --rate 12kHz --samples 500 --remove-mean --envelope -o b.npy").exits(0);
    let (first, second) = (numpy(&place, "a.npy").1, numpy(&place, "b.npy").1);
    assert!(first.iter().any(|value| *value < 0.0), "the mean was removed last");
    assert!(second.iter().all(|value| *value >= 0.0), "an envelope is never negative");
}

#[test]
fn the_pipeline_of_an_experiment_is_read_and_its_steps_come_first() {
    let place = with_recording();
    place.write("e.toml", "name = \"x\"\n[[pipeline]]\nstep = \"stft\"\nlength = 64\nhop = 32\n");
    let command = "transform a.mat --rate 12kHz --samples 1024 --pipeline e.toml --standardise-image --json";
    let json = place.run(command).exits(0).json();
    assert_eq!(json["data"]["shape"], serde_json::json!([1, 33, 31]));
    assert_eq!(json["data"]["steps"][1]["step"], "standardise-image");
}

#[test]
fn a_stretch_is_cut_out_and_no_step_at_all_gives_the_samples() {
    let place = with_recording();
    place.run("transform a.mat --rate 12kHz -o all.npy").exits(0);
    place.run("transform a.mat --rate 12kHz --start 0.5s --duration 10ms -o part.npy").exits(0);
    let (all, part) = (numpy(&place, "all.npy").1, numpy(&place, "part.npy").1);
    assert_eq!(part, all[6000..6120]);
}

#[test]
fn mistakes_say_what_to_do() {
    let place = with_recording();
    let fails = |rest: &str, code: i32, text: &str| {
        place.run(&format!("transform a.mat --rate 12kHz {rest}")).exits(code).mentions(text);
    };
    fails("--stft lenght=64", 2, "unknown key `lenght`; did you mean `length`?");
    fails("--stft 105.mat", 2, "is no key=value");
    fails("--stft length=9999999", 2, "step 1 (stft)");
    fails("--stft --filter low=1kHz,high=2kHz", 2, "step 2 (filter)");
    fails("--stft --filter low=1kHz,high=2kHz", 2, "--filter comes after --stft here");
    fails("--kurtogram --stft window=kaiser", 2, "`window` = `kaiser` needs the key `beta`");
    fails("--filter low=1kHz,high=7kHz", 2, "help: --filter takes kind=band-pass");
    fails("-o picture.jpg", 2, ".png, .svg, .npy and .parquet");
    fails("--channel nowhere", 3, "there is no channel `nowhere`");
    fails("--start 100s", 3, "does not hold the stretch");
    fails("--comb-image", 3, "shaft speed");
    fails("--pipeline missing.toml", 3, "missing.toml");
    place.write("there.npy", "x");
    fails("-o there.npy", 2, "exists already");
    assert_eq!(std::fs::read(place.path("there.npy")).unwrap(), b"x");
}

#[test]
fn a_stretch_that_is_shorter_than_a_frame_is_named_as_such() {
    let place = with_recording();
    let ran = place.run("transform a.mat --rate 12kHz --samples 100 --stft").exits(2);
    let ran = ran.mentions("the record of 100 samples is too short").mentions("length = 256");
    ran.mentions("help: a longer stretch (--samples, --duration), or another value of length");
}

#[test]
fn keys_torn_apart_by_blanks_are_told_to_be_written_as_one_word() {
    let place = with_recording();
    for line in [
        "transform a.mat --rate 12kHz --stft length=64, hop=32",
        "transform --rate 12kHz --stft length=64, hop=32 a.mat",
        "transform --rate 12kHz --stft length=64, hop=32",
        "transform a.mat --rate 12kHz --stft length=64 hop=32",
    ] {
        place.run(line).exits(2).mentions("no blanks before or after the commas");
    }
    let json = place.run("transform a.mat --stft length=64, hop=32 --json").exits(2).json();
    assert!(json["error"]["help"].as_str().unwrap().contains("length=64,hop=32"), "{json}");
}

#[test]
fn outputs_that_cannot_be_are_refused_before_any_work() {
    let place = with_recording();
    let fails =
        |rest: &str, code: i32| place.run(&format!("transform a.mat --rate 12kHz {rest}")).exits(code);
    fails("-o x.svg -o x.svg", 2).mentions("-o x.svg stands there twice");
    fails("-o x.svg -o ./x.svg", 2).mentions("stands there twice");
    let missing = fails("-o missing/deep/x.svg", 4).mentions("the folder missing/deep does not exist");
    missing.mentions("help: mkdir -p missing/deep");
    assert!(!place.path("x.svg").exists() && !place.path("missing").exists());
    fails("-o x.svg -o x.npy", 0);
}

#[test]
fn short_forms_mean_the_same_on_the_command_line_and_in_a_file() {
    let place = with_recording();
    place.write(
        "short.toml",
        "[[pipeline]]\nstep = \"filter\"\nlow = \"500Hz\"\nhigh = \"3kHz\"\n\
         [[pipeline]]\nstep = \"autoregressive\"\norder = 5\n\
         [[pipeline]]\nstep = \"cwt-image\"\nwavelet = \"morse\"\nfrequencies = \"linear\"\ncolumns = 32\n\
         [[pipeline]]\nstep = \"image\"\nscale = \"decibel\"\n",
    );
    let flags = "--filter low=500Hz,high=3kHz --autoregressive order=5 \
                 --cwt-image wavelet=morse,frequencies={spacing=linear},columns=32 --image scale=decibel";
    let steps = |rest: &str| {
        let line = format!("transform a.mat --rate 12kHz --samples 2048 {rest} --json");
        place.run(&line).exits(0).json()["data"]["steps"].clone()
    };
    let written = steps(flags);
    assert_eq!(steps("--pipeline short.toml"), written);
    assert_eq!(written[0]["high"], 3000.0);
    assert_eq!(written[2]["wavelet"]["morse"]["gamma"], 3.0);
}

#[test]
fn every_key_of_every_step_is_listed_with_its_default() {
    let place = Place::new();
    let human = place.run("list transforms").exits(0);
    human.prints("window=hann,length=256,hop=128,scale=linear  rows=(unset)  columns=(unset)");
    let json = place.run("list transforms --json").exits(0).json();
    let items = json["data"]["items"].as_array().unwrap();
    let details = |name: &str| &items.iter().find(|item| item["name"] == name).unwrap()["details"];
    assert_eq!(details("stft")["keys"]["length"], 256);
    assert_eq!(details("stft")["keys"]["rows"], serde_json::Value::Null);
    assert!(details("stft")["keys"].as_object().unwrap().contains_key("columns"));
    assert_eq!(details("stft")["words"]["scale"][3], "decibel");
    assert_eq!(details("zoom")["needed"], serde_json::json!(["low", "high"]));
}

/// A run-up in the names of CWRU's files: an accelerometer with harmonics of the shaft, the strongest of order 5, and a tachometer with two pulses a turn.
pub(crate) fn run_up(place: &Place) {
    // 10 to 30 Hz in 4 s.
    let turns = |n: usize| {
        let t = n as f64 / 12_000.0;
        10.0 * t + 2.5 * t * t
    };
    let harmonics = [(1.0, 0.5), (2.0, 0.4), (3.0, 0.3), (5.0, 1.0)];
    let wave = |n, (order, height): (f64, f64)| height * (std::f64::consts::TAU * order * turns(n)).sin();
    let vibration = (0..48_000).map(|n| harmonics.map(|harmonic| wave(n, harmonic)).iter().sum()).collect();
    let pulses = (0..48_000).map(|n| f64::from((2.0 * turns(n)).fract() < 0.2)).collect();
    let channels = [("X001_DE_time".to_owned(), vibration), ("X001_FE_time".to_owned(), pulses)];
    brinell_formats::write_mat5(&place.path("r.mat"), &channels).unwrap();
}

#[test]
fn a_tachometer_turns_a_run_up_into_one_line_and_so_does_the_speed_as_it_was_given() {
    let place = Place::new();
    run_up(&place);
    let common = "transform r.mat --rate 12kHz --channel DE --amplitude-spectrum";
    for tracking in [
        "--tachometer FE --pulses-per-revolution 2 --order-tracking",
        "--order-tracking speed=[[0,10],[4,30]]",
        "--speed-between 8Hz..32Hz --order-tracking",
    ] {
        let command = common.replace("--amplitude", &format!("{tracking} --amplitude"));
        let json = place.run(&format!("{command} -o o.npy --force --json")).exits(0).json();
        assert_eq!(json["data"]["axes"][0]["axis"], "order", "{tracking}");
        let lines = numpy(&place, "o.npy").1;
        let largest = (0..lines.len()).max_by(|a, b| lines[*a].total_cmp(&lines[*b])).unwrap();
        let order = 32.0 * largest as f64 / (lines.len() - 1) as f64;
        assert!((order - 5.0).abs() < 0.03 && lines[largest] > 0.5, "{tracking}: {order} {}", lines[largest]);
    }
    let without = "transform r.mat --rate 12kHz --order-tracking";
    place.run(without).exits(2).mentions("the shaft speed").mentions("--tachometer CHANNEL");
    let unknown = place.run(&format!("{without} --tachometer XY"));
    unknown.mentions("no channel `XY`").mentions("--tachometer DE");
}

#[test]
fn flags_about_the_shaft_that_nothing_would_follow_are_refused() {
    let place = Place::new();
    run_up(&place);
    let fails = |rest: &str, text: &str| {
        place.run(&format!("transform r.mat --rate 12kHz {rest}")).exits(2).mentions(text);
    };
    fails("--speed 20Hz --speed-between 8Hz..32Hz --order-tracking", "cannot be used with");
    fails("--speed 20Hz --tachometer FE --order-tracking", "cannot be used with");
    fails("--tachometer FE --envelope", "--tachometer would be ignored: no step follows it");
    fails("--speed-between 8Hz..32Hz", "help: add --order-tracking before");
    fails("--speed-between 8Hz..32Hz --order-tracking speed=20", "order-tracking has a speed of its own");
    fails("--speed-between 40Hz..20Hz --order-tracking", "the first speed has to be lower than the second");
    fails("--speed-between 40Hz..20Hz --order-tracking", "help: --speed-between 20Hz..40Hz");
    fails("--speed-between 40Hz..40Hz --order-tracking", "help: --speed 40Hz");
}

#[test]
fn a_record_too_short_to_follow_the_shaft_is_told_how_long_it_has_to_be() {
    let place = Place::new();
    run_up(&place);
    let line = "transform r.mat --rate 12kHz --duration 0.4s --speed-between 8Hz..32Hz --order-tracking";
    let ran = place.run(line).exits(3).mentions("4800 samples (0.4 s)");
    ran.mentions("at least 3 frames of 0.5 s").mentions("a record of 1 s or more, 12000 samples");
}

#[test]
fn the_course_of_the_shaft_is_short_in_text_and_whole_in_json_and_the_highest_order_is_said() {
    let place = Place::new();
    run_up(&place);
    let line = "transform r.mat --rate 12kHz --channel DE --speed-between 8Hz..32Hz --order-tracking";
    let ran = place.run(line).exits(0).prints(" points from 0.2 s to 3.7 s, ");
    ran.mentions("order-tracking keeps orders up to 28.8 and cuts all above 32");
    let json = place.run(&format!("{line} --json")).exits(0).json();
    assert!(json["data"]["steps"][0]["speed"].as_array().unwrap().len() > 10);
}

#[test]
fn wrong_values_of_keys_are_refused_in_plain_words() {
    let place = with_recording();
    for (step, what, help) in [
        ("--stft length=1e9", "without point and exponent", "for example length=1000000000"),
        (
            "--stft length=-1",
            "`length` has to be a whole number, 0 or more; it is -1",
            "for example length=256",
        ),
        ("--stft length=", "it is nothing", "for example length=256"),
        (
            "--stft window=han",
            "`window` has no word `han`; did you mean `hann`?",
            "window is one of rectangular",
        ),
        ("--normalise-image by=fitted", "needs more than the word", "by.fitted takes shape, scope"),
        ("--comb-gram bands.uniform=0", "has keys of its own", "bands.uniform takes count"),
        ("--vmd modes=abc", "it is `abc`", "for example modes=4"),
        ("--stft step=stft", "unknown key `step`", "--stft takes window=hann"),
        ("--stft hop=a,length=b", "also: ", "for example"),
    ] {
        let ran = place.run(&format!("transform a.mat --rate 12kHz {step}")).exits(2);
        ran.mentions(what).mentions(&format!("help: {help}")).mentions(&format!("--> {step}"));
    }
}

#[test]
fn mistakes_in_a_file_of_steps_are_all_told_with_line_step_and_the_nearest_word() {
    let place = with_recording();
    place.write("p.toml", "[[pipeline]]\nstep = \"stft\"\nlenght = 64\n\n[[pipeline]]\nstep = \"imag\"\n");
    let ran = place.run("transform a.mat --rate 12kHz --pipeline p.toml").exits(2);
    let ran = ran.mentions("p.toml:3:1: step 1 (stft): unknown key `lenght`; did you mean `length`?");
    let ran = ran.mentions("stft takes window, length, hop, scale, rows, columns");
    let ran = ran.mentions("p.toml:6:8: step 2 (imag): unknown step `imag`; did you mean `image`?");
    ran.mentions("known are remove-mean, standardise");
    let json = place.run("transform a.mat --rate 12kHz --pipeline p.toml --json").exits(2).json();
    assert_eq!((&json["error"]["line"], &json["error"]["column"]), (&3.into(), &1.into()));
    place.write("e.toml", "name = \"net\"\nwindw = 1\n[[pipeline]]\nstep = \"stft\"\nwindow = \"han\"\n");
    let ran = place.run("train e.toml").exits(2).mentions("e.toml:2:1: unknown key `windw`");
    ran.mentions("e.toml:5:10: step 1 (stft): `window` has no word `han`; did you mean `hann`?");
}

#[test]
fn a_mistyped_step_is_answered_with_the_one_that_was_meant() {
    let place = with_recording();
    for (typed, meant) in [("--vdm", "--vmd"), ("--fri", "--fir"), ("--sftf", "--stft")] {
        let line = format!("transform a.mat {typed}");
        let ran = place.run(&line).exits(2).mentions(&format!("brinell transform has no flag `{typed}`\n"));
        ran.mentions(&format!("  help: {meant}, which is much alike\n"));
        let json = place.run(&format!("{line} --json")).exits(2).json();
        assert_eq!(json["error"]["message"], format!("brinell transform has no flag `{typed}`"), "{json}");
    }
    let unlike = place.run("transform a.mat --qqqqqqqq").exits(2).mentions("no flag `--qqqqqqqq`");
    unlike.mentions("help: brinell transform --help shows all flags");
    place.run("transform a.mat b.mat").exits(2).mentions("brinell transform expects nothing at `b.mat`");
}

#[test]
fn columns_that_do_not_divide_the_record_are_answered_with_numbers_that_do() {
    let place = with_recording();
    let ran = place.run("transform a.mat --rate 12kHz --samples 1000 --cwt-image").exits(2);
    ran.mentions("columns = 64")
        .mentions("take 50 or 100 for this record of 1000 samples, cut it to 960 samples");
    place.run("transform a.mat --rate 12kHz --samples 1000 --cwt-image columns=50").exits(0);
    place.run("transform a.mat --rate 12kHz --samples 960 --cwt-image").exits(0);
}

#[test]
fn one_sample_is_no_samples() {
    let place = with_recording();
    place.run("transform a.mat --rate 12kHz --samples 1").exits(0).prints(", 1 sample from");
    let ran = place.run("transform a.mat --rate 12kHz --samples 1 --stft").exits(2);
    ran.mentions("the stretch holds 1 sample at").mentions("the record of 1 sample is");
}

#[test]
fn searches_for_a_band_are_drawn_as_one_named_map_a_fault_with_rising_frequencies() {
    let place = with_recording();
    let common = "transform a.mat --rate 12kHz --speed 30Hz --bearing 6205";
    for step in ["--comb-gram", "--iesfogram"] {
        let json = place.run(&format!("{common} {step} -o m.svg --force --json")).exits(0).json();
        let axes: Vec<&str> = json["data"]["axes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|axis| axis["axis"].as_str().unwrap())
            .collect();
        assert_eq!(axes, ["fault", "level", "frequency_hz"], "{step}");
        assert_eq!(json["data"]["shape"][0], 4);
        let svg = std::fs::read_to_string(place.path("m.svg")).unwrap();
        for panel in ["inner race", "outer race", "rolling element", "cage"] {
            assert!(svg.contains(&format!(", {panel}</text>")), "{step}: {panel}");
        }
        assert!(!svg.contains("middle of each cell"), "{step}");
    }
    place.run("transform a.mat --rate 12kHz --infogram -o i.svg").exits(0);
    let svg = std::fs::read_to_string(place.path("i.svg")).unwrap();
    for panel in ["time", "frequency", "mean"] {
        assert!(svg.contains(&format!(", {panel}</text>")), "{panel}");
    }
}

#[test]
fn several_channels_are_transformed_together() {
    let place = Place::new();
    run_up(&place);
    let command = "transform r.mat --rate 12kHz --samples 1000 --channel DE --channel FE --multivariate-vmd modes=3 \
                   --json";
    let json = place.run(command).exits(0).json();
    assert_eq!(json["data"]["shape"], serde_json::json!([6, 1000]));
    assert_eq!(json["data"]["channel"], "DE, FE");
}

#[test]
fn what_a_decomposition_and_a_band_search_found_is_told() {
    let place = with_recording();
    let command =
        "transform a.mat --rate 12kHz --samples 2048 --selected-vmd modes=[2,3],alphas=[2000],by=kurtosis";
    let ran = place.run(command).exits(0);
    ran.prints(" chosen of 2 pairs: largest kurtosis of a mode: the most of all; ")
        .prints("tried modes=2,alpha=2000: ")
        .prints("tried modes=3,alpha=2000: ")
        .prints(" (chosen)");
    let json = place.run(&format!("{command} --json")).exits(0).json();
    assert_eq!(json["data"]["shape"], serde_json::json!([3, 2048]));
    let found = &json["data"]["findings"][0]["finding"]["selected-modes"];
    assert_eq!((&found["by"], &found["why"]), (&"kurtosis".into(), &"most".into()), "{found}");
    assert_eq!(found["tried"].as_array().unwrap().len(), 2);
    let json = place.run("transform a.mat --rate 12kHz --samples 2048 --vmd modes=3,residual=true --json");
    assert_eq!(json.exits(0).json()["data"]["shape"], serde_json::json!([4, 2048]));

    let command = "transform a.mat --rate 12kHz --samples 2048 --vmd modes=3";
    place.run(command).exits(0).prints("found     vmd: 3 modes in ").prints("mode 3  centre ");
    let json = place.run(&format!("{command},max_sweeps=2 --json")).exits(0).json();
    let found = &json["data"]["findings"][0];
    assert_eq!(found["name"], "vmd");
    assert_eq!(found["finding"]["modes"]["converged"], false);
    assert_eq!(found["finding"]["modes"]["modes"].as_array().unwrap().len(), 3);
    assert!(json["warnings"][0].as_str().unwrap().contains("max_sweeps"), "{json}");
    place.run("transform a.mat --rate 12kHz --kurtogram").exits(0).prints("kurtogram: best band ");
}
