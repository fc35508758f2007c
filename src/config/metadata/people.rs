//! `authors` and `maintainers`.

use crate::config::metadata::text;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Person;

/// A list of people, empty if absent.
///
/// # Errors
/// An entry has neither a name nor an address, or a key that people do not have.
pub(super) fn read(project: &TomlTable<'_>, key: &str) -> Result<Vec<Person>> {
    let entries = project.tables(key)?.unwrap_or_default();
    entries
        .into_iter()
        .map(|entry| {
            let table = entry.value;
            table.refuse_unknown(&["name", "email"])?;
            let field = |key| Ok(text::string(&table, key)?.map(|s| s.value.trim().to_owned()));
            let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
            match (filled(field("name")?), filled(field("email")?)) {
                (name, Some(email)) => Ok(Person::Reachable { name, email }),
                (Some(name), None) => Ok(Person::Named(name)),
                (None, None) => Err(table
                    .error(entry.span, format!("`{}` has neither name nor email", table.name))
                    .hint("write `{ name = \"...\", email = \"...\" }`, or one of the two")),
            }
        })
        .collect()
}

/// The `Author` and the `Author-email` value of people; `None` where there is nothing to say.
pub(super) fn written(people: &[Person]) -> (Option<String>, Option<String>) {
    let join = |list: Vec<String>| (!list.is_empty()).then(|| list.join(", "));
    let named = people.iter().filter_map(|person| match person {
        Person::Named(name) => Some(name.clone()),
        Person::Reachable { .. } => None,
    });
    let reachable = people.iter().filter_map(|person| match person {
        Person::Named(_) => None,
        Person::Reachable { name, email } => Some(mailbox(name.as_deref(), email)),
    });
    (join(named.collect()), join(reachable.collect()))
}

/// `Name <address>`; a name with characters that mean something in RFC 5322 is quoted.
fn mailbox(name: Option<&str>, email: &str) -> String {
    match name {
        None => email.to_owned(),
        Some(name) if name.contains(|c| r#"()<>[]:;@\,.""#.contains(c)) => {
            let name = name.replace('\\', r"\\").replace('"', "\\\"");
            format!("\"{name}\" <{email}>")
        }
        Some(name) => format!("{name} <{email}>"),
    }
}
