//! The definition of the keys of `[[tool.officina.modules]]`.

use crate::config::settings::key::{Key, key};
use crate::model::SettingKind;

/// `modules` itself, without its keys.
pub const MODULES: Key = key(
    "modules",
    SettingKind::DeclaredModules,
    "CFFI modules without a builder: what a builder would say, as data.",
);

/// Every key of a module, in the order of the documentation.
pub const MODULE_KEYS: [Key; 28] = [
    key("name", SettingKind::DottedName, "The full name of the module."),
    key(
        "cdef",
        SettingKind::Cdef,
        "What `cdef()` is told: a list of files, or the declarations themselves as one text.",
    ),
    key("packed", SettingKind::Switch, "Whether every `struct` is packed, as for `cdef()`."),
    key("pack", SettingKind::Alignment, "The alignment of every `struct` at most."),
    key(
        "cdef-from",
        SettingKind::Texts,
        "Headers that are told as they are: `include/a.h` of the project, or `<a.h>`.",
    ),
    key("only", SettingKind::Texts, "Patterns of the names that `cdef-from` takes."),
    key("except", SettingKind::Texts, "Patterns of the names that `cdef-from` leaves out."),
    key("source", SettingKind::Text, "The C that `set_source()` is given."),
    key("source-file", SettingKind::ProjectFolder, "The file that holds it instead."),
    key(
        "source-extension",
        SettingKind::Text,
        "How the generated file ends: `.c`, or `.cpp` for C++.",
    ),
    key("abi-mode", SettingKind::Switch, "Whether the module opens a library instead (ABI mode)."),
    key("sources", SettingKind::Globs, "Globs of C and C++ files that are compiled into it."),
    key("include-dirs", SettingKind::Folders, "Folders of headers."),
    key("define-macros", SettingKind::Macros, "Macros, as `NAME` or `NAME=value`."),
    key("undef-macros", SettingKind::Texts, "Macros that are not defined."),
    key("library-dirs", SettingKind::Folders, "Folders of libraries."),
    key("libraries", SettingKind::Texts, "Libraries that it is linked with."),
    key("runtime-library-dirs", SettingKind::Texts, "Folders of libraries at run time."),
    key("extra-objects", SettingKind::Texts, "Objects and archives that are linked into it."),
    key("extra-compile-args", SettingKind::Texts, "Further words for the compiler."),
    key("extra-link-args", SettingKind::Texts, "Further words for the linker."),
    key("export-symbols", SettingKind::Texts, "Symbols that others may use."),
    key("depends", SettingKind::Globs, "Globs of files that make it stale."),
    key("language", SettingKind::Language, "`c` or `c++`: how it is linked."),
    key("optional", SettingKind::Switch, "Whether a failure only leaves it out."),
    key(
        "py-limited-api",
        SettingKind::ExtensionApi,
        "Whether it uses the limited API, or the least Python for that.",
    ),
    key(
        "pkg-config",
        SettingKind::PkgConfig,
        "Packages that pkg-config knows, each perhaps with a version: `libgit2 >= 1.7`.",
    ),
    key("if", SettingKind::Condition, "Where the module counts, as for an override."),
];
