//! One cause: what it explains, what speaks for it and against it, whose it is, and what to check.

use super::{Case, Clue};
use crate::codes::Owner;
use crate::format::Product;

/// A cause of incidents.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id, as reports have it.
    pub cause: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Who can do something about it.
    pub owner: Owner,
    /// Whether it may explain an incident at all. Cheap: by signal and codes.
    pub explains: fn(&Case<'_>) -> bool,
    /// How likely it is before the evidence is looked at, as log-odds against "unexplained".
    pub prior: f64,
    /// The evidence.
    pub clues: &'static [Clue],
    /// What happened, in a sentence that names what is to blame.
    pub tells: fn(&Case<'_>) -> String,
    /// What to check, in this order. The first three that are of the log's product, or of any, are
    /// told. `{route}`, `{upstream}`, `{host}`, `{client}`, `{user_agent}`, `{start}` and `{at}` (the
    /// duration of the timeout) stand for those of the incident; a check is left out when the
    /// incident has none.
    pub checks: &'static [Check],
}

/// One thing to check: a command, a directive, or where to look.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Whose logs it is for; empty for any.
    pub products: &'static [Product],
    /// What to do.
    pub text: &'static str,
}

/// A check for the logs of one product.
pub(super) const fn on(products: &'static [Product], text: &'static str) -> Check {
    Check { products, text }
}

/// A check for any log.
pub(super) const fn any(text: &'static str) -> Check {
    Check { products: &[], text }
}
