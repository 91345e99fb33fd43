//! The frame of a page: head, content security policy, style.

use crate::palette::css_variables;
use crate::svg::FIGURE_STYLE;
use crate::text::sanitize;
use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");

/// One page.
pub(crate) struct Frame<'a> {
    /// Title in the browser.
    pub(crate) title: &'a str,
    /// All that is in the body.
    pub(crate) body: Markup,
    /// Wider than a page of text: for long tables.
    pub(crate) wide: bool,
}

/// The page as text. Nothing may be loaded but pictures from inside the page and the one style whose
/// hash is named; no script runs, no form is sent, no base is changed.
pub(crate) fn framed(page: &Frame<'_>) -> String {
    let style = format!("{}{FIGURE_STYLE}{STYLE}", css_variables());
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    let text = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (page.title) }
                style { (PreEscaped(style)) }
            }
            body class=[page.wide.then_some("wide")] {
                a.skip href="#main" { "Skip to the content" }
                (page.body)
            }
        }
    };
    sanitize(&text.into_string())
}
