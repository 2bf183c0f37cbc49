#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

#[test]
fn rates_are_read_exactly_and_shown_without_noise() {
    for (typed, numerator, denominator, shown, float) in [
        ("5%", 5, 100, "5 %", 0.05),
        ("0.1 %", 1, 1000, "0.1 %", 0.001),
        (" 0.001 ", 1, 1000, "0.1 %", 0.001),
        ("0.70%", 7, 1000, "0.7 %", 0.007),
        ("0", 0, 1, "0 %", 0.0),
        ("0%", 0, 1, "0 %", 0.0),
        ("0.5", 5, 10, "50 %", 0.5),
        ("100%", 1, 1, "100 %", 1.0),
        ("12.345%", 12_345, 100_000, "12.345 %", 0.12345),
        ("0.00000000000000001%", 1, 10u64.pow(19), "0.00000000000000001 %", 1e-19),
    ] {
        let ratio = ratio(typed);
        assert_eq!((ratio.digits, ratio.denominator()), (numerator, denominator));
        assert_eq!(ratio.to_string(), shown);
        assert_eq!(ratio.as_f64(), float, "{typed}");
    }
}

#[test]
fn what_is_no_rate_is_refused() {
    for (typed, part) in [
        ("", "not a rate"),
        ("%", "not a rate"),
        ("-1%", "not a rate"),
        ("1e-3", "not a rate"),
        (".5%", "not a rate"),
        ("5.%", "not a rate"),
        ("5 percent", "not a rate"),
        ("NaN", "not a rate"),
        ("5", "write '5%'"),
        ("1", "write '1%'"),
        ("1.0", "write '1.0%'"),
        ("100.01%", "more than 100%"),
        ("18446744073709551615%", "more than 100%"),
        ("0.000000000000000001%", "too many decimals"),
        ("99999999999999999999%", "not a rate"),
    ] {
        let error = typed.parse::<Ratio>().unwrap_err().to_string();
        assert!(error.contains(part), "{typed:?}: {error}");
    }
    assert!(target("0.0%").unwrap_err().to_string().contains("below 0%"));
    assert_eq!(target("0.1%").unwrap(), ratio("0.001"));
}

/// Every rate in steps of 0.01 %, written as percent and as a fraction, at its limit and one
/// beside it, in a small and a large total.
#[test]
fn every_hundredth_of_a_percent_decides_right_at_its_limit() {
    for step in 1..10_000u64 {
        let percent = ratio(&format!("{}.{:02}%", step / 100, step % 100));
        let fraction = ratio(&format!("0.{step:04}"));
        assert_eq!(percent, fraction);
        for scale in [1, 700_001, u64::MAX / 10_000] {
            let (total, limit) = (10_000 * scale, step * scale);
            assert!(percent.is_below(limit - 1, total), "{percent}");
            assert!(!percent.is_below(limit, total), "{percent}");
            assert!(!percent.is_below(limit + 1, total), "{percent}");
            assert!(!percent.is_exceeded(limit - 1, total), "{percent}");
            assert!(!percent.is_exceeded(limit, total), "{percent}");
            assert!(percent.is_exceeded(limit + 1, total), "{percent}");
        }
    }
}

#[test]
fn no_data_is_neither_below_nor_above() {
    assert!(!ratio("5%").is_below(0, 0));
    assert!(!ratio("5%").is_exceeded(0, 0));
}

#[test]
fn durations() {
    for (typed, expected) in [
        ("200ms", 200_000),
        ("200 ms", 200_000),
        ("1.5s", 1_500_000),
        ("500us", 500),
        ("500\u{b5}s", 500),
        ("0.5ms", 500),
        ("90s", 90_000_000),
        ("15m", 900_000_000),
        ("2h", 7_200_000_000),
        ("1d", 86_400_000_000),
        ("1w", 604_800_000_000),
        ("1h30m", 5_400_000_000),
        (" 1h 30m ", 5_400_000_000),
        ("1.000000s", 1_000_000),
    ] {
        assert_eq!(micros(typed).unwrap(), expected, "{typed}");
    }
    for (typed, part) in [
        ("", "missing"),
        ("200", "lacks a unit"),
        ("1h30", "lacks a unit"),
        ("ms", "not a duration"),
        ("-5m", "not a duration"),
        ("1.5.5s", "not a duration"),
        ("5M", "unknown unit \"M\""),
        ("5min", "unknown unit \"min\""),
        ("30m1h", "long to short"),
        ("1m1m", "long to short"),
        ("0.5us", "finer than a microsecond"),
        ("1.0000001s", "finer than a microsecond"),
        ("0s", "no time at all"),
        ("99999999999w", "too long"),
        ("1\u{1b}[31m", "unknown unit \"\\u{1b}[\""),
    ] {
        let error = micros(typed).unwrap_err().to_string();
        assert!(error.contains(part), "{typed:?}: {error}");
    }
}

#[test]
fn sizes() {
    for (typed, expected) in [
        ("64KiB", 65_536),
        ("64k", 65_536),
        ("64K", 65_536),
        ("64kB", 64_000),
        ("1MiB", 1 << 20),
        ("1.5 MiB", 3 << 19),
        ("2g", 2 << 30),
        ("65536", 65_536),
        ("12B", 12),
    ] {
        assert_eq!(bytes(typed).unwrap(), expected, "{typed}");
    }
    for typed in ["", "k", "-1k", "64KiBs", "64 Ki B", "1k1k", "0.3", "99999999999GiB"] {
        assert!(bytes(typed).is_err(), "{typed}");
    }
}

proptest! {
    #[test]
    fn a_shown_ratio_reads_back(digits in 0..=10u64.pow(9)) {
        let first = ratio(&format!("{}.{:07}%", digits / 10u64.pow(7), digits % 10u64.pow(7)));
        prop_assert_eq!(ratio(&first.to_string()), first);
    }

    #[test]
    fn order_is_that_of_the_fractions(a in 0..10_000u64, b in 0..100_000u64) {
        let (x, y) = (ratio(&format!("0.{a:04}")), ratio(&format!("0.{b:05}")));
        prop_assert_eq!(x.cmp(&y), (a * 10).cmp(&b));
    }

    #[test]
    fn parts_of_a_duration_add_up(h in 1..200u64, m in 1..60u64, ms in 1..1000u64) {
        let whole = micros(&format!("{h}h{m}m{ms}ms")).unwrap();
        prop_assert_eq!(whole, h * 3_600_000_000 + m * 60_000_000 + ms * 1000);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,12}|[0-9.%a-z ]{0,12}") {
        let _ = (text.parse::<Ratio>(), micros(&text), bytes(&text));
    }
}
