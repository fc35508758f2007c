//! Finds the builder and runs it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use officina::config::builder;
use officina::error::{Error, Result};
use officina::model::{
    Builder, BuilderEntry, BuilderWork, CdefPart, DeclaredSource, ModuleDeclaration, ModuleEntry,
    ModuleId, Settings, SourceText, Spanned,
};
use officina::steps::builder::guest::{self, GuestAnswer, GuestRequest};

use crate::cargo::BuildScript;

/// What makes the module.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// `script:object`
    Entry(String),
    /// No script.
    Declared {
        /// Dotted.
        name: String,
        /// What cffi is told.
        cdef: String,
        /// The C.
        source: String,
    },
}

impl Work {
    /// A name for a folder of its own.
    pub fn folder_name(&self) -> String {
        let (Work::Entry(name) | Work::Declared { name, .. }) = self;
        name.replace(|letter: char| !letter.is_alphanumeric(), "_") + ".build"
    }

    /// The text that errors point into.
    fn text(&self) -> SourceText {
        let (name, text) = match self {
            Work::Entry(entry) => ("Module::entry", entry),
            Work::Declared { cdef, .. } => ("Module::declared", cdef),
        };
        SourceText { name: name.into(), text: text.clone() }
    }
}

/// Runs the builder.
///
/// # Errors
/// It is not there, there is no such Python, or it fails.
pub(crate) fn run(
    work: &Work,
    python: &OsStr,
    root: &Path,
    folder: &Path,
    script: &BuildScript,
) -> Result<GuestAnswer> {
    let declared_in = Arc::new(work.text());
    let builder = match work {
        Work::Entry(entry) => of_entry(entry, &declared_in, root)?,
        Work::Declared { name, cdef, source } => declared(name, cdef, source, &declared_in),
    };
    guest::run(&GuestRequest {
        python,
        builder: &builder,
        declared_in: &declared_in,
        root,
        folder,
        environment: &script.environment,
        no_python: "name another one: PYO3_PYTHON=/path/to/python cargo build",
    })
    .map_err(|error| error.note(format!("the Python is `{}`", python.display())))
}

fn of_entry(entry: &str, declared_in: &Arc<SourceText>, root: &Path) -> Result<Builder> {
    let whole = 0..entry.len();
    let reference = builder::parse(entry).map_err(|error| error.at(declared_in, whole.clone()))?;
    let wanted = ModuleEntry { builder: reference, optional: false, condition: None };
    let settings =
        Settings { cffi_modules: vec![Spanned::new(wanted, whole)], ..Settings::default() };
    let exists = |path: &Path| root.join(path).is_file();
    let found = builder::resolve(&settings, declared_in, &exists, &|| scripts(root));
    let builder =
        found.map_err(|error| error.note(format!("paths start at `{}`", root.display())))?;
    builder.into_iter().next().ok_or_else(|| Error::new(format!("`{entry}` names no builder")))
}

fn declared(name: &str, cdef: &str, source: &str, text: &Arc<SourceText>) -> Builder {
    let whole = 0..cdef.len();
    let declaration = ModuleDeclaration {
        name: Spanned::new(name.to_owned(), whole.clone()),
        condition: None,
        cdef: vec![CdefPart::Text(Spanned::new(cdef.to_owned(), whole.clone()))],
        cdef_options: BTreeMap::new(),
        headers: None,
        source: DeclaredSource::Text(source.to_owned()),
        arguments: BTreeMap::new(),
        optional: false,
        pkg_config: Vec::new(),
        span: whole.clone(),
    };
    let entry = BuilderEntry {
        module: ModuleId(0),
        object: name.to_owned(),
        optional: false,
        source: Arc::clone(text),
        span: whole,
    };
    Builder { work: BuilderWork::Declaration(Box::new(declaration)), entries: vec![entry] }
}

/// The Python files below a folder, for the nearest to a name that is wrong. Folders that hold
/// nobody's builders are left out, and so is what lies deep.
fn scripts(root: &Path) -> Vec<String> {
    const DEEPEST: usize = 5;
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is_skipped =
                name.starts_with('.') || ["target", "node_modules", "venv"].contains(&&*name);
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !is_skipped && depth < DEEPEST {
                    folders.push((path, depth + 1));
                }
            } else if name.ends_with(".py") {
                let relative = path.strip_prefix(root).unwrap_or(&path);
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}
