//! Any chunk size, read size, line limit and number of workers: the same lines.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Log-like bytes, full of what goes wrong at cuts.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(b"\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        3 => (1..20_usize).prop_map(|n| vec![0; n]),
        8 => (1..40_usize).prop_map(|n| vec![b'a'; n]),
        3 => vec(any::<u8>(), 1..4),
        1 => (3_000..9_000_usize).prop_map(|n| vec![b'x'; n]),
        1 => (5_000..20_000_usize).prop_map(|n| vec![0; n]),
    ];
    let mark = prop_oneof![4 => Just(""), 1 => Just("\u{feff}")];
    (mark, vec(piece, 0..40))
        .prop_map(|(mark, pieces)| [mark.as_bytes(), &pieces.concat()].concat())
}

fn options() -> impl Strategy<Value = Options> {
    let chunk_bytes = prop_oneof![4 => 1..64_usize, 1 => Just(4096), 1 => 64..10_000_usize];
    let max_line_bytes = prop_oneof![3 => 0..40_usize, 1 => Just(8_000), 1 => Just(64 << 10)];
    (chunk_bytes, max_line_bytes)
        .prop_map(|(chunk_bytes, max_line_bytes)| Options { chunk_bytes, max_line_bytes })
}

fn holds(input: &Input, workers: usize, text: &[u8]) -> Result<(), TestCaseError> {
    let (lines, nuls) = reference(text, input.options.max_line_bytes);
    prop_assert_eq!(input.sources()[0].error(), None);
    prop_assert_eq!(&read(input, workers)[0], &lines);
    prop_assert_eq!(input.sources()[0].error(), None);
    prop_assert_eq!(input.sources()[0].nul_bytes(), nuls);
    prop_assert_eq!(input.sources()[0].text_bytes(), text.len() as u64);
    Ok(())
}

/// Not by chance the magic bytes of something else.
fn is_text(text: &[u8]) -> bool {
    matches!(compression::sniff(text), Ok(Compression::None))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn of_a_plain_file(text in text(), options in options(), workers in 1..4_usize) {
        prop_assume!(is_text(&text));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let input = Input::open(&[file.path().into()], options);
        holds(&input, workers, &text)?;
        prop_assert_eq!(input.bytes_read(), text.len() as u64);
        prop_assert_eq!(input.bytes_total(), Some(text.len() as u64));
    }

    #[test]
    fn of_a_pipe(
        text in text(),
        options in options(),
        workers in 1..4_usize,
        steps in vec(prop_oneof![1 => Just(0), 20 => 1..50_usize, 9 => 50..9_000_usize], 1..20),
        sampled in any::<bool>(),
    ) {
        prop_assume!(is_text(&text) && steps.iter().any(|&step| step > 0));
        let readers = vec![("pipe".to_owned(), Dribble::boxed(&text, &steps))];
        let input = Input::from_readers(readers, options);
        if sampled {
            let first = input.sample(0, None);
            prop_assert_eq!(input.sample(0, None), first);
        }
        holds(&input, workers, &text)?;
    }

    #[test]
    fn of_a_gzip_file(
        text in text(),
        options in options(),
        workers in 1..4_usize,
        cuts in vec(any::<prop::sample::Index>(), 0..4),
        sampled in any::<bool>(),
    ) {
        let text = if is_text(&text) { text } else { b"a\n".to_vec() };
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let members: Vec<_> = cuts.windows(2).map(|cut| gzip(&text[cut[0]..cut[1]])).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), members.concat()).unwrap();
        let input = Input::open(&[file.path().into()], options);
        if sampled {
            input.sample(0, None);
        }
        holds(&input, workers, &text)?;
        prop_assert_eq!(input.bytes_total(), Some(input.bytes_read()));
    }

    #[test]
    fn of_a_sample(text in text(), max in 1..9_000_usize, steps in vec(1..500_usize, 1..5)) {
        prop_assume!(is_text(&text));
        let (lines, _) = reference(&text, max);
        let whole = lines.iter().filter_map(|line| match line {
            Line::Whole(bytes) => Some(bytes.as_slice()),
            Line::TooLong(_) => None,
        });
        let want = whole.take(200).collect::<Vec<_>>().join(&b'\n');
        let options = Options { max_line_bytes: max, ..Options::default() };

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let packed = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(packed.path(), gzip(&text)).unwrap();
        let pipe = vec![("pipe".to_owned(), Dribble::boxed(&text, &steps))];
        let inputs = [
            Input::open(&[file.path().into()], options),
            Input::open(&[packed.path().into()], options),
            Input::from_readers(pipe, options),
        ];
        for input in inputs {
            let mut head = input.sample(0, None).head;
            head.pop_if(|last| *last == b'\n');
            prop_assert_eq!(&head, &want);
        }
    }
}
