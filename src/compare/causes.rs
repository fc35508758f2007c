//! Why a file is in one product alone, as far as its name tells, and the key that brings it in.

use crate::compare::contents::{ArchiveContents, ArchivedFile};
use crate::compare::difference::Difference;
use crate::compare::files;
use crate::model::is_made_by_builds;

const C_FAMILY: [&str; 11] =
    ["c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx", "pyx", "pxd", "inc"];

/// A file that the new wheel does not hold.
pub fn lost_from_wheel(path: &str, file: &ArchivedFile, new: &ArchiveContents) -> Difference {
    if let Some(what) = leftover(path, file) {
        return Difference::better(path, format!("is gone: {what}"));
    }
    let (cause, hint) = cause(path, file, new);
    Difference::lost(path, format!("is gone: {cause}")).hint(hint)
}

/// What a build in the tree left in a package.
fn leftover(path: &str, file: &ArchivedFile) -> Option<&'static str> {
    let is_c_of_cffi = file.text.as_deref().is_some_and(files::is_generated_source);
    if is_c_of_cffi {
        return Some("C that cffi wrote, of no use when it is compiled");
    }
    let endings = [".o", ".obj", ".pyc"];
    let is_left = endings.iter().any(|ending| path.ends_with(ending));
    is_left.then_some("a build had left it there")
}

fn cause(path: &str, file: &ArchivedFile, new: &ArchiveContents) -> (&'static str, String) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let stem = name.split('.').next().unwrap_or(name);
    if let Some((scheme, below)) = path.strip_prefix(".data/").and_then(|rest| rest.split_once('/'))
    {
        return (
            "a file beside the packages",
            format!("name the file that becomes `{below}` in `{scheme}` of `[tool.officina.data]`"),
        );
    }
    if is_abi_mode_module(file) {
        return ("a builder writes it", entry());
    }
    if matches!(ending, "so" | "pyd") && !name.starts_with("lib") {
        return (
            "a compiled module",
            format!(
                "{}; a module without cffi is a table of `[[tool.officina.extensions]]`",
                entry()
            ),
        );
    }
    if file.linked.is_some() || matches!(ending, "so" | "dll" | "dylib" | "a" | "lib") {
        return (
            "a library",
            "`[[tool.officina.crates]]` and `include` bring libraries in; a tool that repairs \
             wheels (auditwheel, delocate) may have added it"
                .to_owned(),
        );
    }
    if ending == "py" && folder.is_empty() {
        return (
            "a module in no package",
            format!("`py-modules = [\"{stem}\"]` in `[tool.officina]`"),
        );
    }
    let top = path.split('/').next().unwrap_or(path);
    let has_package = new.files.keys().any(|other| other.split('/').next() == Some(top));
    if ending == "py" && !has_package {
        let found = "of the whole package nothing is there";
        return (found, format!("`packages = [\"{top}\"]` in `[tool.officina]`"));
    }
    let include = format!("name the file that becomes `{path}` in `include` of `[tool.officina]`");
    match () {
        () if C_FAMILY.contains(&ending) => {
            ("C sources and headers are left out of wheels", include)
        }
        () if !has_package => ("it lies in no package", include),
        () => ("`exclude` names it, or something else made it", include),
    }
}

fn entry() -> String {
    "name the builder that makes it in `cffi_modules` of `[tool.officina]`".to_owned()
}

fn is_abi_mode_module(file: &ArchivedFile) -> bool {
    file.text.as_ref().is_some_and(|text| text.contains("_cffi_backend.FFI("))
}

/// A file that the old wheel did not hold.
pub fn added_to_wheel(path: &str) -> Difference {
    let hint = match path.strip_prefix(".data/").and_then(|rest| rest.split_once('/')) {
        Some((scheme, _)) => format!("`{scheme}` in `[tool.officina.data]` brings it in"),
        None => "`exclude` in `[tool.officina]` leaves it out, by its path in the source tree"
            .to_owned(),
    };
    Difference::benign(path, "is new").hint(hint)
}

/// A file that the new sdist does not hold.
pub fn lost_from_sdist(path: &str, file: &ArchivedFile) -> Difference {
    let name = path.rsplit('/').next().unwrap_or(path);
    if matches!(path, "setup.cfg" | "setup.py" | "MANIFEST.in") {
        return Difference::benign(path, "is gone: setuptools alone reads it");
    }
    let is_generated = file.text.as_deref().is_some_and(files::is_generated_source);
    if is_generated || is_abi_mode_module(file) {
        return Difference::benign(path, "is gone: cffi writes it when a wheel is built");
    }
    if is_made_by_builds(path) || name.ends_with(".pyc") {
        return Difference::benign(path, "is gone: a build makes it");
    }
    Difference::lost(path, "is gone: git ignores it, or it was not in the tree")
        .hint(format!("`include = [\"{path}\"]` in `[tool.officina.sdist]`"))
}

/// A file that the old sdist did not hold.
pub fn added_to_sdist(path: &str) -> Difference {
    Difference::benign(path, "is new")
        .hint(format!("`exclude = [\"{path}\"]` in `[tool.officina.sdist]` leaves it out"))
}
