#![allow(clippy::unwrap_used)]

use super::super::dice::Dice;
use super::*;
use proptest::prelude::*;

/// A log: minutes, requests in each, and a share of bad requests that parts of it differ from.
struct Log {
    name: &'static str,
    buckets: usize,
    per_bucket: f64,
    share: f64,
    /// Buckets, share of bad requests, and how many times the requests.
    parts: &'static [(Range<usize>, f64, f64)],
    difference: f64,
    /// Episodes and their shapes.
    expected: &'static [(Range<usize>, Shape)],
    /// How far an edge may be off.
    slack: usize,
}

const PLAIN: Log = Log {
    name: "",
    buckets: 120,
    per_bucket: 500.0,
    share: 0.002,
    parts: &[],
    difference: 0.001,
    expected: &[],
    slack: 1,
};

impl Log {
    fn counts(&self, seed: u64) -> (Vec<u64>, Vec<u64>) {
        let mut dice = Dice(seed);
        (0..self.buckets)
            .map(|at| {
                let part = self.parts.iter().rfind(|(buckets, ..)| buckets.contains(&at));
                let (share, times) = part.map_or((self.share, 1.0), |(_, share, x)| (*share, *x));
                let all = dice.poisson(self.per_bucket * times);
                (dice.binomial(all, share), all)
            })
            .unzip()
    }
}

fn one(bad: &[u64], all: &[u64], difference: f64, seconds: u64) -> Found {
    let signal = Rate { bad, all, gates: Gates::above(difference) };
    episodes(&[signal], seconds).remove(0)
}

#[test]
fn logs_of_every_kind() {
    use Shape::{Ramp, Spike, Step};
    let logs = [
        Log { name: "calm", ..PLAIN },
        Log { name: "nothing bad", share: 0.0, ..PLAIN },
        Log { name: "nearly all bad", share: 0.9, ..PLAIN },
        Log { name: "all bad", share: 1.0, ..PLAIN },
        Log { name: "chronic", share: 0.1, ..PLAIN },
        Log { name: "empty", per_bucket: 0.0, ..PLAIN },
        Log { name: "low volume, single errors", per_bucket: 3.0, share: 0.02, ..PLAIN },
        Log {
            name: "an hour in a day",
            buckets: 1440,
            parts: &[(600..660, 0.02, 1.0)],
            expected: &[(600..660, Spike)],
            ..PLAIN
        },
        Log {
            name: "30 minutes of two hours do not hide themselves",
            parts: &[(40..70, 0.02, 1.0)],
            expected: &[(40..70, Spike)],
            ..PLAIN
        },
        Log {
            name: "20 minutes of an hour",
            buckets: 60,
            parts: &[(20..40, 0.05, 1.0)],
            expected: &[(20..40, Spike)],
            ..PLAIN
        },
        Log {
            name: "at the start",
            parts: &[(0..20, 0.03, 1.0)],
            expected: &[(0..20, Spike)],
            ..PLAIN
        },
        Log {
            name: "at the end",
            parts: &[(100..120, 0.03, 1.0)],
            expected: &[(100..120, Step)],
            ..PLAIN
        },
        Log {
            name: "one bucket, the last",
            parts: &[(119..120, 0.1, 1.0)],
            expected: &[(119..120, Spike)],
            slack: 0,
            ..PLAIN
        },
        Log {
            name: "burst of one bucket",
            parts: &[(50..51, 0.1, 1.0)],
            expected: &[(50..51, Spike)],
            slack: 0,
            ..PLAIN
        },
        Log {
            name: "30 buckets",
            buckets: 30,
            parts: &[(12..16, 0.2, 1.0)],
            expected: &[(12..16, Spike)],
            slack: 0,
            ..PLAIN
        },
        Log {
            name: "a step that never returns, in a third",
            buckets: 1440,
            parts: &[(960..1440, 0.02, 1.0)],
            expected: &[(960..1440, Step)],
            ..PLAIN
        },
        Log {
            name: "a step that never returns, before the middle",
            buckets: 1440,
            parts: &[(600..1440, 0.02, 1.0)],
            expected: &[(600..1440, Step)],
            ..PLAIN
        },
        Log {
            name: "a third of a day",
            buckets: 1440,
            parts: &[(500..980, 0.02, 1.0)],
            expected: &[(500..980, Spike)],
            ..PLAIN
        },
        Log {
            name: "zero baseline",
            share: 0.0,
            parts: &[(50..55, 0.02, 1.0)],
            expected: &[(50..55, Spike)],
            slack: 0,
            ..PLAIN
        },
        Log {
            name: "outage in which the traffic drops",
            parts: &[(50..60, 1.0, 0.02)],
            expected: &[(50..60, Spike)],
            ..PLAIN
        },
        Log {
            name: "outage without contrast to the traffic of a small site",
            per_bucket: 4.0,
            share: 0.01,
            parts: &[(50..60, 1.0, 1.0)],
            expected: &[(50..60, Spike)],
            // An error of every other minute by chance, just before.
            slack: 2,
            ..PLAIN
        },
        Log { name: "log gap", parts: &[(50..80, 0.0, 0.0)], ..PLAIN },
        Log {
            name: "log gap, and an incident after it",
            parts: &[(50..80, 0.0, 0.0), (90..95, 0.05, 1.0)],
            expected: &[(90..95, Spike)],
            ..PLAIN
        },
        Log {
            name: "two incidents and calm between",
            parts: &[(40..45, 0.5, 1.0), (52..57, 0.5, 1.0)],
            expected: &[(40..45, Spike), (52..57, Spike)],
            slack: 0,
            ..PLAIN
        },
        Log {
            name: "a hiccup inside is no calm",
            parts: &[(40..60, 0.1, 1.0), (49..51, 0.002, 1.0)],
            expected: &[(40..60, Spike)],
            slack: 0,
            ..PLAIN
        },
        Log {
            name: "ramp",
            per_bucket: 5000.0,
            parts: &[
                (40..44, 0.01, 1.0),
                (44..48, 0.02, 1.0),
                (48..52, 0.03, 1.0),
                (52..56, 0.04, 1.0),
                (56..60, 0.05, 1.0),
                (60..64, 0.06, 1.0),
            ],
            expected: &[(40..64, Ramp)],
            slack: 4,
            ..PLAIN
        },
        Log {
            name: "a step that returns half",
            parts: &[(40..60, 0.1, 1.0), (60..90, 0.004, 1.0)],
            expected: &[(40..60, Spike)],
            ..PLAIN
        },
        Log {
            name: "sure, but too little to matter",
            per_bucket: 1e6,
            share: 0.0001,
            parts: &[(40..60, 0.001, 1.0)],
            ..PLAIN
        },
    ];
    for log in logs {
        for seed in 0..10 {
            let (bad, all) = log.counts(seed);
            let found = one(&bad, &all, log.difference, 60).episodes;
            let shown: Vec<_> = found.iter().map(|e| (e.buckets.clone(), e.shape)).collect();
            let equal = shown.len() == log.expected.len()
                && shown.iter().zip(log.expected).all(|((found, shape), (truth, expected))| {
                    found.start.abs_diff(truth.start) <= log.slack
                        && found.end.abs_diff(truth.end) <= log.slack
                        && shape == expected
                });
            assert!(equal, "{} ({seed}): {shown:?} and not {:?}", log.name, log.expected);
            for episode in found {
                assert!(episode.p_value <= 0.02 && episode.expected < episode.bad as f64);
                assert!(episode.buckets.start <= episode.peak.start);
                assert!(episode.peak.end <= episode.buckets.end && !episode.peak.is_empty());
                assert_eq!(episode.ongoing, episode.buckets.end == log.buckets, "{}", log.name);
            }
        }
    }
}

#[test]
fn spikes_at_equal_distances_are_one_periodic_episode() {
    for (starts, parts) in [
        (vec![30, 90, 150, 210, 270], Some(5)),
        (vec![30, 91, 150, 209, 271], Some(5)),
        (vec![30, 90], None),
        (vec![30, 60, 150, 330], None),
    ] {
        let mut dice = Dice(5);
        let (mut bad, all): (Vec<u64>, Vec<u64>) =
            (0..400).map(|_| (dice.poisson(0.5), 300)).unzip();
        for start in &starts {
            bad[*start] = 60;
            bad[start + 1] = 45;
        }
        let found = one(&bad, &all, 0.001, 60).episodes;
        let Some(parts) = parts else {
            assert_eq!(found.len(), starts.len(), "{starts:?}: {found:?}");
            assert!(found.iter().all(|episode| episode.shape == Shape::Spike));
            continue;
        };
        assert_eq!(found.len(), 1, "{starts:?}: {found:?}");
        assert_eq!(found[0].shape, Shape::Periodic);
        assert_eq!(found[0].parts.len(), parts);
        assert_eq!(found[0].parts[1], starts[1]..starts[1] + 2);
        assert_eq!(found[0].buckets, starts[0]..starts[starts.len() - 1] + 2);
    }
}

/// Days of a share that swings threefold with the hour, the same every day.
#[test]
fn the_hour_of_the_day_is_learnt_in_two_days() {
    let mut dice = Dice(9);
    let buckets = 3 * 288;
    let (mut bad, mut all) = (Vec::new(), Vec::new());
    for at in 0..buckets {
        let hour = at % 288 / 12;
        all.push(dice.poisson(2000.0));
        let share = if (2..4).contains(&hour) { 0.016 } else { 0.006 };
        bad.push(dice.binomial(*all.last().unwrap(), share));
    }
    let found = one(&bad, &all, 0.001, 300);
    assert!(found.episodes.is_empty(), "{:?}", found.episodes);
    assert!(found.normal[36] > 1.6 * found.normal[100], "{:?}", &found.normal[24..48]);
}

#[test]
fn a_slow_ramp_over_a_day_is_normal() {
    let mut dice = Dice(11);
    let (bad, all): (Vec<u64>, Vec<u64>) =
        (0..1440).map(|at| (dice.binomial(1000, 0.004 + 0.008 * at as f64 / 1440.0), 1000)).unzip();
    let found = one(&bad, &all, 0.001, 60);
    assert!(found.episodes.is_empty(), "{:?}", found.episodes);
    assert!(found.normal[1300] > 2.0 * found.normal[100]);
}

/// One signal whose episode is barely sure among many that are calm is not believed.
#[test]
fn many_signals_need_more() {
    let all = vec![1000; 600];
    let calm: Vec<u64> = (0..600).map(|at| 20 + at % 3).collect();
    let gates = Gates::above(0.001);
    let quiet = Rate { bad: &calm, all: &all, gates };
    let mut counts = Vec::new();
    for burst in 40..160 {
        let mut bad = calm.clone();
        bad[300] = burst;
        let signal = Rate { bad: &bad, all: &all, gates };
        let alone = episodes(&[signal], 60)[0].episodes.len();
        let mut many = vec![quiet; 19];
        many.push(signal);
        counts.push((alone, episodes(&many, 60)[19].episodes.len()));
    }
    assert_eq!(counts.first(), Some(&(0, 0)));
    assert_eq!(counts.last(), Some(&(1, 1)));
    assert!(counts.contains(&(1, 0)), "{counts:?}");
    assert!(counts.is_sorted(), "{counts:?}");
}

#[test]
fn edges_are_refined_in_finer_buckets() {
    for (from, to) in [(127, 185), (120, 186), (131, 133), (179, 181)] {
        let mut dice = Dice(3);
        let (fine_bad, fine_all): (Vec<u64>, Vec<u64>) = (0..720)
            .map(|at| {
                let share = if (from..to).contains(&at) { 0.4 } else { 0.002 };
                (dice.binomial(200, share), 200)
            })
            .unzip();
        let sum = |fine: &[u64]| fine.chunks(6).map(|six| six.iter().sum()).collect::<Vec<u64>>();
        let (bad, all) = (sum(&fine_bad), sum(&fine_all));
        let found = one(&bad, &all, 0.001, 60).episodes;
        assert_eq!(found.len(), 1, "{from}..{to}: {found:?}");
        assert_eq!(refine(&found[0], &fine_bad, &fine_all, 6), from..to);
        assert_eq!(refine(&found[0], &bad, &all, 1), found[0].buckets);
        // Series that are shorter than they should be.
        assert!(refine(&found[0], &fine_bad[..60], &fine_all, 6).end <= 60);
        assert!(refine(&found[0], &[], &[], 6).is_empty());
    }
}

#[test]
fn three_requests() {
    for (bad, all) in [(&[1u64, 1, 1][..], &[1u64, 1, 1][..]), (&[3], &[3]), (&[], &[])] {
        assert!(one(bad, all, 0.001, 1).episodes.is_empty());
    }
    assert!(episodes(&[], 60).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is counted: no panic, finite numbers, episodes in order that do not overlap.
    #[test]
    fn any_counts(
        counts in prop::collection::vec(
            prop_oneof![
                4 => (0u64..20, 0u64..200),
                1 => (0u64..1_000_000_000_000, 0u64..1_000_000_000_000),
                1 => Just((0, 0)),
                1 => (any::<u64>(), any::<u64>()),
            ],
            0..400,
        ),
        huge in any::<bool>(),
        seconds in prop_oneof![Just(0u64), Just(60), Just(3600), any::<u64>()],
        difference in -1.0f64..1.0,
    ) {
        let limit = if huge { u64::MAX } else { 1_000_000_000_000 };
        let (bad, all): (Vec<u64>, Vec<u64>) =
            counts.into_iter().map(|(bad, all)| (bad.min(limit), all.min(limit))).unzip();
        let found = one(&bad, &all, difference, seconds);
        prop_assert_eq!(&found, &one(&bad, &all, difference, seconds));
        prop_assert_eq!(found.normal.len(), bad.len());
        prop_assert!(found.normal.iter().all(|ratio| *ratio > 0.0 && *ratio <= 1.0));
        let mut end = 0;
        for episode in &found.episodes {
            prop_assert!(end <= episode.buckets.start && !episode.buckets.is_empty());
            end = episode.buckets.end;
            for number in [episode.expected, episode.score, episode.overdispersion] {
                prop_assert!(number.is_finite() && number > 0.0, "{:?}", episode);
            }
            prop_assert!((0.0..=0.02).contains(&episode.p_value));
            prop_assert!(episode.peak.start >= episode.buckets.start);
            prop_assert!(episode.peak.end <= episode.buckets.end && !episode.peak.is_empty());
            let fine = refine(episode, &bad, &all, 1);
            prop_assert!(fine.start <= fine.end && fine.end <= bad.len());
        }
    }
}
