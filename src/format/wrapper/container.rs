//! What container runtimes and the tools that follow several containers put before a line.

use super::{Inner, instant, word};
use crate::time::IsoMinute;
use std::cell::Cell;

/// Starts a colour or another control of a terminal.
const ESCAPE: u8 = 0x1b;

/// `time stdout F text`, see [`super::Wrapper::Cri`].
///
/// The letter is the first of a list of tags with colons between; no runtime writes another
/// (`k8s.io/cri-client/pkg/logs`).
pub(super) fn cri<'a>(line: &'a [u8], minute: &Cell<IsoMinute>) -> Option<Inner<'a>> {
    let (stamp, rest) = word(line)?;
    let (stream, rest) = match rest.split_first_chunk::<7>()? {
        (b"stdout ", rest) => (0, rest),
        (b"stderr ", rest) => (1, rest),
        _ => return None,
    };
    let (tags, line) = word(rest).unwrap_or((rest, b""));
    let partial = match tags {
        [b'F'] | [b'F', b':', ..] => false,
        [b'P'] | [b'P', b':', ..] => true,
        _ => return None,
    };
    Some(Inner { line, time: Some(instant(stamp, minute)?), stream, partial })
}

/// `time text`.
pub(super) fn timestamp<'a>(line: &'a [u8], minute: &Cell<IsoMinute>) -> Option<Inner<'a>> {
    let (stamp, message) = word(line)?;
    let time = instant(stamp, minute)?;
    (!is_load_balancer(message)).then(|| Inner::whole(message, Some(time)))
}

/// Whether a text is the rest of a line of AWS's classic load balancer, which starts with a time
/// itself: `name 192.0.2.1:2817 10.0.0.1:80 0.000073 …`, where `-` is no backend.
fn is_load_balancer(text: &[u8]) -> bool {
    let has_port = |text: &[u8]| {
        let port = memchr::memrchr(b':', text).map(|at| &text[at + 1..]);
        port.is_some_and(|port| crate::time::integer(port).is_some())
    };
    let mut words = text.split(|byte| *byte == b' ').skip(1);
    words.next().is_some_and(has_port)
        && words.next().is_some_and(|backend| backend == b"-" || has_port(backend))
}

/// Length of the control sequence (`ESC[36m`, `ESC[2K`) that a text starts with.
fn control(text: &[u8]) -> Option<usize> {
    let [ESCAPE, b'[', rest @ ..] = text else { return None };
    let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b'?'))?;
    rest[end].is_ascii_alphabetic().then_some(end + 3)
}

/// A text without the control sequences that it starts with.
fn uncoloured(mut text: &[u8]) -> &[u8] {
    loop {
        text = match (control(text), text) {
            (Some(length), _) => &text[length..],
            (None, [b'\r', rest @ ..]) => rest,
            _ => return text,
        }
    }
}

/// The message behind a prefix, without the control sequences around it.
fn message(text: &[u8]) -> Inner<'_> {
    let mut text = uncoloured(text);
    while let Some(at) = memchr::memrchr(ESCAPE, text)
        && control(&text[at..]) == Some(text.len() - at)
    {
        text = &text[..at];
    }
    Inner::whole(text, None)
}

/// `name-1  | text`.
pub(super) fn compose(line: &[u8]) -> Option<Inner<'_>> {
    let (name, rest) = name(uncoloured(line), b"_.-");
    let rest = uncoloured(rest);
    let padded = rest.trim_ascii_start();
    let is_name = name.iter().any(u8::is_ascii_alphabetic) && padded.len() < rest.len();
    let rest = uncoloured(uncoloured(padded).strip_prefix(b"|").filter(|_| is_name)?);
    match rest {
        [] => Some(message(rest)),
        _ => Some(message(rest.strip_prefix(b" ")?)),
    }
}

/// `[pod/name/container] text`.
pub(super) fn kubectl(line: &[u8]) -> Option<Inner<'_>> {
    let (pod, rest) = name(uncoloured(line).strip_prefix(b"[pod/")?, b".-");
    let (container, rest) = name(rest.strip_prefix(b"/")?, b".-");
    let rest = uncoloured(rest.strip_prefix(b"]")?).strip_prefix(b" ")?;
    (!pod.is_empty() && !container.is_empty()).then(|| message(rest))
}

/// A name of letters, digits and `others`, and what follows it.
fn name<'t>(text: &'t [u8], others: &[u8]) -> (&'t [u8], &'t [u8]) {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || others.contains(byte);
    text.split_at(text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len()))
}

/// `[namespace ]pod container text`, when it is safe to tell: stern coloured the names, or the pod
/// has a name that Kubernetes made.
pub(super) fn stern(line: &[u8]) -> Option<Inner<'_>> {
    let (first, rest) = column(line)?;
    let (second, after_second) = column(rest)?;
    let third = || column(after_second);
    if (first.coloured || is_generated(first.name)) && second.is_label() {
        // Three coloured names are a namespace, a pod and a container.
        return match third() {
            Some((third, rest)) if first.coloured && third.coloured => Some(message(rest)),
            _ => Some(message(after_second)),
        };
    }
    let (container, rest) = third()?;
    let named = first.is_label() && is_generated(second.name) && container.is_label();
    named.then(|| message(rest))
}

/// A name before a line.
struct Column<'t> {
    name: &'t [u8],
    coloured: bool,
}

impl Column<'_> {
    /// Whether it can be a container or a namespace: a DNS label.
    fn is_label(&self) -> bool {
        !self.name.contains(&b'.') && self.name.iter().any(u8::is_ascii_lowercase)
    }
}

/// A name, and what follows the space behind it.
fn column(text: &[u8]) -> Option<(Column<'_>, &[u8])> {
    let start = uncoloured(text);
    let (name, rest) = name(start, b".-");
    let end = uncoloured(rest);
    let coloured = start.len() < text.len() && end.len() < rest.len();
    let is_name = name.iter().all(|byte| !byte.is_ascii_uppercase()) && !name.is_empty();
    Some((Column { name, coloured }, end.strip_prefix(b" ").filter(|_| is_name)?))
}

/// Whether a pod's name ends as Kubernetes ends them: `-x2k8p`, of letters and digits that spell no
/// words (`k8s.io/apimachinery/pkg/util/rand`). Of five letters without a digit it could be a word
/// after all, unless the hash of a replica set stands before it.
fn is_generated(pod: &[u8]) -> bool {
    let safe = |text: &[u8]| text.iter().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(b));
    let mut parts = pod.rsplit(|byte| *byte == b'-');
    let suffix = parts.next().filter(|suffix| suffix.len() == 5 && safe(suffix));
    let before = parts.next();
    suffix.is_some_and(|suffix| {
        let has = |is: fn(&u8) -> bool| suffix.iter().any(is);
        before.is_some_and(|before| {
            has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase)
                || (6..=10).contains(&before.len()) && safe(before)
        })
    })
}
