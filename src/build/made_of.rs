//! What the modules of a project were made of.

use crate::build::provided::OwnStep;
use crate::model::{Builder, BuilderInputs};
use crate::steps::make_modules::LinkedModule;

/// What the modules of a project were made of.
pub struct MadeOf {
    /// The builders, and what each of them read.
    pub builders: Vec<(Builder, BuilderInputs)>,
    /// The project's own steps.
    pub steps: Vec<OwnStep>,
    /// The extension modules.
    pub linked: Vec<LinkedModule>,
}
