//! Finds the shared libraries that the files of a wheel need and that not every Linux has, with what
//! those need themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::binary::elf_needs::is_loader;
use crate::binary::library_cache::{Library, LibraryCache, LibraryReader};
use crate::binary::opened_names::library_names;
use crate::binary::platform_needs::{family_of, loaded_together, member, own_needs};
use crate::binary::search::{Dependencies, SearchFolders, dependencies};
use crate::binary::wheel_libraries::{self, WheelMember};
use crate::error::{Error, Result};
use crate::model::{Bundle, CrossTarget, LibraryPattern};
use crate::python::platform_policies::{PlatformPolicies, PlatformPolicy};

/// What is looked for, and where.
pub struct BundleSearch<'a> {
    /// The compiled files of the wheel.
    pub members: &'a [WheelMember],
    /// The machine that it is for, as tags call it: `x86_64`.
    pub machine: &'a str,
    /// The tag that the wheel has to have, without its machine; `None`: the oldest that may hold.
    pub demanded: Option<&'a str>,
    /// What is bundled.
    pub bundle: &'a Bundle,
    /// What is not, all the same.
    pub exclude: &'a [LibraryPattern],
    /// The folders that the link of a file has searched, by the file.
    pub linked_from: &'a BTreeMap<PathBuf, Vec<PathBuf>>,
    /// `LD_LIBRARY_PATH`
    pub environment: &'a [PathBuf],
    /// Where the system lies that the wheel is for, if it is another one than this.
    pub cross: Option<&'a CrossTarget>,
}

/// What was found, and what that depends on besides the files of the wheel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundLibraries {
    /// The libraries, each once.
    pub libraries: Vec<FoundLibrary>,
    /// For each file of the wheel that needs some: the positions of these, by the names that it needs
    /// them under.
    pub users: BTreeMap<String, BTreeMap<String, usize>>,
    /// The files of the wheel that need something which stays outside though not every system has it.
    pub left_out: BTreeSet<String>,
    /// The files that were opened.
    pub reads: Vec<PathBuf>,
    /// The paths that were looked for in vain.
    pub absent: Vec<PathBuf>,
}

/// A library that a wheel takes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLibrary {
    /// The name that it is needed under: `libonig.so.5`.
    pub name: String,
    /// The file, without symbolic links. Absolute.
    pub file: PathBuf,
    /// The positions of the others that it needs, by the names that it needs them under.
    pub needs: BTreeMap<String, usize>,
    /// The folders of this system where it looks for what stays outside.
    pub kept_folders: Vec<String>,
    /// The names of others that it may open when it runs, and that do not come along.
    pub opens: Vec<String>,
}

impl BundleSearch<'_> {
    /// Looks for them.
    ///
    /// # Errors
    /// A library is not there, or lies in the wheel where nobody looks.
    pub fn run(&self, cache: &LibraryCache) -> Result<FoundLibraries> {
        let (c_library, members) = loaded_together(self.members, self.machine, self.cross);
        let policies = PlatformPolicies::of(family_of(c_library), self.machine);
        let mut reader = LibraryReader::new(cache);
        let system = match self.cross {
            Some(cross) => cross.loader_folders(),
            None => reader.loader_folders(Some(c_library)),
        };
        let outside = wheel_libraries::outside(&members);
        let mut loaded = BTreeMap::new();
        for user in outside.values().flatten() {
            let Some(member) = members.iter().find(|member| member.path == *user) else { continue };
            let found = self.loaded_with(member, &system, &mut reader);
            loaded.entry(user.as_str()).or_insert((*member, found));
        }
        let mut answer = Err(Error::new(format!("no tag is known for `{}`", self.machine))
            .hint("set `bundle = false`, and run `auditwheel repair` where the tag is known"));
        let demanded = self.demanded.and_then(|tag| policies.named(tag));
        let tried: Vec<&PlatformPolicy> = match demanded {
            Some(policy) => vec![policy],
            None => policies.policies.iter().collect(),
        };
        let own_files = self.members.iter().map(|own| (real_path(&own.file), own)).collect();
        let mut read: BTreeMap<PathBuf, Option<WheelMember>> = BTreeMap::new();
        for (index, policy) in tried.iter().enumerate() {
            let is_last = index + 1 == tried.len();
            let is_allowed = |member: &&WheelMember| is_allowed(member, &policies, policy);
            if !is_last && !members.iter().all(is_allowed) {
                continue;
            }
            let mut closure = Closure {
                search: self,
                policies: &policies,
                policy,
                own_files: &own_files,
                found: FoundLibraries::default(),
            };
            closure.follow(&outside, &loaded)?;
            let fits = closure.found.libraries.iter().all(|one| {
                let library = read.entry(one.file.clone());
                let library = library.or_insert_with(|| member(&one.name, &one.file));
                library.as_ref().is_none_or(|library| is_allowed(&library))
            });
            answer = Ok(closure);
            if fits {
                break;
            }
        }
        let found = answer?.with_opened(&system, &mut reader);
        let LibraryReader { reads, absent, .. } = reader;
        Ok(FoundLibraries { reads, absent, ..found })
    }

    /// All that is loaded with a file: a library comes from where its link has found it.
    fn loaded_with(
        &self,
        member: &WheelMember,
        system: &[PathBuf],
        reader: &mut LibraryReader,
    ) -> Dependencies {
        let linked_from = self.linked_from.get(&member.file).into_iter().flatten();
        // LD_LIBRARY_PATH is that of programs that run here.
        let own = self.environment.iter().filter(|_| self.cross.is_none());
        let folders = SearchFolders {
            environment: linked_from.chain(own).cloned().collect(),
            system: system.to_vec(),
            link_time: Vec::new(),
            musl: None,
            root: self.cross.and_then(|cross| cross.root.clone()),
        };
        let start = Library { path: member.file.clone(), elf: member.needs.elf.clone() };
        dependencies(&Arc::new(start), &Dependencies::default(), &folders, reader)
    }

    /// Whether a library is bundled if a file of the wheel needs it.
    fn takes(&self, name: &str, library: Option<&Arc<Library>>) -> bool {
        is_called(name, library, |name| self.bundle.takes(name)) && !self.excludes(name, library)
    }

    fn excludes(&self, name: &str, library: Option<&Arc<Library>>) -> bool {
        is_called(name, library, |name| self.exclude.iter().any(|one| one.matches(name)))
    }
}

/// What is bundled under one policy.
struct Closure<'a> {
    search: &'a BundleSearch<'a>,
    policies: &'a PlatformPolicies,
    policy: &'a PlatformPolicy,
    /// The files of the wheel, by where they really are.
    own_files: &'a BTreeMap<PathBuf, &'a WheelMember>,
    found: FoundLibraries,
}

impl Closure<'_> {
    /// Adds what files need from outside of the wheel, and what that needs.
    fn follow(
        &mut self,
        outside: &BTreeMap<String, BTreeSet<String>>,
        loaded: &BTreeMap<&str, (&WheelMember, Dependencies)>,
    ) -> Result<()> {
        let needs = outside.iter().filter(|(name, _)| !self.is_everywhere(name));
        let needs = needs.flat_map(|(name, users)| users.iter().map(move |user| (name, user)));
        let needs = needs.filter_map(|(name, user)| Some((name, user, loaded.get(user.as_str())?)));
        let taken =
            |&(name, _, (_, loaded)): &(&String, &String, &(&WheelMember, Dependencies))| {
                self.search.takes(name, loaded.get(name))
            };
        let (taken, others): (Vec<_>, Vec<_>) = needs.partition(taken);
        for (name, user, (member, loaded)) in taken {
            let index = self.add(name, member, loaded)?;
            self.found.users.entry(user.clone()).or_default().insert(name.clone(), index);
        }
        // A process has one copy of a library: what comes along with another serves all.
        for (name, user, (_, loaded)) in others {
            match loaded.get(name).and_then(|library| self.position(&real_path(&library.path))) {
                Some(index) => {
                    self.found.users.entry(user.clone()).or_default().insert(name.clone(), index);
                }
                None => drop(self.found.left_out.insert(user.clone())),
            }
        }
        Ok(())
    }

    fn position(&self, file: &Path) -> Option<usize> {
        self.found.libraries.iter().position(|known| known.file == file)
    }

    /// Whether the systems have a library, or nobody ships it: Python brings its own.
    fn is_everywhere(&self, name: &str) -> bool {
        is_loader(name)
            || name.starts_with("libpython")
            || self.policy.allows(self.policies.library(name))
    }

    /// Adds a library with all that it needs; returns its position.
    fn add(&mut self, name: &str, member: &WheelMember, loaded: &Dependencies) -> Result<usize> {
        let library = loaded.get(name).ok_or_else(|| self.missing(name, member, loaded))?;
        let file = real_path(&library.path);
        if let Some(known) = self.position(&file) {
            return Ok(known);
        }
        if let Some(own) = self.own_files.get(&file) {
            return Err(not_looked_for(name, &member.path, &own.path));
        }
        let index = self.found.libraries.len();
        let (needs, kept_folders) = (BTreeMap::new(), Vec::new());
        let name = name.to_owned();
        let found = FoundLibrary { name, file, needs, kept_folders, opens: Vec::new() };
        self.found.libraries.push(found);
        for needed in &library.elf.needed {
            if self.is_everywhere(needed) {
                continue;
            }
            if self.search.excludes(needed, loaded.get(needed)) {
                self.found.libraries[index].kept_folders = absolute_folders(library);
                continue;
            }
            let other = self.add(needed, member, loaded)?;
            self.found.libraries[index].needs.insert(needed.clone(), other);
        }
        Ok(index)
    }

    /// Adds what libraries may open when they run: no need says so, but mostly a text among theirs.
    fn with_opened(self, system: &[PathBuf], reader: &mut LibraryReader) -> FoundLibraries {
        let mut opens = Vec::with_capacity(self.found.libraries.len());
        for library in &self.found.libraries {
            let bytes = std::fs::read(&library.file).unwrap_or_default();
            let folders = library.file.parent().into_iter();
            let folders: Vec<&Path> = folders.chain(system.iter().map(PathBuf::as_path)).collect();
            let names = library_names(&bytes).into_iter();
            let names = names.filter(|name| self.stays_behind(name, library, &folders, reader));
            opens.push(names.map(str::to_owned).collect());
        }
        let mut found = self.found;
        for (library, opens) in found.libraries.iter_mut().zip(opens) {
            library.opens = opens;
        }
        found
    }

    /// Whether a name is that of a library which is here alone: the wheel will not find it elsewhere.
    fn stays_behind(
        &self,
        name: &str,
        user: &FoundLibrary,
        folders: &[&Path],
        reader: &mut LibraryReader,
    ) -> bool {
        let is_held = user.needs.contains_key(name)
            || self.is_everywhere(name)
            || self.search.members.iter().any(|own| own.name() == name);
        if is_held {
            return false;
        }
        let machine = reader.open(&user.file).map(|library| library.elf.machine);
        let mut libraries = folders.iter().filter_map(|folder| reader.open(&folder.join(name)));
        libraries.find(|library| Some(library.elf.machine) == machine).is_some_and(|library| {
            self.position(&real_path(&library.path)).is_none()
                && !self.search.excludes(name, Some(&library))
        })
    }

    fn missing(&self, name: &str, member: &WheelMember, loaded: &Dependencies) -> Error {
        if let Some(own) = self.search.members.iter().find(|own| own.name() == name) {
            return not_looked_for(name, &member.path, &own.path);
        }
        let needed_by = loaded.missing.get(name).filter(|path| **path != member.file);
        let user = needed_by.map_or_else(|| member.path.clone(), |path| path.display().to_string());
        Error::new(format!("`{name}` cannot be bundled: it was not found"))
            .note(format!("`{user}` needs it"))
            .hint("name its folder in `library-dirs` or in LD_LIBRARY_PATH")
            .hint(format!("or leave it out: `bundle-exclude = [\"{name}\"]`"))
    }
}

/// Whether a policy allows what a file uses of the system, but for libraries.
fn is_allowed(file: &WheelMember, policies: &PlatformPolicies, policy: &PlatformPolicy) -> bool {
    own_needs(file, policies).iter().all(|need| policy.allows(need.since))
}

fn not_looked_for(name: &str, user: &str, own: &str) -> Error {
    Error::new(format!("`{user}` does not find `{name}`, which the wheel holds"))
        .note(format!("it lies at `{own}`"))
        .hint("link with `-Wl,-rpath,$ORIGIN/…`, the way from one folder to the other")
}

/// Whether one of the names of a library fits: the one that it is needed under, or that of its file.
fn is_called(name: &str, library: Option<&Arc<Library>>, fits: impl Fn(&str) -> bool) -> bool {
    let file = || library.map(|library| file_name(&real_path(&library.path)));
    fits(name) || file().is_some_and(|file| fits(&file))
}

/// The folders that a library names by their place in the system.
fn absolute_folders(library: &Library) -> Vec<String> {
    let listed = library.elf.runpath.as_ref().or(library.elf.rpath.as_ref());
    let folders = listed.into_iter().flat_map(|list| list.split(':'));
    folders.filter(|folder| folder.starts_with('/')).map(str::to_owned).collect()
}

fn real_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
