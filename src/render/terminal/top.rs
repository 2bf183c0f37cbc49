//! Rankings: routes, clients, hosts, upstreams and user agents.

use super::line::{DIM, Glyphs, Line, PLAIN, Paint, RED, YELLOW, glyphs, log_text};
use super::table::{Cell, Kind, Table, column, painted, plain};
use super::title;
use crate::render::{Style, number};
use crate::report::{Key, Report, Route, Upstream};

/// A 5xx counts as many 4xx: their targets are 0.1 % and 5 %.
const SERVER_ERROR_WEIGHT: u64 = 50;

/// A percentile of fewer requests than this says little; such routes are ranked only when no
/// route has more.
const ENOUGH: u64 = 20;

/// How much a key's errors matter.
fn weight(client_error: u64, server_error: u64) -> u64 {
    server_error.saturating_mul(SERVER_ERROR_WEIGHT).saturating_add(client_error)
}

/// A count of errors; none is shown quietly.
fn errors(count: u64, paint: Paint) -> Cell {
    if count == 0 { painted(DIM, "0") } else { painted(paint, number::count(count)) }
}

/// A count that may be too low is marked.
fn requests(count: u64, approximate: bool, glyphs: &Glyphs) -> Cell {
    let mark = if approximate { glyphs.about } else { "" };
    plain(format!("{mark}{}", number::count(count)))
}

fn seconds(value: Option<f64>, paint: Paint) -> Cell {
    value.map_or_else(|| painted(DIM, "-"), |value| painted(paint, number::duration(value)))
}

/// `10 of 1,204`, or nothing when all are shown.
fn shown(report: &Report, dimension: &str, rows: usize, glyphs: &Glyphs) -> String {
    let Some(size) = report.top.cardinality.get(dimension) else { return String::new() };
    if size.keys <= rows as u64 && !size.approximate {
        return String::new();
    }
    let about = if size.approximate { glyphs.about } else { "" };
    format!("{} of {about}{}", rows, number::count(size.keys))
}

/// Routes with the most errors; those of the server weigh more.
pub(super) fn routes_by_errors(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let mut routes: Vec<&Route> = report.top.routes.iter().collect();
    routes.retain(|route| route.client_error + route.server_error > 0);
    routes.sort_by_key(|route| std::cmp::Reverse(weight(route.client_error, route.server_error)));
    routes.truncate(style.top);
    let glyphs = glyphs(style);
    let mut table = Table::new(vec![
        column("5xx", Kind::Right, 0),
        column("4xx", Kind::Right, 0),
        column("requests", Kind::Right, 2),
        column("errors", Kind::Right, 3),
        column("p95", Kind::Right, 1),
        column("route", Kind::Text, 0),
    ]);
    for route in &routes {
        let bad = route.client_error + route.server_error;
        table.row(vec![
            errors(route.server_error, RED.bold()),
            errors(route.client_error, YELLOW),
            requests(route.requests, route.approximate, glyphs),
            plain(number::percent(bad as f64 / route.requests.max(1) as f64)),
            if route.p95.is_some() { seconds(route.p95, PLAIN) } else { plain("") },
            plain(log_text(&route.route, style)),
        ]);
    }
    let note = shown(report, "routes", routes.len(), glyphs);
    section("Routes with the most errors", &note, table, columns, style)
}

/// Routes that were measured, the one with the highest p95 first.
pub(super) fn by_latency(routes: &[Route]) -> Vec<&Route> {
    let mut routes: Vec<&Route> = routes.iter().filter(|route| route.p95.is_some()).collect();
    if routes.iter().any(|route| route.measured >= ENOUGH) {
        routes.retain(|route| route.measured >= ENOUGH);
    }
    routes.sort_by(|a, b| b.p95.unwrap_or(0.0).total_cmp(&a.p95.unwrap_or(0.0)));
    routes
}

/// Routes with the highest p95.
pub(super) fn routes_by_latency(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    if report.latency.as_ref().is_none_or(|latency| latency.measured < ENOUGH) {
        return Vec::new();
    }
    let mut routes = by_latency(&report.top.routes);
    let limit = report.targets.iter().find(|target| target.name == "latency_p95_seconds");
    let limit = Some(limit.map_or(f64::INFINITY, |target| target.target));
    routes.truncate(style.top);
    let glyphs = glyphs(style);
    let mut table = Table::new(vec![
        column("p50", Kind::Right, 2),
        column("p95", Kind::Right, 0),
        column("p99", Kind::Right, 1),
        column("requests", Kind::Right, 3),
        column("route", Kind::Text, 0),
    ]);
    for route in &routes {
        table.row(vec![
            seconds(route.p50, PLAIN),
            seconds(route.p95, if route.p95 >= limit { RED } else { PLAIN }),
            seconds(route.p99, PLAIN),
            requests(route.requests, route.approximate, glyphs),
            plain(log_text(&route.route, style)),
        ]);
    }
    section("Slowest routes", "by p95", table, columns, style)
}

/// Clients with the most requests.
pub(super) fn clients(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    // Clients that each asked once are no ranking.
    if report.top.clients.iter().all(|client| client.requests < 2) {
        return Vec::new();
    }
    let keys: Vec<&Key> = report.top.clients.iter().take(style.top).collect();
    let note = shown(report, "clients", keys.len(), glyphs(style));
    section("Clients", &note, keys_table("client", &keys, report, style), columns, style)
}

/// Hosts, when there are several.
pub(super) fn hosts(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let keys: Vec<&Key> = report.top.hosts.iter().take(style.top).collect();
    if report.top.hosts.len() < 2 {
        return Vec::new();
    }
    let note = shown(report, "hosts", keys.len(), glyphs(style));
    section("Hosts", &note, keys_table("host", &keys, report, style), columns, style)
}

/// User agents that cause a good part of the errors and fail far more often than the others: a
/// list of browsers helps nobody.
pub(super) fn user_agents(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let all_errors = report.classes.client_error + report.classes.server_error;
    let usual = all_errors as f64 / report.totals.requests.max(1) as f64;
    let mut keys: Vec<&Key> = report.top.user_agents.iter().collect();
    keys.retain(|key| {
        let errors = key.client_error + key.server_error;
        errors * 10 >= all_errors.max(1) && errors as f64 >= 3.0 * usual * key.requests as f64
    });
    keys.truncate(style.top);
    let table = keys_table("user agent", &keys, report, style);
    section("User agents that stand out by errors", "", table, columns, style)
}

/// Requests and errors of keys.
fn keys_table(name: &'static str, keys: &[&Key], report: &Report, style: &Style) -> Table {
    let total = report.totals.requests.max(1) as f64;
    let mut table = Table::new(vec![
        column("requests", Kind::Right, 0),
        column("share", Kind::Right, 2),
        column("5xx", Kind::Right, 0),
        column("4xx", Kind::Right, 1),
        column(name, Kind::Text, 0),
    ]);
    for key in keys {
        table.row(vec![
            requests(key.requests, key.approximate, glyphs(style)),
            plain(number::percent(key.requests as f64 / total)),
            errors(key.server_error, RED.bold()),
            errors(key.client_error, YELLOW),
            plain(log_text(&key.name, style)),
        ]);
    }
    table
}

/// Upstreams, those with the most errors first.
pub(super) fn upstreams(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let mut upstreams: Vec<&Upstream> = report.top.upstreams.iter().collect();
    upstreams.sort_by_key(|upstream| {
        std::cmp::Reverse(weight(upstream.key.client_error, upstream.key.server_error))
    });
    upstreams.truncate(style.top);
    let glyphs = glyphs(style);
    let mut table = Table::new(vec![
        column("5xx", Kind::Right, 0),
        column("requests", Kind::Right, 1),
        column("attempts", Kind::Right, 4),
        column("p50", Kind::Right, 3),
        column("p95", Kind::Right, 2),
        column("upstream", Kind::Text, 0),
    ]);
    for upstream in &upstreams {
        table.row(vec![
            errors(upstream.key.server_error, RED.bold()),
            requests(upstream.key.requests, upstream.key.approximate, glyphs),
            plain(number::count(upstream.attempts)),
            seconds(upstream.p50, PLAIN),
            seconds(upstream.p95, PLAIN),
            plain(log_text(&upstream.key.name, style)),
        ]);
    }
    let retried = report.totals.retried;
    let note = match retried {
        0 => String::new(),
        1 => "1 request was tried on more than one".into(),
        _ => format!("{} requests were tried on more than one", number::count(retried)),
    };
    section("Upstreams", &note, table, columns, style)
}

/// A heading and its table; nothing when the table is empty.
fn section(name: &str, note: &str, table: Table, columns: usize, style: &Style) -> Vec<Line> {
    if table.is_empty() {
        return Vec::new();
    }
    let mut lines = title(name, note, columns, style);
    lines.extend(table.lines(columns, glyphs(style)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;

    fn text(lines: Vec<Line>) -> String {
        let mut out = String::new();
        lines.iter().for_each(|line| line.write(false, &mut out));
        out
    }

    /// A flood of 404 by a scanner must not push the failing route off the top.
    #[test]
    fn server_errors_weigh_more() {
        let text = text(routes_by_errors(&example::incident(), &example::style(80), 80));
        let reports = text.find("/api/reports/{id}").expect("the failing route is listed");
        let scanned = text.find("/wp-login.php").expect("the scanned route is listed");
        assert!(reports < scanned, "{text}");
    }

    #[test]
    fn one_host_is_not_worth_a_table() {
        let mut report = example::incident();
        assert!(!hosts(&report, &example::style(80), 80).is_empty());
        report.top.hosts.truncate(1);
        assert!(hosts(&report, &example::style(80), 80).is_empty());
    }

    #[test]
    fn only_agents_that_stand_out() {
        let text = text(user_agents(&example::incident(), &example::style(80), 80));
        assert!(text.contains("zgrab"), "{text}");
        assert!(!text.contains("Windows"), "{text}");
        assert!(user_agents(&example::healthy(), &example::style(80), 80).is_empty());
    }

    #[test]
    fn approximate_counts_are_marked() {
        let mut report = example::healthy();
        report.top.clients[0].approximate = true;
        let text = text(clients(&report, &example::style(80), 80));
        assert!(text.contains('≈'), "{text}");
    }
}
