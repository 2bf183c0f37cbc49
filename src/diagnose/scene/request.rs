//! A request of a scene: what goes right on a usual day, and the ways in which it goes wrong.

use super::super::Need;
use super::{Dice, START};
use crate::record::{Absence, NoStatus, Record, RequestLine, Status, Upstream};
use crate::time::SECOND;

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "okhttp/4.12.0",
    "acme-sync/2.3",
];

/// Method, target (`#` is an id), host, median seconds, bytes, whether an upstream answers.
const ROUTES: [(&str, &str, &str, f64, u64, bool); 8] = [
    ("GET", "/", "www.example.com", 0.030, 14_000, true),
    ("GET", "/products/#", "www.example.com", 0.040, 22_000, true),
    ("GET", "/search?q=#", "www.example.com", 0.060, 18_000, true),
    ("POST", "/api/orders", "api.example.com", 0.055, 300, true),
    ("GET", "/api/orders/#", "api.example.com", 0.025, 900, true),
    ("POST", "/api/upload", "api.example.com", 0.080, 250, true),
    ("GET", "/static/app.3f9a1b2c77.js", "static.example.com", 0.001, 90_000, false),
    ("GET", "/static/site.8d2e4f6a10.css", "static.example.com", 0.001, 30_000, false),
];

/// A request to be logged. Durations are in seconds; `None` and "" are absent.
#[derive(Clone, Debug)]
pub(in super::super) struct Req {
    /// When it ended, seconds from the start of the scene.
    pub(in super::super) at: f64,
    /// 0: no status.
    pub(in super::super) status: u16,
    pub(in super::super) no_status: NoStatus,
    pub(in super::super) absence: Absence,
    pub(in super::super) request: RequestLine,
    pub(in super::super) method: &'static str,
    pub(in super::super) target: String,
    pub(in super::super) protocol: &'static str,
    pub(in super::super) bytes: u64,
    pub(in super::super) seconds: f64,
    pub(in super::super) client: String,
    pub(in super::super) agent: &'static str,
    pub(in super::super) referer: &'static str,
    pub(in super::super) host: &'static str,
    pub(in super::super) location: &'static str,
    pub(in super::super) cache: &'static str,
    pub(in super::super) reason: &'static str,
    pub(in super::super) upstream: String,
    pub(in super::super) attempts: u32,
    /// 0: no upstream answered.
    pub(in super::super) answer: u16,
    pub(in super::super) connect: Option<f64>,
    pub(in super::super) header: Option<f64>,
    pub(in super::super) aborted: bool,
}

impl Req {
    /// Whether the application answers it; else the proxy does, from disk.
    pub(in super::super) fn is_dynamic(&self) -> bool {
        !self.upstream.is_empty()
    }

    /// The proxy answers by itself, with a body of that size, and asks no upstream.
    pub(in super::super) fn by_proxy(&mut self, status: u16, bytes: u64, seconds: f64) {
        (self.status, self.bytes, self.seconds) = (status, bytes, seconds);
        (self.upstream, self.attempts, self.answer) = (String::new(), 0, 0);
        (self.connect, self.header, self.cache) = (None, None, "");
    }

    /// The upstream answers with this status.
    pub(in super::super) fn by_origin(&mut self, status: u16, bytes: u64, seconds: f64) {
        (self.status, self.bytes, self.seconds) = (status, bytes, seconds);
        if self.upstream.is_empty() {
            self.upstream = "10.0.0.1:8080".into();
        }
        (self.attempts, self.answer) = (1, status);
        (self.connect, self.header) = (Some(0.001), Some(seconds));
    }

    /// The proxy asks the upstream in vain, and answers. `connect` is whether it got a connection.
    pub(in super::super) fn in_vain(&mut self, status: u16, seconds: f64, connect: Option<f64>) {
        self.by_origin(status, u64::from(page(status)), seconds);
        (self.connect, self.header) = (connect, None);
    }

    /// As a parser reads it from a log that lacks these.
    pub(super) fn record(&self, lacks: &[Need]) -> Record<'_> {
        let has = |need: Need| !lacks.contains(&need);
        fn of(text: &str, has: bool) -> Option<&[u8]> {
            (has && !text.is_empty()).then_some(text.as_bytes())
        }
        let micros = |seconds: f64| (seconds * SECOND as f64).round() as u64;
        let is_read = self.request == RequestLine::Read;
        Record {
            time: Some(START * SECOND + (self.at * SECOND as f64) as i64),
            status: match self.status {
                0 => Status::None(self.no_status),
                code => Status::Code(code),
            },
            absence: self.absence,
            request: self.request,
            method: of(self.method, is_read),
            target: of(&self.target, is_read),
            protocol: of(self.protocol, is_read),
            bytes: has(Need::Bytes).then_some(self.bytes),
            duration: has(Need::Duration).then_some(micros(self.seconds)),
            client: of(&self.client, has(Need::Client)),
            user_agent: of(self.agent, has(Need::UserAgent)),
            referer: of(self.referer, has(Need::Referer)),
            host: of(self.host, has(Need::Host)),
            location: of(self.location, true),
            cache: of(self.cache, has(Need::Cache)),
            reason: of(self.reason, has(Need::Reason)),
            aborted: self.aborted,
            upstream: Upstream {
                address: of(&self.upstream, has(Need::Upstream)),
                attempts: self.attempts,
                status: match self.answer {
                    _ if !has(Need::Answer) => Status::None(NoStatus::Missing),
                    0 => Status::None(NoStatus::Dash),
                    code => Status::Code(code),
                },
                duration: self.header.filter(|_| has(Need::UpstreamDuration)).map(micros),
                connect: self.connect.filter(|_| has(Need::UpstreamTimes)).map(micros),
                header: self.header.filter(|_| has(Need::UpstreamTimes)).map(micros),
                ..Upstream::default()
            },
            ..Record::default()
        }
    }
}

/// Length of nginx's own page for a code, with `server_tokens off`.
pub(in super::super) fn page(status: u16) -> u32 {
    super::super::page::base(status).unwrap_or(100) + 46
}

/// A request of a usual day.
pub(super) fn usual(at: f64, dice: &mut Dice) -> Req {
    let (method, target, host, median, bytes, dynamic) = ROUTES[dice.below(ROUTES.len())];
    let client = dice.below(900);
    let seconds = median * (0.5 + 1.5 * dice.uniform() * dice.uniform());
    let id = 1000 + dice.below(9000);
    let mut request = Req {
        at,
        status: 200,
        no_status: NoStatus::Missing,
        absence: Absence::Unknown,
        request: RequestLine::Read,
        method,
        target: target.replace('#', &id.to_string()),
        protocol: "HTTP/1.1",
        bytes: bytes + dice.below(1 + bytes as usize / 4) as u64,
        seconds,
        client: format!("198.51.{}.{}", client % 100, client / 100 + 1),
        agent: AGENTS[dice.below(AGENTS.len())],
        referer: "https://www.example.com/",
        host,
        location: ["DE", "US", "FR", "JP"][dice.below(4)],
        cache: if dynamic { "MISS" } else { "HIT" },
        reason: "",
        upstream: String::new(),
        attempts: 0,
        answer: 0,
        connect: None,
        header: None,
        aborted: false,
    };
    let peer = dice.below(3) + 1;
    if dynamic {
        request.upstream = format!("10.0.0.{peer}:8080");
        (request.attempts, request.answer) = (1, 200);
        (request.connect, request.header) = (Some(0.0005), Some(seconds * 0.95));
    }
    match dice.below(1000) {
        0..15 => request.by_proxy(404, u64::from(page(404)), 0.001),
        15..19 if dynamic => request.by_origin(401, 40, 0.01),
        19..25 => request.by_proxy(301, 162, 0.001),
        25..200 if !dynamic => (request.status, request.bytes) = (304, 0),
        _ => {}
    }
    request
}
