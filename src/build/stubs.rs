//! Type stubs in wheels, where the settings want them.

use std::collections::BTreeSet;

use crate::build::contents::Contents;
use crate::build::context::Build;
use crate::config::discovery;
use crate::error::Result;
use crate::files::tree;
use crate::model::{Builder, Content, FfiModule, Layout, ManifestEntry, Project, Tree};
use crate::stubs::stub::{self, StubFile};
use crate::stubs::uses::Uses;

/// A Python file with more bytes is generated, and asks no `FFI` for anything.
const LARGE: u64 = 2_000_000;

/// The texts in the project's code that may name types of C; `None` where nobody wants stubs.
///
/// # Errors
/// The tree cannot be read.
pub fn literals(build: &Build, builders: &[Builder]) -> Result<Option<BTreeSet<String>>> {
    if !build.project.settings.stubs {
        return Ok(None);
    }
    if build.uses.get().is_none() {
        // Whoever comes second has found the same.
        let _ = build.uses.set(uses(build.project, builders)?);
    }
    Ok(build.uses.get().map(Uses::literals))
}

/// How the code of the packages uses the modules. Other code of the tree may be missing from an sdist, and
/// the stubs have to be the same there.
fn uses(project: &Project, builders: &[Builder]) -> Result<Uses> {
    let tree = tree::walk(&project.root)?;
    let (settings, name) = (&project.settings, project.metadata.dist_name());
    let layout = discovery::layout(&tree, settings, &project.pyproject, &name, builders)?;
    let mut uses = Uses::default();
    for file in tree.files.iter().filter(|file| is_code(&file.path, &layout)) {
        if let Some(text) = tree::text_of(&project.root.join(&file.path), LARGE) {
            uses.add(&text);
        }
    }
    Ok(uses)
}

fn is_code(path: &str, layout: &Layout) -> bool {
    let Some(module) = layout.below_source(path).and_then(|path| path.strip_suffix(".py")) else {
        return false;
    };
    let dotted = module.replace('/', ".");
    let is_in = |package: &String| {
        dotted.strip_prefix(package.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    layout.modules.contains(&dotted) || layout.packages.iter().any(is_in)
}

/// The stubs that a wheel holds besides those of the tree, which come first.
pub fn entries(build: &Build, ffis: &[FfiModule], contents: &Contents) -> Vec<ManifestEntry> {
    let Some(uses) = build.uses.get() else { return Vec::new() };
    let Contents { tree, layout, .. } = contents;
    let files = stub::stubs(ffis, uses);
    let (own, files): (Vec<StubFile>, Vec<StubFile>) =
        files.into_iter().partition(|file| is_in(tree, layout, file));
    say_what_is_stale(build, &own, contents);
    say_what_is_untyped(build, &files, tree, layout);
    let entry = |file: StubFile| {
        let content = Content::Text(file.text);
        ManifestEntry { path: installed(&file.path), content, executable: false }
    };
    files.into_iter().map(entry).collect()
}

/// Whether the tree has a stub of the same module, as a file or as a folder.
fn is_in(tree: &Tree, layout: &Layout, file: &StubFile) -> bool {
    let module = module_of(&file.path);
    let own = [format!("{module}.pyi"), format!("{module}/__init__.pyi")];
    let is_own =
        |path: &str| layout.below_source(path).is_some_and(|path| own.iter().any(|o| o == path));
    tree.files.iter().any(|file| is_own(&file.path))
}

/// Stubs of the tree that Officina made, where it would make others now.
fn say_what_is_stale(build: &Build, own: &[StubFile], contents: &Contents) {
    let below = |file: &str| contents.layout.below_source(file).map(str::to_owned);
    let find = |path: &str| {
        contents.tree.files.iter().find(|file| below(&file.path).as_deref() == Some(path))
    };
    for StubFile { path, text } in own {
        let module = module_of(path);
        let others = [format!("{module}.pyi"), format!("{module}/__init__.pyi")];
        let held = find(path).or_else(|| others.iter().find_map(|other| find(other)));
        let Some(held) = held.map(|file| file.path.as_str()) else { continue };
        let is_made = |text: &String| text.starts_with(stub::BEGIN);
        let before = tree::text_of(&build.project.root.join(held), LARGE).filter(is_made);
        if before.is_some_and(|before| !before.lines().eq(text.lines())) {
            build.console().warning(&format!(
                "`{held}` is stale: what `{}` declares has changed since Officina wrote it, and type \
                 checkers take it for true. Write it again: `officina stubs`",
                module.replace('/', ".")
            ));
        }
    }
}

/// The module that a stub is about, with `/`: `pkg/_mod` of `pkg/_mod/lib.pyi`.
pub fn module_of(path: &str) -> &str {
    let inner = ["/__init__.pyi", "/lib.pyi", ".pyi"];
    inner.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path)
}

/// Checkers look for the stub of a module in no package in a folder of its own (PEP 561).
fn installed(path: &str) -> String {
    match path.split_once('/') {
        Some((top, rest)) if rest.contains('/') || !is_folder_of_module(rest) => {
            format!("{top}/{rest}")
        }
        Some((top, rest)) => format!("{top}-stubs/{rest}"),
        None => format!("{}-stubs/__init__.pyi", module_of(path)),
    }
}

fn is_folder_of_module(rest: &str) -> bool {
    rest == "__init__.pyi" || rest == "lib.pyi"
}

/// Checkers heed the stubs of an installed package only where it says that it has types.
fn say_what_is_untyped(build: &Build, files: &[StubFile], tree: &Tree, layout: &Layout) {
    let packages = files.iter().filter_map(|file| module_of(&file.path).split_once('/'));
    let packages: BTreeSet<&str> = packages.map(|(package, _)| package).collect();
    for package in packages {
        let marker = format!("{package}/py.typed");
        let is_marker = |path: &str| layout.below_source(path) == Some(marker.as_str());
        if !tree.files.iter().any(|file| is_marker(&file.path)) {
            let path = [layout.python_source.as_str(), &marker].join("/");
            build.console().warning(&format!(
                "type checkers do not look at the stubs in `{package}`: add an empty file `{}`",
                path.trim_start_matches('/')
            ));
        }
    }
}
