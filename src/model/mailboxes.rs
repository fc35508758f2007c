//! People as fields of e-mail name them: `Ann Lee <ann@example.org>, bob@example.org`.

/// A name, an address, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Without quotes.
    pub name: Option<String>,
    /// What stands between `<` and `>`, or has an `@` where there are none.
    pub address: Option<String>,
}

impl Mailbox {
    /// The parts of a text about one person.
    pub fn of(text: &str) -> Self {
        let filled = |text: String| (!text.is_empty()).then_some(text);
        match text.rsplit_once('<') {
            Some((name, address)) => Mailbox {
                name: filled(plain(name)),
                address: filled(plain(address.trim_end().trim_end_matches('>'))),
            },
            None if text.contains('@') => Mailbox { name: None, address: filled(plain(text)) },
            None => Mailbox { name: filled(plain(text)), address: None },
        }
    }

    /// All that a field names. Where a name with a comma has no quotes, as `Lee, Ann <ann@x>`, its
    /// parts are one.
    pub fn all(field: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let mut begun = String::new();
        for part in comma_parts(field) {
            begun.push_str(part);
            if part.contains(['@', '<']) {
                found.push(Self::of(&begun));
                begun.clear();
            } else {
                begun.push_str(", ");
            }
        }
        let rest = begun.trim_end_matches(", ");
        found.extend((!rest.is_empty()).then(|| Self::of(rest)));
        found
    }
}

fn plain(text: &str) -> String {
    text.trim().trim_matches('"').replace("\\\"", "\"").trim().to_owned()
}

/// The parts between commas that no quotes hold together. None is empty.
pub fn comma_parts(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let parts = text.split(|letter| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_name_is_no_end_of_it() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("a@x, b@x", &[("", "a@x"), ("", "b@x")]),
            ("Ann <a@x>,Bob <b@x>", &[("Ann", "a@x"), ("Bob", "b@x")]),
            ("\"Lee, Ann\" <a@x>, b@x", &[("Lee, Ann", "a@x"), ("", "b@x")]),
            ("Lee, Ann <a@x>, Bob <b@x>", &[("Lee, Ann", "a@x"), ("Bob", "b@x")]),
            ("\"A \\\"B\\\" C\" <a@x>", &[("A \"B\" C", "a@x")]),
            ("Ann", &[("Ann", "")]),
            ("<a@x>", &[("", "a@x")]),
            ("Lee, Ann", &[("Lee, Ann", "")]),
            (" , ", &[]),
        ];
        for (field, expected) in table {
            let found = Mailbox::all(field);
            let found: Vec<_> = found
                .iter()
                .map(|one| {
                    (one.name.as_deref().unwrap_or(""), one.address.as_deref().unwrap_or(""))
                })
                .collect();
            assert_eq!(found, *expected, "{field}");
        }
    }
}
