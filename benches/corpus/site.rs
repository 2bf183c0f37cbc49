//! The service that the log is of: a shop with pages, an API and static files, and who visits it.

use std::io::Write as _;

use super::rng::{Rng, mix};

const NOUNS: [&str; 40] = [
    "kettle", "lamp", "chair", "table", "sofa", "shelf", "mirror", "carpet", "blanket", "pillow",
    "plate", "bowl", "mug", "glass", "knife", "pan", "oven", "toaster", "blender", "grinder",
    "tent", "rucksack", "boots", "jacket", "gloves", "scarf", "helmet", "bicycle", "skates",
    "kayak", "guitar", "piano", "drum", "violin", "camera", "tripod", "printer", "monitor",
    "keyboard", "router",
];
const ADJECTIVES: [&str; 40] = [
    "red", "green", "blue", "black", "white", "yellow", "purple", "silver", "golden", "wooden",
    "small", "large", "tall", "round", "slim", "heavy", "light", "soft", "warm", "quiet",
    "classic", "modern", "rustic", "nordic", "vintage", "outdoor", "folding", "portable",
    "compact", "double", "woollen", "linen", "cotton", "leather", "ceramic", "copper", "bamboo",
    "granite", "smart", "spare",
];
const RESOURCES: [&str; 36] = [
    "users",
    "orders",
    "carts",
    "items",
    "products",
    "payments",
    "invoices",
    "refunds",
    "shipments",
    "addresses",
    "reviews",
    "ratings",
    "wishlists",
    "coupons",
    "sessions",
    "tokens",
    "devices",
    "notifications",
    "messages",
    "threads",
    "events",
    "stores",
    "warehouses",
    "stock",
    "prices",
    "taxes",
    "currencies",
    "carriers",
    "returns",
    "tickets",
    "agents",
    "reports",
    "exports",
    "jobs",
    "webhooks",
    "suggestions",
];
const SUBRESOURCES: [&str; 6] = ["history", "status", "items", "notes", "documents", "permissions"];
const SCANNED: [&str; 24] = [
    "/wp-login.php",
    "/wp-admin/setup-config.php",
    "/xmlrpc.php",
    "/.env",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/admin/config.php",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/actuator/health",
    "/actuator/env",
    "/solr/admin/info/system?wt=json",
    "/cgi-bin/luci/;stok=/locale",
    "/boaform/admin/formLogin",
    "/HNAP1/",
    "/owa/auth/logon.aspx",
    "/manager/html",
    "/server-status",
    "/config.json",
    "/backup.sql",
    "/.aws/credentials",
    "/telescope/requests",
    "/debug/default/view",
    "/api/.env",
    "/_profiler/phpinfo",
];
const SCANNER_AGENTS: [&str; 5] = [
    "Mozilla/5.0 zgrab/0.x",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.108 Safari/537.36",
];

/// What follows a route's fixed text.
#[derive(Clone, Copy)]
enum Tail {
    Nothing,
    /// `/184223`
    Id,
    /// `/184223/history`
    IdAnd(&'static str),
    /// `/3f0c…-…` in the shape of a UUID, then the text.
    UuidAnd(&'static str),
    /// `?page=3&sort=price`
    Page,
    /// `?q=red+kettle&page=1`
    Search,
    /// `/184223.webp`
    Image,
}

/// One route of the service: what a path is after its ids and its query are taken away.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    head: String,
    tail: Tail,
    /// Answered by an upstream; otherwise a file that nginx sends itself.
    pub(crate) proxied: bool,
    /// Median latency, milliseconds.
    pub(crate) median: f64,
    /// Deviation of the latency's logarithm.
    pub(crate) sigma: f64,
    /// Median body, bytes.
    pub(crate) body: f64,
}

/// Routes, user agents and clients, in the order of how often they are seen.
pub(crate) struct Site {
    pub(crate) routes: Vec<Route>,
    agents: Vec<String>,
}

/// Clients of the ordinary traffic.
const CLIENTS: u64 = 100_000;
/// How many things have an id. Most requests are for popular ones, some for any: so 1 GiB has about
/// 620,000 distinct paths.
const IDS: u64 = 250_000;
/// The route that the upstream timeouts of the day are on.
pub(crate) const CHECKOUT: usize = 5;

impl Site {
    pub(crate) fn new() -> Self {
        Self { routes: routes(), agents: agents() }
    }

    /// Rank of a route: the front page first.
    pub(crate) fn route(&self, rng: &mut Rng) -> usize {
        rng.zipf(self.routes.len() as u64) as usize
    }

    /// Number of a client, below [`CLIENTS`]. A third of the traffic is spread evenly, so that
    /// every client comes back.
    pub(crate) fn client(&self, rng: &mut Rng) -> u64 {
        if rng.chance(330_000) { rng.below(CLIENTS) } else { rng.zipf(CLIENTS) }
    }

    /// The user agent of a client; a client keeps it.
    pub(crate) fn agent(&self, client: u64) -> &str {
        &self.agents[Rng::new(client).zipf(self.agents.len() as u64) as usize]
    }
}

impl Route {
    /// Writes the path that one request of this route asks for.
    pub(crate) fn write_path(&self, rng: &mut Rng, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head.as_bytes());
        let thing =
            |rng: &mut Rng| mix(if rng.chance(120_000) { rng.below(IDS) } else { rng.zipf(IDS) });
        let id = |rng: &mut Rng| 100_000 + thing(rng) % 900_000;
        let written = match self.tail {
            Tail::Nothing => Ok(()),
            Tail::Id => write!(out, "/{}", id(rng)),
            Tail::IdAnd(text) => write!(out, "/{}{text}", id(rng)),
            Tail::UuidAnd(text) => {
                let (high, low) = (thing(rng), 0x8000_0000_0000_0000 | rng.below(2));
                write!(
                    out,
                    "/{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}{text}",
                    high >> 32,
                    high >> 16 & 0xffff,
                    high & 0xfff,
                    low >> 48,
                    mix(high ^ low) & 0xffff_ffff_ffff
                )
            }
            Tail::Page => {
                let sort = rng.pick(&["price", "name", "newest", "rating"]);
                write!(out, "?page={}&sort={sort}", 1 + rng.zipf(60))
            }
            Tail::Search => {
                let (a, b) = (rng.pick(&ADJECTIVES), rng.pick(&NOUNS));
                write!(out, "?q={a}+{b}&page={}&utm_source=mail", 1 + rng.zipf(12))
            }
            Tail::Image => write!(out, "/{}.webp", id(rng)),
        };
        written.expect("a Vec takes every byte");
    }
}

fn routes() -> Vec<Route> {
    let page = |head: String, tail, median, body| Route {
        method: "GET",
        head,
        tail,
        proxied: true,
        median,
        sigma: 0.6,
        body,
    };
    let api = |method, head: String, tail, median| Route {
        method,
        head,
        tail,
        proxied: true,
        median,
        sigma: 0.75,
        body: 900.0,
    };
    let file = |head: String, tail, body| Route {
        method: "GET",
        head,
        tail,
        proxied: false,
        median: 0.6,
        sigma: 0.9,
        body,
    };
    let mut routes = vec![
        page("/".into(), Tail::Nothing, 38.0, 14_200.0),
        api("GET", "/api/v2/sessions/current".into(), Tail::Nothing, 9.0),
        file("/assets/app.4f9c21d0.js".into(), Tail::Nothing, 182_000.0),
        page("/search".into(), Tail::Search, 140.0, 22_000.0),
        api("GET", "/api/v2/items".into(), Tail::Id, 24.0),
        api("POST", "/api/v2/checkout".into(), Tail::Nothing, 310.0),
        file("/img/products".into(), Tail::Image, 31_000.0),
        api("POST", "/api/v2/events".into(), Tail::Nothing, 4.0),
    ];
    let mut rest = Vec::new();
    for version in ["v1", "v2"] {
        for (at, resource) in RESOURCES.iter().enumerate() {
            let head = format!("/api/{version}/{resource}");
            let median = 8.0 + 3.0 * at as f64;
            rest.push(api("GET", head.clone(), Tail::Page, median * 2.0));
            rest.push(api("GET", head.clone(), Tail::Id, median));
            rest.push(api("POST", head.clone(), Tail::Nothing, median * 1.5));
            rest.push(api("PUT", head.clone(), Tail::Id, median * 1.4));
            rest.push(api("DELETE", head.clone(), Tail::UuidAnd(""), median));
            for sub in SUBRESOURCES {
                let by_uuid = mix(at as u64 ^ sub.len() as u64).is_multiple_of(2);
                let text: &'static str = match sub {
                    "history" => "/history",
                    "status" => "/status",
                    "items" => "/items",
                    "notes" => "/notes",
                    "documents" => "/documents",
                    _ => "/permissions",
                };
                let tail = if by_uuid { Tail::UuidAnd(text) } else { Tail::IdAnd(text) };
                rest.push(api("GET", head.clone(), tail, median * 1.2));
            }
        }
    }
    for (at, noun) in NOUNS.iter().enumerate() {
        rest.push(page(format!("/category/{noun}"), Tail::Page, 55.0, 26_000.0));
        rest.push(file(format!("/img/{noun}"), Tail::Image, 24_000.0));
        for (by, adjective) in ADJECTIVES.iter().enumerate() {
            rest.push(page(format!("/products/{adjective}-{noun}"), Tail::Nothing, 48.0, 19_000.0));
            if (at + by) % 4 == 0 {
                let name = mix((at * 64 + by) as u64) >> 32;
                let head = format!("/assets/{adjective}/{noun}.{name:08x}.css");
                rest.push(file(head, Tail::Nothing, 9_400.0));
            }
        }
    }
    // A fixed shuffle: popularity has nothing to do with the family.
    let mut rng = Rng::new(7);
    for at in (1..rest.len()).rev() {
        rest.swap(at, rng.below(at as u64 + 1) as usize);
    }
    routes.append(&mut rest);
    routes
}

fn agents() -> Vec<String> {
    let systems = [
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "Linux; Android 14; SM-S918B",
        "Linux; Android 13; Pixel 7",
        "iPhone; CPU iPhone OS 17_4 like Mac OS X",
    ];
    let mut agents = Vec::new();
    for minor in 0..10 {
        for major in 90..133 {
            for system in systems {
                let chrome = format!("{major}.0.{}.{}", 4000 + major * 7, minor * 13);
                agents.push(format!(
                    "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chrome} Safari/537.36"
                ));
            }
            agents.push(format!(
                "ShopApp/{major}.{minor}.2 (iOS 17.{minor}; iPhone15,3) CFNetwork/1494.0.7"
            ));
        }
    }
    agents.push("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)".into());
    agents.push("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)".into());
    agents
}

/// Path and user agent of one request of a vulnerability scanner.
pub(crate) fn scan(rng: &mut Rng, path: &mut Vec<u8>) -> &'static str {
    path.extend_from_slice(rng.pick(&SCANNED).as_bytes());
    rng.pick(&SCANNER_AGENTS)
}

/// Writes the `Referer` of one request: most come from the shop itself.
pub(crate) fn write_referer(rng: &mut Rng, out: &mut Vec<u8>) {
    let noun = |rng: &mut Rng| rng.pick(&NOUNS);
    let written = match rng.below(10) {
        0..=2 => write!(out, "-"),
        3 => write!(out, "https://www.google.com/"),
        4..=5 => write!(out, "https://shop.example.com/"),
        6..=7 => write!(out, "https://shop.example.com/category/{}", noun(rng)),
        8 => write!(out, "https://shop.example.com/search?q={}", noun(rng)),
        _ => {
            let adjective = rng.pick(&ADJECTIVES);
            write!(out, "https://shop.example.com/products/{adjective}-{}", noun(rng))
        }
    };
    written.expect("a Vec takes every byte");
}

/// Writes the address of client `number`; numbers below 2^24 have different addresses. Every
/// twelfth is IPv6.
pub(crate) fn write_client(number: u64, out: &mut Vec<u8>) {
    // An odd factor permutes the 24-bit numbers, so neighbours do not share a prefix.
    let low = (number + 4_321).wrapping_mul(0x9e_37b1) & 0xff_ffff;
    let (a, b, c) = (low >> 16, low >> 8 & 0xff, low & 0xff);
    let written = if number % 12 == 11 {
        write!(out, "2001:db8:{:x}:{:x}::{:x}", a + 1, low & 0xffff, number % 97 + 1)
    } else {
        let first = [23, 31, 46, 62, 77, 81, 84, 90, 93, 151, 178, 188, 203, 212];
        write!(out, "{}.{a}.{b}.{c}", first[(number % first.len() as u64) as usize])
    };
    written.expect("a Vec takes every byte");
}

/// Writes path `number` of the flood of unique paths: words only, so that nothing in it looks like
/// an id, a hash or a date. Numbers below 2^25 have different paths.
pub(crate) fn write_unique_path(number: u64, out: &mut Vec<u8>) {
    const SYLLABLES: [&str; 32] = [
        "lo", "mi", "ru", "ta", "ve", "no", "ki", "su", "po", "la", "ni", "tu", "ro", "si", "mu",
        "ka", "vo", "li", "nu", "ra", "to", "kil", "sum", "por", "lan", "nim", "tur", "ros", "sil",
        "mun", "kas", "vol",
    ];
    out.extend_from_slice(b"/story/");
    for at in 0..5 {
        if at == 3 {
            out.push(b'-');
        }
        out.extend_from_slice(SYLLABLES[(number >> (at * 5) & 31) as usize].as_bytes());
        // A vowel-free joint keeps `ki` + `l…` and `kil` apart.
        out.push(b"zhwyj"[at]);
    }
}
