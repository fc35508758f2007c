//! The step that copies a linked file and gives the copy other names of libraries.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::binary::elf_names::{self, NameChanges};
use crate::engine::digest::{Digest, digest_of, hexadecimal};
use crate::engine::input::Input;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::Environment;
use crate::process::Cancel;

/// Copies a file. Answers with the SHA-256 of the copy, in hexadecimal.
pub struct RenameLibraries<'a> {
    /// The file. Absolute.
    pub from: PathBuf,
    /// The copy. Absolute.
    pub to: PathBuf,
    /// What is to be changed.
    pub changes: NameChanges,
    /// The id in the cache: see [`RenameLibraries::id_of`].
    pub id: String,
    /// The folders whose names change between builds.
    pub paths: &'a RelocatablePaths,
    /// The environment that the build was started with, of which it sees nothing.
    pub environment: &'a Environment,
}

impl RenameLibraries<'_> {
    /// The id in the cache of the step that makes a file of the wheel.
    pub fn id_of(wheel_path: &str) -> String {
        format!("rename {wheel_path}")
    }
}

impl Step for RenameLibraries<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let parts = [format!("{:?}", self.changes), format!("{:?}", self.paths.stored(&self.from))];
        digest_of(parts.iter().map(String::as_bytes))
    }

    fn environment(&self) -> &Environment {
        self.environment
    }

    fn run(&self, _cancel: &Cancel) -> Result<Ran> {
        let from = &self.from;
        let bytes = fs::read(from)?;
        let changed = elf_names::changed(bytes, &self.changes).map_err(|e| {
            Error::new(format!("cannot give `{}` other names of libraries: {e}", from.display()))
                .hint("set `bundle = false`, and run `auditwheel repair` on the wheel")
        })?;
        fs::create_parent(&self.to)?;
        fs::remove_if_there(&self.to)?;
        std::fs::write(&self.to, &changed).map_err(|e| Error::io("write", &self.to, &e))?;
        let answer = serde_json::to_string(&hexadecimal(&Sha256::digest(&changed)));
        let answer = answer.unwrap_or_default();
        Ok(Ran { outputs: [self.to.clone()].into(), answer, ..Ran::default() })
    }

    fn inputs(&self, _ran: &Ran) -> BTreeSet<Input> {
        [Input::File(self.from.clone())].into()
    }
}
