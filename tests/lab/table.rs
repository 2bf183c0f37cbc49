//! The faults of the lab, the lines that show them, and what each must be called.
//!
//! Where the fields of a log cannot tell two causes apart, both are right.

/// A server of the lab, with the fields that it logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Server {
    /// nginx 1.22.1, with all times of its upstreams.
    Nginx,
    /// The same with the status and address of the upstream only.
    NginxBrief,
    /// HAProxy 2.6, `option httplog`.
    HaProxy,
    /// Apache 2.4, `%D`, `%X` and the handler.
    Apache,
}

impl Server {
    /// Name of its log.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Nginx => "lab_nginx_access.log",
            Self::NginxBrief => "lab_nginx2_access.log",
            Self::HaProxy => "lab_haproxy.log",
            Self::Apache => "lab_apache.log",
        }
    }

    /// How its lines are written behind the client and the time; `None` where statlog knows it.
    pub(crate) fn format(self) -> Option<&'static str> {
        Some(match self {
            Self::Nginx => {
                r#"$remote_addr [$time_local] probe=$http_x_probe st=$status "$request" rt=$request_time uaddr=$upstream_addr ust=$upstream_status urt=$upstream_response_time uct=$upstream_connect_time uht=$upstream_header_time sent=$bytes_sent body=$body_bytes_sent rlen=$request_length compl=$request_completion scheme=$scheme"#
            }
            Self::NginxBrief => {
                r#"$remote_addr [$time_local] $http_x_probe st=$status "$request" rt=$request_time uaddr=$upstream_addr ust=$upstream_status sent=$bytes_sent body=$body_bytes_sent rlen=$request_length compl=$request_completion xfp=$http_x_forwarded_proto"#
            }
            Self::HaProxy => return None,
            Self::Apache => {
                r#"%a %t probe=%{X-Probe}i first=%<s last=%>s "%r" us=%D conn=%X bytes=%O handler=%R"#
            }
        })
    }

    /// What the lines hold that are of no fault.
    pub(crate) fn usual(self) -> &'static str {
        match self {
            Self::Nginx => "probe=ok- ",
            Self::NginxBrief => "limit503 st=200 ",
            Self::HaProxy => "GET /good/ok ",
            Self::Apache => "probe=ok ",
        }
    }

    /// The same of a page that is not there, of which every site has some: the server's own page
    /// tells how long its pages are.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Self::Nginx => "probe=missing- ",
            Self::Apache => "probe=missing ",
            // Their logs have none.
            Self::NginxBrief | Self::HaProxy => self.usual(),
        }
    }
}

/// A fault, where it is seen, and what it is called.
pub(crate) struct Fault {
    pub(crate) server: Server,
    /// What its lines hold; several of them are one client's, in their order.
    pub(crate) line: &'static str,
    /// The causes that may stand first, the true one before those that look the same in these fields.
    pub(crate) causes: &'static [&'static str],
    /// Whether a few clients meet it.
    pub(crate) is_of_few: bool,
}

/// A fault that anybody meets.
const fn fault(server: Server, line: &'static str, causes: &'static [&'static str]) -> Fault {
    Fault { server, line, causes, is_of_few: false }
}

/// A fault that a few clients meet: by its nature it follows them.
const fn of_few(server: Server, line: &'static str, causes: &'static [&'static str]) -> Fault {
    Fault { server, line, causes, is_of_few: true }
}

use Server::{Apache, HaProxy, Nginx, NginxBrief};

/// Connected, and no usable header came.
const CLOSED: &[&str] = &["upstream-closed", "healthy-backend-502", "bad-upstream-headers"];
/// The same, seen from the other side.
const HEADERS: &[&str] = &["bad-upstream-headers", "healthy-backend-502", "upstream-closed"];
/// The answer is no HTTP/1.
const PROTOCOL: &[&str] =
    &["upstream-protocol-mismatch", "bad-upstream-headers", "healthy-backend-502"];
/// What is on the way to the upstream, where a log has no times of it.
const BAD_GATEWAY: &[&str] =
    &["upstream-closed", "healthy-backend-502", "bad-upstream-headers", "keepalive-race"];
/// A client that left while it waited. One line says nothing of how all others took it.
const LEFT: &[&str] = &["client-timeout-cluster", "client-abort-slow-backend"];
/// A request that was cut short.
const CUT: &[&str] = &["aborted-requests", "stalled-uploads"];

/// All of them, in the order of the logs.
pub(crate) static FAULTS: &[Fault] = &[
    fault(Nginx, "probe=read-timeout- ", &["upstream-read-timeout"]),
    fault(Nginx, "probe=refused- ", &["upstream-refused"]),
    fault(Nginx, "probe=connect-timeout- ", &["upstream-connect-timeout"]),
    fault(Nginx, "probe=be-rstnow- ", CLOSED),
    fault(Nginx, "probe=be-empty- ", CLOSED),
    fault(Nginx, "probe=be-parthdr- ", CLOSED),
    fault(Nginx, "probe=be-bighdr- ", HEADERS),
    fault(Nginx, "probe=be-badhdrname- ", HEADERS),
    fault(Nginx, "probe=be-garbage- ", &["upstream-protocol-mismatch"]),
    fault(Nginx, "probe=be-h2- ", &["upstream-protocol-mismatch"]),
    fault(Nginx, "probe=be-stallbody- ", &["truncated-success"]),
    fault(Nginx, "probe=client-close-waiting- ", LEFT),
    fault(Nginx, "probe=client-rst-waiting- ", LEFT),
    fault(Nginx, "probe=upload-too-big- ", &["upload-too-large"]),
    fault(Nginx, "probe=upload-stall- ", &["stalled-uploads"]),
    fault(Nginx, "probe=upload-abort- ", CUT),
    of_few(Nginx, "probe=bighdr-total- ", &["oversized-headers"]),
    of_few(Nginx, "probe=bighdr-one- ", &["oversized-headers"]),
    of_few(Nginx, r#""\x16\x03"#, &["tls-to-plain-port"]),
    of_few(Nginx, "probe=slowloris- ", &["slow-clients-408"]),
    fault(Nginx, "probe=partial-hdr-close- ", CUT),
    fault(Nginx, "probe=range-bad- ", &["range-anomaly"]),
    fault(Nginx, "probe=post-static- ", &["method-not-allowed"]),
    fault(Nginx, "probe=no-live-", &["no-live-upstream"]),
    fault(Nginx, "probe=failover-", &["masked-failover"]),
    fault(Nginx, "probe=dns-fail- ", &["upstream-unresolved"]),
    fault(Nginx, "probe=ignore-abort- ", &["upstream-read-timeout"]),
    of_few(Nginx, "probe=plain-to-tls- ", &["http-to-tls-port"]),
    of_few(Nginx, "probe=no-client-cert- ", &["client-certificate"]),
    of_few(Nginx, "probe=bad-client-cert- ", &["client-certificate"]),
    of_few(NginxBrief, "limit503 st=503 ", &["limiter-503"]),
    of_few(NginxBrief, "limit429 st=429 ", &["client-over-limit"]),
    of_few(NginxBrief, "limitconn st=503 ", &["limiter-503"]),
    fault(NginxBrief, "maxconns st=502 ", &["no-live-upstream"]),
    fault(NginxBrief, "maxconns st=504 ", &["upstream-read-timeout", "upstream-connect-timeout"]),
    fault(NginxBrief, "post301 ", &["post-lost-in-redirect", "method-not-allowed"]),
    fault(NginxBrief, "httpsloop ", &["redirect-loop"]),
    fault(NginxBrief, "mask200 ", &["masked-error"]),
    fault(NginxBrief, "deny st=403 ", &["access-regression", "blocked-attack"]),
    fault(NginxBrief, "st=421 ", &["misdirected-request"]),
    fault(NginxBrief, "h2-clientclose ", LEFT),
    fault(NginxBrief, "h2-timeout ", &["upstream-read-timeout", "upstream-connect-timeout"]),
    of_few(NginxBrief, "h2-bighdr ", &["oversized-headers", "no-status"]),
    fault(HaProxy, "2010 504 198 - - sH-- ", &["upstream-read-timeout"]),
    fault(HaProxy, "/1000 503 217 - - SC-- ", &["upstream-refused"]),
    fault(HaProxy, " 503 217 - - sC-- ", &["upstream-connect-timeout"]),
    fault(HaProxy, "GET /good/rstnow ", CLOSED),
    fault(HaProxy, "GET /good/empty ", CLOSED),
    fault(HaProxy, "GET /good/parthdr ", CLOSED),
    fault(HaProxy, "GET /good/bighdr ", HEADERS),
    fault(HaProxy, "GET /good/badclen ", HEADERS),
    fault(HaProxy, "GET /good/badhdrname ", HEADERS),
    fault(HaProxy, "GET /good/garbage ", PROTOCOL),
    fault(HaProxy, "GET /good/h2 ", PROTOCOL),
    fault(HaProxy, "GET /good/stallbody ", &["truncated-success"]),
    fault(HaProxy, "GET /good/partbody ", &["truncated-success"]),
    of_few(HaProxy, "/2008 408 0 - - cR-- ", &["slow-clients-408"]),
    fault(HaProxy, "/300 400 0 - - CR-- ", &["aborted-requests"]),
    fault(HaProxy, "GET /none/x ", &["no-endpoints", "no-live-upstream"]),
    fault(HaProxy, "GET /dead/x ", &["no-live-upstream", "no-endpoints"]),
    fault(HaProxy, "GET /denied ", &["access-regression", "blocked-attack"]),
    of_few(HaProxy, "GET /ratelimited ", &["client-over-limit"]),
    fault(Apache, "probe=read-timeout ", &["upstream-read-timeout"]),
    fault(Apache, "probe=refused ", &["upstream-refused"]),
    fault(Apache, "probe=connect-timeout ", &["upstream-connect-timeout"]),
    fault(Apache, "probe=be-rstnow ", BAD_GATEWAY),
    fault(Apache, "probe=be-empty ", BAD_GATEWAY),
    fault(Apache, "probe=be-bighdr ", BAD_GATEWAY),
    fault(Apache, "probe=be-parthdr ", BAD_GATEWAY),
    fault(Apache, "probe=be-h2 ", BAD_GATEWAY),
    fault(Apache, "probe=client-rst-waiting ", &["upstream-read-timeout"]),
    fault(Apache, "probe=upload-stall ", &["stalled-uploads"]),
    fault(Apache, "probe=upload-abort ", CUT),
    of_few(Apache, "us=2001200 ", &["slow-clients-408"]),
    of_few(Apache, r#""\x16\x03"#, &["tls-to-plain-port"]),
    fault(Apache, "probe=range-bad ", &["range-anomaly"]),
];
