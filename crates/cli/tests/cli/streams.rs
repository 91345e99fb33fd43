//! Standard output, standard error, colour, pipes, devices.

use crate::place::{KNOWN, Place};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

const ESCAPE: char = '\u{1b}';

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    // The exit code of the program itself, not that of `head`.
    let ran = place.shell("{ $BRINELL data list cwru --data-dir d; echo $? >code; } | head -1");
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert_eq!(std::fs::read_to_string(place.path("code")).unwrap(), "0\n");
    assert_eq!(ran.err, "");
}

#[test]
fn help_into_a_closed_pipe_is_no_error_either() {
    let ran = Place::new()
        .shell("{ sleep 0.2; $BRINELL diagnose --help; echo $? >code; } | true; sleep 1; cat code");
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("0\n", ""));
}

#[test]
fn nothing_written_to_a_file_or_pipe_holds_an_escape() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    for line in ["freqs 6205", "probe a.mat --rate 12kHz", "--help", "freqs 62O5", "list bearings", "prob"] {
        let ran = place.run(line);
        assert!(!ran.out.contains(ESCAPE) && !ran.err.contains(ESCAPE), "{line}");
    }
}

#[test]
fn colour_follows_flag_then_no_color_then_clicolor_force_then_term() {
    let place = Place::new();
    let colours = |words: &[&str], environment: &[(&str, &str)]| {
        let mut command = place.command();
        command.args(words).envs(environment.iter().copied());
        let out = command.output().unwrap();
        String::from_utf8_lossy(&out.stdout).contains(ESCAPE)
    };
    assert!(!colours(&["freqs", "6205"], &[]));
    assert!(colours(&["freqs", "6205"], &[("CLICOLOR_FORCE", "1")]));
    assert!(colours(&["freqs", "6205"], &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]));
    assert!(!colours(&["freqs", "6205"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(colours(&["freqs", "6205"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]));
    assert!(colours(&["freqs", "6205", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!colours(&["freqs", "6205", "--color=never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_full_disk_is_said_and_exits_4() {
    let place = Place::new();
    place
        .run("freqs 6205 -o /dev/full")
        .exits(4)
        .mentions("/dev/full cannot be written")
        .mentions("disk is full");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = place.command().args(["freqs", "6205"]).stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output cannot be written"));
}

#[test]
fn flags_stand_before_or_after_the_command() {
    let place = Place::new();
    let before = place.run("--format json freqs 6205").exits(0).json();
    let after = place.run("freqs 6205 --json").exits(0).json();
    assert_eq!(before["data"], after["data"]);
}

#[test]
fn quiet_keeps_results_and_errors() {
    let place = Place::new();
    place.run("-q freqs 6205").exits(0).prints("BPFO").says("");
    place.run("-q freqs 6205 --speed 1797").exits(2).mentions("has no unit");
}

#[test]
fn control_characters_in_a_name_never_reach_the_terminal() {
    let place = Place::new();
    let name = "evil\u{1b}]0;owned\u{7}\n\u{202e}.mat";
    place.write(name, "no recording at all");
    for words in [vec!["diagnose", name], vec!["probe", name], vec!["diagnose", ".", "-v"]] {
        let ran = place.run_words(&words);
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        for text in [&ran.out, &ran.err] {
            assert!(
                !text.contains(ESCAPE) && !text.contains('\u{7}') && !text.contains('\u{202e}'),
                "{text:?}"
            );
        }
        assert!((ran.out + &ran.err).contains("evil\\x1b]0;owned\\x07\\n"), "the name is shown");
    }
}

#[test]
fn names_with_blanks_line_breaks_and_bytes_that_are_no_text_are_read() {
    let place = Place::new();
    for name in [&b"two words.mat"[..], b"line\nbreak.mat", b"not\xfftext.mat", b"-dash.mat"] {
        let name = std::ffi::OsStr::from_bytes(name);
        let path = place.recording(name, None, 1);
        let mut words: Vec<&std::ffi::OsStr> = vec!["diagnose".as_ref()];
        words.extend(KNOWN.split(' ').map(std::ffi::OsStr::new));
        words.push(path.as_os_str());
        place.run_words(&words).exits(0).prints(".mat");
    }
    // A dash in front needs `--`.
    let words = ["probe", "--rate", "12kHz", "--", "-dash.mat"];
    place.run_words(&words).exits(0).prints("-dash.mat");
}
