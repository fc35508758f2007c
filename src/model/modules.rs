//! The modules that builders turn out to make.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::interpreter::PythonVersion;
use crate::model::macros::Macro;
use crate::model::options::BuildOptions;
use crate::model::packaged::{Content, ManifestEntry};

/// The dotted, full name of a Python module. Invariant: every part is a Python identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleName(String);

impl ModuleName {
    /// Checks a dotted name; `None` if a part is not an identifier.
    pub fn new(dotted: &str) -> Option<Self> {
        is_dotted_name(dotted).then(|| ModuleName(dotted.to_owned()))
    }

    /// `pkg._foo`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `_foo`
    pub fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
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

/// What Python's grammar keeps for itself everywhere.
pub const PYTHON_KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Whether a word is one of these.
pub fn is_keyword(word: &str) -> bool {
    PYTHON_KEYWORDS.contains(&word)
}

/// Whether a text is Python names with dots between them.
pub fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(is_identifier)
}

/// What an entry of `cffi_modules` turned out to make, once its builder has run.
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

    /// The module with what the settings add to it: see [`ExtensionSpec::with`].
    #[must_use]
    pub fn with(self, options: &BuildOptions) -> Self {
        match self {
            Module::Extension(spec) => Module::Extension(Box::new(spec.with(options))),
            Module::Python(_) => self,
        }
    }

    /// The module as an optional one, if it can fail at all.
    #[must_use]
    pub fn made_optional(mut self) -> Self {
        if let Module::Extension(spec) = &mut self {
            spec.optional = true;
        }
        self
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
    /// The builder script, as messages call it.
    pub builder: String,
}

impl PythonModule {
    /// How cffi begins the Python modules that it generates.
    pub const BEGIN: &str = "# auto-generated file";

    /// What a wheel holds of it.
    pub fn entry(&self) -> ManifestEntry {
        let content = Content::File(self.path.clone());
        ManifestEntry { path: self.name.file(".py"), content, executable: false }
    }
}

/// An extension module as `set_source()` defines it, cleaned and resolved. Relative paths
/// are relative to the project root, which is the working directory of every compiler run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionSpec {
    /// Its full name.
    pub name: ModuleName,
    /// The C or C++ file that cffi generated. Absolute. `None`: a plain extension.
    pub generated_source: Option<PathBuf>,
    /// What the text holds that `set_source()` put into it. `None`: somebody else had the file
    /// generated, so that nothing is known of it and the [mark](Attached::MARK) is not in it.
    pub attached: Option<Attached>,
    /// Where its arguments are: the builder script, or `pyproject.toml`, as messages call it.
    pub declared_in: String,
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

impl ExtensionSpec {
    /// A module without sources.
    pub fn new(name: ModuleName, declared_in: &str, abi: Abi) -> Self {
        ExtensionSpec {
            name,
            generated_source: None,
            attached: None,
            declared_in: declared_in.to_owned(),
            sources: Vec::new(),
            include_dirs: Vec::new(),
            macros: Vec::new(),
            library_dirs: Vec::new(),
            libraries: Vec::new(),
            runtime_library_dirs: Vec::new(),
            extra_objects: Vec::new(),
            extra_compile_args: Vec::new(),
            extra_link_args: Vec::new(),
            export_symbols: Vec::new(),
            depends: Vec::new(),
            language: None,
            optional: false,
            abi,
            environment: BTreeMap::new(),
        }
    }

    /// A copy with what the settings add. The module's own folders come first, so that they are
    /// searched first; its own libraries and words come first, so that theirs can resolve and undo them. A
    /// macro of the settings replaces its own: compilers warn of two definitions.
    #[must_use]
    pub fn with(&self, options: &BuildOptions) -> Self {
        let mut spec = self.clone();
        let macros = &options.define_macros;
        spec.macros.retain(|own| macros.iter().all(|set| set.name() != own.name()));
        spec.macros.extend_from_slice(macros);
        spec.include_dirs.extend(options.include_dirs.iter().map(|set| set.value.clone()));
        spec.library_dirs.extend(options.library_dirs.iter().map(|set| set.value.clone()));
        spec.libraries.extend_from_slice(&options.libraries);
        spec.extra_compile_args.extend_from_slice(&options.extra_compile_args);
        spec.extra_link_args.extend_from_slice(&options.extra_link_args);
        spec
    }
}

/// What the text holds that `set_source()` attaches to cffi's C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// Nothing but comments and directives that lead to headers of the system.
    SystemHeaders,
    /// Code of the user's, or what may lead to some.
    Code,
}

impl Attached {
    /// The macro that a mark after the attached text asks for: defined as 0 or 1, it is the level
    /// of all that follows, which is cffi's. `_run_builder.py` holds the mark.
    pub const MARK: &str = "OFFICINA_GLUE_LEVEL";
}

/// The languages that a CFFI module's sources are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// C
    C,
    /// C++
    Cxx,
}

impl Language {
    /// The suffixes of sources that can be compiled, for messages.
    pub const SUFFIXES: &str = ".c .cc .cpp .cxx .c++ .C .CPP .m .mm .S .s";

    /// What a source is written in, by its suffix; `None` if it is nothing for a compiler. Assembly
    /// and Objective-C go through the C compiler, which tells them apart by the same suffix.
    pub fn of_source(source: &Path) -> Option<Self> {
        match source.extension()?.to_str()? {
            "c" | "m" | "S" | "s" => Some(Language::C),
            "cc" | "cpp" | "cxx" | "c++" | "C" | "CPP" | "mm" => Some(Language::Cxx),
            _ => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::C => "C",
            Language::Cxx => "C++",
        })
    }
}

/// Which interpreters may load an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Abi {
    /// The limited API: `.abi3.so`.
    Limited {
        /// The least version that it needs: what its own arguments ask for
        /// (`py_limited_api="cp310"`, or a value for the macro `Py_LIMITED_API`), and once it is
        /// built, what it was compiled for and what it uses of Python.
        minimum: Option<PythonVersion>,
    },
    /// The limited API of free-threaded Python, 3.15 and newer: `.abi3t.so`.
    LimitedFreeThreaded,
    /// This interpreter's version only.
    Version,
    /// Not a module but a library that embeds Python (`ffi.embedding_api`): it links libpython.
    Embedding,
}

impl Abi {
    /// Whether it is a limited API, which more than one version of Python has.
    pub fn is_limited(self) -> bool {
        matches!(self, Abi::Limited { .. } | Abi::LimitedFreeThreaded)
    }
}

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
    pub built: BuiltAbi,
}

impl Extension {
    /// What a wheel holds of it.
    pub fn entry(&self) -> ManifestEntry {
        let content = Content::File(self.path.clone());
        ManifestEntry { path: self.wheel_path.clone(), content, executable: true }
    }
}

/// Which interpreters may load an extension, by what was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltAbi {
    /// The ABI that it has.
    pub abi: Abi,
    /// Why it is not, or not only, the one that the module's arguments ask for: a sentence.
    pub reason: Option<String>,
}
