//! One request as a line of each log format, and what a reader finds in that line.

use std::io::Write as _;

use super::Format;

mod cloud;
mod cloudflare;
mod haproxy;
mod json;
mod text;

pub(crate) use cloud::CLOUDFRONT_HEADER;

/// 2026-03-10, a Tuesday: every corpus is of this day, UTC.
const DAY: &str = "10/Mar/2026";
const DAY_ISO: &str = "2026-03-10";
/// The same day in seconds since 1970.
pub(crate) const DAY_EPOCH: i64 = 1_773_100_800;

/// The host that customers ask for.
const HOST: &str = "shop.example.com";

/// How many times upstreams were asked, and how long that took.
#[derive(Clone, Copy, Default)]
pub(crate) enum Upstream {
    /// The server answered itself.
    #[default]
    None,
    /// One attempt, milliseconds.
    One(u64),
    /// The first attempt failed, the second one answered; milliseconds.
    Two(u64, u64),
}

impl Upstream {
    /// Time of all attempts, milliseconds.
    pub(crate) fn millis(self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::One(a) => Some(a),
            Self::Two(a, b) => Some(a + b),
        }
    }
}

/// One request, as the server saw it.
#[derive(Default)]
pub(crate) struct Hit {
    /// Seconds since midnight.
    pub(crate) second: u64,
    pub(crate) client: Vec<u8>,
    /// Empty for bytes that are no HTTP, see [`Hit::path`].
    pub(crate) method: &'static str,
    pub(crate) path: Vec<u8>,
    pub(crate) protocol: &'static str,
    pub(crate) status: u16,
    pub(crate) body: u64,
    pub(crate) referer: Vec<u8>,
    pub(crate) agent: String,
    pub(crate) millis: u64,
    pub(crate) upstream: Upstream,
    pub(crate) request_id: u64,
}

/// What a line says of a request in its own format.
pub(crate) struct Seen {
    /// `None` where the format has a spelling of "no status".
    pub(crate) status: Option<u16>,
    /// The latency, milliseconds; see `Truth::request_millis`.
    pub(crate) millis: Option<u64>,
    /// The time that upstreams took, milliseconds.
    pub(crate) upstream: Option<u64>,
}

impl Hit {
    /// Makes it a TLS handshake to a plain port: a request that nginx could not read, answered 400.
    pub(crate) fn make_tls(&mut self) {
        self.method = "";
        self.path.clear();
        self.referer = b"-".to_vec();
        self.agent = "-".into();
        (self.status, self.body) = (400, 150);
        self.upstream = Upstream::None;
        self.millis = 31;
    }

    /// Writes the line with its newline.
    pub(crate) fn write(&self, format: Format, out: &mut Vec<u8>) {
        match format {
            Format::Json => self.write_json(out),
            Format::Ltsv => self.write_ltsv(out),
            Format::Cri => self.write_cri(out),
            Format::Combined | Format::Times | Format::Ingress | Format::Apache => {
                self.write_text(format, out);
            }
            Format::Haproxy => self.write_haproxy(out),
            Format::Alb => self.write_alb(out),
            Format::CloudFront => self.write_cloudfront(out),
            Format::Cloudflare15 => self.write_cloudflare(false, out),
            Format::Cloudflare60 => self.write_cloudflare(true, out),
        }
        out.push(b'\n');
    }

    /// What the line of this format says.
    pub(crate) fn seen(&self, format: Format) -> Seen {
        let plain = Seen {
            status: Some(self.status),
            millis: Some(self.millis),
            upstream: self.upstream.millis(),
        };
        match format {
            Format::Combined => Seen { millis: None, ..plain },
            Format::Haproxy => self.seen_by_haproxy(),
            Format::Alb => self.seen_by_alb(),
            // A viewer that left before there was a response.
            Format::CloudFront if self.status == 499 => Seen { status: None, ..plain },
            _ => plain,
        }
    }

    fn clock(&self) -> (u64, u64, u64) {
        (self.second / 3600, self.second / 60 % 60, self.second % 60)
    }

    /// A number below `limit` that is always the same for the same request and `salt`.
    fn number(&self, salt: u64, limit: u64) -> u64 {
        super::rng::mix(self.request_id ^ salt.rotate_right(8)) % limit
    }

    /// An id of 32 hexadecimal digits.
    fn id(&self) -> (u64, u64) {
        (super::rng::mix(self.request_id), super::rng::mix(!self.request_id))
    }

    /// The port that the client sent from.
    fn client_port(&self) -> u64 {
        1024 + self.number(1, 64_512)
    }

    /// Writes the client's address and port.
    fn write_client(&self, out: &mut Vec<u8>) {
        let is_v6 = self.client.contains(&b':');
        out.extend_from_slice(if is_v6 { b"[" } else { b"" });
        out.extend_from_slice(&self.client);
        out.extend_from_slice(if is_v6 { b"]" } else { b"" });
        put(out, format_args!(":{}", self.client_port()));
    }

    /// The path without its query, and the query without its question mark.
    fn path_and_query(&self) -> (&[u8], Option<&[u8]>) {
        let path = if self.path.is_empty() { b"/" } else { &self.path[..] };
        match path.iter().position(|byte| *byte == b'?') {
            Some(at) => (&path[..at], Some(&path[at + 1..])),
            None => (path, None),
        }
    }

    /// The media type of the response.
    fn content_type(&self) -> &'static str {
        let (path, _) = self.path_and_query();
        let is_file = |name: &str| path.ends_with(name.as_bytes());
        match () {
            () if self.status >= 400 => "text/html",
            () if path.starts_with(b"/api/") => "application/json",
            () if is_file(".js") => "application/javascript",
            () if is_file(".css") => "text/css",
            () if is_file(".webp") => "image/webp",
            () => "text/html; charset=utf-8",
        }
    }
}

/// Seconds with three decimals.
fn put_seconds(out: &mut Vec<u8>, millis: u64) {
    put(out, format_args!("{}.{:03}", millis / 1000, millis % 1000));
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments) {
    out.write_fmt(text).expect("a Vec takes every byte");
}
