//! The search for the pattern that explains most, one after the other.

use super::counts::Counts;
use super::table::Table;
use super::{Culprit, Dimension, Row};
use std::cmp::Ordering;

/// Smallest share of the excess of a culprit.
pub(in crate::detect) const LISTED: f64 = 0.10;
/// Share of the excess from which a culprit may be called one.
pub(in crate::detect) const NAMED: f64 = 0.5;
/// Smallest risk ratio against the rest.
pub(in crate::detect) const RISK: f64 = 2.0;
/// Half width of the bounds that a culprit's rate and that of the rest must not share, in standard
/// deviations.
const Z: f64 = 1.96;
/// The same of a value that explains the smaller part: there are many of them, and when everything
/// fails one of ten is well above the others by chance.
const Z_OF_A_PART: f64 = 3.0;
/// Fewest bad rows.
const SUPPORT: u32 = 8;
/// Largest share of the traffic, in the window or before: what is always nearly all of it (the one
/// address of a CDN) is no place, and the few requests that are left are of another kind (health
/// checks). What has become nearly all of it is one: a loop.
const TRAFFIC: f64 = 0.9;
/// Probability of one false culprit among all patterns that were tested (Bonferroni). Patterns are
/// nested in one another, so that a false discovery *rate* would let the noise in once there is one
/// real culprit under many names.
const FALSE_ALARMS: f64 = 0.01;
/// How many times the score must grow for one value more, and by how many nats at least: the best of
/// a hundred combinations is better by some.
const DEEPER: (f64, f64) = (1.1, 5.0);
/// Scores that differ by less say the same: in nats, and as a share.
const TIE: (f64, f64) = (5.0, 0.01);
/// A value has as many bad requests as another when it has so much of theirs.
const AS_MANY: f64 = 0.95;
/// A value that is hardly a place counts as if it had so many times the requests.
const VAGUE: f64 = 2.0;
/// Of values with about as many requests, the first dimension is taken.
const SIMILAR: f64 = 1.2;
/// Values that are combined to pairs and triples; at most 64, a bit each.
const COMBINED: usize = 40;
/// Share of bad requests from which the value of an outcome is another name for "bad".
const SAME_AS_BAD: f64 = 0.9;
/// Share of the excess beyond that of the traffic that is not spread evenly.
const UNEVEN: f64 = 0.2;
/// Fewest bad rows from which the excess can be called spread.
const ENOUGH_TO_SPREAD: u32 = 30;

/// Values that hold together: numbers of columns and of their values, in order of columns.
type Pattern = Vec<(usize, u32)>;

/// A pattern with what it explains.
struct Scored {
    pattern: Pattern,
    counts: Counts,
    /// Rate of its baseline.
    rate: f64,
    score: f64,
}

impl Scored {
    fn new(pattern: Pattern, counts: Counts, rate: f64) -> Self {
        let score = counts.score(counts.requests() * rate);
        Self { pattern, counts, rate, score }
    }

    fn expected(&self) -> f64 {
        self.counts.requests() * self.rate
    }

    /// Bad requests beyond those that are expected.
    fn excess(&self) -> f64 {
        self.counts.bad.weight - self.expected()
    }
}

/// The state of a search: what is not explained yet, and the whole for the shares.
pub(super) struct Search<'a> {
    table: Table<'a>,
    /// Everything, before anything was explained.
    whole: Counts,
    excess: f64,
}

impl<'a> Search<'a> {
    pub(super) fn new(rows: &[Row<'a>], dimensions: &[Dimension]) -> Self {
        let table = Table::new(rows, dimensions);
        let whole = table.total();
        let excess = whole.bad.weight - whole.requests() * whole.prior();
        Self { table, whole, excess }
    }

    pub(super) fn has_excess(&self) -> bool {
        let expected = self.whole.requests() * self.whole.prior();
        self.excess > 0.0 && self.whole.score(expected) >= least_score(1)
    }

    /// The pattern that explains most of what is left, which is taken out. `None` when nothing passes.
    pub(super) fn next_culprit(&mut self) -> Option<Culprit<'a>> {
        let left = self.table.total();
        let prior = left.prior();
        let singles = self.singles(prior);
        let combined = self.combined(&singles);
        let least = least_score(singles.len() + combined.len());
        let passes = |scored: &&Scored| scored.score >= least && self.passes(scored, &left, prior);

        let winner = self.best_single(singles.iter().filter(passes));
        // Where several values of a dimension explain it together, a deeper pattern must be of them.
        let value = winner.as_ref().filter(|winner| winner.1).map(|winner| winner.0.pattern[0]);
        let mut best = winner.map(|winner| winner.0);
        for depth in 2..=3 {
            let is_candidate = |deeper: &&Scored| {
                deeper.pattern.len() == depth
                    && value.is_none_or(|value| deeper.pattern.contains(&value))
            };
            let deeper = combined.iter().filter(is_candidate).filter(passes);
            let to_beat =
                best.map_or(0.0, |best| (best.score * DEEPER.0).max(best.score + DEEPER.1));
            if let Some(deeper) = deeper.max_by(|a, b| self.order(a, b))
                && deeper.score > to_beat
            {
                best = Some(deeper);
            }
        }
        let (culprit, pattern) = (self.culprit(best?, &left), best?.pattern.clone());
        self.table.remove(&pattern);
        Some(culprit)
    }

    /// Every value with enough bad rows that may be a culprit.
    fn singles(&self, prior: f64) -> Vec<Scored> {
        let mut singles = Vec::new();
        for (at, column) in self.table.columns.iter().enumerate() {
            for (id, counts) in self.table.by_value(column).into_iter().enumerate() {
                let is_absent = column.values[id].is_none();
                if counts.bad.rows < SUPPORT
                    || is_absent && !column.dimension.is_telling_when_absent()
                    || column.dimension.is_outcome() && counts.rate() >= SAME_AS_BAD
                {
                    continue;
                }
                let scored =
                    Scored::new(vec![(at, id as u32)], counts, counts.expected_rate(prior));
                // Requests that lack something are all kinds of requests: only when they are most of it.
                if !is_absent || scored.excess() >= NAMED * self.excess {
                    singles.push(scored);
                }
            }
        }
        singles
    }

    /// The best of the values that pass, and whether it is one of several of its dimension that explain
    /// most together. Values of one dimension have no request in common, so that their scores add up:
    /// two failing routes of a host explain more than the host, which scores more than each of them.
    fn best_single<'b>(
        &self,
        singles: impl Iterator<Item = &'b Scored>,
    ) -> Option<(&'b Scored, bool)> {
        let mut by_column: Vec<Vec<&Scored>> = vec![Vec::new(); self.table.columns.len()];
        singles.for_each(|single| by_column[single.pattern[0].0].push(single));
        let mut explanations = Vec::new();
        for singles in &mut by_column {
            singles.sort_by(|a, b| self.order(b, a));
            let Some(first) = singles.first() else { continue };
            let (mut most, mut sum, mut penalty) = (0.0f64, 0.0, 1.0);
            for single in singles.iter().take(super::MOST) {
                sum += single.score;
                most = most.max(sum / penalty);
                penalty *= DEEPER.0;
            }
            explanations.push((*first, most));
        }
        let most = explanations.iter().map(|(_, score)| *score).fold(0.0, f64::max);
        let least = most - TIE.0.max(TIE.1 * most);
        // Columns are in the order of preference.
        let (first, score) = *explanations.iter().find(|(_, score)| *score >= least)?;
        if score > first.score {
            return Some((first, true));
        }
        // What holds of as many bad requests and of fewer others says more, whatever the baseline of
        // each: a few bad requests just before the window are of the same values.
        let is_as_good = |other: &&Scored| {
            other.counts.bad.weight >= AS_MANY * first.counts.bad.weight
                && other.score >= first.score / 2.0
        };
        let cost = |of: &Scored| {
            let (column, id) = of.pattern[0];
            let column = &self.table.columns[column];
            let is_vague = column.dimension.is_vague() || column.values[id as usize].is_none();
            of.counts.requests() * if is_vague { VAGUE } else { 1.0 }
        };
        let others = explanations.iter().map(|(other, _)| *other).filter(is_as_good);
        let cheapest = others.clone().map(cost).fold(cost(first), f64::min);
        let best = others.into_iter().find(|other| cost(other) <= cheapest * SIMILAR);
        Some((best.unwrap_or(first), false))
    }

    /// Pairs and triples of the values that explain most.
    fn combined(&self, singles: &[Scored]) -> Vec<Scored> {
        let is_large = |single: &&Scored| single.excess() >= LISTED * self.excess;
        let mut top: Vec<&Scored> = singles.iter().filter(is_large).collect();
        top.sort_by(|a, b| self.order(b, a));
        top.truncate(COMBINED);
        let values: Pattern = top.iter().map(|single| single.pattern[0]).collect();
        let groups = self.table.by_values(&values);
        let scored = |bits: &[usize]| {
            let mask = bits.iter().fold(0, |mask, bit| mask | 1u64 << bit);
            let mut counts = Counts::default();
            for (_, group) in groups.iter().filter(|(group, _)| group & mask == mask) {
                counts += group;
            }
            // The most particular of its values is the nearest that is known of its baseline.
            let parent = bits.iter().map(|bit| top[*bit]);
            let parent = parent.min_by(|a, b| a.counts.requests().total_cmp(&b.counts.requests()));
            let rate = counts.expected_rate_within(parent.map_or(0.0, |parent| parent.rate));
            let mut pattern: Pattern = bits.iter().map(|bit| values[*bit]).collect();
            pattern.sort_unstable();
            Scored::new(pattern, counts, rate)
        };
        let is_worth = |scored: &Scored| {
            scored.counts.bad.rows >= SUPPORT && scored.excess() >= LISTED * self.excess
        };
        let mut pairs: Vec<([usize; 2], Scored)> = Vec::new();
        for second in 0..top.len() {
            for first in 0..second {
                if values[first].0 != values[second].0 {
                    let pair = scored(&[first, second]);
                    if is_worth(&pair) {
                        pairs.push(([first, second], pair));
                    }
                }
            }
        }
        pairs.sort_by(|a, b| self.order(&b.1, &a.1));
        let mut triples: Vec<Scored> = Vec::new();
        for ([first, second], _) in pairs.iter().take(8) {
            for third in 0..top.len() {
                let column = values[third].0;
                if column != values[*first].0 && column != values[*second].0 {
                    let triple = scored(&[*first, *second, third]);
                    if is_worth(&triple) {
                        triples.push(triple);
                    }
                }
            }
        }
        pairs.into_iter().map(|(_, pair)| pair).chain(triples).collect()
    }

    /// Whether a pattern is a culprit among what is left.
    fn passes(&self, scored: &Scored, left: &Counts, prior: f64) -> bool {
        let counts = &scored.counts;
        let rest = left.without(counts);
        if scored.excess() < LISTED * self.excess
            || rest.good.rows + rest.bad.rows == 0
            || counts.requests() > TRAFFIC * left.requests()
                && counts.requests_before() > TRAFFIC * left.requests_before()
        {
            return false;
        }
        // Compared with the rest in what was bad, and in what was beyond the baseline: a route that
        // always fails more than others has its part in a failure of everything.
        let rest_excess = (rest.bad.weight - rest.requests() * prior).max(0.0);
        let is_risky = counts.rate() >= RISK * rest.rate()
            && scored.excess() / counts.requests() >= RISK * rest_excess / rest.requests();
        let bad_weight = left.bad.mean_weight();
        let z = if scored.excess() >= NAMED * self.excess { Z } else { Z_OF_A_PART };
        is_risky && counts.bounds(bad_weight, z).0 > rest.bounds(bad_weight, z).1
    }

    /// By score; ties by order of dimensions, then by value, never by chance.
    fn order(&self, a: &Scored, b: &Scored) -> Ordering {
        let values = |scored: &Scored| -> Vec<_> {
            let value = |(column, id): &(usize, u32)| {
                (*column, self.table.columns[*column].values[*id as usize])
            };
            scored.pattern.iter().map(value).collect()
        };
        a.score.total_cmp(&b.score).then_with(|| values(b).cmp(&values(a)))
    }

    fn culprit(&self, scored: &Scored, left: &Counts) -> Culprit<'a> {
        let part = |(column, id): &(usize, u32)| {
            let column = &self.table.columns[*column];
            (column.dimension, column.values[*id as usize])
        };
        let counts = &scored.counts;
        let rest = left.without(counts).rate();
        let error_share = counts.bad.weight / self.whole.bad.weight;
        let traffic_share = counts.requests() / self.whole.requests();
        let excess_share = (scored.excess() / self.excess).min(1.0);
        Culprit {
            pattern: scored.pattern.iter().map(part).collect(),
            errors: counts.bad.weight,
            requests: counts.requests(),
            expected: scored.expected(),
            error_share,
            traffic_share,
            excess_share,
            risk_ratio: Some(counts.rate() / rest).filter(|ratio| ratio.is_finite()),
            lift: error_share / traffic_share,
            score: scored.score,
            p_value: (-scored.score).exp(),
            is_named: excess_share >= NAMED,
        }
    }

    /// Dimensions over whose values the excess is spread like the traffic.
    pub(super) fn spread(&self) -> Vec<Dimension> {
        if self.whole.bad.rows < ENOUGH_TO_SPREAD {
            return Vec::new();
        }
        let prior = self.whole.prior();
        let is_even = |column: &&super::table::Column<'_>| {
            if column.dimension.is_outcome() {
                return false;
            }
            let requests = self.whole.requests();
            let (mut concentrated, mut widest, mut values, mut absent) = (0.0, 0.0f64, 0, 0.0);
            for (value, counts) in column.values.iter().zip(self.table.by_value(column)) {
                let traffic = counts.requests() / requests;
                if value.is_none() {
                    absent = traffic;
                    continue;
                }
                let scored = Scored::new(Vec::new(), counts, counts.expected_rate(prior));
                let excess = scored.excess() / self.excess;
                values += usize::from(counts.requests() > 0.0);
                widest = widest.max(traffic);
                if excess - traffic >= UNEVEN {
                    return false;
                }
                if counts.bad.rows >= SUPPORT && excess >= RISK * traffic {
                    concentrated += excess;
                }
            }
            values > 1 && widest <= TRAFFIC && absent <= 0.5 && concentrated < UNEVEN
        };
        self.table.columns.iter().filter(is_even).map(|column| column.dimension).collect()
    }
}

/// The least score that is no chance among so many patterns: the probability of a score is at most
/// `exp(-score)` (Chernoff's bound of a Poisson tail).
fn least_score(tests: usize) -> f64 {
    (tests.max(1) as f64 / FALSE_ALARMS).ln()
}
