//! Sums up to each bucket, so that a window of any width costs two subtractions.

use std::ops::Range;

/// Sums of a signal. Counts that no log can hold saturate.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// Bad requests before each bucket, and all of them.
    pub(super) bad: Vec<u64>,
    all: Vec<u64>,
}

impl Sums {
    /// Of bad requests and of all in each bucket; more bad than all are all.
    pub(super) fn new(bad: &[u64], all: &[u64]) -> Self {
        let buckets = bad.len().min(all.len());
        let mut sums =
            Self { bad: Vec::with_capacity(buckets + 1), all: Vec::with_capacity(buckets + 1) };
        let (mut of_bad, mut of_all) = (0u64, 0u64);
        sums.bad.push(0);
        sums.all.push(0);
        for (bad, all) in bad.iter().zip(all) {
            of_bad = of_bad.saturating_add(*bad.min(all));
            of_all = of_all.saturating_add(*all);
            sums.bad.push(of_bad);
            sums.all.push(of_all);
        }
        sums
    }

    /// Number of buckets.
    pub(super) fn len(&self) -> usize {
        self.bad.len() - 1
    }

    /// Bad requests in some buckets.
    pub(super) fn bad(&self, buckets: Range<usize>) -> u64 {
        self.bad[buckets.end] - self.bad[buckets.start]
    }

    /// Requests in some buckets.
    pub(super) fn all(&self, buckets: Range<usize>) -> u64 {
        self.all[buckets.end] - self.all[buckets.start]
    }
}

/// Sums of expected counts up to each bucket.
pub(super) fn expected(each: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums = Vec::with_capacity(each.size_hint().0 + 1);
    sums.push(0.0);
    sums.extend(each.map(|expected| {
        sum += expected;
        sum
    }));
    sums
}
