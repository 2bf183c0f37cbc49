//! Targets over time: how fast the budget of a target is burnt, and the worst hour.
//!
//! The burn rate is the observed share of bad requests divided by the target: at 1 a budget lasts
//! exactly its period. The rules are those of Google's *Site Reliability Workbook*, chapter 5,
//! "Alerting on SLOs", table 5-8: an alert fires while a long window shows that the loss matters and
//! a short one that it still goes on.
//!
//! Comparisons are exact; floats only show what was found.

use crate::ratio::Ratio;

/// Dense counts of requests, the same number of microseconds in each bucket.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Start of the first bucket, in microseconds since 1970 UTC.
    pub start: i64,
    /// Width of a bucket in microseconds; a width of 0 is no series.
    pub width: u64,
    /// Requests that count against the target, by bucket.
    pub bad: &'a [u64],
    /// All requests that are judged, by bucket: at least as many.
    pub all: &'a [u64],
}

/// A rule of alerting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name used in reports.
    pub name: &'static str,
    /// Burn rate that both windows must exceed, in tenths: 144 is 14.4.
    pub tenths: u64,
    /// The long window in seconds.
    pub long: u64,
    /// The short window in seconds.
    pub short: u64,
}

impl Rule {
    /// The burn rate that both windows must exceed.
    pub fn factor(&self) -> f64 {
        self.tenths as f64 / 10.0
    }
}

/// The rules, most urgent first. A page at 14.4 spends 2 % of the budget of 30 days in an hour, at 6
/// it spends 5 % in six; a ticket spends 10 % in three days.
pub const RULES: [Rule; 3] = [
    Rule { name: "page_1h", tenths: 144, long: 3600, short: 300 },
    Rule { name: "page_6h", tenths: 60, long: 6 * 3600, short: 1800 },
    Rule { name: "ticket_3d", tenths: 10, long: 72 * 3600, short: 6 * 3600 },
];

/// Fewest bad requests in the long window: three errors at night are no reason to wake someone.
const LEAST_BAD: u128 = 10;
/// Fewest requests in the long window.
const LEAST_ALL: u128 = 20;

const SECOND: u64 = 1_000_000;

/// A stretch of the log and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins, in microseconds since 1970 UTC.
    pub start: i64,
    /// Where it ends (exclusive).
    pub end: i64,
    /// Bad requests.
    pub count: u64,
    /// All requests.
    pub total: u64,
}

/// A period in which a rule fires.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// The rule.
    pub rule: Rule,
    /// Start of the first bucket at whose end it fires, in microseconds since 1970 UTC.
    pub start: i64,
    /// End (exclusive) of the last such bucket.
    pub end: i64,
    /// Highest burn rate of the long window within.
    pub burn: f64,
    /// The buckets are wider than a window of the rule, which then is one bucket.
    pub is_coarse: bool,
    /// Its long window reached back before the log for all of the period.
    pub is_partial: bool,
}

/// Sums over any range of buckets.
struct Sums {
    bad: Vec<u128>,
    all: Vec<u128>,
    start: i64,
    width: u64,
}

impl Sums {
    fn new(series: &Series<'_>) -> Self {
        let sums = |counts: &[u64]| {
            let mut sums = Vec::with_capacity(counts.len() + 1);
            let mut sum = 0u128;
            sums.push(0);
            sums.extend(counts.iter().map(|count| {
                sum += u128::from(*count);
                sum
            }));
            sums
        };
        let buckets = if series.width == 0 { 0 } else { series.bad.len().min(series.all.len()) };
        Self {
            bad: sums(&series.bad[..buckets]),
            all: sums(&series.all[..buckets]),
            start: series.start,
            width: series.width,
        }
    }

    fn buckets(&self) -> usize {
        self.bad.len() - 1
    }

    /// Bad and all requests of the buckets `from..to`.
    fn within(&self, from: usize, to: usize) -> (u128, u128) {
        (self.bad[to] - self.bad[from], self.all[to] - self.all[from])
    }

    /// Start of a bucket.
    fn time(&self, bucket: usize) -> i64 {
        let offset = i128::from(self.width) * bucket as i128;
        let time = i128::from(self.start) + offset;
        time.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// Buckets of a window: as many as cover it, at least one.
    fn window(&self, seconds: u64) -> usize {
        usize::try_from((seconds * SECOND).div_ceil(self.width)).unwrap_or(usize::MAX)
    }
}

/// The hour with the highest share of bad requests, the earliest of several. A log that is shorter
/// is taken whole. `None` without requests.
///
/// An hour of few requests is no hour to judge by: one with less than a tenth of the average hour's
/// requests, or with less than 20, is left out when there are busier ones.
pub fn worst_hour(series: &Series<'_>) -> Option<Stretch> {
    let sums = Sums::new(series);
    let buckets = sums.buckets();
    if buckets == 0 || sums.all[buckets] == 0 {
        return None;
    }
    let hour = sums.window(3600).min(buckets);
    let hours = || (0..=buckets - hour).map(|from| (from, sums.within(from, from + hour)));
    let busiest = hours().map(|(_, (_, all))| all).max()?;
    // hour / buckets of the whole is the average; a tenth of it.
    let average = sums.all[buckets].saturating_mul(hour as u128) / buckets as u128;
    let least = (average / 10).max(LEAST_ALL).min(busiest).max(1);
    let (from, (bad, all)) = hours()
        .filter(|(_, (_, all))| *all >= least)
        .reduce(|worst, next| if is_more(next.1, worst.1) { next } else { worst })?;
    Some(Stretch {
        start: sums.time(from),
        end: sums.time(from + hour),
        count: saturated(bad),
        total: saturated(all),
    })
}

/// Whether the first share is more than the second. Exact unless the counts pass 2^64.
fn is_more((bad, all): (u128, u128), (other_bad, other_all): (u128, u128)) -> bool {
    bad.saturating_mul(other_all) > other_bad.saturating_mul(all)
}

fn saturated(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The periods in which the rules fire, most urgent rule first, then by time. Periods that are
/// nearer to each other than the rule's short window are one.
///
/// What was before the log is not known. The part of a long window that reaches back there counts as
/// healthy traffic, as dense as that which was seen: an alert then says what would have fired
/// whatever came before, and an hour of log makes no ticket of three days unless it burnt three
/// days' worth. The long window must hold 10 bad of 20 requests or more.
///
/// Nothing fires when the target is 0, or so loose that the factor times the target is 100 % or more.
pub fn alerts(series: &Series<'_>, target: Ratio) -> Vec<Alert> {
    let sums = Sums::new(series);
    RULES.iter().flat_map(|rule| periods(&sums, *rule, target)).collect()
}

fn periods(sums: &Sums, rule: Rule, target: Ratio) -> Vec<Alert> {
    let mut found: Vec<(usize, usize, Alert)> = Vec::new();
    let goal = target.as_f64();
    if sums.buckets() == 0 || goal <= 0.0 {
        return Vec::new();
    }
    let (long, short) = (sums.window(rule.long), sums.window(rule.short));
    for end in 1..=sums.buckets() {
        let seen = long.min(end);
        let (bad, all) = sums.within(end - seen, end);
        let (short_bad, short_all) = sums.within(end - short.min(end), end);
        // The long window as it was, filled up with healthy traffic where it was not seen.
        let (bad, filled) = (bad.saturating_mul(seen as u128), all.saturating_mul(long as u128));
        if bad < LEAST_BAD * seen as u128
            || all < LEAST_ALL
            || !burns(bad, filled, rule.tenths, target)
            || !burns(short_bad, short_all, rule.tenths, target)
        {
            continue;
        }
        let burn = bad as f64 / filled as f64 / goal;
        let is_partial = seen < long;
        match found.last_mut() {
            Some((_, last, alert)) if end - *last <= short => {
                *last = end;
                alert.end = sums.time(end);
                alert.burn = alert.burn.max(burn);
                alert.is_partial &= is_partial;
            }
            _ => {
                let is_coarse = sums.width > rule.short * SECOND;
                let (start, end_time) = (sums.time(end - 1), sums.time(end));
                let alert = Alert { rule, start, end: end_time, burn, is_coarse, is_partial };
                found.push((end - 1, end, alert));
            }
        }
    }
    found.into_iter().map(|(_, _, alert)| alert).collect()
}

/// Whether `bad / all` is more than `tenths / 10` times the target. Exact while the numbers fit;
/// beyond, both lose the same low bits.
fn burns(bad: u128, all: u128, tenths: u64, target: Ratio) -> bool {
    let (bad, all) = (bad.saturating_mul(10), all.saturating_mul(u128::from(tenths)));
    let shift = 64u32.saturating_sub(bad.max(all).leading_zeros());
    target.is_exceeded((bad >> shift) as u64, (all >> shift) as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const MINUTE: u64 = 60 * SECOND;

    fn series<'a>(width: u64, bad: &'a [u64], all: &'a [u64]) -> Series<'a> {
        Series { start: 0, width, bad, all }
    }

    fn target(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    /// Name, first and last minute of each alert.
    fn fired(series: &Series<'_>, goal: &str) -> Vec<(&'static str, i64, i64)> {
        let minute = MINUTE as i64;
        alerts(series, target(goal))
            .iter()
            .map(|alert| (alert.rule.name, alert.start / minute, alert.end / minute))
            .collect()
    }

    #[test]
    fn a_page_begins_when_the_hour_is_lost_and_ends_with_the_errors() {
        // Two hours at 1000 a minute, 20 % bad in minutes 60 to 79; the target is 0.1 %.
        let all = vec![1000; 120];
        let mut bad = vec![0; 120];
        bad[60..80].fill(200);
        let series = series(MINUTE, &bad, &all);
        // 14.4 x 0.1 % of 60,000 are 864: the fifth bad minute brings 1000. The short window of five
        // minutes is clean at minute 85. Six hours: 4.7 hours were not seen, 6 x 0.1 % of 360,000 are
        // 2160, which the eleventh minute passes; half an hour is clean at 110.
        assert_eq!(fired(&series, "0.1%"), [("page_1h", 64, 84), ("page_6h", 70, 109)]);
        let found = alerts(&series, target("0.1%"));
        // 4000 of 60,000.
        assert!((found[0].burn - 4000.0 / 60_000.0 / 0.001).abs() < 1e-9, "{found:?}");
        assert!(!found[0].is_partial && found[1].is_partial && !found[0].is_coarse);
        // 20 % of a minute's requests is no 14.4 times of 5 %.
        assert_eq!(fired(&series, "5%"), []);
    }

    #[test]
    fn exactly_the_factor_is_not_more() {
        // 1.44 % bad all along is 14.4 times 0.1 %, and more than 6 times.
        let (all, bad) = (vec![10_000; 60], vec![144; 60]);
        assert_eq!(fired(&series(MINUTE, &bad, &all), "0.1%"), []);
        let bad = vec![145; 60];
        assert_eq!(fired(&series(MINUTE, &bad, &all), "0.1%"), [("page_1h", 59, 60)]);
    }

    #[test]
    fn few_requests_and_short_logs_page_nobody() {
        // Three requests, all bad.
        assert_eq!(fired(&series(MINUTE, &[3], &[3]), "0.1%"), []);
        assert_eq!(fired(&series(MINUTE, &[9], &[9_000]), "0.001%"), []);
        // A minute with 2 % bad: 20 times the target, but a sixtieth of the hour.
        assert_eq!(fired(&series(MINUTE, &[200], &[10_000]), "0.1%"), []);
        // All of five minutes bad: 83 times, were the rest of the hour healthy.
        let found = alerts(&series(MINUTE, &[1000; 5], &[1000; 5]), target("0.1%"));
        assert_eq!(found[0].rule.name, "page_1h");
        assert!((found[0].burn - 5.0 / 60.0 / 0.001).abs() < 1e-9 && found[0].is_partial);
        // Gaps without requests are no errors.
        assert_eq!(fired(&series(MINUTE, &[0; 90], &[0; 90]), "0.1%"), []);
    }

    #[test]
    fn a_ticket_needs_days() {
        // Four days by the hour at twice the target.
        let (all, bad) = (vec![100_000; 96], vec![200; 96]);
        let found = alerts(&series(60 * MINUTE, &bad, &all), target("0.1%"));
        let [ticket] = found[..] else { panic!("{found:?}") };
        assert_eq!((ticket.rule.name, ticket.end), ("ticket_3d", 96 * 3600 * SECOND as i64));
        // Half of the window seen with twice the target is the target itself; more is over it.
        assert_eq!(ticket.start, 36 * 3600 * SECOND as i64);
        assert!((ticket.burn - 2.0).abs() < 1e-9 && !ticket.is_partial && !ticket.is_coarse);
        // The rules of an hour see one bucket of an hour for their five minutes.
        let bad = vec![20_000; 3];
        let found = alerts(&series(60 * MINUTE, &bad, &all[..3]), target("0.1%"));
        assert!(found[0].is_coarse && found[0].rule.name == "page_1h");
    }

    #[test]
    fn periods_near_each_other_are_one() {
        let all = vec![1000; 300];
        let mut bad = vec![0; 300];
        for minute in [60..70, 73..80, 200..210] {
            bad[minute].fill(500);
        }
        let found = fired(&series(MINUTE, &bad, &all), "0.1%");
        let pages: Vec<_> = found.iter().filter(|alert| alert.0 == "page_1h").collect();
        assert_eq!(pages.len(), 2, "{found:?}");
        assert_eq!((pages[0].1, pages[0].2, pages[1].1), (61, 84, 201));
    }

    #[test]
    fn the_worst_hour_is_found() {
        let mut all = vec![100; 180];
        let mut bad = vec![1; 180];
        bad[70..100].fill(40);
        let hour = worst_hour(&series(MINUTE, &bad, &all)).unwrap();
        // The earliest hour that holds all thirty minutes.
        assert_eq!((hour.start, hour.end), (40 * MINUTE as i64, 100 * MINUTE as i64));
        assert_eq!((hour.count, hour.total), (30 + 30 * 40, 6000));

        // An hour with one request, and that bad, is none to judge by.
        bad[..60].fill(0);
        all[..60].fill(0);
        (bad[0], all[0]) = (1, 1);
        assert_eq!(worst_hour(&series(MINUTE, &bad, &all)).unwrap().start, 40 * MINUTE as i64);

        // Shorter than an hour: the whole.
        let whole = worst_hour(&series(MINUTE, &[1, 2, 0], &[5, 5, 0])).unwrap();
        assert_eq!((whole.start, whole.end), (0, 3 * MINUTE as i64));
        assert_eq!((whole.count, whole.total), (3, 10));
        assert_eq!(worst_hour(&series(MINUTE, &[0], &[0])), None);
        assert_eq!(worst_hour(&series(0, &[1], &[1])), None);
    }

    proptest! {
        #[test]
        fn any_counts_are_judged(
            counts in prop::collection::vec((any::<u64>(), any::<u64>()), 0..60),
            width in prop_oneof![0u64..10, Just(MINUTE), any::<u64>()],
            start in any::<i64>(),
            goal in 1u64..1000,
        ) {
            let all: Vec<u64> = counts.iter().map(|(a, b)| *a.max(b)).collect();
            let bad: Vec<u64> = counts.iter().map(|(a, b)| *a.min(b)).collect();
            let series = Series { start, width, bad: &bad, all: &all };
            for alert in alerts(&series, target(&format!("{}%", goal as f64 / 10.0))) {
                prop_assert!(alert.burn.is_finite() && alert.burn > alert.rule.factor() * 0.999_999);
                prop_assert!(alert.start <= alert.end);
            }
            if let Some(hour) = worst_hour(&series) {
                prop_assert!(hour.count <= hour.total && hour.start <= hour.end);
            }
        }

        /// Without a missing past, a bucket is in an alert exactly when both windows say so.
        #[test]
        fn alerts_are_what_the_rule_says(
            bad in prop::collection::vec(0u64..200, 80..160),
        ) {
            let all = vec![1000; bad.len()];
            let found = alerts(&series(MINUTE, &bad, &all), target("0.5%"));
            let share = |from: usize, to: usize| {
                bad[from..to].iter().sum::<u64>() as f64 / (1000.0 * (to - from) as f64)
            };
            for end in 60..=bad.len() {
                let fires = share(end - 60, end) > 0.072 && share(end - 5, end) > 0.072;
                let time = (end as i64 - 1) * MINUTE as i64;
                let inside = found.iter().any(|alert| {
                    alert.rule.name == "page_1h" && alert.start <= time && time < alert.end
                });
                prop_assert!(!fires || inside, "{}", end);
            }
        }
    }
}
