//! JSON of another product than that of the log: its keys alone tell what they mean, so that a line
//! is read the same wherever it stands.

use super::Scratch;
use crate::format::json::{self, Json};
use crate::format::product::Rule;
use crate::format::{FORMATS, Product};
use crate::record::Record;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Lists of keys that are remembered; further ones are learned anew for each line.
const REMEMBERED: usize = 64;

/// What lists of keys mean, by their hash.
#[derive(Debug, Default)]
pub(in crate::format) struct Strangers {
    known: HashMap<u64, Option<Stranger>>,
}

/// A reader of lines with certain keys.
#[derive(Debug)]
struct Stranger {
    /// The place of its format in [`FORMATS`].
    at: usize,
    /// Whether a product's own keys were recognised.
    is_of_product: bool,
    json: Json,
    rule: Option<Rule>,
}

impl Stranger {
    fn of(line: &[u8]) -> Option<Self> {
        let (product, json) = Json::of_names(line)?;
        let mapping = json.mapping();
        let named = |name: &str| FORMATS.iter().position(|format| format.name == name);
        let is_of_product = product != Product::Unknown;
        // Services log much that has a code, and is no request.
        if !is_of_product && !mapping.tells_of_requests() {
            return None;
        }
        let at = named(mapping.name).or_else(|| named("json"))?;
        Some(Self { at, is_of_product, rule: product.rule(), json })
    }
}

impl Scratch {
    /// Reads a line of JSON by the names of its keys: the place of its format in [`FORMATS`].
    /// `general`: also when no product is recognised by them.
    pub(in crate::format) fn stranger<'a>(
        &'a self,
        line: &'a [u8],
        general: bool,
        record: &mut Record<'a>,
    ) -> Option<usize> {
        if line.trim_ascii_start().first() != Some(&b'{') {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        for (path, _) in &json::fields(line).ok()? {
            path.hash(&mut hasher);
        }
        let keys = hasher.finish();
        let mut strangers = self.strangers.borrow_mut();
        if strangers.known.len() >= REMEMBERED && !strangers.known.contains_key(&keys) {
            return Stranger::of(line)?.read(line, general, self, record);
        }
        let stranger = strangers.known.entry(keys).or_insert_with(|| Stranger::of(line));
        stranger.as_ref()?.read(line, general, self, record)
    }
}

impl Stranger {
    fn read<'a>(
        &self,
        line: &'a [u8],
        general: bool,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Option<usize> {
        if !general && !self.is_of_product {
            return None;
        }
        let mut found = Record::default();
        self.json.parse(line, scratch, &mut found).ok()?;
        if let Some(rule) = self.rule {
            rule(&mut found, &scratch.arena);
        }
        *record = found;
        Some(self.at)
    }
}
