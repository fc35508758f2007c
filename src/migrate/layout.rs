//! `packages` and the like: the fewest keys with which a wheel holds the modules that it held.

use toml_edit::Table;

use crate::migrate::old_build::OldBuild;
use crate::migrate::toml_text::strings;

/// Ways to say where packages and modules are, from the shortest to the most exact.
pub fn choices(old: &OldBuild) -> Vec<Table> {
    let root = old.package_dir.get("").map(String::as_str).unwrap_or(".");
    let mut source = Table::new();
    if !matches!(root, "." | "") {
        source.insert("python-source", toml_edit::value(root));
    }
    let mut modules = source.clone();
    modules.insert("py-modules", toml_edit::value(strings(py_modules(old))));
    let mut all = source.clone();
    all.insert("packages", toml_edit::value(strings(outermost(&old.packages))));
    all.insert("py-modules", toml_edit::value(strings(py_modules(old))));
    let mut choices = vec![Table::new()];
    choices.extend((!source.is_empty()).then_some(source));
    let mut in_place = all.clone();
    let packages = outermost(&old.packages).into_iter().filter(|name| is_in_place(old, name));
    in_place.insert("packages", toml_edit::value(strings(packages)));
    choices.extend([modules, all, in_place]);
    choices
}

/// Whether the files of a package lie where its name says; others are named one by one.
fn is_in_place(old: &OldBuild, package: &str) -> bool {
    let below = format!("{}/", package.replace('.', "/"));
    let mut files = old.files.iter().filter(|(path, _)| path.starts_with(&below));
    files.all(|(path, source)| source.ends_with(path.as_str()))
}

/// The modules that are there; others are made by builders.
fn py_modules(old: &OldBuild) -> Vec<String> {
    let is_there =
        |name: &&String| old.files.contains_key(&format!("{}.py", name.replace('.', "/")));
    old.py_modules.iter().filter(is_there).cloned().collect()
}

/// The packages that lie in no other one.
fn outermost(packages: &[String]) -> Vec<String> {
    let is_beneath =
        |name: &String| packages.iter().any(|other| name.starts_with(&format!("{other}.")));
    packages.iter().filter(|name| !is_beneath(name)).cloned().collect()
}

/// Whether a wheel with these files holds the Python modules that the old one held, and no other.
pub fn has_same_modules<'a>(old: &OldBuild, new: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    let is_module = |path: &str| path.ends_with(".py");
    let mut new: Vec<_> = new.filter(|(path, _)| is_module(path)).collect();
    let old = old.files.iter().map(|(path, source)| (path.as_str(), source.as_str()));
    let mut old: Vec<_> = old.filter(|(path, _)| is_module(path)).collect();
    new.sort_unstable();
    old.sort_unstable();
    new == old
}
