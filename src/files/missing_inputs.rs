//! What a build read in the source tree and the sdist leaves out. Pure.
//!
//! Left out of this are what a builder wrote itself, what a step makes and what nothing is missing
//! without: bytecode and the extension modules of earlier builds, which Python reads where it finds
//! them. A folder that a builder lists says nothing: which of its files matter, their opening
//! tells.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::files::globs::composed;
use crate::files::remedies::remedies;
use crate::model::{BuildInputs, Decision, Leftover, OmitReason, SdistSettings, SourceText, Tree};

/// What is compared: what a build read, and what the sdist of the same tree holds.
pub struct SdistComparison<'a> {
    /// What the build read.
    pub inputs: &'a BuildInputs,
    /// The project root in every spelling in which a program may have found it: as given, and
    /// without links.
    pub roots: &'a [PathBuf],
    /// The tree that the sdist is made from.
    pub tree: &'a Tree,
    /// What was decided about each of its files.
    pub decisions: &'a [Decision],
    /// The folder that builds write into, relative to the root, with `/`.
    pub build_dir: Option<&'a str>,
}

/// A file that a build reads and the sdist leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingInput {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// Who read it, in the order of the build.
    pub readers: Vec<ReadBy>,
    /// The rule that left it out.
    pub why: OmitReason,
}

/// Who read a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBy {
    /// The project's own step of this name.
    Step(String),
    /// The import of headers, for the module of this full name.
    Import(String),
    /// A builder script.
    Builder(String),
    /// The compiler, for a source of a module.
    Compiler {
        /// The source as messages call it.
        source: String,
        /// The full name of the module.
        module: String,
    },
    /// The linker, for the module of this full name.
    Linker(String),
}

impl fmt::Display for ReadBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadBy::Step(name) => write!(f, "the step `{name}`"),
            ReadBy::Import(module) => write!(f, "importing the headers of `{module}`"),
            ReadBy::Builder(script) => write!(f, "builder `{script}`"),
            ReadBy::Compiler { source, module } => {
                write!(f, "compiling `{source}` for `{module}`")
            }
            ReadBy::Linker(module) => write!(f, "linking `{module}`"),
        }
    }
}

/// Finds what the sdist leaves out of what the build read, sorted by path.
pub fn find(comparison: &SdistComparison) -> Vec<MissingInput> {
    let omitted = OmittedInputs::of(comparison);
    if omitted.is_empty() {
        return Vec::new();
    }
    let mut found: BTreeMap<String, MissingInput> = BTreeMap::new();
    for (path, readers) in reads(comparison.inputs, comparison.roots) {
        let Some((path, why)) = omitted.find(&path) else { continue };
        let missing = found.entry(path.to_owned()).or_insert_with(|| MissingInput {
            path: path.to_owned(),
            readers: Vec::new(),
            why: why.clone(),
        });
        missing.readers.extend(readers);
    }
    found.into_values().collect()
}

/// The files of the tree that a build read, relative to the root, with `/`, each with its readers
/// in the order of the build. What a builder wrote itself is not among them, nor what a linker read
/// where builders start programs, which may have made it.
pub fn reads(inputs: &BuildInputs, roots: &[PathBuf]) -> BTreeMap<String, Vec<ReadBy>> {
    let BuildInputs { steps, imports, builders, objects, links } = inputs;
    let written = builders.iter().flat_map(|builder| &builder.written);
    let written: HashSet<String> = written.filter_map(|file| below(roots, file)).collect();
    let mut found: BTreeMap<String, Vec<ReadBy>> = BTreeMap::new();
    let mut read = |file: &Path, reader: &ReadBy| {
        if let Some(path) = below(roots, file).filter(|path| !written.contains(path)) {
            found.entry(path).or_default().push(reader.clone());
        }
    };
    for step in steps {
        let reader = ReadBy::Step(step.name.clone());
        step.files.iter().for_each(|file| read(file, &reader));
    }
    for import in imports {
        let reader = ReadBy::Import(import.name.clone());
        import.files.iter().for_each(|file| read(file, &reader));
    }
    for builder in builders {
        let reader = ReadBy::Builder(builder.script.clone());
        builder.files.iter().for_each(|file| read(file, &reader));
    }
    for object in objects {
        let (source, module) = (object.source.clone(), object.module.clone());
        let reader = ReadBy::Compiler { source, module };
        object.files.iter().for_each(|file| read(file, &reader));
    }
    let starts_programs = builders.iter().any(|builder| !builder.programs.is_empty());
    for link in links.iter().filter(|_| !starts_programs) {
        let reader = ReadBy::Linker(link.name.clone());
        link.files.iter().for_each(|file| read(file, &reader));
    }
    found
}

/// What a build of the unpacked sdist read of the tree that the sdist was made from, relative to
/// its root, with `/`, each with its readers: by paths that lead nowhere on another machine.
pub fn reads_of_origin(
    inputs: &BuildInputs,
    roots: &[PathBuf],
    tree: &Tree,
) -> BTreeMap<String, Vec<ReadBy>> {
    let mut found = reads(inputs, roots);
    let files: HashSet<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
    found.retain(|path, _| files.contains(path.as_str()));
    found
}

/// The error about such files; `None` if there are none.
pub fn error_of_origin(found: &BTreeMap<String, Vec<ReadBy>>) -> Option<Error> {
    let first = found.keys().next()?;
    let message =
        format!("the wheel from the sdist is built with files of the source tree: `{first}`");
    let mut error = Error::new(message);
    for (path, readers) in found.iter().take(NAMED) {
        error = error.note(format!("`{path}` is read by {}", names(readers)));
    }
    if found.len() > NAMED {
        error = error.note(format!("... and {} more", found.len() - NAMED));
    }
    Some(error.hint("name files by paths that are relative to the folder of pyproject.toml: the absolute ones lead nowhere on another machine"))
}

/// The files of the tree that an sdist leaves out and that a build could miss.
struct OmittedInputs<'a> {
    files: HashMap<String, (&'a str, &'a OmitReason)>,
    unpackable: Vec<(&'a str, OmitReason)>,
}

impl<'a> OmittedInputs<'a> {
    fn of(comparison: &SdistComparison<'a>) -> Self {
        let is_built = |path: &str| {
            let rest = comparison.build_dir.and_then(|folder| path.strip_prefix(folder));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let files = comparison.tree.files.iter().zip(comparison.decisions);
        let files = files.filter_map(|(file, decision)| match decision {
            Ok(_)
            | Err(OmitReason::Leftover(
                Leftover::Bytecode | Leftover::Extension | Leftover::StepOutput,
            )) => None,
            Err(_) if is_built(&file.path) => None,
            Err(why) => Some((composed(&file.path).into_owned(), (file.path.as_str(), why))),
        });
        let unpackable = comparison.tree.unpackable.iter();
        let unpackable = unpackable
            .map(|entry| (entry.path.as_str(), OmitReason::Unpackable(entry.reason.clone())));
        OmittedInputs { files: files.collect(), unpackable: unpackable.collect() }
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.unpackable.is_empty()
    }

    fn find(&self, path: &str) -> Option<(&str, &OmitReason)> {
        if let Some((path, why)) = self.files.get(composed(path).as_ref()) {
            return Some((path, why));
        }
        let is_above = |entry: &str| {
            path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (entry, why) = self.unpackable.iter().find(|(entry, _)| is_above(entry))?;
        Some((entry, why))
    }
}

/// An absolute path as seen from the project root, with `/`, if it lies below it.
fn below(roots: &[PathBuf], file: &Path) -> Option<String> {
    let file = normal(file);
    let inside = roots.iter().find_map(|root| file.strip_prefix(root).ok())?;
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// A path without `.` and `..`, going by its text.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// So many files are named one by one, and so many readers of each.
const NAMED: usize = 10;
const READERS: usize = 3;

/// The error about files that a build reads and the sdist leaves out; `None` if there are none.
pub fn error(
    missing: &[MissingInput],
    settings: &SdistSettings,
    pyproject: &Arc<SourceText>,
) -> Option<Error> {
    let first = missing.first()?;
    let others = match missing.len() {
        1 => String::new(),
        2 => " and another file".to_owned(),
        count => format!(" and {} other files", count - 1),
    };
    let message =
        format!("the sdist leaves out files that the build reads: `{}`{others}", first.path);
    let mut error = Error::new(message);
    let by_exclude = missing.iter().find_map(|input| match &input.why {
        OmitReason::Exclude(rule) => settings.exclude.iter().find(|glob| glob.value == rule.glob),
        _ => None,
    });
    if let Some(glob) = by_exclude {
        error = error.at(pyproject, glob.span.clone());
    }
    for input in missing.iter().take(NAMED) {
        error = error.note(note(input));
    }
    if missing.len() > NAMED {
        error = error.note(format!("... and {} more", missing.len() - NAMED));
    }
    let omitted = missing.iter().map(|input| (input.path.as_str(), &input.why));
    let remedies = remedies(&omitted.collect::<Vec<_>>(), settings);
    Some(remedies.into_iter().fold(error, Error::hint))
}

/// `gen/a.h` (ignored by .gitignore:3 `gen/`) is read by builder `b.py`, ... and 2 more
fn note(input: &MissingInput) -> String {
    format!("`{}` ({}) is read by {}", input.path, input.why, names(&input.readers))
}

fn names(readers: &[ReadBy]) -> String {
    let mut names: Vec<String> = readers.iter().take(READERS).map(ReadBy::to_string).collect();
    if readers.len() > READERS {
        names.push(format!("... and {} more", readers.len() - READERS));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests;
