//! The step that compiles one source.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{CompileSpec, Environment, Task, TaskKind};
use crate::process::Cancel;
use crate::python::abi::LIMITED_API;
use crate::python::stable_abi;
use crate::steps::cdef_checks;
use crate::steps::compile_args::{compile_args, dependency_args};
use crate::steps::compile_failure::{self, RefusedCompile, Remedies};
use crate::steps::compile_inputs::CompileRun;
use crate::steps::compile_line::{CompileLine, dep_file};
use crate::steps::context::CompileContext;
use crate::steps::depfile;
use crate::steps::ids::step_id;
use crate::steps::prepared_module::{PreparedSources, shown_source};
use crate::steps::tool_run::{Asking, ToolRun};
use crate::steps::toolchains::COMPILER;
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
            helpers: assembler(&line),
            environment: &sources.environment,
            directory: context.paths.root,
            response_file: beside(&unit.object, ".rsp"),
            doing: format!("compiling `{shown}` for `{}`", spec.name),
        };
        Ok(Compile { id: step_id("compile", &unit.object, context), line, run, context: *context })
    }

    /// Where the compiler says that; `None` where it does not.
    pub(super) fn dep_file(&self) -> Option<PathBuf> {
        dep_file(&self.line)
    }

    /// Whether the source, which was compiled for all of Python's API, uses the limited one alone:
    /// it compiles for that as well. Nothing is made.
    ///
    /// # Errors
    /// The build is cancelled.
    pub(super) fn uses_limited_api(&self, cancel: &Cancel) -> Result<bool> {
        if self.run.family.is_msvc() {
            return Ok(false);
        }
        let version = self.context.target.interpreter.version.hexadecimal();
        let version = format!("-D{LIMITED_API}={version}");
        let implicit = "-Werror=implicit-function-declaration".to_owned();
        let nobody = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let nothing = ["-fsyntax-only", "-MF", nobody].map(str::to_owned);
        self.run.accepts(&[vec![version, implicit], nothing.into()].concat(), cancel)
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

    fn question(&self) -> Asking {
        let asking = self.run.args.clone();
        let words = dependency_args(&self.line);
        let at = asking.windows(words.len().max(1)).position(|window| window == words);
        let mut plain = asking.clone();
        if let Some(at) = at {
            plain.drain(at..at + words.len());
        }
        Asking { asking, plain, refusals: &["-MD", "-MT", "-MF"] }
    }

    /// The files that the compiler says it read, the source among them; `None` where it does not tell.
    pub(super) fn files_read(&self) -> Option<BTreeSet<PathBuf>> {
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

    fn explained(&self, error: Error) -> Error {
        let spec = self.line.spec;
        let paths = self.context.paths;
        let (source, root) = (self.line.unit.source.as_path(), paths.root);
        let remedies = Remedies {
            unchecked: cdef_checks::UNCHECKED_BY_SETTING,
            whole_api: stable_abi::WHOLE_BY_SETTING,
        };
        let build_dir = paths.build_dir;
        let compile = RefusedCompile { spec: &spec, source, root, build_dir, remedies };
        compile_failure::explained(error, &compile)
    }
}

impl Step for Compile<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let is_real = self.context.options.names_real_places();
        let is_mapped = self.line.toolchain.prefix_map == PrefixMap::Supported && !is_real;
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
        let question = self.question();
        let done = self.run.run_asking(&question, &unit.object, self.context.console, cancel);
        let mut done = done.map_err(|error| self.explained(error))?;
        if Some(unit.source.as_path()) == self.line.spec.generated_source {
            let root = self.context.paths.root;
            done.output = cdef_checks::with_warnings(done.output, &self.line.spec, root);
        }
        let dep_file = dep_file.filter(|file| file.exists());
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
        let root = self.context.paths.root;
        let words: Vec<String> = self.run.words().iter().map(to_text).collect();
        let run = CompileRun {
            words: &words,
            environment: self.run.environment,
            root,
            python_includes: self.line.python_includes,
            read: self.files_read(),
        };
        let depends = self.line.spec.depends.iter().map(|file| Input::File(root.join(file)));
        self.run.inputs().into_iter().chain(run.inputs()).chain(depends).collect()
    }
}

/// Clang has an assembler inside.
fn assembler(line: &CompileLine) -> &'static [&'static str] {
    let words = line.commands.compile.flags.iter().chain(line.spec.extra_compile_args);
    match line.toolchain.family {
        Family::Gcc { .. } => &["as"],
        Family::Clang { .. } if words.into_iter().any(|word| word == "-fno-integrated-as") => {
            &["as"]
        }
        Family::Clang { .. } | Family::Msvc { .. } => &[],
    }
}

fn to_text(word: &OsString) -> String {
    word.to_string_lossy().into_owned()
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
