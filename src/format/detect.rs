//! Which format a log is in, from a sample of its lines.
//!
//! Every candidate reads the sample **strictly**; the one that explains most columns of most lines
//! wins. When two that are equally good disagree on status, time or latency of a line, nothing is
//! guessed: [`Undetected::Ambiguous`] carries both readings and the flags that settle it.

use super::{
    Dialect, FORMATS, Format, Latency, Line, Parser, Product, Shape, TimeMeaning, columns,
    field::{Field, TimeShape, Unit},
    haproxy, json, logfmt, ltsv,
    marks::Quotes,
    named, nginx, shape, skip,
    template::{Escape, Piece, Template},
};
use crate::format::keyed::{self, Wishes, alias};
use crate::format::wrapper::Wrapper;
use crate::format::{ONLY_GIVEN, apache, envoy, json::Json, vocabulary};
use crate::record::{Record, Skip, Status};
use crate::suggest::did_you_mean;
use crate::time::Offsets;
use attempt::{Attempt, Sight};
use evidence::Evidence;
use std::collections::BTreeMap;
use std::sync::Arc;
use tabular::{Tabular, tabular};

pub(super) use attempt::{SAME_MICROS, is_address_list};

mod attempt;
mod evidence;
mod tabular;
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

    /// The same behind wrappers, the outermost first. `lines` are the lines with them.
    fn behind(mut self, wrappers: Vec<Wrapper>, lines: &[&[u8]]) -> Self {
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
    let why = match bare(lines, latency) {
        Err(why) if !matches!(why, Undetected::Ambiguous(_)) => why,
        found => return found,
    };
    match wrapped::behind_wrappers(lines, &inside) {
        Some(found) => found.map(|(wrappers, reading)| reading.behind(wrappers, lines)),
        None => mixed(lines, latency).ok_or(why),
    }
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
    if let Some(Tabular { name, product, columns, .. }) = tabular(all, &lines, latency) {
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
        let format = product_of(&shape).unwrap_or(general);
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

/// The formats that are tried on text.
fn text_formats() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(|format| !format.string.is_empty() && !ONLY_GIVEN.contains(&format.name))
}

/// A text format compiled. A latency that is asked for by name rules the formats out that do not
/// have it.
fn template(format: &Format, latency: Latency<'_>) -> Option<Template> {
    match format.shape(&[], latency) {
        Ok(Shape::Template(template)) => Some(template),
        _ => None,
    }
}

/// What each text format reads of a sample; those that read nothing of it are left out.
///
/// Most formats are not even compiled: that took two thirds of the time of a run over a few lines.
fn attempts<'a>(lines: &[&'a [u8]], latency: Latency<'_>) -> Vec<Attempt<'a>> {
    let sight = Sight::of(lines);
    let tried = text_formats().filter(|format| sight.allows(format)).filter_map(|format| {
        let template = template(format, latency)?;
        let first = lines.iter().position(|line| template.record(line).is_ok())?;
        let (before, behind) = lines.split_at(first);
        let behind = behind.iter().map(|line| template.record(line).ok());
        let records = before.iter().map(|_| None).chain(behind).collect();
        Some(Attempt { format, template, records })
    });
    tried.collect()
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
    let parts = template.names().filter_map(|(name, field)| match field {
        Field::Part { unit } | Field::UpstreamPart { unit } => Some((name, unit)),
        _ => None,
    });
    let (names, units): (Vec<_>, Vec<_>) = parts.unzip();
    if let Some(unit) = units.first() {
        return Some((names.join(" + "), *unit));
    }
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
    fn new(name: &str, product: Product, shape: Shape) -> Self {
        let mut product = product;
        let mut notes = Vec::new();
        let mut unread_latency = None;
        if let Shape::Columns(columns) = &shape {
            notes.extend_from_slice(columns.notes());
            unread_latency = columns.unread_latency().cloned();
        }
        if let Some(mapping) = shape.mapping() {
            notes.clone_from(&mapping.notes);
            unread_latency.clone_from(&mapping.unread_latency);
            product = mapping.product;
        }
        Self {
            name: name.into(),
            string: String::new(),
            detected: true,
            meaning: product.time_meaning(),
            notes,
            parser: Parser::new(shape, product),
            latency_name: None,
            unread_latency,
        }
    }

    /// Lets lines of other formats through than that of this name.
    fn mixed(mut self, name: &'static str) -> Self {
        self.parser = self.parser.with_sisters(name);
        self
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
        let scratch = parser.scratch();
        let mut read = 0;
        let mut requests = Vec::with_capacity(lines.len());
        for line in lines {
            match parser.read(line, Quotes::UNKNOWN, &scratch, &mut Record::default()) {
                // Header lines, and the names of columns.
                Line::Skip(Skip::Comment) => continue,
                Line::Request | Line::Sister(_) => read += 1,
                Line::Skip(_) | Line::Reject(_) => {}
            }
            requests.push(*line);
        }
        let unit = |unit: Option<Unit>| unit.map_or("as written", Unit::name);
        let (time_field, latency, string) = match parser.shape().mapping() {
            None => match parser.shape() {
                Shape::Template(template) => {
                    let latency = latency(template).map(|(name, unit)| (name, unit.name()));
                    (self::time_field(template).map(|(name, _)| name.to_owned()), latency, string)
                }
                Shape::Columns(columns) => {
                    let latency = columns.latency_field().map(|(name, of)| (name, unit(of)));
                    (columns.time_field(), latency, columns.string())
                }
                Shape::Json(_) | Shape::Ltsv(_) | Shape::Logfmt(_) => {
                    unreachable!("they are mapped")
                }
            },
            Some(mapping) => {
                let latency = mapping.latency.as_ref();
                let keys: Vec<_> = mapping.keys.iter().map(|key| key.path.to_string()).collect();
                (
                    mapping.time.as_ref().map(ToString::to_string),
                    latency.map(|latency| (latency.name.clone(), latency.unit)),
                    keys.join(", "),
                )
            }
        };
        if time_field.is_none() {
            notes.push(NO_TIME.into());
        }
        let latency = latency.map(|(name, unit)| (latency_name.unwrap_or(name), unit));
        let zone_of_columns = match parser.shape() {
            Shape::Columns(columns) if time_field.is_some() => columns.zone(),
            _ => None,
        };
        let zone_in_lines = || zone(parser.shape(), time_field.as_deref(), &requests);
        Reading {
            zone: zone_of_columns.or_else(zone_in_lines),
            parser,
            name,
            string,
            detected,
            read,
            sampled: requests.len() as u64,
            time_field,
            time_meaning: meaning,
            latency,
            unread_latency,
            notes,
        }
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
    let mut draft = Draft::new(label, main.format.product, Shape::Template(main.template.clone()));
    draft = draft.mixed(main.format.name);
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
        return ASSUMED.into();
    };
    let digits: Vec<u8> = time[at + 1..].iter().copied().filter(u8::is_ascii_digit).collect();
    match &digits[..] {
        [a, b, c, d] => {
            format!("{}{}{}:{}{}", time[at] as char, *a as char, *b as char, *c as char, *d as char)
        }
        [a, b] => format!("{}{}{}:00", time[at] as char, *a as char, *b as char),
        _ => ASSUMED.into(),
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
    let mut draft = Draft::new(&name, format.product, Shape::Template(template.clone()));
    draft.meaning =
        Evidence::of(lines).product().map_or(TimeMeaning::Unknown, |product| product.meaning(""));
    draft.string = string;
    draft.unread_latency = unread;
    draft = draft.mixed("");
    draft.notes.push(format!(
        "{} column(s) after '{}' are not known and ignored; give the server's own format with \
         --log-format to use them",
        words.len(),
        format.label
    ));
    Some(draft.reading(lines))
}

/// Reads a sample with the format that the user gave: the name of an entry, the keys of JSON, a list
/// of columns, or a format string of nginx, Apache, HAProxy or Envoy, or of statlog's own names.
///
/// Errors when the text is none of them, or does not compile; the message says why and what to do.
pub fn given(text: &str, lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, String> {
    let reading = given_bare(text, lines, latency)?;
    let reads_most = |reading: &Reading| is_share(reading.read, reading.sampled);
    if reads_most(&reading) {
        return Ok(reading);
    }
    let inside = |inner: &[&[u8]]| {
        let found = given_bare(text, inner, latency).ok().filter(reads_most);
        found.ok_or(Undetected::Empty)
    };
    Ok(match wrapped::behind_wrappers(lines, &inside) {
        Some(Ok((wrappers, inner))) => inner.behind(wrappers, lines),
        _ => reading,
    })
}

/// The same for lines that are not wrapped.
fn given_bare(text: &str, lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, String> {
    let text = text.trim();
    let all = lines;
    let requests = requests(all);
    let known = Format::find(text);
    if let (None, Some(keys)) = (known, text.strip_prefix("json:")) {
        let said = vocabulary::keys(keys)?;
        let wishes = Wishes { latency, said: &said, ..Wishes::of(alias::JSON) };
        let shape = Shape::Json(Box::new(Json::new(Json::learn(&requests, wishes))));
        let mut draft = Draft::new("given JSON keys", Product::Unknown, shape);
        draft.detected = false;
        return Ok(draft.reading(&requests));
    }
    let dialect = match known {
        Some((format, _)) => format.dialect,
        None => dialect(text).ok_or_else(|| unknown_name(text))?,
    };
    let lines = if dialect == Dialect::Columns { all } else { &requests[..] };
    let (name, mut product, shape, string) = match known {
        Some((format, product)) => {
            (text.to_owned(), product, format.shape(lines, latency)?, format.string)
        }
        None => {
            let name = format!("given {} format", dialect.name());
            (name, dialect.product(), shape(dialect, text, lines, latency)?, text)
        }
    };
    if let Shape::Columns(columns) = &shape {
        if !columns.has_status() && !requests.is_empty() {
            return Err(format!(
                "'{text}' is read by the header lines of the log, and the first lines have none that \
                 names a status; give it: '#Fields: date time cs-method cs-uri-stem sc-status'"
            ));
        }
        if product == Product::Unknown {
            product = columns.product();
        }
    }
    let mut draft = Draft::new(&name, product, shape);
    draft.detected = false;
    draft.string = string.into();
    if known.is_none() && dialect != Dialect::Columns {
        draft.meaning = dialect.meaning(string);
    }
    Ok(draft.reading(lines))
}

/// How a format of the table reads its own samples: what it says of any log.
pub fn of_table(format: &Format) -> Reading {
    let samples: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
    given(format.name, &samples, None).expect("every entry compiles and reads its samples")
}

/// The language that a format string is written in: nginx has `$name`, Envoy `%NAME%`, HAProxy
/// `%ST`, Apache `%>s`, lists of columns begin with their kind. `None` when it is no string of that
/// language.
fn dialect(text: &str) -> Option<Dialect> {
    if columns::is_given(text) {
        return Some(Dialect::Columns);
    }
    if nginx::pieces(text).is_ok_and(|(pieces, _)| pieces.len() > 1) && text.contains('$') {
        return Some(Dialect::Nginx);
    }
    match text.contains('%').then(|| percent_dialect(text)) {
        Some((dialect, Ok(_))) => Some(dialect),
        Some((_, Err(_))) => None,
        None => named::pieces(text).is_ok().then_some(Dialect::Named),
    }
}

/// The language of a format string with percent signs, and its pieces.
fn percent_dialect(text: &str) -> (Dialect, Result<(Vec<Piece>, Escape), String>) {
    if envoy::is_format(text) {
        (Dialect::Envoy, envoy::pieces(text))
    } else if haproxy::is_format(text) {
        (Dialect::HaProxy, haproxy::pieces(text))
    } else {
        (Dialect::Apache, apache::pieces(text))
    }
}

/// The error for a format that is no name and no string.
fn unknown_name(text: &str) -> String {
    if text.contains('$') {
        return nginx::pieces(text).err().unwrap_or_default();
    }
    if text.contains('%') {
        return percent_dialect(text).1.err().unwrap_or_default();
    }
    if text.contains('{') {
        return named::pieces(text).err().unwrap_or_default();
    }
    let hint = did_you_mean(text, FORMATS.iter().flat_map(Format::names));
    format!(
        "'{text}' is no format: give a name (see 'statlog formats'), or the server's own string \
         such as '$remote_addr ... $status' or '%h ... %>s', or the columns such as \
         'csv:time,client,status'{hint}"
    )
}

#[cfg(test)]
mod tests;
