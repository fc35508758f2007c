//! The door to the source tree: one walk that lists every file a product could hold.

use std::io::Read;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use globset::GlobBuilder;
use ignore::{DirEntry, WalkBuilder};

use crate::error::{Error, Result};
use crate::model::{Stray, StrayReason, Tree, TreeFile};

/// Folders that hold no project files, wherever they lie: version control, installed packages,
/// bytecode and the caches of well-known tools.
const NEVER_ENTERED: [&str; 16] = [
    ".git",
    ".hg",
    ".svn",
    ".bzr",
    "_darcs",
    "CVS",
    "__pycache__",
    "node_modules",
    ".tox",
    ".nox",
    ".venv",
    ".eggs",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
];

/// Files whose presence says what a folder is: a virtual environment (PEP 405), or a cache
/// (<https://bford.info/cachedir/>).
const NEVER_ENTERED_IF_HOLDING: [&str; 2] = ["pyvenv.cfg", "CACHEDIR.TAG"];

/// Lists the files below `root`, sorted. `.gitignore` has no say: what builders write is ignored
/// by version control more often than not, and belongs into the wheel.
///
/// Symbolic links to places inside the project count as what they point to; others, and all else
/// that cannot be packed, become [`Stray`]s.
///
/// # Errors
/// The root itself cannot be read.
pub fn walk(root: &Path) -> Result<Tree> {
    walked(root, Rules::None)
}

/// Lists the files that git would track, sorted: `.gitignore` files count, in a checkout and in an
/// unpacked sdist alike. A user's own global rules do not: they are no part of the project.
///
/// # Errors
/// The root itself cannot be read.
pub fn walk_tracked(root: &Path) -> Result<Tree> {
    let is_in_repository = root.ancestors().any(|folder| folder.join(".git").exists());
    walked(root, if is_in_repository { Rules::OfRepository } else { Rules::OfFolder })
}

/// Which ignore files count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// None at all.
    None,
    /// Those up to the root of the git repository that holds the project.
    OfRepository,
    /// Those of the project alone: what lies above has nothing to do with it.
    OfFolder,
}

fn walked(root: &Path, rules: Rules) -> Result<Tree> {
    let real_root = root.canonicalize().map_err(|e| Error::io("read", root, &e))?;
    let strays: Arc<Mutex<Vec<Stray>>> = Arc::default();
    let mut files = Vec::new();
    for entry in entries(root, real_root, &strays, rules) {
        match entry {
            Ok(entry) if is_file(&entry) => match tree_path(root, entry.path()) {
                Ok(path) => files.push(TreeFile { path, executable: is_executable(&entry) }),
                Err(stray) => note(&strays, stray),
            },
            Ok(_) => {}
            Err(error) if is_loop(&error) => {}
            Err(error) => note(&strays, unreadable(root, &error)?),
        }
    }
    files.sort();
    let mut strays = std::mem::take(&mut *strays.lock().unwrap_or_else(PoisonError::into_inner));
    strays.sort();
    Ok(Tree { root: root.to_owned(), files, strays })
}

/// The Python files of the tree, sorted: what somebody may have meant by a script that is not
/// there. A tree that cannot be read has none.
pub fn scripts(root: &Path) -> Vec<String> {
    let files = walk(root).map(|tree| tree.files).unwrap_or_default();
    files.into_iter().map(|file| file.path).filter(|path| path.ends_with(".py")).collect()
}

/// The files that a glob matches: sorted paths relative to the root, with `/`. `*` and `?` stay
/// within a folder, `**` does not. Only the folders that can matter are read.
///
/// # Errors
/// The glob is malformed, or a folder cannot be read.
pub fn matching(root: &Path, glob: &str) -> Result<Vec<String>> {
    let malformed = |e: globset::Error| Error::new(format!("`{glob}` is not a glob: {}", e.kind()));
    let matcher = GlobBuilder::new(glob).literal_separator(true).build().map_err(malformed)?;
    let matcher = matcher.compile_matcher();
    let files = match glob.rsplit_once('/') {
        None if !glob.contains("**") => listed(root)?,
        Some((folder, _)) if !folder.contains(['*', '?', '[', '{']) && !glob.contains("**") => {
            let below = |name: String| format!("{folder}/{name}");
            listed(&root.join(folder))?.into_iter().map(below).collect()
        }
        _ => walk(root)?.files.into_iter().map(|file| file.path).collect(),
    };
    Ok(files.into_iter().filter(|path| matcher.is_match(path)).collect())
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
    real.strip_prefix(&real_root).ok()?;
    tree_path(&real_root, &real).ok()
}

/// Whether a file begins with this text. One that cannot be read does not.
pub fn begins_with(path: &Path, text: &str) -> bool {
    let mut start = Vec::with_capacity(text.len());
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(text.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == text.as_bytes()
}

fn entries(
    root: &Path,
    real_root: std::path::PathBuf,
    strays: &Arc<Mutex<Vec<Stray>>>,
    rules: Rules,
) -> ignore::Walk {
    let (strays, tree_root) = (Arc::clone(strays), root.to_owned());
    WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(rules != Rules::None)
        .git_exclude(rules == Rules::OfRepository)
        .parents(rules == Rules::OfRepository)
        .require_git(rules == Rules::OfRepository)
        .follow_links(true)
        .filter_entry(move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            if let Some(reason) = bad_link(entry, &real_root) {
                let path = lossy(&tree_root, entry.path());
                note(&strays, Stray { path, reason });
                return false;
            }
            !is_never_entered(entry)
        })
        .build()
}

/// Why a link is not followed, if this is a link that is not.
fn bad_link(entry: &DirEntry, real_root: &Path) -> Option<StrayReason> {
    if !entry.path_is_symlink() {
        return None;
    }
    match entry.path().canonicalize() {
        Ok(target) if target.starts_with(real_root) => None,
        Ok(target) => Some(StrayReason::Outside(target)),
        Err(_) => Some(StrayReason::Dangling),
    }
}

fn is_never_entered(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
        && (NEVER_ENTERED.iter().any(|name| entry.file_name() == *name)
            || NEVER_ENTERED_IF_HOLDING.iter().any(|name| entry.path().join(name).is_file()))
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

#[cfg(unix)]
fn is_executable(entry: &DirEntry) -> bool {
    use std::os::unix::fs::PermissionsExt;
    entry.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_entry: &DirEntry) -> bool {
    false
}

/// The path as seen from the root, with `/`.
fn tree_path(root: &Path, path: &Path) -> Result<String, Stray> {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Option<Vec<&str>> = relative
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_str())
        .collect();
    match parts {
        Some(parts) => Ok(parts.join("/")),
        None => Err(Stray { path: lossy(root, path), reason: StrayReason::NotUtf8 }),
    }
}

fn lossy(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts = relative.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// A link back to a folder that holds it: all that is behind it has been seen.
fn is_loop(error: &ignore::Error) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithPath { err, .. } => is_loop(err),
        _ => false,
    }
}

fn unreadable(root: &Path, error: &ignore::Error) -> Result<Stray> {
    let path = path_of(error).unwrap_or(root);
    let words = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    // A link to nothing cannot be followed, so the walk reports it here and not to its filter.
    let dangling = path.is_symlink() && !path.exists();
    let reason = if dangling { StrayReason::Dangling } else { StrayReason::Unreadable(words) };
    if path == root {
        return Err(Error::new(format!("cannot read `{}`: {error}", root.display())));
    }
    Ok(Stray { path: lossy(root, path), reason })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } => path_of(err),
        _ => None,
    }
}

fn note(strays: &Mutex<Vec<Stray>>, stray: Stray) {
    strays.lock().unwrap_or_else(PoisonError::into_inner).push(stray);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        folder
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn files_come_sorted_and_ignore_rules_have_no_say() {
        let folder = project(&["src/b.py", "src/a/__init__.py", ".gitignore", "z", ".hidden/f"]);
        std::fs::write(folder.path().join(".gitignore"), "*.py\n").unwrap();
        let tree = walk(folder.path()).unwrap();
        assert_eq!(paths(&tree), [".gitignore", ".hidden/f", "src/a/__init__.py", "src/b.py", "z"]);
        assert_eq!(tree.strays, []);
    }

    #[test]
    fn some_folders_are_never_entered() {
        let folder = project(&[
            "a.py",
            ".git/config",
            "p/.svn/x",
            "p/__pycache__/a.pyc",
            "p/node_modules/x/y.py",
            ".tox/py/x.py",
            "my-env/pyvenv.cfg",
            "my-env/lib/x.py",
            "target/CACHEDIR.TAG",
            "target/x",
        ]);
        assert_eq!(paths(&walk(folder.path()).unwrap()), ["a.py"]);
    }

    #[test]
    fn a_project_inside_a_virtual_environment_is_still_walked() {
        let folder = project(&["pyvenv.cfg", "a.py"]);
        assert_eq!(paths(&walk(folder.path()).unwrap()), ["a.py", "pyvenv.cfg"]);
    }

    #[test]
    fn a_missing_root_is_named() {
        let error = walk(Path::new("/no/such/project")).unwrap_err();
        assert!(error.to_string().contains("cannot read `/no/such/project`"), "{error}");
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::{PermissionsExt, symlink};

        #[test]
        fn the_executable_bit_is_the_owners() {
            let folder = project(&["run", "data"]);
            for (name, mode) in [("run", 0o700), ("data", 0o655)] {
                let permissions = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(folder.path().join(name), permissions).unwrap();
            }
            let tree = walk(folder.path()).unwrap();
            let bits: Vec<bool> = tree.files.iter().map(|file| file.executable).collect();
            assert_eq!(bits, [false, true]);
        }

        #[test]
        fn links_inside_are_followed_and_loops_end() {
            let folder = project(&["real/a.py", "real/sub/b.py"]);
            symlink("real", folder.path().join("alias")).unwrap();
            symlink("real/a.py", folder.path().join("c.py")).unwrap();
            symlink("..", folder.path().join("real/sub/up")).unwrap();
            let tree = walk(folder.path()).unwrap();
            let expected = ["alias/a.py", "alias/sub/b.py", "c.py", "real/a.py", "real/sub/b.py"];
            assert_eq!(paths(&tree), expected);
        }

        #[test]
        fn links_out_of_the_tree_and_to_nothing_are_strays() {
            let outside = project(&["pkg/__init__.py"]);
            let folder = project(&["a.py"]);
            let target = outside.path().join("pkg");
            symlink(&target, folder.path().join("pkg")).unwrap();
            symlink(target.join("__init__.py"), folder.path().join("b.py")).unwrap();
            symlink("nothing", folder.path().join("gone.py")).unwrap();
            let tree = walk(folder.path()).unwrap();
            assert_eq!(paths(&tree), ["a.py"]);
            let real = target.canonicalize().unwrap();
            let stray = |path: &str, reason| Stray { path: path.into(), reason };
            let expected = [
                stray("b.py", StrayReason::Outside(real.join("__init__.py"))),
                stray("gone.py", StrayReason::Dangling),
                stray("pkg", StrayReason::Outside(real)),
            ];
            assert_eq!(tree.strays, expected);
        }

        #[test]
        fn a_name_that_is_not_utf8_is_a_stray() {
            let folder = project(&["a.py"]);
            let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
            if std::fs::write(folder.path().join(name), "x").is_err() {
                return; // macOS refuses such names itself.
            }
            let tree = walk(folder.path()).unwrap();
            let stray = Stray { path: "caf\u{fffd}.txt".into(), reason: StrayReason::NotUtf8 };
            assert_eq!(tree.strays, [stray]);
        }
    }
}
