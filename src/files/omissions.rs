//! What a build read in the source tree and the sdist leaves out. Pure.
//!
//! Left out of this are what a builder wrote itself and what nothing is missing without: bytecode
//! and the extension modules of earlier builds, which Python reads where it finds them. A folder
//! that a builder lists says nothing: which of its files matter, their opening tells.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::files::globs::composed;
use crate::model::SourceText;
use crate::model::{BuildInputs, FileVerdict, Leftover, Omitted, SdistSettings, Tree};

/// What is compared: what a build read, and what the sdist of the same tree holds.
pub struct Comparison<'a> {
    /// What the build read.
    pub inputs: &'a BuildInputs,
    /// The project root in every spelling in which a program may have found it: as given, and
    /// without links.
    pub roots: &'a [PathBuf],
    /// The tree that the sdist is made from.
    pub tree: &'a Tree,
    /// What was decided about each of its files.
    pub verdicts: &'a [FileVerdict],
    /// The folder that builds write into, relative to the root, with `/`.
    pub build_dir: Option<&'a str>,
}

/// A file that a build reads and the sdist leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// Who read it, in the order of the build.
    pub readers: Vec<Reader>,
    /// The rule that left it out.
    pub why: Omitted,
}

/// Who read a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// A builder script.
    Builder(String),
    /// The compiler, for a source of a module.
    Compiler {
        /// The source as messages call it.
        source: String,
        /// The full name of the module.
        module: String,
    },
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reader::Builder(script) => write!(f, "builder `{script}`"),
            Reader::Compiler { source, module } => write!(f, "compiling `{source}` for `{module}`"),
        }
    }
}

/// Finds what the sdist leaves out of what the build read, sorted by path.
pub fn omissions(comparison: &Comparison) -> Vec<Omission> {
    let left_out = LeftOutFiles::of(comparison);
    if left_out.is_empty() {
        return Vec::new();
    }
    let mut found: BTreeMap<String, Omission> = BTreeMap::new();
    for (path, readers) in reads(comparison.inputs, comparison.roots) {
        let Some((path, why)) = left_out.find(&path) else { continue };
        let omission = found.entry(path.to_owned()).or_insert_with(|| Omission {
            path: path.to_owned(),
            readers: Vec::new(),
            why: why.clone(),
        });
        omission.readers.extend(readers);
    }
    found.into_values().collect()
}

/// The files of the tree that a build read, relative to the root, with `/`, each with its readers in
/// the order of the build. What a builder wrote itself is not among them.
pub fn reads(inputs: &BuildInputs, roots: &[PathBuf]) -> BTreeMap<String, Vec<Reader>> {
    let BuildInputs { builders, objects } = inputs;
    let written = builders.iter().flat_map(|builder| &builder.written);
    let written: HashSet<String> = written.filter_map(|file| below(roots, file)).collect();
    let mut found: BTreeMap<String, Vec<Reader>> = BTreeMap::new();
    let mut read = |file: &Path, reader: &Reader| {
        if let Some(path) = below(roots, file).filter(|path| !written.contains(path)) {
            found.entry(path).or_default().push(reader.clone());
        }
    };
    for builder in builders {
        let reader = Reader::Builder(builder.script.clone());
        builder.files.iter().for_each(|file| read(file, &reader));
    }
    for object in objects {
        let (source, module) = (object.source.clone(), object.module.clone());
        let reader = Reader::Compiler { source, module };
        object.files.iter().for_each(|file| read(file, &reader));
    }
    found
}

/// The files of the tree that an sdist leaves out and that a build could miss.
struct LeftOutFiles<'a> {
    files: HashMap<String, (&'a str, &'a Omitted)>,
    unpackable: Vec<(&'a str, Omitted)>,
}

impl<'a> LeftOutFiles<'a> {
    fn of(comparison: &Comparison<'a>) -> Self {
        let is_built = |path: &str| {
            let rest = comparison.build_dir.and_then(|folder| path.strip_prefix(folder));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let files = comparison.tree.files.iter().zip(comparison.verdicts);
        let files = files.filter_map(|(file, verdict)| match verdict {
            Ok(_) | Err(Omitted::Leftover(Leftover::Bytecode | Leftover::Extension)) => None,
            Err(_) if is_built(&file.path) => None,
            Err(why) => Some((composed(&file.path).into_owned(), (file.path.as_str(), why))),
        });
        let unpackable = comparison.tree.unpackable.iter();
        let unpackable = unpackable
            .map(|stray| (stray.path.as_str(), Omitted::UnpackableEntry(stray.reason.clone())));
        LeftOutFiles { files: files.collect(), unpackable: unpackable.collect() }
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.unpackable.is_empty()
    }

    fn find(&self, path: &str) -> Option<(&str, &Omitted)> {
        if let Some((path, why)) = self.files.get(composed(path).as_ref()) {
            return Some((path, why));
        }
        let is_over = |stray: &str| {
            path.strip_prefix(stray).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (stray, why) = self.unpackable.iter().find(|(stray, _)| is_over(stray))?;
        Some((stray, why))
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
    omissions: &[Omission],
    settings: &SdistSettings,
    pyproject: &Arc<SourceText>,
) -> Option<Error> {
    let first = omissions.first()?;
    let others = match omissions.len() {
        1 => String::new(),
        2 => " and another file".to_owned(),
        count => format!(" and {} other files", count - 1),
    };
    let message =
        format!("the sdist leaves out files that the build reads: `{}`{others}", first.path);
    let mut error = Error::new(message);
    let by_exclude = omissions.iter().find_map(|omission| match &omission.why {
        Omitted::Exclude(rule) => settings.exclude.iter().find(|glob| glob.value == rule.glob),
        _ => None,
    });
    if let Some(glob) = by_exclude {
        error = error.at(pyproject, glob.span.clone());
    }
    for omission in omissions.iter().take(NAMED) {
        error = error.note(note(omission));
    }
    if omissions.len() > NAMED {
        error = error.note(format!("... and {} more", omissions.len() - NAMED));
    }
    let left_out = omissions.iter().map(|omission| (omission.path.as_str(), &omission.why));
    let remedies = remedies(&left_out.collect::<Vec<_>>(), settings);
    Some(remedies.into_iter().fold(error, Error::hint))
}

/// `gen/a.h` (ignored by .gitignore:3 `gen/`) is read by builder `b.py`, ... and 2 more
fn note(omission: &Omission) -> String {
    let readers = &omission.readers;
    let mut names: Vec<String> = readers.iter().take(READERS).map(Reader::to_string).collect();
    if readers.len() > READERS {
        names.push(format!("... and {} more", readers.len() - READERS));
    }
    format!("`{}` ({}) is read by {}", omission.path, omission.why, names.join(", "))
}

/// What to write into `pyproject.toml`, or to do, so that an sdist holds these files: a line each.
pub(super) fn remedies(left_out: &[(&str, &Omitted)], settings: &SdistSettings) -> Vec<String> {
    let (mut paths, mut globs, mut others) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for (path, why) in left_out {
        match why {
            Omitted::Exclude(rule) => {
                globs.insert(rule.glob.as_str());
            }
            Omitted::UnpackableEntry(_) => {
                others.insert(format!("put a file in the place of `{path}`"));
            }
            Omitted::Secret => {
                paths.push(*path);
                others
                    .insert(format!("should `{path}` be secret, let the build read it elsewhere"));
            }
            _ => paths.push(*path),
        }
    }
    let mut remedies: Vec<String> = globs
        .into_iter()
        .map(|glob| format!("narrow `{glob}` in `exclude` of `[tool.officina.sdist]`"))
        .collect();
    if !paths.is_empty() {
        let line = include_line(&paths, settings);
        remedies.push(format!("write `{line}` into `[tool.officina.sdist]`"));
    }
    remedies.extend(others);
    remedies
}

/// The line of `[tool.officina.sdist]` that adds these files to what is included already.
fn include_line(paths: &[&str], settings: &SdistSettings) -> String {
    let added: BTreeSet<String> = if paths.len() > NAMED {
        paths.iter().map(|path| of_its_kind(path)).collect()
    } else {
        paths.iter().map(|path| literal(path)).collect()
    };
    let present = settings.include.iter().map(|glob| glob.value.clone());
    let all: Vec<String> =
        present.chain(added).map(|glob| toml_edit::Value::from(glob).to_string()).collect();
    format!("include = [{}]", all.join(", "))
}

/// A glob for all files of the folder with the same suffix.
fn of_its_kind(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() && folder.is_empty() => {
            format!("*.{}", literal(suffix))
        }
        Some((stem, suffix)) if !stem.is_empty() => {
            format!("{}/*.{}", literal(folder), literal(suffix))
        }
        _ => literal(path),
    }
}

/// A glob that matches one path only.
fn literal(path: &str) -> String {
    let mut glob = String::with_capacity(path.len());
    for letter in path.chars() {
        if "*?[]{}\\".contains(letter) {
            glob.push('\\');
        }
        glob.push(letter);
    }
    glob
}

#[cfg(test)]
mod tests;
