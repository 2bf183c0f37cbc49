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
mod spoil;
mod traffic;

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::ValueEnum;
use line::{CLOUDFRONT_HEADER, DAY_EPOCH, Hit};
use rng::Rng;
use site::Site;

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// nginx combined
    Combined,
    /// nginx combined, then $request_time $upstream_response_time
    Times,
    /// The same as a Kubernetes node keeps it (CRI)
    Cri,
    /// nginx JSON of 13 keys
    Json,
    /// ingress-nginx
    Ingress,
    /// Apache combined, then %D
    Apache,
    /// LTSV of 11 labels
    Ltsv,
    /// HAProxy httplog
    Haproxy,
    /// AWS Application Load Balancer, 33 columns
    Alb,
    /// CloudFront standard log, 33 columns behind two header lines
    #[value(name = "cloudfront")]
    CloudFront,
    /// Cloudflare Logpush of 15 keys
    Cloudflare15,
    /// Cloudflare Logpush of 60 keys
    Cloudflare60,
}

impl Format {
    /// The lines that a log starts with before any request.
    fn header(self) -> &'static str {
        if self == Self::CloudFront { CLOUDFRONT_HEADER } else { "" }
    }
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
    /// Lines of the log: parsed, malformed and header.
    pub(crate) lines: u64,
    pub(crate) parsed: u64,
    /// Lines that no reader may take for a request.
    pub(crate) malformed: u64,
    /// Lines before the first request that tell of none: CloudFront's two `#` lines.
    pub(crate) header: u64,
    /// Requests by status: what the client was told, `elb_status_code`, `sc-status`,
    /// `EdgeResponseStatus`.
    pub(crate) status: BTreeMap<u16, u64>,
    /// Requests with the format's spelling of "no status": HAProxy `-1`, CloudFront `000`.
    pub(crate) no_status: u64,
    /// Sum of the bytes sent: `$body_bytes_sent`, `%b`, HAProxy's `%B`, ALB's `sent_bytes`,
    /// CloudFront's `sc-bytes`, Cloudflare's `EdgeResponseBytes`.
    pub(crate) body_bytes: u64,
    /// Requests whose line has a latency: none of `Combined`, and not those that an ALB answered
    /// itself or had no answer for (`-1`).
    pub(crate) measured: u64,
    /// Sum of their latencies, milliseconds: `$request_time`, `%D` / 1000, HAProxy's `%Ta`, ALB's
    /// three times together, CloudFront's `time-taken`, Cloudflare's `EdgeTimeToFirstByteMs`.
    pub(crate) request_millis: u64,
    /// Requests that an upstream was asked for and answered, whether the line says so or not.
    pub(crate) upstream_requests: u64,
    /// Sum of `$upstream_response_time` over all attempts, milliseconds; of HAProxy's `%Tr`, ALB's
    /// `target_processing_time`, Cloudflare's `OriginResponseDurationMs` (of 60 keys).
    pub(crate) upstream_millis: u64,
    /// Times of the first and the last parsed line, whole seconds since 1970: HAProxy's and
    /// Cloudflare's (`EdgeStartTimestamp`) of the start of a request, all others of its end.
    pub(crate) first_time: i64,
    pub(crate) last_time: i64,
}

const SECONDS_A_DAY: u64 = 86_400;

/// One line in this many is malformed: 111 of the 4.3 million of 1 GiB.
const MALFORMED_EVERY: u64 = 38_900;
/// Where in that stretch it is, so that a log of 4 MiB has one too, of the shorter lines one of 1 MiB.
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
    let header = spec.format.header();
    out.write_all(header.as_bytes())?;
    truth.bytes = header.len() as u64;
    truth.header = header.lines().count() as u64;
    truth.lines = truth.header;
    loop {
        let progress = match spec.size {
            Size::Bytes(bytes) => truth.bytes as f64 / bytes as f64,
            Size::Unique(paths) => unique as f64 / paths as f64,
        };
        hit.second = clock.at(progress);
        hit.request_id = rng.next();
        traffic::request(&site, &mut rng, &mut hit);
        if let Size::Unique(paths) = spec.size
            && truth.parsed % 17 != 16
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
        let written = truth.lines - truth.header;
        let malformed =
            matches!(spec.size, Size::Bytes(_)) && written % MALFORMED_EVERY == MALFORMED_AT;
        if malformed {
            spoil::spoil(&mut line, spec.format, truth.malformed);
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
            truth.count(&hit, spec.format);
        }
    }
}

impl Truth {
    fn count(&mut self, hit: &Hit, format: Format) {
        let time = DAY_EPOCH + hit.second as i64;
        if self.parsed == 0 {
            self.first_time = time;
        }
        self.last_time = time;
        self.parsed += 1;
        self.body_bytes += hit.body;
        let seen = hit.seen(format);
        match seen.status {
            Some(status) => *self.status.entry(status).or_default() += 1,
            None => self.no_status += 1,
        }
        if let Some(millis) = seen.millis {
            self.measured += 1;
            self.request_millis += millis;
        }
        if let Some(millis) = seen.upstream {
            self.upstream_requests += 1;
            self.upstream_millis += millis;
        }
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
