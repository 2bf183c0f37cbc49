//! The inside of elements: where they end, what makes one an envelope, and what shows damage.

use wide::u8x16;

use super::{Before, Framer, HOLD, State};

/// A key whose array of objects is the log, and the rest of the object only its cover.
pub(super) struct Envelope {
    pub(super) key: &'static str,
    /// The name means nothing else in an access log. Other keys may stand before it, and an empty
    /// array is an empty envelope. A key that is not sure must be the first one.
    sure: bool,
}

/// The envelopes that are known. Not among them is `hits`: those of Elasticsearch lie deeper, and
/// hold the line in their `_source`.
const ENVELOPES: [Envelope; 6] = [
    // Azure Event Hub, diagnostic settings.
    Envelope { key: "records", sure: true },
    // AWS, CloudTrail and what is modelled on it.
    Envelope { key: "Records", sure: true },
    // CloudWatch Logs subscriptions; it is their last key.
    Envelope { key: "logEvents", sure: true },
    // Cloudflare's `batch_prefix`, `aws logs get-log-events`. Traces have `events` in a span.
    Envelope { key: "events", sure: false },
    // Google Cloud Logging, `entries.list`.
    Envelope { key: "entries", sure: false },
    // HTTP sinks of shippers. Traces have `logs` in a span.
    Envelope { key: "logs", sure: false },
];

/// So many open brackets are told apart; those inside of them are only counted.
pub(super) const KNOWN_DEPTH: u32 = u64::BITS;

impl Framer {
    /// Reads on in an element, to its end or that of the text. What is not changed is copied in
    /// runs, from `run` on.
    pub(super) fn element(&mut self, text: &[u8], mut at: usize) -> usize {
        let mut run = at;
        loop {
            if self.string {
                at = self.string(text, &mut run, at);
            } else if self.indent {
                at += blanks(&text[at..]);
                run = at;
                self.indent = at == text.len();
            }
            let Some(&byte) = text.get(at) else { break };
            match byte {
                b'"' => {
                    if !matches!(self.before, Before::Open | Before::Comma | Before::Colon) {
                        return self.damage(text, run, at);
                    }
                    self.string = true;
                }
                b':' => {
                    // A bare list of nginx: `0.002 : 0.003`.
                    if self.before != Before::Scalar {
                        self.before = Before::Colon;
                    }
                }
                b',' => self.before = Before::Comma,
                b' ' | b'\t' => {}
                b'\n' | b'\r' => {
                    self.out.extend_from_slice(&text[run..at]);
                    run = at + 1;
                    self.indent = true;
                    if self.before == Before::Scalar {
                        self.before = Before::ScalarBreak;
                    }
                }
                b'{' | b'[' => {
                    let may_stand = match self.before {
                        Before::Colon => true,
                        Before::Open | Before::Comma => !self.in_object(),
                        _ => false,
                    };
                    if !may_stand {
                        return self.damage(text, run, at);
                    }
                    self.out.extend_from_slice(&text[run..at]);
                    run = at;
                    if byte == b'{' && self.opens_envelope() {
                        self.enter_envelope();
                        return at;
                    }
                    if byte == b'[' && self.depth == 1 {
                        self.candidate = self.candidate();
                    }
                    self.open(byte == b'{');
                }
                b'}' | b']' => {
                    if if byte == b'}' { self.in_array() } else { self.in_object() } {
                        return self.damage(text, run, at);
                    }
                    if byte == b']' && self.candidate.is_some_and(|key| key.sure) {
                        self.out.extend_from_slice(&text[run..at]);
                        run = at;
                        if self.opens_envelope() {
                            self.enter_envelope();
                            return at;
                        }
                    }
                    self.close();
                    if self.depth == 0 {
                        self.out.extend_from_slice(&text[run..=at]);
                        self.end_element();
                        return at + 1;
                    }
                }
                _ => {
                    match self.before {
                        Before::String | Before::Close => return self.damage(text, run, at),
                        Before::Open if self.in_object() => return self.damage(text, run, at),
                        // Two values must not become one.
                        Before::ScalarBreak => self.out.push(b' '),
                        _ => {}
                    }
                    self.before = Before::Scalar;
                }
            }
            at += 1;
        }
        self.out.extend_from_slice(text.get(run..).unwrap_or_default());
        text.len()
    }

    /// Reads on in a string, and returns where it ends, or the text.
    #[inline]
    fn string(&mut self, text: &[u8], run: &mut usize, mut at: usize) -> usize {
        loop {
            if self.escape {
                let Some(&escaped) = text.get(at) else { return at };
                self.escape = false;
                at += usize::from(escaped != b'\n');
            }
            at += string_stop(&text[at..]);
            let Some(&byte) = text.get(at) else { return at };
            at += 1;
            match byte {
                b'"' => {
                    self.string = false;
                    self.before = Before::String;
                    return at;
                }
                b'\\' => self.escape = true,
                _ => {
                    self.out.extend_from_slice(&text[*run..at - 1]);
                    self.out.push(b' ');
                    *run = at;
                }
            }
        }
    }

    /// Whether the innermost open bracket is known to be that of an object.
    #[inline]
    fn in_object(&self) -> bool {
        self.objects & 1 == 1 && self.depth <= KNOWN_DEPTH
    }

    /// Whether the innermost open bracket is known to be that of an array.
    #[inline]
    fn in_array(&self) -> bool {
        self.objects & 1 == 0 && self.depth <= KNOWN_DEPTH
    }

    #[inline]
    fn open(&mut self, object: bool) {
        if self.depth < KNOWN_DEPTH {
            self.objects = self.objects << 1 | u64::from(object);
        }
        self.depth += 1;
        self.before = Before::Open;
    }

    #[inline]
    fn close(&mut self) {
        if self.depth <= KNOWN_DEPTH {
            self.objects >>= 1;
        }
        self.depth -= 1;
        self.before = Before::Close;
    }

    fn end_element(&mut self) {
        if self.cover {
            self.out.truncate(self.line);
            self.cover = false;
            self.start_line();
            self.state = State::Between;
        } else {
            self.end_line();
        }
    }

    /// The element cannot go on with the byte at `at`: its end was lost, or it is none.
    #[cold]
    fn damage(&mut self, text: &[u8], run: usize, at: usize) -> usize {
        self.damaged = true;
        self.out.extend_from_slice(&text[run..at]);
        let ends = std::mem::take(&mut self.cover) && self.cut_cover();
        match text[at] {
            _ if ends => self.state = State::Between,
            b'}' => {
                self.out.push(b'}');
                self.end_line();
                return at + 1;
            }
            b'{' | b'[' | b']' => self.end_line(),
            _ => self.state = State::Stray,
        }
        at
    }

    /// The rest of an envelope is damaged: it is given out like other damaged elements, as much of
    /// it as is sure to be there. Whether there is nothing of it.
    pub(super) fn cut_cover(&mut self) -> bool {
        self.out.truncate(self.line + HOLD);
        let nothing = self.out[self.line..].trim_ascii().is_empty();
        if nothing {
            self.out.truncate(self.line);
        }
        nothing
    }

    /// The envelope whose array starts now, behind the last key in `out`.
    fn candidate(&self) -> Option<&'static Envelope> {
        if self.cover || self.before != Before::Colon || !self.is_held() {
            return None;
        }
        let line = self.out[self.line..].trim_ascii_end();
        let key = line.strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
        ENVELOPES.iter().find(|envelope| {
            let before = key.strip_suffix(envelope.key.as_bytes());
            let Some(before) = before.and_then(|before| before.strip_suffix(b"\"")) else {
                return false;
            };
            // The quote before the key must open it: `"x\"records"` is another key.
            let before = before.trim_ascii_end();
            before == b"{" || envelope.sure && before.ends_with(b",")
        })
    }

    /// Whether the array of the candidate opened just now.
    #[inline]
    fn opens_envelope(&self) -> bool {
        self.candidate.is_some()
            && self.depth == 2
            && self.before == Before::Open
            && self.in_array()
            && self.is_held()
    }

    /// What was read of the element is the start of an envelope, and goes.
    fn enter_envelope(&mut self) {
        self.found = self.candidate.take();
        self.out.truncate(self.line);
        self.envelope = true;
        self.state = State::Between;
    }
}

/// How many bytes of `text` are white space.
#[inline]
fn blanks(text: &[u8]) -> usize {
    let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    text.iter().position(|byte| !white(byte)).unwrap_or(text.len())
}

/// Where the first quote, backslash or line break is; the length when there is none. Sixteen bytes
/// at once, as in the JSON parser: the strings of a log are shorter than a call to `memchr` pays for.
#[inline]
fn string_stop(text: &[u8]) -> usize {
    let (blocks, rest) = text.as_chunks::<16>();
    for (at, block) in blocks.iter().enumerate() {
        let bytes = u8x16::new(*block);
        let found = bytes.simd_eq(u8x16::splat(b'"'))
            | bytes.simd_eq(u8x16::splat(b'\\'))
            | bytes.simd_eq(u8x16::splat(b'\n'));
        let found = found.to_bitmask();
        if found != 0 {
            return at * 16 + found.trailing_zeros() as usize;
        }
    }
    let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | b'\n');
    text.len() - rest.len() + rest.iter().position(stop).unwrap_or(rest.len())
}
