//! The log of two hours, made of what nginx wrote in seconds.
//!
//! nginx's stamps are of the real clock, and an incident needs a usual hour around it. So a request
//! says when it is on a slower clock, nginx writes that before its line, and here it takes the place
//! of the line's stamp. Everything else in a line is nginx's own.

use jiff::Timestamp;

/// Start of the composed log: 2025-10-10T00:00:00Z.
const START: i64 = 1_760_054_400;

/// The time at a second of the composed log.
pub(crate) fn time(second: u32) -> Timestamp {
    Timestamp::from_second(START + i64::from(second)).unwrap()
}

/// The lines of nginx, each with its second of the composed log and with the stamp of that.
pub(crate) fn lines(log: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<_> = log.lines().map(line).collect();
    lines.sort_by_key(|(second, _)| *second);
    lines
}

fn line(line: &str) -> (u32, String) {
    let (second, rest) = line.split_once(' ').unwrap();
    let second = second.parse().unwrap_or_else(|_| panic!("a line has no mark: {line}"));
    let (client, rest) = rest.split_once('[').unwrap();
    let (_, rest) = rest.split_once(']').unwrap();
    let stamp = time(second).strftime("%d/%b/%Y:%H:%M:%S +0000");
    (second, format!("{client}[{stamp}]{rest}"))
}

/// The log as a file holds it.
pub(crate) fn text(lines: &[(u32, String)]) -> String {
    lines.iter().flat_map(|(_, line)| [line, "\n"]).collect()
}
