//! The page in a real browser: it loads from disk without network, without a console error, and all
//! figures are drawn. Skipped where no Chromium is found.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::devtools::{OFFLINE, chromium};
use crate::sample;

use brinell_report::{Declared, FleetOptions, FleetRow, Forms, fleet_html, write_fleet, write_report};
use std::path::Path;
use std::process::Command;

/// The document after loading, and what the browser logged.
fn load(browser: &Path, page: &Path) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(OFFLINE)
        .args(["--enable-logging=stderr", "--v=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn check_log(log: &str) {
    for line in log.lines() {
        let own = line.contains("CONSOLE");
        assert!(!own, "the console is not empty: {line}");
        assert!(!line.contains("Refused to") && !line.contains("ERR_NAME_NOT_RESOLVED"), "{line}");
    }
}

#[test]
fn a_report_loads_offline_with_all_figures_and_an_empty_console() {
    let Some(browser) = chromium() else {
        println!("skipped: no Chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (diagnosis, figures) in [(sample::found(), 10), (sample::nothing_known(), 0)] {
        let paths = write_report(&diagnosis, folder.path(), &Forms::default(), true).unwrap();
        let (dom, log) = load(&browser, &paths.html);
        check_log(&log);
        assert!(dom.contains("id=\"summary-title\""), "no document: {log}");
        assert_eq!(dom.matches("<svg class=\"figure\"").count(), figures);
        assert_eq!(dom.matches("<title id=\"").count(), figures, "every figure has a title");
        assert_eq!(dom.matches("<desc id=\"").count(), figures, "every figure has a description");
        assert!(dom.trim_end().ends_with("</html>"));
    }
}

#[test]
fn the_policy_lets_the_style_through_and_stops_all_else() {
    let Some(browser) = chromium() else {
        println!("skipped: no Chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let paths = write_report(&sample::no_fault(), folder.path(), &Forms::default(), true).unwrap();
    // The same page with something smuggled in: the browser must refuse it and say so.
    let page = std::fs::read_to_string(&paths.html).unwrap();
    let smuggled = page.replace("</body>", "<script>document.body.id='ran'</script><img src=\"http://127.0.0.1:9/x.png\"><style>p{color:red}</style></body>");
    std::fs::write(&paths.html, smuggled).unwrap();
    let (dom, log) = load(&browser, &paths.html);
    assert!(!dom.contains("<body id=\"ran\""), "a script ran");
    assert!(log.matches("Content Security Policy").count() >= 3, "{log}");
}

#[test]
fn a_fleet_page_loads_with_an_empty_console() {
    let Some(browser) = chromium() else {
        println!("skipped: no Chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        FleetRow::diagnosed(&sample::found(), Some("x.html")),
        FleetRow::failed("b.mat", &Declared::default(), "unreadable"),
    ];
    let options = FleetOptions { title: "Plant".into(), ..FleetOptions::default() };
    let path = write_fleet(&fleet_html(&rows, &options), folder.path(), false).unwrap();
    let (dom, log) = load(&browser, &path);
    check_log(&log);
    assert_eq!(dom.matches("<tr class=\"row ").count(), 2);
}
