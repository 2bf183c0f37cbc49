//! Refusals: a limit that answers as if the service was down, and 4xx that are others than usual.

use super::super::ratio;
use super::{Facts, LEAST, MOST_OF_THE_TIME, NAMED, finding, parts};
use crate::codes;
use crate::number;
use crate::report::Text;
use crate::report::incident::{Finding, Severity};
use crate::tally::signals::Cell;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Least share of requests that are refused.
const REFUSED: f64 = 0.001;
/// A route of which so many requests fail has nobody behind it, rather than a limit.
const DEAD: f64 = 0.9;
/// A part of the log in which so many requests are 503 is an outage.
const OUTAGE: f64 = 0.5;
/// Below this share of 404 the 4xx are others than usual. The reference figure is 80 % and more.
const FEW_MISSING: f64 = 0.5;

/// 503 of the proxy's own, at once, most of the time: a limit.
pub(super) fn at_once(facts: &Facts<'_>) -> Option<Finding> {
    let (tally, refused) = (facts.tally, facts.tally.masked.refused);
    if refused < LEAST || ratio(refused, tally.requests) < REFUSED {
        return None;
    }
    // An outage and a maintenance have a beginning and an end.
    let unavailable = |cells: &[Cell]| {
        let codes = cells.iter().flat_map(Cell::codes).filter(|(code, _)| *code == 503);
        codes.map(|(_, count)| u64::from(*count)).sum::<u64>()
    };
    let (mut limited, mut served) = (0, 0);
    for cells in parts(facts.timeline?) {
        let all = cells.iter().map(|cell| cell.requests).sum();
        let share = ratio(unavailable(cells), all);
        served += usize::from(all > 0);
        limited += usize::from(share > 0.0 && share < OUTAGE);
    }
    // Nor is it a limit where a route has nothing behind it.
    let alive = tally.routes.rows().map(|row| &row.value.counts);
    let alive = alive.filter(|counts| ratio(counts.server_error, counts.requests) < DEAD);
    let of_alive: u64 = alive.map(|counts| counts.server_error).sum();
    if (limited as f64) < MOST_OF_THE_TIME * served as f64 || of_alive * 2 < refused {
        return None;
    }
    let mut evidence = vec![
        format!(
            "{} of {} requests: 503 within 1 ms, and no upstream was asked",
            number::count(refused),
            number::count(tally.requests)
        ),
        format!("503 in {limited} of {served} equal parts of the log, among answers"),
    ];
    let mut clients: Vec<_> =
        tally.clients.rows().filter(|row| row.value.server_error > 0).collect();
    clients.sort_by_key(|row| (Reverse(row.value.server_error), row.key));
    if let Some(first) = clients.first() {
        evidence.push(format!(
            "client {}: {} of {} requests are 5xx",
            Text::new(first.key).visible(),
            number::count(first.value.server_error),
            number::count(first.value.requests)
        ));
    }
    let checks = match facts.product {
        "nginx" => [
            "limit_req_zone and limit_conn_zone: key, rate and burst; the error log says `limiting \
             requests` or `limiting connections`",
            "limit_req_status 429 and limit_conn_status 429: the default 503 says that the service \
             is down, and counts as such here",
        ],
        _ => [
            "which limit of the proxy answers 503, by which key",
            "let it answer 429: 503 says that the service is down, and counts as such here",
        ],
    };
    let share = number::percent(ratio(refused, tally.requests));
    Some(finding(
        "limiter-503",
        Severity::Warning,
        format!(
            "{share} of requests get a 503 of the proxy at once: likely a limit, not an outage"
        ),
        evidence,
        checks,
    ))
}

/// 4xx of which few are 404, by code; only where their target is missed.
pub(super) fn mix(client_errors: &BTreeMap<u16, u64>) -> Option<Finding> {
    let all: u64 = client_errors.values().sum();
    let missing = client_errors.get(&404).copied().unwrap_or(0);
    if all < LEAST || ratio(missing, all) >= FEW_MISSING {
        return None;
    }
    let mut codes: Vec<(u16, u64)> = client_errors.iter().map(|(code, n)| (*code, *n)).collect();
    codes.sort_by_key(|(code, count)| (Reverse(*count), *code));
    let (leading, most) = codes[0];
    let summary = format!(
        "{} of 4xx are 404, where 80 % and more are usual: {leading} leads with {}",
        number::percent(ratio(missing, all)),
        number::percent(ratio(most, all))
    );
    let evidence = codes.iter().take(NAMED).map(|(code, count)| {
        let name = codes::lookup(*code).map(|entry| format!(" {}", entry.name)).unwrap_or_default();
        format!("{code}{name}: {} of {} 4xx", number::count(*count), number::count(all))
    });
    let explain = format!("statlog explain {leading}: who sends it, and why");
    Some(finding(
        "client-error-mix",
        Severity::Info,
        summary,
        evidence.collect(),
        [&explain, "which routes and clients get it"],
    ))
}
