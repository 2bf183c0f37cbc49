//! Seeded access logs of a made-up shop, with the exact counts that a right reader must find.
//!
//! The benchmarks read them, and `cargo bench --bench corpus` writes them to files. One log is one
//! day: a diurnal curve, routes and clients with a Zipf tail, latencies log-normal by route, a few
//! scanners, three incidents, and now and then a line that no parser may accept. The same
//! specification gives the same bytes (on one platform: `ln` and `exp` are the C library's).

// Each benchmark is a crate of its own and uses its own part of this module.
#![allow(dead_code)]

mod line;
mod rng;
mod site;

use std::collections::BTreeMap;
use std::io::{self, Write};

use line::{DAY_EPOCH, Hit, Upstream};
use rng::Rng;
use site::Site;

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// nginx `combined`.
    Combined,
    /// nginx `combined`, then `$request_time $upstream_response_time`.
    Times,
    /// nginx JSON of 13 keys.
    Json,
    /// ingress-nginx `upstreaminfo`.
    Ingress,
    /// Apache `combined`, then `%D`.
    Apache,
    /// LTSV of 11 labels.
    Ltsv,
}

impl Format {
    /// Every format.
    pub(crate) const ALL: [Self; 6] =
        [Self::Combined, Self::Times, Self::Json, Self::Ingress, Self::Apache, Self::Ltsv];
}

/// How much is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// As many whole lines as go into this many bytes.
    Bytes(u64),
    /// This many lines with a path and a client of their own (at most 2^24), and after each 16 of
    /// them one line of the ordinary traffic, which a bounded map must not lose.
    Unique(u64),
}

/// What to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) seed: u64,
    pub(crate) size: Size,
    pub(crate) format: Format,
}

/// What a right reader finds in the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// Bytes of the log.
    pub(crate) bytes: u64,
    /// Lines of the log: parsed and malformed.
    pub(crate) lines: u64,
    pub(crate) parsed: u64,
    /// Lines that no reader may take for a request.
    pub(crate) malformed: u64,
    /// Requests by status.
    pub(crate) status: BTreeMap<u16, u64>,
    /// Sum of `$body_bytes_sent`.
    pub(crate) body_bytes: u64,
    /// Sum of `$request_time`, milliseconds; every parsed line has one (but for `Combined`).
    pub(crate) request_millis: u64,
    /// Requests that an upstream was asked for.
    pub(crate) upstream_requests: u64,
    /// Sum of `$upstream_response_time` over all attempts, milliseconds.
    pub(crate) upstream_millis: u64,
    /// Times of the first and the last parsed line, seconds since 1970.
    pub(crate) first_time: i64,
    pub(crate) last_time: i64,
}

const SECONDS_A_DAY: u64 = 86_400;

/// One line in this many is malformed: 111 of the 4.3 million of 1 GiB.
const MALFORMED_EVERY: u64 = 38_900;
/// Where in that stretch it is, so that a log of 1 MiB has one too.
const MALFORMED_AT: u64 = 1_700;

/// Whether the benchmarks are measured: `cargo bench` says so, `cargo test --benches` does not and
/// runs each once.
pub(crate) fn is_measured() -> bool {
    let mut flags = std::env::args();
    flags.any(|flag| flag == "--bench") && !std::env::args().any(|flag| flag == "--test")
}

/// Writes the log and says what is in it.
pub(crate) fn generate(spec: Spec, out: &mut impl Write) -> io::Result<Truth> {
    let mut rng = Rng::new(spec.seed);
    let site = Site::new();
    let mut clock = Clock::new(&mut rng);
    let mut truth = Truth::default();
    let mut hit = Hit::default();
    let mut line = Vec::with_capacity(1024);
    let mut unique = 0;
    loop {
        let progress = match spec.size {
            Size::Bytes(bytes) => truth.bytes as f64 / bytes as f64,
            Size::Unique(paths) => unique as f64 / paths as f64,
        };
        hit.second = clock.at(progress);
        hit.request_id = rng.next();
        request(&site, &mut rng, &mut hit);
        if let Size::Unique(paths) = spec.size
            && truth.lines % 17 != 16
        {
            if unique == paths {
                return Ok(truth);
            }
            hit.client.clear();
            site::write_client(unique, &mut hit.client);
            hit.path.clear();
            site::write_unique_path(unique, &mut hit.path);
            (hit.method, hit.protocol) = ("GET", "HTTP/1.1");
            unique += 1;
        }
        line.clear();
        hit.write(spec.format, &mut line);
        // A flood of unique paths has no malformed lines, so that every number of it is written.
        let malformed =
            matches!(spec.size, Size::Bytes(_)) && truth.lines % MALFORMED_EVERY == MALFORMED_AT;
        if malformed {
            spoil(&mut line, spec.format, truth.malformed);
        }
        if let Size::Bytes(bytes) = spec.size
            && truth.bytes + line.len() as u64 > bytes
        {
            return Ok(truth);
        }
        out.write_all(&line)?;
        truth.bytes += line.len() as u64;
        truth.lines += 1;
        if malformed {
            truth.malformed += 1;
        } else {
            truth.count(&hit);
        }
    }
}

impl Truth {
    fn count(&mut self, hit: &Hit) {
        let time = DAY_EPOCH + hit.second as i64;
        if self.parsed == 0 {
            self.first_time = time;
        }
        self.last_time = time;
        self.parsed += 1;
        *self.status.entry(hit.status).or_default() += 1;
        self.body_bytes += hit.body;
        self.request_millis += hit.millis;
        let upstream = match hit.upstream {
            Upstream::None => return,
            Upstream::One(a) => a,
            Upstream::Two(a, b) => a + b,
        };
        self.upstream_requests += 1;
        self.upstream_millis += upstream;
    }
}

/// Times that only go forward: how far the log is tells which second of the day it is.
struct Clock {
    /// For each second, the share of the day's requests that is over when it ends.
    over: Vec<f64>,
    second: usize,
}

impl Clock {
    fn new(rng: &mut Rng) -> Self {
        let mut sum = 0.0;
        let mut over = Vec::with_capacity(SECONDS_A_DAY as usize);
        let mut noise = 1.0;
        for second in 0..SECONDS_A_DAY {
            if second % 60 == 0 {
                noise = 0.92 + 0.16 * rng.unit();
            }
            // Lowest at 03:00, highest at 15:00, 7 to 1.
            let phase = (second as f64 / SECONDS_A_DAY as f64 - 0.375) * std::f64::consts::TAU;
            sum += noise * (1.0 + 0.75 * phase.sin());
            over.push(sum);
        }
        over.iter_mut().for_each(|share| *share /= sum);
        Self { over, second: 0 }
    }

    /// The second of the day at `progress` (0 to 1), which must not go back.
    fn at(&mut self, progress: f64) -> u64 {
        while self.second + 1 < self.over.len() && self.over[self.second] < progress {
            self.second += 1;
        }
        self.second as u64
    }
}

/// Fills in one request of the ordinary traffic.
fn request(site: &Site, rng: &mut Rng, hit: &mut Hit) {
    hit.client.clear();
    hit.path.clear();
    hit.referer.clear();
    hit.agent.clear();
    hit.protocol = if rng.chance(640_000) { "HTTP/2.0" } else { "HTTP/1.1" };

    if rng.chance(12_000) {
        // Scanners: a few dozen addresses that no customer has.
        site::write_client(1_000_000 + rng.zipf(60), &mut hit.client);
        hit.method = "GET";
        hit.protocol = "HTTP/1.1";
        hit.agent.push_str(site::scan(rng, &mut hit.path));
        hit.referer.push(b'-');
        (hit.status, hit.body, hit.millis) = (404, 153, rng.below(2));
        hit.upstream = Upstream::None;
        if rng.chance(15_000) {
            hit.make_tls();
        }
        return;
    }

    let number = site.client(rng);
    site::write_client(number, &mut hit.client);
    hit.agent.push_str(site.agent(number));
    site::write_referer(rng, &mut hit.referer);
    let at = site.route(rng);
    let route = &site.routes[at];
    hit.method = route.method;
    route.write_path(rng, &mut hit.path);
    hit.body = rng.log_normal(route.body, 0.5) as u64;
    hit.millis = rng.log_normal(route.median, route.sigma) as u64;
    hit.status = if route.proxied { answer(route.method, rng) } else { file_answer(rng) };
    if matches!(hit.status, 204 | 304) {
        hit.body = 0;
    }
    let proxied = route.proxied;
    if proxied {
        trouble(at, rng, hit);
    }
    hit.upstream = match hit.status {
        _ if !proxied => Upstream::None,
        // The rate limit of nginx itself.
        429 => Upstream::None,
        _ if rng.chance(900) && hit.status < 400 => {
            let first = rng.below(4);
            hit.millis += first + 1;
            Upstream::Two(first, hit.millis - first - 1)
        }
        // nginx also counts the time that a slow client takes.
        _ => Upstream::One(hit.millis - rng.below(4).min(hit.millis)),
    };
}

/// The everyday status of an upstream's answer.
fn answer(method: &str, rng: &mut Rng) -> u16 {
    match rng.below(100_000) {
        0..600 => 302,
        600..900 => 301,
        900..1_500 => 304,
        1_500..1_900 => 404,
        1_900..2_150 => 401,
        2_150..2_300 => 403,
        2_300..2_450 => 422,
        2_450..2_500 => 429,
        2_500..2_570 => 499,
        2_570..2_610 => 500,
        2_610..2_625 => 502,
        2_625..2_640 => 503,
        2_640..2_650 => 504,
        _ if method == "DELETE" => 204,
        _ if method == "POST" && rng.chance(300_000) => 201,
        _ => 200,
    }
}

/// The everyday status of a file that nginx sends.
fn file_answer(rng: &mut Rng) -> u16 {
    match rng.below(100_000) {
        0..8_000 => 304,
        8_000..8_900 => 206,
        8_900..9_000 => 404,
        _ => 200,
    }
}

/// What goes wrong, by the time of the day: every error takes as long as such errors take.
fn trouble(route: usize, rng: &mut Rng, hit: &mut Hit) {
    let minute = hit.second / 60;
    match minute {
        // 09:40: the payment provider hangs; checkouts time out or are given up.
        580..592 if route == site::CHECKOUT => {
            hit.status = if rng.chance(650_000) { 504 } else { 499 };
        }
        // 14:05: one of four upstreams is down for five minutes.
        845..850 if rng.chance(250_000) => hit.status = 502,
        // 20:30: no worker is free.
        1230..1242 if rng.chance(60_000) => hit.status = 503,
        _ => {}
    }
    match hit.status {
        499 => hit.millis = rng.log_normal(9_000.0, 0.6).min(59_900.0) as u64,
        502 => (hit.millis, hit.body) = (rng.below(3), 157),
        503 => (hit.millis, hit.body) = (rng.below(8), 197),
        504 => (hit.millis, hit.body) = (60_000 + rng.below(4), 167),
        400.. => hit.body = 80 + hit.body % 200,
        _ => {}
    }
    if hit.status == 499 {
        hit.body = 0;
    }
}

/// Makes a line that no reader may accept out of a good one.
fn spoil(line: &mut Vec<u8>, format: Format, count: u64) {
    if matches!(format, Format::Json | Format::Ltsv) {
        // Cut before the status is reached.
        line.truncate(if format == Format::Json { 120 } else { 45 });
        line.push(b'\n');
        return;
    }
    let find = |text: &[u8]| {
        let at = line.windows(text.len()).position(|window| window == text);
        at.expect("every line has a time and a request")
    };
    match count % 3 {
        // Cut in the middle of the status.
        0 => {
            let request = find(b"] \"") + 3;
            let end = line[request..].iter().position(|&byte| byte == b'"');
            line.truncate(request + end.expect("the request is closed") + 4);
        }
        // Cut in the middle of the request.
        1 => line.truncate(find(b"] \"") + 6),
        // Another process wrote over the time.
        _ => {
            let start = find(b"[") + 1;
            line[start..start + 20].copy_from_slice(b"worker 7: signal 11 ");
            return;
        }
    }
    line.push(b'\n');
}
