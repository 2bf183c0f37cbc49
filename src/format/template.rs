//! A server's own format string, compiled: `$remote_addr - $remote_user [$time_local] …` becomes a
//! list of steps, each of which reads one field up to the literal text that follows it.
//!
//! A line is read **strictly** by [`Template::parse`]: every literal is there, every value is of
//! its field's kind, and nothing is left over. [`Template::recover`] reads leniently what old
//! servers wrote: raw quotes inside quoted values, a last quoted value that was cut off.

use super::field::{Digits, Field, TimeShape, Unit};
use super::marks::Quotes;
use super::{Latency, Scratch, combined};
use crate::record::{Record, Reject};
use memchr::memchr;
use step::{Reader, Step};

pub(super) mod step;

/// A part of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands in every line.
    Literal(Vec<u8>),
    /// A value, with its name as the format string writes it (`$status`, `%>s`).
    Value(String, Field),
    /// The value that follows may have spaces before it.
    Padding,
    /// The value that follows stands in quotes of its own, or without: absent values often do, and
    /// HAProxy's quotes go with a value that is left out.
    Enclosed,
    /// A block in braces that is there only where the server was told to capture headers (HAProxy),
    /// with the literal after it.
    Captures(String),
    /// The line may end here.
    MayEnd,
}

/// How the end of a quoted value is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// A backslash hides the byte after it. This holds for nginx (`\x22`, never `\"`) and for
    /// Apache (`\"`, `\\`); an absent value is `-`.
    Backslash,
    /// The same, with absent values left empty (nginx `escape=json`).
    Json,
    /// Values are written raw (`escape=none`): one ends where the following literal begins.
    None,
}

/// A compiled format string.
#[derive(Clone, Debug)]
pub struct Template {
    /// Text before the first value.
    lead: Vec<u8>,
    steps: Vec<Step>,
    /// Steps that [`combined::read`] covers.
    combined: Option<usize>,
    /// Summands of the latency; 0 where it is one value.
    parts: u8,
}

/// Candidates for the end of a value that [`Template::recover`] tries in one line, all steps
/// together: a line of 64 KiB of quotes must not cost more than a millisecond.
const RECOVERY_BUDGET: u32 = 64;

impl Template {
    /// Compiles the pieces of a format string. `latency` names the value that is the report's
    /// latency, and its unit if it is another than the format says; without it the most telling
    /// duration is taken.
    ///
    /// Errors when the pieces cannot be told apart in a line, when there is no status, or when
    /// `latency` is no duration of this format.
    pub fn compile(
        pieces: Vec<Piece>,
        escape: Escape,
        latency: Latency<'_>,
    ) -> Result<Self, String> {
        let mut pieces = choose_latency(join_literals(pieces), latency)?;
        forwarded_client(&mut pieces);
        let mut lead = Vec::new();
        let mut steps: Vec<Step> = Vec::new();
        let mut before: &[u8] = b"";
        let (mut padded, mut enclosed) = (false, false);
        let literal = |at: usize| match pieces.get(at) {
            Some(Piece::Literal(text)) => &text[..],
            _ => b"",
        };
        for (at, piece) in pieces.iter().enumerate() {
            let until = literal(at + 1).to_vec();
            match piece {
                Piece::Literal(text) => {
                    if steps.is_empty() {
                        lead.clone_from(text);
                    }
                    before = text;
                }
                Piece::Padding => padded = true,
                Piece::Enclosed => enclosed = true,
                Piece::Captures(name) => {
                    steps.push(Step::new(name, Field::Opaque, Reader::Captures, until, true));
                }
                Piece::MayEnd => {
                    steps.push(Step::new("", Field::Opaque, Reader::MayEnd, until, true));
                }
                Piece::Value(name, field) => {
                    let reader = match pieces.get(at + 1) {
                        _ if enclosed => Reader::Enclosed,
                        Some(Piece::MayEnd) => match literal(at + 2).first() {
                            Some(first) => Reader::UpTo(*first),
                            None => Reader::Rest,
                        },
                        Some(Piece::Value(_, Field::Tail)) => Reader::UpTo(b' '),
                        Some(Piece::Value(next, _)) => {
                            return Err(format!(
                                "{name} and {next} have nothing between them, so no reader can \
                                 tell where one ends; put a space or quotes between them in the \
                                 server's format"
                            ));
                        }
                        _ if padded => Reader::Padded,
                        _ => {
                            let clf = Field::Time(TimeShape::Clf);
                            let then_time = matches!(
                                pieces.get(at + 2), Some(Piece::Value(_, next)) if *next == clf
                            );
                            match Reader::of(*field, before, &until, escape) {
                                Reader::Search if then_time => Reader::BeforeTime,
                                Reader::Token if until == b":" => {
                                    Reader::Colon(literal(at + 3).first().copied())
                                }
                                other => other,
                            }
                        }
                    };
                    (padded, enclosed) = (false, false);
                    let empty = escape != Escape::Backslash || reader == Reader::Quoted;
                    steps.push(Step::new(name, *field, reader, until, empty));
                }
            }
        }
        if !steps.iter().any(|step| step.field == Field::Status) {
            return Err("the format has no status ($status, %>s), so there is nothing to count \
                        by"
            .into());
        }
        let all = steps.iter().map(|step| (step.field, &step.until[..]));
        let combined =
            if lead.is_empty() && escape != Escape::None { combined::covered(all) } else { None };
        let is_part =
            |step: &&Step| matches!(step.field, Field::Part { .. } | Field::UpstreamPart { .. });
        let parts = steps.iter().filter(is_part).count();
        Ok(Self { lead, steps, combined, parts: parts as u8 })
    }

    /// Number of columns that the format explains. The identd user counts for none: nginx has a
    /// fixed `-` in its place. Nor does what may be anything or nothing.
    pub fn columns(&self) -> usize {
        let explains = |step: &&Step| {
            !matches!(step.field, Field::Identity | Field::Tail)
                && !matches!(step.reader, Reader::MayEnd | Reader::Captures)
        };
        self.steps.iter().filter(explains).count()
    }

    /// Name and field of every value, in the order of the line.
    pub fn names(&self) -> impl Iterator<Item = (&str, Field)> {
        let named = self.steps.iter().filter(|step| step.reader != Reader::MayEnd);
        named.map(|step| (step.name.as_str(), step.field))
    }

    /// Reads a line that is exactly of this format into a record that is still empty. What stands
    /// in the record after an error means nothing. `quotes` are those of the line, if known.
    #[inline]
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        mut quotes: Quotes<'_>,
        scratch: &Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        // Comparing nothing took 17 % of the whole run: memcmp's masked load of the empty vector's
        // dangling address is slow.
        if !self.lead.is_empty() && !line.starts_with(&self.lead) {
            return Err(Reject::Shape);
        }
        let mut at = self.lead.len();
        let mut steps = &self.steps[..];
        if let Some(covered) = self.combined
            && let Some(end) = combined::read(line, &quotes, &scratch.minute, record)
        {
            let last = &steps[covered - 1];
            if !last.ends(line, end) {
                return Err(self.why(record, line));
            }
            at = end + last.until.len();
            steps = &steps[covered..];
        }
        for step in steps {
            let rest = &line[at..];
            let length = match step.short(rest, scratch, record) {
                Some(length) => length,
                None => {
                    let length = match step.reader {
                        Reader::Quoted if quotes.known() => quotes
                            .next(at)
                            .map(|quote| quote - at)
                            .filter(|length| step.ends(rest, *length)),
                        _ => step.length(rest),
                    };
                    let Some(length) = length else {
                        match step.reader {
                            Reader::Captures if !rest.starts_with(b"{") => continue,
                            Reader::MayEnd if rest.trim_ascii_end().is_empty() => {
                                self.sum_up(record);
                                return Ok(());
                            }
                            _ => return Err(self.why(record, line)),
                        }
                    };
                    if length == 0 && !step.empty && step.field.is_number() {
                        return Err(Reject::Number);
                    }
                    step.field.set(record, step.value(&rest[..length]))?;
                    length
                }
            };
            at += length + step.until.len();
        }
        // Some servers end their lines with a space.
        if !line[at..].iter().all(|byte| *byte == b' ') {
            return Err(Reject::Shape);
        }
        self.sum_up(record);
        Ok(())
    }

    /// A latency that is a sum counts only when all its parts were there.
    #[inline]
    fn sum_up(&self, record: &mut Record<'_>) {
        if self.parts > 0 && record.parts != self.parts {
            record.duration = None;
        }
    }

    /// As [`Template::parse`], for a few lines.
    pub fn record<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Reject> {
        let mut record = Record::default();
        self.parse(line, Quotes::UNKNOWN, &Scratch::default(), &mut record).map(|()| record)
    }

    /// Reads a line that breaks the rules of quoting: tries every place where a quoted value could
    /// end, the nearest first, until the rest of the line fits. A last quoted value may lack its
    /// closing quote. The record is marked `recovered`.
    #[cold]
    pub fn recover<'a>(&self, line: &'a [u8]) -> Option<Record<'a>> {
        let mut budget = RECOVERY_BUDGET;
        if !line.starts_with(&self.lead) {
            return None;
        }
        let record = Record { recovered: true, ..Record::default() };
        self.backtrack(0, &line[self.lead.len()..], record, &mut budget)
    }

    fn backtrack<'a>(
        &self,
        at: usize,
        rest: &'a [u8],
        record: Record<'a>,
        budget: &mut u32,
    ) -> Option<Record<'a>> {
        let done = |mut record: Record<'a>| {
            self.sum_up(&mut record);
            rest.trim_ascii_end().is_empty().then_some(record)
        };
        let Some(step) = self.steps.get(at) else { return done(record) };
        match step.reader {
            Reader::Captures if !rest.starts_with(b"{") => {
                return self.backtrack(at + 1, rest, record, budget);
            }
            Reader::MayEnd if rest.trim_ascii_end().is_empty() => return done(record),
            _ => {}
        }
        let go_on = |length: usize, rest: &'a [u8], budget: &mut u32| {
            let mut record = record;
            if length == 0 && !step.empty && step.field.is_number() {
                return None;
            }
            step.field.set(&mut record, step.value(&rest[..length])).ok()?;
            let next = rest.get(length + step.until.len()..).unwrap_or(b"");
            self.backtrack(at + 1, next, record, budget)
        };
        // The values that may end at several places: how long the quote before and behind them is.
        let (open, close) = match step.reader {
            Reader::Quoted => (0, 0),
            Reader::Enclosed if rest.first() == Some(&b'"') => (1, 1),
            _ => return go_on(step.length(rest)?, rest, budget),
        };
        let end = [&b"\""[..close], &step.until].concat();
        for length in memchr::memmem::find_iter(&rest[open..], &end) {
            *budget = budget.checked_sub(1)?;
            if let Some(record) = go_on(open + length + close, rest, budget) {
                return Some(record);
            }
        }
        let is_last = at + 1 == self.steps.len();
        if memchr(b'"', &rest[open..]).is_some() || !(is_last || step.is_cut_request(&record)) {
            return None;
        }
        let mut record = record;
        step.field.set(&mut record, step.value(&rest[open..])).ok()?;
        self.sum_up(&mut record);
        Some(record)
    }

    /// The values of a line, by name, for people: as far as the line can be read.
    pub fn explain<'a>(&self, line: &'a [u8]) -> Vec<(&str, &'a [u8])> {
        let mut values = Vec::new();
        let mut at = if line.starts_with(&self.lead) { self.lead.len() } else { line.len() };
        for step in &self.steps {
            let Some(rest) = line.get(at..) else { break };
            if step.reader == Reader::Captures && !rest.starts_with(b"{") {
                continue;
            }
            let Some(length) = step.length(rest) else { break };
            if step.reader != Reader::MayEnd {
                values.push((step.name.as_str(), step.trimmed(&rest[..length])));
            }
            at += length + step.until.len();
        }
        values
    }

    /// Why a line that stops fitting in the middle does not fit: it was cut off when it fits up
    /// to its own end, else it is something else.
    #[cold]
    fn why(&self, record: &Record<'_>, line: &[u8]) -> Reject {
        let mut at = self.lead.len();
        for step in &self.steps {
            let rest = &line[at..];
            match step.length(rest) {
                None if step.reader == Reader::Captures && !rest.starts_with(b"{") => {}
                Some(length) => at += length + step.until.len(),
                None if record.time.is_some() && step.runs_out(rest) => return Reject::Truncated,
                None => return Reject::Shape,
            }
        }
        Reject::Shape
    }
}

/// The sign that closes an expression of a format string: within parentheses there may be others
/// (HAProxy's `regsub([a-z],x)`, the `%` of Envoy's format of a time).
pub(super) fn closing(text: &str, sign: char) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (c == sign && depth <= 0).then_some(at)
    })
}

/// Without a column of its own the client is the first address that was forwarded.
pub(super) fn forwarded_client(pieces: &mut [Piece]) {
    let is = |piece: &Piece, wanted| matches!(piece, Piece::Value(_, field) if *field == wanted);
    if !pieces.iter().any(|piece| is(piece, Field::Client))
        && let Some(Piece::Value(_, field)) =
            pieces.iter_mut().find(|piece| is(piece, Field::Addresses))
    {
        *field = Field::Client;
    }
}

/// Makes one literal of neighbouring ones and drops empty ones.
fn join_literals(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (_, Piece::Literal(text)) if text.is_empty() => {}
            (Some(Piece::Literal(last)), Piece::Literal(text)) => last.extend(text),
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

/// Marks the one duration that is the report's latency: the named one, else the total time of the
/// request (the finest unit first), else the upstreams' time.
pub(super) fn choose_latency(
    mut pieces: Vec<Piece>,
    wanted: Latency<'_>,
) -> Result<Vec<Piece>, String> {
    // What was chosen by the format stands, unless something else is wanted.
    for piece in &mut pieces {
        match piece {
            Piece::Value(
                _,
                Field::Duration { latency, .. } | Field::UpstreamDuration { latency, .. },
            ) if wanted.is_some() => *latency = false,
            Piece::Value(name, field) => match *field {
                Field::Part { unit } if wanted.is_some() => {
                    *field = Field::Duration { unit, digits: Digits::Any, latency: false };
                }
                Field::UpstreamPart { unit } if wanted.is_some() => {
                    *field = Field::UpstreamDuration { unit, digits: Digits::Any, latency: false };
                }
                // Only who asks for the time to the first byte gets it for the latency.
                Field::Connect { unit } | Field::Header { unit }
                    if wanted.is_some_and(|(wanted, _)| is_named(name, wanted)) =>
                {
                    *field = Field::Duration { unit, digits: Digits::Any, latency: false };
                }
                Field::Part { .. }
                | Field::UpstreamPart { .. }
                | Field::Duration { latency: true, .. }
                | Field::UpstreamDuration { latency: true, .. } => return Ok(pieces),
                _ => {}
            },
            _ => {}
        }
    }
    let rank = |name: &str, field: Field| match (wanted, field) {
        (Some((wanted, _)), Field::Duration { .. } | Field::UpstreamDuration { .. }) => {
            is_named(name, wanted).then_some(0)
        }
        (Some(_), _) => None,
        (None, Field::Duration { .. }) if is_before_the_answer(name) => None,
        (None, Field::Duration { .. }) if is_partial(name) => Some(20),
        (None, Field::Duration { unit, .. }) => Some(match unit {
            Unit::Nanoseconds => 0,
            Unit::Microseconds => 1,
            Unit::Milliseconds => 2,
            // nginx writes seconds with milliseconds, Apache's %T whole ones.
            Unit::Seconds => 3,
        }),
        (None, Field::UpstreamDuration { .. }) if name == "$upstream_response_time" => Some(10),
        (None, Field::UpstreamDuration { .. }) => Some(11),
        _ => None,
    };
    let best = pieces
        .iter()
        .enumerate()
        .filter_map(|(at, piece)| match piece {
            Piece::Value(name, field) => Some((rank(name, *field)?, at)),
            _ => None,
        })
        .min();
    match (best, wanted) {
        (Some((_, at)), _) => {
            if let Piece::Value(
                _,
                Field::Duration { latency, unit, .. }
                | Field::UpstreamDuration { latency, unit, .. },
            ) = &mut pieces[at]
            {
                *latency = true;
                if let Some((_, Some(said))) = wanted {
                    *unit = said;
                }
            }
        }
        (None, Some((wanted, _))) => {
            let durations: Vec<_> = pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Value(name, Field::Duration { .. } | Field::UpstreamDuration { .. }) => {
                        Some(name.as_str())
                    }
                    _ => None,
                })
                .collect();
            return Err(match durations.is_empty() {
                true => format!("the format has no duration, so '{wanted}' cannot be its latency"),
                false => format!(
                    "'{wanted}' is no duration of the format; it has {}",
                    durations.join(", ")
                ),
            });
        }
        (None, None) => {}
    }
    Ok(pieces)
}

/// Whether a duration is the one that a user asks for: `%Ta` and `Ta` are one name, and so are
/// `%DURATION%` and `DURATION`.
fn is_named(name: &str, wanted: &str) -> bool {
    name.trim_matches(['$', '%']) == wanted.trim_matches(['$', '%'])
}

/// Times of HAProxy and Envoy that pass before there is an answer (handshakes, the request itself,
/// the queue): never the latency, unless they are asked for.
fn is_before_the_answer(name: &str) -> bool {
    matches!(name, "%TR" | "%Tw" | "%Th" | "%Ti" | "%Tq" | "%Td")
        || matches!(name, "%REQUEST_DURATION%" | "%REQUEST_TX_DURATION%" | "%RESPONSE_TX_DURATION%")
}

/// Durations that are not the whole of a request: time to first byte, the connection's age, the
/// round-trip time.
fn is_partial(name: &str) -> bool {
    matches!(name, "%^FB" | "$connection_time" | "$tcpinfo_rtt" | "$tcpinfo_rttvar")
        || name.contains("firstbyte")
}

#[cfg(test)]
mod tests;
