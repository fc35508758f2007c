//! `schema`: writes the JSON Schema of `[tool.officina]` to where Officina's wheel has it.

use std::path::Path;

use officina::config::schema;
use officina::fs;

fn main() {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("build_backend/officina/schema.json");
    let text = format!("{:#}\n", schema::schema());
    if let Err(error) = fs::write_text(&target, &text) {
        officina::report::error(&error, None);
        std::process::exit(1);
    }
}
