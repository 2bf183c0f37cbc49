//! Which format a log is in, from a sample of its lines.
//!
//! Every candidate reads the sample **strictly**; the one that explains most columns of most lines
//! wins. When two that are equally good disagree on status, time or latency of a line, nothing is
//! guessed: [`Undetected::Ambiguous`] carries both readings and the flags that settle it.

use super::{
    Dialect, FORMATS, Format, Parser, Shape, TimeMeaning, apache,
    field::{Field, TimeShape, Unit},
    nginx, skip,
    template::Template,
};
use crate::record::{Record, Status};
use bumpalo::Bump;
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
    /// The field that the latency is read from, and its unit.
    pub latency: Option<(String, Unit)>,
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
    fn is_plausible(&self) -> bool {
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
        let reversed = both.iter().filter(|(own, up)| own + SAME_MICROS < *up).count();
        high.is_none_or(|high| *high < LONGEST_MICROS) && reversed * 20 <= both.len()
    }
}

/// Detects the format of a sample. `latency` is the user's choice of the latency field.
pub fn detect(lines: &[&[u8]], latency: Option<&str>) -> Result<Reading, Undetected> {
    let lines: Vec<&[u8]> = lines.iter().copied().filter(|line| skip(line).is_none()).collect();
    if lines.is_empty() {
        return Err(Undetected::Empty);
    }
    let attempts = attempts(&lines, latency);
    let best = best(&attempts, lines.len());
    if best.is_empty() {
        return with_unknown_tail(&lines, latency).ok_or_else(|| {
            let mut candidates: Vec<_> = attempts.iter().map(Attempt::candidate).collect();
            candidates.retain(|candidate| candidate.read > 0);
            candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.read));
            Undetected::Unknown(candidates)
        });
    }
    let plausible: Vec<_> = best.iter().copied().filter(|found| found.is_plausible()).collect();
    let mut notes = Vec::new();
    let found = if plausible.is_empty() {
        notes.push("the latency cannot be in the unit of the format; it may be wrong".into());
        best
    } else {
        plausible
    };
    if let Some(ambiguity) = disagreement(&found, &lines) {
        return Err(Undetected::Ambiguous(ambiguity));
    }
    Ok(reading(&found, &lines, notes))
}

/// Every candidate with what it reads, best first: for `statlog detect`.
pub fn candidates(lines: &[&[u8]]) -> Vec<Candidate> {
    let lines: Vec<&[u8]> = lines.iter().copied().filter(|line| skip(line).is_none()).collect();
    let mut candidates: Vec<_> = attempts(&lines, None).iter().map(Attempt::candidate).collect();
    candidates.retain(|candidate| candidate.read > 0);
    candidates.sort_by_key(|found| std::cmp::Reverse((found.read, found.columns)));
    candidates
}

/// Reads a sample with every text format.
fn attempts<'a>(lines: &[&'a [u8]], latency: Option<&str>) -> Vec<Attempt<'a>> {
    FORMATS
        .iter()
        .filter_map(|format| {
            // A format without the wanted latency is still a candidate for the columns.
            let template = format.template(latency).or_else(|_| format.template(None)).ok()?;
            let records = lines.iter().map(|line| template.parse(line).ok()).collect();
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

/// The reading of formats that agree with one another.
fn reading(found: &[&Attempt<'_>], lines: &[&[u8]], mut notes: Vec<String>) -> Reading {
    let evidence = Evidence::of(lines);
    let products = |dialect| found.iter().find(|attempt| attempt.format.dialect == dialect);
    let (main, sure) = match (products(Dialect::Nginx), products(Dialect::Apache)) {
        (Some(nginx), Some(apache)) => match evidence.product() {
            Some(Dialect::Nginx) => (nginx, true),
            Some(Dialect::Apache) => (apache, true),
            // Apache's template reads what nginx writes, and more.
            None => (apache, false),
        },
        (Some(only), None) | (None, Some(only)) => (only, true),
        (None, None) => (&found[0], true),
    };
    let same: Vec<_> =
        found.iter().filter(|other| other.format.dialect == main.format.dialect).collect();
    let time_meaning = match sure {
        true => main.format.dialect.meaning(main.format.string),
        false => {
            notes.push(
                "nothing in the sample tells nginx from Apache: nginx stamps the end of a \
                 request, Apache its start; --log-format nginx-combined or apache-combined \
                 settles it"
                    .into(),
            );
            TimeMeaning::Unknown
        }
    };
    let mut latency = latency(&main.template);
    if let ([_, second, ..], Some((name, _))) = (&same[..], &mut latency)
        && let Some((other, _)) = self::latency(&second.template)
        && other != *name
    {
        notes.push(format!(
            "the time column can be {name} or {other}; name it with --log-format {} or {}",
            main.format.name, second.format.name
        ));
        *name = format!("{name} or {other}");
    }
    if let Some((name, Unit::Seconds)) = &latency
        && name.ends_with('T')
    {
        notes.push(format!("{name} is in whole seconds: percentiles below a second mean nothing"));
    }
    let parser = Parser::new(Shape::Template(main.template.clone())).with_sisters(main.format.name);
    let arena = Bump::new();
    let read = lines
        .iter()
        .filter(|line| {
            matches!(parser.read(line, &arena), super::Line::Request(_) | super::Line::Sister(..))
        })
        .count();
    Reading {
        name: if sure && same.len() == 1 { main.format.name } else { main.format.label }.into(),
        string: main.format.string.into(),
        detected: true,
        read: read as u64,
        sampled: lines.len() as u64,
        time_field: time_field(&main.template).map(|(name, _)| name.to_owned()),
        time_meaning,
        latency,
        zone: zone(&main.template, lines),
        notes,
        parser,
    }
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
fn zone(template: &Template, lines: &[&[u8]]) -> Option<String> {
    let (name, shape) = time_field(template)?;
    if shape == TimeShape::EpochSeconds {
        return Some("UTC".into());
    }
    let mut offsets: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines {
        let values = template.explain(line);
        let Some((_, value)) = values.iter().find(|(found, _)| *found == name) else { continue };
        *offsets.entry(offset(value)).or_default() += 1;
    }
    let mut offsets: Vec<_> = offsets.into_iter().collect();
    offsets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names: Vec<_> = offsets.into_iter().take(4).map(|(offset, _)| offset).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The offset at the end of a time, as `+02:00`.
pub(super) fn offset(time: &[u8]) -> String {
    let time = time.strip_suffix(b"]").unwrap_or(time);
    if matches!(time.last(), Some(b'Z' | b'z')) {
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
fn with_unknown_tail(lines: &[&[u8]], latency: Option<&str>) -> Option<Reading> {
    let mut found = None;
    for name in ["apache-vhost-combined", "nginx-main", "apache-combined", "apache-common"] {
        let format = FORMATS.iter().find(|format| format.name == name)?;
        let (string, tail) = match format.dialect {
            Dialect::Nginx => (format!("{} $tail", format.string), "$tail"),
            Dialect::Apache => (format!("{} %{{tail}}n", format.string), "%{tail}n"),
        };
        let template = super::template(format.dialect, &string, latency)
            .or_else(|_| super::template(format.dialect, &string, None))
            .ok()?;
        let read = lines.iter().filter(|line| template.parse(line).is_ok()).count();
        if read as f64 >= ENOUGH * lines.len() as f64 {
            found = Some((format, string, tail, template));
            break;
        }
    }
    let (format, string, tail, template) = found?;
    let sample = lines.iter().find(|line| template.parse(line).is_ok())?;
    let values = template.explain(sample);
    let (_, value) = values.iter().find(|(name, _)| *name == tail)?;
    let columns = value.split(|byte| *byte == b' ').count();
    let seconds = value.split(|byte| *byte == b' ').position(|word| {
        let word = word.strip_prefix(b"\"").unwrap_or(word);
        let word = word.strip_suffix(b"\"").unwrap_or(word);
        Unit::Seconds.micros(word).is_some() && word.contains(&b'.')
    });
    let hint = seconds
        .map_or(String::new(), |at| format!("; column {} of them looks like seconds", at + 1));
    let note = format!(
        "{columns} column(s) after '{}' are not known and ignored{hint}; give the server's own \
         format with --log-format to use them",
        format.label
    );
    let parser = Parser::new(Shape::Template(template.clone())).with_sisters("");
    let arena = Bump::new();
    let read = lines.iter().filter(|line| parser.strict(line, &arena).is_ok()).count();
    Some(Reading {
        name: format!("{} + unknown columns", format.label),
        string,
        detected: true,
        read: read as u64,
        sampled: lines.len() as u64,
        time_field: time_field(&template).map(|(name, _)| name.to_owned()),
        time_meaning: Evidence::of(lines)
            .product()
            .map_or(TimeMeaning::Unknown, |product| product.meaning("")),
        latency: None,
        zone: zone(&template, lines),
        notes: vec![note],
        parser,
    })
}

/// Reads a sample with the format that the user gave: the name of an entry, or a format string of
/// nginx or Apache.
///
/// Errors when the text is neither, or does not compile; the message says why and what to do.
pub fn given(text: &str, lines: &[&[u8]], latency: Option<&str>) -> Result<Reading, String> {
    let known = FORMATS.iter().find(|format| format.name == text.trim());
    let (name, dialect, string) = match known {
        Some(format) => (format.name.to_owned(), format.dialect, format.string.to_owned()),
        None => {
            let dialect = dialect(text).ok_or_else(|| unknown_name(text))?;
            (format!("given {} format", dialect_name(dialect)), dialect, text.trim().to_owned())
        }
    };
    let template = super::template(dialect, &string, latency)?;
    let lines: Vec<&[u8]> = lines.iter().copied().filter(|line| skip(line).is_none()).collect();
    let parser = Parser::new(Shape::Template(template.clone()));
    let arena = Bump::new();
    let read = lines.iter().filter(|line| parser.strict(line, &arena).is_ok()).count();
    let time = time_field(&template);
    let mut notes = Vec::new();
    if time.is_none() {
        notes.push("the format has no time that can be read: there is no course of time".into());
    }
    Ok(Reading {
        name,
        string,
        detected: false,
        read: read as u64,
        sampled: lines.len() as u64,
        time_field: time.map(|(name, _)| name.to_owned()),
        time_meaning: dialect.meaning(text),
        latency: self::latency(&template),
        zone: zone(&template, &lines),
        notes,
        parser,
    })
}

/// The language that a format string is written in: nginx has `$name`, Apache `%>s`.
fn dialect(text: &str) -> Option<Dialect> {
    if nginx::pieces(text).is_ok_and(|(pieces, _)| pieces.len() > 1) && text.contains('$') {
        return Some(Dialect::Nginx);
    }
    (text.contains('%') && apache::pieces(text).is_ok()).then_some(Dialect::Apache)
}

fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Nginx => "nginx",
        Dialect::Apache => "Apache",
    }
}

/// The error for a format that is no name and no string.
fn unknown_name(text: &str) -> String {
    if text.contains('$') {
        return nginx::pieces(text).err().unwrap_or_default();
    }
    if text.contains('%') {
        return apache::pieces(text).err().unwrap_or_default();
    }
    let near = FORMATS
        .iter()
        .map(|format| (strsim::jaro_winkler(format.name, text), format.name))
        .filter(|(near, _)| *near > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map_or(String::new(), |(_, name)| format!("; did you mean '{name}'?"));
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
        assert_eq!(reading.latency, Some(("$request_time".into(), Unit::Seconds)));
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
        assert!(reading.notes[0].contains("column 2 of them looks like seconds"));
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
