//! What the lines of CDNs say together.

use super::{Product, Rule};
use crate::record::{Producer, Record};

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::Bunny => Some(bunny),
        _ => None,
    }
}

/// Bunny CDN: what comes from its cache, the edge answered; for the rest the line does not tell.
fn bunny(record: &mut Record<'_>) {
    record.produced_by = match record.cache {
        Some(b"HIT" | b"STALE" | b"UPDATING" | b"REVALIDATED") => Some(Producer::Edge),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::marks::Quotes;
    use crate::format::{FORMATS, Line, Parser, Scratch};
    use crate::record::Status;

    #[test]
    fn the_edge_answers_from_its_cache() {
        let format = FORMATS.iter().find(|known| known.name == "bunny").unwrap();
        let parser = Parser::new(format.shape(&[], None).unwrap(), format.product);
        let scratch = Scratch::default();
        for (cache, by) in [("HIT", Some(Producer::Edge)), ("MISS", None), ("-", None)] {
            let line = format!(
                "{cache}|200|1760104501250|412|390|192.0.2.1|-|https://cdn.example.com/a.png|WA|x|0123|DE"
            );
            let mut record = Record::default();
            let found = parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
            assert_eq!(found, Line::Request);
            assert_eq!((record.producer(), record.status), (by, Status::Code(200)), "{cache}");
            assert_eq!(record.time, Some(1_760_104_501_250_000));
            assert_eq!(record.target, Some(&b"https://cdn.example.com/a.png"[..]));
        }
    }
}
