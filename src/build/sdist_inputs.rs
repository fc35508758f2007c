//! What the choice of an sdist's files looks at.

use std::path::Path;

use crate::archive::sdist;
use crate::build::bundle_licenses;
use crate::build::crate_files;
use crate::build::project::resolved_scripts;
use crate::build::source_globs;
use crate::build::version_file::tree_of;
use crate::config::settings::overrides;
use crate::config::{discovery, metadata, portable};
use crate::error::{Error, Result};
use crate::files::sdist_files::SdistParts;
use crate::files::{globs, tree};
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
    /// What pyproject.toml names besides: what metadata is read from, and the sources of native parts
    /// and of declared modules, relative to the project root, with `/`.
    pub named: Vec<String>,
    /// The globs of what the project's own steps make.
    pub outputs: Vec<Spanned<String>>,
}

impl SdistInputs {
    /// Walks the tree.
    pub fn of(project: &Project) -> Result<Self> {
        let tree = tree_of(project)?;
        let dist_name = project.metadata.dist_name();
        let mut builders = Vec::new();
        let mut layout = |settings: &Settings| {
            let resolved = resolved_scripts(project, settings)?;
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
        let named = [project.inputs.clone(), named(&tree, project)?].concat();
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

/// The files of the tree that pyproject.toml names for the build: the sources of native parts and
/// crates, and what declared modules name.
pub fn named(tree: &Tree, project: &Project) -> Result<Vec<String>> {
    let native = source_globs::files_named(project, &project.declared.base.native);
    let crates = crate_files::named(project, &project.declared.base)?;
    let overrides = project.declared.overrides.iter().map(|one| &one.settings);
    let settings = [&project.declared.base].into_iter().chain(overrides);
    let licenses = settings.flat_map(bundle_licenses::named).collect();
    Ok([native, crates, declared_files(tree, project)?, licenses].concat())
}

/// The files of the tree that declared modules name, wherever these count, but for what a step makes.
fn declared_files(tree: &Tree, project: &Project) -> Result<Vec<String>> {
    let base = &project.declared.base;
    let outputs = base.native.steps.iter().flat_map(|step| &step.outputs);
    let made = outputs.map(|glob| matcher(&glob.value)).collect::<Result<Vec<_>>>()?;
    let mut found = Vec::new();
    for module in &base.modules {
        let files = module.files().into_iter().map(|(_, file)| file);
        for named in files.chain(module.globs()).chain(module.list("extra_objects")) {
            let is_it = matcher(&named.value)?;
            let fits =
                |path: &&String| is_it.is_match(path) && made.iter().all(|one| !one.is_match(path));
            found.extend(tree.files.iter().map(|file| &file.path).filter(fits).cloned());
        }
    }
    Ok(found)
}

fn matcher(glob: &str) -> Result<globset::GlobSet> {
    globs::single(glob, &format!("`{glob}`"))
}

/// `name-version`: the name of the sdist without its suffix.
pub fn stem(project: &Project) -> String {
    sdist::folder_name(&project.metadata.dist_name(), &project.metadata.version.to_string())
}

/// The builders as they are found, whatever way an entry takes there (`a/../b.py`, a link).
pub fn scripts(project: &Project, builders: &[Builder]) -> Result<Vec<String>> {
    let path = |builder: &Builder| {
        let script = builder.script().unwrap_or(Path::new(""));
        tree::path_below(&project.root, script).ok_or_else(|| {
            let script = script.display();
            let message = format!("the builder `{script}` lies outside the project");
            let error = Error::new(message);
            let error = match builder.entries.first() {
                Some(entry) => error.at(&entry.source, entry.span.clone()),
                None => error,
            };
            error
                .note("an sdist holds files below the folder of pyproject.toml only")
                .hint("move the builder into the project")
        })
    };
    builders.iter().map(path).collect()
}
