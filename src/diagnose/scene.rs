//! A log made up for the test of a rule: two hours of usual traffic, with something wrong in it.

use super::{Cause, Diagnosis, Log, Need, diagnose};
use crate::detect::{Incident, Timeline, incidents};
use crate::format::{Product, TimeMeaning};
use crate::record::{Absence, NoStatus, Record, RequestLine, Status, Upstream};
use crate::tally::{Rules, Tally, routes};
use crate::time::SECOND;
use bumpalo::Bump;

/// Start of every scene: 2025-10-10 00:00 UTC.
const START: i64 = 1_760_054_400;
/// Length of a scene, minutes.
const MINUTES: u64 = 120;
/// Requests a minute on a usual day.
const A_MINUTE: u64 = 90;

/// A request to be logged. Durations are in seconds; `None` and "" are absent.
#[derive(Clone, Debug)]
pub(super) struct Req {
    /// When it ended, seconds from the start of the scene.
    pub(super) at: f64,
    /// 0: no status.
    pub(super) status: u16,
    pub(super) no_status: NoStatus,
    pub(super) absence: Absence,
    pub(super) request: RequestLine,
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) protocol: &'static str,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    pub(super) client: String,
    pub(super) agent: &'static str,
    pub(super) referer: &'static str,
    pub(super) host: &'static str,
    pub(super) location: &'static str,
    pub(super) cache: &'static str,
    pub(super) reason: &'static str,
    pub(super) upstream: String,
    pub(super) attempts: u32,
    /// 0: no upstream answered.
    pub(super) answer: u16,
    pub(super) connect: Option<f64>,
    pub(super) header: Option<f64>,
    pub(super) aborted: bool,
}

impl Req {
    /// Whether the application answers it; else the proxy does, from disk.
    pub(super) fn is_dynamic(&self) -> bool {
        !self.upstream.is_empty()
    }

    /// The proxy answers by itself, with a body of that size, and asks no upstream.
    pub(super) fn by_proxy(&mut self, status: u16, bytes: u64, seconds: f64) {
        (self.status, self.bytes, self.seconds) = (status, bytes, seconds);
        (self.upstream, self.attempts, self.answer) = (String::new(), 0, 0);
        (self.connect, self.header, self.cache) = (None, None, "");
    }

    /// The upstream answers with this status.
    pub(super) fn by_origin(&mut self, status: u16, bytes: u64, seconds: f64) {
        (self.status, self.bytes, self.seconds) = (status, bytes, seconds);
        if self.upstream.is_empty() {
            self.upstream = "10.0.0.1:8080".into();
        }
        (self.attempts, self.answer) = (1, status);
        (self.connect, self.header) = (Some(0.001), Some(seconds));
    }

    /// The proxy asks the upstream in vain, and answers. `connect` is whether it got a connection.
    pub(super) fn in_vain(&mut self, status: u16, seconds: f64, connect: Option<f64>) {
        self.by_origin(status, u64::from(page(status)), seconds);
        (self.connect, self.header) = (connect, None);
    }

    fn record(&self, lacks: &[Need]) -> Record<'_> {
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
pub(super) fn page(status: u16) -> u32 {
    super::page::base(status).unwrap_or(100) + 46
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The log.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    product: Product,
    requests: Vec<Req>,
    lacks: Vec<Need>,
    deploys: Vec<i64>,
    rules: Rules,
    /// Minutes in which something is wrong.
    window: (u64, u64),
}

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

impl Scene {
    /// A usual day at a product with every field, nginx unless it is said.
    pub(super) fn new() -> Self {
        Self::of(Product::Nginx)
    }

    /// A usual day at a product.
    pub(super) fn of(product: Product) -> Self {
        let mut scene = Self {
            product,
            requests: Vec::new(),
            lacks: Vec::new(),
            deploys: Vec::new(),
            rules: Rules::default(),
            window: (0, MINUTES),
        };
        let mut dice = Dice::new(7);
        for number in 0..MINUTES * A_MINUTE {
            let at = number as f64 * 60.0 / A_MINUTE as f64;
            scene.requests.push(usual(at, &mut dice));
        }
        scene
    }

    /// Something befalls the requests of these minutes, from the first to before the second. The
    /// closure changes those that it is about; it gets numbers to roll.
    pub(super) fn hit(
        mut self,
        minutes: (u64, u64),
        mut what: impl FnMut(&mut Req, &mut Dice),
    ) -> Self {
        self.window = minutes;
        let mut dice = Dice::new(11);
        let (from, to) = (minutes.0 as f64 * 60.0, minutes.1 as f64 * 60.0);
        for request in self.requests.iter_mut().filter(|of| (from..to).contains(&of.at)) {
            what(request, &mut dice);
        }
        self
    }

    /// So many requests a minute come in addition, each made of a usual one.
    pub(super) fn add(
        mut self,
        minutes: (u64, u64),
        a_minute: f64,
        mut what: impl FnMut(&mut Req, &mut Dice),
    ) -> Self {
        self.window = minutes;
        let mut dice = Dice::new(13);
        let count = ((minutes.1 - minutes.0) as f64 * a_minute) as u64;
        for number in 0..count {
            let at = minutes.0 as f64 * 60.0 + number as f64 * 60.0 / a_minute;
            let mut request = usual(at, &mut dice);
            what(&mut request, &mut dice);
            self.requests.push(request);
        }
        self
    }

    /// More requests of the test's own, such as what a client does after a failure.
    pub(super) fn with(mut self, more: impl IntoIterator<Item = Req>) -> Self {
        self.requests.extend(more);
        self
    }

    /// The requests of these minutes.
    pub(super) fn requests(&self, minutes: (u64, u64)) -> impl Iterator<Item = &Req> {
        let (from, to) = (minutes.0 as f64 * 60.0, minutes.1 as f64 * 60.0);
        self.requests.iter().filter(move |of| (from..to).contains(&of.at))
    }

    /// The log does not have these.
    pub(super) fn without(mut self, lacks: &[Need]) -> Self {
        self.lacks.extend(lacks);
        self
    }

    /// What nginx's combined format has.
    pub(super) fn combined(self) -> Self {
        self.without(&[
            Need::Duration,
            Need::Upstream,
            Need::Answer,
            Need::UpstreamTimes,
            Need::UpstreamDuration,
            Need::Host,
            Need::Cache,
            Need::Reason,
        ])
    }

    /// Nothing is noise: all requests are judged (`--count-all`).
    pub(super) fn counting_all(mut self) -> Self {
        self.rules.judge_all = true;
        self
    }

    /// The user says that something was deployed in this minute.
    pub(super) fn deployed(mut self, minute: u64) -> Self {
        self.deploys.push((START + minute as i64 * 60) * SECOND);
        self
    }

    /// The incidents of the log, each with its diagnosis.
    pub(super) fn told(&self) -> Vec<(Incident, Diagnosis)> {
        let mut tally = Tally::new(self.rules);
        let mut requests: Vec<&Req> = self.requests.iter().collect();
        requests.sort_by(|a, b| a.at.total_cmp(&b.at));
        let records: Vec<Record<'_>> = requests.iter().map(|of| of.record(&self.lacks)).collect();
        let arena = Bump::new();
        for batch in records.chunks(256) {
            let mut found = Vec::new();
            routes(batch, &arena, &mut found);
            tally.count(batch, &found, TimeMeaning::End);
        }
        let Some((wide, fine)) = Timeline::pair(&tally) else { return Vec::new() };
        let found = incidents(&tally, &wide, &fine, self.rules.slow);
        let arena = Bump::new();
        let slow = self.rules.slow;
        let log = Log::new(&tally, self.product, &wide, slow, &self.deploys, &arena);
        let why = diagnose(&log, &found);
        found.iter().cloned().zip(why).collect()
    }

    /// The causes of the incident that has the most excess in the window that was made; none when
    /// there is no incident.
    pub(super) fn causes(&self) -> Vec<Cause> {
        let time = |minute: u64| (START + minute as i64 * 60) * SECOND;
        let (start, end) = (time(self.window.0), time(self.window.1));
        let told = self.told().into_iter();
        let hit = told.filter(|(of, _)| of.times.start < end && start < of.times.end);
        let worst = hit.max_by(|a, b| {
            let excess = |of: &Incident| of.deviations[0].excess();
            excess(&a.0).total_cmp(&excess(&b.0))
        });
        worst.map_or_else(Vec::new, |(_, Diagnosis { causes, .. })| causes)
    }

    /// The id of the likeliest cause; "" when there is no incident.
    pub(super) fn cause(&self) -> &'static str {
        self.causes().first().map_or("", |cause| cause.cause)
    }
}

fn usual(at: f64, dice: &mut Dice) -> Req {
    let (method, target, host, median, bytes, dynamic) = ROUTES[dice.below(8) as usize];
    let client = dice.below(900);
    let seconds = median * (0.5 + 1.5 * dice.unit() * dice.unit());
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
        bytes: bytes + dice.below(1 + bytes / 4),
        seconds,
        client: format!("198.51.{}.{}", client % 100, client / 100 + 1),
        agent: AGENTS[dice.below(AGENTS.len() as u64) as usize],
        referer: "https://www.example.com/",
        host,
        location: ["DE", "US", "FR", "JP"][dice.below(4) as usize],
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

/// A rule and two logs: one that it explains best, and one that looks much like it and is not.
pub(super) type Fixture = (&'static str, fn() -> Scene, fn() -> Scene);

/// Holds that each fixture does what it is for.
pub(super) fn check(fixtures: &[Fixture]) {
    let mut wrong = Vec::new();
    for (cause, fires, near) in fixtures {
        let tell = |causes: &[Cause]| {
            let all = causes.iter().map(|of| {
                format!(
                    "\n    {} {:.2} {:?}\n      + {:?}\n      - {:?}",
                    of.cause, of.confidence, of.level, of.evidence, of.against
                )
            });
            all.collect::<String>()
        };
        let found = fires().causes();
        if found.first().map(|of| of.cause) != Some(cause) {
            wrong.push(format!("{cause} is not the first of:{}", tell(&found)));
        }
        let found = near().causes();
        if found.first().map(|of| of.cause) == Some(cause) {
            wrong.push(format!("{cause} explains its near miss:{}", tell(&found)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
