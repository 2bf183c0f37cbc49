//! The status codes, who answered, and what the cache did.

use super::line::{
    BOLD, DIM, GREEN, Line, PLAIN, Paint, RED, YELLOW, glyphs, key_text, log_text, prose, shorten,
    width,
};
use super::table::{Kind, Table, bar, column, painted, plain};
use crate::codes;
use crate::number;
use crate::render::Style;
use crate::report::{Key, Produced, Report, StatusCode, Target, Text};
use std::cmp::Reverse;

/// Usual lowest share of 404 among client errors (seed S0; no primary source was found).
const USUAL_NOT_FOUND: &str = "80 %";

/// Who made a status that the line does not tell of; the report's word.
const UNKNOWN: &str = "unknown";

/// What the cache did is told of so many of its words; products have about as many.
const CACHE_STATUSES: usize = 6;

/// So many client errors make their mix worth a remark.
const ENOUGH: u64 = 20;

/// The status codes, by class.
pub(super) fn statuses(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    let requests = report.totals.requests;
    if requests == 0 {
        return Vec::new();
    }
    let share = |count: u64| count as f64 / requests as f64;
    let mut table = Table::new(vec![
        column("Status", Kind::Title, 0),
        column("", Kind::Text, 0),
        column("requests", Kind::Right, 0),
        column("share", Kind::Right, 1),
        column("", Kind::Bar, 2),
    ]);
    let classes = &report.classes;
    for (class, name, count, paint) in [
        (1, "1xx", classes.informational, PLAIN),
        (2, "2xx", classes.successful, GREEN),
        (3, "3xx", classes.redirection, PLAIN),
        (4, "4xx", classes.client_error, YELLOW),
        (5, "5xx", classes.server_error, RED),
        (6, "other", classes.other, YELLOW),
    ] {
        if count == 0 {
            continue;
        }
        table.row(vec![
            painted(paint.bold(), name),
            painted(DIM, if class == 4 { not_found(report, style) } else { String::new() }),
            painted(BOLD, number::count(count)),
            painted(BOLD, number::percent(share(count))),
            // What went well stands back.
            bar(if class < 4 { DIM } else { paint }, share(count)),
        ]);
        let codes = || report.status_codes.iter().filter(|code| (code.code / 100).min(6) == class);
        // What went right needs no long list.
        let shown = if class < 4 { style.top.min(4) } else { style.top.max(6) };
        // One code more takes no more room than to say that there is one.
        let shown = if codes().count() == shown + 1 { shown + 1 } else { shown };
        for code in codes().take(shown) {
            table.row(vec![
                painted(paint, format!(" {}", code.code)),
                plain(code_name(code, style)),
                plain(number::count(code.count)),
                plain(number::percent(share(code.count))),
                bar(paint, 0.0),
            ]);
        }
        let hidden = codes().count().saturating_sub(shown);
        if hidden > 0 {
            let rest: u64 = codes().skip(shown).map(|code| code.count).sum();
            table.row(vec![
                plain(""),
                painted(DIM, format!("{hidden} more")),
                painted(DIM, number::count(rest)),
                painted(DIM, number::percent(share(rest))),
                bar(paint, 0.0),
            ]);
        }
    }
    if report.totals.no_status > 0 {
        let count = report.totals.no_status;
        table.row(vec![
            painted(YELLOW.bold(), "none"),
            plain("without a status"),
            painted(BOLD, number::count(count)),
            painted(BOLD, number::percent(share(count))),
            bar(YELLOW, share(count)),
        ]);
        for spelling in &report.no_status {
            table.row(vec![
                painted(YELLOW, format!(" {}", spelling.spelling)),
                plain(codes::no_status(spelling.spelling, spelling.meaning).unwrap_or_default()),
                plain(number::count(spelling.count)),
                plain(number::percent(spelling.ratio)),
                bar(YELLOW, 0.0),
            ]);
        }
    }
    let mut lines = table.lines(columns, glyphs);
    lines.extend(answered(report, style, columns));
    lines
}

/// Who made the errors, and what the cache did, where the log tells.
fn answered(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (label, paint, of_server) in [("5xx by", RED, true), ("4xx by", YELLOW, false)] {
        let count = |row: &Produced| if of_server { row.server_error } else { row.client_error };
        let mut rows: Vec<_> = report.produced_by.iter().filter(|row| count(row) > 0).collect();
        rows.sort_by_key(|row| (row.producer == UNKNOWN, Reverse(count(row))));
        if rows.iter().any(|row| row.producer != UNKNOWN) {
            let item = |row: &&Produced| format!("{} {}", row.producer, number::count(count(row)));
            lines.extend(items((paint, label), rows.iter().map(item), style, columns));
        }
    }
    lines.extend(items((DIM, "cache"), cache(report, style), style, columns));
    lines
}

/// Shares of what the cache did, of all requests.
fn cache(report: &Report, style: &Style) -> impl Iterator<Item = String> {
    let total = report.totals.requests;
    let share = move |count: u64| number::percent(count as f64 / total.max(1) as f64);
    let mut keys: Vec<&Key> = report.top.cache_statuses.iter().collect();
    keys.sort_by_key(|key| Reverse(key.requests));
    let are_all = keys.len() <= CACHE_STATUSES
        && report.top.cardinality.get("cache_statuses").is_none_or(|all| !all.approximate);
    keys.truncate(CACHE_STATUSES);
    let rest = total.saturating_sub(keys.iter().map(|key| key.requests).sum());
    let rest = (rest > 0 && !keys.is_empty())
        .then(|| format!("{} {}", if are_all { "none" } else { "other or none" }, share(rest)));
    let item = |key: &&Key| {
        format!("{} {}", prose(&key_text(&key.name, style), style), share(key.requests))
    };
    let items: Vec<String> = keys.iter().map(item).chain(rest).collect();
    items.into_iter()
}

/// A label and items behind it, which stay whole where a line ends; nothing without items.
fn items(
    (paint, label): (Paint, &str),
    items: impl Iterator<Item = String>,
    style: &Style,
    columns: usize,
) -> Vec<Line> {
    /// All labels are as wide, so that the items stand in a column.
    const LABEL: usize = 9;
    let glyphs = glyphs(style);
    let mut lines: Vec<Line> = Vec::new();
    for item in items {
        let item = shorten(&item, columns - LABEL, glyphs);
        match lines.last_mut() {
            Some(line) if line.width() + width(glyphs.dot) + width(&item) <= columns => {
                *line = std::mem::take(line).with(DIM, glyphs.dot).with(PLAIN, item);
            }
            Some(_) => lines.push(Line::new().pad(LABEL).with(PLAIN, item)),
            None => {
                let start = Line::new().with(PLAIN, " ").with(paint, label).pad(LABEL);
                lines.push(start.with(PLAIN, item));
            }
        }
    }
    lines
}

/// How much of the client errors is 404, and how much it usually is; nothing of a few errors, nor
/// of those that a filter chose.
fn not_found(report: &Report, style: &Style) -> String {
    let chosen = |target: &Target| target.name == "client_error_ratio" && target.met.is_none();
    if report.classes.client_error < ENOUGH || report.targets.iter().any(chosen) {
        return String::new();
    }
    let count = report.status_codes.iter().find(|code| code.code == 404).map_or(0, |c| c.count);
    let share = count as f64 / report.classes.client_error.max(1) as f64;
    let at_least = glyphs(style).at_least;
    format!("{} are 404, usual {at_least}{USUAL_NOT_FOUND}", number::percent(share))
}

/// The name of a code, and its owner when that is a product.
fn code_name(code: &StatusCode, style: &Style) -> String {
    let text = match (code.name, code.origin) {
        (Some(name), None | Some("IANA")) => name.to_owned(),
        (Some(name), Some(origin)) => format!("{name} ({origin})"),
        (None, _) => "unknown code".into(),
    };
    log_text(&Text::new(text), style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;
    use crate::render::terminal::line::tests::text;

    #[test]
    fn codes_of_products_are_named() {
        let text = text(statuses(&example::incident(), &example::style(80), 80));
        for part in ["499    Client Closed Request (nginx)", "444    No Response (nginx)"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("IANA"), "{text}");
        assert!(text.contains("009    HTTP/0.9 has no status line"), "{text}");
    }

    /// Who made the errors and what the cache did stand under the table, whole where a line ends.
    #[test]
    fn the_log_tells_who_answered() {
        let cdn = text(statuses(&example::cdn(), &example::style(80), 80));
        for part in [
            "000    client left before a response",
            "000    origin did not answer in time",
            " 5xx by  origin 257 · edge 31\n",
            " 4xx by  origin 25,916 · edge 12,204\n",
            "         Error 0.0164 % · none 2.84 %\n",
        ] {
            assert!(cdn.contains(part), "{part} in {cdn}");
        }
        let none = text(statuses(&example::healthy(), &example::style(80), 80));
        assert!(!none.contains(" by ") && !none.contains("cache"), "{none}");
        let mut report = example::balancer();
        report.produced_by[0].server_error = 1;
        let few = text(statuses(&report, &example::style(80), 80));
        assert!(few.contains(" 5xx by  origin 112 · proxy 1 · unknown 2\n"), "{few}");
        report.produced_by.retain(|row| row.producer == UNKNOWN);
        let rare = report.top.cache_statuses[2].clone();
        report.top.cache_statuses.extend(std::iter::repeat_n(rare, 4));
        let balancer = text(statuses(&report, &example::style(80), 80));
        assert!(!balancer.contains("5xx by"), "{balancer}");
        assert!(balancer.contains("other or none"), "{balancer}");
    }

    #[test]
    fn a_hidden_code_is_counted() {
        let style = Style { top: 1, ..example::style(80) };
        let mut report = example::incident();
        let mut code = report.status_codes[0].clone();
        for number in 410..414 {
            (code.code, code.count) = (number, 1);
            report.status_codes.push(code.clone());
        }
        let text = text(statuses(&report, &style, 80));
        assert!(text.contains("5 more"), "{text}");
    }
}
