//! A request that tells of an incident.

use crate::detect::culprit::Dimension;
use crate::detect::{Entry, Values};
use crate::tally::facts::Facts;
use crate::tally::sample::Field;
use crate::time::SECOND;

/// A request of the sample.
#[derive(Clone, Copy, Debug)]
pub struct Request<'e, 'a> {
    pub(super) entry: &'e Entry<'a>,
    pub(super) values: Values<'a>,
    /// Whether it is bad in the sense of the incident's main signal.
    pub bad: bool,
}

impl<'a> Request<'_, 'a> {
    /// Its status, see [`outcome`](crate::tally::signals::outcome).
    pub fn outcome(&self) -> u16 {
        self.entry.drawn.outcome
    }

    /// How long it took, seconds.
    pub fn seconds(&self) -> Option<f64> {
        self.entry.drawn.latency.map(|latency| latency as f64 / SECOND as f64)
    }

    /// When it began, microseconds.
    pub fn began(&self) -> i64 {
        self.entry.drawn.began
    }

    /// What else its line tells.
    pub fn facts(&self) -> &Facts {
        &self.entry.drawn.facts
    }

    /// Its value of a dimension.
    pub fn value(&self, dimension: Dimension) -> Option<&'a [u8]> {
        self.values[dimension as usize]
    }

    /// A field as it was logged.
    pub fn field(&self, field: Field) -> Option<&'a [u8]> {
        self.entry.drawn.fields()[field as usize]
    }

    /// Its route.
    pub fn route(&self) -> Option<&'a [u8]> {
        self.value(Dimension::Route)
    }

    /// Requests that it stands for.
    pub fn weight(&self) -> f64 {
        self.entry.weight
    }
}
