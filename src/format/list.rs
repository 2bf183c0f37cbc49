//! nginx lists of upstream attempts: `0.001, 0.002 : 0.003`, `502, 200`, `-`.
//!
//! Attempts of one group are joined by `, `; an internal redirect to another group by ` : `
//! (`ngx_http_upstream.c`). An attempt without a value is `-`. A list that is `-` alone made no
//! attempt that is known of: nginx writes it when no upstream was contacted.

use super::field::{Digits, Unit, present};
use super::near::near;

/// The items of a list, in order.
pub fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut at = 0;
        while let Some(found) = memchr::memchr2(b',', b' ', &text[at..]) {
            let end = at + found;
            for separator in [&b", "[..], b" : ", b","] {
                if text[end..].starts_with(separator) {
                    rest = Some(&text[end + separator.len()..]);
                    return Some(&text[..end]);
                }
            }
            at = end + 1;
        }
        rest = None;
        Some(text)
    })
}

/// Number of attempts and the value of the last one, which may be `-` or empty.
#[inline]
pub fn last_item(list: &[u8]) -> (u32, &[u8]) {
    // Nearly every line has one attempt.
    if memchr::memchr(b',', list).is_none() && memchr::memchr(b' ', list).is_none() {
        return (u32::from(present(list).is_some()), list);
    }
    let mut attempts = 0;
    let mut last = list;
    for item in items(list) {
        attempts += 1;
        last = item;
    }
    (attempts, last)
}

/// Number of attempts and the value of the last one that has a value.
#[inline]
pub fn last(list: &[u8]) -> (u32, Option<&[u8]>) {
    let (attempts, last) = last_item(list);
    (attempts, present(last))
}

/// Number of attempts and the sum of the measured ones in microseconds; the sum is `None` when
/// none was measured. `None` when an item is neither a number nor `-`. A negative number was not
/// measured either: HAProxy and AWS write -1 for what never came to be.
#[inline]
pub fn durations(list: &[u8], unit: Unit, digits: Digits) -> Option<(u32, Option<u64>)> {
    let read = |item| if digits.allow(item) { unit.micros(item) } else { None };
    if let Some(micros) = read(list) {
        return Some((1, Some(micros)));
    }
    if present(list).is_none() {
        return Some((0, None));
    }
    let mut attempts = 0;
    let mut total = None;
    for item in items(list) {
        attempts += 1;
        if let Some(item) = present(item)
            && item.strip_prefix(b"-").and_then(read).is_none()
        {
            total = Some(read(item)?.checked_add(total.unwrap_or(0))?);
        }
    }
    Some((attempts, total))
}

/// Length of the list that `text` starts with, where a space ends it unless a separator goes on:
/// a list is not quoted in the formats that have it in the middle of a line.
#[inline]
pub fn length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let Some(space) = near(b' ', &text[at..]) else { return text.len() };
        let end = at + space;
        if end > at && text[end - 1] == b',' {
            at = end + 1;
        } else if text[end..].starts_with(b" : ") {
            at = end + 3;
        } else {
            return end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_where_their_grammar_ends() {
        for (text, list) in [
            ("0.001, 0.002 : 0.003 502", "0.001, 0.002 : 0.003"),
            ("- - -", "-"),
            ("-, 5 x", "-, 5"),
            ("10.0.0.1:80 5 0.119", "10.0.0.1:80"),
            ("unix:/run/a.sock, [::1]:80 : name 0", "unix:/run/a.sock, [::1]:80 : name"),
            ("200", "200"),
        ] {
            assert_eq!(&text[..length(text.as_bytes())], list);
        }
    }

    #[test]
    fn sums_and_lasts() {
        let s = Unit::Seconds;
        assert_eq!(durations(b"0.119", s, Digits::Thousandths), Some((1, Some(119_000))));
        assert_eq!(
            durations(b"0.001, 0.002 : 0.003", s, Digits::Thousandths),
            Some((3, Some(6000)))
        );
        assert_eq!(durations(b"0.100, -", s, Digits::Thousandths), Some((2, Some(100_000))));
        assert_eq!(durations(b"-", s, Digits::Thousandths), Some((0, None)));
        assert_eq!(durations(b"-, -", s, Digits::Thousandths), Some((2, None)));
        assert_eq!(durations(b"0.100, x", s, Digits::Thousandths), None);
        assert_eq!(durations(b"-1", Unit::Milliseconds, Digits::Any), Some((1, None)));
        assert_eq!(durations(b"-x", Unit::Milliseconds, Digits::Any), None);
        assert_eq!(last_item(b"502, 200"), (2, &b"200"[..]));
        assert_eq!(last_item(b"-"), (0, &b"-"[..]));
        assert_eq!(last(b"10.0.0.1:80, -"), (2, None));
    }
}
