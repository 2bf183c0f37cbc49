//! A second pass over a part of the input: what the first pass could only sample is counted, as it
//! is known by then what to count.

use super::{Lines, Plan, Reader, To, on_threads};
use crate::format::marks::Marks;
use crate::format::{Scratch, TimeMeaning};
use crate::input::{Chunk, Input};
use crate::record::Record;
use crate::tally::Span;
use crate::tally::lattice::{Lattice, Merge};
use bumpalo::Bump;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

/// Parts of the input that are told apart at most: a log of 1 GiB by its chunks, a longer one by as
/// many of them as it takes.
const MOST_PARTS: usize = 4096;

/// Which part of the input holds requests of which time: for each row of chunks of plain files the
/// time from the first to the last of its requests, by when they began.
///
/// The chunks are numbered through all files, so the rows are those of a [`Lattice`], with numbers in
/// place of seconds. Any split over workers gives the same.
#[derive(Clone, Debug, Default)]
pub struct Began {
    parts: Lattice<Span, MOST_PARTS>,
    /// Of what cannot be read again: streams, and sources where the meaning of a line depends on
    /// those before it.
    once: Span,
}

impl Began {
    /// Adds requests of the chunk with this [number](Chunk::number), if it can be read again.
    pub(super) fn add(&mut self, part: Option<u64>, span: &Span) {
        match part {
            Some(number) => self.parts.at(number as i64).merge(span),
            None => self.once.merge(span),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.parts.merge(&other.parts);
        self.once.merge(&other.once);
    }

    /// Numbers of the chunks that hold all requests of these times, in order, and perhaps more at the
    /// end than there are. `None` when some of the requests cannot be read again.
    pub fn parts(&self, times: &[Range<i64>]) -> Option<Vec<Range<u64>>> {
        let meets = |span: &Span| times.iter().any(|times| span.meets(times));
        if meets(&self.once) {
            return None;
        }
        let mut parts: Vec<Range<u64>> = Vec::new();
        for (start, _) in self.parts.buckets().into_iter().filter(|(_, span)| meets(span)) {
            let part = start as u64..start as u64 + self.parts.width();
            match parts.last_mut() {
                Some(last) if last.end == part.start => last.end = part.end,
                _ => parts.push(part),
            }
        }
        Some(parts)
    }
}

/// What counts in a second pass.
pub trait Again: Send {
    /// Counts a batch of records of one source, whose times mean this. The arena holds what is
    /// made of them.
    fn count<'a>(&mut self, batch: &[Record<'a>], arena: &'a Bump, time: TimeMeaning);

    /// Adds what another worker counted.
    fn merge(&mut self, other: &Self)
    where
        Self: Sized;
}

/// Reads these parts of an input that was scanned, and counts the requests of them that the plan
/// lets through. `counter` has counted nothing yet. `None` when not all could be read: files are not
/// what they were, or the run was interrupted.
pub fn again<C: Again + Clone + Sync>(
    input: &Input,
    plan: &Plan,
    parts: &[Range<u64>],
    counter: &C,
) -> Option<C> {
    let input = input.again(parts);
    let workers = on_threads(plan.threads, |number| work(&input, plan, number, counter.clone()));
    let mut workers = workers.into_iter();
    let mut sum = workers.next()?;
    workers.for_each(|other| sum.merge(&other));
    let is_whole = !input.stop().load(Relaxed)
        && input.sources().iter().all(|source| source.error().is_none());
    is_whole.then_some(sum)
}

/// One worker: until nothing is left.
fn work<C: Again>(input: &Input, plan: &Plan, number: usize, mut counter: C) -> C {
    let mut marks = Marks::default();
    let mut chunk = Chunk::default();
    let mut scratch = Scratch::default();
    let filter = plan.filter.clone();
    // What became of the lines is known from the first pass.
    let mut lines = Lines::new();
    while input.next(number, &mut chunk) {
        let to = To::Again(&mut counter);
        Reader::new(plan, chunk.source(), &filter, &scratch, &mut lines, to)
            .read(&chunk, &mut marks);
        scratch.reset();
    }
    counter
}
