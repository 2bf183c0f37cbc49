//! Real pipes: waiting, stopping, several at once.

use std::path::Path;
use std::time::Instant;

use super::*;

fn pipe() -> (Input, io::PipeWriter) {
    let (reader, writer) = io::pipe().unwrap();
    let file = std::fs::File::from(std::os::fd::OwnedFd::from(reader));
    let metadata = file.metadata().unwrap();
    let mut opening = Opening::new(Options::default(), Arc::default());
    opening.file(b"-", file, &metadata, 0);
    (opening.finish(), writer)
}

#[test]
fn a_line_is_handed_out_when_it_is_there() {
    let (input, mut writer) = pipe();
    assert!(input.sources()[0].is_stream());
    let mut chunk = Chunk::default();
    writer.write_all(b"first line\nsecond ").unwrap();
    assert!(input.next(0, &mut chunk));
    assert_eq!(chunk.bytes(), b"first line\n");
    writer.write_all(b"line\n").unwrap();
    assert!(input.next(0, &mut chunk));
    assert_eq!(chunk.bytes(), b"second line\n");
    drop(writer);
    assert!(!input.next(0, &mut chunk));
    assert_eq!(input.sources()[0].error(), None);
}

#[test]
fn an_element_is_handed_out_when_it_is_there() {
    let cases: [(&[u8], &str); 4] = [
        (b"[{\"a\":1}", "array"),
        (b"{\"records\":[{\"a\":1}", "records"),
        (b"{\n\"a\":1}", "objects"),
        (b"{\"a\":1},\n", "objects"),
    ];
    for (first, framing) in cases {
        let (input, mut writer) = pipe();
        let mut chunk = Chunk::default();
        writer.write_all(first).unwrap();
        assert!(input.next(0, &mut chunk));
        assert_eq!(chunk.bytes().iter().filter(|&&byte| byte == b'\n').count(), 1, "{framing}");
        assert_eq!(input.sources()[0].framing().map(Framing::name), Some(framing));
        // One that is whole, and one that is not.
        writer.write_all(b",{\"a\":2},{\"a\"").unwrap();
        assert!(input.next(0, &mut chunk));
        assert_eq!(chunk.bytes(), b"{\"a\":2}\n");
        writer.write_all(b":3}").unwrap();
        assert!(input.next(0, &mut chunk));
        assert_eq!(chunk.bytes(), b"{\"a\":3}\n");
        writer.write_all(b"]").unwrap();
        drop(writer);
        assert!(!input.next(0, &mut chunk));
        assert_eq!(input.sources()[0].error(), None);
    }
    // One object a line, or a text: nothing more is waited for either.
    for line in [&b"{\"a\":1}\n"[..], b"[10/Oct/2025] x\n"] {
        let (input, mut writer) = pipe();
        writer.write_all(line).unwrap();
        assert_eq!(input.sample(0, Some(Duration::ZERO)).head, line);
        assert_eq!(input.sources()[0].framing(), None);
    }
}

#[test]
fn a_silent_pipe_stops_when_told_to() {
    for (before, sampled) in [
        (&b""[..], false),
        (b"one\ntwo", false),
        (b"one\n", true),
        (b"[", false),
        (b"{\n\"a\":", false),
        (b"[{\"a\":1},{", true),
    ] {
        let (input, mut writer) = pipe();
        writer.write_all(before).unwrap();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let input = &input;
                scope.spawn(move || {
                    if sampled && worker == 0 {
                        input.sample(0, None);
                    }
                    let mut chunk = Chunk::default();
                    while input.next(worker, &mut chunk) {}
                });
            }
            std::thread::sleep(Duration::from_millis(50));
            input.stop().store(true, Relaxed);
        });
        assert!(begun.elapsed() < Duration::from_millis(600), "{:?}", begun.elapsed());
        assert_eq!(input.sources()[0].error(), None);
    }
}

#[test]
fn a_sample_of_a_pipe_waits_as_long_as_it_may() {
    let (input, mut writer) = pipe();
    writer.write_all(b"one\n").unwrap();
    assert_eq!(input.sample(0, Some(Duration::from_millis(20))).head, b"one\n");
    let lines = b"next\n".repeat(300);
    writer.write_all(&lines).unwrap();
    let head = input.sample(0, None).head;
    assert_eq!(head, [b"one\n", &lines[..199 * 5]].concat());
    drop(writer);
    assert_eq!(read(&input, 2)[0].len(), 301);
}

#[test]
fn a_fifo_waits_for_its_writer_and_a_large_pipe_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let fifos = ["a", "b", "c"].map(|name| folder.path().join(name));
    let text: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
    let write = |path: &Path, text: &[u8]| {
        std::fs::File::options().write(true).open(path).unwrap().write_all(text).unwrap();
    };
    for fifo in &fifos {
        let made = std::process::Command::new("mkfifo").arg(fifo).status().unwrap();
        assert!(made.success());
    }
    let input = open(&fifos);
    let lines = std::thread::scope(|scope| {
        scope.spawn(|| write(&fifos[0], text.as_bytes()));
        scope.spawn(|| write(&fifos[1], &gzip(text.as_bytes())));
        scope.spawn(|| write(&fifos[2], b""));
        read(&input, 3)
    });
    let want: Vec<_> = text.lines().collect();
    assert_eq!(texts(&lines[0]), want);
    assert_eq!(texts(&lines[1]), want);
    assert!(lines[2].is_empty());
    assert_eq!(input.sources()[1].compression(), Some(Compression::Gzip));
}
