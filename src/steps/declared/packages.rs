//! What pkg-config says about packages, added to a declared module as `set_source_pkgconfig()` does.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::model::{Environment, Macro, ModuleDeclaration, SourceText, Spanned};
use crate::steps::pkg_config;

/// A declaration with the flags of its packages.
///
/// # Errors
/// pkg-config is not there, does not know a package, or only an older one.
pub fn with_packages(
    mut declaration: ModuleDeclaration,
    environment: &Environment,
    root: &Path,
    pyproject: &Arc<SourceText>,
) -> Result<ModuleDeclaration> {
    let packages = declaration.pkg_config.clone();
    let Some(place) = packages.first().map(|package| package.span.clone()) else {
        return Ok(declaration);
    };
    let flags = pkg_config::ask(&packages, environment, root, pyproject)?;
    let folders = |folders: Vec<std::path::PathBuf>| -> Vec<String> {
        folders.into_iter().map(|folder| folder.to_string_lossy().into_owned()).collect()
    };
    let (mut defined, mut undefined) = (Vec::new(), Vec::new());
    for one in flags.macros {
        match one {
            Macro::Define(name, Some(value)) => defined.push(format!("{name}={value}")),
            Macro::Define(name, None) => defined.push(name),
            Macro::Undefine(name) => undefined.push(name),
        }
    }
    for (argument, words) in [
        ("include_dirs", folders(flags.include_dirs)),
        ("define_macros", defined),
        ("undef_macros", undefined),
        ("extra_compile_args", flags.extra_compile_args),
        ("library_dirs", folders(flags.library_dirs)),
        ("libraries", flags.libraries),
        ("extra_link_args", flags.extra_link_args),
    ] {
        let words = words.into_iter().map(|word| Spanned::new(word, place.clone()));
        declaration.extend(argument, words.collect());
    }
    Ok(declaration)
}
