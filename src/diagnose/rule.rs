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
    /// duration of the timeout) stand for those of the incident; where it has none, the check is told in
    /// its other words, or left out.
    pub checks: &'static [Check],
}

/// One thing to check: a command, a directive, or where to look.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Whose logs it is for; empty for any.
    pub products: &'static [Product],
    /// What to do.
    pub text: &'static str,
    /// The same where the incident has nothing to name in it.
    pub otherwise: Option<&'static str>,
}

/// A check for the logs of one product.
pub(super) const fn on(products: &'static [Product], text: &'static str) -> Check {
    Check { products, text, otherwise: None }
}

/// A check for any log.
pub(super) const fn any(text: &'static str) -> Check {
    Check { products: &[], text, otherwise: None }
}

/// A check for any log that names what is to blame, and one for where nothing is.
pub(super) const fn either(text: &'static str, otherwise: &'static str) -> Check {
    Check { products: &[], text, otherwise: Some(otherwise) }
}
