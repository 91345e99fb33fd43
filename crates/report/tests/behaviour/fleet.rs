//! The fleet page: order, counts, links, size.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_report::{FleetOptions, FleetRow, fleet_html};

fn options() -> FleetOptions {
    FleetOptions { title: "Plant 2".into(), created: None }
}

#[test]
fn the_worst_come_first_and_failed_files_are_listed_with_their_reason() {
    let rows = [
        FleetRow::diagnosed(&sample::no_fault(), Some("97.html")),
        FleetRow::failed("broken.mat", "byte 128: the array ends early"),
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
