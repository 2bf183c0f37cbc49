//! Incidents as the report tells them.

use super::seconds;
use crate::detect::cliff::directive;
use crate::detect::{self, Blamed, Deviation};
use crate::diagnose::{self, Diagnosis};
use crate::format::Product;
use crate::report::incident::{
    Cause, Cliff, Culprit, Incident, Level, Missing, Part, Severity, Shift, SignalFigures,
};
use crate::report::{Text, Time};
use crate::tally::loglinear::Compact;

/// The incidents, in the order of time, each with its diagnosis. `product` is the one that wrote the
/// log.
pub(super) fn incidents(
    found: &[detect::Incident],
    diagnoses: &[Diagnosis],
    product: Product,
) -> Vec<Incident> {
    let numbered = found.iter().zip(diagnoses).zip(1..);
    numbered.map(|((found, why), number)| incident(found, why, number, product)).collect()
}

fn incident(found: &detect::Incident, why: &Diagnosis, number: u32, product: Product) -> Incident {
    let main = &found.deviations[0];
    let signal = main.signal.name().into_owned();
    let affected = found.deviations.iter().map(Deviation::excess).fold(0.0, f64::max);
    Incident {
        id: number.to_string(),
        fingerprint: fingerprint(&signal, found.culprits.first()),
        severity: severity(found.severity),
        start: Time(found.times.start),
        end: Time(found.times.end),
        peak: Time(found.peak),
        duration_seconds: seconds((found.times.end - found.times.start).unsigned_abs()),
        ongoing: found.ongoing,
        signal,
        signals: found.deviations.iter().map(figures).collect(),
        codes: found.codes.clone(),
        shape: found.shape.name(),
        period_seconds: found.period,
        count: main.bad,
        total: main.all,
        observed: main.observed(),
        baseline: main.baseline(),
        expected: main.expected,
        excess: main.excess(),
        ratio: (main.expected > 0.0).then(|| main.bad as f64 / main.expected),
        p_value: main.p_value,
        affected_requests: affected.round() as u64,
        bucket_seconds: found.bucket_seconds,
        causes: why.causes.iter().map(cause).collect(),
        follows: why.follows.map(|place| (place + 1).to_string()),
        culprits: found.culprits.iter().map(culprit).collect(),
        spread_over: found.spread_over.iter().map(|dimension| dimension.name()).collect(),
        latency: found.shift.as_ref().and_then(|[before, inside]| {
            let at = |latency: &Compact<4>, quantile| latency.quantile(quantile).map(seconds);
            Some(Shift {
                p50_before: at(before, 0.5)?,
                p95_before: at(before, 0.95)?,
                p50: at(inside, 0.5)?,
                p95: at(inside, 0.95)?,
            })
        }),
        cliff: found.cliff.as_ref().map(|(outcome, cliff)| {
            // What is no status has no number.
            let code = Some(*outcome).filter(|outcome| (100..600).contains(outcome));
            Cliff {
                at_seconds: seconds(cliff.at),
                count: cliff.count,
                share_ratio: cliff.share,
                of: code.map_or_else(|| main.signal.name().into_owned(), |code| code.to_string()),
                directive: directive(cliff.at, product.name(), code).map(str::to_owned),
            }
        }),
        counted: if found.is_exact { "exact" } else { "sampled" },
    }
}

fn cause(found: &diagnose::Cause) -> Cause {
    // The sentences hold log text.
    let visible = |sentence: &String| Text::new(sentence.as_bytes()).visible();
    let all = |sentences: &[String]| sentences.iter().map(visible).collect();
    Cause {
        cause: found.cause,
        name: found.name,
        confidence: found.confidence,
        level: match found.level {
            diagnose::Level::Low => Level::Low,
            diagnose::Level::Medium => Level::Medium,
            diagnose::Level::High => Level::High,
        },
        owner: found.owner.name(),
        summary: visible(&found.summary),
        evidence: all(&found.evidence),
        against: all(&found.against),
        checks: all(&found.checks),
        missing: found.missing.iter().map(missing).collect(),
    }
}

fn missing(found: &diagnose::Missing) -> Missing {
    Missing { fact: found.fact.to_owned(), add: found.add.map(str::to_owned) }
}

/// What is the same for the same trouble in every log: 64-bit FNV-1a (RFC 9923) of the main signal
/// and of what is to blame, if anything is.
fn fingerprint(signal: &str, first: Option<&Blamed>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        // What ends a part is in no UTF-8 text.
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    add(signal.as_bytes());
    for (dimension, value) in
        first.filter(|blamed| blamed.is_named).into_iter().flat_map(|blamed| &blamed.pattern)
    {
        add(dimension.name().as_bytes());
        add(value.as_deref().unwrap_or(&[0xfe]));
    }
    format!("{hash:016x}")
}

fn severity(severity: detect::Severity) -> Severity {
    match severity {
        detect::Severity::Info => Severity::Info,
        detect::Severity::Warning => Severity::Warning,
        detect::Severity::Critical => Severity::Critical,
    }
}

fn figures(deviation: &Deviation) -> SignalFigures {
    SignalFigures {
        signal: deviation.signal.name().into_owned(),
        start: Time(deviation.times.start),
        end: Time(deviation.times.end),
        count: deviation.bad,
        total: deviation.all,
        observed: deviation.observed(),
        baseline: deviation.baseline(),
        expected: deviation.expected,
        excess: deviation.excess(),
        p_value: deviation.p_value,
    }
}

fn culprit(blamed: &Blamed) -> Culprit {
    let mut parts = blamed.pattern.iter().map(|(dimension, value)| Part {
        dimension: dimension.name(),
        value: value.as_deref().map(Text::new),
    });
    let Part { dimension, value } = parts.next().expect("a culprit has a value");
    Culprit {
        dimension,
        value,
        with: parts.collect(),
        errors: blamed.errors,
        requests: blamed.requests,
        error_share: blamed.error_share,
        traffic_share: blamed.traffic_share,
        excess_share: blamed.excess_share,
        lift: blamed.lift,
    }
}
