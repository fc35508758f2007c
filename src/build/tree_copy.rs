//! Copies of a source tree, for programs that may write into what they read.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::tree::{self, GitFolders};
use crate::fs;
use crate::model::{Tracking, TreeFile};

/// Folders that no build reads, wherever they lie, unless git tracks something in them.
const SKIPPED: &[&str] = &[
    ".hg",
    ".svn",
    ".tox",
    ".nox",
    ".eggs",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "node_modules",
];

/// Copies the tree of a project into a folder that is not there yet, and returns where the project
/// lies in it: a project in a repository is copied with all of that, since ignore files and versions
/// may come from above. Caches, virtual environments and our own build folder stay behind. git says
/// of the copy what it says of the tree; its objects are those of the old repository.
///
/// # Errors
/// Something cannot be read or written.
pub fn copy(project: &Path, into: &Path) -> Result<PathBuf> {
    let project = project.canonicalize().map_err(|e| Error::io("find", project, &e))?;
    let top = top_of(&project);
    let place = project.strip_prefix(top).unwrap_or(Path::new(""));
    copy_folder(top, into, &project.join("build/officina"), None)?;
    Ok(into.join(place))
}

/// The same, as a clean checkout would have it: without what builds leave there.
///
/// # Errors
/// Something cannot be read or written.
pub fn clean_copy(project: &Path, into: &Path) -> Result<PathBuf> {
    let copied = copy(project, into)?;
    for file in tree::walk(&copied)?.files.iter().filter(|file| is_of_build(file)) {
        fs::remove_if_there(&copied.join(&file.path))?;
    }
    Ok(copied)
}

/// Whether a build of setuptools, or of ours, left a file there, as far as git does not track it.
fn is_of_build(file: &TreeFile) -> bool {
    let path = file.path.as_str();
    let is_made = ["build/lib", "build/temp", "build/bdist", "build/officina", "dist/"];
    let is_made = is_made.iter().any(|start| path.starts_with(start));
    let is_info = path.split('/').take(2).any(|part| part.ends_with(".egg-info"));
    file.tracking != Tracking::Tracked && (is_made || is_info)
}

/// Where the repository of a project begins; the project itself, where no repository tracks it.
fn top_of(project: &Path) -> &Path {
    let top = project.ancestors().find(|folder| folder.join(".git").exists());
    match top.and_then(|top| Some((top, Tracked::of(top)?))) {
        Some((top, tracked)) if top == project || tracked.has_below(project) => top,
        Some(_) => project,
        None => top.unwrap_or(project),
    }
}

/// What the repository that begins in a folder tracks.
struct Tracked {
    top: PathBuf,
    paths: HashSet<String>,
}

impl Tracked {
    fn of(top: &Path) -> Option<Self> {
        let git = top.join(".git");
        let paths = git.exists().then(|| GitFolders::of(&git).tracked()).flatten()?;
        Some(Tracked { top: top.to_owned(), paths })
    }

    fn has_below(&self, folder: &Path) -> bool {
        let below = folder.strip_prefix(&self.top).unwrap_or(folder);
        let below = below.to_string_lossy().replace('\\', "/") + "/";
        self.paths.iter().any(|path| path.starts_with(&below))
    }
}

fn copy_folder(from: &Path, to: &Path, ours: &Path, around: Option<&Tracked>) -> Result<()> {
    let own = Tracked::of(from);
    let tracked = own.as_ref().or(around);
    fs::create_dir(to)?;
    each_entry(from, &mut |path, name, kind| {
        let target = to.join(name);
        let is_idle = SKIPPED.iter().any(|skipped| name == *skipped)
            || path == ours
            || path.join("pyvenv.cfg").is_file();
        match () {
            () if name == ".git" => copy_repository(path, &target),
            () if is_idle && !tracked.is_some_and(|tracked| tracked.has_below(path)) => Ok(()),
            () if kind.is_dir() => copy_folder(path, &target, ours, tracked),
            () => copy_file(path, &target, kind),
        }
    })
}

/// What lies in the folder of a repository and is of no use in a copy of it: what belongs to other
/// checkouts, what says where this one is, and the objects.
const NOT_COPIED: [&str; 7] =
    ["objects", "lfs", "modules", "worktrees", "commondir", "gitdir", "index.lock"];

/// Makes a repository of its own in the folder `to`: `git` may be a file, in a worktree and in a
/// submodule.
fn copy_repository(git: &Path, to: &Path) -> Result<()> {
    let GitFolders { own, common } = GitFolders::of(git);
    if !own.join("HEAD").exists() {
        return Ok(());
    }
    copy_git_folder(&own, to)?;
    let mut shared = to.to_owned();
    if own != common {
        shared = to.join("common");
        copy_git_folder(&common, &shared)?;
        fs::write_text(&to.join("commondir"), "common\n")?;
    }
    let objects = common.join("objects");
    let objects = objects.canonicalize().map_err(|e| Error::io("find", &objects, &e))?;
    let info = shared.join("objects/info");
    fs::create_dir(&info)?;
    let objects = objects.to_string_lossy();
    let objects = objects.strip_prefix(r"\\?\").unwrap_or(&objects); // which git does not know
    fs::write_text(&info.join("alternates"), &format!("{objects}\n"))
}

fn copy_git_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    each_entry(from, &mut |path, name, kind| match () {
        () if NOT_COPIED.iter().any(|one| name == *one) => Ok(()),
        () if name == "config" || name == "config.worktree" => {
            let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
            fs::write_text(&to.join(name), &without_worktree(&text))
        }
        () if kind.is_dir() => copy_all(path, &to.join(name)),
        () => copy_file(path, &to.join(name), kind),
    })
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    each_entry(from, &mut |path, name, kind| match kind.is_dir() {
        true => copy_all(path, &to.join(name)),
        false => copy_file(path, &to.join(name), kind),
    })
}

/// The settings of a repository without `core.worktree`, by which a submodule finds its files.
fn without_worktree(config: &str) -> String {
    let mut is_core = false;
    let kept = config.split_inclusive('\n').filter(|line| {
        let line = line.trim().to_lowercase();
        if line.starts_with('[') {
            is_core = line.starts_with("[core]");
        }
        !(is_core && line.split('=').next().is_some_and(|key| key.trim() == "worktree"))
    });
    kept.collect()
}

type Visit<'a> = dyn FnMut(&Path, &OsStr, std::fs::FileType) -> Result<()> + 'a;

/// The path, the name and the type of each entry of a folder.
fn each_entry(folder: &Path, visit: &mut Visit) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("list", folder, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("list", folder, &e))?;
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().map_err(|e| Error::io("look at", &path, &e))?;
        visit(&path, &name, kind)?;
    }
    Ok(())
}

/// A link stays one: it may lead to another file of the tree.
fn copy_file(path: &Path, target: &Path, kind: std::fs::FileType) -> Result<()> {
    match kind.is_file() {
        true => {
            std::fs::copy(path, target).map_err(|e| Error::io("copy", path, &e))?;
            Ok(())
        }
        false if kind.is_symlink() => copy_link(path, target),
        false => Ok(()),
    }
}

#[cfg(unix)]
fn copy_link(path: &Path, target: &Path) -> Result<()> {
    let leads_to = std::fs::read_link(path).map_err(|e| Error::io("read", path, &e))?;
    std::os::unix::fs::symlink(leads_to, target).map_err(|e| Error::io("write", target, &e))
}

/// Links need a right of their own there: a copy of the file takes its place.
#[cfg(not(unix))]
fn copy_link(path: &Path, target: &Path) -> Result<()> {
    if path.is_file() {
        std::fs::copy(path, target).map_err(|e| Error::io("copy", path, &e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::git;
    use crate::build::vcs_version::{Versioned, find};
    use crate::model::{Environment, LocalScheme, VcsSettings, VersionScheme};
    use crate::process::{self, Invocation, Output};

    fn write(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, path.file_name().unwrap().to_str().unwrap()).unwrap();
    }

    #[test]
    fn a_copy_is_a_clean_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let kept = [".gitignore", "a/b/setup.py", "a/b/build/tool.py", "a/b/p/x.py"];
        let left = ["a/b/build/lib/x.py", "a/b/dist/x.whl", "a/b/p.egg-info/PKG-INFO", "a/.tox/x"];
        let repository = folder.path().join("repository");
        let all = [".git/HEAD", ".git/objects/x"].iter().chain(&kept).chain(&left);
        all.for_each(|name| write(&repository.join(name)));
        let copied = clean_copy(&repository.join("a/b"), &folder.path().join("copy")).unwrap();
        assert_eq!(copied, folder.path().join("copy/a/b"));
        for name in kept {
            assert!(folder.path().join("copy").join(name).is_file(), "{name}");
        }
        for name in left {
            assert!(!folder.path().join("copy").join(name).exists(), "{name}");
        }
    }

    fn git(directory: &Path, words: &str) {
        let settings = ["user.name=x", "user.email=x@x", "protocol.file.allow=always"];
        let settings = settings.iter().flat_map(|setting| ["-c", *setting]);
        let invocation = Invocation {
            program: "git".into(),
            arguments: settings.chain(words.split(' ')).map(Into::into).collect(),
            directory: directory.to_owned(),
            environment: Environment(std::env::vars_os().collect()),
        };
        let finished = process::run(&invocation, Output::Captured).unwrap();
        assert!(finished.status.success(), "{words}: {}", finished.output);
    }

    fn version(root: &Path) -> String {
        let environment = &Environment(std::env::vars_os().collect());
        let settings = &VcsSettings {
            tag_pattern: None,
            scheme: VersionScheme::default(),
            local: LocalScheme::default(),
            fallback: None,
            write_to: None,
        };
        let found = find(&Versioned { root, environment, name: "demo", settings }).unwrap();
        let uncommitted = git::uncommitted(root, environment).unwrap();
        format!("{} {uncommitted:?}", found.version.version)
    }

    #[test]
    fn git_says_of_a_copy_what_it_says_of_the_tree() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["pyproject.toml", "sub/pyproject.toml", "node_modules/x", ".tox/x"] {
            write(&at("plain").join(name));
        }
        std::fs::write(at("plain/.gitignore"), ".tox\n").unwrap();
        let plain = at("plain");
        for words in ["init -q", "add .", "commit -qm x", "tag v1.2", "worktree add -q ../worktree"]
        {
            git(&plain, words);
        }
        git(folder.path(), "clone -q plain apart --separate-git-dir apart.git");
        write(&at("outer/pyproject.toml"));
        for words in
            ["init -q", "submodule add -q ../plain inner", "add .", "commit -qm y", "tag v3"]
        {
            git(&at("outer"), words);
        }
        write(&at("worktree/more.py"));
        git(&at("worktree"), "add .");
        git(&at("worktree"), "commit -qm z");
        write(&at("plain/untracked/pyproject.toml"));
        for (number, tree) in ["plain", "worktree", "apart", "outer", "outer/inner", "plain/sub"]
            .into_iter()
            .chain(["worktree/sub", "outer/inner/sub"])
            .enumerate()
        {
            let into = |what: &str| at(&format!("{what}-{number}"));
            let clean = copy(&at(tree), &into("clean")).unwrap();
            let said = version(&at(tree));
            assert!(said.ends_with(" None"), "{tree}: {said}");
            assert_eq!(version(&clean), said, "{tree}");
            std::fs::write(at(tree).join("pyproject.toml"), "changed").unwrap();
            let said = version(&at(tree));
            assert!(said.contains("Some"), "{tree}: {said}");
            assert_eq!(version(&copy(&at(tree), &into("dirty")).unwrap()), said, "{tree}");
            git(&at(tree), "checkout -q -- pyproject.toml");
        }
        let alone = copy(&at("plain/untracked"), &at("alone")).unwrap();
        assert_eq!(alone, at("alone"), "no repository tracks it");
    }

    #[test]
    fn a_repository_does_not_say_where_its_files_are() {
        let table = [
            ("[core]\n\tbare = false\n\tworktree = ../x\n", "[core]\n\tbare = false\n"),
            ("[Core]\nWorkTree=x\n[a]\nworktree = y\n", "[Core]\n[a]\nworktree = y\n"),
            ("", ""),
        ];
        for (config, expected) in table {
            assert_eq!(without_worktree(config), expected);
        }
    }
}
