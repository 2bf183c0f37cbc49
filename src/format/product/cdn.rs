//! What the lines of CDNs say together.

use super::{Product, Rule};

/// The rule of a product of this family.
pub(super) fn rule(product: Product) -> Option<Rule> {
    match product {
        _ => None,
    }
}
