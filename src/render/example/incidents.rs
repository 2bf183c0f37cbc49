//! What is in the examples about incidents, and the examples that are about nothing else.

use super::causes::*;
use super::figures::*;
use super::*;
use crate::report::verdict::with_incidents;

/// Gives a report these incidents, and what they say to its verdict.
fn have(report: &mut Report, incidents: Vec<Incident>) {
    report.verdict = with_incidents(report.verdict.clone(), &incidents);
    report.incidents = incidents;
}

/// A scanner from 10:30 to 10:44 local time, among so many requests.
fn scanner(id: usize, requests: u64) -> Incident {
    let signals = vec![signal("scanner", (90, 104), (2_940, requests), 0.0)];
    let mut incident = found(id, Severity::Info, "spike", &[404], signals);
    incident.culprits =
        vec![culprit(&[("client", Some("203.0.113.9"))], (2_940, 2_940), (2_940, requests))];
    incident.causes = scan();
    incident
}

/// What there is to find in [`incident`].
pub(super) fn add_to_incident(report: &mut Report) {
    let signals = vec![
        signal("5xx", (228, 246), (4_806, 11_393), 0.000_094),
        signal("slow", (222, 246), (13_388, 15_204), 0.008_2),
        signal("client_gone", (226, 243), (1_298, 10_790), 0.000_13),
    ];
    let mut dead = found(2, Severity::Critical, "spike", &[504, 502], signals);
    dead.culprits = vec![
        culprit(
            &[("route", Some("/api/reports/{id}")), ("method", Some("POST"))],
            (4_096, 4_806),
            (4_310, 11_393),
        ),
        culprit(
            &[(
                "route",
                Some("/api/reports/{id}/export/quarterly/by-customer/{id}/as-spreadsheet.xlsx"),
            )],
            (588, 4_806),
            (640, 11_393),
        ),
    ];
    dead.causes = dead_backend();
    dead.spread_over = vec!["client_network", "user_agent"];
    dead.latency = shift((0.038, 0.118), (15.1, 60.0));
    dead.cliff = Some(cliff(60.0, (3_431, 3_537), "504", Some("proxy_read_timeout")));
    have(report, vec![scanner(1, 9_702), dead]);
    report.findings = vec![Finding {
        cause: "latency-target-breach",
        severity: Severity::Warning,
        start: None,
        end: None,
        summary: "/api/checkout misses the latency target outside of incidents, too".into(),
        evidence: vec![
            "p95 is 412 ms over the whole log, the target is below 200 ms".into(),
            "it has 10.2 % of the slow requests outside of incidents".into(),
        ],
        checks: vec!["the queries and calls of this route".into()],
    }];
    report.not_judged = vec![not_judged("blocked", 512, 512), not_judged("scanner", 2_940, 2_940)];
    let pages = vec![alert("page_1h", (229, 303), 141.2), alert("page_6h", (232, 360), 24.4)];
    report.targets[1].burn = burn(228, (4_809, 34_060), pages);
    report.targets[2].burn = burn(222, (13_621, 36_580), vec![alert("ticket_3d", (240, 360), 1.5)]);
    report.targets[0].burn = burn(216, (2_104, 36_920), Vec::new());
    if let Some(latency) = &mut report.latency {
        latency.cliffs = vec![cliff(60.0, (3_431, 3_537), "504", Some("proxy_read_timeout"))];
        let over = |dimension, value: &str, requests, slow, p95| OverTarget {
            dimension,
            value: Text::new(value),
            requests,
            slow,
            p95,
            slow_share: slow as f64 / 14_926.0,
        };
        latency.over_target = vec![
            over("upstream", "10.0.0.7:8080", 44_120, 12_904, 60.0),
            over("route", "/api/reports/{id}", 6_210, 5_118, 60.0),
            over("route", "/api/checkout", 2_811, 617, 0.412),
        ];
    }
}

/// A series of six hours by the minute: what is bad in a minute, and its p95.
fn six_hours(bad: impl Fn(u64) -> (u64, u64, f64)) -> Vec<Bucket> {
    let minutes = 360;
    let calm = |at: u64| 0.11 + (at * 7 % 40) as f64 / 1000.0;
    (0..minutes)
        .map(|at| {
            let requests = wave(at, minutes, 12_000);
            let (client, server, p95) = bad(at);
            let p95 = if p95 > 0.0 { p95 } else { calm(at) };
            let server = server + u64::from(at % 3 == 0);
            bucket(minute(at), requests, requests * 31 / 1000 + client, server, p95)
        })
        .collect()
}

/// Codes that a series has: its 4xx are these, and its 5xx those.
fn of_series(series: Vec<Bucket>, client: u16, server: u16, p95: f64) -> Report {
    let sum = |value: fn(&Bucket) -> u64| series.iter().map(value).sum::<u64>();
    let (all, client_errors, server_errors) =
        (sum(|b| b.requests), sum(|b| b.client_error), sum(|b| b.server_error));
    let codes = [
        (200, all - client_errors - server_errors),
        (client, client_errors),
        (server, server_errors),
    ];
    report(&codes, series, 60, p95)
}

/// Two incidents at the same time, of which one is still open: a slow report behind a timeout, and
/// a client that is over its limit.
pub(crate) fn overlapping() -> Report {
    let mut report = of_series(
        six_hours(|at| {
            let limited = if at >= 288 { 530 + at * 31 % 90 } else { 0 };
            match at {
                282..298 => (limited, 980 + at * 37 % 160, 21.0),
                _ => (limited, 0, 0.0),
            }
        }),
        429,
        504,
        0.143,
    );
    let sum = |from: usize, to: usize, value: fn(&Bucket) -> u64| -> u64 {
        report.series[from..to].iter().map(value).sum()
    };
    let requests = |from, to| sum(from, to, |b| b.requests);
    let gateway = (sum(282, 298, |b| b.server_error), requests(282, 298));
    let slow_total = requests(271, 298);
    let limited = (sum(288, 360, |b| b.client_error), requests(288, 360));
    let base = 0.000_028;
    let mut first = found(
        1,
        Severity::Critical,
        "spike",
        &[504],
        vec![
            signal("504", (282, 298), gateway, base),
            signal("slow", (271, 298), (slow_total / 9, slow_total), 0.021),
            signal("client_gone", (276, 298), (1_204, slow_total), 0.000_4),
        ],
    );
    let spike = gateway.0;
    first.culprits = vec![culprit(
        &[("route", Some("/api/reports")), ("method", Some("POST"))],
        (spike * 94 / 100, spike),
        (gateway.1 * 98 / 1000, gateway.1),
    )];
    first.spread_over = vec!["upstream"];
    first.latency = shift((0.031, 1.2), (0.034, 21.0));
    first.cliff = Some(cliff(60.0, (spike * 97 / 100, spike), "504", Some("proxy_read_timeout")));
    first.causes = slow_backend();
    let mut second = found(
        2,
        Severity::Warning,
        "step",
        &[429],
        vec![signal("429", (288, 360), limited, 0.031)],
    );
    second.ongoing = true;
    let excess = second.excess as u64;
    second.culprits = vec![culprit(
        &[("user_agent", Some("acme-sync/2.3")), ("client_network", Some("198.51.100.0/24"))],
        (excess * 96 / 100, limited.0),
        (excess * 2, limited.1),
    )];
    second.culprits[0].excess_share = 0.96;
    second.counted = "sampled";
    second.causes = lock_step();
    report.verdict = Verdict {
        status: Health::Critical,
        reasons: vec![format!(
            "5xx are {} of requests ({} of {}), the target is below 0.1 %",
            crate::number::percent(report.targets[1].observed.unwrap_or(0.0)),
            crate::number::count(report.targets[1].count),
            crate::number::count(report.targets[1].total),
        )],
    };
    report.targets[1].burn =
        burn(282, (spike + 20, requests(282, 342)), vec![alert("page_1h", (283, 342), 28.3)]);
    report.findings = vec![Finding {
        cause: "traffic-gap",
        severity: Severity::Warning,
        start: Some(Time(minute(40))),
        end: Some(Time(minute(47))),
        summary: "the log has no request for 7 min".into(),
        evidence: vec!["9,100 requests a minute before it".into()],
        checks: Vec::new(),
    }];
    have(&mut report, vec![first, second]);
    report.series.drain(40..47);
    report
}

/// A job that hits a limit every half an hour.
pub(crate) fn periodic() -> Report {
    let is_on = |at: u64| at % 30 < 2;
    let mut report =
        of_series(six_hours(|at| (0, if is_on(at) { 60 } else { 0 }, 0.0)), 404, 503, 0.112);
    let (mut bad, mut all) = (0, 0);
    for (_, bucket) in report.series.iter().enumerate().filter(|(at, _)| is_on(*at as u64)) {
        bad += bucket.server_error;
        all += bucket.requests;
    }
    let signals = vec![signal("503", (0, 332), (bad, all), 0.000_028)];
    let mut incident = found(1, Severity::Warning, "periodic", &[503], signals);
    incident.culprits = vec![culprit(
        &[("client", Some("2001:db8:85a3::8a2e:370:7334"))],
        (bad * 99 / 100, bad),
        (all / 80, all),
    )];
    incident.spread_over = vec!["upstream", "route", "host"];
    incident.causes = periodic_job();
    have(&mut report, vec![incident]);
    report
}

/// Eleven short incidents, of all severities.
pub(crate) fn many_incidents() -> Report {
    let at = |number: u64| 12 + number * 29;
    let of = |minute: u64| (0..11).find(|number| (at(*number)..at(*number) + 4).contains(&minute));
    let mut report = of_series(
        six_hours(|minute| (0, of(minute).map_or(0, |number| 40 + number * 17 % 90), 0.0)),
        404,
        500,
        0.112,
    );
    let many = (0..11)
        .map(|number| {
            let (from, to) = (at(number), at(number) + 4);
            let buckets = &report.series[from as usize..to as usize];
            let count = buckets.iter().map(|b| b.server_error).sum();
            let total = buckets.iter().map(|b| b.requests).sum();
            let severity = match number {
                3 => Severity::Critical,
                n if n % 3 == 0 => Severity::Info,
                _ => Severity::Warning,
            };
            let signals = vec![signal("500", (from, to), (count, total), 0.000_028)];
            let mut incident = found(number as usize + 1, severity, "spike", &[500], signals);
            incident.culprits = vec![culprit(
                &[("upstream", Some("10.0.0.7:8080"))],
                (count - 2, count),
                (total / 4, total),
            )];
            // The fourth is a story of three.
            incident.follows = [5, 6].contains(&(number + 1)).then(|| number.to_string());
            incident.causes = match number {
                4 | 5 => retry_storm(),
                number if number % 4 == 2 => no_idea(500, "that time"),
                _ => bad_node(),
            };
            incident
        })
        .collect();
    have(&mut report, many);
    report
}

/// A good day on which somebody looked for holes.
pub(crate) fn only_a_scanner() -> Report {
    let mut report = of_series(
        six_hours(|at| (if (90..104).contains(&at) { 210 } else { 0 }, 0, 0.0)),
        404,
        500,
        0.112,
    );
    let requests = report.series[90..104].iter().map(|bucket| bucket.requests).sum();
    have(&mut report, vec![scanner(1, requests)]);
    report.not_judged = vec![
        not_judged("health_check", 3_000, 0),
        not_judged("blocked", 12_004, 12_004),
        not_judged("scanner", 2_940, 2_940),
    ];
    let blocked =
        StatusCode { code: 444, name: Some("No Response (nginx)"), ..report.status_codes[1] };
    report.status_codes[1].count -= 12_004;
    report.status_codes.insert(2, StatusCode { count: 12_004, ..blocked });
    let (all, client) = (report.totals.requests, report.classes.client_error);
    for code in &mut report.status_codes {
        code.ratio = code.count as f64 / all as f64;
    }
    let (judged, client) = (all - 17_944, client - 14_944);
    let rate = |count| Some(count as f64 / judged as f64);
    let server = report.classes.server_error;
    report.targets[0] = target("client_error_ratio", 0.05, rate(client), client, judged);
    report.targets[1] = target("server_error_ratio", 0.001, rate(server), server, judged);
    report.targets[2].total = judged;
    report
}

/// A week by the minute, with one bad minute on its fourth day.
pub(crate) fn week_with_one_bad_minute() -> Report {
    let minutes = 7 * 24 * 60;
    let series: Vec<Bucket> = (0..minutes)
        .map(|at| {
            let start = START + at as i64 * 60 * SECOND;
            let bad = if at == 5000 { 300 } else { 0 };
            bucket(start, wave(at % 1440, 1440, 400), 8, bad, 0.1)
        })
        .collect();
    let incident = bad_minute(series[5000].requests);
    let mut report = report(&[(200, 4_193_435), (404, 80_640), (503, 300)], series, 60, 0.1);
    have(&mut report, vec![incident]);
    report
}

/// The one bad minute of a week.
fn bad_minute(requests: u64) -> Incident {
    let signals = vec![signal("503", (5000, 5001), (300, requests), 0.0)];
    let mut incident = found(1, Severity::Warning, "spike", &[503], signals);
    incident.spread_over = vec!["route", "host", "upstream", "client_network"];
    incident.causes = no_idea(503, "20:20, Nov 22");
    incident
}
