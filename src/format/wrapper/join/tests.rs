#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

/// A record of the tests is a text in brackets.
fn is_whole(text: &[u8]) -> bool {
    text.starts_with(b"[") && text.ends_with(b"]")
}

/// A line as the tests compare it: text, pieces, cut.
type Seen = (String, u64, bool);

fn seen(line: Line<'_>) -> Seen {
    (String::from_utf8_lossy(line.text).into_owned(), line.pieces, line.cut)
}

/// Pushes every line of a chunk as a scan does.
fn push_all(joiner: &mut Joiner, wrappers: &[Wrapper], chunk: &[u8]) -> Vec<Seen> {
    let arena = Bump::new();
    let mut out = Vec::new();
    for line in chunk.split(|byte| *byte == b'\n') {
        if line.len() > joiner.limit {
            continue;
        }
        if let Some(inner) = Wrapper::unwrap_all(wrappers, line, &arena, &Cell::default()) {
            out.extend(joiner.push(&inner, &is_whole, &arena).lines().map(seen));
        }
    }
    out
}

/// CRI lines of `1P text`: the stream, whether it is a piece, and the text.
fn cri(lines: &[&str]) -> String {
    let line = |line: &&str| {
        let stream = if line.starts_with('1') { "stdout" } else { "stderr" };
        format!("2025-10-10T13:55:01Z {stream} {}\n", &line[1..])
    };
    lines.iter().map(line).collect()
}

#[test]
fn pieces() {
    for (lines, expected, left) in [
        (&["1F a", "1F b"][..], &[("a", 1), ("b", 1)][..], &[][..]),
        (&["1P a", "1P b", "1F c", "1F d"], &[("abc", 3), ("d", 1)], &[]),
        (&["1P a", "2F x", "2P y", "1F b", "2F z"], &[("x", 1), ("ab", 2), ("yz", 2)], &[]),
        (&["1P a", "1F "], &[("a", 2)], &[]),
        // Whole records that are marked as pieces.
        (&["1P [a]", "1F [b]"], &[("[a]", 1), ("[b]", 1)], &[]),
        (&["1P [a]", "1P [b]", "1P [c"], &[("[a]", 1)], &[("[b][c", 2)]),
        (&["1P [a]", "1F b"], &[("[a]b", 2)], &[]),
        (&["1P [a]", "2P x", "1F [b]"], &[("[a]", 1), ("[b]", 1)], &[("x", 1)]),
        (&["2P a", "1P b"], &[], &[("b", 1), ("a", 1)]),
    ] {
        let mut joiner = Joiner::new(1000);
        let owned = |lines: &[(&str, u64)]| -> Vec<Seen> {
            lines.iter().map(|(text, pieces)| ((*text).to_owned(), *pieces, false)).collect()
        };
        let chunk = cri(lines);
        assert_eq!(push_all(&mut joiner, &[Wrapper::Cri], chunk.as_bytes()), owned(expected));
        assert_eq!(joiner.is_empty(), left.is_empty(), "{lines:?}");
        let arena = Bump::new();
        assert_eq!(joiner.finish(&arena).map(seen).collect::<Vec<_>>(), owned(left), "{lines:?}");
        assert!(joiner.is_empty());
    }
}

#[test]
fn what_becomes_of_a_line() {
    let arena = Bump::new();
    let mut joiner = Joiner::new(100);
    let mut push = |line: &'static str, partial| {
        let inner = Inner { line: line.as_bytes(), time: Some(7), stream: 0, partial };
        joiner.push(&inner, &is_whole, &arena)
    };
    let line = |text: &'static str, pieces| Line {
        text: text.as_bytes(),
        time: Some(7),
        pieces,
        cut: false,
    };
    assert_eq!(push("a", false), Joined::Whole(line("a", 1)));
    assert_eq!(push("[a]", true), Joined::Opened);
    assert_eq!(push("[b]", true), Joined::Replaced(line("[a]", 1)));
    assert_eq!(push("[c]", false), Joined::Both(line("[b]", 1), line("[c]", 1)));
    assert_eq!(push("d", true), Joined::Opened);
    assert_eq!(push("e", false), Joined::Whole(line("de", 2)));
}

#[test]
fn long_lines_are_cut() {
    let long = "x".repeat(20);
    let lines = [format!("1P {long}"), format!("1P {long}"), format!("1F {long}"), "1F y".into()];
    let chunk = cri(&lines.each_ref().map(String::as_str));
    let mut joiner = Joiner::new(50);
    let found = push_all(&mut joiner, &[Wrapper::Cri], chunk.as_bytes());
    assert_eq!(found, [("x".repeat(50), 3, true), ("y".into(), 1, false)]);
    // A line of exactly the limit is not cut.
    let mut joiner = Joiner::new(60);
    let found = push_all(&mut joiner, &[Wrapper::Cri], chunk.as_bytes());
    assert_eq!(found[0], ("x".repeat(60), 3, false));
}

/// Of a chunk without pieces, its last line of each stream is all that is asked for.
#[test]
fn most_of_a_chunk_is_not_read() {
    let mut chunk = cri(&["2P never closed", "2F [x]"]);
    chunk += &cri(&["1F [a]"; 5000]);
    chunk += &cri(&["1P [b]", "1P c"]);
    let asked = std::cell::Cell::new(0);
    let count = |text: &[u8]| {
        asked.set(asked.get() + 1);
        is_whole(text)
    };
    let after = Joiner::new(200).after(&[Wrapper::Cri], chunk.as_bytes(), &count);
    let arena = Bump::new();
    assert_eq!(
        after.clone().finish(&arena).map(seen).collect::<Vec<_>>(),
        [("[b]c".into(), 2, false)]
    );
    assert!(asked.get() < 10, "{}", asked.get());
    // A wrapper that cuts nothing has no state.
    assert!(Joiner::new(200).after(&[Wrapper::Tag], chunk.as_bytes(), &count).is_empty());
    assert!(Joiner::new(200).after(&[], chunk.as_bytes(), &count).is_empty());
}

/// A line of one stream, a piece or not; or a line that is not wrapped.
fn lines() -> impl Strategy<Value = Vec<Option<(bool, bool, String)>>> {
    let text = prop::sample::select(vec![
        "",
        "a",
        "[b]",
        "[c",
        "d]",
        "stdout",
        " stderr P e",
        "long enough to be cut off somewhere",
        r"\u00",
    ]);
    let filler = prop::sample::select(vec![0usize, 0, 0, 0, 3000, 9000]);
    let text = (text, filler).prop_map(|(text, filler)| text.to_owned() + &"z".repeat(filler));
    let line = (any::<bool>(), prop::bool::weighted(0.6), text);
    prop::collection::vec(prop::option::weighted(0.95, line), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Chunk by chunk gives what all at once gives, wherever the chunks end.
    #[test]
    fn any_chunks(
        lines in lines(),
        ends in prop::collection::vec(any::<bool>(), 30),
        limit in prop::sample::select(vec![70usize, 110, 4000, 100_000]),
        kind in 0..3,
        last_break in any::<bool>(),
    ) {
        let escaped = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
        let write = |line: &Option<(bool, bool, String)>| {
            let Some((error, partial, text)) = line else { return "stdout stderr\n".to_owned() };
            let stream = if *error { "stderr" } else { "stdout" };
            let tag = if *partial { "P" } else { "F" };
            let cri = format!("2025-10-10T13:55:01Z {stream} {tag} {text}");
            let end = if *partial { "" } else { r"\n" };
            match kind {
                0 => cri + "\n",
                1 => format!("{{\"log\":\"{}{end}\",\"stream\":\"{stream}\"}}\r\n", escaped(text)),
                _ => format!("{{\"message\":\"{}\"}}\n", escaped(&cri)),
            }
        };
        let outer = br#"{"message":"192.0.2.1 - / 200 5"}"#;
        let wrappers = match kind {
            0 => vec![Wrapper::Cri],
            1 => vec![Wrapper::Docker],
            _ => vec![Wrapper::candidates(&[outer])[0], Wrapper::Cri],
        };
        let mut chunks = vec![String::new()];
        for (line, ends) in lines.iter().zip(ends) {
            chunks.last_mut().unwrap().push_str(&write(line));
            if ends {
                chunks.push(String::new());
            }
        }
        let mut whole = chunks.concat();
        if !last_break && whole.ends_with('\n') {
            whole.pop();
            while chunks.last().is_some_and(String::is_empty) {
                chunks.pop();
            }
            chunks.last_mut().unwrap().pop();
        }

        let mut once = Joiner::new(limit);
        let mut expected = push_all(&mut once, &wrappers, whole.as_bytes());
        let mut state = Joiner::new(limit);
        let mut found = Vec::new();
        for chunk in &chunks {
            let mut joiner = state.clone();
            found.extend(push_all(&mut joiner, &wrappers, chunk.as_bytes()));
            state = state.after(&wrappers, chunk.as_bytes(), &is_whole);
            prop_assert_eq!(&state, &joiner);
        }
        let arena = Bump::new();
        expected.extend(once.finish(&arena).map(seen));
        found.extend(state.finish(&arena).map(seen));
        prop_assert_eq!(&found, &expected);
        let pushed = lines.iter().map(write).filter(|line| {
            let line = line.strip_suffix('\n').unwrap();
            line.len() <= limit
                && Wrapper::unwrap_all(&wrappers, line.as_bytes(), &arena, &Cell::default()).is_some()
        });
        let pushed = pushed.count() as u64;
        let pieces: u64 = expected.iter().map(|(_, pieces, _)| pieces).sum();
        prop_assert_eq!(pieces, pushed);
    }
}
