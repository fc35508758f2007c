//! The step that finds the shared libraries that a wheel takes in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::binary::{BundleSearch, FoundLibraries, FoundLibrary, LibraryCache, WheelMember};
use crate::engine::digest::{Digest, digest_of, hexadecimal};
use crate::engine::input::Input;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Bundle, CrossTarget, Environment, LibraryPattern};
use crate::process::Cancel;
use crate::steps::bundle::packages;
use crate::steps::bundle::plan::{BundlePlan, BundledLibrary, SystemPackage, copy_name};

/// The variable with more folders for the dynamic linker.
const SEARCHED: &str = "LD_LIBRARY_PATH";

/// Finds the libraries. Answers with a [`BundlePlan`].
pub struct FindLibraries<'a> {
    /// The compiled files of the wheel.
    pub members: &'a [WheelMember],
    /// The machine that it is for, as tags call it.
    pub machine: &'a str,
    /// The tag that it has to have, without its machine.
    pub demanded: Option<&'a str>,
    /// What is bundled.
    pub bundle: &'a Bundle,
    /// What is not, all the same.
    pub exclude: &'a [LibraryPattern],
    /// The folders that the link of a file has searched, by the file.
    pub linked_from: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The folders whose names change between builds.
    pub paths: &'a RelocatablePaths,
    /// What programs see.
    pub environment: &'a Environment,
    /// Where the system lies that the wheel is for, if it is another one than this.
    pub cross: Option<&'a CrossTarget>,
}

/// What the step answered.
pub fn found(answer: &str) -> Option<BundlePlan> {
    serde_json::from_str(answer).ok()
}

impl FindLibraries<'_> {
    /// The id in the cache: a wheel has one such step.
    pub const ID: &'static str = "bundle";

    fn searched(&self) -> Vec<PathBuf> {
        let list = self.environment.text(SEARCHED).unwrap_or_default();
        std::env::split_paths(list).filter(|folder| !folder.as_os_str().is_empty()).collect()
    }

    fn plan(&self, found: &FoundLibraries) -> Result<BundlePlan> {
        let files: Vec<&Path> = found.libraries.iter().map(|one| one.file.as_path()).collect();
        let owners = packages::owners(&files, self.environment);
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
        package,
    })
}

impl Step for FindLibraries<'_> {
    fn id(&self) -> &str {
        Self::ID
    }

    fn key(&self) -> Digest {
        let member = |one: &WheelMember| (one.path.clone(), self.paths.stored(&one.file));
        let members: Vec<_> = self.members.iter().map(member).collect();
        let folder = |folder: &PathBuf| self.paths.stored(folder);
        let linked_from = self.linked_from.iter();
        let linked_from: Vec<(_, Vec<_>)> = linked_from
            .map(|(file, folders)| (self.paths.stored(file), folders.iter().map(folder).collect()))
            .collect();
        // The answer says of which system packages are.
        let of_user = (self.bundle, self.exclude, self.demanded, self.cross);
        let settings = format!("{of_user:?} of a system");
        let parts = [settings, format!("{members:?}"), format!("{linked_from:?}")];
        digest_of(parts.iter().map(String::as_bytes).chain([self.machine.as_bytes()]))
    }

    fn environment(&self) -> &Environment {
        self.environment
    }

    fn run(&self, _cancel: &Cancel) -> Result<Ran> {
        let search = BundleSearch {
            members: self.members,
            machine: self.machine,
            demanded: self.demanded,
            bundle: self.bundle,
            exclude: self.exclude,
            linked_from: &self.linked_from,
            environment: &self.searched(),
            cross: self.cross,
        };
        let found = search.run(&LibraryCache::default())?;
        let plan = self.plan(&found)?;
        let FoundLibraries { reads, absent, .. } = found;
        let libraries = plan.libraries.iter().map(|library| &library.file);
        let licenses = plan.libraries.iter().filter_map(|library| library.package.as_ref());
        let licenses = licenses.flat_map(|package| &package.licenses);
        let files = reads.iter().chain(libraries).chain(licenses);
        let links = reads.iter().chain(&absent).cloned().map(Input::Path);
        let read = files.cloned().map(Input::File).chain(links).chain(packages::inputs());
        let failed = |e| Error::new(format!("cannot write down what is bundled: {e}"));
        let answer = serde_json::to_string(&plan).map_err(failed)?;
        Ok(Ran { read: read.collect(), answer, ..Ran::default() })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let members = self.members.iter().map(|member| Input::File(member.file.clone()));
        let searched = Input::Variable(SEARCHED.to_owned());
        members.chain([searched]).chain(ran.read.clone()).collect()
    }
}
