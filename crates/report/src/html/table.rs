//! Tables on a page; they scroll on narrow screens and can be reached with the keyboard.

use super::spans;
use crate::document::{Column, ColumnKind, Row, Table, TableKind};
use maud::{Markup, html as markup};

pub(super) fn table(table: &Table) -> Markup {
    let class = match table.kind {
        TableKind::Wide => None,
        TableKind::Narrow => Some("narrow"),
        TableKind::Facts => Some("facts-table"),
    };
    markup! {
        div.scroll tabindex="0" role="region" aria-label=(table.label) {
            table class=[class] {
                caption { (spans(&table.caption)) }
                @if table.kind != TableKind::Facts {
                    thead { tr { @for column in &table.columns { (heading(column)) } } }
                }
                @for group in &table.groups {
                    tbody {
                        @if let Some(heading) = &group.heading {
                            tr.group { th scope="rowgroup" colspan=(table.columns.len()) { (spans(heading)) } }
                        }
                        @for own in &group.rows { (row(table, own)) }
                    }
                }
            }
        }
    }
}

fn heading(column: &Column) -> Markup {
    match column.kind {
        ColumnKind::Number => markup! { th.n scope="col" { (column.title) } },
        ColumnKind::Bar => markup! { th scope="col" { span.hidden { (column.title) } } },
        _ => markup! { th scope="col" { (column.title) } },
    }
}

fn row(table: &Table, row: &Row) -> Markup {
    markup! {
        tr class=[row.marked.then_some("counted")] {
            @for (column, cell) in table.columns.iter().zip(&row.cells) {
                @match column.kind {
                    ColumnKind::Head => { th scope="row" { (spans(cell)) } }
                    ColumnKind::Part => { th.part scope="row" { (spans(cell)) } }
                    ColumnKind::Number => { td.n { (spans(cell)) } }
                    ColumnKind::Note => { td.note { (spans(cell)) } }
                    ColumnKind::Plain | ColumnKind::Bar => { td { (spans(cell)) } }
                }
            }
        }
    }
}
