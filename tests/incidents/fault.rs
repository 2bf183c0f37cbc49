//! What a fault looks like in each product's log: the measured matrix of faults (nginx 1.22.1,
//! HAProxy 2.6) and what the vendors document (ALB, Cloudflare). Cloudflare stands in front of an
//! nginx here: what that answers, passes through.

use crate::random::Random;
use crate::request::{Attempt, Product, Request};
use crate::site::Site;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The upstream's port is closed.
    Refused,
    /// The upstream's packets get lost; given up after so many seconds.
    ConnectTimeout(f64),
    /// The upstream takes the request and is silent for so many seconds.
    ReadTimeout(f64),
    /// The upstream closes the connection without an answer, after so many seconds.
    Closed(f64),
    /// The answer's header is too large or broken.
    BadHeader,
    /// All peers are marked as failed.
    NoLivePeer,
    /// There is no upstream at all.
    NoEndpoints,
    /// The name of the upstream has no address.
    Unresolved,
    /// The application answers with this code, in this part of its usual time.
    App(u16, f64),
    /// The proxy itself answers with this code at once, with a body of this size.
    Proxy(u16, u64),
    /// Cloudflare's edge answers with this code after so many seconds.
    Edge(u16, f64),
    /// The client leaves after so many seconds.
    ClientGone(f64),
    /// The proxy waits for the client for so many seconds, and answers with this code.
    SlowClient(u16, f64),
    /// The first peer fails, the next one answers.
    Failover,
    /// The upstream fails, the proxy shows an error page with 200.
    Masked,
    /// A good answer breaks off after so many seconds.
    Truncated(f64),
    /// The answer takes so many times longer than usual.
    Slow(f64),
    /// The client takes the answer slowly: so many seconds.
    SlowDownload(f64),
    /// The balancer's queue is full, after so many seconds.
    QueueFull(f64),
    /// What is usually not modified has to be sent.
    NotCached,
}

/// nginx's own error page is so long beside its code's text, with `server_tokens off`.
const NGINX_PAGE: u64 = 41 + 5;

const fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

/// Makes the request one that met the fault. `upstream` is where it is sent, when that is given.
pub(crate) fn strike(
    request: &mut Request,
    fault: Fault,
    site: &Site,
    upstream: Option<usize>,
    random: &mut Random,
) {
    let peer = upstream.unwrap_or_else(|| site.upstream(request.route, random));
    // Timers fire a little late: 2.001 to 2.008 s for 2 s.
    let late = 1_000 + random.below(7_500) as i64;
    let quick = 200 + random.below(4_000) as i64;
    let connect = Some(random.below(1_500) as i64);
    match fault {
        Fault::Refused => {
            match site.product {
                // It tries again after a second.
                Product::HaProxy => fail(request, 503, micros(1.0) + quick, 217, "SC--"),
                _ => fail(request, 502, quick, 104 + NGINX_PAGE, ""),
            }
            request.attempts.push(attempt(Some(peer), None, None, request.duration, 502));
        }
        Fault::ConnectTimeout(seconds) => {
            match site.product {
                Product::HaProxy => fail(request, 503, micros(2.0 * seconds) + late, 217, "sC--"),
                Product::Alb => fail(request, 504, micros(10.0) + late, 132, ""),
                _ => fail(request, 504, micros(seconds) + late, 114 + NGINX_PAGE, ""),
            }
            request.attempts.push(attempt(Some(peer), None, None, request.duration, 504));
        }
        Fault::ReadTimeout(seconds) => {
            fail(request, 504, micros(seconds) + late, 114 + NGINX_PAGE, "sH--");
            request.attempts.push(attempt(Some(peer), connect, None, request.duration, 504));
        }
        Fault::Closed(seconds) => {
            fail(request, 502, micros(seconds) + quick, 104 + NGINX_PAGE, "SH--");
            request.attempts.push(attempt(Some(peer), connect, None, request.duration, 502));
        }
        Fault::BadHeader => {
            fail(request, 502, request.duration, 104 + NGINX_PAGE, "PH--");
            request.attempts.push(attempt(Some(peer), connect, None, request.duration, 502));
        }
        Fault::NoLivePeer | Fault::NoEndpoints => {
            let nginx = site.product.is_nginx() || site.product == Product::Cloudflare;
            let code = if nginx && fault == Fault::NoLivePeer { 502 } else { 503 };
            fail(request, code, late % 500, if code == 502 { 150 } else { 190 }, "SC--");
            if nginx && fault == Fault::NoLivePeer {
                request.attempts.push(attempt(None, None, None, 0, 502));
            }
        }
        Fault::Unresolved => fail(request, 502, micros(30.0) + late, 104 + NGINX_PAGE, "SC--"),
        Fault::App(code, part) => {
            request.status = code;
            request.duration = ((request.duration as f64 * part) as i64).max(300);
            request.bytes = 100 + random.below(200) as u64;
            site.answer(request, true, random);
            request.attempts[0].upstream = Some(peer);
        }
        Fault::Proxy(code, bytes) => fail(request, code, late % 500, bytes, "PR--"),
        Fault::Edge(code, seconds) => {
            fail(request, code, micros(seconds) + late, 4_500, "");
        }
        Fault::ClientGone(seconds) => {
            let code = if site.product == Product::Alb { 460 } else { 499 };
            fail(request, code, micros(seconds) + random.below(70_000) as i64, 0, "CH--");
            request.attempts.push(attempt(Some(peer), connect, None, request.duration, 0));
        }
        Fault::SlowClient(code, seconds) => {
            fail(request, code, micros(seconds) + late, 0, "cR--");
        }
        Fault::Failover => {
            let mut answer = request.attempts.first().copied().unwrap_or_else(|| {
                attempt(Some(peer), connect, Some(request.duration), request.duration, 200)
            });
            let others = site.upstreams.len();
            answer.upstream = Some((peer + 1 + random.below(others - 1)) % others);
            request.attempts = vec![attempt(Some(peer), None, None, quick, 502), answer];
            request.duration += quick;
        }
        Fault::Masked => {
            request.status = 200;
            request.bytes = 1_200;
            request.attempts = vec![attempt(Some(peer), connect, None, request.duration, 502)];
        }
        Fault::Truncated(seconds) => {
            request.duration = micros(seconds) + late;
            request.bytes /= 7;
            request.state = "sD--";
            for last in &mut request.attempts {
                last.response = request.duration;
            }
        }
        Fault::Slow(factor) => {
            request.duration = (request.duration as f64 * factor) as i64;
            for last in &mut request.attempts {
                last.response = request.duration;
                last.header = Some(request.duration * 9 / 10);
            }
        }
        Fault::SlowDownload(seconds) => {
            request.bytes = request.bytes.max(1_000) * 60;
            request.duration += (random.lognormal(seconds, 0.6) * 1e6) as i64;
        }
        // nginx has no queue: the application says that it is full.
        Fault::QueueFull(seconds) if site.product.is_nginx() => {
            request.status = 503;
            request.duration = micros(seconds) + late;
            request.bytes = 100 + random.below(200) as u64;
            site.answer(request, true, random);
        }
        Fault::QueueFull(seconds) => {
            fail(request, 503, micros(seconds) + late, 190, "sQ--");
        }
        Fault::NotCached => {
            if request.status == 304 {
                request.status = 200;
                request.bytes = 90_000;
                request.cache = "MISS";
            }
        }
    }
}

fn attempt(
    upstream: Option<usize>,
    connect: Option<i64>,
    header: Option<i64>,
    response: i64,
    status: u16,
) -> Attempt {
    Attempt { upstream, connect, header, response, status }
}

/// A failure that the proxy made.
fn fail(request: &mut Request, code: u16, duration: i64, bytes: u64, state: &'static str) {
    request.status = code;
    request.duration = duration;
    request.bytes = bytes;
    request.state = if state.is_empty() { "----" } else { state };
    request.cache = "-";
    request.cut = true;
    request.attempts.clear();
}
