//! Times of the report as a reader's clock shows them.

use super::line::glyphs;
use super::local;
use crate::render::Style;
use crate::report::{Time, Window};
use crate::time::SECOND;

/// A log longer than this has days in its times.
const DAY_SECONDS: f64 = 86_400.0;

/// The time of a bucket, with its day when the log has several, and without seconds that are zero.
pub(super) fn clock(micros: i64, window: &Window, style: &Style) -> Option<String> {
    let seconds = micros % (60 * SECOND) != 0;
    at(micros, window.duration_seconds > DAY_SECONDS, seconds, style)
}

/// A period: `12:42–13:06`, `12:42:10–12:43:00`, `Nov 19 23:50 – Nov 20 00:10`. Its day stands once
/// when it ends on it, and its seconds at both ends or at none.
pub(super) fn range(start: Time, end: Time, window: &Window, style: &Style) -> Option<String> {
    let days = window.duration_seconds > DAY_SECONDS;
    let seconds = [start, end].iter().any(|time| time.0 % (60 * SECOND) != 0);
    let same_day = local(start.0, style)?.date() == local(end.0, style)?.date();
    let from = at(start.0, days, seconds, style)?;
    let to = at(end.0, days && !same_day, seconds, style)?;
    let sign = glyphs(style).to;
    Some(if days && !same_day {
        format!("{from} {sign} {to}")
    } else {
        format!("{from}{sign}{to}")
    })
}

fn at(micros: i64, day: bool, seconds: bool, style: &Style) -> Option<String> {
    let day = if day { "%b %d " } else { "" };
    let time = if seconds { "%H:%M:%S" } else { "%H:%M" };
    Some(local(micros, style)?.strftime(&format!("{day}{time}")).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;

    #[test]
    fn a_period_says_what_its_two_ends_do_not_share() {
        let style = example::style(80);
        // 2026-11-19 12:42:00 +01:00.
        let base = 1_795_088_520;
        for (hours, from, to, expected) in [
            (6.0, 0, 24 * 60, "12:42–13:06"),
            (6.0, 10, 60, "12:42:10–12:43:00"),
            (48.0, 0, 60, "Nov 19 12:42–12:43"),
            (48.0, 0, 86_400, "Nov 19 12:42 – Nov 20 12:42"),
        ] {
            let window = Window {
                start: Time(base * SECOND),
                end: Time(base * SECOND),
                duration_seconds: hours * 3600.0,
                bucket_seconds: 60,
                without_time: 0,
            };
            let [from, to] = [from, to].map(|at| Time((base + at) * SECOND));
            assert_eq!(range(from, to, &window, &style).as_deref(), Some(expected));
        }
    }
}
