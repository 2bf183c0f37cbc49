//! Cloudflare's Logpush of HTTP requests: JSON whose keys are in the order of the alphabet.

use super::{DAY_ISO, HOST, Hit, put};

/// A value of a line.
enum Value<'v> {
    Text(&'v [u8]),
    Number(u64),
    /// As it stands.
    Raw(&'static str),
    /// Seconds since midnight.
    Time(u64),
}

use Value::{Number, Raw, Text, Time};

impl Hit {
    /// Writes 15 keys, or `all` 60 that a job of the documentation has.
    pub(super) fn write_cloudflare(&self, all: bool, out: &mut Vec<u8>) {
        let (a, _) = self.id();
        let ray = format!("{a:016x}");
        // What is no HTTP does not come as far as the log: it stands for a bad request.
        let method = if self.method.is_empty() { "GET" } else { self.method };
        let uri = if self.path.is_empty() { b"/" } else { &self.path[..] };
        let present = |value| if value == b"-" { &b""[..] } else { value };
        let agent = present(self.agent.as_bytes());
        let end = self.second + self.millis / 1000;
        let origin = self.origin_status();

        out.push(b'{');
        let mut key = |name: &str, is_short: bool, value: Value<'_>| {
            if is_short || all {
                write(name, &value, out);
            }
        };
        key("BotScore", false, Number(1 + self.number(3, 99)));
        key("BotScoreSrc", false, Text(b"Machine Learning"));
        key("BotTags", false, Raw("[]"));
        key("CacheCacheStatus", true, Text(self.cache_status()));
        key("CacheReserveUsed", false, Raw("false"));
        key("CacheResponseBytes", false, Number(self.body + 400));
        key("CacheTieredFill", false, Raw("false"));
        key("ClientASN", false, Number(3_000 + self.number(4, 60_000)));
        key("ClientCountry", false, Text(b"de"));
        key("ClientDeviceType", false, Text(b"desktop"));
        key("ClientIP", true, Text(&self.client));
        key("ClientIPClass", false, Text(b"noRecord"));
        key("ClientMTLSAuthStatus", false, Text(b"unknown"));
        key("ClientRegionCode", false, Text(b"BE"));
        key("ClientRequestBytes", false, Number(1_200 + self.number(8, 1_700)));
        key("ClientRequestHost", true, Text(HOST.as_bytes()));
        key("ClientRequestMethod", true, Text(method.as_bytes()));
        key("ClientRequestPath", false, Text(self.path_and_query().0));
        key("ClientRequestProtocol", true, Text(self.protocol.replace("2.0", "2").as_bytes()));
        key("ClientRequestReferer", true, Text(present(&self.referer)));
        key("ClientRequestScheme", false, Text(b"https"));
        key("ClientRequestSource", false, Text(b"eyeball"));
        key("ClientRequestURI", true, Text(uri));
        key("ClientRequestUserAgent", true, Text(agent));
        key("ClientSSLCipher", false, Text(b"AEAD-AES128-GCM-SHA256"));
        key("ClientSSLProtocol", false, Text(b"TLSv1.3"));
        key("ClientSrcPort", false, Number(self.client_port()));
        key("ClientTCPRTTMs", false, Number(self.number(5, 90)));
        key("ClientXRequestedWith", false, Text(b""));
        key("Cookies", false, Raw("{}"));
        key("EdgeCFConnectingO2O", false, Raw("false"));
        key("EdgeColoCode", false, Text(b"FRA"));
        key("EdgeColoID", false, Number(28));
        key("EdgeEndTimestamp", true, Time(end));
        key("EdgePathingOp", false, Text(b"wl"));
        key("EdgePathingSrc", false, Text(b"macro"));
        key("EdgePathingStatus", false, Text(b"nr"));
        key("EdgeRequestHost", false, Text(HOST.as_bytes()));
        key("EdgeResponseBodyBytes", false, Number(self.body.saturating_sub(400)));
        key("EdgeResponseBytes", true, Number(self.body));
        key("EdgeResponseCompressionRatio", false, Raw("0"));
        key("EdgeResponseContentType", false, Text(self.content_type().as_bytes()));
        key("EdgeResponseStatus", true, Number(self.status.into()));
        key("EdgeServerIP", false, Text(b"198.51.100.28"));
        key("EdgeStartTimestamp", true, Time(self.second));
        key("EdgeTimeToFirstByteMs", true, Number(self.millis));
        key("OriginDNSResponseTimeMs", false, Number(0));
        key("OriginIP", false, Text(if origin == 0 { b"" } else { b"203.0.113.7" }));
        key("OriginRequestHeaderSendDurationMs", false, Number(0));
        key("OriginResponseDurationMs", false, Number(self.upstream.millis().unwrap_or(0)));
        key("OriginResponseStatus", true, Number(origin.into()));
        key("OriginSSLProtocol", false, Text(if origin == 0 { b"unknown" } else { b"TLSv1.3" }));
        key("OriginTCPHandshakeDurationMs", false, Number(0));
        key("OriginTLSHandshakeDurationMs", false, Number(0));
        key("ParentRayID", false, Text(b"00"));
        key("RayID", true, Text(ray.as_bytes()));
        key("SecurityAction", false, Text(b""));
        key("SecurityRuleID", false, Text(b""));
        key("WorkerSubrequest", false, Raw("false"));
        key("ZoneName", false, Text(b"example.com"));
        out.pop();
        out.push(b'}');
    }

    /// 0 when Cloudflare answered itself, or had no answer.
    fn origin_status(&self) -> u16 {
        match self.status {
            499 => 0,
            // Most of these are the origin's own.
            502..=504 if self.number(6, 4) == 0 => 0,
            status if self.upstream.millis().is_some() => status,
            _ => 0,
        }
    }

    fn cache_status(&self) -> &'static [u8] {
        match self.status {
            400 | 429 => b"unknown",
            _ if self.upstream.millis().is_some() => b"dynamic",
            _ if self.number(7, 20) == 0 => b"revalidated",
            _ => b"hit",
        }
    }
}

/// Writes a key, its value and a comma.
fn write(name: &str, value: &Value<'_>, out: &mut Vec<u8>) {
    put(out, format_args!("\"{name}\":"));
    match value {
        Text(text) => {
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        }
        Number(number) => put(out, format_args!("{number}")),
        Raw(text) => out.extend_from_slice(text.as_bytes()),
        Time(second) => {
            // What ends after midnight is a second before it: no reader asks.
            let second = second.min(&86_399);
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            put(out, format_args!("\"{DAY_ISO}T{hour:02}:{minute:02}:{second:02}Z\""));
        }
    }
    out.push(b',');
}
