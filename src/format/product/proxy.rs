//! What the lines of proxies and web servers say together.

use super::{Product, Rule, has_answer, without_port};
use crate::record::{Absence, Producer, Record, Status};

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        Product::Traefik => Some(traefik),
        Product::Caddy => Some(caddy),
        Product::Envoy => Some(envoy),
        _ => None,
    }
}

/// Clue: how often the request was tried again. Without an answer of the origin its time is 0.
fn traefik(record: &mut Record<'_>) {
    if !has_answer(record) && record.upstream.status != Status::default() {
        record.upstream.duration = None;
    }
    let retries = record.clues[0].and_then(crate::time::integer).unwrap_or(0);
    if retries > 0 {
        record.upstream.attempts = u32::try_from(retries).unwrap_or(u32::MAX).saturating_add(1);
    }
}

/// A handler that writes no status leaves it at 0, and Go answers 200.
fn caddy(record: &mut Record<'_>) {
    record.client = record.client.map(without_port);
    if matches!(record.status, Status::None(_)) {
        record.absence = Absence::Implied200;
    }
}

/// The reason is the flags of the response; clue: its details, `via_upstream` when the upstream
/// made it. A status of 0 with the flag `DC` means that the client left.
fn envoy(record: &mut Record<'_>) {
    record.client = record.client.map(without_port);
    let flags = record.reason.unwrap_or_default();
    let gone = flags.split(|byte| *byte == b',').any(|flag| flag == b"DC");
    if matches!(record.status, Status::None(_)) {
        if gone {
            record.absence = Absence::ClientGone;
        }
        return;
    }
    record.produced_by = match record.clues[0] {
        Some(b"via_upstream") => Some(Producer::Origin),
        Some(_) => Some(Producer::Proxy),
        None if !flags.is_empty() && !gone => Some(Producer::Proxy),
        None => record.produced_by,
    };
}
