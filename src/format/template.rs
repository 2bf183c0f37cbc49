//! A server's own format string, compiled: `$remote_addr - $remote_user [$time_local] …` becomes a
//! list of steps, each of which reads one field up to the literal text that follows it.
//!
//! A line is read **strictly** by [`Template::parse`]: every literal is there, every value is of
//! its field's kind, and nothing is left over. [`Template::recover`] reads leniently what old
//! servers wrote: raw quotes inside quoted values, a last quoted value that was cut off.

use super::field::{Digits, Field, TimeShape, Unit, present};
use super::marks::Quotes;
use super::{Latency, combined, list};
use crate::record::{Record, Reject, Status};
use crate::time::{CLF_LENGTH, Minute};
use memchr::{memchr, memchr2};
use std::cell::Cell;

/// A part of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands in every line.
    Literal(Vec<u8>),
    /// A value, with its name as the format string writes it (`$status`, `%>s`).
    Value(String, Field),
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
}

/// Reads one value.
#[derive(Clone, Debug)]
struct Step {
    name: String,
    field: Field,
    reader: Reader,
    short: Short,
    /// The literal after the value; empty after the last one.
    until: Vec<u8>,
    /// Whether a number that is absent is left empty.
    empty: bool,
    /// The first eight bytes of `until`, and which of their bits count: one comparison instead of a
    /// call.
    word: u64,
    mask: u64,
}

/// Values whose usual form is read in one go, without looking for their end first. Any other form
/// goes the long way, by [`Reader`] and [`Field::set`]; both agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Short {
    /// Three digits.
    Status,
    /// Digits.
    Bytes,
    /// A time in the minute of the line before.
    Clf,
    /// An address up to a space.
    Client,
    /// `-` in a column that is not used.
    Dash,
    /// Seconds with a fraction.
    Seconds,
    /// The same, of one upstream attempt.
    UpstreamSeconds,
    /// There is no short way.
    No,
}

/// How the end of a value is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// The first unescaped quote.
    Quoted,
    /// The first byte of the literal: the value cannot hold it.
    Token,
    /// The first place where the whole literal stands: the value may hold parts of it
    /// (`$remote_user` is not quoted and may hold spaces).
    Search,
    /// The same, where a time in the common log format must follow: a user may be called ` [`.
    BeforeTime,
    /// The last colon before the byte that ends the port after it: an IPv6 address holds colons.
    Colon(Option<u8>),
    /// An unquoted request line: what ends in a protocol.
    Request,
    /// The grammar of nginx lists.
    List,
    /// A time of fixed length.
    Clf,
    /// The end of the line.
    Rest,
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
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Literal(text) if steps.is_empty() => {
                    lead.clone_from(text);
                    before = text;
                }
                Piece::Literal(text) => before = text,
                Piece::Value(name, field) => {
                    let until = match pieces.get(at + 1) {
                        None => Vec::new(),
                        Some(Piece::Literal(text)) => text.clone(),
                        Some(Piece::Value(next, _)) => {
                            return Err(format!(
                                "{name} and {next} have nothing between them, so no reader can \
                                 tell where one ends; put a space or quotes between them in the \
                                 server's format"
                            ));
                        }
                    };
                    let clf = Field::Time(TimeShape::Clf);
                    let then_time =
                        matches!(pieces.get(at + 2), Some(Piece::Value(_, next)) if *next == clf);
                    let reader = match reader(*field, before, &until, escape) {
                        Reader::Search if then_time => Reader::BeforeTime,
                        Reader::Token if until == b":" => Reader::Colon(match pieces.get(at + 3) {
                            Some(Piece::Literal(text)) => text.first().copied(),
                            _ => None,
                        }),
                        other => other,
                    };
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
        Ok(Self { lead, steps, combined })
    }

    /// Number of columns that the format explains. The identd user counts for none: nginx has a
    /// fixed `-` in its place.
    pub fn columns(&self) -> usize {
        self.steps.iter().filter(|step| step.field != Field::Identity).count()
    }

    /// Name and field of every value, in the order of the line.
    pub fn names(&self) -> impl Iterator<Item = (&str, Field)> {
        self.steps.iter().map(|step| (step.name.as_str(), step.field))
    }

    /// Reads a line that is exactly of this format into a record that is still empty. What stands
    /// in the record after an error means nothing. `quotes` are those of the line, if known.
    #[inline]
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        mut quotes: Quotes<'_>,
        minute: &Cell<Minute>,
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
            && let Some(end) = combined::read(line, &quotes, minute, record)
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
            let length = match step.short(rest, minute, record) {
                Some(length) => length,
                None => {
                    let length = match step.reader {
                        Reader::Quoted if quotes.known() => quotes
                            .next(at)
                            .map(|quote| quote - at)
                            .filter(|length| step.ends(rest, *length)),
                        _ => step.length(rest),
                    };
                    let Some(length) = length else { return Err(self.why(record, line)) };
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
        if line[at..].iter().all(|byte| *byte == b' ') { Ok(()) } else { Err(Reject::Shape) }
    }

    /// As [`Template::parse`], for a few lines.
    pub fn record<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Reject> {
        let mut record = Record::default();
        self.parse(line, Quotes::UNKNOWN, &Cell::default(), &mut record).map(|()| record)
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
        let Some(step) = self.steps.get(at) else {
            return rest.trim_ascii_end().is_empty().then_some(record);
        };
        let go_on = |length: usize, rest: &'a [u8], budget: &mut u32| {
            let mut record = record;
            if length == 0 && !step.empty && step.field.is_number() {
                return None;
            }
            step.field.set(&mut record, step.value(&rest[..length])).ok()?;
            let next = rest.get(length + step.until.len()..).unwrap_or(b"");
            self.backtrack(at + 1, next, record, budget)
        };
        if step.reader != Reader::Quoted {
            return go_on(step.length(rest)?, rest, budget);
        }
        for length in memchr::memmem::find_iter(rest, &step.until) {
            *budget = budget.checked_sub(1)?;
            if let Some(record) = go_on(length, rest, budget) {
                return Some(record);
            }
        }
        let cut = at + 1 == self.steps.len() && memchr(b'"', rest).is_none();
        if cut { go_on(rest.len(), rest, budget) } else { None }
    }

    /// The values of a line, by name, for people: as far as the line can be read.
    pub fn explain<'a>(&self, line: &'a [u8]) -> Vec<(&str, &'a [u8])> {
        let mut values = Vec::new();
        let mut at = if line.starts_with(&self.lead) { self.lead.len() } else { line.len() };
        for step in &self.steps {
            let Some(rest) = line.get(at..) else { break };
            let Some(length) = step.length(rest) else { break };
            values.push((step.name.as_str(), &rest[..length]));
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
                Some(length) => at += length + step.until.len(),
                None if record.time.is_some() && step.runs_out(rest) => return Reject::Truncated,
                None => return Reject::Shape,
            }
        }
        Reject::Shape
    }
}

impl Step {
    fn new(name: &str, field: Field, reader: Reader, until: Vec<u8>, empty: bool) -> Self {
        let mut word = [0; 8];
        let known = until.len().min(8);
        word[..known].copy_from_slice(&until[..known]);
        let seconds = |unit, digits| unit == Unit::Seconds && digits == Digits::Thousandths;
        let short = match field {
            Field::Status => Short::Status,
            Field::Bytes => Short::Bytes,
            Field::Time(TimeShape::Clf) => Short::Clf,
            Field::Client if until.first() == Some(&b' ') => Short::Client,
            Field::Duration { unit, digits, .. } if seconds(unit, digits) => Short::Seconds,
            Field::UpstreamDuration { unit, digits, .. } if seconds(unit, digits) => {
                Short::UpstreamSeconds
            }
            // Quoted text may go on after a dash.
            Field::Opaque | Field::Identity | Field::User if reader != Reader::Rest => Short::Dash,
            _ => Short::No,
        };
        Self {
            name: name.into(),
            field,
            reader,
            short,
            word: u64::from_le_bytes(word),
            mask: u64::MAX.checked_shr(64 - 8 * known as u32).unwrap_or(0),
            until,
            empty,
        }
    }

    /// Reads the usual form of a value; its length.
    #[inline]
    fn short<'a>(
        &self,
        rest: &'a [u8],
        minute: &Cell<Minute>,
        record: &mut Record<'a>,
    ) -> Option<usize> {
        match self.short {
            Short::Status => {
                let status = Status::parse(rest.get(..3)?)?;
                self.ends(rest, 3).then(|| record.status = status)?;
                Some(3)
            }
            Short::Bytes => {
                let (bytes, length) = digits(rest)?;
                self.ends(rest, length).then(|| record.bytes = Some(bytes))?;
                Some(length)
            }
            Short::Clf => {
                let text = rest.get(..CLF_LENGTH)?;
                let time = Minute::clf(minute, text)?;
                self.ends(rest, CLF_LENGTH).then(|| record.time = Some(time))?;
                Some(CLF_LENGTH)
            }
            Short::Client => {
                let length = rest.iter().position(|byte| *byte == b' ')?;
                if rest[..length].ends_with(b",") {
                    return None;
                }
                self.ends(rest, length).then(|| record.client = present(&rest[..length]))?;
                Some(length)
            }
            Short::Dash => (rest.first() == Some(&b'-') && self.ends(rest, 1)).then_some(1),
            Short::Seconds => {
                let (micros, length) = thousandths(rest)?;
                if !self.ends(rest, length) {
                    return None;
                }
                if let Field::Duration { latency: true, .. } = self.field {
                    record.duration = Some(micros);
                }
                Some(length)
            }
            Short::UpstreamSeconds => {
                let (micros, length) = thousandths(rest)?;
                // A list goes on.
                if !self.ends(rest, length) || rest[length..].starts_with(b" : ") {
                    return None;
                }
                record.upstream.attempts = record.upstream.attempts.max(1);
                record.upstream.duration = Some(micros);
                if let Field::UpstreamDuration { latency: true, .. } = self.field {
                    record.duration = Some(micros);
                }
                Some(length)
            }
            Short::No => None,
        }
    }

    /// Whether the literal after the value stands at `at`, or the line ends there if there is
    /// none.
    #[inline]
    fn ends(&self, rest: &[u8], at: usize) -> bool {
        if self.until.is_empty() {
            return rest[at..].iter().all(|byte| *byte == b' ');
        }
        let word = rest.get(at..).and_then(<[u8]>::first_chunk);
        match word {
            Some(word) if self.until.len() <= 8 => {
                (u64::from_le_bytes(*word) ^ self.word) & self.mask == 0
            }
            _ => rest.get(at..).is_some_and(|rest| rest.starts_with(&self.until)),
        }
    }

    /// Length of the value that `rest` starts with; `None` when the literal after it is missing.
    #[inline]
    fn length(&self, rest: &[u8]) -> Option<usize> {
        let end = self.end(rest)?;
        self.ends(rest, end).then_some(end)
    }

    /// What of a value counts: of a list of addresses the first, for which the others forwarded.
    #[inline]
    fn value<'a>(&self, value: &'a [u8]) -> &'a [u8] {
        if self.field != Field::Client {
            return value;
        }
        &value[..memchr(b',', value).unwrap_or(value.len())]
    }

    /// Where the value ends, before the literal after it is looked at.
    #[inline]
    fn end(&self, rest: &[u8]) -> Option<usize> {
        match self.reader {
            Reader::Quoted => quoted(rest),
            // Tokens are short (an address, a status, a size): a plain loop beats memchr's setup.
            Reader::Token => {
                let first = self.until[0];
                let end = rest.iter().position(|byte| *byte == first)?;
                // An address list where one address was expected (X-Forwarded-For).
                if self.field == Field::Client && first == b' ' && rest[..end].ends_with(b",") {
                    return Some(list::length(rest));
                }
                Some(end)
            }
            Reader::Colon(stop) => {
                let first = memchr(b':', rest)?;
                let stop = stop.and_then(|stop| memchr(stop, &rest[first..]));
                let port = stop.map_or(rest.len(), |at| first + at);
                memchr::memrchr(b':', &rest[..port])
            }
            Reader::Request => search(rest, &self.until, |at, _| ends_in_protocol(&rest[..at]))
                .or_else(|| search(rest, &self.until, |_, _| true)),
            Reader::Clf => (rest.len() >= CLF_LENGTH).then_some(CLF_LENGTH),
            Reader::List => Some(list::length(rest)),
            Reader::Search => search(rest, &self.until, |_, _| true),
            Reader::BeforeTime => search(rest, &self.until, |_, after| is_time(after)),
            Reader::Rest => Some(rest.trim_ascii_end().len()),
        }
    }

    /// Whether the line ends inside this value or inside the literal after it.
    fn runs_out(&self, rest: &[u8]) -> bool {
        self.end(rest).is_none_or(|end| self.until.starts_with(&rest[end..]))
    }
}

/// First position of a literal that fits, by that position and the text after the literal. What is
/// searched for is near: memmem's preparation would cost more than the search.
#[inline]
fn search(text: &[u8], literal: &[u8], fits: impl Fn(usize, &[u8]) -> bool) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(literal[0], &text[at..])?;
        if text[at..].strip_prefix(literal).is_some_and(|after| fits(at, after)) {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether a request line may end here: ` HTTP/1.1`, ` HTTP/2`.
fn ends_in_protocol(text: &[u8]) -> bool {
    let word = memchr::memrchr(b' ', text).map_or(text, |space| &text[space + 1..]);
    word.strip_prefix(b"HTTP/")
        .is_some_and(|version| version.first().is_some_and(u8::is_ascii_digit))
}

/// Whether a text looks like a time in the common log format, as far as it goes: a line may be cut
/// there.
fn is_time(text: &[u8]) -> bool {
    [(2, b'/'), (6, b'/'), (11, b':')]
        .iter()
        .all(|(at, byte)| text.get(*at).is_none_or(|b| b == byte))
}

/// The number that `text` starts with, and its length; `None` without one or over 18 digits.
#[inline]
pub(super) fn digits(text: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (length, byte) in text.iter().enumerate().take(19) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (length > 0).then_some((value, length));
        }
        // 18 digits cannot wrap.
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    (1..=18).contains(&text.len()).then_some((value, text.len()))
}

/// The seconds with three decimals that `text` starts with, in microseconds, and their length.
#[inline]
fn thousandths(text: &[u8]) -> Option<(u64, usize)> {
    let digit = |byte: u8| u64::from(byte - b'0');
    // Below ten seconds.
    if let [s @ b'0'..=b'9', b'.', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] = *text {
        let millis = digit(s) * 1000 + digit(a) * 100 + digit(b) * 10 + digit(c);
        return Some((millis * 1000, 5));
    }
    let (seconds, length) = digits(text)?;
    let [b'.', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] = text[length..] else {
        return None;
    };
    let millis = digit(a) * 100 + digit(b) * 10 + digit(c);
    let micros = seconds.checked_mul(1_000_000)?.checked_add(millis * 1000)?;
    Some((micros, length + 4))
}

/// Position of the first quote that no backslash hides.
#[inline]
fn quoted(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// How the end of a value is found, from what stands around it.
fn reader(field: Field, before: &[u8], until: &[u8], escape: Escape) -> Reader {
    let Some(first) = until.first() else { return Reader::Rest };
    match field {
        _ if before.last() == Some(&b'"') && *first == b'"' && escape != Escape::None => {
            Reader::Quoted
        }
        Field::Time(TimeShape::Clf) => Reader::Clf,
        Field::UpstreamDuration { .. }
        | Field::UpstreamAddress
        | Field::UpstreamStatus
        | Field::UpstreamOther
        | Field::Addresses
            if *first == b' ' =>
        {
            Reader::List
        }
        Field::Client
        | Field::Status
        | Field::Bytes
        | Field::Duration { .. }
        | Field::Method
        | Field::Protocol
        | Field::Host
        | Field::Identity
        | Field::ConnectionStatus => Reader::Token,
        Field::Request => Reader::Request,
        _ => Reader::Search,
    }
}

/// Without a column of its own the client is the first address that was forwarded.
fn forwarded_client(pieces: &mut [Piece]) {
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
fn choose_latency(mut pieces: Vec<Piece>, wanted: Latency<'_>) -> Result<Vec<Piece>, String> {
    let rank = |name: &str, field: Field| match (wanted, field) {
        (Some((wanted, _)), Field::Duration { .. } | Field::UpstreamDuration { .. }) => {
            (name.trim_start_matches(['$', '%']) == wanted.trim_start_matches(['$', '%']))
                .then_some(0)
        }
        (Some(_), _) => None,
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
            Piece::Literal(_) => None,
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

/// Durations that are not the whole of a request: time to first byte, the connection's age, the
/// round-trip time.
fn is_partial(name: &str) -> bool {
    matches!(name, "%^FB" | "$connection_time" | "$tcpinfo_rtt" | "$tcpinfo_rttvar")
        || name.contains("firstbyte")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::{apache, nginx};

    const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

    fn nginx(format: &str) -> Template {
        let (pieces, escape) = nginx::pieces(format).unwrap();
        Template::compile(pieces, escape, None).unwrap()
    }

    #[test]
    fn reads_every_field_of_combined() {
        let t = nginx(COMBINED);
        let line = br#"203.0.113.16 - john doe [10/Oct/2025:13:55:51 +0000] "GET /ref?a=1 HTTP/1.1" 200 5 "http://e.com/?x=\x22 404 99 \x22" "fake \x22 500 1 \x22""#;
        let r = t.record(line).unwrap();
        assert_eq!(r.client, Some(&b"203.0.113.16"[..]));
        assert_eq!(r.time, Some(1_760_104_551_000_000));
        assert_eq!(r.method, Some(&b"GET"[..]));
        assert_eq!(r.target, Some(&b"/ref?a=1"[..]));
        assert_eq!(r.protocol, Some(&b"HTTP/1.1"[..]));
        assert_eq!(r.status, Status::Code(200));
        assert_eq!(r.bytes, Some(5));
        assert_eq!(r.referer, Some(&br"http://e.com/?x=\x22 404 99 \x22"[..]));
        assert_eq!(r.user_agent, Some(&br"fake \x22 500 1 \x22"[..]));
        assert!(!r.recovered);
    }

    #[test]
    fn a_cut_line_is_no_line() {
        let t = nginx(COMBINED);
        let whole =
            br#"192.0.2.50 - - [10/Oct/2025:13:56:00 +0000] "GET /cut HTTP/1.1" 200 5 "-" "-""#;
        assert!(t.record(whole).is_ok());
        for length in 0..whole.len() {
            let cut = &whole[..length];
            let reject = t.record(cut).unwrap_err();
            let bracket = whole.iter().position(|b| *b == b']').unwrap();
            if length > bracket + 4 {
                assert_eq!(reject, Reject::Truncated, "{}", cut.escape_ascii());
            }
            // Only the user agent's closing quote may be missing.
            let lenient = t.recover(cut).is_some();
            assert_eq!(lenient, length >= whole.len() - 2, "{}", cut.escape_ascii());
        }
    }

    #[test]
    fn raw_quotes_are_recovered() {
        let (pieces, escape) = apache::pieces("%h %l %u %t \"%r\" %>s %b").unwrap();
        let t = Template::compile(pieces, escape, None).unwrap();
        let line = br#"1.2.3.4 - - [25/Apr/2021:06:15:33 +0000] "GET /a?t=<script>alert("text")</script> HTTP/1.0" 404 1164"#;
        assert!(t.record(line).is_err());
        let r = t.recover(line).unwrap();
        assert_eq!(r.status, Status::Code(404));
        assert_eq!(r.target, Some(&br#"/a?t=<script>alert("text")</script>"#[..]));
        assert!(r.recovered);
    }

    #[test]
    fn a_line_of_quotes_is_given_up_soon() {
        let t = nginx(COMBINED);
        let mut line = br#"1.2.3.4 - - [25/Apr/2021:06:15:33 +0000] "#.to_vec();
        line.extend(std::iter::repeat_n(&br#"" 200 1 " " "#[..], 3000).flatten());
        assert!(t.recover(&line).is_none());
    }

    #[test]
    fn upstream_lists_with_spaces() {
        let t = nginx(
            "$remote_addr [$time_local] $status $request_time [$proxy_upstream_name] \
             $upstream_addr $upstream_response_length $upstream_response_time $upstream_status \
             $req_id",
        );
        let r = t
            .record(b"192.0.2.3 [10/Oct/2025:13:55:03 +0000] 200 0.006 [ns-svc-80] 10.0.0.1:80, 10.0.0.2:80 : 10.0.1.1:80 0, 0 : 5 0.001, 0.002 : 0.003 502, 502 : 200 0123abc")
            .unwrap();
        assert_eq!(r.upstream.attempts, 3);
        assert_eq!(r.upstream.status, Status::Code(200));
        assert_eq!(r.upstream.duration, Some(6000));
        assert_eq!(r.duration, Some(6000));
        let r = t
            .record(b"192.0.2.3 [10/Oct/2025:13:55:03 +0000] 503 0.000 [] - - - - 0123abc")
            .unwrap();
        assert_eq!((r.upstream.attempts, r.upstream.duration), (0, None));
        assert_eq!(r.duration, Some(0));
    }

    #[test]
    fn numbers_may_be_empty_only_where_that_means_absent() {
        let record = |format: &str, line: &[u8]| {
            let (pieces, escape) = nginx::pieces(format).unwrap();
            Template::compile(pieces, escape, None).unwrap().record(line).map(|r| r.duration)
        };
        let bare = "$status $upstream_response_time";
        assert_eq!(record(bare, b"200 -"), Ok(None));
        assert_eq!(record(bare, b"200 0.120 "), Ok(Some(120_000)));
        assert_eq!(record(bare, b"200 "), Err(Reject::Number));
        let json = "log_format a escape=json '$status $upstream_response_time';";
        assert_eq!(record(json, b"200 "), Ok(None));
        assert_eq!(record("$status \"$upstream_response_time\"", b"200 \"\""), Ok(None));
    }

    #[test]
    fn a_user_cannot_hide_the_time() {
        let t = nginx(COMBINED);
        let line =
            br#"192.0.2.1 - a [b [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
        assert_eq!(t.record(line).unwrap().time, Some(1_760_104_501_000_000));
    }

    #[test]
    fn addresses_with_colons_before_a_port() {
        let (pieces, escape) = apache::pieces("%v:%p %h %>s").unwrap();
        let t = Template::compile(pieces, escape, None).unwrap();
        let r = t.record(b"[2001:db8::1]:443 192.0.2.1 200").unwrap();
        assert_eq!((r.host, r.client), (Some(&b"[2001:db8::1]"[..]), Some(&b"192.0.2.1"[..])));
        let t = nginx("$remote_addr:$remote_port $status");
        assert_eq!(t.record(b"2001:db8::1:40008 200").unwrap().client, Some(&b"2001:db8::1"[..]));
        assert_eq!(t.record(b"192.0.2.1:40008 200").unwrap().client, Some(&b"192.0.2.1"[..]));
        let t = nginx("$status $host:$server_port");
        assert_eq!(t.record(b"200 [::1]:80").unwrap().host, Some(&b"[::1]"[..]));
    }

    #[test]
    fn the_client_of_a_list_is_its_first_address() {
        let t = nginx(COMBINED);
        let tail = r#" - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
        let line = format!("203.0.113.9, 10.9.9.9{tail}");
        assert_eq!(t.record(line.as_bytes()).unwrap().client, Some(&b"203.0.113.9"[..]));
        let t = nginx("\"$http_x_forwarded_for\" $status");
        let r = t.record(br#""203.0.113.9, 10.9.9.9" 200"#).unwrap();
        assert_eq!(r.client, Some(&b"203.0.113.9"[..]));
    }

    #[test]
    fn a_request_without_quotes_ends_in_its_protocol() {
        let t = nginx("$remote_addr $request $status");
        let r = t.record(b"192.0.2.1 GET /a b HTTP/1.1 404").unwrap();
        assert_eq!((r.target, r.status), (Some(&b"/a b"[..]), Status::Code(404)));
        assert_eq!(t.record(b"192.0.2.1 - 400").unwrap().status, Status::Code(400));
    }

    #[test]
    fn the_request_line_says_the_target() {
        let t = nginx("\"$request\" $uri $status");
        let r = t.record(br#""GET /a?b HTTP/1.1" /index.php 200"#).unwrap();
        assert_eq!(r.target, Some(&b"/a?b"[..]));
    }

    #[test]
    fn a_prefix_before_the_line_is_no_user() {
        let (pieces, escape) = apache::pieces("%h %l %u %t \"%r\" %>s %b").unwrap();
        let t = Template::compile(pieces, escape, None).unwrap();
        let tail = r#" [25/Apr/2021:06:15:33 +0000] "GET / HTTP/1.0" 404 1164"#;
        for (head, reads) in [
            ("1.2.3.4 - -", true),
            ("1.2.3.4 - john doe", true),
            ("1.2.3.4 id frank", true),
            ("Oct 10 13:55:01 web1 nginx: 1.2.3.4 - -", false),
            ("2022-01-28T16:04:05.4Z stdout F 1.2.3.4 - frank", false),
        ] {
            assert_eq!(t.record(format!("{head}{tail}").as_bytes()).is_ok(), reads, "{head}");
        }
    }

    #[test]
    fn the_latency_can_be_chosen() {
        let format = "$status $request_time $upstream_response_time";
        let with = |latency| {
            let (pieces, escape) = nginx::pieces(format).unwrap();
            Template::compile(pieces, escape, latency)
        };
        let duration = |t: Template| t.record(b"200 0.500 0.400").unwrap().duration;
        assert_eq!(duration(with(None).unwrap()), Some(500_000));
        assert_eq!(duration(with(Some(("upstream_response_time", None))).unwrap()), Some(400_000));
        let error = with(Some(("nope", None))).unwrap_err();
        assert!(error.contains("$request_time, $upstream_response_time"), "{error}");
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let (pieces, escape) = nginx::pieces("$status$request_time").unwrap();
        let error = Template::compile(pieces, escape, None).unwrap_err();
        assert!(error.starts_with("$status and $request_time have nothing between them"));
        let (pieces, escape) = nginx::pieces("$remote_addr $request_time").unwrap();
        assert!(Template::compile(pieces, escape, None).unwrap_err().contains("no status"));
    }
}
