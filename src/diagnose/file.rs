//! Which routes are files. Rules ask three things that differ: what the application does not answer,
//! what pages are made of, and what needs no session.

/// Endings of files that are both.
const COMMON: [&[u8]; 13] = [
    b".js", b".css", b".png", b".jpg", b".jpeg", b".gif", b".svg", b".ico", b".woff", b".woff2",
    b".webp", b".map", b".mp4",
];
/// Those of files that only pages are made of: an API may end its routes in `.json`.
const OF_PAGES: [&[u8]; 5] = [b".mjs", b".ttf", b".avif", b".wasm", b".json"];

fn ends_in(route: &[u8], endings: &[&[u8]]) -> bool {
    endings.iter().any(|ending| route.ends_with(ending))
}

/// Whether it is served from disk or a cache, not by the application.
pub(super) fn is_static(route: &[u8]) -> bool {
    ends_in(route, &COMMON)
        || ends_in(route, &[b".pdf"])
        || memchr::memmem::find(route, b":hash").is_some()
}

/// Whether it is a file that pages are made of.
pub(super) fn is_asset(route: &[u8]) -> bool {
    let route = route.to_ascii_lowercase();
    ends_in(&route, &COMMON) || ends_in(&route, &OF_PAGES)
}

/// Whether it is a file of any kind: its last segment has an ending.
pub(super) fn has_ending(route: &[u8]) -> bool {
    route.rsplit(|byte| *byte == b'/').next().is_some_and(|name| name.contains(&b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_names() {
        // The route; whether it is static, an asset, has an ending.
        for (route, expected) in [
            ("/app.:hash.js", [true, true, true]),
            ("/LOGO.PNG", [false, true, true]),
            ("/a/terms.pdf", [true, false, true]),
            ("/api/orders.json", [false, true, true]),
            ("/download/:hash", [true, false, false]),
            ("/index.html", [false, false, true]),
            ("/v1.2/orders", [false, false, false]),
            ("", [false, false, false]),
        ] {
            let of = route.as_bytes();
            assert_eq!([is_static(of), is_asset(of), has_ending(of)], expected, "{route}");
        }
    }
}
