//! What a log may have, and what to add to its format where it has not.

use crate::format::Product;

/// A field of a log that evidence is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// How long a request took.
    Duration,
    /// The address of the upstream.
    Upstream,
    /// What the upstream answered.
    Answer,
    /// Time to connect to the upstream, and to the header of its answer.
    UpstreamTimes,
    /// How long the upstream took.
    UpstreamDuration,
    /// The client's own address.
    Client,
    /// The user agent.
    UserAgent,
    /// The referer.
    Referer,
    /// The host that was asked for.
    Host,
    /// Bytes sent.
    Bytes,
    /// What the cache did.
    Cache,
    /// The product's own word for what went wrong.
    Reason,
    /// Times in milliseconds.
    Milliseconds,
}

impl Need {
    /// How many there are.
    pub const COUNT: usize = 13;

    /// What to add to the log's format, in the product's own words; `None` where the product has no
    /// such thing, or it is always there.
    pub fn addition(self, product: Product) -> Option<&'static str> {
        use Need::*;
        Some(match (product, self) {
            (Product::Nginx, Duration) => "$request_time",
            (Product::Nginx, Upstream) => "$upstream_addr",
            (Product::Nginx, Answer | Reason) => "$upstream_status $upstream_addr",
            (Product::Nginx, UpstreamTimes) => {
                "$upstream_connect_time $upstream_header_time $upstream_status $upstream_addr"
            }
            (Product::Nginx, UpstreamDuration) => "$upstream_response_time $request_time",
            (Product::Nginx, Client) => "$remote_addr, from set_real_ip_from and real_ip_header",
            (Product::Nginx, UserAgent) => "$http_user_agent",
            (Product::Nginx, Referer) => "$http_referer",
            (Product::Nginx, Host) => "$host",
            (Product::Nginx, Bytes) => "$body_bytes_sent",
            (Product::Nginx, Cache) => "$upstream_cache_status",
            (Product::Nginx, Milliseconds) => "$msec",
            (Product::Apache, Duration) => "%D",
            (Product::Apache, Upstream) => "%{BALANCER_WORKER_NAME}e",
            (Product::Apache, Client) => "%a, with mod_remoteip",
            (Product::Apache, UserAgent) => "%{User-Agent}i",
            (Product::Apache, Referer) => "%{Referer}i",
            (Product::Apache, Host) => "%{Host}i",
            (Product::Apache, Bytes) => "%B",
            (Product::Apache, Reason) => "%X",
            (Product::Apache, Milliseconds) => "%{msec_frac}t",
            (Product::HaProxy, UserAgent) => "capture request header User-Agent len 120",
            (Product::HaProxy, Referer) => "capture request header Referer len 120",
            (Product::HaProxy, Host) => "capture request header Host len 64",
            (Product::HaProxy, Reason | UpstreamTimes | Upstream) => "option httplog",
            (Product::Envoy, Reason) => "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%",
            (Product::Envoy, Upstream) => "%UPSTREAM_HOST%",
            (Product::Envoy, Duration) => "%DURATION%",
            (Product::Cloudflare, Answer) => "OriginResponseStatus",
            (Product::Cloudflare, Duration) => "EdgeTimeToFirstByteMs",
            (Product::Cloudflare, UpstreamDuration) => "OriginResponseDurationMs",
            (Product::Cloudflare, Cache) => "CacheCacheStatus",
            _ => return None,
        })
    }
}
