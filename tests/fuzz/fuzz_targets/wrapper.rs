//! Wrappers on any lines: what is unwrapped is shorter, and pieces that are joined chunk by chunk are
//! what they are when they are joined at once.
//!
//! The first byte chooses the wrapper, the second the size of the chunks.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use statlog::format::wrapper::Wrapper;
use statlog::format::wrapper::join::{Joiner, Line};

const ALL: [Wrapper; 12] = [
    Wrapper::Docker,
    Wrapper::Cri,
    Wrapper::Journald,
    Wrapper::Rfc5424,
    Wrapper::Rfc3164,
    Wrapper::SyslogIso,
    Wrapper::Syslog,
    Wrapper::Compose,
    Wrapper::Kubectl,
    Wrapper::Stern,
    Wrapper::Timestamp,
    Wrapper::Tag,
];

/// The longest joined line.
const LIMIT: usize = 64;

/// Text, pieces and cut of each line that is complete in these lines.
fn join<'a>(
    wrapper: Wrapper,
    joiner: &mut Joiner,
    text: &'a [u8],
    arena: &'a Bump,
) -> Vec<(&'a [u8], u64, bool)> {
    let mut complete = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| line.len() <= LIMIT) {
        let Some(inner) = wrapper.unwrap(line, arena) else { continue };
        let lines = joiner.push(&inner, &is_whole, arena).lines();
        complete.extend(lines.map(|Line { text, pieces, cut, .. }| (text, pieces, cut)));
    }
    complete
}

/// What stands for a parser: it says the same of the same text.
fn is_whole(text: &[u8]) -> bool {
    text.len().is_multiple_of(3)
}

fuzz_target!(|data: &[u8]| {
    let Some(([choice, size], text)) = data.split_first_chunk() else { return };
    let arena = Bump::new();
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    for wrapper in Wrapper::candidates(&lines).iter().chain(&ALL) {
        for line in &lines {
            if let Some(inner) = wrapper.unwrap(line, &arena) {
                assert!(inner.line.len() <= line.len(), "{wrapper:?}: {}", line.escape_ascii());
                assert!(!inner.line.contains(&b'\n') || line.starts_with(b"{"));
            }
        }
    }

    let wrapper = [Wrapper::Docker, Wrapper::Cri][usize::from(choice % 2)];
    let mut at_once = Joiner::new(LIMIT);
    let mut whole = join(wrapper, &mut at_once, text, &arena);
    whole.extend(at_once.finish(&arena).map(|line| (line.text, line.pieces, line.cut)));
    let mut before = Joiner::new(LIMIT);
    let mut pieces = Vec::new();
    let count = 1 + usize::from(*size);
    for chunk in lines.chunks(count) {
        let chunk = arena.alloc_slice_copy(&[&chunk.join(&b'\n')[..], b"\n"].concat());
        let after = before.after(&[wrapper], chunk, &is_whole);
        pieces.extend(join(wrapper, &mut before, chunk, &arena));
        assert_eq!(before, after);
    }
    pieces.extend(before.finish(&arena).map(|line| (line.text, line.pieces, line.cut)));
    assert_eq!(whole, pieces);
});
