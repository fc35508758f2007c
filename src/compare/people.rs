//! Who wrote something: the fields `Author`, `Author-email` and those of maintainers say it in
//! several ways.

use std::collections::BTreeSet;

/// The names and the addresses of a field and its `-email`, in lower case.
pub fn people(names: &[&str], emails: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in names.iter().flat_map(|value| parts(value)) {
        found.insert(part.to_lowercase());
    }
    for part in emails.iter().flat_map(|value| parts(value)) {
        match part.rsplit_once('<') {
            Some((name, address)) => {
                found.insert(plain(name));
                found.insert(plain(address.trim_end_matches('>')));
            }
            None => drop(found.insert(plain(&part))),
        }
    }
    found.remove("");
    found.remove("unknown");
    found
}

fn plain(text: &str) -> String {
    text.trim().trim_matches('"').replace("\\\"", "\"").trim().to_lowercase()
}

/// The parts between commas that no quotes hold together.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in value.chars() {
        match letter {
            ',' if !quoted => parts.push(String::new()),
            letter => {
                quoted ^= letter == '"';
                if let Some(last) = parts.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_people_are_the_same_however_they_are_written() {
        let expected = people(&["Ann Lee"], &["ann@x.org"]);
        assert_eq!(expected.len(), 2);
        for (names, emails) in [
            (vec![], vec!["Ann Lee <ann@x.org>"]),
            (vec![], vec!["\"Ann Lee\" <Ann@x.org>"]),
            (vec!["ann lee"], vec!["<ann@x.org>"]),
            (vec!["UNKNOWN", "Ann Lee"], vec!["ann@x.org"]),
        ] {
            assert_eq!(people(&names, &emails), expected, "{names:?} {emails:?}");
        }
        assert_eq!(people(&["A, B"], &[]), people(&["B,A"], &[]));
        assert_eq!(people(&[], &["\"Lee, Ann\" <a@x>"]).len(), 2);
    }
}
