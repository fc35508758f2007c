//! The step that links the objects of a module.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::Result;
use crate::fs;
use crate::model::Environment;
use crate::process::Cancel;
use crate::steps::context::CompileContext;
use crate::steps::ids::step_id;
use crate::steps::link_inputs::named_files;
use crate::steps::link_line::{self, LinkLine, link_args, link_language};
use crate::steps::prepared_module::{PreparedLibrary, PreparedModule};
use crate::steps::tool_run::ToolRun;

/// Links a module.
pub struct Link<'a> {
    id: String,
    line: LinkLine<'a>,
    run: ToolRun<'a>,
    module: &'a PreparedModule,
    context: CompileContext<'a>,
}

impl<'a> Link<'a> {
    /// The link of a module.
    ///
    /// # Errors
    /// There is no compiler for the language that it is linked as.
    pub fn of(
        module: &'a PreparedModule,
        libraries: &'a [PreparedLibrary],
        context: &CompileContext<'a>,
    ) -> Result<Self> {
        let spec = &module.target.spec;
        let sources = &module.sources;
        let of_libraries =
            module.libraries.iter().flat_map(|index| &libraries[*index].sources.units);
        let units = sources.units.iter().chain(of_libraries);
        let line = LinkLine {
            spec,
            units: &sources.units,
            archives: &module.archives,
            file: &module.target.file,
            toolchain: &sources.toolchain,
            commands: sources.toolchain.commands(link_language(spec, units))?,
            target: context.target,
            paths: context.paths,
            options: context.options,
        };
        let run = ToolRun {
            command: &line.commands.link,
            args: link_args(&line),
            family: sources.toolchain.family,
            environment: &sources.environment,
            directory: context.paths.root,
            response_file: context.paths.objects_of(spec.name.as_str()).join("link.rsp"),
            doing: format!("linking `{}`", spec.name),
        };
        let id = step_id("link", &module.target.file, context);
        Ok(Link { id, line, run, module, context: *context })
    }

    /// The whole command, as it would be typed.
    pub fn command(&self) -> Vec<OsString> {
        self.run.words()
    }

    /// The files that the command names, and the libraries that it may mean.
    fn named_files(&self) -> BTreeSet<PathBuf> {
        let words = self.run.words();
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        let system = system_folders(self.context.target.sysconfig.soabi.as_deref());
        named_files(&words.collect::<Vec<_>>(), self.context.paths.root, &system)
    }
}

impl Step for Link<'_> {
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
        let target = &self.module.target;
        let mut warnings = Vec::new();
        if self.context.target.interpreter.is_windows()
            && !target.spec.runtime_library_dirs.is_empty()
        {
            let name = &target.spec.name;
            warnings.push(format!(
                "`runtime_library_dirs` of `{name}` has no effect: Windows knows no run path"
            ));
        }
        fs::create_parent(&target.file)?;
        if let Some((file, text)) = link_line::export_list(&self.line) {
            fs::write_text(&file, &text)?;
        }
        let done = self.run.run(&target.file, self.context.console, cancel)?;
        Ok(Ran {
            outputs: [target.file.clone()].into(),
            output: done.output,
            warnings,
            took: Some(done.took),
            ..Ran::default()
        })
    }

    fn inputs(&self, _ran: &Ran) -> BTreeSet<Input> {
        let objects = self.module.sources.units.iter().map(|unit| unit.object.clone());
        let archives = self.module.archives.iter().cloned();
        let root = self.context.paths.root;
        let named = self.module.target.spec.extra_objects.iter().map(|file| root.join(file));
        let files = objects.chain(archives).chain(named).chain(self.named_files());
        self.run.inputs().into_iter().chain(files.map(Input::File)).collect()
    }
}

fn system_folders(soabi: Option<&str>) -> Vec<PathBuf> {
    let multiarch = soabi.unwrap_or_default().splitn(3, '-').nth(2).unwrap_or_default();
    let roots = ["/usr/local/lib", "/usr/lib", "/lib", "/usr/local/lib64", "/usr/lib64", "/lib64"];
    roots.iter().flat_map(|root| [Path::new(root).join(multiarch), PathBuf::from(root)]).collect()
}
