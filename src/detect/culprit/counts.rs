//! Weighted counts, and what they say with which certainty.

use std::ops::{Add, AddAssign};

/// A sum of weights.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Rows in it.
    pub(super) rows: u32,
    /// Requests that they stand for.
    pub(super) weight: f64,
    squares: f64,
}

impl Sum {
    fn add_row(&mut self, weight: f64) {
        self.rows += 1;
        self.weight += weight;
        self.squares += weight * weight;
    }

    /// As many rows of equal weight say as much.
    fn effective(&self) -> f64 {
        if self.squares > 0.0 { self.weight * (self.weight / self.squares) } else { 0.0 }
    }

    /// Requests that a row stands for.
    pub(super) fn mean_weight(&self) -> f64 {
        if self.weight > 0.0 { self.squares / self.weight } else { 0.0 }
    }

    /// What is left of it without a part.
    fn without(&self, part: &Self) -> Self {
        match self.rows.saturating_sub(part.rows) {
            // The subtraction of floats may leave a rest of nothing.
            0 => Self::default(),
            rows => Self {
                rows,
                weight: (self.weight - part.weight).max(0.0),
                squares: (self.squares - part.squares).max(0.0),
            },
        }
    }
}

impl Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            weight: self.weight + other.weight,
            squares: self.squares + other.squares,
        }
    }
}

/// The requests of a pattern.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Bad ones in the window.
    pub(super) bad: Sum,
    /// The others in the window.
    pub(super) good: Sum,
    /// Bad ones of the baseline.
    pub(super) bad_before: Sum,
    /// The others of the baseline.
    pub(super) good_before: Sum,
}

/// Requests of the rate of all that a pattern's own baseline is mixed with: a rate of few requests is
/// no rate.
const PRIOR_REQUESTS: f64 = 50.0;
/// The same in rows, where a row stands for many: four rows know a number within a half. With 50 of
/// them, a route that always fails would be taken for one that never does whenever the sample of
/// good requests is thin.
const PRIOR_ROWS: f64 = 4.0;
/// Bad requests of its parent's rate that the baseline of a combined pattern is mixed with: three in
/// one half of a value's requests and none in the other are chance, and would make the second half
/// look worse than the whole.
const PRIOR_BAD: f64 = 5.0;

impl Counts {
    pub(super) fn add_row(&mut self, weight: f64, bad: bool, inside: bool) {
        let sum = match (inside, bad) {
            (true, true) => &mut self.bad,
            (true, false) => &mut self.good,
            (false, true) => &mut self.bad_before,
            (false, false) => &mut self.good_before,
        };
        sum.add_row(weight);
    }

    /// Requests in the window.
    pub(super) fn requests(&self) -> f64 {
        self.bad.weight + self.good.weight
    }

    /// Requests of the baseline.
    pub(super) fn requests_before(&self) -> f64 {
        self.bad_before.weight + self.good_before.weight
    }

    /// Share of bad requests in the window; 0 without requests.
    pub(super) fn rate(&self) -> f64 {
        if self.requests() > 0.0 { self.bad.weight / self.requests() } else { 0.0 }
    }

    /// Rate of the baseline by itself, for all requests: half a bad one more than there were, so that
    /// nothing is impossible. A tenth of the window's rate without a baseline worth the name.
    pub(super) fn prior(&self) -> f64 {
        let rows = self.bad_before.rows + self.good_before.rows;
        if rows < 20 {
            return self.rate() / 10.0;
        }
        let requests = self.requests_before();
        (self.bad_before.weight + 0.5) / (requests + 1.0)
    }

    /// Rate that is expected of a pattern: its own of the baseline, mixed with that of more, and no
    /// less than that. Where nothing ever failed, the more requests a pattern has the surer that is:
    /// with less, the page that all visitors come from explained more than the one route that fails.
    pub(super) fn expected_rate(&self, prior: f64) -> f64 {
        let requests = self.requests_before();
        let rows = PRIOR_ROWS * (self.good_before.mean_weight() - 1.0).max(0.0);
        let mixed = PRIOR_REQUESTS + rows;
        ((self.bad_before.weight + mixed * prior) / (requests + mixed)).max(prior)
    }

    /// Rate that is expected of a part of a pattern which has this rate.
    pub(super) fn expected_rate_within(&self, parent: f64) -> f64 {
        if parent <= 0.0 {
            return self.expected_rate(parent);
        }
        let requests = self.requests_before();
        let mixed = PRIOR_ROWS * self.good_before.mean_weight() + PRIOR_BAD / parent;
        ((self.bad_before.weight + mixed * parent) / (requests + mixed)).max(parent)
    }

    /// Log-likelihood ratio of the bad requests against as many as are expected, in effective counts;
    /// 0 when they are no more.
    pub(super) fn score(&self, expected: f64) -> f64 {
        let bad = self.bad.weight;
        if bad <= expected || bad <= 0.0 {
            return 0.0;
        }
        let expected = expected.max(f64::MIN_POSITIVE);
        let ratio = bad / expected;
        let score = (ratio.ln() + ratio.recip() - 1.0) * self.bad.effective();
        if score.is_finite() { score } else { 0.0 }
    }

    /// Wilson's bounds of the rate in the window (Wilson, 1927).
    ///
    /// Bad and good requests are sampled apart, so the number of trials is the one whose log odds are
    /// as certain as those of the two: `1/bad + 1/good`. Where none is bad, each request is a trial in
    /// which there might have been one, or so many as a bad row stands for (`bad_weight`): that few of
    /// the good ones are in the sample makes their number uncertain, and not that none was bad.
    pub(super) fn bounds(&self, bad_weight: f64, z: f64) -> (f64, f64) {
        let (bad, good) = (self.bad.effective(), self.good.effective());
        let rate = self.rate();
        let trials = if bad > 0.0 && good > 0.0 && rate > 0.0 && rate < 1.0 {
            1.0 / (rate * (1.0 - rate) * (1.0 / bad + 1.0 / good))
        } else if self.bad.rows == 0 {
            // How uncertain the number of good ones is: not at all where all are in the sample.
            let thinness = 1.0 - 1.0 / self.good.mean_weight().max(1.0);
            self.good.weight / bad_weight.max(1.0) * (good / (good + z * z * thinness))
        } else {
            bad + good
        };
        if trials <= 0.0 || !trials.is_finite() {
            return (0.0, 1.0);
        }
        let square = z * z / trials;
        let middle = rate + square / 2.0;
        let half = z * (rate * (1.0 - rate) / trials + square / (4.0 * trials)).sqrt();
        ((middle - half) / (1.0 + square), (middle + half) / (1.0 + square))
    }

    /// What is left of it without a part.
    pub(super) fn without(&self, part: &Self) -> Self {
        Self {
            bad: self.bad.without(&part.bad),
            good: self.good.without(&part.good),
            bad_before: self.bad_before.without(&part.bad_before),
            good_before: self.good_before.without(&part.good_before),
        }
    }
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        self.bad = self.bad + other.bad;
        self.good = self.good + other.good;
        self.bad_before = self.bad_before + other.bad_before;
        self.good_before = self.good_before + other.good_before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(bad: u32, good: u32, weight: f64) -> Counts {
        let mut counts = Counts::default();
        (0..bad).for_each(|_| counts.add_row(1.0, true, true));
        (0..good).for_each(|_| counts.add_row(weight, false, true));
        counts
    }

    #[test]
    fn bounds_are_wilsons_and_widen_with_thin_samples() {
        // Wilson's interval of 10 in 100 is 5.5 % to 17.4 %.
        let (low, high) = counts(10, 90, 1.0).bounds(1.0, 1.96);
        assert!((low - 0.0552).abs() < 1e-3 && (high - 0.1744).abs() < 1e-3, "{low} {high}");
        let (low, high) = counts(0, 10, 1.0).bounds(1.0, 1.96);
        assert!(low.abs() < 1e-9 && (high - 0.2775).abs() < 1e-3, "{low} {high}");
        // The same rate from fewer rows is less certain.
        let (full, thin) =
            (counts(10, 900, 1.0).bounds(1.0, 1.96), counts(10, 9, 100.0).bounds(1.0, 1.96));
        assert!(thin.1 - thin.0 > full.1 - full.0);
        assert_eq!(Counts::default().bounds(1.0, 1.96), (0.0, 1.0));
    }

    #[test]
    fn weights_do_not_make_a_score() {
        let one = counts(20, 100, 1.0);
        let mut heavy = Counts::default();
        (0..20).for_each(|_| heavy.add_row(50.0, true, true));
        assert!((one.score(2.0) - heavy.score(100.0)).abs() < 1e-9);
        // 20 ln 10 + 2 - 20.
        assert!((one.score(2.0) - 28.0517).abs() < 1e-3);
        assert_eq!(one.score(30.0), 0.0);
        assert!(one.score(0.0).is_finite());
    }

    #[test]
    fn a_chronic_rate_is_seen_through_a_thin_sample() {
        let mut counts = Counts::default();
        (0..1000).for_each(|_| counts.add_row(1.0, true, false));
        (0..20).for_each(|_| counts.add_row(1000.0, false, false));
        let rate = counts.expected_rate(0.001);
        assert!((0.035..0.05).contains(&rate), "{rate}");
        // One good row that stands for a thousand is no evidence that nothing ever fails.
        let mut counts = Counts::default();
        counts.add_row(1000.0, false, false);
        assert!(counts.expected_rate(0.001) > 0.0005);
    }
}
