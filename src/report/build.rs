//! Tally to report: rates, quantiles, rankings, incidents and the verdict. All that is decided is
//! decided here, after the last merge; nothing in it depends on how many workers counted.

mod burn;
mod findings;
mod incidents;
mod latency;
mod recount;

pub(super) use latency::quantiles;

use super::incident::{Finding, OverTarget};
use super::verdict::{self, Coverage, Judged, Targets};
use super::{
    Apart, Bucket, Cardinality, Classes, Counted, Generator, Input, Key, NoStatusCount, Produced,
    RejectSample, Report, Route, SCHEMA_ID, Share, Source, StatusCode, Target, Text, Time, Top,
    Totals, Upstream, Window, doubts,
};
use crate::codes;
use crate::detect::{self, Sampled, Timeline};
use crate::diagnose::{Log, diagnose};
use crate::format::detect::{Reading, of_table};
use crate::format::{FORMATS, Format, Product};
use crate::input;
use crate::number;
use crate::ratio::Ratio;
use crate::record::{Absence, Aside, Class, NoStatus, Producer, Reject, Skip};
use crate::scan::{Lines, Part, Plan, Scan};
use crate::tally::heavy::{Count, Heavy, Row};
use crate::tally::{Counts, METHODS, Noise, PROTOCOLS, RouteCounts, Tally, UpstreamCounts};
use bumpalo::Bump;
use findings::{Facts, Goal};
use std::collections::BTreeMap;

/// What a report needs beside what was counted.
#[derive(Clone, Debug)]
pub struct Meta {
    /// What the rates and the latency should be.
    pub targets: Targets,
    /// Rows of each ranking.
    pub top: usize,
    /// Whether the run was interrupted.
    pub interrupted: bool,
    /// Share of rejected lines above which the numbers are doubtful, of all and of each source.
    pub max_rejected: Ratio,
    /// Whether a filter names status or class, so that the rates are what it makes them.
    pub rates_filtered: bool,
    /// When something new was deployed, as far as the user says, microseconds.
    pub deploys: Vec<i64>,
    /// What else the reader should know.
    pub warnings: Vec<String>,
}

/// Buckets in the report at most: a day in minutes.
const MOST_BUCKETS: u64 = 1440;
/// So few buckets are not made wider for the sake of [`MEAN_REQUESTS`].
const FEW_BUCKETS: u64 = 120;
/// Requests that a bucket should hold for its rates to mean something.
const MEAN_REQUESTS: u64 = 20;

/// Requests that a route needs before its percentiles are compared with others'.
const RANKED_BY_LATENCY: u64 = 20;

/// Makes the report. `readings` are how the input's sources were read, in their order, and `plan` is
/// that of the scan: a part of the input may be read again, unless the run was interrupted.
pub fn build(
    input: &input::Input,
    readings: &[Result<Reading, String>],
    plan: &Plan,
    scan: &Scan,
    meta: &Meta,
) -> Report {
    let tally = &scan.tally;
    let sources: Vec<Source> = input
        .sources()
        .iter()
        .zip(readings)
        .zip(&scan.sources)
        .flat_map(|((source, reading), lines)| self::sources(source, reading, lines))
        .collect();
    let sum = |of: fn(&Lines) -> u64| scan.sources.iter().map(of).sum();
    let product = product(readings);
    let judged = Judged::of(tally);
    let latency =
        latency::latency(tally, &sources, meta.targets.latency_p95, product.name(), meta.top);
    let mut targets = verdict::targets(tally, &judged, meta);
    let with_timeouts = verdict::with_timeouts(tally, &judged, meta);
    let top = top(tally, meta.top);
    let over_target = latency.as_ref().map_or(&[][..], |latency| &latency.over_target);
    let lines = Timeline::pair(tally);
    let (incidents, mut findings) = match &lines {
        Some(lines) if !meta.rates_filtered => {
            // Before the sample, which is borrowed as long as they are explained.
            let (of_checks, found): (Vec<_>, Vec<_>);
            let (slow, arena) = (meta.targets.latency_p95, Bump::new());
            let sampled = Sampled::new(&tally.sample, &arena);
            let mut all = detect::incidents(tally, (&lines.0, &lines.1), slow, &sampled);
            if !meta.interrupted {
                recount::recount(&mut all, &lines.1, input, scan, plan);
            }
            // Health checks that fail while nothing else does are no incident.
            (of_checks, found) = all.into_iter().partition(detect::Incident::is_of_health_checks);
            let log = || Log::new(tally, product, &lines.0, slow, &meta.deploys, &sampled);
            let log = (!found.is_empty()).then(log);
            let why = log.as_ref().map_or_else(Vec::new, |log| diagnose(log, &found));
            let all = findings(&of_checks, &found, lines, meta, &mut targets, &top, over_target);
            (incidents::incidents(&found, &why, product), all)
        }
        // Rates that a filter made say nothing.
        _ => Default::default(),
    };
    if !meta.rates_filtered {
        findings.extend(findings::of_log(&Facts {
            tally,
            timeline: lines.as_ref().map(|(wide, _)| wide),
            product: product.name(),
            latency_target: meta.targets.latency_p95,
            is_slow: targets.iter().any(verdict::is_slow),
            cliffs: latency.as_ref().map_or(&[][..], |latency| &latency.cliffs),
        }));
    }
    let coverage = Coverage::of(&sources);
    let verdict = match (tally.requests, judged.requests) {
        (1.., 0) => verdict::unknown(
            "all requests are health checks, blocked ones or those of scanners; --count-all judges \
             by them too",
        ),
        (requests, _) => verdict::verdict(requests, &targets, with_timeouts.as_ref(), coverage),
    };
    let verdict = verdict::with_incidents(verdict, &incidents);
    let set_aside = set_aside(tally);
    let mut report = Report {
        schema: SCHEMA_ID,
        generator: Generator { name: "statlog", version: env!("CARGO_PKG_VERSION") },
        complete: !meta.interrupted && sources.iter().all(|source| source.error.is_none()),
        verdict,
        input: Input {
            sources,
            lines: sum(|lines| lines.lines),
            parsed: sum(|lines| lines.parsed),
            skipped: sum(Lines::skipped),
            rejected: sum(Lines::rejected),
            filtered: sum(|lines| lines.filtered),
            set_aside: set_aside.iter().map(|kind| kind.requests).sum(),
            bytes: input.sources().iter().map(input::Source::text_bytes).sum(),
        },
        window: None,
        totals: totals(tally),
        classes: Classes {
            informational: tally.class(Class::Informational),
            successful: tally.class(Class::Successful),
            redirection: tally.class(Class::Redirection),
            client_error: tally.class(Class::ClientError),
            server_error: tally.class(Class::ServerError),
            other: tally.class(Class::Other),
        },
        status_codes: status_codes(tally, product),
        no_status: no_status(tally),
        produced_by: produced_by(tally),
        set_aside,
        not_judged: not_judged(tally),
        methods: counted(&METHODS, &tally.methods, "_OTHER", tally.requests),
        protocols: counted(&PROTOCOLS, &tally.protocols, "other", tally.requests),
        targets,
        latency,
        series: Vec::new(),
        top,
        incidents,
        findings,
        warnings: Vec::new(),
    };
    window_and_series(&mut report, tally);
    report.warnings = warnings(&report, with_timeouts.as_ref(), meta);
    report
}

/// `part / whole`; 0 of nothing is 0.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Microseconds as seconds.
pub(super) fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// The entry of a source, and those of the other formats that lines of it were read in.
fn sources(
    source: &input::Source,
    reading: &Result<Reading, String>,
    lines: &Lines,
) -> Vec<Source> {
    let mut sources = vec![self::source(source, reading, lines)];
    for (format, part) in FORMATS.iter().zip(&lines.sisters) {
        if part.parsed > 0 {
            sources[0].lines -= part.parsed;
            sources[0].parsed -= part.parsed;
            sources[0].recovered -= part.recovered;
            let mixed_in = mixed_in(&sources[0], format, part);
            sources.push(mixed_in);
        }
    }
    sources
}

/// The entry of the lines of a source that are in another format.
fn mixed_in(source: &Source, format: &Format, part: &Part) -> Source {
    let Reading { string, time_field, time_meaning, latency, .. } = of_table(format);
    let (latency_field, latency_unit) = latency.unzip();
    Source {
        mixed_in: true,
        format: Some(format.name.to_owned()),
        format_string: Some(Text::new(string.as_bytes())),
        detected: true,
        sample: None,
        lines: part.parsed,
        parsed: part.parsed,
        recovered: part.recovered,
        skipped: BTreeMap::new(),
        rejected: BTreeMap::new(),
        reject_samples: Vec::new(),
        time_meaning: time_field.as_ref().map(|_| time_meaning.name()),
        time_field,
        latency_field,
        latency_unit,
        unread_latency: None,
        zone: None,
        notes: Vec::new(),
        error: None,
        ..source.clone()
    }
}

fn source(source: &input::Source, reading: &Result<Reading, String>, lines: &Lines) -> Source {
    let nonzero = |names: &mut dyn Iterator<Item = (&'static str, u64)>| {
        names.filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>()
    };
    let mut notes = Vec::new();
    if source.nul_bytes() > 0 {
        notes.push(format!(
            "{} NUL bytes before lines were passed over (a log truncated while it was written)",
            number::count(source.nul_bytes())
        ));
    }
    let mut out = Source {
        name: Text::new(source.name()),
        mixed_in: false,
        format: None,
        format_string: None,
        detected: true,
        sample: None,
        compression: source.compression().map_or("none", input::Compression::name),
        framing: source.framing().map(|framing| framing.name().to_owned()),
        wrappers: Vec::new(),
        lines: lines.lines,
        parsed: lines.parsed,
        recovered: lines.recovered,
        skipped: nonzero(&mut Skip::ALL.iter().map(|skip| skip.name()).zip(lines.skipped)),
        rejected: nonzero(&mut Reject::ALL.iter().map(|reject| reject.name()).zip(lines.rejected)),
        reject_samples: lines
            .samples
            .iter()
            .map(|sample| RejectSample {
                reason: sample.reject.name(),
                line: sample.line,
                text: Text::new(&sample.text[..]),
            })
            .collect(),
        time_field: None,
        time_meaning: None,
        latency_field: None,
        latency_unit: None,
        unread_latency: None,
        zone: None,
        notes,
        error: source.error().map(str::to_owned),
    };
    match reading {
        // An empty log, or one in which nothing could be a request: all of it is accounted for.
        Err(why) if lines.lines == lines.skipped() && out.error.is_none() => {
            out.notes.push(why.clone());
        }
        Err(why) => {
            out.error.get_or_insert_with(|| why.clone());
        }
        Ok(reading) => {
            out.format = Some(reading.name.clone());
            out.format_string = Some(Text::new(reading.string.as_bytes()));
            out.detected = reading.detected;
            out.sample = Some(Share { count: reading.read, total: reading.sampled });
            let wrappers = reading.parser.wrappers().iter();
            out.wrappers = wrappers.map(|wrapper| wrapper.name().to_owned()).collect();
            out.time_field.clone_from(&reading.time_field);
            out.time_meaning = reading.time_field.as_ref().map(|_| reading.time_meaning.name());
            if let Some((field, unit)) = &reading.latency {
                out.latency_field = Some(field.clone());
                out.latency_unit = Some(unit);
            }
            out.unread_latency.clone_from(&reading.unread_latency);
            out.zone.clone_from(&reading.zone);
            out.notes.extend(reading.notes.iter().cloned());
        }
    }
    out
}

fn totals(tally: &Tally) -> Totals {
    Totals {
        requests: tally.requests,
        bytes_sent: tally.bytes,
        bytes_measured: tally.bytes_measured,
        no_status: tally.class(Class::NoStatus),
        without_request: tally.without_request,
        aborted: tally.aborted,
        retried: tally.retried,
    }
}

/// The codes, most first, each as the product that wrote the log means it.
fn status_codes(tally: &Tally, product: Product) -> Vec<StatusCode> {
    let mut codes: Vec<_> = (100u16..1000)
        .map(|code| (code, tally.codes[usize::from(code)]))
        .filter(|(_, count)| *count > 0)
        .map(|(code, count)| {
            let entry = codes::lookup_in(code, product.name());
            StatusCode {
                code,
                name: entry.map(|entry| entry.name),
                origin: entry.map(|entry| entry.origin),
                count,
                ratio: ratio(count, tally.requests),
            }
        })
        .collect();
    codes.sort_by_key(|code| std::cmp::Reverse(code.count));
    codes
}

fn no_status(tally: &Tally) -> Vec<NoStatusCount> {
    let mut rows: Vec<_> = NoStatus::ALL
        .iter()
        .zip(&tally.no_status)
        .flat_map(|(spelling, counts)| {
            Absence::ALL.iter().zip(counts).map(move |(meaning, count)| (spelling, meaning, *count))
        })
        .filter(|(_, _, count)| *count > 0)
        .map(|(spelling, meaning, count)| NoStatusCount {
            spelling: spelling.name(),
            meaning: meaning.name(),
            count,
            ratio: ratio(count, tally.requests),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

/// Who made the statuses, and of how many requests nobody tells; empty when no line tells.
fn produced_by(tally: &Tally) -> Vec<Produced> {
    let row = |producer, counts: &Counts| Produced {
        producer,
        requests: counts.requests,
        client_error: counts.client_error,
        server_error: counts.server_error,
    };
    let told = Producer::ALL.iter().zip(&tally.producers);
    let mut rows: Vec<_> = told.map(|(producer, counts)| row(producer.name(), counts)).collect();
    rows.retain(|row| row.requests > 0);
    let sum = |of: fn(&Counts) -> u64| tally.producers.iter().map(of).sum::<u64>();
    let unknown = Counts {
        requests: tally.requests - sum(|counts| counts.requests),
        client_error: tally.class(Class::ClientError) - sum(|counts| counts.client_error),
        server_error: tally.class(Class::ServerError) - sum(|counts| counts.server_error),
        bytes: 0,
    };
    if !rows.is_empty() && unknown.requests > 0 {
        rows.push(row("unknown", &unknown));
    }
    rows
}

fn set_aside(tally: &Tally) -> Vec<Apart> {
    apart(Aside::ALL.iter().map(|kind| kind.name()).zip(&tally.aside))
}

/// The kinds that there were.
fn apart<'a>(kinds: impl Iterator<Item = (&'static str, &'a Counts)>) -> Vec<Apart> {
    let kinds = kinds.filter(|(_, counts)| counts.requests > 0);
    let kinds = kinds.map(|(kind, counts)| Apart {
        kind,
        requests: counts.requests,
        client_error: counts.client_error,
        server_error: counts.server_error,
    });
    kinds.collect()
}

/// Counts by name, most frequent first; the last count is of all names that are not listed.
fn counted(
    names: &[&'static str],
    counts: &[u64],
    others: &'static str,
    total: u64,
) -> Vec<Counted> {
    let mut rows: Vec<_> = names
        .iter()
        .copied()
        .chain([others])
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| Counted { name, count: *count, ratio: ratio(*count, total) })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

/// The product that wrote the logs, where it is one.
fn product(readings: &[Result<Reading, String>]) -> Product {
    // Lines of a general name are of nobody in particular, whoever's parser reads them.
    let of = |reading: &Reading| {
        Format::find(&reading.name).map_or(reading.parser.product(), |(_, product)| product)
    };
    let mut products = readings.iter().flatten().map(of);
    let first = products.next().unwrap_or_default();
    if products.all(|product| product == first) { first } else { Product::Unknown }
}

fn not_judged(tally: &Tally) -> Vec<Apart> {
    apart(Noise::ALL.iter().map(|kind| kind.name()).zip(&tally.noise))
}

/// What is wrong all the time, and swings of the traffic. Adds to the targets how fast their budgets
/// went. `of_checks` are incidents of health checks alone, `found` are all others.
fn findings(
    of_checks: &[detect::Incident],
    found: &[detect::Incident],
    (wide, fine): &(Timeline, Timeline),
    meta: &Meta,
    targets: &mut [Target],
    top: &Top,
    over_target: &[OverTarget],
) -> Vec<Finding> {
    let mut all = findings::of_traffic(wide);
    all.extend(of_checks.iter().map(findings::of_health_checks));
    let goals = Goal::of(&meta.targets);
    for (goal, target) in goals.iter().zip(targets) {
        target.burn = burn::burn(fine, goal.target, |cell| goal.counts(cell));
        all.extend(findings::chronic(goal, wide, found, &top.routes, over_target));
    }
    all
}

/// Window and series.
fn window_and_series(report: &mut Report, tally: &Tally) {
    let Some((first, last)) = tally.series.span() else { return };
    let series = tally.series.coarser(MOST_BUCKETS, FEW_BUCKETS, MEAN_REQUESTS);
    report.window = Some(Window {
        start: Time(first),
        end: Time(last),
        duration_seconds: seconds((last - first).unsigned_abs()),
        bucket_seconds: series.width(),
        without_time: tally.series.without_time,
    });
    report.series = series
        .buckets()
        .into_iter()
        .map(|(start, bucket)| Bucket {
            start: Time(start * crate::time::SECOND),
            requests: bucket.requests(),
            client_error: bucket.class(Class::ClientError),
            server_error: bucket.class(Class::ServerError),
            no_status: bucket.class(Class::NoStatus),
            bytes_sent: bucket.bytes,
            measured: bucket.latency.count(),
            p50: bucket.latency.quantile(0.5).map(seconds),
            p95: bucket.latency.quantile(0.95).map(seconds),
        })
        .collect();
}

fn top(tally: &Tally, most: usize) -> Top {
    let mut cardinality = BTreeMap::new();
    fn size<V: Count>(map: &Heavy<V>) -> Cardinality {
        let approximate = map.floor() > 0;
        Cardinality {
            keys: if approximate { map.cap() } else { map.len() } as u64,
            approximate,
            max_error: map.floor(),
        }
    }
    cardinality.insert("routes", size(&tally.routes));
    cardinality.insert("clients", size(&tally.clients));
    cardinality.insert("user_agents", size(&tally.user_agents));
    cardinality.insert("hosts", size(&tally.hosts));
    cardinality.insert("upstreams", size(&tally.upstreams));
    cardinality.insert("reasons", size(&tally.reasons));
    cardinality.insert("cache_statuses", size(&tally.cache_statuses));
    let keys = |map: &Heavy<Counts>| {
        let measures: [fn(&Row<'_, Counts>) -> u64; 3] =
            [|row| row.value.requests, |row| row.value.server_error, |row| row.value.client_error];
        ranked(map, most, &measures).into_iter().map(key).collect()
    };
    Top {
        routes: routes(&tally.routes, most),
        clients: keys(&tally.clients),
        user_agents: keys(&tally.user_agents),
        hosts: keys(&tally.hosts),
        upstreams: ranked(
            &tally.upstreams,
            most,
            &[|row| row.value.attempts, |row| row.value.failed],
        )
        .into_iter()
        .map(upstream)
        .collect(),
        reasons: keys(&tally.reasons),
        cache_statuses: keys(&tally.cache_statuses),
        cardinality,
    }
}

/// The rows that are among the first by any of the measures (where it is above zero), in the
/// order of the first measure; equals in the order of their keys. Each measure has its own rows:
/// a sum of 4xx and 5xx, however weighed, let many rows with a little of one push out the row with
/// all of the other.
fn ranked<'a, V: Count>(
    map: &'a Heavy<V>,
    most: usize,
    measures: &[fn(&Row<'_, V>) -> u64],
) -> Vec<Row<'a, V>> {
    let mut chosen: Vec<Row<'a, V>> = Vec::new();
    for measure in measures {
        let mut rows: Vec<(u64, Row<'a, V>)> =
            map.rows().map(|row| (measure(&row), row)).filter(|(value, _)| *value > 0).collect();
        let order = |a: &(u64, Row<'a, V>), b: &(u64, Row<'a, V>)| {
            b.0.cmp(&a.0).then_with(|| a.1.key.cmp(b.1.key))
        };
        if rows.len() > most {
            rows.select_nth_unstable_by(most, order);
            rows.truncate(most);
        }
        chosen.extend(rows.into_iter().map(|(_, row)| row));
    }
    let first = measures[0];
    chosen.sort_by(|a, b| first(b).cmp(&first(a)).then_with(|| a.key.cmp(b.key)));
    chosen.dedup_by_key(|row| row.key);
    chosen
}

fn routes(map: &Heavy<RouteCounts>, most: usize) -> Vec<Route> {
    let slow = |row: &Row<'_, RouteCounts>| match row.value.latency.count() {
        RANKED_BY_LATENCY.. => row.value.latency.quantile(0.95).unwrap_or(0),
        _ => 0,
    };
    let measures: [fn(&Row<'_, RouteCounts>) -> u64; 4] = [
        |row| row.value.counts.requests,
        |row| row.value.counts.server_error,
        |row| row.value.counts.client_error,
        slow,
    ];
    ranked(map, most, &measures)
        .into_iter()
        .map(|row| {
            let Counts { requests, client_error, server_error, bytes } = row.value.counts;
            let latency = &row.value.latency;
            Route {
                route: Text::new(row.key),
                requests,
                client_error,
                server_error,
                bytes_sent: bytes,
                measured: latency.count(),
                p50: latency.quantile(0.5).map(seconds),
                p95: latency.quantile(0.95).map(seconds),
                p99: latency.quantile(0.99).map(seconds),
                approximate: row.error > 0,
                max_error: row.error,
            }
        })
        .collect()
}

fn key(row: Row<'_, Counts>) -> Key {
    let Counts { requests, client_error, server_error, bytes } = *row.value;
    Key {
        name: Text::new(row.key),
        requests,
        client_error,
        server_error,
        bytes_sent: bytes,
        approximate: row.error > 0,
        max_error: row.error,
    }
}

fn upstream(row: Row<'_, UpstreamCounts>) -> Upstream {
    let latency = &row.value.latency;
    Upstream {
        key: key(Row { key: row.key, value: &row.value.counts, error: row.error }),
        attempts: row.value.attempts,
        failed: (row.value.answered > 0).then_some(row.value.failed),
        measured: latency.count(),
        p50: latency.quantile(0.5).map(seconds),
        p95: latency.quantile(0.95).map(seconds),
        p99: latency.quantile(0.99).map(seconds),
    }
}

/// What a reader should know before trusting the numbers.
fn warnings(report: &Report, with_timeouts: Option<&Target>, meta: &Meta) -> Vec<String> {
    let mut warnings = Vec::new();
    if meta.interrupted {
        warnings.push("interrupted: this is the report of what was read until then".into());
    }
    let input = &report.input;
    let hint = if input.sources.iter().any(|source| source.detected) {
        "see the rejected lines, and name the format with --log-format"
    } else {
        "see the rejected lines: the format that was given does not read them"
    };
    warnings.extend(findings::gaps(&report.findings));
    warnings.extend(with_timeouts.and_then(|with| doubts::origin_timeouts(&report.targets, with)));
    warnings.extend(doubts::unexplained(report));
    let rejected = doubts::too_many_rejected(input, meta.max_rejected).into_iter();
    warnings.extend(rejected.map(|doubt| format!("{doubt}; {hint}")));
    warnings.extend(doubts::mixed_latencies(input));
    warnings.extend(verdict::latency_warnings(&input.sources));
    for source in &input.sources {
        if let Some(error) = &source.error {
            warnings.push(format!("{}: {error}", source.name.visible()));
        }
    }
    let approximate: Vec<_> = report
        .top
        .cardinality
        .iter()
        .filter(|(_, size)| size.approximate)
        .map(|(name, size)| {
            format!(
                "more than {} {}, counts may be up to {} too low",
                number::count(size.keys),
                name.replace('_', " "),
                number::count(size.max_error)
            )
        })
        .collect();
    if !approximate.is_empty() {
        warnings.push(format!("rankings are approximate: {}", approximate.join("; ")));
    }
    warnings.extend(meta.warnings.iter().cloned());
    warnings
}

#[cfg(test)]
mod tests;
