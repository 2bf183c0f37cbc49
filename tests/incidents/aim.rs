//! Whom an incident aims at, and the names under which a report may find that.

use crate::inject::Injection;
use crate::kind::{Scope, Script};
use crate::random::Random;
use crate::request::Product;
use crate::site::{AGENTS, Route, Site};

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

impl Injection {
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
        if let Some(route) = aim.route {
            let route = &site.routes[route];
            names.push(("route", route.template.to_owned()));
            if self.kind.script == Script::LostPost {
                // Where the redirect leads: there the method is not allowed.
                names.push(("route", format!("{}/new", route.template)));
            }
            let like = |test: &dyn Fn(&Route) -> bool| {
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

/// Chooses what to aim at.
pub(crate) fn aim(scope: Scope, site: &Site, random: &mut Random) -> Aim {
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
pub(crate) fn concerned(scope: Scope, aim: &Aim, site: &Site) -> f64 {
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
        Scope::Agent => 0.15 * dynamic,
        Scope::Client => 0.15,
        Scope::Country => dynamic / 8.0,
    }
}
