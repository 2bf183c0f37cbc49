//! Values of the report that are written in a way of their own: times, and text of strangers.

use serde::{Serialize, Serializer};

/// Microseconds since 1970 UTC, written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::time::rfc3339(self.0))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text that a stranger wrote. It has no way out but [`Text::visible`] (for people) and JSON
/// (where `serde_json` escapes it).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Vec<u8>);

impl Text {
    /// Keeps bytes as they are.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The text for a terminal or a document: what is no UTF-8 and every character that could
    /// move the cursor, hide text or turn it around is written as `\xNN` or `\u{…}`.
    ///
    /// After fd's `src/sanitize.rs`; CVE-2003-0020 is why.
    pub fn visible(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for part in self.0.utf8_chunks() {
            for c in part.valid().chars() {
                match c {
                    c if c.is_control() => {
                        out.push_str(&format!("\\x{:02x}", u32::from(c)));
                    }
                    c if is_deceptive(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                    c => out.push(c),
                }
            }
            for byte in part.invalid() {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
        out
    }
}

/// Characters that a terminal acts on, or that nobody sees.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control() || is_deceptive(c)
}

/// Characters that are invisible or change the direction or the line of what follows.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

impl Serialize for Text {
    /// As a JSON string; bytes that are no UTF-8 become U+FFFD.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.0))
    }
}
