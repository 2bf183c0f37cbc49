//! Logs of what stands in front of a service: a CDN, a load balancer.

use super::*;

pub(super) fn no_status(
    spelling: &'static str,
    meaning: &'static str,
    count: u64,
    requests: u64,
) -> NoStatusCount {
    NoStatusCount { spelling, meaning, count, ratio: count as f64 / requests as f64 }
}

/// A CDN's log, which holds requests of no client, and failures without a status.
pub(crate) fn cdn() -> Report {
    let mut report = healthy();
    let requests = report.totals.requests;
    let (gone, timeouts) = (8_204, 2_911);
    report.verdict = Verdict {
        status: Health::Degraded,
        reasons: vec![
            "5xx would be 0.183 % of requests (3,199 of 1,749,745) with the 2,911 origin timeouts \
             that have no status, the target is below 0.1 %"
                .into(),
        ],
    };
    report.classes.successful -= gone + timeouts;
    report.status_codes[0].count -= gone + timeouts;
    report.totals.no_status = gone + timeouts;
    report.no_status = vec![
        no_status("000", "client_gone", gone, requests),
        no_status("000", "origin_timeout", timeouts, requests),
    ];
    report.produced_by = vec![
        produced("edge", 1_421_006, 12_204, 31),
        produced("origin", 317_624, 25_916, 257),
        produced("unknown", gone + timeouts, 0, 0),
    ];
    report.set_aside = vec![
        Apart { kind: "cdn_internal", requests: 98_204, client_error: 0, server_error: 98_112 },
        Apart { kind: "cdn_shield", requests: 12_011, client_error: 811, server_error: 4 },
    ];
    report.input.set_aside = 110_215;
    report.input.parsed += 110_215;
    report.input.lines += 110_215;
    report.top.cache_statuses = vec![
        key("Hit", 1_402_118, 0, 0),
        key("Miss", 204_811, 33_902, 1),
        key("RefreshHit", 92_004, 0, 0),
        key("LimitExceeded", 911, 911, 0),
        key("Error", 287, 0, 287),
    ];
    report.top.cardinality.insert("cache_statuses", size(5));
    report.top.reasons = vec![
        key("OriginShieldHit", 14_018, 0, 0),
        key("ClientCommError", gone, 0, 0),
        key("OriginDnsError", 204, 0, 204),
    ];
    report.top.cardinality.insert("reasons", size(3));
    let source = &mut report.input.sources[0];
    source.parsed += 110_215;
    source.lines += 110_215;
    source.format = Some("cloudfront".into());
    source.framing = Some("records".into());
    source.wrappers = vec!["docker json-file".into(), "syslog".into()];
    let other = Source {
        mixed_in: true,
        format: Some("nginx-combined".into()),
        sample: None,
        latency_field: None,
        latency_unit: None,
        zone: None,
        ..super::source("access.log", 4_811)
    };
    source.parsed -= other.parsed;
    source.lines -= other.lines;
    report.input.sources.push(other);
    report
}

/// A load balancer in front of a failing service.
pub(crate) fn balancer() -> Report {
    let mut report = incident();
    report.produced_by = vec![
        produced("proxy", 9_104, 1_834, 4_709),
        produced("origin", 192_576, 7_530, 112),
        produced("unknown", 29, 0, 2),
    ];
    report.no_status[0].meaning = "origin_timeout";
    let reasons = [
        ("sH--", 3537, 0, 3537),
        ("SC--", 1172, 0, 1172),
        ("CD--", 1322, 1322, 0),
        ("PR--", 512, 512, 0),
        ("cD--", 98, 0, 0),
        ("CL--", 7, 0, 0),
    ];
    report.top.reasons =
        reasons.map(|(name, all, client, server)| key(name, all, client, server)).into();
    report.top.cardinality.insert("reasons", size(6));
    report.top.cache_statuses =
        vec![key("HIT", 98_204, 0, 0), key("MISS", 41_022, 811, 12), key("EXPIRED", 2_204, 0, 0)];
    report.top.cardinality.insert("cache_statuses", size(3));
    let latency = report.latency.as_mut().expect("the example has a latency");
    latency.phases = Phases {
        connect: Some(quantiles(196_104, 0.000_4, 0.002, 3.0)),
        header: Some(quantiles(192_605, 0.28, 0.91, 58.1)),
        upstream: Some(quantiles(196_104, 0.29, 1.1, 60.0)),
    };
    report.warnings = vec![
        "22 requests have no status, as the origin did not answer in time: failures that the 5xx \
         rate does not hold; with them it would be 2.44 %, not 2.43 %"
            .into(),
    ];
    report
}
