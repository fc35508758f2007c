//! What the modules of a project were made of.

use crate::build::header_imports;
use crate::build::provided::OwnStep;
use crate::model::{Builder, BuilderInputs};
use crate::steps::builder;
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

impl MadeOf {
    /// The ids in the cache of all steps that had a part in it.
    pub fn steps(&self) -> impl Iterator<Item = String> {
        let builders = || self.builders.iter().map(|(builder, _)| builder);
        let own = self.steps.iter().map(|step| step.id.clone());
        let imported = header_imports::steps(builders()).map(|(_, step)| step);
        let linked = self.linked.iter().flat_map(|module| module.steps.iter().cloned());
        own.chain(imported).chain(builders().map(builder::step_id)).chain(linked)
    }
}
