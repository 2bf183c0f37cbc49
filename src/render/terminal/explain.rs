//! Pages of the registry of codes, to learn from and to act on.

use super::line::{
    BOLD, CYAN, DIM, GREEN, Line, PLAIN, Paint, RED, YELLOW, facts, glyphs, paragraph, prose,
    shorten, width, wrap,
};
use super::{COLUMNS, title};
use crate::codes::{self, Class, Entry, Hop, Kind, Of, Owner, Page, Product};
use crate::render::Style;

/// Where the labels of rows begin, and how wide one may be.
const LABELS: (usize, usize) = (2, 20);
/// As [`LABELS`], of messages in an error log.
const MESSAGES: (usize, usize) = (4, 44);
/// Columns that a text behind its label needs.
const LEAST_TEXT: usize = 30;
/// Where facts stand behind their label.
const FACTS: (usize, usize) = (1, 10);

/// The pages, an empty line between them.
pub(in crate::render) fn text(pages: &[Page], style: &Style) -> String {
    let columns = style.width.clamp(*COLUMNS.start(), *COLUMNS.end());
    let mut text = String::new();
    for (at, page) in pages.iter().enumerate() {
        let mut lines = if at == 0 { Vec::new() } else { vec![Line::new()] };
        lines.extend(match page.kind {
            Kind::Code => code(page, style, columns),
            Kind::Class(class) => of_class(class, page, style, columns),
            Kind::Reason => reasons(page, style, columns),
            Kind::Product => of_product(page, style, columns),
        });
        lines.iter().for_each(|line| line.write(style.color, &mut text));
    }
    text
}

/// A code as each of its owners means it, and the reasons that go with it.
fn code(page: &Page, style: &Style, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, entry) in page.entries.iter().enumerate() {
        if at > 0 {
            lines.push(Line::new());
        }
        lines.extend(of_entry(entry, page.product, style, columns));
    }
    match page.product {
        Some(_) => lines.extend(by_family(&page.reasons, style, columns)),
        None => lines.extend(names_of(&page.reasons, style, columns)),
    }
    if let [entry, ..] = page.entries[..] {
        let sources = entry.sources.iter().map(|source| (DIM, (*source).to_owned()));
        lines.push(Line::new());
        lines.extend(facts((DIM, "source"), &sources.collect::<Vec<_>>(), FACTS, columns, style));
    }
    lines
}

/// What one owner means by a code.
fn of_entry(entry: &Entry, product: Option<&Product>, style: &Style, columns: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    let origin = if entry.origin == "IANA" { "" } else { entry.origin };
    let mark = (paint(entry.code), &*entry.code.to_string());
    let mut lines = heading(mark, entry.name, origin, columns, style);
    lines.extend(paragraph((PLAIN, ""), (PLAIN, entry.meaning), columns, style));
    lines.push(Line::new());
    lines.extend(facts((DIM, "sent by"), &[(PLAIN, entry.sender.into())], FACTS, columns, style));
    lines.extend(facts((DIM, "owner"), &[(PLAIN, owners(entry.owners))], FACTS, columns, style));
    let rows = Rows::of(["000"].into_iter(), LABELS, columns, style);
    if !entry.neighbours.is_empty() {
        lines.extend(section("Not to be taken for", "", columns, style));
        for (code, difference) in entry.neighbours {
            let name = codes::lookup(*code).map_or("", |entry| entry.name);
            let text = format!("{name}: {difference}");
            lines.extend(rows.row((paint(*code), &code.to_string()), (PLAIN, &text)));
        }
    }
    if !entry.causes.is_empty() {
        lines.extend(section("Causes", "", columns, style));
        for cause in entry.causes {
            lines.extend(paragraph((DIM, glyphs.note), (PLAIN, cause), columns, style));
        }
    }
    if !entry.checks.is_empty() {
        lines.extend(section("Check first", "", columns, style));
        for (number, check) in (1..).zip(entry.checks) {
            let number = number.to_string();
            lines.extend(paragraph((BOLD, &number), (PLAIN, check), columns, style));
        }
    }
    // A product's log is shown alone, beside that of the code's owner.
    let is_shown =
        |name: &str| product.is_none_or(|product| product.name == name || entry.origin == name);
    let logs: Vec<_> = entry.logs.iter().filter(|(name, _)| is_shown(name)).collect();
    if !logs.is_empty() {
        lines.extend(section("In the access log", "", columns, style));
        let rows = Rows::of(logs.iter().map(|(name, _)| *name), LABELS, columns, style);
        for (name, looks) in logs {
            lines.extend(rows.row((BOLD, name), (PLAIN, looks)));
        }
    }
    let messages: Vec<_> = entry.messages.iter().filter(|(name, ..)| is_shown(name)).collect();
    if !messages.is_empty() {
        lines.extend(section("In the error log", "search for", columns, style));
        let rows = Rows::of(messages.iter().map(|(_, text, _)| *text), MESSAGES, columns, style);
        for of_product in messages.chunk_by(|a, b| a.0 == b.0) {
            lines.push(Line::new().pad(LABELS.0).with(BOLD, of_product[0].0));
            for (_, message, meaning) in of_product {
                lines.extend(rows.row((GREEN, message), (PLAIN, meaning)));
            }
        }
    }
    lines
}

/// A class: what it means, who made a status, and its codes.
fn of_class(class: &Class, page: &Page, style: &Style, columns: usize) -> Vec<Line> {
    let first = page.entries.first().map_or(PLAIN, |entry| paint(entry.code));
    let mut lines = heading((first, class.name), class.title, "", columns, style);
    lines.extend(paragraph((PLAIN, ""), (PLAIN, class.meaning), columns, style));
    let is_shown = |hop: &&Hop| page.product.is_none_or(|product| product.name == hop.product);
    let hops: Vec<&Hop> = class.hops.iter().filter(is_shown).collect();
    if !hops.is_empty() {
        lines.extend(section("Who made the status", "", columns, style));
        let rows = Rows::of(hops.iter().map(|hop| hop.product), LABELS, columns, style);
        for hop in hops {
            let text = format!("the origin: {}", hop.passed);
            lines.extend(rows.row((BOLD, hop.product), (PLAIN, &text)));
            let text = format!("{} itself: {}", hop.product, hop.made);
            lines.extend(rows.row((BOLD, ""), (PLAIN, &text)));
        }
    }
    lines.extend(list(&page.entries, "Codes", style, columns));
    lines
}

/// All that is known of a product.
fn of_product(page: &Page, style: &Style, columns: usize) -> Vec<Line> {
    let name = page.product.map_or("", |product| product.name);
    let mut lines = heading((CYAN, name), "", "", columns, style);
    if page.entries.is_empty() && page.reasons.is_empty() {
        let text = "It has no codes or reasons of its own. With --product and a CODE there stands how \
            that code looks in its log.";
        lines.extend(paragraph((PLAIN, ""), (PLAIN, text), columns, style));
    }
    lines.extend(list(&page.entries, "Codes of its own", style, columns));
    lines.extend(by_family(&page.reasons, style, columns));
    lines
}

/// Codes, one in a row.
fn list(entries: &[&Entry], name: &str, style: &Style, columns: usize) -> Vec<Line> {
    if entries.is_empty() {
        return Vec::new();
    }
    let rows = Rows::of(["000"].into_iter(), LABELS, columns, style);
    let mut lines = section(name, "statlog explain CODE tells more", columns, style);
    for entry in entries {
        let text = match entry.origin {
            "IANA" => format!("{}: {}", entry.name, entry.meaning),
            origin => format!("{} ({origin}): {}", entry.name, entry.meaning),
        };
        lines.extend(rows.row((paint(entry.code), &entry.code.to_string()), (PLAIN, &text)));
    }
    lines
}

/// Reasons that were asked for: each in full, or many of one family in a list.
fn reasons(page: &Page, style: &Style, columns: usize) -> Vec<Line> {
    if let [(first, _), .., (last, _)] = page.reasons[..]
        && std::ptr::eq(first, last)
    {
        // An empty line stands before each family, and none begins a page.
        return by_family(&page.reasons, style, columns).split_off(1);
    }
    let mut lines = Vec::new();
    for (at, (family, reason)) in page.reasons.iter().enumerate() {
        if at > 0 {
            lines.push(Line::new());
        }
        let tokens = reason.tokens.join(", ");
        lines.extend(heading((CYAN, &tokens), family.origin, family.kind, columns, style));
        lines.extend(paragraph((PLAIN, ""), (PLAIN, reason.meaning), columns, style));
        lines.push(Line::new());
        for (label, paint, text) in [
            ("status", PLAIN, reason.statuses),
            ("owner", PLAIN, &owners(reason.owners)),
            ("check", PLAIN, reason.check),
            ("where", PLAIN, family.place),
            ("source", DIM, family.source),
        ] {
            let fact = [(paint, text.to_owned())];
            lines.extend(facts((DIM, label), &fact, FACTS, columns, style));
        }
    }
    lines
}

/// Reasons with what they mean, under a title for each family.
fn by_family(reasons: &[Of], style: &Style, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for of_family in reasons.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
        let (family, _) = of_family[0];
        let name = format!("{} {}", family.origin, family.kind);
        lines.extend(section(&name, "", columns, style));
        lines.extend(paragraph((PLAIN, ""), (DIM, family.place), columns, style));
        let labels: Vec<String> = of_family.iter().map(|(_, it)| it.tokens.join(", ")).collect();
        let rows = Rows::of(labels.iter().map(String::as_str), LABELS, columns, style);
        for ((_, reason), label) in of_family.iter().zip(&labels) {
            let text = match reason.statuses {
                "any" | "none" => reason.meaning.to_owned(),
                statuses => format!("{} ({statuses})", reason.meaning.trim_end_matches('.')),
            };
            lines.extend(rows.row((BOLD, label), (PLAIN, &text)));
            let check = format!("{} {}", glyphs(style).arrow, reason.check);
            lines.extend(rows.row((BOLD, ""), (DIM, &check)));
        }
    }
    lines
}

/// What the reasons are called, by product.
fn names_of(reasons: &[Of], style: &Style, columns: usize) -> Vec<Line> {
    if reasons.is_empty() {
        return Vec::new();
    }
    let note = "what products write beside it; statlog explain WORD tells more";
    let mut lines = section("Reasons", note, columns, style);
    let labels = reasons.iter().map(|(family, _)| family.origin);
    let rows = Rows::of(labels, LABELS, columns, style);
    for of_family in reasons.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
        let tokens: Vec<&str> = of_family.iter().flat_map(|(_, of)| of.tokens).copied().collect();
        // Some are sentences with a comma in them.
        let are_words = tokens.iter().all(|token| !token.contains(' '));
        let tokens = tokens.join(if are_words { ", " } else { "; " });
        lines.extend(rows.row((BOLD, of_family[0].0.origin), (PLAIN, &tokens)));
    }
    lines
}

/// The first lines of a page: what it is of, its name, and whose it is; in one where they fit.
fn heading(
    mark: (Paint, &str),
    name: &str,
    whose: &str,
    columns: usize,
    style: &Style,
) -> Vec<Line> {
    let parts = [(mark.0.bold(), mark.1), (BOLD, name), (DIM, whose)];
    let mut lines: Vec<Line> = Vec::new();
    for (paint, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        let text = shorten(&prose(text, style), columns - 1, glyphs(style));
        match lines.last_mut() {
            Some(line) if line.width() + 2 + width(&text) <= columns => {
                *line = std::mem::take(line).with(PLAIN, "  ").with(paint, text);
            }
            _ => lines.push(Line::new().with(PLAIN, " ").with(paint, text)),
        }
    }
    lines
}

/// An empty line and a title.
fn section(name: &str, note: &str, columns: usize, style: &Style) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    lines.extend(title(name, note, columns, style));
    lines
}

/// Rows of a label and a text behind it. Where the labels leave too little room, or most are too
/// wide, the texts stand below them.
struct Rows<'a> {
    indent: usize,
    start: usize,
    columns: usize,
    style: &'a Style,
}

impl<'a> Rows<'a> {
    /// Rows with these labels, of which those wider than `widest` get a line of their own.
    fn of<'b>(
        labels: impl Iterator<Item = &'b str>,
        (indent, widest): (usize, usize),
        columns: usize,
        style: &'a Style,
    ) -> Self {
        let (narrow, wide): (Vec<_>, Vec<_>) = labels.map(width).partition(|it| *it <= widest);
        let start = indent + 2 + narrow.iter().max().unwrap_or(&0);
        let is_below = start + LEAST_TEXT > columns || narrow.len() < wide.len();
        Self { indent, start: if is_below { indent + 2 } else { start }, columns, style }
    }

    fn row(&self, label: (Paint, &str), text: (Paint, &str)) -> Vec<Line> {
        let glyphs = glyphs(self.style);
        let name = shorten(&prose(label.1, self.style), self.columns - self.indent, glyphs);
        let first = Line::new().pad(self.indent).with(label.0, name);
        let mut lines = Vec::new();
        let mut next = Some(first).filter(|_| !label.1.is_empty());
        lines.extend(next.take_if(|first| first.width() + 2 > self.start));
        for words in wrap(&prose(text.1, self.style), self.columns - self.start, glyphs) {
            lines.push(next.take().unwrap_or_default().pad(self.start).with(text.0, words));
        }
        lines
    }
}

/// Who can do something about it.
fn owners(owners: &[Owner]) -> String {
    let words: Vec<&str> = owners.iter().map(|owner| owner.words()).collect();
    words.join(", ")
}

/// The colour of a code's class.
fn paint(code: u16) -> Paint {
    match code / 100 {
        2 => GREEN,
        4 => YELLOW,
        5 => RED,
        _ => PLAIN,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::codes::{CLASSES, PRODUCTS, all, families, page, product_page};
    use crate::render::example;

    fn pages() -> Vec<Page> {
        let codes = all().map(|entry| entry.code.to_string());
        let classes = CLASSES.iter().map(|class| class.name.to_owned());
        let reasons = families().flat_map(|family| family.reasons).flat_map(|of| of.tokens);
        let reasons = reasons.map(|token| token.replace("D*", "DD").replace('*', "H"));
        let words = codes.chain(classes).chain(reasons);
        let pages = words.filter_map(|word| page(&word, None));
        pages.chain(PRODUCTS.iter().map(product_page)).collect()
    }

    #[test]
    fn every_page_fits_its_screen() {
        let pages = pages();
        assert!(pages.len() > 400, "{}", pages.len());
        for (columns, ascii) in [(40, false), (57, true), (80, false), (80, true), (200, false)] {
            let style = Style { ascii, ..example::style(columns) };
            for page in &pages {
                let text = text(std::slice::from_ref(page), &style);
                let wide = text.lines().find(|line| width(line) > columns);
                assert_eq!(wide, None, "{} at {columns}", page.asked);
                assert!(!ascii || text.is_ascii(), "{text}");
                assert!(!text.starts_with('\n') && !text.contains("\n\n\n"), "{text}");
                assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
            }
        }
    }

    fn shown(word: &str, product: &str, columns: usize) -> String {
        let page = page(word, Product::find(product)).unwrap();
        text(&[page], &example::style(columns))
    }

    /// What is grepped for and pasted stands whole in a line.
    #[test]
    fn messages_are_whole_at_80_columns() {
        for entry in all() {
            let text = shown(&entry.code.to_string(), "", 80);
            for (_, message, _) in entry.messages {
                assert!(text.contains(message), "{message} in {text}");
            }
        }
    }

    #[test]
    fn a_product_shows_its_own() {
        let nginx = shown("502", "nginx", 80);
        for part in [
            " 502  Bad Gateway\n",
            "  503  Service Unavailable: ",
            " In the access log\n  nginx  $upstream_connect_time '-': refused",
            "    connect() failed (111 ",
        ] {
            assert!(nginx.contains(part), "{part} in {nginx}");
        }
        assert!(!nginx.contains("AH01102") && !nginx.contains("Reasons"), "{nginx}");
        let haproxy = shown("502", "haproxy", 80);
        assert!(haproxy.contains(" HAProxy termination state\n"), "{haproxy}");
        assert!(!haproxy.contains("error log  search"), "{haproxy}");
        let all = shown("502", "", 80);
        assert!(all.contains("  HAProxy          SC, SH, PH\n"), "{all}");
    }

    #[test]
    fn a_narrow_screen_has_texts_below_their_labels() {
        let narrow = shown("499", "", 40);
        assert!(narrow.contains("\n  AWS ALB\n    460\n"), "{narrow}");
        assert!(narrow.contains("\n  408  Request Timeout: the client was\n"), "{narrow}");
        let long = shown("backend_timeout", "", 40);
        assert!(long.starts_with(" backend_timeout  Google Cloud LB\n status detail\n"), "{long}");
    }

    #[test]
    fn colour_is_on_marks_only() {
        let style = Style { color: true, ..example::style(80) };
        let page = page("502", None).unwrap();
        let colored = text(&[page], &style);
        assert!(colored.starts_with(" \u{1b}[1m\u{1b}[31m502\u{1b}[0m  "), "{colored}");
        let plain = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(plain, shown("502", "", 80));
    }
}
