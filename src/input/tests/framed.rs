//! JSON that is not one object a line, through the whole room.

use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Records in each of the shapes, and the name of it.
fn shapes(records: &[String]) -> Vec<(&'static str, String)> {
    let list = |between: &str| records.join(between);
    let envelopes = records.chunks(3).map(|some| format!("{{\"records\":[{}]}}\n", some.join(",")));
    let indented = list("\n").replace("{\"n\":", "{\n  \"n\":").replace('}', "\n}");
    vec![
        ("array", format!("\u{feff} [{}]", list(","))),
        ("array", format!("[\n{}\n]\n", list(",\n"))),
        ("records", envelopes.collect()),
        ("logEvents", format!("{{\"x\":\"y\",\"logEvents\":[{}],\"z\":[]}}", list(" , "))),
        ("objects", list(",\n")),
        ("objects", list("")),
        ("objects", indented),
    ]
}

fn record(n: usize, length: usize) -> String {
    format!("{{\"n\":{n},\"path\":\"/{}\"}}", "x][,".repeat(length))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_law_holds(
        lengths in vec(prop_oneof![9 => 0..30_usize, 1 => 1_000..4_000_usize], 2..30),
        chunk_bytes in prop_oneof![4 => 1..64_usize, 1 => Just(4096), 1 => 64..10_000_usize],
        max_line_bytes in prop_oneof![3 => 0..40_usize, 1 => Just(8_000), 1 => Just(64 << 10)],
        steps in vec(prop_oneof![1 => Just(0), 20 => 1..50_usize, 9 => 50..9_000_usize], 2..20),
        workers in 1..4_usize,
        sampled in any::<bool>(),
    ) {
        prop_assume!(steps.iter().any(|&step| step > 0));
        let options = Options { chunk_bytes, max_line_bytes };
        let records = lengths.iter().enumerate().map(|(n, &length)| record(n, length));
        let records: Vec<_> = records.collect();
        let want: Vec<_> = records.iter().map(|r| line(r.as_bytes(), max_line_bytes)).collect();
        let folder = tempfile::tempdir().unwrap();
        for (framing, text) in shapes(&records) {
            let text = text.as_bytes();
            let (plain, packed) = (folder.path().join("plain"), folder.path().join("packed"));
            fs::write(&plain, text).unwrap();
            fs::write(&packed, gzip(text)).unwrap();
            let inputs = [
                Input::open(&[plain.into()], options),
                Input::open(&[packed.into()], options),
                Input::from_readers(vec![("-".into(), Dribble::boxed(text, &steps))], options),
            ];
            for input in inputs {
                let source = &input.sources()[0];
                if sampled {
                    let first = input.sample(0, None);
                    prop_assert_eq!(input.sample(0, None), first);
                }
                prop_assert_eq!(&read(&input, workers)[0], &want);
                prop_assert_eq!(source.framing().map(Framing::name), Some(framing));
                prop_assert_eq!(source.error(), None);
                prop_assert_eq!(source.text_bytes(), text.len() as u64);
                if let Some(len) = source.len() {
                    prop_assert_eq!((source.bytes_read(), source.is_stream()), (len, false));
                }
            }
        }
    }
}

#[test]
fn every_shape_is_read_from_every_kind_of_source() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<_> = (0..2_000).map(|n| record(n, 0)).collect();
    for (framing, text) in shapes(&records) {
        let text = text.as_bytes();
        type Pack = fn(&[u8]) -> Vec<u8>;
        let packs: [Pack; 5] = [|text| text.to_vec(), gzip, zstd, bzip2, xz];
        let mut inputs: Vec<_> = packs
            .iter()
            .enumerate()
            .map(|(at, pack)| {
                let path = folder.path().join(at.to_string());
                fs::write(&path, pack(text)).unwrap();
                open([path])
            })
            .collect();
        for steps in [&[1, 0, 1, 3][..], &[100_000, usize::MAX]] {
            let readers = vec![("-".to_owned(), Dribble::boxed(text, steps))];
            inputs.push(Input::from_readers(readers, Options::default()));
        }
        for input in inputs {
            let head = input.sample(0, None).head;
            let head = String::from_utf8(head).unwrap();
            assert_eq!(head.lines().collect::<Vec<_>>(), records[..200], "{framing}");
            assert_eq!(texts(&read(&input, 2)[0]), records, "{framing}");
            let source = &input.sources()[0];
            assert_eq!(source.framing().map(Framing::name), Some(framing));
            assert_eq!(source.error(), None);
        }
    }
}

#[test]
fn text_and_one_object_a_line_stay_on_the_fast_path() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{{\"a\":\"{}\"}}\n{{}}\n", "x".repeat(200_000));
    let texts = [
        "[10/Oct/2025:13:55:36 +0000] 200 - GET https example.com \"/\"\n",
        "[router:info] x\n[pid: 1|app: 0] y\n",
        "[] GET /\n",
        "[\"a\", \"b\"]\n",
        "{\"a\":1}\n{\n",
        "{\"a\":1} 192.0.2.1\n",
        "{\"a\":{\"records\":[{}]},\"events\":[{}]}\n",
        "{192.0.2.1} GET\n{198.51.100.1} GET\n",
        "{\"cut\": \"off\n{\"a\":1}\n",
        &long,
        "{\"only\": \"start",
    ];
    for text in texts {
        let path = folder.path().join("log");
        fs::write(&path, text).unwrap();
        let input = open([path]);
        assert!(matches!(input.sources()[0].place, Place::File(_)), "{text:.80}");
        let reader = vec![("-".to_owned(), Dribble::boxed(text.as_bytes(), &[1, 7]))];
        let pipe = Input::from_readers(reader, Options::default());
        for input in [input, pipe] {
            let (lines, _) = reference(text.as_bytes(), input.options.max_line_bytes);
            assert_eq!(read(&input, 2)[0], lines, "{text:.80}");
            assert_eq!(input.sources()[0].framing(), None, "{text:.80}");
        }
    }
}

#[test]
fn a_damaged_or_shrunken_source_gives_its_elements_and_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let records: Vec<_> = (0..40_000).map(|n| record(n * 2_654_435_761, n % 7)).collect();
    let text = format!("[{}]", records.join(","));
    let packed = gzip(text.as_bytes());
    fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let input = open([&path]);
    let lines = texts(&read(&input, 2)[0]);
    let (last, whole) = lines.split_last().unwrap();
    assert!(whole.len() > 15_000, "{}", whole.len());
    assert_eq!(whole, &records[..whole.len()]);
    assert!(records[whole.len()].starts_with(last.as_str()));
    let want = "ends in the middle of its gzip data; the lines before that were counted";
    assert_eq!(input.sources()[0].error(), Some(want));

    // Damage before it is known what the text is.
    let packed = gzip(format!("{{\"a\":\"{}\"}}\n", "x".repeat(20_000)).as_bytes());
    fs::write(&path, &packed[..packed.len() - 30]).unwrap();
    let input = open([&path]);
    assert!(texts(&read(&input, 2)[0])[0].starts_with("{\"a\":\"xx"));
    assert_eq!(input.sources()[0].error(), Some(want));

    fs::write(&path, "[{\"a\":1},{\"a\":2}]").unwrap();
    let input = open([&path]);
    fs::File::options().write(true).open(&path).unwrap().set_len(12).unwrap();
    assert_eq!(texts(&read(&input, 2)[0]), ["{\"a\":1}", "{\"a"]);
    let want = "shrank while it was read: 5 bytes less than at the start";
    assert_eq!(input.sources()[0].error(), Some(want));
}

#[test]
fn nuls_between_elements_are_dropped_and_counted() {
    let text = [b"\0\0[{\"a\":1},".to_vec(), vec![0; 9_000], b"\n\0{\"a\":2}]\0".to_vec()];
    let readers = vec![("-".to_owned(), Dribble::boxed(&text.concat(), &[1_000, 1]))];
    let input = Input::from_readers(readers, Options::default());
    assert_eq!(texts(&read(&input, 1)[0]), ["{\"a\":1}", "{\"a\":2}"]);
    assert_eq!(input.sources()[0].nul_bytes(), 9_004);
}
