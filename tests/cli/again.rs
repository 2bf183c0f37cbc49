//! Incidents whose culprits are counted in a second pass over the files.

use crate::support::{number, statlog};
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;

/// How the log is written.
const FORMAT: &str = "$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent \
                      \"$http_referer\" \"$http_user_agent\" $request_time";

/// Requests a second.
const RATE: usize = 8;
/// Two hours.
const REQUESTS: usize = 7200 * RATE;

struct Request {
    /// When its line was written, seconds from the start.
    logged: usize,
    millis: u64,
    path: &'static str,
    client: String,
    agent: String,
    status: u16,
}

impl Request {
    /// One of every so many, as if by chance.
    fn of(at: usize) -> Self {
        let chance = |salt: usize| (at * 2_654_435_761 + salt * 40_503) % 1_000_003 % 997;
        let paths = ["/", "/api/pay", "/api/cart", "/login", "/static/app.js"];
        let path = paths[chance(1) % paths.len()];
        let agent = match chance(2) % 4 {
            0 => format!("acme-sdk/2.{} (linux; x86_64)", chance(3) % 40),
            1 => format!("curl/8.{}.0", chance(3) % 9),
            _ => format!(
                "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
                at % 30
            ),
        };
        // Some lines are written late.
        let logged = at / RATE + if at.is_multiple_of(50) { 4 } else { 0 };
        let mut request = Self {
            logged,
            millis: 5 + (chance(4) % 90) as u64,
            path,
            client: format!("198.51.{}.{}", chance(5) % 60, at % 250),
            agent,
            status: if chance(6) < 5 { 500 } else { 200 },
        };
        match logged {
            // Not all of those that fail are of the culprit, nor do all of those fail.
            1800..2400 if path == "/api/pay" && chance(7) % 5 < 4 => {
                (request.status, request.millis) = (504, 10_000);
            }
            5400..6000 if request.agent.starts_with("acme") && chance(7) % 3 < 2 => {
                request.status = 502;
            }
            _ => {}
        }
        request
    }

    fn line(&self) -> String {
        let Self { logged, path, client, agent, status, .. } = self;
        let (hour, minute, second) = (13 + logged / 3600, logged / 60 % 60, logged % 60);
        let took = self.millis as f64 / 1000.0;
        format!(
            "{client} - - [10/Oct/2025:{hour:02}:{minute:02}:{second:02} +0000] \"GET {path} \
             HTTP/1.1\" {status} 512 \"-\" \"{agent}\" {took:.3}\n"
        )
    }

    /// When it began: on average the stamp of its end was cut by half a second.
    fn began(&self) -> i64 {
        let start: jiff::Timestamp = "2025-10-10T13:00:00Z".parse().expect("it is a time");
        start.as_microsecond() + self.logged as i64 * 1_000_000 + 500_000
            - self.millis as i64 * 1000
    }

    fn is(&self, dimension: &str, value: &str) -> bool {
        match dimension {
            "route" => self.path == value,
            "user_agent" => self.agent.split('/').next() == Some(value),
            _ => panic!("{dimension} {value} is nobody's fault"),
        }
    }
}

fn analyze(files: &[&str], folder: &Path, stdin: &str) -> Value {
    let run = statlog(["analyze", "--format", "json", "--log-format", FORMAT]).args(files);
    run.dir(folder).stdin(stdin).report()
}

fn incidents(report: &Value) -> &[Value] {
    report["incidents"].as_array().expect("it has incidents")
}

/// What an incident and its culprits are, without figures.
fn names(incident: &Value) -> String {
    let parts = |culprit: &Value| {
        format!("{} {} {}", culprit["dimension"], culprit["value"], culprit["with"])
    };
    let culprits = incident["culprits"].as_array().expect("it has culprits");
    let culprits: Vec<_> = culprits.iter().map(parts).collect();
    format!("{} {} {} {culprits:?}", incident["start"], incident["end"], incident["signal"])
}

#[test]
fn culprits_are_counted_over_all_requests_where_the_log_can_be_read_again() {
    let requests: Vec<_> = (0..REQUESTS).map(Request::of).collect();
    let text: String = requests.iter().map(Request::line).collect();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("it can be written");
    };
    let packed = |text: &[u8]| {
        let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        file.write_all(text).expect("memory");
        file.finish().expect("memory")
    };
    let lines = |from: usize, to: usize| -> String {
        requests[from * RATE..to * RATE].iter().map(Request::line).collect()
    };
    write("access.log", text.as_bytes());
    write("access.log.gz", &packed(text.as_bytes()));
    write("first.gz", &packed(lines(0, 4000).as_bytes()));
    write("last.log", lines(4000, 7200).as_bytes());

    let whole = analyze(&["access.log"], folder.path(), "");
    assert_eq!(incidents(&whole).len(), 2, "{}", whole["incidents"]);
    for (incident, dimension) in incidents(&whole).iter().zip(["route", "user_agent"]) {
        assert_eq!(incident["counted"], "exact");
        let time = |name: &str| -> jiff::Timestamp {
            incident[name].as_str().and_then(|text| text.parse().ok()).expect("it is a time")
        };
        let times = time("start").as_microsecond()..time("end").as_microsecond();
        let inside: Vec<_> =
            requests.iter().filter(|request| times.contains(&request.began())).collect();
        let code = incident["signal"].as_str().expect("it has a signal");
        let is_bad = |request: &&&Request| match code {
            "5xx" => request.status >= 500,
            code => request.status.to_string() == code,
        };
        let errors = inside.iter().filter(is_bad).count();
        assert_eq!(number(incident, "/count"), errors as u64);
        assert_eq!(number(incident, "/total"), inside.len() as u64);
        assert!(inside.len() > 4000, "{} fit the sample", inside.len());

        let culprits = incident["culprits"].as_array().expect("it has culprits");
        assert_eq!((culprits.len(), &culprits[0]["dimension"]), (1, &Value::from(dimension)));
        let value = culprits[0]["value"].as_str().expect("it has a value");
        assert_eq!(culprits[0]["with"], Value::Array(Vec::new()));
        let own: Vec<_> =
            inside.iter().filter(|request| request.is(dimension, value)).copied().collect();
        let own_errors = own.iter().filter(is_bad).count();
        assert_eq!(number(&culprits[0], "/errors"), own_errors as u64);
        assert_eq!(number(&culprits[0], "/requests"), own.len() as u64);
        let is_near = |name: &str, expected: f64| {
            let found = culprits[0][name].as_f64().expect("it is a number");
            assert!((found - expected).abs() < 1e-9 * expected, "{name} {found} {expected}");
        };
        is_near("error_share", own_errors as f64 / errors as f64);
        is_near("traffic_share", own.len() as f64 / inside.len() as f64);
        if own_errors < errors {
            let rest = (errors - own_errors) as f64 / (inside.len() - own.len()) as f64;
            is_near("lift", own_errors as f64 / own.len() as f64 / rest);
        } else {
            assert!(culprits[0]["lift"].is_null());
        }
    }

    let names = |report: &Value| incidents(report).iter().map(names).collect::<Vec<_>>();
    let counted = |report: &Value| -> Vec<String> {
        incidents(report).iter().map(|one| one["counted"].to_string()).collect()
    };
    for (files, stdin, expected) in [
        // Of a pipe and of a compressed log there is a sample only; the same is to blame.
        (&["-"][..], &text[..], ["\"sampled\""; 2]),
        (&["access.log.gz"], "", ["\"sampled\""; 2]),
        // What was compressed is of another time.
        (&["first.gz", "last.log"], "", ["\"sampled\"", "\"exact\""]),
        (&["access.log", "--threads", "1"], "", ["\"exact\""; 2]),
    ] {
        let report = analyze(files, folder.path(), stdin);
        assert_eq!(names(&report), names(&whole), "{files:?}");
        assert_eq!(counted(&report), expected, "{files:?}");
        for (one, other) in incidents(&report).iter().zip(incidents(&whole)) {
            // The figures of a sample are near.
            let requests = |of: &Value| number(of, "/culprits/0/requests") as f64;
            let ratio = requests(one) / requests(other);
            match one["counted"] == "exact" {
                true => assert_eq!(one, other),
                false => assert!((0.7..1.4).contains(&ratio), "{files:?} {ratio}"),
            }
        }
    }
}
