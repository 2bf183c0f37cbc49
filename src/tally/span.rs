//! From the first to the last of some times.

use super::lattice::Merge;
use std::ops::Range;

/// The times from the first to the last of some, in microseconds; of none it is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: i64,
    last: i64,
}

impl Default for Span {
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN }
    }
}

impl Span {
    /// Adds a time.
    #[inline]
    pub(super) fn add(&mut self, time: i64) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }

    /// Whether some of its times may be one of these.
    pub fn meets(&self, times: &Range<i64>) -> bool {
        self.first < times.end && self.last >= times.start
    }
}

impl Merge for Span {
    fn merge(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_time_is_within_and_an_end_is_not() {
        let mut span = Span::default();
        assert!(!span.meets(&(i64::MIN..i64::MAX)));
        span.add(20);
        span.add(10);
        for (times, expected) in
            [(0..10, false), (0..11, true), (15..16, true), (20..30, true), (21..30, false)]
        {
            assert_eq!(span.meets(&times), expected, "{times:?}");
        }
        let mut other = Span::default();
        other.merge(&span);
        assert_eq!(other, span);
    }
}
