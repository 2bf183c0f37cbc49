//! Which logs are written. The seeds are for development; a release is judged with others.

use crate::inject::Severity::{self, Full, Times};
use crate::kind::{Judged, KINDS, Kind};
use crate::log::{Event, Plan, Quirk};
use crate::request::Product;
use std::sync::LazyLock;

/// Of every development seed; `STATLOG_SEED=number` takes another, which nothing was fitted to.
static SEED: LazyLock<u64> = LazyLock::new(|| {
    let given = std::env::var("STATLOG_SEED").ok();
    given.map_or(0x57a7_1095, |given| given.parse().expect("STATLOG_SEED is a number"))
});

const STRENGTHS: [Severity; 3] = [Times(5.0), Times(20.0), Full];

fn event(kind: &'static str, at: f64, minutes: f64, severity: Severity) -> Event {
    Event { kind, at, minutes, severity }
}

fn plan(name: String, at: usize, product: Product, minutes: i64, rpm: f64) -> Plan {
    let seed = SEED.wrapping_add(at as u64 * 7919);
    Plan { name, seed, product, minutes, rpm, noise: 0.2, quirk: Quirk::Usual, events: Vec::new() }
}

/// What it looks like when nothing is wrong: the noise is of the rates of errors.
const NEGATIVES: [(Quirk, f64); 16] = [
    (Quirk::Usual, 0.1),
    (Quirk::Usual, 0.3),
    (Quirk::Usual, 0.6),
    (Quirk::FlashCrowd, 0.2),
    (Quirk::LowVolume, 0.2),
    (Quirk::Gap, 0.2),
    (Quirk::Chronic, 0.2),
    (Quirk::SteadyScanner, 0.2),
    (Quirk::Cron, 0.2),
    (Quirk::SlowDownloads, 0.2),
    (Quirk::ClockStep, 0.2),
    (Quirk::Deploy, 0.2),
    (Quirk::LostClient, 0.2),
    (Quirk::HealthChecks, 0.2),
    (Quirk::Crawler, 0.2),
    (Quirk::ChattyClient, 0.2),
];

fn negative(quirk: Quirk, noise: f64, at: usize, product: Product, minutes: i64, rpm: f64) -> Plan {
    let rpm = if quirk == Quirk::LowVolume { 3.0 } else { rpm };
    let percent = (noise * 100.0) as u32;
    let name = format!("{quirk:?}-{percent}-{}-{at}", product.name().replace(' ', "-"));
    Plan { noise, quirk, ..plan(name, at, product, minutes, rpm) }
}

/// Two things at once, where the second-best-looking answer is the right one.
fn confounders(at: usize, product: Product, minutes: i64, rpm: f64) -> Vec<Plan> {
    let make = |number: usize, name: &str, quirk: Quirk, events: &[Event]| {
        let name = format!("{name}-{}-{at}", product.name().replace(' ', "-"));
        let at = at + number * 101;
        Plan { quirk, events: events.to_vec(), ..plan(name, at, product, minutes, rpm) }
    };
    vec![
        make(1, "overload-with-deploy", Quirk::Deploy, &[event("overload", 0.5, 12.0, Full)]),
        make(2, "bad-node-with-route", Quirk::Pinned, &[event("bad-node", 0.5, 20.0, Full)]),
        make(
            3,
            "two-at-once",
            Quirk::Usual,
            &[
                event("app-error-after-deploy", 0.4, 24.0, Full),
                event("auth-outage", 0.46, 20.0, Full),
            ],
        ),
        make(
            4,
            "scanner-in-an-outage",
            Quirk::Usual,
            &[event("bad-node", 0.5, 15.0, Full), event("scanner-404", 0.45, 25.0, Times(5.0))],
        ),
        make(5, "behind-a-cdn", Quirk::BehindCdn, &[event("upstream-closed", 0.5, 15.0, Full)]),
        make(
            6,
            "both-time-out",
            Quirk::Usual,
            &[
                event("client-timeout-cluster", 0.5, 15.0, Full),
                event("upstream-read-timeout", 0.5, 15.0, Times(20.0)),
            ],
        ),
    ]
}

/// The log of a kind: the incident, and after it nothing.
fn of_kind(
    kind: &'static Kind,
    at: usize,
    product: Product,
    (minutes, rpm): (i64, f64),
    (strength, duration): (Severity, f64),
) -> Plan {
    let name = format!("{}-{}-{at}", kind.id, product.name().replace(' ', "-"));
    // Some are there at the end of the log still.
    let place =
        if at % 9 == 8 { 1.0 - duration / minutes as f64 } else { 0.35 + 0.04 * (at % 6) as f64 };
    let events = vec![event(kind.id, place, duration, strength)];
    Plan { events, ..plan(name, at, product, minutes, rpm) }
}

/// A set that every test run can afford: each kind once, each negative once.
pub(crate) fn small() -> Vec<Plan> {
    let mut plans = Vec::new();
    for (at, kind) in KINDS.iter().enumerate() {
        let products = kind.products;
        let product = products[at % products.len()];
        // Not in step with the products.
        let turn = (at / products.len()) % 3;
        let (strength, duration) = (STRENGTHS[turn], [5.0, 12.0, 20.0][turn]);
        plans.push(of_kind(kind, at, product, (90, 40.0), (strength, duration)));
    }
    for (at, (quirk, noise)) in NEGATIVES.into_iter().enumerate() {
        plans.push(negative(quirk, noise, 200 + at, Product::ALL[at % 6], 360, 16.0));
    }
    plans.push(negative(Quirk::Wave444, 0.2, 230, Product::Times, 180, 20.0));
    plans.extend(confounders(300, Product::Json, 90, 80.0));
    plans
}

/// Every kind in every product that can show it, in several strengths, durations and volumes, in
/// days and in hours; each negative in every product.
pub(crate) fn full() -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut at = 1000;
    for (number, kind) in KINDS.iter().enumerate() {
        for (of, product) in kind.products.iter().enumerate() {
            for turn in 0..3 {
                at += 1;
                let strength =
                    [Times(2.0), Times(5.0), Times(20.0), Full][(number + of + turn) % 4];
                let duration = [1.0, 5.0, 20.0, 60.0][(number + of * 3 + turn * 2 + turn / 2) % 4];
                let size = match turn {
                    0 => (1440, if at % 5 == 0 { 10.0 } else { 30.0 }),
                    1 => (360, 100.0),
                    _ => (240, if at % 11 == 0 { 1000.0 } else { 200.0 }),
                };
                let mut plan = of_kind(kind, at, *product, size, (strength, duration));
                plan.noise = [0.1, 0.2, 0.3][at % 3];
                plans.push(plan);
            }
        }
    }
    // The same incident, ten times the traffic.
    for (number, kind) in ["bad-node", "auth-outage", "upstream-read-timeout"].iter().enumerate() {
        let size = (90, 10_000.0);
        plans.push(of_kind(Kind::of(kind), 5000 + number, Product::Json, size, (Times(5.0), 10.0)));
    }
    for (number, (quirk, noise)) in NEGATIVES.into_iter().enumerate() {
        for (of, product) in Product::ALL.into_iter().enumerate() {
            let rpm = [30.0, 100.0, 60.0][(number + of) % 3];
            plans.push(negative(quirk, noise, 6000 + number * 10 + of, product, 1440, rpm));
        }
    }
    for (of, product) in [Product::Combined, Product::Times, Product::Json].into_iter().enumerate()
    {
        plans.push(negative(Quirk::Wave444, 0.2, 7000 + of, product, 1440, 60.0));
    }
    // A week, with its weekend.
    for (of, product) in Product::ALL.into_iter().enumerate() {
        plans.push(negative(Quirk::Usual, 0.2, 7100 + of, product, 7 * 1440, 20.0));
    }
    for (of, product) in Product::ALL.into_iter().enumerate() {
        let of_product = confounders(8000 + of, product, 240, 100.0);
        let shown = |plan: &Plan| {
            plan.events.iter().all(|event| Kind::of(event.kind).products.contains(&product))
        };
        plans.extend(of_product.into_iter().filter(shown));
    }
    plans
}

/// How many kinds are incidents that must be found.
pub(crate) fn asked() -> usize {
    KINDS.iter().filter(|kind| kind.judged == Judged::Incident).count()
}
