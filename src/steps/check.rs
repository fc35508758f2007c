//! The step that reads a linked module back.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::binary::{InitFunction, LibraryCache, LinkCheckRequest, check_link};
use crate::engine::digest::{Digest, digest_of};
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::Result;
use crate::model::{Abi, Environment};
use crate::process::Cancel;
use crate::steps::context::{CompileContext, UndefinedSymbolPolicy};
use crate::steps::ids::step_id;
use crate::steps::prepared_module::{PreparedLibrary, PreparedModule};

/// Checks a linked module: whatever it needs is there.
pub struct Check<'a> {
    id: String,
    module: &'a PreparedModule,
    /// The libraries of the project.
    archives: &'a [PreparedLibrary],
    /// The libraries that the checks of a build share.
    libraries: &'a LibraryCache,
    context: CompileContext<'a>,
}

impl<'a> Check<'a> {
    /// The check of a module.
    pub fn of(
        module: &'a PreparedModule,
        archives: &'a [PreparedLibrary],
        libraries: &'a LibraryCache,
        context: &CompileContext<'a>,
    ) -> Self {
        let id = step_id("check", &module.target.file, context);
        Check { id, module, archives, libraries, context: *context }
    }

    /// Who calls `ffi.compile()` or `ffi.verify()` may load the file in a way of their own.
    fn init(&self) -> InitFunction {
        let is_module = self.module.target.spec.abi != Abi::Embedding;
        match self.context.undefined {
            UndefinedSymbolPolicy::Refuse if is_module => InitFunction::Required,
            UndefinedSymbolPolicy::Refuse | UndefinedSymbolPolicy::Warn => InitFunction::Optional,
        }
    }
}

impl Step for Check<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let spec = &self.module.target.spec;
        let undefined = format!("{:?}", self.context.undefined);
        let init = self.init();
        let spec = format!("{:?} {:?} {init:?}", spec.library_dirs, spec.runtime_library_dirs);
        let interpreter = format!("{:?}", self.context.target.interpreter);
        digest_of([undefined.as_bytes(), spec.as_bytes(), interpreter.as_bytes()])
    }

    fn environment(&self) -> &Environment {
        &self.module.sources.environment
    }

    fn run(&self, _cancel: &Cancel) -> Result<Ran> {
        let target = &self.module.target;
        let of_libraries = self.module.libraries.iter();
        let of_libraries = of_libraries.flat_map(|index| &self.archives[*index].sources.units);
        let units = self.module.sources.units.iter().chain(of_libraries);
        let objects: Vec<(PathBuf, PathBuf)> =
            units.map(|unit| (unit.object.clone(), unit.source.clone())).collect();
        let check = check_link(&LinkCheckRequest {
            extension: &target.file,
            objects: &objects,
            spec: &target.spec,
            target: self.context.target,
            environment: &self.module.sources.environment,
            root: self.context.paths.root,
            init: self.init(),
            libraries: self.libraries,
        });
        let warnings = match check.verdict {
            Err(error) if self.context.undefined == UndefinedSymbolPolicy::Warn => {
                vec![error.to_string()]
            }
            verdict => verdict?,
        };
        let read = check.reads.into_iter().map(Input::File);
        let read = read.chain(check.absent.into_iter().map(Input::Path)).collect();
        Ok(Ran { warnings, read, ..Ran::default() })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let own = Input::File(self.module.target.file.clone());
        ran.read.iter().cloned().chain([own]).collect()
    }
}
