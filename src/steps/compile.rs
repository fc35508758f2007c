//! The step that compiles one source.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::Result;
use crate::fs;
use crate::model::{CompileSpec, Environment, Task, TaskKind};
use crate::process::Cancel;
use crate::steps::compile_args::compile_args;
use crate::steps::compile_line::{CompileLine, dep_file};
use crate::steps::context::CompileContext;
use crate::steps::depfile;
use crate::steps::header_lookups::failed_lookups;
use crate::steps::ids::step_id;
use crate::steps::prepared_module::{COMPILER, PreparedSources, shown_source};
use crate::steps::tool_run::ToolRun;
use crate::steps::translation_unit::TranslationUnit;
use crate::toolchain::{Family, PrefixMap};

/// Compiles one source of a module or of a library.
pub struct Compile<'a> {
    id: String,
    line: CompileLine<'a>,
    run: ToolRun<'a>,
    context: CompileContext<'a>,
}

impl<'a> Compile<'a> {
    /// The compile of one of these sources.
    ///
    /// # Errors
    /// There is no compiler for its language.
    pub fn of(
        unit: &'a TranslationUnit,
        spec: CompileSpec<'a>,
        sources: &'a PreparedSources,
        context: &CompileContext<'a>,
    ) -> Result<Self> {
        let line = CompileLine {
            unit,
            spec,
            toolchain: &sources.toolchain,
            commands: sources.toolchain.commands(unit.language)?,
            python_includes: &context.target.sysconfig.include_dirs,
            environment: &sources.environment,
            paths: context.paths,
            options: context.options,
            kind: context.kind,
        };
        let shown = shown_source(&unit.source, context);
        let run = ToolRun {
            command: &line.commands.compile,
            args: compile_args(&line),
            family: sources.toolchain.family,
            environment: &sources.environment,
            directory: context.paths.root,
            response_file: beside(&unit.object, ".rsp"),
            doing: format!("compiling `{shown}` for `{}`", spec.name),
        };
        Ok(Compile { id: step_id("compile", &unit.object, context), line, run, context: *context })
    }

    /// How people and timings call it.
    pub fn task(unit: &TranslationUnit, spec: &CompileSpec, context: &CompileContext) -> Task {
        Task::new(TaskKind::Compile, label(unit, spec, context))
            .after(TaskKind::Generate, [spec.declared_in])
            .after(TaskKind::Find, [COMPILER])
    }

    /// The whole command, as it would be typed.
    pub fn command(&self) -> Vec<OsString> {
        self.run.words()
    }

    /// The files that the compiler says it read, the source among them; `None` where it does not tell.
    fn files_read(&self) -> Option<BTreeSet<PathBuf>> {
        let unit = self.line.unit;
        let source = [unit.source.clone()];
        let files = match dep_file(&self.line) {
            // Assembly that no preprocessor sees includes nothing.
            None if unit.source.extension().is_some_and(|suffix| suffix == "s") => Vec::new(),
            None => return None,
            Some(file) => {
                let text = std::fs::read(file).ok()?;
                let text = String::from_utf8_lossy(&text);
                match self.run.family {
                    Family::Msvc { clang_cl: false } => depfile::from_microsoft(&text),
                    _ => depfile::from_make(&text),
                }
            }
        };
        let root = self.context.paths.root;
        Some(files.into_iter().chain(source).map(|file| root.join(file)).collect())
    }

    /// The folders where another header could be found first: those that the module names, and those
    /// of the project's own files, which `#include "..."` searches.
    fn searched_folders(&self, files: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let root = self.context.paths.root;
        let named = self.line.spec.include_dirs.iter().map(|folder| root.join(folder));
        let beside = files.iter().filter_map(|file| Some(file.parent()?.to_owned()));
        named.chain(beside.filter(|folder| folder.starts_with(root))).collect()
    }
}

impl Step for Compile<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let debugs = self.context.options.debugs_in_build_dir();
        let is_mapped = self.line.toolchain.prefix_map == PrefixMap::Supported && !debugs;
        // Else the folder gets into the object.
        let root = (!is_mapped).then(|| self.context.paths.root.to_string_lossy());
        self.run.key(self.context.cache.paths(), root.as_deref().as_slice())
    }

    fn environment(&self) -> &Environment {
        self.run.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let unit = self.line.unit;
        fs::create_parent(&unit.object)?;
        let dep_file = dep_file(&self.line);
        dep_file.as_deref().map_or(Ok(()), fs::remove_if_there)?;
        let done = self.run.run(&unit.object, self.context.console, cancel)?;
        // Microsoft's compiler says the name of each source, which the step's line says too.
        let is_name = unit.source.file_name().is_some_and(|name| done.output.trim() == name);
        Ok(Ran {
            outputs: [unit.object.clone()].into_iter().chain(dep_file).collect(),
            output: if is_name { String::new() } else { done.output },
            took: Some(done.took),
            cache: done.cache,
            ..Ran::default()
        })
    }

    fn inputs(&self, _ran: &Ran) -> BTreeSet<Input> {
        let mut inputs = self.run.inputs();
        let root = self.context.paths.root;
        inputs.extend(self.line.spec.depends.iter().map(|file| Input::File(root.join(file))));
        match self.files_read() {
            None => {
                inputs.insert(Input::Unknown("its compiler does not tell what it reads".into()));
            }
            Some(files) => {
                let folders = self.searched_folders(&files);
                let lookups = failed_lookups(files.iter().map(PathBuf::as_path), &folders);
                inputs.extend(lookups.into_iter().map(Input::Path));
                inputs.extend(files.into_iter().map(Input::File));
            }
        }
        inputs
    }
}

/// `pkg._foo: src/a.c`
pub fn label(unit: &TranslationUnit, spec: &CompileSpec, context: &CompileContext) -> String {
    format!("{}: {}", spec.name, shown_source(&unit.source, context))
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}
