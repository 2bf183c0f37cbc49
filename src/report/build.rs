//! Tally to report: rates, quantiles, rankings and the verdict. All that is decided is decided
//! here, after the last merge; nothing in it depends on how many workers counted.

use super::{
    Bucket, Cardinality, Classes, Counted, Generator, Health, Input, Key, Latency, NoStatusCount,
    Quantiles, RejectSample, Report, Route, SCHEMA_ID, Share, Source, StatusCode, Target, Text,
    Time, Top, Totals, Upstream, Verdict, Window, doubts,
};
use crate::codes;
use crate::format::detect::Reading;
use crate::input;
use crate::ratio::Ratio;
use crate::record::{Class, NoStatus, Reject, Skip};
use crate::scan::{Lines, Scan};
use crate::tally::heavy::{Count, Heavy, Row};
use crate::tally::loglinear::Precise;
use crate::tally::{Counts, METHODS, PROTOCOLS, RouteCounts, Tally, UpstreamCounts};
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
    /// Whether a filter picks requests by their status, so that error rates say nothing.
    pub picked_by_status: bool,
    /// Share of rejected lines above which the numbers are doubtful, of all and of each source.
    pub max_rejected: Ratio,
    /// What else the reader should know.
    pub warnings: Vec<String>,
}

/// What the rates and the latency should be.
#[derive(Clone, Copy, Debug)]
pub struct Targets {
    /// 4xx of all requests.
    pub client_error: Ratio,
    /// 5xx of all requests.
    pub server_error: Ratio,
    /// 95th percentile of the latency, microseconds.
    pub latency_p95: u64,
}

/// Buckets in the report at most: a day in minutes.
const MOST_BUCKETS: u64 = 1440;
/// So few buckets are not made wider for the sake of [`MEAN_REQUESTS`].
const FEW_BUCKETS: u64 = 120;
/// Requests that a bucket should hold for its rates to mean something.
const MEAN_REQUESTS: u64 = 20;

/// Requests that a route needs before its percentiles are compared with others'.
const RANKED_BY_LATENCY: u64 = 20;

/// Share of censored latencies from which a percentile is only a lower bound.
const CENSORED: f64 = 0.05;

/// Makes the report. `readings` are how the input's sources were read, in their order.
pub fn build(
    input: &input::Input,
    readings: &[Result<Reading, String>],
    scan: &Scan,
    meta: &Meta,
) -> Report {
    let tally = &scan.tally;
    let sources: Vec<Source> = input
        .sources()
        .iter()
        .zip(readings)
        .zip(&scan.sources)
        .map(|((source, reading), lines)| self::source(source, reading, lines))
        .collect();
    let sum = |of: fn(&Lines) -> u64| scan.sources.iter().map(of).sum();
    let latency = latency(tally, readings);
    let mut targets = targets(tally, latency.as_ref(), &meta.targets);
    if meta.picked_by_status {
        doubts::unjudge_rates(&mut targets);
    }
    let mut verdict = verdict(tally.requests, &targets);
    if meta.picked_by_status {
        doubts::qualify(&mut verdict, tally.requests);
    }
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
        status_codes: status_codes(tally),
        no_status: no_status(tally),
        methods: counted(&METHODS, &tally.methods, "_OTHER", tally.requests),
        protocols: counted(&PROTOCOLS, &tally.protocols, "other", tally.requests),
        targets,
        latency,
        series: Vec::new(),
        top: top(tally, meta.top),
        incidents: None,
        findings: None,
        warnings: Vec::new(),
    };
    over_time(&mut report, tally);
    report.warnings = warnings(&report, meta);
    report
}

/// `part / whole`; 0 of nothing is 0.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn source(source: &input::Source, reading: &Result<Reading, String>, lines: &Lines) -> Source {
    let nonzero = |names: &mut dyn Iterator<Item = (&'static str, u64)>| {
        names.filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>()
    };
    let mut notes = Vec::new();
    if source.nul_bytes() > 0 {
        notes.push(format!(
            "{} NUL bytes before lines were passed over (a log truncated while it was written)",
            say_count(source.nul_bytes())
        ));
    }
    let mut out = Source {
        name: Text::new(source.name()),
        format: None,
        format_string: None,
        detected: true,
        sample: None,
        compression: source.compression().map_or("none", input::Compression::name),
        lines: lines.lines,
        parsed: lines.parsed,
        recovered: lines.recovered,
        other_format: BTreeMap::new(),
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
            out.other_format = reading
                .parser
                .sisters()
                .zip(&lines.sisters)
                .filter(|(_, count)| **count > 0)
                .map(|(name, count)| (name.to_owned(), *count))
                .collect();
            out.time_field.clone_from(&reading.time_field);
            out.time_meaning = reading.time_field.as_ref().map(|_| reading.time_meaning.name());
            if let Some((field, unit)) = &reading.latency {
                out.latency_field = Some(field.clone());
                out.latency_unit = Some(unit);
            }
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

fn status_codes(tally: &Tally) -> Vec<StatusCode> {
    let mut codes: Vec<_> = (100u16..1000)
        .map(|code| (code, tally.codes[usize::from(code)]))
        .filter(|(_, count)| *count > 0)
        .map(|(code, count)| {
            let entry = codes::lookup(code);
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
        .zip(tally.no_status)
        .filter(|(_, count)| *count > 0)
        .map(|(spelling, count)| NoStatusCount {
            spelling: spelling.name(),
            count,
            ratio: ratio(count, tally.requests),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
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

fn quantiles(precise: &Precise) -> Quantiles {
    let hdr = precise.to_hdr();
    // HdrHistogram gives the upper end of a bucket, which may lie above the largest value; the
    // last bucket, that of all values over 38 hours, may lie below the smallest.
    let at =
        |quantile| seconds(hdr.value_at_quantile(quantile).clamp(precise.min(), precise.max()));
    Quantiles {
        count: precise.count(),
        min: seconds(precise.min()),
        mean: precise.mean() / 1e6,
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: seconds(precise.max()),
    }
}

fn latency(tally: &Tally, readings: &[Result<Reading, String>]) -> Option<Latency> {
    let mut fields: Vec<_> = readings
        .iter()
        .flatten()
        .filter_map(|reading| Some(reading.latency.as_ref()?.0.as_str()))
        .collect();
    fields.sort_unstable();
    fields.dedup();
    let overall = tally.latency.overall();
    if overall.count() == 0 {
        return None;
    }
    let by_class = Class::ALL
        .iter()
        .zip(&tally.latency.classes)
        .filter(|(_, class)| class.count() > 0)
        .map(|(class, precise)| (class.name(), quantiles(precise)))
        .collect();
    let excluded = [("upgrade", tally.latency.upgrade), ("connect", tally.latency.connect)];
    Some(Latency {
        field: fields.join(", "),
        unit: "seconds",
        measured: overall.count(),
        missing: tally.latency.missing,
        excluded: excluded.into_iter().filter(|(_, count)| *count > 0).collect(),
        censored: tally.latency.censored,
        method: "nearest rank in an HdrHistogram of 3 digits: the upper end of the bucket, at most \
                 0.1 % above the true value, never below it; over 38 hours, the largest value",
        overall: quantiles(&overall),
        by_class,
    })
}

fn targets(tally: &Tally, latency: Option<&Latency>, targets: &Targets) -> Vec<Target> {
    let rate = |name, target: Ratio, class, industry| {
        let (count, total) = (tally.class(class), tally.requests);
        Target {
            name,
            target: target.as_f64(),
            observed: (total > 0).then(|| ratio(count, total)),
            count,
            total,
            met: (total > 0).then(|| target.is_below(count, total)),
            lower_bound: false,
            industry: Some(industry),
        }
    };
    let overall = tally.latency.overall();
    let observed = latency.map(|latency| latency.overall.p95);
    let censored = tally.latency.censored as f64 > CENSORED * overall.count() as f64;
    vec![
        rate("client_error_ratio", targets.client_error, Class::ClientError, [0.03, 0.07]),
        rate("server_error_ratio", targets.server_error, Class::ServerError, [0.005, 0.02]),
        Target {
            name: "latency_p95_seconds",
            target: seconds(targets.latency_p95),
            observed,
            count: overall.count() - overall.below(targets.latency_p95),
            total: overall.count(),
            met: observed.map(|p95| p95 < seconds(targets.latency_p95)),
            lower_bound: observed.is_some() && censored,
            industry: None,
        },
    ]
}

/// The answer in one word, and a sentence for each missed target.
fn verdict(requests: u64, targets: &[Target]) -> Verdict {
    let mut reasons = Vec::new();
    let mut status = Health::Healthy;
    for target in targets {
        let (Some(false), Some(observed)) = (target.met, target.observed) else { continue };
        let over = observed / target.target;
        let (reason, critical) = match target.name {
            "latency_p95_seconds" => (
                format!(
                    "95 % of requests take up to {}{}, the target is below {}",
                    say_observed(target, observed),
                    if target.lower_bound { " or more" } else { "" },
                    say_limit(target)
                ),
                false,
            ),
            name => {
                let (class, critical) = match name {
                    "server_error_ratio" => ("5xx", over >= 10.0),
                    _ => ("4xx", over >= 5.0),
                };
                (
                    format!(
                        "{class} are {} of requests ({} of {}), the target is below {}",
                        say_observed(target, observed),
                        say_count(target.count),
                        say_count(target.total),
                        say_limit(target)
                    ),
                    critical,
                )
            }
        };
        reasons.push(reason);
        status = match (status, critical) {
            (_, true) | (Health::Critical, _) => Health::Critical,
            _ => Health::Degraded,
        };
    }
    if requests == 0 {
        return Verdict {
            status: Health::Unknown,
            reasons: vec!["no request was counted, so there is nothing to judge by".into()],
        };
    }
    if reasons.is_empty() {
        let unmeasured = targets.iter().any(|target| target.met.is_none());
        reasons.push(match unmeasured {
            true => "the error rates are below their targets; the log has no latency".into(),
            false => "error rates and latency are below their targets".into(),
        });
    }
    Verdict { status, reasons }
}

/// A count with its thousands apart.
pub(super) fn say_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A ratio as a percentage of three digits, as the tables of the report have it.
pub(super) fn say_ratio(ratio: f64) -> String {
    let percent = ratio * 100.0;
    let digits = match percent {
        p if p >= 10.0 => 1,
        p if p >= 1.0 => 2,
        p if p >= 0.1 || p == 0.0 => 3,
        _ => 4,
    };
    format!("{percent:.digits$} %")
}

/// A duration in the unit that a person would use.
fn say_seconds(seconds: f64) -> String {
    if seconds < 0.999_5 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") }
}

/// A limit as it was given, in percent or in a unit of time.
fn say_limit(target: &Target) -> String {
    let (value, unit) = match target.name {
        "latency_p95_seconds" if target.target < 1.0 => (target.target * 1e3, "ms"),
        "latency_p95_seconds" => (target.target, "s"),
        _ => (target.target * 100.0, "%"),
    };
    // Nine places hold what can be given, and hide what binary floating point adds.
    let text = format!("{value:.9}");
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What was observed, with as many digits as tell it from the limit.
fn say_observed(target: &Target, observed: f64) -> String {
    let limit = say_limit(target);
    let (shown, scale) = match target.name {
        "latency_p95_seconds" => {
            (say_seconds(observed), if observed < 0.999_5 { 1e3 } else { 1.0 })
        }
        _ => (say_ratio(observed), 100.0),
    };
    let number = |text: &str| text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    if observed == target.target || number(&shown) != number(&limit) {
        return shown;
    }
    let unit = shown.rsplit(' ').next().unwrap_or_default();
    (1..=9)
        .map(|places| format!("{:.places$} {unit}", observed * scale))
        .find(|text| number(text) != number(&limit))
        .unwrap_or(shown)
}

/// Window and series.
fn over_time(report: &mut Report, tally: &Tally) {
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
    let keys = |map: &Heavy<Counts>| {
        ranked(map, most, &[|row| row.value.requests, errors]).into_iter().map(key).collect()
    };
    Top {
        routes: routes(&tally.routes, most),
        clients: keys(&tally.clients),
        user_agents: keys(&tally.user_agents),
        hosts: keys(&tally.hosts),
        upstreams: ranked(
            &tally.upstreams,
            most,
            &[|row| row.value.counts.requests, |row| row.value.counts.server_error],
        )
        .into_iter()
        .map(upstream)
        .collect(),
        cardinality,
    }
}

/// Errors of a key, server errors first: one outweighs any number of client errors.
fn errors(row: &Row<'_, Counts>) -> u64 {
    weigh(row.value)
}

fn weigh(counts: &Counts) -> u64 {
    counts.server_error.saturating_mul(1 << 32).saturating_add(counts.client_error)
}

/// The rows that are among the first by any of the measures (where it is above zero), in the
/// order of the first measure; equals in the order of their keys.
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
    ranked(map, most, &[|row| row.value.counts.requests, |row| weigh(&row.value.counts), slow])
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
        measured: latency.count(),
        p50: latency.quantile(0.5).map(seconds),
        p95: latency.quantile(0.95).map(seconds),
        p99: latency.quantile(0.99).map(seconds),
    }
}

/// What a reader should know before trusting the numbers.
fn warnings(report: &Report, meta: &Meta) -> Vec<String> {
    let mut warnings = Vec::new();
    if meta.interrupted {
        warnings.push("interrupted: this is the report of what was read until then".into());
    }
    let input = &report.input;
    let hint = "see the rejected lines, and name the format with --log-format";
    let rejected = doubts::too_many_rejected(input, meta.max_rejected).into_iter();
    warnings.extend(rejected.map(|doubt| format!("{doubt}; {hint}")));
    warnings.extend(doubts::mixed_latencies(input));
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
                say_count(size.keys),
                name.replace('_', " "),
                say_count(size.max_error)
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
mod tests {
    use super::*;

    /// A missed limit is not said to be kept by rounding, and numbers look as in the tables.
    #[test]
    fn reasons() {
        let limits = Targets {
            client_error: "5%".parse().expect("a rate"),
            server_error: "0.1%".parse().expect("a rate"),
            latency_p95: 200_000,
        };
        let say = |name, observed, (count, total), lower_bound| {
            let target = match name {
                "latency_p95_seconds" => seconds(limits.latency_p95),
                "client_error_ratio" => limits.client_error.as_f64(),
                _ => limits.server_error.as_f64(),
            };
            let (observed, met, industry) = (Some(observed), Some(false), None);
            let one = Target { name, target, observed, count, total, met, lower_bound, industry };
            verdict(total, &[one]).reasons.concat()
        };
        for (text, expected) in [
            (
                say("server_error_ratio", 0.013_96, (47, 3366), false),
                "5xx are 1.40 % of requests (47 of 3,366), the target is below 0.1 %",
            ),
            (
                say("server_error_ratio", 0.001_000_4, (10_004, 10_000_000), false),
                "5xx are 0.10004 % of requests (10,004 of 10,000,000), the target is below 0.1 %",
            ),
            (
                say("client_error_ratio", 0.05, (5, 100), false),
                "4xx are 5.00 % of requests (5 of 100), the target is below 5 %",
            ),
            (
                say("latency_p95_seconds", 0.2004, (1, 9), false),
                "95 % of requests take up to 200.4 ms, the target is below 200 ms",
            ),
            (
                say("latency_p95_seconds", 1.24, (1, 9), true),
                "95 % of requests take up to 1.2 s or more, the target is below 200 ms",
            ),
        ] {
            assert_eq!(text, expected);
        }
    }
}
