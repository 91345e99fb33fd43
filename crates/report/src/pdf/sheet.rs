//! Pages before they are written: shapes and text at places in points from the upper left corner, and what each of
//! them is for those who listen.

use super::line::Style;
use crate::canvas::{Area, Place};

/// One page.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) items: Vec<Item>,
    pub(super) links: Vec<Link>,
}

/// What is put on a page.
pub(super) enum Item {
    /// A text; its place is the begin of its base line.
    Text {
        at: Place,
        text: String,
        style: Style,
        upright: bool,
    },
    Shape {
        steps: Vec<Step>,
        fill: Option<Tint>,
        stroke: Option<Pen>,
    },
    /// A PNG in a `data:` address.
    Picture {
        area: Area,
        address: String,
    },
    /// What follows shows only inside, until [`Item::Unclip`].
    Clip(Area),
    Unclip,
    /// What follows, until [`Item::End`], is this leaf of the tree of meanings; `None` means nothing.
    Begin(Option<usize>),
    End,
}

/// One step of a shape.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Move(Place),
    Line(Place),
    /// Two guides and the end.
    Curve(Place, Place, Place),
    Close,
}

/// A colour: red, green, blue, and how much it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tint(pub(super) [u8; 3], pub(super) f64);

/// How a line is drawn.
#[derive(Debug, Clone)]
pub(super) struct Pen {
    pub(super) tint: Tint,
    /// In points.
    pub(super) width: f64,
    /// Dashes and gaps in points; empty is solid.
    pub(super) dash: Vec<f64>,
}

/// A place that leads to a section.
pub(super) struct Link {
    pub(super) area: Area,
    pub(super) section: &'static str,
    pub(super) text: String,
}

impl Item {
    /// A filled box.
    pub(super) fn filled([x, y, width, height]: Area, tint: Tint) -> Self {
        let steps = vec![
            Step::Move([x, y]),
            Step::Line([x + width, y]),
            Step::Line([x + width, y + height]),
            Step::Line([x, y + height]),
            Step::Close,
        ];
        Item::Shape { steps, fill: Some(tint), stroke: None }
    }

    /// A level line.
    pub(super) fn rule([x, y]: Place, length: f64, width: f64, colour: [u8; 3]) -> Self {
        let pen = Pen { tint: Tint(colour, 1.0), width, dash: Vec::new() };
        let steps = vec![Step::Move([x, y]), Step::Line([x + length, y])];
        Item::Shape { steps, fill: None, stroke: Some(pen) }
    }
}

/// What a part of a document is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Section,
    Heading(u16, String),
    Paragraph,
    List {
        ordered: bool,
    },
    ListItem,
    Label,
    Body,
    Table {
        summary: String,
    },
    Row,
    /// A cell that heads its row or its column, over so many columns.
    Head {
        row: bool,
        span: usize,
    },
    Cell,
    Caption,
    /// A figure and the words that stand for it.
    Figure(String),
    Code,
    Link,
}

/// A child of a node: another node, or what is on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    Node(usize),
    Leaf(usize),
    /// The page and number of a link there.
    Link(usize, usize),
}

/// The tree of meanings while it grows; its first node stands for the document.
pub(super) struct Tree {
    pub(super) nodes: Vec<(Meaning, Vec<Child>)>,
    open: Vec<usize>,
    leaves: usize,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { nodes: vec![(Meaning::Section, Vec::new())], open: vec![0], leaves: 0 }
    }

    /// Opens a node in the one that is open.
    pub(super) fn open(&mut self, meaning: Meaning) {
        let number = self.nodes.len();
        self.add(Child::Node(number));
        self.nodes.push((meaning, Vec::new()));
        self.open.push(number);
    }

    /// Closes what was opened last.
    pub(super) fn close(&mut self) {
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// A new leaf of the open node.
    pub(super) fn leaf(&mut self) -> usize {
        let leaf = self.leaves;
        self.leaves += 1;
        self.add(Child::Leaf(leaf));
        leaf
    }

    /// Adds a child to the open node.
    pub(super) fn add(&mut self, child: Child) {
        if let Some((_, children)) = self.open.last().and_then(|open| self.nodes.get_mut(*open)) {
            children.push(child);
        }
    }

    /// Number of leaves.
    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }
}
