//! One incident in a log: where it strikes, and what it adds.

use crate::fault::{Fault, strike};
use crate::kind::{Kind, Scope, Script};
use crate::random::Random;
use crate::request::{Product, Request};
use crate::site::{AGENTS, Levels, Site};

/// How strong an incident is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Severity {
    /// The rate of errors is so many times the usual one.
    Times(f64),
    /// Everything that it concerns is hit.
    Full,
}

/// What an incident aims at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aim {
    pub(crate) route: Option<usize>,
    pub(crate) upstream: Option<usize>,
    pub(crate) host: Option<&'static str>,
    pub(crate) client: Option<String>,
    pub(crate) agent: Option<usize>,
    pub(crate) country: Option<&'static str>,
}

/// One incident.
pub(crate) struct Injection {
    pub(crate) kind: &'static Kind,
    /// Microseconds since 1970 UTC; the end is exclusive.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) aim: Aim,
    /// Share of the requests aimed at that are hit.
    pub(crate) share: f64,
    /// Requests that the script adds in a minute.
    rate: f64,
    /// Seconds after which somebody gives up.
    timeout: f64,
    random: Random,
}

/// A user agent that only attackers send.
const ATTACKER: &str = "Mozilla/5.0 zgrab/0.x";

/// The smallest rise that the method counts as one, as a share of the requests (3.2).
pub(crate) fn least_rise(signal: &str) -> f64 {
    match signal {
        "5xx" | "client_gone" | "retried" => 0.001,
        "not_cached" => 0.05,
        _ => 0.02,
    }
}

impl Injection {
    pub(crate) fn new(
        kind: &'static Kind,
        (start, end): (i64, i64),
        severity: Severity,
        rpm: f64,
        site: &Site,
        mut random: Random,
    ) -> Self {
        let aim = aim(kind.scope, site, &mut random);
        let concerned = concerned(kind.scope, &aim, site).max(0.001);
        let usual = match kind.signal {
            "5xx" => site.server_errors.max(0.001),
            "4xx" | "444" => site.client_errors,
            "client_gone" | "retried" => 0.001,
            _ => 0.02,
        };
        let minutes = (end - start) as f64 / 60e6;
        let faint = severity == Severity::Times(2.0);
        let of_all = match severity {
            Severity::Full => concerned,
            // A rise by less than the method's least would be no incident by its own definition.
            Severity::Times(times) => {
                let rise = (times - 1.0) * usual;
                if faint { rise } else { rise.max(1.6 * least_rise(kind.signal)).max(2.2 * usual) }
            }
        };
        // So few errors that nobody could tell them from chance are of no use in a benchmark.
        let of_all = of_all.max(20.0 / (rpm * minutes));
        // Half of the files are not modified since they were asked for: the others cannot lose it.
        let concerned_rate = if kind.signal == "not_cached" { 1.0 } else { of_all / concerned };
        let rate = (of_all * rpm).max(20.0 / minutes).min(2.0 * rpm);
        Self {
            kind,
            start,
            end,
            aim,
            share: concerned_rate.min(1.0),
            rate,
            timeout: *random.pick(&[5.0, 10.0, 30.0, 60.0]),
            random,
        }
    }

    fn is_on(&self, at: i64) -> bool {
        (self.start..self.end).contains(&at)
    }

    /// Whether the fault concerns this request.
    fn concerns(&self, request: &Request, site: &Site) -> bool {
        let dynamic = request.route.is_some_and(|route| site.routes[route].dynamic);
        let aimed_route = request.route.is_some() && request.route == self.aim.route;
        let upstream = request.attempts.first().and_then(|attempt| attempt.upstream);
        match self.kind.scope {
            Scope::All => true,
            Scope::Dynamic => dynamic,
            Scope::Static => request.route.is_some() && !dynamic,
            Scope::Route | Scope::Form => aimed_route,
            Scope::Upstream => upstream.is_some() && upstream == self.aim.upstream,
            Scope::Rolling => {
                let each = (self.end - self.start) / site.upstreams.len() as i64 + 1;
                let turn = usize::try_from((request.begin - self.start) / each).unwrap_or(0);
                upstream == Some(turn)
            }
            Scope::Host => Some(request.host) == self.aim.host && dynamic,
            Scope::Agent => {
                dynamic && self.aim.agent.is_some_and(|at| AGENTS[at].0 == request.agent)
            }
            Scope::Client => self.aim.client.as_ref() == Some(&request.client),
            Scope::Country => dynamic && Some(request.country) == self.aim.country,
        }
    }

    /// One address that sends 15 % of the traffic, all the time: a proxy of many clients.
    pub(crate) fn borrow_client(&mut self, request: &mut Request) {
        if self.kind.scope == Scope::Client
            && self.kind.fault.is_some()
            && self.random.chance(0.15)
            && let Some(client) = &self.aim.client
        {
            request.client.clone_from(client);
        }
    }

    /// Strikes the request, if it is hit; says whether it was, and adds what follows of it.
    pub(crate) fn strike(
        &mut self,
        request: &mut Request,
        site: &Site,
        added: &mut Vec<Request>,
    ) -> bool {
        let Some(fault) = self.kind.fault else { return false };
        if !self.is_on(request.begin) || !self.concerns(request, site) {
            return false;
        }
        // A peak builds up and fades; all else begins at once.
        let level = if self.kind.id == "saturation-at-peak" {
            let part = (request.begin - self.start) as f64 / (self.end - self.start) as f64;
            1.3 * (1.0 - (2.0 * part - 1.0).powi(2)).max(0.1)
        } else {
            1.0
        };
        if !self.random.chance(self.share * level) {
            return false;
        }
        let fault = fault(self.timeout, &mut self.random);
        let before = request.clone();
        let upstream = request.attempts.first().and_then(|attempt| attempt.upstream);
        strike(request, fault, site, upstream, &mut self.random);
        if self.kind.id == "broken-link" {
            request.referer = "https://partner.example.net/campaign";
        }
        self.follow(&before, request, site, added);
        before != *request
    }

    /// What the clients do next.
    fn follow(&mut self, before: &Request, hit: &Request, site: &Site, added: &mut Vec<Request>) {
        let after = |hit: &Request, seconds: f64| hit.end() + (seconds * 1e6) as i64;
        match self.kind.script {
            Script::Retries => {
                let mut at = hit.end();
                for _ in 0..self.random.below(5) {
                    at += (self.random.between(0.3, 2.5) * 1e6) as i64;
                    let mut again = Request { begin: at, ..before.clone() };
                    if self.is_on(at) {
                        strike(&mut again, Fault::App(503, 0.3), site, None, &mut self.random);
                    }
                    added.push(again);
                }
            }
            Script::Loop => {
                let mut at = hit.end();
                for _ in 0..20 {
                    at += 20_000 + self.random.below(60_000) as i64;
                    added.push(Request { begin: at, ..hit.clone() });
                }
            }
            Script::LostPost => {
                let begin = after(hit, self.random.between(0.02, 0.2));
                let mut lost = Request { begin, method: "GET", ..before.clone() };
                lost.target.push_str("/new");
                lost.route = None;
                strike(&mut lost, Fault::App(405, 0.1), site, None, &mut self.random);
                added.push(lost);
            }
            Script::Conflict => {
                let begin = after(hit, self.random.between(0.5, 3.0));
                let mut again = Request { begin, ..before.clone() };
                strike(&mut again, Fault::App(409, 0.4), site, None, &mut self.random);
                added.push(again);
            }
            Script::InStep => {
                let mut begin = hit.end() + 30_000_000;
                while self.is_on(begin) && self.random.chance(0.9) {
                    added.push(Request { begin, ..hit.clone() });
                    begin += 30_000_000 + self.random.below(40_000) as i64;
                }
            }
            _ => {}
        }
    }

    /// What comes in addition from `from` to `to`. The flag says whether it is of the incident.
    pub(crate) fn add(
        &mut self,
        (from, to): (i64, i64),
        rpm: f64,
        site: &Site,
        levels: &Levels,
        added: &mut Vec<(Request, bool)>,
    ) {
        let (from, to) = (from.max(self.start), to.min(self.end));
        if from >= to {
            return;
        }
        let minutes = (to - from) as f64 / 60e6;
        let rate = match self.kind.script {
            Script::Crowd => 2.0 * rpm,
            Script::Probes => 6.0 * site.upstreams.len() as f64,
            Script::Nothing
            | Script::Retries
            | Script::Loop
            | Script::LostPost
            | Script::Conflict
            | Script::InStep => return,
            _ => self.rate,
        };
        for _ in 0..self.random.poisson(rate * minutes) {
            let at = from + ((to - from) as f64 * self.random.unit()) as i64;
            let more = self.one(at, site, levels);
            added.push(more);
        }
    }

    fn one(&mut self, at: i64, site: &Site, levels: &Levels) -> (Request, bool) {
        let random = &mut self.random;
        let mut request = site.request(at, levels, random);
        let attacker = self.aim.client.clone().unwrap_or_else(|| "203.0.113.66".to_owned());
        let neighbour = format!("203.0.113.{}", 20 + random.below(6));
        let from = |request: &mut Request, client: String, agent: &'static str| {
            request.client = client;
            request.agent = agent;
            request.referer = "-";
            request.country = "nl";
        };
        let fault = match self.kind.script {
            Script::Crowd => {
                let mut extra = Vec::new();
                let hit = self.strike(&mut request, site, &mut extra);
                return (request, hit);
            }
            Script::Probes => {
                from(&mut request, "10.0.0.2".to_owned(), "ELB-HealthChecker/2.0");
                request.target = "/health".to_owned();
                request.method = "GET";
                request.route = None;
                strike(&mut request, Fault::App(500, 0.2), site, None, random);
                // The failing probe is the sign, not the damage.
                return (request, false);
            }
            Script::Scanner => {
                from(&mut request, attacker, ATTACKER);
                request.target = probe(random);
                request.route = None;
                request.method = "GET";
                Fault::App(404, 0.3)
            }
            Script::Enumeration => {
                from(&mut request, attacker, "python-requests/2.32.3");
                request.target = format!("/api/invoices/{}", (at - self.start) / 200_000 + 1000);
                request.route = None;
                request.method = "GET";
                match random.below(10) {
                    0..2 => Fault::App(200, 0.8),
                    2..7 => Fault::App(403, 0.4),
                    _ => Fault::App(404, 0.4),
                }
            }
            Script::Stuffing => {
                from(&mut request, neighbour, ATTACKER);
                request.target = "/login".to_owned();
                request.route = None;
                request.method = "POST";
                request.host = "www.example.com";
                if random.chance(0.004) { Fault::App(302, 0.8) } else { Fault::App(401, 0.5) }
            }
            Script::OverLimit => {
                from(&mut request, attacker, "acme-sync/2.3");
                if random.chance(0.15) { Fault::App(200, 1.0) } else { Fault::Proxy(429, 162) }
            }
            Script::SlowHeaders => {
                from(&mut request, neighbour, "-");
                request.unread = true;
                request.target = String::new();
                request.route = None;
                Fault::SlowClient(408, self.timeout)
            }
            Script::Blocked => {
                from(&mut request, neighbour, ATTACKER);
                Fault::Proxy(403, 146)
            }
            _ => {
                from(&mut request, neighbour, ATTACKER);
                request.target = probe(random);
                request.route = None;
                Fault::Proxy(444, 0)
            }
        };
        strike(&mut request, fault, site, None, random);
        let hit = request.status >= 400;
        (request, hit)
    }

    /// Where it strikes: (dimension, value), the best name first and then equivalents. Only what
    /// the log tells; nothing when it is spread over all that is logged.
    pub(crate) fn culprit(&self, site: &Site) -> Vec<(&'static str, String)> {
        let mut names: Vec<(&'static str, String)> = Vec::new();
        let attackers = || ("client_network", "203.0.113.0/24".to_owned());
        match self.kind.script {
            Script::Stuffing => {
                names.extend([("route", "/login".to_owned()), attackers()]);
                names.push(("user_agent", "zgrab".to_owned()));
            }
            Script::SlowHeaders => names.push(attackers()),
            Script::Blocked | Script::Dropped => {
                names.extend([attackers(), ("user_agent", "zgrab".to_owned())]);
            }
            _ => {}
        }
        let aim = &self.aim;
        if let Some(client) = aim.client.clone().filter(|_| names.is_empty()) {
            names.push(("client", client));
            names.push(attackers());
            let agent = match self.kind.script {
                Script::OverLimit => Some("acme-sync"),
                Script::Scanner => Some("zgrab"),
                _ => None,
            };
            names.extend(agent.map(|agent| ("user_agent", agent.to_owned())));
            if self.kind.script == Script::Enumeration {
                names.push(("route", "/api/invoices/:id".to_owned()));
            }
        }
        if let Some(upstream) = aim.upstream {
            let name = match site.product {
                Product::HaProxy => format!("web/s{}", upstream + 1),
                Product::Cloudflare => site.upstreams[upstream].replace(":8080", ""),
                _ => site.upstreams[upstream].clone(),
            };
            names.push(("upstream", name));
        }
        if let (Some(route), Scope::Route | Scope::Form) = (aim.route, self.kind.scope) {
            let route = &site.routes[route];
            names.push(("route", route.template.to_owned()));
            let like = |test: &dyn Fn(&crate::site::Route) -> bool| {
                site.routes.iter().filter(|route| test(route)).count() == 1
            };
            // A method or a host of one route alone is that route.
            if like(&|other| other.method == route.method) {
                names.push(("method", route.method.to_owned()));
            }
            if like(&|other| other.host == route.host) {
                names.push(("host", route.host.to_owned()));
            }
            if self.kind.id == "broken-link" {
                names.push(("referer_host", "partner.example.net".to_owned()));
            }
        }
        let of_host = match self.kind.scope {
            Scope::Static => Some("static.example.com"),
            _ => aim.host,
        };
        if let Some(host) = of_host {
            names.push(("host", host.to_owned()));
            let mut routes = site.routes.iter().filter(|route| route.host == host);
            if let (Some(only), None) = (routes.next(), routes.next()) {
                names.push(("route", only.template.to_owned()));
            }
        }
        names.extend(aim.agent.map(|agent| ("user_agent", AGENTS[agent].1.to_owned())));
        names.extend(aim.country.map(|country| ("location", country.to_owned())));
        names.retain(|(dimension, _)| site.product.logs(dimension));
        names
    }
}

/// What scanners ask for.
fn probe(random: &mut Random) -> String {
    const PLACES: [&str; 8] =
        ["", "/old", "/backup", "/blog", "/shop", "/dev", "/vendor/phpunit", "/cgi-bin"];
    const FILES: [&str; 8] = [
        "wp-login.php",
        ".env",
        ".git/config",
        "phpmyadmin/index.php",
        "xmlrpc.php",
        "config.json",
        "admin.php",
        "shell.php",
    ];
    let (place, file) = (random.pick(&PLACES), random.pick(&FILES));
    format!("{place}/v{}/{file}", random.below(400))
}

/// Chooses what to aim at.
fn aim(scope: Scope, site: &Site, random: &mut Random) -> Aim {
    let mut aim = Aim::default();
    let choose = |random: &mut Random, test: &dyn Fn(usize) -> bool| {
        let places: Vec<usize> = (0..site.routes.len()).filter(|place| test(*place)).collect();
        *random.pick(&places)
    };
    match scope {
        Scope::Route => {
            // One that is asked for: of a route that nobody asks for nobody sees the errors.
            let of_note = |place: usize| site.routes[place].dynamic && site.share(place) >= 0.06;
            aim.route = Some(choose(random, &of_note));
        }
        Scope::Form => {
            aim.route = Some(choose(random, &|place| site.routes[place].method == "POST"));
        }
        Scope::Upstream => aim.upstream = Some(random.below(site.upstreams.len())),
        Scope::Host => {
            let place = choose(random, &|place| site.routes[place].dynamic);
            aim.host = Some(site.routes[place].host);
        }
        Scope::Agent => aim.agent = Some(5),
        Scope::Client => aim.client = Some(format!("203.0.113.{}", 70 + random.below(50))),
        Scope::Country => aim.country = Some("de"),
        Scope::All | Scope::Dynamic | Scope::Static | Scope::Rolling => {}
    }
    aim
}

/// About which share of the traffic is aimed at.
fn concerned(scope: Scope, aim: &Aim, site: &Site) -> f64 {
    let sum = |test: &dyn Fn(usize) -> bool| -> f64 {
        (0..site.routes.len()).filter(|place| test(*place)).map(|place| site.share(place)).sum()
    };
    let dynamic = sum(&|place| site.routes[place].dynamic);
    let peers = site.upstreams.len() as f64;
    match scope {
        Scope::All => 1.0,
        Scope::Dynamic => dynamic,
        Scope::Static => 1.0 - dynamic,
        Scope::Route | Scope::Form => aim.route.map_or(0.0, |route| site.share(route)),
        Scope::Upstream | Scope::Rolling => dynamic / peers,
        Scope::Host => sum(&|place| Some(site.routes[place].host) == aim.host),
        Scope::Agent => 0.09 * dynamic,
        Scope::Client => 0.15,
        Scope::Country => dynamic / 8.0,
    }
}
