//! Who wrote something: the fields `Author`, `Author-email` and those of maintainers say it in
//! several ways.

use std::collections::BTreeSet;

use crate::model::{Mailbox, comma_parts};

/// The names and the addresses of a field and its `-email`, in lower case.
pub fn people(names: &[&str], emails: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in names.iter().flat_map(|value| comma_parts(value)) {
        found.insert(part.to_lowercase());
    }
    for Mailbox { name, address } in emails.iter().flat_map(|value| Mailbox::all(value)) {
        found.extend(name.into_iter().chain(address).map(|text| text.to_lowercase()));
    }
    found.remove("unknown");
    found
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
        assert_eq!(people(&[], &["Lee, Ann <a@x>"]), people(&[], &["\"Lee, Ann\" <a@x>"]));
    }
}
