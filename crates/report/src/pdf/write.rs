//! Pages as a PDF file: text, vectors, pictures, the tree of meanings, bookmarks, links and the attached data.

use super::flow::{Bookmark, Flow};
use super::font::Fonts;
use super::line::Style;
use super::picture;
use super::sheet::{Child, Item, Meaning, Pen, Sheet, Step, Tint, Tree};
use super::{BOTTOM, SIDE, TOP};
use crate::canvas::{Area, Place};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::palette::light;
use crate::text::sanitize;
use brinell_signal::phrase;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use std::num::{NonZeroU16, NonZeroU32};

/// A file that lies in the PDF.
pub(crate) struct Attachment {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

/// The file of a document that was laid out.
pub(super) fn write(document: &Document, flow: Flow<'_>, attachment: Option<Attachment>) -> Result<Vec<u8>> {
    let mut file = krilla::Document::new();
    let pages = flow.sheets.len();
    let mut leaves: Vec<Option<Identifier>> = (0..flow.tree.leaves()).map(|_| None).collect();
    let mut links: Vec<Vec<Identifier>> = Vec::new();
    let size = [flow.paper.width(), flow.paper.height()];
    for (number, sheet) in flow.sheets.iter().enumerate() {
        let mut page = match PageSettings::from_wh(size[0] as f32, size[1] as f32) {
            Some(settings) => file.start_page_with(settings),
            None => file.start_page(),
        };
        let mut surface = page.surface();
        let mut pen = Drawing { surface: &mut surface, fonts: flow.fonts, leaves: &mut leaves };
        pen.margins(document, [number + 1, pages], size);
        pen.sheet(sheet);
        surface.finish();
        let annotated = sheet.links.iter().filter_map(|link| {
            let target = flow.bookmarks.iter().find(|mark| mark.section == Some(link.section))?;
            let annotation = LinkAnnotation::new(rect(link.area)?, Target::Destination(place(target).into()));
            Some(page.add_tagged_annotation(Annotation::new_link(annotation, Some(link.text.clone()))))
        });
        links.push(annotated.collect());
        page.finish();
    }
    file.set_outline(outline(&flow.bookmarks));
    file.set_tag_tree(tags(&flow.tree, &mut leaves, &mut links));
    let title = sanitize(&document.title.to_string());
    file.set_metadata(
        Metadata::new()
            .title(title)
            .language(document.language.tag().to_owned())
            .creator(format!("brinell {}", env!("CARGO_PKG_VERSION")))
            .description(document.kind.to_string()),
    );
    if let Some(attachment) = attachment {
        file.embed_file(EmbeddedFile {
            path: attachment.name,
            mime_type: MimeType::new("application/json"),
            description: Some(document.language.say(&phrase!("The numbers of this report"))),
            association_kind: AssociationKind::Data,
            data: attachment.content.into(),
            modification_date: None,
            compress: Some(true),
            location: None,
        });
    }
    file.finish().map_err(|reason| Error::Encoding { form: "PDF", reason: format!("{reason:?}") })
}

/// What draws on one page.
struct Drawing<'a, 'p> {
    surface: &'a mut Surface<'p>,
    fonts: &'a Fonts<'a>,
    leaves: &'a mut Vec<Option<Identifier>>,
}

impl Drawing<'_, '_> {
    /// Head and foot of a page: what it is about, its number, and the hash of the input.
    fn margins(&mut self, document: &Document, [number, of]: [usize; 2], [width, height]: [f64; 2]) {
        let style = Style::new(7.2, "muted");
        let (heading, foot) = (document.heading.to_string(), document.foot.words());
        let lines = [
            (ArtifactType::Header, TOP - 20.0, heading.as_str(), format!("{number}/{of}")),
            (ArtifactType::Footer, height - BOTTOM + 24.0, foot.as_str(), String::new()),
        ];
        for (kind, y, text, right) in lines {
            self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
            let right_width = self.fonts.width(&right, false) * style.size;
            let room = (width - 2.0 * SIDE - right_width - 20.0) / style.size;
            let text = self.fonts.fitting(&sanitize(text).replace('\n', " "), style.bold, room);
            self.text([SIDE, y], &text, style, false);
            self.text([width - SIDE - right_width, y], &right, style, false);
            self.surface.end_tagged();
        }
    }

    fn sheet(&mut self, sheet: &Sheet) {
        for item in &sheet.items {
            match item {
                Item::Begin(Some(leaf)) => {
                    let identifier = self.surface.start_tagged(ContentTag::Other);
                    if let Some(place) = self.leaves.get_mut(*leaf) {
                        *place = Some(identifier);
                    }
                }
                Item::Begin(None) => {
                    let artifact = Artifact::with_kind(ArtifactType::Layout);
                    self.surface.start_tagged(ContentTag::Artifact(artifact));
                }
                Item::End => self.surface.end_tagged(),
                Item::Text { at, text, style, upright } => self.text(*at, text, *style, *upright),
                Item::Shape { steps, fill, stroke } => self.shape(steps, fill.as_ref(), stroke.as_ref()),
                Item::Picture { area, address } => self.picture(*area, address),
                Item::Clip(area) => {
                    let everything = || rect([0.0, 0.0, 1.0, 1.0]);
                    let path = rect(*area).or_else(everything).and_then(boxed);
                    // A clip without a path would leave its end without a begin.
                    if let Some(path) = path {
                        self.surface.push_clip_path(&path, &FillRule::NonZero);
                    } else {
                        self.surface.push_transform(&Transform::identity());
                    }
                }
                Item::Unclip => self.surface.pop(),
            }
        }
    }

    fn text(&mut self, [x, y]: Place, text: &str, style: Style, upright: bool) {
        if upright {
            let turned = Transform::from_row(0.0, -1.0, 1.0, 0.0, x as f32, y as f32);
            self.surface.push_transform(&turned);
        }
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(&Tint(light(style.colour), 1.0))));
        let [mut x, y] = if upright { [0.0, 0.0] } else { [x, y] };
        let mut glyphs: Vec<KrillaGlyph> = Vec::new();
        let mut open: Option<(usize, f64)> = None;
        let drawn = |face: usize, at: f64, glyphs: &mut Vec<KrillaGlyph>, surface: &mut Surface<'_>| {
            if let (Some(font), false) = (self.fonts.font(face), glyphs.is_empty()) {
                let start = Point::from_xy(at as f32, y as f32);
                surface.draw_glyphs(start, glyphs, font.clone(), text, style.size as f32, false);
            }
            glyphs.clear();
        };
        for (i, c) in text.char_indices() {
            let glyph = self.fonts.glyph(c, style.bold);
            if let Some((face, at)) = open
                && face != glyph.face
            {
                drawn(face, at, &mut glyphs, self.surface);
                open = None;
            }
            open.get_or_insert((glyph.face, x));
            let range = i..i + c.len_utf8();
            let id = GlyphId::new(glyph.id);
            glyphs.push(KrillaGlyph::new(id, glyph.advance as f32, 0.0, 0.0, 0.0, range, None));
            x += glyph.advance * style.size;
        }
        if let Some((face, at)) = open {
            drawn(face, at, &mut glyphs, self.surface);
        }
        if upright {
            self.surface.pop();
        }
    }

    fn shape(&mut self, steps: &[Step], own_fill: Option<&Tint>, pen: Option<&Pen>) {
        let mut path = PathBuilder::new();
        let f = |[x, y]: Place| (x as f32, y as f32);
        for step in steps {
            match *step {
                Step::Move(to) => path.move_to(f(to).0, f(to).1),
                Step::Line(to) => path.line_to(f(to).0, f(to).1),
                Step::Curve(a, b, to) => path.cubic_to(f(a).0, f(a).1, f(b).0, f(b).1, f(to).0, f(to).1),
                Step::Close => path.close(),
            }
        }
        let Some(path) = path.finish() else { return };
        self.surface.set_fill(own_fill.map(fill));
        self.surface.set_stroke(pen.map(stroke));
        self.surface.draw_path(&path);
    }

    /// A picture as cells: each colour one shape, so that no decoder of pictures is needed to write it.
    fn picture(&mut self, area: Area, address: &str) {
        for (colour, cells) in picture::cells(area, address) {
            let mut path = PathBuilder::new();
            cells.into_iter().filter_map(rect).for_each(|cell| path.push_rect(cell));
            let Some(path) = path.finish() else { continue };
            self.surface.set_stroke(None);
            self.surface.set_fill(Some(fill(&Tint(colour, 1.0))));
            self.surface.draw_path(&path);
        }
    }
}

fn covered(share: f64) -> NormalizedF32 {
    NormalizedF32::new(share.clamp(0.0, 1.0) as f32).unwrap_or(NormalizedF32::ONE)
}

fn fill(Tint([r, g, b], cover): &Tint) -> Fill {
    Fill { paint: rgb::Color::new(*r, *g, *b).into(), opacity: covered(*cover), rule: FillRule::NonZero }
}

fn stroke(pen: &Pen) -> Stroke {
    let Tint([r, g, b], cover) = pen.tint;
    Stroke {
        paint: rgb::Color::new(r, g, b).into(),
        width: pen.width as f32,
        miter_limit: 4.0,
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        opacity: covered(cover),
        dash: (!pen.dash.is_empty())
            .then(|| StrokeDash { array: pen.dash.iter().map(|v| *v as f32).collect(), offset: 0.0 }),
    }
}

fn rect([x, y, width, height]: Area) -> Option<Rect> {
    Rect::from_xywh(x as f32, y as f32, width as f32, height as f32)
}

fn boxed(rect: Rect) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    path.finish()
}

fn place(mark: &Bookmark) -> XyzDestination {
    XyzDestination::new(mark.page, Point::from_xy(0.0, (mark.y - 14.0).max(0.0) as f32))
}

/// Bookmarks in two levels.
fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    let mut open: Option<OutlineNode> = None;
    for mark in bookmarks {
        let node = OutlineNode::new(mark.title.clone(), place(mark));
        match (&mut open, mark.level) {
            (Some(section), 2..) => section.push_child(node),
            _ => {
                if let Some(section) = open.replace(node) {
                    outline.push_child(section);
                }
            }
        }
    }
    if let Some(section) = open {
        outline.push_child(section);
    }
    outline
}

/// The tree of meanings with what was drawn for its leaves.
fn tags(tree: &Tree, leaves: &mut [Option<Identifier>], links: &mut [Vec<Identifier>]) -> TagTree {
    let mut root = TagTree::new();
    let Some((_, children)) = tree.nodes.first() else { return root };
    for node in nodes(tree, children, leaves, links) {
        root.push(node);
    }
    root
}

fn nodes(
    tree: &Tree,
    children: &[Child],
    leaves: &mut [Option<Identifier>],
    links: &mut [Vec<Identifier>],
) -> Vec<Node> {
    let mut out = Vec::new();
    for child in children {
        match *child {
            Child::Leaf(leaf) => {
                out.extend(leaves.get_mut(leaf).and_then(Option::take).map(Node::from));
            }
            Child::Link(page, number) => {
                let link = links.get(page).and_then(|own| own.get(number)).cloned();
                out.extend(link.map(Node::from));
            }
            Child::Node(number) => {
                let Some((meaning, own)) = tree.nodes.get(number) else { continue };
                out.push(TagGroup::with_children(tag(meaning), nodes(tree, own, leaves, links)).into());
            }
        }
    }
    out
}

fn tag(meaning: &Meaning) -> TagKind {
    match meaning {
        Meaning::Section => Tag::Section.into(),
        Meaning::Heading(level, title) => {
            Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
        }
        Meaning::Paragraph => Tag::P.into(),
        Meaning::List { ordered } => {
            Tag::L(if *ordered { ListNumbering::Decimal } else { ListNumbering::Disc }).into()
        }
        Meaning::ListItem => Tag::LI.into(),
        Meaning::Label => Tag::Lbl.into(),
        Meaning::Body => Tag::LBody.into(),
        Meaning::Table { summary } => Tag::Table.with_summary(Some(summary.clone())).into(),
        Meaning::Row => Tag::TR.into(),
        Meaning::Head { row, span } => {
            let scope = if *row { TableHeaderScope::Row } else { TableHeaderScope::Column };
            let span = u32::try_from(*span).ok().filter(|span| *span > 1).and_then(NonZeroU32::new);
            Tag::TH(scope).with_col_span(span).into()
        }
        Meaning::Cell => Tag::TD.into(),
        Meaning::Caption => Tag::Caption.into(),
        Meaning::Figure(text) => Tag::Figure(Some(text.clone())).into(),
        Meaning::Code => Tag::Code.into(),
        Meaning::Link => Tag::Link.into(),
    }
}
