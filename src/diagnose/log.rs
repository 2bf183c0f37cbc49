//! What is known of the log as a whole: what it has, and what its normal is.

use super::Need;
use super::deploy::{Deploy, deploys};
use super::page::page;
use crate::detect::{Blind, Entry, Sampled, Timeline};
use crate::format::Product;
use crate::tally::Tally;
use crate::tally::facts::Answer;
use crate::tally::sample::Field;
use crate::time::SECOND;
use std::cell::OnceCell;

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
    pub(super) sampled: &'a Sampled<'a>,
    /// Which of [`Need`] it has.
    has: [bool; Need::COUNT],
    /// Bytes that an error page of nginx has beyond those of its code: see [`page`](super::page).
    pub(super) page: Option<u32>,
    blind: OnceCell<bool>,
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
        sampled: &'a Sampled<'a>,
    ) -> Self {
        let entries = sampled.entries();
        let page = page(entries);
        let product = match product {
            Product::Unknown if page.is_some() || has_own_codes(tally) => Product::Nginx,
            product => product,
        };
        let has = has(entries, product);
        let (deploys, shows_deploys) = deploys(entries, said);
        let blind = OnceCell::new();
        Self { tally, product, wide, slow, deploys, shows_deploys, sampled, has, page, blind }
    }

    /// Whether what clients did one after another cannot be trusted: the log does not tell them apart.
    pub fn is_blind(&self) -> bool {
        *self.blind.get_or_init(|| Blind::of(self.tally).is_some())
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
