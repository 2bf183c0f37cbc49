//! A report of which strangers wrote every text.

use super::causes::*;
use super::figures::*;
use super::*;

/// Every text that a stranger can write, at its worst.
pub(crate) fn hostile() -> Report {
    let mut report = incident();
    let texts = [
        "\u{1b}[2J\u{1b}]52;c;cm0gLXJmIC8=\u{7}/clear",
        "::error::pwned",
        "##[error]pwned ##vso[task.setvariable]x",
        "/\u{202e}gpj.exe\u{2066}/\u{200b}\u{feff}",
        "/日本語のとても長いパス/日本語のとても長いパス/日本語のとても長いパス/終わり",
        "/a\r\nHTTP/1.1 200 OK\r\n::set-output name=x::y",
        "/\u{9b}31m\u{85}\u{7f}\u{0}",
        "/👨‍👩‍👧‍👦/❤\u{fe0f}/e\u{301}\u{301}\u{301}/السلام/🇩🇪",
    ];
    let long = "/very/long/route".repeat(200);
    let texts = || texts.into_iter().chain([long.as_str()]);
    report.top.routes = texts().map(|text| route(text, 9000, (500, 400), 0.2)).collect();
    report.top.routes.push(Route {
        route: Text::new(&b"/\xff\xfe\xc3("[..]),
        ..route("", u64::MAX / 4, (u64::MAX / 9, u64::MAX / 9), 1e9)
    });
    report.top.clients = texts().map(|text| key(text, 9000, 500, 400)).collect();
    report.top.hosts = report.top.clients.clone();
    report.top.user_agents = report.top.clients.clone();
    report.top.upstreams = texts().map(|text| upstream(text, 9000, 500, 0.2)).collect();
    report.top.reasons = report.top.clients.clone();
    report.top.cache_statuses = report.top.clients.clone();
    report.warnings = texts().map(|text| format!("::warning:: {text}")).collect();
    report.verdict.reasons = texts().map(str::to_owned).collect();
    report.incidents = hostile_incidents(texts());
    report.findings = hostile_findings(texts());
    report.input.sources = texts()
        .map(|text| Source {
            format: Some(text.into()),
            format_string: Some(Text::new(text)),
            time_field: Some(text.into()),
            latency_field: Some(text.into()),
            zone: Some(text.into()),
            notes: vec![text.into()],
            error: Some(text.into()),
            framing: Some(text.into()),
            wrappers: vec![text.into(), text.into()],
            reject_samples: vec![RejectSample {
                reason: "bad_time",
                line: 3,
                text: Text::new(text),
            }],
            ..source(text, 1000)
        })
        .collect();
    if let Some(latency) = &mut report.latency {
        latency.field = long.clone();
        latency.cliffs = report.incidents.iter().filter_map(|i| i.cliff.clone()).collect();
        latency.over_target = texts()
            .map(|text| OverTarget {
                dimension: "upstream",
                value: Text::new(text),
                requests: 9000,
                slow: 9000,
                p95: 1e9,
                slow_share: 1.0,
            })
            .collect();
    }
    report
}

/// Incidents and findings of which strangers wrote every text that they can write.
fn hostile_incidents<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Incident> {
    texts
        .enumerate()
        .map(|(at, text)| {
            let minutes = (20 + at as u64 * 12, 60 + at as u64 * 12);
            let signals = vec![
                signal("5xx", minutes, (u64::MAX / 9, u64::MAX / 4), 1e-12),
                signal(text, (minutes.0 - 9, minutes.1), (9_000, 9_001), 0.5),
            ];
            let mut incident =
                found(at + 1, Severity::Critical, "spike", &[500, 503, 504, 502], signals);
            incident.culprits = vec![
                culprit(&[("route", Some(text)), ("method", Some(text))], (9, 10), (8, 100)),
                culprit(&[("user_agent", Some(text)), ("reason", None)], (9, 10), (8, 100)),
            ];
            incident.ongoing = at % 2 == 0;
            incident.causes = hostile_causes(text);
            incident.follows = (at > 2).then(|| text.to_owned());
            if at == 2 {
                incident.causes.insert(0, unexplained(1.0));
            }
            incident.latency = shift((0.0, 1e-9), (1e9, f64::MAX));
            incident.cliff = Some(cliff(1e9, (9, 10), text, Some(text)));
            incident
        })
        .collect()
}

/// Causes of which a stranger wrote every text.
fn hostile_causes(text: &str) -> Vec<Cause> {
    let of = |level| {
        let odds = (1.0, level);
        Cause {
            evidence: vec![text.into(), format!("::error:: {text}"), format!("{text} ").repeat(6)],
            against: vec![text.into(); 3],
            checks: vec![text.into(), format!("{text} ::error::"), text.into()],
            missing: vec![
                Missing { fact: text.into(), add: Some(text.into()) },
                Missing { fact: format!("::error:: {text}"), add: None },
            ],
            ..cause(("bad-node", "One bad node"), odds, "edge", text)
        }
    };
    let mut other = of(Level::Low);
    other.missing[0].fact.push('!');
    vec![of(Level::High), other, of(Level::Medium)]
}

/// As [`hostile_incidents`].
fn hostile_findings<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    texts
        .map(|text| Finding {
            cause: "latency-target-breach",
            severity: Severity::Critical,
            start: Some(Time(minute(3))),
            end: Some(Time(minute(4))),
            summary: text.into(),
            evidence: vec![text.into(), format!("::error:: {text}")],
            checks: vec![text.into()],
        })
        .collect()
}
