//! What comes beside the usual requests: attackers, crowds, probes, and what clients do after a
//! failure.

use crate::fault::{Fault, strike};
use crate::inject::Injection;
use crate::kind::Script;
use crate::random::Random;
use crate::request::Request;
use crate::site::{Levels, Site};

/// A user agent that only attackers send.
const ATTACKER: &str = "Mozilla/5.0 zgrab/0.x";

impl Injection {
    /// What the clients do next.
    pub(crate) fn follow(
        &mut self,
        before: &Request,
        hit: &Request,
        site: &Site,
        added: &mut Vec<Request>,
    ) {
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
