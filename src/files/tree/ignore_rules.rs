//! What git would not track: `.gitignore` files on the way down, the rules of the repository above.
//!
//! A user's own global rules have no say: they are no part of the project.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::files::tree::git_folders::GitFolders;
use crate::model::{IgnoreRule, Tracking};

/// The rules that count in the folder where the walk is.
pub(super) struct IgnoreRules {
    reach: Reach,
    /// From the outermost folder to the one where the walk is.
    levels: Vec<FolderRules>,
}

/// How far up ignore files count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Up to the root of the git repository that holds the project.
    Repository,
    /// Not beyond the project: what lies above has nothing to do with it.
    Folder,
}

/// What an entry is for git.
pub(super) enum EntryType {
    Folder,
    Other,
}

/// The rules of one folder.
struct FolderRules {
    seen_from: SeenFrom,
    /// `.gitignore`
    patterns: Patterns,
    /// `.git/info/exclude`
    exclude: Patterns,
    /// Where a repository begins, the rules of the one around it end.
    is_repository: bool,
    /// What the repository that begins here tracks, from this folder.
    index: Option<HashSet<String>>,
}

/// How the paths of the walk are seen from the folder of a level.
enum SeenFrom {
    /// Without their first bytes.
    Below(usize),
    /// With this in front.
    Above(String),
}

struct Patterns {
    matcher: Gitignore,
    rules: Vec<Arc<IgnoreRule>>,
}

impl IgnoreRules {
    /// The rules that come from above the project, `root`.
    pub(super) fn above(root: &Path) -> Self {
        let repository = root.ancestors().position(|folder| folder.join(".git").exists());
        let Some(depth) = repository else {
            return IgnoreRules { reach: Reach::Folder, levels: Vec::new() };
        };
        let above = root.ancestors().take(depth + 1).enumerate().skip(1);
        let mut levels: Vec<FolderRules> = above
            .map(|(up, folder)| {
                let inside = root.strip_prefix(folder).unwrap_or(root);
                let mut prefix = inside.to_string_lossy().replace('\\', "/");
                prefix.push('/');
                let ignore_file = Some(folder.join(".gitignore")).filter(|file| file.is_file());
                let git = (up == depth).then(|| folder.join(".git"));
                FolderRules::read(SeenFrom::Above(prefix), &"../".repeat(up), ignore_file, git)
            })
            .collect();
        levels.reverse();
        if ignores_project(root, &levels) {
            return IgnoreRules { reach: Reach::Folder, levels: Vec::new() };
        }
        IgnoreRules { reach: Reach::Repository, levels }
    }

    /// What the index of the repository says of a path.
    pub(super) fn tracking(&self, path: &str) -> Tracking {
        let Some(level) = self.levels.iter().rev().find(|level| level.is_repository) else {
            return Tracking::Unknown;
        };
        let is_tracked = |index: &HashSet<String>| match &level.seen_from {
            SeenFrom::Below(start) => index.contains(&path[*start..]),
            SeenFrom::Above(prefix) => index.contains(&format!("{prefix}{path}")),
        };
        match level.index.as_ref().map(is_tracked) {
            None => Tracking::Unknown,
            Some(true) => Tracking::Tracked,
            Some(false) => Tracking::Untracked,
        }
    }

    /// Goes down into a folder: `path` as seen from the root, with `/`, and the files in it that
    /// matter, where they are there.
    pub(super) fn enter(&mut self, path: &str, ignore_file: Option<PathBuf>, git: Option<PathBuf>) {
        let git = git.filter(|_| self.reach == Reach::Repository);
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        self.levels.push(FolderRules::read(
            SeenFrom::Below(prefix.len()),
            &prefix,
            ignore_file,
            git,
        ));
    }

    /// Comes back from it.
    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// The rule because of which git would not track an entry of the folder where the walk is.
    pub(super) fn rule(&self, path: &str, kind: &EntryType) -> Option<Arc<IgnoreRule>> {
        let mut excluded = Match::None;
        for level in self.levels.iter().rev() {
            match level.patterns.matched(&level.seen_from, path, kind) {
                Match::None => {}
                Match::Ignore(rule) => return Some(rule),
                Match::Whitelist(_) => return None,
            }
            if excluded.is_none() {
                excluded = level.exclude.matched(&level.seen_from, path, kind);
            }
            if level.is_repository {
                break;
            }
        }
        match excluded {
            Match::Ignore(rule) => Some(rule),
            _ => None,
        }
    }
}

/// Whether the repository around a project ignores the project's own folder: then the project is
/// no part of it. `levels` are the folders from the repository's root to the one above.
fn ignores_project(root: &Path, levels: &[FolderRules]) -> bool {
    let names: Vec<_> = root.components().rev().take(levels.len()).collect();
    let names: Vec<String> =
        names.iter().rev().map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
    let below = SeenFrom::Below(0);
    (1..=names.len()).any(|depth| {
        let rules = (0..depth).rev().flat_map(|from| {
            let path = names[from..depth].join("/");
            let exclude = &levels[from].exclude;
            let found = levels[from].patterns.matched(&below, &path, &EntryType::Folder);
            [found, exclude.matched(&below, &path, &EntryType::Folder)]
        });
        let first = rules.into_iter().find(|found| !found.is_none());
        first.is_some_and(|found| found.is_ignore())
    })
}

impl FolderRules {
    fn read(
        seen_from: SeenFrom,
        prefix: &str,
        ignore_file: Option<PathBuf>,
        git: Option<PathBuf>,
    ) -> FolderRules {
        let folders = git.as_deref().map(GitFolders::of);
        let exclude = folders.as_ref().map(|folders| folders.common.join("info/exclude"));
        let exclude = exclude.filter(|file| file.is_file());
        FolderRules {
            seen_from,
            patterns: Patterns::read(ignore_file.as_deref(), &format!("{prefix}.gitignore")),
            exclude: Patterns::read(exclude.as_deref(), &format!("{prefix}.git/info/exclude")),
            is_repository: git.is_some(),
            index: folders.and_then(|folders| folders.tracked()),
        }
    }
}

impl Patterns {
    /// Reads an ignore file; `name` is how reasons call it. What cannot be read, or is no pattern,
    /// has no say, as with git.
    fn read(file: Option<&Path>, name: &str) -> Patterns {
        let none = || Patterns { matcher: Gitignore::empty(), rules: Vec::new() };
        let Some(bytes) = file.and_then(|file| std::fs::read(file).ok()) else { return none() };
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new("");
        let mut rules = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let is_pattern = !line.trim().is_empty() && !line.starts_with('#');
            if builder.add_line(None, line).is_ok() && is_pattern {
                let pattern = if line.ends_with("\\ ") { line } else { line.trim_end() };
                rules.push(Arc::new(IgnoreRule {
                    file: name.to_owned(),
                    line: index + 1,
                    pattern: pattern.to_owned(),
                }));
            }
        }
        builder.build().map_or_else(|_| none(), |matcher| Patterns { matcher, rules })
    }

    fn matched(
        &self,
        seen_from: &SeenFrom,
        path: &str,
        kind: &EntryType,
    ) -> Match<Arc<IgnoreRule>> {
        if self.matcher.is_empty() {
            return Match::None;
        }
        let is_dir = matches!(kind, EntryType::Folder);
        let found = match seen_from {
            SeenFrom::Below(start) => self.matcher.matched(&path[*start..], is_dir),
            SeenFrom::Above(prefix) => self.matcher.matched(format!("{prefix}{path}"), is_dir),
        };
        // Of two lines that say the same, git goes by the last.
        let line = |glob: &ignore::gitignore::Glob| {
            self.rules.iter().rev().find(|rule| rule.pattern == glob.original()).cloned()
        };
        match found {
            Match::None => Match::None,
            Match::Ignore(glob) => line(glob).map_or(Match::None, Match::Ignore),
            Match::Whitelist(glob) => line(glob).map_or(Match::None, Match::Whitelist),
        }
    }
}
