//! The text formats of web servers, one word after the other, and LTSV.

use super::{DAY, DAY_ISO, Format, Hit, Upstream, put, put_seconds};

/// A TLS handshake to a plain port, as nginx escapes it in text.
const TLS: &[u8] = br"\x16\x03\x01\x00\xEE\x01\x00\x00\xEA\x03\x03\x8F\xB2`\xD1\x1C\xA7";

/// The same as Apache escapes it.
const APACHE_TLS: &[u8] = br"\x16\x03\x01\x00\xee\x01\x00\x00\xea\x03\x03\x8f\xb2`\xd1\x1c\xa7";

impl Hit {
    pub(super) fn write_text(&self, format: Format, out: &mut Vec<u8>) {
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
        match format {
            Format::Times => {
                out.push(b' ');
                put_seconds(out, self.millis);
                out.push(b' ');
                self.write_upstream(out, "-");
            }
            Format::Ingress => {
                put(out, format_args!(" {} ", 400 + self.millis % 1000));
                put_seconds(out, self.millis);
                out.extend_from_slice(b" [shop-web-80] [] ");
                self.write_ingress(out);
            }
            Format::Apache => put(out, format_args!(" {}", self.millis * 1000)),
            _ => {}
        }
    }

    /// A line of `Format::Times` as a Kubernetes node keeps it.
    pub(super) fn write_cri(&self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        let nanos = self.number(2, 1_000_000_000);
        let clock = format_args!("{hour:02}:{minute:02}:{second:02}.{nanos:09}");
        put(out, format_args!("{DAY_ISO}T{clock}Z stdout F "));
        self.write_text(Format::Times, out);
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
        let id = self.id();
        put(out, format_args!(" {:016x}{:016x}", id.0, id.1));
    }

    pub(super) fn write_ltsv(&self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        put(out, format_args!("time:{DAY}:{hour:02}:{minute:02}:{second:02} +0000\thost:"));
        out.extend_from_slice(&self.client);
        let method = if self.method.is_empty() { "-" } else { self.method };
        put(out, format_args!("\tmethod:{method}\turi:"));
        out.extend_from_slice(if self.path.is_empty() { b"-" } else { &self.path });
        let protocol = if self.method.is_empty() { "-" } else { self.protocol };
        put(out, format_args!("\tprotocol:{protocol}\tstatus:{}", self.status));
        put(out, format_args!("\tsize:{}\treqtime:", self.body));
        put_seconds(out, self.millis);
        out.extend_from_slice(b"\tapptime:");
        self.write_upstream(out, "-");
        out.extend_from_slice(b"\treferer:");
        out.extend_from_slice(&self.referer);
        put(out, format_args!("\tua:{}", self.agent));
    }

    /// The times of all upstream attempts, as nginx writes them.
    pub(super) fn write_upstream(&self, out: &mut Vec<u8>, none: &str) {
        match self.upstream {
            Upstream::None => put(out, format_args!("{none}")),
            Upstream::One(a) => put_seconds(out, a),
            Upstream::Two(a, b) => {
                put_seconds(out, a);
                out.extend_from_slice(b", ");
                put_seconds(out, b);
            }
        }
    }
}
