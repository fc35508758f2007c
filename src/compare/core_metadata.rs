//! Core metadata: `METADATA` of a wheel, `PKG-INFO` of an sdist, compared by what they mean.

mod fields;
mod licenses;
mod normal;

use std::collections::BTreeSet;

use crate::compare::difference::Difference;
use crate::compare::people::people;

pub use fields::Fields;
pub use normal::{name, version};

/// The differences between two texts.
pub fn compare(old: &str, new: &str) -> Vec<Difference> {
    let (old, new) = (Fields::parse(old), Fields::parse(new));
    let mut found = Vec::new();
    for (field, normal, key) in SINGLE {
        found.extend(single(&old, &new, (field, *normal, key)));
    }
    for (field, normal, key) in LISTS {
        found.extend(list(&old, &new, (field, *normal, key)));
    }
    for (field, key) in [("Author", "authors"), ("Maintainer", "maintainers")] {
        found.extend(persons(&old, &new, field, key));
    }
    found.extend(keywords(&old, &new));
    found.extend(addresses(&old, &new));
    found.extend(description(&old, &new));
    found.extend(licenses::compare(&old, &new));
    found.extend(unheeded(&old, &new));
    found
}

type Rule = (&'static str, fn(&str) -> String, &'static str);

/// Fields that stand once: what their values mean, and the key of `[project]` that they come from.
const SINGLE: &[Rule] = &[
    ("Name", normal::name, "name"),
    ("Version", normal::version, "version"),
    ("Summary", normal::blanks, "description"),
    ("Requires-Python", normal::specifiers, "requires-python"),
];

/// Fields that stand once for each value.
const LISTS: &[Rule] = &[
    ("Requires-Dist", normal::requirement, "dependencies"),
    ("Provides-Extra", normal::name, "optional-dependencies"),
    ("Classifier", normal::blanks, "classifiers"),
    ("Requires-External", normal::blanks, ""),
    ("Provides-Dist", normal::requirement, ""),
    ("Obsoletes-Dist", normal::requirement, ""),
];

/// Fields of which nobody makes use, and those that follow from others.
const UNHEEDED: [&str; 6] =
    ["Metadata-Version", "Dynamic", "Platform", "Supported-Platform", "Provides", "Obsoletes"];

fn single(old: &Fields, new: &Fields, (field, normal, key): Rule) -> Option<Difference> {
    match (old.one(field), new.one(field)) {
        (Some(before), Some(after)) if before == after => None,
        (Some(before), Some(after)) if normal(before) == normal(after) => {
            let words = format!("`{before}` -> `{after}`: the same in another spelling");
            Some(Difference::benign(field, words))
        }
        (Some(before), Some(after)) => {
            let words = format!("`{before}` -> `{after}`");
            Some(Difference::lost(field, words).hint(of_project(key)))
        }
        (Some(before), None) => {
            Some(Difference::lost(field, format!("`{before}` is gone")).hint(of_project(key)))
        }
        // Installers keep away from other Pythons then, which is what somebody wrote it for.
        (None, Some(after)) => Some(Difference::benign(field, format!("`{after}` is new"))),
        (None, None) => None,
    }
}

fn list(old: &Fields, new: &Fields, (field, normal, key): Rule) -> Vec<Difference> {
    let set = |fields: &Fields| -> BTreeSet<String> {
        fields.all(field).map(normal).filter(|value| !value.is_empty()).collect()
    };
    let (before, after) = (set(old), set(new));
    let replaced = new.one("License-Expression").is_some();
    let mut found = Vec::new();
    for value in before.difference(&after) {
        let gone = format!("`{value}` is gone");
        found.push(match field {
            "Classifier" if replaced && value.starts_with("License ::") => {
                Difference::benign(field, format!("{gone}: `License-Expression` says it (PEP 639)"))
            }
            "Classifier" if value.starts_with("Programming Language :: Python :: 2") => {
                Difference::benign(field, gone)
            }
            _ => Difference::lost(field, gone).hint(of_project(key)),
        });
    }
    let added = after.difference(&before);
    found.extend(added.map(|value| Difference::benign(field, format!("`{value}` is new"))));
    found
}

fn persons(old: &Fields, new: &Fields, field: &str, key: &str) -> Option<Difference> {
    let email = format!("{field}-email");
    let of = |fields: &Fields| {
        let names: Vec<&str> = fields.all(field).collect();
        let emails: Vec<&str> = fields.all(&email).collect();
        people(&names, &emails)
    };
    let (before, after) = (of(old), of(new));
    let gone: Vec<&str> = before.difference(&after).map(String::as_str).collect();
    if !gone.is_empty() {
        let words = format!("`{}` is gone", gone.join("`, `"));
        return Some(Difference::lost(field, words).hint(of_project(key)));
    }
    let is_moved = old.one(field) != new.one(field) || old.one(&email) != new.one(&email);
    is_moved
        .then(|| Difference::benign(field, format!("the same people, in `{field}` and `{email}`")))
}

fn keywords(old: &Fields, new: &Fields) -> Option<Difference> {
    let (before, after) = (old.one("Keywords")?, new.one("Keywords").unwrap_or_default());
    let set = |text: &str, is_break: fn(char) -> bool| -> BTreeSet<String> {
        text.split(is_break).map(normal::blanks).filter(|word| !word.is_empty()).collect()
    };
    let commas = |c| c == ',';
    let blanks = |c: char| c == ',' || c.is_whitespace();
    if set(before, commas) == set(after, commas) || set(before, blanks).is_empty() {
        return None;
    }
    Some(match set(before, blanks).is_subset(&set(after, blanks)) {
        true => Difference::benign("Keywords", format!("`{before}` -> `{after}`")),
        false => Difference::lost("Keywords", format!("`{before}` -> `{after}`"))
            .hint(of_project("keywords")),
    })
}

/// Addresses of the project, whatever their labels are.
fn addresses(old: &Fields, new: &Fields) -> Vec<Difference> {
    let of = |fields: &Fields| -> BTreeSet<(String, String)> {
        let labelled = fields.all("Project-URL").map(|value| {
            let (label, address) = value.split_once(',').unwrap_or(("", value));
            (label.trim().to_owned(), address.trim().to_owned())
        });
        let plain = ["Home-page", "Download-URL"].into_iter().flat_map(|field| {
            fields.all(field).map(move |address| (field.to_owned(), address.trim().to_owned()))
        });
        labelled.chain(plain).filter(|(_, address)| !address.is_empty()).collect()
    };
    let (before, after) = (of(old), of(new));
    let mut found = Vec::new();
    for (label, address) in before.difference(&after) {
        let now = after.iter().find(|(_, other)| other == address);
        found.push(match now {
            Some((other, _)) if label.starts_with("Home") || label.starts_with("Download-") => {
                let words = format!("`{address}` is the `Project-URL` named {other}");
                Difference::benign(label.as_str(), words)
            }
            Some((other, _)) => {
                let words = format!("`{address}` is named {other}, not {label}");
                Difference::benign("Project-URL", words)
            }
            None => {
                let words = format!("`{address}` ({label}) is gone");
                Difference::lost("Project-URL", words).hint(of_project("urls"))
            }
        });
    }
    found
}

fn description(old: &Fields, new: &Fields) -> Vec<Difference> {
    let (before, after) = (normal::text(&old.description), normal::text(&new.description));
    let mut found = Vec::new();
    let is_said = |text: &str| !text.is_empty();
    if is_said(&before) && before != after {
        let words = if after.is_empty() { "is gone" } else { "is another text" };
        found.push(Difference::lost("Description", words).hint(of_project("readme")));
    } else if !is_said(&before) && is_said(&after) {
        found.push(Difference::benign("Description", "is new"));
    }
    const TYPE: &str = "Description-Content-Type";
    let kind = |fields: &Fields| -> String {
        let kind = fields.one(TYPE).unwrap_or_default();
        kind.split(';').next().unwrap_or_default().trim().to_lowercase()
    };
    match (kind(old), kind(new)) {
        (before, after) if before == after || !is_said(&normal::text(&old.description)) => {}
        (before, after) if before.is_empty() => {
            let words = format!("`{after}` is said, so that indexes render the text");
            found.push(Difference::better(TYPE, words));
        }
        (before, after) => {
            let words = format!("`{before}` -> `{after}`");
            found.push(Difference::lost(TYPE, words).hint(of_project("readme")));
        }
    }
    found
}

fn unheeded(old: &Fields, new: &Fields) -> Vec<Difference> {
    let mut found = Vec::new();
    for field in UNHEEDED {
        let said = |fields: &Fields| -> BTreeSet<String> {
            let values = fields.all(field).filter(|value| !value.is_empty());
            values.map(str::to_owned).collect()
        };
        let (before, after) = (said(old), said(new));
        if before != after {
            let words = format!("{} -> {}", list_of(&before), list_of(&after));
            found.push(Difference::benign(field, words));
        }
    }
    found
}

fn list_of(values: &BTreeSet<String>) -> String {
    if values.is_empty() {
        return "nothing".to_owned();
    }
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(", ")
}

fn of_project(key: &str) -> String {
    match key {
        "" => "no key of `[project]` says it (PEP 621)".to_owned(),
        key => format!("see `{key}` in `[project]`"),
    }
}
