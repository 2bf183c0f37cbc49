//! What the lines of CDNs say together.

use super::{Product, Rule};
use crate::record::{Absence, NoStatus, Producer, Record, Status};
use bumpalo::Bump;

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::CloudFront => Some(cloudfront),
        Product::Bunny => Some(bunny),
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
                clues: [Some(detail.as_bytes()).filter(|text| !text.is_empty()), None],
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
