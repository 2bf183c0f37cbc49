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
pub fn route<'a>(target: &'a [u8], arena: &'a Bump) -> &'a [u8] {
    let path = path(target);
    if !path.iter().any(u8::is_ascii_digit) {
        return &path[..path.len().min(MAX_BYTES)];
    }
    let path = &path[..path.len().min(MAX_BYTES)];
    let mut out = bumpalo::collections::Vec::with_capacity_in(path.len() + 16, arena);
    for (at, segment) in path.split(|byte| *byte == b'/').enumerate() {
        if at > 0 {
            out.push(b'/');
        }
        if segment.iter().any(u8::is_ascii_digit) {
            push_segment(&mut out, segment);
        } else {
            out.extend_from_slice(segment);
        }
    }
    out.into_bump_slice()
}

/// The path of a target: without scheme and authority, query, fragment and session id.
fn path(target: &[u8]) -> &[u8] {
    let mut path = target;
    // Absolute form: a request to a proxy, or varnishncsa.
    if !path.starts_with(b"/")
        && let Some(scheme) = memchr::memmem::find(path, b"://")
        && scheme <= 5
    {
        let authority = &path[scheme + 3..];
        path = match memchr::memchr3(b'/', b'?', b'#', authority) {
            Some(at) if authority[at] == b'/' => &authority[at..],
            _ => b"/",
        };
    }
    let end = memchr::memchr3(b'?', b'#', b';', path).unwrap_or(path.len());
    &path[..end]
}

type Out<'a> = bumpalo::collections::Vec<'a, u8>;

/// Writes a segment that holds a digit, with its ids replaced.
fn push_segment(out: &mut Out<'_>, segment: &[u8]) {
    if let Some(name) = whole(segment) {
        return out.extend_from_slice(name);
    }
    // An extension stays: `/avatars/42.png` and `/avatars/42.svg` are two routes.
    if let Some(dot) = memchr::memrchr(b'.', segment)
        && (1..=5).contains(&(segment.len() - dot - 1))
        && let Some(name) = whole(&segment[..dot])
    {
        out.extend_from_slice(name);
        return out.extend_from_slice(&segment[dot..]);
    }
    // Ids within a name: `order-12345`, `main.3f2a9c1b.js`.
    let mut rest = segment;
    loop {
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'.' | b'-' | b'_' | b'~' | b',' | b'=' | b':' | b'@'))
            .unwrap_or(rest.len());
        out.extend_from_slice(part(&rest[..end]).unwrap_or(&rest[..end]));
        let Some(separator) = rest.get(end) else { return };
        out.push(*separator);
        rest = &rest[end + 1..];
    }
}

/// What a whole segment stands for, if it is an id.
fn whole(text: &[u8]) -> Option<&'static [u8]> {
    if text.iter().all(u8::is_ascii_digit) {
        return Some(b":id");
    }
    if is_uuid(text) {
        return Some(b":uuid");
    }
    if is_date(text) {
        return Some(b":date");
    }
    // Numbers with separators: `12,345`, `1.2.3.4`, `2024_01`.
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits >= 4 && text.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b',')) {
        return Some(b":id");
    }
    part(text)
}

/// What a part without separators stands for, if it is an id.
fn part(text: &[u8]) -> Option<&'static [u8]> {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == text.len() && digits >= 4 {
        return Some(b":id");
    }
    if text.len() >= 8 && digits >= 2 && text.iter().all(u8::is_ascii_hexdigit) {
        return Some(b":hash");
    }
    // Base64, ULIDs, tokens.
    if text.len() >= 20 && digits >= 2 && text.iter().all(u8::is_ascii_alphanumeric) {
        return Some(b":token");
    }
    None
}

/// `8-4-4-4-12` hexadecimal digits (RFC 9562).
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2024-01-31`
fn is_date(text: &[u8]) -> bool {
    text.len() == 10
        && text.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
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
