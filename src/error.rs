//! The one error type: what failed, where in the user's files, and what to do next.
//!
//! An [`Error`] is data. [`crate::report`] is the only place that turns it into text, so the
//! wording rules hold everywhere: one line that says what is wrong, the user's own line when we
//! know it, other programs' words unedited, and hints that name the next step.

use std::fmt;
use std::ops::Range;

use std::path::Path;
use std::sync::Arc;

use crate::model::{Location, SettingOrigin, SourceText, UnpackableEntry, UnpackableReason};

/// The result of everything that a user can make fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How the process ends because of this error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Something was wrong: exit code 1.
    Failure,
    /// Somebody pressed Ctrl-C or sent a signal: exit code 130.
    Interrupted,
}

/// Why something failed, where somebody further up has more to say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing that others know more about.
    Other,
    /// A package that builders import is not in the environment that they run in.
    MissingPackage,
}

/// Something went wrong that a person has to hear about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

/// The parts of an error, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// One sentence without a full stop: what is wrong, with the name of the thing in backticks.
    pub message: String,
    /// The user's line that caused it.
    pub location: Option<Location>,
    /// What another program said (a compiler, a builder), whole and unedited.
    pub output: Option<String>,
    /// Further facts, a line each.
    pub notes: Vec<String>,
    /// What to do next, a line each.
    pub hints: Vec<String>,
    /// How the process ends.
    pub ending: Ending,
    /// What others tell it by.
    pub cause: Cause,
}

impl Error {
    /// A failure with its one-sentence message.
    pub fn new(message: impl Into<String>) -> Self {
        Error(Box::new(Parts {
            message: message.into(),
            location: None,
            output: None,
            notes: Vec::new(),
            hints: Vec::new(),
            ending: Ending::Failure,
            cause: Cause::Other,
        }))
    }

    /// The build was interrupted by a person or a signal.
    pub fn interrupted() -> Self {
        let mut error = Error::new("interrupted");
        error.0.ending = Ending::Interrupted;
        error
    }

    /// An operation on a file or folder that the operating system refused.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        let words = match error.kind() {
            std::io::ErrorKind::NotFound if doing == "read" => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        let failure = Error::new(format!("cannot {doing} `{}`: {words}", path.display()));
        match error.kind() {
            std::io::ErrorKind::StorageFull => failure.hint(MAKE_ROOM),
            std::io::ErrorKind::PermissionDenied => {
                failure.hint("check who owns it and whether you may read or write there")
            }
            _ => failure,
        }
    }

    /// Two parts of one installation do not understand each other: `who` speaks another version
    /// of a protocol than this executable does.
    pub fn other_protocol(who: &str, theirs: &str, ours: u64) -> Self {
        let message = format!("{who} speak protocol {theirs}, its executable protocol {ours}");
        Error::new(message).hint(REINSTALL)
    }

    /// An entry of the source tree that a product would have to hold and cannot.
    pub fn unpackable(entry: &UnpackableEntry) -> Self {
        let path = &entry.path;
        let (message, hint) = match &entry.reason {
            UnpackableReason::Outside(target) => (
                format!("`{path}` is outside the project: it links to `{}`", target.display()),
                "products are made from files below the folder of pyproject.toml only",
            ),
            UnpackableReason::Dangling => (
                format!("`{path}` is a link to nothing"),
                "remove the link, or make what it points to",
            ),
            UnpackableReason::NotUtf8 => (
                format!("the name of `{path}` is not UTF-8"),
                "rename the file: every path in a wheel is UTF-8",
            ),
            UnpackableReason::Unreadable(why) => (
                format!("cannot read `{path}`: {why}"),
                "check who owns it and whether you may read it",
            ),
            UnpackableReason::Special(what) => {
                (format!("`{path}` is {what}"), "remove it, or end the program that made it")
            }
        };
        Error::new(message).hint(hint)
    }

    /// Names whoever set the value that is wrong: the line, the config setting or the variable.
    #[must_use]
    pub fn set_by(self, origin: &SettingOrigin) -> Self {
        match origin {
            SettingOrigin::Pyproject(place) => self.at(&place.source, place.span.clone()),
            SettingOrigin::ConfigSetting(name) => {
                self.note(format!("the config setting `{name}` says so"))
            }
            SettingOrigin::Variable(name) => {
                self.note(format!("the environment variable `{name}` says so"))
            }
        }
    }

    /// Points at the user's line.
    #[must_use]
    pub fn at(mut self, source: &Arc<SourceText>, span: Range<usize>) -> Self {
        self.0.location = Some(Location { source: Arc::clone(source), span, key: None });
        self
    }

    /// Names the key that the user's line belongs to; `find` is asked only where there is a line.
    #[must_use]
    pub fn named(mut self, find: impl FnOnce(&Location) -> Option<String>) -> Self {
        if let Some(location) = &mut self.0.location {
            location.key = find(location);
        }
        self
    }

    /// Adds what the failure comes down to behind the sentence: `compiling x.c failed: no such type`.
    #[must_use]
    pub fn detail(mut self, words: &str) -> Self {
        self.0.message = format!("{}: {words}", self.0.message);
        self
    }

    /// Adds another program's words, whole.
    #[must_use]
    pub fn output(mut self, output: impl Into<String>) -> Self {
        self.0.output = Some(output.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// Adds a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Calls something by another name in the message.
    #[must_use]
    pub fn replacing(mut self, name: &str, by: &str) -> Self {
        self.0.message = self.0.message.replace(name, by);
        self
    }

    /// Drops the next steps: whoever goes on knows better ones.
    #[must_use]
    pub fn without_hints(mut self) -> Self {
        self.0.hints.clear();
        self
    }

    /// Says why.
    #[must_use]
    pub fn because_of(mut self, cause: Cause) -> Self {
        self.0.cause = cause;
        self
    }

    /// Everything there is to show.
    pub fn parts(&self) -> &Parts {
        &self.0
    }
}

/// The next step where a disk is full.
pub const MAKE_ROOM: &str =
    "free some space on that disk, or name a folder on another one with TMPDIR or `build-dir`";

/// The next step where our own files do not fit together.
pub const REINSTALL: &str = "reinstall it: python -m pip install --force-reinstall officina";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// The candidate that was most likely meant, if one is close enough to be worth offering.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(wanted, candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Between 0 and 1. One slip of the finger counts as near in short words too: `scr` for `src`.
fn likeness(wanted: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(wanted, candidate);
    if wanted.eq_ignore_ascii_case(candidate) {
        return likeness.max(0.9);
    }
    let is_slip = wanted.len() > 2 && strsim::osa_distance(wanted, candidate) == 1;
    if is_slip { likeness.max(0.8) } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_offers_a_typo_and_nothing_for_a_stranger() {
        let keys = ["cffi_modules", "packages", "python-source"];
        assert_eq!(nearest("cffi_module", keys), Some("cffi_modules"));
        assert_eq!(nearest("zzz", keys), None);
        assert_eq!(nearest("scr", ["docs", "src"]), Some("src"));
        assert_eq!(nearest("README.md", ["docs.md", "readme.md"]), Some("readme.md"));
    }

    #[test]
    fn full_disk_says_where_to_go() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::io("write", Path::new("dist/a.whl"), &full);
        assert!(error.parts().hints[0].contains("TMPDIR"), "{error:?}");
    }
}
