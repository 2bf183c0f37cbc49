//! When something new was deployed: as the user says, and as the log shows it. A release of a site
//! has new hashed asset names, one of a service often new addresses.

use crate::detect::Entry;
use crate::tally::sample::{Field, Kind};
use crate::time::SECOND;
use std::collections::{BTreeMap, BTreeSet};

/// What is so near to a deploy may come of it, and what changes so soon belongs to it
/// (`method.md` 1.7), microseconds.
pub(super) const NEAR: i64 = 600 * SECOND;
/// Rows on each side of a change that are looked at: a later deploy is another change.
const SIDE: usize = 64;
/// A name that is gone or new would have been met so often, else it is rare and not gone: by chance
/// it is missed once in three thousand times.
const EXPECTED: f64 = 8.0;
/// A name that was met less often is no sign of anything.
const LEAST: usize = 5;
/// What is left of a name that is gone: pages in browsers ask for old assets for some time.
const LEFT: f64 = 0.2;
/// Of the requests of a route for hashed names, so many must change. Pictures named by their hash
/// come and go all the time, and never most of them at once.
const OF_ASSETS: f64 = 0.5;
/// The same of upstreams: one of many may be replaced.
const OF_UPSTREAMS: f64 = 0.1;

/// A deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deploy {
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Who says so.
    pub sign: Sign,
}

/// Why a deploy is believed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// The user said so.
    Said,
    /// Hashed asset names gave way to others.
    Assets,
    /// Addresses of upstreams gave way to others.
    Upstreams,
}

impl Sign {
    /// In words, behind "a deploy at such a time: ".
    pub fn words(self) -> &'static str {
        match self {
            Self::Said => "as --deploy-at says",
            Self::Assets => "hashed asset names changed",
            Self::Upstreams => "addresses of upstreams were replaced",
        }
    }
}

/// The deploys of a log in the order of time, and whether one would show: the user named some, or
/// there are hashed assets.
pub(super) fn deploys(entries: &[Entry<'_>], said: &[i64]) -> (Vec<Deploy>, bool) {
    let mut assets: BTreeMap<&[u8], Vec<(i64, u32)>> = BTreeMap::new();
    let mut upstreams: Vec<(i64, &[u8])> = Vec::new();
    for Entry { drawn, kind, .. } in entries {
        let fields = drawn.fields();
        if let Some(address) = fields[Field::Upstream as usize].filter(|of| has_port(of)) {
            upstreams.push((drawn.began, address));
        }
        // What is refused may never have been there.
        let is_served = matches!(kind, Kind::Rest | Kind::Slow);
        if let Some(route) = fields[Field::Route as usize].filter(|_| is_served)
            && memchr::memmem::find(route, b":hash").is_some()
        {
            assets.entry(route).or_default().push((drawn.began, drawn.facts.target));
        }
    }
    let mut all: Vec<Deploy> = said.iter().map(|at| Deploy { at: *at, sign: Sign::Said }).collect();
    let mut shows = !said.is_empty();
    for rows in assets.values() {
        shows |= rows.len() >= SIDE;
        let found = changes(rows, OF_ASSETS).into_iter();
        all.extend(found.map(|at| Deploy { at, sign: Sign::Assets }));
    }
    let found = changes(&upstreams, OF_UPSTREAMS).into_iter();
    all.extend(found.map(|at| Deploy { at, sign: Sign::Upstreams }));
    all.sort_unstable();
    // Each asset tells of the same deploy. What the user says is as many as are said.
    all.dedup_by(|later, earlier| {
        later.sign != Sign::Said && later.sign == earlier.sign && later.at - earlier.at <= NEAR
    });
    (all, shows)
}

/// `10.0.0.1:8080`: a name of a group or of a server stays the same when what is behind it changes.
fn has_port(address: &[u8]) -> bool {
    let mut parts = address.rsplitn(2, |byte| *byte == b':');
    let is_port = parts
        .next()
        .is_some_and(|port| (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit));
    is_port && parts.next().is_some_and(|host| !host.is_empty())
}

/// When names gave way to others that had not been there, and `least` of the rows changed. Rows are
/// in the order of time.
fn changes<N: Copy + Ord>(rows: &[(i64, N)], least: f64) -> Vec<i64> {
    let mut names: BTreeMap<N, (i64, usize)> = BTreeMap::new();
    for (time, name) in rows {
        names.entry(*name).or_insert((*time, 0)).1 += 1;
    }
    // Pictures that are asked for once are thousands of names.
    let often = names.values().filter(|(_, count)| *count >= LEAST);
    let starts: BTreeSet<i64> = often.map(|(first, _)| *first).collect();
    let mut found: Vec<i64> = Vec::new();
    for at in starts {
        if found.last().is_some_and(|last| at - last <= NEAR) {
            continue;
        }
        let until = rows.partition_point(|row| row.0 < at);
        let after = &rows[rows.partition_point(|row| row.0 < at + NEAR)..];
        let (before, after) = (&rows[until.saturating_sub(SIDE)..until], after);
        let (before, after) = (shares(before), shares(&after[..after.len().min(SIDE)]));
        let is_new = |name: &N, part: f64| {
            names[name].0 >= at && names[name].0 <= at + NEAR && part * until as f64 >= EXPECTED
        };
        let rest = (rows.len() - until) as f64;
        let is_gone = |name: &N, part: f64| {
            let left = after.get(name).copied().unwrap_or(0.0);
            left <= LEFT * part && part * rest >= EXPECTED
        };
        let new: f64 = after.iter().filter(|of| is_new(of.0, *of.1)).map(|of| of.1).sum();
        let gone: f64 = before.iter().filter(|of| is_gone(of.0, *of.1)).map(|of| of.1).sum();
        if gone >= least && new >= least {
            found.push(at);
        }
    }
    found
}

/// Each name's share of some rows.
fn shares<N: Copy + Ord>(rows: &[(i64, N)]) -> BTreeMap<N, f64> {
    let mut shares = BTreeMap::new();
    for (_, name) in rows {
        *shares.entry(*name).or_insert(0.0) += 1.0 / rows.len() as f64;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60 * SECOND;

    /// So many rows a minute over a day, each with the name that it has then.
    fn day(each: i64, name: impl Fn(i64, i64) -> u32) -> Vec<(i64, u32)> {
        let rows = (0..1440 * each).map(|at| {
            let time = at * MINUTE / each;
            (time, name(time / MINUTE, at))
        });
        rows.collect()
    }

    #[test]
    fn a_name_that_gives_way_to_another_is_a_deploy() {
        let (release, none) = (|minute: i64| u32::from(minute >= 600), Vec::<i64>::new());
        let minutes = |rows: &[(i64, u32)], least: f64| -> Vec<i64> {
            changes(rows, least).into_iter().map(|at| at / MINUTE).collect()
        };
        let clean = day(2, |_, at| (at % 5) as u32);
        assert_eq!(minutes(&clean, OF_ASSETS), none, "five names, all day");
        let one = day(2, |minute, _| release(minute));
        assert_eq!(minutes(&one, OF_ASSETS), [600]);
        let stale = day(2, |minute, at| if at % 12 == 0 { 0 } else { release(minute) });
        assert_eq!(minutes(&stale, OF_ASSETS), [600], "some still ask for the old one");
        let both = day(2, |minute, at| (at % 3) as u32 + 10 * release(minute));
        assert_eq!(minutes(&both, OF_ASSETS), [600], "three assets");
        let twice = day(2, |minute, _| (minute / 500) as u32);
        assert_eq!(minutes(&twice, OF_ASSETS), [500, 1000]);
        let pictures = day(2, |minute, at| (minute / 60 * 100 + at % 60) as u32);
        assert_eq!(minutes(&pictures, OF_ASSETS), none, "each is asked for now and then");
        let news = day(4, |minute, at| (at % 7 * 1000 + (minute + 30 * (at % 7)) / 210) as u32);
        assert_eq!(minutes(&news, OF_ASSETS), none, "one of seven each half hour");
        let back = day(2, |minute, _| u32::from((600..700).contains(&minute)));
        assert_eq!(minutes(&back, OF_ASSETS).first(), Some(&600), "and rolled back");
        let rare = day(2, |_, at| if at % 900 == 899 { 7 } else { 0 });
        assert_eq!(minutes(&rare, OF_ASSETS), none);
    }

    #[test]
    fn an_upstream_that_is_replaced_is_a_deploy_and_one_that_stays_away_is_none() {
        let minutes = |name: fn(i64, i64) -> u32| -> Vec<i64> {
            changes(&day(3, name), OF_UPSTREAMS).into_iter().map(|at| at / MINUTE).collect()
        };
        // One of four after another, three minutes each.
        let rolling = |minute: i64, at: i64| {
            let slot = at % 4;
            (if minute >= 600 + 3 * slot { 10 + slot } else { slot }) as u32
        };
        assert_eq!(minutes(rolling), [600]);
        let removed = |minute: i64, at: i64| (at % if minute < 600 { 4 } else { 3 }) as u32;
        assert_eq!(minutes(removed), Vec::<i64>::new());
        let added = |minute: i64, at: i64| (at % if minute < 600 { 3 } else { 4 }) as u32;
        assert_eq!(minutes(added), Vec::<i64>::new());
    }

    /// An incident near the later one is not near the earlier one.
    #[test]
    fn what_the_user_says_is_kept() {
        let said = [9 * MINUTE, 0];
        let (found, shows) = deploys(&[], &said);
        assert_eq!(found.iter().map(|of| of.at).collect::<Vec<_>>(), [0, 9 * MINUTE]);
        assert!(shows);
    }

    #[test]
    fn an_address_has_a_port() {
        for (text, has) in [
            ("10.0.0.1:8080", true),
            ("[2001:db8::1]:80", true),
            ("backend", false),
            ("backend/web1", false),
            ("unix:/run/app.sock", false),
            (":80", false),
            ("10.0.0.1:", false),
        ] {
            assert_eq!(has_port(text.as_bytes()), has, "{text}");
        }
    }
}
