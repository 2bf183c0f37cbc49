//! Log-linear buckets: every octave is cut into `2^bits` equal parts, so a value is known to
//! within `2^-bits` of itself. This is HdrHistogram's layout; it is spelled out here because
//! `hdrhistogram::Histogram::record` costs 18 ns a line and an array increment 1.3 ns
//! (measured before the project began). [`Precise`] is poured into an `hdrhistogram::Histogram` when
//! the report is made. That one is only as large as the largest value asks for: 225 KB for each
//! class of status were a quarter of the instructions of a run over a few lines.

use hdrhistogram::Histogram;
use std::ops::Range;

/// Values from here on, about 38 hours in microseconds, share the last bucket. The exact maximum
/// is kept beside.
const LIMIT: u64 = 1 << 37;

/// Bucket of a value.
#[inline]
const fn index(value: u64, bits: u32) -> usize {
    let value = if value < LIMIT { value } else { LIMIT - 1 };
    let octave = (63 - (value | 1).leading_zeros()).saturating_sub(bits);
    ((octave as usize) << bits) + (value >> octave) as usize
}

/// Largest value of a bucket: quantiles are never reported better than they are.
#[inline]
const fn highest(index: usize, bits: u32) -> u64 {
    let octave = (index >> bits).saturating_sub(1);
    let part = (index - (octave << bits)) as u64;
    ((part + 1) << octave) - 1
}

/// The rank, from 1, of a quantile among `count` values: nearest rank.
fn rank(quantile: f64, count: u64) -> u64 {
    ((quantile * count as f64).ceil() as u64).clamp(1, count)
}

/// A histogram of three significant digits: 2048 parts in the first octaves, 1024 in each after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Precise {
    /// Empty as long as there is no value. The number of values is their sum: counting it beside
    /// them took a quarter of the instructions of [`Precise::record`].
    counts: Vec<u64>,
    sum: u64,
    min: u64,
    max: u64,
}

const PRECISE_BITS: u32 = 10;

impl Precise {
    /// Counts one value in microseconds.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let at = index(value, PRECISE_BITS);
        match self.counts.get_mut(at) {
            Some(count) => *count += 1,
            None => self.first(at, value),
        }
        self.sum = self.sum.saturating_add(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Makes the buckets for the first value.
    #[cold]
    fn first(&mut self, at: usize, value: u64) {
        self.counts = vec![0; index(LIMIT, PRECISE_BITS) + 1];
        self.counts[at] = 1;
        self.min = value;
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.is_empty() {
            return;
        }
        if self.counts.is_empty() {
            // Zeroed memory costs nothing until it is written.
            *self = Self { counts: vec![0; other.counts.len()], sum: 0, ..*other };
        }
        let used = other.used();
        for (count, more) in self.counts[used.clone()].iter_mut().zip(&other.counts[used]) {
            *count += more;
        }
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The values but for those of another histogram, which holds some of them. Smallest and largest
    /// value stay what they are, as bounds.
    #[must_use]
    pub fn without(&self, some: &Self) -> Self {
        let mut rest = self.clone();
        let used = some.used();
        if rest.counts.is_empty() {
            return rest;
        }
        for (count, less) in rest.counts[used.clone()].iter_mut().zip(&some.counts[used]) {
            *count = count.saturating_sub(*less);
        }
        rest.sum = rest.sum.saturating_sub(some.sum);
        rest
    }

    /// The buckets from that of the smallest value to that of the largest. All others are empty, and
    /// mostly memory that was never touched.
    fn used(&self) -> Range<usize> {
        match self.counts.is_empty() {
            true => 0..0,
            false => index(self.min, PRECISE_BITS)..index(self.max, PRECISE_BITS) + 1,
        }
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.counts[self.used()].iter().sum()
    }

    /// Smallest value, exact.
    pub fn min(&self) -> u64 {
        self.min
    }

    /// Largest value, exact.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Arithmetic mean; 0 without values.
    pub fn mean(&self) -> f64 {
        let count = self.count();
        if count == 0 { 0.0 } else { self.sum as f64 / count as f64 }
    }

    /// Number of values in the buckets whose every value is below `limit`: what is surely below.
    pub fn below(&self, limit: u64) -> u64 {
        let Range { start, end } = self.used();
        let end = end.min(index(limit, PRECISE_BITS)).max(start);
        self.counts[start..end].iter().sum()
    }

    /// The same values in the ecosystem's own type, for quantiles and exchange.
    pub fn to_hdr(&self) -> Histogram<u64> {
        let most = self.max().clamp(2, LIMIT);
        let mut hdr = Histogram::new_with_bounds(1, most, 3).expect("the bounds are in order");
        for at in self.used().filter(|at| self.counts[*at] > 0) {
            hdr.record_n(highest(at, PRECISE_BITS).min(most), self.counts[at])
                .expect("every bucket is within the bounds");
        }
        hdr
    }
}

/// A small histogram of `2^BITS` parts an octave, for the many: routes, upstreams, time buckets.
/// It lists its buckets while they are few and is an array over the range in use from then on.
/// Two histograms of the same values are equal in what they report, whatever their history.
#[derive(Clone, Debug, Default)]
pub struct Compact<const BITS: u32> {
    cells: Cells,
    count: u64,
    max: u64,
}

/// Counts by bucket; a single one saturates at 4.3 billion.
#[derive(Clone, Debug)]
enum Cells {
    /// `(bucket, count)`, in order.
    List(Vec<(u16, u32)>),
    /// A count for each bucket from the first one on. Most routes use a few octaves: the range
    /// takes a quarter of what all buckets would.
    Range(u16, Vec<u32>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl<const BITS: u32> Compact<BITS> {
    /// Most routes of a log are rare: a short list takes a tenth of a range.
    const LIST: usize = 24;
    /// Buckets that a range grows by beyond what is needed.
    const SLACK: usize = 16;

    /// Counts one value in microseconds.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let bucket = index(value, BITS);
        self.count += 1;
        self.max = self.max.max(value);
        if let Cells::Range(first, counts) = &mut self.cells
            && let Some(count) = counts.get_mut(bucket.wrapping_sub(usize::from(*first)))
        {
            *count = count.saturating_add(1);
            return;
        }
        self.add(bucket as u16, 1);
    }

    fn add(&mut self, bucket: u16, more: u32) {
        match &mut self.cells {
            Cells::List(list) => match list.binary_search_by_key(&bucket, |cell| cell.0) {
                Ok(at) => list[at].1 = list[at].1.saturating_add(more),
                Err(at) if list.len() < Self::LIST => list.insert(at, (bucket, more)),
                Err(_) => {
                    let list = std::mem::take(list);
                    self.cells = Cells::Range(bucket, vec![more]);
                    list.into_iter().for_each(|(bucket, count)| self.add(bucket, count));
                }
            },
            Cells::Range(first, counts) => {
                if bucket < *first {
                    let start = usize::from(bucket).saturating_sub(Self::SLACK);
                    let gap = usize::from(*first) - start;
                    counts.splice(..0, std::iter::repeat_n(0, gap));
                    *first = start as u16;
                }
                let at = usize::from(bucket - *first);
                if at >= counts.len() {
                    let end =
                        (at + 1 + Self::SLACK).min(index(LIMIT, BITS) + 1 - usize::from(*first));
                    counts.reserve_exact(end - counts.len());
                    counts.resize(end, 0);
                }
                counts[at] = counts[at].saturating_add(more);
            }
        }
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        other.for_each(|bucket, count| {
            self.add(bucket, count);
            true
        });
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Number of values in the buckets whose every value is `limit` or more: what surely is.
    pub fn at_least(&self, limit: u64) -> u64 {
        let first = match limit {
            0 => 0,
            limit => index(limit - 1, BITS) + 1,
        };
        let mut sum = 0;
        self.for_each(|bucket, count| {
            sum += if usize::from(bucket) >= first { u64::from(count) } else { 0 };
            true
        });
        sum
    }

    /// The value at a quantile (0 to 1), in microseconds: the upper end of its bucket, at most
    /// `2^-BITS` above the true value and never above the maximum. `None` without values.
    pub fn quantile(&self, quantile: f64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let rank = rank(quantile, self.count);
        let mut seen = 0;
        let mut found = self.max;
        self.for_each(|bucket, count| {
            seen += u64::from(count);
            if seen >= rank {
                found = highest(usize::from(bucket), BITS).min(self.max);
            }
            seen < rank
        });
        Some(found)
    }

    /// Visits the buckets that hold values, in order, until the visitor returns false.
    fn for_each(&self, mut visit: impl FnMut(u16, u32) -> bool) {
        match &self.cells {
            Cells::List(list) => {
                list.iter().all(|(bucket, count)| visit(*bucket, *count));
            }
            Cells::Range(first, counts) => {
                let cells = (*first..).zip(counts).filter(|(_, count)| **count > 0);
                cells.into_iter().all(|(bucket, count)| visit(bucket, *count));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same values recorded one by one.
    fn recorded(values: &[u64]) -> Histogram<u64> {
        let mut hdr = Histogram::new_with_bounds(1, LIMIT, 3).expect("the bounds are in order");
        values.iter().for_each(|value| hdr.saturating_record(*value));
        hdr
    }

    #[test]
    fn buckets_are_gapless_and_in_order() {
        for bits in [4, 5, 10] {
            let mut before = 0;
            for bucket in 0..=index(LIMIT, bits) {
                let high = highest(bucket, bits);
                assert_eq!(index(high, bits), bucket);
                if bucket > 0 {
                    assert_eq!(index(before + 1, bits), bucket);
                }
                before = high;
            }
            assert_eq!(before, LIMIT - 1);
        }
    }

    proptest! {
        #[test]
        fn quantiles_are_nearest_ranks_rounded_up(
            values in prop::collection::vec(0u64..200_000_000, 1..400),
            quantile in 0.0f64..=1.0,
        ) {
            let mut precise = Precise::default();
            let mut compact = Compact::<5>::default();
            for value in &values {
                precise.record(*value);
                compact.record(*value);
            }
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let exact = sorted[rank(quantile, values.len() as u64) as usize - 1];
            let most = precise.max();
            let fine = precise.to_hdr().value_at_quantile(quantile).min(most);
            prop_assert!(fine >= exact && fine as f64 <= exact as f64 * 1.001 + 1.0);
            prop_assert_eq!(fine, recorded(&values).value_at_quantile(quantile).min(most));
            let rough = compact.quantile(quantile).unwrap_or_default();
            prop_assert!(rough >= exact && rough as f64 <= exact as f64 * 1.032);
            prop_assert_eq!((precise.min(), precise.max()), (sorted[0], sorted[sorted.len() - 1]));
        }

        #[test]
        fn merging_is_recording(
            left in prop::collection::vec(0u64..10_000_000, 0..200),
            right in prop::collection::vec(0u64..10_000_000, 0..200),
        ) {
            let fill = |values: &[u64]| {
                let mut both = (Precise::default(), Compact::<4>::default());
                values.iter().for_each(|value| { both.0.record(*value); both.1.record(*value); });
                both
            };
            let whole = fill(&[left.clone(), right.clone()].concat());
            let mut merged = fill(&left);
            let other = fill(&right);
            merged.0.merge(&other.0);
            merged.1.merge(&other.1);
            prop_assert_eq!(&merged.0, &whole.0);
            let cells = |c: &Compact<4>| {
                let mut cells = Vec::new();
                c.for_each(|bucket, count| { cells.push((bucket, count)); true });
                cells
            };
            prop_assert_eq!(cells(&merged.1), cells(&whole.1));
        }
    }

    #[test]
    fn the_extremes_stay_in_bounds() {
        let mut precise = Precise::default();
        let mut compact = Compact::<5>::default();
        for value in [0, LIMIT - 1, LIMIT, u64::MAX] {
            precise.record(value);
            compact.record(value);
        }
        assert_eq!(precise.max(), u64::MAX);
        assert_eq!((precise.count(), precise.min()), (4, 0));
        assert_eq!(precise.to_hdr().len(), 4);
        assert_eq!(Precise::default().to_hdr().len(), 0);
        assert_eq!(compact.quantile(0.0), Some(0));
        assert_eq!(compact.quantile(1.0), Some(LIMIT - 1));
        assert_eq!(Compact::<5>::default().quantile(0.5), None);
    }

    #[test]
    fn what_is_below_a_target_is_surely_below() {
        let mut precise = Precise::default();
        for value in [100_000, 199_999, 200_000, 300_000] {
            precise.record(value);
        }
        assert_eq!(precise.below(150_000), 1);
        assert!(precise.below(200_000) <= 2);
        assert_eq!(precise.below(u64::MAX), 4);
    }
}
