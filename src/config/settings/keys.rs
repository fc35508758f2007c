//! The definition of every setting: what the parser reads, errors offer, the JSON Schema says and
//! the documentation lists.

pub use crate::config::settings::key::Key;
use crate::config::settings::key::{key, table};
use crate::config::settings::module_keys::{MODULE_KEYS, MODULES};
use crate::config::settings::native_keys::{CRATE, EXTENSION, LIBRARY, STEP, VENDORED};
use crate::model::SettingKind;

/// A key that can be set at build time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildTimeKey {
    /// Its path in `[tool.officina]`: `jobs`, `editable.rebuild`.
    pub path: String,
    /// The config setting: `jobs`, `editable-rebuild`.
    pub setting: String,
    /// The environment variable: `OFFICINA_JOBS`, `OFFICINA_EDITABLE_REBUILD`.
    pub variable: String,
    /// What it holds.
    pub kind: SettingKind,
}

/// A list of tables, each with these keys. Conditions are their own, so that no override sets them.
const fn tables(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    Key { keys, ..key(name, SettingKind::Tables, about) }
        .not_in_overrides("each of its tables has an `if` of its own")
}

/// Globs of files, for a wheel as well as for an sdist.
const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

/// Every key of `[tool.officina]`, in the order of the documentation.
pub const KEYS: [Key; 44] = [
    Key {
        alias: Some("cffi-modules"),
        ..key(
            "cffi_modules",
            SettingKind::Builders,
            "The builders that make the project's CFFI modules, as `script:object`.",
        )
    },
    Key { keys: &MODULE_KEYS, ..MODULES }.not_in_overrides("a module has an `if` of its own"),
    key(
        "ext-package",
        SettingKind::DottedName,
        "The package for modules whose names have no dot.",
    ),
    key(
        "python-source",
        SettingKind::ProjectFolder,
        "The folder that holds the packages; `src` if they are there, else `.`.",
    ),
    key(
        "packages",
        SettingKind::Packages,
        "The packages of the wheel, each with all that lies beneath it; discovered if absent.",
    ),
    key(
        "py-modules",
        SettingKind::Modules,
        "The single modules of the wheel; discovered if absent.",
    ),
    key(INCLUDE, SettingKind::Globs, "Globs of further files for the wheel, C sources among them."),
    key(
        EXCLUDE,
        SettingKind::Globs,
        "Globs of files that the wheel does not hold; stronger than `include`.",
    ),
    key(
        "data",
        SettingKind::WheelData,
        "Files for the schemes of an installation: `scripts`, `headers`, `data`.",
    ),
    key(
        "files",
        SettingKind::Renamings,
        "Files and folders that have another path in the wheel: `\"path/in/wheel\" = \"path/in/tree\"`.",
    ),
    key(
        "stubs",
        SettingKind::Switch,
        "Whether wheels hold type stubs of the CFFI modules.",
    ),
    key(
        "limited-api",
        SettingKind::LimitedApi,
        "The least Python of stable-ABI wheels, or false to build none.",
    )
    .at_build_time(),
    key(
        "profile",
        SettingKind::Profile,
        "How C is compiled: `release`, or `debug` for a debugger, with assertions on.",
    )
    .at_build_time(),
    key(
        "glue-optimization",
        SettingKind::GlueOptimization,
        "How far the C that cffi writes is optimised: `low`, or `full` as all other C.",
    )
    .at_build_time(),
    key(
        "define-macros",
        SettingKind::Macros,
        "Macros for every module, as `NAME` or `NAME=value`.",
    )
    .at_build_time(),
    key(
        "include-dirs",
        SettingKind::Folders,
        "Folders of headers, searched after those that a module names itself.",
    )
    .at_build_time(),
    key(
        "library-dirs",
        SettingKind::Folders,
        "Folders of libraries, searched after those that a module names itself.",
    )
    .at_build_time(),
    Key {
        keys: &LIBRARY,
        ..key(
            "libraries",
            SettingKind::Libraries,
            "Libraries that every module is linked with, after its own. Tables: static libraries of \
             the project, compiled once and linked by their names.",
        )
    }
    .at_build_time(),
    key(
        "extra-compile-args",
        SettingKind::Words,
        "Words for every compile command, after a module's own.",
    )
    .at_build_time(),
    key(
        "extra-link-args",
        SettingKind::Words,
        "Words for every link command, after a module's own.",
    )
    .at_build_time(),
    key(
        "sanitize",
        SettingKind::Sanitizers,
        "Sanitizers that are compiled in: `address`, `leak`, `memory`, `thread`, `undefined`.",
    )
    .at_build_time(),
    key(
        "allow-undefined",
        SettingKind::Symbols,
        "Symbols, `*` allowed, that no library has to define: the program that imports the module defines them.",
    )
    .at_build_time(),
    key(
        "compiler-launcher",
        SettingKind::Launcher,
        "The program that runs the compilers: `ccache`, `sccache`, `distcc`; empty for none.",
    )
    .at_build_time(),
    key(
        "build-dir",
        SettingKind::BuildFolder,
        "The folder that keeps generated C, objects and modules; `build/officina` if absent.",
    )
    .at_build_time(),
    key(
        "strip",
        SettingKind::Switch,
        "Whether release builds are linked without debug information.",
    )
    .at_build_time(),
    key(
        "build-tag",
        SettingKind::BuildTag,
        "What distinguishes a wheel from an earlier one of the same version: `1`, `2_rebuilt`.",
    )
    .at_build_time(),
    key(
        "require-cffi",
        SettingKind::Switch,
        "Whether a project with CFFI modules has to name cffi in its dependencies.",
    )
    .at_build_time(),
    key(
        "platform-tag",
        SettingKind::PlatformTag,
        "Which Linux systems a wheel is for: `linux`, `auto`, or a tag that has to hold.",
    )
    .at_build_time(),
    key(
        "bundle",
        SettingKind::Bundle,
        "The shared libraries that are copied into a wheel for Linux: all that are not on every system, or \
         those of these names, with the libraries that these need.",
    )
    .at_build_time(),
    key(
        "bundle-exclude",
        SettingKind::SharedLibraries,
        "Shared libraries, `*` allowed, that are not copied into a wheel; wins over `bundle`.",
    )
    .at_build_time(),
    key(
        "bundle-licenses",
        SettingKind::LicenseFiles,
        "Files with the licences of bundled libraries that no package manager knows: `\"libfoo.so.*\" = \
         \"licenses/foo.txt\"`.",
    ),
    Key {
        keys: &VENDORED,
        ..key(
            "sbom",
            SettingKind::Sbom,
            "Whether a wheel says which code of others it holds, as CycloneDX. A table: what lies in the \
             project, as `vendored`.",
        )
    }
    .at_build_time(),
    key(
        "cargo-offline",
        SettingKind::Switch,
        "Whether cargo builds crates without the network.",
    )
    .at_build_time(),
    key("jobs", SettingKind::Count, "How many programs run side by side.").at_build_time(),
    key("verbose", SettingKind::Switch, "Whether full commands are shown.").at_build_time(),
    key(
        "timings",
        SettingKind::Timings,
        "Whether a page tells how long each step took; or the folder that it is written into.",
    )
    .at_build_time(),
    key(
        "compile-commands",
        SettingKind::Switch,
        "Whether builds write compile_commands.json, for clangd, into the project root.",
    )
    .at_build_time(),
    table(
        "editable",
        &[
            key(
                "rebuild",
                SettingKind::Switch,
                "Whether an import of an editable install builds again what changed.",
            )
            .at_build_time(),
            key(
                "verbose",
                SettingKind::Switch,
                "Whether an import that builds again tells each step.",
            )
            .at_build_time(),
        ],
        "What an editable install does.",
    ),
    tables("extensions", &EXTENSION, "Plain C extension modules, beside the CFFI modules."),
    tables("steps", &STEP, "Commands that run before the builders, and what they make."),
    tables("crates", &CRATE, "Rust crates that modules link, or that the wheel holds."),
    key(
        "dynamic",
        SettingKind::Dynamic,
        "Where the fields come from that `project.dynamic` names.",
    )
    .not_in_overrides("metadata is the same everywhere"),
    table(
        "sdist",
        &[
            key(
                INCLUDE,
                SettingKind::Globs,
                "Globs of files for the sdist, though git ignores them.",
            ),
            key(EXCLUDE, SettingKind::Globs, "Globs of files that the sdist does not hold."),
        ],
        "What an sdist holds.",
    )
    .not_in_overrides("an sdist is the same wherever it is made"),
    key(
        "overrides",
        SettingKind::Overrides,
        "Settings for some systems, Pythons or environments; a later one wins.",
    )
    .not_in_overrides("overrides do not nest"),
];

/// What is about one build alone, so that a project cannot say it.
pub const OF_ONE_BUILD: [Key; 2] = [
    key("target", SettingKind::Target, "The machine that modules are built for.").at_build_time(),
    key(
        "target-python",
        SettingKind::Target,
        "The Python of that machine: its build-details.json, its _sysconfigdata*.py, or a folder \
         that holds it.",
    )
    .at_build_time(),
];

/// Every key that can be set at build time.
pub fn build_time_keys() -> Vec<BuildTimeKey> {
    let mut found = Vec::new();
    for key in KEYS.iter().chain(&OF_ONE_BUILD) {
        found.extend(build_time_key(key.name.to_owned(), key));
        let inside = if key.kind == SettingKind::Table { key.keys } else { &[] };
        for inner in inside {
            found.extend(build_time_key(format!("{}.{}", key.name, inner.name), inner));
        }
    }
    found
}

/// How the table of an override is called that says which of its lists join those before.
pub const INHERIT: &str = "inherit";

/// The keys that an override can add to.
pub fn lists() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| key.not_in_overrides.is_none() && key.kind.is_list())
}

/// The paths of all keys that hold a value: `jobs`, `editable.rebuild`.
pub fn paths() -> Vec<String> {
    let of = |key: &Key| match key.keys {
        [] => vec![key.name.to_owned()],
        _ if key.kind != SettingKind::Table => vec![key.name.to_owned()],
        keys => keys.iter().map(|inner| format!("{}.{}", key.name, inner.name)).collect(),
    };
    KEYS.iter().chain(&OF_ONE_BUILD).flat_map(of).collect()
}

fn build_time_key(path: String, key: &Key) -> Option<BuildTimeKey> {
    let setting = path.replace('.', "-");
    let variable = format!("{PREFIX}{}", setting.replace('-', "_").to_uppercase());
    let kind = key.kind;
    key.at_build_time.then_some(BuildTimeKey { path, setting, variable, kind })
}

/// How the variables of our settings begin.
pub const PREFIX: &str = "OFFICINA_";

/// What a value of this kind is, as the next step after one that is not.
pub fn hint(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::LimitedApi => {
            "write a Python version such as \"3.10\" or \"cp310\", \
             or false to build no stable-ABI modules"
        }
        SettingKind::Profile => "it is `release` or `debug`",
        SettingKind::GlueOptimization => "it is `low` or `full`",
        SettingKind::BuildTag => "it begins with a digit; letters, digits, `_` and `.` may follow",
        SettingKind::PlatformTag => {
            "it is `linux`, `auto`, or a tag without its machine, as `manylinux_2_28` or \
             `musllinux_1_2`"
        }
        SettingKind::Bundle => "it is `true`, `false`, or names as `[\"libonig.so.*\"]`",
        SettingKind::Sbom => {
            "it is `true` or `false`; what is vendored stands in `[[tool.officina.sbom.vendored]]`"
        }
        SettingKind::Count => "it is how many programs may run at once: 1 or more",
        SettingKind::Switch => "it is `true` or `false`",
        SettingKind::Timings => "it is `true`, `false` or a folder to write them into",
        SettingKind::BuildFolder => "name a folder of its own for what the build makes",
        SettingKind::Macros => "write `NAME` or `NAME=value`",
        SettingKind::Words => {
            "write the words as a shell takes them: a quote that opens has to close"
        }
        SettingKind::ExtensionApi => {
            "write true, or the least Python as \"3.10\", if its sources define nothing beyond \
             the limited API; else false"
        }
        SettingKind::Language => "it is `c` or `c++`",
        SettingKind::CrateLink => {
            "it is `static`, to be linked into modules, or `shared`, to be opened by one in ABI mode"
        }
        SettingKind::Sanitizers => {
            "there are `address`, `leak`, `memory`, `thread` and `undefined`"
        }
        _ => "see the table in docs/settings.md of Officina",
    }
}
