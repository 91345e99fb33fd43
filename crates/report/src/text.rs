//! Text that comes from files and users is hostile until it went through here.
//!
//! Markup characters are escaped where text enters a page (by `maud`, and by [`escape`] in SVG);
//! [`sanitize`] then passes once over the finished page, so that no field can be forgotten: control
//! characters fall away and characters that reorder or hide text become visible.

use std::fmt::Write as _;

/// Appends `text` with `& < > " '` escaped, fit for XML text and quoted attributes.
pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

/// Characters that reorder, hide or break text; they are shown as their code point.
fn is_invisible_or_reordering(c: char) -> bool {
    matches!(
        c,
        '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// Control characters removed (tab and line separators become a space, line feeds stay), reordering
/// and invisible characters written as `[U+202E]`. Markup is left as it is: the replacements hold no
/// character that means anything in HTML.
pub(crate) fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' {
            out.push(c);
        } else if matches!(c, '\t' | '\r' | '\u{2028}' | '\u{2029}') {
            out.push(' ');
        } else if is_invisible_or_reordering(c) {
            let _ = write!(out, "[U+{:04X}]", c as u32);
        } else if !c.is_control() {
            out.push(c);
        }
    }
    out
}

/// Last part of a path, whichever system wrote it.
pub(crate) fn basename(path: &str) -> &str {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Width of `text` in average letters: a Chinese character takes as much room as two.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Whether a character is as wide as it is high, as Chinese ones and their marks are.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// At most `limit` characters, the middle left out when there are more.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit || limit < 3 {
        return text.to_owned();
    }
    let head = (limit - 1) / 2;
    let tail = limit - 1 - head;
    let mut out: String = text.chars().take(head).collect();
    out.push('\u{2026}');
    out.extend(text.chars().skip(count - tail));
    out
}

/// A link to a file beside or below the page: every part percent-encoded, so that it can neither
/// name a scheme nor a host nor climb out. `None` when nothing is left.
pub(crate) fn relative_href(path: &str) -> Option<String> {
    let mut out = String::from(".");
    for part in path.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")) {
        out.push('/');
        for byte in part.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                out.push(byte as char);
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    (out.len() > 1).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_characters_are_escaped() {
        let mut out = String::new();
        escape(&mut out, r#"</script><svg onload="x('&')">"#);
        assert_eq!(out, "&lt;/script&gt;&lt;svg onload=&quot;x(&#39;&amp;&#39;)&quot;&gt;");
    }

    #[test]
    fn control_characters_fall_away_and_bidi_overrides_are_shown() {
        assert_eq!(sanitize("a\u{1b}[31mb\u{0}\u{85}c\td\ne"), "a[31mbc d\ne");
        assert_eq!(sanitize("gpj.\u{202E}exe\u{2066}x"), "gpj.[U+202E]exe[U+2066]x");
        assert_eq!(sanitize("\u{FEFF}轴承"), "[U+FEFF]轴承");
    }

    #[test]
    fn a_link_cannot_leave_the_folder_or_name_a_host() {
        assert_eq!(relative_href("a b/105.html").as_deref(), Some("./a%20b/105.html"));
        assert_eq!(relative_href("javascript:alert(1)").as_deref(), Some("./javascript%3Aalert%281%29"));
        assert_eq!(relative_href("//evil.example/x").as_deref(), Some("./evil.example/x"));
        assert_eq!(relative_href("../../etc/passwd").as_deref(), Some("./etc/passwd"));
        assert_eq!(relative_href(".."), None);
    }

    #[test]
    fn long_text_keeps_its_ends() {
        assert_eq!(shorten("abcdefghij", 5), "ab\u{2026}ij");
        assert_eq!(shorten("abc", 5), "abc");
        assert_eq!(basename("C:\\data\\105.mat"), "105.mat");
        assert_eq!(basename("/data/105.mat/"), "105.mat");
        assert_eq!(columns("内圈 BPFI"), 9);
    }
}
