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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::single_range_in_vec_init)]
    use super::super::scan;
    use super::*;
    use crate::filter::Filter;
    use crate::format::detect::detect;
    use crate::input::Options;
    use crate::tally::Tally;
    use crate::time::SECOND;
    use proptest::prelude::*;

    /// The time of some requests, as a tally tells it.
    fn span(seconds: &[i64]) -> Span {
        let record = |second: &i64| Record { time: Some(second * SECOND), ..Record::default() };
        let batch: Vec<_> = seconds.iter().map(record).collect();
        Tally::default().count(&batch, &vec![None; batch.len()], TimeMeaning::Unknown)
    }

    fn began(requests: &[(Option<u64>, Vec<i64>)]) -> Began {
        let mut began = Began::default();
        requests.iter().for_each(|(part, seconds)| began.add(*part, &span(seconds)));
        began
    }

    fn parts(began: &Began, times: &[Range<i64>]) -> Option<Vec<Range<u64>>> {
        let micros = |times: &Range<i64>| times.start * SECOND..times.end * SECOND;
        began.parts(&times.iter().map(micros).collect::<Vec<_>>())
    }

    #[test]
    fn the_chunks_of_a_time_are_found_in_a_log_that_is_nearly_in_order() {
        let began = began(&[
            (Some(0), vec![10, 12]),
            (Some(0), vec![11, 19]),
            (Some(1), vec![25, 18]),
            (Some(2), vec![26, 30]),
            (Some(3), vec![]),
            // A request that took long.
            (Some(4), vec![11, 40, 50]),
            (None, vec![100, 110]),
        ]);
        for (times, expected) in [
            (&[0..10][..], &[][..]),
            (&[0..11], &[0..1]),
            (&[18..20], &[0..2, 4..5]),
            (&[26..27], &[2..3, 4..5]),
            (&[12..13, 50..60], &[0..1, 4..5]),
            (&[51..60], &[]),
        ] {
            assert_eq!(parts(&began, times).unwrap(), expected, "{times:?}");
        }
        assert_eq!(parts(&began, &[60..101]), None);
        assert_eq!(parts(&began, &[10..11, 100..101]), None);
    }

    #[test]
    fn a_long_log_is_known_by_rows_of_chunks() {
        let all: Vec<_> = (0..30_000).map(|at| (Some(at), vec![at as i64 * 10])).collect();
        let began = began(&all);
        let found = parts(&began, &[123_450..123_451]).unwrap();
        assert_eq!(found, [12_345 / 10 * 10..12_345 / 10 * 10 + 10]);
        assert_eq!(parts(&began, &[0..300_000]).unwrap(), [0..30_000]);
    }

    proptest! {
        #[test]
        fn any_split_finds_the_same(
            chunks in prop::collection::vec((0u64..9000, 0i64..500), 1..300),
            picks in prop::collection::vec(any::<bool>(), 300),
            start in 0i64..500,
        ) {
            let all: Vec<_> = chunks.iter().map(|(at, time)| (Some(*at), vec![*time])).collect();
            let pick = |side: bool| {
                let own = all.iter().zip(&picks).filter(|(_, pick)| **pick == side);
                began(&own.map(|(one, _)| one.clone()).collect::<Vec<_>>())
            };
            let (mut one, other) = (pick(true), pick(false));
            one.merge(&other);
            let times = [start..start + 20];
            let found = parts(&began(&all), &times).unwrap();
            prop_assert_eq!(&parts(&one, &times).unwrap(), &found);
            for (number, _) in chunks.iter().filter(|(_, time)| times[0].contains(time)) {
                prop_assert!(found.iter().any(|part| part.contains(number)), "{number}");
            }
        }
    }

    /// Counts requests by time.
    #[derive(Clone, Default)]
    struct Seconds(std::collections::BTreeMap<i64, u64>);

    impl Again for Seconds {
        fn count<'a>(&mut self, batch: &[Record<'a>], _: &'a Bump, _: TimeMeaning) {
            for record in batch {
                *self.0.entry(record.time.unwrap() / SECOND).or_default() += 1;
            }
        }

        fn merge(&mut self, other: &Self) {
            other.0.iter().for_each(|(time, count)| *self.0.entry(*time).or_default() += count);
        }
    }

    /// Every request of the times that the filter lets through comes again, and few others; whatever
    /// the threads. Of a file that is not what it was, nothing does.
    #[test]
    fn the_requests_of_a_time_are_read_again() {
        let line = |at: u32| {
            // Every tenth line is logged two seconds late.
            let second = at / 7 - if at.is_multiple_of(10) { 2.min(at / 7) } else { 0 };
            let (minute, second) = (second / 60, second % 60);
            let status = if at.is_multiple_of(3) { 500 } else { 200 };
            format!(
                "192.0.2.1 - - [10/Oct/2025:13:{minute:02}:{second:02} +0000] \"GET /{at} HTTP/1.1\" \
                 {status} 5 \"-\" \"curl/8.5.0\"\n"
            )
        };
        let text: String = (0..5000).map(line).collect();
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("access.log").into_os_string();
        std::fs::write(&name, &text).unwrap();
        let sample: Vec<&[u8]> = text.lines().take(20).map(str::as_bytes).collect();
        let mut plan = Plan {
            parsers: vec![Some(detect(&sample, None).unwrap().parser)],
            filter: Filter::parse(&["status=5xx".to_owned()]).unwrap(),
            max_line_bytes: 4096,
            ..Plan::default()
        };
        let start = 1_760_101_200 + 300;
        for threads in [1, 3] {
            plan.threads = threads;
            let input = Input::open(
                std::slice::from_ref(&name),
                Options { chunk_bytes: 1000, max_line_bytes: plan.max_line_bytes },
            );
            let first = scan(&input, &plan);
            let parts = parts(&first.began, &[start..start + 20]).unwrap();
            let mut found = again(&input, &plan, &parts, &Seconds::default()).unwrap().0;
            assert!(found.len() < 60, "{}", found.len());
            found.retain(|time, _| (start..start + 20).contains(time));
            // Seven a second, of which a third is let through.
            assert_eq!((found.len(), found.values().sum::<u64>()), (20, expected(&text)));
            assert_eq!(first.tally.requests, 1667);
            if threads == 3 {
                std::fs::write(&name, &text[..1000]).unwrap();
                assert!(again(&input, &plan, &parts, &Seconds::default()).is_none());
            }
        }
    }

    /// Lines of 13:05:00 to 13:05:19 with a 500.
    fn expected(text: &str) -> u64 {
        let is_within = |line: &&str| {
            (line.contains(":13:05:0") || line.contains(":13:05:1")) && line.contains("\" 500 ")
        };
        text.lines().filter(is_within).count() as u64
    }
}
