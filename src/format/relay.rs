//! What a source says of the lines that follow, handed from chunk to chunk.
//!
//! The chunks of one source are read by several threads, and a chunk does not tell which `#Fields`
//! line is in force where it begins. So a worker that has taken chunk `n` first finds out what is
//! in force at its end ([`Relay::pass`]): from what was at the end of chunk `n - 1` and a glance at
//! its own bytes. It publishes that, and only then reads its lines. Reading stays parallel; what
//! waits is the glance, a few microseconds for 256 KiB.
//!
//! Nobody waits for ever: chunks are numbered without gaps and handed out in order
//! (`Chunk::index`), so the one who has the chunk before is on its way to publish, and waits itself
//! only for an earlier one. A worker that panics on the way frees those behind it, and the run ends.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The hand-over of one source: the state of type `S` at the end of the last chunk that was passed.
#[derive(Debug)]
pub struct Relay<S> {
    last: Mutex<Last<S>>,
    passed: Condvar,
}

#[derive(Debug)]
struct Last<S> {
    /// Chunks passed so far.
    count: u64,
    state: S,
    /// A worker has panicked before it passed its chunk.
    broken: bool,
}

impl<S: Clone> Relay<S> {
    /// A relay for a source that begins in this state.
    pub fn new(state: S) -> Self {
        Self { last: Mutex::new(Last { count: 0, state, broken: false }), passed: Condvar::new() }
    }

    /// The state at the start of chunk `number`. Waits until all chunks before it were passed, then
    /// asks `end` for the state at the end of this chunk and publishes it.
    ///
    /// `None` once a worker has panicked: the states are lost, and so is the run.
    pub fn pass(&self, number: u64, end: impl FnOnce(&S) -> S) -> Option<S> {
        let mut last = self.lock();
        while last.count < number && !last.broken {
            last = self.passed.wait(last).unwrap_or_else(PoisonError::into_inner);
        }
        if last.broken {
            return None;
        }
        let start = last.state.clone();
        // The lock is not needed while `end` looks at the chunk: nobody else has this number.
        drop(last);
        let mut guard = Breaks { relay: self, armed: true };
        let state = end(&start);
        guard.armed = false;
        let mut last = self.lock();
        (last.count, last.state) = (number + 1, state);
        drop(last);
        self.passed.notify_all();
        Some(start)
    }

    /// The state at the end of the last chunk; `None` once a worker has panicked.
    pub fn into_end(self) -> Option<S> {
        let last = self.last.into_inner().unwrap_or_else(PoisonError::into_inner);
        (!last.broken).then_some(last.state)
    }

    fn lock(&self) -> MutexGuard<'_, Last<S>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the relay as broken when `end` unwinds.
struct Breaks<'r, S: Clone> {
    relay: &'r Relay<S>,
    armed: bool,
}

impl<S: Clone> Drop for Breaks<'_, S> {
    fn drop(&mut self) {
        if self.armed {
            self.relay.lock().broken = true;
            self.relay.passed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// Workers that take numbers in order and pass them as they get to it.
    #[test]
    fn every_chunk_starts_where_the_one_before_ended() {
        for workers in 1..=8 {
            let relay = Relay::new(vec![0_u64]);
            let next = AtomicU64::new(0);
            std::thread::scope(|scope| {
                for worker in 0..workers {
                    let (relay, next) = (&relay, &next);
                    scope.spawn(move || {
                        loop {
                            let number = next.fetch_add(1, Relaxed);
                            if number >= 400 {
                                return;
                            }
                            if (number + worker).is_multiple_of(7) {
                                std::thread::yield_now();
                            }
                            let sum = |state: &Vec<u64>| vec![state[0] + number, number + 1];
                            let start = relay.pass(number, sum).unwrap();
                            let before = (0..number).sum::<u64>();
                            assert_eq!(start[0], before, "chunk {number}");
                        }
                    });
                }
            });
            assert_eq!(relay.pass(400, Clone::clone).unwrap(), [399 * 400 / 2, 400]);
        }
    }

    #[test]
    fn two_relays_do_not_wait_for_one_another() {
        let (a, b) = (Relay::new(0), Relay::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(a.pass(1, |state| state + 1), Some(1));
                assert_eq!(b.pass(0, |state| state + 1), Some(0));
            });
            scope.spawn(|| assert_eq!(a.pass(0, |state| state + 1), Some(0)));
            scope.spawn(|| assert_eq!(b.pass(1, |state| state + 1), Some(1)));
        });
    }

    #[test]
    fn a_panic_frees_those_who_wait() {
        let relay = Relay::new(0);
        std::thread::scope(|scope| {
            let dies = scope.spawn(|| relay.pass(0, |_| panic!("on purpose")));
            let waits = scope.spawn(|| relay.pass(1, |state| state + 1));
            assert!(dies.join().is_err());
            assert_eq!(waits.join().unwrap(), None);
        });
    }
}
