//! What the lines of load balancers and gateways of clouds say together.

use super::{Product, Rule, has_answer, is_error, without_port};
use crate::format::field::Unit;
use crate::record::{Absence, Aside, Producer, Record, Status};

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::GoogleCloudLb => Some(google_cloud_lb),
        Product::AzureFrontDoor => Some(azure_front_door),
        Product::AzureApplicationGateway => Some(azure_application_gateway),
        Product::ApiGateway => Some(api_gateway),
        Product::Vercel => Some(vercel),
        _ => None,
    }
}

/// The reason is `statusDetails` of the global load balancers; clues: `proxyStatus` of the regional
/// ones, and whether the cache was asked and had it.
fn google_cloud_lb(record: &mut Record<'_>) {
    let [proxy_status, hit, lookup] = record.clues;
    record.client = record.client.map(without_port);
    record.upstream.address = record.upstream.address.map(without_port);
    record.cache = match (hit, lookup) {
        (Some(b"true"), _) => Some(b"HIT"),
        (_, Some(b"true")) => Some(b"MISS"),
        _ => None,
    };
    if matches!(record.status, Status::None(_)) {
        record.absence = Absence::ClientGone;
    }
    let details = record.reason;
    record.reason = match details {
        Some(b"response_sent_by_backend") => None,
        Some(details) if details.starts_with(b"response_from_cache") => None,
        Some(details) => Some(details),
        None => proxy_status.and_then(error_token),
    };
    record.produced_by = match details {
        Some(b"response_sent_by_backend") => Some(Producer::Origin),
        Some(details) if details.starts_with(b"response_from_cache") => Some(Producer::Edge),
        _ if matches!(record.status, Status::None(_)) => None,
        _ if record.cache == Some(b"HIT") => Some(Producer::Edge),
        _ => record.reason.map(|_| Producer::Proxy),
    };
}

/// The word in `error="destination_unavailable"; details="…"`.
fn error_token(proxy_status: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(proxy_status, b"error=")? + b"error=".len();
    let rest = proxy_status[start..].trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let end = rest.iter().position(|b| matches!(b, b'"' | b';' | b' ')).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|token| !token.is_empty())
}

/// A status of 0 means that the origin did not answer in time. Clue: whether the request came from
/// the client; if not, it is that of the edge to the origin's shield.
fn azure_front_door(record: &mut Record<'_>) {
    if record.clues[0] == Some(b"false") {
        record.aside = Some(Aside::CdnShield);
    }
    if matches!(record.status, Status::None(_)) {
        record.absence = Absence::OriginTimeout;
    }
    let known = |word: &&[u8]| *word != b"N/A";
    record.reason = record.reason.filter(known).filter(|reason| *reason != b"NoError");
    record.cache = record.cache.filter(known);
    record.upstream.address = record.upstream.address.filter(known);
    if matches!(record.cache, Some(b"HIT" | b"REMOTE_HIT")) {
        record.upstream.attempts = 0;
    }
    record.produced_by = match record.cache {
        _ if record.reason.is_some() => Some(Producer::Edge),
        Some(b"HIT" | b"REMOTE_HIT") => Some(Producer::Edge),
        _ if has_answer(record) && record.upstream.status == record.status => {
            Some(Producer::Origin)
        }
        _ => None,
    };
}

/// Clues: the instance, and `timeTaken`, which the instances of version 1 write in whole
/// milliseconds and those of version 2 in seconds with a fraction. A whole number of version 2 can be
/// either, as Microsoft's own examples have it.
fn azure_application_gateway(record: &mut Record<'_>) {
    let [instance, taken, _] = record.clues;
    if let Some(taken) = taken {
        let unit = match instance {
            _ if taken.contains(&b'.') || taken == b"0" => Some(Unit::Seconds),
            Some(instance) if instance.starts_with(b"ApplicationGatewayRole_IN_") => {
                Some(Unit::Milliseconds)
            }
            _ => None,
        };
        record.duration = unit.and_then(|unit| unit.micros(taken));
    }
    record.reason = record.reason.filter(|reason| *reason != b"ERRORINFO_NO_ERROR");
}

/// The reason is the gateway's error; clues: the integration's, and what the firewall answered.
///
/// An integration with Lambda says 200 when the call succeeded, whatever the function answered.
fn api_gateway(record: &mut Record<'_>) {
    let [integration, firewall, _] = record.clues;
    let blocked = firewall.filter(|answer| *answer == b"WAF_BLOCK");
    record.reason = match is_error(record.status) {
        true => integration.or(record.reason).or(blocked),
        false => None,
    };
    if matches!(record.upstream.status, Status::Code(200..=299)) && record.reason.is_none() {
        record.produced_by = Some(Producer::Origin);
    }
}

/// Clue: where the line comes from. A status of -1 is that of a page that was made anew in the
/// background, which no client asked for (<https://vercel.com/docs/drains/reference/logs>).
fn vercel(record: &mut Record<'_>) {
    if matches!(record.status, Status::None(_)) {
        record.aside = Some(Aside::CdnInternal);
        return;
    }
    record.reason = record.reason.filter(|action| matches!(*action, b"deny" | b"challenge"));
    record.produced_by = match record.clues[0] {
        _ if record.reason.is_some() => Some(Producer::Edge),
        Some(b"static" | b"redirect" | b"firewall") => Some(Producer::Edge),
        Some(b"lambda" | b"external" | b"edge") => Some(Producer::Origin),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_proxy_status() {
        for (text, token) in [
            (r#"error="connection_refused"; details="backend""#, Some("connection_refused")),
            (r#"gfe; error=http_response_timeout; details="x""#, Some("http_response_timeout")),
            (r#"details="error""#, None),
            (r#"error="""#, None),
        ] {
            assert_eq!(error_token(text.as_bytes()), token.map(str::as_bytes), "{text}");
        }
    }
}
