//! What the files that a wheel takes from the source tree say about where it runs.

use std::collections::BTreeMap;
use std::path::Path;

use crate::binary::{BinaryFormat, format_of, python_symbols};
use crate::error::Result;
use crate::model::{Abi, Content, Interpreter, ManifestEntry, Tag};
use crate::python::file_tags::{ImportedBy, imported_by};
use crate::python::{stable_abi, symbols};

/// The compiled files of a wheel that this build did not make itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NativeFiles {
    /// Whether there is one that needs this system.
    pub is_native: bool,
    /// What those are that this Python imports.
    pub abis: Vec<Abi>,
    /// Other Pythons, as `python` and `abi` of a tag, each with the first file that is for it.
    pub others: BTreeMap<(String, String), String>,
}

/// Looks at those of the files that may be compiled, going by their names. `own` is the tag of a
/// module that is for this interpreter alone.
///
/// # Errors
/// A file cannot be read.
pub fn look_at<'a>(
    files: impl Iterator<Item = &'a ManifestEntry>,
    own: &Tag,
    interpreter: &Interpreter,
) -> Result<NativeFiles> {
    let mut found = NativeFiles::default();
    for file in files.filter(|file| may_be_compiled(file)) {
        let Content::File(path) = &file.content else { continue };
        match imported_by(&file.path) {
            Some(ImportedBy::Version { python, abi }) if python == own.python && abi == own.abi => {
                found.abis.push(Abi::Version);
            }
            Some(ImportedBy::Version { python, abi }) => {
                found.others.entry((python, abi)).or_insert_with(|| file.path.clone());
            }
            Some(ImportedBy::StableFreeThreaded) => found.abis.push(Abi::LimitedFreeThreaded),
            Some(ImportedBy::Stable) => found.abis.push(stable(path)),
            None if runs_here(format_of(path)?, interpreter) => {
                found.is_native = true;
                if is_module(path) {
                    found.abis.push(Abi::Version);
                }
            }
            None => {}
        }
    }
    Ok(found)
}

impl NativeFiles {
    /// The tag of a wheel that would have the tag `tag` without these files' own demands, and the
    /// reason why it is another one, where somebody should hear it.
    pub fn lower(&self, tag: Tag, platform: &str) -> (Tag, Option<String>) {
        let is_for_one_python = tag.abi != "none" && !tag.abi.starts_with("abi3");
        let tag = match tag.platform.as_str() {
            "any" if self.is_native || !self.others.is_empty() => {
                Tag { platform: platform.into(), ..tag }
            }
            _ => tag,
        };
        let Some(file) = self.others.values().next().filter(|_| !is_for_one_python) else {
            return (tag, None);
        };
        let joined = |part: fn(&(String, String)) -> &String| {
            let mut parts: Vec<&str> = self.others.keys().map(|tag| part(tag).as_str()).collect();
            parts.dedup();
            parts.join(".")
        };
        let lowered =
            Tag { python: joined(|tag| &tag.0), abi: joined(|tag| &tag.1), ..tag.clone() };
        let reason = format!(
            "the wheel is `{lowered}` and not `{tag}`, for it holds `{file}`: name that in `exclude` \
             of `[tool.officina]` if it does not belong there",
        );
        (lowered, Some(reason))
    }
}

/// What is compiled has such a suffix, or is a program. Others are not opened: a wheel may hold
/// thousands of files.
fn may_be_compiled(file: &ManifestEntry) -> bool {
    const SUFFIXES: [&str; 11] =
        ["so", "pyd", "dylib", "dll", "exe", "bundle", "sl", "node", "a", "lib", "o"];
    const SCRIPTS: [&str; 6] = ["py", "pyi", "sh", "bat", "json", "txt"];
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let is_any = |known: &[&str]| known.iter().any(|known| suffix.eq_ignore_ascii_case(known));
    is_any(&SUFFIXES) || name.contains(".so.") || (file.executable && !is_any(&SCRIPTS))
}

/// Whether a file may be one that a system loads: programs and libraries may have any name, but not one
/// that says what else they are.
pub fn may_be_linked(file: &ManifestEntry) -> bool {
    const OTHERS: [&str; 20] = [
        "py", "pyi", "pyx", "pxd", "c", "h", "cpp", "hpp", "rs", "txt", "md", "rst", "json",
        "toml", "yaml", "html", "css", "js", "svg", "png",
    ];
    let suffix = file.path.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    !OTHERS.contains(&suffix)
}

/// Whether a compiled file is for the system that is built for: others come along, as launchers for
/// Windows do in many wheels.
fn runs_here(format: BinaryFormat, interpreter: &Interpreter) -> bool {
    match format {
        BinaryFormat::Elf => !interpreter.is_windows() && !interpreter.is_macos(),
        BinaryFormat::MachO => interpreter.is_macos(),
        BinaryFormat::Pe => interpreter.is_windows(),
        BinaryFormat::Archive => true,
        BinaryFormat::Other => false,
    }
}

/// Whether Python imports a library whose name does not say by which version.
fn is_module(path: &Path) -> bool {
    let is_library = path.extension().is_some_and(|suffix| suffix == "so");
    is_library && python_symbols(path).is_module
}

/// The ABI of a module with the stable one, by the names that it takes from Python.
fn stable(path: &Path) -> Abi {
    let names = python_symbols(path).undefined;
    let pythons = names.iter().filter(|name| symbols::looks_like_python(name));
    let used = stable_abi::used(pythons.map(String::as_str));
    match (used.others.as_slice(), used.newest) {
        ([], newest) => Abi::Limited { minimum: newest.map(|(version, _)| version) },
        _ => Abi::Version,
    }
}
