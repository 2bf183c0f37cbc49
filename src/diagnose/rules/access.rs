//! Refused: clients that may not, that are kept out, and that try what they should not.
//!
//! One status has opposite causes: 401 for all clients at once is an outage of the login, 401 for a
//! few that post to it is an attack. Whom it hits and what they ask for tells them apart.

mod walk;
mod who;

use super::super::clue::{adds, crowns, requires, unless, weighs};
use super::super::rule::{any, on};
use super::super::{Case, Request, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{Apache, Cloudflare, HaProxy, Nginx};
use crate::number::percent;
use walk::{each_id_once, mixed, one_template, stable};
pub(super) use who::rise;
use who::{served_before, somebody, were_allowed, whom};

/// Not known who it is.
const UNKNOWN: [u16; 3] = [401, 407, 498];
/// Not allowed, as rules and filters answer it.
const DENIED: [u16; 3] = [403, 406, 451];
/// The form's token does not fit its session: Laravel's 419, and IIS's 440 for a session that is over.
const EXPIRED: [u16; 2] = [419, 440];

/// IIS: a client certificate is required, revoked, not trusted, or over.
pub(super) const CERTIFICATE: [&str; 5] = ["403.7", "403.12", "403.13", "403.16", "403.17"];

/// Words of routes that a login is sent to, as parts between slashes.
const LOGINS: [&str; 17] = [
    "auth",
    "authenticate",
    "session",
    "sessions",
    "token",
    "oauth",
    "password",
    "passwords",
    "otp",
    "mfa",
    "2fa",
    "sso",
    "signin",
    "sign-in",
    "sign_in",
    "j_security_check",
    "xmlrpc.php",
];

/// Whether a route is one that a login is sent to.
pub(super) fn is_login(route: &[u8]) -> bool {
    let route = String::from_utf8_lossy(route).to_ascii_lowercase();
    let is_of =
        |part: &str| part.contains("login") || part.contains("logon") || LOGINS.contains(&part);
    route.split('/').any(is_of)
}

/// Whether a request writes something.
pub(super) fn is_write(request: &Request<'_, '_>) -> Option<bool> {
    let method = request.value(Dimension::Method)?;
    Some(matches!(method, b"POST" | b"PUT" | b"PATCH" | b"DELETE"))
}

/// A login is posted to.
fn posts_to_login(case: &Case<'_>) -> Told {
    let posts = |request: &Request<'_, '_>| {
        Some(is_write(request)? && request.route().is_some_and(is_login))
    };
    facts::seen(case, posts, "are posted to a login")
}

/// They are of writes alone: forms.
fn only_writes(case: &Case<'_>) -> Told {
    facts::seen(case, is_write, "answer a POST or another write")
}

/// Whose rule it is, if the log tells: whose doing it is depends on it.
fn whose(case: &Case<'_>) -> Told {
    match facts::made_here(case) {
        Told::No(_) => facts::made_by_origin(case),
        other => other,
    }
}

/// Who answered, as words of a sentence.
fn who(case: &Case<'_>) -> &'static str {
    match facts::made_here(case) {
        Told::Yes(_) => "a rule of the proxy or edge",
        Told::No(_) => "the application",
        _ => "the application or a rule before it",
    }
}

/// Tries that somebody makes who is no attacker.
const FEW_TRIES: u64 = 40;

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "credential-attack",
        name: "Passwords are tried out",
        owner: Owner::Client,
        // Somebody who has forgotten a password tries it some times, too.
        explains: |case| {
            case.incident.deviations[0].bad >= FEW_TRIES
                && case.codes(&UNKNOWN) + case.codes(&[400, 403, 422, 429]) >= 0.6
        },
        prior: 0.0,
        clues: &[
            requires("what is asked for", posts_to_login),
            requires("from whom they come", somebody),
            adds(0.5, "how large the answers are", facts::one_size),
            weighs(0.5, "where they came from", facts::no_referer),
            unless(1.0, "whether they were served before", |case| facts::not(served_before(case))),
        ],
        tells: |case| format!("passwords are tried out by {}", whom(case)),
        checks: &[
            any("did any of them get in? Look for a 2xx or 302 of {client} behind its 401s"),
            on(&[Nginx], "limit_req on the login, keyed on the address; limit_req_status 429"),
            on(&[HaProxy], "a stick-table on the source for http_err_rate, and http-request deny"),
            on(&[Cloudflare], "a rate limiting rule on the login, and leaked-credential checks"),
            any(
                "a limit for failed logins of an address and of an account, CAPTCHA, second factor",
            ),
        ],
    },
    Rule {
        cause: "auth-outage",
        name: "Nobody can authenticate",
        owner: Owner::OriginApp,
        explains: |case| case.is_mostly(&UNKNOWN),
        prior: 0.0,
        clues: &[
            requires("how many clients are hit", facts::many_clients),
            weighs(1.0, "whether it was good before", facts::was_good),
            weighs(1.0, "how many routes are hit", facts::many_routes),
            adds(0.5, "whether anything is still let in", facts::none_good),
            unless(2.0, "whether it is a login that is posted to", |case| {
                facts::not(posts_to_login(case))
            }),
            unless(1.0, "whether it is one kind of client", |case| {
                facts::not(facts::one_agent(case))
            }),
        ],
        tells: |case| {
            format!(
                "clients that were let in before are not any more, since one moment: {}",
                case.place()
            )
        },
        checks: &[
            any(
                "log of the authentication at {start}: keys or secrets that were changed, key sets (JWKS) that cannot be fetched",
            ),
            any("clocks of the servers (NTP): tokens that are not valid yet or any more"),
            on(&[Nginx], "is the Authorization header passed on (proxy_set_header Authorization)?"),
            any("does the proxy pass the Authorization header and the cookies on?"),
        ],
    },
    Rule {
        cause: "resource-enumeration",
        name: "Somebody walks through ids",
        owner: Owner::Client,
        explains: |case| case.codes(&[401, 403, 404, 410]) >= 0.6,
        prior: 0.0,
        clues: &[
            requires("from whom they come", facts::few_clients),
            requires("what is asked for", one_template),
            weighs(1.0, "whether ids are asked for twice", each_id_once),
            adds(1.0, "how the ids are answered", mixed),
            weighs(0.5, "where they came from", facts::no_referer),
        ],
        tells: |case| {
            format!("one id after another is asked for by {}: {}", whom(case), case.place())
        },
        checks: &[
            any("which ids were answered with 200 to {client}, and were they its own?"),
            any("authorization of each id of {route}; a limit for {client}"),
            any("the same status for what is refused and what is not there"),
        ],
    },
    Rule {
        cause: "existence-leak",
        name: "403 and 404 tell which ids exist",
        owner: Owner::OriginApp,
        explains: |case| {
            case.codes(&[403, 404]) >= 0.6 && case.codes(&[403]) >= 0.1 && case.codes(&[404]) >= 0.1
        },
        prior: 0.0,
        clues: &[
            requires("what is asked for", one_template),
            requires("whether an id is always answered the same", stable),
            weighs(1.0, "how the ids are answered", mixed),
            // Then it is what the walk is for.
            unless(2.0, "whether a few clients walk through the ids", |case| {
                facts::not(facts::few_clients(case))
            }),
        ],
        tells: |case| format!("403 and 404 tell strangers which ids exist: {}", case.place()),
        checks: &[
            any("answer 404 for what somebody may not see, or document the 403"),
            any("where {route} looks an id up before it asks who may see it"),
        ],
    },
    Rule {
        cause: "access-regression",
        name: "What was allowed is refused",
        owner: Owner::Config,
        explains: |case| case.is_mostly(&DENIED),
        prior: 0.0,
        clues: &[
            requires("whether those that are refused were served before", were_allowed),
            requires("whether it was allowed before", facts::was_good),
            crowns(0.5, 0.0, "who refuses it", whose),
            adds(0.5, "whether it is one place", facts::one_route),
            adds(1.0, "whether anything is still allowed", facts::none_good),
            unless(4.0, "whether it is for a client certificate", |case| {
                facts::not(facts::reason(case, &CERTIFICATE, "are for a client certificate"))
                    .or_lacking(Told::Silent)
            }),
            adds(0.5, "how large the answers are", facts::one_size),
            adds(0.5, "whether something was deployed", facts::deployed),
        ],
        tells: |case| format!("{} refuses what it allowed before: {}", who(case), case.place()),
        checks: &[
            on(
                &[Nginx],
                "grep 'access forbidden by rule\\|is forbidden\\|Permission denied' error.log",
            ),
            on(
                &[Apache],
                "grep 'AH01630\\|AH00035\\|AH01797' error.log: denied by configuration, or file modes",
            ),
            on(&[Cloudflare], "security events at {start}: the rule that blocked"),
            on(&[HaProxy], "http-request deny rules and their ACLs (termination state PR)"),
            any("rules, filters (WAF) and permissions that were changed at {start}"),
            any(
                "signed links or certificates that ended at {start}, file modes, a missing index page",
            ),
        ],
    },
    Rule {
        cause: "blocked-attack",
        name: "Unwanted clients are blocked",
        owner: Owner::Nobody,
        // 429 is what a client over its limit gets, too: a family of its own.
        explains: |case| case.is_mostly(&DENIED),
        prior: 0.0,
        clues: &[
            requires("from whom they come", somebody),
            requires("whether these clients were served before", |case| {
                facts::not(served_before(case))
            }),
            adds(1.0, "how large the answers are", facts::one_size),
            adds(0.5, "who refused them", facts::made_here),
            unless(2.0, "whether they walk through ids", |case| {
                match (one_template(case), each_id_once(case), mixed(case)) {
                    (Told::Yes(_), Told::Yes(sentence), Told::Yes(_)) => Told::No(sentence),
                    _ => Told::Silent,
                }
            }),
            unless(1.0, "whether a login is posted to", |case| facts::not(posts_to_login(case))),
        ],
        tells: |case| format!("{} is refused: {}", who(case), whom(case)),
        checks: &[
            any("are real users among {client}? Look at its requests before {start}"),
            on(&[Cloudflare], "security events: the rule that blocked, and whom else"),
            any("nothing else, as long as it is meant to be so: leave it out of the targets"),
        ],
    },
    Rule {
        cause: "connection-dropped-444",
        name: "Connections dropped without an answer (444)",
        owner: Owner::Edge,
        explains: |case| case.is_mostly(&[444]),
        prior: 0.0,
        clues: &[
            requires("what they were answered", |case| {
                let share = case.codes(&[444]);
                Told::Yes(format!(
                    "{} of them are 444: nginx closes the connection because a rule says so",
                    percent(share)
                ))
            }),
            adds(1.0, "from whom they come", somebody),
            weighs(1.0, "whether these clients were served before", |case| {
                facts::not(served_before(case))
            }),
        ],
        tells: |case| format!("a rule of nginx drops the connections of {}", whom(case)),
        checks: &[
            on(&[Nginx], "grep -rn 'return 444' in the configuration: which rule is it?"),
            any("are real users caught? Look at what {client} was served before {start}"),
            any("are real users caught by the rule?"),
        ],
    },
    Rule {
        cause: "csrf-wave",
        name: "Forms are refused as expired",
        owner: Owner::OriginApp,
        // 403 is what Django answers; that alone says little.
        explains: |case| case.is_mostly(&EXPIRED) || case.is_mostly(&[403]),
        prior: 0.0,
        clues: &[
            requires("which requests are refused", only_writes),
            requires("how many clients are hit", facts::many_clients),
            weighs(2.0, "the code", |case| match case.is_mostly(&EXPIRED) {
                true => Told::Yes(
                    "419 and 440 are what frameworks answer when a form's token is over".to_owned(),
                ),
                false => Told::No("403 is mostly refused for other reasons".to_owned()),
            }),
            weighs(0.5, "whether the application refused them", facts::made_by_origin),
            adds(0.5, "whether something was deployed", facts::deployed),
        ],
        tells: |case| {
            format!("forms are refused, as their token does not fit the session: {}", case.place())
        },
        checks: &[
            any(
                "secret of the application (APP_KEY, SECRET_KEY) and session store: changed or emptied at {start}?",
            ),
            any("are pages with forms cached (Cache-Control, CDN)? Then all get one token"),
            any("domain, SameSite and Secure of the session's cookie"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
