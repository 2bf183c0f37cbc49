//! Which format a log is in, from a sample of its lines.
//!
//! Every candidate reads the sample **strictly**; the one that explains most columns of most lines
//! wins. When two that are equally good disagree on status, time or latency of a line, nothing is
//! guessed: [`Undetected::Ambiguous`] carries both readings and the flags that settle it.

use super::{
    Dialect, FORMATS, Format, Latency, Line, Parser, Scratch, Shape, TimeMeaning,
    field::{Field, TimeShape, Unit, present},
    json, ltsv,
    marks::Quotes,
    nginx, shape, skip,
    template::Template,
};
use crate::format::{apache, keyed};
use crate::record::{Record, Status};
use crate::suggest::did_you_mean;
use std::collections::BTreeMap;

/// How a source is read, and how sure that is.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Reads its lines.
    pub parser: Parser,
    /// What the format is called: the name of an entry, or what was given.
    pub name: String,
    /// The format as the server's own string, or its keys.
    pub string: String,
    /// Whether it was found by looking at a sample.
    pub detected: bool,
    /// Lines of the sample that the parser reads.
    pub read: u64,
    /// Lines of the sample that could be requests.
    pub sampled: u64,
    /// The field that the time is read from.
    pub time_field: Option<String>,
    /// What that time means.
    pub time_meaning: TimeMeaning,
    /// The field that the latency is read from, and its unit in the log.
    pub latency: Option<(String, &'static str)>,
    /// A column or key that looks like a latency and is not read, and the flag that settles it.
    pub unread_latency: Option<String>,
    /// UTC offsets in the sample, or what was assumed.
    pub zone: Option<String>,
    /// What is doubtful.
    pub notes: Vec<String>,
}

/// Why no format was found.
#[derive(Clone, Debug)]
pub enum Undetected {
    /// The sample has no lines that could be requests.
    Empty,
    /// No format reads enough of the sample.
    Unknown(Vec<Candidate>),
    /// The lines would be read as this format if a prefix, of which this is one, were not there.
    Prefixed(&'static str, Vec<u8>),
    /// Lines of this kind (JSON, LTSV) without a key that is known to hold the status.
    NoStatus(&'static str),
    /// Formats that are equally good read different things.
    Ambiguous(Ambiguity),
}

/// A format and how much of a sample it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Name of the format.
    pub name: String,
    /// Lines that it reads strictly.
    pub read: u64,
    /// Lines that could be requests.
    pub sampled: u64,
    /// Columns that it explains.
    pub columns: usize,
}

/// One line that equally good formats read differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    /// The line.
    pub line: Vec<u8>,
    /// Name of each format and what it reads in that line.
    pub readings: Vec<(String, String)>,
}

/// A candidate must read this share of the lines that could be requests.
const ENOUGH: f64 = 0.6;
/// Candidates within this share of the best one are as good as it.
const AS_GOOD: f64 = 0.02;
/// Latencies that differ by less are the same reading: `$upstream_response_time` ends a little
/// before `$request_time`.
const SAME_MICROS: u64 = 5_000;
/// A 99th percentile of a day means that the unit is another.
const LONGEST_MICROS: u64 = 86_400_000_000;

/// A text format and what it reads of the sample.
struct Attempt<'a> {
    format: &'static Format,
    template: Template,
    records: Vec<Option<Record<'a>>>,
}

impl Attempt<'_> {
    fn read(&self) -> u64 {
        self.records.iter().flatten().count() as u64
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            name: self.format.name.into(),
            read: self.read(),
            sampled: self.records.len() as u64,
            columns: self.template.columns(),
        }
    }

    /// Whether the latencies can be what the format says they are.
    fn has_plausible_latencies(&self) -> bool {
        let mut latencies: Vec<u64> =
            self.records.iter().flatten().filter_map(|record| record.duration).collect();
        latencies.sort_unstable();
        let high = latencies.get((latencies.len() * 99).div_ceil(100).saturating_sub(1));
        // A request takes at least as long as its upstreams; their clocks differ a little.
        let both: Vec<_> = self
            .records
            .iter()
            .flatten()
            .filter_map(|record| Some((record.duration?, record.upstream.duration?)))
            .collect();
        let reversed =
            both.iter().filter(|(own, up)| own.saturating_add(SAME_MICROS) < *up).count();
        high.is_none_or(|high| *high < LONGEST_MICROS) && reversed * 20 <= both.len()
    }

    /// Whether the other values can be: quoted text is not X-Forwarded-For for that alone, two numbers are not %I and %O, and an
    /// address in front is a client that was forwarded for, not a virtual host. Strangers write
    /// some of these values, so a tenth may be anything.
    fn has_plausible_values(&self, lines: &[&[u8]]) -> bool {
        let names = || self.template.names();
        let forwarded = names().find(|(_, field)| *field == Field::Addresses);
        let has_sizes =
            names().any(|(name, _)| name == "%O") && names().any(|(name, _)| name == "%b");
        // With a port it is a virtual host, whatever its name.
        let has_host = names().take(2).map(|(_, field)| field).eq([Field::Host, Field::Client]);
        if forwarded.is_none() && !has_sizes && !has_host {
            return true;
        }
        let read: Vec<_> =
            lines.iter().zip(&self.records).filter(|(_, read)| read.is_some()).collect();
        let odd = read.iter().filter(|(line, record)| {
            let values = self.template.explain(line);
            let value = |wanted: &str| {
                values.iter().find(|(name, _)| *name == wanted).map_or(&b""[..], |(_, value)| value)
            };
            let size = |name| crate::time::integer(value(name)).unwrap_or(0);
            let host = record.as_ref().and_then(|record| record.host).unwrap_or(b"-");
            forwarded.is_some_and(|(name, _)| !is_address_list(value(name)))
                || has_sizes && size("%O") < size("%b")
                || has_host && is_address_list(host) && present(host).is_some()
        });
        odd.count() * 10 <= read.len()
    }
}

/// Whether a text is a list of IP addresses, perhaps with ports, or says that there is none.
pub(super) fn is_address_list(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    text.split(',').map(str::trim).all(|item| {
        let bare = item.strip_prefix('[').and_then(|item| item.split(']').next());
        let without_port = item.rsplit_once(':').map_or(item, |(address, _)| address);
        let address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
        matches!(item, "" | "-" | "unknown" | "unix:")
            || bare.is_some_and(address)
            || address(item)
            || address(without_port)
    })
}

/// Detects the format of a sample. `latency` is the user's choice of the latency field.
///
/// Errors with what was tried when nothing reads the sample, or when two readings are as good.
pub fn detect(lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, Undetected> {
    let lines = requests(lines);
    if lines.is_empty() {
        return Err(Undetected::Empty);
    }
    if let Some(format) = keyed_format(&lines) {
        let shape = format.shape(&lines, latency).map_err(|_| Undetected::Unknown(Vec::new()))?;
        let keys = mapping(&shape).map_or(&[][..], |mapping| &mapping.keys);
        if !keys.iter().any(|key| key.field == Field::Status) {
            return Err(Undetected::NoStatus(format.label));
        }
        return Ok(Draft::new(format.label, format.dialect, shape).reading(&lines));
    }
    let attempts = attempts(&lines, latency);
    let (attempts, refuted): (Vec<_>, Vec<_>) =
        attempts.into_iter().partition(|attempt| attempt.has_plausible_values(&lines));
    let best = best(&attempts, lines.len());
    if best.is_empty() {
        return with_unknown_tail(&lines).ok_or_else(|| {
            if let Some((name, prefix)) = prefix(lines[0], &attempts) {
                return Undetected::Prefixed(name, prefix);
            }
            let all = attempts.iter().chain(&refuted);
            let mut candidates: Vec<_> = all.map(Attempt::candidate).collect();
            candidates.retain(|candidate| candidate.read > 0);
            candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.read));
            Undetected::Unknown(candidates)
        });
    }
    let plausible: Vec<_> =
        best.iter().copied().filter(|found| found.has_plausible_latencies()).collect();
    let doubtful = plausible.is_empty();
    let found = if doubtful { best } else { plausible };
    if let Some(ambiguity) = disagreement(&found, &lines) {
        return Err(Undetected::Ambiguous(ambiguity));
    }
    let mut draft = agreed(&found, &lines);
    if doubtful {
        draft.notes.insert(
            0,
            "the latencies cannot all be what the format says (longer than a day, or shorter than \
             those of their upstreams): they may be wrong"
                .into(),
        );
    }
    Ok(draft.reading(&lines))
}

/// What stands before the part of a line that a format reads: the words that syslog, container
/// runtimes and shippers put there.
fn prefix(line: &[u8], attempts: &[Attempt<'_>]) -> Option<(&'static str, Vec<u8>)> {
    /// Prefixes are shorter.
    const LONGEST: usize = 200;
    let ends = memchr::memchr_iter(b' ', &line[..line.len().min(LONGEST)]);
    // The last word of a prefix can pass for a virtual host.
    let plain = || attempts.iter().filter(|found| !found.format.label.starts_with("vhost"));
    ends.into_iter().find_map(|end| {
        let read = |found: &&Attempt<'_>| found.template.record(&line[end + 1..]).is_ok();
        let best = plain().filter(read).max_by_key(|found| found.template.columns())?;
        Some((best.format.name, line[..end].to_vec()))
    })
}

/// The lines of a sample that could be requests.
fn requests<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    lines.iter().copied().filter(|line| skip(line).is_none()).collect()
}

/// JSON or LTSV, when most lines are.
fn keyed_format(lines: &[&[u8]]) -> Option<&'static Format> {
    let enough = |count: usize| count as f64 >= ENOUGH * lines.len() as f64;
    // One label is hardly a sign: any word with a colon is one.
    let labeled = |line: &&&[u8]| ltsv::fields(line).is_ok_and(|fields| fields.len() >= 3);
    let dialect = if enough(lines.iter().filter(|line| json::fields(line).is_ok()).count()) {
        Dialect::Json
    } else if enough(lines.iter().filter(labeled).count()) {
        Dialect::Ltsv
    } else {
        return None;
    };
    FORMATS.iter().find(|format| format.dialect == dialect)
}

/// The values of a line of JSON or LTSV by name, when it is one: for a log that nothing reads.
pub fn fields(line: &[u8]) -> Vec<(String, Vec<u8>)> {
    let fields = json::fields(line).or_else(|_| ltsv::fields(line)).unwrap_or_default();
    super::named(fields)
}

/// Every candidate with what it reads, best first: for `statlog detect`.
pub fn candidates(lines: &[&[u8]]) -> Vec<Candidate> {
    let lines = requests(lines);
    if let Some(format) = keyed_format(&lines)
        && let Ok(shape) = format.shape(&lines, None)
    {
        return vec![Candidate {
            name: format.name.into(),
            read: lines.iter().filter(|line| shape.reads(line)).count() as u64,
            sampled: lines.len() as u64,
            columns: match &shape {
                Shape::Json(json) => json.mapping().keys.len(),
                Shape::Ltsv(ltsv) => ltsv.mapping().keys.len(),
                Shape::Template(template) => template.columns(),
            },
        }];
    }
    let mut candidates: Vec<_> = attempts(&lines, None).iter().map(Attempt::candidate).collect();
    candidates.retain(|candidate| candidate.read > 0);
    candidates.sort_by_key(|found| std::cmp::Reverse((found.read, found.columns)));
    candidates
}

/// Reads a sample with every text format.
fn attempts<'a>(lines: &[&'a [u8]], latency: Latency<'_>) -> Vec<Attempt<'a>> {
    FORMATS
        .iter()
        .filter(|format| !format.string.is_empty())
        .filter_map(|format| {
            // A latency that is asked for by name rules the formats out that do not have it.
            let Shape::Template(template) = format.shape(&[], latency).ok()? else { return None };
            let records = lines.iter().map(|line| template.record(line).ok()).collect();
            Some(Attempt { format, template, records })
        })
        .collect()
}

/// The attempts that read most columns of most lines. Sister formats add to a format's share: one
/// file may hold several virtual hosts.
fn best<'a, 'b>(attempts: &'b [Attempt<'a>], lines: usize) -> Vec<&'b Attempt<'a>> {
    let read_by_any = (0..lines)
        .filter(|at| attempts.iter().any(|attempt| attempt.records[*at].is_some()))
        .count();
    if (read_by_any as f64) < ENOUGH * lines as f64 {
        return Vec::new();
    }
    let most = attempts.iter().map(Attempt::read).max().unwrap_or(0);
    let good = |attempt: &&Attempt<'_>| attempt.read() as f64 >= most as f64 * (1.0 - AS_GOOD);
    let columns = attempts.iter().filter(good).map(|good| good.template.columns()).max();
    attempts.iter().filter(good).filter(|good| Some(good.template.columns()) == columns).collect()
}

/// The first line on whose status, time or latency the formats disagree.
fn disagreement(found: &[&Attempt<'_>], lines: &[&[u8]]) -> Option<Ambiguity> {
    let at = (0..lines.len()).find(|at| {
        let mut records = found.iter().filter_map(|attempt| attempt.records[*at].as_ref());
        let Some(first) = records.next() else { return false };
        records.any(|other| {
            let latency = match (first.duration, other.duration) {
                (Some(a), Some(b)) => a.abs_diff(b) > SAME_MICROS,
                (a, b) => a.is_some() != b.is_some(),
            };
            latency || first.status != other.status || first.time != other.time
        })
    })?;
    let readings = found.iter().filter_map(|attempt| {
        let record = attempt.records[at].as_ref()?;
        Some((attempt.format.name.to_owned(), say(record, &attempt.template)))
    });
    Some(Ambiguity { line: lines[at].to_vec(), readings: readings.collect() })
}

/// What a record says, in a few words.
fn say(record: &Record<'_>, template: &Template) -> String {
    let status = match record.status {
        Status::Code(code) => code.to_string(),
        Status::None(spelling) => format!("none ({})", spelling.name()),
    };
    let time = record.time.map_or("none".into(), crate::time::rfc3339);
    let latency = match (record.duration, latency(template)) {
        (Some(micros), Some((name, _))) => format!("{} s from {name}", micros as f64 / 1e6),
        _ => "none".into(),
    };
    format!("status {status}, time {time}, latency {latency}")
}

/// Name and unit of a template's latency.
fn latency(template: &Template) -> Option<(String, Unit)> {
    template.names().find_map(|(name, field)| match field {
        Field::Duration { unit, latency: true, .. }
        | Field::UpstreamDuration { unit, latency: true, .. } => Some((name.to_owned(), unit)),
        _ => None,
    })
}

/// Name of a template's time, and its shape.
fn time_field(template: &Template) -> Option<(&str, TimeShape)> {
    template.names().find_map(|(name, field)| match field {
        Field::Time(shape) => Some((name, shape)),
        _ => None,
    })
}

/// What is known of a format before the sample is read with it.
struct Draft {
    name: String,
    string: String,
    detected: bool,
    meaning: TimeMeaning,
    notes: Vec<String>,
    parser: Parser,
    /// The latency's name, where it is another than the field's.
    latency_name: Option<String>,
    unread_latency: Option<String>,
}

impl Draft {
    fn new(name: &str, dialect: Dialect, shape: Shape) -> Self {
        let mut notes = Vec::new();
        let mut unread_latency = None;
        let mut meaning = dialect.meaning("");
        if let Some(mapping) = mapping(&shape) {
            notes.clone_from(&mapping.notes);
            unread_latency.clone_from(&mapping.unread_latency);
            if mapping.name == "nginx" {
                meaning = TimeMeaning::End;
            }
        }
        Self {
            name: name.into(),
            string: String::new(),
            detected: true,
            meaning,
            notes,
            parser: Parser::new(shape),
            latency_name: None,
            unread_latency,
        }
    }

    fn reading(self, lines: &[&[u8]]) -> Reading {
        let Self {
            name,
            string,
            detected,
            meaning,
            mut notes,
            parser,
            latency_name,
            unread_latency,
        } = self;
        let scratch = Scratch::default();
        let is_read = |line: &&&[u8]| {
            let found = parser.read(line, Quotes::UNKNOWN, &scratch, &mut Record::default());
            matches!(found, Line::Request | Line::Sister(_))
        };
        let read = lines.iter().filter(is_read).count() as u64;
        let (time_field, latency, string) = match mapping(parser.shape()) {
            None => {
                let Shape::Template(template) = parser.shape() else { unreachable!("mapped") };
                let latency = latency(template).map(|(name, unit)| (name, unit.name()));
                (self::time_field(template).map(|(name, _)| name.to_owned()), latency, string)
            }
            Some(mapping) => {
                let latency = mapping.latency.as_ref();
                let unit = |unit: Option<Unit>| unit.map_or("as written", Unit::name);
                let keys: Vec<_> = mapping.keys.iter().map(|key| key.path.to_string()).collect();
                (
                    mapping.time.as_ref().map(ToString::to_string),
                    latency.map(|latency| (latency.path.to_string(), unit(latency.unit))),
                    keys.join(", "),
                )
            }
        };
        if time_field.is_none() {
            notes.push("no time can be read: there is no course of time".into());
        }
        let latency = latency.map(|(name, unit)| (latency_name.unwrap_or(name), unit));
        Reading {
            zone: zone(parser.shape(), time_field.as_deref(), lines),
            parser,
            name,
            string,
            detected,
            read,
            sampled: lines.len() as u64,
            time_field,
            time_meaning: meaning,
            latency,
            unread_latency,
            notes,
        }
    }
}

/// The keys of JSON and LTSV.
fn mapping(shape: &Shape) -> Option<&keyed::Mapping> {
    match shape {
        Shape::Template(_) => None,
        Shape::Json(json) => Some(json.mapping()),
        Shape::Ltsv(ltsv) => Some(ltsv.mapping()),
    }
}

/// The reading of formats that agree with one another.
fn agreed(found: &[&Attempt<'_>], lines: &[&[u8]]) -> Draft {
    let evidence = Evidence::of(lines);
    let product = |dialect| found.iter().find(|attempt| attempt.format.dialect == dialect);
    let (main, sure) = match (product(Dialect::Nginx), product(Dialect::Apache)) {
        (Some(nginx), Some(apache)) => match evidence.product() {
            Some(Dialect::Nginx) => (nginx, true),
            Some(_) => (apache, true),
            // Apache's template reads what nginx writes, and more.
            None => (apache, false),
        },
        (Some(only), None) | (None, Some(only)) => (only, true),
        (None, None) => (&found[0], true),
    };
    let same: Vec<_> =
        found.iter().filter(|other| other.format.dialect == main.format.dialect).collect();
    let label = if sure && same.len() == 1 { main.format.name } else { main.format.label };
    let mut draft = Draft::new(label, main.format.dialect, Shape::Template(main.template.clone()));
    draft.parser = draft.parser.with_sisters(main.format.name);
    draft.string = main.format.string.into();
    if !sure {
        draft.meaning = TimeMeaning::Unknown;
        draft.notes.push(
            "nothing in the sample tells nginx from Apache: nginx stamps the end of a request, \
             Apache its start; --log-format nginx-combined or apache-combined settles it"
                .into(),
        );
    }
    let latency = latency(&main.template);
    if let ([_, second, ..], Some((name, _))) = (&same[..], &latency)
        && let Some((other, _)) = self::latency(&second.template)
        && other != *name
    {
        draft.notes.push(format!(
            "the time column can be {name} or {other}; --log-format {} or {} settles it",
            main.format.name, second.format.name
        ));
        draft.latency_name = Some(format!("{name} or {other}"));
    }
    if let Some((name, Unit::Seconds)) = &latency
        && name.ends_with('T')
    {
        draft
            .notes
            .push(format!("{name} is in whole seconds: percentiles below a second mean nothing"));
    }
    draft
}

/// Marks of a product in the way lines are written.
#[derive(Default)]
struct Evidence {
    nginx: u64,
    apache: u64,
}

impl Evidence {
    /// Looks at escapes, empty sizes and codes that only one server writes.
    fn of(lines: &[&[u8]]) -> Self {
        let mut evidence = Self::default();
        for line in lines {
            for at in memchr::memchr_iter(b'\\', line) {
                match line.get(at + 1..at + 4) {
                    // nginx writes \xHH in upper case, Apache in lower case.
                    Some([b'x', a, b]) => {
                        let digits = [a, b];
                        evidence.nginx +=
                            u64::from(digits.iter().any(|d| (b'A'..=b'F').contains(*d)));
                        evidence.apache +=
                            u64::from(digits.iter().any(|d| (b'a'..=b'f').contains(*d)));
                        // Apache has \" and \\ where nginx has \x22 and \x5C.
                        evidence.nginx += u64::from([*a, *b] == *b"22");
                    }
                    _ => {
                        evidence.apache += u64::from(matches!(
                            line.get(at + 1),
                            Some(b'"' | b'\\' | b'n' | b't' | b'r' | b'v' | b'b')
                        ));
                    }
                }
            }
            let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
            // Apache's %b writes `-` for an empty body, nginx 0; `" 304 - ` is no part of a
            // request line that nginx would leave unescaped.
            evidence.apache +=
                u64::from(has(b"\" 304 - ") || has(b"\" 200 - ") || has(b"\" 404 - "));
            evidence.nginx +=
                u64::from(has(b"\" 499 0 ") || has(b"\" 444 0 ") || has(b"\" 000 0 "));
        }
        evidence
    }

    fn product(&self) -> Option<Dialect> {
        match (self.nginx, self.apache) {
            (0, 0) => None,
            (nginx, 0) if nginx > 0 => Some(Dialect::Nginx),
            (0, _) => Some(Dialect::Apache),
            _ => None,
        }
    }
}

/// The offsets that the times of the sample carry.
fn zone(shape: &Shape, time_field: Option<&str>, lines: &[&[u8]]) -> Option<String> {
    let time_field = time_field?;
    let mut offsets: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines {
        let values = shape.explain(line);
        let Some((_, value)) = values.iter().find(|(name, _)| name == time_field) else {
            continue;
        };
        *offsets.entry(offset(value)).or_default() += 1;
    }
    let mut offsets: Vec<_> = offsets.into_iter().collect();
    offsets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names: Vec<_> = offsets.into_iter().take(4).map(|(offset, _)| offset).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The offset at the end of a time, as `+02:00`.
fn offset(time: &[u8]) -> String {
    let time = time.strip_suffix(b"]").unwrap_or(time);
    let is_number = time.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_number || matches!(time.last(), Some(b'Z' | b'z')) {
        return "+00:00".into();
    }
    let sign = time.iter().rposition(|byte| matches!(byte, b'+' | b'-'));
    let Some(at) = sign.filter(|at| *at >= 18 || time.len() - at == 5) else {
        return "UTC (no zone in the log: assumed)".into();
    };
    let digits: Vec<u8> = time[at + 1..].iter().copied().filter(u8::is_ascii_digit).collect();
    match &digits[..] {
        [a, b, c, d] => {
            format!("{}{}{}:{}{}", time[at] as char, *a as char, *b as char, *c as char, *d as char)
        }
        [a, b] => format!("{}{}{}:00", time[at] as char, *a as char, *b as char),
        _ => "UTC (no zone in the log: assumed)".into(),
    }
}

/// A known beginning with columns after it that are not known: the beginning is read, the rest is
/// ignored and named.
fn with_unknown_tail(lines: &[&[u8]]) -> Option<Reading> {
    let known = ["apache-vhost-combined", "nginx-main", "apache-combined", "apache-common"];
    let (format, string, tail, template) = known.iter().find_map(|name| {
        let format = FORMATS.iter().find(|format| format.name == *name)?;
        let tail = if format.dialect == Dialect::Nginx { "$tail" } else { "%{tail}n" };
        let string = format!("{} {tail}", format.string);
        let Ok(Shape::Template(template)) = shape(format.dialect, &string, &[], None) else {
            return None;
        };
        let read = lines.iter().filter(|line| template.record(line).is_ok()).count();
        (read as f64 >= ENOUGH * lines.len() as f64).then_some((format, string, tail, template))
    })?;
    let sample = lines.iter().find(|line| template.record(line).is_ok())?;
    let values = template.explain(sample);
    let (_, value) = values.iter().find(|(name, _)| *name == tail)?;
    let words: Vec<&[u8]> = value.split(|byte| *byte == b' ').collect();
    let seconds = words.iter().position(|word| {
        // Also `"0.120"` and `rt=0.120`.
        let value = word.rsplit(|byte| *byte == b'=').next().unwrap_or(word);
        let bare: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'"').collect();
        bare.contains(&b'.') && Unit::Seconds.micros(&bare).is_some()
    });
    let unread = seconds.map(|at| {
        format!(
            "column {} after '{}' looks like seconds ({}); give the server's own format with \
             --log-format to have it read",
            at + 1,
            format.label,
            String::from_utf8_lossy(words[at])
        )
    });
    let name = format!("{} + unknown columns", format.label);
    let mut draft = Draft::new(&name, format.dialect, Shape::Template(template.clone()));
    draft.meaning =
        Evidence::of(lines).product().map_or(TimeMeaning::Unknown, |product| product.meaning(""));
    draft.string = string;
    draft.unread_latency = unread;
    draft.parser = draft.parser.with_sisters("");
    draft.notes.push(format!(
        "{} column(s) after '{}' are not known and ignored; give the server's own format with \
         --log-format to use them",
        words.len(),
        format.label
    ));
    Some(draft.reading(lines))
}

/// Reads a sample with the format that the user gave: the name of an entry, or a format string of
/// nginx or Apache.
///
/// Errors when the text is neither, or does not compile; the message says why and what to do.
pub fn given(text: &str, lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, String> {
    let text = text.trim();
    let lines = requests(lines);
    let known = FORMATS.iter().find(|format| format.name == text);
    let (name, dialect, string) = match known {
        Some(format) => (format.name.to_owned(), format.dialect, format.string),
        None => {
            let dialect = dialect(text).ok_or_else(|| unknown_name(text))?;
            (format!("given {} format", dialect.name()), dialect, text)
        }
    };
    let mut draft = Draft::new(&name, dialect, shape(dialect, string, &lines, latency)?);
    draft.detected = false;
    draft.string = string.into();
    if known.is_none() {
        draft.meaning = dialect.meaning(string);
    }
    Ok(draft.reading(&lines))
}

/// The language that a format string is written in: nginx has `$name`, Apache `%>s`.
fn dialect(text: &str) -> Option<Dialect> {
    if nginx::pieces(text).is_ok_and(|(pieces, _)| pieces.len() > 1) && text.contains('$') {
        return Some(Dialect::Nginx);
    }
    (text.contains('%') && apache::pieces(text).is_ok()).then_some(Dialect::Apache)
}

/// The error for a format that is no name and no string.
fn unknown_name(text: &str) -> String {
    if text.contains('$') {
        return nginx::pieces(text).err().unwrap_or_default();
    }
    if text.contains('%') {
        return apache::pieces(text).err().unwrap_or_default();
    }
    let hint = did_you_mean(text, FORMATS.iter().map(|format| format.name));
    format!(
        "'{text}' is no format: give a name (see 'statlog formats'), or the server's own string \
         such as '$remote_addr ... $status' or '%h ... %>s'{hint}"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn combined(tails: &[&str]) -> Vec<String> {
        let line = |(at, tail): (usize, &&str)| {
            format!(
                r#"192.0.2.{} - - [10/Oct/2025:13:55:0{} +0330] "GET /{at} HTTP/1.1" 200 5 "-" "x"{tail}"#,
                at % 200,
                at % 10,
            )
        };
        tails.iter().enumerate().map(line).collect()
    }

    fn run(lines: &[String]) -> Result<Reading, Undetected> {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        detect(&lines, None)
    }

    #[test]
    fn every_sample_is_detected_as_its_own_format_or_its_twin() {
        for format in FORMATS {
            let lines: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
            match detect(&lines, None) {
                Ok(reading) => {
                    let twin = FORMATS.iter().find(|other| other.name == reading.name);
                    let label = twin.map_or(&reading.name[..], |twin| twin.label);
                    assert_eq!(label, format.label, "{}", format.name);
                    assert_eq!(
                        (reading.read, reading.sampled),
                        (lines.len() as u64, lines.len() as u64)
                    );
                }
                Err(Undetected::Ambiguous(found)) => {
                    assert!(found.readings.iter().any(|(name, _)| name == format.name));
                    assert!(format.help.contains("seconds"), "{}: {found:?}", format.name);
                }
                Err(other) => panic!("{}: {other:?}", format.name),
            }
        }
    }

    #[test]
    fn a_whole_number_has_no_unit_so_it_is_refused() {
        let Err(Undetected::Ambiguous(found)) = run(&combined(&[" 1834", " 950", " 2300456"]))
        else {
            panic!("not refused");
        };
        let names: Vec<_> = found.readings.iter().map(|(name, _)| name.as_str()).collect();
        // As seconds, 2300456 would be 26 days: that reading is out.
        assert_eq!(names, ["apache-combined-us", "apache-combined-ms"]);
        assert!(found.readings[0].1.contains("latency 0.001834 s from %D"), "{found:?}");
        assert!(found.readings[1].1.contains("latency 1.834 s from %{ms}T"), "{found:?}");
    }

    #[test]
    fn the_order_of_two_times_is_read_off_the_values() {
        let reading = run(&combined(&[" 0.120 0.119", " 0.300 -", " 5.000 0.100"])).unwrap();
        assert_eq!(reading.name, "nginx-combined-times");
        let reading = run(&combined(&[" 0.119 0.220", " 0.100 5.000"])).unwrap();
        assert_eq!(reading.name, "nginx-combined-times-reversed");
        assert_eq!(reading.latency, Some(("$request_time".into(), "s")));
    }

    #[test]
    fn one_time_is_named_as_either() {
        let reading = run(&combined(&[" 0.120", " 0.300"])).unwrap();
        let (name, _) = reading.latency.unwrap();
        assert_eq!(name, "$request_time or $upstream_response_time");
        let reading = run(&combined(&[" 0.120", " -"])).unwrap();
        assert_eq!(reading.latency.unwrap().0, "$upstream_response_time");
    }

    #[test]
    fn products_are_told_apart_by_their_marks() {
        let plain = run(&combined(&["", ""])).unwrap();
        assert_eq!((plain.name.as_str(), plain.time_meaning), ("combined", TimeMeaning::Unknown));
        assert_eq!(plain.zone.as_deref(), Some("+03:30"));
        let mut nginx = combined(&["", ""]);
        nginx[0] = nginx[0].replace("GET /0", r"\x16\x03\xFC");
        let reading = run(&nginx).unwrap();
        assert_eq!(
            (reading.name.as_str(), reading.time_meaning),
            ("nginx-combined", TimeMeaning::End)
        );
        let mut apache = combined(&["", ""]);
        apache[0] = apache[0].replace("200 5", "304 -");
        let reading = run(&apache).unwrap();
        assert_eq!(reading.name, "apache-combined");
        assert_eq!(reading.time_meaning, TimeMeaning::Start);
    }

    #[test]
    fn unknown_columns_are_ignored_and_named() {
        let reading = run(&combined(&[" abc 0.120 x", " def 0.300 y"])).unwrap();
        assert_eq!(reading.name, "combined + unknown columns");
        assert_eq!(reading.latency, None);
        assert!(reading.notes[0].starts_with("3 column(s)"), "{:?}", reading.notes);
        let unread = reading.unread_latency.unwrap();
        assert!(unread.starts_with("column 2 after 'combined' looks like seconds (0.120)"));
    }

    #[test]
    fn what_is_no_access_log_is_unknown() {
        let lines = vec!["2014-10-08 16:56:38,344:WARN:foo bar baz".to_owned(); 5];
        assert!(matches!(run(&lines), Err(Undetected::Unknown(_))));
        assert!(matches!(run(&[]), Err(Undetected::Empty)));
        let errors = vec!["2022/01/24 16:33:06 [error] 334#334: *338 x".to_owned(); 5];
        assert!(matches!(run(&errors), Err(Undetected::Empty)));
    }

    #[test]
    fn a_prefix_is_named() {
        let line = format!("<190>Oct 10 13:55:02 web1 nginx: {}", combined(&[""])[0]);
        let Err(Undetected::Prefixed(name, prefix)) = run(&vec![line; 4]) else {
            panic!("not seen");
        };
        assert_eq!(name, "apache-combined");
        assert_eq!(prefix, b"<190>Oct 10 13:55:02 web1 nginx:");
    }

    #[test]
    fn json_without_a_status_is_no_access_log() {
        let lines = vec![r#"{"level":"info","path":"/a","method":"GET"}"#.to_owned(); 3];
        assert!(matches!(run(&lines), Err(Undetected::NoStatus("JSON"))));
    }

    #[test]
    fn given_formats() {
        let lines = [&br#"GET 200 0.120"#[..]];
        let reading = given("$request_method $status $request_time", &lines, None).unwrap();
        assert_eq!((reading.read, reading.detected), (1, false));
        assert!(reading.notes[0].contains("no time"));
        let error = given("ngnix-combined", &lines, None).unwrap_err();
        assert!(error.contains("did you mean 'nginx-combined'"), "{error}");
        let error = given("$request_method$status", &lines, None).unwrap_err();
        assert!(error.contains("nothing between them"), "{error}");
        assert!(given("%h %>s", &[b"a 200"], None).is_ok());
    }

    #[test]
    fn offsets() {
        assert_eq!(offset(b"10/Oct/2025:13:55:01 -0330"), "-03:30");
        assert_eq!(offset(b"2025-10-10T13:55:01+09:00"), "+09:00");
        assert_eq!(offset(b"2025-10-10T13:55:01.25Z"), "+00:00");
        assert!(offset(b"2025-10-10T13:55:01").starts_with("UTC"));
    }
}
