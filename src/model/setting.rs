//! A setting: what it holds, its value, and who set it.

use crate::model::source::Location;

/// The kind of value that a setting has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// `script:object`, one or a list of them.
    Builders,
    /// A dotted Python name.
    DottedName,
    /// A folder inside the project, relative to its root.
    ProjectFolder,
    /// A list of dotted names of packages, in which `*` stands for any text.
    Packages,
    /// A list of dotted names of modules.
    Modules,
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
    /// A list of names of symbols, in which `*` stands for any text.
    Symbols,
    /// A command that runs compilers; an empty one is none.
    Launcher,
    /// A list of words.
    Words,
    /// A text.
    Text,
    /// A list of files, or a text of declarations.
    Cdef,
    /// `true`, `false`, or a Python version.
    ModuleLimitedApi,
    /// A number of bytes, a power of two.
    Alignment,
    /// A table with keys of its own.
    Table,
    /// The table of dynamic metadata, which is read together with `[project]`.
    Dynamic,
    /// A list of tables, each with keys of its own and perhaps a condition.
    DeclaredModules,
    /// A list of tables, each with a condition and any of the other keys.
    Overrides,
}

/// The value of a setting, with who set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub origin: SettingOrigin,
}

/// Who set a value: where to look when it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingOrigin {
    /// A place in `pyproject.toml`.
    Pyproject(Location),
    /// The config setting of this name.
    ConfigSetting(String),
    /// The environment variable of this name.
    Variable(String),
}
