//! Which routes are files: what the application does not answer, and what pages are made of.

/// Endings of files that are both.
const COMMON: [&[u8]; 17] = [
    b".js", b".css", b".png", b".jpg", b".jpeg", b".gif", b".svg", b".ico", b".woff", b".woff2",
    b".webp", b".map", b".mp4", b".mjs", b".ttf", b".avif", b".wasm",
];

/// Whether a route has one of these endings, or this one besides, in letters of any case.
fn ends_in(route: &[u8], besides: &[u8]) -> bool {
    let ends = |ending: &[u8]| {
        let start = route.len().checked_sub(ending.len());
        start.is_some_and(|start| route[start..].eq_ignore_ascii_case(ending))
    };
    COMMON.into_iter().any(ends) || ends(besides)
}

/// Whether it is served from disk or a cache, not by the application. An API may end its routes in
/// `.json`, and pages in `.php` or `.html`.
pub(super) fn is_static(route: &[u8]) -> bool {
    ends_in(route, b".pdf") || memchr::memmem::find(route, b":hash").is_some()
}

/// Whether it is a file that pages are made of.
pub(super) fn is_asset(route: &[u8]) -> bool {
    ends_in(route, b".json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_names() {
        // The route; whether it is static, and an asset.
        for (route, expected) in [
            ("/app.:hash.js", [true, true]),
            ("/LOGO.PNG", [true, true]),
            ("/a/terms.pdf", [true, false]),
            ("/api/orders.json", [false, true]),
            ("/download/:hash", [true, false]),
            ("/index.html", [false, false]),
            ("/account.php", [false, false]),
            ("", [false, false]),
        ] {
            let of = route.as_bytes();
            assert_eq!([is_static(of), is_asset(of)], expected, "{route}");
        }
    }
}
