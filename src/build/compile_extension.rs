//! Compiles and links one extension whose C source exists already: the way in for
//! `cffi.ffiplatform.compile`, and so for cffi's own test suite.

use std::path::{Component, Path, PathBuf};

use crate::build::context::{CompileParts, compile_context};
use crate::build::folders;
use crate::config::options;
use crate::engine::build_dir::BuildDir;
use crate::engine::jobserver::Jobs;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::error::Result;
use crate::fs;
use crate::model::{
    Environment, ExtensionSpec, PartialBuildOptions, Request, Response, Sysconfig, Target,
    WheelKind,
};
use crate::steps::context::UndefinedSymbolPolicy;
use crate::steps::make_modules::{self, LinkedModule};
use crate::steps::path_mapping::FolderSpellings;
use crate::steps::toolchains::Toolchains;

/// An extension to make of a source that is there.
pub struct ExtensionRequest<'a> {
    /// The extension.
    pub spec: &'a ExtensionSpec,
    /// The file to make. Absolute.
    pub file: &'a Path,
    /// A folder that gets a copy of each object, as setuptools leaves them. Absolute.
    pub objects: Option<&'a Path>,
    /// How the Python that will load it was compiled itself.
    pub sysconfig: &'a Sysconfig,
}

/// Makes the extension and answers with its path.
///
/// # Errors
/// Those of compiling and linking.
pub fn run(
    extension: &ExtensionRequest,
    request: &Request,
    environment: &Environment,
) -> Result<Response> {
    let options = options::merged(&PartialBuildOptions::default(), &request.config.choices)?;
    let root = &request.source_tree;
    folders::check(&options, root)?;
    let folder = BuildDir::scratch(RelocatablePaths::default())?;
    let jobs = Jobs::new(options.jobs, environment);
    let spellings = FolderSpellings::of(root, &folder.path);
    let toolchains = Toolchains::default();
    let context = compile_context(&CompileParts {
        request,
        environment,
        target: Target { interpreter: &request.interpreter, sysconfig: extension.sysconfig },
        options: &options,
        kind: WheelKind::Standard,
        undefined: UndefinedSymbolPolicy::Warn,
        folder: &folder,
        jobs: &jobs,
        spellings: &spellings,
        toolchains: &toolchains,
    });
    let linked = make_modules::make_one(&extension.spec.with(&options), extension.file, &context)?;
    if let Some(objects) = extension.objects {
        keep_objects(&linked, root, objects)?;
    }
    Ok(Response::Name(extension.file.to_string_lossy().into_owned()))
}

/// Copies each object to where setuptools would have left it: below `folder`, under the path of
/// its source.
fn keep_objects(linked: &LinkedModule, root: &Path, folder: &Path) -> Result<()> {
    for object in &linked.objects {
        let suffix = object.path.extension().unwrap_or_default();
        let place = below(folder, object.source.strip_prefix(root).unwrap_or(&object.source));
        fs::copy(&object.path, &place.with_extension(suffix))?;
    }
    Ok(())
}

/// The place of a source in another folder. An absolute path loses its root, as with setuptools:
/// nothing is written beside a source that lies elsewhere.
fn below(folder: &Path, source: &Path) -> PathBuf {
    let is_root = |part: &Component| matches!(part, Component::Prefix(_) | Component::RootDir);
    folder.join(source.components().skip_while(is_root).collect::<PathBuf>())
}
