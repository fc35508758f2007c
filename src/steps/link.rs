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
use crate::steps::link_line::{self, LinkLine, link_args, link_language};
use crate::steps::prepared_module::PreparedModule;
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
    pub fn of(module: &'a PreparedModule, context: &CompileContext<'a>) -> Result<Self> {
        let spec = &module.target.spec;
        let line = LinkLine {
            spec,
            units: &module.units,
            file: &module.target.file,
            toolchain: &module.toolchain,
            commands: module.toolchain.commands(link_language(spec, &module.units))?,
            target: context.target,
            paths: context.paths,
            options: context.options,
        };
        let run = ToolRun {
            command: &line.commands.link,
            args: link_args(&line),
            family: module.toolchain.family,
            environment: &module.environment,
            directory: context.paths.root,
            response_file: context.paths.objects_of(spec).join("link.rsp"),
            doing: format!("linking `{}`", spec.name),
        };
        let id = step_id("link", &module.target.file, context);
        Ok(Link { id, line, run, module, context: *context })
    }

    /// The whole command, as it would be typed.
    pub fn command(&self) -> Vec<OsString> {
        self.run.words()
    }

    /// The libraries that the command may mean. One that is not there counts too: it would be found
    /// before another, were it made.
    fn libraries(&self) -> BTreeSet<PathBuf> {
        let words = self.run.words();
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        let root = self.context.paths.root;
        let folder = |word: &str| {
            word.strip_prefix("-L").or(word.strip_prefix("/LIBPATH:")).map(|name| root.join(name))
        };
        let folders: Vec<PathBuf> = words.iter().filter_map(|word| folder(word)).collect();
        let system = system_folders(self.context.target.sysconfig.soabi.as_deref());
        let mut files = BTreeSet::new();
        for name in words.iter().filter_map(|word| word.strip_prefix("-l")) {
            for suffix in ["so", "a", "dylib"] {
                let file = format!("lib{name}.{suffix}");
                files.extend(folders.iter().map(|folder| folder.join(&file)));
                let found = system.iter().map(|folder| folder.join(&file));
                files.extend(found.filter(|path| path.is_file()));
            }
        }
        let plain = words.iter().filter(|word| word.ends_with(".lib") || word.ends_with(".def"));
        for word in plain {
            files.extend(folders.iter().map(|folder| folder.join(&**word)));
        }
        files
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
        let objects = self.module.units.iter().map(|unit| unit.object.clone());
        let root = self.context.paths.root;
        let named = self.module.target.spec.extra_objects.iter().map(|file| root.join(file));
        let files = objects.chain(named).chain(self.libraries());
        self.run.inputs().into_iter().chain(files.map(Input::File)).collect()
    }
}

fn system_folders(soabi: Option<&str>) -> Vec<PathBuf> {
    let multiarch = soabi.unwrap_or_default().splitn(3, '-').nth(2).unwrap_or_default();
    let roots = ["/usr/local/lib", "/usr/lib", "/lib", "/usr/local/lib64", "/usr/lib64", "/lib64"];
    roots.iter().flat_map(|root| [Path::new(root).join(multiarch), PathBuf::from(root)]).collect()
}
