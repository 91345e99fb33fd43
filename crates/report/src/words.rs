//! The languages of a report. English wordings stand where they are said ([`phrase!`](brinell_signal::phrase)) and are
//! the keys of the other languages' catalogues in `words/`.

use brinell_signal::Phrase;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Language of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::English, Language::Chinese];

    /// Its tag (BCP 47), for `lang` of pages and documents.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }

    /// A wording in this language, its blanks still open; one that its catalogue lacks stays English.
    pub(crate) fn wording(self, wording: &'static str) -> &'static str {
        match self {
            Language::English => wording,
            Language::Chinese => CHINESE.get(wording).map_or(wording, String::as_str),
        }
    }

    /// `phrase` in this language; a wording that its catalogue lacks stays English.
    pub fn say(self, phrase: &Phrase) -> String {
        match self {
            Language::English => phrase.to_string(),
            Language::Chinese => phrase.in_words(&|wording| CHINESE.get(wording).map(String::as_str)),
        }
    }
}

/// English and Chinese wordings.
static CHINESE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let files = [include_str!("../words/zh-diagnosis.toml"), include_str!("../words/zh-report.toml")];
    // Both files are read by a test, so that neither can be unreadable here.
    files
        .iter()
        .flat_map(|text| toml::from_str::<BTreeMap<String, String>>(text).unwrap_or_default())
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use brinell_signal::{Joint, phrase};

    #[test]
    fn a_list_is_joined_in_the_language_and_what_is_verbatim_stays() {
        let list = Phrase::list(Joint::Comma, ["P-101", "pump, old"].map(Phrase::verbatim));
        assert_eq!(Language::English.say(&list), "P-101, pump, old");
        assert_eq!(Language::Chinese.say(&list), "P-101、pump, old");
        assert_eq!(Language::Chinese.say(&phrase!("no such wording {x:.1}", x = 2.0)), "no such wording 2.0");
    }
}
