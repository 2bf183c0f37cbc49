//! Exact figures of incidents where the first pass had a sample of the requests: from a second pass
//! over the parts of the files that hold them, if that is little enough to be worth it.

use crate::detect::{Incident, Recount, Timeline};
use crate::input::Input;
use crate::scan::{Plan, Scan, again};
use std::ops::Range;

/// All that is done after the first pass may cost one part in so many of that pass. A byte that is
/// read again costs 0.6 of what it did.
const SHARE: u64 = 4;
/// To find the incidents has cost as much already as to read so many bytes: some 300 million
/// instructions, hardly more for a longer log.
const FOUND: u64 = 16 << 20;
/// So many bytes are always read: that takes a few milliseconds.
const LEAST: u64 = 4 << 20;

/// Counts the culprits of incidents over all requests of their windows, as far as they can be read
/// again. The timeline is the fine one that they were found in.
pub(super) fn recount(
    found: &mut [Incident],
    fine: &Timeline,
    input: &Input,
    scan: &Scan,
    plan: &Plan,
) {
    let mut open: Vec<(usize, Range<i64>)> = found
        .iter()
        .enumerate()
        .filter_map(|(place, incident)| Some((place, Recount::times(incident, fine)?)))
        .collect();
    // The shortest first: one that is half of the log does not keep the others from it.
    open.sort_by_key(|(place, times)| (times.end - times.start, *place));
    let most = (input.file_bytes() / SHARE).saturating_sub(FOUND).max(LEAST);
    let mut counter = Recount::new(plan.rules);
    let mut all_times = Vec::new();
    let mut chosen = Vec::new();
    for (place, times) in open {
        all_times.push(times.clone());
        match scan.began.parts(&all_times) {
            Some(parts) if input.bytes_of(&parts) <= most => {
                counter.add(place, &found[place], times);
                chosen = parts;
            }
            _ => drop(all_times.pop()),
        }
    }
    if !chosen.is_empty()
        && let Some(counter) = again(input, plan, &chosen, &counter)
    {
        counter.tell(found);
    }
}
