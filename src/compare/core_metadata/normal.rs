//! Normal forms of the values of core metadata: equal ones mean the same. Pure.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use crate::model::{Marker, Requirement, VersionOrUrl, normalize_name};

/// A name of a distribution or of an extra.
pub fn name(text: &str) -> String {
    normalize_name(text.trim())
}

/// A version; what is none stays as it is.
pub fn version(text: &str) -> String {
    Version::from_str(text.trim())
        .map_or_else(|_| text.trim().to_owned(), |version| version.to_string())
}

/// Version specifiers, sorted.
pub fn specifiers(text: &str) -> String {
    let parsed = VersionSpecifiers::from_str(text.trim());
    parsed.map_or_else(|_| blanks(text), |specifiers| sorted(&specifiers))
}

fn sorted(specifiers: &VersionSpecifiers) -> String {
    let mut each: Vec<String> =
        specifiers.iter().map(|one| without_zeros(&one.to_string())).collect();
    each.sort();
    each.dedup();
    each.join(",")
}

/// `<4.0` -> `<4`; not where the number of parts counts.
fn without_zeros(specifier: &str) -> String {
    let counts =
        specifier.starts_with("~=") || specifier.starts_with("===") || specifier.ends_with('*');
    let mut short = specifier;
    while let Some(rest) = short.strip_suffix(".0").filter(|_| !counts) {
        short = rest;
    }
    short.to_owned()
}

/// A requirement: specifiers and markers sorted.
pub fn requirement(text: &str) -> String {
    let Ok(requirement) = Requirement::from_str(text) else { return blanks(text) };
    let versions = match &requirement.version_or_url {
        VersionOrUrl::Versions(specifiers) => sorted(specifiers),
        VersionOrUrl::Url(url) => format!(" @ {url} "),
    };
    let extras = match requirement.extras.as_slice() {
        [] => String::new(),
        extras => format!("[{}]", extras.join(",")),
    };
    let marker = requirement.marker.map(|marker| format!("; {}", flat(marker)));
    format!("{}{extras}{versions}{}", requirement.name, marker.unwrap_or_default())
}

/// A marker without needless parentheses, its parts sorted, each once.
fn flat(marker: Marker) -> Marker {
    let (parts, is_all) = match marker {
        Marker::Comparison(_) => return marker,
        Marker::All(parts) => (parts, true),
        Marker::Any(parts) => (parts, false),
    };
    let mut each = Vec::new();
    for part in parts.into_iter().map(flat) {
        match part {
            Marker::All(inner) if is_all => each.extend(inner),
            Marker::Any(inner) if !is_all => each.extend(inner),
            other => each.push(other),
        }
    }
    each.sort_by_key(ToString::to_string);
    each.dedup();
    match (each.len(), is_all) {
        (1, _) => each.remove(0),
        (_, true) => Marker::All(each),
        (_, false) => Marker::Any(each),
    }
}

/// Words with one blank between them.
pub fn blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of many lines, without blanks at the ends of lines and empty lines around it.
pub fn text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_requirement_has_one_form() {
        let table = [
            ("Foo (>=1,<2)", "foo<2,>=1"),
            (
                "a-b ; extra == 'X_y' and (python_version<'3')",
                "a_b; python_version < \"3\" and extra == \"x-y\"",
            ),
            (
                "a; (os_name=='a' or os_name=='b') and extra=='t'",
                "a; extra=='t' and (os_name=='b' or os_name=='a')",
            ),
            ("a[x,y]>=1", "a[y, x] >= 1"),
            ("a>=1.0", "a >=1"),
            ("a<4.0.0", "a<4"),
        ];
        for (one, two) in table {
            assert_eq!(requirement(one), requirement(two));
        }
        for (one, two) in [
            ("a>=1", "a>=2"),
            ("a~=1.0", "a~=1"),
            ("a==1.0.*", "a==1.*"),
            ("a", "b"),
            ("a", "a; os_name=='a'"),
            ("a", "a[x]"),
        ] {
            assert_ne!(requirement(one), requirement(two));
        }
    }

    #[test]
    fn versions_and_specifiers_have_one_form() {
        assert_eq!(version("1.0-rc.1"), version("1.0rc1"));
        assert_eq!(specifiers(">=3.9, !=3.10.*"), specifiers("!=3.10.*,>=3.9"));
        assert_eq!(version("odd"), "odd");
    }
}
