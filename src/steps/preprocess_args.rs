//! The arguments that preprocess a C text and leave the definitions of macros in it. Pure.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::Macro;
use crate::steps::compile_args::macro_arg;
use crate::steps::path_mapping::{PathMapping, joined};
use crate::toolchain::{Family, Toolchain};

/// What they are made of.
pub struct PreprocessParts<'a> {
    /// The compiler with its flags.
    pub toolchain: &'a Toolchain,
    /// Macros, in the order in which they apply.
    pub macros: &'a [Macro],
    /// Where headers are searched.
    pub include_dirs: &'a [PathBuf],
    /// Further flags.
    pub own: &'a [String],
    /// The text.
    pub source: &'a Path,
    /// What is made of it.
    pub product: &'a Path,
    /// Folders of this build.
    pub paths: PathMapping<'a>,
}

/// The arguments that follow the compiler's driver.
pub fn preprocess_args(parts: &PreprocessParts) -> Vec<OsString> {
    let paths = &parts.paths;
    let mut args = paths.flags_in_command(&parts.toolchain.c.compile.flags);
    args.extend(parts.macros.iter().map(macro_arg));
    let folders = parts.include_dirs.iter();
    args.extend(folders.map(|folder| joined("-I", &paths.in_command(folder))));
    // Headers are read as C, also those of a module in C++.
    let is_of_c =
        |flag: &&String| !["std=c++", "std:c++", "std=gnu++"].iter().any(|std| flag.contains(std));
    let own: Vec<String> = parts.own.iter().filter(is_of_c).cloned().collect();
    args.extend(paths.flags_in_command(&own));
    let (source, product) = (paths.in_command(parts.source), paths.in_command(parts.product));
    match parts.toolchain.family {
        Family::Gcc { .. } | Family::Clang { .. } => {
            args.extend(["-w", "-E", "-dD", "-x", "c"].map(OsString::from));
            args.extend([source.into(), "-o".into(), product.into()]);
        }
        // <https://learn.microsoft.com/en-us/cpp/build/reference/fi-preprocess-output-file-name>
        Family::Msvc { clang_cl } => {
            args.push(if clang_cl { "/clang:-dD" } else { "/d1PP" }.into());
            args.extend([OsString::from("/P"), joined("/Fi", &product), joined("/Tc", &source)]);
        }
    }
    args
}
