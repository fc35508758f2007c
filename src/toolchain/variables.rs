//! The environment variables that matter to a build, and who reads each. There is no other list.

use std::ffi::OsStr;

use crate::error::{Error, Result};
use crate::model::Environment;
use crate::toolchain::command_line::{self, Quoting};
use Role::{Cargo, Compiler, HeaderFolders, InObjects, Linker, PkgConfig, Process, Toolchain};

/// What a variable is to a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The search for a toolchain reads it: where these are the same, so is the toolchain.
    Toolchain,
    /// Compilers read it, whatever their command says.
    Compiler,
    /// Linkers read it, or the compiler that runs the linker.
    Linker,
    /// pkg-config reads it, which builders run.
    PkgConfig,
    /// Cargo, rustc or rustup read it.
    Cargo,
    /// It names folders that compilers search for headers besides those of their command.
    HeaderFolders,
    /// Compilers may write into objects what it says: it names folders or holds flags.
    InObjects,
    /// It belongs to one process or one person and not to a build, so that it is never kept.
    Process,
}

/// One variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// `CFLAGS`
    pub name: &'static str,
    /// What it is to a build.
    pub roles: &'static [Role],
}

const fn row(name: &'static str, roles: &'static [Role]) -> Variable {
    Variable { name, roles }
}

/// All of them, sorted by name.
#[rustfmt::skip]
pub const VARIABLES: &[Variable] = &[
    row("AR", &[Toolchain]),
    row("ARCHFLAGS", &[Toolchain]),
    row("CARGO", &[Cargo]),
    row("CARGO_BUILD_TARGET", &[Cargo]),
    row("CARGO_ENCODED_RUSTFLAGS", &[Cargo]),
    row("CARGO_HOME", &[Cargo]),
    row("CC", &[Toolchain]),
    row("CCC_OVERRIDE_OPTIONS", &[Compiler, Linker, InObjects]),
    row("CFLAGS", &[Toolchain]),
    row("CL", &[Compiler]),
    row("COLUMNS", &[Process]),
    row("COMPILER_PATH", &[Compiler, Linker]),
    row("CPATH", &[Compiler, HeaderFolders, InObjects]),
    row("CPLUS_INCLUDE_PATH", &[Compiler, HeaderFolders, InObjects]),
    row("CPPFLAGS", &[Toolchain]),
    row("CXX", &[Toolchain]),
    row("CXXFLAGS", &[Toolchain]),
    row("C_INCLUDE_PATH", &[Compiler, HeaderFolders, InObjects]),
    row("DEPENDENCIES_OUTPUT", &[Compiler]),
    row("EXTERNAL_INCLUDE", &[Toolchain, Compiler, HeaderFolders]),
    row("GCC_COMPARE_DEBUG", &[Compiler]),
    row("GCC_EXEC_PREFIX", &[Compiler, Linker]),
    row("HOME", &[Process]),
    row("INCLUDE", &[Toolchain, Compiler, HeaderFolders]),
    row("LANG", &[Process]),
    row("LDCXXSHARED", &[Toolchain]),
    row("LDFLAGS", &[Toolchain]),
    row("LDSHARED", &[Toolchain]),
    row("LD_LIBRARY_PATH", &[Compiler, Linker]),
    row("LD_RUN_PATH", &[Linker]),
    row("LIB", &[Toolchain, Linker]),
    row("LIBPATH", &[Compiler, Linker]),
    row("LIBRARY_PATH", &[Linker]),
    row("LINES", &[Process]),
    row("LINK", &[Linker]),
    row("MACOSX_DEPLOYMENT_TARGET", &[Toolchain, Compiler, Linker]),
    row("OBJC_INCLUDE_PATH", &[Compiler]),
    row("OFFICINA_EDITABLE_REBUILD", &[Process]),
    row("OLDPWD", &[Process]),
    row("PATH", &[Toolchain, Process]),
    row("PKG_CONFIG", &[PkgConfig]),
    row("PKG_CONFIG_LIBDIR", &[PkgConfig]),
    row("PKG_CONFIG_PATH", &[PkgConfig]),
    row("PKG_CONFIG_SYSROOT_DIR", &[PkgConfig]),
    row("PWD", &[Process]),
    row("RUSTC", &[Cargo]),
    row("RUSTC_WORKSPACE_WRAPPER", &[Cargo]),
    row("RUSTC_WRAPPER", &[Cargo]),
    row("RUSTFLAGS", &[Cargo]),
    row("RUSTUP_HOME", &[Cargo]),
    row("RUSTUP_TOOLCHAIN", &[Cargo]),
    row("SDKROOT", &[Compiler, Linker, InObjects]),
    row("SOURCE_DATE_EPOCH", &[Compiler, Linker]),
    row("SUNPRO_DEPENDENCIES", &[Compiler]),
    row("SYSROOT", &[Compiler, Linker, InObjects]),
    row("TEMP", &[Process]),
    row("TERM", &[Process]),
    row("TMP", &[Process]),
    row("TMPDIR", &[Process]),
    row("USER", &[Process]),
    row("VIRTUAL_ENV", &[Process]),
    row("ZERO_AR_DATE", &[Linker]),
    row("ZIG_GLOBAL_CACHE_DIR", &[Compiler, Linker]),
    row("ZIG_LIB_DIR", &[Compiler, Linker]),
    row("_CL_", &[Compiler]),
    row("_LINK_", &[Linker]),
];

/// The beginnings of names that have the role [`Role::Process`].
const PROCESS_PREFIXES: [&str; 5] = ["CONDA", "LC_", "PIP_", "PYTHON", "UV_"];

/// The variables that have a role, sorted.
pub fn having(role: Role) -> impl Iterator<Item = &'static str> {
    having_any([role])
}

fn having_any<const N: usize>(roles: [Role; N]) -> impl Iterator<Item = &'static str> {
    let fits = move |variable: &&Variable| variable.roles.iter().any(|role| roles.contains(role));
    VARIABLES.iter().filter(fits).map(|variable| variable.name)
}

/// What a run of a compiler or a linker depends on besides its command.
pub fn read_by_tools() -> impl Iterator<Item = &'static str> {
    having_any([Compiler, Linker])
}

/// What a rebuild of an editable install has to see as the install saw it, set or not. `PATH` is not
/// among them: an isolated install has folders in it that are gone, and that anybody may make again.
pub fn kept_for_rebuilds() -> impl Iterator<Item = &'static str> {
    having_any([Toolchain, Compiler, Linker, PkgConfig, Cargo]).filter(|name| !is_of_process(name))
}

/// Whether a variable belongs to one process or one person: see [`Role::Process`].
pub fn is_of_process(name: &str) -> bool {
    having(Process).any(|known| known == name)
        || PROCESS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The words of a variable. One that is set to nothing is still set: `CFLAGS=` means no flags.
pub fn words(environment: &Environment, name: &str) -> Result<Option<Vec<String>>> {
    let Some(value) = environment.0.get(OsStr::new(name)) else { return Ok(None) };
    let text = value.to_str().ok_or_else(|| {
        Error::new(format!("the environment variable `{name}` is not valid UTF-8"))
    })?;
    let words = command_line::split(text, Quoting::HERE).ok_or_else(|| {
        Error::new(format!("the environment variable `{name}` has a quote that is never closed"))
            .note(format!("it says: {text}"))
    })?;
    Ok(Some(words))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Names separated by spaces, sorted.
    #[track_caller]
    fn check(found: impl Iterator<Item = &'static str>, expected: &str) {
        let expected: BTreeSet<&str> = expected.split_whitespace().collect();
        assert_eq!(found.collect::<Vec<_>>(), Vec::from_iter(expected));
    }

    const TOOLCHAIN: &str = "AR CC CXX LDSHARED LDCXXSHARED CFLAGS CXXFLAGS CPPFLAGS LDFLAGS ARCHFLAGS \
                             MACOSX_DEPLOYMENT_TARGET LIB INCLUDE EXTERNAL_INCLUDE";
    const TOOLS: &str = "CCC_OVERRIDE_OPTIONS CL COMPILER_PATH CPATH CPLUS_INCLUDE_PATH \
                         C_INCLUDE_PATH DEPENDENCIES_OUTPUT EXTERNAL_INCLUDE GCC_COMPARE_DEBUG GCC_EXEC_PREFIX \
                         INCLUDE LD_LIBRARY_PATH LD_RUN_PATH LIB LIBPATH LIBRARY_PATH LINK \
                         MACOSX_DEPLOYMENT_TARGET OBJC_INCLUDE_PATH SDKROOT SOURCE_DATE_EPOCH \
                         SUNPRO_DEPENDENCIES SYSROOT ZERO_AR_DATE ZIG_GLOBAL_CACHE_DIR ZIG_LIB_DIR _CL_ _LINK_";
    const CARGO: &str = "CARGO CARGO_BUILD_TARGET CARGO_ENCODED_RUSTFLAGS CARGO_HOME RUSTC \
                         RUSTC_WORKSPACE_WRAPPER RUSTC_WRAPPER RUSTFLAGS RUSTUP_HOME RUSTUP_TOOLCHAIN";
    const PKG_CONFIG: &str = "PKG_CONFIG PKG_CONFIG_LIBDIR PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR";

    #[test]
    fn each_variable_has_one_row() {
        assert!(VARIABLES.is_sorted_by(|one, other| one.name < other.name));
        assert!(VARIABLES.iter().all(|variable| !variable.roles.is_empty()));
    }

    #[test]
    fn who_reads_which() {
        check(having(Toolchain), &format!("{TOOLCHAIN} PATH"));
        check(read_by_tools(), TOOLS);
        check(
            having(HeaderFolders),
            "CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH EXTERNAL_INCLUDE INCLUDE",
        );
        check(
            having(InObjects),
            "CCC_OVERRIDE_OPTIONS CPATH CPLUS_INCLUDE_PATH C_INCLUDE_PATH SDKROOT SYSROOT",
        );
        check(having(PkgConfig), PKG_CONFIG);
        check(having(Cargo), CARGO);
    }

    #[test]
    fn rebuilds_see_what_searches_compilers_and_linkers_saw() {
        check(kept_for_rebuilds(), &format!("{TOOLCHAIN} {TOOLS} {PKG_CONFIG} {CARGO}"));
        for name in ["HOME", "PATH", "PYTHONPATH", "LC_ALL", "UV_CACHE_DIR", "TMPDIR"] {
            assert!(is_of_process(name), "{name}");
        }
        for name in ["LD_RUN_PATH", "CC", "MINE", "PKG_CONFIG_PATH"] {
            assert!(!is_of_process(name), "{name}");
        }
    }
}
