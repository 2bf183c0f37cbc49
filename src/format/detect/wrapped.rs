//! Detection behind wrappers: the lines of syslog, of a container runtime or of a shipper are
//! unwrapped, and what is inside is detected like a log of its own.

use super::{Reading, Undetected};
use crate::format::wrapper::Wrapper;
use crate::format::wrapper::join::Joiner;
use crate::format::{Scratch, json, logfmt, sisters};
use crate::record::Record;
use bumpalo::Bump;

/// Wrappers around one another at most: Compose around Docker's times around syslog around JSON.
const DEEPEST: usize = 4;

/// One line in so many must be a request, where the others are of other programs.
const FEW: usize = 20;

/// Longest line that is joined for a sample.
const LONGEST: usize = 1 << 20;

/// Detects lines that are not wrapped.
type Inside<'i> = &'i dyn Fn(&[&[u8]]) -> Result<Reading, Undetected>;

/// What was found behind wrappers: they, the outermost first, and what is inside.
type Found = Result<(Vec<Wrapper>, Reading), Undetected>;

/// Finds the wrappers of these lines and what `inside` detects behind them. `None` when there are
/// none, or nothing is detected behind any.
///
/// Errors when the format behind them is in doubt.
pub(super) fn behind_wrappers(lines: &[&[u8]], inside: Inside<'_>) -> Option<Found> {
    layer(lines, inside, 1)
}

fn layer(lines: &[&[u8]], inside: Inside<'_>, depth: usize) -> Option<Found> {
    // Lines that can be read as they are say nothing of wrappers: a few may stand among others.
    let unread: Vec<&[u8]> = lines.iter().copied().filter(|line| !is_request(line)).collect();
    Wrapper::candidates(&unread).into_iter().find_map(|wrapper| {
        let arena = Bump::new();
        let lines = unwrapped(wrapper, lines, &arena);
        // One syslog, one drain has lines of many programs: those of the others are left out if it
        // does not work with them.
        let requests: Vec<&[u8]> = lines.iter().copied().filter(|line| is_request(line)).collect();
        for inner in [&lines, &requests] {
            match inside(inner) {
                Ok(reading) => return Some(Ok((vec![wrapper], reading))),
                Err(why @ Undetected::Ambiguous(_)) => return Some(Err(why)),
                Err(_) => {}
            }
            if requests.len() * FEW < lines.len() {
                break;
            }
        }
        if depth == DEEPEST {
            return None;
        }
        let found = layer(&lines, inside, depth + 1)?;
        Some(found.map(|(inner, reading)| ([&[wrapper], &inner[..]].concat(), reading)))
    })
}

/// The lines inside; those that are not wrapped stay as they are, pieces are joined.
fn unwrapped<'a>(wrapper: Wrapper, lines: &[&'a [u8]], arena: &'a Bump) -> Vec<&'a [u8]> {
    let mut joiner = Joiner::new(LONGEST);
    let mut inner: Vec<&[u8]> = Vec::new();
    for line in lines {
        match wrapper.unwrap(line, arena) {
            Some(found) if wrapper.splits() => {
                inner.extend(joiner.push(&found, &is_record, arena).lines().map(|line| line.text));
            }
            Some(found) => inner.push(found.line),
            None => inner.push(line),
        }
    }
    inner.extend(joiner.finish(arena).map(|line| line.text));
    inner
}

/// Whether a text is whole: a request, or JSON.
fn is_record(text: &[u8]) -> bool {
    is_request(text) || json::fields(text).is_ok()
}

/// Whether a line alone is a request in some format that is known.
pub(super) fn is_request(line: &[u8]) -> bool {
    let (scratch, mut record) = (Scratch::default(), Record::default());
    sisters::read("", line, &scratch, &mut record).is_some()
        || scratch.stranger(line, true, &mut record).is_some()
        || logfmt::fields(line)
            .is_ok_and(|pairs| pairs.iter().any(|(key, _)| key.keys().eq([b"status"])))
}
