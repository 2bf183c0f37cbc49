#![allow(clippy::unwrap_used)]

use super::Dimension::{
    CacheStatus, Client, ClientNetwork, Host, Location, Method, Protocol, Reason, RefererHost,
    Route, Status, Upstream, UserAgent,
};
use super::*;
use crate::detect::dice::Dice;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

type Values = [Option<&'static [u8]>; Dimension::COUNT];

/// Text that lives as long as the tests: a few thousand names.
fn name(kind: &str, number: usize) -> Option<&'static [u8]> {
    static NAMES: LazyLock<Mutex<HashMap<String, &'static [u8]>>> = LazyLock::new(Mutex::default);
    let text = format!("{kind}{number}");
    let mut names = NAMES.lock().unwrap();
    Some(names.entry(text.clone()).or_insert_with(|| text.into_bytes().leak()))
}

/// One of the requests of a service.
fn request(random: &mut Dice) -> Values {
    static POOL: LazyLock<Vec<Values>> = LazyLock::new(|| {
        let mut random = Dice(0);
        (0..50_000).map(|_| new_request(&mut random)).collect()
    });
    POOL[random.below(POOL.len())]
}

/// A service with habits: routes of hosts, clients of networks, networks of countries.
fn new_request(random: &mut Dice) -> Values {
    let route = random.zipf(24);
    let network = random.zipf(80);
    let client = network * 100 + random.zipf(12);
    // A client mostly has one agent.
    let agent = if random.below(10) < 8 { client * 7 % 9 } else { random.below(9) };
    let mut values = [None; Dimension::COUNT];
    values[Route as usize] = name("/route/", route);
    values[Host as usize] =
        name("host", if random.below(10) < 8 { route % 4 } else { random.below(4) });
    // Two routes are served by one upstream only.
    values[Upstream as usize] = name("10.0.0.", if route >= 22 { 0 } else { random.below(6) });
    values[Client as usize] = name("client", client);
    values[ClientNetwork as usize] = name("network", network);
    values[UserAgent as usize] = name("agent", agent);
    values[Location as usize] = name("country", network % 10);
    values[RefererHost as usize] = match random.below(10) {
        0..5 => None,
        _ => name("referer", random.zipf(15)),
    };
    let posts = if route.is_multiple_of(3) { 40 } else { 5 };
    values[Method as usize] = name("method", usize::from(random.below(100) < posts));
    values[Protocol as usize] = name("HTTP/", 1 + usize::from(random.below(10) < 6));
    values[CacheStatus as usize] = name("cache", random.below(3));
    values
}

/// A request before its status: values, and how likely it is bad.
type Model<'m> = dyn Fn(&Values, bool) -> f64 + 'm;

/// The rate of every day: one route fails much more often than the others.
fn usual(values: &Values) -> f64 {
    if values[Route as usize] == name("/route/", 9) { 0.03 } else { 0.002 }
}

/// A sample as the tally takes it: all bad requests, and some of the good ones for all.
fn sample(
    random: &mut Dice,
    (inside, before): (usize, usize),
    draw: &dyn Fn(&mut Dice, bool) -> Values,
    model: &Model<'_>,
) -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    for (count, inside) in [(inside, true), (before, false)] {
        let mut good = Vec::new();
        for _ in 0..count {
            let mut values = draw(random, inside);
            let bad = random.uniform() < model(&values, inside);
            // What the server says when it fails: another name for "bad".
            values[Status as usize] = name("status", if bad { 503 } else { 200 });
            values[Reason as usize] = if bad { name("UF", 0) } else { None };
            match bad {
                true => rows.push(Row { weight: 1.0, bad, inside, values }),
                false => good.push(values),
            }
        }
        let kept = good.len().min(4000);
        for place in 0..kept {
            let other = place + random.below(good.len() - place);
            good.swap(place, other);
        }
        let weight = good.len() as f64 / kept as f64;
        let row = |values: &Values| Row { weight, bad: false, inside, values: *values };
        rows.extend(good[..kept].iter().map(row));
    }
    rows
}

fn holds(pattern: &[Part<'_>], values: &Values) -> bool {
    pattern.iter().all(|(dimension, value)| values[*dimension as usize] == *value)
}

fn text(pattern: &[Part<'_>]) -> String {
    let part = |(dimension, value): &Part<'_>| {
        let value = value.map_or("(none)".into(), String::from_utf8_lossy);
        format!("{}={value}", dimension.name())
    };
    pattern.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn texts(located: &Located<'_>) -> Vec<String> {
    located.culprits.iter().map(|culprit| text(&culprit.pattern)).collect()
}

fn of(dimension: Dimension, value: &str) -> Part<'static> {
    let digits = value.find(|c: char| c.is_ascii_digit());
    let at = digits.filter(|at| value[*at..].bytes().all(|b| b.is_ascii_digit()));
    // Addresses keep their dots.
    let at = at.or_else(|| value.rfind('.').map(|dot| dot + 1)).unwrap_or(value.len());
    (dimension, name(&value[..at], value[at..].parse().unwrap()))
}

/// One cause, the same window and baseline for all.
fn located(seed: u64, model: &Model<'_>) -> Located<'static> {
    let mut random = Dice(seed);
    let rows = sample(&mut random, (12_000, 40_000), &|random, _| request(random), model);
    locate(&rows, &Dimension::ALL)
}

#[test]
fn the_true_culprit_is_found() {
    const KINDS: [&[Dimension]; 13] = [
        &[Route],
        &[Host],
        &[Upstream],
        &[Client],
        &[ClientNetwork],
        &[UserAgent],
        &[Location],
        &[RefererHost],
        &[Method],
        &[Protocol],
        &[Route, Method],
        &[Route, Upstream],
        &[Upstream, UserAgent],
    ];
    let mut random = Dice(7);
    let (mut cases, mut first, mut among) = (0, 0, 0);
    let mut missed = Vec::new();
    while cases < 130 {
        let kind = KINDS[cases % KINDS.len()];
        let draws: Vec<Values> = (0..3000).map(|_| request(&mut random)).collect();
        let like = draws[random.below(draws.len())];
        let truth: Vec<Part<'static>> =
            kind.iter().map(|dimension| (*dimension, like[*dimension as usize])).collect();
        let share = |pattern: &[Part<'_>]| {
            draws.iter().filter(|values| holds(pattern, values)).count() as f64 / 3000.0
        };
        let traffic = share(&truth);
        // What a log can tell: some requests, not most of them, and a pair that is less than either
        // of its values.
        if truth.iter().any(|part| part.1.is_none())
            || !(0.01..0.45).contains(&traffic)
            || kind.len() > 1 && truth.iter().any(|part| traffic > 0.5 * share(&[*part]))
        {
            continue;
        }
        // Nor another value that is nearly the same requests: a network of one client.
        let is_same = |dimension: Dimension| {
            kind.len() == 1 && dimension != kind[0] && {
                let other = (dimension, like[dimension as usize]);
                let both = share(&[truth[0], other]);
                both > 0.8 * share(&[other]) && both > 0.8 * traffic
            }
        };
        if Dimension::ALL[..11].iter().any(|dimension| is_same(*dimension)) {
            continue;
        }
        // An incident of 30 bad requests or more (the benchmark's own limit).
        let rate = [0.06, 0.2, 0.6, 1.0][random.below(4)];
        if traffic * 12_000.0 * rate < 30.0 {
            continue;
        }
        cases += 1;
        let model = |values: &Values, inside: bool| {
            if inside && holds(&truth, values) { rate } else { usual(values) }
        };
        let found = located(random.next(), &model);
        let place = found.culprits.iter().position(|culprit| culprit.pattern == truth);
        first += usize::from(place == Some(0));
        among += usize::from(place.is_some());
        if place != Some(0) {
            missed.push(format!("{} {rate} {traffic}: {:?}", text(&truth), texts(&found)));
        }
    }
    let (first, among) = (first as f64 / cases as f64, among as f64 / cases as f64);
    assert!(first >= 0.9 && among >= 0.97, "{first} {among} {missed:#?}");
}

#[test]
fn one_culprit_explains_all() {
    let bad = of(Upstream, "10.0.0.4");
    let found = located(1, &|values, inside| {
        if inside && holds(&[bad], values) { 0.5 } else { usual(values) }
    });
    assert_eq!(texts(&found), ["upstream=10.0.0.4"]);
    let culprit = &found.culprits[0];
    assert!(culprit.is_named && culprit.excess_share > 0.9, "{culprit:?}");
    assert!((0.12..0.25).contains(&culprit.traffic_share) && culprit.error_share > 0.9);
    assert!(culprit.lift > 4.0 && culprit.risk_ratio.unwrap() > 50.0 && culprit.p_value < 1e-9);
    for dimension in [Route, Host, Client, UserAgent, Method, Protocol] {
        assert!(found.spread_over.contains(&dimension), "{dimension:?}: {found:?}");
    }
    assert!(!found.spread_over.contains(&Upstream));
}

#[test]
fn a_failure_of_everything_is_nobodys() {
    for (seed, rate) in [(2, 0.05), (3, 0.5), (4, 1.0)] {
        let found = located(seed, &|values, inside| {
            if inside { (rate + usual(values)).min(1.0) } else { usual(values) }
        });
        assert_eq!(texts(&found), [""; 0], "{rate}");
        for dimension in [Route, Host, Upstream, Client, ClientNetwork, Method] {
            assert!(found.spread_over.contains(&dimension), "{rate} {dimension:?}: {found:?}");
        }
    }
}

#[test]
fn nothing_happened_nobody_did_it() {
    for seed in 0..20 {
        let found = located(seed, &|values, _| usual(values));
        assert_eq!(texts(&found), [""; 0]);
    }
}

#[test]
fn two_causes_are_two_culprits() {
    let (route, client) = (of(Route, "/route/3"), of(UserAgent, "agent5"));
    let found = located(5, &|values, inside| match inside {
        true if holds(&[route], values) => 0.7,
        true if holds(&[client], values) => 0.3,
        _ => usual(values),
    });
    let mut found = texts(&found);
    found.sort();
    assert_eq!(found, ["route=/route/3", "user_agent=agent5"]);
}

#[test]
fn two_routes_of_a_host_are_not_the_host() {
    // Both are mostly asked for on host 1.
    let (one, two) = (of(Route, "/route/5"), of(Route, "/route/13"));
    let found = located(6, &|values, inside| {
        let bad = inside && (holds(&[one], values) || holds(&[two], values));
        if bad { 0.9 } else { usual(values) }
    });
    let mut found = texts(&found);
    found.sort();
    assert_eq!(found, ["route=/route/13", "route=/route/5"]);
}

#[test]
fn a_bad_node_that_also_serves_one_path_is_the_node() {
    // Routes 22 and 23 are served by node 0 only; node 0 fails for all.
    let node = of(Upstream, "10.0.0.0");
    let found = located(8, &|values, inside| {
        if inside && holds(&[node], values) { 0.4 } else { usual(values) }
    });
    assert_eq!(texts(&found), ["upstream=10.0.0.0"]);
    // And the path is the path, although only that node serves it.
    let path = of(Route, "/route/22");
    let found = located(9, &|values, inside| {
        if inside && holds(&[path], values) { 0.9 } else { usual(values) }
    });
    assert_eq!(texts(&found), ["route=/route/22"]);
}

/// Traffic of which a part is one client's, with its own values.
fn with_client(
    random: &mut Dice,
    percent: usize,
    change: &dyn Fn(&mut Dice, &mut Values),
) -> Values {
    let mut values = request(random);
    if random.below(100) < percent {
        change(random, &mut values);
    }
    values
}

fn scanner(random: &mut Dice, values: &mut Values) {
    values[Client as usize] = name("scanner", 1);
    values[ClientNetwork as usize] = name("scanners", 1);
    values[UserAgent as usize] = name("sqlmap", 1);
    values[Route as usize] = name("/probe/", random.below(4000));
    values[RefererHost as usize] = None;
}

#[test]
fn a_scanner_is_a_client_and_takes_no_blame_for_the_server() {
    let is_scanner = |values: &Values| holds(&[(Client, name("scanner", 1))], values);
    let draw = |random: &mut Dice, inside: bool| {
        with_client(random, if inside { 30 } else { 0 }, &scanner)
    };
    // 404s: the scanner's. Client, network and agent are the same requests.
    let mut random = Dice(10);
    let rows = sample(&mut random, (12_000, 40_000), &draw, &|values, _| {
        if is_scanner(values) { 0.97 } else { usual(values) }
    });
    assert_eq!(texts(&locate(&rows, &Dimension::ALL)), ["client=scanner1"]);
    // 5xx: the node's, while the scanner asks for what is not there.
    let node = of(Upstream, "10.0.0.2");
    let rows = sample(&mut random, (12_000, 40_000), &draw, &|values, inside| {
        if inside && holds(&[node], values) { 0.3 } else { usual(values) }
    });
    assert_eq!(texts(&locate(&rows, &Dimension::ALL)), ["upstream=10.0.0.2"]);
}

#[test]
fn one_address_for_everybody_is_no_culprit() {
    let route = of(Route, "/route/2");
    for share in [100, 98] {
        let draw = |random: &mut Dice, _: bool| {
            // Health checks come past the CDN.
            let mut values = request(random);
            let is_check = random.below(100) >= share;
            values[Client as usize] = name("cdn", usize::from(is_check));
            values[ClientNetwork as usize] = name("cdns", usize::from(is_check));
            values[Location as usize] = None;
            values
        };
        for everything in [false, true] {
            let mut random = Dice(11);
            let rows = sample(&mut random, (12_000, 40_000), &draw, &|values, inside| {
                let is_check = values[Client as usize] == name("cdn", 1);
                let bad = inside && !is_check && (everything || holds(&[route], values));
                if bad { 0.3 } else { usual(values) }
            });
            let found = locate(&rows, &Dimension::ALL);
            let expected: &[&str] = if everything { &[] } else { &["route=/route/2"] };
            assert_eq!(texts(&found), expected, "{share} {everything}");
            assert!(!found.spread_over.contains(&Client) && !found.spread_over.contains(&Location));
        }
    }
}

#[test]
fn a_client_comes_before_its_network_when_it_is_nearly_all_of_it() {
    for (others, expected) in [(0.0, "client=noisy0"), (0.9, "client_network=noisy-network0")] {
        let draw = |random: &mut Dice, inside: bool| {
            with_client(random, if inside { 10 } else { 1 }, &|random, values| {
                values[ClientNetwork as usize] = name("noisy-network", 0);
                let client = if random.below(10) < 6 { 0 } else { 1 + random.below(6) };
                values[Client as usize] = name("noisy", client);
            })
        };
        let mut random = Dice(12);
        let rows = sample(&mut random, (12_000, 40_000), &draw, &|values, inside| {
            let client = values[Client as usize];
            match inside && values[ClientNetwork as usize] == name("noisy-network", 0) {
                true if client == name("noisy", 0) => 0.9,
                true => others,
                false => usual(values),
            }
        });
        assert_eq!(texts(&locate(&rows, &Dimension::ALL)), [expected]);
    }
}

#[test]
fn a_missing_value_is_a_culprit_only_where_it_tells() {
    // Requests without a user agent, which come from everywhere.
    let draw = |random: &mut Dice, inside: bool| {
        with_client(random, if inside { 15 } else { 2 }, &|_, values| {
            values[UserAgent as usize] = None;
        })
    };
    let mut random = Dice(13);
    let rows = sample(&mut random, (12_000, 40_000), &draw, &|values, inside| {
        if inside && values[UserAgent as usize].is_none() { 0.8 } else { usual(values) }
    });
    assert_eq!(texts(&locate(&rows, &Dimension::ALL)), ["user_agent=(none)"]);
    // Requests that a limiter refused have no upstream.
    let draw = |random: &mut Dice, inside: bool| {
        with_client(random, if inside { 15 } else { 0 }, &|_, values| {
            values[Upstream as usize] = None;
        })
    };
    let rows = sample(&mut random, (12_000, 40_000), &draw, &|values, _| {
        if values[Upstream as usize].is_none() { 1.0 } else { usual(values) }
    });
    assert_eq!(texts(&locate(&rows, &Dimension::ALL)), [""; 0]);
}

#[test]
fn few_errors_accuse_nobody() {
    let row = |bad, route, inside| {
        let mut values = [None; Dimension::COUNT];
        values[Route as usize] = name("/route/", route);
        Row { weight: 1.0, bad, inside, values }
    };
    let mut rows: Vec<Row<'_>> = (0..2000).map(|at| row(false, at % 10, at % 4 == 0)).collect();
    rows.extend((0..7).map(|_| row(true, 3, true)));
    assert_eq!(locate(&rows, &[Route]), Located::default());
    rows.push(row(true, 3, true));
    assert_eq!(texts(&locate(&rows, &[Route])), ["route=/route/3"]);
    // The same eight as weights of one row are one row.
    rows.truncate(2000);
    rows.push(Row { weight: 8.0, ..row(true, 3, true) });
    assert_eq!(locate(&rows, &[Route]), Located::default());
    assert_eq!(locate(&[], &Dimension::ALL), Located::default());
}

#[test]
fn without_a_baseline_the_rest_is_the_measure() {
    let node = of(Upstream, "10.0.0.3");
    let mut random = Dice(14);
    let rows = sample(&mut random, (12_000, 0), &|random, _| request(random), &|values, _| {
        if holds(&[node], values) { 0.3 } else { usual(values) }
    });
    assert_eq!(texts(&locate(&rows, &Dimension::ALL)), ["upstream=10.0.0.3"]);
}

#[test]
fn dimensions_have_their_place() {
    for (place, dimension) in Dimension::ALL.into_iter().enumerate() {
        assert_eq!(dimension as usize, place);
    }
}

proptest! {
    #[test]
    fn any_rows_are_judged(
        rows in prop::collection::vec(
            (
                prop_oneof![Just(1.0), Just(f64::NAN), Just(-1.0), Just(1e300), any::<f64>(), 0.0..1e16],
                any::<bool>(),
                any::<bool>(),
                prop::collection::vec(0usize..4, Dimension::COUNT),
            ),
            0..200,
        ),
    ) {
        let rows: Vec<Row<'_>> = rows
            .into_iter()
            .map(|(weight, bad, inside, of)| {
                let mut values = [None; Dimension::COUNT];
                for (value, number) in values.iter_mut().zip(of).filter(|(_, number)| *number > 0) {
                    *value = name("value", number);
                }
                Row { weight, bad, inside, values }
            })
            .collect();
        let found = locate(&rows, &Dimension::ALL);
        prop_assert!(found.culprits.len() <= MOST);
        for culprit in &found.culprits {
            let numbers = [
                culprit.errors,
                culprit.requests,
                culprit.expected,
                culprit.error_share,
                culprit.traffic_share,
                culprit.excess_share,
                culprit.risk_ratio.unwrap_or(0.0),
                culprit.lift,
                culprit.score,
                culprit.p_value,
            ];
            prop_assert!(numbers.iter().all(|number| number.is_finite() && *number >= 0.0));
        }
        prop_assert_eq!(&locate(&rows, &Dimension::ALL), &found);
    }
}
