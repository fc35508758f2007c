//! The definition of the keys of `[[tool.officina.modules]]`.

use crate::config::settings::compile_keys::{
    DEFINE_MACROS, DEPENDS, EXPORT_SYMBOLS, EXTRA_COMPILE_ARGS, EXTRA_LINK_ARGS, EXTRA_OBJECTS, IF,
    INCLUDE_DIRS, LANGUAGE, LIBRARIES, LIBRARY_DIRS, NAME_OF_MODULE, OPTIONAL, PKG_CONFIG,
    RUNTIME_LIBRARY_DIRS, SOURCES, UNDEF_MACROS,
};
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
    NAME_OF_MODULE,
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
        "Headers whose declarations cffi gets: `include/a.h` of the project, or `<a.h>`.",
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
    SOURCES,
    INCLUDE_DIRS,
    DEFINE_MACROS,
    UNDEF_MACROS,
    LIBRARY_DIRS,
    LIBRARIES,
    RUNTIME_LIBRARY_DIRS,
    EXTRA_OBJECTS,
    EXTRA_COMPILE_ARGS,
    EXTRA_LINK_ARGS,
    EXPORT_SYMBOLS,
    DEPENDS,
    LANGUAGE,
    OPTIONAL,
    key(
        "py-limited-api",
        SettingKind::ExtensionApi,
        "Whether the module uses the limited API, or the lowest Python whose limited API it uses.",
    ),
    PKG_CONFIG,
    IF,
];
