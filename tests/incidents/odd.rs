//! What the quirks add to a usual day: traffic that looks like trouble and is none.

use crate::log::{MINUTE, Plan, Quirk};
use crate::random::Random;
use crate::request::Request;
use crate::site::{AGENTS, Levels, Site};

/// Traffic beyond the season's, as a factor.
pub(crate) fn crowd(plan: &Plan, minute: i64) -> f64 {
    match plan.quirk {
        Quirk::FlashCrowd if (plan.minutes / 2..plan.minutes / 2 + 10).contains(&minute) => 10.0,
        Quirk::Cron if minute % 60 < 3 => 5.0,
        _ => 1.0,
    }
}

/// The requests that a quirk adds in a minute.
pub(crate) fn odd(
    plan: &Plan,
    minute: i64,
    from: i64,
    site: &Site,
    levels: &Levels,
    random: &mut Random,
    more: &mut Vec<(Request, Option<usize>)>,
) {
    let half = plan.minutes / 2;
    let count = match plan.quirk {
        Quirk::SteadyScanner => 0.05 * plan.rpm,
        Quirk::SlowDownloads => 0.004 * plan.rpm,
        Quirk::LostClient => 0.5,
        Quirk::Wave444 if (half..half + 15).contains(&minute) => plan.rpm,
        Quirk::HealthChecks | Quirk::ChattyClient => 0.5 * plan.rpm,
        Quirk::Crawler if (half..half + plan.minutes / 4).contains(&minute) => 0.3 * plan.rpm,
        _ => return,
    };
    for turn in 0..random.poisson(count) {
        let at = from + (MINUTE as f64 * random.unit()) as i64;
        let mut request = site.request(at, levels, random);
        if let Quirk::Crawler | Quirk::ChattyClient = plan.quirk {
            let (client, agent) = match plan.quirk {
                Quirk::Crawler => ("203.0.113.202", 8),
                _ => ("203.0.113.203", 5),
            };
            request.client = client.to_owned();
            request.agent = AGENTS[agent].0;
            more.push((request, None));
            continue;
        }
        request.route = None;
        request.method = "GET";
        request.referer = "-";
        let by_site = |request: &mut Request, status: u16, random: &mut Random| {
            request.status = status;
            site.answer(request, true, random);
        };
        match plan.quirk {
            Quirk::SteadyScanner => {
                request.client = "203.0.113.200".to_owned();
                request.agent = "Mozilla/5.0 zgrab/0.x";
                request.target = format!("/wp-content/plugins/p{}/readme.txt", random.below(9_999));
                by_site(&mut request, 404, random);
            }
            Quirk::SlowDownloads => {
                request.target = "/static/manual.pdf".to_owned();
                request.bytes = 80_000_000;
                by_site(&mut request, 200, random);
                request.duration = (random.lognormal(90.0, 0.7) * 1e6) as i64;
            }
            Quirk::LostClient => {
                request.client = "203.0.113.201".to_owned();
                request.target = "/api/v0/poll".to_owned();
                by_site(&mut request, 404, random);
            }
            Quirk::Wave444 => {
                request.client = format!("203.0.113.{}", 100 + random.below(40));
                request.target = format!("/cgi-bin/{}.cgi", random.below(999));
                request.status = 444;
                request.bytes = 0;
                request.attempts.clear();
            }
            _ => {
                request.client = "10.0.0.2".to_owned();
                request.agent = "kube-probe/1.30";
                request.target = "/healthz".to_owned();
                request.duration = 900;
                // One target in four is drained in the second half of the span.
                let drained = turn % 4 == 0 && minute > half;
                by_site(&mut request, if drained { 503 } else { 200 }, random);
            }
        }
        more.push((request, None));
    }
}
