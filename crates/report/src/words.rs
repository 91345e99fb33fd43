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
            Language::Chinese => chinese(wording).unwrap_or(wording),
        }
    }

    /// `phrase` in this language; a wording that its catalogue lacks stays English.
    pub fn say(self, phrase: &Phrase) -> String {
        match self {
            Language::English => phrase.to_string(),
            Language::Chinese => phrase.in_words(&chinese),
        }
    }
}

/// The Chinese for an English wording.
fn chinese(wording: &str) -> Option<&'static str> {
    let known = CHINESE.get(wording).map(String::as_str);
    #[cfg(test)]
    if known.is_none() {
        LACKING.with_borrow_mut(|lacking| lacking.insert(wording.to_owned()));
    }
    known
}

#[cfg(test)]
thread_local! {
    /// Wordings that were said on this thread and that the catalogue lacks.
    static LACKING: std::cell::RefCell<std::collections::BTreeSet<String>> = const {
        std::cell::RefCell::new(std::collections::BTreeSet::new())
    };
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
#[path = "../tests/sample/mod.rs"]
mod sample;
#[cfg(test)]
mod sources;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Declared, FleetOptions, FleetRow, HtmlOptions, MarkdownOptions, PdfOptions};
    use brinell_signal::{Joint, phrase};

    #[test]
    fn whatever_the_pages_of_the_samples_say_is_in_the_catalogue() {
        let language = Language::Chinese;
        let samples = [
            sample::found(),
            sample::undecided(),
            sample::no_fault(),
            sample::nothing_known(),
            sample::unknown_bearing(),
        ];
        for diagnosis in &samples {
            let page = crate::html(diagnosis, &HtmlOptions { language, ..HtmlOptions::default() });
            assert!(page.contains("<html lang=\"zh-CN\">") && page.contains("轴承振动诊断报告"));
            let options = MarkdownOptions { language, ..MarkdownOptions::default() };
            assert!(crate::markdown(diagnosis, &options).contains("## 10 术语"));
            let pdf = crate::pdf(diagnosis, &PdfOptions { language, ..PdfOptions::default() }).unwrap();
            assert_eq!(pdf.missing, [], "the program's own fonts have every character of the catalogue");
            for other in &samples {
                assert!(crate::comparison_html(diagnosis, other, language).contains("两份报告"));
            }
        }
        let mut rows: Vec<FleetRow> = samples.iter().map(|own| FleetRow::diagnosed(own, None)).collect();
        rows.push(FleetRow::failed("a.mat", &Declared::default(), "no data"));
        let page = crate::fleet_html(&rows, &FleetOptions { language, ..FleetOptions::default() });
        assert!(page.contains("未发现故障") && page.contains("再显示 {n} 份"));
        // What stays as it is: a unit, where a geometry comes from, and where a user says that the sensor sits.
        let source = sample::found().bearing.unwrap().source.to_string();
        let position = sample::found().input.position.unwrap();
        let kept = ["", "g", &source, &position];
        let lacking = LACKING.with_borrow(|all| {
            all.iter().filter(|wording| !kept.contains(&wording.as_str())).cloned().collect::<Vec<_>>()
        });
        assert!(lacking.is_empty(), "{lacking:#?}");
    }

    #[test]
    fn a_list_is_joined_in_the_language_and_what_is_verbatim_stays() {
        let list = Phrase::list(Joint::Comma, ["P-101", "pump, old"].map(Phrase::verbatim));
        assert_eq!(Language::English.say(&list), "P-101, pump, old");
        assert_eq!(Language::Chinese.say(&list), "P-101、pump, old");
        assert_eq!(Language::Chinese.say(&phrase!("no such wording {x:.1}", x = 2.0)), "no such wording 2.0");
    }
}
