//! `[tool.poetry]` -> `[project]` and `[tool.officina]`.

mod dependencies;

use pep440_rs::{Version, VersionSpecifiers};
use toml_edit::{Item, Table};

use crate::config::license_expression::license_expression;
use crate::migrate::migration::MoveVerdict;
use crate::migrate::origins::origin_draft::{OriginDraft, texts};
use crate::migrate::origins::poetry_versions::specifiers;
use crate::migrate::{people, toml_text};

/// Writes all that poetry's table says.
pub fn write(draft: &mut OriginDraft) {
    if draft.project.is_empty() {
        metadata(draft);
        dependencies::write(draft);
        scripts(draft);
    } else {
        draft.tell_key(MoveVerdict::Same, "name", "`[project]` stays as it is");
    }
    build_script(draft);
    packages(draft);
    files(draft);
    groups(draft);
}

fn metadata(draft: &mut OriginDraft) {
    for key in ["name", "version", "description"] {
        if let Some(text) = draft.own_text(&[], key) {
            draft.project.insert(key, toml_edit::value(text.trim()));
        }
    }
    readme(draft);
    if let Some(license) = draft.own_text(&[], "license") {
        let value = match license_expression(&license) {
            Some(expression) => toml_edit::value(expression),
            None => {
                let own: String =
                    license.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
                let text = format!(
                    "license = \"{license}\" is no SPDX expression: `license = \"LicenseRef-{own}\"`"
                );
                draft.tell_key(MoveVerdict::YouDecide, "license", text);
                toml_edit::value(toml_text::inline(&[("text", license.into())]))
            }
        };
        draft.project.insert("license", value);
    }
    for key in ["authors", "maintainers"] {
        let people = draft.own_texts(&[], key);
        if !people.is_empty() {
            toml_text::set(&mut draft.project, key, people::each(&people));
        }
    }
    let keywords = toml_text::strings(draft.own_texts(&[], "keywords"));
    toml_text::set(&mut draft.project, "keywords", keywords);
    classifiers(draft);
    urls(draft);
    draft.tell_key(MoveVerdict::Same, "name", "the metadata of `[tool.poetry]` -> `[project]`");
}

/// Those that are written, and those that poetry adds by itself for the Pythons that `python` allows.
/// Those about the licence may not stand beside an expression (PEP 639).
fn classifiers(draft: &mut OriginDraft) {
    let written = draft.own_texts(&[], "classifiers");
    let python = draft.own_text(&["dependencies"], "python").unwrap_or_default();
    let allowed = specifiers(&python).and_then(|text| text.parse::<VersionSpecifiers>().ok());
    let allows = |minor: &u64| {
        let last = Version::new([3, *minor, 99]);
        allowed.as_ref().is_none_or(|allowed| allowed.contains(&last))
    };
    let added = std::iter::once("3".to_owned())
        .chain(PYTHONS.filter(allows).map(|minor| format!("3.{minor}")))
        .map(|version| format!("Programming Language :: Python :: {version}"));
    let is_expression = draft.project.get("license").is_some_and(Item::is_str);
    let stays = |one: &String| !(is_expression && one.starts_with("License ::"));
    let mut all: Vec<String> = written.into_iter().filter(stays).collect();
    for one in added {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    toml_text::set(&mut draft.project, "classifiers", toml_text::strings(&all));
    let text = "the classifiers that poetry adds for each version of Python are written out";
    draft.tell_key(MoveVerdict::Same, "python", text);
}

/// The versions that poetry knows, each after `3.`
const PYTHONS: std::ops::RangeInclusive<u64> = 2..=15;

fn readme(draft: &mut OriginDraft) {
    match draft.own_texts(&[], "readme").as_slice() {
        [] => {}
        [one] => drop(draft.project.insert("readme", toml_edit::value(one))),
        several => {
            let list = toml_text::strings(several);
            draft.project.insert("dynamic", toml_edit::value(toml_text::strings(["readme"])));
            let from = toml_text::inline(&[("file", list)]);
            if let Some(table) = toml_text::table_of(&mut draft.settings, "dynamic") {
                table.insert("readme", toml_edit::value(from));
            }
        }
    }
}

fn urls(draft: &mut OriginDraft) {
    let mut urls: Vec<(String, String)> = Vec::new();
    for (key, label) in
        [("homepage", "Homepage"), ("repository", "Repository"), ("documentation", "Documentation")]
    {
        urls.extend(draft.own_text(&[], key).map(|address| (label.to_owned(), address)));
    }
    if let Some(table) = draft.own(&["urls"]) {
        let own = table
            .iter()
            .filter_map(|(key, item)| Some((key.to_owned(), item.as_str()?.to_owned())));
        urls.extend(own);
    }
    if !urls.is_empty() {
        let entries = urls.iter().map(|(label, address)| (label.as_str(), address.as_str()));
        draft.project.insert("urls", toml_text::text_table(entries));
    }
}

/// `scripts` and `plugins`.
fn scripts(draft: &mut OriginDraft) {
    let targets = |table: &dyn toml_edit::TableLike| -> Vec<(String, Option<String>)> {
        let target = |item: &Item| {
            let table = item.as_table_like();
            let named =
                table.and_then(|table| table.get("reference").or_else(|| table.get("callable")));
            item.as_str().or_else(|| named.and_then(Item::as_str)).map(str::to_owned)
        };
        table.iter().map(|(key, item)| (key.to_owned(), target(item))).collect()
    };
    let scripts = draft.own(&["scripts"]).map(targets).unwrap_or_default();
    let known: Vec<(&str, &str)> = scripts
        .iter()
        .filter_map(|(name, target)| Some((name.as_str(), target.as_deref()?)))
        .filter(|(_, target)| target.contains(':'))
        .collect();
    if !known.is_empty() {
        draft.project.insert("scripts", toml_text::text_table(known.iter().copied()));
    }
    if known.len() < scripts.len() {
        let text = "a script that is a file: name it in `scripts` of `[tool.officina.data]`";
        draft.tell_key(MoveVerdict::YouDecide, "scripts", text);
    }
    let Some(plugins) = draft.own(&["plugins"]) else { return };
    let mut groups = Table::new();
    groups.set_implicit(true);
    for (group, item) in plugins.iter() {
        let Some(table) = item.as_table_like() else { continue };
        let entries = targets(table);
        let entries =
            entries.iter().filter_map(|(key, target)| Some((key.as_str(), target.as_deref()?)));
        groups.insert(group, toml_text::text_table(entries));
    }
    draft.project.insert("entry-points", Item::Table(groups));
}

fn build_script(draft: &mut OriginDraft) {
    let script = draft
        .own_text(&[], "build")
        .or_else(|| draft.own_text(&["build"], "script"))
        .or_else(|| draft.own_text(&["build"], "generate-setup-file"));
    let Some(script) = script else { return };
    let is_builder = draft
        .settings
        .get("cffi_modules")
        .map(texts)
        .unwrap_or_default()
        .iter()
        .any(|entry| entry.split(':').next() == Some(script.as_str()));
    let (verdict, text) = match is_builder {
        true => (
            MoveVerdict::Same,
            format!("`{script}` is a builder itself: Officina runs it for its FFI alone"),
        ),
        false => (
            MoveVerdict::YouDecide,
            format!(
                "`{script}` does not run any more: what it does besides building CFFI modules becomes \
                 `[[tool.officina.extensions]]`, `[[tool.officina.libraries]]` or `[[tool.officina.steps]]`"
            ),
        ),
    };
    draft.tell_key(verdict, "build", text);
}

fn packages(draft: &mut OriginDraft) {
    let Some(item) = draft.own(&[]).and_then(|table| table.get("packages")) else { return };
    let mut names = Vec::new();
    let mut folders = Vec::new();
    let entries: Vec<(Option<String>, Option<String>, bool)> = item
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_inline_table())
        .map(|table| {
            let text = |key| table.get(key).and_then(|value| value.as_str()).map(str::to_owned);
            (
                text("include"),
                text("from"),
                table.contains_key("to") || table.contains_key("format"),
            )
        })
        .collect();
    let mut is_plain = true;
    for (include, from, has_more) in &entries {
        let name = include.clone().unwrap_or_default();
        is_plain &= !has_more && !name.is_empty() && !name.contains(['*', '.']);
        names.push(name.replace('/', "."));
        folders.push(from.clone().unwrap_or_default());
    }
    folders.sort();
    folders.dedup();
    if let ([folder], true) = (folders.as_slice(), is_plain) {
        if !folder.is_empty() {
            draft.settings.insert("python-source", toml_edit::value(folder));
        }
        toml_text::set(&mut draft.settings, "packages", toml_text::strings(&names));
        draft.tell_key(
            MoveVerdict::Same,
            "packages",
            "`packages` -> `packages` of `[tool.officina]`",
        );
        return;
    }
    let text = "`packages` are in several folders, or hold patterns: say it with `python-source`, `packages`, \
                `py-modules` and `[tool.officina.files]`";
    draft.tell_key(MoveVerdict::YouDecide, "packages", text);
}

fn files(draft: &mut OriginDraft) {
    for key in ["include", "exclude"] {
        let Some(item) = draft.own(&[]).and_then(|table| table.get(key)) else { continue };
        let (mut of_sdist, mut of_wheel) = (texts(item), Vec::new());
        let tables = item.as_array().into_iter().flatten().filter_map(|one| one.as_inline_table());
        for table in tables {
            let Some(path) = table.get("path").and_then(|path| path.as_str()) else { continue };
            let format = table.get("format").map(|format| format.to_string()).unwrap_or_default();
            if format.contains("wheel") {
                of_wheel.push(path.to_owned());
            }
            if format.contains("sdist") || format.is_empty() {
                of_sdist.push(path.to_owned());
            }
        }
        if key == "exclude" {
            of_wheel.extend(of_sdist.iter().cloned());
        }
        // Modules are packed by whoever builds them; a glob that matches nothing is an error.
        let is_module = |glob: &String| {
            [".so", "*so", ".pyd", "*pyd"].iter().any(|ending| glob.ends_with(ending))
        };
        of_wheel.retain(|glob| !is_module(glob));
        of_sdist.retain(|glob| !is_module(glob));
        toml_text::set(&mut draft.settings, key, toml_text::strings(&of_wheel));
        if !of_sdist.is_empty()
            && let Some(sdist) = toml_text::table_of(&mut draft.settings, "sdist")
        {
            toml_text::set(sdist, key, toml_text::strings(&of_sdist));
        }
        let text = format!(
            "`{key}` -> `{key}` of `[tool.officina]` and `[tool.officina.sdist]`: Officina takes packages and what git \
             tracks by itself, so most of it can go"
        );
        draft.tell_key(MoveVerdict::YouDecide, key, text);
    }
}

fn groups(draft: &mut OriginDraft) {
    for key in ["group", "dev-dependencies", "source"] {
        if draft.own(&[]).is_some_and(|table| table.contains_key(key)) {
            let text = format!(
                "`{key}` is in no wheel: write `[dependency-groups]` (PEP 735) in its place"
            );
            draft.tell_key(MoveVerdict::YouDecide, key, text);
        }
    }
}
