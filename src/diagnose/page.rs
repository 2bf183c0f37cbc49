//! nginx's built-in error pages, told by their length: `base + 41 + L`, where the base is of the code,
//! and `L` is the length of the server's name and version (measured on nginx 1.22.1, and
//! `ngx_http_special_response.c`).

use crate::detect::Entry;
use crate::record::Producer;
use std::collections::BTreeMap;

/// Codes with a built-in page, and its base. 494 to 497 are logged as 400 (`method.md` 2.2).
const BASES: [(u16, u32); 15] = [
    (400, 104),
    (403, 100),
    (404, 100),
    (405, 104),
    (413, 130),
    (415, 126),
    (429, 116),
    (494, 180),
    (495, 162),
    (496, 184),
    (497, 202),
    (500, 124),
    (502, 104),
    (503, 144),
    (504, 114),
];

/// Codes whose built-in page is met often: what is around a page is learned from those.
pub(super) const OFTEN: [u16; 8] = [500, 502, 503, 504, 403, 404, 413, 429];

/// What a page has beside its base and the server's name and version.
const AROUND: u32 = 41;
/// Lengths of `nginx` and of `nginx/1.27.4 (Ubuntu)` and the like.
const TOKENS: std::ops::RangeInclusive<u32> = 5..=40;
/// What is added to a base where the log does not tell: for `nginx`, `nginx/1.22.1` and
/// `nginx/1.18.0 (Ubuntu)`. No two bases of 494 to 497 meet.
pub(super) const USUAL: [u32; 3] = [AROUND + 5, AROUND + 12, AROUND + 21];

/// nginx fills its pages for browsers that call themselves Chrome or MSIE up to what these once needed
/// to show a page of a server (`msie_padding`, on by default; measured).
const PADDING: u32 = 402;

/// Bytes of a code's page without what is around it; `None` for a code without one.
pub(super) fn base(code: u16) -> Option<u32> {
    BASES.iter().find(|(of, _)| *of == code).map(|(_, base)| *base)
}

/// Whether a body is nginx's own page for a code, where its pages have so much around it.
pub(super) fn is_page(bytes: u32, code: u16, around: u32) -> bool {
    base(code).is_some_and(|base| is_as_long(bytes, base, around))
}

fn is_as_long(bytes: u32, base: u32, around: u32) -> bool {
    let page = base + around;
    bytes == page || bytes == page + PADDING
}

/// What is added to the base of a code's page in this log: what fits most of its errors. `None` when
/// nothing fits codes of two bases, or ten requests of one whose length no other code has: an
/// application's errors are often all of one length, nginx's are not.
pub(super) fn page(entries: &[Entry<'_>]) -> Option<u32> {
    let errors: Vec<(u16, u32)> = entries
        .iter()
        .map(|entry| entry.drawn)
        .filter(|of| of.outcome >= 400 && of.facts.producer != Some(Producer::Origin))
        .filter_map(|of| Some((of.outcome, of.facts.bytes?)))
        .collect();
    let errors = || errors.iter().copied();
    let base = |code: u16| base(code).filter(|_| OFTEN.contains(&code));
    let fits = |token: u32| {
        let mut bases = BTreeMap::<u32, u32>::new();
        for (code, bytes) in errors() {
            let base = base(code).filter(|base| is_as_long(bytes, *base, AROUND + token));
            if let Some(base) = base {
                *bases.entry(base).or_default() += 1;
            }
        }
        let met = bases.values().filter(|count| **count >= 2).count() as u32;
        let (of, most) = bases.iter().max_by_key(|(_, count)| **count)?;
        let is_anybodys = || {
            let others = errors().filter(|(code, _)| base(*code) != Some(*of));
            others.filter(|(_, bytes)| is_as_long(*bytes, *of, AROUND + token)).count() >= 2
        };
        let is_told = met >= 2 || *most >= 10 && !is_anybodys();
        is_told.then(|| (met, bases.values().sum::<u32>()))
    };
    let best = TOKENS.filter_map(|token| Some((fits(token)?, std::cmp::Reverse(token)))).max()?;
    Some(AROUND + best.1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_by_its_length() {
        // As nginx 1.22.1 sends them with `server_tokens off`, and padded for Chrome.
        for (code, bytes, expected) in [
            (502, 150, true),
            (502, 552, true),
            (502, 160, false),
            (504, 160, true),
            (405, 150, true),
            (497, 248, true),
            (418, 146, false),
        ] {
            assert_eq!(is_page(bytes, code, USUAL[0]), expected, "{code} {bytes}");
        }
        assert!(OFTEN.iter().all(|code| base(*code).is_some()));
    }
}
