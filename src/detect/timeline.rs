//! The counts of a log in equal buckets of time, none left out.

use crate::tally::Tally;
use crate::tally::lattice::{Merge, WIDTHS};
use crate::tally::signals::Cell;
use crate::time::SECOND;
use std::ops::Range;

/// Narrowest bucket that incidents are looked for in, seconds (`method.md` 3.2).
const NARROWEST: u64 = 10;
/// Most of them.
const MOST: u64 = 2048;
/// Most of the finest ones.
const MOST_FINE: u64 = 1 << 16;
/// One in so many requests, at most, may lie so far from the others that they are strays.
const STRAYS: u64 = 100;

/// The buckets.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Start of the first, seconds since 1970 UTC.
    pub start: i64,
    /// Width of each in seconds.
    pub width: u64,
    /// Their counts.
    pub cells: Vec<Cell>,
}

impl Timeline {
    /// The timeline of a log in two widths: the one that incidents are looked for in, and the
    /// finest that there is, a divisor of it. `None` when no request has a time.
    pub fn pair(tally: &Tally) -> Option<(Self, Self)> {
        let (first, last) = tally.series.span()?;
        let fine = &tally.signals;
        let counted: Vec<_> =
            fine.buckets().into_iter().map(|(start, cell)| (start, cell.requests)).collect();
        let range = without_strays(&counted);
        let (begin, end) = (counted.get(range.start)?.0, counted.get(range.end - 1)?.0);
        // What began before the first line was logged is known only as far as it was slow: it
        // counts in the first bucket, where the others are.
        let begin = begin.max(first.div_euclid(SECOND).min(end));
        let end = end.min(last.div_euclid(SECOND)).max(begin);
        let span = (end - begin) as u64;
        let width = |least: u64, most: u64| {
            let fits = |width: &u64| *width >= least && span / width < most;
            WIDTHS.into_iter().find(fits).unwrap_or(WIDTHS[WIDTHS.len() - 1])
        };
        let wide = fine.in_width(width(fine.width().max(NARROWEST), MOST));
        // The counts are few, but they may lie far apart.
        let fine = fine.in_width(width(fine.width(), MOST_FINE));
        // The fine buckets begin and end where the wide ones do.
        let start = begin.div_euclid(wide.width() as i64) * wide.width() as i64;
        let buckets = (end - start) as u64 / wide.width() + 1;
        let factor = wide.width() / fine.width();
        let line = |buckets: &[(i64, &Cell)], width, count| Self::of(buckets, start, width, count);
        Some((
            line(&wide.buckets(), wide.width(), buckets),
            line(&fine.buckets(), fine.width(), buckets * factor),
        ))
    }

    /// The buckets from a start on; what lies before counts in the first, what lies behind in the
    /// last, unless it is a stray.
    fn of(buckets: &[(i64, &Cell)], start: i64, width: u64, count: u64) -> Self {
        let mut cells = vec![Cell::default(); count as usize];
        let span = (count * width) as i64;
        for (at, cell) in buckets {
            // Farther away is a stray.
            if *at >= start - LATE && *at < start + span + LATE {
                let bucket = ((at - start).max(0) as u64 / width).min(count - 1);
                cells[bucket as usize].merge(cell);
            }
        }
        Self { start, width, cells }
    }

    /// Start of a bucket in microseconds.
    pub fn time(&self, bucket: usize) -> i64 {
        (self.start + (bucket as u64 * self.width) as i64) * SECOND
    }

    /// When the requests began that the buckets of these times count, in microseconds: the first
    /// and the last bucket count also what lies near.
    pub fn reach(&self, times: &Range<i64>) -> Range<i64> {
        let width = self.width as i64;
        let edge = |seconds: i64| -(-seconds).div_euclid(width) * width * SECOND;
        let end = self.start + self.cells.len() as i64 * width;
        let (mut start, mut until) = (times.start, times.end);
        if start <= self.start * SECOND {
            start = edge(self.start - LATE);
        }
        if until >= end * SECOND {
            until = edge(end + LATE);
        }
        start..until
    }

    /// The times of some buckets, in microseconds, the end exclusive.
    pub fn times(&self, buckets: &Range<usize>) -> Range<i64> {
        self.time(buckets.start)..self.time(buckets.end)
    }
}

/// Seconds that a request may lie outside of the times logged: as long as one is believed to last.
const LATE: i64 = 1000;

/// The buckets without the few at both ends that lie farther from the rest than the rest is long:
/// a line of another year would make all buckets as wide as months.
fn without_strays(buckets: &[(i64, u64)]) -> Range<usize> {
    let all: u64 = buckets.iter().map(|(_, requests)| requests).sum();
    let mut range = 0..buckets.len();
    let mut left = all / STRAYS;
    loop {
        let Some(last) = range.end.checked_sub(1).filter(|last| *last > range.start + 1) else {
            return range;
        };
        let time = |at: usize| buckets[at].0;
        let span = time(last) - time(range.start);
        let (front, back) =
            (time(range.start + 1) - time(range.start), time(last) - time(last - 1));
        let (gap, at) = if front >= back { (front, range.start) } else { (back, last) };
        if gap * 2 <= span || buckets[at].1 > left {
            return range;
        }
        left -= buckets[at].1;
        if at == last { range.end -= 1 } else { range.start += 1 }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::TimeMeaning;
    use crate::record::{Record, Status};

    /// Requests as second, seconds that each took.
    fn tally(requests: impl IntoIterator<Item = (i64, u64)>) -> Tally {
        let records = requests.into_iter().map(|(second, took)| Record {
            time: Some(second * SECOND),
            status: Status::Code(200),
            duration: Some(took * SECOND as u64),
            ..Record::default()
        });
        let records: Vec<_> = records.collect();
        let mut tally = Tally::default();
        for batch in records.chunks(256) {
            tally.count(batch, &vec![None; batch.len()], TimeMeaning::End);
        }
        tally
    }

    fn requests(timeline: &Timeline) -> Vec<u64> {
        timeline.cells.iter().map(|cell| cell.requests).collect()
    }

    #[test]
    fn empty_buckets_are_there_and_edges_agree() {
        let (wide, fine) = Timeline::pair(&tally([(1003, 0), (1004, 0), (1031, 0)])).unwrap();
        assert_eq!((wide.start, wide.width, fine.start, fine.width), (1000, 10, 1000, 1));
        assert_eq!(requests(&wide), [2, 0, 0, 1]);
        assert_eq!((fine.cells.len(), fine.cells[3].requests), (40, 1));
        assert_eq!(wide.times(&(1..3)), 1010 * SECOND..1030 * SECOND);
    }

    #[test]
    fn what_began_before_the_log_counts_at_its_start() {
        // Logged at 1005, begun at 945.
        let (wide, _) = Timeline::pair(&tally([(1000, 0), (1005, 60), (1012, 0)])).unwrap();
        assert_eq!((wide.start, requests(&wide)), (1000, vec![2, 1]));
    }

    #[test]
    fn strays_do_not_make_the_buckets_wide() {
        let day = (0..500).map(|at| (1_000_000 + at, 0));
        let (wide, _) =
            Timeline::pair(&tally(day.clone().chain([(0, 0), (9_000_000, 0)]))).unwrap();
        assert_eq!((wide.start, wide.width), (1_000_000, 10));
        assert_eq!(requests(&wide).iter().sum::<u64>(), 500);
        // Half of the log is no stray.
        let halves = day.chain((0..500).map(|at| (9_000_000 + at, 0)));
        let (wide, _) = Timeline::pair(&tally(halves)).unwrap();
        assert_eq!(requests(&wide).iter().sum::<u64>(), 1000);
        assert!(Timeline::pair(&tally([])).is_none());
        assert_eq!(requests(&Timeline::pair(&tally([(7, 0)])).unwrap().0), [1]);
    }
}
