//! Reports in Chinese: the same numbers in other words, and data that stays as it was given.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::sample;
use brinell_diagnosis::Diagnosis;
use brinell_report::{
    FleetOptions, FleetRow, Forms, HtmlOptions, Language, MarkdownOptions, PdfOptions, comparison_html,
    comparison_markdown, fleet_html, html, markdown, pdf, write_report,
};
use std::path::Path;
use std::process::Command;

const LANGUAGE: Language = Language::Chinese;

fn page(diagnosis: &Diagnosis, language: Language) -> String {
    html(diagnosis, &HtmlOptions { language, ..HtmlOptions::default() })
}

/// Writes out a file to look at when `BRINELL_SAMPLES` names a folder.
fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("BRINELL_SAMPLES") {
        std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }
}

/// Contents of the cells of numbers, words left out.
fn numbers(page: &str) -> Vec<&str> {
    let cells = page.split("<td class=\"n\">").skip(1).filter_map(|rest| rest.split("</td>").next());
    cells
        .filter(|cell| cell.chars().all(|c| c.is_ascii() && c != '/' && (!c.is_alphabetic() || c == 'e')))
        .collect()
}

#[test]
fn a_page_answers_in_chinese_with_the_same_numbers() {
    for (name, diagnosis) in
        [("found", sample::found()), ("undecided", sample::undecided()), ("no_fault", sample::no_fault())]
    {
        let [english, chinese] = Language::ALL.map(|language| page(&diagnosis, language));
        keep(&format!("{name}-zh.html"), chinese.as_bytes());
        assert_eq!(numbers(&english), numbers(&chinese), "{name}");
        assert!(numbers(&english).len() > 100, "{name}");
        assert!(english.starts_with("<!DOCTYPE html><html lang=\"en\">"));
        assert!(
            chinese.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">") && chinese.contains("PingFang SC")
        );
        assert!(
            !english.contains("PingFang") && !english.chars().any(|c| ('\u{4E00}'..'\u{9FFF}').contains(&c))
        );
    }
    let text = page(&sample::found(), LANGUAGE);
    for expected in [
        "发现故障：内圈（BPFI）",
        "<strong>内圈</strong>缺陷。振动只能指明零件",
        "BPFI 有 5/6 个谐波突出；误报率 <strong>1/620</strong>",
        "实测；预期 162.19 Hz（-0.24 %）",
        "29.95 Hz = 1797 r/min（取自文件）",
        "<strong>Plan the replacement of the bearing</strong>，测量后 7–28 天。",
        "<strong>不是证据。</strong>神经网络的意见",
        "滚动体（rolling element）自转频率的两倍",
        "brinell diagnose records/105.mat",
    ] {
        assert!(text.contains(expected), "missing: {expected}");
    }
}

#[test]
fn a_comparison_and_a_fleet_are_in_chinese_too() {
    let (first, second) = (sample::found(), sample::undecided());
    let text = comparison_html(&first, &second, LANGUAGE);
    keep("comparison-zh.html", text.as_bytes());
    assert!(text.contains("两份报告的结论不同。") && text.contains("A：发现故障：内圈（BPFI）"));
    let rows = [first, second, sample::no_fault()].map(|own| FleetRow::diagnosed(&own, None));
    let text = fleet_html(&rows, &FleetOptions { language: LANGUAGE, ..FleetOptions::default() });
    keep("fleet-zh.html", text.as_bytes());
    for expected in
        ["<h1>已诊断的记录</h1>", "共 3 份记录", "重要度高", "2026-11-04 至 2026-11-17", "\"搜索\""]
    {
        assert!(text.contains(expected), "missing: {expected}");
    }
}

#[test]
fn a_table_in_markdown_keeps_its_cells_and_bold_type_ends() {
    let mut diagnosis = sample::undecided();
    diagnosis.machine.asset = Some("a|b\nc `d` <img src=x> 泵".into());
    let options = MarkdownOptions { language: LANGUAGE, ..MarkdownOptions::default() };
    let text = markdown(&diagnosis, &options);
    keep("undecided-zh.md", text.as_bytes());
    for text in [text.clone(), comparison_markdown(&diagnosis, &sample::found(), LANGUAGE)] {
        let mut cells = None;
        for line in text.lines() {
            if !line.starts_with("| ") {
                cells = None;
                continue;
            }
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
        }
        assert!(!text.contains("<img"));
    }
    assert!(
        text.contains("> **缺少**：") || text.contains("> **不一致**：") || text.contains("**故障**："),
        "{text}"
    );
    assert!(!text.contains("：**"), "bold type that ends in a full-width stop would not end");
}

#[test]
fn a_pdf_says_its_language_and_its_text_can_be_searched() {
    let made = pdf(&sample::found(), &PdfOptions { language: LANGUAGE, ..PdfOptions::default() }).unwrap();
    keep("found-zh.pdf", &made.bytes);
    assert_eq!(made.missing, []);
    let mut file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    std::io::Write::write_all(&mut file, &made.bytes).unwrap();
    let Ok(output) = Command::new("pdftotext").args(["-raw"]).arg(file.path()).arg("-").output() else {
        println!("skipped: no pdftotext");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in text.lines() {
        assert!(!line.starts_with(['，', '。', '；', '：', '）', '、']), "{line}");
        assert!(!line.trim_end().ends_with('（'), "{line}");
    }
    let text: String = text.split_whitespace().collect();
    for expected in
        ["发现故障：内圈（BPFI）", "严重程度与证据是两个独立的问题", "平方包络谱与预期谐波族", "161.79"]
    {
        assert!(text.contains(expected), "missing: {expected}");
    }
}

#[test]
fn the_data_of_a_report_is_the_same_in_every_language() {
    let [english, chinese] = Language::ALL.map(|language| {
        let folder = tempfile::tempdir().unwrap();
        let forms = Forms { language, markdown: true, ..Forms::default() };
        let paths = write_report(&sample::found(), folder.path(), &forms, false).unwrap();
        let text = std::fs::read_to_string(paths.markdown.unwrap()).unwrap();
        (std::fs::read(paths.json).unwrap(), text)
    });
    assert_eq!(english.0, chinese.0);
    assert!(english.1.contains("## 1 Summary") && chinese.1.contains("## 1 摘要"));
}

#[test]
fn a_name_that_is_a_word_of_the_program_or_a_blank_stays_as_it_was_given() {
    let mut diagnosis = sample::found();
    diagnosis.machine.asset = Some("cage".into());
    diagnosis.machine.point = Some("{part} {line:.2} %}{".into());
    diagnosis.bearing.as_mut().unwrap().designation = "not known".into();
    let text = page(&diagnosis, LANGUAGE);
    assert!(text.contains("<h1>cage, {part} {line:.2} %}{</h1>"));
    assert!(
        text.contains("轴承 <strong>not known</strong>（取自文件）")
            || text.contains("<strong>not known</strong>（")
    );
}
