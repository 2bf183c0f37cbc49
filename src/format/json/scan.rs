//! A cursor over one JSON text: finds where things end, copies nothing.

use crate::record::Reject;
use bumpalo::Bump;
use wide::u8x16;

/// Deepest nesting that is read; the top object counts.
pub(in crate::format) const MAX_DEPTH: u32 = 64;

/// Largest power of ten that is written out; anything beyond is no number of a log.
const MAX_EXPONENT: usize = 64;

/// A place in a JSON text. Methods start where their thing starts and end behind it.
///
/// The end of the text within a thing is [`Reject::Truncated`]; what is no JSON is
/// [`Reject::Json`].
pub(in crate::format) struct Cursor<'a> {
    rest: &'a [u8],
    /// Something that is no JSON was read leniently.
    pub(in crate::format) recovered: bool,
}

/// A string between its quotes.
pub(in crate::format) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

/// A value without quotes or brackets.
pub(in crate::format) enum Scalar<'a> {
    /// `null`
    Null,
    /// `true`, `false`, a number, or a bare value that was let pass: as written.
    Plain(&'a [u8]),
    /// A number with an exponent.
    Exponent(&'a [u8]),
}

/// Bytes that are compared without a call, which costs more than to compare them: keys are short.
#[derive(Clone, Debug)]
pub(in crate::format) struct Literal {
    text: Box<[u8]>,
    /// Its first bytes, filled up with zeros.
    start: [u8; LITERAL],
    /// One bit for each byte of `start` that counts.
    counts: u32,
}

/// Longer literals are compared by a call.
const LITERAL: usize = 32;

impl Literal {
    pub(in crate::format) fn new(text: Vec<u8>) -> Self {
        let length = text.len().min(LITERAL);
        let mut start = [0; LITERAL];
        start[..length].copy_from_slice(&text[..length]);
        let counts = u32::MAX.checked_shr((LITERAL - length) as u32).unwrap_or(0);
        Self { text: text.into(), start, counts }
    }

    #[inline]
    fn starts(&self, text: &[u8]) -> bool {
        match text.first_chunk::<LITERAL>() {
            Some(first) if self.text.len() <= LITERAL => {
                let ([a, b], _) = first.as_chunks::<16>() else { return false };
                let ([c, d], _) = self.start.as_chunks::<16>() else { return false };
                let same = |a: &[u8; 16], b: &[u8; 16]| {
                    u8x16::new(*a).simd_eq(u8x16::new(*b)).to_bitmask()
                };
                (same(a, c) | same(b, d) << 16) & self.counts == self.counts
            }
            _ => text.starts_with(&self.text),
        }
    }
}

impl<'a> Text<'a> {
    /// The value, unless it has escapes.
    pub(in crate::format) fn plain(&self) -> Option<&'a [u8]> {
        (!self.escaped).then_some(self.raw)
    }
}

impl<'a> Cursor<'a> {
    pub(in crate::format) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, recovered: false }
    }

    /// Passes white space.
    #[inline]
    pub(in crate::format) fn white(&mut self) {
        // Asked three times for each key, and nearly never there.
        if self.rest.first().is_some_and(|byte| *byte > b' ') {
            return;
        }
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// The next byte, which stays.
    #[inline]
    pub(in crate::format) fn peek(&self) -> Result<u8, Reject> {
        self.rest.first().copied().ok_or(Reject::Truncated)
    }

    /// The next byte that is no white space, which stays.
    #[inline]
    pub(in crate::format) fn ahead(&mut self) -> Result<u8, Reject> {
        let next = self.peek()?;
        if next > b' ' {
            return Ok(next);
        }
        self.white();
        self.peek()
    }

    /// Takes the next byte.
    #[inline]
    pub(in crate::format) fn next(&mut self) -> Result<u8, Reject> {
        let (byte, rest) = self.rest.split_first().ok_or(Reject::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// Takes the next byte that is no white space.
    #[inline]
    pub(in crate::format) fn token(&mut self) -> Result<u8, Reject> {
        match self.next()? {
            b' ' | b'\t' | b'\n' | b'\r' => {
                self.white();
                self.next()
            }
            byte => Ok(byte),
        }
    }

    /// Takes `byte`, which must be next.
    #[inline]
    pub(in crate::format) fn expect(&mut self, byte: u8) -> Result<(), Reject> {
        if self.next()? == byte { Ok(()) } else { Err(Reject::Json) }
    }

    /// Takes `literal` if it is next.
    #[inline]
    pub(in crate::format) fn take(&mut self, literal: &Literal) -> bool {
        let found = literal.starts(self.rest);
        if found {
            self.rest = &self.rest[literal.text.len()..];
        }
        found
    }

    /// Number of bytes that are left.
    #[inline]
    pub(in crate::format) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Whether nothing but white space is left.
    pub(in crate::format) fn at_end(&mut self) -> bool {
        self.white();
        self.rest.is_empty()
    }

    /// The rest of a string whose opening quote was taken.
    ///
    /// Bytes are not looked at: raw control characters and bytes that are no UTF-8 pass. Escapes
    /// are, as they tell a template from before nginx's `escape=json` (`\x22`) or Apache's (`\v`).
    ///
    /// Inlined by force, the search in it is not: 200 instructions less for a line of 13 keys.
    #[inline(always)]
    pub(in crate::format) fn string(&mut self) -> Result<Text<'a>, Reject> {
        let end = quote_or_backslash(self.rest).ok_or(Reject::Truncated)?;
        let raw = &self.rest[..end];
        if self.rest[end] == b'"' {
            self.rest = &self.rest[end + 1..];
            return Ok(Text { raw, escaped: false });
        }
        self.escaped_string(end)
    }

    /// A string whose first backslash is at `at`.
    #[cold]
    fn escaped_string(&mut self, mut at: usize) -> Result<Text<'a>, Reject> {
        let text = self.rest;
        while text[at] == b'\\' {
            match text.get(at + 1).ok_or(Reject::Truncated)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' => {}
                b'x' | b'v' => self.recovered = true,
                _ => return Err(Reject::Json),
            }
            at += 2;
            at += quote_or_backslash(&text[at..]).ok_or(Reject::Truncated)?;
        }
        self.rest = &text[at + 1..];
        Ok(Text { raw: &text[..at], escaped: true })
    }

    /// The value of a string; one with escapes is copied into `arena`.
    #[inline]
    pub(in crate::format) fn value(
        &mut self,
        text: &Text<'a>,
        arena: &'a Bump,
    ) -> Result<&'a [u8], Reject> {
        if text.escaped { self.unescape(text.raw, arena) } else { Ok(text.raw) }
    }

    #[cold]
    fn unescape(&mut self, raw: &[u8], arena: &'a Bump) -> Result<&'a [u8], Reject> {
        // No escape is shorter than what it stands for.
        let out = arena.alloc_slice_copy(raw);
        let (mut from, mut to) = (0, 0);
        while from < raw.len() {
            // Lines within JSON have an escape for every quote, so what is between is short, but
            // still copied faster at once than byte by byte.
            let plain = memchr::memchr(b'\\', &raw[from..]).unwrap_or(raw.len() - from);
            out[to..to + plain].copy_from_slice(&raw[from..from + plain]);
            (from, to) = (from + plain, to + plain);
            if from == raw.len() {
                break;
            }
            let escape = raw.get(from + 1).ok_or(Reject::Json)?;
            from += 2;
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
    pub(in crate::format) fn scalar(&mut self) -> Result<Scalar<'a>, Reject> {
        let text = self.rest;
        let end = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
        // Nearly all are plain numbers: `200`, `0.120`.
        let whole = digits(text);
        let mut length = whole;
        if let [b'.', fraction @ ..] = &text[whole..] {
            length += 1 + digits(fraction);
        }
        let is_number = whole == 1 || whole > 1 && text[0] != b'0';
        if is_number && length != whole + 1 && text.get(length).is_some_and(end) {
            self.rest = &text[length..];
            return Ok(Scalar::Plain(&text[..length]));
        }
        let length = text.iter().position(end).ok_or(Reject::Truncated)?;
        self.rest = &text[length..];
        self.classify(&text[..length])
    }

    /// A value of a list of upstream attempts without quotes: [`Cursor::scalar`], or
    /// `0.001, 0.002 : 0.003`, which goes on until a comma before a quote, or a bracket.
    pub(in crate::format) fn list(&mut self) -> Result<Scalar<'a>, Reject> {
        let text = self.rest;
        let mut at = 0;
        loop {
            let stop = |b: &u8| matches!(b, b',' | b'}' | b']' | b'"');
            at += text[at..].iter().position(stop).ok_or(Reject::Truncated)?;
            match text[at] {
                b'"' => return Err(Reject::Json),
                b',' => {
                    let after = text[at + 1..].trim_ascii_start();
                    if *after.first().ok_or(Reject::Truncated)? == b'"' {
                        break;
                    }
                    at += 1;
                }
                _ => break,
            }
        }
        self.rest = &text[at..];
        let list = text[..at].trim_ascii_end();
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
    pub(in crate::format) fn skip(&mut self, depth: u32) -> Result<(), Reject> {
        match self.peek()? {
            b'"' => {
                self.next()?;
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
    pub(in crate::format) fn skip_open(&mut self, open: u8, depth: u32) -> Result<(), Reject> {
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

/// The first `"` or `\`. Sixteen bytes at once, as every x86-64 has them, cost less than the call to
/// `memchr2` up to 130 bytes; few values are longer.
#[inline(never)]
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    let (blocks, rest) = text.as_chunks::<16>();
    for (at, block) in blocks.iter().enumerate() {
        let bytes = u8x16::new(*block);
        let found = bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'));
        let found = found.to_bitmask();
        if found != 0 {
            return Some(at * 16 + found.trailing_zeros() as usize);
        }
    }
    let last = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(text.len() - rest.len() + last)
}

/// How many digits `text` starts with.
#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len())
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
pub(in crate::format) fn written_out<'a>(
    number: &[u8],
    arena: &'a Bump,
) -> Result<&'a [u8], Reject> {
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
    let zeros = [b'0'; MAX_EXPONENT];
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
mod tests;
