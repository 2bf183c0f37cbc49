//! Lines of styled text, measured in columns.
//!
//! Only the 16 colours that a terminal's theme defines, and neither black nor white, so that the
//! report is readable on light and dark backgrounds.

use crate::render::Style;
use crate::report::Text;
use anstyle::{AnsiColor, Effects};
use unicode_width::UnicodeWidthChar;

/// How a piece of text looks.
pub(crate) type Paint = anstyle::Style;

pub(crate) const PLAIN: Paint = Paint::new();
pub(crate) const BOLD: Paint = Paint::new().effects(Effects::BOLD);
pub(crate) const DIM: Paint = Paint::new().effects(Effects::DIMMED);
pub(crate) const RED: Paint = AnsiColor::Red.on_default();
pub(crate) const GREEN: Paint = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Paint = AnsiColor::Yellow.on_default();
pub(crate) const CYAN: Paint = AnsiColor::Cyan.on_default();
pub(crate) const MAGENTA: Paint = AnsiColor::Magenta.on_default();

/// The signs that have an ASCII stand-in.
pub(crate) struct Glyphs {
    pub(crate) good: &'static str,
    pub(crate) bad: &'static str,
    pub(crate) ellipsis: &'static str,
    pub(crate) at_least: &'static str,
    pub(crate) about: &'static str,
    pub(crate) to: &'static str,
    /// Between the items of a row of facts.
    pub(crate) dot: &'static str,
    /// From what it was to what it became.
    pub(crate) arrow: &'static str,
    /// So many times.
    pub(crate) times: &'static str,
    /// Good to know, beside `bad` and `!`.
    pub(crate) note: &'static str,
    /// A span on a time axis, one with pauses, and the end of one that goes on.
    pub(crate) span: [&'static str; 3],
    pub(crate) rule: &'static str,
    pub(crate) tick: &'static str,
    /// Parts of a horizontal bar, by eighths, the full one last; one entry if it has no parts.
    pub(crate) bar: &'static [&'static str],
    /// Levels of one row of a chart, the full one last.
    pub(crate) levels: &'static [&'static str],
    /// A column of a chart that is zero.
    pub(crate) zero: &'static str,
}

static UNICODE: Glyphs = Glyphs {
    good: "✓",
    bad: "✗",
    ellipsis: "…",
    at_least: "≥ ",
    about: "≈",
    to: "–",
    dot: " · ",
    arrow: "→",
    times: "×",
    note: "·",
    span: ["━", "╍", "▶"],
    rule: "─",
    tick: "┬",
    bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    zero: "·",
};

static ASCII: Glyphs = Glyphs {
    good: "+",
    bad: "x",
    ellipsis: "...",
    at_least: ">= ",
    about: "~",
    to: "-",
    dot: ", ",
    arrow: "->",
    times: "x",
    note: "-",
    span: ["=", "-", ">"],
    rule: "-",
    tick: "+",
    bar: &["#"],
    levels: &[".", ":", "-", "=", "+", "*", "%", "#"],
    zero: " ",
};

/// The signs that a style uses.
pub(crate) fn glyphs(style: &Style) -> &'static Glyphs {
    if style.ascii { &ASCII } else { &UNICODE }
}

/// Columns that a text takes: the sum of its characters, which is what terminals do. The width of
/// the whole string may be smaller (ligatures, emoji sequences) but is not what is drawn.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Log text for a line: harmless ([`Text::visible`]), without the commands that CI runners read
/// anywhere in a line (`##[`, `##vso[`), and in ASCII when the style asks for it.
pub(crate) fn log_text(text: &Text, style: &Style) -> String {
    let visible = text.visible().replace("##", "#\\x23");
    if !style.ascii || visible.is_ascii() {
        return visible;
    }
    let escape =
        |c: char| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() };
    visible.chars().map(escape).collect()
}

/// A key of the log: as [`log_text`], and an empty one is not shown as nothing.
pub(crate) fn key_text(text: &Text, style: &Style) -> String {
    match log_text(text, style) {
        text if text.is_empty() => "(empty)".into(),
        text => text,
    }
}

/// A sentence of the report, which may quote the log: as [`log_text`], and no word of it can begin
/// a CI command (`::`).
pub(crate) fn prose(text: &str, style: &Style) -> String {
    let safe = log_text(&Text::new(text), style);
    if !safe.contains("::") {
        return safe;
    }
    let words = safe.split(' ').map(|word| match word.strip_prefix("::") {
        Some(rest) => format!("\\x3a:{rest}"),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Cuts the middle out of a text that is wider than `limit` columns: the two ends of a route or an
/// address tell the most.
pub(crate) fn shorten(text: &str, limit: usize, glyphs: &Glyphs) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let mark = width(glyphs.ellipsis);
    if limit <= mark {
        return ".".repeat(limit);
    }
    let tail_limit = (limit - mark) * 2 / 5;
    let head = fitting(text.chars(), limit - mark - tail_limit);
    let tail = fitting(text.chars().rev(), tail_limit);
    let end: String = tail.chars().rev().collect();
    format!("{head}{}{end}", glyphs.ellipsis)
}

/// The first characters that fit into `limit` columns.
fn fitting(chars: impl Iterator<Item = char>, limit: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= limit
        })
        .collect()
}

/// Words in lines of at most `limit` columns; a longer word loses its middle. A number and its unit
/// are one word.
pub(crate) fn wrap(text: &str, limit: usize, glyphs: &Glyphs) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let unit = words.next_if(|next| is_number(word) && is_unit(next));
        let whole = unit.map(|unit| format!("{word} {unit}"));
        let word = shorten(whole.as_deref().unwrap_or(word), limit, glyphs);
        if !line.is_empty() && width(&line) + 1 + width(&word) > limit {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

/// Whether a word ends as a number does.
fn is_number(word: &str) -> bool {
    word.ends_with(|c: char| c.is_ascii_digit())
}

/// Whether a word is a unit, with what a sentence may put behind it.
fn is_unit(word: &str) -> bool {
    let unit = word.trim_end_matches(|c: char| ").,;:".contains(c));
    matches!(unit, "%" | "s" | "ms" | "min" | "h" | "d" | "B" | "kB" | "MB" | "GB" | "TB")
}

/// One line of output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<(Paint, String)>);

impl Line {
    /// An empty line.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The line with a text added.
    pub(crate) fn with(mut self, paint: Paint, text: impl Into<String>) -> Self {
        self.0.push((paint, text.into()));
        self
    }

    /// Columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// Fills it with spaces up to a column.
    pub(crate) fn pad(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        self.with(PLAIN, " ".repeat(missing))
    }

    /// Writes it without spaces at its end, and a newline.
    pub(crate) fn write(&self, color: bool, out: &mut String) {
        let filled = self.0.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (at, (paint, text)) in self.0.iter().enumerate() {
            if Some(at) > filled {
                break;
            }
            let text = if Some(at) == filled { text.trim_end() } else { text };
            if color && !paint.is_plain() && !text.is_empty() {
                out.push_str(&format!("{}{text}{}", paint.render(), paint.render_reset()));
            } else {
                out.push_str(text);
            }
        }
        out.push('\n');
    }
}

/// A mark, and beside it a text in as many lines as it needs.
pub(crate) fn paragraph(
    mark: (Paint, &str),
    text: (Paint, &str),
    columns: usize,
    style: &Style,
) -> Vec<Line> {
    let indent = width(mark.1) + if mark.1.is_empty() { 1 } else { 2 };
    let glyphs = glyphs(style);
    let lines = wrap(&prose(text.1, style), columns.saturating_sub(indent), glyphs);
    let line = |(at, words): (usize, String)| {
        let start = if at == 0 {
            Line::new().with(PLAIN, " ").with(mark.0, mark.1).pad(indent)
        } else {
            Line::new().pad(indent)
        };
        start.with(text.0, words)
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// Facts behind a label, in as many lines as they need. A fact stays whole where a line ends, as
/// far as it fits into one; `indent` is where the label stands and `column` where the facts do.
pub(crate) fn facts(
    label: (Paint, &str),
    facts: &[(Paint, String)],
    (indent, column): (usize, usize),
    columns: usize,
    style: &Style,
) -> Vec<Line> {
    let glyphs = glyphs(style);
    let mut lines: Vec<Line> = Vec::new();
    for (paint, fact) in facts {
        let fact = prose(fact, style);
        if let Some(line) = lines.last_mut()
            && line.width() + width(glyphs.dot) + width(&fact) <= columns
        {
            *line = std::mem::take(line).with(DIM, glyphs.dot).with(*paint, fact);
            continue;
        }
        for words in wrap(&fact, columns.saturating_sub(column), glyphs) {
            let start = match lines.is_empty() {
                true => Line::new().pad(indent).with(label.0, label.1),
                false => Line::new(),
            };
            lines.push(start.pad(column).with(*paint, words));
        }
    }
    lines
}

/// Two blocks side by side, the right one beginning at `column`.
pub(crate) fn beside(left: Vec<Line>, right: Vec<Line>, column: usize) -> Vec<Line> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..rows)
        .map(|_| {
            let mut line = left.next().unwrap_or_default().pad(column);
            line.0.extend(right.next().unwrap_or_default().0);
            line
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::render::example;

    /// Lines as text without colour.
    pub(in crate::render::terminal) fn text(lines: Vec<Line>) -> String {
        let mut out = String::new();
        lines.iter().for_each(|line| line.write(false, &mut out));
        out
    }

    #[test]
    fn long_texts_lose_their_middle() {
        for (text, limit, expected) in [
            ("/short", 10, "/short"),
            ("/api/v1/customers/orders", 12, "/api/v1…ders"),
            ("/日本語日本語日本語", 10, "/日本…語"),
            ("anything", 1, "."),
        ] {
            let short = shorten(text, limit, &UNICODE);
            assert_eq!(short, expected);
            assert!(width(&short) <= limit);
        }
        assert_eq!(shorten("/api/v1/customers/orders", 12, &ASCII), "/api/v...ers");
    }

    #[test]
    fn wraps_at_words() {
        assert_eq!(wrap("one two three", 7, &UNICODE), ["one two", "three"]);
        assert_eq!(wrap("a abcdefghij", 6, &UNICODE), ["a", "abc…ij"]);
        assert_eq!(wrap("", 6, &UNICODE), [""]);
        assert_eq!(wrap("up to 30.0 s; /a (4 %)", 8, &UNICODE), ["up to", "30.0 s;", "/a (4 %)"]);
        assert_eq!(wrap("at 7 she left", 7, &UNICODE), ["at 7", "she", "left"]);
    }

    #[test]
    fn commands_for_ci_are_broken() {
        let style = example::style(80);
        assert_eq!(prose("a ::error:: b", &style), "a \\x3a:error:: b");
        assert_eq!(log_text(&Text::new("x##[group]"), &style), "x#\\x23[group]");
        let ascii = Style { ascii: true, ..style };
        assert_eq!(log_text(&Text::new("/é"), &ascii), "/\\u{e9}");
    }

    #[test]
    fn no_space_ends_a_line() {
        let mut out = String::new();
        Line::new().with(RED, "a ").with(PLAIN, "  ").pad(9).write(true, &mut out);
        assert_eq!(out, "\u{1b}[31ma\u{1b}[0m\n");
    }
}
