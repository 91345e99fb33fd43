//! The language of reports; what the terminal shows stays English.

use brinell_report::Language;
use clap::ValueEnum;

/// Language of pages, PDFs and texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportLanguage {
    /// English.
    #[default]
    En,
    /// Chinese, simplified.
    Zh,
}

impl From<ReportLanguage> for Language {
    fn from(chosen: ReportLanguage) -> Self {
        match chosen {
            ReportLanguage::En => Language::English,
            ReportLanguage::Zh => Language::Chinese,
        }
    }
}
