//! Values that the server rewrote so that they hold no separator.

use crate::format::near::near;
use bumpalo::Bump;

/// How a server writes a value that may hold spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Plain,
    /// Percent-encoded (CloudFront, once).
    Percent,
    /// Percent-encoded, perhaps twice: `%2520` is a space in old files of CloudFront, and nothing
    /// that is found in a user agent.
    PercentTwice,
    /// `+` for a space (IIS).
    Plus,
}

impl Coding {
    /// The value as the client sent it. It is copied only when it differs.
    #[inline]
    pub(super) fn decode<'a>(self, value: &'a [u8], arena: &'a Bump) -> &'a [u8] {
        match self {
            Self::Plain => value,
            Self::Percent | Self::PercentTwice => match near(b'%', value) {
                Some(first) => percent(value, first, self == Self::PercentTwice, arena),
                None => value,
            },
            // A value in quotes has its spaces, and a plus in it is one.
            Self::Plus => match memchr::memchr2(b'+', b' ', value) {
                Some(first) if value[first] == b'+' => plus(value, first, arena),
                _ => value,
            },
        }
    }
}

/// `first` is the position of the first percent sign.
fn percent<'a>(value: &'a [u8], first: usize, twice: bool, arena: &'a Bump) -> &'a [u8] {
    let out = arena.alloc_slice_copy(value);
    let (mut from, mut to) = (first, first);
    while let Some(byte) = value.get(from) {
        let (byte, length) = match &value[from..] {
            // Nearly all of them.
            [b'%', b'2', b'0', ..] => (b' ', 3),
            text => match escape(text) {
                Some(b'%') if twice => match escape_digits(&text[3..]) {
                    Some(byte) => (byte, 5),
                    None => (b'%', 3),
                },
                Some(byte) => (byte, 3),
                None => (*byte, 1),
            },
        };
        out[to] = byte;
        (from, to) = (from + length, to + 1);
        let rest = &value[from..];
        let plain = near(b'%', rest).unwrap_or(rest.len());
        match rest.first_chunk::<16>() {
            // A copy of a known length needs no call. What is behind the sign is overwritten.
            Some(words) if plain <= 16 => out[to..to + 16].copy_from_slice(words),
            _ => out[to..to + plain].copy_from_slice(&rest[..plain]),
        }
        (from, to) = (from + plain, to + plain);
    }
    &out[..to]
}

/// The byte of an escape that the text begins with.
#[inline]
fn escape(text: &[u8]) -> Option<u8> {
    if text.first() == Some(&b'%') { escape_digits(&text[1..]) } else { None }
}

#[inline]
fn escape_digits(text: &[u8]) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let (a, b) = (digit(*text.first()?)?, digit(*text.get(1)?)?);
    u8::try_from(a * 16 + b).ok()
}

/// Of two in a row the second is a plus: ` +http://` stands in the name of every crawler, and two
/// spaces in none.
fn plus<'a>(value: &'a [u8], first: usize, arena: &'a Bump) -> &'a [u8] {
    let out = arena.alloc_slice_copy(value);
    // All of them at once, and then the few that stay: this loop is compiled to SIMD.
    for byte in &mut out[first..] {
        *byte = if *byte == b'+' { b' ' } else { *byte };
    }
    for at in memchr::memmem::find_iter(&value[first..], b"++") {
        out[first + at + 1] = b'+';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_they_were_sent() {
        let arena = Bump::new();
        let (once, twice) = (Coding::Percent, Coding::PercentTwice);
        for (coding, value, expected) in [
            (once, "curl/8.5.0", "curl/8.5.0"),
            (once, "a%20b%22", "a b\""),
            (once, "https://example.com/a%2520b", "https://example.com/a%20b"),
            (once, "%", "%"),
            (once, "100%zz%4", "100%zz%4"),
            (twice, "Mozilla/5.0%2520(X11)%20%25", "Mozilla/5.0 (X11) %"),
            (twice, "a%25zz%252", "a%zz%2"),
            (Coding::Plus, "Mozilla/5.0+(X11;+Linux)", "Mozilla/5.0 (X11; Linux)"),
            (Coding::Plus, "bingbot/2.0;++http://x/", "bingbot/2.0; +http://x/"),
            (Coding::Plus, "a+++b++++c", "a + b + +c"),
            (Coding::Plus, "in quotes; +http://x/", "in quotes; +http://x/"),
            (Coding::Plain, "a+b%20c", "a+b%20c"),
        ] {
            let found = coding.decode(value.as_bytes(), &arena);
            assert_eq!(String::from_utf8_lossy(found), expected, "{value}");
        }
    }

    #[test]
    fn nothing_is_copied_without_need() {
        let arena = Bump::new();
        for coding in [Coding::Percent, Coding::PercentTwice, Coding::Plus, Coding::Plain] {
            let value = b"curl/8.5.0".as_slice();
            assert!(std::ptr::eq(coding.decode(value, &arena), value));
        }
    }
}
