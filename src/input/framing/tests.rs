#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// What comes out when the text comes in pieces of one size and goes out in such of another.
fn framed(text: &[u8], piece: usize, room: usize) -> Vec<u8> {
    let mut framer = Framer::new();
    let (mut lines, mut buf) = (Vec::new(), vec![0; room]);
    let mut pieces = text.chunks(piece);
    loop {
        if !framer.holds() && !framer.has_ended() {
            let mut piece = pieces.next().unwrap_or_default();
            framer.read(&mut piece).unwrap();
        }
        match framer.give(&mut buf) {
            Some(got) => lines.extend_from_slice(&buf[..got]),
            None => return lines,
        }
    }
}

fn look(text: &[u8]) -> Option<Framing> {
    let mut look = Look::new();
    look.at(text).unwrap_or_else(|| look.end())
}

#[test]
fn elements_come_out_a_line_each() {
    let cases: [(&str, &[&str]); 44] = [
        ("", &[]),
        (" \r\n\t", &[]),
        // Arrays.
        (r#"[{"a":1},{"b":2}]"#, &[r#"{"a":1}"#, r#"{"b":2}"#]),
        ("[\n{\"a\":1},\n{\"b\":2}\n]\n", &[r#"{"a":1}"#, r#"{"b":2}"#]),
        (
            "[\r\n  {\r\n    \"a\": 1,\r\n    \"b\": [\r\n      2\r\n    ]\r\n  }\r\n]",
            &[r#"{"a": 1,"b": [2]}"#],
        ),
        (r#"[{}, {"a": {"b": [{}, []]}}]"#, &["{}", r#"{"a": {"b": [{}, []]}}"#]),
        (r#"[{"a":1}][{"a":2}] [] {"a":3}"#, &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]),
        ("[{\"a\":1}]\n{\"a\":2}\n{\"a\":3}\n", &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]),
        // Strings.
        (
            r#"[{"a":"]}[{,\"}"},{"b":"\\"},{"c":"\\\""}]"#,
            &[r#"{"a":"]}[{,\"}"}"#, r#"{"b":"\\"}"#, r#"{"c":"\\\""}"#],
        ),
        ("[{\"a\":\"x\ny\\\nz\"},{}]", &["{\"a\":\"x y\\ z\"}", "{}"]),
        // Objects over many lines, and several on one.
        ("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", &[r#"{"a": 1}"#, r#"{"a": 2}"#]),
        (r#"{"a":1}{"a":2} {"a":3}"#, &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]),
        ("{\"a\":1},\n{\"a\":2},\n", &[r#"{"a":1}"#, r#"{"a":2}"#]),
        // Envelopes.
        (r#"{"records":[{"a":1},{"a":2}]}"#, &[r#"{"a":1}"#, r#"{"a":2}"#]),
        ("{\"records\":[{\"a\":1}]}\n{\"records\":[{\"a\":2}]}\n", &[r#"{"a":1}"#, r#"{"a":2}"#]),
        (
            "{\n \"n\": 2,\n \"records\" : [\n  {\n \"a\": [1] }\n ],\n \"next\": {\"x\": [{}]}\n}\n{}",
            &[r#"{"a": [1] }"#, "{}"],
        ),
        (r#"{"records":[]}{"records": [ ] , "n":[]}{"a":1}"#, &[r#"{"a":1}"#]),
        (
            r#"[{"records":[{"a":1},{"a":2}]},{"records":[{"a":3}]},{"a":4}]"#,
            &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#"{"a":4}"#],
        ),
        (r#"{"owner":"1","filters":["f"],"logEvents":[{"id":"x"}]}"#, &[r#"{"id":"x"}"#]),
        (r#"{"Records":[{"a":1}]}"#, &[r#"{"a":1}"#]),
        (r#"{"events":[{"a":1}],"nextForwardToken":"f/1"}"#, &[r#"{"a":1}"#]),
        (r#"{ "entries" : [ {"a":1} ], "nextPageToken": "x" }"#, &[r#"{"a":1}"#]),
        (r#"{"logs":[{"a":1}]}"#, &[r#"{"a":1}"#]),
        // No envelopes: a key that is not sure, another key, a value, deeper, no objects.
        (r#"{"status":200,"events":[{"a":1}]}"#, &[r#"{"status":200,"events":[{"a":1}]}"#]),
        (r#"{"events":[]}"#, &[r#"{"events":[]}"#]),
        (r#"{"x\"records":[{"a":1}]}"#, &[r#"{"x\"records":[{"a":1}]}"#]),
        (r#"{"a":",\"records":[{"a":1}]}"#, &[r#"{"a":",\"records":[{"a":1}]}"#]),
        (r#"{"a":{"records":[{"a":1}]}}"#, &[r#"{"a":{"records":[{"a":1}]}}"#]),
        (r#"{"records":["a",{"b":[{}]}]}"#, &[r#"{"records":["a",{"b":[{}]}]}"#]),
        // Text between elements.
        (
            "[{\"a\":1},\nerror: /{id}/ [x]\n{\"a\":2} x, {\"a\":3}]",
            &[r#"{"a":1}"#, "error: /{id}/ [x]", r#"{"a":2}"#, "x, ", r#"{"a":3}"#],
        ),
        (
            "{}\n[10/Oct/2025:13:55:36 +0000] GET /\n{id} b { \n\"a\":1}",
            &["{}", "[10/Oct/2025:13:55:36 +0000] GET /", "{id} b ", r#"{"a":1}"#],
        ),
        ("[{}] {", &["{}", "{"]),
        ("x {", &["x {"]),
        ("x { \ny", &["x {", "y"]),
        // Stray brackets.
        (r#"[{"a":1}]]]},{"a":2}]}"#, &[r#"{"a":1}"#, "},", r#"{"a":2}"#, "}"]),
        // Lost ends.
        (r#"[{"a":1},{"b":"x"#, &[r#"{"a":1}"#, r#"{"b":"x"#]),
        ("{\n \"a\": 1,\n \"b\": 2\n{\n \"a\": 2\n}\n", &["{\"a\": 1,\"b\": 2", r#"{"a": 2}"#]),
        ("{\n \"a\": 1,\n{\n \"a\": 2\n}\n", &["{\"a\": 1,", r#"{"a": 2}"#]),
        (r#"[{"a":{"x":1},{"a":2},{"a":3}]"#, &[r#"{"a":{"x":1},"#, r#"{"a":2}"#, r#"{"a":3}"#]),
        (r#"[{"a":[1,2},{"a":2}]"#, &[r#"{"a":[1,2}"#, r#"{"a":2}"#]),
        (r#"[{"a":1],[{"a":2}]"#, &[r#"{"a":1"#, r#"{"a":2}"#]),
        (
            "[{\"a\":\"x\n},{\"b\":\"y\"},\n{\"c\":3}]",
            &["{\"a\":\"x },{\"b\":\"y\"},", r#"{"c":3}"#],
        ),
        (
            r#"{"records":[{"a":1},{"a":2}{"records":[{"a":3}],"n":{"records":[{"a":4}]}"#,
            &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#","n":{"records":[{"a":4}]}"#],
        ),
        // Two numbers are not made one.
        ("[{\"a\":1\n2,\"b\":0.1,\n 0.2 : 0.3}]", &[r#"{"a":1 2,"b":0.1,0.2 : 0.3}"#]),
    ];
    for (text, want) in cases {
        for (piece, room) in [(usize::MAX, 1 << 16), (1, 1), (1, 100), (2, 3), (7, 5)] {
            let lines = framed(text.as_bytes(), piece.min(1 << 20), room);
            let lines = String::from_utf8(lines).unwrap();
            assert_eq!(lines.lines().collect::<Vec<_>>(), want, "{text:?} by {piece} and {room}");
        }
    }
}

#[test]
fn the_first_bytes_decide_and_no_more_are_waited_for() {
    let array = Some(Framing::Array);
    let objects = Some(Framing::Objects);
    // The bytes that decide, and what they decide.
    let cases: [(&[u8], Option<Framing>); 37] = [
        (b"1", None),
        (b" \n\x001", None),
        (b"[1", None),
        (b"[r", None),
        (b"[:", None),
        (b"[\"", None),
        (b"[[", None),
        (b"[] G", None),
        (b"[{'", None),
        (b"[{1", None),
        (b"\x00 [{\"", array),
        (b"[ \n {\n\"", array),
        (b"[{}", array),
        (b"[]\n", array),
        (b"[ ] [\n{}", array),
        // One object a line.
        (b"{\"a\":1}\n", None),
        (b"{\"a\":{\"b\":[1,{}]}} \r\n", None),
        (b"{}x", None),
        (b"{} /", None),
        (b"{}, x", None),
        (b"{\"a\":\"x\n", None),
        (b"{\"a\":1,\n{", None),
        (b"{\n1", None),
        (b"{ G", None),
        (b"{'", None),
        (b"{\"a\":\"x\"y", None),
        (b"{\"a\":1}{", objects),
        (b"{\"a\":1} , {", objects),
        (b"{\"a\":1},\n", objects),
        (b"{\n\"a\":1}", objects),
        (b"{\"a\":{\"b\":1\n}}", objects),
        (b"{\"records\":[{", Some(Framing::Envelope("records"))),
        (b"{\n \"n\":{},\n \"logEvents\" :\n [\n{", Some(Framing::Envelope("logEvents"))),
        (b"{\"records\":[]", Some(Framing::Envelope("records"))),
        (b"{\"events\":[{", Some(Framing::Envelope("events"))),
        (b"{\"a\":1,\"events\":[{}]}\n", None),
        (b"{\"events\":[\"a\"]}\n", None),
    ];
    for (head, want) in cases {
        let (last, before) = head.split_last().unwrap();
        let mut look = Look::new();
        assert_eq!(look.at(before), None, "{}", before.escape_ascii());
        assert_eq!(look.at(&[*last]), Some(want), "{}", head.escape_ascii());
        assert_eq!(look.at(b"[{\""), Some(want), "it stays so");
    }
    let at_end: [(&[u8], Option<Framing>); 9] = [
        (b"", None),
        (b"[", None),
        (b"[{", None),
        (b"[]", array),
        (b"{", None),
        (b"{\"a\":1}", None),
        (b"{\"a\":1", None),
        (b"{\"a\":1\n", objects),
        (b"{\"a\":1},", objects),
    ];
    for (head, want) in at_end {
        assert_eq!(look(head), want, "{}", head.escape_ascii());
    }
    assert_eq!([Framing::Array, Framing::Objects].map(Framing::name), ["array", "objects"]);
    assert_eq!(Framing::Envelope("records").name(), "records");
}

#[test]
fn a_long_or_deep_element_needs_no_memory() {
    let deep = |n| ["{\"a\":".repeat(n), "[".repeat(n), "]".repeat(n), "}".repeat(n)].concat();
    let long = format!("{{\"a\":[{}1]}}", "1,".repeat(300_000));
    let text = format!("[{},{long},{},{{}}]", deep(20), deep(100_000));
    for piece in [1 << 16, 1_000] {
        let mut framer = Framer::new();
        let (mut lines, mut buf) = (Vec::new(), vec![0; 1 << 14]);
        for mut piece in text.as_bytes().chunks(piece).chain([&b""[..]]) {
            framer.read(&mut piece).unwrap();
            while framer.holds() {
                let got = framer.give(&mut buf).unwrap();
                lines.extend_from_slice(&buf[..got]);
            }
            assert!(framer.out.capacity() <= 4 * READ, "{}", framer.out.capacity());
        }
        let lines = String::from_utf8(lines).unwrap();
        let want = [&deep(20), &long, &deep(100_000), "{}"];
        assert!(lines.lines().eq(want), "by {piece}");
    }
    // The start of an envelope is known as long as it is held back, and its rest is not kept.
    for (length, found) in [(HOLD - 40, true), (HOLD + 1, false)] {
        let blank = " ".repeat(length);
        let text = format!("{{{blank}\"records\":[{{}}],\"n\":\"{}\"}}", "x".repeat(2 * HOLD));
        let mut want = Vec::new();
        for piece in [1 << 20, 1, 1_000] {
            let lines = framed(text.as_bytes(), piece, 1 << 16);
            assert_eq!(lines == b"{}\n", found, "{length} by {piece}");
            if want.is_empty() {
                want.clone_from(&lines);
            }
            assert!(lines == want, "{length} by {piece}");
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    let text = "[a-z\"\\\\{}\\[\\],:\n\u{e4}]{0,20}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text, inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    vec(("[a-z\"\\\\]{1,4}", value()), 0..4)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
}

/// Writes JSON with white space drawn from `blanks` wherever JSON may have it.
struct Writer<'a> {
    text: String,
    blanks: std::iter::Cycle<std::slice::Iter<'a, &'static str>>,
}

impl Writer<'_> {
    fn token(&mut self, token: &str) {
        self.text.push_str(self.blanks.next().unwrap());
        self.text.push_str(token);
        self.text.push_str(self.blanks.next().unwrap());
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.token(",");
            }
            write(self, item);
        }
    }

    fn array(&mut self, items: &[Value]) {
        self.token("[");
        self.list(items, Self::value);
        self.token("]");
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(items) => self.array(items),
            Value::Object(pairs) => {
                self.token("{");
                self.list(pairs, |this, (key, value)| {
                    this.token(&serde_json::to_string(key).unwrap());
                    this.token(":");
                    this.value(value);
                });
                self.token("}");
            }
            other => self.token(&other.to_string()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    /// Any objects in any of the shapes, several after each other, come back as they were.
    #[test]
    fn every_object_comes_back(
        parts in vec((0..5_usize, vec(object(), 0..5), object()), 0..5),
        blanks in vec(prop_oneof![
            4 => Just(""), 2 => Just(" "), 2 => Just("\n"), 1 => Just("\r\n\t  "),
        ], 1..30),
        piece in 1..60_usize,
        room in 1..60_usize,
    ) {
        let mut writer = Writer { text: String::new(), blanks: blanks.iter().cycle() };
        let mut want = Vec::new();
        for (shape, objects, cover) in parts {
            match shape {
                0 => writer.array(&objects),
                1 => {
                    for object in &objects {
                        writer.text.push_str(&format!("{object}\n"));
                    }
                }
                2 => objects.iter().for_each(|object| writer.value(object)),
                // An envelope; with keys before and after, when the key is one that may have them.
                3 => {
                    writer.token("{\"x\"");
                    writer.token(":");
                    writer.value(&cover);
                    writer.token(",");
                    writer.token("\"records\"");
                    writer.token(":");
                    writer.array(&objects);
                    writer.token(",\"y\":");
                    writer.value(&cover);
                    writer.token("}");
                }
                _ if objects.is_empty() => {}
                _ => {
                    writer.token("{");
                    writer.token("\"events\":");
                    writer.array(&objects);
                    writer.token("}");
                }
            }
            want.extend(objects);
        }
        let lines = framed(writer.text.as_bytes(), piece, room);
        prop_assert!(lines.is_empty() || lines.ends_with(b"\n"));
        let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let got: Vec<Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        prop_assert_eq!(got, want, "{}", writer.text);
    }

    /// Whatever the text is: the same lines at any read size, and of all that is not an envelope
    /// nothing is missing but white space, commas and brackets.
    #[test]
    fn nothing_is_lost_of_any_text(
        tokens in vec(prop_oneof![
            8 => prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", "\r\n", " ", "\0", "1", "x",
                "{\"a\":", "\"b\"", "{\"a\":1}", "},{", "\"}", "[{", "]}", "-", "null",
            ]).prop_map(|token| token.as_bytes().to_vec()),
            1 => vec(any::<u8>(), 1..4),
        ], 0..60),
        envelopes in vec((any::<prop::sample::Index>(), prop::sample::select(vec![
            "{\"records\":[", "{\"events\":[{", "],\"n\":1}", ",\"logEvents\":[",
        ])), 0..4),
        piece in 1..40_usize,
        room in 1..40_usize,
    ) {
        let sheer = |text: &[u8]| -> Vec<u8> {
            text.iter().copied().filter(|byte| !b" \t\r\n,[]".contains(byte)).collect()
        };
        let text = tokens.concat();
        let lines = framed(&text, 1 << 20, 1 << 16);
        prop_assert_eq!(sheer(&lines).escape_ascii().to_string(), sheer(&text).escape_ascii().to_string());
        prop_assert!(lines == framed(&text, piece, room));

        let mut tokens = tokens;
        for (at, envelope) in envelopes {
            tokens.insert(at.index(tokens.len() + 1), envelope.as_bytes().to_vec());
        }
        let text = tokens.concat();
        prop_assert!(framed(&text, 1 << 20, 1 << 16) == framed(&text, piece, room));
        look(&text);
    }
}
