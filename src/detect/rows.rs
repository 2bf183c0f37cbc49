//! The sample as rows by dimension: what incidents are explained by.

use super::culprit::{Dimension, Part, Row};
use super::facet;
use super::incident::{Deviation, is_in};
use super::signal::Signal;
use crate::tally::sample::{Drawn, FIELDS, Field, Kind, Sample};
use bumpalo::Bump;
use foldhash::quality::RandomState;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Rows of the baseline that are looked at for one incident: those nearest to it.
const BASELINE: usize = 8_000;
/// How far the baseline reaches to both sides, in lengths of the incident, and at least in
/// microseconds.
const REACH: i64 = 6;
const LEAST_REACH: i64 = 2 * 3600 * crate::time::SECOND;
/// A route is one that is cached by clients when it has so much 304.
const CACHED: f64 = 0.1;
/// Time before and after an incident that is in no baseline: a tenth of its length, and at least
/// this.
const GUARD: i64 = 60 * crate::time::SECOND;

/// A request of the sample.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What is known of it.
    pub drawn: &'a Drawn,
    /// The kind that it was sampled as.
    pub kind: Kind,
    /// Requests that it stands for.
    pub weight: f64,
    /// Whether all requests of its kind and period are in the sample.
    pub(super) is_whole: bool,
    values: OnceCell<Values<'a>>,
}

/// What a request is told apart by, by [`Dimension`].
pub type Values<'a> = [Option<&'a [u8]>; Dimension::COUNT];

/// The requests of a sample, in the order of time, and what they are told apart by: found out when it
/// is first asked for, and once for all that finds incidents and explains them.
pub struct Sampled<'a> {
    sample: &'a Sample,
    entries: OnceCell<Vec<Entry<'a>>>,
    pub(super) facets: Facets<'a>,
}

impl<'a> Sampled<'a> {
    /// Knows nothing yet; what has to be written anew is written to the arena.
    pub fn new(sample: &'a Sample, arena: &'a Bump) -> Self {
        let facets = Facets { arena, families: RefCell::default() };
        Self { sample, entries: OnceCell::new(), facets }
    }

    /// The requests.
    pub fn entries(&self) -> &[Entry<'a>] {
        self.entries.get_or_init(|| entries(self.sample))
    }

    /// What one of them is told apart by.
    pub fn values(&self, entry: &Entry<'a>) -> Values<'a> {
        self.facets.of(entry)
    }
}

fn entries(sample: &Sample) -> Vec<Entry<'_>> {
    let mut all = Vec::new();
    for (_, period) in sample.buckets() {
        for stratum in period.strata() {
            let (drawn, weight) = stratum.drawn();
            all.extend(drawn.into_iter().map(|drawn| (drawn, stratum.kind, weight)));
        }
    }
    // Not in the order in which workers met them: sums of floats depend on it.
    all.sort_unstable_by_key(|(drawn, kind, _): &(&Drawn, Kind, f64)| {
        (drawn.began, *kind, drawn.hash)
    });
    let entry = |(drawn, kind, weight)| Entry {
        drawn,
        kind,
        weight: weight * f64::from(drawn.times),
        is_whole: weight <= 1.0,
        values: OnceCell::new(),
    };
    all.into_iter().map(entry).collect()
}

/// The family of each user agent that was met.
type Families<'a> = HashMap<&'a [u8], Option<&'a [u8]>, RandomState>;

/// Finds out what requests are told apart by. That takes longer than to read a line, so it is done
/// for the rows that are looked at, and once for each user agent.
pub(super) struct Facets<'a> {
    arena: &'a Bump,
    families: RefCell<Families<'a>>,
}

impl<'a> Facets<'a> {
    fn of(&self, entry: &Entry<'a>) -> Values<'a> {
        *entry.values.get_or_init(|| {
            let fields = entry.drawn.fields();
            Dimension::ALL.map(|dimension| match (dimension, fields[Field::UserAgent as usize]) {
                (Dimension::UserAgent, Some(agent)) => {
                    let mut families = self.families.borrow_mut();
                    *families.entry(agent).or_insert_with(|| facet::family(agent))
                }
                _ => value(dimension, &fields, self.arena),
            })
        })
    }
}

/// The value of a dimension that a request with these fields has.
pub(super) fn value<'a>(
    dimension: Dimension,
    fields: &[Option<&'a [u8]>; FIELDS],
    arena: &'a Bump,
) -> Option<&'a [u8]> {
    let field = |field: Field| fields[field as usize];
    match dimension {
        Dimension::Route => field(Field::Route),
        Dimension::Host => field(Field::Host),
        Dimension::Upstream => field(Field::Upstream),
        Dimension::Client => field(Field::Client),
        Dimension::ClientNetwork => facet::network(field(Field::Client)?, arena),
        Dimension::UserAgent => facet::family(field(Field::UserAgent)?),
        Dimension::Location => field(Field::Location),
        Dimension::RefererHost => facet::referer_host(field(Field::Referer)?, arena),
        Dimension::Method => field(Field::Method),
        Dimension::Protocol => field(Field::Protocol),
        Dimension::CacheStatus => field(Field::Cache),
        Dimension::Reason => field(Field::Reason),
        // The signals are made of it.
        Dimension::Status => None,
    }
}

/// The requests of the sample that a deviation is judged by, each with whether it is bad.
#[derive(Clone, Debug, Default)]
pub struct Near<'e, 'a> {
    /// In its window.
    pub inside: Vec<(&'e Entry<'a>, bool)>,
    /// Of a baseline around it, that no incident of the signal touches.
    pub outside: Vec<(&'e Entry<'a>, bool)>,
}

/// The requests in the window of a deviation and around. `windows` are all incidents of its signal.
pub fn near<'e, 'a>(
    entries: &'e [Entry<'a>],
    slow: u64,
    deviation: &Deviation,
    windows: &[Range<i64>],
) -> Near<'e, 'a> {
    let (signal, window) = (deviation.signal, &deviation.times);
    let reach = ((window.end - window.start) * REACH).max(LEAST_REACH);
    let times = window.start.saturating_sub(reach)..window.end.saturating_add(reach);
    let mut near = Near::default();
    let mut around = Vec::new();
    for entry in within(entries, &times) {
        let began = entry.drawn.began;
        let Some(bad) = signal.judge(entry.drawn, entry.kind, slow) else { continue };
        if is_in(&deviation.parts, began) {
            near.inside.push((entry, bad));
        } else if !windows.iter().any(|window| is_near(began, window)) {
            around.push((distance(began, window), entry, bad));
        }
    }
    if around.len() > BASELINE {
        around.select_nth_unstable_by_key(BASELINE, |(distance, ..)| *distance);
        around.truncate(BASELINE);
    }
    near.outside = around.into_iter().map(|(_, entry, bad)| (entry, bad)).collect();
    near
}

/// The rows for an incident of a signal: those in its window, and a baseline around that no
/// incident of the signal touches. `windows` are all incidents of the signal.
pub(super) fn rows<'a>(
    entries: &[Entry<'a>],
    facets: &Facets<'a>,
    slow: u64,
    deviation: &Deviation,
    windows: &[Range<i64>],
) -> Vec<Row<'a>> {
    let Near { inside, outside } = near(entries, slow, deviation, windows);
    let row = |(entry, bad): (&Entry<'a>, bool), inside| Row {
        weight: entry.weight,
        bad,
        inside,
        values: facets.of(entry),
    };
    let mut rows: Vec<Row<'a>> = inside.into_iter().map(|of| row(of, true)).collect();
    rows.extend(outside.into_iter().map(|of| row(of, false)));
    if deviation.signal == Signal::NotCached {
        blame_what_was_cached(&mut rows);
    }
    rows
}

/// Of 304 that are missing, what is to blame are the routes that had them: all of what these send is
/// bad, and nothing else is.
fn blame_what_was_cached(rows: &mut [Row<'_>]) {
    const ROUTE: usize = Dimension::Route as usize;
    let mut routes: BTreeMap<Option<&[u8]>, (f64, f64)> = BTreeMap::new();
    for row in rows.iter_mut().filter(|row| !row.inside) {
        let (cached, all) = routes.entry(row.values[ROUTE]).or_default();
        *cached += if row.bad { 0.0 } else { row.weight };
        *all += row.weight;
        row.bad = false;
    }
    for row in rows.iter_mut().filter(|row| row.inside) {
        let route = routes.get(&row.values[ROUTE]);
        row.bad &= route.is_some_and(|(cached, all)| *cached >= CACHED * all);
    }
}

/// The entries of some time.
pub(super) fn within<'e, 'a>(entries: &'e [Entry<'a>], times: &Range<i64>) -> &'e [Entry<'a>] {
    let place = |time: i64| entries.partition_point(|entry| entry.drawn.began < time);
    let (start, end) = (place(times.start), place(times.end));
    &entries[start..end.max(start)]
}

/// Whether a time is in a window or so near to it that what went wrong then may belong to it. Ten bad
/// requests of the minute before the window made the failing route look as if it always failed.
fn is_near(time: i64, window: &Range<i64>) -> bool {
    let guard = ((window.end - window.start) / 10).max(GUARD);
    distance(time, window) < guard
}

fn distance(time: i64, window: &Range<i64>) -> i64 {
    (window.start - time).max(time - window.end)
}

/// Share of the bad rows of a window that a pattern holds of.
pub(super) fn share_of(rows: &[Row<'_>], pattern: &[Part<'_>]) -> f64 {
    let (mut all, mut with) = (0.0, 0.0);
    for row in rows.iter().filter(|row| row.bad && row.inside) {
        all += row.weight;
        let holds = |(dimension, value): &Part<'_>| row.values[*dimension as usize] == *value;
        if pattern.iter().all(holds) {
            with += row.weight;
        }
    }
    if all > 0.0 { with / all } else { 0.0 }
}

/// Over how many values of a dimension rows are spread: as many of equal weight would be as likely
/// to agree (the inverse of Simpson's index, 1949). Of bad rows of the window, or of all rows.
pub(super) fn spread(rows: &[Row<'_>], dimension: Dimension, bad_only: bool) -> f64 {
    let mut weights: BTreeMap<Option<&[u8]>, f64> = BTreeMap::new();
    let mut sum = 0.0;
    for row in rows.iter().filter(|row| !bad_only || row.bad && row.inside) {
        *weights.entry(row.values[dimension as usize]).or_default() += row.weight;
        sum += row.weight;
    }
    let squares: f64 = weights.values().map(|weight| weight * weight).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}
