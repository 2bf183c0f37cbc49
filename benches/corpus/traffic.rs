//! What the customers of the shop ask for, what they get, and what goes wrong.

use super::line::{Hit, Upstream};
use super::rng::Rng;
use super::site::{self, Site};

/// Fills in one request of the ordinary traffic.
pub(super) fn request(site: &Site, rng: &mut Rng, hit: &mut Hit) {
    hit.client.clear();
    hit.path.clear();
    hit.referer.clear();
    hit.agent.clear();
    hit.protocol = if rng.chance(640_000) { "HTTP/2.0" } else { "HTTP/1.1" };

    if rng.chance(12_000) {
        // Scanners: a few dozen addresses that no customer has.
        site::write_client(1_000_000 + rng.zipf(60), &mut hit.client);
        hit.method = "GET";
        hit.protocol = "HTTP/1.1";
        hit.agent.push_str(site::scan(rng, &mut hit.path));
        hit.referer.push(b'-');
        (hit.status, hit.body, hit.millis) = (404, 153, rng.below(2));
        hit.upstream = Upstream::None;
        if rng.chance(15_000) {
            hit.make_tls();
        }
        return;
    }

    let number = site.client(rng);
    site::write_client(number, &mut hit.client);
    hit.agent.push_str(site.agent(number));
    site::write_referer(rng, &mut hit.referer);
    let at = site.route(rng);
    let route = &site.routes[at];
    hit.method = route.method;
    route.write_path(rng, &mut hit.path);
    hit.body = rng.log_normal(route.body, 0.5) as u64;
    hit.millis = rng.log_normal(route.median, route.sigma) as u64;
    hit.status = if route.proxied { answer(route.method, rng) } else { file_answer(rng) };
    if matches!(hit.status, 204 | 304) {
        hit.body = 0;
    }
    let proxied = route.proxied;
    if proxied {
        trouble(at, rng, hit);
    }
    hit.upstream = match hit.status {
        _ if !proxied => Upstream::None,
        // The rate limit of nginx itself.
        429 => Upstream::None,
        _ if rng.chance(900) && hit.status < 400 => {
            let first = rng.below(4);
            hit.millis += first + 1;
            Upstream::Two(first, hit.millis - first - 1)
        }
        // nginx also counts the time that a slow client takes.
        _ => Upstream::One(hit.millis - rng.below(4).min(hit.millis)),
    };
}

/// The everyday status of an upstream's answer.
fn answer(method: &str, rng: &mut Rng) -> u16 {
    match rng.below(100_000) {
        0..600 => 302,
        600..900 => 301,
        900..1_500 => 304,
        1_500..1_900 => 404,
        1_900..2_150 => 401,
        2_150..2_300 => 403,
        2_300..2_450 => 422,
        2_450..2_500 => 429,
        2_500..2_570 => 499,
        2_570..2_610 => 500,
        2_610..2_625 => 502,
        2_625..2_640 => 503,
        2_640..2_650 => 504,
        _ if method == "DELETE" => 204,
        _ if method == "POST" && rng.chance(300_000) => 201,
        _ => 200,
    }
}

/// The everyday status of a file that nginx sends.
fn file_answer(rng: &mut Rng) -> u16 {
    match rng.below(100_000) {
        0..8_000 => 304,
        8_000..8_900 => 206,
        8_900..9_000 => 404,
        _ => 200,
    }
}

/// What goes wrong, by the time of the day: every error takes as long as such errors take.
fn trouble(route: usize, rng: &mut Rng, hit: &mut Hit) {
    let minute = hit.second / 60;
    match minute {
        // 09:40: the payment provider hangs; checkouts time out or are given up.
        580..592 if route == site::CHECKOUT => {
            hit.status = if rng.chance(650_000) { 504 } else { 499 };
        }
        // 14:05: one of four upstreams is down for five minutes.
        845..850 if rng.chance(250_000) => hit.status = 502,
        // 20:30: no worker is free.
        1230..1242 if rng.chance(60_000) => hit.status = 503,
        _ => {}
    }
    match hit.status {
        499 => hit.millis = rng.log_normal(9_000.0, 0.6).min(59_900.0) as u64,
        502 => (hit.millis, hit.body) = (rng.below(3), 157),
        503 => (hit.millis, hit.body) = (rng.below(8), 197),
        504 => (hit.millis, hit.body) = (60_000 + rng.below(4), 167),
        400.. => hit.body = 80 + hit.body % 200,
        _ => {}
    }
    if hit.status == 499 {
        hit.body = 0;
    }
}
