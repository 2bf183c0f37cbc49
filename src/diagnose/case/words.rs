//! An incident in words: its place, its time, and checks that name them.

use super::Case;
use crate::detect::culprit::Dimension;
use crate::number;

/// Seconds of a day.
const DAY: u64 = 86_400;

impl Case<'_> {
    /// What most of the bad requests have in common in a dimension, in words: `GET /a`.
    pub fn place(&self) -> String {
        let shown = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let named = |dimension: Dimension| self.named(dimension).map(shown);
        let mut parts = Vec::new();
        match (named(Dimension::Method), named(Dimension::Route)) {
            (Some(method), Some(route)) => parts.push(format!("{method} {route}")),
            (None, Some(route)) => parts.push(route),
            (Some(method), None) => parts.push(format!("{method} requests")),
            (None, None) => {}
        }
        for (dimension, word) in [
            (Dimension::Host, "host "),
            (Dimension::Upstream, "upstream "),
            (Dimension::Client, "client "),
            (Dimension::ClientNetwork, "clients of "),
            (Dimension::UserAgent, ""),
            (Dimension::Location, "clients in "),
        ] {
            parts.extend(named(dimension).map(|value| format!("{word}{value}")));
        }
        let is_spread = || self.incident.spread_over.contains(&Dimension::Route);
        match parts.is_empty() {
            true if is_spread() => "all routes alike".to_owned(),
            true => "several routes".to_owned(),
            false => parts.join(", "),
        }
    }

    /// A check with what it names filled in; `None` when the incident does not have it.
    pub(in super::super) fn fill(&self, text: &str) -> Option<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}')?;
            filled.push_str(before);
            filled.push_str(&self.word(name)?);
            rest = behind;
        }
        filled.push_str(rest);
        Some(filled)
    }

    fn word(&self, name: &str) -> Option<String> {
        let dimension = |dimension: Dimension| {
            let value = self.leading(dimension)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        match name {
            "route" => dimension(Dimension::Route),
            "upstream" => dimension(Dimension::Upstream),
            "host" => dimension(Dimension::Host),
            "client" => {
                dimension(Dimension::Client).or_else(|| dimension(Dimension::ClientNetwork))
            }
            "user_agent" => dimension(Dimension::UserAgent),
            "start" => Some(self.start()),
            "at" => self.cliff().map(number::duration),
            _ => None,
        }
    }

    /// When it began.
    fn start(&self) -> String {
        self.minute(self.incident.times.start)
    }

    /// A time in microseconds, to the minute: with the day where the log has several.
    pub(in super::super) fn minute(&self, time: i64) -> String {
        let line = self.log.wide;
        let text = crate::time::rfc3339(time);
        let (day, time) = text.split_once('T').unwrap_or(("", &text));
        let minute = time.get(..5).unwrap_or(time);
        match line.cells.len() as u64 * line.width > DAY {
            true => format!("{day} {minute} UTC"),
            false => format!("{minute} UTC"),
        }
    }
}
