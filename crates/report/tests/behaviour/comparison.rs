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
    second.bearing.as_mut().unwrap().rolling_elements = 8;
    let speed = second.speed.as_mut().unwrap();
    (speed.hz, speed.by_its_lines_hz) = (25.0, None);
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
fn bearings_are_compared_by_their_numbers_and_what_one_report_does_not_state_is_no_difference() {
    let first = sample::found();
    let mut second = sample::found();
    let bearing = second.bearing.as_mut().unwrap();
    (bearing.designation, bearing.origin) = ("6205".into(), brinell_signal::Origin::Nominal);
    bearing.ball_diameter_mm += 0.004;
    second.speed.as_mut().unwrap().origin = brinell_signal::Origin::Nominal;
    second.machine.asset = None;
    second.input.position = None;
    let page = english(&first, &second);
    assert!(!page.contains("differs: "), "{}", between(&page, "id=\"summary\"", "</section>"));
    assert!(page.contains("Not stated in B: Machine, Sensor position."));
    assert!(!page.contains("Not stated in A"));
    assert!(between(&page, "id=\"all\"", "</section>").contains("not stated in B"));
    let page = english(&sample::unknown_bearing(), &first);
    assert!(page.contains("Not stated in A: Bearing.") && !page.contains("Bearing differs: "));
}

#[test]
fn spectra_at_two_speeds_are_drawn_over_orders() {
    let first = sample::found();
    let mut second = sample::found();
    assert!(english(&first, &second).contains("Frequency, Hz"));
    let speed = second.speed.as_mut().unwrap();
    (speed.hz, speed.by_its_lines_hz) = (2.0 * sample::SHAFT, None);
    second.figures.envelope_spectrum.hz.iter_mut().for_each(|hz| *hz *= 2.0);
    let page = english(&first, &second);
    let figure = between(&page, "<svg class=\"figure\"", "</svg>");
    assert!(figure.contains("Order, \u{d7} shaft") && !figure.contains("Frequency, Hz"), "{figure}");
    assert!(page.contains("the speeds differ, so the axis counts orders"));
    // The same spectrum at twice the speed is the same curve over orders.
    let curve = |class: &str| {
        let path = between(figure, &format!("<path class=\"{class}\""), "/>");
        path[path.find(" d=").unwrap()..].to_owned()
    };
    assert_eq!(curve("trace"), curve("second"));
    // Where one speed is not known there are no orders.
    second.speed = None;
    assert!(english(&first, &second).contains("Frequency, Hz"));
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

#[test]
fn a_correction_of_the_speed_by_its_own_lines_makes_no_other_speed() {
    let first = sample::found();
    let mut second = sample::found();
    second.speed.as_mut().unwrap().by_its_lines_hz = Some(1.0025 * sample::SHAFT);
    let page = english(&first, &second);
    assert!(!page.contains("Shaft speed differs: ") && page.contains("Frequency, Hz"));
    second.speed.as_mut().unwrap().by_its_lines_hz = Some(1.0045 * sample::SHAFT);
    let page = english(&first, &second);
    assert!(page.contains("Shaft speed differs: ") && !page.contains("Frequency, Hz"));
}

#[test]
fn dates_are_told_and_a_comparison_that_runs_back_in_time_is_warned_of() {
    let [mut first, mut second] = [sample::found(), sample::found()];
    let date = |d: &mut Diagnosis, date: &str| {
        d.assessed.get_or_insert_default().measured = Some(date.to_owned());
    };
    date(&mut first, "2026-11-01");
    date(&mut second, "2026-11-03");
    let page = english(&first, &second);
    assert!(page.contains("A was measured on 2026-11-01, B on 2026-11-03."));
    assert!(!page.contains("A is the later of the two"));
    assert!(english(&second, &first).contains("A is the later of the two"));
}
