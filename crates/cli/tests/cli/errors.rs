//! What the program says when something is wrong, word for word.

use crate::place::{KNOWN, Place};

#[test]
fn a_speed_without_unit_is_answered_with_its_readings() {
    Place::new().run("freqs 6205 --speed 1797").exits(2).says(
        "error: --speed 1797 has no unit\n  help: --speed 1797rpm (29.95 Hz) or --speed 1797Hz (107820 rpm)\n",
    );
}

#[test]
fn a_speed_of_zero_is_refused() {
    Place::new()
        .run("freqs 6205 --speed 0rpm")
        .exits(2)
        .mentions("--speed 0rpm is refused: the shaft has to turn");
    for speed in ["0rpm", "0", "0.0Hz", "-5"] {
        let ran = Place::new().run(&format!("freqs 6205 --speed={speed}")).exits(2);
        ran.mentions("help: for example --speed 1480rpm\n");
    }
    let ran = Place::new().run("diagnose a.mat --speed 0").exits(2).mentions("--speed 0 has no unit");
    ran.mentions("help: for example --speed 1480rpm\n");
    Place::new().run("freqs 6205 --speed=-5Hz").exits(2).mentions("the shaft has to turn");
    Place::new().run("freqs 6205 --speed=1797,5rpm").exits(2).mentions("the decimal sign is a point");
}

#[test]
fn an_unknown_rate_is_asked_for_with_a_command_to_copy() {
    let place = Place::new();
    place.recording("rig3/vib_07.mat", None, 1);
    place.run("diagnose rig3/vib_07.mat").exits(3).says(
        "error: the sampling rate of rig3/vib_07.mat is unknown\n  \
         --> rig3/vib_07.mat, variable `vibration` (60000 x 1 float64, byte 128)\n  \
         why: the file holds no rate, and neither its layout nor a catalogue gives one\n  \
         help: brinell diagnose rig3/vib_07.mat --rate 12kHz\n",
    );
}

#[test]
fn a_truncated_file_names_its_variable_and_byte() {
    let place = Place::new();
    let path = place.recording("whole.mat", None, 1);
    let bytes = std::fs::read(path).unwrap();
    place.write("cut.mat", &bytes[..100_000]);
    let ran = place.run("diagnose cut.mat").exits(3);
    let ran = ran.mentions("error: cut.mat ends inside variable `vibration`");
    let ran = ran.mentions("--> cut.mat, byte 100000");
    ran.mentions("why: the element declares").mentions("the copy was cut");
}

#[test]
fn a_text_file_under_a_mat_name_is_recognised() {
    let place = Place::new();
    place.write("notes.mat", "bearing changed on Tuesday\n");
    let ran = place.run("diagnose notes.mat").exits(3);
    ran.mentions("error: notes.mat is not a recording that can be read")
        .mentions("why: it looks like text, first line `bearing changed on Tuesday`")
        .mentions("help: ");
    place.write("empty.mat", "");
    place.run("probe empty.mat").exits(3).mentions("error: empty.mat is empty").mentions("0 bytes");
}

#[test]
fn a_folder_without_recordings_is_said() {
    let place = Place::new();
    std::fs::create_dir(place.path("plant")).unwrap();
    let text = |held: &str| {
        format!(
            "error: plant holds no recording\n  --> plant\n  why: files of the formats that are read were looked for, by \
             name and by their first bytes: {held}\n  help: name another folder, or the files themselves; brinell list formats \
             shows what is read\n"
        )
    };
    let none = text("it and the folders in it hold no file (hidden ones are passed over)");
    place.run("diagnose plant").exits(3).says(&none);
    place.write("plant/.hidden.mat", "hidden");
    place.run("diagnose plant").exits(3).says(&none);
    place.write("plant/readme.txt", "no data");
    place.run("diagnose plant").exits(3).says(&text("the 1 file in it is none"));
}

#[test]
fn a_missing_file_is_said_in_words() {
    Place::new().run("diagnose rig/none.mat").exits(3).says(
        "error: rig/none.mat does not exist\n  --> rig/none.mat\n  why: there is no such file or folder\n  help: ls rig\n",
    );
}

#[test]
fn an_unknown_bearing_is_answered_with_its_neighbours() {
    let ran = Place::new().run("freqs 6266 --speed 1797rpm").exits(2);
    ran.mentions("error: unknown bearing `6266`; did you mean ")
        .mentions("6206")
        .mentions("why: the catalogue has ")
        .mentions("help: brinell list bearings");
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.run("diagnose a.mat --rate 12kHz --bearing 99999").exits(2).mentions("unknown bearing `99999`");
}

#[test]
fn impossible_dimensions_are_refused() {
    let line = "freqs --rolling-elements 9 --ball-diameter 50mm --pitch-diameter 39mm";
    Place::new().run(line).exits(2).mentions("bearing geometry");
    Place::new().run("freqs --rolling-elements 9").exits(2).mentions("--ball-diameter");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_found_before_the_work() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.write("file", "in the way");
    let ran = place.run(&format!("diagnose a.mat {KNOWN} -o file/report")).exits(4);
    assert_eq!(ran.out, "", "nothing was diagnosed");
    let ran = ran.mentions("error: file/report cannot be written");
    ran.mentions("why: a part of the path is not a folder").mentions("-o");
    place.run(&format!("diagnose a.mat {KNOWN} -o file")).exits(4).mentions("error: file is no folder");
    place.run("data simulate --bearing 6205 --speed 30Hz -o file/sim").exits(4).mentions("cannot be written");
}

#[test]
fn a_filled_output_folder_is_not_overwritten_unasked() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.write("report/mine.txt", "keep");
    let line = format!("diagnose a.mat {KNOWN} -o report");
    place.run(&line).exits(2).mentions("error: report exists already").mentions("-o report-2");
    place.run(&format!("{line} --force")).exits(0);
    assert_eq!(std::fs::read_to_string(place.path("report/mine.txt")).unwrap(), "keep");
}

#[test]
fn mistyped_commands_and_flags_are_answered_with_the_right_ones() {
    let place = Place::new();
    place.run("diagnos a.mat").exits(2).mentions("'diagnose'");
    place.run("diagnose a.mat --sped 30Hz").exits(2).mentions("help: --speed");
    place.run("list bearing").exits(2).mentions("'bearings'");
    place.run("data list cwur").exits(2).mentions("did you mean `cwru`?");
    place
        .run("data fetch cwru --only 9999999 --data-dir d --offline")
        .exits(2)
        .mentions("has no file `9999999`");
}

#[test]
fn wrong_keys_of_a_configuration_are_all_reported_with_their_places() {
    let place = Place::new();
    place.write("net.toml", "name = \"net\"\nwindw = 2048\n\n[training]\nepohcs = 4\n");
    let ran = place.run("train net.toml").exits(2);
    let ran = ran.mentions("problems in net.toml").mentions("net.toml:2:1: unknown key `windw`");
    let ran = ran.mentions("  2 | windw = 2048\n    | ^^^^^\n");
    ran.mentions("net.toml:5:1: unknown key `epohcs`; did you mean `epochs`?");
    let json = place.run("train net.toml --json").exits(2).json();
    assert_eq!(json["error"]["code"], "config_invalid");
    assert_eq!(json["error"]["file"], "net.toml");
    assert!(json["error"]["line"].is_number() && json["error"]["column"].is_number());
}

#[test]
fn a_model_that_is_none_is_refused_before_any_recording_is_read() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.write("net.safetensors", "not a model");
    let line = format!("diagnose a.mat {KNOWN} --model");
    place
        .run(&format!("{line} net.safetensors"))
        .exits(3)
        .mentions("net.safetensors cannot be used as a model");
    place.run(&format!("{line} gone.safetensors")).exits(3).mentions("gone.safetensors does not exist");
    place.run(&format!("{line} none")).exits(0);
}

#[test]
fn no_error_shows_a_number_of_the_system_or_a_debug_dump() {
    let place = Place::new();
    place.write("file", "x");
    for line in
        ["diagnose gone.mat", "diagnose file/a.mat", "probe gone.mat", "train gone.toml", "evaluate gone"]
    {
        let ran = place.run(line);
        assert!(ran.code == Some(3), "{line}: {:?}\n{}", ran.code, ran.err);
        assert!(!ran.err.contains("os error") && !ran.err.contains('{'), "{line}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{line}: {}", ran.err);
    }
}
