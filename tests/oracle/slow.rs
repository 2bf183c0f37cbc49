//! A slow reader of access logs: one regular expression a format, exact counts, sorted lists.
//!
//! It is written from the servers' documentation and source (nginx `ngx_http_log_module.c`,
//! `ngx_http_upstream.c`; httpd `mod_log_config.c`; the log-format page of ingress-nginx), not
//! from the program, so that what both agree on is right twice.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use regex::bytes::{Captures, Regex};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A format that the oracle reads, and the field of it that is the latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Combined,
    Main,
    Times,
    TimesByUpstream,
    Ingress,
    ApacheCommon,
    ApacheCombined,
    ApacheMicroseconds,
    Vhost,
    VhostMicroseconds,
}

impl Format {
    pub(crate) const ALL: [Self; 10] = [
        Self::Combined,
        Self::Main,
        Self::Times,
        Self::TimesByUpstream,
        Self::Ingress,
        Self::ApacheCommon,
        Self::ApacheCombined,
        Self::ApacheMicroseconds,
        Self::Vhost,
        Self::VhostMicroseconds,
    ];

    /// The program's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Combined => "nginx-combined",
            Self::Main => "nginx-main",
            Self::Times | Self::TimesByUpstream => "nginx-combined-times",
            Self::Ingress => "ingress-nginx",
            Self::ApacheCommon => "apache-common",
            Self::ApacheCombined => "apache-combined",
            Self::ApacheMicroseconds => "apache-combined-us",
            Self::Vhost => "apache-vhost-combined",
            Self::VhostMicroseconds => "apache-vhost-combined-us",
        }
    }

    /// The latency to ask for.
    pub(crate) fn latency(self) -> Option<&'static str> {
        (self == Self::TimesByUpstream).then_some("upstream_response_time")
    }

    pub(crate) fn is_nginx(self) -> bool {
        matches!(
            self,
            Self::Combined | Self::Main | Self::Times | Self::TimesByUpstream | Self::Ingress
        )
    }

    /// Quotes that stand in every line.
    fn quotes(self) -> usize {
        match self {
            Self::ApacheCommon => 2,
            Self::Main => 8,
            _ => 6,
        }
    }

    /// The pattern of a whole line, with those of quoted text, of lists (times, texts, statuses) and
    /// of names in brackets. `lenient`: the last quote and numbers may be absent.
    fn pattern(self, quoted: &str, list: [&str; 4], lenient: bool) -> String {
        let time = r"\[([0-9]{2}/[A-Za-z]{3}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4})\]";
        let status = "([1-9][0-9][0-9]|000|009|0|-1|-|EMPTY)";
        let head = match self {
            _ if self.is_nginx() => "(?P<client>[^ ]*) - (?P<user>.*?) ".to_owned(),
            Self::Vhost | Self::VhostMicroseconds => {
                "(?P<host>[^:]*(?::[^ ]*)?):(?:[0-9]+|-|EMPTY) (?P<client>[^ ]*) [^ .:]* (?P<user>.*?) "
                    .to_owned()
            }
            _ => "(?P<client>[^ ]*) [^ .:]* (?P<user>.*?) ".to_owned(),
        };
        let time = time.replacen('(', "(?P<time>", 1);
        let status = status.replacen('(', "(?P<status>", 1);
        let mut line =
            format!("{head}{time} \"(?P<request>{quoted})\" {status} (?P<bytes>[0-9]+|-|EMPTY)");
        if self != Self::ApacheCommon {
            line += &format!(" \"(?P<referer>{quoted})\" \"(?P<agent>{quoted})\"");
        }
        let seconds = r"(?P<time_taken>-?[0-9]+\.[0-9]{3})";
        let [times, texts, statuses, name] = list;
        line += &match self {
            Self::Main => format!(" \"{quoted}\""),
            Self::Times | Self::TimesByUpstream => {
                format!(" {seconds} (?P<up_times>{times})")
            }
            Self::Ingress => format!(
                r" (?:[0-9]+|-|EMPTY) {seconds} \[{name}\] \[{name}\] (?P<up_addr>{texts}) {texts} (?P<up_times>{times}) (?P<up_status>{statuses}) .*"
            ),
            Self::ApacheMicroseconds | Self::VhostMicroseconds => {
                " (?P<time_taken>-?[0-9]+|-|EMPTY)".into()
            }
            _ => String::new(),
        };
        let mut line = line.replace("EMPTY", if lenient { "" } else { "-" });
        if lenient && line.ends_with('"') {
            line.push('?');
        }
        // Some servers end their lines with a space.
        format!("(?s-u)^{line} *$")
    }

    fn regexes(self) -> &'static [Regex; 2] {
        static REGEXES: OnceLock<Vec<[Regex; 2]>> = OnceLock::new();
        let all = REGEXES.get_or_init(|| {
            let compile = |pattern: String| Regex::new(&pattern).expect("the pattern is right");
            let list = |item: &str| format!("(?:{item}(?:(?:, | : ){item})*)");
            let times = list(r"(?:-|[0-9]+\.[0-9]{3})");
            let texts = list("[^ ,]+");
            let statuses = "(?:(?:[^ ,]+(?:, | : ))*(?:[1-9][0-9][0-9]|000|009|0|-1|-))";
            let pair = |format: &Self| {
                let strict = format.pattern(
                    r#"(?:[^"\\]|\\.)*"#,
                    [&times, &texts, statuses, r"[^\]]*"],
                    false,
                );
                [compile(strict), compile(format.pattern(".*", [".*"; 4], true))]
            };
            Self::ALL.iter().map(pair).collect()
        });
        &all[self as usize]
    }
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    Request(Box<Request>),
    Skip(&'static str),
    TooLong,
    Bad,
}

/// One request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Request {
    /// Seconds since 1970.
    second: i64,
    /// The code, or the spelling of none.
    status: String,
    request: Vec<u8>,
    bytes: Option<u64>,
    latency: Option<u64>,
    client: Option<Vec<u8>>,
    host: Option<Vec<u8>>,
    referer: Option<Vec<u8>>,
    agent: Option<Vec<u8>>,
    attempts: u64,
    upstream_micros: Option<u64>,
    /// Address, time and failure of each upstream attempt, as far as the line says.
    tries: Vec<(Option<Vec<u8>>, Option<u64>, bool)>,
}

/// The class of a status.
fn class(status: &str) -> &'static str {
    match status.as_bytes() {
        [b'1', _, _] => "1xx",
        [b'2', _, _] => "2xx",
        [b'3', _, _] => "3xx",
        [b'4', _, _] => "4xx",
        [b'5', _, _] => "5xx",
        [b'6'..=b'9', _, _] => "other",
        _ => "none",
    }
}

/// Seconds since 1970 of a time in the common log format.
pub(crate) fn second(time: &str) -> Option<i64> {
    let months =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = time[3..6].to_lowercase();
    let month = months.iter().position(|month| *month == name)? as i8 + 1;
    let number = |at: usize, length: usize| time[at..at + length].parse::<i16>().ok();
    let leap = number(18, 2)? == 60;
    let local = DateTime::new(
        number(7, 4)?,
        month,
        number(0, 2)? as i8,
        number(12, 2)? as i8,
        number(15, 2)? as i8,
        if leap { 59 } else { number(18, 2)? as i8 },
        0,
    );
    let (hours, minutes) = (number(22, 2)?, number(24, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let offset = Offset::from_seconds(if time.as_bytes()[21] == b'-' { -offset } else { offset });
    let stamp = offset.ok()?.to_timestamp(local.ok()?).ok()?;
    let second = stamp.as_second() + i64::from(leap);
    // Of the years 1970 to 2199, as a log is.
    (0..7_258_118_400).contains(&second).then_some(second)
}

/// A decimal number times a power of ten, if it fits 64 bits.
fn scaled(text: &str, scale: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u128 = whole.parse().ok()?;
    let digits = format!("{fraction:0<width$}", width = scale as usize);
    let fraction: u128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    u64::try_from(whole.checked_mul(10u128.pow(scale))? + fraction).ok()
}

fn present(value: &[u8]) -> Option<Vec<u8>> {
    (!value.is_empty() && value != b"-").then(|| value.to_vec())
}

/// The attempts of a list, in order.
fn attempts(list: &str) -> Vec<&str> {
    if list.is_empty() || list == "-" {
        return Vec::new();
    }
    list.split(" : ").flat_map(|group| group.split(", ")).collect()
}

/// Reads the columns of a line that has the shape of the format.
fn request(format: Format, found: &Captures<'_>) -> Option<Request> {
    let bytes = |name: &str| found.name(name).map(|value| value.as_bytes());
    let text = |name: &str| bytes(name).map(|value| String::from_utf8_lossy(value).into_owned());
    let size = match text("bytes")?.as_str() {
        "" => None,
        // Apache writes an empty body as a dash.
        "-" => Some(0),
        digits => Some(digits.parse().ok()?),
    };
    let status = match text("status")?.as_str() {
        "0" => "000".to_owned(),
        "" => "empty".to_owned(),
        other => other.to_owned(),
    };
    let mut request = Request {
        second: second(&text("time")?)?,
        status,
        request: bytes("request")?.to_vec(),
        bytes: size,
        client: present(bytes("client")?),
        host: bytes("host").and_then(present),
        referer: bytes("referer").and_then(present),
        agent: bytes("agent").and_then(present),
        ..Request::default()
    };
    if let Some(taken) = text("time_taken") {
        let scale = if format.is_nginx() { 6 } else { 0 };
        request.latency = match taken.strip_prefix('-') {
            _ if taken.is_empty() || taken == "-" => None,
            // A clock that was set back: no latency.
            Some(positive) => {
                scaled(positive, scale)?;
                None
            }
            None => Some(scaled(&taken, scale)?),
        };
    }
    if let Some(times) = text("up_times") {
        let items = attempts(&times);
        request.attempts = items.len() as u64;
        let mut sum: Option<u128> = None;
        for item in items.into_iter().filter(|item| *item != "-") {
            sum = Some(sum.unwrap_or(0) + u128::from(scaled(item, 6)?));
        }
        request.upstream_micros = sum.map(u64::try_from).transpose().ok()?;
    }
    if let Some(addresses) = bytes("up_addr") {
        // An address is any text; it is split like the numbers.
        let addresses = latin(addresses);
        let items = attempts(&addresses);
        request.attempts = request.attempts.max(items.len() as u64);
        let failed = |status: &str| {
            let digits = status.bytes().all(|byte| byte.is_ascii_digit());
            status.len() == 3 && digits && status.as_bytes()[0] >= b'5'
        };
        let statuses = text("up_status").unwrap_or_default();
        let statuses = attempts(&statuses);
        if let [only] = items[..] {
            let last = statuses.last().is_some_and(|status| failed(status));
            request.tries.push((present(&unlatin(only)), request.upstream_micros, last));
        } else {
            // Of one value beside several addresses nobody knows whose it is; nginx writes as many.
            let of_each = |list: &[&str]| if list.len() > 1 { list.len() } else { 0 };
            let times = text("up_times").unwrap_or_default();
            let times = attempts(&times);
            let (times, statuses) = (&times[..of_each(&times)], &statuses[..of_each(&statuses)]);
            for (at, address) in items.iter().enumerate() {
                let time = times.get(at).and_then(|time| scaled(time, 6));
                let failed = statuses.get(at).is_some_and(|status| failed(status));
                request.tries.push((present(&unlatin(address)), time, failed));
            }
        }
    }
    if let Some(statuses) = bytes("up_status") {
        request.attempts = request.attempts.max(attempts(&latin(statuses)).len() as u64);
    }
    if format == Format::TimesByUpstream {
        request.latency = request.upstream_micros;
    }
    Some(request)
}

/// Bytes as the characters of the same number, and back.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn unlatin(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

/// Reads one line, without its line end. `None`: only leniency could tell what it is, and that is
/// not what this oracle is for.
pub(crate) fn line(format: Format, line: &[u8]) -> Option<Line> {
    let [strict, lenient] = format.regexes();
    if let Some(found) = strict.captures(line) {
        // What stands before the user's name may be columns that the format does not have.
        let user = &found["user"];
        if user.ends_with(b" -") || memchr::memmem::find(user, b" - ").is_some() {
            return None;
        }
        // Two requests in one line.
        static TIME: OnceLock<Regex> = OnceLock::new();
        let time = TIME.get_or_init(|| {
            Regex::new(r"(?s-u)^(?:.* )?\[[0-9]{2}/[A-Za-z]{3}/").expect("the pattern is right")
        });
        if time.is_match(user) {
            return None;
        }
        // A list that could go on: `200 : x` is a list of two, or one and a word.
        let goes_on = |name: &str| {
            found.name(name).is_some_and(|list| line[list.end()..].starts_with(b" : "))
        };
        if ["up_times", "up_addr", "up_status"].into_iter().any(goes_on) {
            return None;
        }
        return match request(format, &found) {
            Some(request) => Some(Line::Request(Box::new(request))),
            None if memchr::memchr_iter(b'"', line).count() == format.quotes() => Some(Line::Bad),
            None => None,
        };
    }
    if lenient.is_match(line) {
        return None;
    }
    let text = line.trim_ascii();
    if text.iter().all(|byte| *byte == 0) {
        return Some(Line::Skip("blank"));
    }
    if text.starts_with(b"#") {
        return Some(Line::Skip("comment"));
    }
    static ERRORS: OnceLock<Regex> = OnceLock::new();
    let errors = ERRORS.get_or_init(|| {
        Regex::new(
            r"(?s-u)^(?:[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8} \[|\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z]|[IWEF][0-9]{4} [0-9]{2}:)",
        )
        .expect("the pattern is right")
    });
    Some(if errors.is_match(text) { Line::Skip("error_log") } else { Line::Bad })
}

/// A key's requests, and those with 4xx, 5xx, and its bytes.
pub(crate) type Row = [u64; 4];

/// What is in a log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) lines: u64,
    pub(crate) requests: u64,
    pub(crate) rejected: u64,
    pub(crate) too_long: u64,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    pub(crate) statuses: BTreeMap<String, u64>,
    pub(crate) classes: BTreeMap<&'static str, u64>,
    pub(crate) methods: BTreeMap<String, u64>,
    pub(crate) protocols: BTreeMap<String, u64>,
    pub(crate) bytes: u128,
    pub(crate) bytes_measured: u64,
    pub(crate) without_request: u64,
    pub(crate) retried: u64,
    pub(crate) seconds: BTreeMap<i64, Row>,
    /// Latencies by class, sorted.
    pub(crate) latencies: BTreeMap<&'static str, Vec<u64>>,
    pub(crate) missing: u64,
    pub(crate) upgrade: u64,
    pub(crate) connect: u64,
    pub(crate) censored: u64,
    pub(crate) clients: BTreeMap<Vec<u8>, Row>,
    pub(crate) hosts: BTreeMap<Vec<u8>, Row>,
    pub(crate) agents: BTreeMap<Vec<u8>, Row>,
    /// Only those of targets without a digit.
    pub(crate) routes: BTreeMap<Vec<u8>, Row>,
    /// By address: the row of the requests that ended there, and of the attempts the number, the
    /// failures and the sorted times.
    pub(crate) upstreams: BTreeMap<Vec<u8>, (Row, u64, u64, Vec<u64>)>,
}

/// Methods that have a name in reports.
const METHODS: [&str; 16] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
];
const PROTOCOLS: [&str; 8] =
    ["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0", "HTTP/2", "HTTP/3", "HTTP/0.9", "HTTP/1.2"];

/// Method, target and protocol of a request line.
fn split(line: &[u8]) -> Option<(String, Vec<u8>, Option<String>)> {
    static LINE: OnceLock<Regex> = OnceLock::new();
    let pattern = LINE.get_or_init(|| {
        Regex::new("(?s-u)^([A-Za-z0-9_-]{1,32}) (?:(.*) (HTTP/[^ ]*)|(.*))$")
            .expect("the pattern is right")
    });
    let found = pattern.captures(line)?;
    let text = |at: usize| found.get(at).map(|text| text.as_bytes().to_vec());
    let target = text(2).or(text(4)).unwrap_or_default();
    Some((latin(&found[1]), target, text(3).map(|protocol| latin(&protocol))))
}

/// The path of a target, and whether a digit in it could make it another route.
fn path(target: &[u8]) -> Vec<u8> {
    static ABSOLUTE: OnceLock<Regex> = OnceLock::new();
    let absolute = ABSOLUTE.get_or_init(|| {
        Regex::new("(?s-u)^(?:|[^/].{0,4}?)://[^/?#]*(.*)$").expect("the pattern is right")
    });
    let mut path = target.to_vec();
    if let Some(found) = absolute.captures(target) {
        path = if found[1].starts_with(b"/") { found[1].to_vec() } else { b"/".to_vec() };
    }
    let end = path.iter().position(|byte| b"?#;".contains(byte)).unwrap_or(path.len());
    path.truncate(end.min(256));
    path
}

impl Counts {
    fn add(&mut self, request: Request) {
        self.requests += 1;
        *self.statuses.entry(request.status.clone()).or_default() += 1;
        let class = class(&request.status);
        *self.classes.entry(class).or_default() += 1;
        let bytes = request.bytes.unwrap_or(0);
        let one = [1, u64::from(class == "4xx"), u64::from(class == "5xx"), bytes];
        let add = |row: &mut Row| {
            row.iter_mut().zip(one).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        };
        self.bytes += u128::from(bytes);
        self.bytes_measured += u64::from(request.bytes.is_some());
        add(self.seconds.entry(request.second).or_default());
        let mut method = String::new();
        match split(&request.request) {
            None => self.without_request += 1,
            Some((name, target, protocol)) => {
                let known = |list: &[&str], name: &str, other: &str| {
                    if list.contains(&name) { name.to_owned() } else { other.to_owned() }
                };
                *self.methods.entry(known(&METHODS, &name, "_OTHER")).or_default() += 1;
                if let Some(protocol) = protocol {
                    let protocol = known(&PROTOCOLS, &protocol, "other");
                    *self.protocols.entry(protocol).or_default() += 1;
                }
                let path = path(&target);
                if present(&target).is_some() && !path.iter().any(u8::is_ascii_digit) {
                    add(self.routes.entry(path).or_default());
                }
                method = name;
            }
        }
        self.retried += u64::from(request.attempts > 1);
        match request.latency {
            None => self.missing += 1,
            // A connection that became a tunnel lives as long as it likes.
            Some(_) if request.status == "101" => self.upgrade += 1,
            Some(_) if method == "CONNECT" => self.connect += 1,
            Some(latency) => {
                self.latencies.entry(class).or_default().push(latency);
                self.censored +=
                    u64::from(["408", "499", "504"].contains(&request.status.as_str()));
            }
        }
        for (map, key) in [
            (&mut self.clients, request.client),
            (&mut self.hosts, request.host),
            (&mut self.agents, request.agent),
        ] {
            if let Some(mut key) = key {
                key.truncate(512);
                add(map.entry(key).or_default());
            }
        }
        let last = request.tries.len().saturating_sub(1);
        for (at, (address, time, failed)) in request.tries.into_iter().enumerate() {
            let Some(mut address) = address else { continue };
            address.truncate(512);
            let (row, attempts, failures, times) = self.upstreams.entry(address).or_default();
            if at == last {
                add(row);
            }
            *attempts += 1;
            *failures += u64::from(failed);
            times.extend(time);
        }
    }
}

/// Reads a whole log. `None` when a line is only for a lenient reader.
pub(crate) fn read(format: Format, text: &[u8], max_line: usize) -> Option<Counts> {
    let mut counts = Counts::default();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    // What follows the last newline is a line only if there is something in it.
    lines.pop_if(|last| last.iter().all(|byte| *byte == 0));
    for raw in lines {
        let start = raw.iter().position(|byte| *byte != 0).unwrap_or(raw.len());
        let bare = &raw[start..];
        let too_long = bare.len() > max_line;
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        counts.lines += 1;
        let read = if too_long { Line::TooLong } else { line(format, bare)? };
        match read {
            Line::Request(request) => counts.add(*request),
            Line::Skip(kind) => *counts.skipped.entry(kind).or_default() += 1,
            Line::TooLong => {
                counts.too_long += 1;
                counts.rejected += 1;
            }
            Line::Bad => counts.rejected += 1,
        }
    }
    counts.latencies.values_mut().for_each(|list| list.sort_unstable());
    counts.upstreams.values_mut().for_each(|(.., list)| list.sort_unstable());
    Some(counts)
}

/// The value at `per_mille` of a sorted list, by the nearest rank.
pub(crate) fn quantile(sorted: &[u64], per_mille: usize) -> u64 {
    let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
    sorted[rank - 1]
}
