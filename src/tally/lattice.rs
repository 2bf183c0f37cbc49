//! Counts in buckets of time, by UTC, as many as fit.
//!
//! The buckets begin one second wide. When there are more of them than the cap, the width goes up
//! the lattice [`WIDTHS`], where each divides the next: coarsening is the same whatever order
//! lines or partial counts come in, so any split of a log gives the same buckets.

use foldhash::quality::RandomState;
use std::collections::HashMap;

/// Bucket widths in seconds; each divides the next.
pub const WIDTHS: [u64; 13] =
    [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400, 864_000, 8_640_000];

/// What is counted of one bucket.
pub trait Merge: Default {
    /// Adds the counts of another.
    fn merge(&mut self, other: &Self);

    /// The same of another that nobody needs any more.
    fn take(&mut self, other: Self) {
        self.merge(&other);
    }
}

/// The buckets, at most `MOST` of them. The widest width holds all times that are of a log in 840.
#[derive(Clone, Debug, Default)]
pub struct Lattice<B, const MOST: usize> {
    /// Place of the width in [`WIDTHS`].
    width: usize,
    /// Number of a bucket (its start divided by the width) to its place in `buckets`.
    places: HashMap<i64, usize, RandomState>,
    /// Each with its number.
    buckets: Vec<(i64, B)>,
    last: Last,
}

/// The bucket used last: lines come nearly in order. Its seconds are kept, not its number, as that
/// takes a division a line.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    start: i64,
    /// Its width in seconds; 0 when there is none.
    width: u64,
    place: usize,
}

impl<B: Merge, const MOST: usize> Lattice<B, MOST> {
    /// Empty, with buckets of at least this width, a place in [`WIDTHS`].
    pub fn at_least(width: usize) -> Self
    where
        Self: Default,
    {
        Self { width, ..Self::default() }
    }

    /// The bucket of a second.
    #[inline]
    pub fn at(&mut self, second: i64) -> &mut B {
        // What is before the start becomes a large number.
        let is_last = (second.wrapping_sub(self.last.start) as u64) < self.last.width;
        let place = if is_last { self.last.place } else { self.find(second) };
        &mut self.buckets[place].1
    }

    #[inline(never)]
    fn find(&mut self, second: i64) -> usize {
        let number = second.div_euclid(self.width() as i64);
        let known = self.places.get(&number).copied();
        if known.is_none() && self.buckets.len() >= MOST && self.width + 1 < WIDTHS.len() {
            self.coarsen(self.width + 1);
            return self.find(second);
        }
        let place = known.unwrap_or_else(|| self.insert(number, B::default()));
        let width = self.width();
        self.last = Last { start: number * width as i64, width, place };
        place
    }

    /// Adds a bucket with a new number.
    fn insert(&mut self, number: i64, bucket: B) -> usize {
        let place = self.buckets.len();
        self.places.insert(number, place);
        self.buckets.push((number, bucket));
        place
    }

    /// Makes the buckets at least as wide as the given width, a place in [`WIDTHS`].
    pub(super) fn coarsen(&mut self, width: usize) {
        if width <= self.width {
            return;
        }
        let factor = (WIDTHS[width] / WIDTHS[self.width]) as i64;
        self.width = width;
        self.last = Last::default();
        self.places.clear();
        for (number, bucket) in std::mem::take(&mut self.buckets) {
            let number = number.div_euclid(factor);
            match self.places.get(&number) {
                Some(place) => self.buckets[*place].1.take(bucket),
                None => {
                    self.insert(number, bucket);
                }
            }
        }
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        self.coarsen(other.width);
        for (number, bucket) in &other.buckets {
            self.at(number * other.width() as i64).merge(bucket);
        }
    }

    /// Width of the buckets in seconds.
    pub fn width(&self) -> u64 {
        WIDTHS[self.width]
    }

    /// The same in buckets of this width, one of [`WIDTHS`], or wider.
    pub fn in_width(&self, seconds: u64) -> Self
    where
        B: Clone,
    {
        let mut coarse = self.clone();
        let width = WIDTHS.iter().position(|width| *width >= seconds);
        coarse.coarsen(width.unwrap_or(WIDTHS.len() - 1));
        coarse
    }

    /// The buckets in use, as start (seconds since 1970 UTC) and counts, in order.
    pub fn buckets(&self) -> Vec<(i64, &B)> {
        let width = self.width() as i64;
        let mut buckets: Vec<_> =
            self.buckets.iter().map(|(number, bucket)| (number * width, bucket)).collect();
        buckets.sort_unstable_by_key(|(start, _)| *start);
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Merge for u64 {
        fn merge(&mut self, other: &Self) {
            *self += other;
        }
    }

    type Counts = Lattice<u64, 64>;

    fn count(seconds: &[i64]) -> Counts {
        let mut counts = Counts::default();
        seconds.iter().for_each(|second| *counts.at(*second) += 1);
        counts
    }

    fn rows(counts: &Counts) -> (u64, Vec<(i64, u64)>) {
        let buckets = counts.buckets();
        (counts.width(), buckets.into_iter().map(|(start, count)| (start, *count)).collect())
    }

    #[test]
    fn every_width_divides_the_next() {
        assert!(WIDTHS.windows(2).all(|pair| pair[1] % pair[0] == 0));
    }

    #[test]
    fn buckets_start_on_utc_multiples_also_before_1970() {
        let mut counts = count(&[-1, -86_400 * 9000, 86_400 * 400]);
        assert_eq!(rows(&counts).1, [(-86_400 * 9000, 1), (-1, 1), (86_400 * 400, 1)]);
        counts.coarsen(WIDTHS.len() - 1);
        assert_eq!(rows(&counts).1[1], (-8_640_000, 1));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_buckets(
            seconds in prop::collection::vec(-2000i64..40_000, 1..600),
            parts in 1usize..5,
        ) {
            let whole = count(&seconds);
            let mut merged = Counts::default();
            for part in 0..parts {
                let seconds: Vec<_> = seconds.iter().skip(part).step_by(parts).copied().collect();
                let mut one = count(&seconds);
                std::mem::swap(&mut one, &mut merged);
                merged.merge(&one);
            }
            prop_assert!(whole.buckets().len() <= 64);
            prop_assert_eq!(rows(&merged), rows(&whole));
        }
    }
}
