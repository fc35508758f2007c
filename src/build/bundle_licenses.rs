//! The licences of libraries that a wheel takes in.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::build::context::Build;
use crate::error::{Error, Result};
use crate::model::{BundleLicense, Content, ManifestEntry, Settings};
use crate::steps::bundle::plan::{BundlePlan, BundledLibrary};

/// The files of the wheel with the licences of its libraries, below the folder that these lie in: those
/// that the project names, else those of their packages.
///
/// # Errors
/// A file that the project names is not there.
pub fn entries(build: &Build, plan: &BundlePlan, folder: &str) -> Result<Vec<ManifestEntry>> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut unknown: Vec<&str> = Vec::new();
    for library in &plan.libraries {
        let (owner, files) = licenses(build, library)?;
        if files.is_empty() {
            unknown.push(&library.name);
        }
        for file in files {
            let folder = format!("{folder}/licenses/{owner}");
            found.insert(path_in(&folder, &file, &found, &build.project.root), file);
        }
    }
    if let [first, ..] = unknown.as_slice() {
        build.console().warning(&format!(
            "the wheel holds `{}` without a licence, since no package of the system has one: name the \
             file, `bundle-licenses = {{ \"{first}\" = \"…\" }}`",
            unknown.join("`, `")
        ));
    }
    let entry =
        |(path, file)| ManifestEntry { path, content: Content::File(file), executable: false };
    Ok(found.into_iter().map(entry).collect())
}

/// Where a licence lies in a folder of the wheel: by its name, and by its whole path, in the project
/// or in the system, if another file has that name there.
fn path_in(folder: &str, file: &Path, found: &BTreeMap<String, PathBuf>, root: &Path) -> String {
    let path = format!("{folder}/{}", file.file_name().unwrap_or_default().to_string_lossy());
    match found.get(&path) {
        Some(other) if other != file => {
            let path = file.strip_prefix(root).unwrap_or(file);
            let names = path.iter().filter(|name| *name != "/").map(OsStr::to_string_lossy);
            format!("{folder}/{}", names.collect::<Vec<_>>().join("_"))
        }
        _ => path,
    }
}

/// The files that say the licence of a library, and whose it is.
fn licenses(build: &Build, library: &BundledLibrary) -> Result<(String, Vec<PathBuf>)> {
    let file = library.file_name();
    let project = build.project;
    let is_it = |license: &&BundleLicense| library.is_called(&license.libraries);
    let named: Vec<_> = project.settings.bundle_licenses.iter().filter(is_it).collect();
    if named.is_empty() {
        let package = library.package.as_ref();
        let licenses = package.map(|package| (package.name.clone(), package.licenses.clone()));
        return Ok(licenses.unwrap_or_else(|| (base(&file), Vec::new())));
    }
    let mut files = Vec::with_capacity(named.len());
    for license in named {
        let file = project.root.join(&license.file.value);
        if !file.is_file() {
            let message = format!("there is no file `{}`", license.file.value);
            return Err(Error::new(message)
                .at(&project.pyproject, license.file.span.clone())
                .hint("name the file with the licence, from the folder of pyproject.toml"));
        }
        files.push(file);
    }
    Ok((base(&file), files))
}

/// `libonig.so.5.3.0` -> `libonig`
fn base(file: &str) -> String {
    file.split('.').next().unwrap_or(file).to_owned()
}

/// The files that settings name, from the project root.
pub fn named(settings: &Settings) -> impl Iterator<Item = String> {
    settings.bundle_licenses.iter().map(|license| license.file.value.clone())
}
