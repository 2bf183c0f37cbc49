//! Why it was not healthy: from incidents to likely causes, with what speaks for each and against it.
//!
//! Each cause is a [`Rule`]: which incidents it may explain, what it requires, what speaks for it and
//! against it and how much, who owns it, and what to check. The evidence is weighed as log-odds;
//! "unexplained" competes with all of them, so that thin evidence names nobody. The rules of a family
//! are in one file; a new cause is one entry in its table.
//!
//! Method: naive Bayes by hand, after `method.md` 3.6. Weights are 2, 1 and 0.5; a fact that the log
//! does not have weighs nothing, and is named as missing.

mod case;
mod chain;
mod clue;
mod deploy;
mod facts;
mod file;
mod log;
mod need;
mod page;
mod rule;
mod rules;
#[cfg(test)]
mod scene;
mod way;
mod weigh;

pub use case::{Case, Request};
pub use clue::{Clue, Told};
pub use deploy::{Deploy, Sign};
pub use log::Log;
pub use need::Need;
pub use rule::{Check, Rule};
pub use rules::rules;
pub use weigh::{Cause, Level, Missing};

use crate::codes::Owner;
use crate::detect::Incident;

/// What is known of why an incident was.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The likeliest causes, best first; `unexplained` is one of them.
    pub causes: Vec<Cause>,
    /// Place of the incident that it may be a consequence of.
    pub follows: Option<usize>,
}

/// Explains the incidents of a log.
pub fn diagnose<'a>(log: &'a Log<'a>, incidents: &'a [Incident]) -> Vec<Diagnosis> {
    let mut all: Vec<Diagnosis> = incidents
        .iter()
        .map(|incident| Diagnosis {
            causes: weigh::causes(&Case::of(log, incident, incidents)),
            follows: None,
        })
        .collect();
    for (place, follows) in chain::chain(incidents).into_iter().enumerate() {
        all[place].follows = follows;
    }
    all
}

/// A cause that nobody named.
pub const UNEXPLAINED: &str = "unexplained";

/// The owner of what nobody can do anything about.
const NOBODY: Owner = Owner::Nobody;
