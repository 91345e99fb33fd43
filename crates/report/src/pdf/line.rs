//! Sentences as lines of a width: words, where they may be parted, and how wide they are.

use super::font::Fonts;
use crate::document::{Prose, Span, Target};
use crate::figure::Ink;
use crate::text::is_wide;

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// Size of the type in points.
    pub(super) size: f64,
    pub(super) bold: bool,
    /// Name in the palette.
    pub(super) colour: &'static str,
}

impl Style {
    pub(super) const fn new(size: f64, colour: &'static str) -> Self {
        Self { size, bold: false, colour }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    const fn coloured(self, colour: &'static str) -> Self {
        Self { colour, ..self }
    }
}

/// What stands in a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text(String, Style),
    /// Sample of an ink's line and marker.
    Key(Ink),
    /// A bar from 0 to 1.
    Bar(f64),
}

/// A piece at its distance from the line's begin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) piece: Piece,
    /// Section to which it leads.
    pub(super) link: Option<&'static str>,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    pub(super) width: f64,
}

/// Width of a key and of a bar.
const KEY: f64 = 20.0;
const BAR: f64 = 90.0;

/// What is not parted, with a space before it or not.
struct Word {
    runs: Vec<Run>,
    width: f64,
    space: f64,
    /// A new line begins here in any case.
    forced: bool,
}

/// `prose` in lines no wider than `width`.
pub(super) fn lines(fonts: &Fonts<'_>, prose: &Prose, style: Style, width: f64) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for word in words(fonts, prose, style) {
        let current = lines.last().map_or(0.0, |line| line.width);
        let space = if current > 0.0 { word.space } else { 0.0 };
        if word.forced || (current > 0.0 && current + space + word.width > width) {
            end_with_space(&mut lines, word.space > 0.0);
            lines.push(Line::default());
        }
        let mut parts = vec![word];
        if parts[0].width > width {
            parts = parted(fonts, parts.remove(0), width);
        }
        for (i, part) in parts.into_iter().enumerate() {
            if i > 0 {
                lines.push(Line::default());
            }
            if let Some(line) = lines.last_mut() {
                line.append(part);
            }
        }
    }
    lines
}

/// Widths of `prose` in one line, and of its widest word.
pub(super) fn extent(fonts: &Fonts<'_>, prose: &Prose, style: Style) -> [f64; 2] {
    let words = words(fonts, prose, style);
    let whole = words.iter().enumerate().map(|(i, w)| w.width + if i > 0 { w.space } else { 0.0 }).sum();
    [whole, words.iter().map(|w| w.width).fold(0.0, f64::max)]
}

/// Words at the end of a line and the begin of the next are two words for those who search or listen, too.
fn end_with_space(lines: &mut [Line], parted_at_space: bool) {
    if parted_at_space
        && let Some(Run { piece: Piece::Text(text, _), .. }) =
            lines.last_mut().and_then(|l| l.runs.last_mut())
    {
        text.push(' ');
    }
}

impl Line {
    fn append(&mut self, word: Word) {
        let space = if self.width > 0.0 { word.space } else { 0.0 };
        for (i, run) in word.runs.into_iter().enumerate() {
            let space = if i == 0 { space } else { 0.0 };
            let at = self.width + space;
            match (self.runs.last_mut(), &run.piece) {
                // One run of the same type, with its spaces, so that the text comes out whole.
                (
                    Some(Run { piece: Piece::Text(text, style), width, x, link }),
                    Piece::Text(more, more_style),
                ) if style == more_style && *link == run.link => {
                    if space > 0.0 {
                        text.push(' ');
                    }
                    text.push_str(more);
                    *width = at + run.width - *x;
                }
                (last, _) => {
                    if space > 0.0
                        && let Some(Run { piece: Piece::Text(text, _), .. }) = last
                    {
                        text.push(' ');
                    }
                    self.runs.push(Run { x: at, ..run.clone() });
                }
            }
            self.width = at + run.width;
        }
    }
}

fn words(fonts: &Fonts<'_>, prose: &Prose, style: Style) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word { runs: Vec::new(), width: 0.0, space: 0.0, forced: false };
    let mut end = |word: &mut Word, space: f64, forced: bool| {
        let next = Word { runs: Vec::new(), width: 0.0, space, forced };
        if word.runs.is_empty() {
            word.space = word.space.max(space);
            word.forced |= forced;
        } else {
            words.push(std::mem::replace(word, next));
        }
    };
    let mut previous = None;
    for span in &prose.0 {
        let (text, style, link) = match span {
            Span::Text(_) | Span::Code(_) | Span::Link(_, Target::File(_)) | Span::Said { .. } => {
                (span.words(), style, None)
            }
            Span::Strong(_) => (span.words(), style.bold(), None),
            Span::Faint(_) | Span::FaintCode(_) => (span.words(), style.coloured("muted"), None),
            Span::Reading(_) => (span.words(), style.coloured("text"), None),
            Span::Link(_, Target::Section(id)) => (span.words(), style.coloured("link"), Some(*id)),
            Span::Tag(state, text) => {
                (format!("{} {text}", state.shape()), style.bold().coloured(state.name()), None)
            }
            Span::Key(ink) => {
                word.push(Piece::Key(*ink), KEY, None);
                previous = None;
                continue;
            }
            Span::Bar(share) => {
                word.push(Piece::Bar(*share), BAR, None);
                previous = None;
                continue;
            }
        };
        let mut kept = String::new();
        let flush = |word: &mut Word, kept: &mut String| {
            if !kept.is_empty() {
                let width = fonts.width(kept, style.bold) * style.size;
                word.push(Piece::Text(std::mem::take(kept), style), width, link);
            }
        };
        for c in text.chars() {
            if c == ' ' || c == '\n' {
                flush(&mut word, &mut kept);
                let space = fonts.width(" ", style.bold) * style.size;
                end(&mut word, space, c == '\n');
            } else {
                if previous.is_some_and(|p| may_part(p, c)) {
                    flush(&mut word, &mut kept);
                    end(&mut word, 0.0, false);
                }
                kept.push(c);
            }
            previous = Some(c);
        }
        flush(&mut word, &mut kept);
    }
    end(&mut word, 0.0, false);
    words
}

impl Word {
    fn push(&mut self, piece: Piece, width: f64, link: Option<&'static str>) {
        self.runs.push(Run { x: 0.0, width, piece, link });
        self.width += width;
    }
}

/// Whether a line may end between two characters without a space: beside a Chinese character, but not before a mark
/// that closes and not after one that opens.
fn may_part(before: char, after: char) -> bool {
    let closes = |c: char| "，。、；：！？）》」』】〉〕”’％…·,.;:!?)]}%".contains(c);
    let opens = |c: char| "（《「『【〈〔“‘([{".contains(c);
    (is_wide(before) || is_wide(after)) && !closes(after) && !opens(before)
}

/// A word that is wider than the line, in parts that are not; after a mark of a path where one is near the end.
fn parted(fonts: &Fonts<'_>, word: Word, width: f64) -> Vec<Word> {
    let mut parts = Vec::new();
    let fresh = |space| Word { runs: Vec::new(), width: 0.0, space, forced: false };
    let mut part = fresh(word.space);
    for run in word.runs {
        let Piece::Text(text, style) = run.piece else {
            part.push(run.piece, run.width, run.link);
            continue;
        };
        let mut kept = String::new();
        let mut taken = 0.0;
        for c in text.chars() {
            let advance = fonts.glyph(c, style.bold).advance * style.size;
            if part.width + taken + advance > width && !(kept.is_empty() && part.runs.is_empty()) {
                let near = kept.char_indices().rev().take(16).find(|(_, c)| "/\\-_.,;:?&=".contains(*c));
                let rest = match near {
                    Some((i, c)) => kept.split_off(i + c.len_utf8()),
                    None => String::new(),
                };
                taken = fonts.width(&kept, style.bold) * style.size;
                part.push(Piece::Text(std::mem::take(&mut kept), style), taken, run.link);
                parts.push(std::mem::replace(&mut part, fresh(0.0)));
                taken = fonts.width(&rest, style.bold) * style.size;
                kept = rest;
            }
            kept.push(c);
            taken += advance;
        }
        part.push(Piece::Text(kept, style), taken, run.link);
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::document::{prose, strong};

    fn set(prose: &Prose, width: f64) -> Vec<String> {
        let fonts = Fonts::new(&[]).unwrap();
        let lines = lines(&fonts, prose, Style::new(10.0, "text"), width);
        assert!(lines.iter().all(|line| line.width <= width + 1e-9), "{lines:?}");
        let text = |line: &Line| {
            line.runs.iter().map(|r| if let Piece::Text(t, _) = &r.piece { t.as_str() } else { "" }).collect()
        };
        lines.iter().map(text).collect()
    }

    #[test]
    fn no_word_is_lost_and_no_line_is_too_wide() {
        let text = "A defect of the inner race. Vibration names the part; the mode is to be confirmed.";
        let lines = set(&prose![text.to_owned()], 90.0);
        assert!(lines.len() > 3);
        assert_eq!(lines.concat(), text);
    }

    #[test]
    fn what_stands_together_without_a_space_is_not_parted() {
        let lines =
            set(&prose!["false-alarm rate ".to_owned(), strong("1 in 620"), ", adjusted".to_owned()], 60.0);
        assert!(lines.iter().any(|line| line.contains("620,")), "{lines:?}");
    }

    #[test]
    fn a_long_name_is_parted_without_loss_and_chinese_breaks_anywhere_but_before_a_comma() {
        let hash = "a1f4c09d3b52e7788190a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7";
        assert_eq!(set(&prose![hash.to_owned()], 100.0).concat(), hash);
        let chinese = "滚动轴承内圈故障，轴承外圈（BPFO）故障特征频率，保持架。";
        let lines = set(&prose![chinese.to_owned()], 62.0);
        assert_eq!(lines.concat(), chinese);
        assert!(lines.len() >= 4, "{lines:?}");
        assert!(lines.iter().all(|line| !line.starts_with(['，', '）', '。']) && !line.ends_with('（')));
        // A line may end where the type changes, too: there is no blank there either.
        let parts = prose!["内圈故障".to_owned(), strong("内圈故障"), "内圈故障。".to_owned()];
        let lines = set(&parts, 41.0);
        assert_eq!(lines.len(), 4, "{lines:?}");
    }
}
