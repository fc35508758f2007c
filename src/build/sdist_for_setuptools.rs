//! What an sdist that setuptools packs must hold for a build of the modules.

use crate::build::project::{load, resolved_scripts};
use crate::build::sdist_inputs;
use crate::config::settings::overrides;
use crate::error::Result;
use crate::files::mentioned_files::{self, MentionedFilesQuery};
use crate::files::tree;
use crate::model::{Environment, Project, Request};

/// Lists the builders, what pyproject.toml names, and what they mention. Nothing runs.
///
/// # Errors
/// Those of reading the project; a builder is not there or lies outside the project.
pub fn files(request: &Request, environment: &Environment) -> Result<Vec<String>> {
    let project = load(request, environment)?;
    let tree = tree::walk(&project.root)?;
    let mut named = sdist_inputs::named(&tree, &project)?;
    named.extend(builders(&project)?);
    let read = |path: &str| tree::text_of(&project.root.join(path), tree::LARGEST_TEXT);
    let found =
        mentioned_files::find(&MentionedFilesQuery { tree: &tree, named: &named, read: &read });
    Ok(found.into_iter().collect())
}

/// The builder scripts of this system and of all others.
fn builders(project: &Project) -> Result<Vec<String>> {
    let variants = overrides::variants(&project.declared);
    let mut found = Vec::new();
    for settings in [&project.declared.base].into_iter().chain(&variants) {
        found.extend(sdist_inputs::scripts(project, &resolved_scripts(project, settings)?)?);
    }
    Ok(found)
}
