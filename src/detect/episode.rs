//! Episodes: stretches of time in which the share of bad requests was far above normal, and not by
//! chance.
//!
//! Windows of 1 to 64 buckets at every offset are tested against the negative binomial tail, with
//! Bonferroni's correction over windows and Benjamini and Hochberg's over signals. The method
//! follows scan statistics (Kulldorff 1997) and removes candidates before it estimates what is
//! normal, as Elastic's change-point aggregation does: an incident must not hide itself.

use super::baseline::{Learn, SCALES, overdispersion, ratios};
use super::negative_binomial::NegativeBinomial;
use super::shape::{self, Shape};
use super::sums::{Sums, expected};
use super::window::{Course, Null, STEP_OVER};
use std::ops::Range;

/// An episode has at least so many bad requests, of so many.
const LEAST_BAD: u64 = 8;
const LEAST_ALL: u64 = 20;
/// False discovery rate over the signals.
const FALSE_DISCOVERIES: f64 = 0.0002;
/// Candidates that are not learnt from: so many of the most surprising, and all above so many times
/// the normal. To leave out all of them would take what a noisy signal always does for incidents.
const LEFT_OUT: usize = 3;
const CONTRAST: f64 = 5.0;
/// Evidence (in natural logarithms) that a stretch inside an episode was calm.
const CALM: f64 = 10.0;

/// So many bad of so many requests in each bucket, all of one width and none left out: a bucket
/// without requests is 0 of 0.
#[derive(Clone, Copy, Debug)]
pub struct Rate<'a> {
    /// Bad requests in each bucket.
    pub bad: &'a [u64],
    /// Requests in each bucket.
    pub all: &'a [u64],
    /// What matters.
    pub gates: Gates,
}

/// How far above normal a share must lie to matter, however sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gates {
    /// Times the normal share.
    pub ratio: f64,
    /// Above the normal share, from 0 to 1.
    pub difference: f64,
}

impl Gates {
    /// Twice the normal, and at least `difference` above it.
    pub const fn above(difference: f64) -> Self {
        Self { ratio: 2.0, difference }
    }
}

/// What was normal of a signal, and when it was not.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The share of bad requests to expect in each bucket.
    pub normal: Vec<f64>,
    /// Episodes in the order of time; they do not overlap.
    pub episodes: Vec<Episode>,
}

/// A stretch of time in which a share was far above normal.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Its buckets.
    pub buckets: Range<usize>,
    /// Its worst part.
    pub peak: Range<usize>,
    /// Bad requests in it.
    pub bad: u64,
    /// Requests in it.
    pub all: u64,
    /// Bad requests that would have been normal, above 0.
    pub expected: f64,
    /// Chance that a log like this has such an episode anywhere: the tail probability times the
    /// windows looked at, at most 1. 0 when it is below what a number can hold.
    pub p_value: f64,
    /// Overdispersion k of windows of its width: their variance is mean + k · mean².
    pub overdispersion: f64,
    /// Logarithm of the likelihood ratio to chance; ranks episodes.
    pub score: f64,
    /// Its course.
    pub shape: Shape,
    /// The spikes of a periodic episode; empty for the others.
    pub parts: Vec<Range<usize>>,
    /// It lasts to the end of the log.
    pub ongoing: bool,
}

/// When each signal was not normal.
///
/// The signals are of one log; that there are many of them is reckoned with.
pub fn episodes(rates: &[Rate<'_>], bucket_seconds: u64) -> Vec<Found> {
    let mut found: Vec<Found> =
        rates.iter().map(|rate| Search::new(rate, bucket_seconds).run()).collect();
    let best = |found: &Found| found.episodes.iter().map(|e| e.p_value).fold(1.0, f64::min);
    let mut p_values: Vec<f64> = found.iter().map(best).collect();
    p_values.sort_unstable_by(f64::total_cmp);
    let tested = rates.iter().filter(|rate| could_have_any(rate)).count().max(1) as f64;
    let passing =
        |(rank, p): &(usize, &f64)| **p <= (*rank + 1) as f64 / tested * FALSE_DISCOVERIES;
    let limit = p_values.iter().enumerate().filter(passing).map(|(_, p)| *p).fold(0.0, f64::max);
    for found in &mut found {
        if best(found) > limit {
            found.episodes.clear();
        }
    }
    found
}

fn could_have_any(rate: &Rate<'_>) -> bool {
    rate.bad.iter().fold(0u64, |sum, bad| sum.saturating_add(*bad)) >= LEAST_BAD
}

/// The search in one signal.
struct Search<'a> {
    rate: &'a Rate<'a>,
    bucket_seconds: u64,
    sums: Sums,
    /// After the last bucket with requests.
    end: usize,
    normal: Vec<f64>,
    /// Sums of the expected count.
    expected: Vec<f64>,
    overdispersion: [f64; SCALES.len()],
    /// Buckets that what is normal is learnt from.
    calm: Vec<bool>,
}

impl<'a> Search<'a> {
    fn new(rate: &'a Rate<'a>, bucket_seconds: u64) -> Self {
        let sums = Sums::new(rate.bad, rate.all);
        let end = (0..sums.len()).rposition(|at| sums.all(at..at + 1) != 0).map_or(0, |at| at + 1);
        let mut search = Self {
            rate,
            bucket_seconds,
            end,
            normal: Vec::new(),
            expected: Vec::new(),
            overdispersion: [0.0; SCALES.len()],
            calm: vec![true; sums.len()],
            sums,
        };
        search.learn(Learn::Below);
        search
    }

    /// Estimates what is normal from the calm buckets.
    fn learn(&mut self, learn: Learn) {
        self.normal = ratios(&self.sums, &self.calm, self.bucket_seconds);
        let requests = (0..self.sums.len()).map(|at| self.sums.all(at..at + 1) as f64);
        self.expected = expected(requests.zip(&self.normal).map(|(all, ratio)| all * ratio));
        self.overdispersion = overdispersion(&self.sums.bad, &self.expected, &self.calm, learn);
    }

    /// What is normal is learnt again and again, each time without the candidates found with what
    /// was learnt before: an incident hides in it, and comes out piece by piece.
    fn run(mut self) -> Found {
        let mut episodes = Vec::new();
        if self.sums.bad(0..self.sums.len()) >= LEAST_BAD {
            episodes = self.find();
            for learn in [Learn::Below, Learn::Below, Learn::Most, Learn::Most] {
                if episodes.is_empty() {
                    break;
                }
                self.leave_out(&episodes);
                self.learn(learn);
                episodes = self.find();
            }
        }
        let episodes = shape::with_periods(episodes);
        Found { normal: self.normal, episodes }
    }

    fn null(&self) -> Null<'_> {
        Null::new(&self.sums.bad, &self.expected, self.overdispersion, self.bucket_seconds)
    }

    /// Marks the strongest candidates as not calm, as long as a third of the requests stay. Buckets
    /// of far more requests than most count as less.
    fn leave_out(&mut self, episodes: &[Episode]) {
        self.calm.fill(true);
        let mut sizes: Vec<u64> = (0..self.sums.len())
            .map(|at| self.sums.all(at..at + 1))
            .filter(|all| *all != 0)
            .collect();
        let middle = sizes.len() / 2;
        let cap = match sizes.is_empty() {
            true => 0,
            false => sizes.select_nth_unstable(middle).1.saturating_mul(2),
        };
        let weight = |buckets: Range<usize>| {
            buckets.fold(0, |sum: u64, at| sum.saturating_add(self.sums.all(at..at + 1).min(cap)))
        };
        let mut ranked: Vec<&Episode> = episodes.iter().collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        let most = weight(0..self.sums.len()) / 3 * 2;
        let mut left_out = 0u64;
        for (rank, episode) in ranked.into_iter().enumerate() {
            let contrast = episode.bad as f64 >= CONTRAST * episode.expected;
            let all = weight(episode.buckets.clone());
            if (rank < LEFT_OUT || contrast) && left_out.saturating_add(all) <= most {
                left_out += all;
                self.calm[episode.buckets.clone()].fill(false);
            }
        }
    }

    /// Whether there are enough bad requests, and enough above normal.
    fn matters(&self, all: u64, bad: u64, mean: f64) -> bool {
        let gates = self.rate.gates;
        bad >= LEAST_BAD
            && bad as f64 >= gates.ratio * mean
            && bad as f64 - mean >= gates.difference * all as f64
    }

    /// Episodes in the order of time.
    fn find(&self) -> Vec<Episode> {
        let null = self.null();
        let gate = |window: &Range<usize>, bad: u64, mean: f64| {
            // Only the window: its edges may leave 10 of 10.
            let all = self.sums.all(window.clone());
            all >= LEAST_ALL && self.matters(all, bad, mean)
        };
        let mut taken = vec![false; self.sums.len()];
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for window in null.windows(gate) {
            let window = window.buckets;
            if taken[window.clone()].contains(&true) {
                continue;
            }
            let free = free_around(&taken, &window);
            let range = self.edges(window.clone(), &free);
            taken[window].fill(true);
            taken[range.clone()].fill(true);
            ranges.push(range);
        }
        ranges.sort_unstable_by_key(|range| range.start);
        let mut episodes = Vec::with_capacity(ranges.len());
        for whole in self.merged(&ranges) {
            for part in self.without_calm(whole) {
                if let Some(episode) = self.episode(part.clone()) {
                    episodes.push(episode);
                    continue;
                }
                let inside =
                    |range: &&Range<usize>| part.start <= range.start && range.end <= part.end;
                episodes
                    .extend(ranges.iter().filter(inside).filter_map(|r| self.episode(r.clone())));
            }
        }
        episodes
    }

    /// The share that was normal about some buckets: what comes later is measured against it, so
    /// that a step that never returns does not become normal halfway.
    fn normal_at(&self, buckets: &Range<usize>) -> f64 {
        let all = self.sums.all(buckets.clone());
        if all == 0 { 1.0 } else { self.null().mean(buckets) / all as f64 }
    }

    /// What is expected in a bucket, where no more than `ratio` is normal.
    fn expected_at(&self, at: usize, ratio: f64) -> f64 {
        self.sums.all(at..at + 1) as f64 * self.normal[at].min(ratio)
    }

    fn edges(&self, window: Range<usize>, free: &Range<usize>) -> Range<usize> {
        let ratio = self.normal_at(&window);
        let course = Course {
            counted: |at| self.sums.bad(at..at + 1) as f64,
            expected: |at| self.expected_at(at, ratio),
        };
        course.edges(window, free)
    }

    /// Ranges in order, those that lie close together as one.
    fn merged(&self, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            if let Some(last) = merged.last_mut() {
                let gap = last.end..range.start.max(last.end);
                let busy = gap.clone().filter(|at| self.sums.all(*at..*at + 1) != 0).count();
                // A gap longer than both sides is calm between two spikes.
                let is_short = busy <= STEP_OVER && busy <= last.len().max(range.len());
                if gap.len() <= STEP_OVER.max(last.len() + range.len())
                    && (is_short || !self.is_calm(&gap, &(last.start..range.end)))
                {
                    last.end = last.end.max(range.end);
                    continue;
                }
            }
            merged.push(range.clone());
        }
        merged
    }

    /// The parts of a range, if there is calm inside: more than three buckets, all likelier
    /// normal than not, that are far less than the range would have them be.
    fn without_calm(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let bad = self.sums.bad(range.clone()) as f64;
        let share = bad / self.sums.all(range.clone()).max(1) as f64;
        let ratio = self.normal_at(&range);
        let mut parts = Vec::with_capacity(1);
        let (mut start, mut calm) = (range.start, range.start);
        for at in range.start..=range.end {
            let is_calm = at < range.end && {
                let inside = share * self.sums.all(at..at + 1) as f64;
                self.sums.bad(at..at + 1) as f64 <= even_odds(self.expected_at(at, ratio), inside)
            };
            if is_calm {
                continue;
            }
            let run = calm..at;
            let busy = run.clone().filter(|at| self.sums.all(*at..*at + 1) != 0).count();
            if busy > STEP_OVER && self.is_calm(&run, &range) {
                parts.push(start..run.start);
                start = run.end;
            }
            calm = at + 1;
        }
        parts.push(start..range.end);
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// Whether what follows some buckets is too little to tell that it was over.
    fn is_open(&self, buckets: &Range<usize>) -> bool {
        let after = buckets.end..self.end.max(buckets.end);
        after.len() <= STEP_OVER && !self.is_calm(&after, buckets)
    }

    /// Whether some buckets of a range are far from what the range as a whole would have them be.
    fn is_calm(&self, run: &Range<usize>, range: &Range<usize>) -> bool {
        let share =
            self.sums.bad(range.clone()) as f64 / self.sums.all(range.clone()).max(1) as f64;
        let inside = share * self.sums.all(run.clone()) as f64;
        let bad = self.sums.bad(run.clone());
        let k = self.null().overdispersion(run.len());
        bad as f64 <= inside && NegativeBinomial::new(inside, k).divergence(bad) >= CALM
    }

    /// The episode of a range, if it is one as a whole.
    fn episode(&self, buckets: Range<usize>) -> Option<Episode> {
        let null = self.null();
        let (bad, all) = (self.sums.bad(buckets.clone()), self.sums.all(buckets.clone()));
        let course = |ratio: f64| Course {
            counted: |at: usize| self.sums.bad(at..at + 1) as f64,
            expected: move |at: usize| self.expected_at(at, ratio),
        };
        let onset = buckets.start..(buckets.start + SCALES[3]).min(buckets.end);
        let ratio = self.normal_at(&onset);
        let mean = buckets.clone().map(|at| self.expected_at(at, ratio)).sum::<f64>();
        let mean = mean.max(f64::MIN_POSITIVE);
        let p_value = null.corrected(bad, mean, buckets.len());
        if !self.matters(all, bad, mean) || p_value > null.alpha {
            return None;
        }
        let overdispersion = null.overdispersion(buckets.len());
        let until = if self.is_open(&buckets) { buckets.end } else { self.end };
        let shape = shape::shape(&self.sums, &self.expected, overdispersion, &buckets, until);
        Some(Episode {
            peak: course(ratio).peak(buckets.clone()),
            bad,
            all,
            expected: mean,
            p_value,
            overdispersion,
            score: null.divergence(bad, mean, buckets.len()),
            shape,
            parts: Vec::new(),
            ongoing: self.is_open(&buckets),
            buckets,
        })
    }
}

/// The count that is as likely where `normal` is expected as where `more` is: the logarithmic mean
/// of the two (of Poisson's distribution).
fn even_odds(normal: f64, more: f64) -> f64 {
    if normal <= 0.0 || more <= normal { normal } else { (more - normal) / (more / normal).ln() }
}

/// The buckets about a window that no other has taken.
pub(super) fn free_around(taken: &[bool], window: &Range<usize>) -> Range<usize> {
    let start = taken[..window.start].iter().rposition(|taken| *taken).map_or(0, |at| at + 1);
    let end = taken[window.end..].iter().position(|taken| *taken);
    start..end.map_or(taken.len(), |at| window.end + at)
}

/// The buckets of an episode in a finer series of the same signal: `factor` fine buckets to one
/// that the episode was found in. The edges move by at most one wide bucket.
pub fn refine(episode: &Episode, bad: &[u64], all: &[u64], factor: usize) -> Range<usize> {
    let buckets = bad.len().min(all.len());
    let factor = factor.max(1);
    let normal = episode.expected / episode.all.max(1) as f64;
    let fine = |at: usize| at.saturating_mul(factor).min(buckets);
    let course = Course {
        counted: |at: usize| bad[at] as f64,
        expected: |at: usize| all[at] as f64 * normal,
    };
    let edges = |part: &Range<usize>| {
        let inside = fine(part.start)..fine(part.end);
        let limits = fine(part.start.saturating_sub(1))..fine(part.end + 1);
        let run = course.best_run(&inside, limits);
        let start = run.start.min(fine(part.start + 1));
        start..run.end.max(fine(part.end.saturating_sub(1))).max(start)
    };
    let first = edges(episode.parts.first().unwrap_or(&episode.buckets));
    let last = edges(episode.parts.last().unwrap_or(&episode.buckets));
    first.start..last.end
}

#[cfg(test)]
mod tests;
