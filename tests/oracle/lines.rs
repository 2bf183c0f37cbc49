//! Makes log lines: valid ones with every value that has ever hurt a log reader, and damaged ones.

use super::slow::{self, Format};
use jiff::Timestamp;
use jiff::tz::Offset;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

type Bytes = BoxedStrategy<Vec<u8>>;

/// One of these texts.
fn one_of(texts: &'static [&'static str]) -> Bytes {
    select(texts).prop_map(|text| text.as_bytes().to_vec()).boxed()
}

/// Bytes that a server writes between quotes as they are.
fn raw() -> Bytes {
    let plain = any::<u8>().prop_filter("is escaped", |byte| !b"\"\\\n".contains(byte));
    vec(plain, 0..24).boxed()
}

/// Text between quotes.
fn quoted(nginx: bool) -> Bytes {
    let escaped = match nginx {
        true => one_of(&[
            r"\x22",
            r"\x5C",
            r"\xC3\xA9",
            r"\x22 404 99 \x22",
            r"a\x5C\x22 500 1 \x22-\x22",
            r"\x1B[2J\x0A",
        ]),
        false => one_of(&[
            r#"\""#,
            r"\\",
            r"\xc3\xa9",
            r#"\" 404 99 \""#,
            r#"a\\\" 500 1 \"-\""#,
            r"\x1b[2J\n\t",
            r"end\\",
        ]),
    };
    prop_oneof![
        3 => one_of(&["-", "", "curl/8.5.0", "Mozilla/5.0 (X11; Linux) [en] {x}", "200 5 - -",
            "https://e.example/?q=1&x=/", "] [x] 10.0.0.1:80, - : 5 200", "' or 1=1 --"]),
        1 => raw(),
        2 => vec(prop_oneof![escaped, one_of(&["a", " ", "/b", "404"])], 1..5)
            .prop_map(|parts| parts.concat()),
    ]
    .boxed()
}

/// The text of a request line.
fn request(nginx: bool) -> Bytes {
    let method = one_of(&[
        "GET",
        "GET",
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "CONNECT",
        "OPTIONS",
        "TRACE",
        "PATCH",
        "PROPFIND",
        "UNLOCK",
        "PRI",
        "get",
        "M-SEARCH",
        "_X9",
        "SSTP_DUPLEX_POST",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ]);
    let target = prop_oneof![
        5 => one_of(&["/", "/a", "/cart;jsessionid=AB", "/a?b=1", "/a b c", "*", "-", "",
            "/users/42", "/img/cat.png?size=9", "http://e.example/x/y?z", "https://e.example",
            "x.example:443", "/a HTTP/1.1", "//", "/#f", "/../../etc/passwd", "://", "a://b?c/d",
            "/redirect/http://e.example/", "/ /", "/ HTTP/", "/%00%0a", "/a:b", "/caf\u{e9}"]),
        1 => quoted(nginx),
        1 => (200usize..300).prop_map(|length| [b"/".as_slice(), &vec![b'l'; length]].concat()),
    ];
    let protocol = one_of(&[
        " HTTP/1.1",
        " HTTP/1.1",
        " HTTP/2.0",
        " HTTP/1.0",
        " HTTP/3.0",
        " HTTP/0.9",
        " HTTP/2",
        " HTTP/9.9",
        " HTTP/",
        "",
        " ",
        " http/1.1",
        " RTSP/1.0",
        "  HTTP/1.1",
    ]);
    let whole = (method, target, protocol)
        .prop_map(|(method, target, protocol)| [&method, &b" "[..], &target, &protocol].concat());
    let garbage = match nginx {
        true => r"\x16\x03\x01\x00\xEE\x01\x00",
        false => r"\x16\x03\x01",
    };
    prop_oneof![
        8 => whole,
        1 => select(vec!["", "-", "HELP", " ", "- / HTTP/1.1", "GET", "lv|'|'|VH", garbage])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => quoted(nginx),
    ]
    .boxed()
}

/// A time in the common log format: of one quarter of an hour, or of any day that such a time can
/// name (and some that it cannot).
fn time(wild: bool) -> Bytes {
    let offset = select(&[0, 0, 3600, 7200, -25_200, 12_600, 20_700, 50_400, -43_200, -12_600][..]);
    let near = (0i64..1200, offset, any::<bool>()).prop_map(|(after, offset, leap)| {
        // 26 October 2025, 00:50 to 01:10 UTC: the hour that Europe has twice.
        let second = 1_761_439_800 + after;
        let zone = Offset::from_seconds(offset).expect("within a day");
        let local = zone.to_datetime(Timestamp::from_second(second).expect("in range"));
        let mut text = local.strftime("%d/%b/%Y:%H:%M:%S ").to_string();
        // The second before a minute's end may be written as a leap second.
        if leap && local.second() == 59 {
            text.replace_range(18..20, "60");
        }
        let sign = if offset < 0 { '-' } else { '+' };
        let offset = offset.abs();
        format!("{text}{sign}{:02}{:02}", offset / 3600, offset / 60 % 60).into_bytes()
    });
    if !wild {
        return near.boxed();
    }
    let month = select(
        &[
            "Jan", "Feb", "MAR", "apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            "Okt", "xxx",
        ][..],
    );
    let any = (
        0..33u8,
        month,
        2..9999u16,
        (0..25u8, 0..61u8, 0..62u8),
        (0..25i8, 0..61u8),
        any::<bool>(),
    )
        .prop_map(|(day, month, year, (hour, minute, second), (east, minutes), west)| {
            let sign = if west { '-' } else { '+' };
            format!(
                "{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} \
                 {sign}{east:02}{minutes:02}"
            )
            .into_bytes()
        });
    prop_oneof![8 => near, 1 => any].boxed()
}

/// A time in seconds as nginx writes it.
fn seconds() -> Bytes {
    prop_oneof![
        6 => (0u64..400_000_000, 0u32..29).prop_map(|(micros, shift)| {
            let millis = micros >> shift;
            format!("{}.{:03}", millis / 1000, millis % 1000).into_bytes()
        }),
        1 => one_of(&["0.000", "0.001", "-0.001", "-1.000", "60.000", "137438.953", "137438.954",
            "900000.000", "18446744073709.551", "18446744073709.552", "99999999999999999999.000"]),
    ]
    .boxed()
}

/// Upstream columns of one request: addresses, lengths, times and statuses of the same attempts.
fn upstream() -> BoxedStrategy<[Vec<u8>; 4]> {
    let time = prop_oneof![
        4 => (0u32..90_000).prop_map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000)),
        1 => Just("-".to_owned()),
    ];
    let address = select(
        &["10.0.0.1:80", "10.0.0.2:8080", "[2001:db8::1]:80", "unix:/run/a.sock", "backend", "-"][..],
    );
    let status = select(&["200", "502", "504", "404", "000", "009", "-"][..]);
    let attempt = (address, 0u32..9000, time, status, any::<bool>());
    let list = vec(attempt, 1..5).prop_map(|attempts| {
        let mut columns = [(); 4].map(|()| String::new());
        for (at, (address, length, time, status, redirect)) in attempts.into_iter().enumerate() {
            let values = [address.to_owned(), length.to_string(), time, status.to_owned()];
            for (column, value) in columns.iter_mut().zip(values) {
                if at > 0 {
                    column.push_str(if redirect { " : " } else { ", " });
                }
                column.push_str(&value);
            }
        }
        columns.map(String::into_bytes)
    });
    prop_oneof![4 => list, 1 => Just([(); 4].map(|()| b"-".to_vec()))].boxed()
}

/// A line that the format has.
fn valid(format: Format, wild: bool) -> Bytes {
    let nginx = format.is_nginx();
    let client = one_of(&[
        "192.0.2.1",
        "192.0.2.1",
        "198.51.100.77",
        "2001:db8::1",
        "::ffff:192.0.2.9",
        "fe80::1%eth0",
        "unix:",
        "-",
        "",
        "host.example",
        "\u{e9}",
    ]);
    let client = prop_oneof![12 => client, 1 => Just(b"\xff\xfe1".to_vec())];
    let user =
        one_of(&["-", "-", "-", "frank", "john doe", "", "- -", "a] b", "x \\x22 [", "\\\\"]);
    let status = one_of(&[
        "200", "200", "200", "200", "204", "301", "304", "404", "404", "500", "502", "504", "408",
        "499", "444", "101", "100", "520", "603", "999", "000", "009", "0", "-", "-1", "", "099",
        "20", "2000", "2x0", " ",
    ]);
    let bytes = prop_oneof![
        4 => (0u64..1_000_000).prop_map(|bytes| bytes.to_string().into_bytes()),
        1 => one_of(&["0", "-", "", "18446744073709551615", "18446744073709551616", "007", "+5",
            "1e3", "-5"]),
    ];
    let request = request(nginx);
    let host = one_of(&["e.example", "www.e.example", "localhost", "-", "_", "\u{e9}.example"]);
    let texts = (quoted(nginx), quoted(nginx), host);
    let head = (client, user, time(wild), request, status, bytes, texts);
    (head, tail(format))
        .prop_map(move |(head, tail)| {
            let (client, user, time, request, status, bytes, (referer, agent, host)) = head;
            let mut line = Vec::new();
            let mut put =
                |parts: &[&[u8]]| parts.iter().for_each(|part| line.extend_from_slice(part));
            if matches!(format, Format::Vhost | Format::VhostMicroseconds) {
                put(&[&host, b":443 "]);
            }
            let status = if status == b"-" && nginx { b"000".to_vec() } else { status };
            put(&[&client, b" - ", &user, b" [", &time, b"] \"", &request, b"\" ", &status, b" "]);
            put(&[&bytes]);
            if format != Format::ApacheCommon {
                put(&[b" \"", &referer, b"\" \"", &agent, b"\""]);
            }
            put(&[&tail]);
            line
        })
        .boxed()
}

/// What follows the user agent.
fn tail(format: Format) -> Bytes {
    match format {
        Format::Main => one_of(&[r#" "-""#, r#" "198.51.100.7, 10.0.0.1""#, r#" "\x22""#]),
        Format::Times | Format::TimesByUpstream => (seconds(), upstream(), seconds(), 0..8u8)
            .prop_map(|(taken, [_, _, times, _], single, huge)| {
                let times = if huge == 0 { single } else { times };
                [b" ", &taken[..], b" ", &times].concat()
            })
            .boxed(),
        Format::Ingress => {
            let names = one_of(&["[ns-svc-80] []", "[] []", "[a-b-http] [canary-b-80]"]);
            let id = one_of(&["0123456789abcdef0123456789abcdef", "-", "", "my id, : 5"]);
            let length = one_of(&["90", "0", "-", "4096"]);
            (length, seconds(), names, upstream(), id)
                .prop_map(|(length, taken, names, [address, sizes, times, statuses], id)| {
                    [length, taken, names, address, sizes, times, statuses, id]
                        .iter()
                        .flat_map(|column| [b" ", &column[..]].concat())
                        .collect()
                })
                .boxed()
        }
        Format::ApacheMicroseconds | Format::VhostMicroseconds => prop_oneof![
            5 => (any::<u64>(), 20u32..64).prop_map(|(micros, shift)| {
                format!(" {}", micros >> shift).into_bytes()
            }),
            1 => one_of(&[" -", " ", " -1", " 18446744073709551615", " 18446744073709551616",
                " 1.5", " 12ms", "", " 137438953472"]),
        ]
        .boxed(),
        _ => Just(Vec::new()).boxed(),
    }
}

/// A line that is no request at all.
fn other() -> Bytes {
    prop_oneof![
        one_of(&[
            "",
            " ",
            "\t\r",
            "\0",
            "\0\0 \0",
            "#Fields: date time",
            "# c",
            "hello",
            "-",
            "\"",
            "2022/01/24 16:33:06 [error] 334#334: *338 open() \"/x\" failed",
            "[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 1] AH01617",
            "I0612 10:00:00.000000       7 main.go:100] starting",
            "{\"status\":200}",
            "time:2015-09-06T05:58:05+09:00\tstatus:200"
        ]),
        raw(),
        vec(one_of(&["\"", "\\", " ", "[", "]", "-", "200"]), 0..40)
            .prop_map(|parts| parts.concat()),
    ]
    .boxed()
}

/// What happens to a line.
#[derive(Clone, Debug)]
enum Fate {
    Whole,
    Cut(prop::sample::Index),
    CutFront(prop::sample::Index),
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index),
    Front(&'static [u8]),
    /// The line is filled up to this many bytes more than the limit.
    Fill(prop::sample::Index, i16, u8),
    Glue(prop::sample::Index),
}

fn fate() -> impl Strategy<Value = Fate> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        12 => Just(Fate::Whole),
        1 => at().prop_map(Fate::Cut),
        1 => at().prop_map(Fate::CutFront),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Fate::Set(at, byte)),
        1 => (at(), select(vec![&b"\0"[..], b"\r", b"\0\0\0", b"\"", b"\\", b" ", b"\xff"]))
            .prop_map(|(at, bytes)| Fate::Insert(at, bytes.to_vec())),
        1 => at().prop_map(Fate::Remove),
        1 => select(vec![&b"\0\0\0\0"[..], b"\0", b" ", b"\xef\xbb\xbf", b"app_1  | "])
            .prop_map(Fate::Front),
        1 => (at(), -3i16..5, select(&b"x\r\0\\\" "[..])).prop_map(|(a, b, c)| Fate::Fill(a, b, c)),
        1 => at().prop_map(Fate::Glue),
    ]
}

fn apply(fate: Fate, mut line: Vec<u8>, max_line: usize) -> Vec<u8> {
    if line.is_empty() {
        return line;
    }
    match fate {
        Fate::Whole => {}
        Fate::Cut(at) => line.truncate(at.index(line.len())),
        Fate::CutFront(at) => drop(line.drain(..at.index(line.len()))),
        Fate::Set(at, byte) => {
            let at = at.index(line.len());
            line[at] = byte;
        }
        Fate::Insert(at, bytes) => {
            let at = at.index(line.len());
            line.splice(at..at, bytes);
        }
        Fate::Remove(at) => drop(line.remove(at.index(line.len()))),
        Fate::Front(bytes) => drop(line.splice(..0, bytes.iter().copied())),
        Fate::Fill(at, over, byte) => {
            let at = at.index(line.len());
            let length = (max_line as i64 + i64::from(over)).max(0) as usize;
            let fill = vec![byte; length.saturating_sub(line.len())];
            line.splice(at..at, fill);
        }
        Fate::Glue(at) => {
            let half = line[..at.index(line.len())].to_vec();
            line.splice(..0, half);
        }
    }
    line
}

/// A log: its bytes, and the longest line that is read.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) format: Format,
    pub(crate) text: Vec<u8>,
    pub(crate) max_line: usize,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:?}, lines of at most {} bytes:", self.format, self.max_line)?;
        let mut lines = self.text.split_inclusive(|byte| *byte == b'\n');
        lines.try_for_each(|line| writeln!(f, "    {}", line.escape_ascii()))
    }
}

/// Logs of any format. With `damaged` there are lines in it that are no requests.
pub(crate) fn log(damaged: bool, lines: std::ops::Range<usize>) -> impl Strategy<Value = Log> {
    let formats = Format::ALL.map(|format| log_of(format, damaged, lines.clone()).boxed());
    Union::new(formats)
}

fn log_of(
    format: Format,
    damaged: bool,
    lines: std::ops::Range<usize>,
) -> impl Strategy<Value = Log> {
    let access = |wild| (valid(format, wild), fate());
    let max_line = prop_oneof![8 => 250usize..600, 1 => Just(64 << 10)];
    let line = move |wild| {
        let weight = u32::from(damaged);
        prop_oneof![9 => access(wild), 1 + weight => other().prop_map(|line| (line, Fate::Whole))]
    };
    let lines = prop_oneof![vec(line(false), lines.clone()), vec(line(true), lines)];
    let ends = (any::<bool>(), select(&["\n", "\n", "\r\n"][..]), any::<bool>());
    (lines, max_line, ends).prop_map(move |(lines, max_line, (mark, newline, closed))| {
        let mut text = if mark && damaged { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        for (line, fate) in lines {
            let line = if damaged { apply(fate, line, max_line) } else { line };
            let start = text.len();
            for part in line.split(|byte| *byte == b'\n') {
                text.extend_from_slice(part);
            }
            text.extend_from_slice(newline.as_bytes());
            // The first bytes of a file also tell its compression.
            let magic = start < 4 && !text.starts_with(b"\xef\xbb\xbf") && !text.is_ascii();
            let read = slow::read(format, &text[start..], max_line);
            let clean = read.as_ref().is_some_and(|counts| counts.rejected == 0);
            if magic || read.is_none() || !damaged && !clean {
                text.truncate(start);
            }
        }
        if !closed && text.ends_with(newline.as_bytes()) {
            text.truncate(text.len() - newline.len());
        }
        Log { format, text, max_line }
    })
}
