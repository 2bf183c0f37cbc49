//! One value of a line: how its end is found, and the short way through its usual form.

use super::Escape;
use crate::format::field::{Digits, Field, TimeShape, Unit, present};
use crate::format::near::near;
use crate::format::{Scratch, list};
use crate::record::{Record, Status};
use crate::time::{CLF_LENGTH, IsoMinute, Minute};
use memchr::{memchr, memchr2};

/// Reads one value.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) field: Field,
    pub(super) reader: Reader,
    short: Short,
    /// The literal after the value; empty after the last one.
    pub(super) until: Vec<u8>,
    /// Whether a number that is absent is left empty.
    pub(super) empty: bool,
    /// The bytes of `until`, and which of their bits count: one comparison instead of a call. No
    /// bits where it is empty or of more than eight bytes.
    word: u64,
    mask: u64,
    /// What a duration in whole units is multiplied by to be in microseconds.
    factor: u64,
    /// A space follows the value, so a list of attempts may go on behind it.
    spaced: bool,
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
    /// The same, in ISO 8601.
    Iso,
    /// The same, without a zone.
    ClfLocal,
    /// An address up to a space.
    Client,
    /// `-` in a column that is not used.
    Dash,
    /// Anything in a column that is not used, up to a byte.
    Unused,
    /// Seconds with a fraction; of upstreams, one attempt.
    Seconds,
    /// A whole number that is not used.
    Number,
    /// A duration that is a whole number of its unit.
    Whole,
    /// There is no short way.
    No,
}

/// How the end of a value is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
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
    /// Up to the quote that closes the one at its beginning; without one as [`Reader::Search`].
    Enclosed,
    /// As [`Reader::Token`], after any number of spaces.
    Padded,
    /// Up to this byte, or the end of the line.
    UpTo(u8),
    /// A block in braces; the step is passed over where there is none.
    Captures,
    /// Nothing: the line may end here.
    MayEnd,
}

impl Step {
    pub(super) fn new(
        name: &str,
        field: Field,
        reader: Reader,
        until: Vec<u8>,
        empty: bool,
    ) -> Self {
        let mut word = [0; 8];
        let known = until.len().min(8);
        word[..known].copy_from_slice(&until[..known]);
        let seconds = |unit, digits| unit == Unit::Seconds && digits == Digits::Thousandths;
        let short = match field {
            _ if matches!(
                reader,
                Reader::Padded
                    | Reader::UpTo(_)
                    | Reader::Enclosed
                    | Reader::Captures
                    | Reader::MayEnd
            ) =>
            {
                Short::No
            }
            Field::Status => Short::Status,
            Field::Bytes | Field::KnownBytes => Short::Bytes,
            Field::Time(TimeShape::Clf) => Short::Clf,
            Field::Time(TimeShape::Iso8601) if !until.is_empty() => Short::Iso,
            Field::Time(TimeShape::ClfLocal) if !until.is_empty() => Short::ClfLocal,
            Field::Client if until.first() == Some(&b' ') => Short::Client,
            Field::Duration { unit, digits, .. } if seconds(unit, digits) => Short::Seconds,
            Field::UpstreamDuration { unit, digits, .. } if seconds(unit, digits) => Short::Seconds,
            Field::Connect { unit: Unit::Seconds } | Field::Header { unit: Unit::Seconds } => {
                Short::Seconds
            }
            Field::Connect { unit } | Field::Header { unit } if unit.scale().is_some() => {
                Short::Whole
            }
            Field::Duration { unit, digits, .. } | Field::UpstreamDuration { unit, digits, .. }
                if unit.scale().is_some() && digits != Digits::Thousandths =>
            {
                Short::Whole
            }
            Field::Number => Short::Number,
            Field::Opaque if until.len() == 1 && reader == Reader::Search => Short::Unused,
            // Quoted text may go on after a dash.
            Field::Opaque | Field::Identity | Field::User if reader != Reader::Rest => Short::Dash,
            _ => Short::No,
        };
        let scale = match field {
            Field::Duration { unit, .. }
            | Field::UpstreamDuration { unit, .. }
            | Field::Connect { unit }
            | Field::Header { unit } => unit.scale().unwrap_or(0),
            _ => 0,
        };
        Self {
            name: name.into(),
            field,
            reader,
            short,
            factor: 10_u64.pow(scale),
            spaced: until.first() == Some(&b' '),
            word: u64::from_le_bytes(word),
            mask: match until.len() {
                1..=8 => u64::MAX >> (64 - 8 * known),
                _ => 0,
            },
            until,
            empty,
        }
    }

    /// Reads the usual form of a value; its length.
    #[inline]
    pub(super) fn short<'a>(
        &self,
        rest: &'a [u8],
        scratch: &Scratch,
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
                let time = Minute::clf(&scratch.minute, text)?;
                self.ends(rest, CLF_LENGTH).then(|| record.time = Some(time))?;
                Some(CLF_LENGTH)
            }
            Short::Iso | Short::ClfLocal => {
                /// With nanoseconds and a zone.
                const LONGEST: usize = 36;
                let length = near(self.until[0], &rest[..rest.len().min(LONGEST)])?;
                let time = match self.short {
                    Short::Iso => IsoMinute::iso8601(&scratch.iso_minute, &rest[..length])?,
                    _ => Minute::clf_local(&scratch.minute, &rest[..length])?,
                };
                self.ends(rest, length).then(|| record.time = Some(time))?;
                Some(length)
            }
            Short::Client => {
                let length = near(b' ', rest)?;
                if rest[..length].ends_with(b",") {
                    return None;
                }
                self.ends(rest, length).then(|| record.client = present(&rest[..length]))?;
                Some(length)
            }
            Short::Dash => (rest.first() == Some(&b'-') && self.ends(rest, 1)).then_some(1),
            Short::Seconds => {
                let (micros, length) = thousandths(rest)?;
                if !self.ends(rest, length) || self.goes_on(&rest[length..]) {
                    return None;
                }
                self.set_micros(record, micros);
                Some(length)
            }
            Short::Whole => {
                let (number, length) = digits(rest)?;
                if !self.ends(rest, length) || self.goes_on(&rest[length..]) {
                    return None;
                }
                self.set_micros(record, number.checked_mul(self.factor)?);
                Some(length)
            }
            Short::Number => {
                let (_, length) = digits(rest)?;
                self.ends(rest, length).then_some(length)
            }
            Short::Unused => near(self.until[0], rest),
            Short::No => None,
        }
    }

    /// Whether what is behind a value begins with the next group of a list of attempts.
    #[inline]
    fn goes_on(&self, rest: &[u8]) -> bool {
        self.spaced && rest.starts_with(b" : ")
    }

    /// Puts a duration that was read the short way, of one attempt.
    #[inline]
    fn set_micros(&self, record: &mut Record<'_>, micros: u64) {
        let latency = match self.field {
            Field::UpstreamDuration { latency, .. } => {
                record.upstream.attempts = record.upstream.attempts.max(1);
                record.upstream.duration = Some(micros);
                latency
            }
            Field::Connect { .. } => {
                record.upstream.connect = Some(micros);
                false
            }
            Field::Header { .. } => {
                record.upstream.header = Some(micros);
                false
            }
            Field::Duration { latency, .. } => latency,
            _ => false,
        };
        if latency {
            record.duration = Some(micros);
        }
    }

    /// Whether the literal after the value stands at `at`, or the line ends there if there is
    /// none.
    #[inline]
    pub(super) fn ends(&self, rest: &[u8], at: usize) -> bool {
        match rest.get(at..).and_then(<[u8]>::first_chunk) {
            Some(word) if self.mask != 0 => {
                (u64::from_le_bytes(*word) ^ self.word) & self.mask == 0
            }
            _ => self.ends_the_line(rest, at),
        }
    }

    /// The same near the end of the line, and for long literals.
    #[inline(never)]
    fn ends_the_line(&self, rest: &[u8], at: usize) -> bool {
        if self.until.is_empty() {
            if let Reader::UpTo(_) | Reader::Enclosed = self.reader {
                return true;
            }
            return rest[at..].iter().all(|byte| *byte == b' ');
        }
        rest.get(at..).is_some_and(|rest| rest.starts_with(&self.until))
    }

    /// Length of the value that `rest` starts with; `None` when the literal after it is missing.
    #[inline]
    pub(super) fn length(&self, rest: &[u8]) -> Option<usize> {
        let end = self.end(rest)?;
        self.ends(rest, end).then_some(end)
    }

    /// What of a value counts: of a list of addresses the first, for which the others forwarded.
    #[inline]
    pub(super) fn value<'a>(&self, value: &'a [u8]) -> &'a [u8] {
        if self.field != Field::Client {
            return self.trimmed(value);
        }
        &value[..memchr(b',', value).unwrap_or(value.len())]
    }

    /// A value without its padding or its own quotes.
    #[inline]
    pub(super) fn trimmed<'a>(&self, value: &'a [u8]) -> &'a [u8] {
        match self.reader {
            Reader::Padded => value.trim_ascii_start(),
            Reader::Enclosed => {
                let escaped = value.strip_prefix(b"\\\"").and_then(|v| v.strip_suffix(b"\\\""));
                let quoted = || value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\""));
                escaped.or_else(quoted).unwrap_or(value)
            }
            _ => value,
        }
    }

    /// Whether it is a request line that may be cut off, as everything else was read before it:
    /// HAProxy cuts its lines at 1024 bytes, and the request is the last column or nearly so.
    pub(super) fn is_cut_request(&self, record: &Record<'_>) -> bool {
        self.field == Field::Request
            && self.reader == Reader::Enclosed
            && record.time.is_some()
            && record.status != Status::default()
    }

    /// Where the value ends, before the literal after it is looked at.
    #[inline]
    fn end(&self, rest: &[u8]) -> Option<usize> {
        match self.reader {
            Reader::Quoted => quoted(rest),
            Reader::Token => {
                let first = self.until[0];
                let end = near(first, rest)?;
                // An address list where one address was expected (X-Forwarded-For).
                if self.field == Field::Client && first == b' ' && rest[..end].ends_with(b",") {
                    return Some(list::length(rest));
                }
                Some(end)
            }
            Reader::Colon(stop) => {
                let first = near(b':', rest)?;
                let stop = stop.and_then(|stop| near(stop, &rest[first..]));
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
            Reader::Enclosed => match rest {
                [b'"', text @ ..] => memchr(b'"', text).map(|end| end + 2),
                // syslog-ng escapes the quotes.
                [b'\\', b'"', text @ ..] => memchr(b'"', text).map(|end| end + 3),
                // Nothing at all is a line that was cut here.
                _ => match self.until.first() {
                    Some(first) => memchr(*first, rest),
                    None => Some(memchr(b' ', rest).unwrap_or(rest.len())),
                }
                .filter(|end| *end > 0),
            },
            Reader::Padded => {
                let text = rest.trim_ascii_start();
                let end = match self.until.first() {
                    Some(first) => text.iter().position(|byte| byte == first)?,
                    None => text.trim_ascii_end().len(),
                };
                Some(rest.len() - text.len() + end)
            }
            Reader::UpTo(stop) => Some(memchr(stop, rest).unwrap_or(rest.trim_ascii_end().len())),
            Reader::Captures => {
                if rest.first() != Some(&b'{') {
                    return None;
                }
                memchr(b'}', rest).map(|close| close + 1)
            }
            Reader::MayEnd => Some(0),
        }
    }

    /// Whether the line ends inside this value or inside the literal after it.
    pub(super) fn runs_out(&self, rest: &[u8]) -> bool {
        self.end(rest).is_none_or(|end| self.until.starts_with(&rest[end..]))
    }
}

/// First position of a literal that fits, by that position and the text after the literal. What is
/// searched for is near: memmem's preparation would cost more than the search.
#[inline]
fn search(text: &[u8], literal: &[u8], fits: impl Fn(usize, &[u8]) -> bool) -> Option<usize> {
    let mut at = 0;
    loop {
        at += near(literal[0], &text[at..])?;
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
///
/// Up to seven digits are read all at once, without a branch that depends on how many there are.
#[inline]
pub(in crate::format) fn digits(text: &[u8]) -> Option<(u64, usize)> {
    if let Some(word) = text.first_chunk::<8>() {
        let bytes = u64::from_le_bytes(*word) ^ 0x3030_3030_3030_3030;
        // The high bit of each byte that is above nine.
        let over = ((bytes & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | bytes;
        let others = over & 0x8080_8080_8080_8080;
        if others != 0 {
            let length = others.trailing_zeros() / 8;
            if length == 0 {
                return None;
            }
            // The last digit at the top, zeros before the first; then pairs, fours and eights.
            let ones = bytes << (64 - 8 * length);
            let twos = (ones.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
            let fours = (twos.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
            let value = fours.wrapping_mul(10_000 << 32 | 1) >> 32;
            return Some((value, length as usize));
        }
    }
    digit_by_digit(text)
}

/// The same for longer numbers, and near the end of a line.
#[inline(never)]
fn digit_by_digit(text: &[u8]) -> Option<(u64, usize)> {
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
///
/// Below ten seconds, `0.120`, all five bytes are read at once: a digit less its zero has no high
/// bits, and has none after six are added.
#[inline]
fn thousandths(text: &[u8]) -> Option<(u64, usize)> {
    let (word, [last, ..]) = text.split_first_chunk::<4>()? else { return None };
    let bytes = u64::from(*last) << 32 | u64::from(u32::from_le_bytes(*word));
    let digits = bytes ^ 0x30_3030_2e30;
    if digits & 0xf0_f0f0_fff0 == 0 && (digits + 0x06_0606_0006) & 0xf0_f0f0_00f0 == 0 {
        let digit = |at: u32| digits >> (8 * at) & 0xf;
        let millis = digit(0) * 1000 + digit(2) * 100 + digit(3) * 10 + digit(4);
        return Some((millis * 1000, 5));
    }
    long_thousandths(text)
}

/// The same from ten seconds on.
#[inline(never)]
fn long_thousandths(text: &[u8]) -> Option<(u64, usize)> {
    let digit = |byte: u8| u64::from(byte - b'0');
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

impl Reader {
    /// How the end of a value is found, from what stands around it.
    pub(super) fn of(field: Field, before: &[u8], until: &[u8], escape: Escape) -> Self {
        let Some(first) = until.first() else { return Self::Rest };
        match field {
            _ if before.last() == Some(&b'"') && *first == b'"' && escape != Escape::None => {
                Self::Quoted
            }
            Field::Time(TimeShape::Clf) => Self::Clf,
            Field::UpstreamDuration { .. }
            | Field::UpstreamAddress
            | Field::UpstreamStatus
            | Field::UpstreamOther
            | Field::Connect { .. }
            | Field::Header { .. }
            | Field::Addresses
                if *first == b' ' =>
            {
                Self::List
            }
            Field::Client
            | Field::Status
            | Field::Bytes
            | Field::KnownBytes
            | Field::Number
            | Field::Duration { .. }
            | Field::Part { .. }
            | Field::UpstreamPart { .. }
            | Field::Attempts
            | Field::Retries
            | Field::Method
            | Field::Protocol
            | Field::Host
            | Field::Identity
            | Field::ConnectionStatus => Self::Token,
            Field::Request => Self::Request,
            _ => Self::Search,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_the_same_at_once_and_digit_by_digit(
            number in 0..10_u64.pow(18),
            digits_of in 1..=18_u32,
            behind in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let number = number % 10_u64.pow(digits_of);
            let text = [number.to_string().as_bytes(), &behind].concat();
            prop_assert_eq!(digits(&text), digit_by_digit(&text));
            prop_assert_eq!(digits(&behind), digit_by_digit(&behind));
            let plain = [number.to_string().as_bytes(), b" behind it"].concat();
            prop_assert_eq!(digits(&plain), Some((number, number.to_string().len())));
        }

        #[test]
        fn seconds_below_ten_are_read_like_others(
            millis in 0..20_000_u64,
            behind in prop::collection::vec(any::<u8>(), 0..5),
        ) {
            let text = format!("{}.{:03}", millis / 1000, millis % 1000);
            let length = text.len();
            let text = [text.as_bytes(), &behind].concat();
            prop_assert_eq!(thousandths(&text), Some((millis * 1000, length)));
            prop_assert_eq!(long_thousandths(&text), Some((millis * 1000, length)));
        }
    }

    #[test]
    fn what_only_looks_like_seconds() {
        for text in
            ["0,120", "0.12", "0.1:0", "a.120", "/.120", "0.12\u{1f}", ":.120", "0./20", ".120"]
        {
            assert_eq!(thousandths(text.as_bytes()), None, "{text}");
            assert_eq!(long_thousandths(text.as_bytes()), None, "{text}");
        }
    }
}
