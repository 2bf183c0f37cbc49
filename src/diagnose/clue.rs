//! One piece of evidence: a question to the log, and what the answer is worth.

use super::{Case, Need};

/// What the log says to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// So it is, in a sentence with numbers.
    Yes(String),
    /// It is not, in a sentence with numbers.
    No(String),
    /// The log does not have the field that would tell.
    Lacks(Need),
    /// The log has the field, and too little of it to tell; or the question makes no sense here.
    Silent,
}

impl Told {
    /// An answer in one of two sentences.
    pub fn is(holds: bool, sentence: impl Into<String>) -> Self {
        if holds { Self::Yes(sentence.into()) } else { Self::No(sentence.into()) }
    }
}

/// A question and the weight of its answers, as log-odds.
#[derive(Clone, Copy, Debug)]
pub struct Clue {
    /// What is asked, as it stands behind "would tell": `whether the upstream took the connection`.
    pub asks: &'static str,
    /// Asks the log.
    pub ask: fn(&Case<'_>) -> Told,
    /// What a yes speaks for the cause.
    pub yes: f64,
    /// What a no speaks against it.
    pub no: f64,
    /// Whether the cause is never certain without a yes.
    pub is_required: bool,
}

/// Evidence without which a cause is never certain; a no all but rules it out.
pub(super) const fn requires(asks: &'static str, ask: fn(&Case<'_>) -> Told) -> Clue {
    Clue { asks, ask, yes: 2.0, no: 4.0, is_required: true }
}

/// Evidence that weighs this much for the cause when it is seen, and as much against it when not.
pub(super) const fn weighs(weight: f64, asks: &'static str, ask: fn(&Case<'_>) -> Told) -> Clue {
    Clue { asks, ask, yes: weight, no: weight, is_required: false }
}

/// Evidence that weighs this much when it is seen, and nothing when it is not.
pub(super) const fn adds(weight: f64, asks: &'static str, ask: fn(&Case<'_>) -> Told) -> Clue {
    Clue { asks, ask, yes: weight, no: 0.0, is_required: false }
}

/// What should not be the case: the answer is a yes when all is well, and a no weighs this much.
pub(super) const fn unless(weight: f64, asks: &'static str, ask: fn(&Case<'_>) -> Told) -> Clue {
    Clue { asks, ask, yes: 0.0, no: weight, is_required: false }
}

/// Evidence of some weight without which a cause is never certain, though a no does not rule it out.
pub(super) const fn decides(weight: f64, asks: &'static str, ask: fn(&Case<'_>) -> Told) -> Clue {
    crowns(weight, weight, asks, ask)
}

/// Evidence whose yes and no weigh differently.
pub(super) const fn speaks(
    yes: f64,
    no: f64,
    asks: &'static str,
    ask: fn(&Case<'_>) -> Told,
) -> Clue {
    Clue { asks, ask, yes, no, is_required: false }
}

/// The same, without which a cause is never certain: what it asks for is not always seen.
pub(super) const fn crowns(
    yes: f64,
    no: f64,
    asks: &'static str,
    ask: fn(&Case<'_>) -> Told,
) -> Clue {
    Clue { asks, ask, yes, no, is_required: true }
}
