//! The report: the one serialisable tree. Nothing else crosses to a renderer.
//!
//! `statlog.report/1` is published as JSON Schema (`statlog schema`, `report/schema.json`).
//! Conventions: the unit is in the name (`_seconds`, `_bytes`, `_ratio` from 0 to 1), times are
//! RFC 3339 in UTC, `null` is "no data" and never zero, and a rate carries its count and its
//! total. The same input gives the same bytes: no time of generation, no machine, no path but
//! those given. Every text that comes from the log is a [`Text`].

use serde::Serialize;

mod build;
mod doubts;
mod incident;
mod latency;
mod source;
mod text;
mod top;
pub(crate) mod verdict;
pub use build::{Meta, build};
pub use doubts::too_many_rejected;
pub use incident::{
    Alert, Burn, Cause, Cliff, Culprit, Finding, Incident, Level, Missing, OverTarget, Part,
    Severity, Shift, SignalFigures, WorstHour,
};
pub use latency::{Latency, Phases, Quantiles};
pub(crate) use source::files;
pub use source::{Input, RejectSample, Share, Source};
pub(crate) use text::is_unseen;
pub use text::{Text, Time};
pub use top::{Cardinality, Key, Route, Top, Upstream};
pub use verdict::Targets;

/// Version of the report's shape. Additions keep it; a removed or retyped field raises it.
pub const SCHEMA_ID: &str = "statlog.report/1";

/// The JSON Schema (draft 2020-12) of [`Report`]: every field with its unit and when it is null.
pub const SCHEMA: &str = include_str!("report/schema.json");

/// Everything that one run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA_ID`].
    pub schema: &'static str,
    /// The program that made it.
    pub generator: Generator,
    /// False when the run was interrupted or an input could not be read to its end.
    pub complete: bool,
    /// The answer in one word, and why.
    pub verdict: Verdict,
    /// What was read, how, and what was not understood.
    pub input: Input,
    /// First and last request; null when no line has a time.
    pub window: Option<Window>,
    /// Sums over all requests.
    pub totals: Totals,
    /// Requests by class of status, `1xx` to `5xx` and `other` (600 to 999).
    pub classes: Classes,
    /// Requests by status code, most frequent first.
    pub status_codes: Vec<StatusCode>,
    /// Requests whose line has no status, by spelling and meaning, most frequent first.
    pub no_status: Vec<NoStatusCount>,
    /// Requests by who made the status, from the edge to the origin; empty when no line tells.
    pub produced_by: Vec<Produced>,
    /// Requests that are none of a client's, by kind. They are in no other number but those of
    /// `input`; empty when there are none, and when `--count-all` counts them.
    pub set_aside: Vec<Apart>,
    /// Requests that are counted but say nothing of the health of the service, by kind: they are
    /// kept out of `targets` and `incidents`. Empty when there are none, and with `--count-all`.
    pub not_judged: Vec<Apart>,
    /// Requests by method, most frequent first; a method that RFC 9110 and RFC 5789 do not know
    /// is `_OTHER`.
    pub methods: Vec<Counted>,
    /// Requests by protocol, most frequent first.
    pub protocols: Vec<Counted>,
    /// Observed rates and latency against what they should be.
    pub targets: Vec<Target>,
    /// Latency percentiles; null when none was measured.
    pub latency: Option<Latency>,
    /// Requests, errors and latency over time; empty buckets are left out.
    pub series: Vec<Bucket>,
    /// The most frequent keys of each dimension.
    pub top: Top,
    /// Periods that were not healthy, in order of time.
    pub incidents: Vec<Incident>,
    /// What is wrong without being an incident, the worst first.
    pub findings: Vec<Finding>,
    /// What a reader should know before trusting the numbers.
    pub warnings: Vec<String>,
}

/// The program that made a report.
#[derive(Clone, Debug, Serialize)]
pub struct Generator {
    /// Always `statlog`.
    pub name: &'static str,
    /// Version of the crate.
    pub version: &'static str,
}

/// How healthy the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Every target that could be judged is met.
    Healthy,
    /// A target is missed, or the 5xx target would be with the requests without a status that the
    /// origin did not answer in time.
    Degraded,
    /// The 5xx target is (or would be) missed ten times over, or the 4xx target five times.
    Critical,
    /// No target could be judged.
    Unknown,
}

/// The answer in one word, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The word.
    pub status: Health,
    /// One sentence for each target that is missed, in the order of the targets, then one when the
    /// 5xx target would be with the requests that the origin did not answer in time, then one for
    /// each that something keeps from being judged; when none is missed, one of all that.
    pub reasons: Vec<String>,
}

/// The time that the requests span.
#[derive(Clone, Debug, Serialize)]
pub struct Window {
    /// Time of the earliest request.
    pub start: Time,
    /// Time of the latest request.
    pub end: Time,
    /// `end - start`.
    pub duration_seconds: f64,
    /// Width of the buckets of `series`.
    pub bucket_seconds: u64,
    /// Requests whose line has no time; they are in no bucket.
    pub without_time: u64,
}

/// Sums over all requests.
#[derive(Clone, Debug, Serialize)]
pub struct Totals {
    /// Requests counted (parsed and not filtered out).
    pub requests: u64,
    /// Bytes sent, where the line says so.
    pub bytes_sent: u64,
    /// Requests whose line says how many bytes were sent.
    pub bytes_measured: u64,
    /// Requests without a status.
    pub no_status: u64,
    /// Requests whose request line was empty, `-` or no request at all.
    pub without_request: u64,
    /// Requests whose connection was aborted before the response was complete, where the line
    /// says so (Apache `%X`).
    pub aborted: u64,
    /// Requests for which a proxy tried more than one upstream.
    pub retried: u64,
}

/// Requests by class of status.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Classes {
    /// 100 to 199.
    #[serde(rename = "1xx")]
    pub informational: u64,
    /// 200 to 299.
    #[serde(rename = "2xx")]
    pub successful: u64,
    /// 300 to 399.
    #[serde(rename = "3xx")]
    pub redirection: u64,
    /// 400 to 499.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// 500 to 599.
    #[serde(rename = "5xx")]
    pub server_error: u64,
    /// 600 to 999.
    pub other: u64,
}

/// One status code.
#[derive(Clone, Debug, Serialize)]
pub struct StatusCode {
    /// The code, 100 to 999.
    pub code: u16,
    /// What it is called; null for a code that nobody is known to send.
    pub name: Option<&'static str>,
    /// Who defines it: `IANA`, or the product.
    pub origin: Option<&'static str>,
    /// Requests with it.
    pub count: u64,
    /// Share of all requests.
    pub ratio: f64,
}

/// One spelling of "no status" with one meaning.
#[derive(Clone, Debug, Serialize)]
pub struct NoStatusCount {
    /// `000`, `009`, `-`, `-1`, `empty`, `null` or `missing`.
    pub spelling: &'static str,
    /// `client_gone`, `origin_timeout`, `implied_200`, `http_0_9`; `unknown` where the product does
    /// not say.
    pub meaning: &'static str,
    /// Requests with it.
    pub count: u64,
    /// Share of all requests.
    pub ratio: f64,
}

/// Who made the status of responses.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Produced {
    /// `edge` (a CDN), `proxy` (what wrote the line), `origin` (what stands behind it) or
    /// `unknown`.
    pub producer: &'static str,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
}

/// Requests of a kind that is told apart.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Apart {
    /// Of those that are none of a client's: `cdn_internal` (a CDN asks itself) or `cdn_shield` (the
    /// second line of a request, at a shield); more may come. Of those that are not judged:
    /// `health_check`, `blocked` (444) or `scanner`.
    pub kind: &'static str,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
}

/// A name and how often it was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    /// The name.
    pub name: &'static str,
    /// Requests with it.
    pub count: u64,
    /// Share of all requests.
    pub ratio: f64,
}

/// One target.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// `client_error_ratio`, `server_error_ratio` or `latency_p95_seconds`.
    pub name: &'static str,
    /// The observed value must be below this: a ratio, or seconds.
    pub target: f64,
    /// What was observed; null when there is nothing to measure.
    pub observed: Option<f64>,
    /// The requests that count against it: errors, or requests at or over the latency target.
    pub count: u64,
    /// Of how many.
    pub total: u64,
    /// Whether it is met. Rates are compared as exact integers. Null when there is nothing to
    /// measure, when a filter names status or class (it makes the rates), and when the observed
    /// value is below the target but only a lower bound.
    pub met: Option<bool>,
    /// True when the observed value can only be larger than what is said (censored latencies).
    pub lower_bound: bool,
    /// The range that is usual elsewhere, lowest and highest: a figure for reference.
    pub industry: Option<[f64; 2]>,
    /// How fast its error budget went; null when no line has a time, or nothing was measured.
    pub burn: Option<Burn>,
}

/// One bucket of the series.
#[derive(Clone, Debug, Serialize)]
pub struct Bucket {
    /// Start of the bucket, inclusive; it is `window.bucket_seconds` wide.
    pub start: Time,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
    /// Requests without a status.
    pub no_status: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Requests whose latency was measured.
    pub measured: u64,
    /// Median latency in seconds, at most 6.3 % above the true one.
    pub p50: Option<f64>,
    /// 95th percentile, the same.
    pub p95: Option<f64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::example;
    use serde_json::{Value, json};

    fn validator() -> jsonschema::Validator {
        jsonschema::draft202012::new(&serde_json::from_str(SCHEMA).unwrap()).unwrap()
    }

    #[test]
    fn every_example_is_as_the_schema_says() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
        assert_eq!(schema["properties"]["schema"]["const"], SCHEMA_ID);
        let validator = validator();
        for (name, report) in example::all() {
            let report = serde_json::to_value(&report).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
    }

    /// Each change alone makes a document wrong.
    #[test]
    fn wrong_documents_fail() {
        let right = serde_json::to_value(example::balancer()).unwrap();
        let validator = validator();
        for (pointer, value) in [
            ("/schema", json!("statlog.report/2")),
            ("/complete", json!("yes")),
            ("/verdict/status", json!("fine")),
            ("/window/start", json!("2026-11-19 08:00:00")),
            ("/window/bucket_seconds", json!(0)),
            ("/totals/requests", json!(-1)),
            ("/totals", json!({"requests": 1})),
            ("/no_status/0/meaning", json!("none")),
            ("/produced_by/0/producer", json!("upstream")),
            ("/set_aside", json!([{"kind": "cdn_internal", "requests": 1}])),
            ("/latency/phases/connect", json!({"count": 1})),
            ("/input/sources/0/framing", json!(["array"])),
            ("/classes/4xx", Value::Null),
            ("/status_codes/0/code", json!(99)),
            ("/status_codes/0/ratio", json!(1.1)),
            ("/targets/0/industry", json!([0.1])),
            ("/latency/by_class", json!({"6xx": right["latency"]["overall"]})),
            ("/top/upstreams/0", right["top"]["clients"][0].clone()),
            ("/top/clients/0", right["top"]["upstreams"][0].clone()),
            ("/incidents", json!({})),
        ] {
            let mut wrong = right.clone();
            *wrong.pointer_mut(pointer).unwrap() = value;
            assert!(!validator.is_valid(&wrong), "{pointer}");
        }
        let mut wrong = right;
        wrong.as_object_mut().unwrap().insert("extra".into(), Value::Null);
        assert!(!validator.is_valid(&wrong), "an unknown field");
    }

    /// A field that the schema does not describe, or describes but nobody writes, is a mistake.
    #[test]
    fn every_field_is_described_and_required() {
        fn check(at: &str, schema: &Value) {
            let Some(object) = schema.as_object() else { return };
            if let Some(properties) = object.get("properties").and_then(Value::as_object) {
                let required = object["required"].as_array().unwrap();
                assert_eq!(properties.len(), required.len(), "{at}");
                assert_eq!(object["additionalProperties"], json!(false), "{at}");
                for (name, property) in properties {
                    let described =
                        property.get("description").or_else(|| property.get("$ref")).is_some();
                    assert!(described, "{at}.{name}");
                    assert!(required.contains(&json!(name)), "{at}.{name}");
                }
            }
            for (name, inner) in object {
                check(&format!("{at}.{name}"), inner);
            }
        }
        check("report", &serde_json::from_str(SCHEMA).unwrap());
    }

    #[test]
    fn invisible_and_turning_characters_are_shown() {
        for (text, visible) in [
            (&b"/a b\xc3\xa9"[..], "/a b\u{e9}"),
            (b"\x1b[2J\n\x7f", "\\x1b[2J\\x0a\\x7f"),
            ("\u{202e}\u{200b}\u{fe0f}".as_bytes(), "\\u{202e}\\u{200b}\\u{fe0f}"),
            (b"\xff\xc3(", "\\xff\\xc3("),
        ] {
            assert_eq!(Text::new(text).visible(), visible);
        }
    }
}
