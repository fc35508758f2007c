//! The crates of `pyproject.toml` against the source tree: what their Cargo.toml files say, and which
//! files cargo needs besides their sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::cargo_manifest::{self, CargoManifest};
use crate::error::{Error, Result};
use crate::files::paths::{joined, parent};
use crate::files::tree;
use crate::fs;
use crate::model::{
    ArgumentValue, CrateLink, DeclaredCrate, DeclaredSource, Environment, HeaderImport,
    ModuleDeclaration, NativeParts, Project, Settings, SourceText, Spanned,
};

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";

/// What cargo needs of a project for one crate. Paths are relative to the project root, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoFiles {
    /// The Cargo.toml of the crate, of its workspace with all its members, and of everything that
    /// these name by a path.
    pub manifests: BTreeSet<String>,
    /// The Cargo.lock.
    pub lock: String,
    /// The least Rust that the crate wants, where it says so.
    pub rust_version: Option<String>,
}

/// Names the crates of these settings as their Cargo.toml files do, and adds the modules that are made
/// of their headers. `read` reads a file of the project.
///
/// # Errors
/// A Cargo.toml is not there, or makes no library.
pub fn name_crates(
    settings: &mut Settings,
    pyproject: &Arc<SourceText>,
    read: &dyn Fn(&str) -> Result<Arc<SourceText>>,
    is_file: &dyn Fn(&str) -> bool,
) -> Result<()> {
    for declared in &mut settings.native.crates {
        let at_path =
            |message: String| Error::new(message).at(pyproject, declared.path.span.clone());
        let folder = declared.path.value.as_str();
        let manifest = declared.manifest();
        if !is_file(&manifest) {
            return Err(at_path(format!("there is no `{manifest}`"))
                .hint("`path` names the folder of the crate's Cargo.toml"));
        }
        let found = cargo_manifest::read(&read(&manifest)?)?;
        if found.package.is_none() {
            return Err(at_path(format!("`{manifest}` is that of a workspace, and no crate"))
                .hint("name the folder of one of its members"));
        }
        let library = found.library_file.as_deref().unwrap_or("src/lib.rs");
        if !joined(folder, library).is_some_and(|file| is_file(&file)) {
            return Err(at_path(format!("the crate `{folder}` has no library"))
                .note(format!("there is no `{library}` beside its Cargo.toml"))
                .hint(
                    "what modules call has to be in a library: move it from `main.rs` to `lib.rs`",
                ));
        }
        declared.name = found.library;
    }
    let modules = settings.native.crates.iter().filter_map(module);
    settings.modules.extend(modules.collect::<Vec<_>>());
    Ok(())
}

/// Refuses a crate whose library has the name of another one: modules link them by their names.
///
/// # Errors
/// There is such a crate.
pub fn refuse_same_names(parts: &NativeParts, pyproject: &Arc<SourceText>) -> Result<()> {
    for (index, declared) in parts.crates.iter().enumerate() {
        let name = &declared.name;
        let is_crate = parts.crates[..index].iter().any(|earlier| earlier.name == *name);
        if is_crate || parts.libraries.iter().any(|library| library.name.value == *name) {
            let what = if is_crate { "crate" } else { "static library" };
            return Err(Error::new(format!("the crate `{name}` has the name of another {what}"))
                .at(pyproject, declared.path.span.clone())
                .note("modules link it by its name")
                .hint("give one of them another name: `[lib] name = \"...\"` in its Cargo.toml"));
        }
    }
    Ok(())
}

/// The module that is made of a crate's header.
fn module(declared: &DeclaredCrate) -> Option<ModuleDeclaration> {
    let (name, header) = (declared.module.clone()?, declared.header.clone()?);
    let list =
        |value: String| ArgumentValue::List(vec![Spanned::new(value, declared.path.span.clone())]);
    let mut arguments = BTreeMap::new();
    if let Some(folder) = declared.include_dir() {
        arguments.insert("include_dirs", list(folder.to_owned()));
    }
    let source = match declared.link {
        CrateLink::Static => {
            arguments.insert("libraries", list(declared.name.clone()));
            DeclaredSource::Headers
        }
        CrateLink::Shared => DeclaredSource::Absent,
    };
    Some(ModuleDeclaration {
        name,
        condition: Some(declared.condition.clone()),
        cdef: Vec::new(),
        cdef_options: BTreeMap::new(),
        headers: Some(HeaderImport { headers: vec![header], only: vec![], except: vec![] }),
        source,
        arguments,
        optional: false,
        pkg_config: Vec::new(),
        span: declared.span.clone(),
    })
}

/// What cargo needs for a crate.
///
/// # Errors
/// The header is not there, a Cargo.toml names a folder outside the project, or there is no Cargo.lock.
pub fn of(project: &Project, declared: &DeclaredCrate) -> Result<CargoFiles> {
    let is_missing = |header: &&Spanned<String>| !project.root.join(&header.value).is_file();
    if let Some(header) = declared.header.as_ref().filter(is_missing) {
        return Err(Error::new(format!("there is no header `{}`", header.value))
            .at(&project.pyproject, header.span.clone())
            .hint("`officina header` writes it with cbindgen"));
    }
    let search = CrateSearch { project, declared };
    let own = search.read(&declared.manifest())?;
    let top = search.workspace(&own)?.unwrap_or_else(|| declared.path.value.clone());
    let mut open = vec![declared.path.value.clone(), top.clone()];
    let mut manifests = BTreeSet::new();
    while let Some(folder) = open.pop() {
        let Some(path) = joined(&folder, MANIFEST) else { continue };
        if !project.root.join(&path).is_file() || !manifests.insert(path.clone()) {
            continue;
        }
        let manifest = search.read(&path)?;
        for named in manifest.dependencies.iter().chain(&manifest.workspace) {
            open.push(search.inside(&folder, named, &path)?);
        }
        for member in manifest.members.iter().flatten() {
            let member = search.inside(&folder, member, &path)?;
            let Some(pattern) = joined(&member, MANIFEST) else { continue };
            let found = tree::matching(&project.root, &pattern)?;
            open.extend(found.iter().map(|file| parent(file).to_owned()));
        }
    }
    let lock = joined(&top, LOCK).unwrap_or_default();
    if !project.root.join(&lock).is_file() {
        return Err(search.no_lock(&lock, &top));
    }
    Ok(CargoFiles { manifests, lock, rust_version: own.rust_version })
}

/// The files that an sdist has to hold for the crates of these settings, whatever git ignores.
///
/// # Errors
/// Those of [`of`].
pub fn named(project: &Project, settings: &Settings) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for declared in &settings.native.crates {
        let files = of(project, declared)?;
        found.extend(files.manifests);
        found.push(files.lock);
        found.extend(declared.header.iter().map(|header| header.value.clone()));
        let configuration = CONFIGURATION.iter().map(|file| project.root.join(file));
        for file in configuration.filter(|file| file.is_file()) {
            let included = included_by(&file);
            let inside = std::iter::once(file).chain(included);
            found.extend(inside.filter_map(|file| tree::path_below(&project.root, &file)));
        }
    }
    Ok(found)
}

/// The files by which cargo and rustup are told how to work, in the folder where they run and in each
/// above it.
const CONFIGURATION: [&str; 4] =
    [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// The files by which cargo and rustup are told how to work, be they there or not. Absolute.
pub fn configuration(root: &Path, environment: &Environment) -> Vec<PathBuf> {
    // Cargo goes up from where it really is.
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut files: Vec<PathBuf> = root
        .ancestors()
        .flat_map(|folder| CONFIGURATION.iter().map(|file| folder.join(file)))
        .collect();
    let home = environment.text("HOME").or_else(|| environment.text("USERPROFILE"));
    let folder = |variable: &str, default: &str| {
        let said = environment.text(variable).map(PathBuf::from);
        said.or_else(|| home.map(|home| Path::new(home).join(default)))
    };
    let of_cargo = folder("CARGO_HOME", ".cargo").into_iter();
    files.extend(of_cargo.flat_map(|home| ["config.toml", "config"].map(|file| home.join(file))));
    files.extend(folder("RUSTUP_HOME", ".rustup").map(|home| home.join("settings.toml")));
    let included: Vec<PathBuf> = files.iter().flat_map(|file| included_by(file)).collect();
    [files, included].concat()
}

/// The files that a configuration file of cargo's includes, and those that these include.
fn included_by(file: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![file.to_owned()];
    while let Some(file) = open.pop() {
        let Ok(text) = fs::read_source(&file, "config.toml") else { continue };
        let named = cargo_manifest::included(&Arc::new(text)).into_iter();
        let folder = file.parent().unwrap_or(Path::new(""));
        let new: Vec<PathBuf> =
            named.map(|path| folder.join(path)).filter(|path| !found.contains(path)).collect();
        found.extend(new.iter().cloned());
        open.extend(new);
    }
    found
}

struct CrateSearch<'a> {
    project: &'a Project,
    declared: &'a DeclaredCrate,
}

impl CrateSearch<'_> {
    fn error(&self, message: String) -> Error {
        Error::new(message).at(&self.project.pyproject, self.declared.path.span.clone())
    }

    fn read(&self, path: &str) -> Result<CargoManifest> {
        let text = fs::read_source(&self.project.root.join(path), path)?;
        cargo_manifest::read(&Arc::new(text))
    }

    /// The folder of the workspace that the crate belongs to.
    fn workspace(&self, own: &CargoManifest) -> Result<Option<String>> {
        let folder = self.declared.path.value.as_str();
        if let Some(said) = &own.workspace {
            return self.inside(folder, said, &self.declared.manifest()).map(Some);
        }
        let mut above = Some(folder.to_owned());
        while let Some(folder) = above {
            let path = joined(&folder, MANIFEST).unwrap_or_default();
            let is_top =
                self.project.root.join(&path).is_file() && self.read(&path)?.members.is_some();
            if is_top {
                return Ok(Some(folder));
            }
            above = joined(&folder, "..");
        }
        Ok(None)
    }

    /// A folder that a Cargo.toml names, from the project root.
    fn inside(&self, folder: &str, named: &str, manifest: &str) -> Result<String> {
        joined(folder, named).ok_or_else(|| {
            let name = &self.declared.path.value;
            self.error(format!("the crate `{name}` needs `{named}`, which is outside the project"))
                .note(format!("`{manifest}` names it"))
                .note("an sdist holds files below the folder of pyproject.toml only")
                .hint("move it into the project, or depend on a published version")
        })
    }

    fn no_lock(&self, lock: &str, top: &str) -> Error {
        let root = self.project.root.canonicalize().unwrap_or_else(|_| self.project.root.clone());
        let above = root.ancestors().skip(1).find(|folder| is_workspace(folder));
        let error = self.error(format!("there is no `{lock}`"));
        match above {
            Some(folder) => error
                .note(format!("the workspace in {} is outside the project", folder.display()))
                .hint(format!(
                    "make the crate a workspace of its own: write `[workspace]` into `{}`",
                    joined(top, MANIFEST).unwrap_or_default()
                )),
            None => error
                .note(
                    "without it, each build could get other versions of what the crate depends on",
                )
                .hint(format!(
                    "make it with `cargo generate-lockfile --manifest-path {}`, and commit it",
                    joined(top, MANIFEST).unwrap_or_default()
                )),
        }
    }
}

fn is_workspace(folder: &Path) -> bool {
    let text = fs::read_source(&folder.join(MANIFEST), MANIFEST);
    let manifest = text.and_then(|text| cargo_manifest::read(&Arc::new(text)));
    manifest.is_ok_and(|manifest| manifest.members.is_some())
}
