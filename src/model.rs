//! The nouns of a build, in the order in which they come to be. Plain data: read this file first.
//!
//! ```text
//! Request ─┬─> Project ─────┐
//!          └─> Interpreter ─┴─> Builder ─> Module ─> Object ─> Extension ─> Manifest ─> wheel
//! ```
//!
//! A module's name, its libraries and its ABI choice are unknown until its builder has run: they
//! live in `set_source(name, source, **kwds)`. So a [`Builder`] holds references only, and
//! whatever depends on a name or a tag starts from [`Module`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::{Error, SourceText, Spanned};
pub use crate::project::metadata::Metadata;

// ---------------------------------------------------------------- the request

/// What a frontend asks for: a PEP 517 hook with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which product is wanted.
    pub hook: Hook,
    /// The source tree: the folder that holds `pyproject.toml`. Absolute.
    pub source_tree: PathBuf,
    /// The frontend's `config_settings`, parsed.
    pub config: ConfigSettings,
    /// The interpreter that the hook runs in, which is the one that is built for.
    pub interpreter: Interpreter,
}

/// The PEP 517 hooks. Only a hook that compiles carries what compiling needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// `get_requires_for_build_wheel`
    GetRequiresForBuildWheel,
    /// `prepare_metadata_for_build_wheel`
    PrepareMetadataForBuildWheel {
        /// Where the `.dist-info` folder goes.
        metadata_directory: PathBuf,
    },
    /// `build_wheel`
    BuildWheel {
        /// Where the wheel goes.
        wheel_directory: PathBuf,
        /// What `prepare_metadata_for_build_wheel` made before, if it was called.
        metadata_directory: Option<PathBuf>,
        /// How this interpreter's extension modules are compiled.
        sysconfig: Box<Sysconfig>,
        /// What builders need to run.
        builder_runtime: BuilderRuntime,
    },
    /// Compiles and links one extension whose C source exists already: the way in for
    /// `cffi.ffiplatform.compile`, and so for cffi's own test suite.
    CompileExtension {
        /// What to compile.
        extension: Box<ExtensionSpec>,
        /// The file to make. Absolute.
        target: PathBuf,
        /// How this interpreter's extension modules are compiled.
        sysconfig: Box<Sysconfig>,
    },
}

/// How builders are run in the interpreter that is built for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuilderRuntime {
    /// The Python program that runs one builder. Absolute.
    pub generator: PathBuf,
    /// `sys.path` of the hook's process: builders find modules where the hook does.
    pub sys_path: Vec<String>,
}

/// What may be said at build time, by `--config-settings` or the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigSettings {
    /// Optimised, or made for a debugger.
    pub profile: Profile,
    /// The most programs to run side by side; `None` asks the jobserver or the machine.
    pub jobs: Option<usize>,
    /// Show full commands.
    pub verbose: bool,
    /// Overrides `tool.officina.limited-api`.
    pub limited_api: Option<LimitedApi>,
}

/// How extension modules are compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// The interpreter's own optimisation, without debug information.
    #[default]
    Release,
    /// `-O0 -g`, or the compiler's equivalent.
    Debug,
}

// ---------------------------------------------------------------- the interpreter

/// Which interpreter is built for. Cheap to know; no hook goes without it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Interpreter {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys.implementation.name`: `cpython`, `pypy`, `graalpy`.
    pub implementation: String,
    /// `sys.version_info[:2]`.
    pub version: PythonVersion,
    /// PyPy's own version (`sys.pypy_version_info[:2]`); `None` elsewhere.
    pub pypy_version: Option<PythonVersion>,
    /// `Py_GIL_DISABLED`: the free-threaded build.
    pub free_threaded: bool,
    /// `Py_DEBUG`: the build has `sys.gettotalrefcount`.
    pub debug: bool,
    /// Bits in a pointer: 32 or 64.
    pub pointer_bits: u8,
    /// `sysconfig.get_platform()`: `linux-x86_64`, `macosx-11.0-universal2`, `win-amd64`, `mingw_x86_64`.
    pub platform: String,
}

impl Interpreter {
    /// Whether this is the reference implementation.
    pub fn is_cpython(&self) -> bool {
        self.implementation == "cpython"
    }

    /// Whether this is PyPy, which ships a cffi of its own.
    pub fn is_pypy(&self) -> bool {
        self.implementation == "pypy"
    }

    /// Whether extensions are built for Windows (MSVC or MinGW).
    pub fn is_windows(&self) -> bool {
        self.platform.starts_with("win") || self.platform.starts_with("mingw")
    }

    /// Whether extensions are built for macOS.
    pub fn is_macos(&self) -> bool {
        self.platform.starts_with("macosx")
    }
}

/// A `major.minor` version of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct PythonVersion(pub u8, pub u8);

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for PythonVersion {
    type Err = ();

    /// Reads `3.10`, `cp310` and `py310`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("cp").or_else(|| text.strip_prefix("py"));
        let (major, minor) = match digits {
            Some(digits) => digits.split_at_checked(1).ok_or(())?,
            None => text.split_once('.').ok_or(())?,
        };
        Ok(PythonVersion(major.parse().map_err(drop)?, minor.parse().map_err(drop)?))
    }
}

/// How the interpreter itself was compiled, from its `sysconfig`. A variable that this
/// interpreter does not have (most of them, on Windows) is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Sysconfig {
    /// C compiler command, `gcc -pthread`.
    pub cc: Option<String>,
    /// C++ compiler command.
    pub cxx: Option<String>,
    /// Flags for compiling C.
    pub cflags: Option<String>,
    /// Flags for position independent code.
    pub ccshared: Option<String>,
    /// Command that links an extension module.
    pub ldshared: Option<String>,
    /// Command that links an extension module with C++ in it.
    pub ldcxxshared: Option<String>,
    /// Archiver.
    pub ar: Option<String>,
    /// Suffix of a version-specific extension module: `.cpython-311-x86_64-linux-gnu.so`.
    pub ext_suffix: Option<String>,
    /// `cpython-311-x86_64-linux-gnu`.
    pub soabi: Option<String>,
    /// Platform part of a stable-ABI file name, where the interpreter wants one (3.15 and newer).
    pub soabi_platform: Option<String>,
    /// Folder of libpython.
    pub libdir: Option<PathBuf>,
    /// File name of libpython, static or shared.
    pub ldlibrary: Option<String>,
    /// File name of the shared libpython.
    pub instsoname: Option<String>,
    /// `Py_ENABLE_SHARED`: the executable itself links libpython.
    pub enable_shared: bool,
    /// Folders that hold `Python.h` and `pyconfig.h`, in the order to search them.
    pub include_dirs: Vec<PathBuf>,
    /// `sys.base_exec_prefix`: on Windows its `libs` folder holds the import libraries.
    pub base_exec_prefix: PathBuf,
    /// `MACOSX_DEPLOYMENT_TARGET` of the interpreter.
    pub macosx_deployment_target: Option<String>,
}

// ---------------------------------------------------------------- the project

/// What `pyproject.toml` says, resolved. Nothing in here needs a builder or a compiler.
#[derive(Debug, Clone)]
pub struct Project {
    /// The source tree. Absolute.
    pub root: PathBuf,
    /// The text of `pyproject.toml`, for errors that point into it.
    pub pyproject: Arc<SourceText>,
    /// `[project]`
    pub metadata: Metadata,
    /// `[tool.officina]`
    pub settings: Settings,
}

/// `[tool.officina]`, each value with its place in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `cffi_modules`: which builders make which modules, in the order written.
    pub cffi_modules: Vec<Spanned<BuilderRef>>,
    /// `ext-package`: the package that bare module names are put into.
    pub ext_package: Option<Spanned<String>>,
    /// `python-source`: the folder that holds the packages, relative to the project root.
    pub python_source: Option<Spanned<PathBuf>>,
    /// `packages`: `None` means discover them.
    pub packages: Option<Vec<Spanned<String>>>,
    /// `py-modules`: `None` means discover them.
    pub py_modules: Option<Vec<Spanned<String>>>,
    /// `include`: globs of files that the wheel holds as well, relative to the project root.
    pub include: Vec<Spanned<String>>,
    /// `exclude`: globs of files that the wheel does not hold, relative to the project root.
    pub exclude: Vec<Spanned<String>>,
    /// `limited-api`
    pub limited_api: LimitedApi,
}

/// The least Python that stable-ABI wheels claim to run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LimitedApi {
    /// From the lower bound of `requires-python`.
    #[default]
    FromRequiresPython,
    /// As set by the user.
    Minimum(PythonVersion),
    /// Build no module for the limited API.
    Off,
}

/// An entry of `cffi_modules`: `script:object`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderRef {
    /// Where the script is.
    pub script: ScriptRef,
    /// The name of the `FFI` object, or of the function that returns one.
    pub object: String,
}

/// The left part of a [`BuilderRef`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptRef {
    /// `tools/build_foo.py`: a path from the project root, with the user's spelling kept.
    Path(PathBuf),
    /// `pkg.build_foo`: looked up as `pkg/build_foo.py` from the project root, then from the
    /// source root.
    Dotted(String),
}

impl fmt::Display for BuilderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.script {
            ScriptRef::Path(path) => write!(f, "{}:{}", path.display(), self.object),
            ScriptRef::Dotted(name) => write!(f, "{name}:{}", self.object),
        }
    }
}

// ---------------------------------------------------------------- builders and what they make

/// One builder script with all the entries that it serves: it runs once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// The script as it is given to Python: relative to the project root where it lies inside.
    pub script: PathBuf,
    /// The objects wanted from it, each pointing at its entry in `pyproject.toml`.
    pub entries: Vec<Spanned<String>>,
}

/// The dotted, full name of a Python module. Invariant: every part is a Python identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleName(String);

impl ModuleName {
    /// Checks a dotted name; `None` if a part is not an identifier.
    pub fn new(dotted: &str) -> Option<Self> {
        dotted.split('.').all(is_identifier).then(|| ModuleName(dotted.to_owned()))
    }

    /// `pkg._foo`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `_foo`
    pub fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// The folder of the module in the wheel, with `/`: `pkg`, or nothing for a top-level module.
    pub fn folder(&self) -> String {
        self.0.rsplit_once('.').map(|(package, _)| package.replace('.', "/")).unwrap_or_default()
    }

    /// The path of one of the module's files in the wheel: `pkg/_foo.abi3.so`.
    pub fn file(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.0.replace('.', "/"))
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a word can be a Python name (keywords are let through, as in cffi).
pub fn is_identifier(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && letters.all(|c| c == '_' || c.is_alphanumeric())
}

/// What one entry of `cffi_modules` turned out to be, once its builder has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Module {
    /// API mode: C or C++ that is compiled into an extension module.
    Extension(Box<ExtensionSpec>),
    /// Out-of-line ABI mode (`source=None`): a Python module, complete as generated.
    Python(PythonModule),
}

impl Module {
    /// The module's full name.
    pub fn name(&self) -> &ModuleName {
        match self {
            Module::Extension(extension) => &extension.name,
            Module::Python(module) => &module.name,
        }
    }

    /// What is to compile, in API mode.
    pub fn extension(&self) -> Option<&ExtensionSpec> {
        match self {
            Module::Extension(extension) => Some(extension),
            Module::Python(_) => None,
        }
    }

    /// What is complete already, in out-of-line ABI mode.
    pub fn python(&self) -> Option<&PythonModule> {
        match self {
            Module::Extension(_) => None,
            Module::Python(module) => Some(module),
        }
    }
}

/// A Python module that cffi generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonModule {
    /// Its full name.
    pub name: ModuleName,
    /// The generated file.
    pub path: PathBuf,
}

/// All that `set_source()` said about an extension module, cleaned and resolved. Relative paths
/// are relative to the project root, which is the working directory of every compiler run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionSpec {
    /// Its full name.
    pub name: ModuleName,
    /// The C or C++ file that cffi generated. Absolute.
    pub generated_source: PathBuf,
    /// The builder script, as messages call it.
    pub builder: String,
    /// `sources`: the user's own C and C++ files, in the order given.
    pub sources: Vec<PathBuf>,
    /// `include_dirs`
    pub include_dirs: Vec<PathBuf>,
    /// `define_macros` and `undef_macros`, in the order in which they apply.
    pub macros: Vec<Macro>,
    /// `library_dirs`
    pub library_dirs: Vec<PathBuf>,
    /// `libraries`
    pub libraries: Vec<String>,
    /// `runtime_library_dirs`; may hold `$ORIGIN`.
    pub runtime_library_dirs: Vec<String>,
    /// `extra_objects`
    pub extra_objects: Vec<PathBuf>,
    /// `extra_compile_args`
    pub extra_compile_args: Vec<String>,
    /// `extra_link_args`
    pub extra_link_args: Vec<String>,
    /// `export_symbols`
    pub export_symbols: Vec<String>,
    /// `depends`: files that make the module stale; they belong into the sdist.
    pub depends: Vec<PathBuf>,
    /// `language`: forces linking as this language. What a source is, its suffix says.
    pub language: Option<Language>,
    /// `optional`: a failure leaves the module out, with a warning.
    pub optional: bool,
    /// What the file is called and which Pythons may load it.
    pub abi: Abi,
    /// What the builder changed in `os.environ`, meant for the compiler.
    pub environment: BTreeMap<String, Option<String>>,
}

/// `-D`, `-U`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Macro {
    /// Defined, as `NAME` or as `NAME=VALUE`.
    Define(String, Option<String>),
    /// Undefined.
    Undefine(String),
}

/// The languages that a CFFI module's sources are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// C
    C,
    /// C++
    Cxx,
}

/// Which interpreters may load an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// The limited API: `.abi3.so`.
    Limited {
        /// The least version that its own arguments ask for (`py_limited_api="cp310"`, or a value
        /// for the macro `Py_LIMITED_API`).
        minimum: Option<PythonVersion>,
    },
    /// The limited API of free-threaded Python, 3.15 and newer: `.abi3t.so`.
    LimitedFreeThreaded,
    /// This interpreter's version only.
    Version,
    /// Not a module but a library that embeds Python (`ffi.embedding_api`): it links libpython.
    Embedding,
}

// ---------------------------------------------------------------- compiled

/// A linked extension module, read and found complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its full name.
    pub name: ModuleName,
    /// The linked file.
    pub path: PathBuf,
    /// Where it goes in the wheel: `pkg/_foo.abi3.so`.
    pub wheel_path: String,
    /// Which interpreters may load it.
    pub abi: Abi,
}

// ---------------------------------------------------------------- packaged

/// A file of the source tree, as the walk over it found it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeFile {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// Whether its owner may execute it.
    pub executable: bool,
}

/// The source tree as the walk over it found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The project root. Absolute.
    pub root: PathBuf,
    /// Every file that could be packed, sorted by path.
    pub files: Vec<TreeFile>,
    /// What the walk could not take, sorted by path: harmless unless it lies in a package.
    pub strays: Vec<Stray>,
}

/// An entry of the source tree that cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    /// Relative to the project root, with `/`; bytes that are not UTF-8 show as U+FFFD.
    pub path: String,
    /// Why not.
    pub reason: StrayReason,
}

/// Why an entry of the source tree cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StrayReason {
    /// A symbolic link to this place outside the project.
    Outside(PathBuf),
    /// A symbolic link to nothing.
    Dangling,
    /// Its name is not UTF-8, which every path in a wheel must be.
    NotUtf8,
    /// The operating system refused, with these words.
    Unreadable(String),
}

impl Stray {
    /// The error for a stray that a product would have to hold.
    pub fn error(&self) -> Error {
        let path = &self.path;
        match &self.reason {
            StrayReason::Outside(target) => {
                let target = target.display();
                Error::new(format!("`{path}` is outside the project: it links to `{target}`"))
                    .hint("products are made from files below the folder of pyproject.toml only")
            }
            StrayReason::Dangling => Error::new(format!("`{path}` is a link to nothing"))
                .hint("remove the link, or make what it points to"),
            StrayReason::NotUtf8 => Error::new(format!("the name of `{path}` is not UTF-8"))
                .hint("rename the file: every path in a wheel is UTF-8"),
            StrayReason::Unreadable(why) => Error::new(format!("cannot read `{path}`: {why}"))
                .hint("check who owns it and whether you may read it"),
        }
    }
}

/// Which part of the source tree is the Python code of the wheel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The folder that holds the packages, relative to the project root, with `/`; empty for the
    /// root itself.
    pub python_source: String,
    /// Dotted names of the packages, sorted. Each is taken with all that lies beneath it, so none
    /// lies within another.
    pub packages: Vec<String>,
    /// Dotted names of single modules, sorted.
    pub modules: Vec<String>,
}

impl Layout {
    /// A path below the source folder, as seen from it; `None` for paths elsewhere.
    pub fn below_source<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.python_source.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.python_source.as_str())?.strip_prefix('/')
    }
}

/// Everything that goes into a wheel, sorted by its path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The files, without `RECORD`.
    pub entries: Vec<ManifestEntry>,
}

/// One file of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestEntry {
    /// Path in the wheel, with `/`.
    pub path: String,
    /// Where its bytes come from.
    pub content: Content,
    /// Whether it is unpacked as executable.
    pub executable: bool,
}

/// Where the bytes of a packed file come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file on disk. Absolute.
    File(PathBuf),
    /// Text that we made.
    Text(String),
}

/// The compatibility tag of a wheel (packaging.python.org, "Platform compatibility tags").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// `cp311`, `py3`, `pp39`
    pub python: String,
    /// `cp311`, `abi3`, `abi3.abi3t`, `none`
    pub abi: String,
    /// `linux_x86_64`, `any`
    pub platform: String,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}
