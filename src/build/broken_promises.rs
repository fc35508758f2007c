//! What pyproject.toml promises, or seems to, and the wheel does not hold: said while it is built.

use crate::build::contents::Contents;
use crate::build::product::Product;
use crate::files::forgotten_builder::{may_be_builder, set_source};
use crate::files::misplaced_module::imported_from_a_package;
use crate::files::{entry_points, tree};
use crate::model::{Content, Project};
use crate::report::Console;

/// Warns of entry points without a module, of a builder that nobody runs, of modules outside of the
/// package that wants them, and of a setup.py that still lists builders.
pub fn say(project: &Project, contents: &Contents, product: &Product, console: Console) {
    let metadata = &project.metadata;
    let stands_alone = metadata.dependencies.iter().all(|one| one.name == "cffi");
    for warning in entry_points::broken(&metadata.entry_points, &product.manifest, stands_alone) {
        console.warning(&warning);
    }
    let more = [
        forgotten_builder(project, contents, product),
        misplaced_module(project, product),
        stale_setup_py(project, contents),
    ];
    more.into_iter().flatten().for_each(|warning| console.warning(&warning));
}

/// A module in no package that a package imports from itself. Texts are read only where there is one.
fn misplaced_module(project: &Project, product: &Product) -> Option<String> {
    let entries = &product.manifest.entries;
    let holds = |dotted: &str| {
        let stem = dotted.replace('.', "/");
        let rest = |path: &str| path.strip_prefix(&stem).map(|rest| rest.starts_with(['.', '/']));
        entries.iter().any(|entry| rest(&entry.path).unwrap_or_default())
    };
    let built = product.built.iter().filter(|entry| !entry.path.contains('/'));
    built.filter_map(|entry| entry.path.split('.').next()).find_map(|name| {
        entries.iter().filter(|entry| entry.path.ends_with(".py")).find_map(|entry| {
            let Content::File(file) = &entry.content else { return None };
            let text = tree::text_of(file, tree::LARGEST_TEXT)?;
            let (line, full) = imported_from_a_package(&entry.path, &text, name)?;
            let package = full.strip_suffix(name)?.trim_end_matches('.');
            let file = file.strip_prefix(&project.root).unwrap_or(file).display();
            (!holds(&full)).then(|| {
                format!(
                    "`{file}` imports `{full}` (line {line}), and `{name}` is built, which is in no \
                     package: give it the name `{full}`, or set `ext-package = \"{package}\"`"
                )
            })
        })
    })
}

/// What a move to Officina left behind, and which does not count any more.
fn stale_setup_py(project: &Project, contents: &Contents) -> Option<String> {
    const SETUP: &str = "setup.py";
    if !contents.tree.files.iter().any(|file| file.path == SETUP) {
        return None;
    }
    let text = tree::text_of(&project.root.join(SETUP), tree::LARGEST_TEXT)?;
    text.contains("cffi_modules").then(|| {
        "`setup.py` names `cffi_modules`, and a build by Officina does not look into it: what counts is \
         `[tool.officina]` in pyproject.toml"
            .to_owned()
    })
}

/// A script that makes a module, where `cffi_modules` is nowhere set and the wheel has no such
/// module. Who sets it to an empty list has decided.
fn forgotten_builder(project: &Project, contents: &Contents, product: &Product) -> Option<String> {
    let is_it = |key: &str| matches!(key, "cffi_modules" | "cffi-modules");
    let declared = &project.declared;
    let overrides = declared.overrides.iter().flat_map(|one| &one.written);
    if declared.written.iter().chain(overrides).any(|key| is_it(&key.value)) {
        return None;
    }
    let scripts = contents.tree.files.iter().map(|file| &file.path);
    scripts.filter(|path| may_be_builder(path)).find_map(|path| {
        let text = tree::text_of(&project.root.join(path), tree::LARGEST_TEXT)?;
        let call = set_source(&text)?;
        let module = call.module;
        let file = format!("{}.", module.replace('.', "/"));
        let is_held = product.manifest.entries.iter().any(|entry| entry.path.starts_with(&file));
        (!is_held).then(|| {
            format!(
                "`{path}` makes the module `{module}` by `set_source()`, and the wheel does not hold \
                 it: add `cffi_modules = [\"{path}:{}\"]` to `[tool.officina]` (`[]` if that is \
                 meant)",
                call.object,
            )
        })
    })
}
