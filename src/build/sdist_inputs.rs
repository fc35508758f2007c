//! What the choice of an sdist's files looks at.

use std::path::Path;

use crate::archive::sdist;

use crate::build::declared;
use crate::build::project::resolved_scripts;
use crate::config::settings::overrides;
use crate::config::{discovery, metadata, portable};
use crate::error::{Error, Result};
use crate::files::sdist_files::SdistParts;
use crate::files::{globs, tree};
use crate::model::{Builder, Layout, Project, Settings, Tree};

/// What the choice of files looks at. Made on one system, an sdist serves them all: nothing here is
/// of this one, and what any override may ask for counts.
pub struct SdistInputs {
    pub tree: Tree,
    pub layout: Layout,
    /// What other wheels hold of the tree.
    pub elsewhere: Vec<(Layout, Settings)>,
    /// Relative to the project root, with `/`.
    pub builders: Vec<String>,
    /// The files that pyproject.toml names, relative to the project root, with `/`.
    pub named: Vec<String>,
}

impl SdistInputs {
    /// Walks the tree.
    pub fn of(project: &Project) -> Result<Self> {
        let tree = tree::walk(&project.root)?;
        let dist_name = project.metadata.dist_name();
        let (mut builders, mut named) = (Vec::new(), project.inputs.clone());
        let mut layout = |settings: &Settings| {
            let resolved = resolved_scripts(project, settings)?;
            builders.extend(scripts(project, &resolved)?);
            named.extend(declared_files(&tree, settings)?);
            discovery::layout(&tree, settings, &project.pyproject, &dist_name, &resolved)
        };
        let base = layout(&project.declared.base)?;
        let variants = overrides::variants(&project.declared).into_iter();
        let elsewhere: Result<Vec<_>> =
            variants.map(|settings| Ok((layout(&settings)?, settings))).collect();
        let elsewhere = elsewhere?;
        Ok(SdistInputs { layout: base, elsewhere, builders, named, tree })
    }

    pub fn parts<'a>(&'a self, project: &'a Project) -> Result<SdistParts<'a>> {
        Ok(SdistParts {
            tree: &self.tree,
            layout: &self.layout,
            settings: &project.declared.base,
            elsewhere: &self.elsewhere,
            pyproject: &project.pyproject,
            builders: &self.builders,
            named: &self.named,
            stem: stem(project),
            pkg_info: metadata::core_metadata(&project.metadata),
            portable_pyproject: portable::toml_1_0(&project.pyproject)?,
        })
    }
}

/// The files of the tree that declared modules name. What a step of the build makes is not there yet.
fn declared_files(tree: &Tree, settings: &Settings) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for glob in declared::sdist_globs(settings) {
        let is_it =
            globs::single(glob.value.trim_start_matches("./"), &format!("`{}`", glob.value))?;
        let files = tree.files.iter().map(|file| &file.path);
        found.extend(files.filter(|path| is_it.is_match(path)).cloned());
    }
    Ok(found)
}

/// `name-version`: the name of the sdist without its suffix.
pub fn stem(project: &Project) -> String {
    sdist::folder_name(&project.metadata.dist_name(), &project.metadata.version.to_string())
}

/// The builders as they are found, whatever way an entry takes there (`a/../b.py`, a link).
fn scripts(project: &Project, builders: &[Builder]) -> Result<Vec<String>> {
    let path = |builder: &Builder| {
        let script = builder.script().unwrap_or(Path::new(""));
        tree::path_below(&project.root, script).ok_or_else(|| {
            let script = script.display();
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
