//! Counts that scatter more than chance alone: the negative binomial distribution with mean μ and
//! variance μ + kμ² ("NB2"). Rates of real services drift; a plain Poisson or binomial test takes
//! every drift for an incident.

use statrs::function::beta::beta_reg;
use std::f64::consts::TAU;

/// Smallest overdispersion that is reckoned with; below it the counts are Poisson for all that
/// matters here, and the functions would lose digits.
const LEAST_OVERDISPERSION: f64 = 1e-6;

/// A negative binomial distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NegativeBinomial {
    /// Expected count, above 0.
    mean: f64,
    /// Size r = 1/k: how many of the mean the drift of the rate leaves over.
    size: f64,
}

impl NegativeBinomial {
    /// The distribution with a mean and an overdispersion k (variance = mean + k · mean²). What is
    /// not a positive number is taken for the smallest.
    pub(super) fn new(mean: f64, overdispersion: f64) -> Self {
        let mean = mean.clamp(f64::MIN_POSITIVE, 1e300);
        let mean = if mean.is_nan() { f64::MIN_POSITIVE } else { mean };
        Self { mean, size: 1.0 / overdispersion.max(LEAST_OVERDISPERSION) }
    }

    /// Probability of `count` or more. Below about 1e-308 it is 0.
    pub(super) fn at_least(self, count: u64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        let tail = beta_reg(count as f64, self.size, self.mean / (self.mean + self.size));
        self.bounded(tail, count)
    }

    /// Probability of `count` or fewer. Below about 1e-308 it is 0.
    pub(super) fn at_most(self, count: u64) -> f64 {
        let tail = beta_reg(self.size, count as f64 + 1.0, self.size / (self.mean + self.size));
        self.bounded(tail, count)
    }

    /// A tail that is a probability, whatever rounding did to it.
    fn bounded(self, tail: f64, count: u64) -> f64 {
        if tail.is_finite() { tail.clamp(0.0, 1.0) } else { (-self.divergence(count)).exp() }
    }

    /// Logarithm of the likelihood ratio of the best mean for `count` to this mean: how surprising
    /// the count is, in either direction. It ranks where tails have long underflowed, and
    /// exp(-divergence) is never below the tail on that side (Chernoff's bound).
    pub(super) fn divergence(self, count: u64) -> f64 {
        let count = count as f64;
        // Sums of huge terms that cancel were tried first; above 1e12 nothing was left.
        let own = if count == 0.0 {
            0.0
        } else {
            count * ((self.size / self.mean).ln_1p() - (self.size / count).ln_1p())
        };
        let drift = self.size * ((count + self.size) / (self.mean + self.size)).ln();
        (own - drift).clamp(0.0, f64::MAX)
    }

    /// Whether the tail at `count` may be as small as exp(-`surprise`). It is exp(-divergence)
    /// over about √(2π variance) (the saddle point), so this spares nearly all evaluations of the
    /// tail. `divergence` is that of the count.
    pub(super) fn may_reach(self, count: u64, divergence: f64, surprise: f64) -> bool {
        let count = (count as f64).max(1.0);
        let variance = count * (1.0 + count / self.size);
        divergence + 0.5 * (TAU * variance).ln() + 1.0 >= surprise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tail by summing the probabilities, the slow and certain way.
    fn summed(mean: f64, k: f64, count: u64) -> f64 {
        let size = 1.0 / k;
        let mut term = (-size * (mean / size).ln_1p()).exp();
        let mut below = 0.0;
        let mut above = 0.0;
        for x in 0..count + 100_000 {
            if x < count {
                below += term;
            } else {
                above += term;
            }
            term *= (x as f64 + size) / (x as f64 + 1.0) * mean / (mean + size);
        }
        assert!((below + above - 1.0).abs() < 1e-6, "{mean} {k} {count}: {below} + {above}");
        above
    }

    #[test]
    fn tails_equal_the_sum() {
        for (mean, k, count) in [
            (0.01, 0.005, 8),
            (0.5, 0.1, 8),
            (3.0, 0.005, 20),
            (3.0, 2.0, 60),
            (50.0, 0.005, 100),
            (50.0, 0.09, 150),
            (50.0, 0.36, 400),
            (500.0, 0.005, 1000),
            (500.0, 0.09, 5000),
        ] {
            let found = NegativeBinomial::new(mean, k).at_least(count);
            let sum = summed(mean, k, count);
            assert!((found / sum - 1.0).abs() < 1e-6, "{mean} {k} {count}: {found} {sum}");
            let below = NegativeBinomial::new(mean, k).at_most(count - 1);
            assert!((below + sum - 1.0).abs() < 1e-6, "{mean} {k} {count}: {below} {sum}");
        }
    }

    /// P(0) = (1 + kμ)^(-1/k).
    #[test]
    fn nothing_at_all() {
        for (mean, k) in [(1.0f64, 0.005f64), (30.0, 0.1), (1e4, 0.01), (1e12, 25.0)] {
            let exact = (-(k * mean).ln_1p() / k).exp();
            let found = NegativeBinomial::new(mean, k).at_most(0);
            assert!((found / exact - 1.0).abs() < 1e-6, "{mean} {k}: {found} {exact}");
            let surprise = NegativeBinomial::new(mean, k).divergence(0);
            assert!((surprise - (k * mean).ln_1p() / k).abs() < 1e-6 * surprise);
        }
    }

    #[test]
    fn the_bound_holds_on_both_sides_of_the_tail() {
        for k in [0.005, 0.09, 1.0] {
            for mean in [0.02, 1.0, 40.0, 3e4, 1e9] {
                for factor in [2.0, 3.0, 20.0] {
                    let count = ((mean * factor) as u64).max(8);
                    let model = NegativeBinomial::new(mean, k);
                    let (tail, divergence) = (model.at_least(count), model.divergence(count));
                    assert!(tail <= (-divergence).exp() * 1.001, "{mean} {k} {count}");
                    if tail > 1e-290 {
                        assert!(model.may_reach(count, divergence, -tail.ln()), "{mean} {k}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_extremes_are_finite() {
        for mean in [f64::NAN, -1.0, 0.0, 1e-300, 1e-9, 1.0, 1e12, 1e300, f64::INFINITY] {
            for k in [f64::NAN, 0.0, 0.005, 25.0, 1e9] {
                let model = NegativeBinomial::new(mean, k);
                for count in [0, 1, 8, 1_000_000_000_000, u64::MAX] {
                    assert!((0.0..=1.0).contains(&model.at_least(count)), "{mean} {k} {count}");
                    assert!((0.0..=1.0).contains(&model.at_most(count)), "{mean} {k} {count}");
                    assert!(model.divergence(count).is_finite(), "{mean} {k} {count}");
                }
            }
        }
        assert!(NegativeBinomial::new(1.0, 0.005).divergence(1_000_000_000_000) > 700.0);
    }
}
