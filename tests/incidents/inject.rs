//! One incident in a log: where it strikes, and what it adds.

use crate::aim::{Aim, aim, concerned};
use crate::fault::strike;
use crate::kind::{Kind, Scope};
use crate::random::Random;
use crate::request::Request;
use crate::site::{AGENTS, Site};

/// How strong an incident is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Severity {
    /// The rate of errors is so many times the usual one.
    Times(f64),
    /// Everything that it concerns is hit.
    Full,
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
    pub(crate) rate: f64,
    /// Seconds after which somebody gives up.
    pub(crate) timeout: f64,
    pub(crate) random: Random,
}

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
        // A cache is broken for all, or it is not.
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

    pub(crate) fn is_on(&self, at: i64) -> bool {
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
                dynamic
                    && (self.aim.route.is_none() || aimed_route)
                    && self.aim.agent.is_some_and(|at| AGENTS[at].0 == request.agent)
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
}
