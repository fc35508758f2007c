//! The sdist: nothing runs for it, neither a builder nor a compiler.

use std::path::Path;
use std::time::Instant;

use super::{console, load, resolved, warn};
use crate::error::{Error, Result};
use crate::model::{Builder, Project, Request, Settings};
use crate::package::sources::{self, SourceParts};
use crate::package::{epoch, sdist};
use crate::process::Environment;
use crate::project::settings::overrides;
use crate::project::{discovery, portable};
use crate::protocol::Response;
use crate::tree;

/// Makes the sdist and answers with its name.
///
/// # Errors
/// Those of reading the project, of choosing the files and of packing them. Nothing is left then.
pub fn make(request: &Request, environment: &Environment, into: &Path) -> Result<Response> {
    let start = Instant::now();
    let modified = epoch::seconds(environment)?;
    let project = load(request, environment)?;
    let console = console(&project);
    warn(request, &project);
    let whole = tree::walk(&project.root)?;
    let (pyproject, dist_name) = (&project.pyproject, project.metadata.dist_name());
    let mut needed = project.inputs.clone();
    let mut layout = |settings: &Settings| {
        let builders = resolved(&project, settings)?;
        needed.extend(scripts(&project, &builders)?);
        discovery::layout(&whole, settings, pyproject, &dist_name, &builders)
    };
    // Made on one system, it serves them all: what any override may ask for is in it.
    let settings = &project.declared.base;
    let base = layout(settings)?;
    let mut elsewhere = Vec::new();
    for settings in overrides::variants(&project.declared) {
        elsewhere.push((layout(&settings)?, settings));
    }
    let chosen = sources::sources(&SourceParts {
        layout: &base,
        tree: &whole,
        tracked: &tree::walk_tracked(&project.root)?,
        settings,
        elsewhere: &elsewhere,
        pyproject,
        needed,
        pkg_info: project.metadata.core_metadata(),
        portable_pyproject: portable::toml_1_0(pyproject)?,
    })?;
    for secret in &chosen.secrets {
        console.warning(&format!(
            "`{secret}` looks like a secret and is left out of the sdist: \
             name it in `include` of `[tool.officina.sdist]` if it belongs there"
        ));
    }
    let folder = sdist::folder_name(&dist_name, &project.metadata.version.to_string());
    sdist::write(into, &folder, &chosen.manifest, modified)?;
    let name = format!("{folder}.tar.gz");
    let files = chosen.manifest.entries.len();
    console.step("Packed", &format!("{name}: {files} files"), start.elapsed());
    Ok(Response::Name(name))
}

/// The builders' scripts, named as they are found, whatever way an entry takes there (`a/../b.py`,
/// a link).
fn scripts(project: &Project, builders: &[Builder]) -> Result<Vec<String>> {
    let path = |builder: &Builder| {
        tree::path_below(&project.root, &builder.script).ok_or_else(|| {
            let script = builder.script.display();
            let message = format!("the builder `{script}` lies outside the project");
            let entry = builder.entries.first().map_or(0..0, |entry| entry.span.clone());
            Error::new(message)
                .at(&project.pyproject, entry)
                .note("an sdist holds files below the folder of pyproject.toml only")
                .hint("move the builder into the project")
        })
    };
    builders.iter().map(path).collect()
}
