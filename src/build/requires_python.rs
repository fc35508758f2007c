//! Whether the project is for the Python that builds it.

use crate::error::{Error, Result};
use crate::model::{Interpreter, Project};
use crate::python::tags;

/// Refuses to build for a Python that `requires-python` does not take: its metadata would keep the
/// wheel from being installed where it was made.
///
/// # Errors
/// No release of this minor version is among those that the project takes.
pub fn check(project: &Project, interpreter: &Interpreter) -> Result<()> {
    let Some(requires) = &project.metadata.requires_python else { return Ok(()) };
    let version = interpreter.version;
    if tags::takes(&requires.value, version) {
        return Ok(());
    }
    Err(Error::new(format!(
        "this is Python {version}, and `requires-python` is `{}`: nobody could install the wheel \
         here",
        requires.value,
    ))
    .at(&project.pyproject, requires.span.clone())
    .note(format!("this Python is `{}`", interpreter.executable.display()))
    .hint(format!(
        "build with a Python that it takes, or change `requires-python` if the project works with \
         {version}",
    )))
}
