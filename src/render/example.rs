//! Reports made by hand, for the tests of the renderers and to look at.

mod cases;
mod causes;
mod edge;
mod figures;
mod hostile;
mod incidents;

pub(crate) use cases::*;
pub(crate) use edge::*;
pub(crate) use figures::culprit;
pub(crate) use hostile::*;
pub(crate) use incidents::*;

use super::Style;
use crate::codes;
use crate::report::*;
use crate::time::SECOND;
use jiff::tz::{Offset, TimeZone};
use std::collections::BTreeMap;

/// A Unicode style without colour in a zone an hour east of UTC.
pub(crate) fn style(width: usize) -> Style {
    Style {
        width,
        color: false,
        ascii: false,
        zone: TimeZone::fixed(Offset::constant(1)),
        zone_name: "+01:00".into(),
        top: 5,
    }
}

/// Every example with its name.
pub(crate) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("healthy", healthy()),
        ("incident", incident()),
        ("combined", combined_only()),
        ("unread", unread_latency()),
        ("filtered", filtered()),
        ("given-up", given_up()),
        ("cdn", cdn()),
        ("balancer", balancer()),
        ("rejects", many_rejects()),
        ("tiny", tiny()),
        ("nothing", nothing_parsed()),
        ("week", week_with_one_bad_minute()),
        ("overlapping", overlapping()),
        ("periodic", periodic()),
        ("many-incidents", many_incidents()),
        ("scanner", only_a_scanner()),
        ("hostile", hostile()),
    ]
}

/// 2026-11-19 08:00:00 UTC.
const START: i64 = 1_795_075_200 * SECOND;

/// A wave with a little noise, the same in each run: `base` swings by a quarter over the buckets.
fn wave(at: u64, of: u64, base: u64) -> u64 {
    let turn = at as f64 / of as f64 * std::f64::consts::TAU;
    let noise = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695) >> 33;
    (base as f64 * (1.0 - 0.25 * turn.cos())) as u64 + noise % (base / 8).max(1)
}

fn bucket(start: i64, requests: u64, client_error: u64, server_error: u64, p95: f64) -> Bucket {
    Bucket {
        start: Time(start),
        requests,
        client_error,
        server_error,
        no_status: 0,
        bytes_sent: requests.saturating_mul(4218),
        measured: requests,
        p50: Some(p95 / 3.0),
        p95: Some(p95),
    }
}

fn quantiles(count: u64, p50: f64, p95: f64, max: f64) -> Quantiles {
    Quantiles {
        count,
        min: p50 / 20.0,
        mean: p50 * 1.3,
        p50,
        p90: p95 * 0.8,
        p95,
        p99: (p95 * 2.4).min(max),
        p999: (p95 * 6.0).min(max),
        max,
    }
}

fn route(path: &str, requests: u64, errors: (u64, u64), p95: f64) -> Route {
    Route {
        route: Text::new(path),
        requests,
        client_error: errors.0,
        server_error: errors.1,
        bytes_sent: requests.saturating_mul(4218),
        measured: requests,
        p50: Some(p95 / 3.0),
        p95: Some(p95),
        p99: Some(p95 * 2.0),
        approximate: false,
        max_error: 0,
    }
}

fn key(name: &str, requests: u64, client_error: u64, server_error: u64) -> Key {
    Key {
        name: Text::new(name),
        requests,
        client_error,
        server_error,
        bytes_sent: requests.saturating_mul(4218),
        approximate: false,
        max_error: 0,
    }
}

fn upstream(name: &str, requests: u64, errors: u64, p95: f64) -> Upstream {
    Upstream {
        key: key(name, requests, 0, errors),
        attempts: requests + errors / 4,
        failed: Some(errors + errors / 4),
        measured: requests,
        p50: Some(p95 / 4.0),
        p95: Some(p95),
        p99: Some(p95 * 3.0),
    }
}

fn produced(producer: &'static str, requests: u64, client: u64, server: u64) -> Produced {
    Produced { producer, requests, client_error: client, server_error: server }
}

fn target(name: &'static str, limit: f64, observed: Option<f64>, count: u64, total: u64) -> Target {
    Target {
        name,
        target: limit,
        observed,
        count,
        total,
        met: observed.map(|value| value < limit),
        lower_bound: false,
        industry: match name {
            "client_error_ratio" => Some([0.03, 0.07]),
            "server_error_ratio" => Some([0.005, 0.02]),
            _ => None,
        },
        burn: None,
    }
}

fn source(name: &str, lines: u64) -> Source {
    Source {
        name: Text::new(name),
        mixed_in: false,
        format: Some("nginx-timed".into()),
        format_string: Some(Text::new(
            "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \
             \"$http_referer\" \"$http_user_agent\" $request_time",
        )),
        detected: true,
        sample: Some(Share { count: 200, total: 200 }),
        compression: "none",
        framing: None,
        wrappers: Vec::new(),
        lines,
        parsed: lines,
        recovered: 0,
        skipped: BTreeMap::new(),
        rejected: BTreeMap::new(),
        reject_samples: Vec::new(),
        time_field: Some("$time_local".into()),
        time_meaning: Some("end"),
        latency_field: Some("$request_time".into()),
        latency_unit: Some("s"),
        unread_latency: None,
        zone: Some("+01:00".into()),
        notes: Vec::new(),
        error: None,
    }
}

/// A report of these counts by code over this series; targets and verdict follow.
fn report(codes: &[(u16, u64)], series: Vec<Bucket>, bucket_seconds: u64, p95: f64) -> Report {
    let requests: u64 = codes.iter().map(|(_, count)| count).sum();
    let ratio = |count: u64| count as f64 / requests.max(1) as f64;
    let class = |class: u16| -> u64 {
        codes.iter().filter(|(code, _)| code / 100 == class).map(|(_, count)| count).sum()
    };
    let mut status_codes: Vec<StatusCode> = codes
        .iter()
        .map(|(code, count)| StatusCode {
            code: *code,
            name: codes::lookup(*code).map(|entry| entry.name),
            origin: codes::lookup(*code).map(|entry| entry.origin),
            count: *count,
            ratio: ratio(*count),
        })
        .collect();
    status_codes.sort_by_key(|code| std::cmp::Reverse(code.count));
    let by_class = [("2xx", 2, p95 * 0.9), ("4xx", 4, p95 * 1.2), ("5xx", 5, 60.0)]
        .into_iter()
        .filter(|(_, number, _)| class(*number) > 0)
        .map(|(name, number, p95)| (name, quantiles(class(number), p95 / 4.0, p95, 60.04)))
        .collect();
    let slow = (requests as f64 * if p95 < 0.2 { 0.021 } else { 0.074 }) as u64;
    let window = series.first().zip(series.last()).map(|(first, last)| {
        let end = Time(last.start.0 + bucket_seconds as i64 * SECOND - SECOND);
        Window {
            start: first.start,
            end,
            duration_seconds: ((end.0 - first.start.0) / SECOND) as f64,
            bucket_seconds,
            without_time: 0,
        }
    });
    Report {
        schema: SCHEMA_ID,
        generator: Generator { name: "statlog", version: "0.1.0" },
        complete: true,
        verdict: Verdict {
            status: Health::Healthy,
            reasons: vec!["error rates and latency are below their targets".into()],
        },
        input: Input {
            sources: vec![source("access.log", requests)],
            lines: requests,
            parsed: requests,
            skipped: 0,
            rejected: 0,
            filtered: 0,
            set_aside: 0,
            bytes: requests * 212,
        },
        window,
        totals: Totals {
            requests,
            bytes_sent: requests.saturating_mul(4218),
            bytes_measured: requests,
            no_status: 0,
            without_request: 0,
            aborted: 0,
            retried: 0,
        },
        classes: Classes {
            informational: class(1),
            successful: class(2),
            redirection: class(3),
            client_error: class(4),
            server_error: class(5),
            other: codes.iter().filter(|(code, _)| *code > 599).map(|(_, count)| count).sum(),
        },
        status_codes,
        no_status: Vec::new(),
        produced_by: Vec::new(),
        set_aside: Vec::new(),
        not_judged: Vec::new(),
        methods: vec![Counted { name: "GET", count: requests, ratio: 1.0 }],
        protocols: vec![Counted { name: "HTTP/1.1", count: requests, ratio: 1.0 }],
        targets: vec![
            target("client_error_ratio", 0.05, Some(ratio(class(4))), class(4), requests),
            target("server_error_ratio", 0.001, Some(ratio(class(5))), class(5), requests),
            target("latency_p95_seconds", 0.2, Some(p95), slow, requests),
        ],
        latency: Some(Latency {
            field: "$request_time".into(),
            unit: "seconds",
            measured: requests,
            missing: 0,
            excluded: BTreeMap::new(),
            censored: 0,
            method: "HdrHistogram, 3 significant digits",
            overall: quantiles(requests, p95 / 4.0, p95, 60.04),
            by_class,
            phases: Phases::default(),
            cliffs: Vec::new(),
            over_target: Vec::new(),
        }),
        series,
        top: Top {
            routes: Vec::new(),
            clients: Vec::new(),
            user_agents: Vec::new(),
            hosts: Vec::new(),
            upstreams: Vec::new(),
            reasons: Vec::new(),
            cache_statuses: Vec::new(),
            cardinality: BTreeMap::new(),
        },
        incidents: Vec::new(),
        findings: Vec::new(),
        warnings: Vec::new(),
    }
}

fn size(keys: u64) -> Cardinality {
    Cardinality { keys, approximate: false, max_error: 0 }
}
