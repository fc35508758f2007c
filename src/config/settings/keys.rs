//! The definition of every setting: what the parser reads, errors offer, the JSON Schema says and
//! the documentation lists.

/// The definition of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Another name for it.
    pub alias: Option<&'static str>,
    /// What it holds.
    pub kind: Kind,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// Whether it may be said at build time.
    pub outside: Outside,
    /// Whether an override may set it.
    pub in_overrides: InOverrides,
}

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `script:object`, one or a list of them.
    Builders,
    /// A dotted Python name.
    Dotted,
    /// A folder inside the project, relative to its root.
    Folder,
    /// A list of dotted names, with `*` where the flag says so.
    Names(Wildcards),
    /// A list of globs, relative to the project root.
    Globs,
    /// A Python version, or `false`.
    LimitedApi,
    /// `release` or `debug`.
    Profile,
    /// `low` or `full`.
    GlueOptimization,
    /// A number, 1 or more.
    Count,
    /// `true` or `false`.
    Switch,
    /// A folder to write into, relative to the project root or absolute.
    BuildFolder,
    /// `true`, `false`, or a folder to write into, relative to the project root or absolute.
    Timings,
    /// A list of `NAME` and `NAME=value`.
    Macros,
    /// A list of folders that exist, relative to the project root or absolute.
    Folders,
    /// A list of sanitizers.
    Sanitizers,
    /// A command that compilers are run by; nothing is none.
    Launcher,
    /// A table with keys of its own.
    Table(&'static [Key]),
    /// The table of dynamic metadata, which another part reads.
    Dynamic,
    /// A list of tables, each with a condition and any of the other keys.
    Overrides,
}

/// Whether names may hold `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

/// Whether a key may be said at build time, as a config setting and as a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// It may.
    Allowed,
    /// The project alone decides.
    Refused,
}

/// Whether an override may set a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InOverrides {
    /// It may.
    Allowed,
    /// It may not, for this reason.
    Refused(&'static str),
}

/// A key that may be said at build time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideKey {
    /// Its path in `[tool.officina]`: `jobs`, `editable.rebuild`.
    pub path: String,
    /// The config setting: `jobs`, `editable-rebuild`.
    pub setting: String,
    /// The environment variable: `OFFICINA_JOBS`, `OFFICINA_EDITABLE_REBUILD`.
    pub variable: String,
    /// What it holds.
    pub kind: Kind,
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    let (outside, in_overrides) = (Outside::Refused, InOverrides::Allowed);
    Key { name, alias: None, kind, about, outside, in_overrides }
}

impl Key {
    const fn also_from_outside(self) -> Self {
        Key { outside: Outside::Allowed, ..self }
    }

    const fn not_in_overrides(self, why: &'static str) -> Self {
        Key { in_overrides: InOverrides::Refused(why), ..self }
    }
}

/// Globs of files, for a wheel as well as for an sdist.
const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

/// Every key of `[tool.officina]`, in the order of the documentation.
pub const KEYS: [Key; 23] = [
    Key {
        alias: Some("cffi-modules"),
        ..key(
            "cffi_modules",
            Kind::Builders,
            "The builders that make the project's CFFI modules, as `script:object`.",
        )
    },
    key("ext-package", Kind::Dotted, "The package that modules with a bare name are put into."),
    key(
        "python-source",
        Kind::Folder,
        "The folder that holds the packages; `src` if they are there, else `.`.",
    ),
    key(
        "packages",
        Kind::Names(Wildcards::Allowed),
        "The packages of the wheel, each with all that lies beneath it; discovered if absent.",
    ),
    key(
        "py-modules",
        Kind::Names(Wildcards::Refused),
        "The single modules of the wheel; discovered if absent.",
    ),
    key(INCLUDE, Kind::Globs, "Globs of further files for the wheel, C sources among them."),
    key(
        EXCLUDE,
        Kind::Globs,
        "Globs of files that the wheel does not hold; stronger than `include`.",
    ),
    key(
        "limited-api",
        Kind::LimitedApi,
        "The least Python of stable-ABI wheels, or false to build none.",
    )
    .also_from_outside(),
    key(
        "profile",
        Kind::Profile,
        "How C is compiled: `release`, or `debug` for a debugger, with assertions on.",
    )
    .also_from_outside(),
    key(
        "glue-optimization",
        Kind::GlueOptimization,
        "How far the C that cffi writes is optimised: `low`, or `full` as all other C.",
    )
    .also_from_outside(),
    key("define-macros", Kind::Macros, "Macros for every module, as `NAME` or `NAME=value`.")
        .also_from_outside(),
    key(
        "include-dirs",
        Kind::Folders,
        "Folders of headers, searched after those that a module names itself.",
    )
    .also_from_outside(),
    key(
        "library-dirs",
        Kind::Folders,
        "Folders of libraries, searched after those that a module names itself.",
    )
    .also_from_outside(),
    key(
        "sanitize",
        Kind::Sanitizers,
        "Sanitizers that are compiled in: `address`, `leak`, `memory`, `thread`, `undefined`.",
    )
    .also_from_outside(),
    key(
        "compiler-launcher",
        Kind::Launcher,
        "The program that compilers are run by: `ccache`, `sccache`, `distcc`; empty for none.",
    )
    .also_from_outside(),
    key(
        "build-dir",
        Kind::BuildFolder,
        "The folder that keeps generated C, objects and modules; `build/officina` if absent.",
    )
    .also_from_outside(),
    key("jobs", Kind::Count, "How many programs run side by side.").also_from_outside(),
    key("verbose", Kind::Switch, "Whether full commands are shown.").also_from_outside(),
    key(
        "timings",
        Kind::Timings,
        "Whether a page tells how long each step took; or the folder that it is written into.",
    )
    .also_from_outside(),
    key(
        "editable",
        Kind::Table(&[key(
            "rebuild",
            Kind::Switch,
            "Whether an import of an editable install builds again what changed.",
        )
        .also_from_outside()]),
        "What an editable install does.",
    ),
    key("dynamic", Kind::Dynamic, "Where the fields come from that `project.dynamic` names.")
        .not_in_overrides("metadata is the same everywhere"),
    key(
        "sdist",
        Kind::Table(&[
            key(INCLUDE, Kind::Globs, "Globs of files for the sdist, though git ignores them."),
            key(EXCLUDE, Kind::Globs, "Globs of files that the sdist does not hold."),
        ]),
        "What an sdist holds.",
    )
    .not_in_overrides("an sdist is the same wherever it is made"),
    key(
        "overrides",
        Kind::Overrides,
        "Settings for some systems, Pythons or environments; a later one wins.",
    )
    .not_in_overrides("overrides do not nest"),
];

/// Every key that may be said at build time.
pub fn outside() -> Vec<OutsideKey> {
    let mut found = Vec::new();
    for key in &KEYS {
        found.extend(outside_key(key.name.to_owned(), key));
        if let Kind::Table(inner) = key.kind {
            let path = |inner: &Key| format!("{}.{}", key.name, inner.name);
            found.extend(inner.iter().filter_map(|inner| outside_key(path(inner), inner)));
        }
    }
    found
}

/// The paths of all keys that hold a value: `jobs`, `editable.rebuild`.
pub fn paths() -> Vec<String> {
    let of = |key: &Key| match key.kind {
        Kind::Table(inner) => {
            inner.iter().map(|inner| format!("{}.{}", key.name, inner.name)).collect()
        }
        _ => vec![key.name.to_owned()],
    };
    KEYS.iter().flat_map(of).collect()
}

fn outside_key(path: String, key: &Key) -> Option<OutsideKey> {
    let setting = path.replace('.', "-");
    let variable = format!("{PREFIX}{}", setting.replace('-', "_").to_uppercase());
    (key.outside == Outside::Allowed).then_some(OutsideKey {
        path,
        setting,
        variable,
        kind: key.kind,
    })
}

/// How the variables of our settings begin.
pub const PREFIX: &str = "OFFICINA_";

impl Kind {
    /// What a value of this kind is, as the next step after one that is not.
    pub fn hint(self) -> &'static str {
        match self {
            Kind::LimitedApi => {
                "write a Python version such as \"3.10\" or \"cp310\", \
                 or false to build no stable-ABI modules"
            }
            Kind::Profile => "it is `release` or `debug`",
            Kind::GlueOptimization => "it is `low` or `full`",
            Kind::Count => "it is how many programs may run at once: 1 or more",
            Kind::Switch => "it is `true` or `false`",
            Kind::Timings => "it is `true`, `false` or a folder to write them into",
            Kind::BuildFolder => "name a folder of its own for what the build makes",
            Kind::Macros => "write `NAME` or `NAME=value`",
            Kind::Sanitizers => "there are `address`, `leak`, `memory`, `thread` and `undefined`",
            _ => "see the table of settings in Officina's README",
        }
    }
}
