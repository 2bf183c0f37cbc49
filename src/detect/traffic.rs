//! Swings of the traffic itself: the log has a gap, or far fewer or more requests than around. A
//! daily curve is none; neither is a new level that stays.

use super::baseline::{Learn, overdispersion, weighted_median};
use super::episode::free_around;
use super::window::{Course, Null, STEP_OVER};
use std::ops::Range;

/// Requests that are missing, or too many, at least.
const LEAST: f64 = 20.0;
/// Times as many requests as expected in a surge; in a drop so many times fewer.
const FACTOR: f64 = 2.0;
/// A block covers five minutes, or what ten requests take, and no more than so many buckets; the
/// log has at least 24.
const BLOCK_SECONDS: u64 = 300;
const EXPECTED: f64 = 10.0;
const WIDEST_BLOCK: usize = 120;
const BLOCKS: usize = 24;
/// On each side, what a median is taken of.
const NEIGHBOUR_SECONDS: u64 = 5400;
const NEIGHBOURS: usize = 6;

/// What the traffic did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No request at all.
    Gap,
    /// Half as many requests as around, or fewer.
    Drop,
    /// Twice as many requests as around, or more.
    Surge,
}

/// A stretch of time with far more or fewer requests than around.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// Its buckets.
    pub buckets: Range<usize>,
    /// What the traffic did.
    pub kind: Kind,
    /// Requests in it.
    pub observed: u64,
    /// Requests that would have been normal.
    pub expected: f64,
    /// Chance of such a swing anywhere in the log: the tail probability times the windows looked
    /// at, at most 1. 0 when it is below what a number can hold.
    pub p_value: f64,
    /// Logarithm of the likelihood ratio to chance.
    pub score: f64,
}

/// Swings of the traffic, in the order of time; they do not overlap. `all` are the requests in
/// each bucket, none left out.
pub fn swings(all: &[u64], bucket_seconds: u64) -> Vec<Swing> {
    let Some(first) = all.iter().position(|requests| *requests != 0) else {
        return Vec::new();
    };
    let last = all.iter().rposition(|requests| *requests != 0).unwrap_or(first);
    // The first and the last bucket are seldom full: the log begins and ends within them.
    let (first, last) = (first + 1, last.max(1));
    if last <= first {
        return Vec::new();
    }
    let mut found = Traffic::new(&all[first..last], bucket_seconds).run();
    for swing in &mut found {
        swing.buckets = swing.buckets.start + first..swing.buckets.end + first;
    }
    found
}

/// The search in a log that begins and ends with a request.
struct Traffic<'a> {
    all: &'a [u64],
    counted: Vec<u64>,
    /// Expected requests of each bucket, and their sums.
    normal: Vec<f64>,
    expected: Vec<f64>,
    bucket_seconds: u64,
}

impl<'a> Traffic<'a> {
    fn new(all: &'a [u64], bucket_seconds: u64) -> Self {
        let mut counted = Vec::with_capacity(all.len() + 1);
        let mut sum = 0u64;
        counted.push(0);
        counted.extend(all.iter().map(|requests| {
            sum = sum.saturating_add(*requests);
            sum
        }));
        let normal = normal(all, bucket_seconds);
        let expected = super::sums::expected(normal.iter().copied());
        Self { all, counted, normal, expected, bucket_seconds }
    }

    /// What is to be expected where traffic scatters as in the calm buckets.
    fn null(&self, calm: &[bool]) -> Null<'_> {
        let scatter = overdispersion(&self.counted, &self.expected, calm, Learn::Most);
        Null::new(&self.counted, &self.expected, scatter, self.bucket_seconds)
    }

    fn run(&self) -> Vec<Swing> {
        let null = self.null(&vec![true; self.all.len()]);
        let mut taken = vec![false; self.all.len()];
        let mut found = Vec::new();
        for gap in self.gaps() {
            let mean = null.mean(&gap);
            if mean >= LEAST && null.corrected(0, mean, gap.len()) <= null.alpha {
                taken[gap.clone()].fill(true);
                found.extend(swing(&null, gap, Kind::Gap));
            }
        }
        let gaps = taken.clone();
        // A gap says nothing of how traffic scatters when there is some.
        let null = self.null(&gaps.iter().map(|is_gap| !is_gap).collect::<Vec<_>>());
        for window in null.windows(|_, count, mean| kind(count, mean).is_some()) {
            let window = window.buckets;
            if taken[window.clone()].contains(&true) {
                continue;
            }
            let free = free_around(&taken, &window);
            let course = Course {
                counted: |at: usize| self.all[at] as f64,
                expected: |at: usize| self.normal[at],
            };
            let range = course.edges(window.clone(), &free);
            taken[window].fill(true);
            taken[range.clone()].fill(true);
            let Some(kind) = kind(null.count(&range), null.mean(&range)) else { continue };
            // The bucket in which a gap begins or ends is half full.
            let beside = range.start.saturating_sub(1)..(range.end + 1).min(gaps.len());
            if kind == Kind::Drop && range.len() <= STEP_OVER && gaps[beside].contains(&true) {
                continue;
            }
            found.extend(swing(&null, range, kind));
        }
        found.sort_unstable_by_key(|swing| swing.buckets.start);
        found.dedup_by(|next, last| joined(&null, last, next));
        found
    }

    /// Runs of buckets without a request.
    fn gaps(&self) -> Vec<Range<usize>> {
        let mut gaps = Vec::new();
        let mut start = 0;
        for (at, requests) in self.all.iter().enumerate() {
            if *requests != 0 {
                if start < at {
                    gaps.push(start..at);
                }
                start = at + 1;
            }
        }
        gaps
    }
}

/// Whether two swings lie so close that they are one; then the first has become it.
fn joined(null: &Null<'_>, last: &mut Swing, next: &Swing) -> bool {
    let gap = next.buckets.start - last.buckets.end;
    let near = gap <= STEP_OVER && gap <= last.buckets.len().max(next.buckets.len());
    if last.kind != next.kind || last.kind == Kind::Gap || !near {
        return false;
    }
    let both = swing(null, last.buckets.start..next.buckets.end, last.kind);
    both.map(|both| *last = both).is_some()
}

/// The kind of a count, if it is far enough from what was expected.
fn kind(count: u64, mean: f64) -> Option<Kind> {
    let count = count as f64;
    if (count - mean).abs() < LEAST {
        None
    } else if count >= FACTOR * mean {
        Some(Kind::Surge)
    } else if count * FACTOR <= mean {
        Some(Kind::Drop)
    } else {
        None
    }
}

/// The swing of some buckets, if it is not chance.
fn swing(null: &Null<'_>, buckets: Range<usize>, of: Kind) -> Option<Swing> {
    let (observed, expected) = (null.count(&buckets), null.mean(&buckets));
    let p_value = null.corrected(observed, expected, buckets.len());
    let matters = kind(observed, expected).is_some();
    let score = null.divergence(observed, expected, buckets.len());
    (matters && p_value <= null.alpha).then_some(Swing {
        buckets,
        kind: of,
        observed,
        expected,
        p_value,
        score,
    })
}

/// Expected requests in each bucket: the median of the blocks around, between whose middles it
/// runs straight. Blocks without a request are gaps and say nothing.
fn normal(all: &[u64], bucket_seconds: u64) -> Vec<f64> {
    let seconds = bucket_seconds.max(1);
    let mut sorted = all.to_vec();
    let middle = sorted.len() / 2;
    let median = (*sorted.select_nth_unstable(middle).1 as f64).max(0.1);
    let least = (BLOCK_SECONDS.div_ceil(seconds) as usize).min(all.len() / BLOCKS);
    let length = ((EXPECTED / median).ceil() as usize).max(least);
    let length = length.min(all.len() / 8).clamp(1, WIDEST_BLOCK);
    let blocks: Vec<(f64, f64)> = all
        .chunks(length)
        .map(|block| {
            let sum = block.iter().fold(0u64, |sum, requests| sum.saturating_add(*requests));
            (sum as f64 / block.len() as f64, block.len() as f64)
        })
        .collect();
    let busy: Vec<usize> = (0..blocks.len()).filter(|at| blocks[*at].0 > 0.0).collect();
    let span = (length as u64).saturating_mul(seconds).max(1);
    let each_side = (NEIGHBOUR_SECONDS.div_ceil(span) as usize).clamp(NEIGHBOURS, BLOCKS);
    let mut near = Vec::with_capacity(2 * each_side + 1);
    let medians: Vec<f64> = (0..blocks.len())
        .map(|block| {
            let before = busy.partition_point(|at| *at < block);
            // Shorter at the ends of the log: a daily curve climbs a lot in three hours.
            let near_by =
                before.saturating_sub(each_side)..(before + each_side + 1).min(busy.len());
            near.clear();
            near.extend(busy[near_by].iter().map(|at| blocks[*at]));
            weighted_median(&mut near)
        })
        .collect();
    let last = medians.len() - 1;
    (0..all.len())
        .map(|bucket| {
            let place = (bucket as f64 + 0.5) / length as f64 - 0.5;
            let place = place.clamp(0.0, last as f64);
            let (left, share) = (place.floor() as usize, place.fract());
            medians[left] * (1.0 - share) + medians[(left + 1).min(last)] * share
        })
        .collect()
}

#[cfg(test)]
mod tests;
