//! Files, globs, stdin and compression to line-aligned, recycled chunks.
//!
//! A worker thread asks [`Input::next`] for a chunk, again and again, until it says false. What it
//! gets is whole lines of one source. The law of this room: **any chunk size, read size and number
//! of workers gives the same lines**, each in exactly one chunk, and numbered by counting those
//! of the chunks before it.
//!
//! - Plain files are cut into ranges by an atomic counter and read with `pread`, without a lock.
//!   A line belongs to the range that its first byte lies in. There is no mmap: a log that is
//!   truncated under a mapping ends the process with SIGBUS, and one that grew by small appends
//!   read 5 times slower that way.
//! - Pipes and compressed files are read in order, each under its lock: while one worker reads or
//!   decompresses, the others parse what they have, or read another one.
//! - JSON that is not one object a line (an array, an envelope such as `{"records":[...]}`, objects
//!   over many lines) is read in order too, and comes out as one object a line. Lines are counted
//!   as they come out: the number of a line is that of an element, not of a line in the file.
//!
//! One bad source does not stop the rest: its [`Source::error`] says what is wrong with it, and
//! what was read of it before that counts.

mod chunk;
mod compression;
mod file;
mod framing;
mod opening;
mod parts;
mod paths;
mod sample;
mod stream;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Duration;

pub use chunk::Chunk;
pub use compression::Compression;
pub use framing::Framing;
pub(crate) use paths::cause;
pub use sample::Sample;

use file::PlainFile;
use opening::Opening;
use parts::Parts;
use stream::{Origin, Stream};

/// How an input is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Size of a chunk in bytes; a multiple of 4096 reads fastest. 128 KiB to 1 MiB did equally
    /// well, 4 MiB was 10 % slower and 32 KiB 7 %.
    pub chunk_bytes: usize,
    /// The longest line that is kept, in bytes without its newline. Of a longer one only the start
    /// is, see [`Chunk::bytes`].
    pub max_line_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { chunk_bytes: 256 << 10, max_line_bytes: 64 << 10 }
    }
}

/// One file, pipe or stdin: what it is, and what became of reading it.
#[derive(Debug)]
pub struct Source {
    name: Vec<u8>,
    len: Option<u64>,
    place: Place,
    compression: OnceLock<Compression>,
    framing: OnceLock<Framing>,
    error: OnceLock<String>,
    bytes: Arc<AtomicU64>,
    text_bytes: AtomicU64,
    nul_bytes: AtomicU64,
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Unreadable,
    File(usize),
    Slot { at: usize, live: bool },
}

impl Source {
    fn new(name: &[u8]) -> Self {
        Self {
            name: name.to_vec(),
            len: None,
            place: Place::Unreadable,
            compression: OnceLock::new(),
            framing: OnceLock::new(),
            error: OnceLock::new(),
            bytes: Arc::default(),
            text_bytes: AtomicU64::new(0),
            nul_bytes: AtomicU64::new(0),
        }
    }

    fn unreadable(name: &[u8], error: String) -> Self {
        Self { error: OnceLock::from(error), ..Self::new(name) }
    }

    /// The name as it was given or matched, `-` for stdin. It may hold any byte but NUL.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// How it is compressed. `None` as long as nothing was read of a pipe, and for a source that
    /// could not be opened.
    pub fn compression(&self) -> Option<Compression> {
        self.compression.get().copied()
    }

    /// How JSON that is not one object a line is written, whose elements the lines are. `None` for
    /// all else, and as long as nothing was read of a pipe or a compressed file. Such a file is
    /// read to its end, also when it grows meanwhile.
    pub fn framing(&self) -> Option<Framing> {
        self.framing.get().copied()
    }

    /// Length on disk in bytes at opening; `None` for a pipe.
    pub fn len(&self) -> Option<u64> {
        self.len
    }

    /// Whether it is a file without content.
    pub fn is_empty(&self) -> bool {
        self.len == Some(0)
    }

    /// Whether it is a pipe or the like: it can be read once, and perhaps without end.
    pub fn is_stream(&self) -> bool {
        matches!(self.place, Place::Slot { live: true, .. })
    }

    /// Why it could not be read, or not to its end: a cause and what to do, to be printed behind
    /// the name. It holds no control characters.
    pub fn error(&self) -> Option<&str> {
        self.error.get().map(String::as_str)
    }

    /// Bytes read so far, as they are on disk.
    pub fn bytes_read(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Bytes of text read so far, after decompression and before framing.
    pub fn text_bytes(&self) -> u64 {
        self.text_bytes.load(Relaxed)
    }

    /// NUL bytes that were dropped from the starts of lines so far.
    pub fn nul_bytes(&self) -> u64 {
        self.nul_bytes.load(Relaxed)
    }

    /// Records an error; the first one stays.
    fn fail(&self, error: String) {
        let _ = self.error.set(error);
    }
}

/// Something that the user should know about an argument that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The name as it was given or matched. It may hold any byte but NUL.
    pub name: Vec<u8>,
    /// What is wrong, to be printed behind the name. It holds no control characters.
    pub message: String,
}

/// All sources of a run, shared by its worker threads.
pub struct Input {
    sources: Vec<Source>,
    warnings: Vec<Warning>,
    files: Vec<Ranges>,
    /// Which ranges of the files are read.
    parts: Parts,
    next_range: AtomicU64,
    slots: Vec<Slot>,
    /// So many slots, at the front, are compressed or framed files.
    packed: usize,
    stop: Arc<AtomicBool>,
    options: Options,
}

/// A plain file and its part of the numbers that `next_range` counts through.
struct Ranges {
    file: PlainFile,
    first: u64,
    count: u64,
    ended: AtomicBool,
}

/// A stream and its lock.
struct Slot {
    source: usize,
    ended: AtomicBool,
    stream: Mutex<Stream>,
}

impl Input {
    /// Opens everything that the arguments name: paths, globs (when no such file exists, so they
    /// may be quoted) and `-` for stdin. What cannot be read becomes a source with an
    /// [error](Source::error); a file that is given twice is read once, with a [`Warning`].
    ///
    /// Files are read to the length that they have now.
    pub fn open(arguments: &[OsString], options: Options) -> Self {
        Self::open_stoppable(arguments, options, Arc::default())
    }

    /// [`Input::open`] with a [stop flag](Input::stop) that is there already: for a second pass
    /// over the same files.
    pub fn open_stoppable(arguments: &[OsString], options: Options, stop: Arc<AtomicBool>) -> Self {
        let mut opening = Opening::new(options, stop);
        for argument in arguments {
            if argument == "-" {
                opening.stdin();
                continue;
            }
            match paths::expand(argument) {
                Ok(paths) => paths.iter().for_each(|path| opening.path(path)),
                Err(error) => opening.unreadable(argument.as_bytes(), error),
            }
        }
        opening.finish()
    }

    /// Reads from readers instead of files, each with a name. They may be compressed.
    pub fn from_readers(readers: Vec<(String, Box<dyn Read + Send>)>, options: Options) -> Self {
        let mut opening = Opening::new(options, Arc::default());
        for (name, reader) in readers {
            opening.stream(Source::new(name.as_bytes()), Origin::Reader(reader));
        }
        opening.finish()
    }

    /// Everything that was named, in the order given, the unreadable too.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// What was left out.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The flag that ends the reading, for a signal handler to set: every `next` returns false
    /// then, within a tenth of a second even when a pipe is silent.
    pub fn stop(&self) -> &Arc<AtomicBool> {
        &self.stop
    }

    /// Bytes on disk of all sources; `None` when there is a pipe among them.
    pub fn bytes_total(&self) -> Option<u64> {
        let readable = self.sources.iter().filter(|source| source.place != Place::Unreadable);
        readable.map(|source| source.len).sum()
    }

    /// Bytes read so far, as they are on disk.
    pub fn bytes_read(&self) -> u64 {
        self.sources.iter().map(Source::bytes_read).sum()
    }

    /// Lines to tell the format of a source by. For the time before the first [`Input::next`], on
    /// one thread; nothing is lost to `next` by it.
    ///
    /// Of a pipe it waits for 200 lines or its end (or the stop flag). With `patience` one line is
    /// enough when no more come within that time: for a live view. What it then returns depends on
    /// the writer's pace.
    pub fn sample(&self, source: usize, patience: Option<Duration>) -> Sample {
        self.sample_behind(source, 0, patience)
    }

    /// The same from behind the first lines, for a log that begins with others; lines that are too
    /// long are not among them. Without a line when so many are not within the first 4 MiB.
    pub fn sample_behind(&self, source: usize, lines: usize, patience: Option<Duration>) -> Sample {
        let this = &self.sources[source];
        match this.place {
            Place::Unreadable => Sample::default(),
            Place::File(at) => sample::of_file(&self.files[at].file, lines, self.options)
                .unwrap_or_else(|error| {
                    this.fail(paths::cause(&error));
                    Sample::default()
                }),
            Place::Slot { at, live } => {
                let mut stream = lock(&self.slots[at].stream);
                let mut probe = stream.probe();
                let reader = probe.as_mut().unwrap_or(&mut stream);
                let sample = sample::of_stream(reader, live, lines, patience, self.options);
                self.publish(this, reader, live);
                sample
            }
        }
    }

    /// Fills the worker's chunk with the next lines. False: nothing is left, or the stop flag is
    /// set. The chunk may be empty: a range of a file in which no line starts.
    ///
    /// `worker` numbers the threads from 0; it only spreads them over the streams. With fewer
    /// workers than live pipes, a silent one can keep the others waiting.
    pub fn next(&self, worker: usize, chunk: &mut Chunk) -> bool {
        loop {
            if self.stop.load(Relaxed) {
                return self.sampled(chunk);
            }
            // Compressed and framed files first: each is bound to one thread at a time, so that the ranges of
            // plain files can fill up what is left. Pipes last: one may have no end.
            let start = chunk.slot.unwrap_or(worker);
            if self.try_streams(0..self.packed, start, chunk)
                || self.next_range(chunk)
                || self.try_streams(self.packed..self.slots.len(), start, chunk)
            {
                return true;
            }
            let mut left = self.slots.iter().enumerate().filter(|(_, slot)| !slot.ended());
            let Some((at, slot)) = left.next() else { return false };
            if self.read(at, lock(&slot.stream), chunk) {
                return true;
            }
        }
    }

    /// Gives what was taken from pipes for a sample: a stop does not lose it.
    fn sampled(&self, chunk: &mut Chunk) -> bool {
        self.slots.iter().enumerate().any(|(at, slot)| {
            let stream = lock(&slot.stream);
            stream.holds_sample() && self.read(at, stream, chunk)
        })
    }

    /// Reads from the first of these streams that no other worker holds.
    fn try_streams(&self, slots: std::ops::Range<usize>, start: usize, chunk: &mut Chunk) -> bool {
        let count = slots.len();
        for turn in 0..count {
            let at = slots.start + (start + turn) % count;
            let slot = &self.slots[at];
            if slot.ended() {
                continue;
            }
            let stream = match slot.stream.try_lock() {
                Ok(stream) => stream,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            if self.read(at, stream, chunk) {
                chunk.slot = Some(at - slots.start);
                return true;
            }
        }
        false
    }

    fn read(&self, at: usize, mut stream: MutexGuard<'_, Stream>, chunk: &mut Chunk) -> bool {
        let slot = &self.slots[at];
        let filled = stream.next(chunk);
        (chunk.source, chunk.number) = (slot.source, None);
        self.publish(&self.sources[slot.source], &stream, true);
        if !filled {
            slot.ended.store(true, Relaxed);
            self.check_length(&self.sources[slot.source]);
        }
        filled
    }

    /// A framed file that is not compressed was read to its end: what its length was is there.
    fn check_length(&self, source: &Source) {
        let plain = source.compression() == Some(Compression::None) && source.framing().is_some();
        if let Some(len) = source.len.filter(|_| plain && !self.stop.load(Relaxed)) {
            let less = len.saturating_sub(source.bytes_read());
            if less > 0 {
                source.fail(shrank(less));
            }
        }
    }

    /// Makes known what the stream has found out, and with `counts` how much it has read.
    fn publish(&self, source: &Source, stream: &Stream, counts: bool) {
        if let Some(compression) = stream.compression {
            let _ = source.compression.set(compression);
        }
        if let Some(framing) = stream.framing {
            let _ = source.framing.set(framing);
        }
        if let Some(error) = &stream.error {
            source.fail(error.clone());
        }
        if counts {
            source.text_bytes.store(stream.text, Relaxed);
            source.nul_bytes.store(stream.nuls, Relaxed);
        }
    }

    /// Reads the next range of the plain files. Every number that was taken gives a chunk, also
    /// where no line starts and behind an error: the one who waits for the chunk before its own
    /// ([`Chunk::index`]) must not wait for ever.
    fn next_range(&self, chunk: &mut Chunk) -> bool {
        let size = self.options.chunk_bytes as u64;
        if self.stop.load(Relaxed) {
            return false;
        }
        let turn = self.next_range.fetch_add(1, Relaxed);
        let Some(range) = self.parts.number(turn) else { return false };
        let at = self.files.partition_point(|ranges| ranges.first + ranges.count <= range);
        let Some(ranges) = self.files.get(at) else { return false };
        let file = &ranges.file;
        let index = range - ranges.first;
        (chunk.source, chunk.index, chunk.number) = (file.source, index, Some(range));
        if ranges.ended.load(Relaxed) {
            chunk.clear();
            return true;
        }
        // The cuts are at multiples of the chunk size, wherever the text starts: on pages.
        let cell = file.start / size + index;
        let (from, to) = (file.start.max(cell * size), file.end.min((cell + 1) * size));
        let source = &self.sources[file.source];
        match file.read(from, to, chunk, self.options) {
            Ok(read) => {
                source.bytes.fetch_add(read.bytes, Relaxed);
                source.text_bytes.fetch_add(read.bytes, Relaxed);
                source.nul_bytes.fetch_add(read.nuls, Relaxed);
                if read.short {
                    ranges.ended.store(true, Relaxed);
                    let now = file.file.metadata().map_or(0, |metadata| metadata.len());
                    source.fail(shrank(file.end.saturating_sub(now)));
                }
            }
            Err(error) => {
                ranges.ended.store(true, Relaxed);
                source.fail(paths::cause(&error));
                chunk.clear();
            }
        }
        true
    }
}

impl Slot {
    fn ended(&self) -> bool {
        self.ended.load(Relaxed)
    }
}

/// A worker that panicked while it read ends the run; until then the others go on.
fn lock(stream: &Mutex<Stream>) -> MutexGuard<'_, Stream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shrank(less: u64) -> String {
    format!("shrank while it was read: {less} bytes less than at the start")
}
