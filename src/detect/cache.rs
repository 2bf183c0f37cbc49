//! Responses without a body (304) that there could have been.

use super::Episode;
use super::baseline::weighted_median;
use super::negative_binomial::NegativeBinomial;

/// Logarithm of the likelihood ratio from which on missing 304 are no chance.
const NO_CHANCE: f64 = 14.0;
/// 304 are lost when so much of what there was is left.
const STILL_CACHED: f64 = 0.5;

/// Responses without a body that there could have been. A drop in 304 says far more than the rise in
/// 200 which comes with it: from 36 % to none is no chance, from 64 % to all is not much.
pub(super) struct Cache {
    /// 304 that are missing in each bucket.
    pub(super) lost: Vec<u64>,
    /// 200 in each bucket.
    sent: Vec<u64>,
    /// Share of 304 that is normal.
    share: f64,
}

impl Cache {
    /// `sent` are the 200 of each bucket, `all` those and the 304.
    pub(super) fn of(sent: &[u64], all: &[u64]) -> Self {
        let cached = |(sent, all): (&u64, &u64)| (*all - *sent) as f64;
        let shares = sent.iter().zip(all).filter(|(_, all)| **all > 0);
        let mut shares: Vec<(f64, f64)> =
            shares.map(|(sent, all)| (cached((sent, all)) / *all as f64, *all as f64)).collect();
        let share = weighted_median(&mut shares);
        let lost = sent.iter().zip(all).map(|(sent, all)| {
            let missing = share * *all as f64 - cached((sent, all));
            missing.round().max(0.0) as u64
        });
        Self { lost: lost.collect(), sent: sent.to_vec(), share }
    }

    /// Tells an episode of what is missing as one of what was sent. False when too little is missing.
    pub(super) fn restore(&self, episode: &mut Episode) -> bool {
        episode.bad = self.sent[episode.buckets.clone()].iter().sum();
        episode.expected = (1.0 - self.share) * episode.all as f64;
        let (expected, found) =
            (self.share * episode.all as f64, (episode.all - episode.bad) as f64);
        // What is missing is always above zero: how far it is chance must be asked of the 304.
        let surprise = NegativeBinomial::new(expected, 0.0).divergence(found as u64);
        found < STILL_CACHED * expected && surprise >= NO_CHANCE
    }
}
