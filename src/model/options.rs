//! How modules are built. The table, its overrides, environment variables and config settings may
//! each set some of it.

use std::fmt;
use std::path::PathBuf;

use crate::model::bundle::{Bundle, BundleWord, LibraryPattern};
use crate::model::interpreter::PythonVersion;
use crate::model::macros::Macro;
use crate::model::setting::SettingValue;
use crate::model::timings::TimingsPlace;
use crate::model::triple::Triple;
use crate::model::wildcard::fits;

/// What one of these places sets. `None` and an empty list set nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialBuildOptions {
    /// `limited-api`
    pub limited_api: Option<LimitedApi>,
    /// `profile`
    pub profile: Option<Profile>,
    /// No setting: a command says it that compares builds in two places.
    pub debug_places: Option<DebugPlaces>,
    /// `glue-optimization`
    pub glue_optimization: Option<GlueOptimization>,
    /// `strip`
    pub strip: Option<bool>,
    /// `require-cffi`
    pub require_cffi: Option<bool>,
    /// `cargo-offline`
    pub cargo_offline: Option<bool>,
    /// `jobs`
    pub jobs: Option<usize>,
    /// `verbose`
    pub verbose: Option<bool>,
    /// `timings`
    pub timings: Option<TimingsPlace>,
    /// `compile-commands`
    pub compile_commands: Option<bool>,
    /// `build-dir`
    pub build_dir: Option<SettingValue<PathBuf>>,
    /// `define-macros`
    pub define_macros: Vec<SettingValue<Macro>>,
    /// `include-dirs`
    pub include_dirs: Vec<SettingValue<PathBuf>>,
    /// `library-dirs`
    pub library_dirs: Vec<SettingValue<PathBuf>>,
    /// `libraries`
    pub libraries: Vec<SettingValue<String>>,
    /// `extra-compile-args`
    pub extra_compile_args: Vec<SettingValue<String>>,
    /// `extra-link-args`
    pub extra_link_args: Vec<SettingValue<String>>,
    /// `sanitize`
    pub sanitize: Vec<SettingValue<Sanitizer>>,
    /// `allow-undefined`
    pub allow_undefined: Vec<SettingValue<SymbolPattern>>,
    /// `compiler-launcher`
    pub compiler_launcher: Option<SettingValue<String>>,
    /// `build-tag`
    pub build_tag: Option<String>,
    /// `platform-tag`
    pub platform_tag: Option<SettingValue<PlatformTag>>,
    /// `bundle`
    pub bundle: Vec<SettingValue<BundleWord>>,
    /// `bundle-exclude`
    pub bundle_exclude: Vec<SettingValue<LibraryPattern>>,
    /// `target`
    pub target: Option<SettingValue<Triple>>,
    /// `target-python`
    pub target_python: Option<SettingValue<PathBuf>>,
    /// `sbom`
    pub sbom: Option<Sbom>,
    /// `editable.rebuild`
    pub editable_rebuild: Option<bool>,
    /// `editable.verbose`
    pub editable_verbose: Option<bool>,
}

/// How to build: what all of these places set, put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// Which modules use the limited API, and from which Python on.
    pub limited_api: LimitedApi,
    /// Optimised, or made for a debugger.
    pub profile: Profile,
    /// Which folders the debug information of debug builds names.
    pub debug_places: DebugPlaces,
    /// How far the C that cffi writes is optimised.
    pub glue_optimization: GlueOptimization,
    /// What becomes of debug information in what is linked.
    pub debug_sections: DebugSections,
    /// Whether a project with CFFI modules has to name cffi in its dependencies.
    pub cffi_dependency: CffiDependency,
    /// Whether cargo may not use the network.
    pub cargo_offline: bool,
    /// The most programs to run side by side; `None` asks the jobserver or the machine.
    pub jobs: Option<usize>,
    /// How much is told.
    pub detail: Detail,
    /// Where a report of how long each step took is written.
    pub timings: TimingsPlace,
    /// Whether builds write `compile_commands.json` into the project root.
    pub compile_commands: bool,
    /// Where generated C, objects and modules are made and left, relative to the project root or
    /// absolute; `None`: in a temporary folder that is removed.
    pub build_dir: Option<SettingValue<PathBuf>>,
    /// Macros for every module, after its own; each name once.
    pub define_macros: Vec<Macro>,
    /// Folders of headers for every module, after its own, from the project root.
    pub include_dirs: Vec<SettingValue<PathBuf>>,
    /// Folders of libraries for every module, after its own, from the project root.
    pub library_dirs: Vec<SettingValue<PathBuf>>,
    /// Libraries for every module, after its own.
    pub libraries: Vec<String>,
    /// Words for every compile, after the module's own.
    pub extra_compile_args: Vec<String>,
    /// Words for every link, after the module's own.
    pub extra_link_args: Vec<String>,
    /// The sanitizers that are compiled in, sorted, each once.
    pub sanitizers: Vec<Sanitizer>,
    /// The symbols that no library of a module has to define.
    pub allow_undefined: Vec<SymbolPattern>,
    /// The command that runs compilers, as a shell would split it; blank: none.
    pub compiler_launcher: Option<SettingValue<String>>,
    /// What tells this wheel from another of the same version, in its name and in `WHEEL`.
    pub build_tag: Option<String>,
    /// Which Linux systems a wheel is to be for; `None`: as this one.
    pub platform_tag: Option<SettingValue<PlatformTag>>,
    /// Which shared libraries a wheel takes in, and who says so last; `None`: none.
    pub bundle: Option<SettingValue<Bundle>>,
    /// Those that it does not take in all the same.
    pub bundle_exclude: Vec<LibraryPattern>,
    /// Whether a wheel says which code of others it holds.
    pub sbom: Sbom,
    /// Editable installs build again on import when an input changed.
    pub editable_rebuild: bool,
    /// An import that rebuilds tells each step.
    pub editable_verbose: bool,
}

impl BuildOptions {
    /// Whether a wheel takes in a library that a file of it needs, unless every system has that.
    pub fn bundles(&self, library: &str) -> bool {
        self.bundle.as_ref().is_some_and(|bundle| bundle.value.takes(library))
            && !self.bundle_exclude.iter().any(|pattern| pattern.matches(library))
    }
}

/// Whether a project with CFFI modules has to name cffi in its dependencies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CffiDependency {
    /// Nobody could import the modules without it.
    #[default]
    Required,
    /// Whoever installs the package sees to it.
    Elsewhere,
}

/// How much a build tells while it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What somebody should look at: warnings, and words of compilers and builders.
    Problems,
    /// Each step that is done as well.
    #[default]
    Steps,
    /// Each command as well.
    Commands,
}

impl BuildOptions {
    /// Whether debug information names the folders of this machine, so that a debugger finds the
    /// sources and the generated C from wherever it is started.
    pub fn names_real_places(&self) -> bool {
        self.profile == Profile::Debug && self.debug_places == DebugPlaces::Real
    }
}

/// Whether a wheel says which code of others it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sbom {
    /// Where it holds some.
    #[default]
    Written,
    /// It says nothing.
    Omitted,
}

impl Sbom {
    /// What a switch means.
    pub fn of(switch: bool) -> Self {
        if switch { Sbom::Written } else { Sbom::Omitted }
    }
}

/// Which Linux systems a wheel says that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformTag {
    /// Those like the one that builds: `linux_x86_64`.
    Linux,
    /// All that have what it uses.
    Auto,
    /// Those of a tag, without its machine: `manylinux_2_28`.
    Demanded(String),
}

/// Names of symbols: one name, in which `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolPattern(String);

impl SymbolPattern {
    /// The letters that names of symbols have besides digits and the letters of ASCII.
    pub const SIGNS: &str = "_$.";

    /// Reads a pattern; `None` for what is no name of a symbol.
    pub fn new(text: &str) -> Option<Self> {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '*' || Self::SIGNS.contains(c);
        (!text.is_empty() && text.chars().all(is_letter)).then(|| SymbolPattern(text.to_owned()))
    }

    /// Whether it stands for a symbol.
    pub fn matches(&self, symbol: &str) -> bool {
        fits(&self.0, symbol)
    }
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

/// How extension modules are compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// The interpreter's own optimisation, without debug information.
    #[default]
    Release,
    /// `-O0 -g`, or the compiler's equivalent.
    Debug,
}

impl Profile {
    /// As it is written: `release`, `debug`.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Debug => "debug",
        }
    }
}

/// Which folders the debug information of debug builds names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DebugPlaces {
    /// Those of this machine, which a debugger finds.
    #[default]
    Real,
    /// None: the bytes are the same wherever the project lies.
    Mapped,
}

/// What becomes of debug information when a release is linked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DebugSections {
    /// The linker leaves it out: that of archives, and what flags asked for.
    #[default]
    Removed,
    /// It stays.
    Kept,
}

/// How far the C that cffi writes (the glue) is optimised, where nobody set a level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GlueOptimization {
    /// At the lowest level that makes no difference to calls; compiling takes half the time.
    #[default]
    Low,
    /// As all other C.
    Full,
}

impl GlueOptimization {
    /// Both of them.
    pub const ALL: [Self; 2] = [GlueOptimization::Low, GlueOptimization::Full];

    /// As it is written: `low`, `full`.
    pub fn as_str(self) -> &'static str {
        match self {
            GlueOptimization::Low => "low",
            GlueOptimization::Full => "full",
        }
    }
}

/// A check that a compiler builds into the code (`-fsanitize=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sanitizer {
    /// Memory that is not one's own.
    Address,
    /// Memory that is never given back.
    Leak,
    /// Memory that was never written; clang only.
    Memory,
    /// Races of threads.
    Thread,
    /// Undefined behaviour.
    Undefined,
}

impl Sanitizer {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Sanitizer::Address,
        Sanitizer::Leak,
        Sanitizer::Memory,
        Sanitizer::Thread,
        Sanitizer::Undefined,
    ];

    /// As compilers call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Sanitizer::Address => "address",
            Sanitizer::Leak => "leak",
            Sanitizer::Memory => "memory",
            Sanitizer::Thread => "thread",
            Sanitizer::Undefined => "undefined",
        }
    }

    /// Whether no compiler builds both into one program: each of them replaces the allocator, or
    /// lays out memory in its own way.
    pub fn excludes(self, other: Self) -> bool {
        use Sanitizer::{Address, Leak, Memory, Thread};
        matches!(
            (self.min(other), self.max(other)),
            (Address, Memory | Thread) | (Leak, Memory | Thread) | (Memory, Thread)
        )
    }
}

impl fmt::Display for Sanitizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
