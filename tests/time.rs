//! Timestamps against jiff: 100,000 random ones of each kind, right and wrong.
#![allow(clippy::unwrap_used)]

use jiff::civil::DateTime;
use jiff::tz::Offset;
use statlog::time::{clf, epoch_seconds, iso8601, rfc3339};

/// A small generator (`splitmix64`): the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit) as i64
    }
}

const STAMPS: usize = 100_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month, day, hour, minute, second: one in eight has a part that is out of range.
fn parts(random: &mut Random) -> [i64; 6] {
    let year = if random.below(4) == 0 { random.below(9997) + 2 } else { 1970 + random.below(130) };
    let mut parts = [
        year,
        random.below(12) + 1,
        random.below(31) + 1,
        random.below(24),
        random.below(60),
        random.below(60),
    ];
    if random.below(16) == 0 {
        parts[5] = 60;
    }
    if random.below(8) == 0 {
        let at = random.below(4) as usize + 2;
        parts[at] = [32, 24, 60, 61][at - 2];
    }
    parts
}

/// An offset in minutes: quarters of an hour up to 14 hours, now and then any up to 23:59.
fn offset(random: &mut Random) -> i64 {
    match random.below(4) {
        0 => 0,
        1 => random.below(2 * 1440 - 1) - 1439,
        _ => (random.below(113) - 56) * 15,
    }
}

/// What jiff makes of the parts, in seconds. A leap second is the first one of the next minute.
fn expected([year, month, day, hour, minute, second]: [i64; 6], offset: i64) -> Option<i64> {
    let leap = second == 60;
    let second = if leap { 59 } else { second };
    let narrow = |part: i64| i8::try_from(part).ok();
    let local = DateTime::new(
        i16::try_from(year).ok()?,
        narrow(month)?,
        narrow(day)?,
        narrow(hour)?,
        narrow(minute)?,
        narrow(second)?,
        0,
    );
    let zone = Offset::from_seconds(i32::try_from(offset).unwrap() * 60).unwrap();
    Some(zone.to_timestamp(local.ok()?).ok()?.as_second() + i64::from(leap))
}

fn sign(offset: i64) -> char {
    if offset < 0 { '-' } else { '+' }
}

#[test]
fn the_common_log_format() {
    let mut random = Random(1);
    let mut right = 0;
    for _ in 0..STAMPS {
        let (parts, offset) = (parts(&mut random), offset(&mut random));
        let [year, month, day, hour, minute, second] = parts;
        let name = MONTHS[month as usize - 1];
        let (s, o) = (sign(offset), offset.abs());
        let text = format!(
            "{day:02}/{name}/{year:04}:{hour:02}:{minute:02}:{second:02} {s}{:02}{:02}",
            o / 60,
            o % 60
        );
        let want = expected(parts, offset);
        assert_eq!(clf(text.as_bytes()), want.map(|second| second * 1_000_000), "{text}");
        right += usize::from(want.is_some());
    }
    assert!((STAMPS * 8 / 10..STAMPS).contains(&right), "{right}");
}

#[test]
fn iso_8601() {
    let mut random = Random(2);
    for _ in 0..STAMPS {
        let (parts, offset) = (parts(&mut random), offset(&mut random));
        let [year, month, day, hour, minute, second] = parts;
        let (s, o) = (sign(offset), offset.abs());
        let digits = random.below(10) as usize;
        let fraction = format!("{:09}", random.below(1_000_000_000));
        let point = ['.', ','][random.below(2) as usize];
        let fraction =
            if digits == 0 { "".into() } else { format!("{point}{}", &fraction[..digits]) };
        let micros: i64 = format!("{:0<6.6}", fraction.get(1..).unwrap_or("")).parse().unwrap();
        let between = ['T', ' ', 't'][random.below(3) as usize];
        // The zone as written, and what it is; without one 90 minutes east are assumed.
        let (zone, east) = match random.below(5) {
            0 => (String::new(), 90),
            1 => ("Z".into(), 0),
            2 => (format!("{s}{:02}{:02}", o / 60, o % 60), offset),
            3 => (format!("{s}{:02}", o / 60), offset / 60 * 60),
            _ => (format!("{s}{:02}:{:02}", o / 60, o % 60), offset),
        };
        let text = format!(
            "{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
        );
        let want = expected(parts, east).map(|second| second * 1_000_000 + micros);
        assert_eq!(iso8601(text.as_bytes(), 90 * 60), want, "{text}");
    }
}

#[test]
fn seconds_since_1970_and_back() {
    let mut random = Random(3);
    for _ in 0..STAMPS {
        let micros = random.below(1 << 52);
        let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        assert_eq!(epoch_seconds(text.as_bytes()), Some(micros), "{text}");
        let micros = micros - (1 << 51);
        let stamp = jiff::Timestamp::from_microsecond(micros).unwrap();
        assert_eq!(rfc3339(micros), stamp.to_string());
    }
}
