//! Numbers for people: counts, shares, durations, sizes.
//!
//! Rounding never changes an answer: a share that is not zero is not shown as zero, one that is
//! not whole not as 100 %, and an observed value that is over its limit not as the limit.

/// A count with thousands separators: `18,204,551`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count that fits a narrow column: `950`, `12.3k`, `4.6M`.
pub fn short_count(n: u64) -> String {
    let (unit, name) = match n {
        0..10_000 => return n.to_string(),
        10_000..1_000_000 => (1e3, 'k'),
        1_000_000..1_000_000_000 => (1e6, 'M'),
        _ => (1e9, 'G'),
    };
    let value = n as f64 / unit;
    if value < 100.0 { format!("{value:.1}{name}") } else { format!("{value:.0}{name}") }
}

/// A share from 0 to 1 in percent, three digits that matter, two below 0.01 %: `94.1 %`, `3.21 %`,
/// `0.0123 %`, `0.0041 %`.
pub fn percent(ratio: f64) -> String {
    let value = ratio * 100.0;
    if value == 0.0 || !value.is_finite() {
        return "0 %".into();
    }
    if value < 0.000_001 {
        return "< 0.000001 %".into();
    }
    let places = places(value);
    let text = format!("{value:.places$}");
    if text.starts_with("100") {
        return if value >= 100.0 { "100 %".into() } else { "> 99.9 %".into() };
    }
    format!("{text} %")
}

/// Decimal places that show three digits of a value (two below 0.01), at least one, at most eight.
fn places(value: f64) -> usize {
    let digits = if value < 0.01 { 1.0 } else { 2.0 };
    (digits - value.log10().floor()).clamp(1.0, 8.0) as usize
}

/// A limit in percent, as it was given: `5 %`, `0.1 %`.
pub fn percent_limit(ratio: f64) -> String {
    format!("{} %", shortest(ratio * 100.0))
}

/// A share in percent that is not rounded to a limit from either side of it: `0.1004 %` against
/// `0.1 %`.
pub fn percent_against(ratio: f64, limit: f64) -> String {
    let shown = percent(ratio);
    if ratio == limit || !rounds_to(&shown, limit * 100.0) {
        return shown;
    }
    let value = ratio * 100.0;
    (places(value)..=12)
        .map(|places| format!("{value:.places$} %"))
        .find(|text| !rounds_to(text, limit * 100.0))
        .unwrap_or(shown)
}

/// Whether the number that a text begins with is the limit.
fn rounds_to(text: &str, limit: f64) -> bool {
    let number = text.split(' ').next().and_then(|number| number.parse::<f64>().ok());
    number.is_some_and(|number| (number - limit).abs() < 1e-13)
}

/// A float without the noise of its last digits: `0.1` and not `0.10000000000000002`.
fn shortest(value: f64) -> String {
    let text = format!("{value:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Seconds: `0.84 ms`, `4.2 ms`, `84 ms`, `1.2 s`, `60.0 s`, `1,250 s`.
pub fn duration(seconds: f64) -> String {
    let millis = seconds * 1e3;
    if seconds == 0.0 {
        "0 ms".into()
    } else if millis < 0.995 {
        format!("{millis:.2} ms")
    } else if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else if seconds < 999.95 {
        format!("{seconds:.1} s")
    } else {
        format!("{} s", count(seconds.round() as u64))
    }
}

/// A latency limit, as it was given: `200 ms`, `1.5 s`.
pub fn duration_limit(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{} ms", shortest(seconds * 1e3))
    } else {
        format!("{} s", shortest(seconds))
    }
}

/// Seconds that are not rounded to a limit from either side of it: `200.4 ms` against `200 ms`.
pub fn duration_against(seconds: f64, limit: f64) -> String {
    let shown = duration(seconds);
    let (value, bound, unit) = if shown.ends_with("ms") {
        (seconds * 1e3, limit * 1e3, "ms")
    } else {
        (seconds, limit, "s")
    };
    if seconds == limit || !rounds_to(&shown, bound) {
        return shown;
    }
    let decimals = shown.split(' ').next().and_then(|n| n.split_once('.')).map_or(0, |n| n.1.len());
    (decimals + 1..=9)
        .map(|places| format!("{value:.places$} {unit}"))
        .find(|text| !rounds_to(text, bound))
        .unwrap_or(shown)
}

/// A span of time in its two largest units: `6 h`, `1 h 2 min`, `2 d 4 h`, `12 min 30 s`.
pub fn span(seconds: f64) -> String {
    if seconds < 60.0 {
        return match seconds {
            0.0 => "0 s".into(),
            s if s < 1.0 => duration(s),
            s => format!("{} s", s.round()),
        };
    }
    let resolution = match seconds {
        s if s < 3600.0 => 1.0,
        s if s < 86_400.0 => 60.0,
        _ => 3600.0,
    };
    let whole = ((seconds / resolution).round() * resolution) as u64;
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let first = units.iter().position(|(unit, _)| whole >= *unit).unwrap_or(3);
    let (large, large_name) = units[first];
    let mut out = format!("{} {large_name}", whole / large);
    if let Some((small, small_name)) = units.get(first + 1)
        && whole % large / small > 0
    {
        out.push_str(&format!(" {} {small_name}", whole % large / small));
    }
    out
}

/// A rate per second, or per a longer time when it is below one: `1,204/s`, `8.2/s`, `28/min`,
/// `1.9/h`.
pub fn rate(per_second: f64) -> String {
    let (value, unit) = [(1.0, "s"), (60.0, "min"), (3600.0, "h"), (86_400.0, "d")]
        .map(|(seconds, unit)| (per_second * seconds, unit))
        .into_iter()
        .find(|(value, unit)| *value >= 1.0 || *unit == "d")
        .expect("the last is found");
    match value {
        value if value >= 9.95 => format!("{}/{unit}", count(value.round() as u64)),
        value => format!("{value:.1}/{unit}"),
    }
}

/// The width of a bucket, after a slash: `s`, `min`, `h`, `d`, `10 s`, `5 min`.
pub fn per(seconds: u64) -> String {
    match seconds {
        1 => "s".into(),
        60 => "min".into(),
        3600 => "h".into(),
        86_400 => "d".into(),
        _ => span(seconds as f64),
    }
}

/// Bytes in decimal units: `812 B`, `4.2 kB`, `1.75 GB`.
pub fn bytes(n: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1e3;
        unit += 1;
    }
    let places = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.places$} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        for (n, long, short) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1000, "1,000", "1000"),
            (18_204_551, "18,204,551", "18.2M"),
            (123_456, "123,456", "123k"),
            (u64::MAX, "18,446,744,073,709,551,615", "18446744074G"),
        ] {
            assert_eq!((count(n).as_str(), short_count(n).as_str()), (long, short));
        }
    }

    #[test]
    fn percents() {
        for (ratio, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.9999, "> 99.9 %"),
            (0.9414, "94.1 %"),
            (0.0321, "3.21 %"),
            (0.000_123, "0.0123 %"),
            (0.000_000_000_4, "< 0.000001 %"),
            (0.5, "50.0 %"),
        ] {
            assert_eq!(percent(ratio), text);
        }
    }

    #[test]
    fn a_missed_limit_is_never_shown_as_met() {
        for (ratio, limit, text) in [
            (0.001_004, 0.001, "0.1004 %"),
            (0.000_999_999, 0.001, "0.0999999 %"),
            (0.050_000_1, 0.05, "5.00001 %"),
            (0.05, 0.05, "5.00 %"),
            (0.0241, 0.001, "2.41 %"),
            (0.0, 0.001, "0 %"),
        ] {
            assert_eq!(percent_against(ratio, limit), text);
        }
        for (seconds, limit, text) in [
            (0.200_4, 0.2, "200.4 ms"),
            (0.2, 0.2, "200 ms"),
            (0.199_999, 0.2, "199.999 ms"),
            (1.504, 1.5, "1.504 s"),
            (1.04, 1.0, "1.04 s"),
            (0.004_25, 0.004_2, "4.25 ms"),
        ] {
            assert_eq!(duration_against(seconds, limit), text);
        }
        assert_eq!(percent_limit(0.001), "0.1 %");
        assert_eq!(percent_limit(0.07), "7 %");
        assert_eq!(duration_limit(0.2), "200 ms");
        assert_eq!(duration_limit(1.5), "1.5 s");
    }

    #[test]
    fn durations_and_spans() {
        for (seconds, text) in [
            (0.0, "0 ms"),
            (0.000_84, "0.84 ms"),
            (0.004_2, "4.2 ms"),
            (0.084, "84 ms"),
            (0.999_6, "1.0 s"),
            (1.24, "1.2 s"),
            (60.0, "60.0 s"),
            (1250.0, "1,250 s"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        for (seconds, text) in [
            (0.0, "0 s"),
            (0.25, "250 ms"),
            (2.0, "2 s"),
            (750.0, "12 min 30 s"),
            (21_600.0, "6 h"),
            (86_399.0, "1 d"),
            (3599.9, "1 h"),
            (3725.0, "1 h 2 min"),
            (187_200.0, "2 d 4 h"),
        ] {
            assert_eq!(span(seconds), text);
        }
        for (per_second, text) in [
            (1204.4, "1,204/s"),
            (9.96, "10/s"),
            (8.24, "8.2/s"),
            (0.467, "28/min"),
            (0.001, "3.6/h"),
            (0.000_001, "0.1/d"),
        ] {
            assert_eq!(rate(per_second), text);
        }
        assert_eq!(per(60), "min");
        assert_eq!(per(10), "10 s");
    }

    #[test]
    fn sizes() {
        for (n, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_750_000_000, "1.75 GB"),
            (999_999, "1.00 MB"),
            (4_218, "4.22 kB"),
            (87_600_000, "87.6 MB"),
        ] {
            assert_eq!(bytes(n), text);
        }
    }
}
