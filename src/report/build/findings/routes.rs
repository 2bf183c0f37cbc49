//! Routes that answer in a way that tells too much, or too little.

use super::super::ratio;
use super::{Facts, LEAST, NAMED, finding};
use crate::number;
use crate::report::Text;
use crate::report::incident::{Finding, Severity};
use crate::tally::RouteCounts;
use crate::tally::heavy::Row;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Share of a route's requests that are 403, and that are 404.
const BOTH: f64 = 0.05;
/// Requests that a route needs before it is odd that none fails.
const BUSY: u64 = 1000;
/// Neighbours that it needs, all of which have errors.
const NEIGHBOURS: usize = 3;
/// Errors that it would have with the smallest rate of its neighbours: none by chance has a
/// probability of e to the minus tenth, 5 in 100,000.
const EXPECTED: f64 = 10.0;
/// What a route has in place of an id, see `tally::route`.
const IDS: [&[u8]; 4] = [b":id", b":uuid", b":hash", b":token"];

/// Routes with an id that answer some ids with 403 and others with 404.
pub(super) fn existence(facts: &Facts<'_>) -> Option<Finding> {
    let is_often = |count: u32, all| u64::from(count) >= LEAST && ratio(count.into(), all) >= BOTH;
    let mut rows: Vec<Row<'_, RouteCounts>> = facts
        .tally
        .routes
        .rows()
        .filter(|row| {
            let RouteCounts { counts, forbidden, missing, .. } = row.value;
            is_often(*forbidden, counts.requests) && is_often(*missing, counts.requests)
        })
        .filter(|row| IDS.iter().any(|id| memchr::memmem::find(row.key, id).is_some()))
        .collect();
    rows.sort_by_key(|row| (Reverse(row.value.forbidden), row.key));
    let first = rows.first()?;
    let evidence = rows.iter().take(NAMED).map(|row| {
        format!(
            "{}: {} are 403, {} are 404, of {} requests",
            Text::new(row.key).visible(),
            number::count(row.value.forbidden.into()),
            number::count(row.value.missing.into()),
            number::count(row.value.counts.requests)
        )
    });
    let more = match rows.len() {
        1 => String::new(),
        count => format!(", and so do {} other routes", number::count(count as u64 - 1)),
    };
    let route = Text::new(first.key).visible();
    Some(finding(
        "existence-leak",
        Severity::Info,
        format!("{route} answers ids with 403 and with 404{more}: may tell which ids exist"),
        evidence.collect(),
        [
            "whether an id that exists and is not the client's own gives 403, and one that does not \
             exist 404: the log cannot tell whose an id is",
            "answer 404 for both, or write down that it is meant",
        ],
    ))
}

/// A route of an API that never fails while all of its neighbours do. A guess by design: the sizes of
/// its answers, which would tell an error page from a result, are not counted by route.
pub(super) fn never_fails(facts: &Facts<'_>) -> Option<Finding> {
    let mut groups: BTreeMap<&[u8], Vec<Row<'_, RouteCounts>>> = BTreeMap::new();
    for row in facts.tally.routes.rows().filter(|row| row.value.counts.requests >= BUSY) {
        if let Some(api) = api(row.key) {
            groups.entry(api).or_default().push(row);
        }
    }
    let errors =
        |row: &Row<'_, RouteCounts>| row.value.counts.client_error + row.value.counts.server_error;
    let mut odd: Vec<(Row<'_, RouteCounts>, usize, f64)> = Vec::new();
    for group in groups.into_values() {
        let (mut silent, failing): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|row| errors(row) == 0);
        let rates = failing.iter().map(|row| ratio(errors(row), row.value.counts.requests));
        let least = rates.fold(f64::INFINITY, f64::min);
        // More than one of them: it is their nature.
        if let (Some(row), true) = (silent.pop(), silent.is_empty())
            && failing.len() >= NEIGHBOURS
            && row.error == 0
            && least * row.value.counts.requests as f64 >= EXPECTED
        {
            odd.push((row, failing.len(), least));
        }
    }
    odd.sort_by_key(|(row, ..)| (Reverse(row.value.counts.requests), row.key));
    let (first, ..) = odd.first()?;
    let evidence = odd.iter().take(NAMED).map(|(row, neighbours, least)| {
        format!(
            "{}: no 4xx and no 5xx in {} requests; of its {neighbours} busy neighbours each has {} \
             or more",
            Text::new(row.key).visible(),
            number::count(row.value.counts.requests),
            number::percent(*least)
        )
    });
    Some(finding(
        "errors-as-200",
        Severity::Info,
        format!(
            "{} never fails, though its neighbours do: it may answer errors with 200 (a guess: sizes \
             of answers are not counted by route)",
            Text::new(first.key).visible()
        ),
        evidence.collect(),
        [
            "send it a request that must fail, and look at the status",
            "errors behind a 200 are cached, are not tried again, and are in no rate here",
        ],
    ))
}

/// The part of a route up to the name that says that an API follows, with its version.
fn api(route: &[u8]) -> Option<&[u8]> {
    let is_version = |name: &[u8]| {
        name.strip_prefix(b"v").is_some_and(|rest| {
            (1..=2).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit)
        })
    };
    let is_api = |name: &[u8]| matches!(name, b"api" | b"rest" | b"rpc" | b"graphql");
    let (mut end, mut found) = (0, None);
    for name in route.split(|byte| *byte == b'/') {
        end += name.len();
        match (is_api(name) || is_version(name), found) {
            (true, _) => found = Some(end),
            (false, Some(_)) => break,
            (false, None) => {}
        }
        end += 1;
    }
    // With something behind it.
    found.filter(|end| *end < route.len()).map(|end| &route[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_is_known_by_its_name_or_version() {
        for (route, prefix) in [
            ("/api/orders/:id", Some("/api")),
            ("/shop/api/v2/orders", Some("/shop/api/v2")),
            ("/v1/users", Some("/v1")),
            ("/api/orders/v2", Some("/api")),
            ("/api", None),
            ("/apis/orders", None),
            ("/vista/a", None),
            ("/v2024/a", None),
            ("*", None),
        ] {
            assert_eq!(api(route.as_bytes()), prefix.map(str::as_bytes), "{route}");
        }
    }
}
