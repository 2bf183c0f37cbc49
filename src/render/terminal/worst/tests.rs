//! When and where it was worst, and what incidents tell of it.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::render::example;
use crate::report::Incident;

/// The example as a log in which no incident was found.
fn unexplained() -> Report {
    Report { incidents: Vec::new(), ..example::incident() }
}

fn told(report: &Report, name: &str) -> Option<String> {
    let target = report.targets.iter().find(|target| target.name == name).unwrap();
    sentence(report, target, &example::style(80))
}

/// The errors of a series with these in its buckets, all else equal.
fn server_errors(counts: &[u64]) -> Option<String> {
    let mut report = example::healthy();
    report.top.routes.clear();
    report.series.truncate(counts.len());
    assert_eq!(report.series.len(), counts.len());
    for (bucket, count) in report.series.iter_mut().zip(counts) {
        bucket.server_error = *count;
    }
    told(&report, "server_error_ratio")
}

#[test]
fn a_short_period_is_named() {
    let calm = [0; 20];
    let with = |at: usize, counts: &[u64]| {
        let mut all = calm.to_vec();
        all[at..at + counts.len()].copy_from_slice(counts);
        server_errors(&all)
    };
    let (start, width) = {
        let report = example::healthy();
        (report.series[0].start.0, report.window.unwrap().bucket_seconds as i64 * SECOND)
    };
    let report = example::healthy();
    let clock = |bucket: i64| {
        let window = report.window.as_ref().unwrap();
        clock(start + bucket * width, window, &example::style(80)).unwrap()
    };
    assert_eq!(with(3, &[]), None);
    assert_eq!(with(3, &[1]), Some(format!("at {}", clock(3))));
    assert_eq!(with(3, &[7]), Some(format!("all of them at {}", clock(3))));
    // The dip in the middle and the slope at the end belong to it, the lone one does not.
    let dip = format!("21 of them from {} to {}", clock(3), clock(7));
    assert_eq!(with(3, &[8, 0, 9, 4, 0, 0, 0, 1]), Some(dip));
    let spread = server_errors(&[3; 20]).unwrap();
    assert!(spread.starts_with("at most 3/") && spread.ends_with(&clock(0)), "{spread}");
}

#[test]
fn a_missed_target_has_its_time_and_its_route() {
    let report = unexplained();
    let errors = told(&report, "server_error_ratio").unwrap();
    assert!(errors.contains("most on /api/reports/{id}"), "{errors}");
    let slow = told(&report, "latency_p95_seconds").unwrap();
    assert!(slow.contains("p95") && slow.contains("slowest route"), "{slow}");
    // The slow requests are of routes with too few of them.
    let mut report = unexplained();
    for route in &mut report.top.routes {
        route.p95 = Some(0.1);
    }
    let slow = told(&report, "latency_p95_seconds").unwrap();
    assert!(slow.contains("p95") && !slow.contains("slowest route"), "{slow}");
}

#[test]
fn what_incidents_hold_is_told_by_their_numbers() {
    let mut report = example::incident();
    for (name, expected) in [
        ("server_error_ratio", "4,806 of them are in incident 2, 12:48–13:06"),
        ("latency_p95_seconds", "13,388 of 14,926 slow requests are in incident 2, 12:42–13:06"),
    ] {
        assert_eq!(told(&report, name).as_deref(), Some(expected));
    }
    // Scanners are not held against the service.
    assert!(!told(&report, "client_error_ratio").unwrap().contains("incident"));
    let again = Incident { id: "3".into(), ..report.incidents[1].clone() };
    report.incidents.push(again.clone());
    let two = told(&report, "server_error_ratio").unwrap();
    assert_eq!(two, "4,823 of them are in incidents 2 and 3");
    report.incidents.extend([again.clone(), again.clone(), again]);
    let many = told(&report, "server_error_ratio").unwrap();
    assert_eq!(many, "4,823 of them are in 5 incidents");
    for incident in &mut report.incidents {
        incident.signals[0].count = 481;
    }
    let few = told(&report, "server_error_ratio").unwrap();
    assert!(!few.contains("incident"), "{few}");
}

#[test]
fn an_empty_route_is_named() {
    let mut report = unexplained();
    report.top.routes[3].route = crate::report::Text::new("");
    let errors = told(&report, "server_error_ratio").unwrap();
    assert!(errors.contains("most on (empty) (4,102)"), "{errors}");
}

#[test]
fn errors_of_many_routes_are_not_pinned_on_one() {
    let mut report = unexplained();
    for route in &mut report.top.routes {
        route.server_error = route.server_error.min(700);
    }
    let errors = told(&report, "server_error_ratio").unwrap();
    assert!(errors.contains("on many routes, most on /api/reports/{id} (700)"), "{errors}");
}

#[test]
fn what_a_sentence_tells_is_not_repeated() {
    let text = |report: &Report| {
        let mut out = String::new();
        peaks(report, &example::style(80), 80).iter().for_each(|l| l.write(false, &mut out));
        out
    };
    let (healthy, incident) = (text(&example::healthy()), text(&example::incident()));
    assert!(healthy.contains("p95"), "{healthy}");
    assert!(!incident.contains("5xx") && !incident.contains("p95"), "{incident}");
}
