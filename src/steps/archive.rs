//! The step that puts the objects of a library into an archive.

use std::collections::BTreeSet;
use std::ffi::OsString;

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::Result;
use crate::fs;
use crate::model::Environment;
use crate::process::Cancel;
use crate::steps::context::CompileContext;
use crate::steps::ids::step_id;
use crate::steps::path_mapping::joined;
use crate::steps::prepared_module::PreparedLibrary;
use crate::steps::tool_run::ToolRun;

/// Makes the archive of a library.
pub struct Archive<'a> {
    id: String,
    run: ToolRun<'a>,
    library: &'a PreparedLibrary,
    context: CompileContext<'a>,
}

impl<'a> Archive<'a> {
    /// The archive of a library.
    pub fn of(library: &'a PreparedLibrary, context: &CompileContext<'a>) -> Self {
        let sources = &library.sources;
        let toolchain = &sources.toolchain;
        let file = context.paths.in_command(&library.file);
        let out: OsString =
            if toolchain.family.is_msvc() { joined("/OUT:", &file) } else { file.into() };
        let objects =
            sources.units.iter().map(|unit| context.paths.in_command(&unit.object).into());
        let flags = toolchain.archive.flags.iter().map(Into::into);
        let name = &library.spec.name;
        let run = ToolRun {
            command: &toolchain.archive,
            args: flags.chain([out]).chain(objects).collect(),
            family: toolchain.family,
            helpers: &[],
            environment: &sources.environment,
            directory: context.paths.root,
            response_file: context.paths.objects_of(name).join("archive.rsp"),
            doing: format!("archiving `{name}`"),
        };
        Archive { id: step_id("archive", &library.file, context), run, library, context: *context }
    }
}

impl Step for Archive<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        self.run.key(self.context.cache.paths(), &[])
    }

    fn environment(&self) -> &Environment {
        self.run.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let file = &self.library.file;
        fs::create_parent(file)?;
        let done = self.run.run(file, self.context.console, cancel)?;
        Ok(Ran {
            outputs: [file.clone()].into(),
            output: done.output,
            took: Some(done.took),
            ..Ran::default()
        })
    }

    fn inputs(&self, _ran: &Ran) -> BTreeSet<Input> {
        let objects = self.library.sources.units.iter().map(|unit| unit.object.clone());
        self.run.inputs().into_iter().chain(objects.map(Input::File)).collect()
    }
}
