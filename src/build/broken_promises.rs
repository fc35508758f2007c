//! What pyproject.toml promises, or seems to, and the wheel does not hold: said while it is built.

use crate::build::contents::Contents;
use crate::build::product::Product;
use crate::files::forgotten_builder::{may_be_builder, set_source};
use crate::files::{entry_points, tree};
use crate::model::{Content, Project};
use crate::report::Console;

/// Warns of entry points without a module, of a builder that nobody runs, and of a setup.py that
/// still lists builders.
pub fn say(project: &Project, contents: &Contents, product: &Product, console: Console) {
    let metadata = &project.metadata;
    let stands_alone = metadata.dependencies.iter().all(|one| one.name == "cffi");
    let (groups, manifest) = (&metadata.entry_points, &product.manifest);
    let text_of = |path: &str| match &manifest.entries.iter().find(|one| one.path == path)?.content
    {
        Content::File(file) => tree::text_of(file, tree::LARGEST_TEXT),
        Content::Text(text) => Some(text.clone()),
    };
    let broken = entry_points::broken(groups, manifest, stands_alone);
    for warning in broken.into_iter().chain(entry_points::hollow(groups, manifest, text_of)) {
        console.warning(&warning);
    }
    let more = [forgotten_builder(project, contents, product), stale_setup_py(project, contents)];
    more.into_iter().flatten().for_each(|warning| console.warning(&warning));
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
