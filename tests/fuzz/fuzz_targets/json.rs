//! What is JSON to `serde_json` has the same keys and values here; what is not never ends the
//! program.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use statlog::format::detect::given;
use statlog::format::json;
use statlog::record::Reject;
use statlog_fuzz::{lines, read};
use std::fmt;

/// A JSON value with its keys in order, also those that are there twice.
enum Tree {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

struct Reader;

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(serde_json::Number::from_f64(value).expect("JSON has no infinity")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Tree::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}

impl Tree {
    /// How deep it is nested; 1 for an object of plain values.
    fn depth(&self) -> usize {
        let children: Box<dyn Iterator<Item = &Self>> = match self {
            Self::Array(items) => Box::new(items.iter()),
            Self::Object(members) => Box::new(members.iter().map(|(_, member)| member)),
            _ => return 0,
        };
        1 + children.map(Self::depth).max().unwrap_or(0)
    }

    /// The plain values with the keys above them; of an array those of its first element.
    fn flatten<'t>(&'t self, keys: &mut Vec<&'t str>, found: &mut Vec<(Vec<&'t str>, &'t Self)>) {
        match self {
            Self::Array(items) => {
                if let Some(first) = items.first() {
                    first.flatten(keys, found);
                }
            }
            Self::Object(members) => {
                for (key, member) in members {
                    keys.push(key);
                    member.flatten(keys, found);
                    keys.pop();
                }
            }
            _ => found.push((keys.clone(), self)),
        }
    }

    /// Whether a value as it was read is this one.
    fn is(&self, value: Option<&[u8]>) -> bool {
        let Some(value) = value else { return matches!(self, Self::Null) };
        let Ok(text) = std::str::from_utf8(value) else { return false };
        match self {
            Self::Text(expected) => text == expected,
            Self::Bool(expected) => text == expected.to_string(),
            Self::Number(number) if number.is_f64() => text.parse().ok() == number.as_f64(),
            Self::Number(number) => text == number.to_string() || text == "-0",
            _ => false,
        }
    }
}

/// Both readings of a line that is a strict JSON object.
fn compare(line: &[u8], tree: &Tree) {
    let found = match json::fields(line) {
        Ok(found) => found,
        // Nesting has its limit, and powers of ten that are written out.
        Err(reject) => {
            let limit = tree.depth() > 64 && reject == Reject::Json || reject == Reject::Number;
            assert!(limit, "{reject:?}: {}", line.escape_ascii());
            return;
        }
    };
    let mut expected = Vec::new();
    tree.flatten(&mut Vec::new(), &mut expected);
    assert_eq!(found.len(), expected.len(), "{}", line.escape_ascii());
    for ((path, value), (keys, leaf)) in found.iter().zip(expected) {
        assert!(path.keys().eq(keys.iter().map(|key| key.as_bytes())), "{path}: {keys:?}");
        assert!(leaf.is(value.as_deref()), "{path}: {value:?} in {}", line.escape_ascii());
    }
}

fuzz_target!(|text: &[u8]| {
    let lines = lines(text);
    for line in &lines {
        if let Ok(tree @ Tree::Object(_)) = serde_json::from_slice(line) {
            compare(line, &tree);
        }
        // What nobody ever sees as JSON is read all the same.
        let _ = json::fields(line);
    }
    let reading = given("json", &lines, None).expect("the name is in the table");
    read(&reading.parser, text);
});
