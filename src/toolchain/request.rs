//! What a toolchain is wanted for.

use std::path::Path;

use crate::model::{Environment, Profile, SettingValue, Target};

/// What a toolchain is wanted for.
#[derive(Debug, Clone, Copy)]
pub struct ToolchainRequest<'a> {
    /// The Python that the extensions are for.
    pub target: Target<'a>,
    /// The environment, with the changes that a builder made.
    pub environment: &'a Environment,
    /// Optimised, or made for a debugger.
    pub profile: Profile,
    /// What compilers are to be run by.
    pub launcher: Option<&'a SettingValue<String>>,
    /// The working directory of every compiler run: the project root.
    pub directory: &'a Path,
}
