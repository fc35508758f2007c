//! The C that cffi wrote in two builds, where both keep it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::compare::{self, Difference};
use crate::fs;

/// The differences between the sources that cffi wrote below two folders. A source that only one of
/// them keeps says nothing.
pub fn compare(old: &Path, new: &Path) -> Vec<Difference> {
    let (old, new) = (generated(old), generated(new));
    let mut found = Vec::new();
    for (name, text) in &old {
        // A module in a package may be generated under its bare name or under its full one.
        let of_module = new.iter().filter(|(other, _)| is_same_module(name, other));
        let texts: Vec<&String> = of_module.map(|(_, text)| text).collect();
        let is_same = texts.iter().any(|other| compare::same_generated_source(text, other));
        if !texts.is_empty() && !is_same {
            found.push(
                Difference::lost(name.as_str(), "cffi writes other C for it").hint(
                    "what the builder reads or asks must be the same: the folder it runs in, variables, versions",
                ),
            );
        }
    }
    found
}

fn is_same_module(one: &str, other: &str) -> bool {
    let (one, other) = (format!(".{one}"), format!(".{other}"));
    one.ends_with(&other) || other.ends_with(&one)
}

/// File name -> text.
fn generated(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in fs::files_below(folder) {
        let is_c = path.extension().is_some_and(|ending| ending == "c" || ending == "cpp");
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_c) else {
            continue;
        };
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if compare::is_generated_source(&text) {
            found.insert(name.to_owned(), text);
        }
    }
    found
}
