//! A cursor over one JSON text: finds where things end, copies nothing.

use crate::record::Reject;
use bumpalo::Bump;

/// Deepest nesting that is read; the top object counts.
pub(super) const MAX_DEPTH: u32 = 64;

/// Largest power of ten that is written out; anything beyond is no number of a log.
const MAX_EXPONENT: usize = 64;

/// A place in a JSON text. Methods start where their thing starts and end behind it.
///
/// The end of the text within a thing is [`Reject::Truncated`]; what is no JSON is
/// [`Reject::Json`].
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    /// Something that is no JSON was read leniently.
    pub(super) recovered: bool,
}

/// A string between its quotes.
pub(super) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

/// A value without quotes or brackets.
pub(super) enum Scalar<'a> {
    /// `null`
    Null,
    /// `true`, `false`, a number, or a bare value that was let pass: as written.
    Plain(&'a [u8]),
    /// A number with an exponent.
    Exponent(&'a [u8]),
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, recovered: false }
    }

    /// Passes white space.
    #[inline]
    pub(super) fn white(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte, which stays.
    #[inline]
    pub(super) fn peek(&self) -> Result<u8, Reject> {
        self.text.get(self.at).copied().ok_or(Reject::Truncated)
    }

    /// Takes the next byte.
    #[inline]
    pub(super) fn next(&mut self) -> Result<u8, Reject> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    /// Takes `byte`, which must be next.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Reject> {
        if self.next()? == byte { Ok(()) } else { Err(Reject::Json) }
    }

    /// Takes `literal` if it is next.
    #[inline]
    pub(super) fn take(&mut self, literal: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(literal);
        if found {
            self.at += literal.len();
        }
        found
    }

    /// Whether nothing but white space is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.white();
        self.at == self.text.len()
    }

    /// The rest of a string whose opening quote was taken.
    ///
    /// Bytes are not looked at: raw control characters and bytes that are no UTF-8 pass. Escapes
    /// are, as they tell a template from before nginx's `escape=json` (`\x22`) or Apache's (`\v`).
    #[inline]
    pub(super) fn string(&mut self) -> Result<Text<'a>, Reject> {
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = &self.text[self.at..];
            let found = memchr::memchr2(b'"', b'\\', rest).ok_or(Reject::Truncated)?;
            let at = self.at + found;
            if rest[found] == b'"' {
                self.at = at + 1;
                return Ok(Text { raw: &self.text[start..at], escaped });
            }
            escaped = true;
            match rest.get(found + 1).ok_or(Reject::Truncated)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' => {}
                b'x' | b'v' => self.recovered = true,
                _ => return Err(Reject::Json),
            }
            self.at = at + 2;
        }
    }

    /// The value of a string; one with escapes is copied into `arena`.
    #[inline]
    pub(super) fn value(&mut self, text: &Text<'a>, arena: &'a Bump) -> Result<&'a [u8], Reject> {
        if text.escaped { self.unescape(text.raw, arena) } else { Ok(text.raw) }
    }

    #[cold]
    fn unescape(&mut self, raw: &[u8], arena: &'a Bump) -> Result<&'a [u8], Reject> {
        // No escape is shorter than what it stands for.
        let out = arena.alloc_slice_copy(raw);
        let (mut from, mut to) = (0, 0);
        while let Some(&byte) = raw.get(from) {
            from += 1;
            if byte != b'\\' {
                out[to] = byte;
                to += 1;
                continue;
            }
            let escape = raw.get(from).ok_or(Reject::Json)?;
            from += 1;
            out[to] = match escape {
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 11,
                b'x' => {
                    let code = hex(raw, from, 2)?;
                    from += 2;
                    code as u8
                }
                b'u' => {
                    let mut code = hex(raw, from, 4)?;
                    from += 4;
                    if (0xD800..0xDC00).contains(&code)
                        && raw[from..].starts_with(b"\\u")
                        && let low @ 0xDC00..0xE000 = hex(raw, from + 2, 4)?
                    {
                        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                        from += 6;
                    }
                    // Half a surrogate pair is no character.
                    self.recovered |= char::from_u32(code).is_none();
                    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                    to += char.encode_utf8(&mut out[to..]).len();
                    continue;
                }
                other => *other,
            };
            to += 1;
        }
        Ok(&out[..to])
    }

    /// A number, `null`, `true`, `false`; or what a template wrote there without quotes: nothing,
    /// `-`, a number with leading zeros (nginx's status `000`).
    #[inline]
    pub(super) fn scalar(&mut self) -> Result<Scalar<'a>, Reject> {
        let rest = &self.text[self.at..];
        let end = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
        let length = rest.iter().position(end).ok_or(Reject::Truncated)?;
        self.at += length;
        self.classify(&rest[..length])
    }

    /// A value of a list of upstream attempts without quotes: [`Cursor::scalar`], or
    /// `0.001, 0.002 : 0.003`, which goes on until a comma before a quote, or a bracket.
    pub(super) fn list(&mut self) -> Result<Scalar<'a>, Reject> {
        let start = self.at;
        loop {
            let rest = &self.text[self.at..];
            let stop = |b: &u8| matches!(b, b',' | b'}' | b']' | b'"');
            let length = rest.iter().position(stop).ok_or(Reject::Truncated)?;
            self.at += length;
            match rest[length] {
                b'"' => return Err(Reject::Json),
                b',' => {
                    let after = rest[length + 1..].trim_ascii_start();
                    if *after.first().ok_or(Reject::Truncated)? == b'"' {
                        break;
                    }
                    self.at += 1;
                }
                _ => break,
            }
        }
        let list = self.text[start..self.at].trim_ascii_end();
        self.classify(list).or_else(|reject| {
            let item = |b: &u8| b.is_ascii_alphanumeric() || b" ,.:-_/[]".contains(b);
            self.recovered = true;
            if list.iter().all(item) { Ok(Scalar::Plain(list)) } else { Err(reject) }
        })
    }

    fn classify(&mut self, token: &'a [u8]) -> Result<Scalar<'a>, Reject> {
        match token {
            b"null" => return Ok(Scalar::Null),
            b"true" | b"false" => return Ok(Scalar::Plain(token)),
            b"" | b"-" => {
                self.recovered = true;
                return Ok(Scalar::Plain(token));
            }
            _ => {}
        }
        let unsigned = token.strip_prefix(b"-").unwrap_or(token);
        let whole = digits(unsigned);
        let mut rest = &unsigned[whole..];
        if whole == 0 {
            return Err(Reject::Json);
        }
        self.recovered |= whole > 1 && unsigned[0] == b'0';
        if let [b'.', fraction @ ..] = rest {
            let length = digits(fraction);
            if length == 0 {
                return Err(Reject::Json);
            }
            rest = &fraction[length..];
        }
        match rest {
            [] => Ok(Scalar::Plain(token)),
            [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..]
                if !power.is_empty() && digits(power) == power.len() =>
            {
                Ok(Scalar::Exponent(token))
            }
            _ => Err(Reject::Json),
        }
    }

    /// Passes a value of which nothing is wanted; `depth` objects and arrays are open around it.
    /// Within an object or array only strings and brackets are looked at.
    #[inline]
    pub(super) fn skip(&mut self, depth: u32) -> Result<(), Reject> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string().map(|_| ())
            }
            b'{' | b'[' => {
                let open = self.next()?;
                self.skip_open(open, depth)
            }
            _ => self.scalar().map(|_| ()),
        }
    }

    /// Passes the rest of the object or array that `open` opened, with `depth` others around it.
    pub(super) fn skip_open(&mut self, open: u8, depth: u32) -> Result<(), Reject> {
        // One bit for each open bracket, the innermost lowest: 1 is an object.
        let mut objects = u64::from(open == b'{');
        let mut opened = 1;
        if depth >= MAX_DEPTH {
            return Err(Reject::Json);
        }
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                }
                byte @ (b'{' | b'[') => {
                    opened += 1;
                    if depth + opened > MAX_DEPTH {
                        return Err(Reject::Json);
                    }
                    objects = objects << 1 | u64::from(byte == b'{');
                }
                byte @ (b'}' | b']') => {
                    if (objects & 1 == 1) != (byte == b'}') {
                        return Err(Reject::Json);
                    }
                    objects >>= 1;
                    opened -= 1;
                    if opened == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }
}

/// How many digits `text` starts with.
#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// The number that `count` hexadecimal digits at `at` write.
fn hex(raw: &[u8], at: usize, count: usize) -> Result<u32, Reject> {
    let mut code = 0;
    for byte in raw.get(at..at + count).ok_or(Reject::Json)? {
        code = code << 4 | char::from(*byte).to_digit(16).ok_or(Reject::Json)?;
    }
    Ok(code)
}

/// A number with an exponent, written out: `2e-3` is `0.002`.
#[cold]
pub(super) fn written_out<'a>(number: &[u8], arena: &'a Bump) -> Result<&'a [u8], Reject> {
    let e = memchr::memchr2(b'e', b'E', number).ok_or(Reject::Number)?;
    let (mantissa, exponent) = (&number[..e], &number[e + 1..]);
    let (negative, power) = match exponent {
        [b'-', power @ ..] => (true, power),
        [b'+', power @ ..] | power => (false, power),
    };
    let power = power.iter().try_fold(0usize, |power, digit| {
        Some(power * 10 + usize::from(digit - b'0')).filter(|power| *power <= MAX_EXPONENT)
    });
    let power = power.ok_or(Reject::Number)?;
    let (sign, mantissa) = match mantissa {
        [b'-', mantissa @ ..] => (&b"-"[..], mantissa),
        mantissa => (&b""[..], mantissa),
    };
    let point = memchr::memchr(b'.', mantissa).unwrap_or(mantissa.len());
    let fraction = mantissa.get(point + 1..).unwrap_or_default();
    let digits = [&mantissa[..point], fraction].concat();
    // Where the point goes, counted with zeros on either side of the digits.
    let zeros = vec![b'0'; MAX_EXPONENT];
    let (before, after) =
        if negative { (power, 0) } else { (0, power.saturating_sub(fraction.len())) };
    let padded = [&zeros[..before], &digits, &zeros[..after]].concat();
    let point = if negative { point } else { point + power };
    let (whole, fraction) = padded.split_at(point);
    let whole = if whole.is_empty() { b"0" } else { whole };
    let dot = if fraction.is_empty() { &b""[..] } else { b"." };
    Ok(arena.alloc_slice_copy(&[sign, whole, dot, fraction].concat()))
}

#[cfg(test)]
mod tests {
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
}
