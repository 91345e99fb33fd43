//! The fleet page: order, counts, links, size.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_diagnosis::{Criticality, Machine};
use brinell_report::{Declared, FleetChoice, FleetOptions, FleetRow, fleet_html};

fn options() -> FleetOptions {
    FleetOptions { title: "Plant 2".into(), ..FleetOptions::default() }
}

#[test]
fn the_worst_come_first_and_failed_files_are_listed_with_their_reason() {
    let rows = [
        FleetRow::diagnosed(&sample::no_fault(), Some("97.html")),
        FleetRow::failed("broken.mat", &Declared::default(), "byte 128: the array ends early"),
        FleetRow::diagnosed(&sample::found(), Some("a b/105.html")),
        FleetRow::diagnosed(&sample::undecided(), Some("118.html")),
    ];
    let page = fleet_html(&rows, &options());
    if let Some(folder) = std::env::var_os("BRINELL_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join("fleet.html"), &page).unwrap();
    }
    let body = &page[page.find("<tbody>").unwrap()..];
    let places: Vec<usize> = ["105.html", "118.html", "broken.mat", "97.html"]
        .iter()
        .map(|name| body.find(name).unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(body.contains("byte 128: the array ends early"));
    assert!(body.contains("href=\"./a%20b/105.html\""));
    for word in ["Fault found", "Undecided", "Failed", "No fault found"] {
        assert!(page.contains(&format!("{word}</span> <b>1</b>")), "count of {word}");
    }
}

#[test]
fn a_failed_row_keeps_what_was_said_of_it_and_of_failed_rows_the_more_critical_machine_comes_first() {
    let declared = |asset: &str, criticality| Declared {
        machine: Machine {
            asset: Some(asset.into()),
            point: Some("drive end".into()),
            criticality: Some(criticality),
            ..Machine::default()
        },
        bearing: Some("NU206".into()),
        speed_hz: Some(24.5),
        ..Declared::default()
    };
    let rows = [
        FleetRow::failed("low.mat", &declared("Fan", Criticality::Low), "no data"),
        FleetRow::failed("high.mat", &declared("Pump", Criticality::High), "no data"),
    ];
    let page = fleet_html(&rows, &options());
    let body = &page[page.find("<tbody>").unwrap()..];
    for part in ["Pump, drive end", "NU206, 24.50 Hz", "criticality high", "data-machine=\"Pump\""] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(body.find("high.mat").unwrap() < body.find("low.mat").unwrap());
}

#[test]
fn only_the_newest_reading_of_a_point_is_ranked_and_older_ones_stand_last_with_their_dates() {
    let row =
        |mut diagnosis: brinell_diagnosis::Diagnosis, name: &str, point: &str, measured: Option<&str>| {
            diagnosis.input.path = name.into();
            diagnosis.machine = Machine { point: Some(point.into()), ..Machine::default() };
            let assessed = diagnosis.assessed.get_or_insert_default();
            assessed.measured = measured.map(str::to_owned);
            FleetRow::diagnosed(&diagnosis, None)
        };
    let rows = [
        row(sample::found(), "first.mat", "DE", Some("2026-11-01T08:15:30")),
        row(sample::no_fault(), "newest.mat", "DE", Some("2026-11-03")),
        row(sample::found(), "same-day.mat", "DE", Some("2026-11-03T12:00")),
        row(sample::undecided(), "second.mat", "DE", Some("2026-11-02")),
        row(sample::undecided(), "other.mat", "FE", Some("2026-10-01")),
        row(sample::no_fault(), "undated.mat", "DE", None),
    ];
    let page = fleet_html(&rows, &options());
    let body = &page[page.find("<tbody>").unwrap()..];
    let order = ["same-day.mat", "other.mat", "newest.mat", "undated.mat", "second.mat", "first.mat"];
    let places: Vec<usize> = order.iter().map(|name| body.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(body.matches("data-status=\"older\"").count(), 2);
    assert!(body.find("data-status=\"older\"").unwrap() > places[3], "after all that is ranked");
    assert!(body.contains(">2026-11-01</span>") && body.contains(">08:15<"), "{body}");
    assert!(page.contains("value=\"older\"") && page.contains("Older reading</span> <b>2</b>"));
    assert!(page.contains("Fault found</span> <b>1</b>"), "older readings are counted apart");
    assert!(page.contains("2 of them are older readings of a point that has a newer one"));
    // Without an older reading nothing is said of any; of a point without a name none is known.
    let unnamed = |name, measured| {
        let mut row = row(sample::found(), name, "", Some(measured));
        row.point = None;
        row
    };
    let page = fleet_html(&[unnamed("a.mat", "2026-11-01"), unnamed("b.mat", "2026-11-02")], &options());
    assert!(!page.contains("value=\"older\"") && !page.contains("Older reading"));
}

#[test]
fn ten_thousand_rows_give_a_page_of_a_few_megabytes() {
    let template = FleetRow::diagnosed(&sample::no_fault(), Some("97.html"));
    let rows: Vec<FleetRow> =
        (0..10_000).map(|i| FleetRow { file: format!("record-{i:05}.mat"), ..template.clone() }).collect();
    let page = fleet_html(&rows, &options());
    assert!(page.len() < 10_000_000, "{}", page.len());
    assert_eq!(page.matches("<tr class=\"row nofault-row\"").count(), 10_000);
    assert!(
        page.find("record-00000").unwrap() < page.find("record-09999").unwrap(),
        "equal ranks keep their order"
    );
}

#[test]
fn an_empty_fleet_says_so() {
    assert!(fleet_html(&[], &options()).contains("Nothing was diagnosed"));
}

#[test]
fn of_equal_chances_the_deeper_modulation_comes_first() {
    let (weak, mut strong) = (sample::found(), sample::found());
    strong.input.path = "strong.mat".into();
    strong.evidence[0].modulation = 3.0;
    let page =
        fleet_html(&[FleetRow::diagnosed(&weak, None), FleetRow::diagnosed(&strong, None)], &options());
    assert!(page.find("strong.mat").unwrap() < page.find("105.mat").unwrap());
}

#[test]
fn of_equal_status_the_more_critical_machine_comes_first_and_then_the_higher_stage() {
    let row = |name: &str, criticality, stage| {
        let mut diagnosis = sample::undecided();
        diagnosis.input.path = name.into();
        diagnosis.machine.criticality = criticality;
        diagnosis.assessed.as_mut().unwrap().stage.range = stage;
        FleetRow::diagnosed(&diagnosis, None)
    };
    let rows = [
        row("low4.mat", Some(Criticality::Low), Some([4, 4])),
        row("open.mat", None, None),
        row("open2.mat", None, Some([2, 3])),
        row("medium3.mat", Some(Criticality::Medium), Some([3, 3])),
        row("high1.mat", Some(Criticality::High), Some([1, 2])),
        FleetRow::diagnosed(&sample::found(), None),
    ];
    let page = fleet_html(&rows, &options());
    let body = &page[page.find("<tbody>").unwrap()..];
    let order = ["105.mat", "high1.mat", "medium3.mat", "open2.mat", "open.mat", "low4.mat"];
    let places: Vec<usize> = order.iter().map(|name| body.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_line_tells_velocity_zone_stage_and_the_first_action_with_its_dates() {
    let page = |diagnosis| {
        let page = fleet_html(&[FleetRow::diagnosed(&diagnosis, None)], &options());
        page[page.find("<tbody>").unwrap()..].to_owned()
    };
    let body = page(sample::undecided());
    for part in [">1.87</td>", "<td>B</td>", "1 to 4</td>", "<strong>2026-11-04 to 2026-11-17</strong>"] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(body.contains("criticality high"), "{body}");
    // Without a date of measurement only days can be told, and further actions are counted.
    let body = page(sample::found());
    assert!(body.contains("<strong>in 7 to 28 days</strong>") && body.contains(" and 1 more"), "{body}");
}

#[test]
fn where_there_is_no_zone_the_line_says_what_is_missing_or_out_of_scope() {
    let zone = |change: fn(&mut brinell_diagnosis::Machine), refusal: &str| {
        let mut diagnosis = sample::undecided();
        diagnosis.input.unit_origin = brinell_signal::Origin::Declared;
        change(&mut diagnosis.machine);
        let severity = &mut diagnosis.assessed.as_mut().unwrap().severity;
        (severity.zone, severity.refusals) = (None, vec![refusal.into()]);
        fleet_html(&[FleetRow::diagnosed(&diagnosis, None)], &options())
    };
    let page = zone(|machine| (machine.power_kw, machine.group) = (None, None), "No zone: no power.");
    assert!(page.contains("none: power, group not declared"), "{page}");
    let page = zone(|_| (), "No zone: the standard is for machines above 15 kW, and this one has 3 kW.");
    assert!(
        page.contains("No zone: the standard is for machines above 15 kW, and this one has 3 kW.<"),
        "{page}"
    );
}

#[test]
fn of_a_large_fleet_the_worst_are_shown_all_are_counted_and_the_page_says_so() {
    let sound = FleetRow::diagnosed(&sample::no_fault(), None);
    let mut rows = vec![sound; 300];
    rows[250] = FleetRow::diagnosed(&sample::found(), Some("worst.html"));
    rows[299] = FleetRow::failed("broken.mat", &Declared::default(), "no data");
    let mut choice = FleetChoice::new(3);
    rows.iter().for_each(|row| choice.note(row));
    rows.iter().for_each(|row| choice.offer(row.clone()));
    let page = choice.html(&options());
    assert_eq!(page.matches("<tr class=\"row ").count(), 3);
    let body = &page[page.find("<tbody>").unwrap()..];
    assert!(body.find("worst.html").unwrap() < body.find("broken.mat").unwrap());
    assert!(page.contains("300 recordings, worst first") && page.contains("The worst 3 are shown"), "{page}");
    assert!(page.contains("No fault found</span> <b>298</b>"));
    assert!(!fleet_html(&rows, &options()).contains("are shown;"));
}
