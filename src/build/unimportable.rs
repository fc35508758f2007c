//! Modules that nobody can import from the wheel, or not by the name that its packages use.

use std::collections::HashSet;
use std::sync::Arc;

use crate::build::contents::Contents;
use crate::build::product::Product;
use crate::error::{Error, Result, nearest};
use crate::files::full_imports::{FullImport, full_imports};
use crate::files::tree;
use crate::model::{Content, Manifest, ManifestEntry, Project, SourceText};
use crate::report::Console;

/// A file that speaks of one of these may well change how Python imports.
const OWN_WAYS: [&str; 6] =
    ["__path__", "sys.path", "sys.modules", "meta_path", "spec_from_file", "ExtensionFileLoader"];

/// Refuses a wheel whose modules are sure not to be found, and warns of what seems to be a slip.
///
/// # Errors
/// A module lies below a file that is no package, or an import of the package is sure to fail.
pub fn check(
    project: &Project,
    product: &Product,
    contents: &Contents,
    console: Console,
) -> Result<()> {
    let is_module = |entry: &&ManifestEntry| !contents.shared.contains(entry);
    let modules: Vec<ManifestEntry> = product.built.iter().filter(is_module).cloned().collect();
    refuse_modules_in_modules(project, &product.manifest, &modules)?;
    check_imports(project, &product.manifest, &modules, console)
}

/// Python takes `demo.py` before a folder `demo`, so that `import demo._demo` finds no package.
fn refuse_modules_in_modules(
    project: &Project,
    manifest: &Manifest,
    modules: &[ManifestEntry],
) -> Result<()> {
    for module in modules {
        let name = dotted(&module.path);
        for (end, _) in name.match_indices('.') {
            let Some(file) = rival(&name[..end], manifest) else { continue };
            let (file, parent) = (shown(project, file), name[..end].replace('.', "/"));
            let last = &name[end + 1..];
            let free = name[..end].rsplit_once('.').map(|(above, _)| format!("{above}."));
            let free = format!("{}{last}", free.unwrap_or_default());
            return Err(Error::new(format!(
                "the module `{name}` collides with the source file `{file}`"
            ))
            .note(format!(
                "it would become `{}` in the wheel, and Python cannot import it: `{}` is a module, and \
                 no package",
                module.path,
                &name[..end]
            ))
            .hint(format!(
                "name the module `{free}`, and import it by that name; a builder's `set_source()` says \
                 the name"
            ))
            .hint(format!(
                "or make a package: rename `{file}` to `{}`",
                file.replace(&format!("{parent}.py"), &format!("{parent}/__init__.py"))
            )));
        }
    }
    Ok(())
}

/// The `.py` file that Python takes for a package of this name, which it is not.
fn rival<'a>(package: &str, manifest: &'a Manifest) -> Option<&'a ManifestEntry> {
    let path = package.replace('.', "/");
    let (file, init) = (format!("{path}.py"), format!("{path}/__init__."));
    let entries = &manifest.entries;
    let found = entries.iter().find(|entry| entry.path == file)?;
    let is_package = entries.iter().any(|entry| entry.path.starts_with(&init));
    let text = text_of(found).unwrap_or_default();
    let is_odd = OWN_WAYS.iter().any(|way| text.contains(way));
    (!is_package && !is_odd).then_some(found)
}

/// Looks for imports of built modules by another name than theirs. A wheel that fails at the import
/// of its package, whatever happens, is refused; what may have a reason is warned of.
fn check_imports(
    project: &Project,
    manifest: &Manifest,
    modules: &[ManifestEntry],
    console: Console,
) -> Result<()> {
    let wheel =
        Wheel { manifest, built: modules.iter().map(|module| dotted(&module.path)).collect() };
    let mut unseen: HashSet<&str> = wheel.built.iter().map(String::as_str).collect();
    let mut said = HashSet::new();
    for entry in manifest.entries.iter().filter(|entry| entry.path.ends_with(".py")).take(MOST) {
        if unseen.is_empty() {
            break;
        }
        let Some(text) = text_of(entry) else { continue };
        if !wheel.may_import(entry, &text) {
            continue;
        }
        for import in full_imports(&entry.path, &text) {
            import.names.iter().for_each(|name| {
                unseen.remove(name.as_str());
            });
            let Some(wrong) = wheel.wrong(entry, &text, &import) else { continue };
            if wheel.is_sure_to_fail(entry, &text, &import, &wrong) {
                return Err(wrong.error(project, entry, text, import.line));
            }
            if said.insert(wrong.module.clone()) {
                console.warning(&wrong.warning(&shown(project, entry), import.line));
            }
        }
    }
    Ok(())
}

/// No more files are read.
const MOST: usize = 400;

struct Wheel<'a> {
    manifest: &'a Manifest,
    /// The full names of its built modules.
    built: Vec<String>,
}

/// An import of what the wheel does not hold, with the module that is meant.
struct WrongImport {
    /// The full name that is imported.
    name: String,
    /// The full name of the built module.
    module: String,
}

impl Wheel<'_> {
    /// Whether the imports of a file are worth a look: most files of a large package are not.
    fn may_import(&self, entry: &ManifestEntry, text: &str) -> bool {
        let folder = entry.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.built.iter().any(|module| {
            let (package, last) = module.rsplit_once('.').unwrap_or(("", module));
            text.contains(last)
                || (entry.path.ends_with("/__init__.py") && dotted(folder) == package)
        })
    }

    fn wrong(&self, entry: &ManifestEntry, text: &str, import: &FullImport) -> Option<WrongImport> {
        let package = entry.path.rsplit_once('/')?.0.replace('/', ".");
        let top = package.split('.').next()?;
        let is_own = |name: &&String| name.split('.').next() == Some(top) && name.contains('.');
        let is_held = import.names.iter().any(|name| self.built.contains(name));
        if is_held || OWN_WAYS.iter().any(|way| text.contains(way)) {
            return None;
        }
        let may_be_module = |name: &&String| import.module == **name || self.has_folder(name);
        import.names.iter().filter(is_own).filter(may_be_module).find_map(|name| {
            let (parent, last) = name.rsplit_once('.')?;
            let is_same = |module: &&String| module.rsplit('.').next() == Some(last);
            let same = self.built.iter().find(is_same);
            // What has another name may be a variable of the package, or an optional module.
            let may_be_slip = !import.is_indented
                && self.holds_package(parent)
                && (import.module == *name || is_unmentioned_before(text, last, import.line));
            let near = || {
                let siblings = self.built.iter().filter_map(|module| {
                    module.rsplit_once('.').filter(|(above, _)| *above == parent)
                });
                let near = nearest(last, siblings.map(|(_, last)| last))?;
                may_be_slip.then(|| format!("{parent}.{near}"))
            };
            let module = same.cloned().or_else(near)?;
            (!self.holds(name)).then(|| WrongImport { name: name.clone(), module })
        })
    }

    /// Whether `import top` fails for whoever installs the wheel: the statement stands in the open in the
    /// `__init__.py` of an ordinary package, which nothing but this wheel fills.
    fn is_sure_to_fail(
        &self,
        entry: &ManifestEntry,
        text: &str,
        import: &FullImport,
        wrong: &WrongImport,
    ) -> bool {
        let (parent, last) = wrong.name.rsplit_once('.').unwrap_or_default();
        let line = text.lines().nth(import.line - 1).unwrap_or_default();
        let is_plain = line.starts_with("from") || line.starts_with("import");
        let init = format!("{}/__init__.py", parent.replace('.', "/"));
        let is_module = import.module == wrong.name || !text.contains("__getattr__");
        let may_be_known = ["import *", "import_module", "exit(", "raise ", "__import__"];
        wrong.module.rsplit('.').next() == Some(last)
            && is_plain
            && entry.path == init
            && is_module
            && is_unmentioned_before(text, last, import.line)
            && !may_be_known.iter().any(|way| text.contains(way))
    }

    /// Whether something lies in the package of a module: else it is no more than a name in a file.
    fn has_folder(&self, dotted: &str) -> bool {
        let path = dotted.replace('.', "/");
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = |entry: &ManifestEntry| {
            entry.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        self.manifest.entries.iter().any(inside)
    }

    /// Whether a package has an `__init__.py`, so that other wheels have no part in it.
    fn holds_package(&self, package: &str) -> bool {
        let init = format!("{}/__init__.py", package.replace('.', "/"));
        self.manifest.entries.iter().any(|entry| entry.path == init)
    }

    /// Whether something in the wheel may be a module of this name.
    fn holds(&self, dotted: &str) -> bool {
        const NO_MODULES: [&str; 6] = [".pyi", ".c", ".h", ".cpp", ".txt", ".md"];
        let stem = dotted.replace('.', "/");
        self.manifest.entries.iter().any(|entry| {
            let path =
                entry.path.split_once(".data/").map_or(entry.path.as_str(), |(_, path)| path);
            let path = path.strip_prefix("purelib/").unwrap_or(path);
            let path = path.strip_prefix("platlib/").unwrap_or(path);
            path.strip_prefix(&stem)
                .is_some_and(|rest| rest.starts_with(['.', '/']) && !NO_MODULES.contains(&rest))
        })
    }
}

impl WrongImport {
    fn remedy(&self) -> String {
        let WrongImport { name, module } = self;
        let (package, last) = name.rsplit_once('.').unwrap_or_default();
        match module.rsplit_once('.') {
            None => format!("give it the name `{name}`, or set `ext-package = \"{package}\"`"),
            Some((_, own)) if own == last => {
                format!("give it the name `{name}`, or import `{module}`")
            }
            Some(_) => format!("import `{module}`, or give it the name `{name}`"),
        }
    }

    fn warning(&self, file: &str, line: usize) -> String {
        let WrongImport { name, module } = self;
        let built = match module.contains('.') {
            true => format!("no such module is in the wheel, but `{module}` is built"),
            false => format!("`{module}` is built, which is in no package"),
        };
        format!("`{file}` imports `{name}` (line {line}), and {built}: {}", self.remedy())
    }

    fn error(&self, project: &Project, entry: &ManifestEntry, text: String, line: usize) -> Error {
        let WrongImport { name, module } = self;
        let (package, _) = name.rsplit_once('.').unwrap_or_default();
        let start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
        let end = start + text[start..].lines().next().unwrap_or_default().len();
        let source = Arc::new(SourceText { name: shown(project, entry), text });
        Error::new(format!("`import {package}` would fail: the wheel holds no module `{name}`"))
            .at(&source, start..end)
            .note(format!("the module that is built is `{module}`"))
            .hint(self.remedy())
            .hint(
                "if the package can do without it, import it in `try: ... except ImportError: ...`",
            )
    }
}

/// Whether a word stands nowhere in the lines before one.
fn is_unmentioned_before(text: &str, word: &str, line: usize) -> bool {
    !text.lines().take(line - 1).any(|before| before.contains(word))
}

/// `pkg._foo` of `pkg/_foo.abi3.so`.
fn dotted(path: &str) -> String {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let stem = path[name..].find('.').map_or(path, |dot| &path[..name + dot]);
    stem.replace('/', ".")
}

fn text_of(entry: &ManifestEntry) -> Option<String> {
    let Content::File(file) = &entry.content else { return None };
    tree::text_of(file, tree::LARGEST_TEXT)
}

fn shown(project: &Project, entry: &ManifestEntry) -> String {
    let Content::File(file) = &entry.content else { return entry.path.clone() };
    let path = file.strip_prefix(&project.root).unwrap_or(file);
    path.display().to_string().replace('\\', "/")
}
