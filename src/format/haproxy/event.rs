//! The lines of HAProxy's log that tell of no request, which stand between the others.

use crate::time;

/// Whether a line of HAProxy's log tells of no HTTP request: TCP connections, handshakes that
/// failed, servers that came and went.
pub(in crate::format) fn is_no_request(line: &[u8]) -> bool {
    is_event(line) || is_connection(line).unwrap_or(false)
}

/// `Server web/s1 is DOWN, reason: …`, `Proxy web started.`, `Connect from 192.0.2.1:40000 to …`.
fn is_event(line: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
    let starts = |words: &[&[u8]]| words.iter().any(|word| line.starts_with(word));
    starts(&[b"Server ", b"Backup Server "]) && has(b"/") && has(b" is ")
        || starts(&[b"Proxy ", b"Stopping proxy ", b"Pausing proxy ", b"Resuming proxy "])
            && (has(b" started") || has(b" stopped") || has(b" in ") || line.ends_with(b"."))
        || starts(&[b"Connect from "]) && has(b" to ")
        || starts(&[b"Health check for "]) && has(b"server ")
        || starts(&[b"backend ", b"proxy "]) && has(b" has no server available!")
}

/// `192.0.2.1:40000 [10/Oct/2025:13:55:01.250] ` and then either `frontend/listener: message`, or
/// the columns of `option tcplog`, which has three times where `httplog` has five.
fn is_connection(line: &[u8]) -> Option<bool> {
    let open = memchr::memmem::find(line, b" [")?;
    let close = open + memchr::memmem::find(&line[open..], b"] ")?;
    time::clf_local(&line[open + 2..close])?;
    let (_, port) = line.split_at(memchr::memrchr(b':', &line[..open])? + 1);
    time::integer(&port[..port.len() - (line.len() - open)])?;
    let mut words = line[close + 2..].split(|byte| *byte == b' ');
    if words.next()?.ends_with(b":") {
        return Some(true);
    }
    let times = words.nth(1)?;
    let is_time = |part: &[u8]| {
        let part = part.strip_prefix(b"+").or_else(|| part.strip_prefix(b"-")).unwrap_or(part);
        time::integer(part).is_some()
    };
    let mut parts = times.split(|byte| *byte == b'/');
    Some(parts.by_ref().count() == 3 && times.split(|byte| *byte == b'/').all(is_time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_tell_of_no_request() {
        let connection = |tail: &str| format!("192.0.2.1:40000 [10/Oct/2025:13:55:01.250] {tail}");
        for (line, no_request) in [
            (connection("www/1: SSL handshake failure"), true),
            (connection("ssh git/s1 0/0/5007 212 -- 0/0/0/0/3 0/0"), true),
            (connection("ssh git/<NOSRV> -1/-1/+0 0 SC 0/0/0/0/0 0/0"), true),
            (connection("www~ web/s1 5/0/7/80/92 200 1 - - ---- 1/1/0/0/0 0/0 \"GET /"), false),
            ("Server web/s1 is DOWN, reason: Layer4 timeout".into(), true),
            ("Backup Server web/s2 is UP, reason: Layer4 check passed".into(), true),
            ("Proxy web started.".into(), true),
            ("Proxy web stopped (cumulated conns: FE: 0, BE: 0).".into(), true),
            ("Connect from 192.0.2.1:40000 to 192.0.2.2:80 (www/HTTP)".into(), true),
            ("backend web has no server available!".into(), true),
            ("Server started".into(), false),
            ("192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET / HTTP/1.1\" 200 5".into(), false),
            (" [".into(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_no_request(line.as_bytes()), no_request, "{line}");
        }
    }
}
