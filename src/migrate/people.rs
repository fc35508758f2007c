//! Names and addresses: `author`, `author_email` -> `authors`.

use toml_edit::Value;

use crate::migrate::toml_text::{array, inline};

/// The tables of `authors` or `maintainers`.
pub fn people(names: Option<&str>, emails: Option<&str>) -> Value {
    let addresses: Vec<_> = emails.into_iter().flat_map(split).map(address).collect();
    // Addresses with names of their own need no other ones.
    let are_named = !addresses.is_empty() && addresses.iter().all(|(name, _)| name.is_some());
    if are_named {
        let entries = addresses.into_iter().map(|(name, email)| person(name, Some(email)));
        return array(entries);
    }
    let names: Vec<&str> = match (names, addresses.len()) {
        (Some(names), count) if count > 1 && split(names).count() == count => {
            split(names).collect()
        }
        (Some(names), _) => vec![names.trim()],
        (None, _) => Vec::new(),
    };
    if names.len() == addresses.len() {
        let pairs = names.into_iter().zip(addresses);
        return array(pairs.map(|(name, (_, email))| person(Some(name), Some(email))));
    }
    let names = names.into_iter().map(|name| person(Some(name), None));
    let rest = addresses.into_iter().map(|(name, email)| person(name, Some(email)));
    array(names.chain(rest))
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

/// `Ann <ann@example.org>`
fn address(text: &str) -> (Option<&str>, &str) {
    match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, email)) => {
            let name = name.trim().trim_matches('"');
            ((!name.is_empty()).then_some(name), email.trim())
        }
        None => (None, text),
    }
}

fn person(name: Option<&str>, email: Option<&str>) -> Value {
    let mut entries = Vec::new();
    entries.extend(name.map(|name| ("name", Value::from(name))));
    entries.extend(email.filter(|one| one.contains('@')).map(|email| ("email", email.into())));
    Value::InlineTable(inline(&entries))
}
