//! The PDF report: its text against the data, its pages, bookmarks, size and bytes.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::sample;
use brinell_diagnosis::Diagnosis;
use brinell_report::{Error, Paper, Pdf, PdfOptions, comparison_pdf, pdf};
use std::io::Write as _;
use std::process::Command;

fn made(diagnosis: &Diagnosis) -> Pdf {
    pdf(diagnosis, &PdfOptions::default()).unwrap()
}

/// Writes out a file to look at when `BRINELL_SAMPLES` names a folder.
fn keep(name: &str, pdf: &Pdf) {
    if let Some(folder) = std::env::var_os("BRINELL_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), &pdf.bytes).unwrap();
    }
}

/// What a program of Poppler says of a file; `None`, and a line that says so, where it is not installed.
fn asked(program: &str, arguments: &[&str], pdf: &Pdf) -> Option<String> {
    let mut file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    file.write_all(&pdf.bytes).unwrap();
    let mut command = Command::new(program);
    let (last, first) = arguments.split_last().map_or((None, arguments), |(last, first)| (Some(last), first));
    command.args(first).arg(file.path()).args(last);
    match command.output() {
        Ok(output) => {
            let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
            // Some versions of Poppler take a boolean for a mistake where the standard asks for one.
            let complaints = complaints.replace("Syntax Error: Suspects object is wrong type (boolean)", "");
            assert!(output.status.success() && complaints.trim().is_empty(), "{program}: {complaints}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(_) => {
            println!("skipped: no {program}");
            None
        }
    }
}

/// Text of a file with all white space as single spaces.
fn text_of(pdf: &Pdf) -> Option<String> {
    let text = asked("pdftotext", &["-raw", "-"], pdf)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn pages_of(pdf: &Pdf) -> Option<Vec<String>> {
    let text = asked("pdftotext", &["-layout", "-"], pdf)?;
    Some(text.split_terminator('\u{c}').map(str::to_owned).collect())
}

#[test]
fn the_text_of_the_pages_is_that_of_the_data() {
    let diagnosis = sample::found();
    let pdf = made(&diagnosis);
    keep("found", &pdf);
    assert_eq!(pdf.missing, []);
    let Some(text) = text_of(&pdf) else { return };
    for expected in [
        "Fault found: inner race (BPFI)",
        "161.79 Hz",
        "162.19 Hz expected (-0.24 %)",
        "1 in 620",
        "Plan the replacement of the bearing, 7 to 28 days from the measurement.",
        "Severity is not assessed",
        "6205-2RS JEM SKF",
        "ISO 15243",
        "brinell diagnose records/105.mat",
        "2×BSF",
        "▲",
    ] {
        assert!(text.contains(expected), "missing: {expected}");
    }
    let peaks = diagnosis.evidence.iter().flat_map(|evidence| &evidence.peaks);
    for peak in peaks {
        assert!(text.contains(&format!("{:.2}", peak.found_hz)), "{}", peak.found_hz);
    }
    assert!(text.contains(&diagnosis.method.description.to_string()), "a paragraph comes out whole");
}

#[test]
fn the_first_page_answers_by_itself_and_every_page_says_what_it_belongs_to() {
    for (name, diagnosis) in
        [("found", sample::found()), ("undecided", sample::undecided()), ("no_fault", sample::no_fault())]
    {
        let pdf = made(&diagnosis);
        keep(name, &pdf);
        let Some(pages) = pages_of(&pdf) else { return };
        assert!((5..=12).contains(&pages.len()), "{} pages", pages.len());
        for question in
            ["What", "Where", "How sure", "How bad", "What to do", "Chief caveat", "Why, in three"]
        {
            assert!(pages[0].contains(question), "{name}: {question}");
        }
        assert!(pages[0].contains("Squared-envelope spectrum of the band"), "{name}: the deciding plot");
        assert!(pages[1].contains("Waveform"), "{name}: the evidence begins on a page of its own");
        let subject = diagnosis.machine.asset.clone().unwrap_or("97.mat".to_owned());
        for (i, page) in pages.iter().enumerate() {
            assert!(page.contains(&format!("{}/{}", i + 1, pages.len())), "{name}: page {}", i + 1);
            assert!(page.contains(&diagnosis.input.sha256), "{name}: page {}", i + 1);
            assert!(page.contains(&subject), "{name}: page {}", i + 1);
        }
    }
}

#[test]
fn headings_of_a_table_stand_on_each_of_its_pages() {
    let mut diagnosis = sample::found();
    let mut check = diagnosis.quality[0].clone();
    check.value = "every row".into();
    diagnosis.quality = vec![check; 150];
    let Some(pages) = pages_of(&made(&diagnosis)) else { return };
    let with_rows = pages.iter().filter(|page| page.contains("every row")).count();
    let with_heading = pages
        .iter()
        .filter(|page| page.contains("every row") && page.contains("Effect on the verdict"))
        .count();
    assert!(with_rows >= 3, "{with_rows} pages");
    assert_eq!(with_rows, with_heading);
    let rows: usize = pages.iter().map(|page| page.matches("every row").count()).sum();
    assert_eq!(rows, 150, "no row is lost at the end of a page");
}

#[test]
fn the_file_is_tagged_named_small_and_carries_the_data() {
    let diagnosis = sample::found();
    let pdf = made(&diagnosis);
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    assert!(pdf.bytes.len() < 2_000_000, "{} bytes", pdf.bytes.len());
    println!("{} bytes", pdf.bytes.len());
    let Some(facts) = asked("pdfinfo", &[], &pdf) else { return };
    for expected in
        ["Title:           Test rig motor, drive end - bearing report", "Tagged:          yes", "A4"]
    {
        assert!(facts.contains(expected), "missing: {expected} in {facts}");
    }
    if let Some(list) = asked("pdfdetach", &["-list"], &pdf) {
        assert!(list.contains("1 embedded file") && list.contains("105-a1f4c09d3b52-DE.json"), "{list}");
    }
}

#[test]
fn bookmarks_lead_to_every_block() {
    let Some(page) = asked("pdftohtml", &["-xml", "-i", "-stdout"], &made(&sample::found())) else { return };
    let outline = &page[page.find("<outline>").unwrap()..];
    for entry in ["1 Summary", "2 Evidence", "Waveform", "3 Peaks", "8 Method and provenance", "10 Glossary"]
    {
        assert!(outline.contains(&format!(">{entry}<")), "missing: {entry} in {outline}");
    }
}

#[test]
fn letter_is_an_option() {
    let options = PdfOptions { paper: Paper::Letter, ..PdfOptions::default() };
    let pdf = pdf(&sample::found(), &options).unwrap();
    let Some(facts) = asked("pdfinfo", &[], &pdf) else { return };
    assert!(facts.contains("(letter)"), "{facts}");
}

#[test]
fn the_same_diagnosis_gives_the_same_bytes() {
    let diagnosis = sample::undecided();
    assert!(made(&diagnosis) == made(&diagnosis.clone()));
}

#[test]
fn chinese_is_text_and_what_no_font_has_is_shown_and_told() {
    let mut diagnosis = sample::found();
    diagnosis.machine.asset = Some("三号循环水泵 \u{1F529}".into());
    diagnosis.machine.point = Some("驱动端，垂直方向".into());
    let pdf = made(&diagnosis);
    keep("chinese", &pdf);
    assert_eq!(pdf.missing, ['\u{1F529}']);
    assert!(pdf.warning().unwrap().contains("U+1F529"));
    let Some(text) = text_of(&pdf) else { return };
    assert!(text.contains("三号循环水泵") && text.contains("驱动端，垂直方向"), "{}", &text[..400]);
}

#[test]
fn hostile_text_comes_out_as_text_and_harms_no_page() {
    let long = "轴承-ü-".repeat(200);
    let hostile = "(a) Tj ET endstream endobj <</S/JavaScript>> \\) \u{202E}evil\u{1b}[31m\u{0}";
    for text in [hostile, long.as_str(), "", "x\ny\tz", "\u{5D0}\u{627}\u{FFFF}\u{E000}"] {
        let mut diagnosis = sample::undecided();
        for field in [
            &mut diagnosis.input.path,
            &mut diagnosis.input.channel,
            &mut diagnosis.input.unit,
            &mut diagnosis.id,
            &mut diagnosis.reproduce,
        ] {
            *field = text.to_owned();
        }
        for field in [
            &mut diagnosis.quality[0].value,
            &mut diagnosis.evidence[0].peaks[0].note,
            &mut diagnosis.caveats[0].text,
            &mut diagnosis.actions[0].what,
            &mut diagnosis.figures.spectrum.unit,
        ] {
            *field = text.into();
        }
        diagnosis.machine.asset = Some(text.to_owned());
        let pdf = made(&diagnosis);
        if text == hostile {
            keep("hostile", &pdf);
        }
        let Some(found) = text_of(&pdf) else { return };
        assert!(!found.contains('\u{1b}'));
        if text == hostile {
            assert!(!found.contains('\u{202E}'));
            assert!(found.contains("endstream endobj <</S/JavaScript>>"), "{found}");
            assert!(found.contains("[U+202E]evil"));
        }
        let Some(facts) = asked("pdfinfo", &[], &pdf) else { return };
        assert!(facts.contains("JavaScript:      no"), "{facts}");
    }
}

#[test]
fn a_bare_diagnosis_gives_a_page_for_every_gap() {
    let pdf = made(&sample::nothing_known());
    keep("nothing_known", &pdf);
    let Some(text) = text_of(&pdf) else { return };
    assert_eq!(text.matches("Missing: ").count(), text.matches("To supply: ").count());
    assert!(text.matches("Missing: ").count() >= 10);
}

#[test]
fn numbers_that_are_not_finite_give_a_file_all_the_same() {
    let mut diagnosis = sample::found();
    diagnosis.figures.waveform.max[3] = f32::NAN;
    diagnosis.figures.envelope_spectrum.value[7] = f32::INFINITY;
    diagnosis.figures.envelope_band_hz = [f64::NAN, f64::INFINITY];
    diagnosis.figures.image.duration_s = f64::NAN;
    diagnosis.method.resolution_hz = f64::NAN;
    diagnosis.evidence[0].peaks[0].found_hz = f64::NAN;
    let Some(text) = text_of(&made(&diagnosis)) else { return };
    assert!(text.contains("not defined") && !text.contains("NaN"));
}

#[test]
fn a_file_that_is_no_font_is_refused() {
    let options = PdfOptions { fonts: vec![b"no font".to_vec()], ..PdfOptions::default() };
    let error = pdf(&sample::found(), &options).unwrap_err();
    assert!(matches!(error, Error::Font { number: 1 }), "{error}");
}

#[test]
fn a_comparison_is_a_pdf_too() {
    let pdf = comparison_pdf(&sample::found(), &sample::undecided(), &PdfOptions::default()).unwrap();
    keep("comparison", &pdf);
    let Some(text) = text_of(&pdf) else { return };
    assert!(text.contains("The reports come to different verdicts."));
}
