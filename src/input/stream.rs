//! Sources that are read in order: pipes, whatever is compressed, and JSON that is framed.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use memchr::memchr;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Options;
use super::chunk::{Chunk, PAGE, drop_leading_nuls, unfinished};
use super::compression::{self, Compression, MAGIC_LEN};
use super::framing::{Framer, Framing, LOOK_BYTES, Look};

/// How long a silent pipe is waited for before the stop flag is looked at again.
const TICK: Duration = Duration::from_millis(100);

/// Where a stream comes from.
pub(super) enum Origin {
    /// A compressed or framed file. It can be read again from its start, so a sample of it costs
    /// no memory.
    File {
        /// The open file; its own offset is neither used nor moved.
        file: Arc<File>,
        /// Where its data starts.
        start: u64,
    },
    /// A pipe, a device or a socket: what was read is gone.
    Live(Arc<File>),
    /// Any reader.
    Reader(Box<dyn Read + Send>),
}

/// The bytes of an origin as they are on disk or in the pipe. Waits for a pipe in small ticks,
/// so that nobody above has to know of `EINTR`, `EAGAIN` and the stop flag.
struct Feed {
    reader: Box<dyn Read + Send>,
    pipe: Option<Arc<File>>,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
}

impl Read for Feed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.stop.load(Relaxed) {
                return Err(io::Error::other("stopped"));
            }
            if let Some(pipe) = &self.pipe
                && !readable(pipe, TICK)
            {
                continue;
            }
            match self.reader.read(buf) {
                Ok(n) => {
                    self.count.fetch_add(n as u64, Relaxed);
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.pipe.is_none() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether a read of the pipe returns at once: with data, the end, or an error.
fn readable(pipe: &File, patience: Duration) -> bool {
    let timeout = Timespec {
        tv_sec: i64::try_from(patience.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: patience.subsec_nanos().into(),
    };
    match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&timeout)) {
        Ok(ready) => ready > 0,
        Err(rustix::io::Errno::INTR) => false,
        // What cannot be polled is read; that will say what is wrong.
        Err(_) => true,
    }
}

/// A file, read by position: the offset of a shared stdin stays where it is.
struct AtOffset {
    file: Arc<File>,
    at: u64,
}

impl Read for AtOffset {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(buf, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// A stream while it is read; its worker holds it under a lock.
pub(super) struct Stream {
    origin: Option<Origin>,
    reader: Option<Box<dyn Read + Send>>,
    /// Stands behind the reader when the text is JSON that needs it.
    framer: Option<Framer>,
    pipe: Option<Arc<File>>,
    /// A chunk is handed out as soon as it has a whole line, not when it is full.
    eager: bool,
    options: Options,
    stop: Arc<AtomicBool>,
    /// Start of a line whose end was not read yet: at most `max_line_bytes`, no newline in it.
    tail: Vec<u8>,
    /// The line that was cut last has not ended yet.
    skipping: bool,
    next_index: u64,
    /// Chunks that were taken for the sample of a live stream, to be handed out again.
    pub(super) replay: VecDeque<Sampled>,
    /// Bytes as on disk or in the pipe, read so far.
    count: Arc<AtomicU64>,
    /// Bytes of text, decompressed, read so far.
    pub(super) text: u64,
    /// NUL bytes dropped so far.
    pub(super) nuls: u64,
    /// Known when the first bytes are read.
    pub(super) compression: Option<Compression>,
    /// How the text is framed; known with the first bytes of it.
    pub(super) framing: Option<Framing>,
    /// Why the stream ended before its end.
    pub(super) error: Option<String>,
    ended: bool,
    /// No more text than this is read: for a sample.
    pub(super) limit: u64,
}

/// A chunk that was read for the sample of a live stream.
pub(super) struct Sampled {
    pub(super) text: Vec<u8>,
    index: u64,
    cut: bool,
}

impl Stream {
    pub(super) fn new(
        origin: Origin,
        options: Options,
        stop: Arc<AtomicBool>,
        count: Arc<AtomicU64>,
    ) -> Self {
        let eager = !matches!(origin, Origin::File { .. });
        Self {
            origin: Some(origin),
            reader: None,
            framer: None,
            pipe: None,
            eager,
            options,
            stop,
            tail: Vec::new(),
            skipping: false,
            next_index: 0,
            replay: VecDeque::new(),
            count,
            text: 0,
            nuls: 0,
            compression: None,
            framing: None,
            error: None,
            ended: false,
            limit: u64::MAX,
        }
    }

    /// A second reader of the same file from its start, whose counters go nowhere. `None` for a
    /// live stream.
    pub(super) fn probe(&self) -> Option<Self> {
        let Some(Origin::File { file, start }) = &self.origin else { return None };
        let origin = Origin::File { file: Arc::clone(file), start: *start };
        Some(Self::new(origin, self.options, Arc::clone(&self.stop), Arc::default()))
    }

    /// Fills the chunk. False: the stream is at its end, or the stop flag is set.
    pub(super) fn next(&mut self, chunk: &mut Chunk) -> bool {
        match self.replay.pop_front() {
            Some(sampled) => {
                chunk.load(&sampled.text, sampled.cut);
                chunk.index = sampled.index;
                true
            }
            None => self.fill(chunk),
        }
    }

    /// Fills the chunk and keeps a copy of it for [`Stream::next`].
    pub(super) fn sample(&mut self, chunk: &mut Chunk) -> bool {
        let filled = self.fill(chunk);
        if filled {
            let text = chunk.bytes().to_vec();
            self.replay.push_back(Sampled { text, index: chunk.index, cut: chunk.cut });
        }
        filled
    }

    /// Whether [`Stream::next`] has something to give that was read before.
    pub(super) fn holds_sample(&self) -> bool {
        !self.replay.is_empty()
    }

    /// Whether a pipe has something to read, or gets it in this time. True for all others.
    pub(super) fn readable(&self, patience: Duration) -> bool {
        self.holds_lines() || self.pipe.as_deref().is_none_or(|pipe| readable(pipe, patience))
    }

    /// Whether a pipe has more to read right now.
    fn more_at_once(&self) -> bool {
        self.holds_lines()
            || self.pipe.as_deref().is_some_and(|pipe| readable(pipe, Duration::ZERO))
    }

    fn holds_lines(&self) -> bool {
        self.framer.as_ref().is_some_and(Framer::holds)
    }

    /// Reads text, once. It may come to no lines yet; `None` is the end.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        let reader = self.reader.as_mut().expect("a stream is opened before it is read");
        let Some(framer) = &mut self.framer else {
            let got = reader.read(buf)?;
            self.text += got as u64;
            return Ok((got > 0).then_some(got));
        };
        if !framer.holds() && !framer.has_ended() {
            self.text += framer.read(reader)? as u64;
        }
        Ok(framer.give(buf))
    }

    fn fill(&mut self, chunk: &mut Chunk) -> bool {
        if self.ended || self.stop.load(Relaxed) || !self.open() {
            return false;
        }
        let Options { chunk_bytes, max_line_bytes } = self.options;
        chunk.prepare(max_line_bytes, chunk_bytes.max(PAGE) + max_line_bytes + PAGE);
        let base = chunk.base();
        let mut begin = base - self.tail.len();
        chunk.buf()[begin..base].copy_from_slice(&self.tail);
        self.tail.clear();
        // The unfinished line is `line..end`; before it, from `begin`, are whole lines.
        let (mut line, mut end) = (begin, base);
        loop {
            let full = base + chunk_bytes;
            let enough = end >= full || self.eager && !self.more_at_once();
            if line > begin && enough || self.text >= self.limit {
                break;
            }
            let room = if end < full { full } else { end + PAGE };
            let buf = &mut chunk.buf()[..room];
            let got = match self.read(&mut buf[end..]) {
                Ok(got) => got,
                Err(_) if self.stop.load(Relaxed) => return false,
                Err(error) => {
                    let compression = self.compression.unwrap_or(Compression::None);
                    self.error = Some(compression::explain(compression, &error));
                    // What the framer holds of the text before still comes.
                    self.framer.as_mut().and_then(|framer| {
                        framer.finish();
                        framer.give(&mut buf[end..])
                    })
                }
            };
            if self.stop.load(Relaxed) {
                return false;
            }
            let Some(got) = got else {
                // The memory of a decompressor is given back at once: there may be many streams.
                (self.ended, self.reader, self.framer, line) = (true, None, None, end);
                break;
            };
            if got == 0 {
                continue;
            }

            let mut block = end..end + got;
            if self.skipping {
                let Some(newline) = memchr(b'\n', &buf[block.clone()]) else { continue };
                self.skipping = false;
                block.start += newline + 1;
                (begin, line) = (block.start, block.start);
                end = block.start;
            }
            // NULs are dropped where a line starts: here, or behind the first newline.
            let first = if line == end {
                Some(block.start)
            } else {
                memchr(b'\n', &buf[block.clone()]).map(|newline| block.start + newline + 1)
            };
            if let Some(first) = first {
                let kept = drop_leading_nuls(&mut buf[first..block.end]);
                self.nuls += (block.end - first - kept) as u64;
                block.end = first + kept;
                line = first.max(block.start + unfinished(&buf[block.clone()]));
            }
            end = block.end;
            if end - line > max_line_bytes {
                end = line + max_line_bytes + 1;
                (chunk.cut, self.skipping, line) = (true, true, end);
                break;
            }
        }
        self.tail.extend_from_slice(&chunk.buf()[line..end]);
        (chunk.begin, chunk.end, chunk.index) = (begin, line, self.next_index);
        let filled = begin < line;
        self.next_index += u64::from(filled);
        filled
    }

    /// Looks at the first bytes and sets up what they ask for. False: there is nothing to read.
    fn open(&mut self) -> bool {
        let Some(origin) = self.origin.take() else { return self.reader.is_some() };
        let opened = self.start(origin);
        self.ended = opened.is_err();
        match opened {
            Ok(reader) => self.reader = Some(reader),
            Err(_) if self.stop.load(Relaxed) => {}
            Err(message) => self.error = Some(message),
        }
        !self.ended
    }

    fn start(&mut self, origin: Origin) -> Result<Box<dyn Read + Send>, String> {
        let reader: Box<dyn Read + Send> = match origin {
            Origin::File { file, start } => Box::new(AtOffset { file, at: start }),
            Origin::Live(file) => {
                self.pipe = Some(Arc::clone(&file));
                Box::new(file)
            }
            Origin::Reader(reader) => reader,
        };
        let (pipe, stop) = (self.pipe.clone(), Arc::clone(&self.stop));
        let feed = Feed { reader, pipe, stop, count: Arc::clone(&self.count) };
        let plain = |error: io::Error| compression::explain(Compression::None, &error);
        let mut feed: Box<dyn Read + Send> = Box::new(feed);
        let head = read_head(&mut feed, compression::undecided).map_err(plain)?;
        let compression = compression::sniff(&head)?;
        self.compression = Some(compression);

        let explain = |error: io::Error| compression::explain(compression, &error);
        let feed = Box::new(Cursor::new(head).chain(feed));
        let mut text = compression::decoder(compression, feed).map_err(explain)?;
        let mut head = read_head(&mut text, compression::text_undecided).map_err(explain)?;
        let mark = compression::text_start(&head)?;
        self.text += mark as u64;
        head.drain(..mark);
        self.framing = match look(&mut text, &mut head) {
            Ok(framing) => framing,
            Err(error) if self.stop.load(Relaxed) => return Err(explain(error)),
            Err(error) => {
                // What was read before counts, as it does later on.
                self.error = Some(explain(error));
                text = Box::new(io::empty());
                None
            }
        };
        self.framer = self.framing.map(|_| Framer::new());
        Ok(Box::new(Cursor::new(head).chain(text)))
    }
}

/// Reads on until the head tells whether the text needs framing.
fn look(reader: &mut dyn Read, head: &mut Vec<u8>) -> io::Result<Option<Framing>> {
    let mut look = Look::new();
    let mut looked_at = 0;
    loop {
        if let Some(framing) = look.at(&head[looked_at..]) {
            return Ok(framing);
        }
        looked_at = head.len();
        head.resize(LOOK_BYTES.min(looked_at + PAGE), 0);
        let got = match head.len() - looked_at {
            0 => 0,
            _ => reader.read(&mut head[looked_at..])?,
        };
        head.truncate(looked_at + got);
        if got == 0 {
            return Ok(look.end());
        }
    }
}

/// Reads the first bytes until they decide, or there are no more.
fn read_head(reader: &mut dyn Read, undecided: fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let (mut head, mut got) = (vec![0; MAGIC_LEN], 0);
    while got < head.len() && undecided(&head[..got]) {
        match reader.read(&mut head[got..])? {
            0 => break,
            n => got += n,
        }
    }
    head.truncate(got);
    Ok(head)
}
