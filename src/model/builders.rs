//! What makes modules.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::declaration::ModuleDeclaration;
use crate::model::source::SourceText;

/// What makes modules, in a process of its own: a script with all the entries that it serves, or a
/// declared module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// What it does.
    pub work: BuilderWork,
    /// What is wanted from it.
    pub entries: Vec<BuilderEntry>,
}

/// What a builder does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuilderWork {
    /// Runs this script: relative to the project root where it lies inside.
    Script(PathBuf),
    /// Does what this table says.
    Declaration(Box<ModuleDeclaration>),
}

impl Builder {
    /// Its script, if it has one.
    pub fn script(&self) -> Option<&Path> {
        match &self.work {
            BuilderWork::Script(script) => Some(script),
            BuilderWork::Declaration(_) => None,
        }
    }

    /// Its declaration, if it has one.
    pub fn declaration(&self) -> Option<&ModuleDeclaration> {
        match &self.work {
            BuilderWork::Script(_) => None,
            BuilderWork::Declaration(declaration) => Some(declaration),
        }
    }
}

/// An entry of `cffi_modules`, whose script is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderEntry {
    /// The modules that it makes: one, as a rule.
    pub module: ModuleId,
    /// The `FFI` object, a list of them, or the function that returns either.
    pub object: String,
    /// Whether a wheel does without the modules where they cannot be made.
    pub optional: bool,
    /// The file that names it, for errors.
    pub source: Arc<SourceText>,
    /// Its place there.
    pub span: Range<usize>,
}

/// Modules before their names are known: the position of its entry in `cffi_modules`, from 0; those of
/// `modules` follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleId(pub usize);
