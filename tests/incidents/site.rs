//! The site whose traffic is logged: routes, upstreams, clients, and the requests of a usual day.

use crate::random::{Random, Weights};
use crate::request::{Attempt, Product, Request};
use std::fmt::Write as _;

/// A user agent, as sent, and its family.
pub(crate) const AGENTS: [(&str, &str, f64); 12] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        34.0,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Safari",
        14.0,
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Safari",
        18.0,
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox", 8.0),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
        "Edge",
        6.0,
    ),
    ("okhttp/4.12.0", "okhttp", 16.0),
    ("python-requests/2.32.3", "python-requests", 4.0),
    ("acme-sync/2.3", "acme-sync", 2.0),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", 2.0),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot", 1.4),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot", 1.0),
    (
        "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
        "SemrushBot",
        0.6,
    ),
];

/// The first of [`AGENTS`] that is a robot: 5 % of the traffic.
const FIRST_BOT: usize = 8;

const COUNTRIES: [&str; 8] = ["us", "de", "gb", "fr", "jp", "br", "in", "nl"];

/// Where requests come from, beside the site itself.
const REFERERS: [&str; 3] =
    ["https://www.google.com/", "https://duckduckgo.com/", "https://news.example.org/item"];

/// A route of the site.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The target; `#` stands for an id, `@` for the hash of a release.
    pattern: &'static str,
    /// The name under which requests of it belong together.
    pub(crate) template: &'static str,
    pub(crate) host: &'static str,
    /// Median in seconds, and sigma, of its lognormal latency.
    latency: (f64, f64),
    /// Whether the application answers it; else the proxy does, from disk.
    pub(crate) dynamic: bool,
    median_bytes: f64,
}

const WWW: &str = "www.example.com";
const API: &str = "api.example.com";
const STATIC: &str = "static.example.com";

const fn route(
    method: &'static str,
    pattern: &'static str,
    template: &'static str,
    host: &'static str,
    latency: (f64, f64),
    median_bytes: f64,
) -> Route {
    let dynamic = latency.0 > 0.002;
    Route { method, pattern, template, host, latency, dynamic, median_bytes }
}

/// Every site has the first three of them, and up to five of the rest.
const ROUTES: [Route; 11] = [
    route("GET", "/static/app.@.js", "/static/app.:hash.js", STATIC, (0.001, 0.5), 90_000.0),
    route("GET", "/", "/", WWW, (0.030, 0.5), 14_000.0),
    route("POST", "/api/orders", "/api/orders", API, (0.055, 0.55), 300.0),
    route("GET", "/products/#", "/products/:id", WWW, (0.040, 0.55), 22_000.0),
    route("GET", "/api/orders/#", "/api/orders/:id", API, (0.025, 0.6), 900.0),
    route("GET", "/search?q=#", "/search", WWW, (0.065, 0.5), 18_000.0),
    route("GET", "/api/users/#/profile", "/api/users/:id/profile", API, (0.020, 0.6), 700.0),
    route("GET", "/docs/install", "/docs/install", WWW, (0.015, 0.5), 9_000.0),
    route("POST", "/api/cart", "/api/cart", API, (0.045, 0.55), 250.0),
    route("GET", "/api/reports/#", "/api/reports/:id", API, (0.070, 0.45), 5_000.0),
    route("GET", "/static/site.@.css", "/static/site.:hash.css", STATIC, (0.001, 0.5), 30_000.0),
];

/// The site, and how noisy its days are.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) product: Product,
    pub(crate) routes: Vec<Route>,
    weights: Weights,
    /// `address:port`.
    pub(crate) upstreams: Vec<String>,
    clients: Weights,
    agents: Weights,
    /// Share of requests that fail on a usual day, 4xx and 5xx.
    pub(crate) client_errors: f64,
    pub(crate) server_errors: f64,
    /// Offset of the stamps from UTC in seconds.
    pub(crate) zone: i64,
    /// All clients come through this many addresses of a CDN; 0: they come themselves.
    pub(crate) behind_cdn: usize,
    /// This route is only sent to this upstream.
    pub(crate) pinned: Option<(usize, usize)>,
}

/// What becomes of a request in the usual course.
pub(crate) struct Levels {
    pub(crate) client_errors: f64,
    pub(crate) server_errors: f64,
    /// The release whose assets are asked for.
    pub(crate) release: u64,
}

impl Site {
    pub(crate) fn new(product: Product, rpm: f64, random: &mut Random) -> Self {
        let mut routes = ROUTES[..3].to_vec();
        let mut rest = ROUTES[3..].to_vec();
        for _ in 0..random.below(6) {
            routes.push(rest.swap_remove(random.below(rest.len())));
        }
        // The pages and the assets are asked for most; which of them most, is chance.
        for at in (1..routes.len()).rev() {
            routes.swap(at, random.below(at + 1));
        }
        let weights = Weights::zipf(routes.len(), random.between(0.5, 1.0));
        let upstreams = (0..2 + random.below(5))
            .map(|at| format!("10.0.{}.{}:8080", at % 2, 11 + at))
            .collect();
        let clients = (rpm * 20.0).clamp(300.0, 50_000.0) as usize;
        let zones = [0, 0, 3600, 7200, -18_000, 19_800];
        Self {
            product,
            routes,
            weights,
            upstreams,
            clients: Weights::zipf(clients, 0.6),
            agents: Weights::new(AGENTS.iter().map(|agent| agent.2)),
            client_errors: random.between(0.01, 0.06),
            server_errors: [0.0, 0.0005, 0.001, 0.002, 0.005][random.below(5)],
            // HAProxy's `%tr` has no zone, and is read as UTC; the cloud logs are in UTC.
            zone: if product.is_nginx() { *random.pick(&zones) } else { 0 },
            behind_cdn: 0,
            pinned: None,
        }
    }

    /// Share of the traffic that asks for a route.
    pub(crate) fn share(&self, route: usize) -> f64 {
        self.weights.share(route)
    }

    /// Address of one of the site's clients, by its number.
    pub(crate) fn client(&self, number: usize) -> String {
        if self.behind_cdn > 0 {
            return format!("203.0.113.{}", 1 + number % self.behind_cdn);
        }
        // Neighbours in rank are no neighbours in the network. 198.18.0.0/15 is set aside for
        // benchmarks (RFC 2544).
        let spread = (number as u64).wrapping_mul(0x9e37_79b1) & 0x1_ffff;
        if number % 12 == 5 {
            return format!("2001:db8:{:x}:{:x}::{:x}", spread >> 8, spread & 0xff, number % 7 + 1);
        }
        format!("198.{}.{}.{}", 18 + (spread >> 16), (spread >> 8) & 0xff, spread & 0xff)
    }

    /// A request in the usual course of this moment.
    pub(crate) fn request(&self, begin: i64, levels: &Levels, random: &mut Random) -> Request {
        let place = self.weights.draw(random);
        self.request_of(place, begin, levels, random)
    }

    /// One for a given route.
    pub(crate) fn request_of(
        &self,
        place: usize,
        begin: i64,
        levels: &Levels,
        random: &mut Random,
    ) -> Request {
        let route = &self.routes[place];
        let agent = self.agents.draw(random);
        let bot = agent >= FIRST_BOT;
        let number = if bot { 7000 + agent } else { self.clients.draw(random) };
        let mut request = Request {
            begin,
            duration: 0,
            method: route.method,
            target: target(route.pattern, levels.release, random),
            route: Some(place),
            host: route.host,
            protocol: if bot || random.chance(0.3) { "HTTP/1.1" } else { "HTTP/2.0" },
            client: self.client(number),
            agent: AGENTS[agent].0,
            referer: referer(route, bot, random),
            country: COUNTRIES[number % COUNTRIES.len()],
            status: 200,
            bytes: random.lognormal(route.median_bytes, 0.3) as u64,
            attempts: Vec::new(),
            cache: "-",
            state: "----",
            reason: "-",
            unread: false,
            cut: false,
        };
        let seconds = random.lognormal(route.latency.0, route.latency.1);
        request.duration = (seconds * 1e6) as i64;
        if route.dynamic {
            request.cache = "MISS";
            request.status = if route.method == "POST" { 201 } else { 200 };
        } else {
            request.cache = "HIT";
            if !bot && random.chance(0.7) {
                request.status = 304;
                request.bytes = 0;
            }
        }
        self.answer(&mut request, route.dynamic, random);
        self.usual(&mut request, levels, bot, random);
        request
    }

    /// An upstream answers with the request's status; the proxy does when nobody else is asked.
    pub(crate) fn answer(&self, request: &mut Request, by_upstream: bool, random: &mut Random) {
        request.attempts.clear();
        // HAProxy and ALB have no files: a server answers everything.
        if !by_upstream && !matches!(self.product, Product::HaProxy | Product::Alb) {
            return;
        }
        let upstream = self.upstream(request.route, random);
        let header = request.duration * 9 / 10;
        request.attempts.push(Attempt {
            upstream: Some(upstream),
            connect: Some(random.below(2_000) as i64),
            header: Some(header),
            response: request.duration,
            status: request.status,
        });
    }

    /// Where the balancer sends a request.
    pub(crate) fn upstream(&self, route: Option<usize>, random: &mut Random) -> usize {
        match self.pinned {
            Some((pinned, upstream)) if route == Some(pinned) => upstream,
            _ => random.below(self.upstreams.len()),
        }
    }

    /// The errors, redirects and impatient clients of every day.
    fn usual(&self, request: &mut Request, levels: &Levels, bot: bool, random: &mut Random) {
        let dynamic = request.route.is_none_or(|route| self.routes[route].dynamic);
        let at = random.unit();
        if at < levels.server_errors {
            if dynamic {
                request.status = [500, 500, 500, 502, 503][random.below(5)];
                request.bytes = 150;
                self.answer(request, true, random);
            }
        } else if at < levels.server_errors + levels.client_errors * if bot { 1.5 } else { 0.97 } {
            let of_a_page = [404, 404, 404, 404, 404, 404, 404, 404, 403, 401];
            let of_a_form = [404, 404, 404, 404, 404, 404, 404, 422, 400, 429];
            let form = request.method == "POST";
            request.status = *random.pick(if form { &of_a_form } else { &of_a_page });
            if request.status == 404 && !form && random.chance(0.7) {
                let word = random.pick(&["old", "img", "favicon", "feed", "page", "wp", "apple"]);
                request.target = format!("/{word}-{}.html", random.below(40));
                request.route = None;
            }
            request.bytes = 150;
            self.answer(request, dynamic, random);
        } else if dynamic && random.chance(0.02) {
            request.status = if random.chance(0.5) { 301 } else { 302 };
            request.bytes = 160;
            self.answer(request, true, random);
        } else if dynamic && self.product.is_nginx() && random.chance(0.0007) {
            request.status = 499;
            request.bytes = 0;
            request.duration = (random.lognormal(0.8, 0.8) * 1e6) as i64;
            self.answer(request, true, random);
            request.attempts[0].header = None;
            request.attempts[0].status = 0;
        }
    }
}

/// A target of a pattern.
fn target(pattern: &str, release: u64, random: &mut Random) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    for letter in pattern.chars() {
        match letter {
            '#' => drop(write!(out, "{}", 1000 + random.below(90_000))),
            '@' => drop(write!(out, "{:08x}", 0x3f9c_2a10_u64 + release * 0x0101_0101)),
            other => out.push(other),
        }
    }
    out
}

fn referer(route: &Route, bot: bool, random: &mut Random) -> &'static str {
    if bot || route.host == API {
        "-"
    } else if route.host == STATIC {
        "https://www.example.com/"
    } else if random.chance(0.3) {
        REFERERS[random.below(REFERERS.len())]
    } else if random.chance(0.4) {
        "-"
    } else {
        "https://www.example.com/"
    }
}
