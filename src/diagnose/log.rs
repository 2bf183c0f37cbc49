//! What is known of the log as a whole: what it has, and what its normal is.

use super::Need;
use super::deploy::{Deploy, deploys};
use crate::detect::{Entry, Facets, Timeline, entries};
use crate::format::Product;
use crate::record::Producer;
use crate::tally::Tally;
use crate::tally::facts::Answer;
use crate::tally::sample::Field;
use crate::time::SECOND;
use bumpalo::Bump;
use std::collections::BTreeMap;

/// A log, as causes are looked for in it.
pub struct Log<'a> {
    /// What was counted.
    pub tally: &'a Tally,
    /// Who wrote it; `Unknown` for several.
    pub product: Product,
    /// The counts in the buckets that incidents were found in.
    pub wide: &'a Timeline,
    /// The latency target, microseconds.
    pub slow: u64,
    /// When something new was deployed, as the user says and as the sample shows, in the order of
    /// time.
    pub deploys: Vec<Deploy>,
    /// Whether a deploy would show.
    pub(super) shows_deploys: bool,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) facets: Facets<'a>,
    /// Which of [`Need`] it has.
    has: [bool; Need::COUNT],
    /// Bytes that an error page of nginx has beyond those of its code: see [`page`].
    pub(super) page: Option<u32>,
}

impl<'a> Log<'a> {
    /// Looks at the sample of a tally. `said` is when something was deployed as the user says,
    /// microseconds.
    pub fn new(
        tally: &'a Tally,
        product: Product,
        wide: &'a Timeline,
        slow: u64,
        said: &[i64],
        arena: &'a Bump,
    ) -> Self {
        let entries = entries(&tally.sample);
        let page = page(&entries);
        let product = match product {
            Product::Unknown if page.is_some() || has_own_codes(tally) => Product::Nginx,
            product => product,
        };
        let has = has(&entries, product);
        let (deploys, shows_deploys) = deploys(&entries, said);
        let facets = Facets::new(arena);
        Self { tally, product, wide, slow, deploys, shows_deploys, entries, facets, has, page }
    }

    /// Whether the log has a field.
    pub fn has(&self, need: Need) -> bool {
        self.has[need as usize]
    }
}

/// Whether a log in a format that many products write has codes that only nginx does, of these.
fn has_own_codes(tally: &Tally) -> bool {
    tally.codes[444] + tally.codes[499] >= FEW_CODES
}

/// So many are no chance: an application may send any code.
const FEW_CODES: u64 = 5;

/// What a log has: what any of its requests has.
fn has(entries: &[Entry<'_>], product: Product) -> [bool; Need::COUNT] {
    let mut has = [false; Need::COUNT];
    let mut found = |need: Need, is: bool| has[need as usize] |= is;
    for entry in entries {
        let drawn = entry.drawn;
        let fields = drawn.fields();
        let field = |field: Field| fields[field as usize].is_some();
        let facts = &drawn.facts;
        found(Need::Duration, drawn.latency.is_some());
        found(Need::Upstream, field(Field::Upstream));
        found(Need::Answer, facts.answer != Answer::Untold);
        found(Need::UpstreamTimes, facts.connect.is_some() && facts.header.is_some());
        found(Need::UpstreamDuration, facts.upstream.is_some());
        found(Need::Client, field(Field::Client));
        found(Need::UserAgent, field(Field::UserAgent));
        found(Need::Referer, field(Field::Referer));
        found(Need::Host, field(Field::Host));
        found(Need::Bytes, facts.bytes.is_some());
        found(Need::Cache, field(Field::Cache));
        found(Need::Reason, field(Field::Reason));
        found(Need::Milliseconds, drawn.latency.is_none() && drawn.began % SECOND != 0);
    }
    // Told only where something went wrong.
    found(Need::Reason, matches!(product, Product::HaProxy | Product::Envoy | Product::Heroku));
    has
}

/// What nginx's built-in error page has beside the text of its code: `base + 41 + L`, where `L` is
/// the length of the server's name and version (measured on nginx 1.22.1, and
/// `ngx_http_special_response.c`). The bases are those of [`PAGES`].
const AROUND: u32 = 41;
/// Lengths of `nginx` and of `nginx/1.27.4 (Ubuntu)` and the like.
const TOKENS: std::ops::RangeInclusive<u32> = 5..=40;

/// nginx fills its pages for browsers that call themselves Chrome or MSIE up to what these once needed
/// to show a page of a server (`msie_padding`, on by default; measured).
const PADDING: u32 = 402;

/// Whether a body is nginx's own page with this base, where its pages have so much around it.
pub(super) fn is_page(bytes: u32, base: u32, around: u32) -> bool {
    let page = base + around;
    bytes == page || bytes == page + PADDING
}

/// Codes whose built-in page is met often, and its base.
const PAGES: [(u16, u32); 8] = [
    (500, 124),
    (502, 104),
    (503, 144),
    (504, 114),
    (403, 100),
    (404, 100),
    (413, 130),
    (429, 116),
];

/// What is added to the base of a code's page in this log: what fits most of its errors. `None` when
/// nothing fits codes of two bases, or ten requests of one whose length no other code has: an
/// application's errors are often all of one length, nginx's are not.
fn page(entries: &[Entry<'_>]) -> Option<u32> {
    let errors: Vec<(u16, u32)> = entries
        .iter()
        .map(|entry| entry.drawn)
        .filter(|of| of.outcome >= 400 && of.facts.producer != Some(Producer::Origin))
        .filter_map(|of| Some((of.outcome, of.facts.bytes?)))
        .collect();
    let errors = || errors.iter().copied();
    let base = |code: u16| PAGES.iter().find(|(of, _)| *of == code).map(|(_, base)| *base);
    let fits = |token: u32| {
        let mut bases = BTreeMap::<u32, u32>::new();
        for (code, bytes) in errors() {
            let base = base(code).filter(|base| is_page(bytes, *base, AROUND + token));
            if let Some(base) = base {
                *bases.entry(base).or_default() += 1;
            }
        }
        let met = bases.values().filter(|count| **count >= 2).count() as u32;
        let (of, most) = bases.iter().max_by_key(|(_, count)| **count)?;
        let is_anybodys = || {
            let others = errors().filter(|(code, _)| base(*code) != Some(*of));
            others.filter(|(_, bytes)| is_page(*bytes, *of, AROUND + token)).count() >= 2
        };
        let is_told = met >= 2 || *most >= 10 && !is_anybodys();
        is_told.then(|| (met, bases.values().sum::<u32>()))
    };
    let best = TOKENS.filter_map(|token| Some((fits(token)?, std::cmp::Reverse(token)))).max()?;
    Some(AROUND + best.1.0)
}
