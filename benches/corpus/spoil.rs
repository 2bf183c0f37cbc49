//! Lines that are cut or written over, so that no reader may take them for a request.

use super::Format;

/// Makes a line that no reader may accept out of a good one.
pub(super) fn spoil(line: &mut Vec<u8>, format: Format, count: u64) {
    match format {
        // Cut before the status is reached.
        Format::Json => cut(line, 120),
        Format::Ltsv => cut(line, 45),
        Format::Cloudflare15 | Format::Cloudflare60 => cut(line, 200),
        Format::Haproxy => columns(line, count, b' ', 1, 5),
        Format::Alb => columns(line, count, b' ', 1, 8),
        Format::CloudFront => columns(line, count, b'\t', 0, 8),
        Format::Combined | Format::Times | Format::Cri | Format::Ingress | Format::Apache => {
            quoted(line, count);
        }
    }
}

/// A line whose columns `time` and `status`, counted from 0, end at a separator each.
fn columns(line: &mut Vec<u8>, count: u64, separator: u8, time: usize, status: usize) {
    let start = |column: usize| {
        let starts = line.iter().enumerate().filter(|(_, byte)| **byte == separator);
        let mut starts = std::iter::once(0).chain(starts.map(|(at, _)| at + 1));
        starts.nth(column).expect("every line has a status")
    };
    let (time, earlier, status) = (start(time), start(status - 2), start(status));
    match count % 3 {
        // Cut in the middle of the status.
        0 => cut(line, status + 2),
        // Cut in the middle of a column before it.
        1 => cut(line, earlier + 2),
        _ => write_over(line, time),
    }
}

/// A line whose status follows a request in quotes.
fn quoted(line: &mut Vec<u8>, count: u64) {
    let find = |text: &[u8]| {
        let at = line.windows(text.len()).position(|window| window == text);
        at.expect("every line has a time and a request")
    };
    let (time, request) = (find(b"[") + 1, find(b"] \"") + 3);
    let end = line[request..].iter().position(|&byte| byte == b'"');
    let status = request + end.expect("the request is closed") + 2;
    match count % 3 {
        // Cut in the middle of the status.
        0 => cut(line, status + 2),
        // Cut in the middle of the request.
        1 => cut(line, request + 3),
        _ => write_over(line, time),
    }
}

fn cut(line: &mut Vec<u8>, at: usize) {
    line.truncate(at);
    line.push(b'\n');
}

/// Another process wrote over the time.
fn write_over(line: &mut [u8], start: usize) {
    line[start..start + 20].copy_from_slice(b"worker 7: signal 11 ");
}
