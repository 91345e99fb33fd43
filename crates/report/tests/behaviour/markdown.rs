//! The Markdown report: the same blocks, and data that stays text.
#![allow(clippy::unwrap_used)]

use crate::sample;
use brinell_report::{Language, MarkdownOptions, comparison_markdown, markdown};

/// Writes out a text to look at when `BRINELL_SAMPLES` names a folder.
fn keep(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os("BRINELL_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.md")), text).unwrap();
    }
}

#[test]
fn every_block_and_its_numbers_are_there() {
    let text = markdown(&sample::found(), &MarkdownOptions::default());
    keep("found", &text);
    for expected in [
        "# Test rig motor, drive end",
        "## 1 Summary",
        "## 10 Glossary",
        "**▲ Fault found: inner race (BPFI)**",
        "**How sure:** 5 of 6 harmonics of BPFI stand out; false-alarm rate **1 in 620** recordings",
        "1. **Plan the replacement of the bearing**, 7 to 28 days from the measurement.",
        "| Harm\\.",
        "161.79",
        "> Figure: Waveform. ",
    ] {
        let expected = expected.replace("Harm\\.", "Harm.");
        assert!(text.contains(&expected), "missing: {expected}");
    }
    let bare = markdown(&sample::nothing_known(), &MarkdownOptions::default());
    assert!(bare.matches("> **Missing:** ").count() >= 10);
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head_whatever_stands_in_it() {
    let hostile = "a|b\nc `d` <img src=x> [x](javascript:y) | | \u{202E}";
    let mut diagnosis = sample::found();
    diagnosis.quality[0].value = hostile.into();
    diagnosis.evidence[0].peaks[0].note = hostile.into();
    diagnosis.machine.asset = Some(hostile.into());
    diagnosis.input.path = hostile.into();
    diagnosis.learned.as_mut().unwrap().scores[0].class = hostile.into();
    for text in [
        markdown(&diagnosis, &MarkdownOptions::default()),
        comparison_markdown(&diagnosis, &sample::no_fault(), Language::English),
    ] {
        let mut cells = None;
        for line in text.lines() {
            if !line.starts_with("| ") {
                cells = None;
                continue;
            }
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
        }
        assert!(
            !text.contains("<img")
                && !text.replace("\\]", "").contains("](javascript")
                && !text.contains('\u{202E}')
        );
    }
}

#[test]
fn figures_are_linked_where_their_page_is_known() {
    let options = MarkdownOptions {
        page: Some("a b.html".into()),
        json: Some("x.json".into()),
        ..MarkdownOptions::default()
    };
    let text = markdown(&sample::found(), &options);
    assert!(text.contains("[Figure](./a%20b.html#waveform-title)"));
    assert!(text.contains("[data as JSON](./x.json)"));
}

#[test]
fn a_command_cannot_leave_its_fence() {
    let mut diagnosis = sample::found();
    diagnosis.reproduce = "brinell diagnose '```\n# x'".into();
    let text = markdown(&diagnosis, &MarkdownOptions::default());
    assert!(text.contains("````sh\nbrinell diagnose '```\n# x'\n````"));
}
