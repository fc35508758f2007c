//! What a hook returns to the frontend.

use crate::model::setuptools::BuiltModules;

/// What a hook returns to the frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The name of the file or folder that was made.
    Name(String),
    /// Requirements to install.
    Requires(Vec<String>),
    /// What was built for setuptools; `None`: nobody knows before a build.
    Modules(Option<Box<BuiltModules>>),
    /// Files, relative to the project root, with `/`.
    Files(Vec<String>),
}
