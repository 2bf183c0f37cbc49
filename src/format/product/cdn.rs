//! What the lines of CDNs say together.

use super::{Product, Rule, has_answer, is_error};
use crate::record::{Absence, Aside, Producer, Record, Status};

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::Cloudflare => Some(cloudflare),
        Product::Akamai => Some(akamai),
        Product::Fastly => Some(fastly),
        Product::CloudFront => Some(cloudfront),
        Product::Azion => Some(azion),
        _ => None,
    }
}

/// Clues: who asked, whether it is a Worker's subrequest, what the security products did.
///
/// Requests that Cloudflare makes itself are aside: a lookup for Early Hints or of the Workers'
/// cache that finds nothing is a 504
/// (<https://developers.cloudflare.com/logs/reference/clientrequestsource/>). 520 to 527 and 530 are
/// its own answers, whatever the origin said.
fn cloudflare(record: &mut Record<'_>) {
    let [source, worker, action] = record.clues;
    let internal = matches!(
        source,
        Some(
            b"purge"
                | b"2"
                | b"alwaysOnline"
                | b"3"
                | b"healthcheck"
                | b"4"
                | b"edgeWorkerFetch"
                | b"5"
                | b"edgeWorkerCacheAPI"
                | b"6"
                | b"edgeWorkerKV"
                | b"7"
                | b"imageResizing"
                | b"8"
                | b"sslDetector"
                | b"10"
                | b"earlyHintsCache"
                | b"11"
        )
    );
    if internal || worker == Some(b"true") {
        record.aside = Some(Aside::CdnInternal);
    }
    let passed: [&[u8]; 8] =
        [b"unknown", b"allow", b"log", b"skip", b"bypass", b"simulate", b"none", b"managed"];
    let action = action.filter(|action| !passed.contains(action));
    let pathing = record.reason.filter(|reason| !matches!(*reason, b"nr" | b"unknown"));
    record.reason = if is_error(record.status) { action.or(pathing) } else { None };
    let answered = has_answer(record);
    record.produced_by = match record.status {
        Status::Code(520..=527 | 530) => Some(Producer::Edge),
        Status::Code(_) if answered && record.upstream.status == record.status => {
            Some(Producer::Origin)
        }
        Status::Code(_) if record.upstream.status != Status::default() => Some(Producer::Edge),
        _ => None,
    };
    if !answered && record.upstream.status != Status::default() {
        // They are 0 when the origin was not asked.
        (record.upstream.duration, record.upstream.connect) = (None, None);
        if record.upstream.address.is_none() {
            record.upstream.attempts = 0;
        }
    }
}

/// Clue: whether one Akamai server asked another (0: no; 1 and 2: within a region, to a parent).
fn akamai(record: &mut Record<'_>) {
    if record.clues[0].is_some_and(|midgress| midgress != b"0") {
        record.aside = Some(Aside::CdnShield);
    }
    match record.cache {
        Some(b"1") => {
            record.cache = Some(b"HIT");
            record.produced_by = Some(Producer::Edge);
        }
        Some(b"0") => record.cache = Some(b"MISS"),
        _ => {}
    }
    if record.reason.is_some() && is_error(record.status) {
        record.produced_by = Some(Producer::Edge);
    }
}

/// Clues: whether the line is of the edge, and the reason phrase, which names the fault of a 503.
fn fastly(record: &mut Record<'_>) {
    let [edge, phrase, _] = record.clues;
    if matches!(edge, Some(b"false" | b"0")) {
        record.aside = Some(Aside::CdnShield);
    }
    let Some(state) = record.cache else { return };
    let has = |start: &[u8]| state.starts_with(start);
    if has(b"ERROR") || has(b"SYNTH") {
        record.produced_by = Some(Producer::Edge);
        if is_error(record.status) {
            let usual = |phrase: &&[u8]| {
                record.status == Status::Code(503)
                    && !phrase.eq_ignore_ascii_case(b"service unavailable")
            };
            record.reason = phrase.filter(usual).or(Some(state));
        }
    } else if has(b"HIT") {
        record.produced_by = Some(Producer::Edge);
    } else if has(b"MISS") || has(b"PASS") {
        record.produced_by = Some(Producer::Origin);
    }
}

/// The detailed result is the reason when it is more than the cache's.
fn cloudfront(record: &mut Record<'_>) {
    let usual = |reason: &[u8]| {
        matches!(
            reason,
            b"Hit" | b"RefreshHit" | b"Miss" | b"Redirect" | b"OriginShieldHit" | b"Error"
        )
    };
    record.reason = record.reason.filter(|reason| !usual(reason));
    if matches!(record.status, Status::None(_)) {
        record.absence = Absence::ClientGone;
    }
    record.produced_by = match record.cache {
        Some(b"Hit" | b"Redirect" | b"LimitExceeded" | b"CapacityExceeded") => Some(Producer::Edge),
        Some(b"RefreshHit" | b"Miss") => Some(Producer::Origin),
        _ if record.reason.is_some_and(|reason| reason != b"OriginError") => Some(Producer::Edge),
        _ => record.produced_by,
    };
}

/// The reason is `proxy_status`: the status for which no origin answered. Clue: whether the firewall
/// blocked.
fn azion(record: &mut Record<'_>) {
    let failed = |reason: &&[u8]| matches!(Status::parse(reason), Some(Status::Code(400..)));
    record.reason = record.reason.filter(failed);
    if record.reason.is_some() {
        record.produced_by = Some(Producer::Edge);
    }
    if record.clues[0].is_some_and(|block| block == b"1" || block == b"true")
        && is_error(record.status)
    {
        record.reason = Some(b"waf_block");
        record.produced_by = Some(Producer::Edge);
    }
}
