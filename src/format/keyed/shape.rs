//! What a value looks like. Names lie: `request_time` is a latency in nginx, an epoch in Huawei's
//! CDN logs and a date in API Gateway's. So a key is taken for what its name says only if its
//! values agree.

use super::alias::{Hint, Means};
use crate::format::field::{TimeShape, Unit, present};
use crate::format::list;
use crate::record::Status;
use crate::time;
use std::net::IpAddr;

/// Whether a value fits what its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It does.
    Yes,
    /// There is no value: `-`, nothing, `null`.
    Absent,
    /// It does not.
    No,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

/// Whether `value` can mean `means`.
pub(super) fn fit(means: Means, value: Option<&[u8]>) -> Fit {
    let Some(value) = value.and_then(present) else { return Fit::Absent };
    match means {
        Means::Status => match Status::parse(value) {
            Some(Status::Code(_)) => Fit::Yes,
            Some(Status::None(_)) => Fit::Absent,
            None => Fit::No,
        },
        Means::Time | Means::End => TimeShape::Any.read(value).is_some().into(),
        Means::Date => time::date(value).is_some().into(),
        Means::Clock => time::clock(value).is_some().into(),
        Means::Request => (is_request_line(value) || is_target(value)).into(),
        Means::Method => (value.len() <= 32
            && value.iter().all(|b| b.is_ascii_alphabetic() || b"-_".contains(b)))
        .into(),
        Means::Protocol => is_protocol(value).into(),
        Means::Bytes => time::decimal(value, 0).is_some().into(),
        Means::Client | Means::Host => {
            (value.len() <= 255 && value.iter().all(|b| b.is_ascii_graphic())).into()
        }
        Means::ClientAddress => {
            std::str::from_utf8(value).is_ok_and(|v| v.parse::<IpAddr>().is_ok()).into()
        }
        Means::Latency(_) | Means::ClueLatency(_) | Means::Part(_) | Means::UpstreamPart(_) => {
            match value {
                [b'-', rest @ ..] if is_number(rest) => Fit::Absent,
                _ => (is_number(value) || written(value).is_some()).into(),
            }
        }
        Means::UpstreamLatency(_) | Means::Connect(_) | Means::Header(_) => {
            let mut found = Fit::Absent;
            for item in list::items(value) {
                match fit(Means::Latency(Hint::Unknown), Some(item)) {
                    Fit::No => return Fit::No,
                    Fit::Yes => found = Fit::Yes,
                    Fit::Absent => {}
                }
            }
            found
        }
        Means::UpstreamStatus => {
            list::items(value).all(|item| Status::parse(item).is_some()).into()
        }
        Means::Referer
        | Means::UserAgent
        | Means::UpstreamAddress
        | Means::UpstreamOther
        | Means::Cache
        | Means::Location
        | Means::Reason
        | Means::RequestId
        | Means::Clue(_)
        | Means::Stranger
        | Means::OneOf(_) => Fit::Yes,
    }
}

/// `GET /x` or `GET /x HTTP/1.1`: a method, and a target or a protocol.
pub(super) fn is_request_line(value: &[u8]) -> bool {
    let Some(space) = memchr::memchr(b' ', value) else { return false };
    let (method, rest) = (&value[..space], &value[space + 1..]);
    let protocol =
        memchr::memrchr(b' ', rest).is_some_and(|at| rest[at + 1..].starts_with(b"HTTP/"));
    !method.is_empty()
        && method.iter().all(|b| b.is_ascii_uppercase() || b"-_".contains(b))
        && (is_target(rest) || protocol)
}

/// A path, `*`, or an absolute URL.
fn is_target(value: &[u8]) -> bool {
    value.starts_with(b"/")
        || value == b"*"
        || value.starts_with(b"http://")
        || value.starts_with(b"https://")
}

/// `HTTP/1.1`, `h2`, `2.0`.
fn is_protocol(value: &[u8]) -> bool {
    value.starts_with(b"HTTP/")
        || matches!(
            value,
            b"h2" | b"h2c" | b"h3" | b"http/1.1" | b"http/1.0" | b"http/2" | b"2" | b"3"
        )
        || matches!(value, [b'0'..=b'3', b'.', b'0'..=b'9'])
}

/// Digits with at most one point.
fn is_number(value: &[u8]) -> bool {
    time::decimal(value, 0).is_some()
}

/// The one time shape of all values: [`TimeShape::Any`] when they differ or none is strict.
pub(super) fn time_shape<'v>(values: impl Iterator<Item = &'v [u8]> + Clone) -> TimeShape {
    let epoch = |v: &[u8]| {
        let whole = v.iter().take_while(|b| b.is_ascii_digit()).count();
        (9..=11).contains(&whole) && time::epoch_seconds(v).is_some()
    };
    if values.clone().all(|v| TimeShape::Clf.read(v).is_some()) {
        TimeShape::Clf
    } else if values.clone().all(|v| TimeShape::Iso8601.read(v).is_some()) {
        TimeShape::Iso8601
    } else if { values }.all(epoch) {
        TimeShape::EpochSeconds
    } else {
        TimeShape::Any
    }
}

/// Whether a time lacks its zone.
pub(super) fn lacks_zone(value: &[u8]) -> bool {
    time::iso8601(value, 0) != time::iso8601(value, 3600) || time::slashed(value).is_some()
}

/// Whether a time is written in more than whole seconds: a fraction, or an epoch of a finer unit.
pub(super) fn is_fine(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    digits >= 12 || value.contains(&b'.')
}

/// The number and the unit of a duration that carries its unit: `12ms`, `0.005192s`, `1.5µs`.
pub(super) fn written_unit(value: &[u8]) -> Option<(&[u8], Unit)> {
    let digits = value.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let (number, unit) = value.split_at(digits);
    let unit = match unit {
        b"s" => Unit::Seconds,
        b"ms" => Unit::Milliseconds,
        // Micro sign and Greek mu, as Go writes and some programs write it.
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => Unit::Microseconds,
        b"ns" => Unit::Nanoseconds,
        _ => return None,
    };
    is_number(number).then_some((number, unit))
}

/// Microseconds of a duration that carries its unit, or several as Go writes them: `1m2.5s`.
pub(super) fn written(value: &[u8]) -> Option<u64> {
    let (mut rest, mut total) = (value, 0u64);
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let unit = rest[digits..].iter().take_while(|b| !b.is_ascii_digit()).count();
        let (part, after) = rest.split_at(digits + unit);
        let (number, unit) = part.split_at(digits);
        let micros = match unit {
            b"h" => time::decimal(number, 6)?.checked_mul(3600)?,
            b"m" => time::decimal(number, 6)?.checked_mul(60)?,
            _ => {
                let (number, unit) = written_unit(part)?;
                unit.micros(number)?
            }
        };
        total = total.checked_add(micros)?;
        rest = after;
    }
    (!value.is_empty()).then_some(total)
}

/// Microseconds from 2000 to 2100.
const EPOCHS: std::ops::Range<i64> = 946_684_800_000_000..4_102_444_800_000_000;

/// How the unit of a duration is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is this one.
    Unit(Unit),
    /// Each value carries its own.
    Written,
    /// It cannot be known.
    No,
    /// The values are points in time, no durations.
    Epoch,
}

/// The unit of a duration by its name and its values, which are all present.
///
/// nginx writes `N.NNN`; re-encoded numbers may have lost their last zeros, so one value with three
/// decimals is enough if none has more. None may reach 1000: Express (`morgan`) writes milliseconds
/// with three decimals, and soon has a request that takes over a second. For the same reason the
/// decimals say nothing under a name that is not known to be in seconds.
///
/// Caddy's seconds are nanoseconds in nine decimals, of which Go drops the last zeros: of a thousand
/// values, one has six or fewer. Its milliseconds never have more.
pub(super) fn unit<'v>(hint: Hint, values: impl Iterator<Item = &'v [u8]>) -> Known {
    let (mut count, mut written, mut epochs) = (0, 0, 0);
    let (mut decimals, mut thousands) = (0, false);
    let (mut set, mut fine) = (0, 0);
    for value in values.flat_map(list::items).filter_map(present) {
        count += 1;
        if self::written(value).is_some() {
            written += 1;
            continue;
        }
        epochs += usize::from(time::epoch(value).is_some_and(|micros| EPOCHS.contains(&micros)));
        let whole = memchr::memchr(b'.', value).unwrap_or(value.len());
        let of_value = value.len().saturating_sub(whole + 1);
        decimals = decimals.max(of_value);
        set += usize::from(!value.iter().all(|byte| matches!(byte, b'0' | b'.')));
        fine += usize::from(of_value > 6);
        thousands |= whole > 3;
    }
    match hint {
        _ if count == 0 => Known::No,
        _ if written == count => Known::Written,
        _ if written > 0 => Known::No,
        Hint::Is(unit) => Known::Unit(unit),
        _ if epochs == count => Known::Epoch,
        Hint::Thousandths if decimals == 3 && !thousands => Known::Unit(Unit::Seconds),
        Hint::SecondsOrNanoseconds if decimals > 0 && fine * 2 < set => Known::No,
        Hint::SecondsOrNanoseconds if decimals > 0 => Known::Unit(Unit::Seconds),
        Hint::SecondsOrNanoseconds => Known::Unit(Unit::Nanoseconds),
        Hint::Thousandths | Hint::Unknown => Known::No,
    }
}

/// Microseconds that the longest request of a sample may take: below, hardly one takes part; above
/// a day, none.
const LONGEST: std::ops::Range<u64> = 100..86_400_000_000;

const UNITS: [Unit; 4] = [Unit::Seconds, Unit::Milliseconds, Unit::Microseconds, Unit::Nanoseconds];

/// The largest of these durations without a unit, and the units that it can be in: all of them when
/// it does not tell.
pub(super) fn possible<'v>(
    values: impl Iterator<Item = &'v [u8]>,
) -> (Option<&'v [u8]>, Vec<Unit>) {
    /// Longer numbers are no help to a reader.
    const LONG: usize = 20;
    let numbers = values.flat_map(list::items).filter(|value| value.len() <= LONG);
    let largest = numbers
        .filter_map(|value| Some((time::decimal(value, 6)?, value)))
        .max_by_key(|(micros, _)| *micros)
        .map(|(_, value)| value);
    let micros = |unit: &Unit| largest.and_then(|value| unit.micros(value));
    let mut units = UNITS.to_vec();
    units.retain(|unit| micros(unit).is_some_and(|micros| LONGEST.contains(&micros)));
    (largest, if units.is_empty() { UNITS.to_vec() } else { units })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_believed_only_if_its_values_agree() {
        for (means, value, expected) in [
            (Means::Status, "200", Fit::Yes),
            (Means::Status, "000", Fit::Absent),
            (Means::Status, "-", Fit::Absent),
            (Means::Status, "ok", Fit::No),
            (Means::Status, "13:55", Fit::No),
            (Means::Time, "[10/Oct/2000:13:55:36 -0700]", Fit::Yes),
            (Means::Time, "1666604392000", Fit::Yes),
            (Means::Time, "0.120", Fit::No),
            (Means::Request, "GET /a b HTTP/1.1", Fit::Yes),
            (Means::Request, "/a?b=c", Fit::Yes),
            (Means::Request, "https://example.org/", Fit::Yes),
            (Means::Request, "handled request", Fit::No),
            (Means::Request, "Started /x", Fit::No),
            (Means::Method, "PROPFIND", Fit::Yes),
            (Means::Method, "GET /", Fit::No),
            (Means::Latency(Hint::Thousandths), "0.120", Fit::Yes),
            (Means::Latency(Hint::Thousandths), "-1", Fit::Absent),
            (Means::Latency(Hint::Thousandths), "09/Apr/2015:12:34:56 +0000", Fit::No),
            (Means::UpstreamLatency(Hint::Thousandths), "0.001, - : 0.002", Fit::Yes),
            (Means::UpstreamLatency(Hint::Thousandths), "-, -", Fit::Absent),
            (Means::UpstreamStatus, "502, 200", Fit::Yes),
            (Means::ClientAddress, "2001:db8::1", Fit::Yes),
            (Means::ClientAddress, "www.example.org", Fit::No),
            (Means::Client, "the client", Fit::No),
            (Means::Protocol, "HTTP/2.0", Fit::Yes),
            (Means::Protocol, "https", Fit::No),
            (Means::Bytes, "1.5 kB", Fit::No),
        ] {
            assert_eq!(fit(means, Some(value.as_bytes())), expected, "{means:?} {value}");
        }
        assert_eq!(fit(Means::Status, None), Fit::Absent);
    }

    #[test]
    fn units_are_known_or_not_but_never_guessed() {
        let seconds = Known::Unit(Unit::Seconds);
        for (hint, values, expected) in [
            (Hint::Thousandths, &["0.120", "0.003"][..], seconds),
            (Hint::Thousandths, &["0.1", "0.123", "2"], seconds),
            (Hint::Thousandths, &["0.1, 0.123 : -"], seconds),
            (Hint::Thousandths, &["12", "7"], Known::No),
            (Hint::Thousandths, &["0.123456"], Known::No),
            (Hint::Thousandths, &["1666604392000", "1666604393001"], Known::Epoch),
            // Long polls of nginx, or milliseconds under its name.
            (Hint::Thousandths, &["0.845", "1201.300"], Known::No),
            // morgan's milliseconds look like nginx's seconds.
            (Hint::Unknown, &["19.806", "12.045"], Known::No),
            (Hint::Unknown, &["0.120", "0.003"], Known::No),
            (Hint::Unknown, &["120"], Known::No),
            (Hint::Unknown, &["12ms", "1.5s", "350\u{b5}s"], Known::Written),
            (Hint::Unknown, &["12ms", "7"], Known::No),
            (Hint::Is(Unit::Nanoseconds), &["1666604392"], Known::Unit(Unit::Nanoseconds)),
            (Hint::SecondsOrNanoseconds, &["0.010000001", "3"], seconds),
            (Hint::SecondsOrNanoseconds, &["0.0", "0"], seconds),
            (Hint::SecondsOrNanoseconds, &["12.345", "24.69", "0"], Known::No),
            (Hint::SecondsOrNanoseconds, &["12.345678"], Known::No),
            (Hint::SecondsOrNanoseconds, &["12.345", "24.69", "37.035000000000004"], Known::No),
            (Hint::SecondsOrNanoseconds, &["1200345", "0"], Known::Unit(Unit::Nanoseconds)),
            (Hint::SecondsOrNanoseconds, &["1m2.5s", "350\u{b5}s"], Known::Written),
            (Hint::Is(Unit::Seconds), &[], Known::No),
        ] {
            assert_eq!(unit(hint, values.iter().map(|v| v.as_bytes())), expected, "{values:?}");
        }
    }

    #[test]
    fn durations_that_carry_their_units() {
        for (value, micros) in [
            ("12ms", Some(12_000)),
            ("1m2.5s", Some(62_500_000)),
            ("1h0m0.001s", Some(3_600_001_000)),
            ("1.5\u{b5}s", Some(1)),
            ("999ns", Some(0)),
            ("", None),
            ("12", None),
            ("m", None),
            ("1m2", None),
            ("1x", None),
        ] {
            assert_eq!(written(value.as_bytes()), micros, "{value}");
        }
    }

    #[test]
    fn units_that_can_be() {
        let all = "s ms us ns";
        for (values, largest, units) in [
            (&["19.806", "43.552", "-"][..], "43.552", "s ms"),
            (&["0.000929675", "0.001929675"], "0.001929675", "s"),
            (&["12", "1834"], "1834", "s ms us"),
            (&["120000000"], "120000000", "us ns"),
            (&["0"], "0", all),
            (&["0.100, 0.300 : -"], "0.300", "s ms"),
            (&["0.1234567890123456789012"], "", all),
            (&[], "", all),
        ] {
            let (value, found) = possible(values.iter().map(|v| v.as_bytes()));
            assert_eq!(value.unwrap_or_default(), largest.as_bytes(), "{values:?}");
            let names: Vec<_> = found.into_iter().map(Unit::name).collect();
            assert_eq!(names.join(" "), units, "{values:?}");
        }
    }

    #[test]
    fn one_shape_of_time_or_any() {
        let shape = |values: &[&'static str]| time_shape(values.iter().map(|v| v.as_bytes()));
        let clf = "10/Oct/2000:13:55:36 -0700";
        assert_eq!(shape(&[clf, clf]), TimeShape::Clf);
        assert_eq!(shape(&["2000-10-10T13:55:36Z"]), TimeShape::Iso8601);
        assert_eq!(shape(&["1445680800.424", "1445680801"]), TimeShape::EpochSeconds);
        assert_eq!(shape(&["1666604392000"]), TimeShape::Any);
        assert_eq!(shape(&[clf, "2000-10-10T13:55:36Z"]), TimeShape::Any);
        assert!(lacks_zone(b"2000-10-10T13:55:36"));
        assert!(!lacks_zone(b"2000-10-10T13:55:36Z"));
        assert!(!lacks_zone(clf.as_bytes()));
    }
}
