//! What `list` and `check` answer, as text and as JSON.

use serde_json::{Value, json};

use crate::build::check::Proof;
use crate::build::listing::ProductListing;
use crate::report::one_line;

/// Whether files are listed that a product does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOutFiles {
    /// They are.
    Shown,
    /// They are not.
    Hidden,
}

/// Files for programs: one object per product.
pub fn listings(listings: &[ProductListing], left_out: LeftOutFiles) -> Value {
    let one = |product: &ProductListing| {
        let held = product.listing.included.iter().map(
            |held| json!({ "path": held.path, "source": held.source, "why": held.why.to_string() }),
        );
        let mut answer = json!({
            "product": product.product,
            "name": product.name,
            "files": held.collect::<Vec<_>>(),
            "built_by": product.built,
        });
        if left_out == LeftOutFiles::Shown {
            let files = product.listing.omitted.iter();
            let files = files.map(|file| json!({ "path": file.path, "why": file.why.to_string() }));
            answer["left_out"] = files.collect();
        }
        answer
    };
    listings.iter().map(one).collect()
}

/// Files for people: a line each, with the reason in a column.
pub fn listings_text(listings: &[ProductListing], left_out: LeftOutFiles) -> String {
    let sections: Vec<String> =
        listings.iter().map(|product| product_text(product, left_out)).collect();
    sections.join("\n")
}

fn product_text(product: &ProductListing, left_out: LeftOutFiles) -> String {
    let listing = &product.listing;
    let mut lines: Vec<(String, String)> =
        listing.included.iter().map(|held| (held.path.clone(), held.why.to_string())).collect();
    let built = product.built.iter();
    lines.extend(built.map(|entry| (format!("<{entry}>"), "what is built of it".to_owned())));
    let mut text = format!("{}\n{}", product.name, columns(&lines));
    if left_out == LeftOutFiles::Shown && !listing.omitted.is_empty() {
        let files = listing.omitted.iter();
        let lines: Vec<_> = files.map(|file| (file.path.clone(), file.why.to_string())).collect();
        text.push_str(&format!("\nleft out of {}\n{}", product.name, columns(&lines)));
    }
    text
}

/// The widest that the first column gets.
const WIDEST: usize = 60;

fn columns(lines: &[(String, String)]) -> String {
    let widths = lines.iter().map(|(path, _)| one_line(path).chars().count());
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or_default();
    let line = |(path, why): &(String, String)| {
        format!("  {:<width$}  {}\n", one_line(path), one_line(why))
    };
    lines.iter().map(line).collect()
}

/// A proof for programs.
pub fn proof(proof: &Proof) -> Value {
    let inputs = proof.inputs.iter().map(|(file, readers)| {
        let readers: Vec<String> = readers.iter().map(ToString::to_string).collect();
        json!({ "file": file, "readers": readers })
    });
    let programs = proof.programs.iter();
    let programs =
        programs.map(|(builder, command)| json!({ "builder": builder, "command": command }));
    json!({
        "sdist": proof.sdist,
        "wheel": proof.wheel,
        "inputs": inputs.collect::<Vec<_>>(),
        "programs": programs.collect::<Vec<_>>(),
    })
}

/// A proof for people.
pub fn proof_text(proof: &Proof) -> String {
    let count = proof.inputs.len();
    let files = match count {
        1 => "the one file".to_owned(),
        _ => format!("all {count} files"),
    };
    let mut text = format!(
        "{}: holds {files} of the tree that the build reads\n\
         {}: the same from the sdist as from the tree\n",
        proof.sdist, proof.wheel
    );
    for (builder, command) in &proof.programs {
        let (command, builder) = (command.join(" "), builder.to_string());
        let (command, builder) = (one_line(&command), one_line(&builder));
        text.push_str(&format!(
            "note: what `{command}` reads, which {builder} runs, is not known\n"
        ));
    }
    text
}
