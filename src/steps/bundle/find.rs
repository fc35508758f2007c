//! The step that finds the shared libraries that a wheel takes in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::binary::{BundleSearch, FoundLibraries, FoundLibrary, LibraryCache, WheelMember};
use crate::engine::digest::{Digest, digest_of, hexadecimal};
use crate::engine::input::Input;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::Environment;
use crate::process::Cancel;
use crate::steps::bundle::packages;
use crate::steps::bundle::plan::{BundlePlan, BundledLibrary, SystemPackage, copy_name};

/// The variable with more folders for the dynamic linker.
pub const SEARCHED: &str = "LD_LIBRARY_PATH";

/// Finds the libraries. Answers with a [`BundlePlan`].
pub struct FindLibraries<'a> {
    /// What is looked for, and where.
    pub search: BundleSearch<'a>,
    /// The folders whose names change between builds.
    pub paths: &'a RelocatablePaths,
    /// What programs see.
    pub environment: &'a Environment,
}

/// What the step answered. The tree may have moved since.
pub fn found(answer: &str, paths: &RelocatablePaths) -> Option<BundlePlan> {
    let mut plan: BundlePlan = serde_json::from_str(answer).ok()?;
    for library in &mut plan.libraries {
        library.file = paths.resolved(&library.file);
    }
    Some(plan)
}

impl FindLibraries<'_> {
    /// The id in the cache: a wheel has one such step.
    pub const ID: &'static str = "bundle";

    /// The folder of the system whose package manager knows the libraries: the target's where there is
    /// one, and never this one's then.
    fn system(&self) -> Option<&Path> {
        match self.search.cross {
            Some(cross) => cross.root.as_deref(),
            None => Some(Path::new("/")),
        }
    }

    fn plan(&self, found: &FoundLibraries) -> Result<BundlePlan> {
        let files: Vec<&Path> = found.libraries.iter().map(|one| one.file.as_path()).collect();
        let owners = self.system().map(|root| packages::owners(&files, root, self.environment));
        let owners = owners.unwrap_or_default();
        let library = |one: &FoundLibrary| bundled(one, owners.get(&one.file).cloned());
        Ok(BundlePlan {
            libraries: found.libraries.iter().map(library).collect::<Result<_>>()?,
            users: found.users.clone(),
            left_out: found.left_out.clone(),
        })
    }
}

fn bundled(found: &FoundLibrary, package: Option<SystemPackage>) -> Result<BundledLibrary> {
    let bytes = fs::read(&found.file)?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let name = found.file.file_name().unwrap_or_default().to_string_lossy();
    Ok(BundledLibrary {
        name: found.name.clone(),
        copy: copy_name(&name, &sha256),
        file: found.file.clone(),
        size: bytes.len() as u64,
        sha256,
        needs: found.needs.clone(),
        kept_folders: found.kept_folders.clone(),
        opens: found.opens.clone(),
        package,
    })
}

impl Step for FindLibraries<'_> {
    fn id(&self) -> &str {
        Self::ID
    }

    fn key(&self) -> Digest {
        let search = &self.search;
        let member = |one: &WheelMember| (one.path.clone(), self.paths.stored(&one.file));
        let members: Vec<_> = search.members.iter().map(member).collect();
        let folder = |folder: &PathBuf| self.paths.stored(folder);
        let linked_from = search.linked_from.iter();
        let linked_from: Vec<(_, Vec<_>)> = linked_from
            .map(|(file, folders)| (self.paths.stored(file), folders.iter().map(folder).collect()))
            .collect();
        let settings = (search.bundle, search.exclude, search.demanded, search.cross);
        let parts = [format!("{settings:?}"), format!("{members:?}"), format!("{linked_from:?}")];
        digest_of(parts.iter().map(String::as_bytes).chain([search.machine.as_bytes()]))
    }

    fn environment(&self) -> &Environment {
        self.environment
    }

    fn run(&self, _cancel: &Cancel) -> Result<Ran> {
        let found = self.search.run(&LibraryCache::default())?;
        let mut plan = self.plan(&found)?;
        let FoundLibraries { reads, absent, .. } = found;
        let libraries: Vec<PathBuf> =
            plan.libraries.iter().map(|library| library.file.clone()).collect();
        let licenses = plan.libraries.iter().filter_map(|library| library.package.as_ref());
        let licenses = licenses.flat_map(|package| &package.licenses);
        let files = reads.iter().chain(&libraries).chain(licenses);
        let links = reads.iter().chain(&absent).cloned().map(Input::Path);
        let databases = self.system().into_iter().flat_map(packages::inputs);
        let read = files.cloned().map(Input::File).chain(links).chain(databases).collect();
        for library in &mut plan.libraries {
            library.file = self.paths.stored(&library.file);
        }
        let failed = |e| Error::new(format!("cannot write down what is bundled: {e}"));
        let answer = serde_json::to_string(&plan).map_err(failed)?;
        Ok(Ran { read, answer, ..Ran::default() })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let members = self.search.members.iter().map(|member| Input::File(member.file.clone()));
        let searched = Input::Variable(SEARCHED.to_owned());
        members.chain([searched]).chain(ran.read.clone()).collect()
    }
}
