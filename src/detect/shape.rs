//! The course of an episode: it comes and goes, stays, grows, or comes again and again.

use super::episode::Episode;
use super::negative_binomial::NegativeBinomial;
use super::sums::Sums;
use std::ops::Range;

/// Tests that compare rates before, in and after an episode.
const ALPHA: f64 = 0.01;
/// Rank correlation of rate and time in a ramp, in so many parts of an episode at least and most.
const RISING: f64 = 0.8;
const LEAST_PARTS: usize = 8;
const MOST_PARTS: usize = 12;
/// Buckets after an episode that say whether it was over, at most.
const AFTER: usize = 30;
/// Spikes that make a period, and how far their distances may differ. Three of a day are at equal
/// distances by chance often enough.
const SPIKES: usize = 4;
const SPACING: f64 = 0.1;

/// The course of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The rate rose and returned.
    Spike,
    /// The rate rose and stayed.
    Step,
    /// The rate rose all the time.
    Ramp,
    /// At least four spikes at equal distances.
    Periodic,
}

impl Shape {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Step => "step",
            Self::Ramp => "ramp",
            Self::Periodic => "periodic",
        }
    }
}

/// The shape of an episode that has one part. `end` is the end of the log.
pub(super) fn shape(
    sums: &Sums,
    expected: &[f64],
    overdispersion: f64,
    buckets: &Range<usize>,
    end: usize,
) -> Shape {
    if rises(sums, buckets) {
        return Shape::Ramp;
    }
    if buckets.end >= end {
        // One or two bad buckets at the end of a log say nothing yet.
        return if buckets.len() > 2 { Shape::Step } else { Shape::Spike };
    }
    let after = buckets.end..(buckets.end + buckets.len().clamp(3, AFTER)).min(end);
    let (bad, all) = (sums.bad(after.clone()), sums.all(after.clone()));
    let inside = sums.bad(buckets.clone()) as f64 / sums.all(buckets.clone()).max(1) as f64;
    let normal = NegativeBinomial::new(expected[after.end] - expected[after.start], overdispersion);
    let same = NegativeBinomial::new(inside * all as f64, overdispersion);
    let stayed = normal.at_least(bad) < ALPHA && same.at_most(bad) > ALPHA;
    if stayed { Shape::Step } else { Shape::Spike }
}

/// Whether the rate grows from part to part.
fn rises(sums: &Sums, buckets: &Range<usize>) -> bool {
    let parts = buckets.len().min(MOST_PARTS);
    let edge = |part: usize| buckets.start + buckets.len() * part / parts;
    let mut rates: Vec<(usize, f64)> = (0..parts)
        .map(|part| edge(part)..edge(part + 1))
        .filter(|part| sums.all(part.clone()) != 0)
        .map(|part| sums.bad(part.clone()) as f64 / sums.all(part) as f64)
        .enumerate()
        .collect();
    if rates.len() < LEAST_PARTS {
        return false;
    }
    // A ramp at least doubles from its first third to its last.
    let third = rates.len() / 3;
    let mean = |part: &[(usize, f64)]| part.iter().map(|(_, rate)| rate).sum::<f64>();
    let grows = mean(&rates[rates.len() - third..]) >= 2.0 * mean(&rates[..third]);
    // Spearman's rank correlation; equal rates keep their order, and that is all a tie can say.
    rates.sort_by(|a, b| a.1.total_cmp(&b.1));
    let n = rates.len() as f64;
    let square = |(rank, (time, _)): (usize, &(usize, f64))| (rank as f64 - *time as f64).powi(2);
    let squares: f64 = rates.iter().enumerate().map(square).sum();
    grows && 1.0 - 6.0 * squares / (n * (n * n - 1.0)) > RISING
}

/// Episodes, with runs of spikes at equal distances made one periodic episode each.
pub(super) fn with_periods(episodes: Vec<Episode>) -> Vec<Episode> {
    let mut result = Vec::with_capacity(episodes.len());
    let mut rest = episodes.as_slice();
    while !rest.is_empty() {
        let run = period(rest);
        if run >= SPIKES {
            result.push(periodic(&rest[..run]));
            rest = &rest[run..];
        } else {
            result.push(rest[0].clone());
            rest = &rest[1..];
        }
    }
    result
}

/// How many episodes from the first on follow each other at equal distances.
fn period(episodes: &[Episode]) -> usize {
    let mut distances: Vec<usize> = Vec::new();
    for pair in episodes.windows(2) {
        let distance = pair[1].peak.start - pair[0].peak.start;
        let longest = pair[0].buckets.len().max(pair[1].buckets.len());
        let (least, most) = distances.iter().fold((distance, distance), |(least, most), other| {
            (least.min(*other), most.max(*other))
        });
        // A bucket more or less is where a spike fell in its bucket.
        let equal = most - least <= 1 || most as f64 <= least as f64 * (1.0 + 2.0 * SPACING);
        if !equal || 2 * longest > distance {
            break;
        }
        distances.push(distance);
    }
    distances.len() + 1
}

fn periodic(spikes: &[Episode]) -> Episode {
    let worst = spikes.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap_or(&spikes[0]);
    let sum = |of: fn(&Episode) -> u64| spikes.iter().map(of).fold(0u64, u64::saturating_add);
    Episode {
        buckets: spikes[0].buckets.start..spikes[spikes.len() - 1].buckets.end,
        bad: sum(|spike| spike.bad),
        all: sum(|spike| spike.all),
        expected: spikes.iter().map(|spike| spike.expected).sum(),
        score: spikes.iter().map(|spike| spike.score).sum(),
        shape: Shape::Periodic,
        parts: spikes.iter().map(|spike| spike.buckets.clone()).collect(),
        ongoing: spikes.iter().any(|spike| spike.ongoing),
        ..worst.clone()
    }
}
