//! `project.dynamic` and `[tool.officina.dynamic]`: fields that are read from other files.

use std::ops::Range;
use std::sync::Arc;

use crate::config::metadata::keys::KEYS;
use crate::config::metadata::named_files::source;
use crate::config::metadata::other_vcs::{self, Carried};
use crate::config::metadata::python_literal::{Assigned, string_constant};
use crate::config::metadata::tree_access::TreeAccess;
use crate::config::metadata::vcs::{self, VCS_KEYS};
use crate::config::metadata::{content_type, named_files, text};
use crate::config::settings;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::{Readme, SourceText, Spanned, is_dotted_name, is_identifier};

const SUPPORTED: [&str; 3] = ["version", "readme", "description"];

/// `[tool.officina.dynamic]`. Invariant: a key is there exactly if `project.dynamic` lists it and
/// `[project]` does not have it.
pub(super) struct Dynamic<'a> {
    table: Option<TomlTable<'a>>,
}

/// A string with the file in which it stands.
pub(super) type LocatedText = (Arc<SourceText>, Spanned<String>);

impl<'a> Dynamic<'a> {
    /// Checks that the three places agree.
    ///
    /// # Errors
    /// A field is dynamic that cannot be, is static as well, or nobody says where it is.
    pub(super) fn read(root: &TomlTable<'a>, project: &TomlTable<'_>) -> Result<Self> {
        let officina = match root.table("tool")? {
            Some(tool) => tool.table("officina")?,
            None => None,
        };
        let table = match &officina {
            Some(officina) => officina.table("dynamic")?,
            None => None,
        };
        let listed = project.strings("dynamic")?.unwrap_or_default();
        for field in &listed {
            check_field(project, field)?;
            if table.as_ref().is_none_or(|table| table.item(&field.value).is_none()) {
                return Err(nobody_says_where(root, project, field));
            }
        }
        if let Some(table) = &table {
            table.refuse_unknown(&SUPPORTED)?;
            for key in table.keys() {
                if !listed.iter().any(|field| field.value == key.value) {
                    let message = format!("`{}` is set, but not dynamic", table.path(&key.value));
                    return Err(table.error(key.span, message).hint(format!(
                        "add `dynamic = [\"{}\"]` to `[project]`, or remove this line",
                        key.value
                    )));
                }
            }
        }
        Ok(Dynamic { table })
    }

    /// The version's text, if it is dynamic.
    ///
    /// # Errors
    /// Its file or its attribute cannot be found or read.
    pub(super) fn version(
        &self,
        root: &TomlTable<'_>,
        tree: &TreeAccess<'_>,
    ) -> Result<Option<LocatedText>> {
        let asks_git = |table: &TomlTable<'_>| match table.item("vcs") {
            Some(_) => &VCS_KEYS[..],
            None => &["attr", "file", "vcs"],
        };
        let Some((table, span)) = self.entry("version", asks_git)? else {
            return Ok(None);
        };
        if table.item("vcs").is_some() {
            let settings = vcs::read(&table)?;
            let name = root.table("project")?.map(|project| project.string("name")).transpose()?;
            let name = name.flatten().map(|name| name.value).unwrap_or_default();
            let found = (tree.version)(&name, &settings).map_err(|error| {
                if error.parts().location.is_none() {
                    error.at(table.source, span.clone())
                } else {
                    error
                }
            })?;
            return Ok(Some((Arc::clone(table.source), Spanned::new(found.version, span))));
        }
        match (text::string(&table, "attr")?, text::string(&table, "file")?) {
            (Some(attribute), None) => of_attribute(root, &table, &attribute, tree).map(Some),
            (None, Some(name)) => of_file(&table, &name, tree).map(Some),
            _ => Err(table
                .error(span, format!("`{}` must have either `attr` or `file` or `vcs`", table.name))
                .hint(
                    "write `version = { attr = \"package:__version__\" }`, \
                     `version = { file = \"VERSION\" }` or `version = { vcs = \"git\" }`",
                )),
        }
    }

    /// The description's text, if it is dynamic.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub(super) fn description(&self, tree: &TreeAccess<'_>) -> Result<Option<LocatedText>> {
        let Some((table, span)) = self.entry("description", |_| &["file"])? else {
            return Ok(None);
        };
        match text::string(&table, "file")? {
            Some(name) => of_file(&table, &name, tree).map(Some),
            None => Err(table
                .error(span, format!("`{}` has no `file`", table.name))
                .hint("write `description = { file = \"SUMMARY.txt\" }`")),
        }
    }

    /// The readme, if it is dynamic: one file, or several one after the other.
    ///
    /// # Errors
    /// A file cannot be read, or the content type is not known.
    pub(super) fn readme(&self, tree: &TreeAccess<'_>) -> Result<Option<Readme>> {
        let Some((table, span)) = self.entry("readme", |_| &["file", "content-type"])? else {
            return Ok(None);
        };
        let is_list = table.item("file").is_some_and(|item| item.value.is_array());
        let names = match is_list {
            true => text::strings(&table, "file")?,
            false => text::string(&table, "file")?.into_iter().collect(),
        };
        let Some(first) = names.first() else {
            return Err(table
                .error(span, format!("`{}` names no file", table.name))
                .hint("write `readme = { file = [\"README.md\", \"CHANGELOG.md\"] }`"));
        };
        let content_type = match content_type::read(&table)? {
            Some(content_type) => content_type,
            None => content_type::of_suffix(&table, first)?,
        };
        let texts: Result<Vec<_>> =
            names.iter().map(|name| named_files::text(&table, name, tree)).collect();
        Ok(Some(Readme { text: texts?.join("\n"), content_type }))
    }

    fn entry(
        &self,
        key: &str,
        known: impl FnOnce(&TomlTable<'_>) -> &'static [&'static str],
    ) -> Result<Option<(TomlTable<'a>, Range<usize>)>> {
        let Some(table) = &self.table else { return Ok(None) };
        let (Some(entry), Some(item)) = (table.table(key)?, table.item(key)) else {
            return Ok(None);
        };
        entry.refuse_unknown(known(&entry))?;
        Ok(Some((entry, item.span)))
    }
}

fn check_field(project: &TomlTable<'_>, field: &Spanned<String>) -> Result<()> {
    let name = field.value.as_str();
    let refuse =
        |message: String, hint: String| Err(project.error(field.span.clone(), message).hint(hint));
    if name == "name" {
        return refuse("`name` cannot be dynamic".into(), "write `name = \"...\"`".into());
    }
    if !SUPPORTED.contains(&name) {
        let supported = SUPPORTED.join("`, `");
        let message = match KEYS.contains(&name) && name != "dynamic" {
            true => format!("`{name}` cannot be dynamic here"),
            false => format!("`{}` is not a field of `[project]`", name.escape_debug()),
        };
        return refuse(message, format!("fields that can be dynamic: `{supported}`"));
    }
    if project.item(name).is_some() {
        return refuse(
            format!("`{name}` is dynamic, and given in `[project]` as well"),
            format!("remove `project.{name}`, or take `{name}` out of `project.dynamic`"),
        );
    }
    Ok(())
}

fn nobody_says_where(
    root: &TomlTable<'_>,
    project: &TomlTable<'_>,
    field: &Spanned<String>,
) -> Error {
    let name = field.value.as_str();
    let message = format!("`{name}` is dynamic, but nothing says where it is");
    let error = project.error(field.span.clone(), message);
    let example = match name {
        "version" => match other_vcs::carried(root) {
            Some(carried) => return said_for(error, &carried),
            None => "version = { attr = \"package:__version__\" }",
        },
        "readme" => "readme = { file = [\"README.md\", \"CHANGELOG.md\"] }",
        _ => "description = { file = \"SUMMARY.txt\" }",
    };
    error.hint(format!("add `{example}` under `[tool.officina.dynamic]`"))
}

/// What to write in the place of another tool.
fn said_for(error: Error, carried: &Carried) -> Error {
    let Carried { tool, left, .. } = carried;
    let error = error
        .note(format!("Officina asks git itself, and does not run `{tool}`"))
        .hint(format!("add:\n\n[tool.officina.dynamic]\n{}\n", carried.line()));
    match left.is_empty() {
        true => error,
        false => error.note(format!(
            "these options of `{tool}` have no counterpart: `{}`",
            left.join("`, `")
        )),
    }
}

fn of_file(
    table: &TomlTable<'_>,
    name: &Spanned<String>,
    tree: &TreeAccess<'_>,
) -> Result<LocatedText> {
    let source = source(table, name, tree)?;
    let start = if source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = &source.text[start..];
    let start = start + text.len() - text.trim_start().len();
    let value = text.trim().to_owned();
    let span = start..start + value.len();
    Ok((source, Spanned::new(value, span)))
}

fn of_attribute(
    root: &TomlTable<'_>,
    table: &TomlTable<'_>,
    attribute: &Spanned<String>,
    tree: &TreeAccess<'_>,
) -> Result<LocatedText> {
    let written = attribute.value.as_str();
    let parts = written.split_once(':').or_else(|| written.rsplit_once('.'));
    let valid = |(module, name): &(&str, &str)| is_dotted_name(module) && is_identifier(name);
    let Some((module, name)) = parts.filter(valid) else {
        return Err(table
            .error(attribute.span.clone(), format!("`{written}` does not name an attribute"))
            .hint("write `package:__version__` or `package.module:__version__`"));
    };
    let path = module_file(root, table, &Spanned::new(module, attribute.span.clone()), tree)?;
    let source =
        (tree.read)(&path).map_err(|error| error.at(table.source, attribute.span.clone()))?;
    match string_constant(&source.text, name) {
        Assigned::Text(text) => Ok((source, text)),
        Assigned::Otherwise(span) => Err(Error::new(format!(
            "`{name}` in `{path}` is not set to a plain string or a plain tuple"
        ))
        .at(&source, span)
        .note("the file is read, not run, so that a build needs nothing it imports")
        .hint("assign a string in quotes, or use `version = { file = \"VERSION\" }`")),
        Assigned::Nowhere => Err(table
            .error(attribute.span.clone(), format!("`{path}` sets no `{name}` at its top level"))
            .note("the file is read, not run: imported names are not seen")
            .hint(format!("add `{name} = \"0.1.0\"` to it, or name the module that has it"))),
    }
}

fn module_file(
    root: &TomlTable<'_>,
    table: &TomlTable<'_>,
    module: &Spanned<&str>,
    tree: &TreeAccess<'_>,
) -> Result<String> {
    let relative = module.value.replace('.', "/");
    let mut looked_for = Vec::new();
    for folder in source_folders(root)? {
        for candidate in ["/__init__.py", ".py"].map(|end| format!("{folder}{relative}{end}")) {
            if !(tree.files_matching)(&candidate)?.is_empty() {
                return Ok(candidate);
            }
            looked_for.push(format!("`{candidate}`"));
        }
    }
    Err(table
        .error(module.span.clone(), format!("there is no module `{}`", module.value))
        .note(format!("looked for {}", looked_for.join(", ")))
        .hint("name a module of this project: `package:__version__`"))
}

/// The folders that hold the packages, each empty or ending in `/`, the likelier one first.
fn source_folders(root: &TomlTable<'_>) -> Result<Vec<String>> {
    let mut folders = vec!["src/".to_owned(), String::new()];
    let officina = root.table("tool")?.map(|tool| tool.table("officina")).transpose()?.flatten();
    let set = officina.map(|officina| settings::python_source(&officina)).transpose()?.flatten();
    if let Some(set) = set {
        let folder = set.value.to_string_lossy();
        if !matches!(&*folder, "." | "src") {
            folders.insert(0, format!("{folder}/"));
        }
    }
    Ok(folders)
}
