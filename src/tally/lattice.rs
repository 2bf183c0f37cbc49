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
}

/// The buckets, at most `MOST` of them. The widest width holds all times that are of a log in 840.
#[derive(Clone, Debug, Default)]
pub struct Lattice<B, const MOST: usize> {
    /// Place of the width in [`WIDTHS`].
    width: usize,
    /// Number of the bucket (its start divided by the width) to its place in `buckets`.
    places: HashMap<i64, usize, RandomState>,
    buckets: Vec<B>,
    /// Number and place of the bucket used last: lines come nearly in order.
    last: Option<(i64, usize)>,
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
        let number = second.div_euclid(WIDTHS[self.width] as i64);
        let place = match self.last {
            Some((last, place)) if last == number => place,
            _ => self.find(second),
        };
        &mut self.buckets[place]
    }

    fn find(&mut self, second: i64) -> usize {
        let number = second.div_euclid(WIDTHS[self.width] as i64);
        if let Some(place) = self.places.get(&number) {
            self.last = Some((number, *place));
            return *place;
        }
        if self.buckets.len() >= MOST && self.width + 1 < WIDTHS.len() {
            self.coarsen(self.width + 1);
            return self.find(second);
        }
        let place = self.buckets.len();
        self.places.insert(number, place);
        self.buckets.push(B::default());
        self.last = Some((number, place));
        place
    }

    /// Makes the buckets at least as wide as the given width, a place in [`WIDTHS`].
    pub(super) fn coarsen(&mut self, width: usize) {
        if width <= self.width {
            return;
        }
        let factor = (WIDTHS[width] / WIDTHS[self.width]) as i64;
        let places = std::mem::take(&mut self.places);
        let mut old = std::mem::take(&mut self.buckets);
        self.width = width;
        self.last = None;
        for (number, place) in places {
            let number = number.div_euclid(factor);
            let bucket = std::mem::take(&mut old[place]);
            match self.places.get(&number) {
                Some(place) => self.buckets[*place].merge(&bucket),
                None => {
                    self.places.insert(number, self.buckets.len());
                    self.buckets.push(bucket);
                }
            }
        }
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        self.coarsen(other.width);
        for (number, place) in &other.places {
            let start = number * WIDTHS[other.width] as i64;
            let mine = self.find(start);
            self.buckets[mine].merge(&other.buckets[*place]);
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
        let place = |(number, place): (&i64, &usize)| (number * width, &self.buckets[*place]);
        let mut buckets: Vec<_> = self.places.iter().map(place).collect();
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
