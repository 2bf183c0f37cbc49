//! What there is to say about a code, a class, a reason or a product.

use super::class::{CLASSES, Class};
use super::product::Product;
use super::reasons::{self, Of};
use super::{Entry, all, entries, lookup_in};
use std::cmp::Reverse;

/// The answer to one question.
#[derive(Debug)]
pub struct Page {
    /// What was asked.
    pub asked: String,
    /// What was asked for.
    pub kind: Kind,
    /// The product that it is asked of.
    pub product: Option<&'static Product>,
    /// The codes: what a code means to its owners, the usual one first; or those of the class or
    /// product, in order.
    pub entries: Vec<&'static Entry>,
    /// The reasons: those asked for, those of the product, or those that go with the code.
    pub reasons: Vec<Of>,
}

/// What a page is about.
#[derive(Debug)]
pub enum Kind {
    /// A status code.
    Code,
    /// A class of codes.
    Class(&'static Class),
    /// A product's reason.
    Reason,
    /// All that is known of a product.
    Product,
}

/// What is known of a word: a code (`502`), a class (`5xx`), `1xxx` for Cloudflare's errors, or a
/// product's reason (`UF`, `H12`, `sH--`, `404.13`); `None` when it is nothing that is known. With a
/// product, what others mean by the same word is left out, unless nothing else is known of it.
pub fn page(word: &str, product: Option<&'static Product>) -> Option<Page> {
    let found = |kind, entries, reasons| {
        Some(Page { asked: word.to_owned(), kind, product, entries, reasons })
    };
    let class = CLASSES.iter().find(|class| class.name.eq_ignore_ascii_case(word));
    if let Some(class) = class {
        let of_class = |entry: &&Entry| class.name.starts_with(first_digit(entry.code));
        return found(Kind::Class(class), sorted(of_class), Vec::new());
    }
    if let Ok(code) = word.parse()
        && word.len() == 3
        && entries(code).next().is_some()
    {
        return found(Kind::Code, of_product(code, product), reasons_of(code, product));
    }
    let reasons = match (word.eq_ignore_ascii_case("1xxx"), product) {
        (true, _) => all_reasons().filter(|(family, _)| family.kind == "error 1xxx").collect(),
        (false, None) => reasons::find(word, |_| true),
        (false, Some(product)) => {
            let own = reasons::find(word, |family| product.is(family.origin));
            if own.is_empty() { reasons::find(word, |_| true) } else { own }
        }
    };
    if reasons.is_empty() { None } else { found(Kind::Reason, Vec::new(), reasons) }
}

/// All that is known of a product: its own codes, and its reasons.
pub fn product_page(product: &'static Product) -> Page {
    let own = all_reasons().filter(|(family, _)| product.is(family.origin));
    Page {
        asked: product.id.to_owned(),
        kind: Kind::Product,
        product: Some(product),
        entries: sorted(|entry| product.is(entry.origin)),
        reasons: own.collect(),
    }
}

/// Every word that [`page`] knows. Of several that are as near to what was typed the last is
/// offered: the code whose number is the nearest, or the first of the standard's.
pub fn words(near: &str) -> Vec<String> {
    let tokens = all_reasons().flat_map(|(_, reason)| reason.tokens);
    let tokens = tokens.filter(|token| !token.contains('*')).map(|token| (*token).to_owned());
    let mut codes = sorted(|_| true);
    codes.dedup_by_key(|entry| entry.code);
    let near = near.parse::<u16>();
    codes.sort_by_key(|entry| match near {
        Ok(near) => (true, Reverse(entry.code.abs_diff(near))),
        Err(_) => (entry.origin == "IANA", Reverse(entry.code)),
    });
    let classes = CLASSES.iter().map(|class| class.name.to_owned());
    tokens.chain(classes).chain(codes.iter().map(|entry| entry.code.to_string())).collect()
}

/// What a code means to all who send it, or in the log of the product: to the product, else to the
/// code's usual owner.
fn of_product(code: u16, product: Option<&Product>) -> Vec<&'static Entry> {
    match product {
        None => entries(code).collect(),
        Some(product) => lookup_in(code, product.name).into_iter().collect(),
    }
}

/// The reasons that go with a code; those of a product also when they go with its whole class.
fn reasons_of(code: u16, product: Option<&Product>) -> Vec<Of> {
    let (status, class) = (code.to_string(), format!("{}xx", code / 100));
    let is_of = |(family, reason): &Of| match product {
        None => reason.is_of(&status),
        Some(product) => {
            product.is(family.origin) && (reason.is_of(&status) || reason.is_of(&class))
        }
    };
    all_reasons().filter(is_of).collect()
}

fn all_reasons() -> impl Iterator<Item = Of> {
    reasons::families().flat_map(|family| family.reasons.iter().map(move |of| (family, of)))
}

/// Entries by code; of one code the usual owner first.
fn sorted(keep: impl Fn(&&Entry) -> bool) -> Vec<&'static Entry> {
    let mut entries: Vec<&'static Entry> = all().filter(|entry| keep(entry)).collect();
    entries.sort_by_key(|entry| entry.code);
    entries
}

fn first_digit(code: u16) -> char {
    char::from(b'0' + (code / 100) as u8)
}
