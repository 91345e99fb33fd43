//! Scripts of pages: each is one file of this crate, put into the page as it is and named in the page's policy by
//! its hash. Data reaches a script as JSON in an element that is never run.

use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A script with the data that it works on.
pub(crate) struct Script {
    /// Lines of the script.
    source: &'static str,
    /// Identifier of the element with the data.
    pub(super) id: &'static str,
    /// The data, from [`json_block`].
    pub(super) data: String,
}

impl Script {
    /// The script that moves figures.
    pub(super) fn of_plots(data: String) -> Self {
        Self { source: include_str!("../../assets/plots.js"), id: "plot-data", data }
    }

    /// The script that searches and orders the table of a fleet.
    pub(crate) fn of_fleet(words: &Value) -> Self {
        Self { source: include_str!("../../assets/fleet.js"), id: "fleet-data", data: json_block(words) }
    }

    /// The script without the blanks at the begins of its lines and without lines that are remarks.
    pub(super) fn text(&self) -> String {
        let lines = self.source.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// How a content security policy names what stands in a page.
pub(super) fn hash_of(text: &str) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!("'sha256-{hash}'")
}

/// JSON that cannot end its element, whatever strings it holds.
pub(super) fn json_block(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_string_ends_the_element_and_every_string_comes_back() {
        let hostile = "</script><!--<script>&\u{2028}\u{2029}\"\\";
        let block = json_block(&Value::String(hostile.to_owned()));
        assert!(!block.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{block}");
        assert_eq!(serde_json::from_str::<String>(&block).unwrap(), hostile);
    }

    #[test]
    fn scripts_are_small_and_hold_no_character_that_a_page_would_change() {
        for script in [Script::of_plots(String::new()), Script::of_fleet(&Value::Null)] {
            let text = script.text();
            assert!(text.len() < 25_000, "{}", text.len());
            assert_eq!(crate::text::sanitize(&text), text);
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
    }
}
