//! The examples themselves.

use super::*;

/// A day on which nothing happened.
pub(crate) fn healthy() -> Report {
    let minutes = 24 * 60;
    let series = (0..minutes)
        .map(|at| {
            let requests = wave(at, minutes, 1200);
            let start = START + at as i64 * 60 * SECOND;
            let slow = 0.08 + (at * 7 % 40) as f64 / 1000.0;
            bucket(start, requests, requests * 24 / 1000, u64::from(at % 5 == 0), slow)
        })
        .collect();
    let codes =
        [(200, 1_602_113), (304, 98_204), (301, 11_020), (404, 33_902), (403, 4218), (500, 288)];
    let mut report = report(&codes, series, 60, 0.112);
    report.top.routes = vec![
        route("/", 402_113, (12, 4), 0.041),
        route("/api/items/{id}", 301_772, (18_204, 101), 0.118),
        route("/static/{file}", 298_004, (9_204, 0), 0.004),
    ];
    report.top.clients = vec![key("192.0.2.17", 20_114, 12, 0), key("2001:db8::17", 9204, 0, 0)];
    report.top.cardinality = BTreeMap::from([("routes", size(318)), ("clients", size(48_210))]);
    report
}

/// Six hours in which a backend becomes slow, then dies: 499 and 504, then 502; and a scanner.
pub(crate) fn incident() -> Report {
    let minutes = 6 * 60;
    let series = (0..minutes)
        .map(|at| {
            let start = START + at as i64 * 60 * SECOND;
            let requests = wave(at, minutes, 520);
            let (bad, slow) = match at {
                222..228 => (0, 0.9 + (at - 221) as f64 * 3.0),
                228..243 => (149 + at * 37 % 160, 60.0),
                243..246 => (420, 2.1),
                _ => (0, 0.11 + (at * 7 % 40) as f64 / 1000.0),
            };
            let bad = bad + u64::from(at % 20 == 7);
            let scan = if (90..104).contains(&at) { 210 } else { 0 };
            let gone = if (226..243).contains(&at) { 76 } else { 0 };
            bucket(start, requests + scan, requests * 26 / 1000 + scan + gone, bad, slow)
        })
        .collect();
    let codes = [
        (101, 1204),
        (200, 171_302),
        (206, 812),
        (301, 2204),
        (302, 980),
        (304, 11_020),
        (400, 118),
        (401, 402),
        (403, 77),
        (404, 6902),
        (429, 31),
        (444, 512),
        (499, 1322),
        (500, 12),
        (502, 1268),
        (503, 4),
        (504, 3537),
        (520, 2),
    ];
    let mut report = report(&codes, series, 60, 1.24);
    let requests = report.totals.requests;
    report.verdict = Verdict {
        status: Health::Critical,
        reasons: vec![
            "5xx are 2.43 % of requests (4,823 of 198,257), the target is below 0.1 %".into(),
            "95 % of requests take up to 1.2 s or more, the target is below 200 ms".into(),
        ],
    };
    // Those of the scanner, and those that were blocked, are not judged.
    let judged = requests - 3_452;
    report.targets[0] = target("client_error_ratio", 0.05, Some(0.029_82), 5_912, judged);
    report.targets[1] = target("server_error_ratio", 0.001, Some(0.024_327), 4_823, judged);
    report.targets[2].total = judged - 1_229;
    report.targets[2].lower_bound = true;
    let latency = report.latency.as_mut().expect("the example has a latency");
    latency.excluded = BTreeMap::from([("connect", 3), ("upgrade", 1204)]);
    latency.missing = 22;
    latency.measured = requests - 1229;
    latency.overall.count = requests - 1229;
    latency.censored = 4859;
    report.totals.no_status = 29;
    report.totals.retried = 2204;
    report.no_status =
        vec![no_status("000", "unknown", 22, requests), no_status("009", "http_0_9", 7, requests)];
    report.top.routes = vec![
        route("/", 52_113, (12, 4), 0.041),
        route("/api/items/{id}", 41_772, (802, 101), 0.118),
        route("/static/{file}", 38_004, (204, 0), 0.004),
        route("/api/reports/{id}", 6210, (1208, 4102), 60.0),
        route(
            "/api/reports/{id}/export/quarterly/by-customer/{id}/as-spreadsheet.xlsx",
            804,
            (104, 590),
            60.02,
        ),
        route("/wp-login.php", 2940, (2940, 0), 0.002),
        route("/api/checkout", 2811, (61, 22), 0.412),
    ];
    report.top.clients = vec![
        key("198.51.100.23", 20_114, 12, 1804),
        key("203.0.113.9", 2940, 2940, 0),
        key("2001:db8:85a3::8a2e:370:7334", 2204, 31, 88),
    ];
    report.top.user_agents = vec![
        key("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", 120_114, 1204, 2811),
        key("Mozilla/5.0 zgrab/0.x", 2940, 2940, 0),
    ];
    report.top.hosts = vec![
        key("shop.example.org", 180_204, 8204, 4812),
        key("img.example.org", 21_505, 1204, 11),
    ];
    report.top.upstreams = vec![
        upstream("10.0.0.6:8080", 42_811, 18, 0.108),
        upstream("10.0.0.7:8080", 44_120, 4102, 60.0),
        upstream("app_backend", 1268, 1268, 0.0),
    ];
    report.top.cardinality = BTreeMap::from([
        ("routes", size(1204)),
        ("clients", Cardinality { keys: 120_204, approximate: true, max_error: 12 }),
        ("hosts", size(2)),
    ]);
    let source = &mut report.input.sources[0];
    source.format = Some("nginx-upstream".into());
    source.compression = "gzip";
    source.lines = requests + 37;
    source.rejected = BTreeMap::from([("too_few_fields", 21), ("bad_time", 4)]);
    source.skipped = BTreeMap::from([("empty", 12)]);
    source.reject_samples = vec![
        RejectSample {
            reason: "too_few_fields",
            line: 18_204,
            text: Text::new("10.2.0.7 - - [19/Nov/2026:12:42:09 +0100] \"GET /api/rep"),
        },
        RejectSample { reason: "bad_time", line: 90_112, text: Text::new("- - [?] \"-\" 400 0") },
    ];
    report.input.lines = requests + 37;
    report.input.rejected = 25;
    report.input.skipped = 12;
    add_to_incident(&mut report);
    report
}

/// The same day in the combined format: no latency, no upstreams.
pub(crate) fn combined_only() -> Report {
    let mut report = incident();
    report.latency = None;
    // A day of few 5xx, and without a latency nothing is slow.
    report.incidents.truncate(1);
    report.findings.clear();
    for bucket in &mut report.series {
        bucket.server_error = bucket.server_error.min(9);
    }
    report.verdict.status = Health::Degraded;
    report.verdict.reasons =
        vec!["4xx are 5.0001 % of requests (10,086 of 201,709), the target is below 5 %".into()];
    report.targets = vec![
        target("client_error_ratio", 0.05, Some(0.050_001), 10_086, 201_709),
        target("server_error_ratio", 0.001, Some(0.000_913), 184, 201_709),
        target("latency_p95_seconds", 0.2, None, 0, 0),
    ];
    for bucket in &mut report.series {
        (bucket.measured, bucket.p50, bucket.p95) = (0, None, None);
    }
    for route in &mut report.top.routes {
        (route.measured, route.p50, route.p95, route.p99) = (0, None, None, None);
    }
    report.top.upstreams.clear();
    report.totals.retried = 0;
    let source = &mut report.input.sources[0];
    source.format = Some("combined".into());
    source.latency_field = None;
    source.latency_unit = None;
    report
}

/// The same day with a latency that was not read.
pub(crate) fn unread_latency() -> Report {
    let mut report = combined_only();
    let why = "column 1 after 'combined' looks like seconds; give --log-format";
    report.input.sources[0].unread_latency = Some(why.into());
    report.warnings = vec![format!("latency was not read: {why}")];
    report
}

/// Only the requests with 5xx of the incident: their rates mean nothing.
pub(crate) fn filtered() -> Report {
    let mut report = incident();
    report.verdict = Verdict {
        status: Health::Degraded,
        reasons: vec![
            "95 % of requests take up to 1.2 s or more, the target is below 200 ms".into(),
            "the rates are those of the filter, so they are not judged".into(),
        ],
    };
    report.targets[0].met = None;
    report.targets[1].met = None;
    // Nor is there a rate that stands out.
    (report.incidents, report.findings) = (Vec::new(), Vec::new());
    report.not_judged.clear();
    for target in &mut report.targets {
        target.burn = None;
    }
    report
}

/// A fast service of whose requests too many were given up to tell.
pub(crate) fn given_up() -> Report {
    let mut report = healthy();
    report.verdict.reasons = vec![
        "the error rates are below their targets; whether latency is below its target cannot be \
         told: too many requests were given up"
            .into(),
    ];
    let p95 = &mut report.targets[2];
    (p95.met, p95.lower_bound) = (None, true);
    report
}

/// A log of which a third was not understood, and one that could not be read.
pub(crate) fn many_rejects() -> Report {
    let mut report = healthy();
    report.complete = false;
    let parsed = report.input.parsed;
    let rejected = parsed * 3 / 7;
    report.warnings = vec![
        format!(
            "30.0 % of the lines were not understood ({rejected} of {}): every number may be wrong. Name the format with --log-format.",
            parsed + rejected
        ),
        "old/access.log.2.gz could not be read to its end.".into(),
    ];
    let first = &mut report.input.sources[0];
    first.lines = parsed + rejected;
    first.sample = Some(Share { count: 141, total: 200 });
    first.rejected = BTreeMap::from([("not_the_format", rejected - 40), ("too_long", 40)]);
    first.reject_samples = [3, 4, 9]
        .map(|line| RejectSample {
            reason: "not_the_format",
            line,
            text: Text::new("E1119 08:00:01.120 1 controller.go:114] loading OpenAPI spec failed"),
        })
        .to_vec();
    first.notes = vec!["the last number of the line may be in seconds or milliseconds; seconds were read. Say which with --latency-unit.".into()];
    let mut second = source("old/access.log.2.gz", 0);
    second.format = None;
    second.format_string = None;
    second.sample = None;
    second.compression = "gzip";
    (second.time_field, second.time_meaning, second.zone) = (None, None, None);
    (second.latency_field, second.latency_unit) = (None, None);
    second.error = Some("unexpected end of file after 18,204 bytes".into());
    report.input.sources.push(second);
    report.input.lines = parsed + rejected;
    report.input.rejected = rejected;
    report
}

/// Three lines.
pub(crate) fn tiny() -> Report {
    let series = vec![bucket(START, 2, 0, 0, 0.004), bucket(START + SECOND, 1, 1, 0, 0.001)];
    let mut report = report(&[(200, 2), (404, 1)], series, 1, 0.004);
    report.verdict = Verdict {
        status: Health::Critical,
        reasons: vec!["4xx are 33.3 % of requests (1 of 3), the target is below 5 %".into()],
    };
    report.top.routes = vec![route("/", 2, (0, 0), 0.004), route("/favicon.ico", 1, (1, 0), 0.001)];
    report.top.clients = vec![key("192.0.2.17", 3, 1, 0)];
    report
}

/// A file that is no access log.
pub(crate) fn nothing_parsed() -> Report {
    let mut report = report(&[], Vec::new(), 1, 0.0);
    report.verdict = Verdict {
        status: Health::Unknown,
        reasons: vec!["no request was counted, so there is nothing to judge by".into()],
    };
    report.latency = None;
    for target in &mut report.targets {
        (target.observed, target.met, target.count) = (None, None, 0);
    }
    report.methods.clear();
    report.protocols.clear();
    let mut source = source("notes.txt", 12);
    source.format = None;
    source.format_string = None;
    source.sample = None;
    source.parsed = 0;
    (source.time_field, source.time_meaning, source.zone) = (None, None, None);
    (source.latency_field, source.latency_unit) = (None, None);
    source.rejected = BTreeMap::from([("unknown_format", 12)]);
    source.reject_samples =
        vec![RejectSample { reason: "unknown_format", line: 1, text: Text::new("buy milk") }];
    report.input.sources = vec![source];
    report.input.lines = 12;
    report.input.rejected = 12;
    report
}
