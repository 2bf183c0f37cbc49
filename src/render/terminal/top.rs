//! Rankings: routes, clients, hosts, upstreams and user agents.

use super::line::{DIM, Glyphs, Line, PLAIN, Paint, RED, YELLOW, glyphs, key_text};
use super::table::{Cell, Kind, Table, column, painted, plain};
use super::title;
use crate::number;
use crate::render::Style;
use crate::report::{Key, Report, Route, Upstream};
use std::cmp::Reverse;

/// A 5xx counts as many 4xx: their targets are 0.1 % and 5 %.
const SERVER_ERROR_WEIGHT: u64 = 50;

/// A percentile of fewer requests than this says little; such routes are ranked only when no
/// route has more.
const ENOUGH: u64 = 20;

/// Reasons shown: the errors of a bad day have one or two.
const REASONS: usize = 5;

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

/// `10 of 1,204`, `10 of > 131,072` when keys were dropped, or nothing when all are shown.
fn shown(report: &Report, dimension: &str, rows: usize) -> String {
    let Some(size) = report.top.cardinality.get(dimension) else { return String::new() };
    if size.keys <= rows as u64 && !size.approximate {
        return String::new();
    }
    let more = if size.approximate { "> " } else { "" };
    format!("{rows} of {more}{}", number::count(size.keys))
}

/// So many routes with errors, by turns the one with the most 5xx and the one with the most 4xx:
/// one order of both lets many routes with a little of one hide the route with all of the other.
fn with_errors(routes: &[Route], most: usize) -> Vec<&Route> {
    let by = |count: fn(&Route) -> u64| {
        let mut routes: Vec<&Route> = routes.iter().filter(|route| count(route) > 0).collect();
        routes.sort_by_key(|route| Reverse(count(route)));
        routes
    };
    let (server, client) = (by(|route| route.server_error), by(|route| route.client_error));
    let mut chosen: Vec<&Route> = Vec::new();
    for turn in 0..server.len().max(client.len()) {
        for route in [server.get(turn), client.get(turn)].into_iter().flatten() {
            if chosen.len() < most && !chosen.iter().any(|known| std::ptr::eq(*known, *route)) {
                chosen.push(route);
            }
        }
    }
    chosen.sort_by_key(|route| Reverse(weight(route.client_error, route.server_error)));
    chosen
}

/// Routes with the most errors; those of the server weigh more.
pub(super) fn routes_by_errors(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let routes = with_errors(&report.top.routes, style.top);
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
            plain(key_text(&route.route, style)),
        ]);
    }
    let note = shown(report, "routes", routes.len());
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
            plain(key_text(&route.route, style)),
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
    let note = shown(report, "clients", keys.len());
    section("Clients", &note, keys_table("client", &keys, report, style), columns, style)
}

/// Hosts, when there are several.
pub(super) fn hosts(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let keys: Vec<&Key> = report.top.hosts.iter().take(style.top).collect();
    if report.top.hosts.len() < 2 {
        return Vec::new();
    }
    let note = shown(report, "hosts", keys.len());
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
            plain(key_text(&key.name, style)),
        ]);
    }
    table
}

/// Why responses were what they were, in the product's own words: those with the most errors.
pub(super) fn reasons(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let mut reasons: Vec<&Key> = report.top.reasons.iter().collect();
    reasons.sort_by_key(|key| Reverse((weight(key.client_error, key.server_error), key.requests)));
    reasons.truncate(style.top.min(REASONS));
    let note = [&shown(report, "reasons", reasons.len()), "in the product's own words"];
    let note: Vec<&str> = note.into_iter().filter(|part| !part.is_empty()).collect();
    let table = keys_table("reason", &reasons, report, style);
    section("Reasons", &note.join(", "), table, columns, style)
}

/// Upstreams, those with the most failed attempts first. Without a status of its own an upstream
/// stands with the 5xx of the requests that ended there.
pub(super) fn upstreams(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let mut upstreams: Vec<&Upstream> = report.top.upstreams.iter().collect();
    let failed = |upstream: &Upstream| upstream.failed.unwrap_or(upstream.key.server_error);
    upstreams.sort_by_key(|upstream| Reverse((failed(upstream), upstream.attempts)));
    upstreams.truncate(style.top);
    let glyphs = glyphs(style);
    let timed = upstreams.iter().any(|upstream| upstream.p95.is_some());
    let mut heads = vec![
        column("failed", Kind::Right, 0),
        column("attempts", Kind::Right, 1),
        column("requests", Kind::Right, 4),
    ];
    if timed {
        heads.extend([column("p50", Kind::Right, 3), column("p95", Kind::Right, 2)]);
    }
    heads.push(column("upstream", Kind::Text, 0));
    let mut table = Table::new(heads);
    for upstream in &upstreams {
        let mut row = vec![
            errors(failed(upstream), RED.bold()),
            requests(upstream.attempts, upstream.key.approximate, glyphs),
            plain(number::count(upstream.key.requests)),
        ];
        if timed {
            row.extend([seconds(upstream.p50, PLAIN), seconds(upstream.p95, PLAIN)]);
        }
        row.push(plain(key_text(&upstream.key.name, style)));
        table.row(row);
    }
    let retried = report.totals.retried;
    let note = match retried {
        0 => String::new(),
        1 => "1 request was tried more than once".into(),
        _ => format!("{} requests were tried more than once", number::count(retried)),
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
    use crate::render::terminal::line::tests::text;
    use crate::report::Text;

    /// A flood of 404 by a scanner must not push the failing route off the top.
    #[test]
    fn server_errors_weigh_more() {
        let text = text(routes_by_errors(&example::incident(), &example::style(80), 80));
        let reports = text.find("/api/reports/{id}").expect("the failing route is listed");
        let scanned = text.find("/wp-login.php").expect("the scanned route is listed");
        assert!(reports < scanned, "{text}");
    }

    /// Neither can many routes with a few 5xx hide the one with every 4xx, nor the other way round.
    #[test]
    fn the_worst_of_each_kind_is_listed() {
        let mut report = example::incident();
        let like = report.top.routes.swap_remove(0);
        let route = |path: String, client_error, server_error| Route {
            route: Text::new(path),
            client_error,
            server_error,
            ..like.clone()
        };
        let style = example::style(80);
        for (many, one) in [((0, 900), (5000, 0)), ((9_000_000, 0), (0, 2))] {
            let many = (0..20).map(|at| route(format!("/many/{at:02}"), many.0, many.1));
            report.top.routes = many.chain([route("/one".into(), one.0, one.1)]).collect();
            let text = text(routes_by_errors(&report, &style, 80));
            assert_eq!(text.matches("/many/").count(), style.top - 1, "{text}");
            assert!(text.contains("/one\n"), "{text}");
        }
    }

    #[test]
    fn an_empty_key_is_not_blank_and_dropped_keys_are_not_counted() {
        let mut report = example::incident();
        report.top.routes[3].route = Text::new("");
        let routes = text(routes_by_errors(&report, &example::style(80), 80));
        assert!(routes.contains("(empty)"), "{routes}");
        let clients = text(clients(&report, &example::style(80), 80));
        assert!(clients.contains("3 of > 120,204"), "{clients}");
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
    fn reasons_with_errors_come_first() {
        let text = text(reasons(&example::balancer(), &example::style(80), 80));
        assert!(text.contains("Reasons  5 of 6, in the product's own words"), "{text}");
        let order = text.lines().skip(2).filter_map(|line| line.split(' ').next_back());
        assert_eq!(order.collect::<Vec<_>>(), ["sH--", "SC--", "CD--", "PR--", "cD--"]);
        assert!(reasons(&example::incident(), &example::style(80), 80).is_empty());
    }

    /// HAProxy's log has no response times of its servers.
    #[test]
    fn upstreams_without_times_have_no_columns_for_them() {
        let mut report = example::incident();
        let times =
            |report: &Report| text(upstreams(report, &example::style(80), 80)).contains("p95");
        assert!(times(&report));
        for upstream in &mut report.top.upstreams {
            (upstream.p50, upstream.p95) = (None, None);
        }
        assert!(!times(&report));
    }

    #[test]
    fn approximate_counts_are_marked() {
        let mut report = example::healthy();
        report.top.clients[0].approximate = true;
        let text = text(clients(&report, &example::style(80), 80));
        assert!(text.contains('≈'), "{text}");
    }
}
