#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn exponents_are_written_out() {
    let arena = Bump::new();
    for (number, expected) in [
        ("2e-3", "0.002"),
        ("1E-06", "0.000001"),
        ("1.6938407917564995e+09", "1693840791.7564995"),
        ("12.5e1", "125"),
        ("1.5e3", "1500"),
        ("-1e0", "-1"),
        ("25.0e-1", "02.50"),
    ] {
        let read = written_out(number.as_bytes(), &arena).unwrap();
        assert_eq!(std::str::from_utf8(read), Ok(expected), "{number}");
    }
    for far in ["1e65", "1e-18446744073709551617", "1e99999999999999999999999"] {
        assert_eq!(written_out(far.as_bytes(), &arena), Err(Reject::Number));
    }
}

#[test]
fn escapes() {
    let arena = Bump::new();
    for (text, expected, recovered) in [
        (r#"a"x"#, Ok("a"), false),
        (r#"\"\\\/\b\f\n\r\t""#, Ok("\"\\/\u{8}\u{c}\n\r\t"), false),
        (r#"\u00e9\u20AC\uD83D\uDE00""#, Ok("é€😀"), false),
        (r#"\xC3\xa9 \x22\v""#, Ok("é \"\u{b}"), true),
        (r#"\uD83D \uDE00 \uD83D\u0041""#, Ok("\u{fffd} \u{fffd} \u{fffd}A"), true),
        (r#"\u12G4""#, Err(Reject::Json), false),
        (r#"\q""#, Err(Reject::Json), false),
        (r#"\x2""#, Err(Reject::Json), true),
        (r#"abc\"#, Err(Reject::Truncated), false),
        (r#"abc\""#, Err(Reject::Truncated), false),
    ] {
        let mut cursor = Cursor::new(text.as_bytes());
        let read = cursor.string().and_then(|text| cursor.value(&text, &arena));
        assert_eq!(read.map(|r| std::str::from_utf8(r).unwrap()), expected, "{text}");
        assert_eq!(cursor.recovered, recovered, "{text}");
    }
}

#[test]
fn the_first_quote_or_backslash() {
    // Neighbours of the two in value, and the same bits with the highest one set.
    for filler in [b' ', b'!', b'#', b'[', b']', 0, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
        for at in 0..40 {
            for wanted in [b'"', b'\\'] {
                let mut text = vec![filler; 40];
                assert_eq!(quote_or_backslash(&text[..at]), None);
                text[at] = wanted;
                text[at + 1..].fill(b'"');
                assert_eq!(quote_or_backslash(&text), Some(at), "{filler}");
            }
        }
    }
}

#[test]
fn brackets_must_match_and_end() {
    for (text, expected) in [
        (r#"{"a":[1,{"b":"}]"}],"c":{}},"#, Ok(())),
        (r#"[1}"#, Err(Reject::Json)),
        (r#"{"a":[1,2}"#, Err(Reject::Json)),
        (r#"{"a":[1,2]"#, Err(Reject::Truncated)),
    ] {
        assert_eq!(Cursor::new(text.as_bytes()).skip(1), expected, "{text}");
    }
    let deep = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
    assert_eq!(Cursor::new(deep(63).as_bytes()).skip(1), Ok(()));
    assert_eq!(Cursor::new(deep(64).as_bytes()).skip(1), Err(Reject::Json));
    assert_eq!(Cursor::new(deep(1_000_000).as_bytes()).skip(1), Err(Reject::Json));
}
