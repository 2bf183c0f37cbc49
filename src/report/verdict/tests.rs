#![allow(clippy::unwrap_used)]
use super::*;
use crate::render::example;
use crate::report::Incident;
use crate::report::Text;

/// The targets with these observed ratios and p95; a rate of `None` is one that a filter made.
fn observed(rates: Option<[f64; 2]>, p95: Option<f64>, lower_bound: bool) -> Vec<Target> {
    let rate = |name, target, value: f64| Target {
        name,
        target,
        observed: Some(value),
        count: (value * 1000.0) as u64,
        total: 1000,
        met: rates.map(|_| value < target),
        lower_bound: false,
        industry: None,
        burn: None,
    };
    let [client, server] = rates.unwrap_or([0.0, 1.0]);
    let p95 = Target {
        name: P95,
        target: 0.2,
        observed: p95,
        count: 0,
        total: 1000,
        met: p95.and_then(|p95| p95_is_met(p95, 0.2, lower_bound)),
        lower_bound,
        industry: None,
        burn: None,
    };
    vec![rate("client_error_ratio", 0.05, client), rate("server_error_ratio", 0.001, server), p95]
}

#[test]
fn verdicts() {
    use Coverage::{Absent, All, Part, Unread};
    let good = Some([0.01, 0.0]);
    for (rates, p95, lower_bound, coverage, status, reasons) in [
        (
            good,
            Some(0.1),
            false,
            All,
            Health::Healthy,
            &["error rates and latency are below their targets"][..],
        ),
        (
            good,
            None,
            false,
            Absent,
            Health::Healthy,
            &["the error rates are below their targets; the log has no latency"],
        ),
        (
            good,
            None,
            false,
            Unread,
            Health::Healthy,
            &["the error rates are below their targets; latency was not read"],
        ),
        (
            good,
            None,
            false,
            All,
            Health::Healthy,
            &["the error rates are below their targets; no latency was measured"],
        ),
        (
            good,
            Some(0.1),
            false,
            Part(1, 3),
            Health::Healthy,
            &["error rates and latency are below their targets; latency is of 1 of 3 sources \
               only"],
        ),
        (
            good,
            Some(0.1),
            true,
            All,
            Health::Healthy,
            &["the error rates are below their targets; whether latency is below its target \
               cannot be told: too many requests were given up"],
        ),
        (
            good,
            Some(1.2),
            true,
            All,
            Health::Degraded,
            &["95 % of requests take up to 1.2 s or more, the target is below 200 ms"],
        ),
        (
            None,
            Some(0.1),
            false,
            All,
            Health::Healthy,
            &["latency is below its target; the rates are those of the filter, so they are not \
               judged"],
        ),
        (
            None,
            Some(0.3),
            false,
            All,
            Health::Degraded,
            &[
                "95 % of requests take up to 300 ms, the target is below 200 ms",
                "the rates are those of the filter, so they are not judged",
            ],
        ),
        (
            None,
            None,
            false,
            Absent,
            Health::Unknown,
            &["the rates are those of the filter, so they are not judged; the log has no \
               latency"],
        ),
        (
            Some([0.06, 0.02]),
            Some(0.1),
            true,
            All,
            Health::Critical,
            &[
                "4xx are 6.00 % of requests (60 of 1,000), the target is below 5 %",
                "5xx are 2.00 % of requests (20 of 1,000), the target is below 0.1 %",
                "whether latency is below its target cannot be told: too many requests were \
                 given up",
            ],
        ),
    ] {
        let verdict = verdict(1000, &observed(rates, p95, lower_bound), None, coverage);
        assert_eq!(verdict.reasons, reasons);
        assert_eq!(verdict.status, status, "{reasons:?}");
    }
    let nothing = verdict(0, &observed(None, None, false), None, Absent);
    assert_eq!(nothing.status, Health::Unknown);
}

/// A missed limit is not said to be kept by rounding, and numbers look as in the tables.
#[test]
fn reasons() {
    let one = |name, observed, (count, total), target| Target {
        name,
        target,
        observed: Some(observed),
        count,
        total,
        met: Some(false),
        lower_bound: false,
        industry: None,
        burn: None,
    };
    for (target, expected) in [
        (
            one("server_error_ratio", 0.001_000_4, (10_004, 10_000_000), 0.001),
            "5xx are 0.10004 % of requests (10,004 of 10,000,000), the target is below 0.1 %",
        ),
        (
            one("client_error_ratio", 0.05, (5, 100), 0.05),
            "4xx are 5.00 % of requests (5 of 100), the target is below 5 %",
        ),
        (
            one(P95, 0.2004, (1, 9), 0.2),
            "95 % of requests take up to 200.4 ms, the target is below 200 ms",
        ),
        (
            one(P95, 60.0, (1, 9), 0.2),
            "95 % of requests take up to 60.0 s, the target is below 200 ms",
        ),
    ] {
        assert_eq!(miss(&target).unwrap(), expected);
    }
}

#[test]
fn a_latency_that_was_not_read_is_told_with_its_source() {
    let source = |name: &str, field: Option<&str>, unread: Option<&str>| Source {
        name: Text::new(name),
        latency_field: field.map(str::to_owned),
        unread_latency: unread.map(str::to_owned),
        ..example::healthy().input.sources.swap_remove(0)
    };
    let time = Some("$request_time");
    let why = Some("key d looks like one: --latency d:UNIT");
    let (a, b) = (source("a", time, None), source("b", None, why));
    let (c, d) = (source("c", None, None), source("d", time, why));
    let empty = Source { parsed: 0, ..b.clone() };
    let (mixed, timed) =
        (Source { mixed_in: true, ..c.clone() }, Source { mixed_in: true, ..a.clone() });
    for (sources, coverage, warnings) in [
        (vec![&a], Coverage::All, &[][..]),
        (vec![&c], Coverage::Absent, &[]),
        // Another latency was read.
        (vec![&a, &d], Coverage::All, &[]),
        (vec![&a, &empty], Coverage::All, &[]),
        // Lines of the same file in another format.
        (vec![&a, &mixed], Coverage::All, &[]),
        (vec![&c, &timed, &mixed], Coverage::All, &[]),
        (vec![&c, &mixed], Coverage::Absent, &[]),
        (
            vec![&a, &mixed, &c, &mixed],
            Coverage::Part(1, 2),
            &["latency is of 1 of 2 sources only: c has none"],
        ),
        (
            vec![&b, &b],
            Coverage::Unread,
            &["latency was not read: key d looks like one: --latency d:UNIT"],
        ),
        (
            vec![&c, &b, &b],
            Coverage::Unread,
            &["b and 1 more: latency was not read: key d looks like one: --latency d:UNIT"],
        ),
        (vec![&a, &c], Coverage::Part(1, 2), &["latency is of 1 of 2 sources only: c has none"]),
        (
            vec![&a, &b, &c, &c],
            Coverage::Part(1, 4),
            &[
                "b: latency was not read: key d looks like one: --latency d:UNIT",
                "latency is of 1 of 4 sources only: c and 1 more have none",
            ],
        ),
    ] {
        let sources: Vec<Source> = sources.into_iter().cloned().collect();
        assert_eq!(Coverage::of(&sources), coverage);
        assert_eq!(latency_warnings(&sources), warnings);
    }
}

#[test]
fn a_service_that_had_an_incident_was_not_healthy() {
    use crate::report::Severity::{Critical, Info, Warning};
    let mut one = example::incident().incidents.remove(0);
    one.causes.clear();
    for (status, incidents, expected, reason) in [
        (Health::Healthy, &[][..], Health::Healthy, None),
        (Health::Healthy, &[(Info, true)], Health::Healthy, None),
        (Health::Healthy, &[(Warning, false)], Health::Degraded, Some("1 incident")),
        (Health::Unknown, &[(Critical, false)], Health::Degraded, Some("1 critical incident")),
        (
            Health::Healthy,
            &[(Critical, false), (Warning, true), (Info, true)],
            Health::Degraded,
            Some("2 incidents, 1 critical"),
        ),
        (
            Health::Degraded,
            &[(Critical, true), (Critical, false)],
            Health::Critical,
            Some("2 critical incidents, 1 not over at the end of the log"),
        ),
        (Health::Critical, &[(Warning, false)], Health::Critical, Some("1 incident")),
    ] {
        let incidents: Vec<_> = incidents
            .iter()
            .map(|(severity, ongoing)| Incident {
                severity: *severity,
                ongoing: *ongoing,
                ..one.clone()
            })
            .collect();
        let verdict = Verdict { status, reasons: vec!["x".into()] };
        let verdict = with_incidents(verdict, &incidents);
        assert_eq!(verdict.status, expected, "{reason:?}");
        let reasons: Vec<_> = reason.into_iter().chain(["x"]).collect();
        assert_eq!(verdict.reasons, reasons);
    }
}
