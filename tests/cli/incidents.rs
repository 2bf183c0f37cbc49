//! When it was not healthy, as a whole run tells it.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::support::{Done, number, statlog};
use serde_json::Value;
use std::fmt::Write as _;

/// An hour of a site from noon on, as nginx logs it with two times: a request every second.
struct Log {
    /// Second at which a line is written, and the line.
    lines: Vec<(u64, String)>,
}

impl Log {
    fn hour() -> Self {
        let mut log = Self { lines: Vec::new() };
        for second in 0..3600 {
            let route = ["/", "/search", "/api/orders", "/api/cart"][second as usize * 7 % 11 % 4];
            log.request(second, route, 200, 0.02, &format!("192.0.2.{}", second * 13 % 97));
        }
        log
    }

    /// A request that ends at a second of the hour, and takes so long.
    fn request(&mut self, end: u64, route: &str, status: u16, took: f64, client: &str) {
        self.line(
            end,
            &format!("GET {route} HTTP/1.1"),
            status,
            took,
            client,
            "Mozilla/5.0 (X11) Firefox/140.0",
        );
    }

    fn line(&mut self, end: u64, request: &str, status: u16, took: f64, client: &str, agent: &str) {
        let (hour, minute, second) = (12 + end / 3600, end / 60 % 60, end % 60);
        let line = format!(
            "{client} - - [10/Oct/2025:{hour:02}:{minute:02}:{second:02} +0000] \"{request}\" {status} \
             100 \"https://example.com/\" \"{agent}\" {took:.3} {took:.3}\n"
        );
        self.lines.push((end, line));
    }

    /// One more request each second of a range, with this status.
    fn fail(&mut self, seconds: std::ops::Range<u64>, route: &str, status: u16, took: f64) {
        for second in seconds {
            self.request(second, route, status, took, &format!("192.0.2.{}", second % 90));
        }
    }

    fn run(&self, arguments: &[&str]) -> Done {
        let mut lines = self.lines.clone();
        lines.sort_by_key(|(end, _)| *end);
        let text = lines.into_iter().fold(String::new(), |mut text, (_, line)| {
            let _ = write!(text, "{line}");
            text
        });
        let done = statlog(["analyze", "--format", "json"]).args(arguments).stdin(text).done();
        assert_eq!(done.code, 0, "{}", done.errors());
        done
    }

    fn report(&self, arguments: &[&str]) -> Value {
        self.run(arguments).json()
    }
}

fn incidents(report: &Value) -> Vec<&Value> {
    report["incidents"].as_array().unwrap().iter().collect()
}

/// Names of the signals of an incident, sorted.
fn signals(incident: &Value) -> Vec<&str> {
    let signals = incident["signals"].as_array().unwrap();
    let mut names: Vec<_> = signals.iter().map(|of| of["signal"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// The first culprit, as dimension and value.
fn culprit(incident: &Value) -> (&str, &str) {
    let first = &incident["culprits"][0];
    (first["dimension"].as_str().unwrap(), first["value"].as_str().unwrap())
}

fn findings(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["cause"].as_str().unwrap()).collect()
}

#[test]
fn a_calm_hour_has_none() {
    let report = Log::hour().report(&[]);
    assert_eq!((incidents(&report).len(), findings(&report)), (0, vec![]));
    assert_eq!(report["verdict"]["status"], "healthy");
    assert_eq!(report["targets"][1]["burn"]["worst_hour"]["count"], 0);
}

/// Timeouts of a route: clients that leave, answers that come late and 504 are one event.
#[test]
fn what_happens_together_is_one_incident() {
    let mut log = Log::hour();
    log.fail(1200..1500, "/api/orders", 504, 60.0);
    (1200..1500).step_by(3).for_each(|at| log.request(at, "/api/orders", 499, 31.4, "192.0.2.7"));
    let report = log.report(&[]);
    let found = incidents(&report);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(signals(found[0]), ["504", "5xx", "client_gone", "slow", "timeouts"]);
    assert_eq!((&found[0]["signal"], &found[0]["codes"]), (&"504".into(), &[504, 499].into()));
    assert_eq!(culprit(found[0]), ("route", "/api/orders"));
    assert_eq!((&found[0]["severity"], &found[0]["count"]), (&"critical".into(), &300.into()));
    assert_eq!(found[0]["cliff"]["at_seconds"], 60.0);
    assert!(found[0]["cliff"]["directive"].as_str().unwrap().contains("proxy_read_timeout"));
    // When requests began, not when nginx gave up on them.
    assert_eq!(found[0]["start"], "2025-10-10T12:19:00Z");
    assert_eq!(found[0]["end"], "2025-10-10T12:24:00Z");
    let logged = log.report(&["--incident-time", "logged"]);
    assert_eq!(incidents(&logged)[0]["start"], "2025-10-10T12:20:00Z");
    assert_eq!(logged["series"], report["series"]);
    // The budget of a month: 0.1 % of it in five minutes.
    let alert = &report["targets"][1]["burn"]["alerts"][0];
    assert_eq!(alert["rule"], "page_1h");
    let reason = report["verdict"]["reasons"][0].as_str().unwrap();
    assert!(reason.starts_with("1 critical incident; likely cause: Backend too slow"), "{reason}");
    assert_eq!(found[0]["causes"][0]["cause"], "upstream-read-timeout");
}

#[test]
fn two_events_that_overlap_stay_two() {
    let mut log = Log::hour();
    log.fail(1200..1800, "/api/orders", 503, 0.01);
    log.fail(1500..2100, "/search", 401, 0.01);
    let report = log.report(&[]);
    let found: Vec<_> = incidents(&report).iter().map(|of| (culprit(of), &of["signal"])).collect();
    assert_eq!(
        found,
        [
            (("route", "/api/orders"), &Value::from("503")),
            (("route", "/search"), &Value::from("401")),
        ]
    );
}

/// The same trouble has the same fingerprint, also in a log that has grown; another has another.
#[test]
fn fingerprints() {
    let print = |route: &str, status, at: u64, more: u64| {
        let mut log = Log::hour();
        log.fail(at..at + 300, route, status, 0.01);
        (3600..3600 + more).for_each(|at| log.request(at, "/", 200, 0.02, "192.0.2.9"));
        let report = log.report(&[]);
        let found = incidents(&report);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0]["fingerprint"].as_str().unwrap().to_owned()
    };
    let first = print("/api/orders", 503, 1200, 0);
    assert_eq!((first.len(), &print("/api/orders", 503, 900, 900)), (16, &first));
    assert_ne!(print("/search", 503, 1200, 0), first);
    assert_ne!(print("/api/orders", 500, 1200, 0), first);
}

/// Health checks, blocked requests and scanners are counted, and told apart.
#[test]
fn noise_is_not_judged_but_told() {
    let mut log = Log::hour();
    let checker = "kube-probe/1.30";
    for at in (0..3600).step_by(5) {
        let status = if at < 1800 { 200 } else { 503 };
        log.line(at, "GET /healthz HTTP/1.1", status, 0.001, "10.0.0.2", checker);
    }
    for at in 2000..2060 {
        log.line(at, "GET /.env HTTP/1.1", 404, 0.001, "203.0.113.9", "curl/8.5.0");
        log.line(at, "GET /x HTTP/1.1", 444, 0.001, "203.0.113.9", "curl/8.5.0");
    }
    let report = log.report(&[]);
    let kinds: Vec<_> = report["not_judged"].as_array().unwrap().iter().collect();
    let told = |kind: &str, of: &str| {
        number(kinds.iter().find(|row| row["kind"] == kind).unwrap(), &format!("/{of}"))
    };
    assert_eq!((told("health_check", "requests"), told("health_check", "5xx")), (720, 360));
    assert_eq!((told("scanner", "4xx"), told("blocked", "4xx")), (60, 60));
    assert_eq!(number(&report, "/totals/requests"), 3600 + 720 + 120);
    assert_eq!(
        (&report["targets"][1]["count"], &report["targets"][1]["total"]),
        (&0.into(), &3600.into())
    );
    assert_eq!(report["verdict"]["status"], "healthy");
    assert!(findings(&report).contains(&"health-check-failing"), "{:?}", findings(&report));
    // A scan is worth a line, and nobody's sleep.
    let found: Vec<_> =
        incidents(&report).iter().map(|of| (&of["signal"], &of["severity"])).collect();
    assert_eq!(found, [(&"scanner".into(), &"info".into())]);

    let report = log.report(&["--count-all"]);
    assert_eq!(report["not_judged"], Value::Array(Vec::new()));
    assert_eq!(
        (&report["targets"][1]["count"], &report["targets"][1]["total"]),
        (&360.into(), &4440.into())
    );
    assert_ne!(report["verdict"]["status"], "healthy");
}

#[test]
fn a_log_of_nothing_but_noise_is_not_judged() {
    let mut log = Log { lines: Vec::new() };
    (0..600).for_each(|at| {
        log.line(at, "GET /healthz HTTP/1.1", 200, 0.001, "10.0.0.2", "kube-probe/1.30");
    });
    let report = log.report(&[]);
    assert_eq!(report["verdict"]["status"], "unknown");
    let reason = report["verdict"]["reasons"][0].as_str().unwrap();
    assert!(reason.contains("--count-all"), "{reason}");
    assert_eq!(log.report(&["--count-all"])["verdict"]["status"], "healthy");
}

/// What is always so is no incident.
#[test]
fn chronic_breaches_are_findings() {
    let mut log = Log::hour();
    (0..3600).step_by(50).for_each(|at| log.request(at, "/search", 500, 0.01, "192.0.2.3"));
    (0..3600).step_by(9).for_each(|at| log.request(at, "/report", 200, 0.9, "192.0.2.4"));
    let report = log.report(&[]);
    assert_eq!(incidents(&report).len(), 0);
    assert_eq!(findings(&report), ["chronic-breach", "latency-target-breach"]);
    let over = &report["latency"]["over_target"];
    assert_eq!((&over[0]["value"], &over[0]["slow"]), (&"/report".into(), &400.into()));
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("/search: 72 5xx"), "{evidence}");
}

#[test]
fn gaps_and_drops_of_the_traffic_are_findings() {
    let mut log = Log::hour();
    log.lines.retain(|(end, _)| {
        !(1000..1300).contains(end) && (end % 5 == 0 || *end < 2400 || *end > 2700)
    });
    let report = log.report(&[]);
    assert_eq!(incidents(&report).len(), 0);
    assert_eq!(findings(&report), ["traffic-gap", "traffic-drop"]);
    assert_eq!(report["findings"][0]["start"], "2025-10-10T12:16:40Z");
    assert_eq!(report["findings"][0]["end"], "2025-10-10T12:21:40Z");
    assert_eq!(report["warnings"][0], "no request for 5 min within the log; see the findings");
}

/// Rates that a filter made are no one's incident.
#[test]
fn filtered_rates_have_no_incidents() {
    let mut log = Log::hour();
    log.fail(1200..1500, "/api/orders", 504, 60.0);
    for filter in ["class=5xx", "status!=200"] {
        let report = log.report(&["--where", filter]);
        assert_eq!(incidents(&report).len(), 0, "{filter}");
        assert_eq!(report["targets"][1]["burn"], Value::Null, "{filter}");
    }
    assert_eq!(incidents(&log.report(&["--where", "route=/api/orders"])).len(), 1);
}

/// What the first cause of the first incident says for itself.
fn evidence(report: &Value) -> String {
    report["incidents"][0]["causes"][0]["evidence"].to_string()
}

#[test]
fn a_deploy_that_the_user_names_is_evidence() {
    let mut log = Log::hour();
    log.fail(1800..2700, "/api/orders", 500, 0.004);
    let told = |arguments: &[&str]| {
        let report = log.run(arguments).json();
        assert_eq!(
            report["incidents"][0]["causes"][0]["cause"], "app-error-after-deploy",
            "{}",
            report["incidents"][0]
        );
        evidence(&report)
    };
    let said = "a deploy at 12:28 UTC: as --deploy-at says";
    assert!(!told(&[]).contains("a deploy"), "{}", told(&[]));
    let near = ["--deploy-at", "2025-10-10 06:00Z", "--deploy-at", "2025-10-10 12:28Z"];
    assert!(told(&near).contains(said), "{}", told(&near));
    // In the zone that is asked for.
    let zoned = ["--deploy-at", "2025-10-10 14:28", "--tz", "Europe/Berlin"];
    assert!(told(&zoned).contains(said), "{}", told(&zoned));
    let far = ["--deploy-at", "2025-10-10 11:00Z"];
    assert!(!told(&far).contains("a deploy at"), "{}", told(&far));
}

#[test]
fn a_deploy_shows_in_the_names_of_assets() {
    let mut log = Log::hour();
    log.fail(1800..2700, "/api/orders", 500, 0.004);
    for second in (0..3600).step_by(3) {
        let asset = if second < 1740 { "3f9c2a10d4e5" } else { "77b01c9fe2a3" };
        log.request(second, &format!("/static/app.{asset}.js"), 200, 0.001, "192.0.2.7");
    }
    let report = log.run(&[]).json();
    let evidence = evidence(&report);
    assert!(evidence.contains("hashed asset names changed"), "{evidence}");
    assert!(evidence.contains("a deploy at 12:29 UTC"), "{evidence}");
}
