//! Random numbers that are the same on every machine and in every version: xoshiro256**, seeded by
//! splitmix64 (Blackman and Vigna, <https://prng.di.unimi.it/>).

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

/// One step of splitmix64.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut at = seed;
        Self { state: std::array::from_fn(|_| splitmix(&mut at)) }
    }

    /// A stream of its own for a purpose: what one part draws does not move another.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        // FNV-1a.
        let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self::new(seed ^ hash)
    }

    pub(crate) fn word(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let word = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        word
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// From 0 to below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

/// A choice among weighted places.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    sums: Vec<f64>,
}

impl Weights {
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let add = |weight| {
            sum += weight;
            sum
        };
        Self { sums: weights.into_iter().map(add).collect() }
    }

    /// Zipf's: the place `n` weighs `(n + 1)^-exponent`.
    pub(crate) fn zipf(places: usize, exponent: f64) -> Self {
        Self::new((1..=places).map(|rank| (rank as f64).powf(-exponent)))
    }

    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let at = random.unit() * self.sums[self.sums.len() - 1];
        self.sums.partition_point(|sum| *sum <= at).min(self.sums.len() - 1)
    }

    /// Share of a place.
    pub(crate) fn share(&self, place: usize) -> f64 {
        let before = if place == 0 { 0.0 } else { self.sums[place - 1] };
        (self.sums[place] - before) / self.sums[self.sums.len() - 1]
    }
}

/// Relative noise of a rate: lognormal, autoregressive of order one from minute to minute, with
/// mean 1 and this coefficient of variation.
pub(crate) struct Noise {
    sigma: f64,
    value: f64,
}

impl Noise {
    /// Correlation of one minute with the next.
    const RHO: f64 = 0.9;

    pub(crate) fn new(variation: f64, random: &mut Random) -> Self {
        let sigma = (1.0 + variation * variation).ln().sqrt();
        Self { sigma, value: random.normal() }
    }

    /// The factor of the next minute.
    pub(crate) fn next(&mut self, random: &mut Random) -> f64 {
        let fresh = (1.0 - Self::RHO * Self::RHO).sqrt() * random.normal();
        self.value = Self::RHO * self.value + fresh;
        (self.sigma * self.value - self.sigma * self.sigma / 2.0).exp()
    }
}
