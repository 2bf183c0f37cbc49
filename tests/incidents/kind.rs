//! The kinds of incidents, by their ids: whom they hit and what becomes of a request.

use crate::fault::Fault;
use crate::random::Random;
use crate::request::Product;

/// Whom a kind hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every request.
    All,
    /// What the application answers.
    Dynamic,
    /// What is served from disk.
    Static,
    /// One route of the application.
    Route,
    /// One route that is posted to.
    Form,
    /// One upstream.
    Upstream,
    /// Each upstream for a part of the window, one after another.
    Rolling,
    /// One host.
    Host,
    /// One user agent.
    Agent,
    /// One address with much traffic.
    Client,
    /// One country.
    Country,
}

/// What requests come in addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Nothing,
    /// After a failure the same client asks again, up to four times within ten seconds.
    Retries,
    /// After a redirect the client follows it to the same place, 20 times.
    Loop,
    /// After a redirected POST the client sends a GET.
    LostPost,
    /// After a timeout the client posts again and meets its own order.
    Conflict,
    /// After a refusal the client asks again after exactly 30 s, until the window ends.
    InStep,
    /// One client asks for what no such site has.
    Scanner,
    /// One client walks through the ids of a route.
    Enumeration,
    /// A few clients of one network try passwords.
    Stuffing,
    /// One client asks too much.
    OverLimit,
    /// A few clients of one network never finish a request.
    SlowHeaders,
    /// One network is refused with 403.
    Blocked,
    /// One network is dropped with 444.
    Dropped,
    /// Three times the usual traffic, of the usual kind.
    Crowd,
    /// Probes of a load balancer, which fail.
    Probes,
}

/// What a report should make of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// An incident: found or missed.
    Incident,
    /// Whether it is one is a matter of taste: neither missed nor a false alarm.
    Optional,
    /// No incident of the service: to be told at most as `info`.
    Info,
    /// No incident at all.
    Quiet,
}

/// What a fault is made of: a timeout in seconds, and chance.
pub(crate) type Faults = fn(f64, &mut Random) -> Fault;

/// One kind.
pub(crate) struct Kind {
    /// Its id among the causes.
    pub(crate) id: &'static str,
    /// Products whose logs can show it.
    pub(crate) products: &'static [Product],
    pub(crate) scope: Scope,
    pub(crate) fault: Option<Faults>,
    pub(crate) script: Script,
    /// The signal in which it stands out most.
    pub(crate) signal: &'static str,
    pub(crate) judged: Judged,
    /// Fields without which the cause cannot be told.
    pub(crate) needs: &'static [&'static str],
}

use Judged::{Incident, Info, Optional, Quiet};
use Product::{Alb, Cloudflare, Combined, HaProxy, Json, Times};

const EVERY: &[Product] = &Product::ALL;
const NGINX: &[Product] = &[Combined, Times, Json];
const EDGE: &[Product] = &[Cloudflare];
/// Products that log the time a request takes.
const TIMED: &[Product] = &[Times, Json, Cloudflare, Alb, HaProxy];
/// Those of them whose time holds that of the body; Cloudflare logs the time to the first byte.
const WHOLE: &[Product] = &[Times, Json, Alb, HaProxy];
/// Products that log that the client left.
const LEAVERS: &[Product] = &[Combined, Times, Json, Alb, Cloudflare];
/// nginx, and what stands before one.
const PROXIED: &[Product] = &[Combined, Times, Json, Cloudflare];

const fn kind(
    id: &'static str,
    products: &'static [Product],
    scope: Scope,
    fault: Faults,
    signal: &'static str,
    needs: &'static [&'static str],
) -> Kind {
    let (script, judged) = (Script::Nothing, Incident);
    Kind { id, products, scope, fault: Some(fault), script, signal, judged, needs }
}

impl Kind {
    const fn and(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    const fn judged(mut self, judged: Judged) -> Self {
        self.judged = judged;
        self
    }

    /// Without a fault: only the script.
    const fn only(mut self) -> Self {
        self.fault = None;
        self
    }

    /// The kind of an id.
    pub(crate) fn of(id: &str) -> &'static Self {
        KINDS.iter().find(|kind| kind.id == id).unwrap_or_else(|| panic!("no kind {id}"))
    }
}

const UP: &[&str] = &["upstream", "upstream_times"];
const PAGE: u64 = 46;

/// Codes that an application answers with when something beneath it is gone.
fn dependency(_: f64, random: &mut Random) -> Fault {
    match random.below(10) {
        0..7 => Fault::App(500, 0.2),
        7..9 => Fault::App(503, 0.2),
        _ => Fault::ReadTimeout(5.0),
    }
}

/// Either status of a restart without drain.
fn restart(_: f64, random: &mut Random) -> Fault {
    if random.chance(0.6) { Fault::Refused } else { Fault::App(503, 0.3) }
}

fn contract(_: f64, random: &mut Random) -> Fault {
    Fault::App([400, 422, 415][random.below(3)], 0.4)
}

fn abandoned(seconds: f64, random: &mut Random) -> Fault {
    if random.chance(0.8) {
        Fault::ClientGone(random.lognormal(seconds.min(20.0) / 3.0, 0.6))
    } else {
        Fault::Slow(20.0)
    }
}

fn overload(_: f64, random: &mut Random) -> Fault {
    match random.below(4) {
        0 => Fault::Slow(6.0),
        _ => Fault::QueueFull(random.between(0.5, 5.0)),
    }
}

/// Every kind.
#[rustfmt::skip]
pub(crate) const KINDS: &[Kind] = &[
    // 5xx
    kind("upstream-refused", EVERY, Scope::Upstream, |_, _| Fault::Refused, "5xx", UP),
    kind("no-live-upstream", EVERY, Scope::Dynamic, |_, _| Fault::NoLivePeer, "5xx", &["upstream"]),
    kind("upstream-closed", EVERY, Scope::Route, |_, random| Fault::Closed(random.between(0.01, 2.0)), "5xx", UP),
    kind("keepalive-race", EVERY, Scope::Dynamic, |_, _| Fault::Closed(0.001), "5xx", UP),
    kind("bad-upstream-headers", EVERY, Scope::Form, |_, _| Fault::BadHeader, "5xx", UP),
    kind("healthy-backend-502", EVERY, Scope::Dynamic, |_, _| Fault::Closed(0.02), "5xx", UP),
    kind("upstream-protocol-mismatch", EVERY, Scope::Host, |_, _| Fault::BadHeader, "5xx", UP),
    kind("upstream-unresolved", PROXIED, Scope::Host, |_, _| Fault::Unresolved, "5xx", &["upstream", "duration"]),
    kind("upstream-read-timeout", EVERY, Scope::Route, |seconds, _| Fault::ReadTimeout(seconds), "5xx", &["duration"]),
    kind("upstream-connect-timeout", EVERY, Scope::Upstream, |seconds, _| Fault::ConnectTimeout(seconds.min(10.0)), "5xx", UP),
    kind("saturation-at-peak", EVERY, Scope::Dynamic, |seconds, _| Fault::ReadTimeout(seconds), "5xx", &["duration"]).and(Script::Crowd),
    kind("limiter-503", PROXIED, Scope::Route, |_, _| Fault::Proxy(503, 144 + PAGE), "5xx", &["upstream_status"]),
    kind("deploy-restart", EVERY, Scope::Rolling, restart, "5xx", &["upstream"]),
    kind("overload", EVERY, Scope::Dynamic, overload, "5xx", &["duration"]).and(Script::Crowd),
    kind("maintenance", EVERY, Scope::Dynamic, |_, _| Fault::Proxy(503, 2_211), "5xx", &[]),
    kind("no-endpoints", EVERY, Scope::Host, |_, _| Fault::NoEndpoints, "5xx", &["host", "upstream"]),
    kind("app-error-after-deploy", EVERY, Scope::Route, |_, _| Fault::App(500, 0.4), "5xx", &[]),
    kind("bad-node", EVERY, Scope::Upstream, |_, _| Fault::App(500, 0.6), "5xx", &["upstream"]),
    kind("shared-dependency-down", EVERY, Scope::Dynamic, dependency, "5xx", &[]),
    kind("black-hole-node", EVERY, Scope::Upstream, |_, _| Fault::App(500, 0.05), "5xx", &["upstream"]),
    kind("masked-failover", &[Json], Scope::Dynamic, |_, _| Fault::Failover, "retried", &["attempts"]),
    kind("masked-error", &[Json], Scope::Route, |_, _| Fault::Masked, "5xx", &["upstream_status"]).judged(Optional),
    kind("truncated-success", WHOLE, Scope::Route, |seconds, _| Fault::Truncated(seconds), "slow", &["duration"]),
    kind("health-check-failing", EVERY, Scope::Dynamic, |_, _| Fault::NoLivePeer, "5xx", &["user_agent"]).and(Script::Probes),
    kind("retry-storm", EVERY, Scope::Route, |_, _| Fault::App(503, 0.3), "5xx", &["client"]).and(Script::Retries),
    // The edge
    kind("cdn-origin-unknown-error", EDGE, Scope::Route, |_, _| Fault::Edge(520, 0.2), "5xx", &[]),
    kind("cdn-origin-refused", EDGE, Scope::Dynamic, |_, _| Fault::Edge(521, 0.05), "5xx", &[]),
    kind("cdn-origin-connect-timeout", EDGE, Scope::Dynamic, |_, _| Fault::Edge(522, 19.0), "5xx", &[]),
    kind("cdn-origin-unreachable", EDGE, Scope::Country, |_, _| Fault::Edge(523, 0.4), "5xx", &["location"]),
    kind("cdn-origin-read-timeout", EDGE, Scope::Route, |_, _| Fault::Edge(524, 100.0), "5xx", &[]),
    kind("cdn-origin-tls-handshake", EDGE, Scope::Dynamic, |_, _| Fault::Edge(525, 0.1), "5xx", &[]),
    kind("cdn-origin-invalid-certificate", EDGE, Scope::Dynamic, |_, _| Fault::Edge(526, 0.1), "5xx", &[]),
    kind("cdn-origin-dns", EDGE, Scope::Host, |_, _| Fault::Edge(530, 0.02), "5xx", &["host"]),
    // Redirects and caches
    kind("redirect-loop", EVERY, Scope::Route, |_, _| Fault::App(301, 0.1), "redirects", &["client"]).and(Script::Loop),
    kind("post-lost-in-redirect", EVERY, Scope::Form, |_, _| Fault::App(301, 0.1), "redirects", &["client"]).and(Script::LostPost),
    kind("session-loss", EVERY, Scope::Dynamic, |_, _| Fault::App(302, 0.3), "redirects", &[]),
    kind("cache-broken", PROXIED, Scope::Static, |_, _| Fault::NotCached, "not_cached", &[]),
    // 4xx
    kind("upload-too-large", PROXIED, Scope::Form, |_, _| Fault::Proxy(413, 130 + PAGE), "4xx", &["upstream_status"]),
    kind("oversized-headers", NGINX, Scope::All, |_, _| Fault::Proxy(400, 180 + PAGE), "4xx", &[]),
    kind("http-to-tls-port", NGINX, Scope::Client, |_, _| Fault::Proxy(400, 202 + PAGE), "4xx", &[]),
    kind("client-certificate", NGINX, Scope::All, |_, _| Fault::Proxy(400, 184 + PAGE), "4xx", &[]),
    kind("aborted-requests", NGINX, Scope::All, |_, random| Fault::SlowClient(400, random.between(0.2, 4.0)), "4xx", &["duration"]),
    kind("contract-break", &[Combined, Times, Json, Cloudflare, Alb], Scope::Agent, contract, "4xx", &["user_agent"]),
    kind("auth-outage", EVERY, Scope::Dynamic, |_, _| Fault::App(401, 0.2), "4xx", &[]),
    kind("access-regression", EVERY, Scope::Route, |_, _| Fault::Proxy(403, 100 + PAGE), "4xx", &["upstream_status"]),
    kind("csrf-wave", EVERY, Scope::Form, |_, _| Fault::App(419, 0.3), "4xx", &[]),
    kind("missing-assets-after-deploy", EVERY, Scope::Static, |_, _| Fault::Proxy(404, 100 + PAGE), "4xx", &[]),
    kind("broken-link", &[Combined, Times, Json, Cloudflare], Scope::Route, |_, _| Fault::App(404, 0.4), "4xx", &["referer_host"]),
    kind("routing-regression", EVERY, Scope::Route, |_, _| Fault::Proxy(404, 100 + PAGE), "4xx", &[]),
    kind("retired-endpoint", EVERY, Scope::Route, |_, _| Fault::App(410, 0.2), "4xx", &[]),
    kind("method-not-allowed", EVERY, Scope::Form, |_, _| Fault::Proxy(405, 100 + PAGE), "4xx", &[]),
    kind("stalled-uploads", &[Combined, Times, Json, HaProxy], Scope::Form, |seconds, _| Fault::SlowClient(408, seconds), "4xx", &["duration"]),
    kind("limit-keyed-on-proxy", &[Combined, Times, Json, Alb], Scope::Client, |_, _| Fault::Proxy(429, 116 + PAGE), "4xx", &["client"]),
    kind("misdirected-request", PROXIED, Scope::Host, |_, _| Fault::Proxy(421, 120 + PAGE), "4xx", &[]),
    kind("blind-retry-conflict", EVERY, Scope::Form, |seconds, _| Fault::ReadTimeout(seconds.min(10.0)), "5xx", &["client"]).and(Script::Conflict),
    kind("synchronized-retries", EVERY, Scope::Route, |_, _| Fault::Proxy(429, 116 + PAGE), "4xx", &["client"]).and(Script::InStep),
    kind("client-over-limit", EVERY, Scope::Client, |_, _| Fault::Proxy(429, 116 + PAGE), "4xx", &["client"]).only().and(Script::OverLimit),
    kind("credential-attack", EVERY, Scope::Form, |_, _| Fault::App(401, 0.5), "4xx", &["client"]).only().and(Script::Stuffing),
    kind("slow-clients-408", &[Combined, Times, Json, HaProxy], Scope::Client, |seconds, _| Fault::SlowClient(408, seconds), "4xx", &["client", "duration"]).only().and(Script::SlowHeaders),
    kind("resource-enumeration", EVERY, Scope::Client, |_, _| Fault::App(403, 0.4), "4xx", &["client"]).only().and(Script::Enumeration).judged(Optional),
    kind("scanner-404", EVERY, Scope::Client, |_, _| Fault::App(404, 0.4), "4xx", &["client"]).only().and(Script::Scanner).judged(Info),
    kind("blocked-attack", EVERY, Scope::Client, |_, _| Fault::Proxy(403, 146), "4xx", &["client"]).only().and(Script::Blocked).judged(Info),
    kind("connection-dropped-444", NGINX, Scope::Client, |_, _| Fault::Proxy(444, 0), "444", &[]).only().and(Script::Dropped).judged(Info),
    // Clients that leave
    kind("client-abort-slow-backend", LEAVERS, Scope::Route, abandoned, "client_gone", &["duration"]),
    kind("client-timeout-cluster", LEAVERS, Scope::Agent, |seconds, _| Fault::ClientGone(seconds.min(10.0)), "client_gone", &["duration", "user_agent"]),
    kind("no-status", NGINX, Scope::All, |_, _| Fault::Proxy(0, 0), "client_gone", &[]).judged(Optional),
    // Latency and traffic
    kind("latency-target-breach", TIMED, Scope::Route, |_, _| Fault::Slow(15.0), "slow", &["duration"]),
    kind("slow-clients", TIMED, Scope::All, |seconds, _| Fault::SlowDownload(seconds / 20.0), "slow", &["duration", "upstream_times"]).judged(Optional),
    kind("traffic-surge", EVERY, Scope::All, |_, _| Fault::NotCached, "4xx", &[]).only().and(Script::Crowd).judged(Quiet),
];
