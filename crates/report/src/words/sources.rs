//! The catalogues against the sources: what the program says has its entry, with the blanks of the English wording,
//! and no entry is left over.
#![allow(clippy::unwrap_used)]

use brinell_signal::{PhrasePiece, phrase_blanks, phrase_pieces};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Crates whose wordings have to be in a catalogue.
const COVERED: [&str; 4] = ["report", "diagnosis", "formats", "signal"];
/// Folders of data that hold wordings.
const DATA: [&str; 3] = ["severity", "bearings", "cwru"];
/// Experiments of models that ship: what they say of themselves is on their cards.
const EXPERIMENTS: [&str; 1] = ["default.toml"];
/// Wordings that stand in no source as they are: one is put together by an error, one is a cell of a table.
const ELSEWHERE: [&str; 2] = ["at least 1 s are needed: take a longer record", "rated"];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files of a folder and all below it that end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path, ending),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|own| own == ending))
        .collect()
}

/// String literals of Rust sources, each with what stands before it; remarks, tests and examples left out.
fn literals(source: &str) -> Vec<(&str, String)> {
    let end = source.find("#[cfg(test)]\nmod tests").unwrap_or(source.len());
    let source = &source[..end];
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            3 + raw.find("\"#").unwrap() + 2
        } else if rest.starts_with("'\"'") {
            3
        } else if let Some(text) = rest.strip_prefix('"') {
            let mut escaped = false;
            let closing = text.find(|c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            let closing = closing.unwrap();
            found.push((source[..at].trim_end(), unescaped(&text[..closing])));
            closing + 2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += length;
    }
    found
}

/// A literal as the text that it stands for.
fn unescaped(literal: &str) -> String {
    let mut out = String::new();
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        rest = match escape.chars().next() {
            Some('\n') => escape.trim_start(),
            Some('u') => {
                let close = escape.find('}').unwrap();
                let code = u32::from_str_radix(&escape[2..close], 16).unwrap();
                out.push(char::from_u32(code).unwrap());
                &escape[close + 1..]
            }
            Some(c) => {
                out.push(match c {
                    'n' => '\n',
                    't' => '\t',
                    c => c,
                });
                &escape[c.len_utf8()..]
            }
            None => "",
        };
    }
    out + rest
}

fn sources(names: &[&str]) -> Vec<String> {
    let folders = names.iter().map(|name| crates().join(name).join("src"));
    let paths = folders.flat_map(|folder| files(&folder, "rs"));
    paths
        .filter(|path| !["tests.rs", "words/sources.rs"].iter().any(|own| path.ends_with(own)))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

fn catalogue(name: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("words").join(name);
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn catalogues() -> BTreeMap<String, String> {
    ["zh-diagnosis.toml", "zh-report.toml"].into_iter().flat_map(catalogue).collect()
}

#[test]
fn every_wording_of_the_sources_has_an_entry() {
    let known = catalogues();
    let mut count = 0;
    let mut lacking = Vec::new();
    for source in sources(&COVERED) {
        for (before, wording) in literals(&source) {
            let said = before.ends_with("said!(");
            if !said && !["phrase!(", "Phrase::word("].iter().any(|call| before.ends_with(call)) {
                continue;
            }
            count += 1;
            let forms = phrase_pieces(&wording)
                .any(|piece| matches!(piece, PhrasePiece::Blank { form, .. } if !form.is_empty()));
            assert!(!(said && forms), "blanks of said! carry no form: {wording:?}");
            if !known.contains_key(&wording) {
                lacking.push(wording);
            }
        }
    }
    assert!(count > 400, "{count} wordings were read");
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn every_entry_has_the_blanks_of_its_wording_and_says_something() {
    for (english, chinese) in catalogues() {
        let [own, wanted] = [&chinese, &english].map(|text| phrase_blanks(text).collect::<BTreeSet<_>>());
        assert_eq!(own, wanted, "{english:?}: {chinese:?}");
        assert!(english == " " || !chinese.is_empty(), "{english:?}");
        assert!(!chinese.contains(['\u{FF0D}', '\u{3000}']), "{chinese:?}");
    }
}

#[test]
fn a_number_and_its_percent_sign_are_apart_in_every_language() {
    for text in catalogues().into_iter().flat_map(|(english, chinese)| [english, chinese]) {
        let close = text
            .match_indices('%')
            .any(|(at, _)| text[..at].ends_with(|c: char| c == '}' || c.is_ascii_digit()));
        assert!(!close, "{text:?}");
    }
}

#[test]
fn no_entry_is_left_over() {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for source in sources(&COVERED) {
        used.extend(literals(&source).into_iter().map(|(_, text)| text));
    }
    used.extend(ELSEWHERE.map(str::to_owned));
    for path in DATA.iter().flat_map(|folder| files(&crates().join("../data").join(folder), "toml")) {
        let table: toml::Value = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        texts(&table, &mut used);
    }
    for name in EXPERIMENTS {
        let path = crates().join("../configs").join(name);
        let mut said = BTreeSet::new();
        texts(&toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(), &mut said);
        let sentences = said.iter().flat_map(|text| text.trim().split_inclusive(". "));
        used.extend(sentences.map(|sentence| sentence.trim().to_owned()));
    }
    let left: Vec<String> = catalogues().into_keys().filter(|key| !used.contains(key)).collect();
    assert!(left.is_empty(), "{left:#?}");
}

fn texts(value: &toml::Value, out: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(text) => {
            out.insert(text.clone());
        }
        toml::Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        toml::Value::Table(table) => table.values().for_each(|item| texts(item, out)),
        _ => {}
    }
}

#[test]
fn literals_are_read_as_the_compiler_reads_them() {
    let source =
        "// \"no\"\nlet c = '\"'; phrase!(\n  \"a \\\"b\\\" \\u{d7} \\\n   c\"); r#\"raw \" text\"#; x(\"\")";
    let read: Vec<String> = literals(source).into_iter().map(|(_, text)| text).collect();
    assert_eq!(read, ["a \"b\" \u{d7} c", ""]);
    assert!(literals(source)[0].0.ends_with("phrase!("));
}
