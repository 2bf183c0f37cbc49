//! Ctrl-C and its like: the first stops reading, so that the report of what was read until then
//! is still made; the second ends the process at once.

use super::Failure;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Which signal came.
pub(super) struct Signals {
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// Sets `stop` when one of the signals comes.
    pub(super) fn watch(stop: &Arc<AtomicBool>) -> Result<Self, Failure> {
        let caught = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds `stop` not yet set.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(stop))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&caught), signal as usize))
                .and_then(|_| flag::register(signal, Arc::clone(stop)))
                .map_err(|error| Failure::input(format!("cannot catch signals: {error}")))?;
        }
        Ok(Self { caught })
    }

    /// The signal that came, if one did.
    pub(super) fn caught(&self) -> Option<i32> {
        match self.caught.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal as i32),
        }
    }
}
