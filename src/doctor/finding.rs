//! What was found out about one thing. Pure.

use serde::Serialize;

use crate::error::Error;

/// How good or bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to do.
    Ok,
    /// A build works, and may not do what was meant.
    Warn,
    /// A build fails.
    Fail,
}

/// What a finding is about. New ones may come at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The C compiler is there.
    Compiler,
    /// It is of the family that Python was compiled with.
    CompilerFamily,
    /// It makes an object.
    Compile,
    /// It makes a library.
    Link,
    /// There is a C++ compiler, if it is needed.
    CxxCompiler,
    /// What Python's headers are for.
    Headers,
    /// Variables with flags.
    Flags,
    /// Caches and distributors of compiles.
    Launcher,
    /// cffi, and its part in C.
    Cffi,
    /// The folder for temporary files.
    TemporaryFolder,
    /// Variables and settings that are none.
    Settings,
    /// `pyproject.toml`
    Project,
    /// `[build-system]`
    BuildSystem,
    /// `requires-python`
    RequiresPython,
    /// What builders import.
    Builders,
    /// pkg-config, and the packages that it is asked for.
    PkgConfig,
    /// Cargo and rustc.
    Cargo,
    /// The folder of builds.
    BuildFolder,
    /// Which Pythons may load the modules.
    Abi,
}

impl Subject {
    /// As it is shown and written.
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).ok();
        name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned()
    }
}

/// What was found out about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// How good or bad it is.
    pub verdict: Verdict,
    /// One sentence without a full stop.
    pub what: String,
    /// Further facts, a line each.
    pub notes: Vec<String>,
    /// What to do next, a line each.
    pub next: Vec<String>,
    /// What another program said, whole.
    pub output: Option<String>,
}

impl Finding {
    /// A finding with its sentence.
    pub fn new(subject: Subject, verdict: Verdict, what: impl Into<String>) -> Self {
        let what = what.into();
        Finding { subject, verdict, what, notes: Vec::new(), next: Vec::new(), output: None }
    }

    /// Nothing to do.
    pub fn ok(subject: Subject, what: impl Into<String>) -> Self {
        Finding::new(subject, Verdict::Ok, what)
    }

    /// Something to look at.
    pub fn warn(subject: Subject, what: impl Into<String>) -> Self {
        Finding::new(subject, Verdict::Warn, what)
    }

    /// Something that builds fail by.
    pub fn fail(subject: Subject, what: impl Into<String>) -> Self {
        Finding::new(subject, Verdict::Fail, what)
    }

    /// What a build would fail with.
    pub fn of_error(subject: Subject, error: &Error) -> Self {
        let parts = error.parts();
        let place = parts.location.as_ref().map(|location| {
            let line = location.source.line_at(location.span.start);
            format!("it stands in {}:{line}", location.source.name)
        });
        Finding {
            notes: place.into_iter().chain(parts.notes.iter().cloned()).collect(),
            next: parts.hints.clone(),
            output: parts.output.clone(),
            ..Finding::fail(subject, &parts.message)
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a next step.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next.push(next.into());
        self
    }

    /// Adds a next step if there is none.
    #[must_use]
    pub fn or_next(self, next: impl Into<String>) -> Self {
        if self.next.is_empty() { self.next(next) } else { self }
    }

    /// Adds another program's words.
    #[must_use]
    pub fn output(mut self, output: impl Into<String>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// Makes a failure a warning: this project can do without.
    pub fn soften(&mut self) {
        if self.verdict == Verdict::Fail {
            self.verdict = Verdict::Warn;
            self.notes.push("nothing that this project declares is compiled".to_owned());
        }
    }
}
