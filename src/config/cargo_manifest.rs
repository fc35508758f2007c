//! What Officina reads in a Cargo.toml: the name of the library, and where else cargo looks. All else
//! in it is cargo's business, which says more about mistakes. Pure.
//!
//! Specification: <https://doc.rust-lang.org/cargo/reference/manifest.html>

use std::sync::Arc;

use toml_edit::{Item, TableLike};

use crate::config::toml;
use crate::error::Result;
use crate::model::SourceText;

/// A Cargo.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoManifest {
    /// The name of its package; `None`: it is a workspace and no package.
    pub package: Option<String>,
    /// The name of its library, as `extern crate` says it. Whether there is one, its files tell.
    pub library: String,
    /// The file of its library, where the manifest names it.
    pub library_file: Option<String>,
    /// The least Rust that it wants, where it says so itself.
    pub rust_version: Option<String>,
    /// The folders of dependencies, of any kind, relative to its own.
    pub dependencies: Vec<String>,
    /// The folder of its workspace, where it says so itself.
    pub workspace: Option<String>,
    /// The members of the workspace that it is the root of: folders and globs, relative to its own.
    pub members: Option<Vec<String>>,
}

/// Reads a Cargo.toml.
///
/// # Errors
/// It is not TOML.
pub fn read(source: &Arc<SourceText>) -> Result<CargoManifest> {
    let document = toml::parse(source)?;
    let root: &dyn TableLike = document.as_table();
    let (package, lib) = (table(root, "package"), table(root, "lib"));
    let name = package.and_then(|package| text(package, "name"));
    let library = lib.and_then(|lib| text(lib, "name"));
    let workspace = table(root, "workspace");
    let mut dependencies = Vec::new();
    of_package(root, &mut dependencies);
    if let Some(targets) = table(root, "target") {
        targets.iter().filter_map(|(_, one)| one.as_table_like()).for_each(|target| {
            of_package(target, &mut dependencies);
        });
    }
    if let Some(shared) = workspace.and_then(|workspace| table(workspace, "dependencies")) {
        dependencies.extend(paths(shared));
    }
    if let Some(patches) = table(root, "patch") {
        let sources = patches.iter().filter_map(|(_, one)| one.as_table_like());
        dependencies.extend(sources.flat_map(paths));
    }
    Ok(CargoManifest {
        library: library.or_else(|| name.clone()).unwrap_or_default().replace('-', "_"),
        library_file: lib.and_then(|lib| path(lib, "path")),
        rust_version: package.and_then(|package| text(package, "rust-version")),
        dependencies,
        workspace: package.and_then(|package| path(package, "workspace")),
        members: workspace.map(|workspace| paths_in(workspace, "members")),
        package: name,
    })
}

/// The files that a configuration file of cargo's includes, relative to its folder. One that is no TOML
/// includes none: cargo says more about it.
pub fn included(source: &Arc<SourceText>) -> Vec<String> {
    let Ok(document) = toml::parse(source) else { return Vec::new() };
    let root: &dyn TableLike = document.as_table();
    let path = |value: &toml_edit::Value| {
        let of_table = || value.as_inline_table()?.get("path")?.as_str();
        value.as_str().or_else(of_table).map(str::to_owned)
    };
    match root.get("include") {
        Some(Item::Value(toml_edit::Value::Array(list))) => list.iter().filter_map(path).collect(),
        Some(Item::Value(value)) => path(value).into_iter().collect(),
        Some(Item::ArrayOfTables(tables)) => {
            tables.iter().filter_map(|table| text(table, "path")).collect()
        }
        _ => Vec::new(),
    }
}

fn of_package(table_of: &dyn TableLike, found: &mut Vec<String>) {
    for key in ["dependencies", "dev-dependencies", "build-dependencies"] {
        found.extend(table(table_of, key).into_iter().flat_map(paths));
    }
}

fn paths(dependencies: &dyn TableLike) -> Vec<String> {
    let one = |(_, item): (&str, &Item)| path(item.as_table_like()?, "path");
    dependencies.iter().filter_map(one).collect()
}

fn table<'a>(table: &'a dyn TableLike, key: &str) -> Option<&'a dyn TableLike> {
    table.get(key)?.as_table_like()
}

fn text(table: &dyn TableLike, key: &str) -> Option<String> {
    table.get(key)?.as_str().map(str::to_owned)
}

/// Cargo takes both kinds of slashes on Windows.
fn path(table: &dyn TableLike, key: &str) -> Option<String> {
    text(table, key).map(|text| text.replace('\\', "/"))
}

fn paths_in(table: &dyn TableLike, key: &str) -> Vec<String> {
    let array = table.get(key).and_then(Item::as_array).into_iter().flatten();
    array.filter_map(|value| Some(value.as_str()?.replace('\\', "/"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> CargoManifest {
        read(&Arc::new(SourceText { name: "Cargo.toml".into(), text: text.into() })).unwrap()
    }

    #[test]
    fn names_of_libraries() {
        for (text, expected) in [
            ("[package]\nname = \"word-count\"", "word_count"),
            ("[package]\nname = \"a\"\n[lib]\nname = \"other\"", "other"),
            ("[package]\nname = \"a\"\n[lib]\ncrate-type = [\"cdylib\"]", "a"),
            ("[workspace]\nmembers = [\"a\"]", ""),
        ] {
            assert_eq!(manifest(text).library, expected, "{text}");
        }
    }

    #[test]
    fn configuration_includes_files_in_every_way_to_say_it() {
        for text in [
            "include = \"a.toml\"",
            "include = [\"a.toml\"]",
            "include = [{ path = \"a.toml\", optional = true }]",
            "[[include]]\npath = \"a.toml\"",
        ] {
            let source = SourceText { name: "config.toml".into(), text: text.into() };
            assert_eq!(included(&Arc::new(source)), ["a.toml"], "{text}");
        }
    }

    #[test]
    fn every_kind_of_dependency_may_be_a_folder() {
        let text = "[package]\nname = \"a\"\nworkspace = \"..\"\nrust-version = \"1.70\"\n\
                    [dependencies]\nb = { path = '..\\b' }\nserde = \"1\"\n\
                    [dependencies.c]\npath = \"c\"\n\
                    [dev-dependencies]\nd = { path = \"d\" }\n[build-dependencies]\ne = { path = \"e\" }\n\
                    [target.'cfg(unix)'.dependencies]\nf = { path = \"f\" }\n\
                    [workspace.dependencies]\ng = { path = \"g\" }\n\
                    [patch.crates-io]\nh = { path = \"h\" }\n";
        let read = manifest(text);
        assert_eq!(read.dependencies, ["../b", "c", "d", "e", "f", "g", "h"]);
        assert_eq!(read.workspace.as_deref(), Some(".."));
        assert_eq!(read.rust_version.as_deref(), Some("1.70"));
        assert_eq!(read.members, Some(vec![]));
        assert_eq!(read.package.as_deref(), Some("a"));
    }
}
