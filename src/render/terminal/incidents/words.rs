//! The words for what an incident is made of.

use crate::number;
use crate::render::Style;
use crate::render::terminal::line::key_text;
use crate::report::{Cliff, Culprit, Incident, Text};

/// More codes are not named.
const CODES: usize = 3;

/// What it is: `504 spike`, `5xx step (503, 502)`, `periodic timeouts`, `scanner`.
pub(super) fn what(incident: &Incident) -> String {
    let mut codes = incident.codes.iter().take(CODES).map(u16::to_string).collect::<Vec<_>>();
    let is_class = incident.signal.ends_with("xx");
    if incident.codes.len() > CODES {
        codes.push("more".into());
    }
    // Of a class with one code, the code tells more.
    let signal = match (is_class, codes.as_slice()) {
        (true, [code]) => code.as_str(),
        _ => incident.signal.as_str(),
    };
    let (one, many) = match signal {
        "client_gone" => ("client-abort", "client aborts"),
        "slow" => ("latency", "latency"),
        "timeouts" => ("timeout", "timeouts"),
        "redirects" => ("redirect", "redirects"),
        "not_cached" => ("cache-miss", "cache misses"),
        "retried" => ("retry", "retries"),
        "no_status" => ("no-status", "requests without a status"),
        "scanner" => return "scanner".into(),
        code => (code, code),
    };
    let mut what = match incident.shape {
        "periodic" => match incident.period_seconds {
            Some(period) => format!("{many} every {}", number::span(period)),
            None => format!("periodic {many}"),
        },
        shape => format!("{one} {shape}"),
    };
    if is_class && codes.len() > 1 {
        what.push_str(&format!(" ({})", codes.join(", ")));
    }
    what
}

/// What its bad requests are called, and what they are a share of.
pub(super) fn noun(signal: &str) -> (&'static str, &'static str) {
    const ALL: &str = " of requests";
    match signal {
        "client_gone" => ("aborted requests", ALL),
        "slow" => ("slow requests", ALL),
        "timeouts" => ("timeouts", ALL),
        "redirects" => ("redirects", ALL),
        "not_cached" => ("cache misses", ""),
        "retried" => ("retried requests", ALL),
        "scanner" => ("requests", ALL),
        code if code.starts_with(['4', '5']) => ("errors", ALL),
        _ => ("responses", ALL),
    }
}

/// A signal beside the main one.
pub(super) fn other(signal: &str) -> &str {
    match signal {
        "client_gone" => "client aborts",
        "not_cached" => "cache misses",
        other => other,
    }
}

/// What bad requests have in common: `POST /api/reports on upstream 10.0.0.7:8080`.
pub(super) fn culprit(culprit: &Culprit, style: &Style) -> String {
    let mut parts = vec![(culprit.dimension, culprit.value.as_ref())];
    parts.extend(culprit.with.iter().map(|part| (part.dimension, part.value.as_ref())));
    // As in the first line of a request.
    parts.sort_by_key(|(dimension, _)| match *dimension {
        "method" => 0,
        "route" => 1,
        _ => 2,
    });
    let mut text = String::new();
    for (dimension, value) in parts {
        if !text.is_empty() {
            text.push_str(if text.contains(' ') || dimension != "route" { " + " } else { " " });
        }
        text.push_str(&part(dimension, value, style));
    }
    text
}

/// A value with the word for its dimension, where the value does not tell it.
fn part(dimension: &str, value: Option<&Text>, style: &Style) -> String {
    let name = name(dimension);
    let Some(value) = value else { return format!("no {name}") };
    let value = key_text(value, style);
    match dimension {
        "method" | "protocol" => value,
        "route" if value.starts_with('/') => value,
        _ => format!("{name} {value}"),
    }
}

/// A dimension in words.
fn name(dimension: &str) -> &str {
    match dimension {
        "client_network" => "network",
        "user_agent" => "user agent",
        "referer_host" => "referer",
        "cache_status" => "cache status",
        other => other,
    }
}

/// The dimensions that it is not the fault of one value of.
pub(super) fn evenly(dimensions: &[&'static str]) -> String {
    let names: Vec<String> = dimensions
        .iter()
        .map(|dimension| match *dimension {
            "cache_status" => "cache statuses".into(),
            "status" => "statuses".into(),
            other => format!("{}s", name(other)),
        })
        .collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => {
            format!("spread evenly over {} and {last}", first.join(", "))
        }
        all => format!("spread evenly over {}", all.concat()),
    }
}

/// A duration at which requests ended, and whose default it is.
pub(in crate::render::terminal) fn cliff(cliff: &Cliff) -> String {
    let mut text = format!(
        "{} of {} end at {}",
        number::percent(cliff.share_ratio),
        cliff.of,
        number::duration(cliff.at_seconds)
    );
    if let Some(directive) = &cliff.directive {
        text.push_str(&format!("; look at {directive}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;

    #[test]
    fn what_it_is_in_few_words() {
        let incident = &example::incident().incidents[1];
        for (signal, codes, shape, expected) in [
            ("5xx", &[504][..], "spike", "504 spike"),
            ("5xx", &[504, 502], "step", "5xx step (504, 502)"),
            ("4xx", &[404, 403, 401, 400], "ramp", "4xx ramp (404, 403, 401, more)"),
            ("503", &[503], "periodic", "503 every 30 s"),
            ("slow", &[], "spike", "latency spike"),
            ("timeouts", &[504], "periodic", "timeouts every 30 s"),
            ("no_status", &[], "spike", "no-status spike"),
            ("scanner", &[404], "spike", "scanner"),
        ] {
            let incident = Incident {
                signal: signal.into(),
                codes: codes.into(),
                shape,
                period_seconds: Some(30.0),
                ..incident.clone()
            };
            assert_eq!(what(&incident), expected);
        }
    }

    #[test]
    fn a_culprit_reads_as_a_request_does() {
        let style = example::style(80);
        let text = |parts: &[(&'static str, Option<&str>)]| {
            culprit(&example::culprit(parts, (1, 1), (1, 1)), &style)
        };
        for (parts, expected) in [
            (&[("route", Some("/a")), ("method", Some("POST"))][..], "POST /a"),
            (&[("upstream", Some("10.0.0.7")), ("route", Some("/a"))], "/a + upstream 10.0.0.7"),
            (&[("user_agent", None)], "no user agent"),
            (&[("route", Some(""))], "route (empty)"),
            (&[("client_network", Some("2001:db8::/48"))], "network 2001:db8::/48"),
        ] {
            assert_eq!(text(parts), expected);
        }
    }

    #[test]
    fn evenly_over_several() {
        assert_eq!(evenly(&["upstream"]), "spread evenly over upstreams");
        let three = evenly(&["upstream", "cache_status", "host"]);
        assert_eq!(three, "spread evenly over upstreams, cache statuses and hosts");
    }
}
