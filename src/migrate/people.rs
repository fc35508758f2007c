//! Names and addresses: `author`, `author_email` -> `authors`.

use toml_edit::Value;

use crate::migrate::toml_text::{array, inline};
use crate::model::{Mailbox, comma_parts};

/// The tables of `authors` or `maintainers`, of the field with names and the one with addresses.
pub fn people(names: Option<&str>, emails: Option<&str>) -> Value {
    let mut mailboxes: Vec<Mailbox> = emails.map(Mailbox::all).unwrap_or_default();
    mailboxes.retain(|one| one.address.is_some());
    let names: Vec<&str> = match names {
        // Addresses with names of their own need no other ones.
        _ if !mailboxes.is_empty() && mailboxes.iter().all(|one| one.name.is_some()) => Vec::new(),
        Some(names) if mailboxes.len() > 1 && comma_parts(names).len() == mailboxes.len() => {
            comma_parts(names)
        }
        Some(names) => vec![names.trim()],
        None => Vec::new(),
    };
    let named = |name: &str, address| Mailbox { name: Some(name.to_owned()), address };
    if names.len() == mailboxes.len() {
        let pairs = names.into_iter().zip(mailboxes);
        return tables(pairs.map(|(name, one)| named(name, one.address)));
    }
    let names = names.into_iter().map(|name| named(name, None));
    tables(names.chain(mailboxes))
}

/// The tables of texts about one person each.
pub fn each(texts: &[String]) -> Value {
    tables(texts.iter().map(|text| Mailbox::of(text)))
}

fn tables(people: impl Iterator<Item = Mailbox>) -> Value {
    let tables = people.map(|Mailbox { name, address }| {
        let name = name.map(|name| ("name", Value::from(name)));
        let address = address.filter(|address| address.contains('@'));
        let entries: Vec<_> =
            name.into_iter().chain(address.map(|address| ("email", address.into()))).collect();
        inline(&entries)
    });
    array(tables.filter(|table| !table.is_empty()).map(Value::InlineTable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_belong_together() {
        let ann = "[{ name = \"Lee, Ann\", email = \"a@x\" }]";
        let two = "[{ name = \"Ann\", email = \"a@x\" }, { name = \"Bob\", email = \"b@x\" }]";
        let table = [
            (Some("Lee, Ann"), Some("a@x"), ann),
            (None, Some("\"Lee, Ann\" <a@x>"), ann),
            (None, Some("Lee, Ann <a@x>"), ann),
            (Some("Ann, Bob"), Some("a@x, b@x"), two),
            (Some("A and B"), Some("Ann <a@x>, \"Bob\" <b@x>"), two),
            (Some("Ann"), Some("UNKNOWN"), "[{ name = \"Ann\" }]"),
            (Some("Lee, Ann"), None, "[{ name = \"Lee, Ann\" }]"),
            (None, Some("<nowhere>"), "[]"),
        ];
        for (names, emails, expected) in table {
            assert_eq!(people(names, emails).to_string(), expected, "{names:?} {emails:?}");
        }
        let texts = ["Lee, Ann <a@x>".to_owned(), "Bob".to_owned()];
        let expected = "[{ name = \"Lee, Ann\", email = \"a@x\" }, { name = \"Bob\" }]";
        assert_eq!(each(&texts).to_string(), expected);
    }
}
