//! Reads the old build and makes the new one of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::DocumentMut;

use crate::build::migrate::tree_files::{self, Trial};
use crate::build::migrate::{origin, reading};
use crate::build::tree_copy::TreeToCopy;
use crate::config::build_system;
use crate::error::{Error, Result};
use crate::fs;
use crate::migrate::{
    Change, Draft, Migration, MoveFinding, MoveVerdict, from_setuptools, settle_cffi, setup_cfg,
    with_line_breaks_of,
};
use crate::model::{Environment, PYPROJECT, PythonFacts, SourceText};

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct MigrateRequest {
    /// The folder of the project. Absolute.
    pub source_tree: PathBuf,
    /// The Python that runs what has to be run.
    pub python: PythonFacts,
    /// How long setup.py may take, in seconds.
    pub time_limit: u32,
}

/// The files that say how setuptools builds.
const OLD_FILES: [&str; 3] = ["setup.py", "setup.cfg", "MANIFEST.in"];

/// Reads how a project is built now, and says what its files would be. The tree is not touched: all
/// that runs, runs in a copy. No builder runs.
///
/// # Errors
/// There is nothing to read, or it cannot be read.
pub fn migrate(request: &MigrateRequest, environment: &Environment) -> Result<Migration> {
    let tree = &request.source_tree;
    let before = OldFiles::read(tree)?;
    match before.backend()? {
        Backend::Officina => return Ok(moved_already()),
        Backend::Setuptools => {}
        Backend::Other(name) => return origin::migrate(tree, &name),
    }
    if !tree.join("setup.py").exists() && before.pyproject.is_none() && before.texts[1].is_none() {
        return Err(Error::new(format!("there is no project in `{}`", tree.display()))
            .note("a project has a setup.py, a setup.cfg or a pyproject.toml")
            .hint("name the folder of a project, or go there"));
    }
    let scratch = fs::scratch_dir()?;
    let whole = TreeToCopy::of(tree)?;
    let read = whole.copy(&scratch.path().join("read"))?;
    let trial = whole.copy(&scratch.path().join("trial"))?;
    let old = reading::read(&read, &request.python, request.time_limit, environment)?;
    for name in OLD_FILES {
        fs::remove_if_there(&trial.join(name))?;
    }
    let mut draft = from_setuptools::draft(&old, before.document()?);
    let trial = Trial { tree: &trial, python: &request.python, environment };
    tree_files::settle(&mut draft, &trial, before.texts[2].as_deref());
    settle_cffi(&mut draft);
    tree_files::tidy(&mut draft.settings);
    if old.cffi_modules.is_empty() && !draft.settings.contains_key("cffi_modules") {
        let text = "there are no CFFI modules: Officina packs the project all the same";
        draft.find(MoveFinding::new(MoveVerdict::YouDecide, text));
    }
    Ok(Migration { changes: before.changes(&draft), findings: draft.findings })
}

fn moved_already() -> Migration {
    let text = "build-backend is `officina`: this project has moved already";
    let finding = MoveFinding::new(MoveVerdict::Same, text).at(PYPROJECT);
    Migration { changes: Vec::new(), findings: vec![finding] }
}

/// Who builds a project now.
enum Backend {
    Officina,
    Setuptools,
    Other(String),
}

/// The texts of the files that a move changes.
struct OldFiles {
    pyproject: Option<String>,
    /// Those of [`OLD_FILES`].
    texts: [Option<String>; 3],
}

impl OldFiles {
    fn read(tree: &Path) -> Result<Self> {
        let text = |name: &str| -> Result<Option<String>> {
            let path = tree.join(name);
            if !path.is_file() {
                return Ok(None);
            }
            fs::read_source(&path, name).map(|source| Some(source.text))
        };
        let [setup_py, setup_cfg, manifest] = OLD_FILES;
        Ok(OldFiles {
            pyproject: text(PYPROJECT)?,
            texts: [text(setup_py)?, text(setup_cfg)?, text(manifest)?],
        })
    }

    fn document(&self) -> Result<DocumentMut> {
        let text = self.pyproject.clone().unwrap_or_default();
        text.parse().map_err(|error: toml_edit::TomlError| {
            Error::new(format!("`{PYPROJECT}` is not valid TOML: {}", error.message()))
        })
    }

    fn backend(&self) -> Result<Backend> {
        let source =
            |text: &String| Arc::new(SourceText { name: PYPROJECT.to_owned(), text: text.clone() });
        let declared = match &self.pyproject {
            Some(text) => build_system::backend_of(&source(text))?,
            None => build_system::declared_backend(None)?,
        };
        let name = declared.backend;
        Ok(match name.split([':', '.']).next().unwrap_or(&name) {
            "officina" => Backend::Officina,
            "setuptools" => Backend::Setuptools,
            // A backend of the project's own around setuptools has a setup.py as a rule.
            _ if !declared.backend_path.is_empty() && self.texts[0].is_some() => {
                Backend::Setuptools
            }
            _ => Backend::Other(name),
        })
    }

    fn changes(&self, draft: &Draft) -> Vec<Change> {
        let change = |path: &str, before: &Option<String>, after: Option<String>| Change {
            path: path.to_owned(),
            before: before.clone(),
            after,
        };
        let [setup_py, cfg, manifest] = &self.texts;
        let rest = cfg.as_deref().and_then(setup_cfg::rest);
        let text = with_line_breaks_of(self.pyproject.as_deref().unwrap_or_default(), draft.text());
        let mut changes = vec![change(PYPROJECT, &self.pyproject, Some(text))];
        changes.extend([
            change(OLD_FILES[0], setup_py, None),
            change(OLD_FILES[1], cfg, rest),
            change(OLD_FILES[2], manifest, None),
        ]);
        changes.retain(|change| change.before != change.after);
        changes
    }
}
