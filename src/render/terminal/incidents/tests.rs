//! What an incident tells, and what it leaves out.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::render::example;
use crate::render::terminal::line::tests::text;

fn shown_text(report: &Report, columns: usize) -> String {
    text(incidents(report, &example::style(columns), columns))
}

#[test]
fn an_incident_says_when_how_much_and_where() {
    let all = shown_text(&example::incident(), 80);
    for part in [
        "1 critical, 1 info; the worst first",
        " ✗ 2  critical  5xx spike (504, 502)  12:42–13:06  24 min",
        "+4,805 errors from 12:48 · 0.0094 % → 42.2 % of requests",
        "where   85.2 % on POST /api/reports/{id}, 37.8 % of the traffic",
        "spread evenly over networks and user agents",
        "slow +13,263 from 12:42",
        "p95 118 ms → 60.0 s",
        "97.0 % of 504 end at 60.0 s; look at proxy_read_timeout",
        " · 1  info      scanner",
    ] {
        assert!(all.contains(part), "{part} in\n{all}");
    }
    assert!(all.find(" ✗ 2 ") < all.find(" · 1 "), "{all}");
}

/// The mark says it too, not the colour alone.
#[test]
fn an_open_incident_says_so_at_every_width() {
    for columns in [40, 60, 80, 130, 200] {
        let all = shown_text(&example::overlapping(), columns);
        assert!(all.contains("still open"), "{columns}: {all}");
        assert!(all.contains("≈96"), "{columns}: {all}");
        assert!(all.contains("acme-sync/2.3"), "{columns}: {all}");
    }
}

#[test]
fn ten_are_shown_and_the_others_counted() {
    let report = example::many_incidents();
    let all = shown_text(&report, 80);
    let heads = all.lines().filter(|line| line.contains("500 spike")).count();
    assert_eq!(heads, SHOWN, "{all}");
    assert!(all.contains(" 1 more, in the JSON report: 1 info\n"), "{all}");
    assert!(all.lines().nth(1).unwrap().starts_with(" ✗  4  critical"), "{all}");
    let excess: Vec<f64> = shown(&report)[1..].iter().map(|i| i.excess).collect();
    let severity: Vec<_> = shown(&report)[1..].iter().map(|i| i.severity).collect();
    for at in 1..excess.len() {
        assert!(severity[at - 1] > severity[at] || excess[at - 1] >= excess[at], "{excess:?}");
    }
}

/// None were found only where they would have been.
#[test]
fn that_there_are_none_is_said_once_it_is_known() {
    assert_eq!(shown_text(&example::healthy(), 80), " No incidents\n");
    for report in [example::tiny(), example::nothing_parsed(), example::filtered()] {
        assert_eq!(shown_text(&report, 80), "");
    }
}

#[test]
fn a_latency_that_hardly_changed_is_not_told() {
    let mut report = example::incident();
    let told = |report: &Report| shown_text(report, 80).contains("p95 ");
    assert!(told(&report));
    let latency = report.incidents[1].latency.as_mut().unwrap();
    (latency.p50, latency.p95) = (latency.p50_before * 1.2, latency.p95_before * 0.6);
    assert!(!told(&report));
    let latency = report.incidents[1].latency.as_mut().unwrap();
    latency.p50 *= 2.0;
    assert!(shown_text(&report, 80).contains("p50 "));
}

/// Ten in full would be a wall of text.
#[test]
fn the_first_incidents_are_told_in_full() {
    let mut report = example::many_incidents();
    for incident in &mut report.incidents {
        incident.severity = Severity::Critical;
        incident.latency = example::incident().incidents[1].latency;
        incident.spread_over = vec!["route"];
        incident.culprits.push(incident.culprits[0].clone());
    }
    let all = shown_text(&report, 80);
    for (part, times) in [("p95 118 ms", IN_FULL), ("99.", SHOWN + IN_FULL), ("evenly", SHOWN)] {
        assert_eq!(all.matches(part).count(), times, "{part} in\n{all}");
    }
}

#[test]
fn a_count_of_a_sample_says_so_once() {
    let all = shown_text(&example::overlapping(), 120);
    let sampled: Vec<&str> = all.lines().filter(|line| line.contains("from a sample")).collect();
    assert_eq!(sampled.len(), 1, "{all}");
    assert!(sampled[0].contains("where   ≈96.0 % on user agent acme-sync/2.3"), "{all}");
}
