//! Tables over several pages: widths of columns, rows that stay whole, headings on each page.

use super::flow::{Flow, LEADING};
use super::line::{Line, Style};
use super::sheet::{Item, Meaning, Tint};
use crate::document::{Column, ColumnKind, Prose, Row, Table, TableKind};
use crate::palette::light;

/// Sizes of type that are tried until the widest words of all columns fit beside each other.
const SIZES: [f64; 5] = [8.2, 7.6, 7.0, 6.5, 6.0];
/// Size of a caption's type.
const CAPTION: f64 = 7.8;
/// Room at both sides of a cell, and over and under its text.
const PAD: f64 = 3.2;
const PAD_UPRIGHT: f64 = 1.7;

/// A table whose columns have their widths.
struct Set<'t> {
    table: &'t Table,
    /// Size of the type.
    size: f64,
    widths: Vec<f64>,
}

/// A cell of a row: where, how wide, its lines, and what it heads.
struct Cell {
    x: f64,
    width: f64,
    lines: Vec<Line>,
    flush_right: bool,
    meaning: Meaning,
}

impl Flow<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        let set = self.set(table);
        let caption = Style::new(CAPTION, "muted");
        let caption_style = if table.kind == TableKind::Facts { caption.bold() } else { caption };
        let caption_lines = self.lines(&table.caption, caption_style, self.width);
        self.room(self.begin(&set));
        self.tree.open(Meaning::Table { summary: table.label.to_string() });
        self.tree.open(Meaning::Caption);
        for own in caption_lines {
            self.line(&own, [self.left, self.y + caption.size]);
            self.y += caption.size * LEADING;
        }
        self.tree.close();
        self.y += 1.5;
        self.headings(&set, true);
        for group in &table.groups {
            if let Some(heading) = &group.heading {
                self.group(&set, heading, group.rows.first());
            }
            for row in &group.rows {
                self.row(&set, row);
            }
        }
        self.tree.close();
        self.y += 9.0;
    }

    /// Height of what stays together at the begin of a table: all of it where it is not long.
    pub(super) fn begin_of_table(&self, table: &Table) -> f64 {
        self.begin(&self.set(table))
    }

    fn begin(&self, set: &Set<'_>) -> f64 {
        let caption = Style::new(CAPTION, "muted");
        let lines = self.lines(&set.table.caption, caption, self.width).len();
        let rows = self.rows_height(set);
        let few = 4.0 * (set.size * LEADING + 2.0 * PAD_UPRIGHT);
        let page = self.floor() - super::TOP;
        (lines as f64 + 3.0) * CAPTION * LEADING + if rows < 0.4 * page { rows } else { few }
    }

    /// Height of all rows and headings of groups.
    fn rows_height(&self, set: &Set<'_>) -> f64 {
        let leading = set.size * LEADING;
        let groups = set.table.groups.iter();
        let rows = groups.clone().flat_map(|group| &group.rows).map(|row| {
            let lines = self.cells(set, row).iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
            lines as f64 * leading + 2.0 * PAD_UPRIGHT
        });
        let headings = groups.filter(|group| group.heading.is_some()).count();
        rows.sum::<f64>() + headings as f64 * (leading + 2.0 * PAD_UPRIGHT + 4.0)
    }

    /// The widths of the columns: as wide as they want where there is room; else the rest is shared out by what they
    /// want over their widest words.
    fn set<'t>(&self, table: &'t Table) -> Set<'t> {
        let mut last = Set { table, size: SIZES[0], widths: Vec::new() };
        for size in SIZES {
            let style = Style::new(size, "text");
            let mut wanted = Vec::new();
            let mut least = Vec::new();
            for (i, column) in table.columns.iter().enumerate() {
                let title = heading_of(column);
                let mut whole = self.extent(&title, style.bold())[1];
                let mut word = whole;
                for row in table.groups.iter().flat_map(|group| &group.rows) {
                    let Some(cell) = row.cells.get(i) else { continue };
                    let own = if column.kind == ColumnKind::Head { style.bold() } else { style };
                    let [cell_whole, cell_word] = self.extent(cell, own);
                    whole = whole.max(cell_whole);
                    // A row's name and a number are not parted.
                    let firm = matches!(column.kind, ColumnKind::Part | ColumnKind::Number);
                    word = word.max(if firm { cell_whole } else { cell_word });
                }
                wanted.push(whole + 2.0 * PAD);
                least.push(word.min(self.width * 0.4) + 2.0 * PAD);
            }
            let (want, need): (f64, f64) = (wanted.iter().sum(), least.iter().sum());
            let widths = if want <= self.width {
                // Facts share an edge from table to table; others take what they want.
                let spare = self.width - want;
                let stretch = match table.kind {
                    TableKind::Facts => 0.0,
                    TableKind::Wide => spare / wanted.len().max(1) as f64,
                    TableKind::Narrow => (spare / wanted.len().max(1) as f64).min(18.0),
                };
                wanted.iter().map(|w| w + stretch).collect()
            } else {
                let share = ((self.width - need) / (want - need).max(1e-9)).max(0.0);
                let squeeze = (self.width / need).min(1.0);
                let pairs = wanted.iter().zip(&least);
                pairs.map(|(w, l)| (l + (w - l) * share) * squeeze).collect()
            };
            last = Set { table, size, widths };
            if need <= self.width {
                break;
            }
        }
        if table.kind == TableKind::Facts && last.widths.len() == 2 {
            last.widths = vec![self.width * 0.3, self.width * 0.7];
        }
        last
    }

    fn headings(&mut self, set: &Set<'_>, first: bool) {
        if set.table.kind == TableKind::Facts {
            return;
        }
        let style = Style::new(set.size, "text").bold();
        let mut x = self.left;
        let mut cells = Vec::new();
        for (column, width) in set.table.columns.iter().zip(&set.widths) {
            let lines = self.lines(&heading_of(column), style, width - 2.0 * PAD);
            let flush_right = column.kind == ColumnKind::Number;
            cells.push(Cell {
                x,
                width: *width,
                lines,
                flush_right,
                meaning: Meaning::Head { row: false, span: 1 },
            });
            x += width;
        }
        let leading = set.size * LEADING;
        let height = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0) as f64 * leading;
        // Headings that stand again on a further page are no part of the table's meaning.
        if first {
            self.tree.open(Meaning::Row);
        }
        for cell in &cells {
            // Headings stand on the line under them.
            let drop = height - cell.lines.len() as f64 * leading;
            self.cell(cell, self.y + PAD_UPRIGHT + drop, set.size, 0, cell.lines.len(), first);
        }
        if first {
            self.tree.close();
        }
        self.y += height + 2.0 * PAD_UPRIGHT;
        let total: f64 = set.widths.iter().sum();
        self.decoration(vec![Item::rule([self.left, self.y], total, 0.9, light("axis"))]);
    }

    fn group(&mut self, set: &Set<'_>, heading: &Prose, first: Option<&Row>) {
        let style = Style::new(set.size, "text").bold();
        let width: f64 = set.widths.iter().sum();
        let lines = self.lines(heading, style, width - 2.0 * PAD);
        let height = lines.len() as f64 * set.size * LEADING;
        let with_row = if first.is_some() { 2.0 * set.size * LEADING } else { 0.0 };
        self.new_page_unless(set, height + with_row + 10.0);
        self.y += 4.0;
        let meaning = Meaning::Head { row: true, span: set.widths.len() };
        let cell = Cell { x: self.left, width, lines, flush_right: false, meaning };
        self.tree.open(Meaning::Row);
        self.cell(&cell, self.y + PAD_UPRIGHT, set.size, 0, cell.lines.len(), true);
        self.tree.close();
        self.y += height + 2.0 * PAD_UPRIGHT;
        self.decoration(vec![Item::rule([self.left, self.y], width, 0.4, light("line"))]);
    }

    fn row(&mut self, set: &Set<'_>, row: &Row) {
        let leading = set.size * LEADING;
        let cells = self.cells(set, row);
        let count = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0).max(1);
        self.tree.open(Meaning::Row);
        let mut done = 0;
        while done < count {
            let rest = (count - done) as f64 * leading + 2.0 * PAD_UPRIGHT;
            let page = self.floor() - super::TOP - 60.0;
            // A row stays whole unless it is higher than a page.
            self.new_page_unless(set, if rest > page { 4.0 * leading } else { rest });
            let fits = ((self.left_over() - 2.0 * PAD_UPRIGHT) / leading).floor().max(1.0) as usize;
            let upto = count.min(done + fits);
            let height = (upto - done) as f64 * leading + 2.0 * PAD_UPRIGHT;
            let width: f64 = set.widths.iter().sum();
            let mut under = Vec::new();
            if row.marked {
                under.push(Item::filled([self.left, self.y, width, height], Tint(light("surface"), 1.0)));
            }
            under.push(Item::rule([self.left, self.y + height], width, 0.4, light("line")));
            self.decoration(under);
            for cell in &cells {
                self.cell(cell, self.y + PAD_UPRIGHT, set.size, done, upto, true);
            }
            self.y += height;
            done = upto;
        }
        self.tree.close();
    }

    fn cells(&self, set: &Set<'_>, row: &Row) -> Vec<Cell> {
        let mut x = self.left;
        let mut cells = Vec::new();
        for ((column, width), content) in set.table.columns.iter().zip(&set.widths).zip(&row.cells) {
            let lines = self.lines(content, style_of(set, column), width - 2.0 * PAD);
            let heads = matches!(column.kind, ColumnKind::Head | ColumnKind::Part);
            let meaning = if heads { Meaning::Head { row: true, span: 1 } } else { Meaning::Cell };
            let flush_right = column.kind == ColumnKind::Number;
            cells.push(Cell { x, width: *width, lines, flush_right, meaning });
            x += width;
        }
        cells
    }

    /// Some lines of a cell; what means something stands in the tree once.
    fn cell(&mut self, cell: &Cell, top: f64, size: f64, from: usize, upto: usize, means: bool) {
        if means {
            self.tree.open(cell.meaning.clone());
        }
        for (i, line) in cell.lines.iter().take(upto).skip(from).enumerate() {
            let spare = if cell.flush_right { cell.width - 2.0 * PAD - line.width } else { 0.0 };
            let at = [cell.x + PAD + spare, top + i as f64 * size * LEADING + size];
            if means {
                self.line(line, at);
            } else {
                self.silent(line, at);
            }
        }
        if means {
            self.tree.close();
        }
    }

    /// A line that means nothing by itself.
    fn silent(&mut self, line: &Line, [x, y]: [f64; 2]) {
        for run in &line.runs {
            if let super::line::Piece::Text(text, style) = &run.piece {
                let at = [x + run.x, y];
                let text = text.clone();
                self.decoration(vec![Item::Text { at, text, style: *style, upright: false }]);
            }
        }
    }

    fn new_page_unless(&mut self, set: &Set<'_>, height: f64) {
        if self.left_over() < height && self.y > super::TOP {
            self.next_page();
            self.headings(set, false);
        }
    }
}

/// What is printed over a column.
fn heading_of(column: &Column) -> Prose {
    if column.kind == ColumnKind::Bar { Prose::default() } else { Prose::of(&column.title) }
}

fn style_of(set: &Set<'_>, column: &Column) -> Style {
    match (column.kind, set.table.kind) {
        (ColumnKind::Head, TableKind::Facts) => Style::new(set.size, "muted"),
        (ColumnKind::Note, _) => Style::new(set.size, "muted"),
        _ => Style::new(set.size, "text"),
    }
}
