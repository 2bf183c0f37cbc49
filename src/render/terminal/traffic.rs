//! Targets, status codes and latency.

use super::line::{
    BOLD, DIM, GREEN, Glyphs, Line, PLAIN, Paint, RED, YELLOW, glyphs, key_text, log_text,
    paragraph, prose, shorten, width,
};
use super::table::{Kind, Table, bar, column, painted, plain};
use super::title;
use crate::codes;
use crate::number;
use crate::render::Style;
use crate::report::{Key, Latency, Produced, Quantiles, Report, Source, StatusCode, Target, Text};
use std::cmp::Reverse;

/// Usual lowest share of 404 among client errors (seed S0; no primary source was found).
const USUAL_NOT_FOUND: &str = "80 %";

/// Who made a status that the line does not tell of; the report's word.
const UNKNOWN: &str = "unknown";

/// What the cache did is told of so many of its words; products have about as many.
const CACHE_STATUSES: usize = 6;

/// A sum of fields of more bytes leaves no room for what it is the latency of.
const LONG_SUM: usize = 40;

/// So many client errors make their mix worth a remark.
const ENOUGH: u64 = 20;

/// The targets, what was observed, and whether they are met.
pub(super) fn targets(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    if report.totals.requests == 0 {
        return Vec::new();
    }
    let mut table = Table::new(vec![
        column("Targets", Kind::Title, 0),
        column("target", Kind::Right, 2),
        column("observed", Kind::Right, 0),
        column("", Kind::Left, 0),
        column("requests", Kind::Right, 3),
        column("usual", Kind::Right, 4),
    ]);
    for target in &report.targets {
        let (mark, paint, word) = match target.met {
            Some(true) => (glyphs.good, GREEN, "met"),
            Some(false) => (glyphs.bad, RED.bold(), "missed"),
            None => ("?", YELLOW, open(report, target)),
        };
        let against = match target.observed {
            Some(_) => of(target.count, target.total),
            None => String::new(),
        };
        table.row(vec![
            painted(paint, format!("{mark} {}", target_name(target))),
            plain(limit(target)),
            painted(if target.met == Some(false) { paint } else { BOLD }, observed(target, glyphs)),
            painted(paint, word),
            plain(against),
            painted(DIM, usual(target, glyphs)),
        ]);
    }
    if table.is_empty() {
        return Vec::new();
    }
    let mut lines = table.lines(columns, glyphs);
    if has_no_latency(report) {
        lines.extend(paragraph((DIM, ""), (DIM, advice(report)), columns, style));
    }
    lines
}

/// Why a target is neither met nor missed.
fn open(report: &Report, target: &Target) -> &'static str {
    let unread = || report.input.sources.iter().any(|source| source.unread_latency.is_some());
    match target.observed {
        Some(_) if target.lower_bound => "unknown",
        Some(_) => "not judged",
        None if is_time(target) && unread() => "not read",
        None => "no data",
    }
}

/// Whether no source has a latency, not even one that was not read: then it has to be logged first.
fn has_no_latency(report: &Report) -> bool {
    let absent =
        |source: &Source| source.latency_field.is_none() && source.unread_latency.is_none();
    report.latency.is_none() && report.input.sources.iter().all(absent)
}

/// How to have a latency, for the first of the sources that were read.
fn advice(report: &Report) -> &'static str {
    let format = report.input.sources.iter().find_map(|source| source.format.as_deref());
    let is = |start: &str| format.is_some_and(|format| format.starts_with(start));
    if is("cloudflare") {
        "To measure latency, add EdgeTimeToFirstByteMs to the fields of the Logpush job."
    } else if is("fastly") {
        "To measure latency, log time_elapsed, %{time.elapsed.usec}V."
    } else if is("iis") || is("w3c") {
        "To measure latency, log the field time-taken."
    } else if is("bunny") || is("vercel") || is("zoraxy") {
        "This log cannot have a latency: measure it at the origin."
    } else {
        "To measure latency, log $request_time (nginx) or %D (Apache)."
    }
}

/// A part of a whole in counts.
fn of(count: u64, total: u64) -> String {
    format!("{} of {}", number::count(count), number::count(total))
}

/// Whether a target is a time; the others are shares.
fn is_time(target: &Target) -> bool {
    target.name.ends_with("_seconds")
}

fn target_name(target: &Target) -> &'static str {
    match target.name {
        "client_error_ratio" => "4xx rate",
        "server_error_ratio" => "5xx rate",
        "latency_p95_seconds" => "latency p95",
        other => other,
    }
}

fn limit(target: &Target) -> String {
    if is_time(target) {
        format!("< {}", number::duration_limit(target.target))
    } else {
        format!("< {}", number::percent_limit(target.target))
    }
}

fn observed(target: &Target, glyphs: &Glyphs) -> String {
    let Some(value) = target.observed else { return "-".into() };
    let text = if is_time(target) {
        number::duration_against(value, target.target)
    } else {
        number::percent_against(value, target.target)
    };
    if target.lower_bound { format!("{}{text}", glyphs.at_least) } else { text }
}

fn usual(target: &Target, glyphs: &Glyphs) -> String {
    let Some([low, high]) = target.industry else { return String::new() };
    if is_time(target) {
        return format!("{}{}{}", number::duration(low), glyphs.to, number::duration_limit(high));
    }
    let low = number::percent_limit(low);
    format!("{}{}{}", low.trim_end_matches(" %"), glyphs.to, number::percent_limit(high))
}

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

/// Latency percentiles, overall and by class.
pub(super) fn latency(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let Some(latency) = &report.latency else { return Vec::new() };
    let total = report.totals.requests;
    let measured = match latency.measured {
        all if all == total => format!("all {} requests", number::count(total)),
        some => format!("{} measured", of(some, total)),
    };
    let note = match field_text(&latency.field) {
        field if field.is_empty() => measured,
        field => format!("{field}, {measured}"),
    };
    let mut lines = title("Latency", &note, columns, style);
    let mut table = Table::new(vec![
        column("", Kind::Left, 0),
        column("requests", Kind::Right, 2),
        column("p50", Kind::Right, 0),
        column("p90", Kind::Right, 3),
        column("p95", Kind::Right, 0),
        column("p99", Kind::Right, 0),
        column("max", Kind::Right, 1),
    ]);
    let target = report.targets.iter().find(|target| target.name == "latency_p95_seconds");
    let missed = target.is_some_and(|target| target.met == Some(false));
    let p95 = if missed { RED.bold() } else { PLAIN };
    let mut row = |name: &'static str, paint: Paint, q: &Quantiles, p95: Paint| {
        table.row(vec![
            painted(paint, name),
            plain(number::count(q.count)),
            plain(number::duration(q.p50)),
            plain(number::duration(q.p90)),
            painted(p95, number::duration(q.p95)),
            plain(number::duration(q.p99)),
            plain(number::duration(q.max)),
        ]);
    };
    row("all", BOLD, &latency.overall, p95);
    if latency.by_class.len() > 1 {
        for (class, quantiles) in &latency.by_class {
            let paint = match *class {
                "2xx" => GREEN,
                "4xx" => YELLOW,
                "5xx" => RED,
                _ => PLAIN,
            };
            row(class, paint, quantiles, PLAIN);
        }
    }
    let phases = &latency.phases;
    let (connect, header) = match phases.upstream {
        Some(_) => (" connect", " header"),
        // Nothing to stand under.
        None => ("upstream connect", "upstream header"),
    };
    let rows = [("upstream", phases.upstream), (connect, phases.connect), (header, phases.header)];
    for (name, quantiles) in rows {
        if let Some(quantiles) = quantiles {
            row(name, DIM, &quantiles, PLAIN);
        }
    }
    lines.extend(table.lines(columns, glyphs(style)));
    for note in latency_notes(latency, target) {
        lines.extend(paragraph((DIM, ""), (DIM, &note), columns, style));
    }
    lines
}

/// The field of the latency; a long sum is named in full with the input only.
fn field_text(field: &str) -> String {
    match field.split(" + ").count() {
        parts if parts > 1 && field.len() > LONG_SUM => format!("sum of {parts} fields"),
        _ => field.to_owned(),
    }
}

/// What the percentiles leave out, in sentences.
fn latency_notes(latency: &Latency, target: Option<&Target>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut left_out = Vec::new();
    for (why, count) in &latency.excluded {
        let what = match *why {
            "upgrade" => "upgraded connections (101)",
            "connect" => "CONNECT tunnels",
            other => other,
        };
        left_out.push(format!("{} {what}", number::count(*count)));
    }
    if latency.missing > 0 {
        left_out.push(format!("{} without a value", number::count(latency.missing)));
    }
    if !left_out.is_empty() {
        notes.push(format!("Not in the percentiles: {}.", left_out.join(", ")));
    }
    if latency.censored > 0 {
        let mut note = match latency.censored {
            1 => "1 request was given up (408, 499, 504) and would".into(),
            n => format!("{} requests were given up (408, 499, 504) and would", number::count(n)),
        };
        note.push_str(" have taken longer");
        match target {
            Some(Target { lower_bound: true, observed: Some(p95), target: limit, .. }) => {
                let p95 = number::duration_against(*p95, *limit);
                note.push_str(&format!(": p95 is at least {p95}."));
            }
            _ => note.push('.'),
        }
        notes.push(note);
    } else if let Some(Target { lower_bound: true, observed: Some(p95), target, .. }) = target {
        notes.push(format!(
            "Too many of them were given up (460, 499, 504): p95 is at least {}.",
            number::duration_against(*p95, *target)
        ));
    }
    notes
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
    fn the_upstreams_part_of_the_latency_is_told_where_the_log_has_it() {
        let mut report = example::balancer();
        let all = text(latency(&report, &example::style(80), 80));
        for part in [" upstream   196,104 ", "  connect   196,104  0.40 ms", "  header    192,605 "]
        {
            assert!(all.contains(part), "{part} in {all}");
        }
        let measured = report.latency.as_mut().expect("the example has a latency");
        (measured.phases.upstream, measured.phases.connect) = (None, None);
        let header = text(latency(&report, &example::style(80), 80));
        assert!(header.contains(" upstream header   192,605 "), "{header}");
        assert!(!header.contains("upstream  ") && !header.contains("connect "), "{header}");
    }

    #[test]
    fn the_field_of_the_latency_leaves_room() {
        let mut report = example::incident();
        for (field, title) in [
            ("", "Latency  200,480 of"),
            ("Duration, $request_time", "Latency  Duration, $request_time, 200,480 of"),
            ("connect + service", "Latency  connect + service, 200,480 of"),
            (
                "request_processing_time + target_processing_time + response_processing_time",
                "Latency  sum of 3 fields, 200,480 of",
            ),
        ] {
            report.latency.as_mut().expect("the example has a latency").field = field.into();
            let text = text(latency(&report, &example::style(80), 80));
            assert!(text.contains(title), "{title} in {text}");
        }
    }

    /// The three reasons for a target without an answer, and the advice for one of them only.
    #[test]
    fn what_is_not_judged_says_why() {
        let style = example::style(80);
        for (report, word, advised) in [
            (example::combined_only(), "no data", true),
            (example::unread_latency(), "not read", false),
            (example::filtered(), "not judged", false),
            (example::given_up(), "unknown", false),
        ] {
            let text = text(targets(&report, &style, 80));
            assert!(text.contains(word), "{word} in {text}");
            assert_eq!(text.contains("To measure latency"), advised, "{text}");
        }
        for (format, words) in
            [("cloudflare", "Logpush"), ("bunny", "origin"), ("iis-w3c", "-taken")]
        {
            let mut report = example::combined_only();
            report.input.sources[0].format = Some(format.into());
            let text = text(targets(&report, &style, 80));
            assert!(text.contains(words) && !text.contains("nginx"), "{text}");
        }
        let mix = |report| text(statuses(&report, &style, 80)).contains("are 404, usual");
        assert!(mix(example::incident()) && !mix(example::filtered()));
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

    #[test]
    fn what_the_percentiles_leave_out_is_said() {
        let shown = self::text(latency(&example::incident(), &example::style(80), 80));
        for part in ["200,480 of 201,709 measured", "1,204 upgraded", "p95\n is at least 1.2 s."] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let mut report = example::given_up();
        report.latency.as_mut().expect("the example has a latency").censored = 0;
        let untimed = text(latency(&report, &example::style(80), 80));
        assert!(untimed.contains("given up (460, 499, 504): p95 is at least"), "{untimed}");
    }
}
