//! What the lines of proxies and web servers say together.

use super::{Product, Rule};
use crate::record::{Record, Status};
use bumpalo::Bump;

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::Iis => Some(iis),
        _ => None,
    }
}

/// Codes of Windows in `sc-win32-status` that tell what became of a request. Most others say again
/// what the status says: 2 is a file that was not found, 5 an access denied
/// (<https://learn.microsoft.com/windows/win32/debug/system-error-codes>).
const WIN32: &[(&[u8], &[u8])] = &[
    (b"64", b"win32 64"),
    (b"121", b"win32 121"),
    (b"995", b"win32 995"),
    (b"1229", b"win32 1229"),
    (b"1236", b"win32 1236"),
];

/// IIS: the first clue is the substatus, which makes `500.19` of a 500; the second is the code of
/// Windows. 64, 1229 and 1236 are connections that were lost or aborted.
fn iis<'a>(record: &mut Record<'a>, arena: &'a Bump) {
    let [substatus, win32] = record.clues;
    let is_set = |code: &&[u8]| *code != b"0";
    if let Some(win32) = win32.filter(is_set) {
        record.aborted = matches!(win32, b"64" | b"1229" | b"1236");
        record.reason = WIN32.iter().find(|(code, _)| *code == win32).map(|(_, reason)| *reason);
    }
    if let Some(substatus) = substatus.filter(is_set)
        && let Status::Code(code) = record.status
    {
        let mut reason = bumpalo::collections::Vec::with_capacity_in(4 + substatus.len(), arena);
        reason.extend([code / 100, code / 10 % 10, code % 10].map(|digit| b'0' + digit as u8));
        reason.push(b'.');
        reason.extend_from_slice(substatus);
        record.reason = Some(reason.into_bump_slice());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iis_has_a_status_below_the_status() {
        let arena = Bump::new();
        for (status, substatus, win32, reason, aborted) in [
            (200, "0", "0", "", false),
            (500, "19", "0", "500.19", false),
            (404, "13", "64", "404.13", true),
            (404, "0", "2", "", false),
            (200, "0", "64", "win32 64", true),
            (500, "0", "121", "win32 121", false),
            (200, "0", "1236", "win32 1236", true),
        ] {
            let clues = [Some(substatus.as_bytes()), Some(win32.as_bytes())];
            let mut record = Record { status: Status::Code(status), clues, ..Record::default() };
            iis(&mut record, &arena);
            let found = record.reason.unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(found), reason, "{status} {substatus} {win32}");
            assert_eq!(record.aborted, aborted, "{status} {substatus} {win32}");
        }
    }
}
