//! The wheel as a product: its name, its tag and every file, decided but not written.

use std::collections::HashSet;

use crate::archive::dist_info::{self, DistInfo};
use crate::archive::wheel;
use crate::build::contents::Contents;
use crate::build::context::HookContext;
use crate::build::native_files;
use crate::error::{Error, Result};
use crate::files::manifest;
use crate::files::tree;
use crate::files::wheel_files::{self, WheelParts};
use crate::model::{
    Abi, Content, EntryPointGroup, Environment, Extension, Manifest, ManifestEntry, Project,
    PythonModule, Request, Scheme, Tag, Target,
};
use crate::python::tags::{self, Floor, MacEnvironment};

/// A wheel of which everything is decided.
#[derive(Clone)]
pub struct Product {
    pub file_name: String,
    pub tag: Tag,
    /// Why a file of the source tree makes it another tag than that of the modules, where somebody
    /// should hear it.
    pub lowered: Option<String>,
    /// The name of the `.dist-info` folder.
    pub dist_info: String,
    /// The modules that were built; the manifest holds them too.
    pub built: Vec<ManifestEntry>,
    pub manifest: Manifest,
}

pub fn product(
    context: &HookContext,
    project: &Project,
    contents: &Contents,
    extensions: &[Extension],
) -> Result<Product> {
    let Target { interpreter, sysconfig } = context.target;
    let platform = platform_tag(context.request, context.environment)?;
    let mut abis: Vec<_> = extensions.iter().map(|extension| extension.built.abi).collect();
    let tag = wheel_tag(context, project, &abis, &platform)?;
    let product = product_of(context, project, contents, extensions, tag)?;
    let own = tags::own_tag(interpreter, sysconfig.soabi.as_deref(), &platform);
    let natives =
        native_files::look_at(product.taken().chain(&contents.shared), &own, interpreter)?;
    abis.extend(&natives.abis);
    let tag = wheel_tag(context, project, &abis, &platform)?;
    let (tag, lowered) = natives.lower(tag, &platform);
    if tag == product.tag {
        return Ok(product);
    }
    Ok(Product { lowered, ..product_of(context, project, contents, extensions, tag)? })
}

/// The wheel with a given tag.
fn product_of(
    context: &HookContext,
    project: &Project,
    contents: &Contents,
    extensions: &[Extension],
    tag: Tag,
) -> Result<Product> {
    let build_tag = project.options.build_tag.as_deref();
    let dist_info = DistInfo::new(&project.metadata, &project.root, &tag, build_tag);
    let dist_info = match context.prepared {
        Some(prepared) => dist_info.with_prepared(prepared)?,
        None => dist_info,
    };
    let built: Vec<_> = extensions
        .iter()
        .map(Extension::entry)
        .chain(contents.generated.iter().cloned())
        .chain(contents.shared.iter().cloned())
        .collect();
    let manifest = wheel_files::manifest(&WheelParts {
        tree: &contents.tree,
        layout: &contents.layout,
        settings: &project.settings,
        pyproject: &project.pyproject,
        built: &[built.as_slice(), &contents.stubs].concat(),
        is_generated: &|file| tree::begins_with(&project.root.join(file), PythonModule::BEGIN),
        dist_info: &dist_info.folder,
        metadata: &dist_info.entries,
    })?;
    refuse_two_programs(project, &dist_info.folder, &manifest)?;
    let version = project.metadata.version.to_string();
    let file_name = wheel::file_name(&project.metadata.dist_name(), &version, build_tag, &tag);
    let dist_info = dist_info.folder;
    Ok(Product { file_name, tag, lowered: None, dist_info, built, manifest })
}

impl Product {
    /// The same wheel for another platform: only its name and `WHEEL` say so.
    pub fn for_platform(mut self, platform: &str, project: &Project) -> Self {
        let build_tag = project.options.build_tag.as_deref();
        let version = project.metadata.version.to_string();
        self.tag.platform = platform.to_owned();
        let path = format!("{}/{}", self.dist_info, dist_info::WHEEL);
        let text = dist_info::wheel_text(&self.tag, build_tag);
        for entry in self.manifest.entries.iter_mut().filter(|entry| entry.path == path) {
            entry.content = Content::Text(text.clone());
        }
        let name = project.metadata.dist_name();
        self.file_name = wheel::file_name(&name, &version, build_tag, &self.tag);
        self
    }

    /// The same wheel with more files.
    ///
    /// # Errors
    /// It has one of them already.
    pub fn with(mut self, added: impl IntoIterator<Item = ManifestEntry>) -> Result<Self> {
        self.manifest.entries.extend(added);
        self.manifest = manifest::sorted(self.manifest.entries, &self.dist_info)?;
        Ok(self)
    }

    /// What it holds that is neither built nor metadata.
    fn taken(&self) -> impl Iterator<Item = &ManifestEntry> {
        let (_, others) = wheel::metadata_and_others(&self.manifest, &self.dist_info);
        let built: HashSet<&str> = self.built.iter().map(|entry| entry.path.as_str()).collect();
        others.into_iter().filter(move |entry| !built.contains(entry.path.as_str()))
    }
}

/// An installer makes a program of each entry point, and would overwrite a script of that name.
fn refuse_two_programs(project: &Project, dist_info: &str, manifest: &Manifest) -> Result<()> {
    let folder = format!("{}.data/{}/", dist_info.trim_end_matches(".dist-info"), Scheme::Scripts);
    let scripts = manifest.entries.iter().filter_map(|entry| entry.path.strip_prefix(&folder));
    let scripts: HashSet<&str> = scripts.collect();
    let programs = |group: &&EntryPointGroup| group.name.ends_with("_scripts");
    let groups = project.metadata.entry_points.iter().filter(programs);
    let mut names = groups.flat_map(|group| &group.entries).map(|(name, _)| name);
    match names.find(|name| scripts.contains(name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let message = format!("the program `{name}` is a script and an entry point as well");
            Err(Error::new(message)
                .note("`data.scripts` of `[tool.officina]` names the script, `[project]` the entry point")
                .hint("rename one of them"))
        }
    }
}

/// The tag of a wheel whose modules have these ABIs.
pub fn wheel_tag(
    context: &HookContext,
    project: &Project,
    abis: &[Abi],
    platform: &str,
) -> Result<Tag> {
    let soabi = context.target.sysconfig.soabi.as_deref();
    let floor = Floor::of(project);
    tags::wheel_tag(abis, context.target.interpreter, soabi, platform, &floor)
}

pub fn platform_tag(request: &Request, environment: &Environment) -> Result<String> {
    let mac = MacEnvironment {
        deployment_target: environment.text("MACOSX_DEPLOYMENT_TARGET"),
        archflags: environment.text("ARCHFLAGS"),
    };
    tags::platform(&request.interpreter, &mac)
}
