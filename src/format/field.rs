//! What a value of a line means, whatever the line's shape: the fields that templates, JSON and
//! LTSV share, and how a value of each goes into a [`Record`].

use super::list;
use crate::record::{Record, Reject, RequestLine, Status};
use crate::time;

/// Unit of a duration in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, perhaps with a fraction.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

impl Unit {
    /// The short name used in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "us",
            Self::Nanoseconds => "ns",
        }
    }

    /// The power of ten that makes microseconds of it; `None` for what is shorter.
    pub fn scale(self) -> Option<u32> {
        match self {
            Self::Seconds => Some(6),
            Self::Milliseconds => Some(3),
            Self::Microseconds => Some(0),
            Self::Nanoseconds => None,
        }
    }

    /// Reads a number of this unit as microseconds; finer digits are cut. `None` when the text is
    /// no number.
    #[inline]
    pub fn micros(self, text: &[u8]) -> Option<u64> {
        match self {
            Self::Seconds => time::decimal(text, 6),
            Self::Milliseconds => time::decimal(text, 3),
            Self::Microseconds => time::decimal(text, 0),
            Self::Nanoseconds => Some(time::decimal(text, 0)? / 1000),
        }
    }
}

/// How a duration is written: what a server never writes is another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Any decimal number, or absent.
    Any,
    /// A whole number, or absent (Apache).
    Whole,
    /// The same; `+` before it when the line was written before the time had passed (HAProxy's
    /// `option logasap`).
    Partial,
    /// Three decimals, never absent (nginx: `$request_time`, and each item of a list).
    Thousandths,
}

impl Digits {
    /// Whether a value is written so.
    #[inline]
    pub(super) fn allow(self, value: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Whole | Self::Partial => !value.contains(&b'.'),
            Self::Thousandths => value.len() >= 5 && value[value.len() - 4] == b'.',
        }
    }
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeShape {
    /// `10/Oct/2000:13:55:36 -0700`
    Clf,
    /// `2000-10-10T13:55:36-07:00`
    Iso8601,
    /// Seconds since 1970 with any fraction.
    EpochSeconds,
    /// `10/Oct/2000:13:55:36.143`, without zone: read as UTC (HAProxy).
    ClfLocal,
    /// `Thu Oct  9 13:55:36 2025`, without zone: read as UTC (uWSGI).
    Asctime,
    /// Any of the above, `2000/10/10 13:55:36` without zone, or an epoch whose unit its size tells.
    Any,
}

/// What a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Address or name of the client.
    Client,
    /// Time of the request.
    Time(TimeShape),
    /// The day of the request, `2000-10-10` in UTC; [`Field::Clock`] adds to it.
    Date,
    /// The time of the day of the request, `13:55:36` in UTC, beside a [`Field::Date`].
    Clock,
    /// When the request ended, in a format whose time is the start: the difference is the latency.
    /// Until the line is read to its end, [`Record::duration`] holds the point in time.
    End(TimeShape),
    /// The whole request line.
    Request,
    /// Request method.
    Method,
    /// Request target, or its path.
    Target,
    /// A request line or a target: each value tells which.
    Asked,
    /// Protocol.
    Protocol,
    /// Status.
    Status,
    /// Bytes sent.
    Bytes,
    /// Bytes sent as far as they are known: HAProxy's `option logasap` writes `+` before those of a
    /// response that goes on, AWS CLB -1 for a connection that is none of HTTP.
    KnownBytes,
    /// A number that the report does not use.
    Number,
    /// A duration; only the one with `latency` is the latency of the report, the others are
    /// checked to be numbers.
    Duration {
        /// Unit in the log.
        unit: Unit,
        /// How it is written.
        digits: Digits,
        /// Whether it is the latency of the report.
        latency: bool,
    },
    /// Response times of the upstream attempts, a list.
    UpstreamDuration {
        /// Unit in the log.
        unit: Unit,
        /// How each is written.
        digits: Digits,
        /// Whether their sum is the latency of the report.
        latency: bool,
    },
    /// One of several durations whose sum is the latency of the report: none of them may be absent.
    Part {
        /// Unit in the log.
        unit: Unit,
    },
    /// One of these, and the response time of the upstream by itself.
    UpstreamPart {
        /// Unit in the log.
        unit: Unit,
    },
    /// Time to connect to the upstream, perhaps a list.
    Connect {
        /// Unit in the log.
        unit: Unit,
    },
    /// Time to the first byte of the upstream's response, perhaps a list.
    Header {
        /// Unit in the log.
        unit: Unit,
    },
    /// Addresses of the upstream attempts, a list.
    UpstreamAddress,
    /// How many upstream attempts were made.
    Attempts,
    /// How many were made after the first one. HAProxy writes `+` before it when another server was
    /// chosen.
    Retries,
    /// Statuses of the upstream attempts, a list.
    UpstreamStatus,
    /// A list of upstream values that the report does not use.
    UpstreamOther,
    /// A list of addresses (`X-Forwarded-For`) that the report does not use.
    Addresses,
    /// Host that was asked for.
    Host,
    /// `Referer` header.
    Referer,
    /// `User-Agent` header.
    UserAgent,
    /// The authenticated user, which is not quoted and may hold spaces. What looks like the columns
    /// before a user is none: then the line has columns more, such as a syslog prefix.
    User,
    /// The identd user (`%l`), nearly always `-`. An address here means that the line has a
    /// column more, such as a virtual host.
    Identity,
    /// Apache `%X`: `X` is an aborted connection.
    ConnectionStatus,
    /// What the cache did.
    Cache,
    /// The client's country, or the place of the edge.
    Location,
    /// Why the response is what it is.
    Reason,
    /// Id of the request.
    RequestId,
    /// A value that the rules of the product read: [`Record::clues`] of this number.
    Clue(u8),
    /// A value that only lines have that tell of no request.
    Stranger,
    /// What kind of line it is: one of these, or it tells of no request.
    OneOf(&'static [&'static str]),
    /// What is left of a line: columns that a newer version of the product added, or nothing.
    Tail,
    /// Text that the report does not use.
    Opaque,
}

/// `-` and nothing are "absent".
#[inline]
pub fn present(value: &[u8]) -> Option<&[u8]> {
    if value.is_empty() || value == b"-" { None } else { Some(value) }
}

impl Field {
    /// Whether its values are numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Status
                | Self::Bytes
                | Self::KnownBytes
                | Self::Number
                | Self::Duration { .. }
                | Self::UpstreamDuration { .. }
                | Self::Part { .. }
                | Self::UpstreamPart { .. }
                | Self::Attempts
                | Self::Retries
                | Self::Connect { .. }
                | Self::Header { .. }
        )
    }

    /// Puts `value` into `record`. Errors when the value is not of the field's kind.
    #[inline]
    pub fn set<'a>(self, record: &mut Record<'a>, value: &'a [u8]) -> Result<(), Reject> {
        match self {
            Self::Client => record.client = present(value),
            Self::Time(shape) => {
                let time = shape.read(value).filter(|time| time::is_of_a_log(*time));
                record.time = Some(time.ok_or(Reject::Time)?);
            }
            Self::Date => add_time(record, time::date(value))?,
            Self::Clock => add_time(record, time::clock(value))?,
            Self::End(shape) => {
                record.duration = shape.read(value).and_then(|end| u64::try_from(end).ok());
            }
            Self::Request => set_request(record, value),
            Self::Asked if value.starts_with(b"/") || value.starts_with(b"http") => {
                record.target = Some(value);
            }
            Self::Asked => set_request(record, value),
            Self::Method => record.method = present(value),
            Self::Target => record.target = present(value),
            Self::Protocol => record.protocol = present(value),
            Self::Status => record.status = Status::parse(value).ok_or(Reject::Status)?,
            Self::Bytes => record.bytes = size(value)?,
            Self::KnownBytes => {
                let known = (value != b"-1").then(|| value.strip_prefix(b"+").unwrap_or(value));
                record.bytes = known.map(size).transpose()?.flatten();
            }
            Self::Number => {
                size(value)?;
            }
            Self::Duration { unit, digits, latency } => {
                if !digits.allow(value) {
                    return Err(Reject::Number);
                }
                let bare = value.strip_prefix(b"+").filter(|_| digits == Digits::Partial);
                let duration = duration(bare.unwrap_or(value), unit)?;
                if latency {
                    record.duration = duration;
                }
            }
            Self::UpstreamDuration { unit, digits, latency } => {
                let found = list::durations(value, unit, digits).ok_or(Reject::Number)?;
                let (attempts, total) = found;
                if attempts > 1
                    && let Some(scale) = unit.scale()
                {
                    record.upstream.tries.durations = value;
                    record.upstream.tries.scale = scale;
                }
                record.upstream.attempts = record.upstream.attempts.max(attempts);
                record.upstream.duration = total;
                if latency {
                    record.duration = total;
                }
            }
            Self::Part { unit } => add_part(record, duration(value, unit)?),
            Self::UpstreamPart { unit } => {
                record.upstream.duration = duration(value, unit)?;
                add_part(record, record.upstream.duration);
            }
            Self::Connect { unit } => {
                let (_, total) = list::durations(value, unit, Digits::Any).ok_or(Reject::Number)?;
                record.upstream.connect = total;
            }
            Self::Header { unit } => {
                let (_, total) = list::durations(value, unit, Digits::Any).ok_or(Reject::Number)?;
                record.upstream.header = total;
            }
            Self::UpstreamAddress => {
                let (attempts, last) = list::last(value);
                if attempts > 1 {
                    record.upstream.tries.addresses = value;
                }
                record.upstream.attempts = record.upstream.attempts.max(attempts);
                record.upstream.address = last;
            }
            Self::UpstreamStatus => {
                let (attempts, last) = list::last_item(value);
                if attempts > 1 {
                    record.upstream.tries.statuses = value;
                }
                record.upstream.attempts = record.upstream.attempts.max(attempts);
                record.upstream.status = Status::parse(last).ok_or(Reject::Status)?;
            }
            Self::Attempts => count_attempts(record, size(value)?.unwrap_or(0)),
            Self::Retries => {
                let more = size(value.strip_prefix(b"+").unwrap_or(value))?;
                count_attempts(record, more.map_or(0, |more| more.saturating_add(1)));
            }
            Self::Host => record.host = present(value),
            Self::Referer => record.referer = present(value),
            Self::UserAgent => record.user_agent = present(value),
            Self::Cache => record.cache = present(value),
            Self::Location => record.location = present(value),
            Self::Reason => record.reason = present(value),
            Self::RequestId => record.request_id = present(value),
            Self::Clue(number) => record.clues[usize::from(number)] = present(value),
            Self::Stranger => return Err(Reject::MissingField),
            Self::OneOf(kinds) => {
                if !kinds.iter().any(|kind| kind.as_bytes().eq_ignore_ascii_case(value)) {
                    return Err(Reject::MissingField);
                }
            }
            Self::ConnectionStatus => record.aborted = value == b"X",
            Self::Tail if !matches!(value.first(), None | Some(b' ' | b'\t')) => {
                return Err(Reject::Shape);
            }
            Self::Identity if value.contains(&b'.') || value.contains(&b':') => {
                return Err(Reject::Shape);
            }
            Self::User
                if value.ends_with(b" -") || memchr::memmem::find(value, b" - ").is_some() =>
            {
                return Err(Reject::Shape);
            }
            Self::User
            | Self::Identity
            | Self::UpstreamOther
            | Self::Addresses
            | Self::Tail
            | Self::Opaque => {}
        }
        Ok(())
    }
}

impl TimeShape {
    /// Reads a time of this shape as microseconds since 1970 UTC. A time without zone is UTC.
    #[inline]
    pub fn read(self, value: &[u8]) -> Option<i64> {
        match self {
            Self::Clf => time::clf(value),
            Self::Iso8601 => time::iso8601(value, 0),
            Self::EpochSeconds => time::epoch_seconds(value),
            Self::ClfLocal => time::clf_local(value),
            Self::Asctime => time::asctime(value),
            Self::Any => {
                let bare = value.strip_prefix(b"[").and_then(|v| v.strip_suffix(b"]"));
                let value = bare.unwrap_or(value);
                time::clf(value)
                    .or_else(|| time::iso8601(value, 0))
                    .or_else(|| time::epoch(value))
                    .or_else(|| time::slashed(value))
            }
        }
    }
}

/// Adds one part to a latency that is a sum.
#[inline]
fn add_part(record: &mut Record<'_>, part: Option<u64>) {
    match part {
        Some(part) if record.parts != Record::NO_SUM => {
            record.parts += 1;
            record.duration = Some(record.duration.unwrap_or(0).saturating_add(part));
        }
        _ => record.parts = Record::NO_SUM,
    }
}

/// Takes a number of upstream attempts, if it is more than is known from the other columns.
fn count_attempts(record: &mut Record<'_>, attempts: u64) {
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    record.upstream.attempts = record.upstream.attempts.max(attempts);
}

/// Adds the day, or the time of it, to the time of a record.
fn add_time(record: &mut Record<'_>, part: Option<i64>) -> Result<(), Reject> {
    let part = part.ok_or(Reject::Time)?;
    record.time = Some(record.time.unwrap_or(0).saturating_add(part));
    Ok(())
}

/// A size in bytes.
#[inline]
fn size(value: &[u8]) -> Result<Option<u64>, Reject> {
    match value {
        b"" => Ok(None),
        // Apache's %b writes 0 as `-`; nginx never writes `-` for a size.
        b"-" => Ok(Some(0)),
        _ => time::integer(value).map(Some).ok_or(Reject::Number),
    }
}

/// A single duration. Absent values and negative ones (a clock that stepped back, `-1` for
/// "never") are `None`.
#[inline]
fn duration(value: &[u8], unit: Unit) -> Result<Option<u64>, Reject> {
    match value {
        b"" | b"-" => Ok(None),
        [b'-', rest @ ..] => unit.micros(rest).map(|_| None).ok_or(Reject::Number),
        _ => unit.micros(value).map(Some).ok_or(Reject::Number),
    }
}

/// Splits a request line at its first and at its last space: a target may hold spaces. The last
/// word must be a protocol, else there is none (HTTP/0.9).
#[inline]
pub(super) fn set_request<'a>(record: &mut Record<'a>, line: &'a [u8]) {
    record.request = RequestLine::Read;
    match line {
        b"" => record.request = RequestLine::Empty,
        b"-" => record.request = RequestLine::Dash,
        _ => {
            let method = match line {
                [b'G', b'E', b'T', b' ', ..] => 3,
                [b'P', b'O', b'S', b'T', b' ', ..] => 4,
                _ => line.iter().take(32).take_while(|b| is_token(**b)).count(),
            };
            if method == 0 || line.get(method) != Some(&b' ') {
                record.request = match is_handshake(line) {
                    true => RequestLine::Tls,
                    false => RequestLine::Garbage,
                };
                return;
            }
            let rest = &line[method + 1..];
            // ` HTTP/1.1` at the very end is nearly every line.
            let space = match rest.len().checked_sub(9) {
                Some(at) if rest[at..at + 6] == *b" HTTP/" => Some(at),
                _ => memchr::memrchr(b' ', rest)
                    .filter(|space| rest[space + 1..].starts_with(b"HTTP/")),
            };
            let target = match space {
                Some(space) => {
                    record.protocol = Some(&rest[space + 1..]);
                    &rest[..space]
                }
                None => rest,
            };
            record.method = Some(&line[..method]);
            record.target = present(target);
        }
    }
}

/// Whether a line begins as a TLS record of a handshake does (RFC 8446, section 5.1): content type
/// 22, version 3. nginx and Apache escape the bytes; who logs JSON may write them as `\u0016`.
#[cold]
fn is_handshake(line: &[u8]) -> bool {
    let beginnings: [&[u8]; 3] = [b"\x16\x03", b"\\x16\\x03", b"\\u0016\\u0003"];
    beginnings.into_iter().any(|beginning| line.starts_with(beginning))
}

/// Bytes of an RFC 9110 token that methods use: letters, digits, `-` and `_`. Lower case is
/// allowed; a scanner's `\x16\x03` is not, as the backslash is no letter.
#[inline]
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests;
