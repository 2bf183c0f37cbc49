//! Quantities that people type, read exactly: rates (`0.1%`), durations (`200ms`, `1h30m`) and
//! sizes (`64KiB`). Decimals stay integers from the first digit to the comparison: as floats,
//! 2,760 of the 9,999 rates in steps of 0.01 % differ from the rate that was typed, and a gate
//! would then decide wrongly at its own limit.

use anyhow::{Context as _, Result, bail, ensure};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A share from 0 to 1, exact: `digits / 10^scale`.
///
/// Read from `5%`, `0.1 %` or a bare fraction below one, `0.001`. A bare `1` or `5` is refused:
/// it could be percent or a fraction. At most 17 decimals of a percent, 19 of a fraction.
///
/// ```
/// use statlog::ratio::Ratio;
///
/// let limit: Ratio = "0.7%".parse()?;
/// assert!(limit.is_below(6, 1000));
/// assert!(!limit.is_below(7, 1000));
/// assert_eq!(limit.to_string(), "0.7 %");
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// At most `10^scale`, and no multiple of ten unless the scale is 0: equal ratios are equal
    /// field by field.
    digits: u64,
    /// At most 19, so that `10^scale` fits a `u64`.
    scale: u32,
}

impl Ratio {
    /// 5 %: what may lie above a 95th percentile.
    pub const FIVE_PERCENT: Self = Self { digits: 5, scale: 2 };

    /// What the digits are divided by: a power of ten.
    fn denominator(self) -> u64 {
        10u64.pow(self.scale)
    }

    /// Whether `count` of `total` is less than this ratio. Exact. False when `total` is 0: no
    /// data is not a low rate, and a caller says so before it asks.
    pub fn is_below(self, count: u64, total: u64) -> bool {
        self.compare(count, total) == Ordering::Less
    }

    /// Whether `count` of `total` is more than this ratio. Exact. False when both are 0.
    pub fn is_exceeded(self, count: u64, total: u64) -> bool {
        self.compare(count, total) == Ordering::Greater
    }

    /// `count / total` against this ratio, multiplied out: two 64-bit factors fit in 128 bits.
    fn compare(self, count: u64, total: u64) -> Ordering {
        let observed = u128::from(count) * u128::from(self.denominator());
        observed.cmp(&(u128::from(self.digits) * u128::from(total)))
    }

    /// The nearest `f64`, for display and for JSON; never for a decision.
    pub fn as_f64(self) -> f64 {
        // Through text, as the standard library rounds that correctly for every length.
        let text = format!("{}e-{}", self.digits, self.scale);
        text.parse().expect("digits with an exponent are a number")
    }
}

impl FromStr for Ratio {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let typed = text.trim();
        let (number, percent) = match typed.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (typed, false),
        };
        let (mut digits, mut scale) = decimal(number)
            .with_context(|| format!("{typed:?} is not a rate; write it as '5%' or '0.001'"))?;
        if percent {
            scale += 2;
        } else if digits != 0 && digits >= 10u64.saturating_pow(scale) {
            bail!(
                "{typed:?} could be percent or a fraction; write '{number}%', or a fraction \
                 below 1"
            );
        }
        while scale > 0 && digits.is_multiple_of(10) {
            digits /= 10;
            scale -= 1;
        }
        ensure!(scale <= 19, "{typed:?} has too many decimals; 17 of a percent are the most");
        ensure!(digits <= 10u64.pow(scale), "{typed:?} is more than 100%");
        Ok(Self { digits, scale })
    }
}

/// Percent with the digits that it needs and no more: `5 %`, `0.1 %`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(decimals) = self.scale.checked_sub(2).filter(|n| *n > 0) else {
            return write!(f, "{} %", self.digits * 10u64.pow(2u32.saturating_sub(self.scale)));
        };
        let one = 10u64.pow(decimals);
        let (whole, fraction) = (self.digits / one, self.digits % one);
        write!(f, "{whole}.{fraction:0width$} %", width = decimals as usize)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        other.compare(self.digits, self.denominator())
    }
}

/// Reads a rate that an observed rate must stay below. Refuses 0 %: nothing is below it.
pub fn target(text: &str) -> Result<Ratio> {
    let ratio: Ratio = text.parse()?;
    ensure!(ratio.digits > 0, "no rate is below 0%; write a small one such as '0.001%'");
    Ok(ratio)
}

/// Units of durations in microseconds, longest first. A day is 24 hours, a week seven of them,
/// whatever the time zone does meanwhile.
const DURATIONS: [(&str, u64); 9] = [
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1000),
    ("us", 1),
    ("\u{b5}s", 1),
    ("\u{3bc}s", 1),
];

/// Reads a duration above zero as microseconds: `200ms`, `1.5s`, `500us`, `15m`, `1h30m`, `1w`.
///
/// A unit is required, units go from long to short, and the value must be whole microseconds.
pub fn micros(text: &str) -> Result<u64> {
    const EXPECTED: &str = "write a number and a unit (us, ms, s, m, h, d, w), as in '200ms', \
                            '15m' or '1h30m'";
    let typed = text.trim();
    let mut rest = typed;
    let mut total = 0u64;
    let mut shorter_than = u64::MAX;
    while !rest.is_empty() {
        let (number, unit) = split(&mut rest);
        let (digits, scale) =
            decimal(number).with_context(|| format!("{typed:?} is not a duration; {EXPECTED}"))?;
        ensure!(!unit.is_empty(), "{typed:?} lacks a unit; {EXPECTED}");
        let size = DURATIONS
            .iter()
            .find_map(|(name, size)| (*name == unit).then_some(*size))
            .with_context(|| format!("{typed:?} has the unknown unit {unit:?}; {EXPECTED}"))?;
        ensure!(size < shorter_than, "{typed:?} does not go from long to short units; {EXPECTED}");
        shorter_than = size;
        let part = scaled(digits, scale, size)
            .with_context(|| format!("{typed:?} is too long, or finer than a microsecond"))?;
        total = total.checked_add(part).with_context(|| format!("{typed:?} is too long"))?;
    }
    ensure!(!typed.is_empty(), "a duration is missing; {EXPECTED}");
    ensure!(total > 0, "{typed:?} is no time at all; {EXPECTED}");
    Ok(total)
}

/// Units of sizes in bytes, in lower case. A lone letter is a power of 1024, as `dd`, `sort` and
/// `split` have it.
const SIZES: [(&str, u64); 11] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
];

/// Reads a size as bytes: `64KiB` and `64k` are 65,536, `64kB` is 64,000, a bare number is bytes.
/// Units in any case; the value must be whole bytes.
pub fn bytes(text: &str) -> Result<u64> {
    let typed = text.trim();
    let expected = || format!("{typed:?} is not a size; write it as '64KiB', '1MiB' or '65536'");
    let mut rest = typed;
    let (number, unit) = split(&mut rest);
    ensure!(rest.is_empty(), expected());
    let (digits, scale) = decimal(number).with_context(expected)?;
    let size = SIZES
        .iter()
        .find_map(|(name, size)| name.eq_ignore_ascii_case(unit).then_some(*size))
        .with_context(expected)?;
    scaled(digits, scale, size)
        .with_context(|| format!("{typed:?} is too large, or no whole number of bytes"))
}

/// Takes a number and its unit from the front of `rest`, with the blanks around them.
fn split<'a>(rest: &mut &'a str) -> (&'a str, &'a str) {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let text = *rest;
    let (number, after) = text.split_at(text.find(|c| !is_number(c)).unwrap_or(text.len()));
    let after = after.trim_start();
    let end = after.find(|c: char| is_number(c) || c == ' ').unwrap_or(after.len());
    *rest = after[end..].trim_start();
    (number, &after[..end])
}

/// Reads `digits[.digits]` as an integer and the number of its decimals, trailing zeros cut.
/// `None` when it is no such number, or has more significant digits than a `u64` holds.
fn decimal(text: &str) -> Option<(u64, u32)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    if whole.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let mut digits = 0u64;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        digits = digits.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some((digits, u32::try_from(fraction.len()).ok()?))
}

/// `digits / 10^scale * unit` when that is a whole number that fits.
fn scaled(digits: u64, scale: u32, unit: u64) -> Option<u64> {
    let one = 10u128.checked_pow(scale)?;
    let value = u128::from(digits) * u128::from(unit);
    value.is_multiple_of(one).then(|| u64::try_from(value / one).ok())?
}

#[cfg(test)]
mod tests;
