//! The one walk over the source tree: it lists every file that a product could hold.

use std::ffi::OsString;
use std::fs::{FileType, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files::tree::ignore_rules::{EntryType, IgnoreRules};
use crate::model::{
    FolderKind, IgnoreRule, SkippedFolder, Tracking, Tree, TreeFile, UnpackableEntry,
    UnpackableReason,
};

/// Folders that hold no project files, wherever they lie.
const SKIPPED: [(&str, FolderKind); 23] = [
    (".git", FolderKind::VersionControl),
    (".hg", FolderKind::VersionControl),
    (".svn", FolderKind::VersionControl),
    (".bzr", FolderKind::VersionControl),
    ("_darcs", FolderKind::VersionControl),
    ("CVS", FolderKind::VersionControl),
    ("__pycache__", FolderKind::Cache),
    (".mypy_cache", FolderKind::Cache),
    (".pytest_cache", FolderKind::Cache),
    (".ruff_cache", FolderKind::Cache),
    (".hypothesis", FolderKind::Cache),
    ("node_modules", FolderKind::Environment),
    (".tox", FolderKind::Environment),
    (".nox", FolderKind::Environment),
    (".venv", FolderKind::Environment),
    (".eggs", FolderKind::Environment),
    (".idea", FolderKind::Editor),
    (".vscode", FolderKind::Editor),
    (".vs", FolderKind::Editor),
    (".zed", FolderKind::Editor),
    (".fleet", FolderKind::Editor),
    (".cursor", FolderKind::Editor),
    (".spyproject", FolderKind::Editor),
];

/// Files whose presence says what a folder is: a virtual environment (PEP 405), or a cache
/// (<https://bford.info/cachedir/>).
const SKIPPED_IF_HOLDING: [(&str, FolderKind); 2] =
    [("pyvenv.cfg", FolderKind::Environment), ("CACHEDIR.TAG", FolderKind::Cache)];

/// Lists the files below `root`, sorted. Ignore files decide nothing here, since what builders
/// write is ignored by version control more often than not and belongs into the wheel; but what
/// git would not track is marked with the rule, in a checkout and in an unpacked sdist alike.
///
/// Symbolic links to places inside the project count as what they point to; others, and all else
/// that cannot be packed, become [`UnpackableEntry`]s.
///
/// # Errors
/// The root itself cannot be read.
pub fn walk(root: &Path) -> Result<Tree> {
    walk_within(root, "")
}

/// Lists the files below one folder of the tree, relative to the root, with `/`, and those of the
/// folders on the way there: as [`walk`] does, in less time.
///
/// # Errors
/// The root itself cannot be read.
pub fn walk_within(root: &Path, folder: &str) -> Result<Tree> {
    let real_root = root.canonicalize().map_err(|e| Error::io("read", root, &e))?;
    let tree = Tree { root: root.to_owned(), ..Tree::default() };
    let rules = IgnoreRules::above(&real_root);
    let mut walk = Walk { tree, within: folder, rules, real: vec![real_root] };
    let top = WalkedFolder {
        path: String::new(),
        disk: root.to_owned(),
        ignored: None,
        name: Name::Utf8,
    };
    let entries = listed(root).map_err(|e| Error::io("read", root, &e))?;
    walk.entries(&top, entries);
    let mut tree = walk.tree;
    tree.files.sort();
    tree.folders.sort();
    tree.unpackable.sort();
    tree.skipped.sort();
    Ok(tree)
}

struct Walk<'a> {
    tree: Tree,
    /// The folder that is looked into, with those on the way there.
    within: &'a str,
    rules: IgnoreRules,
    /// Where the folders from the root to the present one really are; links go in circles when
    /// they come upon one of them again.
    real: Vec<PathBuf>,
}

/// A folder on the way.
struct WalkedFolder {
    /// Relative to the root, with `/`; U+FFFD for what is not UTF-8.
    path: String,
    disk: PathBuf,
    /// Git looks at nothing in a folder that it ignores.
    ignored: Option<Arc<IgnoreRule>>,
    name: Name,
}

/// Whether a path can be spelled in an archive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Utf8,
    Other,
}

/// What an entry of a folder is, once links were followed.
enum EntryKind {
    File { real: PathBuf, executable: bool, size: u64 },
    Folder { real: PathBuf },
    Unpackable(UnpackableReason),
}

type Entries = Vec<(OsString, std::fs::DirEntry)>;

fn listed(folder: &Path) -> std::io::Result<Entries> {
    std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| (entry.file_name(), entry))).collect()
}

impl Walk<'_> {
    fn enter(&mut self, folder: &WalkedFolder, real: PathBuf) {
        let entries = match listed(&folder.disk) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => {
                let reason = UnpackableReason::Unreadable(error.to_string());
                return self.unpackable(folder, reason);
            }
        };
        let marker = |(name, _): &&(&str, FolderKind)| {
            entries.iter().any(|(file, _)| file == *name) && folder.disk.join(name).is_file()
        };
        if let Some((_, kind)) = SKIPPED_IF_HOLDING.iter().find(marker) {
            return self
                .tree
                .skipped
                .push(SkippedFolder { path: folder.path.clone(), kind: *kind });
        }
        self.tree.folders.push(folder.path.clone());
        self.real.push(real);
        self.entries(folder, entries);
        self.real.pop();
    }

    fn entries(&mut self, folder: &WalkedFolder, entries: Entries) {
        let named = |name: &str| {
            let entry = entries.iter().find(|(file, _)| file == name);
            entry.map(|_| folder.disk.join(name))
        };
        // Opening a pipe would wait for somebody to write into it.
        let ignore_file = named(".gitignore").filter(|file| file.is_file());
        let ignore_file = ignore_file.filter(|_| folder.ignored.is_none());
        self.rules.enter(&folder.path, ignore_file, named(".git"));
        for (name, entry) in entries {
            self.entry(folder, name, &entry);
        }
        self.rules.leave();
    }

    fn entry(&mut self, folder: &WalkedFolder, name: OsString, entry: &std::fs::DirEntry) {
        let disk = folder.disk.join(&name);
        let spelled = if name.to_str().is_some() { folder.name } else { Name::Other };
        let found = match entry.file_type().map(|kind| self.found(kind, &disk, entry)) {
            Ok(Ok(found)) => found,
            // Gone since the folder was listed: another program's affair.
            Ok(Err(error)) | Err(error) if error.kind() == ErrorKind::NotFound => return,
            Ok(Err(error)) | Err(error) => {
                EntryKind::Unpackable(UnpackableReason::Unreadable(error.to_string()))
            }
        };
        let path = match folder.path.as_str() {
            "" => name.to_string_lossy().into_owned(),
            parent => format!("{parent}/{}", name.to_string_lossy()),
        };
        let kind = match found {
            EntryKind::Folder { .. } => EntryType::Folder,
            _ => EntryType::Other,
        };
        let tracking = self.rules.tracking(&path);
        let ignored = match tracking {
            Tracking::Tracked => None,
            _ => folder.ignored.clone().or_else(|| self.rules.rule(&path, &kind)),
        };
        let here = WalkedFolder { path, disk, ignored, name: spelled };
        match found {
            EntryKind::Unpackable(reason) => self.unpackable(&here, reason),
            EntryKind::File { .. } if spelled == Name::Other => {
                self.unpackable(&here, UnpackableReason::NotUtf8)
            }
            EntryKind::File { real, executable, size } => {
                let WalkedFolder { path, ignored, .. } = here;
                let target = self.below_root(&real).filter(|target| *target != path);
                self.tree.files.push(TreeFile {
                    path,
                    target,
                    executable,
                    size,
                    ignored,
                    tracking,
                    text: None,
                });
            }
            EntryKind::Folder { real } => {
                match SKIPPED.iter().find(|(skipped, _)| name == *skipped) {
                    Some((_, kind)) => {
                        self.tree.skipped.push(SkippedFolder { path: here.path, kind: *kind });
                    }
                    None if self.real.contains(&real) || !self.is_wanted(&here.path) => {}
                    None => self.enter(&here, real),
                }
            }
        }
    }

    /// Whether a folder lies in the one that is looked into, or on the way there.
    fn is_wanted(&self, folder: &str) -> bool {
        let (folder, within) = (Path::new(folder), Path::new(self.within));
        folder.starts_with(within) || within.starts_with(folder)
    }

    fn found(
        &self,
        kind: FileType,
        disk: &Path,
        entry: &std::fs::DirEntry,
    ) -> std::io::Result<EntryKind> {
        if kind.is_symlink() {
            let Ok(target) = disk.canonicalize() else {
                return Ok(EntryKind::Unpackable(UnpackableReason::Dangling));
            };
            if !self.real.first().is_some_and(|root| target.starts_with(root)) {
                return Ok(EntryKind::Unpackable(UnpackableReason::Outside(target)));
            }
            let metadata = std::fs::metadata(&target)?;
            let is_dir = metadata.is_dir();
            return Ok(match is_dir {
                true => EntryKind::Folder { real: target },
                false => leaf(target, &metadata),
            });
        }
        let parent = self.real.last().map_or(Path::new(""), PathBuf::as_path);
        let real = parent.join(entry.file_name());
        if kind.is_dir() {
            return Ok(EntryKind::Folder { real });
        }
        Ok(leaf(real, &entry.metadata()?))
    }

    /// A real path as seen from the project root.
    fn below_root(&self, real: &Path) -> Option<String> {
        let below = real.strip_prefix(self.real.first()?).ok()?;
        Some(below.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"))
    }

    fn unpackable(&mut self, place: &WalkedFolder, reason: UnpackableReason) {
        let (path, ignored) = (place.path.clone(), place.ignored.clone());
        self.tree.unpackable.push(UnpackableEntry { path, reason, ignored });
    }
}

fn leaf(real: PathBuf, metadata: &Metadata) -> EntryKind {
    if metadata.is_file() {
        EntryKind::File { real, executable: is_executable(metadata), size: metadata.len() }
    } else {
        EntryKind::Unpackable(UnpackableReason::Special(special(metadata.file_type())))
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        _ if kind.is_fifo() => "a named pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn special(_kind: FileType) -> &'static str {
    "no regular file"
}

#[cfg(test)]
mod tests;
