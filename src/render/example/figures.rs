//! What an incident is made of, in the examples.

use super::*;

/// Microseconds of that minute of an example.
pub(super) fn minute(at: u64) -> i64 {
    START + at as i64 * 60 * SECOND
}

/// The figures of a signal over some minutes: its bad requests, of how many, and the share that was
/// to be expected.
pub(super) fn signal(
    name: &str,
    minutes: (u64, u64),
    (count, total): (u64, u64),
    baseline: f64,
) -> SignalFigures {
    let expected = baseline * total as f64;
    SignalFigures {
        signal: name.into(),
        start: Time(minute(minutes.0)),
        end: Time(minute(minutes.1)),
        count,
        total,
        observed: count as f64 / total as f64,
        baseline,
        expected,
        excess: count as f64 - expected,
        p_value: if count > 1000 { 0.0 } else { 3.1e-17 },
    }
}

/// What bad requests have in common: of the window so many of all bad requests and of all requests.
pub(crate) fn culprit(
    parts: &[(&'static str, Option<&str>)],
    (errors, all_errors): (u64, u64),
    (requests, all): (u64, u64),
) -> Culprit {
    let value = |value: Option<&str>| value.map(Text::new);
    let with = parts[1..].iter().map(|(name, v)| Part { dimension: name, value: value(*v) });
    let rate = |errors: u64, requests: u64| errors as f64 / requests.max(1) as f64;
    let others = rate(all_errors - errors, all - requests);
    Culprit {
        dimension: parts[0].0,
        value: value(parts[0].1),
        with: with.collect(),
        errors,
        requests,
        error_share: rate(errors, all_errors),
        traffic_share: rate(requests, all),
        excess_share: rate(errors, all_errors),
        lift: (others > 0.0).then(|| rate(errors, requests) / others),
    }
}

/// An incident of these signals, the main one first.
pub(super) fn found(
    id: usize,
    severity: Severity,
    shape: &'static str,
    codes: &[u16],
    signals: Vec<SignalFigures>,
) -> Incident {
    let main = signals[0].clone();
    let start = signals.iter().map(|s| s.start).min().unwrap_or(main.start);
    let end = signals.iter().map(|s| s.end).max().unwrap_or(main.end);
    let most = signals.iter().map(|s| s.excess.round() as u64).max().unwrap_or(0);
    Incident {
        id: id.to_string(),
        fingerprint: format!("{:016x}", 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(id as u64)),
        severity,
        start,
        end,
        peak: Time(main.start.0 + (main.end.0 - main.start.0) / 2 / (60 * SECOND) * 60 * SECOND),
        duration_seconds: ((end.0 - start.0) / SECOND) as f64,
        ongoing: false,
        signal: main.signal,
        codes: codes.to_vec(),
        shape,
        period_seconds: (shape == "periodic").then_some(1800.0),
        count: main.count,
        total: main.total,
        observed: main.observed,
        baseline: main.baseline,
        expected: main.expected,
        excess: main.excess,
        ratio: (main.baseline > 0.0).then(|| main.observed / main.baseline),
        p_value: main.p_value,
        affected_requests: most,
        bucket_seconds: 60,
        causes: Vec::new(),
        follows: None,
        culprits: Vec::new(),
        spread_over: Vec::new(),
        latency: None,
        cliff: None,
        counted: "exact",
        signals,
    }
}

pub(super) fn shift(before: (f64, f64), in_it: (f64, f64)) -> Option<Shift> {
    Some(Shift { p50_before: before.0, p95_before: before.1, p50: in_it.0, p95: in_it.1 })
}

pub(super) fn cliff(
    at: f64,
    (count, of): (u64, u64),
    what: &str,
    directive: Option<&str>,
) -> Cliff {
    Cliff {
        at_seconds: at,
        count,
        share_ratio: count as f64 / of as f64,
        of: what.into(),
        directive: directive.map(str::to_owned),
    }
}

pub(super) fn burn(hour: u64, (count, total): (u64, u64), alerts: Vec<Alert>) -> Option<Burn> {
    let observed = count as f64 / total as f64;
    let start = Time(minute(hour));
    Some(Burn { worst_hour: WorstHour { start, count, total, observed }, alerts })
}

pub(super) fn alert(rule: &'static str, minutes: (u64, u64), burn: f64) -> Alert {
    let factor = match rule {
        "page_1h" => 14.4,
        "page_6h" => 6.0,
        _ => 1.0,
    };
    Alert { rule, factor, start: Time(minute(minutes.0)), end: Time(minute(minutes.1)), burn }
}

pub(super) fn not_judged(kind: &'static str, requests: u64, client_error: u64) -> Apart {
    Apart { kind, requests, client_error, server_error: 0 }
}
