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
    /// A table of globs for each scheme of an installation.
    WheelData,
    /// A table of paths in the wheel, each with its path in the tree.
    Renamings,
    /// A Python version, or `false`.
    LimitedApi,
    /// `release` or `debug`.
    Profile,
    /// `low` or `full`.
    GlueOptimization,
    /// A number, 1 or more.
    Count,
    /// What follows the version in the name of a wheel: it begins with a digit.
    BuildTag,
    /// `linux`, `auto`, or the beginning of a platform tag.
    PlatformTag,
    /// A machine, as compilers name it, or where its Python is.
    Target,
    /// `true` or `false`.
    Switch,
    /// A folder to write into, relative to the project root or absolute.
    BuildFolder,
    /// `true`, `false`, or a folder to write into, relative to the project root or absolute.
    Timings,
    /// A list of `NAME` and `NAME=value`.
    Macros,
    /// A list of words for a compiler or a linker, in their order.
    Words,
    /// A list of libraries to link, in their order.
    Libraries,
    /// A list of folders that exist, relative to the project root or absolute.
    Folders,
    /// A list of sanitizers.
    Sanitizers,
    /// A list of names of symbols, in which `*` stands for any text.
    Symbols,
    /// `true`, `false`, or a list of names of shared libraries, in which `*` stands for any text.
    Bundle,
    /// A list of names of shared libraries, in which `*` stands for any text.
    SharedLibraries,
    /// A table of files of licences, by the names of shared libraries.
    LicenseFiles,
    /// `true`, `false`, or a table that says what is vendored.
    Sbom,
    /// A command that runs compilers; an empty one is none.
    Launcher,
    /// A list of any texts, none of them empty.
    Texts,
    /// A list of packages that pkg-config knows, each perhaps with a version.
    PkgConfig,
    /// Any text.
    Text,
    /// A list of files, or a text of declarations.
    Cdef,
    /// A number of bytes, a power of two.
    Alignment,
    /// A list of commands, each a list of words.
    Commands,
    /// Variables of the environment, with their values.
    Variables,
    /// `c` or `c++`.
    Language,
    /// `static` or `shared`.
    CrateLink,
    /// `true`, `false` or a Python version.
    ExtensionApi,
    /// The `if` of overrides.
    Condition,
    /// A table with keys of its own.
    Table,
    /// A list of tables with keys of their own.
    Tables,
    /// The table of dynamic metadata, which is read together with `[project]`.
    Dynamic,
    /// A list of tables, each with keys of its own and perhaps a condition.
    DeclaredModules,
    /// A list of tables, each with a condition and any of the other keys.
    Overrides,
}

impl SettingKind {
    /// Whether it is a table with keys of the user's own.
    pub fn is_open_table(self) -> bool {
        matches!(self, SettingKind::WheelData | SettingKind::Renamings | SettingKind::LicenseFiles)
    }

    /// Whether it is a list, or the like, which an override can add to.
    pub fn is_list(self) -> bool {
        use SettingKind::{Builders, Globs, Modules, Packages};
        self.is_added_to()
            || self.is_open_table()
            || matches!(self, Builders | Globs | Modules | Packages)
    }

    /// Whether what is given at build time joins what the project says, and does not replace it.
    pub fn is_added_to(self) -> bool {
        use SettingKind::{
            Bundle, Folders, Libraries, Macros, Sanitizers, SharedLibraries, Symbols, Words,
        };
        matches!(self, Bundle | Folders | Libraries | Macros | Sanitizers | Symbols | Words)
            || self == SharedLibraries
    }
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
