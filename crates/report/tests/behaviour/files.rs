//! Report files: names, refusal, whole or not at all.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_report::{
    Declared, Error, FleetOptions, FleetRow, Forms, PdfOptions, fleet_html, report_name, write_fleet,
    write_report,
};
use serde_json::Value;

#[test]
fn a_report_is_a_page_and_a_json_file_named_by_stem_and_id() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("deep/er");
    let paths = write_report(&sample::found(), &target, &Forms::default(), false).unwrap();
    assert_eq!(paths.html, target.join("105-a1f4c09d3b52-DE.html"));
    assert_eq!(paths.json, target.join("105-a1f4c09d3b52-DE.json"));
    let page = std::fs::read_to_string(&paths.html).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("href=\"./105-a1f4c09d3b52-DE.json\""));
    let data: brinell_diagnosis::Diagnosis =
        serde_json::from_str(&std::fs::read_to_string(&paths.json).unwrap()).unwrap();
    let (read, made) = (serde_json::to_value(&data).unwrap(), serde_json::to_value(sample::found()).unwrap());
    assert!(same(&read, &made), "the JSON reads back the same");
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn a_pdf_and_a_text_are_written_beside_the_page_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let forms = Forms { pdf: Some(PdfOptions::default()), markdown: true, ..Forms::default() };
    let paths = write_report(&sample::found(), folder.path(), &forms, false).unwrap();
    assert!(std::fs::read(paths.pdf.unwrap()).unwrap().starts_with(b"%PDF-"));
    let text = std::fs::read_to_string(paths.markdown.unwrap()).unwrap();
    assert!(text.contains("](./105-a1f4c09d3b52-DE.html#waveform-title)"));
    assert_eq!(paths.warnings, Vec::<String>::new());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

/// Equal but for the last digit, which serde_json's default reader does not promise.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 4e-16 * a.abs().max(b.abs()),
            _ => false,
        },
        _ => a == b,
    }
}

#[test]
fn an_existing_file_is_refused_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write_report(&sample::found(), folder.path(), &Forms::default(), false).unwrap();
    std::fs::write(&paths.html, "mine").unwrap();
    std::fs::remove_file(&paths.json).unwrap();
    let error = write_report(&sample::found(), folder.path(), &Forms::default(), false).unwrap_err();
    assert!(matches!(&error, Error::Exists { path } if *path == paths.html), "{error}");
    assert_eq!(std::fs::read_to_string(&paths.html).unwrap(), "mine");
    assert!(!paths.json.exists(), "nothing is written when one file is refused");
    write_report(&sample::found(), folder.path(), &Forms::default(), true).unwrap();
    assert!(std::fs::read_to_string(&paths.html).unwrap().len() > 1000);
}

#[test]
fn a_folder_that_cannot_be_made_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain");
    std::fs::write(&file, "").unwrap();
    let error = write_report(&sample::found(), &file.join("sub"), &Forms::default(), false).unwrap_err();
    assert!(matches!(error, Error::Folder { .. }));
    assert!(error.to_string().contains("plain"), "{error}");
}

#[test]
fn names_are_valid_everywhere_and_stay_apart() {
    let mut diagnosis = sample::found();
    let mut names = std::collections::BTreeSet::new();
    let long = "x".repeat(300);
    for path in [
        "../../etc/passwd",
        "NUL",
        "con.mat",
        "COM1.mat",
        "-rf.mat",
        "a<b>.mat",
        "a|b|.mat",
        "..",
        "",
        long.as_str(),
        "C:\\data\\105.mat",
        "轴承.mat",
        "a\u{202E}b\n.mat",
    ] {
        for id in ["a1f4c09d3b52-DE", "a1f4c09d3b52-D/E", "..", ""] {
            diagnosis.input.path = path.into();
            diagnosis.id = id.into();
            let name = report_name(&diagnosis);
            assert!(!name.is_empty() && name.len() < 200, "{name}");
            assert!(name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)), "{name}");
            assert!(!name.starts_with('-'), "{name}");
            let first = name.split('-').next().unwrap().to_ascii_uppercase();
            assert!(!["CON", "NUL", "COM1"].contains(&first.as_str()), "{name}");
            assert!(names.insert(name.clone()), "clash: {name}");
        }
    }
    diagnosis.input.path = "C:\\data\\105.mat.xz".into();
    diagnosis.id = "a1f4c09d3b52-DE".into();
    assert_eq!(report_name(&diagnosis), "105-a1f4c09d3b52-DE");
}

#[test]
fn the_fleet_page_is_written_as_index() {
    let folder = tempfile::tempdir().unwrap();
    let options = FleetOptions { title: "Plant".into(), ..FleetOptions::default() };
    let rows = [FleetRow::failed("x.mat", &Declared::default(), "unreadable")];
    let path = write_fleet(&fleet_html(&rows, &options), folder.path(), false).unwrap();
    assert_eq!(path, folder.path().join("index.html"));
    assert!(matches!(
        write_fleet(&fleet_html(&rows, &options), folder.path(), false),
        Err(Error::Exists { .. })
    ));
    write_fleet(&fleet_html(&rows, &options), folder.path(), true).unwrap();
}
