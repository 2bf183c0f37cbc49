//! Likely causes of the incidents of the examples.

use super::*;

/// A cause without evidence.
pub(super) fn cause(
    (id, name): (&'static str, &'static str),
    (confidence, level): (f64, Level),
    owner: &'static str,
    summary: &str,
) -> Cause {
    Cause {
        cause: id,
        name,
        confidence,
        level,
        owner,
        summary: summary.into(),
        evidence: Vec::new(),
        against: Vec::new(),
        checks: Vec::new(),
        missing: Vec::new(),
    }
}

fn all(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn lacks(fact: &str, add: Option<&str>) -> Missing {
    Missing { fact: fact.into(), add: add.map(str::to_owned) }
}

/// That nothing which is known fits.
pub(super) fn unexplained(confidence: f64) -> Cause {
    let name = ("unexplained", "Not explained by the log");
    cause(name, (confidence, Level::Low), "none", "the log does not tell why")
}

/// A backend that is too slow behind a proxy that waits for a minute, then dies; of a log with all
/// fields.
pub(super) fn dead_backend() -> Vec<Cause> {
    let mut slow = cause(
        ("upstream-read-timeout", "Slow backend behind a read timeout"),
        (0.91, Level::High),
        "origin_app",
        "the backend of POST /api/reports/{id} is too slow; the proxy gives up after 60 s",
    );
    slow.evidence = all(&[
        "97.0 % of 504 end at 60.0 s: a timeout of the proxy",
        "99.8 % of them were connected (p99 2 ms) and got no header: no network fault",
        "POST /api/reports/{id} has 85.2 % of the errors and 37.8 % of the traffic",
        "its p95 rose from 118 ms to 60.0 s, 6 min before the first 504",
        "client aborts at 10.0 s, from 12:46",
    ]);
    slow.against = all(&["26.4 % of the errors are 502, which a read timeout does not make"]);
    slow.checks = all(&[
        "grep 'upstream timed out' error.log | grep /api/reports/",
        "the slow queries and locks of the database from 12:42 on",
        "make the work asynchronous or cache it; a higher proxy_read_timeout only hides it",
    ]);
    vec![slow, overload(0.06), unexplained(0.03)]
}

/// As [`dead_backend`], of a backend that recovers and a log without the times of the upstream.
pub(super) fn slow_backend() -> Vec<Cause> {
    let mut slow = cause(
        ("upstream-read-timeout", "Slow backend behind a read timeout"),
        (0.71, Level::Medium),
        "origin_app",
        "the backend of POST /api/reports is too slow; the proxy gives up after 60 s",
    );
    slow.evidence = all(&[
        "97.0 % of 504 end at 60.0 s: a timeout of the proxy",
        "POST /api/reports has 94.0 % of the errors and 9.80 % of the traffic",
        "p95 rose from 1.2 s to 21.0 s, 11 min before the first 504",
        "client aborts from 13:36, 6 min before the first 504",
    ]);
    slow.against = all(&["no new asset names, and the same upstreams as before"]);
    slow.checks = all(&[
        "grep 'upstream timed out' error.log | grep /api/reports",
        "the slow queries and locks of the database from 13:31 on",
    ]);
    slow.missing = vec![lacks(
        "whether the upstreams were connected",
        Some("$upstream_connect_time $upstream_header_time"),
    )];
    vec![slow, overload(0.21), unexplained(0.08)]
}

/// Too few workers, without evidence.
fn overload(confidence: f64) -> Cause {
    let mut overload = cause(
        ("saturation-at-peak", "Too few workers at the peak"),
        (confidence, Level::Low),
        "origin_capacity",
        "the backend has too few workers",
    );
    overload.checks = all(&["busy workers and queue of the backend"]);
    overload
}

/// Clients that make it worse.
pub(super) fn retry_storm() -> Vec<Cause> {
    let mut storm = cause(
        ("retry-storm", "Retry storm"),
        (0.58, Level::Medium),
        "client",
        "clients repeat what failed, and 10.0.0.7:8080 gets no rest",
    );
    storm.evidence = all(&["3.1 requests of a client and route each 10 s, 1.1 before it"]);
    storm.checks = all(&["proxy_next_upstream_tries 2; jitter in the clients' retries"]);
    vec![storm, unexplained(0.42)]
}

/// Clients that come back all at once.
pub(super) fn lock_step() -> Vec<Cause> {
    let mut retries = cause(
        ("synchronized-retries", "429 with synchronized retries"),
        (0.64, Level::Medium),
        "client",
        "acme-sync/2.3 is over its limit and retries in lock-step, without jitter",
    );
    retries.evidence = all(&[
        "88.0 % come back 30.0 to 30.4 s after the 429",
        "96.0 % of the retries are of acme-sync/2.3",
    ]);
    retries.against = all(&["it asks no more than it did before 13:48"]);
    retries.checks = all(&[
        "limit_req burst=20 nodelay for this client, until it is repaired",
        "jitter in the client's retries, of 20 % or more",
    ]);
    retries.missing = vec![lacks(
        "whether the proxy or the application sent the 429",
        Some("$upstream_status $upstream_addr"),
    )];
    let mut over = cause(
        ("client-over-limit", "429 client over limit"),
        (0.3, Level::Low),
        "client",
        "one client asks more than it may",
    );
    over.missing = vec![lacks("which key the limit counts by", None)];
    over.checks = all(&["the key of limit_req_zone"]);
    vec![retries, over]
}

/// Nothing fits well; of an incident of this code at this time.
pub(super) fn no_idea(code: u16, when: &str) -> Vec<Cause> {
    let mut restart = cause(
        ("deploy-restart", "503/502 during deploy"),
        (0.31, Level::Low),
        "config",
        "the backends were restarted at the same time",
    );
    restart.evidence = all(&["all routes and upstreams failed alike, for 1 min"]);
    restart.against = all(&["no new asset names, and the same upstreams after it"]);
    restart.checks = vec![format!("the deploys and restarts at {when}")];
    let sender = format!("whether a backend sent the {code}");
    restart.missing = vec![lacks(&sender, Some("$upstream_status $upstream_addr"))];
    vec![unexplained(0.58), restart]
}

/// A job that is too much for one moment, of a log without upstreams.
pub(super) fn periodic_job() -> Vec<Cause> {
    let mut job = cause(
        ("periodic-job", "Periodic job"),
        (0.47, Level::Low),
        "client",
        "a job of 2001:db8:85a3::8a2e:370:7334 runs every 30 min and is answered with 503",
    );
    job.evidence = all(&["12 spikes, 30 min apart (deviation 0 s)", "99.0 % are of one client"]);
    job.checks = all(&["crontab -l where the job runs"]);
    let mut limiter = cause(
        ("limiter-503", "503 that is really rate/connection limiting"),
        (0.38, Level::Low),
        "config",
        "a limiter answers with 503",
    );
    limiter.missing =
        vec![lacks("whether the proxy made the 503", Some("$upstream_status $upstream_addr"))];
    vec![job, limiter, unexplained(0.15)]
}

/// One of four upstreams fails.
pub(super) fn bad_node() -> Vec<Cause> {
    let mut node = cause(
        ("bad-node", "One bad node"),
        (0.83, Level::High),
        "origin_capacity",
        "upstream 10.0.0.7:8080 fails, and the others do not",
    );
    node.evidence = all(&[
        "upstream 10.0.0.7:8080 has 98.0 % of the errors and 25.0 % of the traffic",
        "30 % of its requests fail, of the others 0.01 %",
    ]);
    node.checks = all(&["take 10.0.0.7:8080 out of the upstream, or mark it down"]);
    vec![node, unexplained(0.17)]
}

/// Somebody looks for holes.
pub(super) fn scan() -> Vec<Cause> {
    let mut scanner = cause(
        ("scanner-404", "404 scanner"),
        (0.96, Level::High),
        "none",
        "203.0.113.9 asks for paths that do not exist",
    );
    scanner.evidence = all(&["2,940 paths, of which no other client asks for any"]);
    vec![scanner]
}
