//! The search for a toolchain: environment, then sysconfig, then the machine.

use std::path::Path;

use crate::error::Result;
use crate::toolchain::commands::Toolchain;
use crate::toolchain::gnu::{self, GnuCompiler};
use crate::toolchain::request::ToolchainRequest;
use crate::toolchain::{archiver, launcher, machine, msvc};

/// Finds the toolchain: environment, then sysconfig, then the machine.
///
/// # Errors
/// No C compiler is there, the one that the environment names is not, or a variable of the
/// environment has an unclosed quote. A launcher that somebody asked for is not there.
pub fn find(request: &ToolchainRequest) -> Result<Toolchain> {
    launcher::put_before(compilers(request)?, request)
}

fn compilers(request: &ToolchainRequest) -> Result<Toolchain> {
    let named = machine::named(request, "CC")?;
    if let Some(toolchain) = msvc::find(request, named.as_deref())? {
        return Ok(toolchain);
    }
    let compiler = machine::c_compiler(request, named)?;
    let family = machine::family(request, &compiler.words)?;
    let cxx = machine::cxx_compiler(request, &compiler)?;
    let exists = |path: &Path| path.exists();
    let commands = GnuCompiler { request, exists: &exists };
    let (c, search) = commands.c(&compiler)?;
    Ok(Toolchain {
        family,
        c,
        cxx: cxx.map(|cxx| commands.cxx(&cxx)).transpose()?,
        archive: archiver::gnu(request, &compiler.words)?,
        prefix_map: machine::prefix_map(request, family),
        python_search: gnu::python_search(request, search),
        environment: gnu::deployment_target(request),
        warnings: Vec::new(),
    })
}
