//! Requests, errors and latency over time, by the time that each line carries.

use super::lattice::{Lattice, Merge, WIDTHS};
use super::loglinear::Compact;
use crate::record::{Class, Record};
use crate::time::SECOND;

/// Buckets held at most: more than a day of 30 seconds.
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
}

impl Merge for Bucket {
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
    buckets: Lattice<Bucket, MAX_BUCKETS>,
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
            let bucket = self.buckets.at(time.div_euclid(SECOND));
            bucket.classes[record.status.class() as usize] += 1;
            bucket.bytes = bucket.bytes.saturating_add(record.bytes.unwrap_or(0));
            if let Some(latency) = latency {
                bucket.latency.record(*latency);
            }
        }
    }

    /// Adds another series.
    pub fn merge(&mut self, other: &Self) {
        self.buckets.merge(&other.buckets);
        self.span = match (self.span, other.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.without_time += other.without_time;
    }

    /// Width of the buckets in seconds.
    pub fn width(&self) -> u64 {
        self.buckets.width()
    }

    /// Earliest and latest time in microseconds; `None` when no line had a time.
    pub fn span(&self) -> Option<(i64, i64)> {
        self.span
    }

    /// The buckets that hold requests, as start (seconds since 1970 UTC) and counts, in order.
    pub fn buckets(&self) -> Vec<(i64, &Bucket)> {
        self.buckets.buckets()
    }

    /// The same series for people: in at most `most` buckets, and in so few that a bucket holds
    /// `mean` requests on average, unless there are only `few` anyway.
    pub fn coarser(&self, most: u64, few: u64, mean: u64) -> Self {
        let mut series = self.clone();
        let Some((first, last)) = self.span else { return series };
        let span = (last - first) as u64 / SECOND as u64;
        let requests: u64 =
            self.buckets.buckets().iter().map(|(_, bucket)| bucket.requests()).sum();
        let width = WIDTHS.iter().position(|width| {
            let buckets = span / width + 1;
            buckets <= most && (requests / buckets >= mean || buckets <= few)
        });
        series.buckets.coarsen(width.unwrap_or(WIDTHS.len() - 1));
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
            prop_assert!(whole.buckets().len() <= MAX_BUCKETS);
            prop_assert_eq!(counts(&merged), counts(&whole));
            prop_assert_eq!(merged.span(), whole.span());
        }
    }
}
