//! What the lines of CDNs say together.

use super::{Product, Rule, has_answer, is_error};
use crate::record::{Absence, Aside, NoStatus, Producer, Record, Status};
use bumpalo::Bump;

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::CloudFront => Some(cloudfront),
        Product::Bunny => Some(bunny),
        Product::Cloudflare => Some(cloudflare),
        Product::Akamai => Some(akamai),
        Product::Fastly => Some(fastly),
        Product::Azion => Some(azion),
        _ => None,
    }
}

/// CloudFront: the result types say who answered and why. The first clue is
/// `x-edge-detailed-result-type`
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>).
fn cloudfront<'a>(record: &mut Record<'a>, _: &'a Bump) {
    if record.status == Status::None(NoStatus::Zero) {
        record.absence = Absence::ClientGone;
    }
    let Some(detail) = record.clues[0].or(record.cache) else { return };
    match detail {
        b"Miss" => record.produced_by = Some(Producer::Origin),
        // From the cache, or made by the edge itself.
        b"Hit" | b"OriginShieldHit" | b"Redirect" | b"MissGeneratedResponse" => {
            record.produced_by = Some(Producer::Edge);
        }
        // The origin was asked, and the edge may have sent what it had.
        b"RefreshHit" => {}
        _ => {
            record.reason = Some(detail);
            let of_origin = detail.starts_with(b"Origin") && detail.ends_with(b"Error");
            if of_origin
                || detail.starts_with(b"InvalidRequest")
                || matches!(detail, b"LimitExceeded" | b"CapacityExceeded" | b"ClientGeoBlocked")
            {
                record.produced_by = Some(Producer::Edge);
            }
            record.aborted |= matches!(detail, b"ClientHungUpRequest" | b"ClientCommError");
        }
    }
}

/// Bunny CDN: what comes from its cache, the edge answered; for the rest the line does not tell.
fn bunny(record: &mut Record<'_>, _: &Bump) {
    record.produced_by = match record.cache {
        Some(b"HIT" | b"STALE" | b"UPDATING" | b"REVALIDATED") => Some(Producer::Edge),
        _ => None,
    };
}

/// Clues: who asked, whether it is a Worker's subrequest, what the security products did.
///
/// Requests that Cloudflare makes itself are aside: a lookup for Early Hints or of the Workers'
/// cache that finds nothing is a 504
/// (<https://developers.cloudflare.com/logs/reference/clientrequestsource/>). 520 to 527 and 530 are
/// its own answers, whatever the origin said.
fn cloudflare(record: &mut Record<'_>, _: &Bump) {
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
fn akamai(record: &mut Record<'_>, _: &Bump) {
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
fn fastly(record: &mut Record<'_>, _: &Bump) {
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

/// The reason is `proxy_status`: the status for which no origin answered. Clue: whether the firewall
/// blocked.
fn azion(record: &mut Record<'_>, _: &Bump) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::marks::Quotes;
    use crate::format::{FORMATS, Line, Parser, Scratch};
    use crate::record::Status;

    #[test]
    fn cloudfront_tells_who_answered() {
        let arena = Bump::new();
        let (edge, origin) = (Some(Producer::Edge), Some(Producer::Origin));
        for (status, cache, detail, producer, reason, aborted) in [
            (200, "Hit", "Hit", edge, "", false),
            (200, "Hit", "OriginShieldHit", edge, "", false),
            (200, "RefreshHit", "RefreshHit", None, "", false),
            (503, "Miss", "Miss", origin, "", false),
            (301, "Redirect", "Redirect", edge, "", false),
            (502, "Error", "OriginConnectError", edge, "OriginConnectError", false),
            (503, "LimitExceeded", "LimitExceeded", edge, "LimitExceeded", false),
            (404, "Error", "Error", None, "Error", false),
            (403, "Error", "ClientGeoBlocked", edge, "ClientGeoBlocked", false),
            (0, "Error", "ClientHungUpRequest", None, "ClientHungUpRequest", true),
            (200, "Hit", "", edge, "", false),
        ] {
            let mut record = Record {
                status: match status {
                    0 => Status::None(NoStatus::Zero),
                    code => Status::Code(code),
                },
                cache: Some(cache.as_bytes()),
                clues: [Some(detail.as_bytes()).filter(|text| !text.is_empty()), None, None],
                ..Record::default()
            };
            cloudfront(&mut record, &arena);
            assert_eq!(record.produced_by, producer, "{detail}");
            assert_eq!(record.reason.unwrap_or_default(), reason.as_bytes(), "{detail}");
            assert_eq!(record.aborted, aborted, "{detail}");
            assert_eq!(record.absence == Absence::ClientGone, status == 0, "{detail}");
        }
    }

    #[test]
    fn the_edge_answers_from_its_cache() {
        let format = FORMATS.iter().find(|known| known.name == "bunny").unwrap();
        let parser = Parser::new(format.shape(&[], None).unwrap(), format.product);
        let scratch = Scratch::default();
        for (cache, by) in [("HIT", Some(Producer::Edge)), ("MISS", None), ("-", None)] {
            let line = format!(
                "{cache}|200|1760104501250|412|390|192.0.2.1|-|https://cdn.example.com/a.png|WA|x|0123|DE"
            );
            let mut record = Record::default();
            let found = parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
            assert_eq!(found, Line::Request);
            assert_eq!((record.producer(), record.status), (by, Status::Code(200)), "{cache}");
            assert_eq!(record.time, Some(1_760_104_501_250_000));
            assert_eq!(record.target, Some(&b"https://cdn.example.com/a.png"[..]));
        }
    }
}
