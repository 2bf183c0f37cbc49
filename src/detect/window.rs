//! Windows of a series that are not what was expected, in either direction: which they are, and
//! where exactly they begin and end.

use super::baseline::SCALES;
use super::negative_binomial::NegativeBinomial;
use std::f64::consts::SQRT_2;
use std::ops::Range;

/// Chance of a false alarm in a series and day, as far as the noise is negative binomial. At four times
/// as much the labelled benchmark had half as many again, and as many of the incidents.
const ALPHA: f64 = 0.0005;
/// The same for a log of any length.
const MOST_ALPHA: f64 = 0.005;
const DAY: u64 = 86_400;
/// Buckets without contrast that an edge may step over.
pub(super) const STEP_OVER: usize = 3;
/// An edge is drawn as if the rate inside were not more than so many times the normal: beside a
/// great peak its own slopes would look calm.
const STEEPEST: f64 = 16.0;

/// A window and how surprising it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) buckets: Range<usize>,
    pub(super) score: f64,
}

/// What is to be expected of a series, if nothing happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Null<'a> {
    /// Sums up to each bucket of what was counted, and of what was expected.
    pub(super) counted: &'a [u64],
    pub(super) expected: &'a [f64],
    /// Overdispersion at each scale.
    pub(super) overdispersion: [f64; SCALES.len()],
    /// Windows that are looked at, of all widths and at all offsets.
    pub(super) tests: f64,
    /// Greatest corrected tail probability of an alarm.
    pub(super) alpha: f64,
}

impl<'a> Null<'a> {
    pub(super) fn new(
        counted: &'a [u64],
        expected: &'a [f64],
        overdispersion: [f64; SCALES.len()],
        bucket_seconds: u64,
    ) -> Self {
        let buckets = counted.len() - 1;
        let widths = SCALES.into_iter().filter(|width| *width <= buckets);
        // Windows that overlap say much the same: two for each place.
        let tests = widths.map(|width| 2.0 * buckets as f64 / width as f64).sum();
        let days = buckets as f64 * bucket_seconds as f64 / DAY as f64;
        Self {
            counted,
            expected,
            overdispersion,
            tests,
            alpha: (ALPHA * days).clamp(ALPHA, MOST_ALPHA),
        }
    }

    pub(super) fn count(&self, buckets: &Range<usize>) -> u64 {
        self.counted[buckets.end].saturating_sub(self.counted[buckets.start])
    }

    pub(super) fn mean(&self, buckets: &Range<usize>) -> f64 {
        (self.expected[buckets.end] - self.expected[buckets.start]).max(f64::MIN_POSITIVE)
    }

    /// Overdispersion of a window so many buckets wide.
    pub(super) fn overdispersion(&self, width: usize) -> f64 {
        let scale = SCALES.iter().rposition(|scale| *scale <= width);
        self.overdispersion[scale.unwrap_or(0)]
    }

    /// Tail probability on the side of the count, times the windows that are looked at.
    pub(super) fn corrected(&self, count: u64, mean: f64, width: usize) -> f64 {
        let model = NegativeBinomial::new(mean, self.overdispersion(width));
        let high = count as f64 >= mean;
        let tail = if high { model.at_least(count) } else { model.at_most(count) };
        (tail * self.tests).min(1.0)
    }

    /// How surprising a count is in a window so many buckets wide.
    pub(super) fn divergence(&self, count: u64, mean: f64, width: usize) -> f64 {
        NegativeBinomial::new(mean, self.overdispersion(width)).divergence(count)
    }

    /// Windows that pass `gate` and are not chance, the most surprising first. `gate` is cheap and
    /// goes first.
    pub(super) fn windows(&self, gate: impl Fn(&Range<usize>, u64, f64) -> bool) -> Vec<Window> {
        let buckets = self.counted.len() - 1;
        let surprise = (self.tests / self.alpha).ln();
        let mut found = Vec::new();
        for (width, k) in SCALES.into_iter().zip(self.overdispersion) {
            for start in 0..(buckets + 1).saturating_sub(width) {
                let window = start..start + width;
                let (count, mean) = (self.count(&window), self.mean(&window));
                if !gate(&window, count, mean) {
                    continue;
                }
                let model = NegativeBinomial::new(mean, k);
                let score = model.divergence(count);
                if score >= surprise
                    || model.may_reach(count, score, surprise)
                        && self.corrected(count, mean, width) <= self.alpha
                {
                    found.push(Window { buckets: window, score });
                }
            }
        }
        // The narrower of two that surprise alike.
        found.sort_by(|a, b| {
            let (x, y) = (&a.buckets, &b.buckets);
            b.score.total_cmp(&a.score).then((x.len(), x.start).cmp(&(y.len(), y.start)))
        });
        found
    }
}

/// A series as edges are drawn in it: what was counted and expected in a bucket.
pub(super) struct Course<C, E> {
    pub(super) counted: C,
    pub(super) expected: E,
}

impl<C: Fn(usize) -> f64, E: Fn(usize) -> f64> Course<C, E> {
    /// What a bucket speaks for being inside, where the rate is that of `buckets`: the logarithm of
    /// a likelihood ratio. The normal is taken √2 times higher (or lower) than it is, so that edges
    /// do not swallow what is only a little off.
    fn gain<'a>(
        &'a self,
        buckets: &Range<usize>,
        steepest: f64,
    ) -> impl Fn(usize) -> f64 + use<'a, C, E> {
        let (mut count, mut mean) = (0.0, f64::MIN_POSITIVE);
        for at in buckets.clone() {
            count += (self.counted)(at);
            mean += (self.expected)(at);
        }
        let (guard, ratio) = if count >= mean {
            (SQRT_2, (count / (mean * SQRT_2)).clamp(SQRT_2, steepest))
        } else {
            (1.0 / SQRT_2, (count * SQRT_2 / mean).clamp(1.0 / steepest, 1.0 / SQRT_2))
        };
        let log = ratio.ln();
        move |at| (self.counted)(at) * log - (ratio - 1.0) * guard * (self.expected)(at)
    }

    /// Edges of the window about `buckets` and within `limits`.
    pub(super) fn edges(&self, buckets: Range<usize>, limits: &Range<usize>) -> Range<usize> {
        let mut buckets = buckets;
        for _ in 0..3 {
            let before = buckets.clone();
            let gain = self.gain(&buckets, STEEPEST);
            let reach = STEP_OVER + buckets.len();
            let quiet = |at: usize| (self.expected)(at) > 0.0;
            buckets.end += grown(buckets.end..limits.end, &gain, quiet, reach);
            buckets.start -= grown((limits.start..buckets.start).rev(), &gain, quiet, reach);
            buckets = trimmed(buckets, &gain);
            if buckets == before {
                break;
            }
        }
        buckets
    }

    /// The worst part of a window: its edges drawn as steep as they are.
    pub(super) fn peak(&self, buckets: Range<usize>) -> Range<usize> {
        let gain = self.gain(&buckets, f64::MAX);
        trimmed(buckets, gain)
    }

    /// The best run of buckets at the rate that `inside` has; `inside` itself when none is better.
    pub(super) fn best_run(&self, inside: &Range<usize>, limits: Range<usize>) -> Range<usize> {
        let gain = self.gain(inside, STEEPEST);
        let (mut best, mut run) = (0.0, 0.0);
        let (mut found, mut start) = (inside.clone(), limits.start);
        for at in limits {
            if run <= 0.0 {
                (run, start) = (0.0, at);
            }
            run += gain(at);
            if run > best {
                best = run;
                found = start..at + 1;
            }
        }
        found
    }
}

/// How many of the buckets, in their order, to take in.
fn grown(
    buckets: impl Iterator<Item = usize>,
    gain: impl Fn(usize) -> f64,
    has_requests: impl Fn(usize) -> bool,
    reach: usize,
) -> usize {
    let (mut sum, mut best, mut taken, mut quiet) = (0.0, 0.0, 0, 0);
    for (index, at) in buckets.enumerate() {
        sum += gain(at);
        quiet += usize::from(has_requests(at));
        if sum > best {
            (best, taken, quiet) = (sum, index + 1, 0);
        } else if quiet > STEP_OVER || index - taken >= reach {
            break;
        }
    }
    taken
}

/// Without the buckets at either end that speak against being inside; one bucket stays.
fn trimmed(buckets: Range<usize>, gain: impl Fn(usize) -> f64) -> Range<usize> {
    let last = buckets.end.saturating_sub(1);
    let mut start = buckets.start;
    let (mut sum, mut least) = (0.0, 0.0);
    for at in buckets.start..last {
        sum += gain(at);
        if sum <= least {
            (least, start) = (sum, at + 1);
        }
    }
    let mut end = buckets.end;
    (sum, least) = (0.0, 0.0);
    for at in (start + 1..buckets.end).rev() {
        sum += gain(at);
        if sum <= least {
            (least, end) = (sum, at);
        }
    }
    start..end
}
