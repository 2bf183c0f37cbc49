//! Why an incident was: the likely cause, what speaks for it and against it, whose it is, what to
//! do next, what else it could be, and what the log would have to have to tell.
//!
//! A cause is a hypothesis, and reads as one. Where no cause is likely, that is what is said first.

use super::Page;
use crate::render::terminal::line::{BOLD, DIM, GREEN, Line, PLAIN, Paint, YELLOW};
use crate::render::terminal::line::{prose, shorten, wrap};
use crate::report::{Cause, Incident, Level, Missing};

/// Rows of each kind; the JSON report has all.
const FOR: usize = 4;
const AGAINST: usize = 2;
const CHECKS: usize = 3;
const MISSING: usize = 2;
/// A sentence that is wider loses its middle: it quotes the log, and strangers write that.
const SENTENCE: usize = 240;

/// All that is known of why, in rows.
pub(super) fn in_full(incident: &Incident, page: &Page<'_>) -> Vec<Line> {
    let Some(first) = incident.causes.first() else { return Vec::new() };
    let mut named = incident.causes.iter().filter(|cause| !cause.is_unexplained());
    let best = named.next();
    let mut lines = Vec::new();
    if first.is_unexplained() {
        lines.extend(page.row("cause", &[(BOLD, "not explained by the log".into())]));
        let missing = if first.missing.is_empty() { best } else { Some(first) };
        lines.extend(needs("decides", missing, page));
    }
    let Some(best) = best else { return lines };
    // A guess behind what nobody can tell is not shouted.
    let (label, paint, level) = match first.is_unexplained() {
        true => ("maybe", PLAIN, ""),
        false => ("cause", BOLD, sure(best.level)),
    };
    let odds = chance(best.confidence);
    let told = if best.summary.is_empty() { best.name } else { &best.summary };
    let told = match level {
        "" => format!("{odds}: {told}"),
        level => format!("{level} ({odds}): {told}"),
    };
    lines.extend(page.row(label, &[(paint, sentence(&told, page))]));
    lines.extend(why(best, page));
    if let Some(owner) = best.owner_words() {
        lines.extend(page.row("who", &[(PLAIN, owner.into())]));
    }
    lines.extend(next_steps(best, page));
    if let Some(other) = named.next() {
        lines.extend(page.row("else", &or_else(other, best, page)));
    }
    if !first.is_unexplained() {
        lines.extend(needs("needs", Some(best), page));
    }
    lines
}

/// The cause, how sure it is and whose it is, in one row.
pub(super) fn in_brief(incident: &Incident, page: &Page<'_>) -> Vec<Line> {
    let Some(first) = incident.causes.first() else { return Vec::new() };
    let named = incident.causes.iter().find(|cause| !cause.is_unexplained());
    let of = |cause: &Cause, level| format!("{} ({})", level, chance(cause.confidence));
    let all = match (first.is_unexplained(), named) {
        (true, named) => {
            let maybe = named.map(|cause| format!("maybe: {}", of(cause, cause.name)));
            let said = (BOLD, "not explained by the log".to_owned());
            [said].into_iter().chain(maybe.map(|text| (PLAIN, text))).collect()
        }
        (false, _) => {
            let mut all =
                vec![(BOLD, first.name.to_owned()), (PLAIN, of(first, sure(first.level)))];
            all.extend(first.owner_words().map(|owner| (PLAIN, format!("owner: {owner}"))));
            all
        }
    };
    page.row("cause", &all)
}

/// Whether a cause was found that is more than a guess.
pub(super) fn is_told(incident: &Incident) -> bool {
    incident.causes.first().is_some_and(Cause::is_likely)
}

/// How sure a cause is, in words.
fn sure(level: Level) -> &'static str {
    match level {
        Level::High => "very likely",
        Level::Medium => "likely",
        Level::Low => "maybe",
    }
}

/// A confidence in whole percent. Nothing is certain, and what is told is not impossible.
fn chance(confidence: f64) -> String {
    let percent = ((confidence * 100.0).round() as u64).clamp(1, 99);
    format!("{percent} %")
}

/// What speaks for a cause, and then what speaks against it.
fn why(cause: &Cause, page: &Page<'_>) -> Vec<Line> {
    let pro = cause.evidence.iter().take(FOR).map(|text| ((GREEN, "+"), text));
    let contra = cause.against.iter().take(AGAINST).map(|text| ((YELLOW, "-"), text));
    let label = |at| if at == 0 { "why" } else { "" };
    let rows = pro.chain(contra).enumerate();
    rows.flat_map(|(at, (mark, text))| item(label(at), mark, text, page)).collect()
}

/// What to do next, in this order.
fn next_steps(cause: &Cause, page: &Page<'_>) -> Vec<Line> {
    const NUMBERS: [&str; CHECKS] = ["1", "2", "3"];
    let label = |at| if at == 0 { "do" } else { "" };
    let rows = cause.checks.iter().zip(NUMBERS).enumerate();
    rows.flat_map(|(at, (text, number))| item(label(at), (BOLD, number), text, page)).collect()
}

/// The next best cause, and what would tell it from the best one.
fn or_else(other: &Cause, best: &Cause, page: &Page<'_>) -> Vec<(Paint, String)> {
    let mut all = vec![
        (PLAIN, other.name.to_owned()),
        (PLAIN, format!("{} ({})", sure(Level::Low), chance(other.confidence))),
    ];
    // What the best one needs or has one do is told of that one.
    let is_needed = |missing: &&Missing| best.missing.iter().all(|m| m.fact != missing.fact);
    let missing = other.missing.iter().find(is_needed).map(|missing| &missing.fact);
    let check = || other.checks.iter().find(|check| !best.checks.contains(check));
    if let Some(decides) = missing.or_else(check) {
        all.push((PLAIN, format!("to decide: {}", sentence(decides, page))));
    }
    all
}

/// What the log does not have, and what to add to its format to have it next time.
fn needs(label: &str, cause: Option<&Cause>, page: &Page<'_>) -> Vec<Line> {
    let missing = cause.into_iter().flat_map(|cause| &cause.missing).take(MISSING);
    let rows = missing.enumerate().flat_map(|(at, missing)| {
        let text = match &missing.add {
            Some(add) => format!("{}; add to the log: {add}", missing.fact),
            None => missing.fact.clone(),
        };
        page.row(if at == 0 { label } else { "" }, &[(PLAIN, sentence(&text, page))])
    });
    rows.collect()
}

/// A sentence behind a mark, in as many lines as it needs.
fn item(label: &str, mark: (Paint, &str), text: &str, page: &Page<'_>) -> Vec<Line> {
    let column = page.column + 2;
    let text = sentence(text, page);
    let words = wrap(&text, page.columns.saturating_sub(column), page.glyphs);
    let line = |(at, words): (usize, String)| {
        let start = Line::new().pad(page.indent);
        let start = match at {
            0 => start.with(DIM, label).pad(page.column).with(mark.0, mark.1),
            _ => start,
        };
        start.pad(column).with(PLAIN, words)
    };
    words.into_iter().enumerate().map(line).collect()
}

/// A sentence of the report that may quote the log: harmless, and not endless.
fn sentence(text: &str, page: &Page<'_>) -> String {
    shorten(&prose(text, page.style), SENTENCE, page.glyphs)
}
