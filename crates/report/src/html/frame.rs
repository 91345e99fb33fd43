//! The frame of a page: head, content security policy, style.

use super::script::{Script, hash_of};
use crate::palette::css_variables;
use crate::svg::FIGURE_STYLE;
use crate::text::sanitize;
use crate::words::Language;
use brinell_signal::phrase;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

const STYLE: &str = include_str!("style.css");
/// Fonts of a Chinese page: those that its reader has.
const CHINESE_STYLE: &str = "html{font-family:system-ui,-apple-system,\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",\"Source Han Sans SC\",\"WenQuanYi Micro Hei\",Arial,sans-serif}\n.eyebrow{letter-spacing:normal}\n";

/// One page.
pub(crate) struct Frame<'a> {
    /// Title in the browser.
    pub(crate) title: &'a str,
    /// All that is in the body.
    pub(crate) body: Markup,
    /// Wider than a page of text: for long tables.
    pub(crate) wide: bool,
    /// What makes the page movable; it is complete without.
    pub(crate) script: Option<Script>,
    /// Its language.
    pub(crate) language: Language,
}

/// The page as text. Nothing may be loaded but pictures from inside the page and the one style whose
/// hash is named; no script runs but the one whose hash is named, no form is sent, no base is changed.
pub(crate) fn framed(page: &Frame<'_>) -> String {
    let own_style = match page.language {
        Language::English => "",
        Language::Chinese => CHINESE_STYLE,
    };
    let style = format!("{}{FIGURE_STYLE}{STYLE}{own_style}", css_variables());
    let script = page.script.as_ref().map(|script| (script, script.text()));
    let allowed =
        script.as_ref().map_or_else(String::new, |(_, text)| format!(" script-src {};", hash_of(text)));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {};{allowed} base-uri 'none'; form-action 'none'",
        hash_of(&style)
    );
    let text = markup! {
        (DOCTYPE)
        html lang=(page.language.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (page.title) }
                style { (PreEscaped(style)) }
            }
            body class=[page.wide.then_some("wide")] {
                a.skip href="#main" { (page.language.say(&phrase!("Skip to the content"))) }
                (page.body)
                @if let Some((script, text)) = &script {
                    script id=(script.id) type="application/json" { (PreEscaped(&script.data)) }
                    script { (PreEscaped(text)) }
                }
            }
        }
    };
    sanitize(&text.into_string())
}
