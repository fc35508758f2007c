//! The warning about a file that a product does without.

use crate::model::{OmitReason, OmittedFile};

/// The warning about a file that is left out of a product, `wheel` or `sdist`; `table` is where its
/// `include` stands.
pub fn omission_warning(left_out: &OmittedFile, product: &str, table: &str) -> String {
    let path = &left_out.path;
    match &left_out.why {
        OmitReason::Secret => format!(
            "`{path}` looks like a secret and is left out of the {product}: \
             name it in `include` of `{table}` if it belongs there"
        ),
        why => format!("`{path}` is {why} and is left out of the {product}"),
    }
}
