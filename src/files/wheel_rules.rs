//! What a wheel takes from the source tree, file by file. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::error::Result;
use crate::files::globs::Globs;
use crate::files::placements::{Placement, Placements};
use crate::files::{globs, kinds};
use crate::model::{
    COMPILE_COMMANDS, Layout, Leftover, OmitReason, Settings, SourceText, Tree, UnpackableReason,
    WheelReason,
};

/// Decides what a wheel takes from the tree: everything in a package (stubs, data) except what
/// serves only to build or develop it, the modules, and what `include` names. `include` is
/// stronger than these exceptions, and `exclude` is stronger than `include`.
pub(super) struct WheelRules<'a> {
    layout: &'a Layout,
    include: Globs,
    exclude: Globs,
    placements: Placements<'a>,
    /// The folders of the packages below the source folder, and their names. None lies in another.
    packages: HashMap<String, Arc<str>>,
    /// Paths of the modules without their suffix, and their names.
    modules: HashMap<String, Arc<str>>,
    /// What links lead to that has the name of a secret.
    linked_secrets: HashSet<String>,
}

impl<'a> WheelRules<'a> {
    /// # Errors
    /// A glob that matches nothing.
    pub(super) fn new(
        tree: &Tree,
        layout: &'a Layout,
        settings: &'a Settings,
        pyproject: &Arc<SourceText>,
    ) -> Result<Self> {
        let named = |name: &String| (name.replace('.', "/"), Arc::from(name.as_str()));
        Ok(WheelRules {
            layout,
            include: globs::compile("include", &settings.include, tree, pyproject)?,
            exclude: globs::compile("exclude", &settings.exclude, tree, pyproject)?,
            placements: Placements::new(settings, pyproject)?,
            packages: layout.packages.iter().map(named).collect(),
            modules: layout.modules.iter().map(named).collect(),
            linked_secrets: linked_secrets(tree),
        })
    }

    /// Why a wheel takes a file of this path, or why not.
    pub(super) fn decide(&self, path: &str) -> Result<WheelReason, OmitReason> {
        let at_its_place = self.at_its_place(path);
        let placed = || self.placements(path).into_iter().next().map(|placed| placed.why);
        at_its_place.or_else(|omitted| placed().ok_or(omitted))
    }

    /// The places of a file in the wheel that are not its own.
    pub(super) fn placements(&self, path: &str) -> Vec<Placement> {
        match self.exclude.rule(path) {
            Some(_) => Vec::new(),
            None => self.placements.of(path, &|path| self.is_secret(path)),
        }
    }

    /// # Errors
    /// A glob of `data` that matches nothing, or a path of `files` that leads to nothing.
    pub(super) fn refuse_missing(&self, tree: &Tree, pyproject: &Arc<SourceText>) -> Result<()> {
        self.placements.refuse_missing(tree, pyproject)
    }

    /// Why a wheel holds a file of this path where it lies in the tree, or why not.
    pub(super) fn at_its_place(&self, path: &str) -> Result<WheelReason, OmitReason> {
        if let Some(rule) = self.exclude.rule(path) {
            return Err(OmitReason::Exclude(Arc::clone(rule)));
        }
        if path == COMPILE_COMMANDS {
            return Err(OmitReason::Leftover(Leftover::Tool));
        }
        if self.placements.renames(path) {
            return Err(OmitReason::Elsewhere);
        }
        if let Some(rule) = self.include.rule(path) {
            return Ok(WheelReason::Include(Arc::clone(rule)));
        }
        let below = self.layout.below_source(path).ok_or(OmitReason::Elsewhere)?;
        if let Some(module) = self.module(below) {
            return Ok(WheelReason::Module(Arc::clone(module)));
        }
        let mut folders = below.match_indices('/').map(|(end, _)| &below[..end]);
        let package = folders.find_map(|folder| self.packages.get(folder));
        let package = package.ok_or(OmitReason::Elsewhere)?;
        match kinds::litter(below) {
            Some(leftover) => Err(OmitReason::Leftover(leftover)),
            None if kinds::is_version_controls(below) => Err(OmitReason::VersionControl),
            None if kinds::is_build_input(below) => Err(OmitReason::BuildInput),
            None if self.is_secret(path) => Err(OmitReason::Secret),
            None => Ok(WheelReason::Package(Arc::clone(package))),
        }
    }

    /// Whether a file has a name that keys and passwords have, or a link to one.
    pub(super) fn is_secret(&self, path: &str) -> bool {
        kinds::is_secret(path) || self.linked_secrets.contains(path)
    }

    /// The module that a file is, or that it is the stub of.
    fn module(&self, below: &str) -> Option<&Arc<str>> {
        let stem = below.strip_suffix(".py").or_else(|| below.strip_suffix(".pyi"))?;
        self.modules.get(stem)
    }
}

/// The paths at which a link shows what has the name of a secret, in the tree or outside it.
fn linked_secrets(tree: &Tree) -> HashSet<String> {
    let is_secret = |target: &str| kinds::is_secret(target);
    let files = tree.files.iter().filter(|file| file.target.as_deref().is_some_and(is_secret));
    let outside = tree.unpackable.iter().filter(|entry| match &entry.reason {
        UnpackableReason::Outside(target) => {
            is_secret(&target.to_string_lossy().replace('\\', "/"))
        }
        _ => false,
    });
    let outside = outside.map(|entry| &entry.path);
    files.map(|file| &file.path).chain(outside).cloned().collect()
}
