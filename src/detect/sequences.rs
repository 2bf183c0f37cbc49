//! What clients did one after another: loops of redirects, forms lost in a redirect, retries and
//! their rhythm, and conflicts that a retry made.
//!
//! All of it is read from [`trails`](crate::tally::trails), a sample of clients. A request is *judged*
//! only where the sample would hold what is looked for: where its client's trail may have been
//! dropped, or was cut before, nothing is known of what followed. Each judged request stands for as
//! many as its client does, so shares are of all requests; the numbers beside them are of the sample.

mod blind;
mod loops;
mod posts;
mod retries;
mod view;

pub use blind::Blind;
pub use loops::Loops;
pub use posts::LostPosts;
pub use retries::{Delays, Retries, is_open};

use crate::tally::Tally;
use std::ops::Range;
use view::View;

/// Requests of the sample that a share is told of at least.
pub const LEAST: u32 = 5;

/// What clients did one after another in some time. What is `None` had too few requests to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequences {
    /// Redirects that go round in a circle.
    pub loops: Option<Loops>,
    /// Writes that a redirect turned into a GET.
    pub lost_posts: Option<LostPosts>,
    /// Requests that failed and were sent again.
    pub retries: Option<Retries>,
    /// Of the 409s, those that come at most 10 seconds after the same client and path failed in a way
    /// that leaves open whether it was done (499, 502, 504 and their like).
    pub conflicts: Option<Judged>,
}

/// Of so many requests of the sample, so many are as looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    /// Requests of the sample that are.
    pub found: u32,
    /// Requests of the sample whose sequence is known.
    pub judged: u32,
    /// Clients that they are of.
    pub clients: u32,
    /// The share of those that are, among all requests that the sample stands for.
    pub share: f64,
}

/// Sums up what is judged.
#[derive(Clone, Copy, Debug, Default)]
struct Judge {
    counts: Judged,
    found: f64,
    all: f64,
    last: Option<u64>,
}

impl Judge {
    /// Adds a request of a client; those of one client come together.
    fn add(&mut self, client: u64, weight: f64, is_found: bool) {
        self.counts.judged += 1;
        self.counts.found += u32::from(is_found);
        self.counts.clients += u32::from(self.last != Some(client));
        self.last = Some(client);
        self.all += weight;
        self.found += if is_found { weight } else { 0.0 };
    }

    /// `None` for less than [`LEAST`].
    fn told(self) -> Option<Judged> {
        let share = self.found / self.all;
        (self.counts.judged >= LEAST).then_some(Judged { share, ..self.counts })
    }
}

/// What clients did one after another when requests began at these times, in microseconds.
pub fn sequences(tally: &Tally, times: &[Range<i64>]) -> Sequences {
    let view = View::new(&tally.trails, times);
    Sequences {
        loops: loops::loops(&view),
        lost_posts: posts::lost_posts(&view),
        retries: retries::retries(&view),
        conflicts: retries::conflicts(&view),
    }
}

#[cfg(test)]
mod tests;
