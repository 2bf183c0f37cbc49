//! The report: the one serialisable tree. Nothing else crosses to a renderer.
//!
//! `statlog.report/1` is published as JSON Schema (`statlog schema`, `report/schema.json`).
//! Conventions: the unit is in the name (`_seconds`, `_bytes`, `_ratio` from 0 to 1), times are
//! RFC 3339 in UTC, `null` is "no data" and never zero, and a rate carries its count and its
//! total. The same input gives the same bytes: no time of generation, no machine, no path but
//! those given. Every text that comes from the log is a [`Text`].

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

mod build;
mod doubts;
mod incident;
pub(crate) mod verdict;
pub use build::{Meta, build};
pub use doubts::too_many_rejected;
pub use incident::{
    Alert, Burn, Cliff, Culprit, Finding, Incident, NotJudged, OverTarget, Part, Severity, Shift,
    SignalFigures, WorstHour,
};
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
    pub set_aside: Vec<SetAside>,
    /// Requests that are counted but say nothing of the health of the service, by kind: they are
    /// kept out of `targets` and `incidents`. Empty when there are none, and with `--count-all`.
    pub not_judged: Vec<NotJudged>,
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

/// What was read.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// One entry for each file or stream, in the order given, each followed by one for every other
    /// format that lines of it were read in ([`Source::mixed_in`]).
    pub sources: Vec<Source>,
    /// Lines read; `lines = parsed + skipped + rejected`.
    pub lines: u64,
    /// Lines read as requests.
    pub parsed: u64,
    /// Lines that are no requests and no faults.
    pub skipped: u64,
    /// Lines that were not understood.
    pub rejected: u64,
    /// Parsed lines that `--where`, `--since`, `--until` or `--last` left out of the counts;
    /// `parsed = totals.requests + filtered + set_aside`.
    pub filtered: u64,
    /// Parsed lines that are no client's requests, see [`Report::set_aside`].
    pub set_aside: u64,
    /// Decompressed bytes read.
    pub bytes: u64,
}

impl Input {
    /// The entries of each file or stream: its own, then those of its other formats.
    pub fn files(&self) -> impl Iterator<Item = &[Source]> {
        files(&self.sources)
    }
}

/// As [`Input::files`], of these sources.
fn files(sources: &[Source]) -> impl Iterator<Item = &[Source]> {
    sources.chunk_by(|_, next| next.mixed_in)
}

/// One file or stream, or the lines of it that are in another format.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// The path as given, `-` for standard input.
    pub name: Text,
    /// True for lines of the source before that are in another format than its own (mixed virtual
    /// hosts): they are counted here and not there.
    pub mixed_in: bool,
    /// Name of the format; null when nothing in it could be read.
    pub format: Option<String>,
    /// The format as the server's own format string, or its JSON keys.
    pub format_string: Option<Text>,
    /// True when the format was found by looking at a sample, false when it was given.
    pub detected: bool,
    /// Lines of the sample that the format explains, of the sample's lines.
    pub sample: Option<Share>,
    /// `none`, `gzip`, `zstd`, `bzip2` or `xz`.
    pub compression: &'static str,
    /// How the entries of the file stand in it: `none` when each is a line, else what holds them
    /// together (`array`, `records`); null when it was not looked at.
    pub framing: Option<String>,
    /// What is around each line, the outermost first (`docker json-file`, `syslog`).
    pub wrappers: Vec<String>,
    /// Lines read.
    pub lines: u64,
    /// Lines read as requests.
    pub parsed: u64,
    /// Of those, lines that broke their format and were read leniently.
    pub recovered: u64,
    /// Lines left out, by kind.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Lines not understood, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// At most three lines for each reason.
    pub reject_samples: Vec<RejectSample>,
    /// The field that the time is read from.
    pub time_field: Option<String>,
    /// `start` or `end` of the request; `start_or_end` when the log does not tell.
    pub time_meaning: Option<&'static str>,
    /// The field that the latency is read from; null when there is none.
    pub latency_field: Option<String>,
    /// Unit of that field in the log.
    pub latency_unit: Option<&'static str>,
    /// A column or key that looks like a latency and was not read, and the flag that settles it;
    /// null when there is none.
    pub unread_latency: Option<String>,
    /// UTC offsets seen in the sample (`+02:00`), or the zone that was assumed.
    pub zone: Option<String>,
    /// What is doubtful about the reading.
    pub notes: Vec<String>,
    /// Why the source could not be read to its end; null when it was.
    pub error: Option<String>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Share {
    /// The part.
    pub count: u64,
    /// The whole.
    pub total: u64,
}

/// A line that was not understood.
#[derive(Clone, Debug, Serialize)]
pub struct RejectSample {
    /// Name of the reason.
    pub reason: &'static str,
    /// Line number, from 1.
    pub line: u64,
    /// The first bytes of the line.
    pub text: Text,
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

/// Requests that are none of a client's.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SetAside {
    /// `cdn_internal` (a CDN asks itself) or `cdn_shield` (the second line of a request, at a
    /// shield); more may come.
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

/// Latency.
#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    /// The field it was read from; several when sources differ.
    pub field: String,
    /// Always `seconds`.
    pub unit: &'static str,
    /// Requests whose latency is in the percentiles.
    pub measured: u64,
    /// Requests whose line has no latency.
    pub missing: u64,
    /// Requests left out of the percentiles, by why: `upgrade` (101), `connect` (tunnels).
    pub excluded: BTreeMap<&'static str, u64>,
    /// Requests that ended by giving up (408, 499, 504): they would have taken longer.
    pub censored: u64,
    /// How the percentiles are made.
    pub method: &'static str,
    /// All requests.
    pub overall: Quantiles,
    /// By class of status: `2xx`, ... `none`; only classes that were measured.
    pub by_class: BTreeMap<&'static str, Quantiles>,
    /// The upstreams' part of it.
    pub phases: Phases,
    /// Durations at which many requests ended, the most requests first.
    pub cliffs: Vec<Cliff>,
    /// Routes and upstreams that miss the target for certain, those with the most slow requests
    /// first.
    pub over_target: Vec<OverTarget>,
}

/// Times of the upstreams from when the proxy turns to them; of several attempts the sum. Null
/// where the log has none.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Phases {
    /// Until the connection stands.
    pub connect: Option<Quantiles>,
    /// Until the header of the answer is there.
    pub header: Option<Quantiles>,
    /// Until all of the answer is there, but for tunnels and upgraded connections.
    pub upstream: Option<Quantiles>,
}

/// Quantiles of a set of latencies, in seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// How many.
    pub count: u64,
    /// Smallest, exact.
    pub min: f64,
    /// Arithmetic mean, exact.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest, exact.
    pub max: f64,
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

/// The keys of each dimension with the most requests, those with the most 5xx and those with the
/// most 4xx, so many of each; in the order of their requests.
#[derive(Clone, Debug, Serialize)]
pub struct Top {
    /// Routes: paths without query, ids replaced (`url.template` in OpenTelemetry's names).
    /// They are those with the most requests, those with the most 5xx, those with the most 4xx and
    /// the slowest, so many of each; in the order of their requests. Renderers choose their own.
    pub routes: Vec<Route>,
    /// Client addresses.
    pub clients: Vec<Key>,
    /// User agents.
    pub user_agents: Vec<Key>,
    /// Hosts that were asked for.
    pub hosts: Vec<Key>,
    /// Upstream addresses, the last that was tried for each request.
    pub upstreams: Vec<Upstream>,
    /// Why responses are what they are, in the product's own word (HAProxy's termination state,
    /// Envoy's flags, a load balancer's reason).
    pub reasons: Vec<Key>,
    /// What the cache did, in the product's own word (`HIT`, `Miss`, `TCP_REFRESH_MISS`).
    pub cache_statuses: Vec<Key>,
    /// How many keys each dimension has, and what was lost by its bound.
    pub cardinality: BTreeMap<&'static str, Cardinality>,
}

/// Size of a dimension.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cardinality {
    /// Distinct keys; when `approximate`, there are more.
    pub keys: u64,
    /// True when keys were dropped to stay within the bound.
    pub approximate: bool,
    /// No key that is not held has more requests than this.
    pub max_error: u64,
}

/// One route.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    /// The path, ids replaced.
    pub route: Text,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Requests whose latency was measured.
    pub measured: u64,
    /// Median latency in seconds, at most 3.1 % above the true one.
    pub p50: Option<f64>,
    /// 95th percentile, the same.
    pub p95: Option<f64>,
    /// 99th percentile, the same.
    pub p99: Option<f64>,
    /// True when the counts may be too low, by at most `max_error`.
    pub approximate: bool,
    /// By how much each count may be too low.
    pub max_error: u64,
}

/// One key of a dimension.
#[derive(Clone, Debug, Serialize)]
pub struct Key {
    /// The key.
    pub name: Text,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// True when the counts may be too low, by at most `max_error`.
    pub approximate: bool,
    /// By how much each count may be too low.
    pub max_error: u64,
}

/// One upstream.
#[derive(Clone, Debug, Serialize)]
pub struct Upstream {
    /// The counts, as of any key.
    #[serde(flatten)]
    pub key: Key,
    /// Attempts made here, also those of requests that ended elsewhere.
    pub attempts: u64,
    /// Attempts with a 5xx status, the upstream's own or the proxy's for no answer; null when the
    /// log has no upstream status.
    pub failed: Option<u64>,
    /// Attempts whose response time was measured.
    pub measured: u64,
    /// Median response time of the attempts in seconds, at most 3.1 % above the true one.
    pub p50: Option<f64>,
    /// 95th percentile, the same.
    pub p95: Option<f64>,
    /// 99th percentile, the same.
    pub p99: Option<f64>,
}

/// Microseconds since 1970 UTC, written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::time::rfc3339(self.0))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text that a stranger wrote. It has no way out but [`Text::visible`] (for people) and JSON
/// (where `serde_json` escapes it).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Vec<u8>);

impl Text {
    /// Keeps bytes as they are.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The text for a terminal or a document: what is no UTF-8 and every character that could
    /// move the cursor, hide text or turn it around is written as `\xNN` or `\u{…}`.
    ///
    /// After fd's `src/sanitize.rs`; CVE-2003-0020 is why.
    pub fn visible(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for part in self.0.utf8_chunks() {
            for c in part.valid().chars() {
                match c {
                    c if c.is_control() => {
                        out.push_str(&format!("\\x{:02x}", u32::from(c)));
                    }
                    c if is_deceptive(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                    c => out.push(c),
                }
            }
            for byte in part.invalid() {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
        out
    }
}

/// Characters that a terminal acts on, or that nobody sees.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control() || is_deceptive(c)
}

/// Characters that are invisible or change the direction or the line of what follows.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

impl Serialize for Text {
    /// As a JSON string; bytes that are no UTF-8 become U+FFFD.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.0))
    }
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
