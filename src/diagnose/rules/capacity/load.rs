//! What capacity is told by: how failures go with the traffic, whom they spare, and in which order
//! upstreams fail.

use super::super::super::file::is_static;
use super::super::super::{Case, Need, Request, Told, facts};
use crate::detect::culprit::Dimension;
use crate::number::percent;
use crate::tally::facts::Answer;
use crate::time::SECOND;
use std::collections::BTreeMap;

/// Parts of the time around an incident that rates are compared in: more would have too few
/// failures each.
const PARTS: usize = 15;
/// Fewer tell nothing.
const LEAST_PARTS: usize = 8;
/// Rank correlation from which on failures go with the traffic (`method.md` 1.7).
const TOGETHER: f64 = 0.6;
/// Below it they do not.
const APART: f64 = 0.3;
/// Bad requests that an upstream has at least to be compared with others.
const ROWS: usize = 5;
/// Share of repetitions from which on they are a storm (`method.md` 1.7).
const STORM: f64 = 0.3;

/// The rate of requests and the share of bad ones go up and down together.
pub(super) fn grows_with_traffic(case: &Case<'_>) -> Told {
    let (Some(rho), Some(ratio)) = (correlation(case), case.traffic()) else {
        return Told::Silent;
    };
    let sentence = format!("{ratio:.1} times the traffic (rank correlation {rho:.1})");
    // A peak of a minute has few parts, and chance ranks the others.
    if rho >= TOGETHER && ratio >= 1.25 || rho >= APART && ratio >= 2.0 {
        Told::Yes(format!("the more requests there are, the more of them fail: {sentence}"))
    } else if rho < APART || ratio < 1.1 {
        Told::No(format!("failures do not go with the traffic: {sentence}"))
    } else {
        Told::Silent
    }
}

/// Spearman's rank correlation of the number of requests and the share of bad ones, in the incident
/// and as long before and after it.
fn correlation(case: &Case<'_>) -> Option<f64> {
    let line = case.log.wide;
    let times = &case.incident.times;
    let reach = (times.end - times.start).max(300 * SECOND);
    let place = |time: i64| {
        let at = (time - line.start * SECOND).max(0) / (line.width as i64 * SECOND);
        (at as usize).min(line.cells.len())
    };
    let cells = &line.cells[place(times.start - reach)..place(times.end + reach)];
    let signal = case.incident.deviations[0].signal;
    let parts = cells.chunks(cells.len().div_ceil(PARTS).max(1)).filter_map(|cells| {
        let sums = cells.iter().map(|cell| signal.counts(cell));
        let (bad, all) = sums.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        // The last part may be shorter than the others.
        (all > 0).then(|| (all as f64 / cells.len() as f64, bad as f64 / all as f64))
    });
    spearman(&parts.collect::<Vec<_>>())
}

fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < LEAST_PARTS {
        return None;
    }
    let one = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let other = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let norm = (product(&one, &one) * product(&other, &other)).sqrt();
    (norm > 0.0).then(|| product(&one, &other) / norm)
}

/// The rank of each number, from 1; equal ones share the mean of theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let rank = |number: &f64| {
        let below = numbers.iter().filter(|other| *other < number).count() as f64;
        let equal = numbers.iter().filter(|other| *other == number).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    numbers.iter().map(rank).collect()
}

/// What is served from disk or a cache: not by the application.
pub(in super::super) fn is_file(request: &Request<'_, '_>) -> bool {
    request.route().is_some_and(is_static)
}

/// Weight of some requests.
fn weight<'r, 'e: 'r, 'a: 'r + 'e>(requests: impl Iterator<Item = &'r Request<'e, 'a>>) -> f64 {
    requests.map(Request::weight).sum()
}

/// Several routes of the application fail about as they are asked for. Shares are of what is not
/// served from disk: a site of three routes of which one is a file has two that can fail.
pub(in super::super) fn many_routes(case: &Case<'_>) -> Told {
    let Some(top) = case.top(Dimension::Route) else { return Told::Silent };
    let asked = |of: &&Request<'_, '_>| !is_file(of) || of.bad;
    // Of the usual traffic: in the window what fails may be most of it.
    let usual = if case.outside.is_empty() { &case.inside } else { &case.outside };
    let all = weight(usual.iter().filter(asked));
    let own = weight(usual.iter().filter(asked).filter(|of| of.route() == Some(top.value)));
    if all <= 0.0 {
        return Told::Silent;
    }
    let traffic = own / all;
    let shown = String::from_utf8_lossy(top.value);
    let sentence = format!(
        "{shown} has {} of them, and {} of the usual traffic",
        percent(top.share),
        percent(traffic)
    );
    match top.share {
        share if share < 0.5 || share < 1.2 * traffic => {
            Told::Yes(format!("routes are hit as they are asked for: {sentence}"))
        }
        share if share >= 0.9 && share >= 1.5 * traffic => Told::No(sentence),
        share if share >= 0.6 && share >= 1.8 * traffic => Told::No(sentence),
        _ => Told::Silent,
    }
}

/// Files are served while the application is not.
pub(in super::super) fn files_spared(case: &Case<'_>) -> Told {
    let all = weight(case.inside.iter());
    let files = weight(case.inside.iter().filter(|of| is_file(of)));
    let bad = weight(case.bad());
    if files < 0.05 * all || bad <= 0.0 {
        return Told::Silent;
    }
    let share = weight(case.bad().filter(|of| is_file(of))) / files;
    Told::is(
        share <= 0.1 * bad / all,
        format!("{} of the requests for files fail, {} of all", percent(share), percent(bad / all)),
    )
}

/// Nearly everything that the application should answer fails: of a host where it is one.
pub(super) fn plateau(case: &Case<'_>) -> Told {
    let asked = |of: &&Request<'_, '_>| {
        !is_file(of)
            && case
                .named(Dimension::Host)
                .is_none_or(|host| of.value(Dimension::Host) == Some(host))
    };
    let all = weight(case.inside.iter().filter(asked));
    if all <= 0.0 {
        return Told::Silent;
    }
    let share = weight(case.bad().filter(asked)) / all;
    let sentence = format!("{} of the requests that are not for files fail", percent(share));
    match share {
        0.85.. => Told::Yes(sentence),
        0.5.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Something of what is asked for got an answer.
pub(super) fn some_through(case: &Case<'_>) -> Told {
    let ratio = case.totality();
    let sentence = format!("{} of the requests to {} failed", percent(ratio), case.place());
    Told::is(ratio < 0.99, sentence)
}

/// They all have one body, and a page somebody wrote: no server's own is that long.
pub(super) fn written_page(case: &Case<'_>) -> Told {
    /// Bytes of the longest built-in page of an error; nginx, Apache, HAProxy and ALB have shorter
    /// ones.
    const BUILT_IN: u32 = 450;
    match (facts::own_page(case), facts::one_size(case)) {
        (Told::Yes(sentence), _) => Told::No(sentence),
        (_, Told::Yes(sentence)) => {
            let long = case.share(|of| Some(of.facts().bytes? > BUILT_IN));
            match long.is_some_and(|share| share.ratio >= 0.8) {
                true => Told::Yes(format!("{sentence}: a page that somebody wrote")),
                false => Told::No(format!("{sentence}, as a server's own page is")),
            }
        }
        (_, told) => told,
    }
}

/// The upstreams failed one after another.
pub(super) fn one_after_another(case: &Case<'_>) -> Told {
    let rows = match by_upstream(case) {
        Ok(rows) => rows,
        Err(told) => return told,
    };
    let upstreams = rows.values().map(Vec::len).collect::<Vec<_>>();
    let mut times: Vec<&Vec<i64>> = rows.values().collect();
    times.sort_by_key(|times| (times[times.len() / 2], times[0]));
    // Of two requests of different upstreams, how often comes that first whose upstream does?
    let (mut before, mut all) = (0u64, 0u64);
    for (place, earlier) in times.iter().enumerate() {
        for later in &times[place + 1..] {
            for time in *earlier {
                before += (later.len() - later.partition_point(|other| other <= time)) as u64;
            }
            all += (earlier.len() * later.len()) as u64;
        }
    }
    let count = upstreams.len();
    match before as f64 / all as f64 {
        0.9.. => Told::Yes(format!("{count} upstreams failed one after another")),
        0.75.. => Told::Silent,
        _ => Told::No(format!("{count} upstreams failed at the same time")),
    }
}

/// At any time one upstream failed, and the others did not.
pub(super) fn one_at_a_time(case: &Case<'_>) -> Told {
    let rows = match by_upstream(case) {
        Ok(rows) => rows,
        Err(told) => return told,
    };
    let all = rows.iter().flat_map(|(name, times)| times.iter().map(move |time| (*time, *name)));
    let mut all: Vec<(i64, &[u8])> = all.collect();
    all.sort_unstable();
    let (mut same, mut count) = (0usize, 0usize);
    for part in all.chunks(all.len().div_ceil(2 * rows.len())) {
        let most = rows.keys().map(|name| part.iter().filter(|of| of.1 == *name).count()).max();
        same += most.unwrap_or(0);
        count += part.len();
    }
    let share = same as f64 / count as f64;
    let sentence = format!("at each time {} of them are of one upstream", percent(share));
    match share {
        0.8.. => Told::Yes(sentence),
        0.65.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Each upstream answers again after its turn.
pub(super) fn came_back(case: &Case<'_>) -> Told {
    let rows = match by_upstream(case) {
        Ok(rows) => rows,
        Err(told) => return told,
    };
    let answers = |name: &[u8], from: i64| {
        let mut all = case.inside.iter().chain(&case.outside);
        all.any(|of| !of.bad && of.began() > from && of.value(Dimension::Upstream) == Some(name))
    };
    // Single failures before and after are of a usual day.
    let last = |times: &[i64]| times[(times.len() - 1) * 19 / 20];
    let back = rows.iter().filter(|(name, times)| answers(name, last(times))).count();
    // The last one may be in the middle of it.
    match back + 1 >= rows.len() {
        true => Told::Yes(format!("{back} of {} upstreams answered again after it", rows.len())),
        false => Told::No(format!("{back} of {} upstreams answered again", rows.len())),
    }
}

/// When requests of each upstream failed, of those that have enough. An answer where that is less
/// than two.
fn by_upstream<'a>(case: &Case<'a>) -> Result<BTreeMap<&'a [u8], Vec<i64>>, Told> {
    if !case.has(Need::Upstream) {
        return Err(Told::Lacks(Need::Upstream));
    }
    let mut rows: BTreeMap<&[u8], Vec<i64>> = BTreeMap::new();
    for request in case.bad() {
        if let Some(upstream) = request.value(Dimension::Upstream) {
            rows.entry(upstream).or_default().push(request.began());
        }
    }
    let all: usize = rows.values().map(Vec::len).sum();
    let least = ROWS.max(all / 20);
    rows.retain(|_, times| times.len() >= least);
    rows.values_mut().for_each(|times| times.sort_unstable());
    match rows.len() {
        2.. => Ok(rows),
        _ if all >= 3 * ROWS
            && case.usual_spread(Dimension::Upstream).is_some_and(|of| of > 1.5) =>
        {
            Err(Told::No("one upstream has nearly all of them".to_owned()))
        }
        _ => Err(Told::Silent),
    }
}

/// Some were refused a connection, others told so by an application that starts or stops.
pub(super) fn refused_and_unavailable(case: &Case<'_>) -> Told {
    let refused = case.share(|of| {
        let facts = of.facts();
        Some(facts.connect.is_none() && !matches!(facts.answer, Answer::Status(503)))
    });
    let Some(refused) = refused.filter(|_| case.has(Need::UpstreamTimes)) else {
        return Told::Silent;
    };
    let told = case.share(|of| Some(of.facts().connect.is_some() && of.outcome() == 503));
    let told = told.map_or(0.0, |share| share.ratio);
    match refused.ratio >= 0.15 && told >= 0.15 {
        true => Told::Yes(format!(
            "{} were refused a connection, and {} got a 503 of the application",
            percent(refused.ratio),
            percent(told)
        )),
        false => Told::Silent,
    }
}

/// Clients ask for what failed again at once.
pub(super) fn repeats(case: &Case<'_>) -> Told {
    let sequences = case.sequences();
    if case.log.is_blind() {
        return Told::Lacks(Need::Client);
    }
    let Some(retries) = &sequences.retries else { return Told::Silent };
    let share = retries.again.share;
    let sentence = format!(
        "{} of the failures were followed by the same request of the same client within 10 s",
        percent(share)
    );
    match share {
        STORM.. => Told::Yes(sentence),
        _ if share < STORM / 2.0 => Told::No(sentence),
        _ => Told::Silent,
    }
}

/// They do so more than once.
pub(super) fn repeats_often(case: &Case<'_>) -> Told {
    match &case.sequences().retries {
        Some(retries) if retries.attempts >= 2.0 => Told::Yes(format!(
            "a client asked {:.1} times on average for the same, in vain",
            retries.attempts
        )),
        _ => Told::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_equal_numbers_are_shared() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        let pairs = |of: fn(f64) -> f64| (0..9).map(|x| (f64::from(x), of(x.into()))).collect();
        let rho = |pairs: Vec<(f64, f64)>| spearman(&pairs);
        assert_eq!(rho(pairs(|x| x * x)), Some(1.0));
        assert_eq!(rho(pairs(|x| -x)), Some(-1.0));
        assert_eq!(rho(pairs(|_| 1.0)), None, "nothing goes with what does not change");
        assert_eq!(spearman(&[(0.0, 0.0), (1.0, 1.0)]), None, "two are no sign");
    }
}
