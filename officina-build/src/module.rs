//! The description of a module, and the order of the work.

use std::ffi::OsStr;
use std::path::PathBuf;

use officina::error::{Error, Result};
use officina::model::{Abi, Interpreter, Module as BuilderModule, Target};
use officina::steps::builder::guest::GuestAnswer;

use crate::abi::Wanted;
use crate::cargo::{BuildScript, Instruction, warnings};
use crate::compile::{self, Compiling};
use crate::generate::{self, Work};
use crate::headers;
use crate::inputs::{self, Read};
use crate::limited_api::LimitedApi;
use crate::link;
use crate::pyo3::{self, Pyo3Config};
use crate::python;
use crate::rust_code;

/// A CFFI module that becomes a part of this crate. See the [documentation of the crate](crate).
#[derive(Debug, Clone)]
#[must_use = "nothing is made before `compile()`"]
pub struct Module {
    work: Work,
    root: PathBuf,
    python: Option<PathBuf>,
    python_includes: Vec<PathBuf>,
    includes: Vec<PathBuf>,
    definitions: Vec<(String, Option<String>)>,
    flags: Vec<String>,
    limited_api: LimitedApi,
}

impl Module {
    /// The module that a builder script makes: `"path/of/script.py:object"`, as in `cffi_modules`
    /// of setuptools. The script may be a dotted name, too. The object is an `FFI` whose
    /// `set_source()` was called, a list of them, or a function that returns either; of a list,
    /// every module is compiled.
    ///
    /// The script is executed, not imported, with `__name__ == "__cffi__"`.
    pub fn entry(entry: impl Into<String>) -> Self {
        Self::of(Work::Entry(entry.into()))
    }

    /// A module without a builder script: its dotted name, what `ffi.cdef()` would be told, and the
    /// C that `ffi.set_source()` would be given.
    pub fn declared(
        name: impl Into<String>,
        cdef: impl Into<String>,
        source: impl Into<String>,
    ) -> Self {
        Self::of(Work::Declared { name: name.into(), cdef: cdef.into(), source: source.into() })
    }

    fn of(work: Work) -> Self {
        Module {
            work,
            root: PathBuf::from("."),
            python: None,
            python_includes: Vec::new(),
            includes: Vec::new(),
            definitions: Vec::new(),
            flags: Vec::new(),
            limited_api: LimitedApi::default(),
        }
    }

    /// The working directory of the builder and of the compiler: entries, and relative paths in
    /// `set_source()`, start there. Relative to the folder of this crate's Cargo.toml, which is the
    /// default.
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.root = folder.into();
        self
    }

    /// The Python that runs the builder, by its path or its name in `PATH`, in the place of the one
    /// that PyO3 would take.
    pub fn python(mut self, python: impl Into<PathBuf>) -> Self {
        self.python = Some(python.into());
        self
    }

    /// A folder that holds `Python.h` for the Python that is built for, in the place of the folders
    /// that the builder's Python names. A cross build wants it where `PYO3_CROSS_LIB_DIR` does not
    /// lead to it.
    pub fn python_include(mut self, folder: impl Into<PathBuf>) -> Self {
        self.python_includes.push(folder.into());
        self
    }

    /// A folder of headers, searched after the module's own `include_dirs`. Relative to the folder
    /// of this crate's Cargo.toml.
    pub fn include(mut self, folder: impl Into<PathBuf>) -> Self {
        self.includes.push(folder.into());
        self
    }

    /// Several folders of headers, or perhaps one:
    /// `.includes(std::env::var_os("DEP_OPENSSL_INCLUDE"))`.
    pub fn includes<P: AsRef<OsStr>>(mut self, folders: impl IntoIterator<Item = P>) -> Self {
        self.includes.extend(folders.into_iter().map(|folder| PathBuf::from(folder.as_ref())));
        self
    }

    /// Defines a macro, after those of the module: `.define("WIN32_LEAN_AND_MEAN", None)`.
    pub fn define<'a>(mut self, name: &str, value: impl Into<Option<&'a str>>) -> Self {
        self.definitions.push((name.to_owned(), value.into().map(str::to_owned)));
        self
    }

    /// A further word for the compiler, after the module's `extra_compile_args`. One that the
    /// compiler does not know is left out.
    pub fn flag(mut self, word: impl Into<String>) -> Self {
        self.flags.push(word.into());
        self
    }

    /// Which part of Python's C API the C is compiled for.
    pub fn limited_api(mut self, api: LimitedApi) -> Self {
        self.limited_api = api;
        self
    }

    /// Runs the builder in one Python, compiles what it generates into a static library, and tells
    /// Cargo on stdout what to link and when to run the build script again.
    ///
    /// # Errors
    /// This is no build script; there is no Python, or it has no cffi; the builder is not there or
    /// fails; its module is not C (ABI mode); the compiler fails. The [`Error`](crate::Error) holds
    /// all that these programs said.
    pub fn compile(self) -> Result<(), crate::error::Error> {
        Ok(self.compile_in(&BuildScript::of(std::env::vars_os().collect())?)?)
    }

    fn compile_in(&self, script: &BuildScript) -> Result<()> {
        let config = Pyo3Config::find(&script.environment)?;
        let wanted = Wanted::of(self.limited_api, config.as_ref())?;
        let found = python::find(self.python.as_deref(), config.as_ref(), script)?;
        print(&pyo3::instructions(&script.environment));
        print(&found.instructions);
        let root = self.root_in(script)?;
        let folder = script.out_dir.join("officina").join(self.work.folder_name());
        let answer = generate::run(&self.work, &found.program, &root, &folder, script)?;
        eprint!("{}", answer.said);
        let interpreter = headers::interpreter(&answer, config.as_ref(), script);
        let sysconfig = headers::sysconfig(&answer, script);
        let (modules, told) = answer.modules(&interpreter, wanted.setting())?;
        print(&told.iter().flat_map(|text| warnings(text)).collect::<Vec<_>>());
        let python_includes = self.python_includes_in(&answer, &interpreter, script)?;
        let mut read = Read::by_builder(answer.inputs());
        for module in &modules {
            let compiling = Compiling {
                spec: compiled(module)?,
                wanted,
                interpreter: &interpreter,
                root: &root,
                folder: &folder,
                includes: &self.includes_in(script),
                python_includes: &python_includes,
                definitions: &self.definitions,
                flags: &self.flags,
                script,
            };
            read.add_compile(compile::run(&compiling)?);
            print(&link::instructions(compiling.spec, &root, &script.target)?);
            let target = Target { interpreter: &interpreter, sysconfig: &sysconfig };
            print(&link::python(compiling.spec, target, script));
            rust_code::write(&compiling.spec.name, &interpreter, &script.out_dir.join("officina"))?;
        }
        print(&inputs::instructions(&read, &answer.prefixes, &root, script));
        Ok(())
    }

    fn root_in(&self, script: &BuildScript) -> Result<PathBuf> {
        let folder = script.manifest_dir.join(&self.root);
        // Windows' own form of a canonical path is one that many programs do not understand.
        let whole =
            if cfg!(windows) { std::path::absolute(&folder) } else { folder.canonicalize() };
        whole.ok().filter(|folder| folder.is_dir()).ok_or_else(|| {
            Error::new(format!("`{}` is not a folder", folder.display()))
                .hint("`root()` takes a path from the folder of this crate's Cargo.toml")
        })
    }

    fn includes_in(&self, script: &BuildScript) -> Vec<PathBuf> {
        self.includes.iter().map(|folder| script.manifest_dir.join(folder)).collect()
    }

    fn python_includes_in(
        &self,
        answer: &GuestAnswer,
        interpreter: &Interpreter,
        script: &BuildScript,
    ) -> Result<Vec<PathBuf>> {
        if self.python_includes.is_empty() {
            return headers::python_includes(answer, interpreter, script);
        }
        let absolute = |folder: &PathBuf| script.manifest_dir.join(folder);
        Ok(self.python_includes.iter().map(absolute).collect())
    }
}

/// What is to compile of a module.
fn compiled(module: &BuilderModule) -> Result<&officina::model::ExtensionSpec> {
    let name = module.name();
    match module.extension() {
        None => {
            Err(Error::new(format!("`{name}` is a Python module: there is nothing to compile"))
                .hint("give `set_source()` C as its second argument, not None"))
        }
        Some(spec) if spec.abi == Abi::Embedding => {
            Err(Error::new(format!("`{name}` is a library that embeds Python, not a module"))
                .hint("do without `embedding_api()`: `init()` imports the module on PyPy, too"))
        }
        Some(spec) => Ok(spec),
    }
}

fn print(instructions: &[Instruction]) {
    instructions.iter().for_each(|instruction| println!("{instruction}"));
}
