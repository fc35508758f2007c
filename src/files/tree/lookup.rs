//! Single questions to the source tree: which scripts, what a glob matches, where a file lies, how it begins.

use std::io::Read;
use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::files::globs;
use crate::files::paths::parent;
use crate::files::tree::walk::{walk, walk_within};
use crate::model::is_glob;

/// The Python files of the tree, sorted: what somebody may have meant by a script that is not
/// there. A tree that cannot be read has none.
pub fn scripts(root: &Path) -> Vec<String> {
    let files = walk(root).map(|tree| tree.files).unwrap_or_default();
    files.into_iter().map(|file| file.path).filter(|path| path.ends_with(".py")).collect()
}

/// The files that a glob matches: sorted paths relative to the root, with `/`. `*` and `?` stay
/// within a folder, `**` does not. Only the folder before the first of these is read.
///
/// # Errors
/// The glob is malformed, or a folder cannot be read.
pub fn matching(root: &Path, glob: &str) -> Result<Vec<String>> {
    let matcher = globs::single(glob, &format!("`{glob}`"))?;
    let glob = globs::plain(glob);
    let files = match glob.rsplit_once('/') {
        None if !glob.contains("**") => listed(root)?,
        Some((folder, _)) if !is_glob(folder) && !glob.contains("**") => {
            let below = |name: String| format!("{folder}/{name}");
            listed(&root.join(folder))?.into_iter().map(below).collect()
        }
        _ => {
            let tree = walk_within(root, plain_folder(glob))?;
            // As in a folder that is listed: a link counts as the file that it leads to.
            let links = tree.unpackable.into_iter().map(|entry| entry.path);
            let links = links.filter(|path| root.join(path).is_file());
            tree.files.into_iter().map(|file| file.path).chain(links).collect()
        }
    };
    Ok(files.into_iter().filter(|path| matcher.is_match(path)).collect())
}

/// The folder in which all lies that a glob can match, relative to the root, with `/`.
pub fn plain_folder(glob: &str) -> &str {
    let mut folder = parent(glob);
    while is_glob(folder) {
        folder = parent(folder);
    }
    folder
}

/// The names of the files in one folder, sorted; a folder that is not there has none.
fn listed(folder: &Path) -> Result<Vec<String>> {
    let failed = |e: std::io::Error| Error::io("list", folder, &e);
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.path().is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}

/// Where a file of the project really lies, relative to the root, with `/`; `None` if it lies
/// elsewhere, or nowhere.
pub fn path_below(root: &Path, file: &Path) -> Option<String> {
    let real_root = root.canonicalize().ok()?;
    let real = real_root.join(file).canonicalize().ok()?;
    let parts = real.strip_prefix(&real_root).ok()?.components();
    let parts: Option<Vec<&str>> = parts
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_str())
        .collect();
    Some(parts?.join("/"))
}

/// Whether a path that leads out of the project leads to something.
pub fn is_there(root: &Path, path: &str) -> bool {
    root.join(path).exists()
}

/// Whether a file begins with this text. One that cannot be read does not.
pub fn begins_with(path: &Path, text: &str) -> bool {
    let mut start = Vec::with_capacity(text.len());
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(text.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == text.as_bytes()
}

/// In bytes. Nobody wrote a larger file by hand, so it is not looked through.
pub const LARGEST_TEXT: u64 = 1 << 20;

/// The text of a file of at most so many bytes; what is not UTF-8 becomes U+FFFD. A larger file, or
/// one that cannot be read, has none.
pub fn text_of(path: &Path, most: u64) -> Option<String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(most + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then(|| String::from_utf8_lossy(&bytes).into_owned())
}
