//! The definitions of the keys in `[[tool.officina.extensions]]`, `libraries` and `steps`.

use crate::config::settings::compile_keys::{
    DEFINE_MACROS, DEPENDS, EXPORT_SYMBOLS, EXTRA_COMPILE_ARGS, EXTRA_LINK_ARGS, EXTRA_OBJECTS, IF,
    INCLUDE_DIRS, LANGUAGE, LIBRARIES, LIBRARY_DIRS, NAME_OF_MODULE, OPTIONAL, PKG_CONFIG,
    RUNTIME_LIBRARY_DIRS, SOURCES, UNDEF_MACROS,
};
use crate::config::settings::key::{Key, key, table};
use crate::model::SettingKind;

/// The keys of an extension.
pub const EXTENSION: [Key; 18] = [
    NAME_OF_MODULE,
    IF,
    SOURCES,
    INCLUDE_DIRS,
    DEFINE_MACROS,
    UNDEF_MACROS,
    EXTRA_COMPILE_ARGS,
    DEPENDS,
    LIBRARIES,
    PKG_CONFIG,
    LIBRARY_DIRS,
    RUNTIME_LIBRARY_DIRS,
    EXTRA_OBJECTS,
    EXTRA_LINK_ARGS,
    EXPORT_SYMBOLS,
    LANGUAGE,
    OPTIONAL,
    key(
        "limited-api",
        SettingKind::ExtensionApi,
        "Whether its sources keep to the limited API: true, the least Python, or false.",
    ),
];

/// The keys of a library.
pub const LIBRARY: [Key; 11] = [
    key("name", SettingKind::Text, "Its name in the `libraries` of those that link it."),
    IF,
    SOURCES,
    INCLUDE_DIRS,
    DEFINE_MACROS,
    UNDEF_MACROS,
    EXTRA_COMPILE_ARGS,
    DEPENDS,
    LIBRARIES,
    PKG_CONFIG,
    key(
        "public-include-dirs",
        SettingKind::Folders,
        "Folders of headers for the library and for all that link it.",
    ),
];

/// The keys of `provides`.
const PROVIDES: [Key; 2] = [
    key("include-dirs", SettingKind::Texts, "Folders of headers, in the folder of the step."),
    key("library-dirs", SettingKind::Texts, "Folders of libraries, in the folder of the step."),
];

/// The keys of a crate.
pub const CRATE: [Key; 12] = [
    key("path", SettingKind::ProjectFolder, "The folder of its Cargo.toml."),
    IF,
    key(
        "link",
        SettingKind::CrateLink,
        "How modules use the crate: `static` (linked) or `shared` (opened at run time).",
    ),
    key("header", SettingKind::Text, "The C header that declares what it exports."),
    key("module", SettingKind::DottedName, "A CFFI module to make of the header."),
    key("package", SettingKind::DottedName, "The package that holds a shared library."),
    key("features", SettingKind::Texts, "Features to build it with."),
    key("default-features", SettingKind::Switch, "Whether its default features are built."),
    key("profile", SettingKind::Text, "Cargo's profile; `release` if absent."),
    key("editable-profile", SettingKind::Text, "Cargo's profile for editable installs."),
    key("target", SettingKind::Text, "The target triple; that of this Python if absent."),
    key("env", SettingKind::Variables, "Variables of the environment that cargo sees."),
];

/// The keys of C that is vendored.
pub const VENDORED: [Key; 6] = [
    key("name", SettingKind::Text, "The name of the project that the code comes from."),
    key("version", SettingKind::Text, "Its version."),
    key("license", SettingKind::Text, "Its licence, an SPDX expression."),
    key("purl", SettingKind::Text, "Its package URL."),
    key("paths", SettingKind::Globs, "Globs of its files; each has to be compiled or included."),
    IF,
];

/// The keys of a step.
pub const STEP: [Key; 8] = [
    key("name", SettingKind::Text, "The name of its folder."),
    IF,
    key("commands", SettingKind::Commands, "The commands, each a list of words; no shell."),
    key("directory", SettingKind::Text, "Where they run; the folder of the step if absent."),
    key("inputs", SettingKind::Globs, "Globs of the files that they read; none: run each time."),
    key("outputs", SettingKind::Globs, "Globs of the files in the source tree that they make."),
    key("env", SettingKind::Variables, "Variables of the environment that they see."),
    table("provides", &PROVIDES, "Folders that modules and libraries are compiled with."),
];
