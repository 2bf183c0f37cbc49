//! nginx or Apache: what the way of writing tells of the server.

use crate::format::Dialect;

/// Marks of a product in the way lines are written.
#[derive(Default)]
pub(super) struct Evidence {
    nginx: u64,
    apache: u64,
}

impl Evidence {
    /// Looks at escapes, empty sizes and codes that only one server writes.
    pub(super) fn of(lines: &[&[u8]]) -> Self {
        let mut evidence = Self::default();
        for line in lines {
            for at in memchr::memchr_iter(b'\\', line) {
                match line.get(at + 1..at + 4) {
                    // nginx writes \xHH in upper case, Apache in lower case.
                    Some([b'x', a, b]) => {
                        let digits = [a, b];
                        evidence.nginx +=
                            u64::from(digits.iter().any(|d| (b'A'..=b'F').contains(*d)));
                        evidence.apache +=
                            u64::from(digits.iter().any(|d| (b'a'..=b'f').contains(*d)));
                        // Apache has \" and \\ where nginx has \x22 and \x5C.
                        evidence.nginx += u64::from([*a, *b] == *b"22");
                    }
                    _ => {
                        evidence.apache += u64::from(matches!(
                            line.get(at + 1),
                            Some(b'"' | b'\\' | b'n' | b't' | b'r' | b'v' | b'b')
                        ));
                    }
                }
            }
            let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
            // Apache's %b writes `-` for an empty body, nginx 0; `" 304 - ` is no part of a
            // request line that nginx would leave unescaped.
            evidence.apache +=
                u64::from(has(b"\" 304 - ") || has(b"\" 200 - ") || has(b"\" 404 - "));
            evidence.nginx +=
                u64::from(has(b"\" 499 0 ") || has(b"\" 444 0 ") || has(b"\" 000 0 "));
        }
        evidence
    }

    pub(super) fn product(&self) -> Option<Dialect> {
        match (self.nginx, self.apache) {
            (0, 0) => None,
            (nginx, 0) if nginx > 0 => Some(Dialect::Nginx),
            (0, _) => Some(Dialect::Apache),
            _ => None,
        }
    }
}
