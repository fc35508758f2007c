//! How a build ends for the person who started it.

use crate::config::toml;
use crate::error::{Error, Result};
use crate::model::PYPROJECT;
use crate::process;

/// An error as a person sees it: with the key that it is about, or that the user interrupted.
pub fn finished<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        // Whatever failed then, failed because of it.
        if process::interrupted() {
            return Error::interrupted();
        }
        error.named(|location| {
            let is_ours = location.source.name == PYPROJECT;
            is_ours.then(|| toml::key_at(&location.source, &location.span)).flatten()
        })
    })
}
