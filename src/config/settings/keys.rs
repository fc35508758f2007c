//! The definition of every setting: what the parser reads, errors offer, the JSON Schema says and
//! the documentation lists.

pub use crate::config::settings::key::Key;
use crate::config::settings::key::{key, table};
use crate::config::settings::module_keys::{MODULE_KEYS, MODULES};
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

/// Globs of files, for a wheel as well as for an sdist.
const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

/// Every key of `[tool.officina]`, in the order of the documentation.
pub const KEYS: [Key; 25] = [
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
        "The package that modules with a bare name are put into.",
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
    key(
        "sanitize",
        SettingKind::Sanitizers,
        "Sanitizers that are compiled in: `address`, `leak`, `memory`, `thread`, `undefined`.",
    )
    .at_build_time(),
    key(
        "allow-undefined",
        SettingKind::Symbols,
        "Symbols, `*` allowed, that may be defined nowhere: the program that imports has them.",
    )
    .at_build_time(),
    key(
        "compiler-launcher",
        SettingKind::Launcher,
        "The program that compilers are run by: `ccache`, `sccache`, `distcc`; empty for none.",
    )
    .at_build_time(),
    key(
        "build-dir",
        SettingKind::BuildFolder,
        "The folder that keeps generated C, objects and modules; `build/officina` if absent.",
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
    table(
        "editable",
        &[key(
            "rebuild",
            SettingKind::Switch,
            "Whether an import of an editable install builds again what changed.",
        )
        .at_build_time()],
        "What an editable install does.",
    ),
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

/// Every key that can be set at build time.
pub fn build_time_keys() -> Vec<BuildTimeKey> {
    let mut found = Vec::new();
    for key in &KEYS {
        found.extend(build_time_key(key.name.to_owned(), key));
        for inner in key.keys {
            found.extend(build_time_key(format!("{}.{}", key.name, inner.name), inner));
        }
    }
    found
}

/// The paths of all keys that hold a value: `jobs`, `editable.rebuild`.
pub fn paths() -> Vec<String> {
    let of = |key: &Key| match key.keys {
        _ if key.kind == SettingKind::DeclaredModules => vec![key.name.to_owned()],
        [] => vec![key.name.to_owned()],
        keys => keys.iter().map(|inner| format!("{}.{}", key.name, inner.name)).collect(),
    };
    KEYS.iter().flat_map(of).collect()
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
        SettingKind::Count => "it is how many programs may run at once: 1 or more",
        SettingKind::Switch => "it is `true` or `false`",
        SettingKind::Timings => "it is `true`, `false` or a folder to write them into",
        SettingKind::BuildFolder => "name a folder of its own for what the build makes",
        SettingKind::Macros => "write `NAME` or `NAME=value`",
        SettingKind::Sanitizers => {
            "there are `address`, `leak`, `memory`, `thread` and `undefined`"
        }
        _ => "see the table of settings in Officina's README",
    }
}
