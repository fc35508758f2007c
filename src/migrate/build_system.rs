//! `[build-system]`: Officina, and what builders need besides.

use pep440_rs::{Operator, Version, VersionSpecifiers};
use toml_edit::{Array, Item, Value};

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::toml_text::{strings, table_of};
use crate::model::requirement_name;
use crate::python::requires::OLDEST_CFFI;

/// What serves setuptools alone.
const OF_SETUPTOOLS: &[&str] = &[
    "setuptools",
    "wheel",
    "pip",
    "setuptools-scm",
    "setuptools-git",
    "setuptools-git-versioning",
    "setuptools-rust",
    "setuptools-golang",
    "pytest-runner",
    "build",
    "twine",
    "cffi",
];

/// Writes `[build-system]`.
pub fn write(draft: &mut Draft) {
    let old_requires = old_requires(draft);
    let said = old_requires.into_iter();
    let extra: Vec<String> = draft.old.setup_requires.clone();
    let mut kept: Vec<String> = Vec::new();
    for requirement in said.chain(extra.iter().cloned()) {
        let name = requirement_name(&requirement);
        let known = kept.iter().any(|one| requirement_name(one) == name && *one == requirement);
        if !known && !is_dropped(draft, &requirement) {
            kept.push(requirement);
        }
    }
    if imports_setuptools(draft).is_some()
        && !kept.iter().any(|one| requirement_name(one) == "setuptools")
    {
        kept.push("setuptools".to_owned());
    }
    tell(draft, &kept);
    let is_there = draft.document.contains_key("build-system");
    if is_there
        && !draft.has_project
        && let Some(table) = draft.document.remove("build-system")
    {
        draft.head.insert("build-system", table); // before `[project]`, which is new
    }
    let is_first = !is_there || !draft.has_project;
    let document = if is_first { &mut draft.head } else { &mut draft.document };
    let table = table_of(document.as_table_mut(), "build-system");
    let Some(table) = table else { return };
    match table.get_mut("requires").and_then(Item::as_array_mut) {
        Some(array) => edit(array, &kept),
        None => {
            let all = std::iter::once("officina").chain(kept.iter().map(String::as_str));
            table.insert("requires", toml_edit::value(strings(all)));
        }
    }
    match table.get_mut("build-backend") {
        Some(backend) => replace(backend, "officina"),
        None => {
            table.insert("build-backend", toml_edit::value("officina"));
        }
    }
    table.remove("backend-path");
}

/// Puts Officina first and keeps what stays, with its comments.
fn edit(array: &mut Array, kept: &[String]) {
    let first = array.get(0).map(|one| one.decor().clone());
    array.retain(|one| one.as_str().is_some_and(|text| kept.iter().any(|kept| kept == text)));
    let mut officina = Value::from("officina");
    if let Some(decor) = first {
        *officina.decor_mut() = decor;
    }
    let next = array.get_mut(0);
    if let Some(next) =
        next.filter(|one| one.decor().prefix().is_none_or(|p| p.as_str() == Some("")))
    {
        next.decor_mut().set_prefix(" ");
    }
    array.insert_formatted(0, officina);
    let there: Vec<String> =
        array.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
    for requirement in kept.iter().filter(|one| !there.contains(one)) {
        array.push(requirement.as_str());
    }
}

fn replace(item: &mut Item, text: &str) {
    let decor = item.as_value().map(|value| value.decor().clone());
    *item = toml_edit::value(text);
    if let (Some(decor), Some(value)) = (decor, item.as_value_mut()) {
        *value.decor_mut() = decor;
    }
}

fn old_requires(draft: &Draft) -> Vec<String> {
    let requires = draft.table(&["build-system"]).and_then(|table| table.get("requires"));
    let requires = requires.and_then(|item| item.as_array()).into_iter().flatten();
    requires.filter_map(|one| Some(one.as_str()?.to_owned())).collect()
}

/// Whether a requirement goes. A cffi that is not too old comes with Officina.
fn is_dropped(draft: &Draft, requirement: &str) -> bool {
    let name = requirement_name(requirement);
    match name.as_str() {
        "officina" => true,
        "setuptools" => imports_setuptools(draft).is_none(),
        "cffi" => is_plain_bound(requirement),
        name => OF_SETUPTOOLS.contains(&name),
    }
}

/// Whether each cffi that Officina's wheel can bring will do: `cffi`, `cffi>=1.0.0`.
fn is_plain_bound(requirement: &str) -> bool {
    let specifier = requirement.split(';').next().unwrap_or_default();
    let starts = specifier.find(['<', '>', '=', '!', '~', '@']).unwrap_or(specifier.len());
    let Ok(bounds) = specifier[starts..].parse::<VersionSpecifiers>() else { return false };
    bounds.iter().all(|bound| {
        *bound.operator() == Operator::GreaterThanEqual
            && OLDEST_CFFI.parse().is_ok_and(|least: Version| *bound.version() <= least)
    })
}

/// The file and the line where a builder imports setuptools or distutils.
fn imports_setuptools(draft: &Draft) -> Option<(String, u32)> {
    let of = ["setuptools", "distutils", "pkg_resources"];
    let imports = draft.old.builders.values().flatten();
    let mut imports = imports.filter(|(name, ..)| of.contains(&name.as_str()));
    imports.next().map(|(_, file, line)| (file.clone(), *line))
}

fn tell(draft: &mut Draft, kept: &[String]) {
    if let Some((file, line)) = imports_setuptools(draft) {
        let text = "setuptools stays in build-system.requires: this builder imports it";
        draft.find(MoveFinding::new(MoveVerdict::Same, text).at(format!("{file}:{line}")));
    }
    if draft.place("setup_requires").is_some() {
        let text = "setup_requires -> build-system.requires";
        draft.tell(MoveVerdict::Same, "setup_requires", text);
    }
    let bounds = draft.old.setup_requires.iter().cloned();
    let bounds = bounds.chain(old_requires(draft));
    let dropped: Vec<_> = bounds.filter(|one| !kept.contains(one)).collect();
    if !dropped.is_empty() {
        let text = format!(
            "build-system.requires: `officina` brings cffi, and needs no {}",
            dropped
                .iter()
                .map(|one| requirement_name(one))
                .filter(|name| name != "cffi")
                .fold(Vec::new(), |mut names: Vec<String>, name| {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                    names
                },)
                .join(", ")
        );
        let text = text.trim_end_matches(", and needs no ").to_owned();
        let place = old_requires(draft).first().map(|_| "pyproject.toml".to_owned());
        draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::Same, text) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_on_cffi_goes_if_officina_keeps_it_anyway() {
        for (requirement, is_kept) in [
            ("cffi", true),
            ("cffi>=1.0.0", true),
            ("cffi >= 1.4.1 ; python_version >= '3.9'", true),
            ("cffi>=1.15.1", true),
            ("cffi>=1.17", false),
            ("cffi>=2.0.0b; python_version >= '3.14'", false),
            ("cffi~=1.17", false),
            ("cffi>=1.0,<2", false),
            ("cffi!=1.14.3", false),
            ("cffi @ https://example.org/cffi.zip", false),
            ("cffi>=a", false),
        ] {
            assert_eq!(is_plain_bound(requirement), is_kept, "{requirement}");
        }
    }
}
