//! Requests that say nothing of how the service is: they are counted like all others, but targets
//! and incidents are judged without them, and they are told apart.

use crate::record::{Record, Status};

/// Why a request is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noise {
    /// A load balancer or a monitor asks whether the server lives.
    HealthCheck,
    /// nginx closed the connection without an answer (444): somebody decided so.
    Blocked,
    /// A refused request for what only scanners ask for (`/.env`, `/wp-login.php`).
    Scanner,
}

impl Noise {
    /// Every kind, in the order of their discriminants.
    pub const ALL: [Self; 3] = [Self::HealthCheck, Self::Blocked, Self::Scanner];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::HealthCheck => "health_check",
            Self::Blocked => "blocked",
            Self::Scanner => "scanner",
        }
    }

    /// What a request is, if it is not to be judged.
    #[inline]
    pub fn of(record: &Record<'_>) -> Option<Self> {
        if let Some(agent) = record.user_agent {
            // Browsers begin with `Mozilla/5.0 (` and the name of a system.
            let is_browser = agent.first() == Some(&b'M') && agent.get(13) != Some(&b'c');
            if !is_browser && is_checker(agent) {
                return Some(Self::HealthCheck);
            }
        }
        let target = record.target.unwrap_or_default();
        if target.len() <= LONGEST_CHECK && is_check(record, target) {
            return Some(Self::HealthCheck);
        }
        match record.status {
            Status::Code(400..=498) => refused(record.status, target),
            _ => None,
        }
    }
}

/// Beginnings of the user agents of health checks, as their vendors document them.
const CHECKERS: [&[u8]; 14] = [
    b"ELB-HealthChecker/",
    b"kube-probe/",
    b"GoogleHC/",
    b"Amazon-Route53-Health-Check-Service",
    b"Amazon-Route 53-Health-Check-Service",
    b"Consul Health Check",
    b"Envoy/HC",
    b"Edge Health Probe",
    b"Load Balancer Agent",
    b"HealthCheck/",
    b"AlwaysOn",
    b"Blackbox Exporter/",
    b"haproxy-healthcheck",
    b"Mozilla/5.0 (compatible; Cloudflare-Healthchecks/",
];

/// Whether a user agent is that of a health check.
fn is_checker(agent: &[u8]) -> bool {
    CHECKERS.iter().any(|known| agent.first() == known.first() && agent.starts_with(known))
}

/// Paths of health checks; a query may follow. They must be the whole path.
const CHECKS: [&[u8]; 17] = [
    b"/health",
    b"/healthz",
    b"/health/",
    b"/health/live",
    b"/health/ready",
    b"/healthcheck",
    b"/health-check",
    b"/health_check",
    b"/api/health",
    b"/actuator/health",
    b"/_health",
    b"/livez",
    b"/live",
    b"/readyz",
    b"/ready",
    b"/-/healthy",
    b"/-/ready",
];

/// Longest of [`CHECKS`], with some room for a query.
const LONGEST_CHECK: usize = 32;

/// Whether a request asks for the health of the server.
#[inline]
fn is_check(record: &Record<'_>, target: &[u8]) -> bool {
    // Nearly no other short path goes on with one of these.
    matches!(target.get(1), Some(b'h' | b'a' | b'l' | b'r' | b'_' | b'-'))
        && matches!(record.method, Some(b"GET" | b"HEAD" | b"OPTIONS"))
        && is_check_path(path(target))
        && !is_visit(record)
}

#[inline(never)]
fn is_check_path(path: &[u8]) -> bool {
    CHECKS.contains(&path)
}

/// Whether somebody came here by a link, or with a browser: a site may have a page `/live`.
fn is_visit(record: &Record<'_>) -> bool {
    let is_browser =
        |agent: &[u8]| agent.starts_with(b"Mozilla/5.0 (") && !agent.starts_with(b"Mozilla/5.0 (c");
    record.referer.is_some() || record.user_agent.is_some_and(is_browser)
}

fn path(target: &[u8]) -> &[u8] {
    memchr::memchr(b'?', target).map_or(target, |query| &target[..query])
}

/// What a 4xx is, if it is not to be judged.
#[cold]
fn refused(status: Status, target: &[u8]) -> Option<Noise> {
    match status {
        Status::Code(444) => Some(Noise::Blocked),
        Status::Code(400 | 403 | 404 | 405 | 410) => is_probe(target).then_some(Noise::Scanner),
        _ => None,
    }
}

/// What scanners ask for, in lower case, by the byte behind the slash: parts of paths that are of
/// software with known holes, or of files that must not be served. From the lists of the OWASP
/// ModSecurity core rule set (`restricted-files.data`) and what the logs of `../shared/samples`
/// show.
fn probes(second: u8) -> &'static [&'static [u8]] {
    match second {
        b'.' => &[
            b"/.env",
            b"/.git",
            b"/.svn/",
            b"/.aws/",
            b"/.ssh/",
            b"/.ds_store",
            b"/.htpasswd",
            b"/.htaccess",
        ],
        b'_' => &[b"/_ignition/"],
        b'a' => &[b"/adminer", b"/autodiscover/"],
        b'b' => &[b"/boaform/", b"/backup.sql"],
        b'c' => &[b"/cgi-bin/"],
        b'e' => &[b"/etc/passwd"],
        b'g' => &[b"/gponform/"],
        b'h' => &[b"/hnap1"],
        b'i' => &[b"/info.php", b"/id_rsa"],
        b'm' => &[b"/myadmin", b"/manager/html"],
        b'o' => &[b"/owa/"],
        b'p' => &[b"/phpmyadmin", b"/pma/", b"/phpunit/", b"/phpinfo"],
        b's' => &[b"/solr/", b"/shell.php"],
        b'w' => &[
            b"/wp-login.php",
            b"/wp-admin/setup-config.php",
            b"/wp-admin/install.php",
            b"/wp-config",
            b"/wordpress/",
        ],
        b'x' => &[b"/xmlrpc.php"],
        _ => &[],
    }
}

/// Most bytes of a target that are looked at.
const PROBED: usize = 256;

/// Whether a target is one that only scanners ask for. They all begin with a slash: a look at all
/// of them at each slash took more than twice as many instructions, a search for each of them
/// anywhere twenty times as many as that.
fn is_probe(target: &[u8]) -> bool {
    let path = path(target);
    let path = &path[..path.len().min(PROBED)];
    memchr::memchr_iter(b'/', path).any(|slash| {
        let rest = &path[slash..];
        let begins = |probe: &&[u8]| {
            rest.get(..probe.len()).is_some_and(|start| start.eq_ignore_ascii_case(probe))
        };
        rest.get(1).is_some_and(|second| probes(second.to_ascii_lowercase()).iter().any(begins))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(status: u16, target: &'static str, agent: &'static str) -> Option<Noise> {
        Noise::of(&Record {
            status: Status::Code(status),
            method: Some(b"GET"),
            target: Some(target.as_bytes()),
            user_agent: Some(agent.as_bytes()),
            ..Record::default()
        })
    }

    #[test]
    fn what_says_nothing_of_the_service_is_told_from_what_does() {
        use Noise::{Blocked, HealthCheck, Scanner};
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36";
        let cloudflare = "Mozilla/5.0 (compatible; Cloudflare-Healthchecks/1.0; +https://x)";
        let google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
        for (status, target, agent, expected) in [
            (200, "/", chrome, None),
            (200, "/", "ELB-HealthChecker/2.0", Some(HealthCheck)),
            (503, "/x", "kube-probe/1.29", Some(HealthCheck)),
            (200, "/x", cloudflare, Some(HealthCheck)),
            (404, "/x", google, None),
            (200, "/healthz", "curl/8.1", Some(HealthCheck)),
            (500, "/health?full=1", "", Some(HealthCheck)),
            (200, "/health/insurance", chrome, None),
            (200, "/healthy-food", chrome, None),
            (444, "/", chrome, Some(Blocked)),
            (404, "/.env", "", Some(Scanner)),
            (403, "/blog/WP-login.php?x=/a", "curl/8.1", Some(Scanner)),
            (404, "/phpMyAdmin/index.php", "", Some(Scanner)),
            // It is there: this is WordPress.
            (200, "/wp-login.php", chrome, None),
            (302, "/wp-admin", chrome, None),
            (429, "/wp-login.php", chrome, None),
            (404, "/search?q=/.env", chrome, None),
            (404, "/missing", chrome, None),
            (499, "/.env", chrome, None),
        ] {
            assert_eq!(noise(status, target, agent), expected, "{status} {target} {agent}");
        }
        // Without a request, too.
        let blocked = Record { status: Status::Code(444), ..Record::default() };
        assert_eq!(Noise::of(&blocked), Some(Blocked));
        assert_eq!(Noise::of(&Record::default()), None);
    }

    #[test]
    fn every_path_of_a_check_is_looked_at() {
        for path in CHECKS {
            let record = Record { method: Some(b"GET"), ..Record::default() };
            assert!(path.len() <= LONGEST_CHECK && is_check(&record, path));
        }
    }
}
