//! What the first bytes of a source say that it is, and the decompressors.

use std::io::{self, BufReader, Read};

/// How a source is compressed. Its first bytes say so; its name is never asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Text as it is.
    None,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames, skippable frames among them.
    Zstd,
    /// bzip2, any number of streams.
    Bzip2,
    /// xz, any number of streams.
    Xz,
}

impl Compression {
    /// The name that the report carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }
}

/// How many bytes of a source [`sniff`] wants to see, at most.
pub(super) const MAGIC_LEN: usize = 10;

/// A zstd frame may ask for a window of 2^this bytes, 128 MiB: the most that `zstd -19 --long` or
/// `--ultra -22` writes. More is refused before it is allocated.
const ZSTD_WINDOW_LOG: u32 = 27;

/// The most memory that an xz stream may ask for. `xz -9` needs 65 MiB.
const XZ_MEMORY: u64 = 256 << 20;

/// Compressed bytes are read in pieces of this size.
const READ: usize = 128 << 10;

/// Tells by the first bytes how a source is compressed. `Err` says what it is instead of a log.
pub(super) fn sniff(head: &[u8]) -> Result<Compression, String> {
    Ok(match head {
        [0x1f, 0x8b, 0x08, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        // "BZh", the level, then the mark of a block or, in an empty file, of the end.
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
            Compression::Bzip2
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
        [b'P', b'K', 3, 4, ..] => return Err(refused("a zip archive", "unpack it first")),
        [0x04, 0x22, 0x4d, 0x18, ..] => {
            return Err(refused("lz4 data", "use 'lz4 -dc FILE | statlog analyze -'"));
        }
        [0x1f, 0x9d, ..] => {
            return Err(refused("compress (.Z) data", "use 'zcat FILE | statlog analyze -'"));
        }
        _ => {
            text_start(head)?;
            Compression::None
        }
    })
}

/// Whether [`sniff`] needs more than these first bytes. A live pipe may hold a short line and then
/// be silent: it must not wait for bytes that decide nothing.
pub(super) fn undecided(head: &[u8]) -> bool {
    const MAGIC: [&[u8]; 6] = [
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zXZ\x00",
        b"PK\x03\x04",
        b"\x04\x22\x4d\x18",
        b"\x1f\x9d",
    ];
    let starts = |magic: &[u8]| magic.len() > head.len() && magic.starts_with(head);
    let skippable = |head: &[u8]| matches!(head, [0x50..=0x5f, rest @ ..] if rest.len() < 3 && b"*M\x18".starts_with(rest));
    let bzip2 = starts(b"BZh") || head.starts_with(b"BZh") && head.len() < MAGIC_LEN;
    MAGIC.iter().any(|magic| starts(magic)) || skippable(head) || bzip2 || text_undecided(head)
}

/// Whether [`text_start`] needs more than these first bytes.
pub(super) fn text_undecided(head: &[u8]) -> bool {
    matches!(head, [] | [0xef] | [0xef, 0xbb] | [0xff] | [0xfe])
}

fn refused(what: &str, instead: &str) -> String {
    format!("is {what}, which is not read; {instead}")
}

/// How many bytes of a byte-order mark the text starts with. UTF-16 is refused.
pub(super) fn text_start(head: &[u8]) -> Result<usize, String> {
    let utf16 = |name| {
        let iconv = "use 'iconv -f UTF-16 -t UTF-8 FILE | statlog analyze -'";
        Err(refused(&format!("{name} text"), iconv))
    };
    match head {
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        [0xff, 0xfe, ..] => utf16("UTF-16 (little-endian)"),
        [0xfe, 0xff, ..] => utf16("UTF-16 (big-endian)"),
        _ => Ok(0),
    }
}

/// Puts the decompressor before `raw`.
pub(super) fn decoder(
    compression: Compression,
    raw: Box<dyn Read + Send>,
) -> io::Result<Box<dyn Read + Send>> {
    if compression == Compression::None {
        return Ok(raw);
    }
    let raw = BufReader::with_capacity(READ, raw);
    Ok(match compression {
        Compression::None | Compression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(raw))
        }
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(raw)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
        Compression::Xz => {
            let concatenated = liblzma::stream::CONCATENATED;
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, concatenated)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(raw, stream))
        }
    })
}

/// What to tell the user about an error in the middle of a source.
pub(super) fn explain(compression: Compression, error: &io::Error) -> String {
    let name = compression.name();
    let kept = "the lines before that were counted";
    // The libraries give no kind of error for these two, only words.
    let text = error.to_string();
    if compression == Compression::None {
        return super::paths::cause(error);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return format!("ends in the middle of its {name} data; {kept}");
    }
    if text.contains("too much memory") {
        return "its zstd window is over 128 MiB; use 'zstd -dc --long=31 FILE | statlog analyze -'"
            .to_owned();
    }
    if text.contains("memory limit") {
        return "its xz data needs more than 256 MiB; use 'xz -dc FILE | statlog analyze -'"
            .to_owned();
    }
    if error.raw_os_error().is_some() {
        return format!("{}; {kept}", super::paths::cause(error));
    }
    format!("its {name} data is damaged ({text}); {kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        let cases: [(&[u8], Result<Compression, &str>); 14] = [
            (b"", Ok(Compression::None)),
            (b"127.0.0.1 - - [", Ok(Compression::None)),
            (b"\x1f\x8b\x08\x00", Ok(Compression::Gzip)),
            (b"\x1f\x8b", Ok(Compression::None)),
            (b"\x28\xb5\x2f\xfd\x00", Ok(Compression::Zstd)),
            (b"\x52\x2a\x4d\x18\x00", Ok(Compression::Zstd)),
            (b"BZh91AY&SY", Ok(Compression::Bzip2)),
            (b"BZh9\x17\x72\x45\x38\x50\x90", Ok(Compression::Bzip2)),
            (b"BZh9 is a user", Ok(Compression::None)),
            (b"\xfd7zXZ\x00", Ok(Compression::Xz)),
            (b"PK\x03\x04", Err("zip")),
            (b"\xff\xfe1\x00", Err("UTF-16 (little-endian)")),
            (b"\xfe\xff\x001", Err("UTF-16 (big-endian)")),
            (b"\xef\xbb\xbf1", Ok(Compression::None)),
        ];
        for (head, want) in cases {
            match (sniff(head), want) {
                (Ok(got), Ok(want)) => assert_eq!(got, want, "{}", head.escape_ascii()),
                (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
                (got, want) => panic!("{}: {got:?}, wanted {want:?}", head.escape_ascii()),
            }
        }
    }

    #[test]
    fn no_more_is_waited_for_than_decides() {
        let undecided: [&[u8]; 8] =
            [b"", b"\x1f", b"\x28\xb5\x2f", b"P", b"_*M", b"BZ", b"BZh91AY&S", b"\xef\xbb"];
        assert!(undecided.iter().all(|head| super::undecided(head)));
        let decided: [&[u8]; 6] =
            [b"1", b"PO", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xef\xbb\xbf", b"Bo"];
        assert!(!decided.iter().any(|head| super::undecided(head)));
    }
}
