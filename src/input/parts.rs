//! Reading some of the ranges of plain files again.

use super::{Input, Place, Ranges, Source};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Which ranges are read, and in which turn.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// Numbers of ranges, in order, each with the turn that its first one is read in.
    turns: Vec<(u64, Range<u64>)>,
}

impl Parts {
    /// Every range.
    pub(super) fn all() -> Self {
        Self { turns: vec![(0, 0..u64::MAX)] }
    }

    fn of(parts: &[Range<u64>]) -> Self {
        let mut turn = 0;
        let turns = parts.iter().map(|part| {
            let first = turn;
            turn += part.end - part.start;
            (first, part.clone())
        });
        Self { turns: turns.collect() }
    }

    /// The number of the range that is read in this turn.
    pub(super) fn number(&self, turn: u64) -> Option<u64> {
        let at = self.turns.partition_point(|(first, _)| *first <= turn).checked_sub(1)?;
        let (first, part) = &self.turns[at];
        Some(part.start + (turn - first)).filter(|number| part.contains(number))
    }
}

impl Input {
    /// Bytes of all plain files: of what can be read again.
    pub fn file_bytes(&self) -> u64 {
        self.files.iter().map(|Ranges { file, .. }| file.end.saturating_sub(file.start)).sum()
    }

    /// Bytes of these parts of the plain files, which are in order and do not overlap; numbers that no
    /// range has add nothing.
    pub fn bytes_of(&self, parts: &[Range<u64>]) -> u64 {
        let size = self.options.chunk_bytes as u64;
        let in_file = |ranges: &Ranges, part: &Range<u64>| {
            let within = |number: u64| number.clamp(ranges.first, ranges.first + ranges.count);
            let file = &ranges.file;
            // The cuts that `next_range` makes.
            let cut = |number: u64| {
                let cell = file.start / size + number - ranges.first;
                (cell * size).clamp(file.start, file.end.max(file.start))
            };
            cut(within(part.end)) - cut(within(part.start))
        };
        let of = |part| self.files.iter().map(move |ranges| in_file(ranges, part)).sum::<u64>();
        parts.iter().map(of).sum()
    }

    /// The same files once more, to read only the ranges with these [numbers](super::Chunk::number),
    /// which are in order and do not overlap. Chunks are the same as before, with gaps between them; the
    /// sources and their figures are new, and the stop flag is the same. Streams cannot be read
    /// again: they are there, and nothing is in them.
    pub fn again(&self, parts: &[Range<u64>]) -> Self {
        let source = |source: &Source| {
            let place = match source.place {
                Place::File(at) => Place::File(at),
                Place::Unreadable | Place::Slot { .. } => Place::Unreadable,
            };
            Source { place, ..Source::new(source.name()) }
        };
        let file = |ranges: &Ranges| Ranges {
            file: ranges.file.clone(),
            first: ranges.first,
            count: ranges.count,
            ended: AtomicBool::new(false),
        };
        Self {
            sources: self.sources.iter().map(source).collect(),
            warnings: Vec::new(),
            files: self.files.iter().map(file).collect(),
            parts: Parts::of(parts),
            next_range: AtomicU64::new(0),
            slots: Vec::new(),
            packed: 0,
            stop: Arc::clone(&self.stop),
            options: self.options,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Chunk, Options};
    use super::*;

    #[test]
    fn turns_are_numbers_with_gaps() {
        let parts = Parts::of(&[2..4, 7..8, 9..11]);
        let numbers: Vec<_> = (0..7).map(|turn| parts.number(turn)).collect();
        assert_eq!(numbers, [Some(2), Some(3), Some(7), Some(9), Some(10), None, None]);
        assert_eq!(Parts::of(&[]).number(0), None);
        assert_eq!(Parts::all().number(1 << 40), Some(1 << 40));
    }

    /// What is read again by number is what was read under that number, of every file, and does not
    /// count in the figures of the first reading.
    #[test]
    fn the_same_lines_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        for file in 0..3 {
            let lines: String =
                (0..50 * file + 7).map(|at| format!("{file} line {at}\n")).collect();
            names.push(folder.path().join(format!("{file}.log")).into_os_string());
            std::fs::write(&names[file], lines).unwrap();
        }
        let options = Options { chunk_bytes: 64, max_line_bytes: 40 };
        let input = Input::open(&names, options);
        let read = |input: &Input| {
            let mut chunk = Chunk::default();
            let mut found = Vec::new();
            while input.next(0, &mut chunk) {
                let text = String::from_utf8(chunk.bytes().to_vec()).unwrap();
                found.push((chunk.number().unwrap(), chunk.source(), chunk.index(), text));
            }
            found
        };
        let all = read(&input);
        let bytes = input.bytes_read();
        assert_eq!(input.file_bytes(), bytes);
        let parts = [0..1, 3..9, 20..u64::MAX];
        let wanted: Vec<_> =
            all.iter().filter(|found| parts.iter().any(|part| part.contains(&found.0))).collect();
        let again = input.again(&parts);
        assert_eq!(read(&again).iter().collect::<Vec<_>>(), wanted);
        assert_eq!((again.bytes_read(), input.bytes_read()), (input.bytes_of(&parts), bytes));
    }
}
