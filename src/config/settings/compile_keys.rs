//! The keys that say how something is compiled and linked, which modules, extensions and libraries
//! have in common.

use crate::config::settings::key::{Key, key};
use crate::model::SettingKind;

pub(super) const NAME_OF_MODULE: Key =
    key("name", SettingKind::DottedName, "The full name of the module.");
pub(super) const IF: Key = key("if", SettingKind::Condition, "Where it counts, as in overrides.");
pub(super) const SOURCES: Key =
    key("sources", SettingKind::Globs, "Globs of the C and C++ sources, in the order of names.");
pub(super) const INCLUDE_DIRS: Key =
    key("include-dirs", SettingKind::Folders, "Folders of headers.");
pub(super) const DEFINE_MACROS: Key =
    key("define-macros", SettingKind::Macros, "Macros, as `NAME` or `NAME=value`.");
pub(super) const UNDEF_MACROS: Key =
    key("undef-macros", SettingKind::Texts, "Macros that are undefined, after all others.");
pub(super) const EXTRA_COMPILE_ARGS: Key =
    key("extra-compile-args", SettingKind::Texts, "Further words for the compiler.");
pub(super) const DEPENDS: Key =
    key("depends", SettingKind::Globs, "Globs of further files that are read, headers as a rule.");
pub(super) const LIBRARIES: Key = key(
    "libraries",
    SettingKind::Texts,
    "Libraries to link: of `[[tool.officina.libraries]]`, or of the system.",
);
pub(super) const PKG_CONFIG: Key = key(
    "pkg-config",
    SettingKind::PkgConfig,
    "Packages that pkg-config knows, as `libgit2` or `libgit2 >= 1.7`.",
);
pub(super) const LIBRARY_DIRS: Key =
    key("library-dirs", SettingKind::Folders, "Folders of libraries.");
pub(super) const RUNTIME_LIBRARY_DIRS: Key = key(
    "runtime-library-dirs",
    SettingKind::Texts,
    "Folders where the loader looks for libraries; `$ORIGIN` is that of the module.",
);
pub(super) const EXTRA_OBJECTS: Key =
    key("extra-objects", SettingKind::Texts, "Objects and archives to link.");
pub(super) const EXTRA_LINK_ARGS: Key =
    key("extra-link-args", SettingKind::Texts, "Further words for the linker.");
pub(super) const EXPORT_SYMBOLS: Key =
    key("export-symbols", SettingKind::Texts, "Names that the module exports, on Windows.");
pub(super) const LANGUAGE: Key =
    key("language", SettingKind::Language, "How it is linked: `c` or `c++`.");
pub(super) const OPTIONAL: Key = key(
    "optional",
    SettingKind::Switch,
    "Whether a module that cannot be made is left out with a warning.",
);
