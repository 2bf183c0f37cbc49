//! Requests, errors and latency over time, in buckets by UTC.
//!
//! The buckets begin one second wide. When there are more of them than the cap, the width goes up
//! the lattice [`WIDTHS`], where each divides the next: coarsening is the same whatever order
//! lines or partial series come in, so any split of a log gives the same series.

use super::loglinear::Compact;
use crate::record::{Class, Record};
use crate::time::SECOND;
use foldhash::quality::RandomState;
use std::collections::HashMap;

/// Bucket widths in seconds; each divides the next.
pub const WIDTHS: [u64; 13] =
    [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400, 864_000, 8_640_000];

/// Buckets held at most: more than a day of 30 seconds. The widest width holds all times that are
/// of a log in 840.
pub const MAX_BUCKETS: usize = 4096;

/// What is counted of one bucket.
#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// Requests by class of status, in the order of [`Class::ALL`].
    pub classes: [u64; Class::ALL.len()],
    /// Bytes sent.
    pub bytes: u64,
    /// Latency, to 6.3 %.
    pub latency: Compact<4>,
}

impl Bucket {
    /// Requests.
    pub fn requests(&self) -> u64 {
        self.classes.iter().sum()
    }

    /// Requests of one class.
    pub fn class(&self, class: Class) -> u64 {
        self.classes[class as usize]
    }

    fn merge(&mut self, other: &Self) {
        for (count, more) in self.classes.iter_mut().zip(other.classes) {
            *count += more;
        }
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.latency.merge(&other.latency);
    }
}

/// The series.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Place of the width in [`WIDTHS`].
    width: usize,
    /// Number of the bucket (its start divided by the width) to its place in `buckets`.
    places: HashMap<i64, usize, RandomState>,
    buckets: Vec<Bucket>,
    /// Number and place of the bucket used last: lines come nearly in order.
    last: Option<(i64, usize)>,
    /// Earliest and latest time, microseconds.
    span: Option<(i64, i64)>,
    /// Requests without a time.
    pub without_time: u64,
}

impl Series {
    /// Counts a batch with the latencies of its requests, where they are measured.
    pub fn count(&mut self, batch: &[Record<'_>], latencies: &[Option<u64>]) {
        for (record, latency) in batch.iter().zip(latencies) {
            let Some(time) = record.time else {
                self.without_time += 1;
                continue;
            };
            self.span = Some(match self.span {
                Some((first, last)) => (first.min(time), last.max(time)),
                None => (time, time),
            });
            let place = self.place(time.div_euclid(SECOND));
            let bucket = &mut self.buckets[place];
            bucket.classes[record.status.class() as usize] += 1;
            bucket.bytes = bucket.bytes.saturating_add(record.bytes.unwrap_or(0));
            if let Some(latency) = latency {
                bucket.latency.record(*latency);
            }
        }
    }

    /// Place of the bucket of a second.
    #[inline]
    fn place(&mut self, second: i64) -> usize {
        let number = second.div_euclid(WIDTHS[self.width] as i64);
        match self.last {
            Some((last, place)) if last == number => place,
            _ => self.find(second),
        }
    }

    fn find(&mut self, second: i64) -> usize {
        let number = second.div_euclid(WIDTHS[self.width] as i64);
        if let Some(place) = self.places.get(&number) {
            self.last = Some((number, *place));
            return *place;
        }
        if self.buckets.len() == MAX_BUCKETS && self.width + 1 < WIDTHS.len() {
            self.coarsen(self.width + 1);
            return self.find(second);
        }
        let place = self.buckets.len();
        self.places.insert(number, place);
        self.buckets.push(Bucket::default());
        self.last = Some((number, place));
        place
    }

    /// Makes the buckets at least as wide as the given width.
    fn coarsen(&mut self, width: usize) {
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

    /// Adds another series.
    pub fn merge(&mut self, other: &Self) {
        self.coarsen(other.width);
        for (number, place) in &other.places {
            let start = number * WIDTHS[other.width] as i64;
            let place = (self.find(start), *place);
            self.buckets[place.0].merge(&other.buckets[place.1]);
        }
        self.span = match (self.span, other.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.without_time += other.without_time;
    }

    /// Width of the buckets in seconds.
    pub fn width(&self) -> u64 {
        WIDTHS[self.width]
    }

    /// Earliest and latest time in microseconds; `None` when no line had a time.
    pub fn span(&self) -> Option<(i64, i64)> {
        self.span
    }

    /// The buckets that hold requests, as start (seconds since 1970 UTC) and counts, in order.
    pub fn buckets(&self) -> Vec<(i64, &Bucket)> {
        let mut buckets: Vec<_> = self
            .places
            .iter()
            .map(|(number, place)| (number * self.width() as i64, &self.buckets[*place]))
            .collect();
        buckets.sort_unstable_by_key(|(start, _)| *start);
        buckets
    }

    /// The same series for people: in at most `most` buckets, and in so few that a bucket holds
    /// `mean` requests on average, unless there are only `few` anyway.
    pub fn coarser(&self, most: u64, few: u64, mean: u64) -> Self {
        let mut series = self.clone();
        let Some((first, last)) = self.span else { return series };
        let span = (last - first) as u64 / SECOND as u64;
        let requests: u64 = self.buckets.iter().map(Bucket::requests).sum();
        let width = WIDTHS.iter().position(|width| {
            let buckets = span / width + 1;
            buckets <= most && (requests / buckets >= mean || buckets <= few)
        });
        series.coarsen(width.unwrap_or(WIDTHS.len() - 1));
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Status;
    use proptest::prelude::*;

    fn record(second: i64) -> Record<'static> {
        Record {
            time: Some(second * SECOND),
            status: Status::Code(if second % 7 == 0 { 503 } else { 200 }),
            duration: Some(second.unsigned_abs() % 1000),
            ..Record::default()
        }
    }

    fn count(series: &mut Series, records: &[Record<'_>]) {
        let latencies: Vec<_> = records.iter().map(|record| record.duration).collect();
        series.count(records, &latencies);
    }

    type Row = (i64, u64, u64, Option<u64>);

    fn counts(series: &Series) -> (u64, Vec<Row>) {
        let buckets = series.buckets();
        let rows = buckets.iter().map(|(start, bucket)| {
            (
                *start,
                bucket.requests(),
                bucket.class(Class::ServerError),
                bucket.latency.quantile(0.5),
            )
        });
        (series.width(), rows.collect())
    }

    #[test]
    fn every_width_divides_the_next() {
        assert!(WIDTHS.windows(2).all(|pair| pair[1] % pair[0] == 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_split_gives_the_same_series(
            seconds in prop::collection::vec(-20_000i64..40_000, 1..9000),
            parts in 1usize..5,
        ) {
            let mut whole = Series::default();
            let records: Vec<_> = seconds.iter().map(|second| record(*second)).collect();
            count(&mut whole, &records);
            let mut merged = Series::default();
            for part in 0..parts {
                let records: Vec<_> = records.iter().skip(part).step_by(parts).copied().collect();
                let mut one = Series::default();
                count(&mut one, &records);
                let mut first = one;
                std::mem::swap(&mut first, &mut merged);
                merged.merge(&first);
            }
            prop_assert!(whole.buckets.len() <= MAX_BUCKETS);
            prop_assert_eq!(counts(&merged), counts(&whole));
            prop_assert_eq!(merged.span(), whole.span());
        }
    }

    #[test]
    fn buckets_start_on_utc_multiples_also_before_1970() {
        let mut series = Series::default();
        count(&mut series, &[record(-1), record(-86_400 * 9000), record(86_400 * 400)]);
        let starts: Vec<_> = series.buckets().iter().map(|(start, _)| *start).collect();
        assert_eq!(starts, [-86_400 * 9000, -1, 86_400 * 400]);
        let coarse = series.coarser(100, 1, 0);
        assert_eq!(coarse.width(), 8_640_000);
        assert_eq!(coarse.buckets()[1].0, -8_640_000);
    }
}
