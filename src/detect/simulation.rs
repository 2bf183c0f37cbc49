//! Days of simulated traffic with known incidents, and what is found in them: the table that the
//! method is judged by.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use super::dice::Dice;
use super::negative_binomial::NegativeBinomial;
use super::traffic::Kind;
use super::{Gates, Rate, episodes, swings};
use std::f64::consts::TAU;
use std::ops::Range;

/// What a day of traffic is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) per_minute: f64,
    pub(super) ratio: f64,
    /// Relative standard deviation of the ratio, and how much of it lasts to the next minute.
    pub(super) noise: f64,
    pub(super) lasting: f64,
    pub(super) difference: f64,
    pub(super) seconds: u64,
    pub(super) hours: usize,
}

pub(super) struct Day {
    pub(super) bad: Vec<u64>,
    pub(super) all: Vec<u64>,
    pub(super) gap: Option<Range<usize>>,
}

pub(super) struct Incident {
    pub(super) buckets: Range<usize>,
    pub(super) factor: f64,
}

/// A log with a daily curve that swings ninefold, and a gap of 30 minutes if it is a day long.
pub(super) fn day(
    dice: &mut Dice,
    setting: &Setting,
    incidents: &[Incident],
) -> (Day, Vec<f64>, Vec<f64>) {
    let buckets = setting.hours * 3600 / setting.seconds as usize;
    let minutes = setting.seconds as f64 / 60.0;
    let lasting = setting.lasting.powf(minutes);
    let spread = setting.noise.powi(2).ln_1p().sqrt();
    let mut noise = dice.normal();
    let phase = dice.uniform();
    let gap = (setting.hours >= 24).then(|| {
        let start = dice.below(buckets - 1800 / setting.seconds as usize);
        start..start + 1800 / setting.seconds as usize
    });
    let mut day = Day { bad: Vec::new(), all: Vec::new(), gap };
    let mut excess = vec![0.0; incidents.len()];
    let mut normal = excess.clone();
    for at in 0..buckets {
        let hour = at as f64 * setting.seconds as f64 / 86_400.0;
        let curve = (9f64.ln() / 2.0 * (TAU * (hour + phase)).sin()).exp();
        noise = lasting * noise + (1.0 - lasting * lasting).sqrt() * dice.normal();
        let ratio = setting.ratio * (spread * noise - spread * spread / 2.0).exp();
        let open = day.gap.as_ref().is_none_or(|gap| !gap.contains(&at));
        let mean = setting.per_minute * minutes * curve;
        let all = if open { dice.poisson(mean) } else { 0 };
        let mut now = ratio.min(1.0);
        for (index, incident) in incidents.iter().enumerate() {
            if incident.buckets.contains(&at) {
                now = (ratio * incident.factor).min(1.0);
                excess[index] += all as f64 * (now - ratio);
                normal[index] += all as f64 * ratio;
            }
        }
        day.all.push(all);
        day.bad.push(dice.binomial(all, now));
    }
    (day, excess, normal)
}

pub(super) fn found(day: &Day, setting: &Setting) -> Vec<super::Episode> {
    let signal = Rate { bad: &day.bad, all: &day.all, gates: Gates::above(setting.difference) };
    episodes(&[signal], setting.seconds).remove(0).episodes
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> f64 {
    let shared = a.end.min(b.end).saturating_sub(a.start.max(b.start)) as f64;
    shared / (a.end.max(b.end) - a.start.min(b.start)) as f64
}

/// What is measured of a setting.
#[derive(Debug, Default)]
pub(super) struct Measured {
    days: f64,
    false_alarms: usize,
    volume_alarms: usize,
    gaps_missed: usize,
    large: (usize, usize),
    small: (usize, usize),
    possible: usize,
    overlaps: Vec<f64>,
    onsets: Vec<usize>,
    reported: usize,
    matching: usize,
}

impl Measured {
    fn recall(of: (usize, usize)) -> f64 {
        if of.1 == 0 { 1.0 } else { of.0 as f64 / of.1 as f64 }
    }

    fn a_day(&self) -> f64 {
        self.false_alarms as f64 / self.days.max(0.1)
    }

    fn overlap(&mut self, share: f64) -> f64 {
        self.overlaps.sort_by(f64::total_cmp);
        self.overlaps.get((self.overlaps.len() as f64 * share) as usize).copied().unwrap_or(1.0)
    }

    fn onset(&mut self) -> usize {
        self.onsets.sort_unstable();
        self.onsets.get(self.onsets.len() / 2).copied().unwrap_or(0)
    }

    fn add(&mut self, other: Self) {
        self.days += other.days;
        self.false_alarms += other.false_alarms;
        self.volume_alarms += other.volume_alarms;
        self.gaps_missed += other.gaps_missed;
        self.large = (self.large.0 + other.large.0, self.large.1 + other.large.1);
        self.small = (self.small.0 + other.small.0, self.small.1 + other.small.1);
        self.possible += other.possible;
        self.overlaps.extend(other.overlaps);
        self.onsets.extend(other.onsets);
        self.reported += other.reported;
        self.matching += other.matching;
    }

    fn row(&mut self, name: &str) -> String {
        let (middle, tenth, onset) = (self.overlap(0.5), self.overlap(0.1), self.onset());
        format!(
            "{name:<44} {:6.2} {:6.2} {:5.2} ({:4}) {:5.2} of {:5.2} ({:4}) {:5.2} {:5.2} {:3} {:5.2} {:6.2}",
            self.a_day(),
            self.volume_alarms as f64 / self.days.max(0.1),
            Self::recall(self.large),
            self.large.1,
            Self::recall(self.small),
            Self::recall((self.possible, self.small.1)),
            self.small.1,
            middle,
            tenth,
            onset,
            if self.reported == 0 { 1.0 } else { self.matching as f64 / self.reported as f64 },
            self.gaps_missed as f64 / self.days.max(0.1),
        )
    }
}

/// Clean days, and days with one incident of each strength and length.
pub(super) fn measure(setting: &Setting, days: usize, rounds: usize, seed: u64) -> Measured {
    let mut dice = Dice(seed);
    let mut measured = Measured::default();
    for _ in 0..days {
        let (day, ..) = day(&mut dice, setting, &[]);
        measured.days += setting.hours as f64 / 24.0;
        measured.false_alarms += found(&day, setting).len();
        let swings = swings(&day.all, setting.seconds);
        let is_gap = |swing: &super::Swing| {
            swing.kind == Kind::Gap
                && day.gap.as_ref().is_some_and(|gap| overlap(gap, &swing.buckets) > 0.0)
        };
        measured.volume_alarms += swings.iter().filter(|swing| !is_gap(swing)).count();
        measured.gaps_missed += usize::from(day.gap.is_some() && !swings.iter().any(is_gap));
    }
    for _ in 0..rounds {
        for minutes in [1, 5, 20, 60] {
            for factor in [3.0, 10.0, 50.0, f64::INFINITY] {
                let length = (minutes * 60 / setting.seconds as usize).max(1);
                let buckets = setting.hours * 3600 / setting.seconds as usize;
                let start = dice.below(buckets - length);
                let truth = start..start + length;
                let incident = Incident { buckets: truth.clone(), factor };
                let (day, excess, normal) = day(&mut dice, setting, &[incident]);
                let found = found(&day, setting);
                let best =
                    found.iter().filter(|episode| overlap(&episode.buckets, &truth) > 0.0).max_by(
                        |a, b| overlap(&a.buckets, &truth).total_cmp(&overlap(&b.buckets, &truth)),
                    );
                measured.reported += found.len();
                measured.matching +=
                    found.iter().filter(|episode| overlap(&episode.buckets, &truth) > 0.0).count();
                let excess = excess[0];
                // What the gates call too little is no incident.
                let matters = setting.ratio * (factor - 1.0) >= 1.25 * setting.difference;
                if excess < 8.0 || !matters {
                    continue;
                }
                let recall = if excess >= 30.0 { &mut measured.large } else { &mut measured.small };
                recall.1 += 1;
                if excess < 30.0 {
                    let mean = normal[0];
                    let tail = NegativeBinomial::new(mean, 0.0).at_least((mean + excess) as u64);
                    let tests = 4.0 * day.all.len() as f64;
                    measured.possible += usize::from(tail * tests <= 0.01);
                }
                if let Some(best) = best {
                    recall.0 += 1;
                    measured.overlaps.push(overlap(&best.buckets, &truth));
                    measured.onsets.push(best.buckets.start.abs_diff(truth.start));
                } else if std::env::var_os("STATLOG_MISSED").is_some() {
                    println!(
                        "missed x{factor} {minutes} min excess {excess:.0}: {:?} of {:?} found {:?}",
                        &day.bad[truth.clone()],
                        &day.all[truth],
                        found.len()
                    );
                }
            }
        }
    }
    measured
}

/// Name and setting.
fn settings() -> Vec<(&'static str, Setting)> {
    let base = Setting {
        per_minute: 1000.0,
        ratio: 0.0005,
        noise: 0.3,
        lasting: 0.9,
        difference: 0.001,
        seconds: 60,
        hours: 24,
    };
    let client = Setting { ratio: 0.04, difference: 0.02, ..base };
    vec![
        ("5xx 0.05 %, 10/min, cv .3", Setting { per_minute: 10.0, ..base }),
        ("5xx 0.05 %, 100/min, cv .3", Setting { per_minute: 100.0, ..base }),
        ("5xx 0.05 %, 1k/min, cv .3", base),
        ("5xx 0.05 %, 10k/min, cv .3", Setting { per_minute: 1e4, ..base }),
        ("5xx 0.5 %, 100/min, cv .3", Setting { ratio: 0.005, per_minute: 100.0, ..base }),
        ("5xx 0.5 %, 1k/min, cv .3", Setting { ratio: 0.005, ..base }),
        ("5xx 0.5 %, 10k/min, cv .3", Setting { ratio: 0.005, per_minute: 1e4, ..base }),
        ("4xx 4 %, 10/min, cv .3", Setting { per_minute: 10.0, ..client }),
        ("4xx 4 %, 100/min, cv .3", Setting { per_minute: 100.0, ..client }),
        ("4xx 4 %, 10k/min, cv .3", Setting { per_minute: 1e4, ..client }),
        ("5xx 0.5 %, 1k/min, cv .3, rho .5", Setting { ratio: 0.005, lasting: 0.5, ..base }),
        ("hard: 5xx 0.05 %, 1k/min, cv .6", Setting { noise: 0.6, ..base }),
        ("hard: 5xx 0.5 %, 1k/min, cv .6", Setting { ratio: 0.005, noise: 0.6, ..base }),
        (
            "hard: 5xx 0.5 %, 10k/min, cv .6",
            Setting { ratio: 0.005, per_minute: 1e4, noise: 0.6, ..base },
        ),
        ("hard: 4xx 4 %, 1k/min, cv .6", Setting { noise: 0.6, ..client }),
        (
            "5 h in 10 s, 5xx 0.5 %, 1k/min, cv .3",
            Setting { ratio: 0.005, seconds: 10, hours: 5, ..base },
        ),
        (
            "5 h in 10 s, 5xx 0.05 %, 10k/min, cv .3",
            Setting { per_minute: 1e4, seconds: 10, hours: 5, ..base },
        ),
        ("5 h in 10 s, 4xx 4 %, 1k/min, cv .3", Setting { seconds: 10, hours: 5, ..client }),
        (
            "5 days in 5 min, 5xx 0.5 %, 1k/min, cv .3",
            Setting { ratio: 0.005, seconds: 300, hours: 120, ..base },
        ),
    ]
}

const HEAD: &str = "setting                                      FA/day volume rec30  (  of) rec8  \
                    (  of) IoU50 IoU10 onset prec gapmiss";

/// The table. In release: `cargo test --release --lib detect::simulation -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn the_table() {
    println!("{HEAD}");
    let mut calm = Measured::default();
    let mut hard = Measured::default();
    for (index, (name, setting)) in settings().iter().enumerate() {
        let days = if setting.hours > 24 { 20 } else { 100 };
        let mut measured = measure(setting, days, 25, 1000 + index as u64);
        println!("{}", measured.row(name));
        if name.starts_with("hard") { &mut hard } else { &mut calm }.add(measured);
    }
    println!("{}\n{}", calm.row("all cv .3"), hard.row("all cv .6"));
}
