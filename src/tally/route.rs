//! A request target to the route it stands for: the path without query, with what looks like an
//! id replaced. `/users/42/orders/9f1c…?page=2` becomes `/users/:id/orders/:uuid`.
//!
//! It is a guess: the log does not know the application's routes (OpenTelemetry calls it
//! `url.template` for that reason, not `http.route`). The rules replace what hardly ever names a
//! route, and leave versions (`v2`), words and file names with small numbers alone.

use bumpalo::Bump;

/// Routes are cut here: what follows is hardly ever of one application.
const MAX_BYTES: usize = 256;

/// The route of a target. Borrows from the target where nothing is replaced, else from `arena`.
#[inline]
pub fn route<'a>(target: &'a [u8], arena: &'a Bump) -> &'a [u8] {
    let path = path(target);
    let path = &path[..path.len().min(MAX_BYTES)];
    if first_digit(path).is_some() { replace(path, arena) } else { path }
}

/// Place of the first decimal digit in a text: eight bytes at a time, as most paths have none.
#[inline]
fn first_digit(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        // A digit is 0x30 to 0x39: its exclusive or with 0x30 is below 10, so that adding 0x76
        // leaves its top bit clear.
        let bits = u64::from_le_bytes(*word) ^ 0x3030_3030_3030_3030;
        let low = bits & 0x7f7f_7f7f_7f7f_7f7f;
        let over = (low + 0x7676_7676_7676_7676) | bits;
        let digits = !over & 0x8080_8080_8080_8080;
        if digits != 0 {
            return Some(at * 8 + digits.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(u8::is_ascii_digit)?;
    Some(words.len() * 8 + at)
}

/// The path with the ids of its segments replaced. Only segments that hold a digit are looked at
/// byte by byte.
fn replace<'a>(path: &'a [u8], arena: &'a Bump) -> &'a [u8] {
    let mut out = Out { text: path, copied: 0, changed: None, arena };
    let mut from = 0;
    while let Some(digit) = first_digit(&path[from..]) {
        let digit = from + digit;
        // The slash before it is near; a search would cost more to prepare.
        let before = path[from..digit].iter().rposition(|byte| *byte == b'/');
        let start = before.map_or(from, |slash| from + slash + 1);
        let mut kinds = Kinds::default();
        let mut end = start;
        while let Some(byte) = path.get(end).filter(|byte| **byte != b'/') {
            kinds.add(*byte);
            end += 1;
        }
        segment(&mut out, start, end, kinds);
        // Behind the slash: what follows is a segment of its own.
        from = path.len().min(end + 1);
    }
    out.finish()
}

/// The path of a target: without scheme and authority, query, fragment and session id.
#[inline]
fn path(target: &[u8]) -> &[u8] {
    let mut path = target;
    if !path.starts_with(b"/") {
        path = without_authority(path);
    }
    let end = memchr::memchr3(b'?', b'#', b';', path).unwrap_or(path.len());
    &path[..end]
}

/// What follows the authority in a target in absolute form: a request to a proxy, or varnishncsa.
fn without_authority(target: &[u8]) -> &[u8] {
    let Some(scheme) = memchr::memmem::find(target, b"://").filter(|at| *at <= 5) else {
        return target;
    };
    let authority = &target[scheme + 3..];
    match memchr::memchr3(b'/', b'?', b'#', authority) {
        Some(at) if authority[at] == b'/' => &authority[at..],
        _ => b"/",
    }
}

/// A text whose parts are replaced from left to right; nothing is copied before the first.
struct Out<'a> {
    text: &'a [u8],
    /// Up to here the text is in `changed`, with its replacements.
    copied: usize,
    changed: Option<bumpalo::collections::Vec<'a, u8>>,
    arena: &'a Bump,
}

impl<'a> Out<'a> {
    fn replace(&mut self, start: usize, end: usize, with: &[u8]) {
        let changed = self.changed.get_or_insert_with(|| {
            // A replacement is at most as long as what it replaces, but for `:id`.
            bumpalo::collections::Vec::with_capacity_in(self.text.len() * 3 + 3, self.arena)
        });
        changed.extend_from_slice_copy(&self.text[self.copied..start]);
        changed.extend_from_slice_copy(with);
        self.copied = end;
    }

    fn finish(self) -> &'a [u8] {
        let Some(mut changed) = self.changed else { return self.text };
        changed.extend_from_slice_copy(&self.text[self.copied..]);
        changed.into_bump_slice()
    }
}

/// Replaces the ids in a segment that holds a digit.
#[inline]
fn segment(out: &mut Out<'_>, start: usize, end: usize, kinds: Kinds) {
    let name = &out.text[start..end];
    if let Some(id) = whole(name, kinds) {
        return out.replace(start, end, id);
    }
    if kinds.alphanumeric() < name.len() {
        parts(out, start, end);
    }
}

/// Replaces the ids in a segment that is none as a whole and has several parts.
fn parts(out: &mut Out<'_>, start: usize, end: usize) {
    let text = out.text;
    let name = &text[start..end];
    // An extension stays: `/avatars/42.png` and `/avatars/42.svg` are two routes.
    if let Some(dot) = memchr::memrchr(b'.', name)
        && dot > 0
        && (1..=5).contains(&(name.len() - dot - 1))
        && let Some(id) = whole(&name[..dot], Kinds::of(&name[..dot]))
    {
        return out.replace(start, start + dot, id);
    }
    // Ids within a name: `order-12345`, `main.3f2a9c1b.js`.
    let mut at = start;
    while at <= end {
        let rest = &text[at..end];
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b'.' | b'-' | b'_' | b'~' | b',' | b'=' | b':' | b'@'))
            .unwrap_or(rest.len());
        if let Some(id) = part(&rest[..length]) {
            out.replace(at, at + length, id);
        }
        at += length + 1;
    }
}

/// What a whole segment stands for, if it is an id.
#[inline]
fn whole(text: &[u8], kinds: Kinds) -> Option<&'static [u8]> {
    let digits = kinds.digits();
    if digits == text.len() {
        return Some(b":id");
    }
    if text.len() == 36 && kinds.hex() == 32 && is_uuid(text) {
        return Some(b":uuid");
    }
    if text.len() == 10 && digits == 8 && is_date(text) {
        return Some(b":date");
    }
    // Numbers with separators: `12,345`, `2024_01`.
    if digits >= 4 && digits + kinds.joints() == text.len() {
        return Some(b":id");
    }
    id(text, kinds)
}

/// What a part without separators stands for, if it is an id.
fn part(text: &[u8]) -> Option<&'static [u8]> {
    // Words and small numbers are the most.
    if text.len() < 4 { None } else { id(text, Kinds::of(text)) }
}

fn id(text: &[u8], kinds: Kinds) -> Option<&'static [u8]> {
    let (length, digits) = (text.len(), kinds.digits());
    if digits == length && length >= 4 {
        return Some(b":id");
    }
    if length >= 8 && digits >= 2 && kinds.hex() == length {
        return Some(b":hash");
    }
    // Base64, ULIDs, tokens.
    if length >= 20 && digits >= 2 && kinds.alphanumeric() == length {
        return Some(b":token");
    }
    None
}

/// How many bytes of a text are of what kind, 16 bits each: one addition a byte counts them all.
/// Texts are at most [`MAX_BYTES`] long.
#[derive(Clone, Copy, Default)]
struct Kinds(u64);

impl Kinds {
    const OF_BYTE: [u64; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let b = byte as u8;
            table[byte] = b.is_ascii_digit() as u64
                | (b.is_ascii_hexdigit() as u64) << 16
                | (b.is_ascii_alphanumeric() as u64) << 32
                | (matches!(b, b'-' | b'_' | b',') as u64) << 48;
            byte += 1;
        }
        table
    };

    /// [`MAX_BYTES`] of one kind do not reach the next.
    #[inline]
    fn add(&mut self, byte: u8) {
        self.0 = self.0.wrapping_add(Self::OF_BYTE[usize::from(byte)]);
    }

    fn of(text: &[u8]) -> Self {
        let mut kinds = Self::default();
        text.iter().for_each(|byte| kinds.add(*byte));
        kinds
    }

    fn digits(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    fn hex(self) -> usize {
        (self.0 >> 16 & 0xffff) as usize
    }

    fn alphanumeric(self) -> usize {
        (self.0 >> 32 & 0xffff) as usize
    }

    /// What joins numbers: `-`, `_` and `,`.
    fn joints(self) -> usize {
        (self.0 >> 48) as usize
    }
}

/// Whether 36 bytes, 32 of them hexadecimal digits, are `8-4-4-4-12` of these (RFC 9562).
fn is_uuid(text: &[u8]) -> bool {
    [8, 13, 18, 23].iter().all(|at| text[*at] == b'-')
}

/// Whether ten bytes, eight of them digits, are a date such as `2024-01-31`.
fn is_date(text: &[u8]) -> bool {
    text[4] == b'-' && text[7] == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_go_and_names_stay() {
        for (target, expected) in [
            ("/", "/"),
            ("/api/users?id=7", "/api/users"),
            ("/api/users/42?x=/9", "/api/users/:id"),
            ("/a/550e8400-e29b-41d4-a716-446655440000/b", "/a/:uuid/b"),
            ("/img/12345.png", "/img/:id.png"),
            ("/static/main.3f2a9c1b.js", "/static/main.:hash.js"),
            ("/app-3f2a9c1b77.css", "/app-:hash.css"),
            ("/order-12345", "/order-:id"),
            ("/report/2024-01-31", "/report/:date"),
            ("/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/:token"),
            ("/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/commit/:hash"),
            ("/api/v2/users", "/api/v2/users"),
            ("/files/logstash-1.1.0-monolithic.jar", "/files/logstash-1.1.0-monolithic.jar"),
            ("/mp3/track1.mp3", "/mp3/track1.mp3"),
            ("/.x1", "/.x1"),
            ("/a//7/", "/a//:id/"),
            ("/2014/05/hello", "/:id/:id/hello"),
            ("http://example.com:8080/a/1?b", "/a/:id"),
            ("https://example.com", "/"),
            ("x.example:443", "x.example:443"),
            ("*", "*"),
            ("/cart;jsessionid=1A530637289A03B07199A44E8D531427", "/cart"),
            ("/redirect/http://e.com/1", "/redirect/http://e.com/:id"),
        ] {
            let arena = Bump::new();
            let found = route(target.as_bytes(), &arena);
            assert_eq!(String::from_utf8_lossy(found), expected, "{target}");
        }
    }

    proptest! {
        #[test]
        fn digits_are_found_eight_at_a_time(text in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(first_digit(&text), text.iter().position(u8::is_ascii_digit));
        }

        #[test]
        fn any_bytes_have_a_route_and_its_route_is_itself(target in prop::collection::vec(any::<u8>(), 0..600)) {
            let arena = Bump::new();
            let once = route(&target, &arena);
            prop_assert!(once.len() <= MAX_BYTES * 3);
            if once.starts_with(b"/") && once.len() <= MAX_BYTES && !once.contains(&b':') {
                prop_assert_eq!(route(once, &arena), once);
            }
        }
    }
}
