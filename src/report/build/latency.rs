//! The latency of the report: percentiles, cliffs, and what misses the target.

use super::{ratio, seconds};
use crate::detect::cliff::{self, directive};
use crate::record::Class;
use crate::report::incident::{Cliff, OverTarget};
use crate::report::{Latency, Phases, Quantiles, Source, Text};
use crate::tally::Tally;
use crate::tally::loglinear::{Compact, Precise};

/// Requests that a route needs before it can miss the target.
const LEAST: u64 = 20;
/// The target is of the 95th percentile.
const MAY_BE_SLOW: f64 = 0.05;
/// Quantile of the normal distribution: nineteen of twenty times the share is not below.
const Z: f64 = 1.645;

/// The latency; none when none was measured. `target` is in microseconds, `product` the one that
/// wrote the log, `most` the rows of a ranking.
pub(super) fn latency(
    tally: &Tally,
    sources: &[Source],
    target: u64,
    product: &str,
    most: usize,
) -> Option<Latency> {
    let read = sources.iter().filter(|source| source.parsed > 0);
    let mut fields: Vec<_> = read.filter_map(|source| source.latency_field.as_deref()).collect();
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
        phases: phases(tally),
        cliffs: cliffs(tally, product),
        over_target: over_target(tally, overall.count() - overall.below(target), target, most),
    })
}

/// The quantiles of a histogram.
pub(in crate::report) fn quantiles(precise: &Precise) -> Quantiles {
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

fn phases(tally: &Tally) -> Phases {
    let measured = |precise: &Precise| (precise.count() > 0).then(|| quantiles(precise));
    Phases {
        connect: measured(&tally.latency.phases.connect),
        header: measured(&tally.latency.phases.header),
        upstream: measured(&tally.latency.phases.upstream),
    }
}

/// Durations at which many requests of a class ended.
fn cliffs(tally: &Tally, product: &str) -> Vec<Cliff> {
    let mut found = Vec::new();
    for (class, durations) in Class::ALL.iter().zip(&tally.latency.classes) {
        let floor = match class {
            Class::Successful | Class::Redirection => cliff::FLOOR_OF_ANSWERED,
            _ => cliff::FLOOR,
        };
        found.extend(cliff::of_histogram(durations, floor).into_iter().map(|cliff| Cliff {
            at_seconds: seconds(cliff.at),
            count: cliff.count,
            share_ratio: cliff.share,
            of: class.name().to_owned(),
            directive: directive(cliff.at, product, None).map(str::to_owned),
        }));
    }
    found.sort_by_key(|cliff| std::cmp::Reverse(cliff.count));
    found
}

/// Routes and upstreams that miss the target: not by chance, and not because a bucket of their
/// histogram reaches over it. `all_slow` are all requests that did.
fn over_target(tally: &Tally, all_slow: u64, target: u64, most: usize) -> Vec<OverTarget> {
    let row = |dimension, name: &[u8], latency: &Compact<5>| {
        let (requests, slow) = (latency.count(), latency.at_least(target));
        let misses = requests >= LEAST && least_share(slow, requests) > MAY_BE_SLOW;
        misses.then(|| OverTarget {
            dimension,
            value: Text::new(name),
            requests,
            slow,
            p95: seconds(latency.quantile(0.95).unwrap_or(0)),
            slow_share: ratio(slow, all_slow.max(slow)),
        })
    };
    let routes = tally.routes.rows().filter_map(|of| row("route", of.key, &of.value.latency));
    let upstreams =
        tally.upstreams.rows().filter_map(|of| row("upstream", of.key, &of.value.latency));
    let mut found: Vec<OverTarget> = routes.chain(upstreams).collect();
    found.sort_by(|a, b| {
        b.slow.cmp(&a.slow).then(a.dimension.cmp(b.dimension)).then_with(|| a.value.cmp(&b.value))
    });
    found.truncate(most);
    found
}

/// Lower end of the interval that the true share of `part` in `whole` lies in (Wilson, "Probable
/// inference, the law of succession, and statistical inference", 1927).
fn least_share(part: u64, whole: u64) -> f64 {
    let (n, share) = (whole as f64, ratio(part, whole));
    let middle = share + Z * Z / (2.0 * n);
    let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - reach) / (1.0 + Z * Z / n)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_few_is_uncertain() {
        // By hand: (0.1 + 0.0135 - 0.0512) / 1.0271.
        assert!((least_share(10, 100) - 0.0607).abs() < 0.0005, "{}", least_share(10, 100));
        assert!((least_share(10_000, 100_000) - 0.0984).abs() < 0.0005);
        assert_eq!(least_share(0, 50), 0.0);
    }
}
