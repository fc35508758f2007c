//! Which packages and modules the wheel holds: as `pyproject.toml` says, or as the tree shows.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, Result, SourceText, Spanned, nearest};
use crate::model::{Builder, Layout, Settings, Stray, Tree, TreeFile, is_identifier};
use crate::project::folder::{Folder, fits, is_reserved};
use crate::project::paths;

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
    let places = Places { tree, settings, pyproject, own_name };
    let builders: Vec<String> =
        builders.iter().map(|b| paths::normal(&b.script.to_string_lossy())).collect();
    let source = places.python_source(&builders)?;
    let folder = Folder::read(&tree.files, &source, &builders);
    let packages = match &settings.packages {
        Some(names) => places.listed_packages(names, &source, &folder)?,
        None => places.found_packages(&source, &folder)?,
    };
    let modules = match &settings.py_modules {
        Some(names) => places.listed_modules(names, &source, &folder)?,
        None => places.found_modules(&source, &folder, &packages),
    };
    Ok(Layout { python_source: source, packages: outermost(packages), modules })
}

/// Whether a listed name leads into a folder `src` that only holds packages.
fn in_layout_folder(name: &str, root: &Folder) -> bool {
    let is_src = name == "src" || name.starts_with("src.");
    is_src && root.folder("src").is_some_and(|src| !src.regular && src.has_regular())
}

/// What discovery looks at, besides the folder in question.
struct Places<'a> {
    tree: &'a Tree,
    settings: &'a Settings,
    pyproject: &'a Arc<SourceText>,
    /// The project's name as an import name.
    own_name: String,
}

impl Places<'_> {
    fn python_source(&self, builders: &[String]) -> Result<String> {
        if let Some(Spanned { value, span }) = &self.settings.python_source {
            let folder = paths::normal(&value.to_string_lossy());
            let prefix = format!("{folder}/");
            if folder.is_empty() || self.tree.files.iter().any(|f| f.path.starts_with(&prefix)) {
                return Ok(folder);
            }
            self.refuse_strays(&folder, Some(span.clone()))?;
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
        let src = Folder::read(&self.tree.files, "src", builders);
        let root = Folder::read(&self.tree.files, "", builders);
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
        self.strays_in("src").any(|stray| names.contains(&last(&stray.path).as_str()))
            || any(&|name| src.holds(name))
            || (!any(&|name| root.holds(name)) && any(&|name| src.folder(name).is_some()))
    }

    fn has_own(&self, folder: &Folder) -> bool {
        let own = |name: &str| self.is_own(name);
        folder.modules.iter().any(|name| own(name)) || folder.children().any(|(name, _)| own(name))
    }

    fn listed_packages(
        &self,
        names: &[Spanned<String>],
        source: &str,
        folder: &Folder,
    ) -> Result<Vec<String>> {
        let mut packages = Vec::new();
        for Spanned { value: name, span } in names {
            let wanted: Vec<String> = if name.contains('*') {
                self.fitting_packages(name, source, folder)
            } else {
                let path = join(source, &name.replace('.', "/"));
                self.refuse_strays(&path, Some(span.clone()))?;
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
                self.refuse_strays(&path, Some(span.clone()))?;
            }
            packages.extend(wanted);
        }
        Ok(packages)
    }

    /// In a flat layout `*` does not mean the folders that discovery leaves out; `tests*` does.
    fn fitting_packages(&self, pattern: &str, source: &str, folder: &Folder) -> Vec<String> {
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

    fn no_package(&self, name: &str, source: &str, folder: &Folder) -> Error {
        let place =
            if source.is_empty() { "the project root".into() } else { format!("`{source}`") };
        let error = Error::new(format!("no package `{name}` in {place}"));
        let candidates = folder.all_packages(&|_| false);
        if let Some(module) = folder.modules.iter().find(|module| **module == name) {
            return error.hint(format!("`{module}.py` is a module: list it in `py-modules`"));
        }
        offer(error, name, candidates.iter().map(String::as_str))
    }

    fn listed_modules(
        &self,
        names: &[Spanned<String>],
        source: &str,
        folder: &Folder,
    ) -> Result<Vec<String>> {
        let mut modules = Vec::new();
        for Spanned { value: name, span } in names {
            let path = join(source, &format!("{}.py", name.replace('.', "/")));
            self.refuse_strays(&path, Some(span.clone()))?;
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

    fn found_packages(&self, source: &str, folder: &Folder) -> Result<Vec<String>> {
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
        for stray in self.strays_in(source) {
            let name = last(&stray.path);
            let ours = !source.is_empty() || self.is_own(&name);
            if ours && is_identifier(&name) {
                self.refuse_strays(&stray.path, None)?;
            }
        }
        for package in &packages {
            self.refuse_strays(&join(source, &package.replace('.', "/")), None)?;
        }
        Ok(packages)
    }

    fn found_modules(&self, source: &str, folder: &Folder, packages: &[String]) -> Vec<String> {
        let flat = source.is_empty();
        let counts = |name: &str| {
            !flat
                || self.is_own(name)
                || (packages.is_empty() && !RESERVED_MODULES.split(' ').any(|word| word == name))
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
    fn strays_in(&self, folder: &str) -> impl Iterator<Item = &Stray> {
        self.tree.strays.iter().filter(|stray| !stray.is_passing()).filter(move |stray| {
            let parent = stray.path.rsplit_once('/').map_or("", |(parent, _)| parent);
            parent == folder
        })
    }

    /// Refuses a folder that is, or lies under, something that cannot be packed.
    fn refuse_strays(&self, path: &str, span: Option<Range<usize>>) -> Result<()> {
        let over = |stray: &&Stray| {
            path == stray.path
                || path.strip_prefix(stray.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let Some(stray) = self.tree.strays.iter().find(over) else { return Ok(()) };
        let error = stray.error();
        Err(match span {
            Some(span) => error.at(self.pyproject, span),
            None => error,
        })
    }
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
mod tests {
    use super::*;
    use crate::model::StrayReason;
    use crate::project::{settings, toml};

    /// Discovers in a project `foo` with the builder `build_foo.py`, wherever it lies.
    fn discover(files: &str, config: &str) -> Result<Layout> {
        discover_with(files, &[], config)
    }

    fn discover_with(files: &str, outside: &[&str], config: &str) -> Result<Layout> {
        let text = format!("[tool.officina]\n{config}\n");
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
        let document = toml::parse(&source)?;
        let settings = settings::read(&toml::Table::root(&source, &document))?.base;
        let mut files: Vec<TreeFile> = files
            .split_whitespace()
            .map(|path| TreeFile { path: path.to_owned(), ..TreeFile::default() })
            .collect();
        files.sort();
        let scripts = files.iter().filter(|file| file.path.ends_with("build_foo.py"));
        let builders: Vec<Builder> =
            scripts.map(|f| Builder { script: f.path.clone().into(), entries: vec![] }).collect();
        let link = |path: &&str| Stray {
            path: (*path).to_owned(),
            reason: StrayReason::Outside("/elsewhere".into()),
            ignored: None,
        };
        let strays = outside.iter().map(link).collect();
        let tree = Tree { root: "/p".into(), files, strays, closed: vec![] };
        layout(&tree, &settings, &source, "foo", &builders)
    }

    fn refused(result: Result<Layout>) -> String {
        match result {
            Ok(layout) => format!("accepted: {layout:?}"),
            Err(e) => anstream::adapter::strip_str(&crate::report::render(&e)).to_string(),
        }
    }

    /// `source: packages | modules`
    fn summary(layout: &Layout) -> String {
        let (packages, modules) = (layout.packages.join(" "), layout.modules.join(" "));
        format!("{}: {packages} | {modules}", layout.python_source)
    }

    #[test]
    fn layouts_are_discovered() {
        let table = [
            // src layouts
            ("src/foo/__init__.py src/foo/sub/x.py setup.py", "src: foo | "),
            ("src/foo.py src/build_foo.py build_foo.py", "src:  | foo"),
            ("src/foo/__init__.py src/bar.py", "src: foo | bar"),
            ("src/ns/foo/__init__.py src/ns/bar/mod.py", "src: ns | "),
            ("src/foo/__init__.py src/_cffi_src/build_foo.py", "src: foo | "),
            ("src/foo/__init__.py src/foo.egg-info/x.py src/my-dir/a.py", "src: foo | "),
            ("src/foo/__init__.py src/data/x.bin src/c/x.c", "src: foo | "),
            ("src/foo-stubs/__init__.pyi", "src: foo-stubs | "),
            ("src/foo/_x.pyi src/foo/py.typed", "src: foo | "),
            ("src/tests/__init__.py src/foo/__init__.py", "src: foo tests | "),
            ("foo/__init__.py src/gen.py src/x.c", ": foo | "),
            ("foo.py src/lib/gen.py", ":  | foo"),
            ("src/foo/gen.py bar/__init__.py", "src: foo | "),
            // flat layouts
            ("foo/__init__.py foo/tests/__init__.py tests/__init__.py docs/conf.py", ": foo | "),
            ("foo/__init__.py bar/__init__.py _private/__init__.py", ": bar foo | "),
            ("foo/__init__.py src/x.c src/y.h", ": foo | "),
            ("foo/__init__.py src/_build/build_foo.py", ": foo | "),
            ("foo/x.py foo/data.txt", ": foo | "),
            ("foo/__init__.py stuff/x.py", ": foo | "),
            (
                "google/cloud/foo/__init__.py google/cloud/tests/__init__.py",
                ": google.cloud.foo | ",
            ),
            ("libs/zlib/README libs/zlib/py/__init__.py foo/__init__.py", ": foo | "),
            ("foo.py setup.py conftest.py noxfile.py tasks.py build_foo.py", ":  | foo"),
            ("foo.py foo_helper.py", ":  | foo foo_helper"),
            ("foo/__init__.py helper.py", ": foo | "),
            ("bar/__init__.py foo.py helper.py", ": bar | foo"),
            ("README.md c/x.c", ":  | "),
        ];
        for (files, expected) in table {
            assert_eq!(summary(&discover(files, "").unwrap()), expected, "{files}");
        }
    }

    #[test]
    fn a_reserved_name_counts_when_it_is_the_projects_own() {
        let layout = discover("_foo/__init__.py docs/x.py", "ext-package = \"_foo\"").unwrap();
        assert_eq!(summary(&layout), ": _foo | ");
    }

    #[test]
    fn listed_packages_are_taken_whole() {
        let flat = "foo/__init__.py foo/sub/x.py foobar/__init__.py tests/__init__.py";
        let src = "src/foo/__init__.py src/ns/a/__init__.py src/ns/b/__init__.py bar/__init__.py";
        let table = [
            (flat, "packages = [\"foo\"]", ": foo | "),
            (flat, "packages = [\"foo\", \"foo.sub\"]", ": foo | "),
            (flat, "packages = [\"foo*\"]", ": foo foobar | "),
            (flat, "packages = [\"foo.*\"]", ": foo.sub | "),
            (flat, "packages = [\"*\"]", ": foo foobar | "),
            (flat, "packages = [\"tests*\"]", ": tests | "),
            (flat, "packages = []", ":  | "),
            (src, "packages = [\"ns.a\"]", "src: ns.a | "),
            (src, "packages = [\"bar\"]", ": bar | "),
            (src, "packages = [\"bar\"]\npython-source = \".\"", ": bar | "),
            ("lib/foo/x.so lib/foo/y.py", "python-source = \"lib\"", "lib: foo | "),
            ("foo/__init__.py src/foo/x.c", "packages = [\"foo\"]", ": foo | "),
            ("src/foo/x.so", "packages = [\"foo\"]", "src: foo | "),
            ("src/foo.py src/bar.py", "py-modules = [\"foo\"]", "src:  | foo"),
            ("src/foo.py src/bar.py", "py-modules = []", "src:  | "),
            ("src/foo/a.py src/c.py", "py-modules = [\"foo.a\"]\npackages = []", "src:  | foo.a"),
        ];
        for (files, config, expected) in table {
            let layout = discover(files, config).unwrap_or_else(|e| panic!("{config}: {e}"));
            assert_eq!(summary(&layout), expected, "{files} {config}");
        }
    }

    #[test]
    fn names_that_do_not_exist_are_refused_with_a_guess() {
        let flat = "foo/__init__.py foo/sub/__init__.py bar.py";
        let src = "src/foo/__init__.py src/bar.py";
        let table = [
            (flat, "packages = [\"fooo\"]", "no package `fooo` in the project root"),
            (flat, "packages = [\"fooo\"]", "did you mean `foo`?"),
            (flat, "packages = [\"foo.sbu\"]", "did you mean `foo.sub`?"),
            (flat, "packages = [\"bar\"]", "`bar.py` is a module: list it in `py-modules`"),
            (flat, "packages = [\"z*\"]", "no package `z*` in the project root"),
            (src, "packages = [\"fo\"]\npython-source = \"src\"", "no package `fo` in `src`"),
            (src, "py-modules = [\"barr\"]\npython-source = \"src\"", "there is no `src/barr.py`"),
            (src, "py-modules = [\"barr\"]\npython-source = \"src\"", "did you mean `bar`?"),
            (src, "py-modules = [\"foo\"]", "`foo` is a package: list it in `packages`"),
            (src, "python-source = \"scr\"", "no folder `scr` for `python-source`"),
            (src, "python-source = \"scr\"", "did you mean `src`?"),
        ];
        for (files, config, expected) in table {
            let text = refused(discover(files, config));
            assert!(text.contains(expected), "{config}: {text}");
            assert!(text.contains("pyproject.toml:"), "{text}");
        }
    }

    #[test]
    fn a_package_that_links_out_of_the_project_is_refused() {
        let table: [(&str, &[&str], &str); 6] = [
            ("a.txt", &["foo"], "packages = [\"foo\"]"),
            ("a.txt", &["src/foo"], "packages = [\"foo\"]"),
            ("src/bar/__init__.py", &["src/foo"], ""),
            ("a.txt", &["foo"], ""),
            ("a.txt", &["lib"], "python-source = \"lib\""),
            ("src/a.py", &["src/bar.py"], "python-source = \"src\"\npy-modules = [\"bar\"]"),
        ];
        for (files, outside, config) in table {
            let text = refused(discover_with(files, outside, config));
            let expected = format!("`{}` is outside the project: it links to", outside[0]);
            assert!(text.contains(&expected), "{config}: {text}");
        }
        let docs = discover_with("foo/__init__.py", &["docs"], "").unwrap();
        assert_eq!(summary(&docs), ": foo | ", "a link that no package needs is no matter");
    }
}
