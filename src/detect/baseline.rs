//! What is normal: the share of bad requests to expect in each bucket, and how far counts scatter
//! about it. Both are robust: half of what they look at may be an incident.
//!
//! Blocks of buckets, each wide enough to expect ten bad requests, and the weighted median of
//! those around: it follows a slow drift and does not see an incident. Where there is too little
//! for that, one ratio for the whole log.

use super::sums::Sums;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Widths of the windows that are looked at, in buckets. Without the last two, noise that lasts for
/// minutes hid an hour at three times the normal in a log of ten-second buckets.
pub(super) const SCALES: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// Bad requests that a block should expect, and the weight of the whole log beside the
/// neighbours.
const EXPECTED: f64 = 10.0;
/// Below so many bad requests in all, or in a block, there is one ratio for the whole log.
const SPARSE: u64 = 40;
const SPARSE_BLOCK: f64 = 3.0;
/// A block counts for no more than one of the middle size, or than so many requests. At three times
/// the middle size, an hour of twenty times the traffic was half of a log of five.
const LEAST_CAP: u64 = 50;
/// Widest block, in buckets.
const WIDEST_BLOCK: usize = 120;
/// A block covers ten minutes where the log is long enough for 24 of them: neighbourhoods of
/// five-bucket blocks lost incidents of an hour, which covered them whole.
const BLOCK_SECONDS: u64 = 600;
const BLOCKS: usize = 24;
/// Blocks on each side that a median is taken of: at least six, and 90 minutes.
const NEIGHBOURS: usize = 6;
const NEIGHBOUR_SECONDS: u64 = 5400;
/// A little less than the median: where a step up has as many blocks before it as after it, what was
/// before counts.
const NEARLY_HALF: f64 = 0.44;
/// How far the hour of the day may shift what is normal, and how far a neighbourhood may lie above
/// the whole log. What lasts for hours is then still an incident when it is high enough.
const SHIFT: f64 = 2.0;
const DAY: u64 = 86_400;
const HOUR: u64 = 3600;
/// Overdispersion: least, most, what is supposed before it is measured, and how much information
/// (inverse variance) that supposition is worth.
const LEAST: f64 = 0.005;
const MOST: f64 = 25.0;
const SUPPOSED: f64 = 0.05;
const SUPPOSED_INFORMATION: f64 = 100.0;
/// A window says something about overdispersion when it expects so many.
const TELLING: f64 = 2.0;
/// Of fewer windows than this a scale's overdispersion is not above that of the scale before, and
/// not below this share of it: half is what independent noise would leave.
const FEW: usize = 20;
const LEFT: f64 = 0.6;

/// A run of buckets of equal number, without those that are not calm.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// Its number in the log; empty blocks are left out of lists.
    at: usize,
    bad: u64,
    all: u64,
    ratio: f64,
}

/// The expected share of bad requests in each bucket: above 0, below 1 unless nearly all are bad.
/// `calm` says which buckets to learn from.
pub(super) fn ratios(sums: &Sums, calm: &[bool], bucket_seconds: u64) -> Vec<f64> {
    let buckets = sums.len();
    let mut widths: Vec<u64> = Vec::with_capacity(buckets);
    let (mut bad, mut all) = (0u64, 0u64);
    for at in (0..buckets).filter(|at| calm[*at]) {
        bad = bad.saturating_add(sums.bad(at..at + 1));
        let requests = sums.all(at..at + 1);
        all = all.saturating_add(requests);
        if requests != 0 {
            widths.push(requests);
        }
    }
    let pooled = smoothed(bad, all);
    if widths.is_empty() {
        return vec![pooled; buckets];
    }
    let middle = widths.len() / 2;
    let per_bucket = pooled * *widths.select_nth_unstable(middle).1 as f64;
    let length = block_length(per_bucket, buckets, bucket_seconds);
    let mut blocks = into_blocks(sums, calm, length);
    cap(&mut blocks);
    let bad = blocks.iter().fold(0u64, |sum, block| sum.saturating_add(block.bad));
    let all = blocks.iter().fold(0u64, |sum, block| sum.saturating_add(block.all));
    let pooled = smoothed(bad, all);
    if bad < SPARSE || per_bucket * (length as f64) < SPARSE_BLOCK {
        return vec![without_worst(&blocks, bad, all, pooled); buckets];
    }

    let whole =
        weighted_median(&mut pairs(&blocks, None).collect::<Vec<_>>()).max(smoothed(0, all));
    let hours = hour_factors(&blocks, length, buckets, bucket_seconds, whole);
    let factor = |block: usize| match &hours {
        Some(hours) => hours[hour(block, length, bucket_seconds)],
        None => 1.0,
    };
    for block in &mut blocks {
        block.ratio /= factor(block.at);
    }
    let span = (length as u64).saturating_mul(bucket_seconds).max(1);
    let each_side = (NEIGHBOUR_SECONDS.div_ceil(span) as usize).clamp(NEIGHBOURS, BLOCKS);
    let mut neighbours = Vec::with_capacity(2 * each_side + 1);
    let mut result = Vec::with_capacity(buckets);
    for block in 0..buckets.div_ceil(length) {
        let near = around(&blocks, block, each_side);
        neighbours.clear();
        neighbours.extend(pairs(near, Some(block)));
        let median = weighted_quantile(&mut neighbours, NEARLY_HALF).min(SHIFT * whole);
        let weight: f64 = neighbours.iter().map(|(_, weight)| weight * whole).sum();
        let ratio = (weight * median + EXPECTED * whole) / (weight + EXPECTED) * factor(block);
        let end = ((block + 1) * length).min(buckets);
        result.resize(end, ratio.clamp(f64::MIN_POSITIVE, 1.0));
    }
    result
}

/// A ratio that is never 0: half a bad request is added, and one request.
fn smoothed(bad: u64, all: u64) -> f64 {
    ((bad as f64 + 0.5) / (all as f64 + 1.0)).min(1.0)
}

/// Buckets in a block, of what a bucket expects.
fn block_length(per_bucket: f64, buckets: usize, bucket_seconds: u64) -> usize {
    let least = (BLOCK_SECONDS.div_ceil(bucket_seconds.max(1)) as usize).min(buckets / BLOCKS);
    let length = (EXPECTED / per_bucket).ceil().min(WIDEST_BLOCK as f64) as usize;
    // A short log has at least eight, or leaving out the worst would leave nothing.
    length.max(least).min(buckets / 8).clamp(1, WIDEST_BLOCK)
}

fn into_blocks(sums: &Sums, calm: &[bool], length: usize) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(calm.len().div_ceil(length));
    for (at, calm) in calm.chunks(length).enumerate() {
        let (mut bad, mut all) = (0u64, 0u64);
        for (bucket, _) in (at * length..).zip(calm).filter(|(_, calm)| **calm) {
            bad = bad.saturating_add(sums.bad(bucket..bucket + 1));
            all = all.saturating_add(sums.all(bucket..bucket + 1));
        }
        if all != 0 {
            blocks.push(Block { at, bad, all, ratio: bad as f64 / all as f64 });
        }
    }
    blocks
}

/// Makes blocks of far more requests than most count as less: a loop or a storm of retries has most
/// of the requests of a log in it, and is not what is normal.
fn cap(blocks: &mut [Block]) {
    let mut sizes: Vec<u64> = blocks.iter().map(|block| block.all).collect();
    if sizes.is_empty() {
        return;
    }
    let middle = sizes.len() / 2;
    let most = (*sizes.select_nth_unstable(middle).1).max(LEAST_CAP);
    for block in blocks.iter_mut().filter(|block| block.all > most) {
        block.bad = (block.ratio * most as f64).round() as u64;
        block.all = most;
    }
}

/// The ratio of all without the worst block, if that one stands out.
fn without_worst(blocks: &[Block], bad: u64, all: u64, pooled: f64) -> f64 {
    let excess = |block: &&Block| block.bad as f64 - block.all as f64 * pooled;
    match blocks.iter().max_by(|a, b| excess(a).total_cmp(&excess(b))) {
        Some(worst) if excess(&worst) > 5.0 && worst.all < all => {
            smoothed(bad.saturating_sub(worst.bad), all - worst.all)
        }
        _ => pooled,
    }
}

/// Ratios and their weights, without those of one block.
fn pairs(blocks: &[Block], without: Option<usize>) -> impl Iterator<Item = (f64, f64)> {
    let others = blocks.iter().filter(move |block| Some(block.at) != without);
    others.map(|block| (block.ratio, block.all as f64))
}

/// The blocks nearest to one, as many at the ends of the log as in its middle: an incident in the
/// first hour must not fill its own neighbourhood.
fn around(blocks: &[Block], at: usize, each_side: usize) -> &[Block] {
    let before = blocks.partition_point(|block| block.at < at);
    let width = (2 * each_side + 1).min(blocks.len());
    let start = before.saturating_sub(each_side).min(blocks.len() - width);
    &blocks[start..start + width]
}

/// Median of values with weights, the lower one of two; 0 of none.
pub(super) fn weighted_median(values: &mut [(f64, f64)]) -> f64 {
    weighted_quantile(values, 0.5)
}

fn weighted_quantile(values: &mut [(f64, f64)], share: f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = values.iter().map(|(_, weight)| weight).sum::<f64>() * share;
    let mut below = 0.0;
    for (value, weight) in &*values {
        below += weight;
        if below >= wanted {
            return *value;
        }
    }
    values.last().map_or(0.0, |(value, _)| *value)
}

/// Hour after the start of the log, round the clock.
fn hour(block: usize, length: usize, bucket_seconds: u64) -> usize {
    let middle = (block * length + length / 2) as u64;
    (middle.saturating_mul(bucket_seconds) % DAY / HOUR) as usize
}

/// How each hour of the day differs from the whole, if the log has two days. An hour that expects
/// little counts for little.
fn hour_factors(
    blocks: &[Block],
    length: usize,
    buckets: usize,
    bucket_seconds: u64,
    whole: f64,
) -> Option<[f64; 24]> {
    if (buckets as u64).saturating_mul(bucket_seconds) < 2 * DAY {
        return None;
    }
    let mut hours: [Vec<(f64, f64)>; 24] = Default::default();
    for block in blocks {
        let of_hour = &mut hours[hour(block.at, length, bucket_seconds)];
        of_hour.push((block.ratio / whole, block.all as f64 * whole));
    }
    Some(hours.map(|mut of_hour| {
        let weight: f64 = of_hour.iter().map(|(_, weight)| weight).sum();
        let median = weighted_median(&mut of_hour).clamp(1.0 / SHIFT, SHIFT);
        (weight * median + 2.0 * EXPECTED) / (weight + 2.0 * EXPECTED)
    }))
}

/// The windows that overdispersion is learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learn {
    /// Those below what was expected: no incident is among them, however long. Noise that is skewed
    /// scatters less on this side, so it is only a first look. (Keeping the calmest 60 or 75 % was
    /// tried: an hour of five, at the busy time, still hid itself.)
    Below,
    /// All but the most surprising 5 %, which may hold incidents that nobody left out.
    Most,
}

/// Share of the windows that is looked at.
const MOST_WINDOWS: f64 = 0.95;

/// Overdispersion k at each scale: what remains of the variance of calm windows beyond chance, per
/// squared mean. `counted` and `expected` are sums up to each bucket.
pub(super) fn overdispersion(
    counted: &[u64],
    expected: &[f64],
    calm: &[bool],
    learn: Learn,
) -> [f64; SCALES.len()] {
    let mut found = [None; SCALES.len()];
    let mut windows = Vec::with_capacity(calm.len());
    let mut restless = Vec::with_capacity(calm.len() + 1);
    restless.push(0usize);
    restless.extend(calm.iter().scan(0, |sum, calm| {
        *sum += usize::from(!calm);
        Some(*sum)
    }));
    for (scale, width) in SCALES.into_iter().enumerate() {
        windows.clear();
        for start in (0..calm.len()).step_by(width) {
            let end = start + width;
            if end > calm.len() || restless[end] != restless[start] {
                continue;
            }
            let mean = expected[end] - expected[start];
            let off = counted[end].saturating_sub(counted[start]) as f64 - mean;
            if mean >= TELLING && (learn == Learn::Most || off < 0.0) {
                windows.push((off * off / mean, mean));
            }
        }
        found[scale] = of_windows(&mut windows, learn).map(|k| (k, windows.len()));
    }
    filled(found)
}

/// Overdispersion of windows: (squared deviation over mean, mean).
fn of_windows(windows: &mut [(f64, f64)], learn: Learn) -> Option<f64> {
    let share = if learn == Learn::Most { MOST_WINDOWS } else { 1.0 };
    let kept = (windows.len() as f64 * share).floor() as usize;
    if kept < 3 {
        return None;
    }
    windows.select_nth_unstable_by(kept - 1, |a, b| a.0.total_cmp(&b.0));
    let spread = trimmed_square(kept as f64 / windows.len() as f64);
    let (mut squares, mut means, mut squared_means) = (0.0, 0.0, 0.0);
    for (square, mean) in &windows[..kept] {
        squares += square * mean;
        means += mean;
        squared_means += mean * mean;
    }
    let k = (squares / spread - means) / squared_means;
    // Windows that expect two or three tell little of it: the variance of k is about 2 / Σμ².
    let information = squared_means / 2.0;
    let k =
        (k * information + SUPPOSED * SUPPOSED_INFORMATION) / (information + SUPPOSED_INFORMATION);
    Some(if k.is_finite() { k.clamp(LEAST, MOST) } else { MOST })
}

/// Mean of a squared normal number that is below its quantile `share`; 0.759 for 95 %.
fn trimmed_square(share: f64) -> f64 {
    let normal = Normal::standard();
    let edge = normal.inverse_cdf((1.0 + share) / 2.0);
    if edge.is_finite() { 1.0 - 2.0 * edge * normal.pdf(edge) / share } else { 1.0 }
}

/// Scales that could not be measured take the next that could; one that rests on few windows
/// stays near the scale before it: wide windows even drift out, and do not add to it.
fn filled(found: [Option<(f64, usize)>; SCALES.len()]) -> [f64; SCALES.len()] {
    let first = found.iter().flatten().next().map_or(SUPPOSED, |(k, _)| *k);
    let mut before = first;
    found.map(|of_scale| {
        before = match of_scale {
            Some((k, windows)) if windows >= FEW => k,
            Some((k, _)) => k.clamp(before * LEFT, before),
            None => before,
        };
        before
    })
}
