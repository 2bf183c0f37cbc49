//! Tables that fit: the least important columns go first, then the widest text is cut.
//!
//! Not comfy-table: it neither drops columns, nor cuts the middle of a cell, nor draws bars.

use super::line::{CYAN, DIM, Glyphs, Line, PLAIN, Paint, shorten, width};

/// Columns between two columns.
const GAP: usize = 2;
/// Columns left free before a table.
const INDENT: usize = 1;
/// A text column is not narrowed below this as long as another column can go.
const MIN_TEXT: usize = 16;
/// A bar narrower than this says nothing.
const MIN_BAR: usize = 8;
/// A bar wider than this says no more.
const MAX_BAR: usize = 40;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words, at the left.
    Left,
    /// The same, under the title of the section.
    Title,
    /// Numbers, at the right.
    Right,
    /// Text that may be cut; at most one of a table.
    Text,
    /// A bar of a share; takes what the others leave. At most one, and the last.
    Bar,
}

/// One column.
pub(crate) struct Column {
    head: &'static str,
    kind: Kind,
    /// The largest is dropped first, 0 never.
    rank: u8,
}

/// A column with its heading; see [`Column::rank`].
pub(crate) const fn column(head: &'static str, kind: Kind, rank: u8) -> Column {
    Column { head, kind, rank }
}

/// One cell.
pub(crate) struct Cell {
    paint: Paint,
    text: String,
    share: f64,
}

/// A cell of plain text.
pub(crate) fn plain(text: impl Into<String>) -> Cell {
    painted(PLAIN, text)
}

/// A cell of coloured text.
pub(crate) fn painted(paint: Paint, text: impl Into<String>) -> Cell {
    Cell { paint, text: text.into(), share: 0.0 }
}

/// A cell of a bar, for a share from 0 to 1.
pub(crate) fn bar(paint: Paint, share: f64) -> Cell {
    Cell { paint, text: String::new(), share }
}

/// Rows under headings; each row has a cell for each column.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of it, at most `columns` wide. Headings are left out when all are empty.
    pub(crate) fn lines(mut self, columns: usize, glyphs: &Glyphs) -> Vec<Line> {
        self.drop_empty();
        let widths = loop {
            match self.fit(columns) {
                Some(widths) => break widths,
                None => self.drop_least(),
            }
        };
        let mut lines = Vec::new();
        if self.columns.iter().any(|column| !column.head.is_empty()) {
            let heads: Vec<Cell> = self
                .columns
                .iter()
                .map(|column| painted(head_paint(column), column.head))
                .collect();
            lines.push(self.line(&heads, &widths, glyphs));
        }
        lines.extend(self.rows.iter().map(|row| self.line(row, &widths, glyphs)));
        lines
    }

    /// Widths of the columns, or none when a column should go.
    fn fit(&self, columns: usize) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = (0..self.columns.len()).map(|at| self.natural(at)).collect();
        let droppable = self.columns.iter().any(|column| column.rank > 0);
        let at = |kind| self.columns.iter().position(|column| column.kind == kind);
        let used =
            |widths: &[usize]| widths.iter().sum::<usize>() + INDENT + GAP * (widths.len() - 1);
        if let Some(text) = at(Kind::Text) {
            let over = (used(&widths) + if at(Kind::Bar).is_some() { MIN_BAR } else { 0 })
                .saturating_sub(columns);
            let least = MIN_TEXT.min(widths[text]);
            if widths[text] < least + over && droppable {
                return None;
            }
            widths[text] = widths[text].saturating_sub(over).max(1);
        }
        if let Some(bar) = at(Kind::Bar) {
            widths[bar] = columns.saturating_sub(used(&widths)).min(MAX_BAR);
            if widths[bar] < MIN_BAR {
                return None;
            }
        }
        if used(&widths) > columns && droppable {
            return None;
        }
        // Nothing is left to drop: the widest cells are cut, and show it.
        while used(&widths) > columns {
            let widest = (0..widths.len()).max_by_key(|at| widths[*at])?;
            widths[widest] = widths[widest].checked_sub(1)?;
        }
        Some(widths)
    }

    /// Columns that the widest cell of a column takes.
    fn natural(&self, at: usize) -> usize {
        let cells = self.rows.iter().map(|row| width(&row[at].text));
        let head =
            if self.columns[at].kind == Kind::Bar { 0 } else { width(self.columns[at].head) };
        cells.max().unwrap_or(0).max(head)
    }

    /// Removes the columns, other than bars, in which no row says anything.
    fn drop_empty(&mut self) {
        for at in (0..self.columns.len()).rev() {
            let silent = self.rows.iter().all(|row| row[at].text.is_empty());
            if silent && self.columns[at].kind != Kind::Bar {
                self.remove(at);
            }
        }
    }

    /// Removes the column of the highest rank.
    fn drop_least(&mut self) {
        let least = (0..self.columns.len()).max_by_key(|at| self.columns[*at].rank);
        self.remove(least.expect("a table has columns"));
    }

    fn remove(&mut self, at: usize) {
        self.columns.remove(at);
        for row in &mut self.rows {
            row.remove(at);
        }
    }

    fn line(&self, cells: &[Cell], widths: &[usize], glyphs: &Glyphs) -> Line {
        let mut line = Line::new().pad(INDENT);
        for (at, (cell, column)) in cells.iter().zip(&self.columns).enumerate() {
            let gap = if at == 0 { 0 } else { GAP };
            let start = line.width() + gap;
            let text = match column.kind {
                Kind::Bar if cell.text.is_empty() => draw(cell.share, widths[at], glyphs),
                _ => shorten(&cell.text, widths[at], glyphs),
            };
            let before = if column.kind == Kind::Right { widths[at] - width(&text) } else { 0 };
            line = line.pad(start + before).with(cell.paint, text).pad(start + widths[at]);
        }
        line
    }
}

fn head_paint(column: &Column) -> Paint {
    if column.kind == Kind::Title { CYAN.bold() } else { DIM }
}

/// A bar of at most `columns`; a share that is not zero is seen.
fn draw(share: f64, columns: usize, glyphs: &Glyphs) -> String {
    let parts = glyphs.bar.len();
    let wanted = (share.clamp(0.0, 1.0) * (columns * parts) as f64).round() as usize;
    let eighths = if share > 0.0 { wanted.max(1) } else { 0 };
    let mut out = glyphs.bar[parts - 1].repeat(eighths / parts);
    if eighths % parts > 0 {
        out.push_str(glyphs.bar[eighths % parts - 1]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;
    use crate::render::terminal::line::glyphs;

    fn text(columns: usize) -> String {
        let mut table = Table::new(vec![
            column("errors", Kind::Right, 0),
            column("share", Kind::Right, 2),
            column("p95", Kind::Right, 1),
            column("route", Kind::Text, 0),
        ]);
        table.row(vec![plain("1,204"), plain("3.2 %"), plain("84 ms"), plain("/api/orders/{id}")]);
        table.row(vec![plain("7"), plain(""), plain("1.2 s"), plain("/")]);
        let mut out = String::new();
        for line in table.lines(columns, glyphs(&example::style(80))) {
            assert!(line.width() <= columns, "{columns}");
            line.write(false, &mut out);
        }
        out
    }

    #[test]
    fn columns_go_before_text_is_cut() {
        let wide = " errors  share    p95  route\n  1,204  3.2 %  84 ms  /api/orders/{id}\n      7         1.2 s  /\n";
        assert_eq!(text(80), wide);
        assert_eq!(
            text(35),
            " errors    p95  route\n  1,204  84 ms  /api/orders/{id}\n      7  1.2 s  /\n"
        );
        assert_eq!(text(20), " errors  route\n  1,204  /api/o…{id}\n      7  /\n");
    }

    #[test]
    fn a_small_share_is_seen() {
        let glyphs = glyphs(&example::style(80));
        assert_eq!(draw(0.0, 10, glyphs), "");
        assert_eq!(draw(0.000_1, 10, glyphs), "▏");
        assert_eq!(draw(0.55, 10, glyphs), "█████▌");
        assert_eq!(draw(1.0, 3, glyphs), "███");
    }
}
