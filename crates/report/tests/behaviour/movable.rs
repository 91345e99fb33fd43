//! What a reader does with the pages in a real browser: keys, mouse, links, filters, paper. Skipped where no
//! Chromium is found.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::devtools::{Browser, chromium};
use crate::sample;

use brinell_report::{Declared, FleetOptions, FleetRow, Forms, fleet_html, write_fleet, write_report};

const SCREEN: [u32; 2] = [1280, 900];
const READING: &str = "document.querySelector('#summary .cursor-reading').textContent";
const PLOT: &str = "document.querySelector('#summary .plot')";

fn browser() -> Option<Browser> {
    let program = chromium();
    if program.is_none() {
        println!("skipped: no Chromium");
    }
    program.map(|program| Browser::start(&program))
}

#[test]
fn keys_move_the_cursor_mark_harmonics_and_sidebands_and_change_the_scale() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let paths = write_report(&sample::found(), folder.path(), &Forms::default(), true).unwrap();
    browser.open(&paths.html, "", SCREEN);
    assert_eq!(browser.value("document.querySelectorAll('.plot[role=application]').length"), 10);
    // The plot is reached with the Tab key alone.
    for _ in 0..40 {
        browser.press(&["Tab"]);
        if browser.value(&format!("document.activeElement === {PLOT}")) == true {
            break;
        }
    }
    assert_eq!(browser.value(&format!("document.activeElement === {PLOT}")), true);
    browser.press(&["ArrowRight"]);
    let first = browser.text(READING);
    for unit in [" Hz = ", "shaft", " CPM", "dB re largest", "dB over the floor"] {
        assert!(first.contains(unit), "{unit}: {first}");
    }
    browser.press(&["ArrowRight"]);
    assert_ne!(browser.text(READING), first);
    browser.press(&["h", "s"]);
    let marked = browser.text(READING);
    assert!(marked.contains("harmonics, dB re largest: 1: ") && marked.contains("sidebands "), "{marked}");
    let sides = browser.value("document.querySelectorAll('#summary .cursor-line.side').length");
    assert!(sides.as_u64().unwrap() >= 2, "{sides}");
    let ticks = "document.querySelector('#summary .axes').textContent";
    let linear = browser.text(ticks);
    browser.press(&["l"]);
    assert_ne!(browser.text(ticks), linear);
    browser.press(&["Escape", "Escape"]);
    assert_eq!(browser.text(ticks), linear, "what was drawn is there again");
    assert_eq!(browser.value("document.querySelectorAll('#summary .cursor-line').length"), 0);
    assert!(browser.log.is_empty(), "{:?}", browser.log);
}

#[test]
fn a_drag_zooms_and_a_drag_of_one_harmonic_moves_all_of_them() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let paths = write_report(&sample::found(), folder.path(), &Forms::default(), true).unwrap();
    browser.open(&paths.html, "", [1280, 1400]);
    let frame = browser.value(
        "(() => { const b = document.querySelector('#summary .frame').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()",
    );
    let [left, top, width, height] = [0, 1, 2, 3].map(|i| frame[i].as_f64().unwrap());
    let at = |share: f64| [left + share * width, top + 0.4 * height];
    let curve = "document.querySelector('#summary [data-curve] path.trace').getAttribute('d')";
    let whole = browser.text(curve);
    browser.drag(at(0.2), at(0.4));
    assert_ne!(browser.text(curve), whole);
    browser.press(&["0"]);
    assert_eq!(browser.text(curve), whole);
    browser.drag(at(0.15), at(0.15));
    browser.press(&["h"]);
    let lines = "[...document.querySelectorAll('#summary .cursor-line')].map(l => parseFloat(l.getAttribute('d').slice(1)))";
    let places = |value: serde_json::Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let before = places(browser.value(lines));
    let scale = width
        / browser
            .value("parseFloat(document.querySelector('#summary .frame').getAttribute('width'))")
            .as_f64()
            .unwrap();
    let origin = browser
        .value("parseFloat(document.querySelector('#summary .frame').getAttribute('x'))")
        .as_f64()
        .unwrap();
    let second = left + (before[0] - origin) * scale;
    browser.drag([second, top + 0.4 * height], [second + 40.0, top + 0.4 * height]);
    let after = places(browser.value(lines));
    assert!(after[0] > before[0] + 20.0, "{before:?} {after:?}");
    assert!(after[1] - before[1] > after[0] - before[0], "the third moves further: {before:?} {after:?}");
    assert!(browser.log.is_empty(), "{:?}", browser.log);
}

#[test]
fn a_report_is_printed_on_pages_of_its_own_without_the_tools_of_the_screen() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let paths = write_report(&sample::found(), folder.path(), &Forms::default(), true).unwrap();
    browser.open(&paths.html, "", SCREEN);
    let printed = browser.printed();
    let pages = String::from_utf8_lossy(&printed).matches("/Type /Page\n").count();
    assert!((3..=14).contains(&pages), "{pages} pages");
    browser.ask("Emulation.setEmulatedMedia", serde_json::json!({ "media": "print" }));
    assert_eq!(browser.text("getComputedStyle(document.querySelector('.tools')).display"), "none");
}

#[test]
fn no_page_is_wider_than_the_screen_of_a_phone() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for diagnosis in [sample::found(), sample::undecided(), sample::nothing_known()] {
        let paths = write_report(&diagnosis, folder.path(), &Forms::default(), true).unwrap();
        browser.open(&paths.html, "", [390, 844]);
        let width = browser.value("document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(width <= 390, "{width} pixels");
    }
}

#[test]
fn what_is_chosen_in_a_fleet_stands_in_its_address_and_links_lead_to_files() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut rows =
        vec![FleetRow::failed("broken.mat", &Declared::default(), "byte 128: the array ends early")];
    for diagnosis in [sample::found(), sample::undecided(), sample::no_fault()] {
        let paths = write_report(&diagnosis, folder.path(), &Forms::default(), true).unwrap();
        let name = paths.html.file_name().unwrap().to_string_lossy().into_owned();
        rows.push(FleetRow::diagnosed(&diagnosis, Some(&name)));
    }
    let options = FleetOptions { title: "Plant".into(), ..FleetOptions::default() };
    let path = write_fleet(&fleet_html(&rows, &options), folder.path(), false).unwrap();
    let count = "document.querySelectorAll('tr.row').length";
    browser.open(&path, "", SCREEN);
    assert_eq!(browser.value(count), 4);
    browser.value("document.querySelector('input[value=failed]').click()");
    assert_eq!(browser.value(count), 1);
    assert_eq!(browser.text("location.hash"), "#status=failed");
    browser.open(&path, "#text=97.mat", SCREEN);
    assert_eq!(browser.value(count), 1);
    assert!(browser.text("document.querySelector('tr.row').textContent").contains("97.mat"));
    browser.open(&path, "#sort=2", SCREEN);
    assert!(browser.text("document.querySelector('tr.row').textContent").contains("105.mat"));
    let links = browser.value("[...document.querySelectorAll('tr.row a')].map(a => a.href)");
    let links = links.as_array().unwrap();
    assert_eq!(links.len(), 3);
    for link in links {
        let file = link.as_str().unwrap().strip_prefix("file://").unwrap();
        assert!(std::path::Path::new(file).is_file(), "{file}");
    }
    assert!(browser.log.is_empty(), "{:?}", browser.log);
}

#[test]
fn ten_thousand_rows_are_searched_and_only_some_of_them_laid_out() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let template = FleetRow::diagnosed(&sample::undecided(), Some("118.html"));
    let rows: Vec<FleetRow> =
        (0..10_000).map(|i| FleetRow { file: format!("record-{i:05}.mat"), ..template.clone() }).collect();
    let options = FleetOptions { title: "Plant".into(), ..FleetOptions::default() };
    let path = write_fleet(&fleet_html(&rows, &options), folder.path(), false).unwrap();
    browser.open(&path, "", SCREEN);
    let count = "document.querySelectorAll('tr.row').length";
    assert!(browser.value(count).as_u64().unwrap() <= 1000);
    let search = "(() => { const s = document.querySelector('input[type=search]'); const t = performance.now(); s.value = '-0777'; s.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - t; })()";
    let milliseconds = browser.value(search).as_f64().unwrap();
    println!(
        "10 000 rows: a search takes {milliseconds:.0} ms, the page has {} bytes",
        std::fs::metadata(&path).unwrap().len()
    );
    assert_eq!(browser.value(count), 10);
}
