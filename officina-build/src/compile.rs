//! Compiles the C of a module into a static library, with the compiler that the `cc` crate finds.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use officina::error::{Error, Result};
use officina::fs;
use officina::model::{Environment, ExtensionSpec, Interpreter, Language, Macro};
use officina::process::{self, Invocation, describe_status};
use officina::steps::compile_args::dependency_words;
use officina::steps::compile_failure::{self, RefusedCompile, Remedies};
use officina::steps::{cdef_checks, compiled_api, depfile};
use officina::toolchain::Family;

use crate::abi::Wanted;
use crate::cargo::{BuildScript, warnings};
use crate::rust_code;

/// What a build script says to get another build.
const REMEDIES: Remedies = Remedies {
    unchecked: "to leave this check to cffi at run time: `.define(\"OFFICINA_UNCHECKED\", None)`",
    whole_api: "say `.limited_api(LimitedApi::Off)` in the build script",
};

/// A module that is to be compiled.
pub(crate) struct Compiling<'a> {
    pub spec: &'a ExtensionSpec,
    pub wanted: Wanted,
    pub interpreter: &'a Interpreter,
    /// The working directory of the compiler.
    pub root: &'a Path,
    /// Where everything is written.
    pub folder: &'a Path,
    pub includes: &'a [PathBuf],
    pub python_includes: &'a [PathBuf],
    pub definitions: &'a [(String, Option<String>)],
    pub flags: &'a [String],
    pub script: &'a BuildScript,
}

/// Compiles a module, puts the objects into a static library and has Cargo link it. Returns the
/// files that compilers and linkers read.
///
/// # Errors
/// There is no compiler; it fails (the error holds all that it said); the module has another ABI
/// than was asked for.
pub(crate) fn run(compiling: &Compiling) -> Result<Vec<PathBuf>> {
    let spec = compiling.spec;
    let name = rust_code::mangled(&spec.name);
    let objects = compiling.folder.join("objects").join(&name);
    fs::create_dir(&objects)?;
    // Clones share what `cc` has asked a compiler: which one it is, and which flags it knows.
    let build = compiling.build(&macros(compiling)?);
    let mut archive = build.clone();
    let mut read = spec.depends.iter().map(|file| compiling.root.join(file)).collect::<Vec<_>>();
    for (number, source) in spec.generated_source.iter().chain(&spec.sources).enumerate() {
        let source = compiling.root.join(source);
        let object = objects.join(format!("{number}.o"));
        let files = compiling.compile(&build, &source, &object)?;
        if number == 0 {
            let compiled = compiled_api::of(files.iter().map(PathBuf::as_path));
            compiling.wanted.check(spec, compiling.interpreter, compiled)?;
        }
        read.extend(files);
        archive.object(object);
    }
    for object in spec.extra_objects.iter().filter(|object| is_object(object)) {
        archive.object(compiling.root.join(object));
    }
    read.extend(spec.extra_objects.iter().map(|object| compiling.root.join(object)));
    archive.cpp(compiling.is_cxx()).try_compile(&format!("officina_{name}")).map_err(|e| {
        Error::new(format!("cannot make the static library of `{}`: {e}", spec.name))
    })?;
    Ok(read)
}

/// The macros of a module, in the order in which they apply.
fn macros(compiling: &Compiling) -> Result<Vec<Macro>> {
    let spec = compiling.spec;
    let renamed =
        |from: &str, to: String| Macro::Define(format!("{from}{}", spec.name.last()), Some(to));
    let own = compiling
        .definitions
        .iter()
        .map(|(name, value)| Macro::Define(name.clone(), value.clone()));
    let mut macros = spec.macros.clone();
    macros.extend(compiling.wanted.macros(spec, compiling.interpreter)?);
    macros.extend(own);
    macros.push(renamed("PyInit_", rust_code::init_symbol(&spec.name)));
    macros.push(renamed("_cffi_pypyinit_", rust_code::pypy_init_symbol(&spec.name)));
    Ok(macros)
}

fn is_object(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == "o" || suffix == "obj")
}

impl Compiling<'_> {
    fn is_cxx(&self) -> bool {
        let sources = self.spec.generated_source.iter().chain(&self.spec.sources);
        self.spec.language == Some(Language::Cxx)
            || sources.into_iter().any(|source| Language::of_source(source) == Some(Language::Cxx))
    }

    /// All flags for the module's sources. It says nothing but which variables it reads and what it
    /// makes.
    fn build(&self, macros: &[Macro]) -> cc::Build {
        let mut build = cc::Build::new();
        build.cargo_warnings(false).cargo_debug(false).warnings(false);
        build.out_dir(self.folder.join("lib"));
        for one in macros {
            match one {
                Macro::Define(name, value) => build.define(name, value.as_deref()),
                Macro::Undefine(name) => build.flag(format!("-U{name}")),
            };
        }
        let own = self.spec.include_dirs.iter().map(|folder| self.root.join(folder));
        build.includes(own).includes(self.includes).includes(self.python_includes);
        // Neither this folder nor that of the project gets into `__FILE__`, and so into what is
        // built.
        for folder in [self.root, self.folder] {
            build.flag_if_supported(format!("-ffile-prefix-map={}=.", folder.display()));
        }
        self.spec.extra_compile_args.iter().for_each(|word| _ = build.flag(word));
        self.flags.iter().for_each(|word| _ = build.flag_if_supported(word));
        build
    }

    /// The compiler for a source, with all flags.
    fn compiler(&self, build: &cc::Build, source: &Path) -> Result<cc::Tool> {
        let is_cxx = Language::of_source(source) == Some(Language::Cxx);
        build.clone().cpp(is_cxx).try_get_compiler().map_err(|e| {
            Error::new(format!("no compiler for `{}`: {e}", self.script.target)).hint(
                "install a C compiler, or name one with CC; in a cross build, with CC_<target>",
            )
        })
    }

    /// Returns the files that the compiler read.
    fn compile(&self, build: &cc::Build, source: &Path, object: &Path) -> Result<Vec<PathBuf>> {
        let tool = self.compiler(build, source)?;
        let dep_file = object.with_extension("d");
        let invocation = self.invocation(&tool, source, object, &dep_file);
        let log = object.with_extension("log");
        let file = File::create(&log).map_err(|e| Error::io("write", &log, &e))?;
        let status = process::run_as_guest(&invocation, &file)?;
        let said = std::fs::read(&log).map_err(|e| Error::io("read", &log, &e))?;
        let said = String::from_utf8_lossy(&said).into_owned();
        if !status.success() {
            let shown = source.strip_prefix(self.root).unwrap_or(source).display();
            let ending = describe_status(status);
            let message = format!("compiling `{shown}` for `{}` failed: {ending}", self.spec.name);
            let note = format!("the command was: {}", invocation.command_line());
            let error = Error::new(message).output(said).note(note);
            let compile = RefusedCompile {
                spec: &self.spec.compile(),
                source,
                root: self.root,
                build_dir: self.folder,
                remedies: REMEDIES,
            };
            return Err(compile_failure::explained(error, &compile));
        }
        let said = cdef_checks::with_warnings(said, &self.spec.compile(), self.root);
        warnings(&said).for_each(|line| println!("{line}"));
        let text = std::fs::read(&dep_file).map_err(|e| Error::io("read", &dep_file, &e))?;
        let text = String::from_utf8_lossy(&text);
        let read = match family(&tool) {
            Family::Msvc { clang_cl: false } => depfile::from_microsoft(&text),
            _ => depfile::from_make(&text),
        };
        Ok(read.into_iter().map(|file| self.root.join(file)).collect())
    }

    fn invocation(
        &self,
        tool: &cc::Tool,
        source: &Path,
        object: &Path,
        dep_file: &Path,
    ) -> Invocation {
        let command = tool.to_command();
        let mut arguments: Vec<OsString> = command.get_args().map(OsString::from).collect();
        arguments.extend(dependency_words(family(tool), dep_file));
        let mut made_in = OsString::from("/Fo");
        made_in.push(object);
        match family(tool) {
            Family::Msvc { clang_cl } => {
                arguments.extend(["/c".into(), made_in]);
                // clang-cl would take `/home` for an option; `cl` knows no `--`.
                arguments.extend(clang_cl.then(|| "--".into()));
                arguments.push(source.into());
            }
            _ => arguments.extend(["-c".into(), source.into(), "-o".into(), object.into()]),
        }
        Invocation {
            program: command.get_program().to_owned(),
            arguments,
            directory: self.root.to_owned(),
            environment: self.environment(&command),
        }
    }

    /// What the compiler sees: what the builder has changed in `os.environ` is meant for it.
    fn environment(&self, command: &std::process::Command) -> Environment {
        let mut environment = self.script.environment.with(&self.spec.environment);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => environment.0.insert(name.into(), value.into()),
                None => environment.0.remove(name),
            };
        }
        environment
    }
}

fn family(tool: &cc::Tool) -> Family {
    match tool.is_like_msvc() {
        true => Family::Msvc { clang_cl: tool.is_like_clang_cl() },
        false => Family::Gcc { version: None },
    }
}
