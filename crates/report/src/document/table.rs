//! Tables: columns with a kind, rows in groups.

use crate::document::{Piece, Prose};
use brinell_signal::Phrase;

/// A table with its caption.
pub(crate) struct Table {
    pub(crate) kind: TableKind,
    /// Name of the table for those who cannot see it.
    pub(crate) label: Phrase,
    pub(crate) caption: Prose,
    pub(crate) columns: Vec<Column>,
    pub(crate) groups: Vec<RowGroup>,
}

/// How wide a table is set, and whether it has headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableKind {
    /// Over the whole width.
    Wide,
    /// As wide as needed.
    Narrow,
    /// Names of facts and their values; columns have no headings.
    Facts,
}

/// A column.
pub(crate) struct Column {
    /// Its heading.
    pub(crate) title: Phrase,
    pub(crate) kind: ColumnKind,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// What the row is about.
    Head,
    /// The same, never broken.
    Part,
    Plain,
    /// Numbers, flush right.
    Number,
    /// Remarks.
    Note,
    /// A bar whose heading is for those who cannot see it.
    Bar,
}

/// Rows under a common heading.
pub(crate) struct RowGroup {
    pub(crate) heading: Option<Prose>,
    pub(crate) rows: Vec<Row>,
}

/// A row.
pub(crate) struct Row {
    /// Stands out: it counts.
    pub(crate) marked: bool,
    pub(crate) cells: Vec<Prose>,
}

impl Table {
    /// A table with one group of rows.
    pub(crate) fn new(
        kind: TableKind,
        label: Phrase,
        caption: impl Piece,
        columns: &[(&'static str, ColumnKind)],
        rows: Vec<Row>,
    ) -> Self {
        let groups = vec![RowGroup { heading: None, rows }];
        Self::grouped(kind, label, caption, columns, groups)
    }

    /// A table with several groups.
    pub(crate) fn grouped(
        kind: TableKind,
        label: Phrase,
        caption: impl Piece,
        columns: &[(&'static str, ColumnKind)],
        groups: Vec<RowGroup>,
    ) -> Self {
        let columns =
            columns.iter().map(|(title, kind)| Column { title: Phrase::word(title), kind: *kind }).collect();
        Self { kind, label, caption: Prose::of(caption), columns, groups }
    }

    /// Names of facts and their values.
    pub(crate) fn facts(label: Phrase, caption: impl Piece, facts: Vec<(Phrase, Prose)>) -> Self {
        let rows = facts.into_iter().map(|(name, value)| Row::of(vec![Prose::of(name), value])).collect();
        let columns = [("", ColumnKind::Head), ("", ColumnKind::Plain)];
        Self::new(TableKind::Facts, label, caption, &columns, rows)
    }
}

impl Row {
    /// A row that does not stand out.
    pub(crate) fn of(cells: Vec<Prose>) -> Self {
        Self { marked: false, cells }
    }
}
