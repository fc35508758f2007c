//! What the choice of an sdist's files looks at.

use crate::archive::sdist;
use crate::build::project::resolved;
use crate::build::source_globs;
use crate::config::settings::overrides;
use crate::config::{discovery, metadata, portable};
use crate::error::{Error, Result};
use crate::files::sdist_files::SdistParts;
use crate::files::tree;
use crate::model::{Builder, Layout, Project, Settings, Spanned, Tree};

/// What the choice of files looks at. Made on one system, an sdist serves them all: nothing here is
/// of this one, and what any override may ask for counts.
pub struct SdistInputs {
    pub tree: Tree,
    pub layout: Layout,
    /// What other wheels hold of the tree.
    pub elsewhere: Vec<(Layout, Settings)>,
    /// Relative to the project root, with `/`.
    pub builders: Vec<String>,
    /// What pyproject.toml names besides: what metadata is read from, and the sources of native parts,
    /// relative to the project root, with `/`.
    pub named: Vec<String>,
    /// The globs of what the project's own steps make.
    pub outputs: Vec<Spanned<String>>,
}

impl SdistInputs {
    /// Walks the tree.
    pub fn of(project: &Project) -> Result<Self> {
        let tree = tree::walk(&project.root)?;
        let dist_name = project.metadata.dist_name();
        let mut builders = Vec::new();
        let mut layout = |settings: &Settings| {
            let resolved = resolved(project, settings)?;
            builders.extend(scripts(project, &resolved)?);
            discovery::layout(&tree, settings, &project.pyproject, &dist_name, &resolved)
        };
        let base = layout(&project.declared.base)?;
        let variants = overrides::variants(&project.declared).into_iter();
        let elsewhere: Result<Vec<_>> =
            variants.map(|settings| Ok((layout(&settings)?, settings))).collect();
        let elsewhere = elsewhere?;
        let parts = &project.declared.base.native;
        let outputs = parts.steps.iter().flat_map(|step| step.outputs.clone()).collect();
        let named = [project.inputs.clone(), source_globs::files_named(project, parts)].concat();
        Ok(SdistInputs { layout: base, elsewhere, builders, named, outputs, tree })
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
            outputs: &self.outputs,
            stem: stem(project),
            pkg_info: metadata::core_metadata(&project.metadata),
            portable_pyproject: portable::toml_1_0(&project.pyproject)?,
        })
    }
}

/// `name-version`: the name of the sdist without its suffix.
pub fn stem(project: &Project) -> String {
    sdist::folder_name(&project.metadata.dist_name(), &project.metadata.version.to_string())
}

/// The builders as they are found, whatever way an entry takes there (`a/../b.py`, a link).
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
