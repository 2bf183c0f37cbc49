//! The times that people type: `--since`, `--until`, `--last`, `--deploy-at` and `--tz`.
//!
//! | typed | means |
//! |---|---|
//! | `2025-06-01T15:04:05+02:00`, `...Z` | that instant (RFC 3339; seconds may be left out) |
//! | `2025-06-01`, `2025-06-01 15:04[:05]`, `2025-06-01T15:04` | that time in the zone of `--tz` |
//! | `2025-06-01T15:04[Europe/Berlin]` | that time in the zone named (RFC 9557) |
//! | `10/Oct/2000:13:55:36 -0700` | a time copied out of a log |
//! | `now`, `now-15m`, `15m`, `2h`, `1d`, `1h30m` | now, or that long before it |
//! | `@1445680800`, `@1445680800.424` | seconds since 1970 UTC |
//!
//! A local time that a clock change skips is read with the offset from before it, one that
//! happens twice is the first of the two (`compatible` in RFC 5545 and in Temporal). A day is 24
//! hours.

use crate::filter::Window;
use crate::suggest::did_you_mean;
use crate::{ratio, time};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;

/// The zone of `--tz`: an IANA name in any case, `UTC`, `local` (the system's zone, which the
/// environment variable `TZ` can set) or an offset such as `+02:00`.
///
/// Zones come from the system, or from the copy in the program where the system has none.
pub fn zone(typed: &str) -> Result<TimeZone> {
    const EXPECTED: &str = "write it as 'Europe/Berlin', 'UTC', 'local' or '+02:00'";
    let name = typed.trim();
    ensure!(!name.is_empty(), "a time zone is missing; {EXPECTED}");
    if name.eq_ignore_ascii_case("local") {
        return Ok(TimeZone::system());
    }
    if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
        return Ok(TimeZone::UTC);
    }
    if name.starts_with(['+', '-']) {
        return DateTimeParser::new()
            .parse_time_zone(name)
            .map_err(|_| anyhow!("{typed:?} is not an offset from UTC; {EXPECTED}"));
    }
    TimeZone::get(name).map_err(|_| {
        let zones: Vec<_> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        // People know the city, not the continent: the last part alone is compared first.
        let city = name.replace(' ', "_");
        let is_city = |zone: &&String| {
            zone.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&city))
        };
        let hint = match zones.iter().find(is_city) {
            Some(zone) => format!(" (did you mean '{zone}'?)"),
            None => did_you_mean(name, zones.iter().map(String::as_str)),
        };
        anyhow!("{typed:?} is not a time zone{hint}; {EXPECTED}")
    })
}

/// The offsets of a zone over the time that logs can be of, for times that carry none.
pub fn offsets(zone: &TimeZone) -> time::Offsets {
    const LAST_YEAR: i16 = 2200;
    let start = Timestamp::UNIX_EPOCH;
    let seconds = |offset: jiff::tz::Offset| i64::from(offset.seconds());
    let changes = zone
        .following(start)
        .take_while(|change| TimeZone::UTC.to_datetime(change.timestamp()).year() <= LAST_YEAR)
        .map(|change| (change.timestamp().as_second(), seconds(change.offset())));
    time::Offsets::new(seconds(zone.to_offset(start)), changes)
}

/// The instant that `typed` means, in microseconds since 1970 UTC. `zone` is where a time without
/// a zone is.
pub fn instant(typed: &str, now: Timestamp, zone: &TimeZone) -> Result<i64> {
    const EXPECTED: &str = "write it as '2025-06-01 15:04', '2025-06-01T15:04:05Z', 'now-15m', \
                            '2h' or '@1748790245'";
    let text = typed.trim();
    ensure!(!text.is_empty(), "a time is missing; {EXPECTED}");
    if let Some(seconds) = text.strip_prefix('@') {
        return since_1970(seconds).map_err(|error| anyhow!("{typed:?}: {error}"));
    }
    if let Some(rest) = text.strip_prefix("now") {
        let rest = rest.trim_start();
        let Some(duration) = rest.strip_prefix('-') else {
            ensure!(rest.is_empty(), "{typed:?} is not a time; {EXPECTED}");
            return Ok(now.as_microsecond());
        };
        return before(now, duration);
    }
    if let Some(micros) = time::clf(text.trim_matches(['[', ']']).as_bytes()) {
        return Ok(micros);
    }
    if text.get(..10).is_some_and(|date| date.parse::<Date>().is_ok()) {
        return date(text, zone).map_err(|error| {
            // jiff repeats the text: nothing of it that a terminal acts on may stay.
            let cause = error.to_string().replace(|c: char| !c.is_ascii_graphic() && c != ' ', "?");
            anyhow!("{typed:?} is not a time: {cause}; {EXPECTED}")
        });
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        bail!(
            "{typed:?} has no unit; write '@{text}' for seconds since 1970, or a duration such \
             as '15m'"
        );
    }
    if text.contains(':') && text.parse::<Time>().is_ok() {
        let today = now.to_zoned(zone.clone()).date();
        bail!("{typed:?} lacks its date; for today write '{today} {text}'");
    }
    let is_duration =
        text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(['-', ':', '/', '[', '+']);
    ensure!(is_duration, "{typed:?} is not a time; {EXPECTED}");
    before(now, text)
}

/// A text that begins with a date.
fn date(text: &str, zone: &TimeZone) -> Result<i64, jiff::Error> {
    let is_local = |b: u8| matches!(b, b'0'..=b'9' | b':' | b'.' | b'T' | b't' | b' ');
    let timestamp = if text.ends_with(']') {
        DateTimeParser::new().parse_zoned(text)?.timestamp()
    } else if text.bytes().skip(10).all(is_local) {
        // Only now: jiff reads a local time also out of a text with an offset, and forgets the
        // offset.
        text.parse::<DateTime>()?.to_zoned(zone.clone())?.timestamp()
    } else {
        text.parse::<Timestamp>()?
    };
    Ok(timestamp.as_microsecond())
}

/// `now` less a duration.
fn before(now: Timestamp, typed: &str) -> Result<i64> {
    now.as_microsecond()
        .checked_sub(duration(typed)?)
        .filter(|micros| Timestamp::from_microsecond(*micros).is_ok())
        .with_context(|| format!("{typed:?} before now is before the year -9999"))
}

/// Seconds since 1970 with any fraction, cut at microseconds.
fn since_1970(seconds: &str) -> Result<i64> {
    const EXPECTED: &str = "write seconds since 1970 as '@1748790245' or '@1748790245.5'";
    let micros = time::epoch_seconds(seconds.as_bytes()).context(EXPECTED)?;
    ensure!(
        Timestamp::from_microsecond(micros).is_ok(),
        "after the year 9999; '@' takes seconds, not milliseconds"
    );
    Ok(micros)
}

/// The duration of `--last`, microseconds above zero.
pub fn duration(typed: &str) -> Result<i64> {
    i64::try_from(ratio::micros(typed)?).map_err(|_| anyhow!("{typed:?} is too long"))
}

/// The times of a flag that may be given several times. Errors name the flag.
pub fn instants(flag: &str, typed: &[String], now: Timestamp, zone: &TimeZone) -> Result<Vec<i64>> {
    let read =
        |typed: &String| instant(typed, now, zone).map_err(|error| anyhow!("{flag}: {error}"));
    typed.iter().map(read).collect()
}

/// The window of `--since` and `--until`. Errors name the flag, and refuse a window in which
/// nothing can be.
pub fn window(
    since: Option<&str>,
    until: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Window> {
    let read = |flag: &str, typed: Option<&str>| {
        typed
            .map(|typed| instant(typed, now, zone).map_err(|error| anyhow!("{flag}: {error}")))
            .transpose()
    };
    let window = Window { since: read("--since", since)?, until: read("--until", until)? };
    if let (Some(since), Some(until)) = (window.since, window.until) {
        ensure!(
            since < until,
            "--since ({}) is not before --until ({}); nothing can lie between them",
            time::rfc3339(since),
            time::rfc3339(until)
        );
    }
    Ok(window)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2025-06-01T12:00:00Z";

    fn at(typed: &str, zone_name: &str) -> Result<String> {
        instant(typed, NOW.parse().unwrap(), &zone(zone_name)?).map(time::rfc3339)
    }

    #[test]
    fn times_as_people_type_them() {
        for (typed, zone, expected) in [
            ("2025-06-01T15:04:05Z", "Asia/Tokyo", "2025-06-01T15:04:05Z"),
            ("2025-06-01t15:04:05.25+02:00", "UTC", "2025-06-01T13:04:05.25Z"),
            ("2025-06-01 15:04:05-0330", "UTC", "2025-06-01T18:34:05Z"),
            ("2025-06-01T15:04Z", "Asia/Tokyo", "2025-06-01T15:04:00Z"),
            ("2025-06-01T15:04+02:00", "UTC", "2025-06-01T13:04:00Z"),
            ("2025-06-01", "UTC", "2025-06-01T00:00:00Z"),
            ("2025-06-01", "Europe/Berlin", "2025-05-31T22:00:00Z"),
            ("2025-06-01 15:04", "Europe/Berlin", "2025-06-01T13:04:00Z"),
            ("2025-06-01T15:04", "europe/berlin", "2025-06-01T13:04:00Z"),
            ("2025-06-01 15:04:05", "-03:30", "2025-06-01T18:34:05Z"),
            ("2025-06-01 15:04:05.123456", "+02:00", "2025-06-01T13:04:05.123456Z"),
            ("2025-06-01T15:04[Europe/Berlin]", "UTC", "2025-06-01T13:04:00Z"),
            ("2025-06-01T15:04+02:00[Europe/Berlin]", "UTC", "2025-06-01T13:04:00Z"),
            ("10/Oct/2000:13:55:36 -0700", "UTC", "2000-10-10T20:55:36Z"),
            ("[10/Oct/2000:13:55:36 -0700]", "UTC", "2000-10-10T20:55:36Z"),
            (" now ", "UTC", "2025-06-01T12:00:00Z"),
            ("now-15m", "UTC", "2025-06-01T11:45:00Z"),
            ("now - 1h30m", "UTC", "2025-06-01T10:30:00Z"),
            ("15m", "UTC", "2025-06-01T11:45:00Z"),
            ("2h", "Asia/Tokyo", "2025-06-01T10:00:00Z"),
            ("1d", "UTC", "2025-05-31T12:00:00Z"),
            ("1w", "UTC", "2025-05-25T12:00:00Z"),
            ("@1445680800.424", "Asia/Tokyo", "2015-10-24T10:00:00.424Z"),
            ("@0", "UTC", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(at(typed, zone).unwrap(), expected, "{typed} in {zone}");
        }
    }

    /// Clock changes of 2025, one of them of half an hour, one at midnight.
    #[test]
    fn clock_changes() {
        for (typed, zone, expected) in [
            // 02:00 to 03:00 does not exist: read with the offset before it.
            ("2025-03-30 01:59", "Europe/Berlin", "2025-03-30T00:59:00Z"),
            ("2025-03-30 02:30", "Europe/Berlin", "2025-03-30T01:30:00Z"),
            ("2025-03-30 03:00", "Europe/Berlin", "2025-03-30T01:00:00Z"),
            // 02:00 to 03:00 happens twice: the first.
            ("2025-10-26 02:30", "Europe/Berlin", "2025-10-26T00:30:00Z"),
            ("2025-10-26 03:00", "Europe/Berlin", "2025-10-26T02:00:00Z"),
            ("2025-10-26T02:30+01:00", "Europe/Berlin", "2025-10-26T01:30:00Z"),
            ("2025-11-02 01:30", "America/New_York", "2025-11-02T05:30:00Z"),
            ("2025-10-05 02:15", "Australia/Lord_Howe", "2025-10-04T15:45:00Z"),
            ("2025-09-07", "America/Santiago", "2025-09-07T04:00:00Z"),
        ] {
            assert_eq!(at(typed, zone).unwrap(), expected, "{typed} in {zone}");
        }
        // A day is 24 hours, also over a clock change.
        let now = "2025-03-30T12:00:00+02:00".parse().unwrap();
        let day = instant("1d", now, &zone("Europe/Berlin").unwrap()).unwrap();
        assert_eq!(time::rfc3339(day), "2025-03-29T10:00:00Z");
    }

    #[test]
    fn what_is_no_time_says_what_would_be() {
        for (typed, part) in [
            ("", "a time is missing; write it as '2025-06-01 15:04'"),
            ("yesterday", "\"yesterday\" is not a time; write it as '2025-06-01 15:04'"),
            ("15:04", "lacks its date; for today write '2025-06-01 15:04'"),
            ("1748790245", "write '@1748790245' for seconds since 1970"),
            ("20250601", "write '@20250601' for seconds since 1970, or"),
            ("2025-06", "not a time; write"),
            ("2025-06-31", "not a time"),
            ("2025-13-01 10:00", "not a time"),
            ("2025-06-01 25:00", "is not a time:"),
            ("2025-06-01 15:04 CEST", "is not a time:"),
            ("2025-06-01T15:04+2", "is not a time:"),
            ("2025-06-01T15:04+03:00[Europe/Berlin]", "is not a time:"),
            ("2025-06-01T15:04[Mars/Base]", "is not a time:"),
            ("now+5m", "is not a time"),
            ("now-", "a duration is missing"),
            ("now-5", "lacks a unit"),
            ("nowhere", "is not a time"),
            ("5x", "unknown unit \"x\""),
            ("-15m", "is not a time"),
            ("0s", "no time at all"),
            ("9999999w", "\"9999999w\" before now is before the year"),
            ("@", "write seconds since 1970 as '@"),
            ("@-5", "write seconds since 1970 as '@"),
            ("@1748790245000", "seconds, not milliseconds"),
            ("2025-06-01 \u{1b}[2J", "\\u{1b}"),
            ("2025-06-01T15:04[\u{202e}\n]", "\\u{202e}"),
            ("2025\u{e9}06-01", "not a time"),
        ] {
            let error = at(typed, "Europe/Berlin").unwrap_err().to_string();
            assert!(error.contains(part), "{typed:?}: {error}");
            assert!(!error.contains(['\u{1b}', '\u{202e}', '\n']), "{error:?}");
        }
    }

    #[test]
    fn zones() {
        for (typed, expected) in [("UTC", "UTC"), ("z", "UTC"), ("asia/tokyo", "Asia/Tokyo")] {
            assert_eq!(zone(typed).unwrap().iana_name(), Some(expected));
        }
        zone("local").unwrap();
        for (typed, part) in [
            ("", "a time zone is missing"),
            ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
            ("berlin", "did you mean 'Europe/Berlin'?"),
            ("new york", "did you mean 'America/New_York'?"),
            ("+26:00", "not an offset from UTC; write it as"),
            ("+2", "not an offset from UTC; write it as"),
            ("CEST\u{1b}", "\"CEST\\u{1b}\" is not a time zone"),
        ] {
            let error = zone(typed).unwrap_err().to_string();
            assert!(error.contains(part), "{typed:?}: {error}");
        }
    }

    /// Machines without a zone database (containers from scratch) use the copy in the program.
    #[test]
    fn zones_are_in_the_program() {
        assert!(jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").is_ok());
    }

    #[test]
    fn windows_are_checked() {
        let now = NOW.parse().unwrap();
        let window = |since, until| window(since, until, now, &TimeZone::UTC);
        assert!(window(None, None).unwrap().is_open());
        let hour = window(Some("2h"), Some("1h")).unwrap();
        assert_eq!(hour.until.unwrap() - hour.since.unwrap(), 3600 * time::SECOND);
        for (since, until, part) in [
            ("1h", "2h", "--since (2025-06-01T11:00:00Z) is not before --until (2025-06-01T10"),
            ("now", "now", "nothing can lie between"),
            ("x", "now", "--since: \"x\" is not a time"),
            ("1h", "@x", "--until: \"@x\": write seconds"),
        ] {
            let error = window(Some(since), Some(until)).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    proptest! {
        #[test]
        fn an_instant_reads_back(seconds in 0..4_102_444_800i64, zone_at in 0..4usize) {
            let tz = zone(["UTC", "Europe/Berlin", "-09:30", "Asia/Kolkata"][zone_at]).unwrap();
            let shown = Timestamp::from_second(seconds).unwrap().to_zoned(tz.clone());
            let now = Timestamp::UNIX_EPOCH;
            for typed in [
                shown.strftime("%Y-%m-%d %H:%M:%S%:z").to_string(),
                shown.to_string(),
                format!("@{seconds}"),
            ] {
                prop_assert_eq!(instant(&typed, now, &tz).unwrap(), seconds * time::SECOND);
            }
        }

        #[test]
        fn no_text_panics(
            text in "\\PC{0,30}|(now|@|20[0-9]{2}-0[1-9]-1[0-9])?[-T :0-9.+a-z\\[\\]/]{0,16}",
        ) {
            let _ = (instant(&text, Timestamp::UNIX_EPOCH, &TimeZone::UTC), zone(&text));
        }
    }
}
