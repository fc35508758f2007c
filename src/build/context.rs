//! What a hook that builds is given, and what its builders and compilers are given of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use crate::build::project::console;
use crate::engine::build_dir::BuildDir;
use crate::engine::jobserver::Jobs;
use crate::error::{Error, Result};
use crate::model::{BuildOptions, Environment, Hook, Host, Project, Request, Target, WheelKind};
use crate::report::{self, Console};
use crate::steps::builder::BuilderContext;
use crate::steps::builder::spec::Rules;
use crate::steps::context::{CompileContext, UndefinedSymbolPolicy};
use crate::steps::path_mapping::{FolderSpellings, PathMapping};
use crate::steps::toolchains::Toolchains;
use crate::stubs::uses::Uses;

/// What a hook that builds is given.
#[derive(Clone, Copy)]
pub struct HookContext<'a> {
    /// What the frontend asks for.
    pub request: &'a Request,
    /// The environment that the hook runs in.
    pub environment: &'a Environment,
    /// What the modules are for.
    pub kind: WheelKind,
    /// The Python that the modules are for.
    pub target: Target<'a>,
    /// The Python that runs builders.
    pub host: &'a Host,
    /// The `.dist-info` folder that an earlier hook made of the wheel's metadata.
    pub prepared: Option<&'a Path>,
}

impl<'a> HookContext<'a> {
    /// The context of a request that builds.
    ///
    /// # Errors
    /// The request is for something else.
    pub fn of(request: &'a Request, environment: &'a Environment) -> Result<Self> {
        let (kind, sysconfig, host, prepared) = match &request.hook {
            Hook::BuildWheel { kind, sysconfig, host, metadata_directory, .. } => {
                (*kind, sysconfig, host, metadata_directory.as_deref())
            }
            Hook::BuildModules { request: modules, .. }
            | Hook::LastModules { request: modules } => {
                (modules.kind, &modules.sysconfig, &modules.host, None)
            }
            Hook::Rebuild { sysconfig, host, .. } => (WheelKind::Editable, sysconfig, host, None),
            _ => return Err(Error::new("the request is not for a wheel")),
        };
        let target = Target { interpreter: &request.interpreter, sysconfig };
        Ok(HookContext { request, environment, kind, target, host, prepared })
    }
}

/// A build that is under way: its hook, its project, and the folder that it works in.
pub struct Build<'a> {
    /// What the hook was given.
    pub hook: &'a HookContext<'a>,
    /// The project.
    pub project: &'a Project,
    /// The folder that it works in.
    pub folder: &'a BuildDir,
    /// The right to run programs, for all that goes on side by side.
    pub jobs: &'a Jobs,
    /// How else the folders may be spelled.
    spellings: FolderSpellings,
    /// The compilers and linkers that were found so far.
    toolchains: Toolchains,
    /// How the project's code uses its modules, once somebody has looked.
    pub uses: OnceLock<Uses>,
}

impl<'a> Build<'a> {
    /// A build in this folder.
    pub fn new(
        hook: &'a HookContext<'a>,
        project: &'a Project,
        folder: &'a BuildDir,
        jobs: &'a Jobs,
    ) -> Self {
        report::note_python(|| hook.target.interpreter.to_string());
        let spellings = FolderSpellings::of(&project.root, &folder.path);
        Build {
            hook,
            project,
            folder,
            jobs,
            spellings,
            toolchains: Toolchains::default(),
            uses: OnceLock::new(),
        }
    }

    /// Where its progress is told.
    pub fn console(&self) -> Console {
        console(self.project)
    }

    /// What its compilers and linkers are given.
    pub fn compile_context(&self) -> CompileContext<'_> {
        compile_context(&CompileParts {
            request: self.hook.request,
            environment: self.hook.environment,
            target: self.hook.target,
            options: &self.project.options,
            kind: self.hook.kind,
            undefined: UndefinedSymbolPolicy::Refuse,
            folder: self.folder,
            jobs: self.jobs,
            spellings: &self.spellings,
            toolchains: &self.toolchains,
        })
    }

    /// Does something with everything that builders run with. They see these variables besides those
    /// that the build was started with. With `literals`, which may name types of C, they tell what their
    /// modules declare.
    pub fn with_builder_context<T>(
        &self,
        variables: &BTreeMap<String, Option<String>>,
        literals: Option<&BTreeSet<String>>,
        work: impl FnOnce(&BuilderContext) -> T,
    ) -> T {
        let (hook, project) = (self.hook, self.project);
        let package = project.settings.ext_package.as_ref();
        work(&BuilderContext {
            root: &project.root,
            source_root: &project.root.join(project.settings.source_folder()),
            pyproject: &project.pyproject,
            rules: Rules {
                interpreter: hook.target.interpreter,
                limited_api: project.options.limited_api,
                ext_package: package.map(|package| package.value.as_str()),
            },
            host: hook.host,
            environment: &hook.environment.with(variables),
            output: self.folder.path.join("generated"),
            cache: &self.folder.cache,
            jobs: self.jobs,
            console: self.console(),
            literals,
            target: hook.target.sysconfig.cross.as_deref(),
        })
    }
}

/// What a [`CompileContext`] is made of.
pub struct CompileParts<'a> {
    pub request: &'a Request,
    pub environment: &'a Environment,
    pub target: Target<'a>,
    pub options: &'a BuildOptions,
    pub kind: WheelKind,
    pub undefined: UndefinedSymbolPolicy,
    pub folder: &'a BuildDir,
    pub jobs: &'a Jobs,
    pub spellings: &'a FolderSpellings,
    pub toolchains: &'a Toolchains,
}

/// What compilers and linkers are given.
pub fn compile_context<'a>(parts: &CompileParts<'a>) -> CompileContext<'a> {
    CompileContext {
        paths: PathMapping {
            root: &parts.request.source_tree,
            build_dir: &parts.folder.path,
            spellings: parts.spellings,
        },
        keeps_build_dir: parts.folder.stays,
        target: parts.target,
        environment: parts.environment,
        options: parts.options,
        kind: parts.kind,
        undefined: parts.undefined,
        cache: &parts.folder.cache,
        jobs: parts.jobs,
        toolchains: parts.toolchains,
        console: Console { detail: parts.options.detail },
    }
}
