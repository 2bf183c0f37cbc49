//! What the lines of load balancers and gateways of clouds say together.

use super::{Product, Rule, has_answer, is_error, trust_upstream_status, without_port};
use crate::format::field::Unit;
use crate::record::{Absence, Aside, NoStatus, Producer, Record, RequestLine, Status};
use bumpalo::Bump;

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::Alb => Some(alb),
        Product::Clb => Some(clb),
        Product::Heroku => Some(heroku),
        Product::GoogleCloudLb => Some(google_cloud_lb),
        Product::AzureFrontDoor => Some(azure_front_door),
        Product::AzureApplicationGateway => Some(azure_application_gateway),
        Product::ApiGateway => Some(api_gateway),
        Product::Vercel => Some(vercel),
        _ => None,
    }
}

/// AWS ALB: without a target's status the balancer answered itself, but a Lambda function has none
/// either, and no address: then the time of the target tells that it was asked, unless the reason is
/// a fault of the call (`LambdaInvalidResponse`). A target with an address that was asked and gave
/// no status closed the connection
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>).
/// 460 is the balancer's code for a client that left before there was an answer.
fn alb(record: &mut Record<'_>, _: &Bump) {
    trust_upstream_status(record);
    let failed = record.reason.is_some_and(|reason| reason.starts_with(b"Lambda"));
    let is_function = record.upstream.address.is_none() && record.upstream.duration.is_some();
    if record.upstream.status == Status::None(NoStatus::Dash) && is_function && !failed {
        record.produced_by = Some(Producer::Origin);
    }
    record.aborted = record.status == Status::Code(460);
}

/// AWS CLB: without a backend's status, or with a 0, the balancer answered itself. It writes -1 for
/// the times of a client that closed the connection, but also for a backend that did. A connection
/// that is none of HTTP has the request `- - - `.
fn clb(record: &mut Record<'_>, _: &Bump) {
    trust_upstream_status(record);
    if let Status::None(_) = record.status {
        record.upstream.status = Status::default();
        if record.method == Some(b"-") {
            (record.method, record.target, record.protocol) = (None, None, None);
            record.request = RequestLine::Dash;
        }
    }
}

/// Heroku's router: with a code it answered itself
/// (<https://devcenter.heroku.com/articles/error-codes>). H27 and 499 are a client that left.
fn heroku(record: &mut Record<'_>, _: &Bump) {
    record.client =
        record.client.map(|list| list.split(|byte| *byte == b',').next().unwrap_or(list));
    let has_left = record.reason == Some(b"H27") || record.status == Status::Code(499);
    record.aborted = has_left;
    if let (true, Status::None(_)) = (has_left, record.status) {
        record.absence = Absence::ClientGone;
    }
    record.produced_by = match (record.reason, record.upstream.address) {
        (Some(_), _) => Some(Producer::Proxy),
        (None, Some(_)) => Some(Producer::Origin),
        (None, None) => None,
    };
}

/// The reason is `statusDetails` of the global load balancers; clues: `proxyStatus` of the regional
/// ones, and whether the cache was asked and had it.
fn google_cloud_lb(record: &mut Record<'_>, _: &Bump) {
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
fn azure_front_door(record: &mut Record<'_>, _: &Bump) {
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

/// How the instances of Application Gateway's version 1 are called; those of version 2 are `appgw_…`.
pub(in crate::format) const FIRST_VERSION: &[u8] = b"ApplicationGatewayRole_IN_";

/// Clues: the instance, and `timeTaken`, which the instances of version 1 write in whole
/// milliseconds and those of version 2 in seconds with a fraction. A whole number of version 2 can be
/// either, as Microsoft's own examples have it.
fn azure_application_gateway(record: &mut Record<'_>, _: &Bump) {
    trust_upstream_status(record);
    let [instance, taken, _] = record.clues;
    if let Some(taken) = taken {
        let unit = match instance {
            _ if taken.contains(&b'.') || taken == b"0" => Some(Unit::Seconds),
            Some(instance) if instance.starts_with(FIRST_VERSION) => Some(Unit::Milliseconds),
            _ => None,
        };
        record.duration = unit.and_then(|unit| unit.micros(taken));
    }
    record.reason = record.reason.filter(|reason| *reason != b"ERRORINFO_NO_ERROR");
}

/// The reason is the gateway's error; clues: the integration's, and what the firewall answered.
///
/// An integration with Lambda says 200 when the call succeeded, whatever the function answered.
fn api_gateway(record: &mut Record<'_>, _: &Bump) {
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
fn vercel(record: &mut Record<'_>, _: &Bump) {
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
    #![allow(clippy::unwrap_used)]
    use super::super::tests::read;
    use super::*;
    use crate::format::Scratch;

    const PROXY: Option<Producer> = Some(Producer::Proxy);
    const ORIGIN: Option<Producer> = Some(Producer::Origin);

    #[test]
    fn the_balancer_or_its_target() {
        let scratch = Scratch::default();
        for (target, times, statuses, by, latency, aborted) in [
            ("10.0.0.1:80", "0.001 0.200 0.002", "502 502", ORIGIN, Some(203_000), false),
            ("10.0.0.1:80", "0.001 0.200 0.002", "200 201", PROXY, Some(203_000), false),
            ("-", "-1 -1 -1", "503 -", PROXY, None, false),
            ("10.0.0.1:80", "0.001 -1 -1", "504 -", PROXY, None, false),
            ("-", "0.001 0.100 0.000", "200 -", ORIGIN, Some(101_000), false),
            ("-", "0.001 0.100 0.000", "502 -", PROXY, Some(101_000), false),
            ("10.0.0.1:80", "0.001 0.200 -1", "502 -", PROXY, None, false),
            ("10.0.0.1:80", "0.003 -1 -1", "460 -", PROXY, None, true),
        ] {
            let reason = if statuses == "502 -" { "LambdaInvalidResponse" } else { "-" };
            let reason = if target == "-" { reason } else { "-" };
            let line = format!(
                r#"https 2025-10-10T13:55:01.186641Z app/web/50dc 192.0.2.1:2817 {target} {times} {statuses} 0 57 "GET https://www.example.com:443/ HTTP/1.1" "-" - - - "-" "www.example.com" "-" 1 2025-10-10T13:55:01.015000Z "forward" "-" "{reason}""#
            );
            let r = read("aws-alb", Some(Product::Alb), &line, &scratch);
            assert_eq!((r.producer(), r.duration, r.aborted), (by, latency, aborted), "{line}");
            assert_eq!(r.upstream.address.is_some(), target != "-");
            let answered = times.split(' ').nth(1).unwrap() != "-1";
            assert_eq!(r.upstream.duration.is_some(), answered, "{line}");
        }
    }

    #[test]
    fn connections_that_are_none_of_http() {
        let scratch = Scratch::default();
        let line = r#"2025-10-10T13:55:03.186641Z web 192.0.2.1:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 -1 "- - - " "-" - -"#;
        let r = read("aws-clb", Some(Product::Clb), line, &scratch);
        assert_eq!((r.status, r.producer(), r.bytes), (Status::None(NoStatus::Dash), None, None));
        assert_eq!((r.request, r.method), (RequestLine::Dash, None));
        let line = line.replace("- - 82", "504 0 82");
        assert_eq!(read("aws-clb", Some(Product::Clb), &line, &scratch).producer(), PROXY);
    }

    #[test]
    fn heroku_s_codes() {
        let scratch = Scratch::default();
        for (code, dyno, status, by, aborted) in [
            ("", "web.1", "500", ORIGIN, false),
            ("code=H12 desc=\"Request timeout\" ", "web.1", "503", PROXY, false),
            ("code=H10 desc=\"App crashed\" ", "", "503", PROXY, false),
            ("code=H27 desc=\"Client Request Interrupted\" ", "web.1", "499", PROXY, true),
        ] {
            let line = format!(
                "at=info {code}method=GET path=\"/\" host=www.example.com fwd=\"192.0.2.1,198.51.100.7\" dyno={dyno} connect=1ms service=9ms status={status} bytes=0"
            );
            let r = read("logfmt", Some(Product::Heroku), &line, &scratch);
            assert_eq!((r.producer(), r.aborted), (by, aborted), "{line}");
            assert_eq!(r.client, Some(&b"192.0.2.1"[..]));
        }
    }

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
