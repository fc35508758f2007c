//! The globs by which pyproject.toml names the sources of native parts and the inputs of steps.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::{globs, paths, tree};
use crate::model::{Language, NativeParts, Project, Spanned, is_glob};
use crate::steps::sources;

/// The files that globs match, sorted for each glob, each file once. A path without a `*` stands for
/// itself, be it there or not: whoever compiles it says more about that.
///
/// # Errors
/// A glob of `key` matches nothing; a path is spelled with `\\`; a source is none that is compiled.
pub fn files(project: &Project, globs: &[Spanned<String>], key: &str) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    for Spanned { value: glob, span } in globs {
        let matched = match is_glob(glob) {
            true => tree::matching(&project.root, glob)
                .map_err(|error| error.at(&project.pyproject, span.clone()))?,
            false => {
                refuse_other_spelling(project, glob, span, key)?;
                vec![globs::plain(glob).to_owned()]
            }
        };
        if matched.is_empty() {
            return Err(nothing_matches(project, glob, span, key));
        }
        if key == SOURCES {
            refuse_what_is_no_source(project, glob, span, &matched)?;
        }
        let mut matched: Vec<PathBuf> = matched.into_iter().map(PathBuf::from).collect();
        matched.sort();
        matched.retain(|path| !found.contains(path));
        found.extend(matched);
    }
    Ok(found)
}

/// The key whose files are compiled.
const SOURCES: &str = "sources";

/// Refuses a path with `\\` that means a file where it has `/`.
fn refuse_other_spelling(
    project: &Project,
    path: &str,
    span: &std::ops::Range<usize>,
    key: &str,
) -> Result<()> {
    let slashed = path.replace('\\', "/");
    let exists = |path: &str| project.root.join(path).exists();
    if slashed == path || exists(path) || !exists(&slashed) {
        return Ok(());
    }
    Err(Error::new(format!("no file `{path}` for `{key}`"))
        .at(&project.pyproject, span.clone())
        .hint(format!("write `{slashed}`: paths have `/` on every system")))
}

/// Refuses a folder and a file that no compiler takes, in the words of whoever wrote the glob.
fn refuse_what_is_no_source(
    project: &Project,
    glob: &str,
    span: &std::ops::Range<usize>,
    matched: &[String],
) -> Result<()> {
    let is_other = |path: &&String| Language::of_source(Path::new(path.as_str())).is_none();
    let Some(other) = matched.iter().find(is_other) else { return Ok(()) };
    let refused = |message: String| Error::new(message).at(&project.pyproject, span.clone());
    if project.root.join(other).is_dir() {
        let error = refused(format!("`{glob}` in `{SOURCES}` is a folder, not a source"));
        return Err(match sources_in(project, other) {
            Some(pattern) => error.hint(format!("name the files in it: `{pattern}`")),
            None => error.note("it holds no source that Officina compiles"),
        });
    }
    let which = if glob == other { String::new() } else { format!(", which `{glob}` matches,") };
    let error = refused(format!(
        "`{other}` in `{SOURCES}`{which} is not a C, C++, Objective-C or assembly file"
    ));
    Err(error.hint(sources::place_of_other(Path::new(other))))
}

/// A glob for the sources in a folder.
fn sources_in(project: &Project, folder: &str) -> Option<String> {
    let folder = globs::plain(folder).trim_end_matches('/');
    [format!("{folder}/*"), format!("{folder}/**/*")].into_iter().find_map(|glob| {
        let found = tree::matching(&project.root, &glob).ok()?;
        let source = found.iter().find(|path| Language::of_source(Path::new(path)).is_some())?;
        Some(format!("{glob}.{}", Path::new(source).extension()?.to_str()?))
    })
}

/// The error for a glob of `key` that matches nothing.
pub fn nothing_matches(
    project: &Project,
    glob: &str,
    span: &std::ops::Range<usize>,
    key: &str,
) -> Error {
    let message = format!("`{glob}` in `{key}` matches no file");
    let error = Error::new(message).at(&project.pyproject, span.clone());
    let finds =
        |other: &String| tree::matching(&project.root, other).is_ok_and(|found| !found.is_empty());
    if let Some(meant) = globs::respelled(glob).find(finds) {
        return error.hint(format!("write `{meant}`"));
    }
    match tree::plain_folder(glob) {
        "" => error.hint("it is looked for from the folder of pyproject.toml"),
        folder if !project.root.join(folder).is_dir() => {
            error.hint(format!("there is no folder `{folder}`"))
        }
        folder => error.hint(format!("see what `{folder}` holds, and that the sdist holds it")),
    }
}

/// The files that native parts name one by one, wherever they are built, but for what a step makes.
/// What only a glob matches may have been left there by a build: ignore rules decide about it.
pub fn files_named(project: &Project, parts: &NativeParts) -> Vec<String> {
    let of_sources = parts.sources().flat_map(|part| part.sources.iter().chain(&part.depends));
    let globs = of_sources.chain(parts.steps.iter().flat_map(|step| &step.inputs));
    let single = globs.map(|glob| glob.value.as_str()).filter(|glob| !is_glob(glob));
    let found = single.filter_map(|path| tree::path_below(&project.root, Path::new(path)));
    let outputs = parts.steps.iter().flat_map(|step| &step.outputs);
    let made: Vec<String> = outputs
        .filter_map(|glob| tree::matching(&project.root, &glob.value).ok())
        .flatten()
        .collect();
    found.filter(|path| !made.contains(path) && project.root.join(path).is_file()).collect()
}

/// The folders in which a new file could match one of the globs of native parts and declared modules.
///
/// # Errors
/// The tree cannot be read.
pub fn folders_of_globs(project: &Project) -> Result<BTreeSet<PathBuf>> {
    let parts = &project.settings.native;
    let of_sources = parts.sources().flat_map(|part| part.sources.iter().chain(&part.depends));
    let of_modules = project.settings.modules.iter().flat_map(|module| module.globs());
    let globs = of_sources.chain(parts.steps.iter().flat_map(|step| &step.inputs));
    let globs = globs.chain(of_modules).map(|glob| globs::plain(&glob.value));
    let root = &project.root;
    let mut folders = BTreeSet::new();
    for glob in globs.filter(|glob| is_glob(glob)) {
        let plain = tree::plain_folder(glob);
        folders.insert(root.join(plain));
        if glob.contains("**") || plain != paths::parent(glob) {
            // A folder may be made, and one of those that are there may get its first file.
            let found = tree::walk_within(root, plain)?.folders.into_iter();
            let below = found.filter(|folder| Path::new(folder).starts_with(plain));
            folders.extend(below.map(|folder| root.join(folder)));
        }
    }
    Ok(folders)
}

/// The files that any of these globs matches.
///
/// # Errors
/// One of them is no glob.
pub fn matching(globs: &[Spanned<String>], project: &Project) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for Spanned { value, span } in globs {
        let found = tree::matching(&project.root, value);
        files.extend(found.map_err(|error| error.at(&project.pyproject, span.clone()))?);
    }
    Ok(files)
}
