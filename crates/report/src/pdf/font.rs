//! The fonts of a PDF: which one has a character, and how wide it is there.

use crate::error::{Error, Result};
use crate::text::shorten;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use std::collections::BTreeSet;

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");
const CHINESE: &[u8] = include_bytes!("../../fonts/DroidSansFallback-GB2312.ttf");

/// What stands for a character that no font has.
const REPLACEMENT: char = '\u{FFFD}';

/// Regular, bold, Chinese, and further ones in the order in which they are asked.
pub(super) struct Fonts<'a> {
    faces: Vec<Face<'a>>,
}

/// One font.
struct Face<'a> {
    font: Font,
    reading: FontRef<'a>,
    metrics: GlyphMetrics<'a>,
    /// Units of the font in the height of its type.
    units: f64,
}

/// A character as it is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    /// Number of the font.
    pub(super) face: usize,
    pub(super) id: u32,
    /// Width at a type size of 1.
    pub(super) advance: f64,
    /// Whether it stands for a character that no font has.
    pub(super) missing: bool,
}

impl<'a> Fonts<'a> {
    /// The fonts of the program and `further` ones, which are asked last.
    ///
    /// # Errors
    /// [`Error::Font`] where one of `further` is none.
    pub(super) fn new(further: &'a [Vec<u8>]) -> Result<Self> {
        let own = [REGULAR, BOLD, CHINESE].into_iter();
        let all = own.chain(further.iter().map(Vec::as_slice));
        let faces = all.enumerate().map(|(i, bytes)| {
            Face::read(bytes).ok_or_else(|| Error::Font { number: (i + 1).saturating_sub(3) })
        });
        Ok(Self { faces: faces.collect::<Result<_>>()? })
    }

    /// The font with this number.
    pub(super) fn font(&self, face: usize) -> Option<&Font> {
        self.faces.get(face).map(|face| &face.font)
    }

    /// `c` in regular or bold type; where the bold font lacks it, in regular type.
    pub(super) fn glyph(&self, c: char, bold: bool) -> Glyph {
        let order = [usize::from(bold)].into_iter().chain(usize::from(bold)..self.faces.len());
        let found = |c: char| order.clone().find_map(|face| self.glyph_in(face, c));
        let none = Glyph { face: 0, id: 0, advance: 0.6, missing: true };
        found(c).unwrap_or_else(|| Glyph { missing: true, ..found(REPLACEMENT).unwrap_or(none) })
    }

    fn glyph_in(&self, number: usize, c: char) -> Option<Glyph> {
        let face = self.faces.get(number)?;
        let id = face.reading.charmap().map(c)?;
        let advance = f64::from(face.metrics.advance_width(id)?) / face.units;
        Some(Glyph { face: number, id: id.to_u32(), advance, missing: false })
    }

    /// Width of `text` at a type size of 1.
    pub(super) fn width(&self, text: &str, bold: bool) -> f64 {
        text.chars().map(|c| self.glyph(c, bold).advance).sum()
    }

    /// `text`, its middle left out where it is wider than `width` at a type size of 1.
    pub(super) fn fitting(&self, text: &str, bold: bool, width: f64) -> String {
        let mut limit = text.chars().count();
        let mut kept = text.to_owned();
        while limit > 8 && self.width(&kept, bold) > width {
            limit -= 1 + limit / 20;
            kept = shorten(text, limit);
        }
        kept
    }

    /// Characters of `text` that no font has.
    pub(super) fn missing(&self, text: &str) -> BTreeSet<char> {
        text.chars().filter(|c| self.glyph(*c, false).missing).collect()
    }
}

impl<'a> Face<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let font = Font::new(bytes.to_vec().into(), 0)?;
        let reading = FontRef::new(bytes).ok()?;
        let metrics = reading.glyph_metrics(Size::unscaled(), LocationRef::default());
        let units = f64::from(font.units_per_em()).max(1.0);
        Some(Self { font, reading, metrics, units })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_script_finds_its_font_and_what_none_has_is_replaced() {
        let fonts = Fonts::new(&[]).unwrap();
        for (c, bold, face) in
            [('a', false, 0), ('a', true, 1), ('Ж', true, 1), ('轴', false, 2), ('轴', true, 2)]
        {
            let glyph = fonts.glyph(c, bold);
            assert_eq!((glyph.face, glyph.missing), (face, false), "{c}");
            assert!(glyph.advance > 0.2 && glyph.advance < 1.5, "{c}: {}", glyph.advance);
        }
        let glyph = fonts.glyph('\u{1F529}', false);
        assert!(glyph.missing && glyph.id != 0 && glyph.advance > 0.3);
        assert_eq!(fonts.missing("a轴\u{1F529}\u{5D0}").len(), 2);
    }

    #[test]
    fn all_that_the_pages_draw_is_in_the_fonts() {
        let fonts = Fonts::new(&[]).unwrap();
        let used = "▲◆○×±°–…·µαβ²⁻≤≥→←\u{201C}\u{201D}\u{2019}℃，。：（）";
        assert_eq!(fonts.missing(used), BTreeSet::new());
    }

    #[test]
    fn bytes_that_are_no_font_are_refused() {
        let further = [vec![0; 100]];
        assert!(matches!(Fonts::new(&further), Err(Error::Font { number: 1 })));
    }
}
