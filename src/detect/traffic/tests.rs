#![allow(clippy::unwrap_used)]

use super::super::dice::Dice;
use super::*;
use proptest::prelude::*;
use std::f64::consts::TAU;

/// A day with a curve that swings ninefold, and parts with so many times the requests.
fn day(seed: u64, mean: f64, parts: &[(Range<usize>, f64)]) -> Vec<u64> {
    let mut dice = Dice(seed);
    (0..1440)
        .map(|at| {
            let curve = (9f64.ln() / 2.0 * (TAU * at as f64 / 1440.0).sin()).exp();
            let times =
                parts.iter().find(|(part, _)| part.contains(&at)).map_or(1.0, |part| part.1);
            dice.poisson(mean * curve * times)
        })
        .collect()
}

#[test]
fn swings_of_a_day() {
    use Kind::{Drop, Gap, Surge};
    type Case<'a> = (&'a str, f64, &'a [(Range<usize>, f64)], &'a [(Range<usize>, Kind)]);
    let cases: &[Case<'_>] = &[
        ("calm", 1000.0, &[], &[]),
        ("calm, few requests", 5.0, &[], &[]),
        ("gap", 1000.0, &[(700..730, 0.0)], &[(700..730, Gap)]),
        ("gap at night", 30.0, &[(1060..1100, 0.0)], &[(1060..1100, Gap)]),
        ("hours without a log", 100.0, &[(300..700, 0.0)], &[(300..700, Gap)]),
        ("one minute", 1000.0, &[(700..701, 0.0)], &[(700..701, Gap)]),
        ("drop", 1000.0, &[(700..720, 0.2)], &[(700..720, Drop)]),
        ("surge", 1000.0, &[(700..720, 4.0)], &[(700..720, Surge)]),
        ("an hour of surge", 1000.0, &[(700..760, 4.0)], &[(700..760, Surge)]),
        ("surge of a minute", 1000.0, &[(180..181, 5.0)], &[(180..181, Surge)]),
        ("a new level", 1000.0, &[(700..1440, 4.0)], &[]),
        ("a little more", 1000.0, &[(700..720, 1.5)], &[]),
        (
            "gap, then everyone comes back",
            1000.0,
            &[(700..715, 0.0), (715..720, 4.0)],
            &[(700..715, Gap), (715..720, Surge)],
        ),
    ];
    for (name, mean, parts, expected) in cases {
        for seed in 0..5 {
            let all = day(seed, *mean, parts);
            let found = swings(&all, 60);
            let shown: Vec<_> = found.iter().map(|s| (s.buckets.clone(), s.kind)).collect();
            let equal = shown.len() == expected.len()
                && shown.iter().zip(*expected).all(|((found, kind), (truth, expected))| {
                    found.start.abs_diff(truth.start) <= 1
                        && found.end.abs_diff(truth.end) <= 1
                        && kind == expected
                });
            assert!(equal, "{name} ({seed}): {shown:?} and not {expected:?}");
            for swing in found {
                let sum: u64 = all[swing.buckets.clone()].iter().sum();
                assert_eq!(swing.observed, sum, "{name}");
            }
        }
    }
}

#[test]
fn no_traffic_no_swing() {
    for all in [&[][..], &[0], &[0, 0, 0], &[5], &[0, 0, 9, 0], &[1, 0, 0, 0, 0, 0, 0, 0, 1]] {
        assert!(swings(all, 60).is_empty(), "{all:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is counted: no panic, finite numbers, swings in order that do not overlap.
    #[test]
    fn any_counts(
        all in prop::collection::vec(
            prop_oneof![
                4 => 0u64..200,
                2 => Just(0),
                1 => 0u64..1_000_000_000_000,
                1 => any::<u64>(),
            ],
            0..400,
        ),
        seconds in prop_oneof![Just(0u64), Just(60), any::<u64>()],
    ) {
        let found = swings(&all, seconds);
        prop_assert_eq!(&found, &swings(&all, seconds));
        let mut end = 0;
        for swing in &found {
            prop_assert!(end <= swing.buckets.start && !swing.buckets.is_empty());
            end = swing.buckets.end;
            prop_assert!(swing.kind != Kind::Gap || swing.observed == 0);
            prop_assert!(swing.expected.is_finite() && swing.expected > 0.0);
            prop_assert!(swing.score.is_finite() && (0.0..=0.02).contains(&swing.p_value));
        }
        prop_assert!(end <= all.len());
    }
}
