//! The project as `pyproject.toml` and the files that it names describe it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::build::crate_files;
use crate::build::vcs_version::{self, FoundVersion, Versioned};
use crate::config::metadata::{self, TreeAccess};
use crate::config::settings::condition::Surroundings;
use crate::config::toml::{self, TomlTable};
use crate::config::{builder, options, placement, settings, setuptools};
use crate::error::{Error, Result};
use crate::files::tree;
use crate::fs;
use crate::model::{
    Builder, DeclaredSettings, Environment, Hook, Metadata, PYPROJECT, Project, Request, Settings,
    SetuptoolsProject, SourceText,
};
use crate::report::Console;

/// Reads what `pyproject.toml` says for this interpreter and this build, and the files that it
/// names.
///
/// # Errors
/// One of these files cannot be read, or says something that is refused.
pub fn load(request: &Request, environment: &Environment) -> Result<Project> {
    let root = request.source_tree.as_path();
    let pyproject = Arc::new(fs::read_source(&root.join(PYPROJECT), PYPROJECT)?);
    let document = toml::parse(&pyproject)?;
    let table = TomlTable::root(&pyproject, &document);
    placement::check(&table)?;
    let inputs = RefCell::new(BTreeSet::new());
    let found = RefCell::new(None);
    let access = TreeAccess {
        read: &|file| {
            inputs.borrow_mut().insert(file.to_owned());
            fs::read_source(&root.join(file), file).map(Arc::new)
        },
        files_matching: &|glob| tree::matching(root, glob),
        version: &|name, settings| {
            let found_now = version(request, &Versioned { root, environment, name, settings })?;
            Ok(found.borrow_mut().insert(found_now).version.clone())
        },
    };
    let mut declared = settings::read(&table)?;
    let theirs = request.hook.setuptools_project();
    let entries_in = match theirs {
        Some(theirs) => with_setuptools(&mut declared, theirs, &table, root)?,
        None => Arc::clone(&pyproject),
    };
    let surroundings = Surroundings {
        interpreter: &request.interpreter,
        product: request.hook.product(),
        environment,
    };
    let (mut settings, applied) = settings::overrides::apply(&declared, &surroundings);
    for settings in [&mut settings, &mut declared.base] {
        let is_file = |path: &str| root.join(path).is_file();
        crate_files::name_crates(settings, &pyproject, access.read, &is_file)?;
    }
    crate_files::refuse_same_names(&settings.native, &pyproject)?;
    settings::native::refuse_twice(&settings.native, &pyproject, |_, _| true)?;
    let options = options::merged(&settings.build, &request.config.choices)?;
    let metadata = match theirs {
        Some(theirs) => metadata::of_setuptools(theirs),
        None => own_metadata(&table, &access)?,
    };
    let inputs = inputs.into_inner().into_iter().collect();
    let found = found.into_inner();
    Ok(Project {
        vcs_version: found.as_ref().map(|found: &FoundVersion| found.version.clone()),
        version_warning: found.as_ref().and_then(|found| found.warning.clone()),
        version_file: found.and_then(|found| found.file),
        root: root.to_owned(),
        pyproject,
        entries_in,
        metadata,
        settings,
        declared,
        applied,
        options,
        inputs,
    })
}

/// What git says of the version; of an editable install, what it said at the install.
fn version(request: &Request, project: &Versioned) -> Result<FoundVersion> {
    let Hook::Rebuild { install, .. } = &request.hook else { return vcs_version::find(project) };
    match &install.vcs_version {
        Some(version) => project.with_file(version.clone()),
        None => Err(Error::new("the version comes from git now, and it did not at the install")),
    }
}

fn own_metadata(table: &TomlTable, access: &TreeAccess) -> Result<Metadata> {
    let metadata = metadata::read(table, access)?;
    for file in &metadata.license_files {
        // The specification of `License-File` wants UTF-8, and indexes refuse what is not.
        (access.read)(file)
            .map_err(|e| e.hint("`project.license-files` says which files count"))?;
    }
    Ok(metadata)
}

/// Adds what setuptools says to the settings; returns the file that the entries stand in.
fn with_setuptools(
    declared: &mut DeclaredSettings,
    theirs: &SetuptoolsProject,
    table: &TomlTable,
    root: &Path,
) -> Result<Arc<SourceText>> {
    settings::setuptools_keys::refuse(table, declared)?;
    let name = setuptools::SETUP;
    // A project without one may be built by a program that calls `setup()` itself.
    let setup = fs::read_source(&root.join(name), name)
        .unwrap_or_else(|_| SourceText { name: name.to_owned(), text: String::new() });
    setuptools::complete(declared, theirs, table.source, &Arc::new(setup))
}

/// The builder scripts of the project's settings, or of others that it may have elsewhere.
///
/// # Errors
/// A script is not there.
pub fn resolved_scripts(project: &Project, settings: &Settings) -> Result<Vec<Builder>> {
    builder::resolve(
        settings,
        &project.entries_in,
        &|script| project.root.join(script).is_file(),
        &|| tree::scripts(&project.root),
    )
}

/// Where the progress of a project's builds is told.
pub fn console(project: &Project) -> Console {
    Console { detail: project.options.detail }
}

/// Says what is odd about how this build was started. Hooks that build do so: a frontend calls
/// others before.
pub fn warn(request: &Request, project: &Project) {
    for warning in request.config.warnings.iter().chain(&project.version_warning) {
        console(project).warning(warning);
    }
}
