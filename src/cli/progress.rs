//! A progress bar on stderr, for runs of more than half a second that a person watches.

use crate::input::Input;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// Runs shorter than this show nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two looks at how far the reading is.
const STEP: Duration = Duration::from_millis(100);

/// Does `work` while the progress of reading `input` is shown, if somebody watches: `doing` says
/// what for.
pub(super) fn during<T: Send>(
    input: &Input,
    doing: &'static str,
    quiet: bool,
    work: impl FnOnce() -> T,
) -> T {
    let watched = !quiet && std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    if !watched {
        return work();
    }
    let (done, end) = mpsc::channel::<()>();
    let end = Mutex::new(end);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            if let Ok(end) = end.lock() {
                show(input, doing, &end);
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// Draws until the other end of the channel is gone.
fn show(input: &Input, doing: &'static str, end: &mpsc::Receiver<()>) {
    if end.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = match input.bytes_total() {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let template = match input.bytes_total() {
        Some(_) => {
            "  {msg} {bar:30} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {eta} left"
        }
        None => "  {msg} {spinner} {binary_bytes}  {binary_bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(doing);
    loop {
        bar.set_position(input.bytes_read());
        if end.recv_timeout(STEP) != Err(RecvTimeoutError::Timeout) {
            bar.finish_and_clear();
            return;
        }
    }
}
