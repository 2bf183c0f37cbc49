//! Which format a log is in, from a sample of its lines.
//!
//! Every candidate reads the sample **strictly**; the one that explains most columns of most lines
//! wins. When two that are equally good disagree on status, time or latency of a line, nothing is
//! guessed: [`Undetected::Ambiguous`] carries both readings and the flags that settle it.

use super::{
    Dialect, FORMATS, Format, Latency, Line, Parser, Shape, TimeMeaning, field::TimeShape, haproxy,
    json, keyed, logfmt, ltsv, skip,
};
use crate::format::marks::Quotes;
use crate::format::wrapper::Wrapper;
use crate::record::{Record, Skip};
use crate::time::Offsets;
use attempt::Attempt;
use draft::Draft;
use std::sync::Arc;
use tabular::{Tabular, tabular};
use text::{agreed, attempts, best, disagreement, template, text_formats, with_unknown_tail};

pub(super) use attempt::{SAME_MICROS, is_address_list, is_no_host};
pub use given::{given, of_table};

mod attempt;
mod draft;
mod evidence;
mod given;
mod tabular;
mod text;
mod wrapped;

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

impl Reading {
    /// Whether the times carry no zone, so that one had to be assumed.
    pub fn assumes_zone(&self) -> bool {
        self.zone.as_deref() == Some(ASSUMED)
    }

    /// The same behind one more wrapper. `lines` are the lines with it.
    fn behind(mut self, wrapper: Wrapper, lines: &[&[u8]]) -> Self {
        let wrappers = [&[wrapper], self.parser.wrappers()].concat();
        self.parser = self.parser.wrapped_in(wrappers);
        (self.read, self.sampled) = count(&self.parser, lines);
        let scratch = self.parser.scratch();
        let is_timed = |line: &&[u8]| self.parser.unwrap(line, &scratch).any(|l| l.time.is_some());
        if self.time_field.is_none() && lines.iter().any(is_timed) {
            let names: Vec<_> = self.parser.wrappers().iter().map(Wrapper::name).collect();
            self.time_field = Some(format!("time of {}", names.join(", ")));
            self.time_meaning = TimeMeaning::End;
            self.zone = Some("+00:00".into());
            self.notes.retain(|note| note != NO_TIME);
        }
        self
    }

    /// How many of these lines it reads as they are, and not because it takes off what stands around
    /// a few of them.
    fn read_plain(&self, lines: &[&[u8]]) -> u64 {
        // Their header lines tell what they are.
        if matches!(self.parser.shape(), Shape::Columns(_)) {
            return self.read + (lines.len() as u64).saturating_sub(self.sampled);
        }
        let is_plain = |line: &&&[u8]| {
            self.parser.shape().reads(line) || skip(line).is_some() || wrapped::is_request(line)
        };
        lines.iter().filter(is_plain).count() as u64
    }

    /// The better of this one and the one behind wrappers, which is looked for when most lines are
    /// not read as they are: one line that is not wrapped must not hide those that are.
    fn or_wrapped(
        self,
        lines: &[&[u8]],
        wrapped: impl FnOnce() -> Option<Result<Self, Undetected>>,
    ) -> Self {
        let plain = self.read_plain(lines);
        if is_share(plain, lines.len() as u64) {
            return self;
        }
        match wrapped() {
            Some(Ok(inner)) if inner.read > self.read => inner,
            // Most requests are wrapped: each would be looked at on its own.
            Some(Ok(inner)) if inner.read == self.read && plain * 2 < self.read => inner,
            _ => self,
        }
    }

    /// Takes times that carry no zone for local ones of this zone, called `name`.
    pub fn in_zone(self, zone: &Arc<Offsets>, name: &str) -> Self {
        if !self.assumes_zone() {
            return self;
        }
        let zone_name = Some(format!("{name} (no zone in the log: as said)"));
        Self { parser: self.parser.in_zone(Arc::clone(zone)), zone: zone_name, ..self }
    }
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
    /// Lines of this kind (JSON, LTSV, logfmt, CSV) with a status, but without anything else that a
    /// request has: what was asked for, how, by whom.
    NoRequest(&'static str),
    /// It is this, which has no HTTP status.
    NoHttp(&'static str),
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

/// The [`Reading::zone`] of times that carry none.
const ASSUMED: &str = "UTC (no zone in the log: assumed)";
/// What is said of a log without times.
const NO_TIME: &str = "no time can be read: there is no course of time";
/// A candidate must read this share of the lines that could be requests.
const ENOUGH: f64 = 0.6;
/// Candidates within this share of the best one are as good as it.
const AS_GOOD: f64 = 0.02;

/// Detects the format of a sample. `latency` is the user's choice of the latency field.
///
/// Errors with what was tried when nothing reads the sample, or when two readings are as good.
pub fn detect(lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, Undetected> {
    let inside =
        |lines: &[&[u8]]| bare(lines, latency).or_else(|why| mixed(lines, latency).ok_or(why));
    let wrapped = || wrapped::behind_wrappers(lines, &inside);
    let why = match bare(lines, latency) {
        Ok(reading) if matches!(reading.parser.shape(), Shape::Json(_)) => {
            return Ok(reading.or_wrapped(lines, wrapped));
        }
        Err(why) if !matches!(why, Undetected::Ambiguous(_)) => why,
        found => return found,
    };
    if let Some(found) = wrapped() {
        return found;
    }
    mixed(lines, latency).or_else(|| sparse(lines, latency)).ok_or(why)
}

/// The reading of a log that has so many other lines that hardly one in two is a request: it is
/// read, and the others are rejected, which the report says first.
fn sparse(lines: &[&[u8]], latency: Latency<'_>) -> Option<Reading> {
    /// One line in so many must be a request.
    const FEW: usize = 4;
    let lines = requests(lines);
    let found: Vec<&[u8]> =
        lines.iter().copied().filter(|line| wrapped::is_request(line)).collect();
    if found.len() * FEW < lines.len() {
        return None;
    }
    let mut reading = bare(&found, latency).ok()?;
    (reading.read, reading.sampled) = count(&reading.parser, &lines);
    Some(reading)
}

/// The reading of a log that is JSON in part: that of the larger part, if it lets enough of the other
/// through.
fn mixed(lines: &[&[u8]], latency: Latency<'_>) -> Option<Reading> {
    let is_object = |line: &&[u8]| line.trim_ascii_start().first() == Some(&b'{');
    let lines = requests(lines);
    let (json, text): (Vec<&[u8]>, Vec<&[u8]>) = lines.iter().partition(|line| is_object(line));
    let larger = if json.len() > text.len() { &json } else { &text };
    let mut reading = bare(larger, latency).ok()?;
    (reading.read, reading.sampled) = count(&reading.parser, &lines);
    is_share(reading.read, reading.sampled).then_some(reading)
}

/// How many of these lines a parser reads, of how many that could be requests.
fn count(parser: &Parser, lines: &[&[u8]]) -> (u64, u64) {
    let scratch = parser.scratch();
    let (mut read, mut sampled) = (0, 0);
    for line in lines {
        for line in parser.unwrap(line, &scratch) {
            let mut record = Record::default();
            match parser.read_unwrapped(&line, Quotes::UNKNOWN, &scratch, &mut record) {
                Line::Request | Line::Sister(_) => (read, sampled) = (read + 1, sampled + 1),
                // Header lines, and the names of columns.
                Line::Skip(Skip::Comment) => {}
                Line::Skip(_) | Line::Reject(_) => sampled += 1,
            }
        }
    }
    (read, sampled)
}

/// Detects the format of lines that are not wrapped.
fn bare(lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, Undetected> {
    let all = lines;
    let lines = requests(all);
    if lines.is_empty() {
        return Err(Undetected::Empty);
    }
    if let Some(Tabular { name, product, columns, is_of_requests, .. }) =
        tabular(all, &lines, latency)
    {
        if !is_of_requests {
            return Err(Undetected::NoRequest(name));
        }
        if !columns.has_status() {
            return Err(Undetected::NoStatus("a log with named columns"));
        }
        let draft = Draft::new(name, product, Shape::Columns(Box::new(columns)));
        return Ok(draft.mixed("").reading(all));
    }
    if is_enough(lines.iter().filter(|line| is_of_nlb(line)).count(), &lines) {
        return Err(Undetected::NoHttp("a log of AWS NLB connections"));
    }
    if let Some(general) = keyed_format(&lines) {
        let shape = general.shape(&lines, latency).map_err(|_| Undetected::Unknown(Vec::new()))?;
        if !shape.mapping().is_some_and(keyed::Mapping::has_status) {
            return Err(Undetected::NoStatus(general.label));
        }
        let product = product_of(&shape);
        if product.is_none() && !shape.mapping().is_some_and(keyed::Mapping::is_of_requests) {
            return Err(Undetected::NoRequest(general.label));
        }
        let format = product.unwrap_or(general);
        let draft = Draft::new(format.label, format.product, shape);
        return Ok(draft.mixed(format.name).reading(&lines));
    }
    let attempts = attempts(&lines, latency);
    let (attempts, refuted): (Vec<_>, Vec<_>) =
        attempts.into_iter().partition(|attempt| attempt.has_plausible_values(&lines));
    let best = best(&attempts, lines.len());
    if best.is_empty() {
        return with_unknown_tail(&lines).ok_or_else(|| {
            let is_read = attempts.iter().any(|attempt| attempt.records[0].is_some());
            let found = if is_read { None } else { prefix(lines[0], &refuted, latency) };
            if let Some((name, prefix)) = found {
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
/// runtimes and shippers put there. The formats that were `refuted` are none of the line.
fn prefix(
    line: &[u8],
    refuted: &[Attempt<'_>],
    latency: Latency<'_>,
) -> Option<(&'static str, Vec<u8>)> {
    /// Prefixes are shorter.
    const LONGEST: usize = 200;
    let ends = memchr::memchr_iter(b' ', &line[..line.len().min(LONGEST)]);
    // The last word of a prefix can pass for a virtual host, and a dash for lighttpd's.
    let is_plain = |label: &str| !label.starts_with("vhost") && label != "lighttpd";
    let is_refuted = |name: &str| refuted.iter().any(|attempt| attempt.format.name == name);
    let plain = text_formats().filter(|found| is_plain(found.label) && !is_refuted(found.name));
    let plain: Vec<_> =
        plain.filter_map(|format| Some((format, template(format, latency)?))).collect();
    ends.into_iter().find_map(|end| {
        let read = plain.iter().filter(|(_, found)| found.record(&line[end + 1..]).is_ok());
        let (best, _) = read.max_by_key(|(_, found)| found.columns())?;
        Some((best.name, line[..end].to_vec()))
    })
}

/// The lines of a sample that could be requests.
fn requests<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let could_be = |line: &&[u8]| skip(line).is_none() && !haproxy::is_no_request(line);
    lines.iter().copied().filter(could_be).collect()
}

/// Whether that many lines are enough of a sample.
fn is_enough(count: usize, lines: &[&[u8]]) -> bool {
    is_share(count as u64, lines.len() as u64)
}

/// Whether that many lines are enough of that many.
fn is_share(read: u64, sampled: u64) -> bool {
    read as f64 >= ENOUGH * sampled as f64
}

/// Whether a line is of AWS's Network Load Balancer: `tls 2.0 2025-10-10T13:55:01 net/…`.
fn is_of_nlb(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    words.next() == Some(b"tls")
        && matches!(words.next(), Some([b'0'..=b'9', b'.', b'0'..=b'9']))
        && words.next().is_some_and(|time| TimeShape::Iso8601.read(time).is_some())
}

/// JSON, LTSV or logfmt, when most lines are.
fn keyed_format(lines: &[&[u8]]) -> Option<&'static Format> {
    let enough = |count: usize| is_enough(count, lines);
    // One label is hardly a sign: any word with a colon is one.
    let labeled = |line: &&&[u8]| ltsv::fields(line).is_ok_and(|fields| fields.len() >= 3);
    let paired = |line: &&&[u8]| logfmt::fields(line).is_ok_and(|fields| fields.len() >= 3);
    let dialect = if enough(lines.iter().filter(|line| json::fields(line).is_ok()).count()) {
        Dialect::Json
    } else if enough(lines.iter().filter(labeled).count()) {
        Dialect::Ltsv
    } else if enough(lines.iter().filter(paired).count()) {
        Dialect::Logfmt
    } else {
        return None;
    };
    FORMATS.iter().find(|format| format.dialect == dialect && format.key_set().is_none())
}

/// The entry of the product whose keys were recognised.
fn product_of(shape: &Shape) -> Option<&'static Format> {
    let name = shape.mapping()?.name;
    FORMATS.iter().find(|format| format.key_set().is_some_and(|set| set.name == name))
}

/// The values of a line of JSON, LTSV or logfmt by name, when it is one: for a log that nothing
/// reads.
pub fn fields(line: &[u8]) -> Vec<(String, Vec<u8>)> {
    let fields = json::fields(line).or_else(|_| ltsv::fields(line));
    super::shape::named(fields.or_else(|_| logfmt::fields(line)).unwrap_or_default())
}

/// Every candidate with what it reads, best first: for `statlog detect`.
pub fn candidates(lines: &[&[u8]]) -> Vec<Candidate> {
    let all = lines;
    let lines = requests(all);
    if let Some(found) = tabular(all, &lines, None) {
        return vec![Candidate {
            name: found.name.into(),
            read: found.read as u64,
            sampled: lines.len() as u64,
            columns: found.columns.used(),
        }];
    }
    if let Some(format) = keyed_format(&lines)
        && let Ok(shape) = format.shape(&lines, None)
    {
        return vec![Candidate {
            name: product_of(&shape).unwrap_or(format).name.into(),
            read: lines.iter().filter(|line| shape.reads(line)).count() as u64,
            sampled: lines.len() as u64,
            columns: match &shape {
                Shape::Columns(columns) => columns.used(),
                _ => shape.mapping().map_or(0, |mapping| mapping.keys.len()),
            },
        }];
    }
    let mut attempts = attempts(&lines, None);
    attempts.retain(|attempt| attempt.has_plausible_values(&lines));
    let mut candidates: Vec<_> = attempts.iter().map(Attempt::candidate).collect();
    candidates.retain(|candidate| candidate.read > 0);
    candidates.sort_by_key(|found| std::cmp::Reverse((found.read, found.columns)));
    candidates
}

#[cfg(test)]
mod tests;
