//! When the service was not healthy, and where: from what was counted to incidents. Pure functions
//! of the tally; the same counts give the same incidents, and no input panics.
//!
//! Each [`Signal`] is a share of requests over time. [`episodes`] finds when it was not normal,
//! [`culprit`] what the bad requests of that time have in common, [`cliff`] the timeout that they
//! ended at, and [`incidents`] tells together what happened together. [`swings`] are of the traffic
//! itself, [`sequences`](sequences()) are of what clients did one after another, and [`burn`] holds the targets against time. The methods are cited where they stand.

mod baseline;
pub mod burn;
mod cache;
mod candidate;
pub mod cliff;
pub mod culprit;
#[cfg(test)]
pub(crate) mod dice;
mod episode;
mod facet;
mod incident;
mod negative_binomial;
mod recount;
mod rows;
pub mod sequences;
mod shape;
mod signal;
mod sums;
mod timeline;
mod traffic;
mod window;

pub use episode::{Episode, Gates, Rate, episodes, refine};
pub use incident::{Blamed, Deviation, Incident, Severity, incidents};
pub use recount::Recount;
pub use rows::{Entry, Near, Sampled, Values, near};
pub use sequences::{Blind, Sequences, sequences};
pub use shape::Shape;
pub use signal::{Family, Signal};
pub use timeline::Timeline;
pub use traffic::{Kind as SwingKind, Swing, swings};
