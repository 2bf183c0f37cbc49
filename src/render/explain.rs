//! Pages of the registry of codes: as text for people, and as JSON.

use super::{Style, indented, terminal};
use crate::codes::{Entry, Family, Hop, Kind, Owner, Page, Reason};
use serde::Serialize;

/// Name and version of the JSON's shape.
pub const SCHEMA_ID: &str = "statlog.explain/1";

/// One way to write pages.
pub struct Explainer {
    /// What `--format` calls it.
    pub name: &'static str,
    /// The pages in this format.
    pub render: fn(&[Page], &Style) -> String,
}

/// Every way, the default first.
pub static EXPLAINERS: &[Explainer] = &[
    Explainer { name: "text", render: terminal::explain::text },
    Explainer { name: "json", render: |pages, _| json(pages) },
];

/// The whole, for programs. Every key is always there; what there is nothing to say of is `[]` or
/// `null`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    pages: Vec<PageView<'a>>,
}

/// One answer.
#[derive(Serialize)]
struct PageView<'a> {
    asked: &'a str,
    kind: &'static str,
    product: Option<&'static str>,
    class: Option<ClassView>,
    codes: Vec<EntryView>,
    reasons: Vec<ReasonView>,
}

#[derive(Serialize)]
struct ClassView {
    name: &'static str,
    title: &'static str,
    meaning: &'static str,
    made_by: Vec<HopView>,
}

#[derive(Serialize)]
struct HopView {
    product: &'static str,
    by_origin: &'static str,
    by_product: &'static str,
}

#[derive(Serialize)]
struct EntryView {
    code: u16,
    name: &'static str,
    origin: &'static str,
    owners: Vec<&'static str>,
    meaning: &'static str,
    sender: &'static str,
    causes: &'static [&'static str],
    checks: &'static [&'static str],
    neighbours: Vec<NeighbourView>,
    logs: Vec<LogView>,
    messages: Vec<MessageView>,
    sources: &'static [&'static str],
}

#[derive(Serialize)]
struct NeighbourView {
    code: u16,
    difference: &'static str,
}

#[derive(Serialize)]
struct LogView {
    product: &'static str,
    looks: &'static str,
}

#[derive(Serialize)]
struct MessageView {
    product: &'static str,
    message: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct ReasonView {
    product: &'static str,
    kind: &'static str,
    tokens: &'static [&'static str],
    statuses: Vec<&'static str>,
    owners: Vec<&'static str>,
    meaning: &'static str,
    check: &'static str,
    place: &'static str,
    source: &'static str,
}

/// Indented JSON and a newline.
fn json(pages: &[Page]) -> String {
    let document = Document { schema: SCHEMA_ID, pages: pages.iter().map(page).collect() };
    indented(&document).expect("texts and numbers are always JSON")
}

fn page(page: &Page) -> PageView<'_> {
    let (kind, class) = match page.kind {
        Kind::Code => ("code", None),
        Kind::Class(class) => ("class", Some(class)),
        Kind::Reason => ("reason", None),
        Kind::Product => ("product", None),
    };
    let hop = |hop: &'static Hop| HopView {
        product: hop.product,
        by_origin: hop.passed,
        by_product: hop.made,
    };
    PageView {
        asked: &page.asked,
        kind,
        product: page.product.map(|product| product.id),
        class: class.map(|class| ClassView {
            name: class.name,
            title: class.title,
            meaning: class.meaning,
            made_by: class.hops.iter().map(hop).collect(),
        }),
        codes: page.entries.iter().map(|of| entry(of)).collect(),
        reasons: page.reasons.iter().map(|(family, of)| reason(family, of)).collect(),
    }
}

fn entry(entry: &'static Entry) -> EntryView {
    let neighbour = |&(code, difference)| NeighbourView { code, difference };
    let log = |&(product, looks)| LogView { product, looks };
    let message = |&(product, message, meaning)| MessageView { product, message, meaning };
    EntryView {
        code: entry.code,
        name: entry.name,
        origin: entry.origin,
        owners: owners(entry.owners),
        meaning: entry.meaning,
        sender: entry.sender,
        causes: entry.causes,
        checks: entry.checks,
        neighbours: entry.neighbours.iter().map(neighbour).collect(),
        logs: entry.logs.iter().map(log).collect(),
        messages: entry.messages.iter().map(message).collect(),
        sources: entry.sources,
    }
}

fn reason(family: &'static Family, reason: &'static Reason) -> ReasonView {
    ReasonView {
        product: family.origin,
        kind: family.kind,
        tokens: reason.tokens,
        statuses: reason.statuses.split(", ").collect(),
        owners: owners(reason.owners),
        meaning: reason.meaning,
        check: reason.check,
        place: family.place,
        source: family.source,
    }
}

fn owners(owners: &[Owner]) -> Vec<&'static str> {
    owners.iter().map(|owner| owner.name()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::codes;

    #[test]
    fn json_has_one_shape() {
        let asked = ["502", "5xx", "LR", "444", "000"];
        let mut pages: Vec<Page> = asked.iter().map(|it| codes::page(it, None).unwrap()).collect();
        pages.push(codes::product_page(codes::Product::find("heroku").unwrap()));
        let text = json(&pages);
        assert!(text.ends_with("}\n"));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["schema"], SCHEMA_ID);
        let pages = read["pages"].as_array().unwrap();
        let keys = |value: &serde_json::Value| {
            value.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        for page in pages {
            assert_eq!(keys(page), keys(&pages[0]));
            for (list, kind) in [("codes", 0), ("reasons", 2)] {
                for item in page[list].as_array().unwrap() {
                    assert_eq!(keys(item), keys(&pages[kind][list][0]), "{item}");
                }
            }
        }
        let page = &pages[0];
        assert_eq!((&page["asked"], &page["kind"]), (&"502".into(), &"code".into()));
        assert!(page["product"].is_null() && page["class"].is_null());
        assert_eq!(page["codes"][0]["owners"][0], "origin_app");
        assert_eq!(page["codes"][0]["messages"][0]["message"], "connect() failed (111");
        assert_eq!(pages[1]["class"]["made_by"][0]["product"], "nginx");
        assert_eq!(pages[2]["reasons"][0]["statuses"], serde_json::json!(["2xx", "3xx"]));
    }
}
