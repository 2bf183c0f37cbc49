//! Files of every kind, and what can be wrong with them.

use std::fs;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn put(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// The lines of one file and its error.
fn one(path: &Path) -> (Vec<String>, Option<String>) {
    let input = open([path]);
    let lines = texts(&read(&input, 2)[0]);
    (lines, input.sources()[0].error().map(str::to_owned))
}

#[test]
fn every_compression_is_read_by_its_magic_bytes_and_to_its_last_stream() {
    let folder = folder();
    type Pack = fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, Pack); 5] =
        [("none", |t| t.to_vec()), ("gzip", gzip), ("zstd", zstd), ("bzip2", bzip2), ("xz", xz)];
    for (name, pack) in cases {
        // The second stream starts within a line; the name says something else.
        let packed = [pack(b"\xef\xbb\xbfone\r\nt"), pack(b"wo\n"), pack(b""), pack(b"three")];
        for (path, bytes) in [("a.log", packed.concat()), ("b.gz", packed.concat())] {
            let input = open([put(&folder, path, &bytes)]);
            assert_eq!(texts(&read(&input, 2)[0]), ["one\r", "two", "three"], "{name} as {path}");
            assert_eq!(input.sources()[0].error(), None, "{name}");
            assert_eq!(input.sources()[0].compression().unwrap().name(), name);
            assert_eq!(input.sources()[0].text_bytes(), 17);
            assert_eq!(input.bytes_read(), bytes.len() as u64, "{name}");
        }
        // The same through a pipe, a byte at a time, with interruptions.
        let steps = [1, 0, 1, usize::MAX, 3];
        let readers = vec![("-".to_owned(), Dribble::boxed(&packed.concat(), &steps))];
        let input = Input::from_readers(readers, Options::default());
        assert_eq!(input.sources()[0].compression(), None);
        assert_eq!(texts(&read(&input, 2)[0]), ["one\r", "two", "three"], "{name}");
        assert_eq!(input.sources()[0].compression().unwrap().name(), name);
        assert_eq!(input.bytes_total(), None);
    }
    let skippable = [b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc".to_vec(), zstd(b"one\n")].concat();
    assert_eq!(one(&put(&folder, "s", &skippable)), (vec!["one".to_owned()], None));
}

#[test]
fn a_truncated_or_damaged_file_gives_its_lines_and_an_error() {
    let folder = folder();
    let text: String =
        (0..40_000).map(|n| format!("line {n} {:x}\n", n * 2_654_435_761_u64)).collect();
    let text = text.as_bytes();
    let cases =
        [("gzip", gzip(text)), ("zstd", zstd(text)), ("bzip2", bzip2(text)), ("xz", xz(text))];
    for (name, packed) in cases {
        let (lines, error) = one(&put(&folder, name, &packed[..packed.len() * 9 / 10]));
        let want =
            format!("ends in the middle of its {name} data; the lines before that were counted");
        assert_eq!(error.unwrap(), want);
        // bzip2 gives whole blocks of 100 kB only.
        assert!(lines.len() > 20_000, "{name}: {}", lines.len());
        assert!(text.starts_with(lines.join("\n").as_bytes()), "{name}");

        let mut damaged = packed;
        let at = damaged.len() * 9 / 10;
        damaged[at..at + 64].fill(0x55);
        let (lines, error) = one(&put(&folder, name, &damaged));
        let error = error.unwrap();
        assert!(error.starts_with(&format!("its {name} data is damaged (")), "{name}: {error}");
        assert!(lines.len() > 10_000, "{name}: {}", lines.len());
    }
    let (lines, error) =
        one(&put(&folder, "tail", &[gzip(b"one\n"), b"garbage behind it".to_vec()].concat()));
    assert_eq!(lines, ["one"]);
    assert!(error.unwrap().starts_with("its gzip data is damaged"));
}

#[test]
fn what_cannot_be_read_is_a_source_with_an_error() {
    let folder = folder();
    let utf16 = b"\xff\xfeG\0E\0T\0\n\0";
    let paths = [
        put(&folder, "utf16.log", utf16),
        put(&folder, "utf16.log.gz", &gzip(utf16)),
        put(&folder, "logs.zip", b"PK\x03\x04...."),
        folder.path().to_owned(),
        folder.path().join("missing.log"),
        folder.path().join("none*.log"),
        put(&folder, "good.log", b"good\n"),
    ];
    let input = open(&paths);
    let lines = read(&input, 2);
    let errors: Vec<_> =
        (0..7).map(|source| input.sources()[source].error().unwrap_or("-")).collect();
    let iconv = "is UTF-16 (little-endian) text, which is not read; \
                 use 'iconv -f UTF-16 -t UTF-8 FILE | statlog analyze -'";
    let at = folder.path().display();
    let directory = format!("is a directory; name the files in it, or use '{at}/*.log'");
    let zip = "is a zip archive, which is not read; unpack it first";
    let none = "no file matches this pattern";
    assert_eq!(errors, [iconv, iconv, zip, &directory, "no such file", none, "-"]);
    assert!(lines[..6].iter().all(Vec::is_empty));
    assert_eq!(texts(&lines[6]), ["good"]);
    assert_eq!(input.sample(0, None), Sample::default());
    assert_eq!(input.sources()[5].name(), paths[5].as_os_str().as_bytes());
}

#[test]
fn a_rotated_set_by_a_quoted_glob_in_natural_order() {
    let folder = folder();
    put(&folder, "access.log", b"now\n");
    put(&folder, "access.log.1", b"one\n");
    put(&folder, "access.log.2.gz", &gzip(b"two\n"));
    put(&folder, "access.log.10.gz", &gzip(b"ten\n"));
    put(&folder, "error.log", b"not this\n");
    put(&folder, "access.log.3.gz", b"");
    let input = open([folder.path().join("access.log*")]);
    let names = input.sources().iter().map(|s| s.name().rsplit(|&b| b == b'/').next().unwrap());
    let names: Vec<_> = names.map(|name| String::from_utf8_lossy(name)).collect();
    let want =
        ["access.log", "access.log.1", "access.log.2.gz", "access.log.3.gz", "access.log.10.gz"];
    assert_eq!(names, want);
    let lines: Vec<_> = read(&input, 3).iter().map(|lines| texts(lines).concat()).collect();
    assert_eq!(lines, ["now", "one", "two", "", "ten"]);
    assert!(input.sources()[3].is_empty());
    assert_eq!(input.bytes_total(), Some(input.bytes_read()));
}

#[test]
fn the_same_file_is_read_once() {
    let folder = folder();
    let path = put(&folder, "a.log", b"a\n");
    let (soft, hard) = (folder.path().join("soft"), folder.path().join("hard"));
    std::os::unix::fs::symlink(&path, &soft).unwrap();
    fs::hard_link(&path, &hard).unwrap();
    let copy = put(&folder, "copy", b"a\n");
    let input = open([&path, &path, &soft, &hard, &copy]);
    assert_eq!(input.sources().len(), 2);
    assert_eq!(read(&input, 1).concat().len(), 2);
    let warned: Vec<_> = input.warnings().iter().map(|w| w.name.as_slice()).collect();
    assert_eq!(warned, [&path, &soft, &hard].map(|path| path.as_os_str().as_bytes()));
    let message = format!("is the same file as '{}'; it is read once", path.display());
    assert!(input.warnings().iter().all(|warning| warning.message == message));
}

#[test]
fn a_file_that_grows_is_read_to_its_length_at_opening_and_the_end_of_that_line() {
    let folder = folder();
    let path = put(&folder, "a.log", b"one\ntw");
    let input = open([&path]);
    let mut writer = fs::File::options().append(true).open(&path).unwrap();
    writer.write_all(b"o\nthree\n").unwrap();
    assert_eq!(texts(&read(&input, 2)[0]), ["one", "two"]);

    let input = open([&path]);
    writer.write_all(b"four\n").unwrap();
    assert_eq!(texts(&read(&input, 2)[0]), ["one", "two", "three"]);
    assert_eq!(input.sources()[0].error(), None);
}

#[test]
fn a_file_that_shrinks_keeps_what_was_read() {
    let folder = folder();
    let path = put(&folder, "a.log", &b"0123456\n".repeat(1_000));
    let options = Options { chunk_bytes: 1_000, ..Options::default() };
    for (left, want) in [(4_004, 501), (4_008, 501), (4_000, 500), (0, 0)] {
        put(&folder, "a.log", &b"0123456\n".repeat(1_000));
        let input = Input::open(&[path.clone().into()], options);
        fs::File::options().write(true).open(&path).unwrap().set_len(left).unwrap();
        assert_eq!(read(&input, 2)[0].len(), want, "{left}");
        let less = 8_000 - left;
        let message = format!("shrank while it was read: {less} bytes less than at the start");
        assert_eq!(input.sources()[0].error(), Some(message.as_str()));
    }
}

#[test]
fn a_bomb_of_one_line_or_of_nuls_needs_no_memory() {
    let folder = folder();
    const BLOCK: usize = 1 << 20;
    for (byte, want) in [(b'a', 1), (0, 0)] {
        // Many members of the same block: the unoptimised compressors of a test are slow.
        let bomb = |pack: fn(&[u8]) -> Vec<u8>| {
            [pack(&[byte; BLOCK]).repeat(64), pack(b"x\nend\n")].concat()
        };
        for (name, packed) in
            [("plain", bomb(<[u8]>::to_vec)), ("gzip", bomb(gzip)), ("zstd", bomb(zstd))]
        {
            let input = open([put(&folder, name, &packed)]);
            input.sample(0, None);
            let mut chunk = Chunk::default();
            let (mut cut, mut lines) = (0, 0);
            while input.next(0, &mut chunk) {
                cut += u32::from(chunk.cut);
                let newlines = chunk.bytes().iter().filter(|&&byte| byte == b'\n').count();
                lines += newlines + usize::from(chunk.cut);
            }
            assert_eq!((cut, lines), (want, 2), "{name}");
            let nuls = if byte == 0 { 64 * BLOCK as u64 } else { 0 };
            assert_eq!(input.sources()[0].nul_bytes(), nuls, "{name}");
            assert!(chunk.capacity() < 512 << 10, "{name}: {}", chunk.capacity());
        }
    }
}

#[test]
fn data_that_asks_for_too_much_memory_is_refused() {
    let folder = folder();
    // A zstd frame header with a window of 2^31 bytes: 0b10101 << 3.
    let zstd = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
    let (lines, error) = one(&put(&folder, "a.zst", zstd));
    assert!(lines.is_empty());
    assert!(error.as_ref().unwrap().starts_with("its zstd window is over 128 MiB"), "{error:?}");

    let mut lzma = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
    lzma.dict_size(300 << 20);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&lzma);
    let check = liblzma::stream::Check::Crc32;
    let stream = liblzma::stream::Stream::new_stream_encoder(&filters, check).unwrap();
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(b"one\n").unwrap();
    let (lines, error) = one(&put(&folder, "a.xz", &encoder.finish().unwrap()));
    assert!(lines.is_empty());
    assert!(
        error.as_ref().unwrap().starts_with("its xz data needs more than 256 MiB"),
        "{error:?}"
    );
}

#[test]
fn a_sample_of_a_file_has_lines_from_its_middle_and_end() {
    let folder = folder();
    let text: String = (0..100_000).map(|n| format!("{n:0>49}\n")).collect();
    let path = put(&folder, "a.log", format!("{text}unfinished").as_bytes());
    let input = open([&path]);
    let sample = input.sample(0, None);
    let numbers = |text: &[u8]| {
        let numbers =
            str::from_utf8(text).unwrap().lines().map(|line| line.parse::<u32>().unwrap());
        let numbers: Vec<_> = numbers.collect();
        (numbers[0], numbers[numbers.len() - 1], numbers.len())
    };
    assert_eq!(numbers(&sample.head), (0, 199, 200));
    assert_eq!(numbers(&sample.middle), (50_001, 50_050, 50));
    assert_eq!(numbers(&sample.end), (99_950, 99_999, 50));
    assert_eq!(read(&input, 2)[0].len(), 100_001);

    let input = open([put(&folder, "small.log", b"one\ntwo")]);
    let sample = input.sample(0, None);
    assert_eq!(sample, Sample { head: b"one\ntwo".to_vec(), looked_at: 7, ..Sample::default() });
}

/// A sample from behind the first lines; it looks at 4 MiB and no further, and loses nothing.
#[test]
fn a_sample_from_behind_other_lines() {
    let folder = folder();
    let long = "x".repeat(70_000);
    let lines: String = (0..50_000).map(|n| format!("{n:0>99}\n")).collect();
    let text = format!("{long}\n{lines}{}", "y".repeat(9 << 20));
    let plain = put(&folder, "a.log", text.as_bytes());
    let packed = put(&folder, "a.log.gz", &gzip(text.as_bytes()));
    let pipe = Dribble::boxed(text.as_bytes(), &[50_000, 1, 7]);
    for input in [
        open([plain]),
        open([packed]),
        Input::from_readers(vec![("pipe".to_owned(), pipe)], Options::default()),
    ] {
        let first = input.sample(0, None);
        assert_eq!(first.too_long, 1);
        for (behind, count) in [(0, 200), (200, 200), (30_000, 200), (45_000, 0), (1 << 40, 0)] {
            let sample = input.sample_behind(0, behind, None);
            let mut found = str::from_utf8(&sample.head).unwrap().lines();
            assert_eq!(found.clone().count(), count, "{behind}");
            if let Some(line) = found.next() {
                assert_eq!(line.parse::<usize>().unwrap(), behind);
            }
            assert!(sample.looked_at <= 5 << 20, "{}", sample.looked_at);
        }
        assert_eq!(input.sample(0, None).head, first.head);
        assert_eq!(read(&input, 2)[0].len(), 50_002);
    }
    // Nothing but one line: also that is not read to its end for a sample.
    let pipe = Dribble::boxed(&b"z".repeat(20 << 20), &[1 << 16]);
    let input = Input::from_readers(vec![("pipe".to_owned(), pipe)], Options::default());
    let sample = input.sample(0, None);
    assert_eq!((sample.head.len(), sample.too_long), (0, 1));
    assert!(sample.looked_at <= 5 << 20, "{}", sample.looked_at);
    assert_eq!(read(&input, 1)[0].len(), 1);
}

#[test]
fn stdin_that_is_a_file_is_read_from_where_it_stands() {
    let folder = folder();
    let path = put(&folder, "a.log", b"passed\none\ntwo\n");
    let mut file = fs::File::open(&path).unwrap();
    file.seek(SeekFrom::Start(7)).unwrap();
    let metadata = file.metadata().unwrap();
    for chunk_bytes in [1, 5, 4096] {
        let options = Options { chunk_bytes, ..Options::default() };
        let mut opening = Opening::new(options, Arc::default());
        opening.file(b"-", file.try_clone().unwrap(), &metadata, file.stream_position().unwrap());
        opening.path(&path);
        let input = opening.finish();
        assert_eq!(texts(&read(&input, 2)[0]), ["one", "two"]);
        assert_eq!((input.bytes_total(), input.bytes_read()), (Some(8), 8));
        assert!(!input.sources()[0].is_stream());
        assert_eq!(input.warnings()[0].message, "is the same file as '-'; it is read once");
    }
}

#[test]
fn more_files_than_the_soft_limit_allows() {
    let folder = folder();
    let names: Vec<_> = (0..1_500).map(|n| put(&folder, &format!("{n}"), b"a\n")).collect();
    let input = open(&names);
    let failed = input.sources().iter().filter_map(Source::error).next();
    assert_eq!(failed, None);
    assert_eq!(read(&input, 2).concat().len(), 1_500);
}
