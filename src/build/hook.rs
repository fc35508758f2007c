//! Answers the hooks of a frontend.

use crate::build::context::HookContext;
use crate::build::outcome::finished;
use crate::build::project::load;
use crate::build::{
    compile_extension, cross, metadata, modules, rebuild, sdist, sdist_for_setuptools, wheel,
};
use crate::error::Result;
use crate::model::{Environment, Hook, Request, Response};
use crate::python::requires;

/// Answers a hook.
///
/// # Errors
/// Everything that a user can make fail, as one error to show. Nothing partial is left.
pub fn run(request: Request, environment: &Environment) -> Result<Response> {
    let aimed = cross::aimed(request, environment);
    finished(aimed.and_then(|(request, environment)| answer(&request, &environment)))
}

fn answer(request: &Request, environment: &Environment) -> Result<Response> {
    match &request.hook {
        Hook::GetRequiresForBuildWheel { .. } => requirements(request, environment),
        Hook::PrepareMetadataForBuildWheel { metadata_directory, .. } => {
            metadata::prepare(request, environment, metadata_directory).map(Response::Name)
        }
        Hook::GetRequiresForBuildSdist => Ok(Response::Requires(Vec::new())),
        Hook::BuildSdist { sdist_directory } => {
            let packed = sdist::pack(request, environment, sdist_directory)?;
            Ok(Response::Name(packed.name))
        }
        Hook::BuildWheel { wheel_directory, .. } => {
            let context = HookContext::of(request, environment)?;
            Ok(Response::Name(wheel::make(&context, wheel_directory)?.name))
        }
        Hook::Rebuild { install, .. } => {
            rebuild::run(&HookContext::of(request, environment)?, install)
        }
        Hook::BuildModules { target_directory, .. } => {
            let built = modules::build(&HookContext::of(request, environment)?, target_directory)?;
            Ok(Response::Modules(Some(Box::new(built))))
        }
        Hook::LastModules { .. } => {
            let built = modules::last_built(&HookContext::of(request, environment)?)?;
            Ok(Response::Modules(built.map(Box::new)))
        }
        Hook::SdistFiles { .. } => {
            sdist_for_setuptools::files(request, environment).map(Response::Files)
        }
        Hook::CompileExtension { extension, target, object_directory, sysconfig } => {
            let extension = compile_extension::ExtensionRequest {
                spec: extension,
                file: target,
                objects: object_directory.as_deref(),
                sysconfig,
            };
            compile_extension::run(&extension, request, environment)
        }
    }
}

fn requirements(request: &Request, environment: &Environment) -> Result<Response> {
    let project = load(request, environment)?;
    let builds = project.settings.makes_cffi_modules();
    let cffi = builds.then(|| requires::cffi(&request.interpreter)).flatten();
    Ok(Response::Requires(cffi.into_iter().collect()))
}
