//! `dependencies` and `extras` of poetry -> PEP 508.

use std::collections::BTreeSet;

use toml_edit::{Item, Table, TableLike, Value};

use crate::migrate::migration::MoveVerdict;
use crate::migrate::origins::origin_draft::{OriginDraft, texts};
use crate::migrate::origins::poetry_versions::specifiers;
use crate::migrate::toml_text;
use crate::model::{normalize_name, requirement_name};

/// A requirement, or why there is none.
type Translated = Result<String, String>;

struct Dependency {
    name: String,
    requirements: Vec<Translated>,
    optional: bool,
}

/// Writes `requires-python`, `dependencies` and `optional-dependencies`.
pub fn write(draft: &mut OriginDraft) {
    let Some(table) = draft.own(&["dependencies"]) else { return };
    let python = table.get("python").and_then(Item::as_str).map(str::to_owned);
    let others = table.iter().filter(|(name, _)| *name != "python");
    let dependencies: Vec<Dependency> = others.map(|(name, item)| dependency(name, item)).collect();
    let extras: Vec<(String, Vec<String>)> = draft
        .own(&["extras"])
        .map(|table| table.iter().map(|(name, item)| (name.to_owned(), texts(item))).collect())
        .unwrap_or_default();
    requires_python(draft, python.as_deref());
    let mut plain = Vec::new();
    let mut refused = Vec::new();
    for dependency in &dependencies {
        for requirement in &dependency.requirements {
            match requirement {
                Ok(text) if !dependency.optional => plain.push(text.clone()),
                Ok(_) => {}
                Err(why) => refused.push((dependency.name.clone(), why.clone())),
            }
        }
    }
    toml_text::set(&mut draft.project, "dependencies", toml_text::strings(&plain));
    write_extras(draft, &extras, &dependencies);
    draft.tell_key(
        MoveVerdict::Same,
        "dependencies",
        "`^` and `~` -> the specifiers that they stand for (PEP 440)",
    );
    for (name, why) in refused {
        draft.tell_key(MoveVerdict::YouDecide, &name, format!("`{name}`: {why}"));
    }
}

fn requires_python(draft: &mut OriginDraft, python: Option<&str>) {
    let Some(python) = python else { return };
    match specifiers(python) {
        Some(specifiers) if specifiers.is_empty() => {}
        Some(specifiers) => {
            if specifiers.contains("<4") {
                let text = format!(
                    "`python = \"{python}\"` -> `{specifiers}`: an upper bound keeps installers from versions \
                                    to come, so most projects leave it out"
                );
                draft.tell_key(MoveVerdict::YouDecide, "python", text);
            }
            draft.project.insert("requires-python", toml_edit::value(specifiers));
        }
        None => {
            let text =
                format!("`python = \"{python}\"` has no form in PEP 440: write `requires-python`");
            draft.tell_key(MoveVerdict::YouDecide, "python", text);
        }
    }
}

fn write_extras(draft: &mut OriginDraft, extras: &[(String, Vec<String>)], all: &[Dependency]) {
    let mut table = Table::new();
    let mut used = BTreeSet::new();
    for (extra, names) in extras {
        let mut requirements = Vec::new();
        for name in names {
            let name = requirement_name(name);
            let found = all.iter().find(|one| normalize_name(&one.name) == name);
            requirements.extend(
                found.into_iter().flat_map(|one| one.requirements.iter().flatten().cloned()),
            );
            used.insert(name);
        }
        table.insert(extra, toml_edit::value(toml_text::strings(&requirements)));
    }
    if !table.is_empty() {
        draft.project.insert("optional-dependencies", Item::Table(table));
    }
    let unused =
        all.iter().filter(|one| one.optional && !used.contains(&normalize_name(&one.name)));
    for one in unused {
        let text = format!("`{}` is optional and in no extra: nobody can ask for it", one.name);
        draft.tell_key(MoveVerdict::YouDecide, &one.name, text);
    }
}

fn dependency(name: &str, item: &Item) -> Dependency {
    let (mut requirements, mut optional) = (Vec::new(), false);
    if let Some(constraint) = item.as_str() {
        requirements.push(versioned(name, "", constraint, ""));
    } else if let Some(table) = item.as_table_like() {
        requirements.push(from_table(name, table));
        optional = is_optional(table);
    } else {
        // Several constraints, each for another environment.
        for value in item.as_array().into_iter().flatten() {
            match value {
                Value::InlineTable(table) => {
                    requirements.push(from_table(name, table));
                    optional |= is_optional(table);
                }
                Value::String(text) => requirements.push(versioned(name, "", text.value(), "")),
                _ => {}
            }
        }
    }
    Dependency { name: name.to_owned(), requirements, optional }
}

fn is_optional(table: &dyn TableLike) -> bool {
    table.get("optional").and_then(Item::as_bool).unwrap_or_default()
}

fn from_table(name: &str, table: &dyn TableLike) -> Translated {
    let text = |key: &str| table.get(key).and_then(Item::as_str);
    let extras = table.get("extras").map(texts).unwrap_or_default().join(",");
    let extras = if extras.is_empty() { extras } else { format!("[{extras}]") };
    let marker = marker(text("python"), text("platform"), text("markers"))?;
    let space = if marker.is_empty() { "" } else { " " };
    if let Some(git) = text("git") {
        let revision = ["rev", "tag", "branch"].iter().find_map(|key| text(key));
        let revision = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
        return Ok(format!("{name}{extras} @ git+{git}{revision}{space}{marker}"));
    }
    if let Some(url) = text("url") {
        return Ok(format!("{name}{extras} @ {url}{space}{marker}"));
    }
    if text("path").is_some() || text("file").is_some() {
        return Err("a path in the tree means nothing to those who install it".to_owned());
    }
    versioned(name, &extras, text("version").unwrap_or("*"), &marker)
}

fn versioned(name: &str, extras: &str, constraint: &str, marker: &str) -> Translated {
    let specifiers = specifiers(constraint)
        .ok_or_else(|| format!("`{constraint}` has no form in PEP 440: write it for each range"))?;
    Ok(format!("{name}{extras}{specifiers}{marker}"))
}

/// `; python_version < "3.10" and sys_platform == "darwin"`, or nothing.
fn marker(
    python: Option<&str>,
    platform: Option<&str>,
    markers: Option<&str>,
) -> Result<String, String> {
    let mut parts = Vec::new();
    if let Some(python) = python {
        let specifiers = specifiers(python)
            .ok_or_else(|| format!("`python = \"{python}\"` has no form in PEP 440"))?;
        for one in specifiers.split(',').filter(|one| !one.is_empty()) {
            let end = one.find(|c: char| c.is_ascii_digit()).unwrap_or(one.len());
            let (operator, version) = one.split_at(end);
            let is_long = version.trim_end_matches(".*").matches('.').count() > 1;
            let variable = if is_long { "python_full_version" } else { "python_version" };
            let version =
                if version.contains('.') { version.to_owned() } else { format!("{version}.0") };
            parts.push(format!("{variable} {operator} \"{version}\""));
        }
    }
    parts.extend(platform.map(|platform| format!("sys_platform == \"{platform}\"")));
    let has_others = !parts.is_empty();
    parts.extend(markers.map(|markers| match has_others && markers.contains(" or ") {
        true => format!("({markers})"),
        false => markers.to_owned(),
    }));
    Ok(if parts.is_empty() { String::new() } else { format!("; {}", parts.join(" and ")) })
}
