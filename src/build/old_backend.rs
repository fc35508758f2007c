//! Runs the hooks of another backend, in the Python at hand.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::build_system::{self, DeclaredBackend};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Environment, PYPROJECT, PythonFacts};
use crate::process::{self, Cancel, Invocation};

/// A project that another backend builds, and the Python that builds it.
#[derive(Debug, Clone)]
pub struct OldProject<'a> {
    /// Its source tree: a copy, since backends write into it.
    pub tree: &'a Path,
    /// The Python that has what the backend needs.
    pub python: &'a PythonFacts,
    /// The variables of whoever builds.
    pub environment: &'a Environment,
    /// A folder for what is passing.
    pub scratch: &'a Path,
    /// Who builds it.
    pub backend: DeclaredBackend,
}

/// Reads who builds a project.
///
/// # Errors
/// pyproject.toml cannot be read.
pub fn declared(tree: &Path) -> Result<DeclaredBackend> {
    let path = tree.join(PYPROJECT);
    if !path.is_file() {
        return build_system::declared_backend(None);
    }
    build_system::backend_of(&Arc::new(fs::read_source(&path, PYPROJECT)?))
}

impl OldProject<'_> {
    /// Builds a product into a folder and returns where it is.
    ///
    /// # Errors
    /// The hook fails: its words are in the error, whole.
    pub fn build(&self, hook: &str, into: &Path) -> Result<PathBuf> {
        let name: String = self.call(hook, into)?;
        Ok(into.join(name))
    }

    /// What a hook asks to be installed besides `requires`.
    ///
    /// # Errors
    /// The hook fails: its words are in the error, whole.
    pub fn requires(&self, hook: &str) -> Result<Vec<String>> {
        self.call(hook, self.scratch)
    }

    fn call<T: serde::de::DeserializeOwned>(&self, hook: &str, folder: &Path) -> Result<T> {
        let (answer, said) = (self.scratch.join("answer.json"), self.scratch.join("said.txt"));
        let script = self.python.host.python_package.join("_old_build.py");
        let mut arguments = vec!["-B".into(), script.into_os_string()];
        arguments.extend([self.backend.backend.clone().into(), hook.into()]);
        arguments.extend([folder.as_os_str().to_owned(), answer.as_os_str().to_owned()]);
        arguments.extend(self.backend.backend_path.iter().map(Into::into));
        let mut environment = self.environment.clone();
        // A copy of a repository may share its index with the repository.
        environment.0.insert("GIT_OPTIONAL_LOCKS".into(), "0".into());
        let invocation = Invocation {
            program: self.python.interpreter.executable.clone().into(),
            arguments,
            directory: self.tree.to_owned(),
            environment,
        };
        let file = File::create(&said).map_err(|e| Error::io("write", &said, &e))?;
        let finished = process::run_into(&invocation, &file, &Cancel::default())?;
        if finished.status.success() {
            let text = fs::read(&answer)?;
            return serde_json::from_slice(&text).map_err(|e| {
                let message = format!("`{hook}` of `{}` makes no sense: {e}", self.backend.backend);
                Error::new(message).hint("see whether the project builds: python -m build")
            });
        }
        let output = String::from_utf8_lossy(&fs::read(&said)?).into_owned();
        let (ending, backend) = (finished.ending(), &self.backend.backend);
        Err(Error::new(format!("the old build fails: `{hook}` of `{backend}` ended with {ending}"))
            .output(output)
            .hint("let the project build as it is now: python -m build --no-isolation")
            .hint("or give it what it needs: `officina migrate --prove --install`"))
    }
}
