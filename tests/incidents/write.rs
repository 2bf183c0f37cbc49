//! A request as a product writes it.

use crate::request::{Attempt, Product, Request};
use crate::site::Site;
use std::fmt::Write as _;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes lines of one product. What is the same for many lines is kept.
pub(crate) struct Writer<'a> {
    site: &'a Site,
    /// The day, in days since 1970 and as (year, month, day).
    day: (i64, (i16, usize, i8)),
}

/// A moment, taken apart.
struct Stamp {
    date: (i16, usize, i8),
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(site: &'a Site) -> Self {
        Self { site, day: (i64::MIN, (0, 0, 0)) }
    }

    fn stamp(&mut self, micros: i64) -> Stamp {
        let seconds = micros.div_euclid(1_000_000);
        let day = seconds.div_euclid(86_400);
        if day != self.day.0 {
            let at = jiff::Timestamp::from_second(day * 86_400).expect("it is in this century");
            let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let month = usize::try_from(date.month() - 1).expect("a month is 1 to 12");
            self.day = (day, (date.year(), month, date.day()));
        }
        let of_day = seconds.rem_euclid(86_400);
        Stamp {
            date: self.day.1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            micro: micros.rem_euclid(1_000_000),
        }
    }

    /// Appends the line, with its end.
    pub(crate) fn line(&mut self, request: &Request, out: &mut String) {
        match self.site.product {
            Product::Combined | Product::Times => self.nginx(request, out),
            Product::Json => self.json(request, out),
            Product::Cloudflare => self.cloudflare(request, out),
            Product::Alb => self.alb(request, out),
            Product::HaProxy => self.haproxy(request, out),
        }
        .expect("a String takes all");
        out.push('\n');
    }

    /// `d/Mon/Y:H:M:S`, in the site's zone.
    fn clf(&mut self, micros: i64) -> String {
        let at = self.stamp(micros + self.site.zone * 1_000_000);
        let (year, month, day) = at.date;
        let month = MONTHS[month];
        format!("{day:02}/{month}/{year}:{:02}:{:02}:{:02}", at.hour, at.minute, at.second)
    }

    fn iso(&mut self, micros: i64) -> String {
        let at = self.stamp(micros);
        let (year, month, day) = at.date;
        let Stamp { hour, minute, second, micro, .. } = at;
        let month = month + 1;
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
    }

    fn offset(&self) -> String {
        let zone = self.site.zone;
        let sign = if zone < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", zone.abs() / 3600, zone.abs() / 60 % 60)
    }

    fn nginx(&mut self, request: &Request, out: &mut String) -> std::fmt::Result {
        let (stamp, offset) = (self.clf(request.end()), self.offset());
        write!(out, "{} - - [{stamp} {offset}] \"", request.client)?;
        if !request.unread {
            write!(out, "{} {} {}", request.method, request.target, request.protocol)?;
        }
        let Request { status, bytes, referer, agent, .. } = request;
        write!(out, "\" {status:03} {bytes} \"{referer}\" \"{agent}\"")?;
        if self.site.product == Product::Times {
            let [connect, header, response] = times(&request.attempts);
            let total = seconds(request.duration);
            write!(out, " rt={total} uct=\"{connect}\" uht=\"{header}\" urt=\"{response}\"")?;
        }
        Ok(())
    }

    fn json(&mut self, request: &Request, out: &mut String) -> std::fmt::Result {
        let at = self.stamp(request.end() + self.site.zone * 1_000_000);
        let (year, month, day) = at.date;
        let mut offset = self.offset();
        offset.insert(3, ':');
        write!(
            out,
            "{{\"time_iso8601\":\"{year}-{:02}-{day:02}T{:02}:{:02}:{:02}{offset}\"",
            month + 1,
            at.hour,
            at.minute,
            at.second
        )?;
        let Request { client, bytes, referer, agent, host, .. } = request;
        let (method, target, protocol) = match request.unread {
            true => ("", "", ""),
            false => (request.method, request.target.as_str(), request.protocol),
        };
        write!(out, ",\"remote_addr\":\"{client}\",\"host\":\"{host}\"")?;
        write!(out, ",\"request_method\":\"{method}\",\"request_uri\":\"{target}\"")?;
        write!(out, ",\"server_protocol\":\"{protocol}\",\"status\":\"{:03}\"", request.status)?;
        write!(out, ",\"body_bytes_sent\":\"{bytes}\"")?;
        write!(out, ",\"request_time\":\"{}\"", seconds(request.duration))?;
        let blank = |text: &'static str| if text == "-" { "" } else { text };
        write!(out, ",\"http_referer\":\"{}\",\"http_user_agent\":\"{agent}\"", blank(referer))?;
        let [connect, header, response] = times(&request.attempts).map(|list| match &*list {
            "-" => String::new(),
            _ => list,
        });
        let peers = list(&request.attempts, |attempt| self.peer(attempt));
        let statuses = list(&request.attempts, |attempt| match attempt.status {
            0 => "-".to_owned(),
            status => status.to_string(),
        });
        let bare = |list: String| if list == "-" { String::new() } else { list };
        write!(out, ",\"upstream_addr\":\"{}\"", bare(peers))?;
        write!(out, ",\"upstream_status\":\"{}\"", bare(statuses))?;
        write!(out, ",\"upstream_connect_time\":\"{connect}\"")?;
        write!(out, ",\"upstream_header_time\":\"{header}\"")?;
        write!(out, ",\"upstream_response_time\":\"{response}\"")?;
        write!(out, ",\"upstream_cache_status\":\"{}\"}}", blank(request.cache))
    }

    fn peer(&self, attempt: &Attempt) -> String {
        attempt.upstream.map_or_else(|| "backend".to_owned(), |at| self.site.upstreams[at].clone())
    }

    fn cloudflare(&mut self, request: &Request, out: &mut String) -> std::fmt::Result {
        let Request { client, host, method, target, bytes, status, .. } = request;
        let (first, answered) = match request.attempts.last() {
            Some(attempt) if attempt.status != 0 => {
                (attempt.header.unwrap_or(request.duration), *status)
            }
            _ => (request.duration, 0),
        };
        let origin = request.attempts.last().map_or("", |attempt| {
            attempt.upstream.map_or("", |at| self.site.upstreams[at].trim_end_matches(":8080"))
        });
        let millis = |micros: i64| micros / 1000;
        let cache = match (request.cache, request.attempts.is_empty()) {
            ("HIT", _) => "hit",
            (_, true) => "unknown",
            _ => "dynamic",
        };
        let blank = |text: &'static str| if text == "-" { "" } else { text };
        write!(out, "{{\"ClientIP\":\"{client}\",\"ClientRequestHost\":\"{host}\"")?;
        write!(out, ",\"ClientRequestMethod\":\"{method}\",\"ClientRequestURI\":\"{target}\"")?;
        write!(out, ",\"ClientRequestProtocol\":\"{}\"", request.protocol)?;
        write!(out, ",\"ClientRequestUserAgent\":\"{}\"", blank(request.agent))?;
        write!(out, ",\"ClientRequestReferer\":\"{}\"", blank(request.referer))?;
        write!(
            out,
            ",\"ClientRequestSource\":\"eyeball\",\"ClientCountry\":\"{}\"",
            request.country
        )?;
        let colo = match request.country {
            "us" | "br" => "IAD",
            "de" | "nl" => "FRA",
            "jp" | "in" => "NRT",
            _ => "LHR",
        };
        write!(out, ",\"EdgeColoCode\":\"{colo}\",\"EdgeEndTimestamp\":{}", request.end() * 1000)?;
        write!(out, ",\"EdgeResponseBytes\":{bytes},\"EdgeResponseStatus\":{status}")?;
        write!(out, ",\"EdgeStartTimestamp\":{}", request.begin * 1000)?;
        write!(out, ",\"EdgeTimeToFirstByteMs\":{}", millis(first) + 3)?;
        write!(out, ",\"RayID\":\"{:016x}\"", request.begin)?;
        write!(out, ",\"CacheCacheStatus\":\"{cache}\",\"OriginResponseStatus\":{answered}")?;
        let origin_time = if request.attempts.is_empty() { 0 } else { millis(first) };
        write!(out, ",\"OriginIP\":\"{origin}\",\"OriginResponseDurationMs\":{origin_time}}}")
    }

    fn alb(&mut self, request: &Request, out: &mut String) -> std::fmt::Result {
        let (end, begin) = (self.iso(request.end()), self.iso(request.begin));
        let kind = if request.protocol == "HTTP/2.0" { "h2" } else { "https" };
        let port = 10_000 + request.begin.rem_euclid(50_000);
        let target = request.attempts.first().map_or_else(|| "-".to_owned(), |a| self.peer(a));
        let times = match (request.cut, request.attempts.first()) {
            (false, _) => format!("0.000 {} 0.000", seconds(request.duration)),
            // The target took it; it never answered.
            (true, Some(attempt)) if attempt.connect.is_some() => "0.001 -1 -1".to_owned(),
            _ => "-1 -1 -1".to_owned(),
        };
        let answered = match (request.cut, request.attempts.first()) {
            (false, Some(attempt)) => attempt.status.to_string(),
            _ => "-".to_owned(),
        };
        let Request {
            client,
            status,
            bytes,
            method,
            target: uri,
            host,
            protocol,
            agent,
            reason,
            ..
        } = request;
        write!(out, "{kind} {end} app/web/50dc6c495c0c9188 {client}:{port} {target} {times}")?;
        write!(
            out,
            " {status} {answered} 120 {bytes} \"{method} https://{host}:443{uri} {protocol}\""
        )?;
        write!(
            out,
            " \"{agent}\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:"
        )?;
        write!(
            out,
            "us-east-2:123456789012:targetgroup/web/73e2d6bc24d8a067 \"Root=1-{:08x}-",
            end.len()
        )?;
        write!(
            out,
            "{:024x}\" \"{host}\" \"session-reused\" 1 {begin} \"forward\" \"-\"",
            request.begin
        )?;
        write!(out, " \"{reason}\" \"{target}\" \"{answered}\" \"-\" \"-\"")
    }

    fn haproxy(&mut self, request: &Request, out: &mut String) -> std::fmt::Result {
        let at = self.clf(request.begin);
        let milli = request.begin.rem_euclid(1_000_000) / 1000;
        let port = 10_000 + request.begin.rem_euclid(50_000);
        let server = match request.attempts.first().and_then(|attempt| attempt.upstream) {
            _ if request.unread => "www/<NOSRV>".to_owned(),
            Some(at) => format!("web/s{}", at + 1),
            None => "web/<NOSRV>".to_owned(),
        };
        let total = request.duration / 1000;
        let timers = match request.attempts.first() {
            Some(Attempt { connect: Some(connect), header: Some(header), .. }) => {
                format!("0/0/{}/{}/{total}", connect / 1000, header / 1000)
            }
            Some(Attempt { connect: Some(connect), .. }) => {
                format!("0/0/{}/-1/{total}", connect / 1000)
            }
            Some(_) => format!("0/0/-1/-1/{total}"),
            None if request.unread => format!("-1/-1/-1/-1/{total}"),
            None if request.state == "sQ--" => format!("0/{total}/-1/-1/{total}"),
            None => format!("0/-1/-1/-1/{total}"),
        };
        let Request { client, status, bytes, state, method, target, protocol, .. } = request;
        write!(out, "{client}:{port} [{at}.{milli:03}] www~ {server} {timers} {status} {bytes}")?;
        write!(out, " - - {state} 42/40/3/1/0 0/0 ")?;
        match request.unread {
            true => out.push_str("\"<BADREQ>\""),
            false => write!(out, "\"{method} {target} {protocol}\"")?,
        }
        Ok(())
    }
}

/// Seconds with three decimals, as nginx and ALB write them.
fn seconds(micros: i64) -> String {
    format!("{}.{:03}", micros / 1_000_000, micros / 1000 % 1000)
}

/// nginx's list of a value of each attempt.
fn list(attempts: &[Attempt], value: impl Fn(&Attempt) -> String) -> String {
    if attempts.is_empty() {
        return "-".to_owned();
    }
    attempts.iter().map(value).collect::<Vec<_>>().join(", ")
}

/// Connect, header and response time.
fn times(attempts: &[Attempt]) -> [String; 3] {
    let or_dash = |time: Option<i64>| time.map_or_else(|| "-".to_owned(), seconds);
    [
        list(attempts, |attempt| or_dash(attempt.connect)),
        list(attempts, |attempt| or_dash(attempt.header)),
        list(attempts, |attempt| seconds(attempt.response)),
    ]
}
