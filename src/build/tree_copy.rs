//! Copies of a source tree, for programs that may write into what they read.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::tree::{self, GitFolders};
use crate::fs;
use crate::model::{Tracking, TreeFile, is_made_by_builds};

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

/// A project that is to be copied, with the repository that tracks it.
pub struct TreeToCopy {
    /// Canonical.
    project: PathBuf,
    /// Where the repository begins; the project itself, where no repository tracks it.
    top: PathBuf,
    tracked: Option<Tracked>,
}

impl TreeToCopy {
    /// Finds the repository of a project. One without an index that we can read is none.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn of(project: &Path) -> Result<Self> {
        let project = project.canonicalize().map_err(|e| Error::io("find", project, &e))?;
        let top = project.ancestors().find(|folder| folder.join(".git").exists());
        let tracked = top.and_then(Tracked::of);
        let tracked = tracked.filter(|tracked| tracked.top == project || tracked.has(&project));
        let top = tracked.as_ref().map_or(&project, |tracked| &tracked.top).clone();
        Ok(TreeToCopy { project, top, tracked })
    }

    /// Copies the tree of the project into a folder that is not there yet, and returns where the
    /// project lies in it. Caches, virtual environments and our own build folder stay behind. Of the
    /// repository around it comes what git tracks, since ignore files and versions may come from
    /// above. git says of the copy what it says of the tree; its objects are those of the old
    /// repository.
    ///
    /// # Errors
    /// Something cannot be read or written.
    pub fn copy(&self, into: &Path) -> Result<PathBuf> {
        self.copy_folder(&self.top, into, self.tracked.as_ref())?;
        Ok(into.join(self.project.strip_prefix(&self.top).unwrap_or(Path::new(""))))
    }

    /// The same, as a clean checkout would have it: without what builds leave there.
    ///
    /// # Errors
    /// Something cannot be read or written.
    pub fn clean_copy(&self, into: &Path) -> Result<PathBuf> {
        let copied = self.copy(into)?;
        for file in tree::walk(&copied)?.files.iter().filter(|file| is_of_build(file)) {
            fs::remove_if_there(&copied.join(&file.path))?;
        }
        Ok(copied)
    }

    fn copy_folder(&self, from: &Path, to: &Path, tracked: Option<&Tracked>) -> Result<()> {
        fs::create_dir(to)?;
        each_entry(from, &mut |path, name, kind| {
            let target = to.join(name);
            match () {
                () if name == ".git" => copy_repository(path, &target),
                () if !self.is_wanted(path, name, tracked) => Ok(()),
                () if kind.is_dir() => {
                    let own = Tracked::of(path);
                    self.copy_folder(path, &target, own.as_ref().or(tracked))
                }
                () => copy_file(path, &target, kind),
            }
        })
    }

    /// Whether a copy needs an entry: of the project all but what is idle, of the rest what git says.
    fn is_wanted(&self, path: &Path, name: &OsStr, tracked: Option<&Tracked>) -> bool {
        if self.project.starts_with(path) || tracked.is_some_and(|tracked| tracked.has(path)) {
            return true;
        }
        if !path.starts_with(&self.project) {
            return name == ".gitignore";
        }
        let is_idle = SKIPPED.iter().any(|skipped| name == *skipped)
            || path == self.project.join("build/officina")
            || path.join("pyvenv.cfg").is_file();
        !is_idle
    }
}

/// Whether a build of setuptools, or of ours, left a file there, as far as git does not track it.
fn is_of_build(file: &TreeFile) -> bool {
    let path = file.path.as_str();
    let is_made = is_made_by_builds(path) || path.starts_with("dist/");
    let is_info = path.split('/').take(2).any(|part| part.ends_with(".egg-info"));
    file.tracking != Tracking::Tracked && (is_made || is_info)
}

/// What the repository that begins in a folder tracks.
struct Tracked {
    top: PathBuf,
    /// Files, and the folders that hold them: from the top, with `/`.
    paths: HashSet<String>,
}

impl Tracked {
    /// `None` where no repository begins, or one without an index that can be read.
    fn of(top: &Path) -> Option<Self> {
        let git = top.join(".git");
        let files = git.exists().then(|| GitFolders::of(&git).tracked()).flatten()?;
        let mut paths = HashSet::new();
        for file in files {
            let mut path = file.as_str();
            while paths.insert(path.to_owned())
                && let Some((folder, _)) = path.rsplit_once('/')
            {
                path = folder;
            }
        }
        Some(Tracked { top: top.to_owned(), paths })
    }

    /// Whether it tracks a file, or something in a folder.
    fn has(&self, path: &Path) -> bool {
        let below = path.strip_prefix(&self.top).unwrap_or(path);
        self.paths.contains(&*below.to_string_lossy().replace('\\', "/"))
    }
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

    fn copy(project: &Path, into: &Path) -> PathBuf {
        TreeToCopy::of(project).unwrap().copy(into).unwrap()
    }

    #[test]
    fn a_copy_is_a_clean_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let tracked = ["c/x.py", "a/.tox/known", "a/b/setup.py"];
        let untracked = [".gitignore", "c/.gitignore", "a/b/p/x.py", "a/b/build/tool.py"];
        let of_no_build = ["template.html", "library.py", "libfoo.c", "lib.py", "officina.txt"];
        let of_no_build = of_no_build.map(|name| format!("a/b/build/{name}"));
        let of_builds = ["lib/x.py", "lib.linux-x86_64-3.11/x.so", "temp/x.o", "bdist.linux/x"];
        let of_builds = of_builds.map(|name| format!("a/b/build/{name}"));
        let idle = ["a/b/dist/x.whl", "a/b/p.egg-info/PKG-INFO", "a/.tox/x", "a/b/.tox/x"];
        let around = ["target/debug/x", "data/.gitignore", "a/data.bin", "c/y.py", "a/bb/x.py"];
        let repository = folder.path().join("repository");
        let kept: Vec<&str> = tracked.into_iter().chain(untracked).collect();
        let kept: Vec<&str> = kept.into_iter().chain(of_no_build.iter().map(|n| &**n)).collect();
        let left = idle.into_iter().chain(around).chain(of_builds.iter().map(|n| &**n));
        let left: Vec<&str> = left.collect();
        kept.iter().chain(&left).for_each(|name| write(&repository.join(name)));
        git(&repository, "init -q");
        git(&repository, &format!("add {}", tracked.join(" ")));
        let copied = TreeToCopy::of(&repository.join("a/b")).unwrap();
        let copied = copied.clean_copy(&folder.path().join("copy")).unwrap();
        assert_eq!(copied, folder.path().join("copy/a/b"));
        for name in kept {
            assert!(folder.path().join("copy").join(name).is_file(), "{name}");
        }
        for name in left {
            assert!(!folder.path().join("copy").join(name).exists(), "{name}");
        }
    }

    #[test]
    fn a_repository_without_an_index_is_not_that_of_a_project() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        for name in [".git/HEAD", ".git/objects/x", "films/x", "a/b/setup.py"] {
            write(&home.join(name));
        }
        for (number, index) in [None, Some(""), Some("DIRC of no version")].iter().enumerate() {
            if let Some(index) = index {
                std::fs::write(home.join(".git/index"), index).unwrap();
            }
            let into = folder.path().join(number.to_string());
            assert_eq!(copy(&home.join("a/b"), &into), into);
            assert!(into.join("setup.py").is_file());
            assert_eq!(std::fs::read_dir(&into).unwrap().count(), 1);
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
            let clean = copy(&at(tree), &into("clean"));
            let said = version(&at(tree));
            assert!(said.ends_with(" None"), "{tree}: {said}");
            assert_eq!(version(&clean), said, "{tree}");
            std::fs::write(at(tree).join("pyproject.toml"), "changed").unwrap();
            let said = version(&at(tree));
            assert!(said.contains("Some"), "{tree}: {said}");
            assert_eq!(version(&copy(&at(tree), &into("dirty"))), said, "{tree}");
            git(&at(tree), "checkout -q -- pyproject.toml");
        }
        let alone = copy(&at("plain/untracked"), &at("alone"));
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
