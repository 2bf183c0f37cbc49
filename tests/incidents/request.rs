//! One request as it happened. What a log tells of it is up to the product that writes.

/// The products whose logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    /// nginx, the predefined `combined`: no times, no upstream.
    Combined,
    /// nginx, combined and rt= uct= uht= urt=.
    Times,
    /// nginx, JSON with upstream fields.
    Json,
    Cloudflare,
    Alb,
    HaProxy,
}

impl Product {
    pub(crate) const ALL: [Self; 6] =
        [Self::Combined, Self::Times, Self::Json, Self::Cloudflare, Self::Alb, Self::HaProxy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Combined => "nginx combined",
            Self::Times => "nginx times",
            Self::Json => "nginx json",
            Self::Cloudflare => "cloudflare",
            Self::Alb => "alb",
            Self::HaProxy => "haproxy",
        }
    }

    pub(crate) fn is_nginx(self) -> bool {
        matches!(self, Self::Combined | Self::Times | Self::Json)
    }

    /// Whether the time of a line is the end of the request.
    pub(crate) fn stamps_the_end(self) -> bool {
        self.is_nginx() || self == Self::Alb
    }

    /// Whether the log tells this property of a request.
    pub(crate) fn logs(self, dimension: &str) -> bool {
        match dimension {
            "route" | "method" | "client" | "client_network" | "status" | "protocol" => true,
            "user_agent" => self != Self::HaProxy,
            "referer_host" => self.is_nginx() || self == Self::Cloudflare,
            "host" => matches!(self, Self::Json | Self::Cloudflare | Self::Alb),
            "upstream" => matches!(self, Self::Json | Self::Alb | Self::HaProxy | Self::Cloudflare),
            "duration" => self != Self::Combined,
            "cache_status" => matches!(self, Self::Json | Self::Cloudflare),
            "location" => self == Self::Cloudflare,
            "reason" => matches!(self, Self::HaProxy | Self::Alb),
            "upstream_status" => matches!(self, Self::Json | Self::Cloudflare | Self::Alb),
            "upstream_times" => matches!(self, Self::Times | Self::Json | Self::HaProxy),
            "attempts" => self == Self::Json,
            other => unreachable!("no dimension {other}"),
        }
    }
}

/// What the proxy tried with one upstream. Times are microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Attempt {
    /// Its place in the site; `None`: no peer could be chosen.
    pub(crate) upstream: Option<usize>,
    pub(crate) connect: Option<i64>,
    pub(crate) header: Option<i64>,
    pub(crate) response: i64,
    /// 0: none.
    pub(crate) status: u16,
}

/// One request. Times are microseconds; instants since 1970 UTC.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) begin: i64,
    pub(crate) duration: i64,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    /// Its place in the site, if it is one of the site's routes.
    pub(crate) route: Option<usize>,
    pub(crate) host: &'static str,
    pub(crate) protocol: &'static str,
    pub(crate) client: String,
    pub(crate) agent: &'static str,
    pub(crate) referer: &'static str,
    pub(crate) country: &'static str,
    /// 0: nothing was sent.
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) cache: &'static str,
    /// HAProxy's termination state.
    pub(crate) state: &'static str,
    /// The balancer's own word for a failure.
    pub(crate) reason: &'static str,
    /// No request line was read.
    pub(crate) unread: bool,
    /// The response broke off: the log's times of its parts are absent.
    pub(crate) cut: bool,
}

impl Request {
    pub(crate) fn end(&self) -> i64 {
        self.begin + self.duration
    }

    /// Whether it counts as bad for a signal, by the definitions of the method, 3.2.
    pub(crate) fn is_bad(&self, signal: &str) -> bool {
        let status = self.status;
        match signal {
            "5xx" => (500..600).contains(&status),
            "4xx" => (400..500).contains(&status),
            "client_gone" => matches!(status, 499 | 460 | 0),
            "redirects" => matches!(status, 301 | 302 | 303 | 307 | 308),
            "not_cached" => status == 200 && self.target.starts_with("/static/"),
            "slow" => self.duration > 200_000,
            "retried" => self.attempts.len() > 1,
            code => code.parse() == Ok(status),
        }
    }
}
