//! From names to open sources: what each of them is, and which are the same.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use super::chunk::PAGE;
use super::compression::{self, Compression, MAGIC_LEN};
use super::file::{PlainFile, read_full};
use super::framing::{Framing, LOOK_BYTES, Look};
use super::parts::Parts;
use super::paths::{self, printable};
use super::stream::{Origin, Stream};
use super::{Input, Options, Place, Ranges, Slot, Source, Warning};

/// The capacity that a pipe is given. The default of 64 KiB cost a third of the speed.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// An [`Input`] while its sources are opened.
pub(super) struct Opening {
    sources: Vec<Source>,
    warnings: Vec<Warning>,
    files: Vec<Ranges>,
    slots: Vec<Slot>,
    /// Device and inode of every source, and its name.
    seen: HashMap<(u64, u64), Vec<u8>>,
    stop: Arc<AtomicBool>,
    options: Options,
}

impl Opening {
    pub(super) fn new(options: Options, stop: Arc<AtomicBool>) -> Self {
        Self {
            sources: Vec::new(),
            warnings: Vec::new(),
            files: Vec::new(),
            slots: Vec::new(),
            seen: HashMap::new(),
            stop,
            options: Options { chunk_bytes: options.chunk_bytes.max(1), ..options },
        }
    }

    pub(super) fn path(&mut self, path: &Path) {
        let name = path.as_os_str().as_bytes();
        let opened = paths::open(path).and_then(|file| Ok((file.metadata()?, file)));
        match opened {
            Ok((metadata, file)) => self.file(name, file, &metadata, 0),
            Err(error) => self.unreadable(name, paths::cause(&error)),
        }
    }

    /// Adds stdin. When it is a file it is read like one, from where it stands.
    pub(super) fn stdin(&mut self) {
        let opened = rustix::stdio::stdin().try_clone_to_owned().map(File::from);
        let opened = opened.and_then(|mut file| {
            let metadata = file.metadata()?;
            let start = if metadata.is_file() { file.stream_position()? } else { 0 };
            Ok((metadata, file, start))
        });
        match opened {
            Ok((metadata, file, start)) => self.file(b"-", file, &metadata, start),
            Err(error) => self.unreadable(b"-", paths::cause(&error)),
        }
    }

    pub(super) fn file(&mut self, name: &[u8], file: File, metadata: &Metadata, start: u64) {
        if metadata.is_dir() {
            let folder = printable(name.strip_suffix(b"/").unwrap_or(name));
            let message = format!("is a directory; name the files in it, or use '{folder}/*.log'");
            return self.unreadable(name, message);
        }
        let identity = (metadata.dev(), metadata.ino());
        if let Some(first) = self.seen.get(&identity) {
            let message = format!("is the same file as '{}'; it is read once", printable(first));
            return self.warnings.push(Warning { name: name.to_vec(), message });
        }
        self.seen.insert(identity, name.to_vec());

        let file = Arc::new(file);
        let mut source = Source::new(name);
        if !metadata.is_file() {
            #[cfg(target_os = "linux")]
            if metadata.file_type().is_fifo() {
                // Refused above /proc/sys/fs/pipe-max-size; then it is only slower.
                let _ = rustix::pipe::fcntl_setpipe_size(&file, PIPE_BYTES);
            }
            return self.stream(source, Origin::Live(file));
        }
        let mut head = [0; MAGIC_LEN];
        let head = match read_full(&file, &mut head, start) {
            Ok(got) => &head[..got],
            Err(error) => return self.unreadable(name, paths::cause(&error)),
        };
        let compression = match compression::sniff(head) {
            Ok(compression) => compression,
            Err(message) => return self.unreadable(name, message),
        };
        source.compression = compression.into();
        source.len = Some(metadata.len().saturating_sub(start));
        if compression != Compression::None {
            return self.stream(source, Origin::File { file, start });
        }
        let mark = compression::text_start(head).unwrap_or(0) as u64;
        match framing(&file, start + mark) {
            Ok(None) => {}
            Ok(Some(framing)) => {
                source.framing = framing.into();
                return self.stream(source, Origin::File { file, start });
            }
            Err(error) => return self.unreadable(name, paths::cause(&error)),
        }
        source.bytes.store(mark, Relaxed);
        source.text_bytes.store(mark, Relaxed);
        source.place = Place::File(self.files.len());
        let at = self.sources.len();
        let plain = PlainFile { source: at, file, start: start + mark, end: metadata.len() };
        self.files.push(Ranges::new(plain, self.options, self.files.last()));
        self.sources.push(source);
    }

    pub(super) fn stream(&mut self, mut source: Source, origin: Origin) {
        let live = !matches!(origin, Origin::File { .. });
        let count = Arc::clone(&source.bytes);
        let stream = Stream::new(origin, self.options, Arc::clone(&self.stop), count);
        source.place = Place::Slot { at: self.slots.len(), live };
        self.slots.push(Slot {
            source: self.sources.len(),
            ended: AtomicBool::new(false),
            stream: Mutex::new(stream),
        });
        self.sources.push(source);
    }

    pub(super) fn unreadable(&mut self, name: &[u8], error: String) {
        self.sources.push(Source::unreadable(name, error));
    }

    pub(super) fn finish(mut self) -> Input {
        // The largest compressed file first: begun last, it would leave one thread with it alone
        // at the end. Pipes have no length and go last.
        let sources = &self.sources;
        self.slots.sort_by_key(|slot| std::cmp::Reverse(sources[slot.source].len));
        for (at, slot) in self.slots.iter().enumerate() {
            if let Place::Slot { at: place, .. } = &mut self.sources[slot.source].place {
                *place = at;
            }
        }
        let sources = &self.sources;
        Input {
            packed: self.slots.partition_point(|slot| !sources[slot.source].is_stream()),
            sources: self.sources,
            warnings: self.warnings,
            files: self.files,
            parts: Parts::all(),
            next_range: AtomicU64::new(0),
            slots: self.slots,
            stop: self.stop,
            options: self.options,
        }
    }
}

/// Whether the head of a file tells that it needs framing; then it is not cut into ranges. Nearly
/// all decide with their first page.
fn framing(file: &File, start: u64) -> io::Result<Option<Framing>> {
    let mut look = Look::new();
    let mut page = [0; PAGE];
    for at in (0..LOOK_BYTES).step_by(PAGE) {
        let got = read_full(file, &mut page, start + at as u64)?;
        if let Some(framing) = look.at(&page[..got]) {
            return Ok(framing);
        }
        if got < PAGE {
            break;
        }
    }
    Ok(look.end())
}

impl Ranges {
    /// Cuts a file into ranges, which are numbered on from those of the file before.
    fn new(file: PlainFile, options: Options, before: Option<&Self>) -> Self {
        let size = options.chunk_bytes as u64;
        let count =
            if file.start < file.end { file.end.div_ceil(size) - file.start / size } else { 0 };
        let first = before.map_or(0, |before| before.first + before.count);
        Self { file, first, count, ended: AtomicBool::new(false) }
    }
}
