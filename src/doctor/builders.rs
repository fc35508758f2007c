//! What builders import that another Python, or an environment of a frontend's own, does not have.
//! Going by their texts: no builder runs. Pure.

use crate::doctor::finding::{Finding, Subject, Verdict};
use crate::model::{Interpreter, PythonVersion};

/// A builder script, or a file that one imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderText {
    /// Its path from the project root.
    pub path: String,
    /// The modules that it imports, by their top-level names, with the line and whether it stands
    /// behind a condition, in a function or in a `try`.
    pub imports: Vec<(String, usize, bool)>,
}

/// Modules that went from Python's library, with the version that has them no more.
const GONE: &[(&str, PythonVersion)] = &[
    ("distutils", PythonVersion(3, 12)),
    ("imp", PythonVersion(3, 12)),
    ("asyncore", PythonVersion(3, 12)),
    ("pipes", PythonVersion(3, 13)),
    ("cgi", PythonVersion(3, 13)),
];

/// Modules of distributions that a frontend installs only if `requires` lists them.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("setuptools", "setuptools"),
    ("pkg_resources", "setuptools"),
    ("wheel", "wheel"),
    ("numpy", "numpy"),
    ("pkgconfig", "pkgconfig"),
    ("pycparser", "pycparser"),
    ("Cython", "cython"),
    ("packaging", "packaging"),
    ("jinja2", "jinja2"),
    ("yaml", "pyyaml"),
];

/// What is wrong with the imports of builders; a line that all is well if nothing is.
pub fn builder_imports(
    texts: &[BuilderText],
    interpreter: &Interpreter,
    requires: &[String],
) -> Vec<Finding> {
    let is_required = |name: &str| name == "pycparser" || requires.iter().any(|one| one == name);
    let has_shim = is_required("setuptools");
    let mut found = Vec::new();
    for text in texts {
        for (module, line, is_conditional) in &text.imports {
            let place = format!("`{}:{line}`", text.path);
            let finding = match GONE.iter().find(|(name, _)| name == module) {
                Some((_, since)) => gone(module, *since, &place, interpreter, has_shim),
                None => not_required(module, &place, &is_required),
            };
            found.extend(finding.map(|finding| softened(finding, *is_conditional)));
        }
    }
    if found.is_empty() && !texts.is_empty() {
        let what = match texts.len() {
            1 => "the builder imports nothing that frontends lack".to_owned(),
            count => format!("{count} files of builders import nothing that frontends lack"),
        };
        found.push(Finding::ok(Subject::Builders, what).note("this is what their texts say"));
    }
    found
}

/// An import behind a condition may never happen.
fn softened(finding: Finding, is_conditional: bool) -> Finding {
    match is_conditional {
        true if finding.verdict == Verdict::Fail => {
            Finding { verdict: Verdict::Warn, ..finding }.note("it may never come to that line")
        }
        _ => finding,
    }
}

fn gone(
    module: &str,
    since: PythonVersion,
    place: &str,
    interpreter: &Interpreter,
    has_shim: bool,
) -> Option<Finding> {
    if module == "distutils" && has_shim {
        return None; // setuptools brings one along
    }
    let what = format!("{place} imports `{module}`, which Python has no more since {since}");
    let next = match module {
        "distutils" => {
            "do without it (`sysconfig` and `shutil` have most of it), or add setuptools to \
             `requires` and import that first"
        }
        _ => "do without it",
    };
    let verdict = if interpreter.version >= since { Verdict::Fail } else { Verdict::Warn };
    Some(Finding::new(Subject::Builders, verdict, what).next(next))
}

fn not_required(module: &str, place: &str, is_required: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let (_, distribution) = DISTRIBUTIONS.iter().find(|(name, _)| *name == module)?;
    if module == "pkg_resources" && is_required("setuptools") {
        let what =
            format!("{place} imports `pkg_resources`, which setuptools has no more since 82");
        return Some(
            Finding::warn(Subject::Builders, what)
                .next("use `importlib.resources` and `importlib.metadata`"),
        );
    }
    if is_required(distribution) {
        return None;
    }
    let what = format!("{place} imports `{module}`, and `requires` does not list {distribution}");
    let next =
        format!("add \"{distribution}\" to `requires` in `[build-system]`, or do without it");
    Some(Finding::fail(Subject::Builders, what).next(next))
}
