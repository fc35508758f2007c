//! The sources, which must be there before a compiler is started.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result, nearest};
use crate::model::{CompileSpec, Language};
use crate::steps::missing_file;
use crate::steps::path_mapping::PathMapping;
use crate::steps::text_origin;

/// All sources of a module, the generated one first, each once, with its language.
///
/// # Errors
/// A source is not there, or is nothing that a compiler takes.
pub(super) fn sources(spec: &CompileSpec, paths: PathMapping) -> Result<Vec<(PathBuf, Language)>> {
    let mut found: Vec<(PathBuf, Language)> = Vec::new();
    let mut known = HashSet::new();
    let own = spec.sources.iter().map(PathBuf::as_path);
    for source in spec.generated_source.into_iter().chain(own) {
        let source = &as_meant(source, paths.root);
        if !known.insert(paths.root.join(source)) {
            continue;
        }
        let language = Language::of_source(source).ok_or_else(|| not_a_source(source, spec))?;
        if !paths.root.join(source).is_file() {
            return Err(missing(source, spec, paths.root));
        }
        found.push((source.clone(), language));
    }
    Ok(found)
}

/// `a/missing/../x.c` is no file to a compiler, but `ffi.compile()` takes it for `a/x.c`.
fn as_meant(source: &Path, root: &Path) -> PathBuf {
    let mut meant = PathBuf::new();
    for part in source.components() {
        match (part, meant.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                meant.pop();
            }
            _ => meant.push(part),
        }
    }
    let misspelt = !root.join(source).exists() && root.join(&meant).is_file();
    if misspelt { meant } else { source.to_owned() }
}

fn not_a_source(source: &Path, spec: &CompileSpec) -> Error {
    let error = Error::new(format!(
        "cannot compile `{}` of `{}`: its suffix is none of a C or C++ source",
        source.display(),
        spec.name
    ))
    .note(format!("it is one of the `sources` in {}", spec.declared_in));
    error.hint(place_of_other(source))
}

/// The next step for a file that stands among sources and is none, by its suffix.
pub fn place_of_other(file: &Path) -> String {
    match file.extension().and_then(|suffix| suffix.to_str()) {
        Some("o" | "obj" | "a" | "lib") => "name objects and archives in `extra_objects`".into(),
        Some("h" | "hpp" | "hh" | "hxx") => "name headers in `depends`".into(),
        Some(_) => format!("sources end in one of {}", Language::SUFFIXES),
        None => {
            format!("sources end in one of {}; of a folder, name the files", Language::SUFFIXES)
        }
    }
}

fn missing(source: &Path, spec: &CompileSpec, root: &Path) -> Error {
    let error = Error::new(format!("no file `{}`, a source of `{}`", source.display(), spec.name))
        .note(format!(
            "named in the `sources` of {}, relative to {}",
            spec.declared_in,
            root.display()
        ));
    let error = match text_origin::of_word(&source.to_string_lossy(), spec.declared_in, root) {
        Some((builder, span)) => error.at(&builder, span),
        None => error,
    };
    let slashed = source.to_string_lossy().replace('\\', "/");
    if Path::new(&slashed) != source && root.join(&slashed).is_file() {
        return error.hint(format!("write `{slashed}`: paths have `/` on every system"));
    }
    if source.to_string_lossy().contains('*') {
        return error.hint(format!(
            "a pattern is not expanded: `sources=glob.glob(\"{}\")`, with `import glob`",
            source.display()
        ));
    }
    let folder = source.parent().unwrap_or(Path::new(""));
    if let Some(hint) = missing_file::submodule(source, root) {
        return error.hint(hint);
    }
    if !root.join(folder).is_dir() {
        return error.hint(missing_file::no_folder(folder, root));
    }
    let wanted = source.file_name().unwrap_or_default().to_string_lossy();
    let present = names_in(&root.join(folder));
    match nearest(&wanted, present.iter().map(String::as_str)) {
        Some(name) => error.hint(format!("there is a file `{}`", folder.join(name).display())),
        None => error.hint(
            missing_file::left_out(&wanted, root)
                .unwrap_or_else(|| "check the spelling".to_owned()),
        ),
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| Language::of_source(&entry.path()).is_some())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Whether a text names the folders of this build, as `#include` of an absolute path does.
pub(super) fn names_folders(source: &Path, paths: &PathMapping) -> bool {
    let text = std::fs::read(paths.root.join(source)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let folders = paths.spellings.root.iter().chain(&paths.spellings.build_dir);
    folders.into_iter().any(|folder| text.contains(&*folder.to_string_lossy()))
}
