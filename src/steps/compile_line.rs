//! What decides how one source is compiled. Pure.

use std::path::PathBuf;

use crate::model::{BuildOptions, CompileSpec, Environment, WheelKind};
use crate::steps::path_mapping::PathMapping;
use crate::steps::translation_unit::TranslationUnit;
use crate::toolchain::{Family, LanguageCommands, Toolchain};

/// What a compile line is made of.
#[derive(Clone, Copy)]
pub struct CompileLine<'a> {
    /// The source and its object.
    pub unit: &'a TranslationUnit,
    /// The module or the library.
    pub spec: CompileSpec<'a>,
    /// The toolchain, and its commands for the source's language.
    pub toolchain: &'a Toolchain,
    /// See `toolchain`.
    pub commands: &'a LanguageCommands,
    /// Folders of Python's headers, after the module's own.
    pub python_includes: &'a [PathBuf],
    /// What the compiler finds in its environment.
    pub environment: &'a Environment,
    /// Folders of this build.
    pub paths: PathMapping<'a>,
    /// How the project and its builder want it.
    pub options: &'a BuildOptions,
    /// What the module is for.
    pub kind: WheelKind,
}

/// Where the compiler says what it read; `None` where it cannot, or where flags of the user's own
/// ask it for that already.
pub fn dep_file(line: &CompileLine) -> Option<PathBuf> {
    let flags = line.commands.compile.flags.iter().chain(line.spec.extra_compile_args);
    // Microsoft's `-MD` is about the runtime library.
    let options: &[&str] = match line.toolchain.family {
        Family::Gcc { .. } | Family::Clang { .. } => &["-M", "-Wp,-M"],
        Family::Msvc { .. } => &["/sourceDependencies", "-sourceDependencies", "/clang:-M"],
    };
    let asks = |flag: &String| options.iter().any(|option| flag.starts_with(option));
    // Assembly that no preprocessor sees includes nothing.
    let is_plain = line.unit.source.extension().is_some_and(|suffix| suffix == "s");
    if is_plain || flags.into_iter().any(asks) {
        return None;
    }
    let mut path = line.unit.object.clone();
    path.as_mut_os_string().push(".d");
    Some(path)
}
