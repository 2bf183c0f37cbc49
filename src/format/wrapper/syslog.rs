//! Syslog in its three dialects, and what is left of it without a time.
//!
//! None of them is written as its RFC says. A host or a tag may lack; where a word is missing, the
//! tag tells which: it ends with a colon.

use super::{Inner, instant, word};
use crate::time;
use crate::time::IsoMinute;
use std::cell::Cell;

/// Longest tag with its process number. RFC 3164 says 32; container names are longer.
const LONGEST_TAG: usize = 128;

/// `<190>`: what follows the priority.
fn after_priority(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"<")?;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=3).contains(&digits).then(|| text[digits..].strip_prefix(b">"))?
}

/// What follows `tag: ` or `tag[pid]: `.
fn after_tag(text: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b' ', &text[..text.len().min(LONGEST_TAG)]).unwrap_or(text.len());
    let tag = text[..end].strip_suffix(b":").filter(|tag| tag.len() < LONGEST_TAG)?;
    let name = match tag.strip_suffix(b"]") {
        Some(tag) => &tag[..memchr::memchr(b'[', tag)?],
        None => tag,
    };
    // A colon within would be an IPv6 address, quotes or brackets would be the log line itself.
    let has_letter = name.iter().any(u8::is_ascii_alphabetic);
    let is_name = name.iter().all(|b| b.is_ascii_alphanumeric() || b"._-/()@+~%".contains(b));
    (has_letter && is_name).then(|| text.get(end + 1..).unwrap_or_default())
}

/// What follows `tag: ` or `host tag: `.
fn after_host_and_tag(text: &[u8]) -> Option<&[u8]> {
    after_tag(text).or_else(|| after_tag(word(text)?.1))
}

/// `[<pri>]Mon dd [YYYY] HH:MM:SS [host] [tag[pid]:] text`. The time has no zone.
pub(super) fn rfc3164(line: &[u8]) -> Option<Inner<'_>> {
    let text = after_bsd_time(after_priority(line).unwrap_or(line))?;
    let message = after_host_and_tag(text).or_else(|| {
        let (_, message) = word(text)?;
        // Without a tag: if the rest starts like the second column of an access log, then the
        // first word is its client and not the host.
        let is_column = message.starts_with(b"- ") || message.starts_with(b"[");
        Some(if is_column { text } else { message.strip_prefix(b" ").unwrap_or(message) })
    });
    Some(Inner::whole(message?, None))
}

/// What follows `Oct 10 13:55:01 `: the day padded with a space, a zero or not at all; a year
/// before or behind the hours' place; any fraction; Cisco's colon at the end.
fn after_bsd_time(text: &[u8]) -> Option<&[u8]> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let (month, text) = text.split_first_chunk::<3>()?;
    if !MONTHS.chunks(3).any(|known| known == month) {
        return None;
    }
    let text = text.strip_prefix(b" ")?;
    let (day, text) = word(text.strip_prefix(b" ").unwrap_or(text))?;
    let is_number = |text: &[u8]| time::integer(text).is_some();
    if day.len() > 2 || !is_number(day) {
        return None;
    }
    let (mut clock, mut rest) = word(text)?;
    if clock.len() == 4 && is_number(clock) {
        (clock, rest) = word(rest)?;
    }
    let clock = clock.strip_suffix(b":").unwrap_or(clock);
    let (clock, fraction) = clock.split_first_chunk::<8>()?;
    let [h, i, b':', m, n, b':', s, t] = clock else { return None };
    let is_time = [h, i, m, n, s, t].iter().all(|byte| byte.is_ascii_digit());
    let has_fraction = match fraction {
        [] => true,
        [b'.', digits @ ..] => is_number(digits),
        _ => false,
    };
    (is_time && has_fraction).then_some(rest)
}

/// `[<pri>]ISO [host] tag[pid]: text`; behind two spaces, or with a priority, also without a tag.
pub(super) fn iso<'a>(line: &'a [u8], minute: &Cell<IsoMinute>) -> Option<Inner<'a>> {
    let after = after_priority(line);
    let (stamp, text) = word(after.unwrap_or(line))?;
    time::iso8601(stamp, 0)?;
    let message = after_host_and_tag(text).or_else(|| {
        let (_, message) = word(text)?;
        message.strip_prefix(b" ").or(after.map(|_| message))
    });
    Some(Inner::whole(message?, instant(stamp, minute)))
}

/// `[count ]<pri>1 ISO host app pid mid data text`.
pub(super) fn rfc5424<'a>(line: &'a [u8], minute: &Cell<IsoMinute>) -> Option<Inner<'a>> {
    let counted = || word(line).filter(|(count, _)| time::integer(count).is_some());
    let text = after_priority(line).or_else(|| after_priority(counted()?.1))?;
    let (stamp, text) = word(text.strip_prefix(b"1 ")?)?;
    if stamp != b"-" {
        time::iso8601(stamp, 0)?;
    }
    let (_host, text) = word(text)?;
    let (_app, text) = word(text)?;
    let (_pid, text) = word(text)?;
    let (_mid, text) = word(text)?;
    let message = match text {
        b"-" => b"",
        [b'-', b' ', message @ ..] => message,
        [b'[', ..] => after_data(text).unwrap_or(text),
        // Heroku has no structured data.
        message => message,
    };
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    Some(Inner::whole(message, instant(stamp, minute)))
}

/// What follows structured data, `[id key="value"][…] `. In values `"`, `\` and `]` are escaped
/// by a backslash.
fn after_data(text: &[u8]) -> Option<&[u8]> {
    let mut quoted = false;
    let mut at = 0;
    loop {
        match (text.get(at)?, quoted) {
            (b'\\', true) => at += 1,
            (b'"', _) => quoted = !quoted,
            (b']', false) => match text.get(at + 1) {
                None => return Some(b""),
                Some(b' ') => return Some(&text[at + 2..]),
                Some(b'[') => {}
                Some(_) => return None,
            },
            _ => {}
        }
        at += 1;
    }
}

/// Whether the first word is an IP address.
fn starts_with_address(text: &[u8]) -> bool {
    let first = word(text).and_then(|(first, _)| std::str::from_utf8(first).ok());
    first.is_some_and(|first| first.parse::<std::net::IpAddr>().is_ok())
}

/// `host tag: text`, `host tag[pid]: text` or `tag[pid]: text`; `tag: text` only before an address:
/// any sentence may begin with a word and a colon.
pub(super) fn tagged(line: &[u8]) -> Option<Inner<'_>> {
    let (first, rest) = word(line)?;
    let message = if first.ends_with(b"]:") || first.ends_with(b":") && starts_with_address(rest) {
        after_tag(line)
    } else {
        let is_host = first.iter().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b));
        let starts_a_tag = rest.first().is_some_and(u8::is_ascii_alphabetic);
        if is_host && starts_a_tag { after_tag(rest) } else { None }
    };
    Some(Inner::whole(message?, None))
}
