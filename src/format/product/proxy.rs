//! What the lines of proxies and web servers say together.

use super::{Product, Rule, has_answer, trust_upstream_status, without_port};
use crate::record::{Absence, Producer, Record, Status};
use bumpalo::Bump;

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::Iis => Some(iis),
        Product::HaProxy => Some(haproxy),
        Product::Envoy => Some(envoy),
        Product::Traefik => Some(traefik),
        Product::Squid => Some(squid),
        Product::Caddy => Some(caddy),
        _ => None,
    }
}

/// Codes of Windows in `sc-win32-status` that tell what became of a request. Most others say again
/// what the status says: 2 is a file that was not found, 5 an access denied
/// (<https://learn.microsoft.com/windows/win32/debug/system-error-codes>).
const WIN32: &[(&[u8], &[u8])] = &[
    (b"64", b"win32 64"),
    (b"121", b"win32 121"),
    (b"995", b"win32 995"),
    (b"1229", b"win32 1229"),
    (b"1236", b"win32 1236"),
];

/// IIS: the first clue is the substatus, which makes `500.19` of a 500; the second is the code of
/// Windows. 64, 1229 and 1236 are connections that were lost or aborted.
fn iis<'a>(record: &mut Record<'a>, arena: &'a Bump) {
    let [substatus, win32, _] = record.clues;
    let is_set = |code: &&[u8]| *code != b"0";
    if let Some(win32) = win32.filter(is_set) {
        record.aborted = matches!(win32, b"64" | b"1229" | b"1236");
        record.reason = WIN32.iter().find(|(code, _)| *code == win32).map(|(_, reason)| *reason);
    }
    if let Some(substatus) = substatus.filter(is_set)
        && let Status::Code(code) = record.status
    {
        let mut reason = bumpalo::collections::Vec::with_capacity_in(4 + substatus.len(), arena);
        reason.extend([code / 100, code / 10 % 10, code % 10].map(|digit| b'0' + digit as u8));
        reason.push(b'.');
        reason.extend_from_slice(substatus);
        record.reason = Some(reason.into_bump_slice());
    }
}

/// HAProxy's termination state: its first letter says who ended the session, the second in which
/// phase, the others what became of a cookie (`doc/configuration.txt`, "Session state at
/// disconnection"). `--` is a normal end.
fn haproxy(record: &mut Record<'_>, _: &Bump) {
    let server = record.upstream.address.filter(|name| !name.ends_with(b">"));
    if record.upstream.address.is_some() && server.is_none() {
        // `<NOSRV>`, `<STATS>`: only the attempts after the first one were made.
        record.upstream.attempts = record.upstream.attempts.saturating_sub(1);
        record.upstream.address = None;
        record.produced_by = Some(Producer::Proxy);
    }
    let Some([end, phase, ..]) =
        record.reason.map(|state| state.first_chunk::<2>()).unwrap_or_default()
    else {
        return;
    };
    let by_client = matches!(end, b'C' | b'c');
    if let Status::None(_) = record.status {
        record.absence = if by_client { Absence::ClientGone } else { Absence::Unknown };
    }
    // A request that is refused or never came is no response that was cut.
    record.aborted = *end == b'C' || by_client && *phase == b'D';
    if server.is_some() {
        // Data flow only after the server's header was passed on.
        let answered = matches!((end, phase), (b'-', _) | (_, b'D' | b'L')) && *end != b'L';
        record.produced_by = Some(if answered { Producer::Origin } else { Producer::Proxy });
    }
    record.reason = record.reason.filter(|_| *end != b'-').map(|state| &state[..2]);
}

/// Squid's result and hierarchy (`LogTags.cc`, `hier_code.h`). The first clue is the hierarchy.
fn squid(record: &mut Record<'_>, _: &Bump) {
    let result = record.cache.unwrap_or_default();
    let has = |word: &[u8]| memchr::memmem::find(result, word).is_some();
    record.aborted = has(b"ABORTED");
    if let Status::None(_) = record.status {
        record.absence = if record.aborted { Absence::ClientGone } else { Absence::Unknown };
    }
    let failed = [&b"DENIED"[..], b"ABORTED", b"TIMEDOUT", b"FAIL"].into_iter().any(has);
    if failed || result.starts_with(b"NONE") && record.status != Status::Code(200) {
        record.reason = Some(result);
    }
    let asked_nobody = record.clues[0].is_none_or(|peer| peer.ends_with(b"NONE"));
    let answered_itself = asked_nobody
        || has(b"DENIED")
        || has(b"TUNNEL")
        || has(b"_HIT") && !has(b"REFRESH")
        || result.starts_with(b"NONE");
    record.produced_by = match record.status {
        _ if answered_itself => Some(Producer::Proxy),
        // Squid's own word for a server that it could not reach looks the same.
        Status::Code(502..=504) | Status::None(_) => None,
        Status::Code(_) => Some(Producer::Origin),
    };
}

/// Envoy's flags and details (`usage.rst`, `%RESPONSE_FLAGS%` and `%RESPONSE_CODE_DETAILS%`). The
/// first clue is the details.
fn envoy(record: &mut Record<'_>, _: &Bump) {
    record.client = record.client.map(without_port);
    let mut flags = record.reason.unwrap_or_default().split(|byte| *byte == b',');
    if flags.any(|flag| matches!(flag, b"DC" | b"DownstreamConnectionTermination")) {
        record.aborted = true;
        if let Status::None(_) = record.status {
            record.absence = Absence::ClientGone;
        }
    }
    record.produced_by = match (record.clues[0], record.reason, record.upstream.address) {
        _ if matches!(record.status, Status::None(_)) => None,
        (Some(b"via_upstream"), ..) => Some(Producer::Origin),
        (Some(_), ..) => Some(Producer::Proxy),
        // The last attempt may have had an answer, and so may a client that left.
        (None, Some(b"URX" | b"DC"), _) => None,
        (None, Some(_), _) => Some(Producer::Proxy),
        (None, None, Some(_)) => Some(Producer::Origin),
        // It answered itself, or its log does not have the upstream.
        (None, None, None) => None,
    };
}

/// Traefik: without a service it answered itself. Its JSON tells the status of the origin; in its
/// text what it says of a service that it could not reach looks like the service's own 502 to 504, so
/// those are left open. Clue: how often the request was tried again.
fn traefik(record: &mut Record<'_>, _: &Bump) {
    // `StatusClientClosedRequest`.
    record.aborted = record.status == Status::Code(499);
    let retries = record.clues[0].and_then(crate::time::integer).unwrap_or(0);
    if retries > 0 {
        record.upstream.attempts = u32::try_from(retries).unwrap_or(u32::MAX).saturating_add(1);
    }
    if record.upstream.status != Status::default() {
        trust_upstream_status(record);
        if !has_answer(record) {
            // Without an answer of the origin its time is 0.
            record.upstream.duration = None;
        }
        return;
    }
    record.produced_by = match (record.upstream.address, record.status) {
        (None, _) | (_, Status::Code(499)) => Some(Producer::Proxy),
        (_, Status::Code(502..=504)) => None,
        _ => Some(Producer::Origin),
    };
}

/// A handler that writes no status leaves it at 0, and Go answers 200.
fn caddy(record: &mut Record<'_>, _: &Bump) {
    /// Microseconds of a thousand seconds.
    const MANY: u64 = 1_000_000_000;
    const SECOND: u64 = 1_000_000;
    // A line among others tells its unit by its value only, and is read as seconds. Caddy measures
    // nanoseconds: of the requests that long, one in a million takes whole seconds.
    record.duration = record.duration.map(|micros| match micros {
        MANY.. if micros % SECOND == 0 => micros / SECOND / 1000,
        _ => micros,
    });
    record.client = record.client.map(without_port);
    if matches!(record.status, Status::None(_)) {
        record.absence = Absence::Implied200;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::read;
    use super::*;
    use crate::format::Scratch;

    #[test]
    fn iis_has_a_status_below_the_status() {
        let arena = Bump::new();
        for (status, substatus, win32, reason, aborted) in [
            (200, "0", "0", "", false),
            (500, "19", "0", "500.19", false),
            (404, "13", "64", "404.13", true),
            (404, "0", "2", "", false),
            (200, "0", "64", "win32 64", true),
            (500, "0", "121", "win32 121", false),
            (200, "0", "1236", "win32 1236", true),
        ] {
            let clues = [Some(substatus.as_bytes()), Some(win32.as_bytes()), None];
            let mut record = Record { status: Status::Code(status), clues, ..Record::default() };
            iis(&mut record, &arena);
            let found = record.reason.unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(found), reason, "{status} {substatus} {win32}");
            assert_eq!(record.aborted, aborted, "{status} {substatus} {win32}");
        }
    }

    const PROXY: Option<Producer> = Some(Producer::Proxy);
    const ORIGIN: Option<Producer> = Some(Producer::Origin);

    #[test]
    fn haproxy_s_termination_states() {
        let scratch = Scratch::default();
        for (server, status, state, by, reason, aborted) in [
            ("s1", "200", "----", ORIGIN, None, false),
            ("s1", "500", "--NI", ORIGIN, None, false),
            ("s1", "504", "sH--", PROXY, Some("sH"), false),
            ("s1", "502", "SHVN", PROXY, Some("SH"), false),
            ("s1", "200", "SD--", ORIGIN, Some("SD"), false),
            ("s1", "200", "CD--", ORIGIN, Some("CD"), true),
            ("s1", "200", "cD--", ORIGIN, Some("cD"), true),
            ("s1", "-1", "CH--", PROXY, Some("CH"), true),
            ("<NOSRV>", "503", "SC--", PROXY, Some("SC"), false),
            ("<NOSRV>", "403", "PR--", PROXY, Some("PR"), false),
            ("<NOSRV>", "408", "cR--", PROXY, Some("cR"), false),
            ("<NOSRV>", "302", "LR--", PROXY, Some("LR"), false),
            ("<STATS>", "200", "LR--", PROXY, Some("LR"), false),
        ] {
            let line = format!(
                r#"192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www web/{server} 0/0/0/0/9 {status} 5 - - {state} 1/1/0/0/0 0/0 "GET / HTTP/1.1""#
            );
            let r = read("haproxy-http", None, &line, &scratch);
            assert_eq!(r.producer(), by, "{line}");
            assert_eq!(r.reason, reason.map(str::as_bytes), "{line}");
            assert_eq!(r.aborted, aborted, "{line}");
            let attempts = u32::from(server == "s1");
            assert_eq!(
                (r.upstream.attempts, r.upstream.address.is_some()),
                (attempts, attempts > 0)
            );
            let gone = if status == "-1" { Absence::ClientGone } else { Absence::Unknown };
            assert_eq!(r.absence, gone, "{line}");
        }
    }

    #[test]
    fn envoy_s_flags() {
        let scratch = Scratch::default();
        let istio = |status: &str, flags: &str, details: &str, host: &str| {
            format!(
                r#"[2025-10-10T13:55:01.250Z] "GET /a HTTP/1.1" {status} {flags} {details} - "-" 0 5 12 11 "-" "-" "-" "-" "{host}" - - - 192.0.2.1:40000 - -"#
            )
        };
        let envoy = |status: &str, flags: &str, host: &str| {
            format!(
                r#"[2025-10-10T13:55:01.250Z] "GET /a HTTP/1.1" {status} {flags} 0 5 12 11 "[2001:db8::1]" "-" "-" "-" "{host}""#
            )
        };
        for (format, line, by, reason) in [
            ("istio", istio("503", "-", "via_upstream", "10.0.0.1:80"), ORIGIN, None),
            (
                "istio",
                istio("503", "UF,URX", "upstream_reset", "10.0.0.1:80"),
                PROXY,
                Some("UF,URX"),
            ),
            ("istio", istio("404", "NR", "route_not_found", "-"), PROXY, Some("NR")),
            ("envoy", envoy("200", "-", "10.0.0.1:80"), ORIGIN, None),
            ("envoy", envoy("301", "-", "-"), None, None),
            ("envoy", envoy("504", "UT", "10.0.0.1:80"), PROXY, Some("UT")),
            ("envoy", envoy("503", "URX", "10.0.0.1:80"), None, Some("URX")),
        ] {
            let r = read(format, None, &line, &scratch);
            assert_eq!(r.producer(), by, "{line}");
            assert_eq!(r.reason, reason.map(str::as_bytes), "{line}");
            let client: &[u8] = if format == "istio" { b"192.0.2.1" } else { b"2001:db8::1" };
            assert_eq!(r.client, Some(client), "{line}");
        }
        let line = envoy("0", "DC", "10.0.0.1:80");
        let r = read("envoy", None, &line, &scratch);
        assert_eq!((r.absence, r.aborted, r.producer()), (Absence::ClientGone, true, None));
        let line = envoy("0", "-", "-");
        assert_eq!(read("envoy", None, &line, &scratch).absence, Absence::Unknown);
    }

    #[test]
    fn traefik_and_its_services() {
        let scratch = Scratch::default();
        for (status, service, by, aborted) in [
            ("200", "http://10.0.0.1:80", ORIGIN, false),
            ("404", "-", PROXY, false),
            ("502", "http://10.0.0.1:80", None, false),
            ("499", "http://10.0.0.1:80", PROXY, true),
        ] {
            let line = format!(
                r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" {status} 5 "-" "-" 7 "r" "{service}" 9ms"#
            );
            let r = read("traefik-clf", None, &line, &scratch);
            assert_eq!((r.producer(), r.aborted, r.duration), (by, aborted, Some(9_000)), "{line}");
        }
    }

    #[test]
    fn squid_s_results() {
        let scratch = Scratch::default();
        for (result, peer, by, reason, absence) in [
            ("TCP_HIT/200", "HIER_NONE/-", PROXY, None, Absence::Unknown),
            ("TCP_MEM_HIT/200", "NONE/-", PROXY, None, Absence::Unknown),
            ("TCP_MISS/200", "HIER_DIRECT/198.51.100.7", ORIGIN, None, Absence::Unknown),
            ("TCP_MISS/503", "HIER_DIRECT/198.51.100.7", None, None, Absence::Unknown),
            ("TCP_MISS/504", "NONE/-", PROXY, None, Absence::Unknown),
            ("TCP_DENIED/403", "HIER_NONE/-", PROXY, Some("TCP_DENIED"), Absence::Unknown),
            (
                "TCP_MISS_ABORTED/000",
                "HIER_DIRECT/198.51.100.7",
                None,
                Some("TCP_MISS_ABORTED"),
                Absence::ClientGone,
            ),
            ("NONE/400", "NONE/-", PROXY, Some("NONE"), Absence::Unknown),
        ] {
            let line = format!(
                "1760104501.250      3 192.0.2.1 {result} 20 GET http://a.example/ - {peer} -"
            );
            let r = read("squid", None, &line, &scratch);
            assert_eq!(
                (r.producer(), r.reason, r.absence),
                (by, reason.map(str::as_bytes), absence),
                "{line}"
            );
            assert_eq!(r.cache.unwrap(), result.split('/').next().unwrap().as_bytes());
        }
    }
}
