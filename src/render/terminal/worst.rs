//! When it was worst, and on which route: a sentence for each target that is missed, and a line of
//! the highest buckets for the others.
//!
//! These are facts about buckets and rankings. What an incident tells is not told twice: there the
//! sentence names the incident.

use super::line::{DIM, Line, MAGENTA, PLAIN, RED, YELLOW, beside, key_text};
use super::local;
use super::when::{clock, range};
use crate::number;
use crate::render::Style;
use crate::report::{Bucket, Report, Route, SignalFigures, Target, Window};
use crate::time::SECOND;

/// A period is worth telling when it is at most one part in so many of the whole.
const SHORT: usize = 4;
/// Buckets beside the worst ones belong to them from this part of their mean on.
const FRINGE: f64 = 0.25;
/// The errors of a route are the errors when they are at least one in so many.
const FEW_ROUTES: u64 = 5;

/// When and where a missed target was missed most; none when the log does not tell.
pub(super) fn sentence(report: &Report, target: &Target, style: &Style) -> Option<String> {
    if let Some(incidents) = in_incidents(report, target, style) {
        return Some(incidents);
    }
    let routes = &report.top.routes;
    let limit = target.target;
    let (when, place) = match target.name {
        "client_error_ratio" => (
            errors(report, |bucket| bucket.client_error, style),
            most_on(routes, target.count, |route| route.client_error, style),
        ),
        "server_error_ratio" => (
            errors(report, |bucket| bucket.server_error, style),
            most_on(routes, target.count, |route| route.server_error, style),
        ),
        "latency_p95_seconds" => (slow(report, limit, style), slowest(routes, limit, style)),
        _ => return None,
    };
    let parts: Vec<String> = when.into_iter().chain(place).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Which incidents hold at least half of the requests that a target was missed by.
fn in_incidents(report: &Report, target: &Target, style: &Style) -> Option<String> {
    /// More are not named.
    const NAMED: usize = 4;
    let is_of = |signal: &&SignalFigures| counts_against(&signal.signal, target.name);
    let mut found = Vec::new();
    for incident in &report.incidents {
        // One of its signals may hold another: 504 is in 5xx.
        if let Some(most) = incident.signals.iter().filter(is_of).max_by_key(|s| s.count) {
            found.push((incident, most));
        }
    }
    let held = found.iter().fold(0u64, |sum, (_, s)| sum.saturating_add(s.count));
    if found.is_empty() || held < target.count.div_ceil(2) {
        return None;
    }
    // Overlapping incidents may hold the same requests.
    let held = number::count(held.min(target.count));
    let what = match target.name {
        "latency_p95_seconds" => {
            format!("{held} of {} slow requests are in", number::count(target.count))
        }
        _ => format!("{held} of them are in"),
    };
    let ids: Vec<&str> = found.iter().map(|(incident, _)| incident.id.as_str()).collect();
    Some(match (ids.as_slice(), &report.window) {
        ([id], window) => {
            let (incident, signal) = found[0];
            let when = window.as_ref().and_then(|w| range(signal.start, signal.end, w, style));
            let when = when.map(|when| format!(", {when}")).unwrap_or_default();
            let open = incident.ongoing && signal.end == incident.end;
            format!("{what} incident {id}{when}{}", if open { ", still open" } else { "" })
        }
        ([first @ .., last], _) if ids.len() <= NAMED => {
            format!("{what} incidents {} and {last}", first.join(", "))
        }
        _ => format!("{what} {} incidents", ids.len()),
    })
}

/// Whether the bad requests of a signal are those that a target counts.
fn counts_against(signal: &str, target: &str) -> bool {
    match target {
        "client_error_ratio" => signal.starts_with('4') || signal == "client_gone",
        "server_error_ratio" => signal.starts_with('5'),
        "latency_p95_seconds" => signal == "slow",
        _ => false,
    }
}

/// When most of some errors were.
fn errors(report: &Report, count: fn(&Bucket) -> u64, style: &Style) -> Option<String> {
    let window = report.window.as_ref()?;
    let total: u64 = report.series.iter().map(count).sum();
    if let Some((period, inside)) = period(report, window, |bucket| count(bucket) as f64) {
        let when = span(period, window, style)?;
        let inside = inside.round() as u64;
        return Some(match inside {
            1 if total == 1 => when,
            _ if inside == total => format!("all of them {when}"),
            _ => format!("{} of them {when}", number::count(inside)),
        });
    }
    let worst = report.series.iter().rev().max_by_key(|bucket| count(bucket))?;
    // One error at a time has no peak.
    if count(worst) < 2 || report.series.len() < SHORT {
        return None;
    }
    let at = clock(worst.start.0, window, style)?;
    Some(format!("at most {}, at {at}", each(count(worst), window)))
}

/// When requests were slowest.
fn slow(report: &Report, limit: f64, style: &Style) -> Option<String> {
    let window = report.window.as_ref()?;
    let known = || report.series.iter().rev().filter_map(|bucket| Some((bucket.p95?, bucket)));
    let (p95, worst) = known().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let p95 = number::duration(p95);
    let excess = |bucket: &Bucket| {
        bucket.p95.map_or(0.0, |p95| (p95 - limit).max(0.0) * bucket.measured as f64)
    };
    if let Some((period, _)) = period(report, window, excess) {
        return Some(format!("p95 up to {p95} {}", span(period, window, style)?));
    }
    if report.series.len() < SHORT {
        return None;
    }
    Some(format!("p95 at most {p95}, at {}", clock(worst.start.0, window, style)?))
}

/// The route with the most of some errors, when there is more than one route.
fn most_on(
    routes: &[Route],
    total: u64,
    count: fn(&Route) -> u64,
    style: &Style,
) -> Option<String> {
    let worst = routes.iter().rev().max_by_key(|route| count(route))?;
    if count(worst) == 0 || routes.len() < 2 {
        return None;
    }
    let many = match count(worst) * FEW_ROUTES < total {
        true if count(worst) == 1 => return Some("on many routes".into()),
        true => "on many routes, ",
        false => "",
    };
    Some(format!(
        "{many}most on {} ({})",
        key_text(&worst.route, style),
        number::count(count(worst))
    ))
}

/// The route that the ranking of slow routes begins with, when there is more than one route, and
/// it is too slow: the slow requests may be of routes that have too few for the ranking.
fn slowest(routes: &[Route], limit: f64, style: &Style) -> Option<String> {
    let route = super::top::by_latency(routes).into_iter().next()?;
    if routes.len() < 2 || route.p95 < Some(limit) {
        return None;
    }
    Some(format!(
        "slowest route {} ({})",
        key_text(&route.route, style),
        number::duration(route.p95?)
    ))
}

/// The shortest period that holds half of the weight, with what is nearly as heavy beside it; the
/// first bucket of it, the one after it, and the weight in it. None when it is not short.
fn period(
    report: &Report,
    window: &Window,
    weight: impl Fn(&Bucket) -> f64,
) -> Option<((i64, i64), f64)> {
    let first = report.series.first()?.start.0;
    let width = i64::try_from(window.bucket_seconds).ok()?.checked_mul(SECOND)?.max(1);
    let at = |bucket: &Bucket| usize::try_from((bucket.start.0 - first) / width).ok();
    let count = at(report.series.last()?)? + 1;
    // Empty buckets are not in the series.
    let mut weights = vec![0.0; count];
    for bucket in &report.series {
        weights[at(bucket)?] = weight(bucket);
    }
    let half = weights.iter().sum::<f64>() / 2.0;
    if half <= 0.0 {
        return None;
    }
    let mut core: Option<(usize, usize)> = None;
    let (mut start, mut held) = (0, 0.0);
    for end in 0..count {
        held += weights[end];
        while held - weights[start] >= half {
            held -= weights[start];
            start += 1;
        }
        if held >= half && core.is_none_or(|(from, to)| end + 1 - start < to - from) {
            core = Some((start, end + 1));
        }
    }
    let (mut start, mut end) = core?;
    let least = weights[start..end].iter().sum::<f64>() / (end - start) as f64 * FRINGE;
    // One lighter bucket does not end a period.
    while let Some(step) = (1..=2).find(|step| start >= *step && weights[start - step] >= least) {
        start -= step;
    }
    while let Some(step) = (1..=2).find(|step| weights.get(end + step - 1) >= Some(&least)) {
        end += step;
    }
    if (end - start) * SHORT > count {
        return None;
    }
    let time = |bucket: usize| first + bucket as i64 * width;
    Some(((time(start), time(end)), weights[start..end].iter().sum()))
}

/// A count of one bucket: `26/min`, `2 in 30 s`.
fn each(count: u64, window: &Window) -> String {
    let count = number::count(count);
    match window.bucket_seconds {
        1 | 60 | 3600 | 86_400 => format!("{count}/{}", number::per(window.bucket_seconds)),
        width => format!("{count} in {}", number::per(width)),
    }
}

/// `from 14:02 to 14:14`, or `at 14:02` for one short bucket.
fn span(period: (i64, i64), window: &Window, style: &Style) -> Option<String> {
    let from = clock(period.0, window, style)?;
    let seconds = (period.1 - period.0) / SECOND;
    if seconds <= 60 && seconds <= window.bucket_seconds as i64 {
        return Some(format!("at {from}"));
    }
    let to = clock(period.1, window, style)?;
    let same_day = local(period.0, style)?.date() == local(period.1, style)?.date();
    let to = if same_day { to.rsplit(' ').next().unwrap_or_default() } else { &to };
    Some(format!("from {from} to {to}"))
}

/// The highest buckets of errors and latency, as far as no sentence has told them: the first such
/// bucket, as when it began matters more than when it ended.
pub(super) fn peaks(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let Some(window) = &report.window else { return Vec::new() };
    let series = &report.series;
    let errors = |value: fn(&Bucket) -> u64| {
        let worst = series.iter().rev().max_by_key(|bucket| value(bucket))?;
        (value(worst) > 0).then(|| (each(value(worst), window), worst))
    };
    let slowest = || {
        let known = series.iter().rev().filter_map(|bucket| Some((bucket.p95?, bucket)));
        let (p95, worst) = known.max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((number::duration(p95), worst))
    };
    let told = |name| report.targets.iter().any(|t| t.name == name && t.met == Some(false));
    // What an incident holds is told there.
    let in_incident =
        |bucket: &Bucket| report.incidents.iter().any(|i| (i.start..i.end).contains(&bucket.start));
    let highest = [
        ("server_error_ratio", "5xx", RED, errors(|bucket| bucket.server_error)),
        ("client_error_ratio", "4xx", YELLOW, errors(|bucket| bucket.client_error)),
        ("latency_p95_seconds", "p95", MAGENTA, slowest()),
    ];
    let start = || Line::new().with(DIM, " highest");
    let indent = start().width();
    let mut lines = vec![start()];
    for (target, name, paint, found) in highest {
        let Some((value, bucket)) =
            found.filter(|(_, bucket)| !told(target) && !in_incident(bucket))
        else {
            continue;
        };
        let Some(time) = clock(bucket.start.0, window, style) else { continue };
        let item = Line::new()
            .with(PLAIN, "  ")
            .with(paint, name)
            .with(PLAIN, format!(" {value}"))
            .with(DIM, format!(" at {time}"));
        let line = lines.pop().unwrap_or_default();
        let column = line.width();
        if column > indent && column + item.width() > columns {
            lines.push(line);
            lines.extend(beside(Vec::new(), vec![item], indent));
        } else {
            lines.extend(beside(vec![line], vec![item], column));
        }
    }
    if lines[0].width() > indent { lines } else { Vec::new() }
}

#[cfg(test)]
mod tests;
