//! Two reports side by side: differences first, and what cannot be set against each other is said.
#![allow(clippy::unwrap_used)]

use crate::sample;
use brinell_diagnosis::Diagnosis;
use brinell_report::{Language, comparison_html, json, read_json};
use std::path::Path;

fn english(first: &Diagnosis, second: &Diagnosis) -> String {
    comparison_html(first, second, Language::English)
}

/// Text between two marks.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let page = &page[page.find(from).unwrap_or_else(|| panic!("no {from}"))..];
    &page[..page.find(to).unwrap_or(page.len())]
}

#[test]
fn the_verdicts_of_both_stand_first_and_their_difference_is_said() {
    let page = english(&sample::found(), &sample::undecided());
    if let Some(folder) = std::env::var_os("BRINELL_SAMPLES") {
        std::fs::write(Path::new(&folder).join("comparison.html"), &page).unwrap();
    }
    let first = between(&page, "id=\"summary\"", "</section>");
    assert!(first.contains("A: Fault found: inner race (BPFI)"));
    assert!(first.contains("B: Undecided: cannot exclude"));
    assert!(first.contains("The reports come to different verdicts."));
    let same = english(&sample::found(), &sample::found());
    assert!(same.contains("Both reports come to the same verdict.") && same.contains("The same recording."));
    assert_eq!(page, english(&sample::found(), &sample::undecided()), "same reports, same bytes");
}

#[test]
fn another_bearing_speed_unit_or_channel_is_said_before_any_number() {
    let first = sample::found();
    let mut second = sample::found();
    second.bearing.as_mut().unwrap().designation = "6203".into();
    second.speed.as_mut().unwrap().hz = 25.0;
    second.input.unit = "m/s2".into();
    second.input.channel = "FE".into();
    let page = english(&first, &second);
    let head = between(&page, "id=\"summary\"", "</section>");
    for name in ["Bearing", "Shaft speed", "Unit", "Channel"] {
        assert!(head.contains(&format!("<strong>{name} differs: </strong>")), "{name}");
    }
    assert!(!english(&first, &first).contains("differs: "));
}

#[test]
fn both_envelope_spectra_are_in_one_figure() {
    let page = english(&sample::found(), &sample::no_fault());
    let figure = between(&page, "<svg class=\"figure\"", "</svg>");
    for curve in ["<path class=\"trace\"", "<path class=\"second\""] {
        assert_eq!(figure.matches(curve).count(), 1, "{curve}");
    }
    assert!(figure.contains("A, band") && figure.contains("B, band"));
    let bare = english(&sample::found(), &sample::nothing_known());
    assert!(bare.contains("the spectra cannot be set against each other."));
}

#[test]
fn indicators_of_different_units_are_not_set_against_each_other() {
    let first = sample::found();
    let mut second = sample::found();
    second.indicators[0].value = first.indicators[0].value.map(|v| 2.0 * v);
    second.indicators[1].unit = "m/s2".into();
    let page = english(&first, &second);
    assert!(page.contains("2.00 times"));
    assert!(page.contains("not comparable: another unit or scaling"));
}

#[test]
fn a_report_is_read_back_from_its_json_and_what_is_none_is_refused() {
    let read = read_json(&json(&sample::found()), Path::new("a.json")).unwrap();
    assert_eq!(read.verdict, sample::found().verdict);
    for (text, reason) in [
        ("{}", "no field \"schema\""),
        ("not json", "this file begins with `not json`"),
        ("{\"schema\": \"brinell.report/9\"}", "brinell.report/9"),
    ] {
        let error = read_json(text, Path::new("b.json")).unwrap_err().to_string();
        assert!(error.contains("b.json") && error.contains(reason), "{error}");
    }
}

#[test]
fn hostile_names_stay_text() {
    let mut first = sample::found();
    first.machine.asset = Some("</script><img src=x onerror=alert(1)>\u{202E}".into());
    first.indicators[0].name = "<b>".into();
    let page = english(&first, &sample::undecided());
    assert!(!page.contains("<img") && !page.contains("<b>") && !page.contains('\u{202E}'));
}
