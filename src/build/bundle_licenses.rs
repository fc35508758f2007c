//! The licences of libraries that a wheel takes in.

use std::collections::BTreeMap;
use std::path::PathBuf;

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
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.insert(format!("{folder}/licenses/{owner}/{name}"), file);
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

/// The files that say the licence of a library, and whose it is.
fn licenses(build: &Build, library: &BundledLibrary) -> Result<(String, Vec<PathBuf>)> {
    let file = library.file.file_name().unwrap_or_default().to_string_lossy();
    let project = build.project;
    let is_it = |license: &&BundleLicense| {
        license.libraries.matches(&library.name) || license.libraries.matches(&file)
    };
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
