//! What Amazon's load balancers and CDN write to S3.

use super::{DAY_EPOCH, DAY_ISO, HOST, Hit, Seen, put, put_seconds};

/// The two lines that each file of CloudFront's standard logs starts with.
pub(crate) const CLOUDFRONT_HEADER: &str = "\
#Version: 1.0
#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status \
cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id \
x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher \
x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port \
time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start \
sc-range-end
";

/// Ids of AWS: eight hexadecimal digits a word.
const ALB: &str = "app/shop/3f1c9a7be04d5268";
const TARGETS: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/6d0ecf831eec9f09";
const CERTIFICATE: &str =
    "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";

/// What a load balancer did with a request.
enum Balanced {
    /// A target answered.
    Target {
        /// Until it was sent to the target, milliseconds.
        request: u64,
        /// Until the target began to answer, milliseconds.
        target: u64,
    },
    /// The load balancer answered, by a rule of this kind: no time is known.
    Itself(&'static str),
    /// It was sent to a target, which did not answer.
    Unanswered,
}

impl Hit {
    fn balanced(&self) -> Balanced {
        let is_lost = match self.status {
            499 | 504 => true,
            // Most are the load balancer's own, some come from the target.
            502 | 503 => self.number(5, 4) > 0,
            _ => false,
        };
        match self.status {
            _ if self.method.is_empty() => Balanced::Itself("-"),
            503 if is_lost => Balanced::Itself("forward"),
            429 => Balanced::Itself("waf"),
            // Scanners.
            404 if self.upstream.millis().is_none() => Balanced::Itself("fixed-response"),
            _ if is_lost => Balanced::Unanswered,
            _ => {
                let request = self.number(6, 2).min(self.millis);
                Balanced::Target { request, target: self.millis - request }
            }
        }
    }

    pub(super) fn seen_by_alb(&self) -> Seen {
        let (millis, upstream) = match self.balanced() {
            Balanced::Target { target, .. } => (Some(self.millis), Some(target)),
            _ => (None, None),
        };
        // A client that left before the idle timeout.
        let status = if self.status == 499 { 460 } else { self.status };
        Seen { status: Some(status), millis, upstream }
    }

    pub(super) fn write_alb(&self, out: &mut Vec<u8>) {
        let (kind, port) = match self.protocol {
            _ if self.method.is_empty() => ("http", 80),
            "HTTP/2.0" => ("h2", 443),
            _ => ("https", 443),
        };
        let (is_plain, balanced) = (port == 80, self.balanced());
        let target = format!("10.0.3.{}:8080", 10 + self.number(7, 4));
        let status = self.seen_by_alb().status.unwrap_or(self.status);

        put(out, format_args!("{kind} "));
        self.write_alb_time(0, out);
        put(out, format_args!(" {ALB} "));
        self.write_client(out);
        let code = match balanced {
            Balanced::Target { request, target: millis } => {
                put(out, format_args!(" {target} "));
                put_seconds(out, request);
                out.push(b' ');
                put_seconds(out, millis);
                out.extend_from_slice(b" 0.000");
                status.to_string()
            }
            Balanced::Unanswered => {
                put(out, format_args!(" {target} 0.001 -1 -1"));
                "-".into()
            }
            Balanced::Itself(_) => {
                out.extend_from_slice(b" - -1 -1 -1");
                "-".into()
            }
        };
        put(out, format_args!(" {status} {code} {} {} \"", 300 + self.number(8, 900), self.body));
        if self.method.is_empty() {
            put(out, format_args!("- http://{HOST}:80- -\" \"-\" - - "));
        } else {
            put(out, format_args!("{} https://{HOST}:{port}", self.method));
            out.extend_from_slice(&self.path);
            put(out, format_args!(" {}\" \"{}\" ", self.protocol, self.agent));
            out.extend_from_slice(b"TLS_AES_128_GCM_SHA256 TLSv1.3 ");
        }
        let (a, b) = self.id();
        let second = DAY_EPOCH as u64 + self.second;
        let (host, certificate) = if is_plain { ("-", "-") } else { (HOST, CERTIFICATE) };
        let group = if let Balanced::Itself(_) = balanced { "-" } else { TARGETS };
        put(out, format_args!("{group} \"Root=1-{second:08x}-{a:016x}{:08x}\" ", b >> 32));
        put(out, format_args!("\"{host}\" \"{certificate}\" {} ", self.number(9, 12)));
        self.write_alb_time(self.millis, out);
        let (action, target) = match balanced {
            Balanced::Itself(action) => (action, "-"),
            _ => ("forward", &*target),
        };
        put(out, format_args!(" \"{action}\" \"-\" \"-\" \"{target}\" \"{code}\" \"-\" \"-\" "));
        put(out, format_args!("TID_{b:016x}{a:016x} \"-\" \"-\" \"-\""));
    }

    /// The time so many milliseconds before the end of the request.
    fn write_alb_time(&self, before: u64, out: &mut Vec<u8>) {
        let micros = self.second * 1_000_000 + self.number(2, 1_000_000);
        // The first requests of the day may have begun the day before; no reader asks.
        let micros = micros.saturating_sub(before * 1000);
        let second = micros / 1_000_000;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let clock = format_args!("{hour:02}:{minute:02}:{second:02}.{:06}", micros % 1_000_000);
        put(out, format_args!("{DAY_ISO}T{clock}Z"));
    }

    pub(super) fn write_cloudfront(&self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        put(out, format_args!("{DAY_ISO}\t{hour:02}:{minute:02}:{second:02}\t"));
        let edges = ["FRA56-P4", "LHR61-C2", "DUB56-P1", "CDG50-C1", "MAD53-P2"];
        put(out, format_args!("{}\t{}\t", edges[self.number(3, 5) as usize], self.body));
        out.extend_from_slice(&self.client);
        // What is no HTTP does not come as far as the log: it stands for a bad request.
        let method = if self.method.is_empty() { "GET" } else { self.method };
        put(out, format_args!("\t{method}\td111111abcdef8.cloudfront.net\t"));
        let (path, query) = self.path_and_query();
        out.extend_from_slice(path);
        match self.status {
            499 => out.extend_from_slice(b"\t000\t"),
            status => put(out, format_args!("\t{status}\t")),
        }
        out.extend_from_slice(&self.referer);
        out.push(b'\t');
        for byte in self.agent.bytes() {
            match byte {
                b' ' => out.extend_from_slice(b"%20"),
                b'%' => out.extend_from_slice(b"%25"),
                byte => out.push(byte),
            }
        }
        out.push(b'\t');
        out.extend_from_slice(query.unwrap_or(b"-"));
        let (result, detail) = self.edge_result();
        put(out, format_args!("\t-\t{result}\t"));
        self.write_edge_id(out);
        put(out, format_args!("\t{HOST}\thttps\t{}\t", 200 + self.number(8, 700)));
        put_seconds(out, self.millis);
        put(out, format_args!("\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\t{result}\t"));
        put(out, format_args!("{}\t-\t-\t{}\t", self.protocol, self.client_port()));
        put_seconds(out, self.millis - self.number(10, 3).min(self.millis));
        let kind = self.content_type();
        // Blanks are written as in the user agent.
        put(out, format_args!("\t{detail}\t{}\t", kind.replace(' ', "%20")));
        match self.body {
            0 => out.push(b'-'),
            bytes => put(out, format_args!("{bytes}")),
        }
        out.extend_from_slice(b"\t-\t-");
    }

    /// `x-edge-result-type` and `x-edge-detailed-result-type`.
    fn edge_result(&self) -> (&'static str, &'static str) {
        match self.status {
            499 => ("Error", "ClientCommError"),
            502 => ("Error", "OriginConnectError"),
            503 => ("Error", "OriginError"),
            504 => ("Error", "OriginCommError"),
            400.. => ("Error", "Error"),
            304 => ("RefreshHit", "RefreshHit"),
            _ if self.upstream.millis().is_none() => ("Hit", "Hit"),
            _ => ("Miss", "Miss"),
        }
    }

    /// 56 characters of Base64, as `x-edge-request-id` has them.
    fn write_edge_id(&self, out: &mut Vec<u8>) {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for word in 0..6 {
            let bits = self.number(11 + word, u64::MAX);
            out.extend((0..9).map(|at| ALPHABET[(bits >> (6 * at) & 63) as usize]));
        }
        out.extend_from_slice(b"==");
    }
}
