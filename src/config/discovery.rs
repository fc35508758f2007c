//! Which packages and modules the wheel holds: as `pyproject.toml` says, or as the tree shows.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::config::folder::{PackageFolder, is_reserved};
use crate::config::paths;
use crate::error::{Error, Result, nearest};
use crate::model::{Builder, Layout, Settings, Tree, TreeFile, UnpackableEntry, is_identifier};
use crate::model::{SourceText, Spanned, fits};

/// Files beside the modules of a flat layout that belong to its development.
const RESERVED_MODULES: &str = "setup conftest test tests example examples build toxfile noxfile \
     pavement dodo tasks fabfile conanfile manage benchmark benchmarks exercise exercises";

/// Finds the packages and modules of the wheel.
///
/// `python-source` is, where it is not set, `src` if the packages and modules are there, else the
/// project root. In `src`, and in any folder that was set, everything that is a package or a
/// module counts; in the root (a flat layout) only what is not reserved for development. A folder
/// without `__init__.py` (PEP 420) counts only for the code in it, and builder scripts are no such
/// code. `dist_name` is the project's name in any spelling.
///
/// # Errors
/// A name that is set and does not exist (the nearest one is offered), or a package that is a link
/// out of the project.
pub fn layout(
    tree: &Tree,
    settings: &Settings,
    pyproject: &Arc<SourceText>,
    dist_name: &str,
    builders: &[Builder],
) -> Result<Layout> {
    let own_name = dist_name.replace(['-', '.'], "_").to_lowercase();
    let discovery = Discovery { tree, settings, pyproject, own_name };
    let builders: Vec<String> = builders
        .iter()
        .filter_map(|b| Some(paths::normal(&b.script()?.to_string_lossy())))
        .collect();
    let source = discovery.python_source(&builders)?;
    let folder = PackageFolder::read(&tree.files, &source, &builders);
    let packages = match &settings.packages {
        Some(names) => discovery.listed_packages(names, &source, &folder)?,
        None => discovery.found_packages(&source, &folder)?,
    };
    let modules = match &settings.py_modules {
        Some(names) => discovery.listed_modules(names, &source, &folder)?,
        None => discovery.found_modules(&source, &folder, &packages),
    };
    Ok(Layout { python_source: source, packages: outermost(packages), modules })
}

/// Whether a listed name leads into a folder `src` that only holds packages.
fn in_layout_folder(name: &str, root: &PackageFolder) -> bool {
    let is_src = name == "src" || name.starts_with("src.");
    is_src && root.folder("src").is_some_and(|src| !src.regular && src.has_regular())
}

/// What discovery looks at, besides the folder in question.
struct Discovery<'a> {
    tree: &'a Tree,
    settings: &'a Settings,
    pyproject: &'a Arc<SourceText>,
    /// The project's name as an import name.
    own_name: String,
}

impl Discovery<'_> {
    fn python_source(&self, builders: &[String]) -> Result<String> {
        if let Some(Spanned { value, span }) = &self.settings.python_source {
            let folder = paths::normal(&value.to_string_lossy());
            let prefix = format!("{folder}/");
            if folder.is_empty() || self.tree.files.iter().any(|f| f.path.starts_with(&prefix)) {
                return Ok(folder);
            }
            self.refuse_unpackable(&folder, Some(span.clone()))?;
            let folders = folders(&self.tree.files);
            let error = Error::new(format!("no folder `{folder}` for `python-source`"))
                .at(self.pyproject, span.clone());
            return Err(offer(error, &folder, folders.iter().map(String::as_str)));
        }
        Ok(if self.is_in_src(builders) { "src".to_owned() } else { String::new() })
    }

    /// Whether the packages and modules are in `src`. Many a flat project keeps its C code there,
    /// under the name of its package or with a script or two beside it.
    fn is_in_src(&self, builders: &[String]) -> bool {
        let src = PackageFolder::read(&self.tree.files, "src", builders);
        let root = PackageFolder::read(&self.tree.files, "", builders);
        let lists = [&self.settings.packages, &self.settings.py_modules];
        let names: Vec<&str> =
            lists.into_iter().flatten().flatten().map(|name| name.value.as_str()).collect();
        if names.is_empty() {
            let is_flat = |name: &str| self.is_own(name) || !is_reserved(name);
            let in_root = root.modules.iter().any(|name| self.is_own(name))
                || root.children().any(|(name, child)| child.regular && is_flat(name));
            return src.has_code() && (src.has_regular() || !in_root || self.has_own(&src));
        }
        let any = |holds: &dyn Fn(&str) -> bool| names.iter().any(|name| holds(name));
        self.links_in("src").any(|entry| names.contains(&last(&entry.path).as_str()))
            || any(&|name| src.holds(name))
            || (!any(&|name| root.holds(name)) && any(&|name| src.folder(name).is_some()))
    }

    fn has_own(&self, folder: &PackageFolder) -> bool {
        let own = |name: &str| self.is_own(name);
        folder.modules.iter().any(|name| own(name)) || folder.children().any(|(name, _)| own(name))
    }

    fn listed_packages(
        &self,
        names: &[Spanned<String>],
        source: &str,
        folder: &PackageFolder,
    ) -> Result<Vec<String>> {
        let mut packages = Vec::new();
        for Spanned { value: name, span } in names {
            let wanted: Vec<String> = if name.contains('*') {
                self.fitting_packages(name, source, folder)
            } else {
                let path = join(source, &name.replace('.', "/"));
                self.refuse_unpackable(&path, Some(span.clone()))?;
                folder.folder(name).map(|_| name.clone()).into_iter().collect()
            };
            if wanted.is_empty() {
                return Err(self.no_package(name, source, folder).at(self.pyproject, span.clone()));
            }
            if source.is_empty() && in_layout_folder(name, folder) {
                return Err(self.named_with_src(name).at(self.pyproject, span.clone()));
            }
            for package in &wanted {
                let path = join(source, &package.replace('.', "/"));
                self.refuse_unpackable(&path, Some(span.clone()))?;
            }
            packages.extend(wanted);
        }
        Ok(packages)
    }

    /// In a flat layout `*` does not mean the folders that discovery leaves out; `tests*` does.
    fn fitting_packages(&self, pattern: &str, source: &str, folder: &PackageFolder) -> Vec<String> {
        let literal = pattern.split(['*', '.']).next().unwrap_or_default();
        let reserved = |name: &str| {
            source.is_empty() && name != literal && is_reserved(name) && !self.is_own(name)
        };
        let packages = folder.all_packages(&reserved);
        packages.into_iter().filter(|package| fits(pattern, package)).collect()
    }

    /// `packages = ["src.foo"]` where `src` is the folder of a layout, not a package.
    fn named_with_src(&self, name: &str) -> Error {
        let error = Error::new(format!("`{name}` would be imported as `{name}`, `src` included"));
        match name.strip_prefix("src.") {
            Some(inner) => error.hint(format!("write `{inner}`")),
            None => error.hint("name the packages in `src`, or leave `packages` out"),
        }
        .hint("if `src` is a package, give it an `__init__.py`")
    }

    fn no_package(&self, name: &str, source: &str, folder: &PackageFolder) -> Error {
        let place =
            if source.is_empty() { "the project root".into() } else { format!("`{source}`") };
        let error = Error::new(format!("no package `{name}` in {place}"));
        let candidates = folder.all_packages(&|_| false);
        if let Some(module) = folder.modules.iter().find(|module| **module == name) {
            return error.hint(format!("`{module}.py` is a module: list it in `py-modules`"));
        }
        if nearest(name, candidates.iter().map(String::as_str)).is_some() || !source.is_empty() {
            return offer(error, name, candidates.iter().map(String::as_str));
        }
        let src = PackageFolder::read(&self.tree.files, "src", &[]);
        let inside = src.all_packages(&|_| false);
        match nearest(name, inside.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("there is one in `src`: did you mean `{near}`?")),
            None => error,
        }
    }

    fn listed_modules(
        &self,
        names: &[Spanned<String>],
        source: &str,
        folder: &PackageFolder,
    ) -> Result<Vec<String>> {
        let mut modules = Vec::new();
        for Spanned { value: name, span } in names {
            let path = join(source, &format!("{}.py", name.replace('.', "/")));
            self.refuse_unpackable(&path, Some(span.clone()))?;
            let found = self.tree.files.binary_search_by(|file| file.path.as_str().cmp(&path));
            if found.is_err() {
                let error = Error::new(format!("no module `{name}`: there is no `{path}`"))
                    .at(self.pyproject, span.clone());
                if folder.folder(name).is_some() {
                    let hint = format!("`{name}` is a package: list it in `packages`");
                    return Err(error.hint(hint));
                }
                return Err(offer(error, name, folder.modules.iter().copied()));
            }
            modules.push(name.clone());
        }
        modules.sort();
        Ok(modules)
    }

    fn found_packages(&self, source: &str, folder: &PackageFolder) -> Result<Vec<String>> {
        let mut packages = Vec::new();
        for (name, child) in folder.children() {
            if !source.is_empty() {
                if child.is_package() {
                    packages.push((*name).to_owned());
                }
            } else if self.is_own(name) {
                if child.regular || (child.is_package() && !is_reserved(name)) {
                    packages.push((*name).to_owned());
                }
            } else if self.is_own_namespace(name) && !is_reserved(name) && child.is_package() {
                packages.push((*name).to_owned());
            } else if !is_reserved(name) {
                packages.extend(child.clean_packages(name));
            }
        }
        for entry in self.links_in(source) {
            let name = last(&entry.path);
            let ours = !source.is_empty() || self.is_own(&name);
            if ours && is_identifier(&name) {
                self.refuse_unpackable(&entry.path, None)?;
            }
        }
        for package in &packages {
            self.refuse_unpackable(&join(source, &package.replace('.', "/")), None)?;
        }
        Ok(packages)
    }

    fn found_modules(
        &self,
        source: &str,
        folder: &PackageFolder,
        packages: &[String],
    ) -> Vec<String> {
        let flat = source.is_empty();
        let counts = |name: &str| {
            !flat || self.is_own(name) || (packages.is_empty() && !is_developers(name))
        };
        let modules = folder.modules.iter().filter(|name| is_identifier(name));
        let modules = modules.filter(|name| counts(name) && **name != "setup");
        modules.map(|name| (*name).to_owned()).collect()
    }

    /// Whether a top-level name is the project's beyond doubt, so that no reserved word applies:
    /// it is called like the project, or its extensions go there.
    fn is_own(&self, name: &str) -> bool {
        let package = self.settings.ext_package.as_ref().and_then(|p| p.value.split('.').next());
        name.to_lowercase() == self.own_name || package == Some(name)
    }

    /// Whether a name is a namespace for the project: `zope` is for `zope.interface`.
    fn is_own_namespace(&self, name: &str) -> bool {
        self.own_name.split('_').next() == Some(name.to_lowercase().as_str())
    }

    /// Links that lie directly in a folder.
    fn links_in(&self, folder: &str) -> impl Iterator<Item = &UnpackableEntry> {
        self.tree.unpackable.iter().filter(|entry| !entry.is_transient()).filter(move |entry| {
            let parent = entry.path.rsplit_once('/').map_or("", |(parent, _)| parent);
            parent == folder
        })
    }

    /// Refuses a folder that is, or lies under, something that cannot be packed.
    fn refuse_unpackable(&self, path: &str, span: Option<Range<usize>>) -> Result<()> {
        let over = |entry: &&UnpackableEntry| {
            path == entry.path
                || path.strip_prefix(entry.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let Some(entry) = self.tree.unpackable.iter().find(over) else { return Ok(()) };
        let error = Error::unpackable(entry);
        Err(match span {
            Some(span) => error.at(self.pyproject, span),
            None => error,
        })
    }
}

/// Whether a module beside those of a flat layout is of use to its developers only; pytest finds
/// tests by both names.
fn is_developers(name: &str) -> bool {
    let is_test = name.starts_with("test_") || name.ends_with("_test") || name.ends_with("_tests");
    is_test || RESERVED_MODULES.split(' ').any(|word| word == name)
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

fn folders(files: &[TreeFile]) -> Vec<String> {
    let mut folders: Vec<String> = files
        .iter()
        .flat_map(|file| file.path.match_indices('/').map(|(end, _)| file.path[..end].to_owned()))
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

fn offer<'a>(error: Error, wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Error {
    match nearest(wanted, candidates) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

/// Drops packages that lie within another of the list.
fn outermost(mut packages: Vec<String>) -> Vec<String> {
    packages.sort();
    packages.dedup();
    let all: HashSet<String> = packages.iter().cloned().collect();
    packages.retain(|package| {
        !package.match_indices('.').any(|(end, _)| all.contains(&package[..end]))
    });
    packages
}

#[cfg(test)]
mod tests;
