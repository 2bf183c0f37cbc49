//! Whether a source needs framing, by its first bytes.

use super::{Framer, Framing, State};

/// So much of a source is looked at.
pub(in crate::input) const LOOK_BYTES: usize = 64 << 10;

/// A look at the head of a source. It takes the head in pieces of any size and decides with the
/// first byte that it can: a live pipe may hold a short line and then be silent.
pub(in crate::input) struct Look {
    at: At,
    framer: Framer,
}

/// What was seen of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// White space and NULs.
    Start,
    /// Behind `[`, of the first array or of one behind empty ones.
    Array,
    /// Behind `[{`.
    ArrayObject,
    /// Behind `[]`.
    EmptyArray,
    /// In the first object.
    Object {
        broken: bool,
    },
    /// Behind the first object, on its only line.
    Behind,
    /// Behind a comma after the first object.
    BehindComma,
    Decided(Option<Framing>),
}

impl Look {
    pub(in crate::input) fn new() -> Self {
        Self { at: At::Start, framer: Framer::new() }
    }

    /// Looks at the next bytes. `None`: they do not decide yet.
    pub(in crate::input) fn at(&mut self, text: &[u8]) -> Option<Option<Framing>> {
        for &byte in text {
            self.at = self.step(byte);
            if let At::Decided(framing) = self.at {
                return Some(framing);
            }
        }
        None
    }

    /// What it is when there are no more bytes to look at.
    pub(in crate::input) fn end(&self) -> Option<Framing> {
        match self.at {
            At::EmptyArray => Some(Framing::Array),
            At::Object { broken: true } | At::BehindComma => Some(Framing::Objects),
            At::Decided(framing) => framing,
            _ => None,
        }
    }

    fn step(&mut self, byte: u8) -> At {
        let white = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match self.at {
            At::Start if white || byte == 0 => At::Start,
            At::Start if byte == b'[' => At::Array,
            At::Start if byte == b'{' => {
                self.framer.frame(b"{");
                At::Object { broken: false }
            }
            At::Array if byte == b'{' => At::ArrayObject,
            At::Array if byte == b']' => At::EmptyArray,
            At::ArrayObject if matches!(byte, b'"' | b'}') => array(),
            At::EmptyArray if byte == b'\n' => array(),
            At::EmptyArray if matches!(byte, b'[' | b',') => At::Array,
            At::EmptyArray if byte == b'{' => At::ArrayObject,
            At::Array | At::ArrayObject | At::EmptyArray if white => self.at,
            At::Object { broken } => self.object(byte, broken),
            At::Behind if byte == b',' => At::BehindComma,
            At::Behind if byte == b'{' => objects(),
            At::BehindComma if matches!(byte, b'{' | b'\n') => objects(),
            At::Behind | At::BehindComma if white && byte != b'\n' => self.at,
            At::Decided(_) => self.at,
            _ => At::Decided(None),
        }
    }

    /// Inside of the first object: all of it must be sound. A look that waits for its end holds
    /// nothing back, as there is no element before that.
    fn object(&mut self, byte: u8, broken: bool) -> At {
        let in_string = self.framer.string;
        self.framer.frame(&[byte]);
        let broken = broken || byte == b'\n';
        if let Some(envelope) = self.framer.found {
            return At::Decided(Some(Framing::Envelope(envelope.key)));
        }
        match self.framer.state {
            _ if self.framer.damaged || in_string && byte == b'\n' => At::Decided(None),
            State::Between if broken => objects(),
            State::Between => At::Behind,
            _ => At::Object { broken },
        }
    }
}

fn array() -> At {
    At::Decided(Some(Framing::Array))
}

fn objects() -> At {
    At::Decided(Some(Framing::Objects))
}
