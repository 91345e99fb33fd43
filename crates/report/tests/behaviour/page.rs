//! What a report page says, and that nothing in it can run, load or mislead.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_diagnosis::{Diagnosis, Level, Verdict};
use brinell_report::{Declared, FleetOptions, FleetRow, HtmlOptions, Language, fleet_html, html, json};
use serde_json::Value;

pub(crate) fn page(diagnosis: &Diagnosis) -> String {
    html(diagnosis, &HtmlOptions::default())
}

/// Text of the page without tags, entities turned back.
pub(crate) fn text_of(page: &str) -> String {
    let body = &page[page.find("<body").unwrap()..];
    let mut out = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Writes out a page to look at when `BRINELL_SAMPLES` names a folder.
pub(crate) fn keep(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("BRINELL_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), page).unwrap();
    }
}

#[test]
fn a_found_fault_says_part_numbers_place_and_date() {
    let diagnosis = sample::found();
    let page = page(&diagnosis);
    keep("found", &page);
    let text = text_of(&page);
    for expected in [
        "Fault found: inner race (BPFI)",
        "161.79 Hz",
        "162.19 Hz expected (-0.24 %)",
        "5 of 6",
        "1 in 620",
        "6205-2RS JEM SKF",
        "Plan the replacement of the bearing, 7 to 28 days from the measurement.",
        "Severity is not assessed",
        "The unit of the samples is assumed to be g",
        "Not evidence.",
        "it is no calibrated probability of damage",
        "29.95 Hz = 1797 r/min (from the file)",
        "ISO 15243",
        "brinell diagnose records/105.mat",
    ] {
        assert!(text.contains(expected), "missing: {expected}");
    }
}

#[test]
fn an_undecided_report_opens_with_the_disagreement_and_names_what_would_settle_it() {
    let page = page(&sample::undecided());
    keep("undecided", &page);
    let text = text_of(&page);
    let disagreement = text.find("Evidence and trained net disagree.").unwrap();
    let verdict = text
        .find("Undecided: cannot exclude rolling element (2\u{d7}BSF), inner race (BPFI)")
        .unwrap_or_else(|| text.find("Undecided: cannot exclude").unwrap());
    assert!(disagreement < verdict);
    assert!(text.contains("What would settle it: a recording of 30 s or more; the shaft speed measured"));
    assert!(text.contains("These cannot be separated with this recording"));
    assert!(text.contains("nominal, not measured"));
    assert!(text.contains("outside limit"));
}

#[test]
fn a_report_without_a_find_says_what_it_would_not_have_seen() {
    let page = page(&sample::no_fault());
    keep("no_fault", &page);
    let text = text_of(&page);
    assert!(text.contains(
        "No evidence of a bearing fault. What would not have been seen: a comb weaker than 9.5 dB"
    ));
    assert!(text.contains("Missing: a trained net's scores."));
    assert!(text.contains("Machine and measuring point are not declared."));
}

#[test]
fn level_stage_change_and_life_are_printed_with_their_limits() {
    let text = text_of(&page(&sample::undecided()));
    for expected in [
        "Damage, if any, of stage 1 to 4; 1.87 mm/s RMS, zone B (indicative: one direction); this reading has grown against its baseline; remaining life until RMS of 0.500 (declared): 41 days or more.",
        "1.87 mm/s RMS, 10 to 1000 Hz",
        "A/B 1.4, B/C 2.8, C/D 4.5 mm/s",
        "says nothing of bearings",
        "Stage of damage: stage 1 to 4 of 4",
        "Stage 1 is not observable",
        "9 earlier readings of this point, 8 of them with a date.",
        "+8.33 sigma, grown",
        "readings were all equal",
        "Remaining life until RMS of 0.500 (declared): 41 days or more",
        "2 readings are of other points",
        "55 kW, group 2, rigid support",
        "2026-11-03T08:15",
    ] {
        assert!(text.contains(expected), "missing: {expected}");
    }
}

#[test]
fn no_report_says_healthy() {
    for diagnosis in [sample::found(), sample::undecided(), sample::no_fault(), sample::nothing_known()] {
        assert!(!page(&diagnosis).to_lowercase().contains("healthy"));
    }
    let rows = [FleetRow::diagnosed(&sample::no_fault(), None)];
    assert!(!fleet_html(&rows, &FleetOptions::default()).to_lowercase().contains("healthy"));
}

#[test]
fn every_block_is_there_whatever_is_missing() {
    let bare = page(&sample::nothing_known());
    keep("nothing_known", &bare);
    for page in [bare.clone(), page(&sample::found())] {
        for id in [
            "summary",
            "evidence",
            "peaks",
            "hypotheses",
            "opinion",
            "quality",
            "severity",
            "method",
            "caveats",
            "glossary",
        ] {
            assert!(
                page.contains(&format!("<section id=\"{id}\""))
                    || page.contains(&format!(" id=\"{id}\" aria-")),
                "{id}"
            );
        }
    }
    let text = text_of(&bare);
    for missing in [
        "shaft speed and bearing.",
        "the waveform's data.",
        "the amplitude spectrum's data.",
        "the envelope spectrum's data.",
        "the time-frequency image's data.",
        "lines of the fault combs.",
        "a trained net's scores.",
        "the checks of the recording.",
        "scalar indicators.",
        "the bearing under the sensor.",
        "the command line.",
    ] {
        assert!(text.contains(&format!("Missing: {missing}")), "{missing}");
    }
    assert_eq!(text.matches("Missing: ").count(), text.matches("What falls: ").count());
    assert_eq!(text.matches("Missing: ").count(), text.matches("To supply: ").count());
}

#[test]
fn every_line_that_was_looked_at_is_in_the_table_with_its_reason() {
    let diagnosis = sample::found();
    let page = page(&diagnosis);
    let table =
        &page[page.find("<section id=\"peaks\"").unwrap()..page.find("<section id=\"hypotheses\"").unwrap()];
    let rows = table.matches("<tr").count();
    let peaks: usize = diagnosis.evidence.iter().map(|e| e.peaks.len()).sum();
    let groups = diagnosis.evidence.len();
    assert_eq!(rows, peaks + groups + 1);
    assert_eq!(
        table.matches("<strong>yes</strong>").count(),
        diagnosis.evidence.iter().flat_map(|e| &e.peaks).filter(|p| p.counted).count()
    );
    assert!(table.matches("below the threshold").count() > 10);
}

#[test]
fn the_same_diagnosis_gives_the_same_bytes() {
    let diagnosis = sample::undecided();
    assert_eq!(page(&diagnosis), page(&diagnosis.clone()));
    assert_eq!(json(&diagnosis), json(&diagnosis.clone()));
}

#[test]
fn a_page_stays_below_three_megabytes_and_loads_nothing() {
    for (name, diagnosis) in
        [("found", sample::found()), ("undecided", sample::undecided()), ("no fault", sample::no_fault())]
    {
        let page = page(&diagnosis);
        println_size(name, page.len());
        assert!(page.len() < 3_000_000);
        for scheme in ["http:", "https:", "//", "javascript:", "@import", "url(h"] {
            let body = page.replace("data:image/png;base64,", "");
            let body: String = strip_base64(&without_data(&body));
            assert!(!body.contains(scheme), "{name}: {scheme}");
        }
        assert!(page.contains("default-src 'none'; img-src data:; style-src 'sha256-"));
        assert!(page.contains("; script-src 'sha256-"));
        assert_eq!(page.matches("<script").count(), 2, "data and the one script");
        assert!(!page.contains(" style="));
    }
}

#[allow(clippy::print_stdout)]
fn println_size(name: &str, bytes: usize) {
    println!("{name}: {bytes} bytes");
}

const DATA: &str = "<script id=\"plot-data\" type=\"application/json\">";

/// The data of a page's script.
fn data_of(page: &str) -> Value {
    let start = page.find(DATA).unwrap() + DATA.len();
    let end = page[start..].find("</script>").unwrap();
    serde_json::from_str(&page[start..start + end]).unwrap()
}

/// The page without the data of its script.
fn without_data(page: &str) -> String {
    let Some(start) = page.find(DATA) else { return page.to_owned() };
    let end = page[start..].find("</script>").unwrap();
    format!("{}{}", &page[..start], &page[start + end + "</script>".len()..])
}

/// The page without its scripts, which other assertions look at.
fn without_scripts(page: &str) -> String {
    let mut page = page.to_owned();
    for start in [DATA, "<script id=\"fleet-data\" type=\"application/json\">", "<script>\"use strict\";"] {
        if let Some(at) = page.find(start) {
            let end = page[at..].find("</script>").unwrap();
            page.replace_range(at..at + end + "</script>".len(), "");
        }
    }
    page
}

/// The page without the picture's base64, which may hold `//`.
fn strip_base64(page: &str) -> String {
    page.split("href=\"")
        .map(|part| if part.starts_with("iVBOR") { part.split_once('"').map_or("", |p| p.1) } else { part })
        .collect()
}

const HOSTILE: &str = "</script></style></title><svg onload=alert(1)>\u{202E}\u{1b}[31m\u{0}\" onmouseover='x' &amp; <!-- ]]> {{7*7}} \u{2028}";

/// Every string field of the diagnosis replaced by `text`, as far as the type allows.
fn poisoned(diagnosis: &Diagnosis, text: &str) -> (Diagnosis, usize) {
    fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
        match value {
            Value::String(_) => out.push(at.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, v)| paths(v, &format!("{at}/{i}"), out))
            }
            Value::Object(map) => map.iter().for_each(|(k, v)| paths(v, &format!("{at}/{k}"), out)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(diagnosis).unwrap();
    value["figures"]["image"]["values"] = Value::Array(vec![]);
    let mut all = Vec::new();
    paths(&value, "", &mut all);
    let mut replaced = 0;
    for path in all {
        let before = value.pointer(&path).unwrap().clone();
        *value.pointer_mut(&path).unwrap() = Value::String(text.to_owned());
        // Words of an enumeration cannot be replaced; they go back.
        if serde_json::from_value::<Diagnosis>(value.clone()).is_ok() {
            replaced += 1;
        } else {
            *value.pointer_mut(&path).unwrap() = before;
        }
    }
    (serde_json::from_value(value).unwrap(), replaced)
}

/// Each tag of the page as (name, attribute names), refusing all that a careless browser might run.
fn check_markup(page: &str) {
    const TAGS: &str = " !doctype html head meta title style body a header p h1 h2 h3 dl div dt dd nav ol ul li main section span strong b code pre table caption thead tbody tr th td figure figcaption footer svg desc defs clippath rect path text image g circle fieldset legend label input br ";
    const ATTRIBUTES: &str = " lang charset http-equiv content name class href id tabindex role aria-label aria-labelledby aria-hidden scope colspan viewbox x y width height clip-path d fill stroke-dasharray text-anchor transform preserveaspectratio cx cy r type value checked html data-x data-y data-curve data-status data-machine data-sort ";
    let style_start = page.find("<style>").unwrap() + 7;
    let style_end = page[style_start..].find("</style>").unwrap() + style_start;
    let without_style = without_scripts(&format!("{}{}", &page[..style_start], &page[style_end..]));
    let mut rest = without_style.as_str();
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').expect("a tag that does not end");
        let tag = rest[..end].trim_end_matches('/').to_lowercase();
        let tag = tag.strip_prefix('/').unwrap_or(&tag).to_owned();
        let (name, attributes) = tag.split_once(' ').unwrap_or((&tag, ""));
        assert!(TAGS.contains(&format!(" {name} ")), "tag <{name}> in: {tag}");
        // Outside quotes only names may stand.
        for (i, part) in attributes.split('"').enumerate() {
            if i % 2 == 0 {
                for attribute in part.split_whitespace() {
                    let attribute = attribute.trim_end_matches('=');
                    assert!(
                        ATTRIBUTES.contains(&format!(" {attribute} ")),
                        "attribute {attribute} in: {tag}"
                    );
                }
            }
        }
        rest = &rest[end + 1..];
    }
}

#[test]
fn hostile_text_in_any_field_stays_text() {
    check_markup(&page(&sample::found()));
    let long = "\u{202E}<b>".repeat(75);
    let texts = [HOSTILE, long.as_str(), "", "'\"><img src=x onerror=alert(1)>", "轴承-ü-\u{1F529}"];
    for base in [sample::found(), sample::undecided(), sample::no_fault()] {
        for (text, language) in texts.iter().flat_map(|text| Language::ALL.map(|own| (*text, own))) {
            let (diagnosis, replaced) = poisoned(&base, text);
            assert!(replaced > 60, "{replaced} fields");
            let page = html(
                &diagnosis,
                &HtmlOptions { created: Some(text.to_owned()), json: Some(text.to_owned()), language },
            );
            check_markup(&page);
            assert_eq!(page.matches("<script").count(), 2, "{text:?}");
            assert_eq!(page.matches("</script").count(), 2, "{text:?}");
            assert!(data_of(&page)["plots"].is_array());
            for bad in ["<svg onload", "<img", "<b>\u{202E}", "\u{202E}", "\u{1b}", "\u{0}", "\u{2028}"] {
                assert!(!page.contains(bad), "{bad:?} of {text:?}");
            }
            assert_eq!(page.matches("</style>").count(), 1);
            let row = FleetRow::diagnosed(&diagnosis, Some(text));
            let fleet = fleet_html(
                &[row, FleetRow::failed(text, &Declared::default(), text)],
                &FleetOptions { title: text.to_owned(), created: Some(text.to_owned()), language },
            );
            check_markup(&fleet);
            assert_eq!(fleet.matches("<script").count(), 2, "{text:?}");
            assert!(!fleet.contains('\u{202E}') && !fleet.contains('\u{1b}'));
        }
    }
}

#[test]
fn bidi_overrides_are_shown() {
    let mut diagnosis = sample::found();
    diagnosis.input.path = "gpj.\u{202E}tam".into();
    assert!(page(&diagnosis).contains("gpj.[U+202E]tam"));
}

#[test]
fn numbers_that_are_not_finite_never_reach_a_page_or_the_json() {
    let mut diagnosis = sample::found();
    diagnosis.figures.waveform.max[3] = f32::NAN;
    diagnosis.figures.envelope_spectrum.value[7] = f32::INFINITY;
    diagnosis.figures.spectrum.hz[7] = f32::NAN;
    diagnosis.figures.envelope_floor[9] = f32::NAN;
    diagnosis.figures.envelope_band_hz = [f64::NAN, f64::INFINITY];
    diagnosis.figures.image.duration_s = f64::NAN;
    diagnosis.method.resolution_hz = f64::NAN;
    diagnosis.method.order_tolerance = f64::NAN;
    diagnosis.input.rate_hz = f64::INFINITY;
    diagnosis.speed.as_mut().unwrap().hz = f64::NAN;
    diagnosis.indicators[0].value = Some(f64::NAN);
    for evidence in &mut diagnosis.evidence {
        evidence.p_adjusted = f64::NAN;
        evidence.band_hz = [f64::NAN; 2];
        for peak in &mut evidence.peaks {
            peak.found_hz = f64::NAN;
            peak.snr_db = f64::NEG_INFINITY;
        }
    }
    let text = page(&diagnosis);
    let visible = text_of(&text);
    assert!(!visible.contains("NaN") && !visible.contains("inf "), "text");
    assert!(!text.contains("\"NaN") && !text.contains(" NaN"), "markup");
    assert!(visible.contains("not defined"));
    let json = json(&diagnosis);
    assert!(serde_json::from_str::<Value>(&json).unwrap()["speed"]["hz"].is_null());
}

#[test]
fn levels_of_quality_are_told_by_word_and_shape() {
    let mut diagnosis = sample::found();
    diagnosis.quality[0].level = Level::Bad;
    diagnosis.quality[1].level = Level::Warn;
    let text = text_of(&page(&diagnosis));
    for word in ["\u{25B2} not usable", "\u{25C6} outside limit", "\u{25CB} within limit"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn combs_that_were_strongest_in_another_band_are_named_and_not_dotted() {
    let mut diagnosis = sample::found();
    for evidence in &mut diagnosis.evidence {
        evidence.band_hz = [500.0, 1500.0];
    }
    let text = text_of(&page(&diagnosis));
    assert!(text.contains("Not dotted here, as they were strongest in other bands: BPFI (500 to 1500 Hz)"));
    assert!(!text.contains("peak that counts"));
}

#[test]
fn a_verdict_whose_element_was_not_tested_still_gives_a_page() {
    let mut diagnosis = sample::found();
    diagnosis.evidence.retain(|e| e.element != brinell_signal::FaultKind::Inner);
    let text = text_of(&page(&diagnosis));
    assert!(text.contains("Not tested: inner race (BPFI)."));
    diagnosis.evidence.clear();
    assert!(matches!(diagnosis.verdict, Verdict::Found { .. }));
    assert!(text_of(&page(&diagnosis)).contains("No false-alarm rate can be given"));
}

#[test]
fn a_second_significant_comb_is_named_beside_the_verdict() {
    let mut diagnosis = sample::found();
    assert!(!text_of(&page(&diagnosis)).contains("Also significant"));
    diagnosis.evidence[3].significant = true;
    assert!(text_of(&page(&diagnosis)).contains("Also significant: cage (FTF)."));
}
