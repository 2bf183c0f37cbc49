//! One request as a line of each log format.

use std::io::Write as _;

use super::Format;

/// 2026-03-10, a Tuesday: every corpus is of this day, UTC.
const DAY: &str = "10/Mar/2026";
const DAY_ISO: &str = "2026-03-10";
/// The same day in seconds since 1970.
pub(crate) const DAY_EPOCH: i64 = 1_773_100_800;

/// How many times upstreams were asked, and how long that took.
#[derive(Clone, Copy, Default)]
pub(crate) enum Upstream {
    /// nginx answered itself.
    #[default]
    None,
    /// One attempt, milliseconds.
    One(u64),
    /// The first attempt failed, the second one answered; milliseconds.
    Two(u64, u64),
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

/// A TLS handshake to a plain port, as nginx escapes it in text.
const TLS: &[u8] = br"\x16\x03\x01\x00\xEE\x01\x00\x00\xEA\x03\x03\x8F\xB2`\xD1\x1C\xA7";

/// The same as Apache escapes it.
const APACHE_TLS: &[u8] = br"\x16\x03\x01\x00\xee\x01\x00\x00\xea\x03\x03\x8f\xb2`\xd1\x1c\xa7";

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
            Format::Combined | Format::Times | Format::Ingress | Format::Apache => {
                self.write_text(format, out);
            }
        }
        out.push(b'\n');
    }

    fn write_text(&self, format: Format, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.client);
        let (hour, minute, second) = self.clock();
        put(out, format_args!(" - - [{DAY}:{hour:02}:{minute:02}:{second:02} +0000] \""));
        if self.method.is_empty() {
            out.extend_from_slice(if format == Format::Apache { APACHE_TLS } else { TLS });
        } else {
            put(out, format_args!("{} ", self.method));
            out.extend_from_slice(&self.path);
            put(out, format_args!(" {}", self.protocol));
        }
        match (format, self.body) {
            // Apache's `%b`.
            (Format::Apache, 0) => put(out, format_args!("\" {} - \"", self.status)),
            (_, body) => put(out, format_args!("\" {} {body} \"", self.status)),
        }
        out.extend_from_slice(&self.referer);
        put(out, format_args!("\" \"{}\"", self.agent));
        let (seconds, millis) = (self.millis / 1000, self.millis % 1000);
        match format {
            Format::Times => {
                put(out, format_args!(" {seconds}.{millis:03} "));
                self.write_upstream(out, "-");
            }
            Format::Ingress => {
                put(out, format_args!(" {} {seconds}.{millis:03} [shop-web-80] [] ", 400 + millis));
                self.write_ingress(out);
            }
            Format::Apache => put(out, format_args!(" {}", self.millis * 1000)),
            Format::Combined | Format::Json | Format::Ltsv => {}
        }
    }

    /// `$upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`
    fn write_ingress(&self, out: &mut Vec<u8>) {
        let pod = self.request_id % 4;
        match self.upstream {
            Upstream::None => out.extend_from_slice(b"- - "),
            Upstream::One(_) => put(out, format_args!("10.0.3.{pod}:8080 {} ", self.body)),
            Upstream::Two(..) => {
                let next = (pod + 1) % 4;
                put(out, format_args!("10.0.3.{pod}:8080, 10.0.3.{next}:8080 0, {} ", self.body));
            }
        }
        self.write_upstream(out, "-");
        match self.upstream {
            Upstream::None => out.extend_from_slice(b" -"),
            Upstream::One(_) => put(out, format_args!(" {}", self.status)),
            Upstream::Two(..) => put(out, format_args!(" 502, {}", self.status)),
        }
        let id = (super::rng::mix(self.request_id), super::rng::mix(!self.request_id));
        put(out, format_args!(" {:016x}{:016x}", id.0, id.1));
    }

    fn write_ltsv(&self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        put(out, format_args!("time:{DAY}:{hour:02}:{minute:02}:{second:02} +0000\thost:"));
        out.extend_from_slice(&self.client);
        let method = if self.method.is_empty() { "-" } else { self.method };
        put(out, format_args!("\tmethod:{method}\turi:"));
        out.extend_from_slice(if self.path.is_empty() { b"-" } else { &self.path });
        let protocol = if self.method.is_empty() { "-" } else { self.protocol };
        put(out, format_args!("\tprotocol:{protocol}\tstatus:{}", self.status));
        let (seconds, millis) = (self.millis / 1000, self.millis % 1000);
        put(out, format_args!("\tsize:{}\treqtime:{seconds}.{millis:03}\tapptime:", self.body));
        self.write_upstream(out, "-");
        out.extend_from_slice(b"\treferer:");
        out.extend_from_slice(&self.referer);
        put(out, format_args!("\tua:{}", self.agent));
    }

    fn write_json(&self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        let id = (super::rng::mix(self.request_id), super::rng::mix(!self.request_id));
        put(
            out,
            format_args!(
                "{{\"time_iso8601\":\"{DAY_ISO}T{hour:02}:{minute:02}:{second:02}+00:00\",\
                 \"request_id\":\"{:016x}{:016x}\",\"remote_addr\":\"",
                id.0, id.1
            ),
        );
        out.extend_from_slice(&self.client);
        put(
            out,
            format_args!(
                "\",\"host\":\"shop.example.com\",\"request_method\":\"{}\",\"request_uri\":\"",
                self.method
            ),
        );
        out.extend_from_slice(&self.path);
        put(
            out,
            format_args!(
                "\",\"server_protocol\":\"{}\",\"status\":{},\"body_bytes_sent\":{},\
                 \"request_time\":{}.{:03},\"upstream_response_time\":\"",
                if self.method.is_empty() { "" } else { self.protocol },
                self.status,
                self.body,
                self.millis / 1000,
                self.millis % 1000
            ),
        );
        self.write_upstream(out, "");
        // `escape=json` writes an absent header as an empty string.
        let present = |value: &[u8]| if value == b"-" { Vec::new() } else { value.to_vec() };
        out.extend_from_slice(b"\",\"http_referer\":\"");
        out.extend_from_slice(&present(&self.referer));
        out.extend_from_slice(b"\",\"http_user_agent\":\"");
        out.extend_from_slice(&present(self.agent.as_bytes()));
        out.extend_from_slice(b"\"}");
    }

    fn write_upstream(&self, out: &mut Vec<u8>, none: &str) {
        match self.upstream {
            Upstream::None => put(out, format_args!("{none}")),
            Upstream::One(a) => put(out, format_args!("{}.{:03}", a / 1000, a % 1000)),
            Upstream::Two(a, b) => {
                put(out, format_args!("{}.{:03}, ", a / 1000, a % 1000));
                put(out, format_args!("{}.{:03}", b / 1000, b % 1000));
            }
        }
    }

    fn clock(&self) -> (u64, u64, u64) {
        (self.second / 3600, self.second / 60 % 60, self.second % 60)
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments) {
    out.write_fmt(text).expect("a Vec takes every byte");
}
