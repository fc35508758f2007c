//! Asks git about the commit that is checked out, and about what is not committed. Nothing is written
//! and nothing is fetched.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::config::vcs::{TagPattern, described};
use crate::error::{Error, Result};
use crate::model::{Environment, PYPROJECT, Revision};
use crate::process::{self, Cancel, Invocation, Said};

/// What is asked.
pub struct GitQuestion<'a> {
    /// The project root.
    pub root: &'a Path,
    pub environment: &'a Environment,
    /// Which tags count.
    pub pattern: &'a TagPattern,
    pub branch: Wanted,
    pub date: Wanted,
}

/// The next step where git does not help.
pub const PRETEND: &str = "or say the version yourself: OFFICINA_PRETEND_VERSION=1.2.3";

/// Whether something is wanted that takes another run of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Always,
    /// Only where a file is changed.
    IfDirty,
    No,
}

/// What git answers.
pub enum GitAnswer {
    Revision(Revision),
    /// git says nothing about the project; why not, as part of a sentence.
    Nothing(String),
    /// The project is a checkout, and there is no program `git`.
    NoProgram,
}

/// Variables that lead git to another repository than the one that holds the project; those who call us
/// from a hook of git have them set.
const ELSEWHERE: [&str; 13] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// And those that decide how it works.
const SETTINGS: [(&str, &str); 4] = [
    ("LC_ALL", "C"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Asks git.
///
/// # Errors
/// git refuses the repository, or not all that it would have to know is there.
pub fn ask(question: &GitQuestion) -> Result<GitAnswer> {
    let root = question.root;
    let git = match Git::of(root, question.environment) {
        Ok(git) => git,
        Err(nobody) => return Ok(nobody),
    };
    let place = git.run(&[
        "rev-parse",
        "--is-shallow-repository",
        "--git-path",
        "shallow",
        "--show-prefix",
    ])?;
    if !place.is_success {
        return Err(no_version(&place));
    }
    let mut lines = place.out.lines();
    let is_shallow = lines.next() == Some("true");
    let shallow = root.join(lines.next().unwrap_or_default());
    let is_below = lines.next().is_some_and(|prefix| !prefix.is_empty());
    if is_below && !git.run(&["ls-files", "--error-unmatch", "--", PYPROJECT])?.is_success {
        let top = git.top.display();
        return Ok(GitAnswer::Nothing(format!(
            "the repository of `{top}` does not hold this project"
        )));
    }
    let mut revision = git.revision(question.pattern)?;
    if is_shallow {
        git.refuse_cut(&revision, &shallow)?;
    }
    if question.branch == Wanted::Always {
        let branch = git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"])?;
        revision.branch = branch.text();
    }
    let is_dated =
        question.date == Wanted::Always || (question.date == Wanted::IfDirty && revision.is_dirty);
    if is_dated {
        let log = ["-c", "log.showSignature=false", "log", "-n1", "--format=%ct", "HEAD"];
        revision.committed = git.run(&log)?.text().and_then(|seconds| seconds.parse().ok());
    }
    Ok(GitAnswer::Revision(revision))
}

/// What git does not have yet of the files that it tracks below a folder: the first line of its answer.
/// `None` also where there is no git, or no repository.
///
/// # Errors
/// git refuses the repository.
pub fn uncommitted(root: &Path, given: &Environment) -> Result<Option<String>> {
    let Ok(git) = Git::of(root, given) else { return Ok(None) };
    let ran = git.run(&["status", "--porcelain", "--untracked-files=no", "--", "."])?;
    match ran.is_success {
        true => Ok(ran.out.lines().next().map(|line| line.trim().to_owned())),
        false => Err(refused(Error::new("git cannot say whether all changes are committed"), &ran)),
    }
}

fn environment(given: &Environment) -> Environment {
    let removed = ELSEWHERE.into_iter().map(|name| (name.to_owned(), None));
    let set = SETTINGS.into_iter().map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    given.with(&removed.chain(set).collect::<BTreeMap<_, _>>())
}

/// The program, and the repository that holds a folder.
struct Git<'a> {
    program: PathBuf,
    root: &'a Path,
    /// Where the checkout begins: `root`, or a folder above it.
    top: &'a Path,
    environment: Environment,
}

/// What one run of git left.
struct GitRun {
    is_success: bool,
    out: String,
    /// What it said to people.
    err: String,
    command: String,
}

impl GitRun {
    /// What it answered, if it did.
    fn text(&self) -> Option<String> {
        let text = self.out.trim();
        (self.is_success && !text.is_empty()).then(|| text.to_owned())
    }
}

/// An error with what git said.
fn refused(error: Error, ran: &GitRun) -> Error {
    let error = error.output(ran.err.clone()).note(format!("the command was: {}", ran.command));
    match ran.err.contains("safe.directory") {
        true => error.hint("do what git says, if you trust whoever owns the files"),
        false => error,
    }
}

fn no_version(ran: &GitRun) -> Error {
    refused(Error::new("git cannot say which version this is"), ran).hint(PRETEND)
}

impl<'a> Git<'a> {
    /// What is answered without git, where there is nobody to ask.
    fn of(root: &'a Path, given: &Environment) -> std::result::Result<Self, GitAnswer> {
        let Some(top) = root.ancestors().find(|folder| folder.join(".git").exists()) else {
            return Err(GitAnswer::Nothing("this is no checkout of git".to_owned()));
        };
        let search_path = given.0.get(OsStr::new("PATH"));
        let Ok(program) = which::which_in("git", search_path, root) else {
            return Err(GitAnswer::NoProgram);
        };
        Ok(Git { program, root, top, environment: environment(given) })
    }

    fn run(&self, arguments: &[&str]) -> Result<GitRun> {
        let invocation = Invocation {
            program: self.program.clone().into(),
            arguments: arguments.iter().map(Into::into).collect(),
            directory: self.root.to_owned(),
            environment: self.environment.clone(),
        };
        let (mut out, mut err) = (String::new(), String::new());
        let finished =
            process::run_listening(&invocation, &Cancel::default(), |said| match said {
                Said::Out(line) => out.push_str(&line),
                Said::Err(line) => err.push_str(&line),
            })?;
        let command = invocation.command_line();
        Ok(GitRun { is_success: finished.status.success(), out, err, command })
    }

    fn revision(&self, pattern: &TagPattern) -> Result<Revision> {
        let glob = pattern.glob();
        let words = ["describe", "--dirty", "--tags", "--long", "--abbrev=40", "--match", &glob];
        let ran = self.run(&words)?;
        if ran.is_success {
            let found = described(&ran.out);
            return Ok(Revision {
                tag: Some(found.tag),
                distance: found.distance,
                node: found.node,
                is_dirty: found.is_dirty,
                ..Revision::default()
            });
        }
        let has_no_tag =
            ["describe", "Not a valid object name"].iter().any(|words| ran.err.contains(words));
        if !has_no_tag {
            return Err(no_version(&ran));
        }
        let Some(node) = self.run(&["rev-parse", "--verify", "--quiet", "HEAD"])?.text() else {
            return Ok(Revision { is_dirty: true, ..Revision::default() });
        };
        let count = self.run(&["rev-list", "--count", "HEAD"])?.text();
        let status = self.run(&["status", "--porcelain", "--untracked-files=no"])?;
        Ok(Revision {
            node: Some(node),
            distance: count.and_then(|count| count.parse().ok()).unwrap_or_default(),
            is_dirty: status.text().is_some(),
            ..Revision::default()
        })
    }

    /// Refuses a revision of which the history is cut off before its tag: commits cannot be counted there,
    /// and a nearer tag may be missing.
    fn refuse_cut(&self, revision: &Revision, shallow: &Path) -> Result<()> {
        let message = match &revision.tag {
            None => "this clone is shallow and has no tag of a version",
            Some(_) if revision.distance == 0 => return Ok(()),
            Some(tag) => {
                let range = format!("refs/tags/{tag}..HEAD");
                let after = self.run(&["rev-list", &range])?;
                let cut = std::fs::read_to_string(shallow).unwrap_or_default();
                let is_cut = cut.lines().any(|node| after.out.lines().any(|one| one == node));
                if after.is_success && !is_cut {
                    return Ok(());
                }
                "this clone is shallow: not all commits since the last tag are there"
            }
        };
        Err(Error::new(message)
            .hint("fetch the rest: git fetch --unshallow --tags")
            .hint("in GitHub Actions: `fetch-depth: 0` for actions/checkout")
            .hint(PRETEND))
    }
}
