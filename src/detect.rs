//! When a rate was not normal, and what was different then: pure functions from series of counts
//! to incidents. Nothing here knows where the numbers came from; the same numbers give the same
//! answer, and no input panics.

mod baseline;
mod episode;
mod negative_binomial;
mod shape;
#[cfg(test)]
mod simulation;
mod sums;
mod traffic;
mod window;

pub use episode::{Episode, Found, Gates, Signal, episodes, refine};
pub use negative_binomial::NegativeBinomial;
pub use shape::Shape;
pub use traffic::{Kind, Swing, swings};
