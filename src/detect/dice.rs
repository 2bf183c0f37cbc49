//! Random numbers for tests of this room and of those above: small, and the same everywhere.

use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea, Flood, 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1, neither included.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.uniform() * end as f64) as usize
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    pub(crate) fn binomial(&mut self, all: u64, share: f64) -> u64 {
        let share = share.clamp(0.0, 1.0);
        if share > 0.5 {
            return all - self.binomial(all, 1.0 - share);
        }
        let mean = all as f64 * share;
        if mean < 30.0 && share < 0.05 {
            return self.poisson(mean).min(all);
        }
        if all < 200 {
            return (0..all).filter(|_| self.uniform() < share).count() as u64;
        }
        let spread = (mean * (1.0 - share)).sqrt();
        (mean + spread * self.normal()).round().clamp(0.0, all as f64) as u64
    }

    /// A number below `end`, the small ones more often.
    pub(crate) fn zipf(&mut self, end: usize) -> usize {
        let top = (end as f64 + 1.0).ln();
        ((self.uniform() * top).exp() as usize - 1).min(end - 1)
    }

    /// Microseconds of a lognormal with this median in seconds.
    pub(crate) fn duration(&mut self, median: f64, sigma: f64) -> u64 {
        (median * 1e6 * (sigma * self.normal()).exp()) as u64
    }
}
