//! A picture of a terminal: lines with SGR colours as SVG.
//!
//! Every run of text is held to the grid by its `textLength`, whatever font the reader has, and
//! block elements are drawn as rectangles, so that bars and charts have no gaps.

use std::fmt::Write as _;

/// Size of a cell and of the text in it, pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const FONT: f64 = 14.0;
/// Space around the text, and the height of the title bar.
const MARGIN: f64 = 16.0;
const BAR: f64 = 34.0;
const COLUMNS: usize = 80;

const BACKGROUND: &str = "#1b1f27";
const FOREGROUND: &str = "#d7dce5";
/// Red, green, yellow, blue, magenta, cyan: colours 31 to 36.
const COLORS: [&str; 6] = ["#f2665c", "#5ac878", "#e3b341", "#6aa8f0", "#c792ea", "#4fc1d9"];

/// How text looks.
#[derive(Clone, Copy, PartialEq, Default)]
struct Look {
    color: Option<usize>,
    bold: bool,
    dim: bool,
    inverse: bool,
}

impl Look {
    /// Takes the parameters of one SGR sequence.
    fn set(&mut self, parameters: &str) {
        for code in parameters.split(';') {
            match code {
                "" | "0" => *self = Self::default(),
                "1" => self.bold = true,
                "2" => self.dim = true,
                "7" => self.inverse = true,
                _ => {
                    let color = code.parse::<usize>().ok().and_then(|code| code.checked_sub(31));
                    assert!(color.is_some_and(|c| c < COLORS.len()), "SGR {code} is not drawn");
                    self.color = color;
                }
            }
        }
    }

    fn fill(self) -> &'static str {
        self.color.map_or(FOREGROUND, |color| COLORS[color])
    }
}

/// The picture of a command and the beginning of what it prints.
pub(crate) fn draw(command: &str, lines: &[&str]) -> String {
    let used = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |at| at + 1);
    let lines = &lines[..used];
    let width = COLUMNS as f64 * CELL.0 + 2.0 * MARGIN;
    let height = BAR + (lines.len() as f64 + 2.0) * CELL.1 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">\n",
        escape(command)
    );
    let _ = writeln!(
        out,
        "<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g fill=\"#4a5160\"><circle cx=\"20\" cy=\"19\" r=\"5.5\"/><circle cx=\"39\" cy=\"19\" \
         r=\"5.5\"/><circle cx=\"58\" cy=\"19\" r=\"5.5\"/></g>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', \
         monospace\" font-size=\"{FONT}\" fill=\"{FOREGROUND}\" xml:space=\"preserve\">"
    );
    let prompt = Look { color: Some(1), ..Look::default() };
    text(&mut out, 0, 1, "$", prompt);
    text(&mut out, 0, 3, command, Look { bold: true, ..Look::default() });
    for (row, line) in lines.iter().enumerate() {
        self::line(&mut out, row + 2, line);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// One line of output.
fn line(out: &mut String, row: usize, line: &str) {
    let (mut look, mut column) = (Look::default(), 0);
    for (at, part) in line.split("\u{1b}[").enumerate() {
        let mut part = part;
        if at > 0 {
            let (parameters, rest) = part.split_once('m').expect("an escape is a colour");
            look.set(parameters);
            part = rest;
        }
        if look.inverse {
            let width = part.chars().count() as f64;
            rectangle(out, (row, column as f64, 0.0), (width, 1.0), look);
        }
        // Equal blocks together, so that no seams show, and words apart: a long text would drift
        // from the grid where `textLength` is not obeyed.
        let chars: Vec<char> = part.chars().collect();
        let same_run = |a: &char, b: &char| match (block(*a), block(*b)) {
            (None, None) => (*a == ' ') == (*b == ' '),
            _ => a == b,
        };
        for run in chars.chunk_by(same_run) {
            match block(run[0]) {
                Some((1.0, height)) => {
                    let size = (run.len() as f64, height);
                    rectangle(out, (row, column as f64, 1.0 - height), size, look);
                }
                Some(size) => rectangle(out, (row, column as f64, 0.0), size, look),
                None if run[0] == ' ' => {}
                None => text(out, row, column, &run.iter().collect::<String>(), look),
            }
            column += run.len();
        }
    }
}

/// The part of its cell that a block element fills: width, and height from below.
fn block(c: char) -> Option<(f64, f64)> {
    match c {
        '▁'..='█' => Some((1.0, f64::from(c as u32 - 0x2580) / 8.0)),
        '▉'..='▏' => Some((f64::from(0x2590 - c as u32) / 8.0, 1.0)),
        _ => None,
    }
}

/// A rectangle in cells: its row, its column and how far it is below the top of the row.
fn rectangle(out: &mut String, at: (usize, f64, f64), size: (f64, f64), look: Look) {
    let (row, column, down) = at;
    let _ = writeln!(
        out,
        "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{}\"{}/>",
        MARGIN + column * CELL.0,
        BAR + MARGIN + (row as f64 + down) * CELL.1,
        size.0 * CELL.0,
        size.1 * CELL.1,
        look.fill(),
        if look.dim { " opacity=\".45\"" } else { "" },
    );
}

fn text(out: &mut String, row: usize, column: usize, text: &str, look: Look) {
    let fill = if look.inverse { BACKGROUND } else { look.fill() };
    let _ = writeln!(
        out,
        "<text x=\"{:.2}\" y=\"{:.2}\" textLength=\"{:.2}\"{}{}{}>{}</text>",
        MARGIN + column as f64 * CELL.0,
        BAR + MARGIN + row as f64 * CELL.1 + 13.5,
        text.chars().count() as f64 * CELL.0,
        if fill == FOREGROUND { String::new() } else { format!(" fill=\"{fill}\"") },
        if look.bold { " font-weight=\"bold\"" } else { "" },
        if look.dim { " opacity=\".6\"" } else { "" },
        escape(text),
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
