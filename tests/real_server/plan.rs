//! Who asks for what, and when: two hours and a bit of a site, on a clock of their own.

use crate::fault::{Act, FAULTS, Fault};
use std::net::Ipv4Addr;
use std::ops::Range;
use std::time::Duration;

/// Length of the composed log, seconds.
pub(crate) const SECONDS: u32 = 8_400;
/// Usual requests a second.
const RATE: u32 = 3;
/// Clients, each in a network of its own.
const CLIENTS: u64 = 60;
/// Of those, the ones whose cookies grow.
const COOKIES: u64 = 6;
/// Of those, the ones that flood.
const FLOODING: u64 = 4;
/// One in so many clients waits also for a slow backend.
const PATIENT: u64 = 4;

/// What people ask for.
const ROUTES: [(&str, &str); 15] = [
    ("GET", "/"),
    ("GET", "/assets/site.css"),
    ("GET", "/assets/site.js"),
    ("GET", "/search"),
    ("GET", "/api/orders"),
    ("POST", "/api/cart"),
    ("GET", "/api/quote"),
    ("GET", "/api/feed"),
    ("GET", "/api/stock"),
    ("POST", "/login"),
    ("POST", "/upload"),
    ("GET", "/reports"),
    ("GET", "/archive"),
    ("GET", "/account"),
    ("GET", "/search"),
];

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
];

/// A request to be made.
pub(crate) struct Request {
    /// When it is on the clock of the composed log, seconds from its start.
    pub(crate) at: u32,
    /// Who asks.
    pub(crate) client: u64,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    /// The fault that it meets.
    pub(crate) fault: Option<&'static Fault>,
    /// A number of its own.
    dice: u64,
}

/// The seconds in which a fault is, of the composed log.
pub(crate) fn window(fault: &Fault) -> Range<u32> {
    60 * fault.minute..60 * (fault.minute + 5)
}

/// All requests, in order of time.
pub(crate) fn requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for number in 0..SECONDS * RATE {
        let at = number / RATE;
        let dice = mix(u64::from(number));
        let (method, target) = ROUTES[(dice % ROUTES.len() as u64) as usize];
        let client = dice / 64 % CLIENTS;
        let target = match dice / 4096 % 60 {
            0 if method == "GET" => format!("/old/{}", dice / (1 << 20) % 9),
            _ => target.to_owned(),
        };
        let mut request = Request { at, client, method, target, fault: None, dice };
        let now = FAULTS.iter().find(|fault| window(fault).contains(&at));
        request.fault = now.filter(|fault| request.meets(fault));
        requests.push(request);
        if let Some(fault @ Fault { act: Act::Flood(times), .. }) = now
            && number % RATE == 0
        {
            for client in (0..FLOODING).flat_map(|client| vec![client; *times as usize]) {
                let (method, target) = (fault.method, fault.target.to_owned());
                requests.push(Request { at, client, method, target, fault: Some(fault), dice });
            }
        }
    }
    requests
}

impl Request {
    /// Whether it fails while a fault lasts.
    fn meets(&self, fault: &Fault) -> bool {
        match fault.act {
            Act::Cookie(_) => self.client < COOKIES,
            Act::Flood(_) => false,
            _ => (self.method, &*self.target) == (fault.method, fault.target),
        }
    }

    /// What its backend does, and how long its client waits, if the client leaves.
    pub(crate) fn leaves(&self) -> Option<(&'static str, Duration)> {
        match &self.fault?.act {
            Act::Leave(backend, after)
                if *backend == "hang" || !self.client.is_multiple_of(PATIENT) =>
            {
                let milliseconds = after.start + self.dice / 64 % (after.end - after.start);
                Some((backend, Duration::from_millis(milliseconds)))
            }
            _ => None,
        }
    }

    /// The address it comes from.
    pub(crate) fn address(&self) -> Ipv4Addr {
        Ipv4Addr::new(127, 1, self.client as u8, 1)
    }

    /// Its bytes.
    pub(crate) fn text(&self) -> Vec<u8> {
        let act = self.fault.map(|fault| &fault.act);
        let fault = match act {
            Some(Act::Backend(does) | Act::Leave(does, _)) => does,
            Some(Act::Flood(_)) => "flood",
            // Any site has some of these.
            None if (self.dice / 7).is_multiple_of(1000) => "crash",
            _ => "none",
        };
        let scheme = if matches!(act, Some(Act::Plain)) { "http" } else { "https" };
        let cookie = match act {
            Some(Act::Cookie(bytes)) => *bytes,
            _ => 40,
        };
        let body = match act {
            Some(Act::Body(bytes)) => *bytes,
            _ if self.method == "POST" => 300 + (self.dice / 64 % 4000) as usize,
            _ => 0,
        };
        let agent = match act {
            Some(Act::Leave("hang", _)) => "quotes-sdk/2.3",
            _ => AGENTS[self.client as usize % AGENTS.len()],
        };
        let Self { at, method, target, .. } = self;
        let (cookie, body) = ("x".repeat(cookie), "x".repeat(body));
        let length = body.len();
        // The mark comes first: nginx keeps what it has read when it refuses a later header.
        format!(
            "{method} {target} HTTP/1.1\r\nX-At: {at}\r\nHost: shop.example.com\r\n\
             User-Agent: {agent}\r\nReferer: https://shop.example.com/\r\n\
             X-Forwarded-Proto: {scheme}\r\nX-Fault: {fault}\r\nCookie: session={cookie}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// A number that looks drawn: SplitMix64's finalizer.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
