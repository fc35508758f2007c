//! Finds the shared libraries that the files of a wheel need and that not every Linux has, with what
//! those need themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::binary::elf_needs::is_loader;
use crate::binary::library_cache::{Library, LibraryCache, LibraryReader};
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
    /// What stays outside though not every system has it: the names, by those that need them.
    pub left_out: BTreeMap<String, BTreeSet<String>>,
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
}

impl BundleSearch<'_> {
    /// Looks for them.
    ///
    /// # Errors
    /// A library is not there, or lies in the wheel where nobody looks.
    pub fn run(&self, cache: &LibraryCache) -> Result<FoundLibraries> {
        let (c_library, members) = loaded_together(self.members, self.machine);
        let policies = PlatformPolicies::of(family_of(c_library), self.machine);
        let mut reader = LibraryReader::new(cache);
        let system = match self.cross {
            Some(cross) => cross.library_dirs.clone(),
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
                found: FoundLibraries::default(),
            };
            closure.follow(&outside, &loaded)?;
            let libraries = closure.found.libraries.iter();
            let mut read = libraries.filter_map(|one| member(&one.name, &one.file));
            let fits = read.all(|library| is_allowed(&&library));
            answer = Ok(closure.found);
            if fits {
                break;
            }
        }
        let LibraryReader { reads, absent, .. } = reader;
        answer.map(|found| FoundLibraries { reads, absent, ..found })
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
            root: self.cross.and_then(|cross| cross.root.clone()),
        };
        let start = Library { path: member.file.clone(), elf: member.needs.elf.clone() };
        dependencies(&Arc::new(start), &Dependencies::default(), &folders, reader)
    }

    fn is_excluded(&self, name: &str) -> bool {
        self.exclude.iter().any(|pattern| pattern.matches(name))
    }
}

/// What is bundled under one policy.
struct Closure<'a> {
    search: &'a BundleSearch<'a>,
    policies: &'a PlatformPolicies,
    policy: &'a PlatformPolicy,
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
                self.is_taken(name, loaded.get(name))
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
                None => {
                    self.found.left_out.entry(user.clone()).or_default().insert(name.clone());
                }
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

    fn is_taken(&self, name: &str, library: Option<&Arc<Library>>) -> bool {
        let real = library.map(|library| file_name(&real_path(&library.path)));
        let is_any = |test: &dyn Fn(&str) -> bool| test(name) || real.as_deref().is_some_and(test);
        is_any(&|name| self.search.bundle.takes(name))
            && !is_any(&|name| self.search.is_excluded(name))
    }

    /// Adds a library with all that it needs; returns its position.
    fn add(&mut self, name: &str, member: &WheelMember, loaded: &Dependencies) -> Result<usize> {
        let library = loaded.get(name).ok_or_else(|| self.missing(name, member, loaded))?;
        let file = real_path(&library.path);
        if let Some(known) = self.position(&file) {
            return Ok(known);
        }
        if let Some(own) = self.search.members.iter().find(|own| real_path(&own.file) == file) {
            return Err(not_looked_for(name, &member.path, &own.path));
        }
        let index = self.found.libraries.len();
        let needs = BTreeMap::new();
        self.found.libraries.push(FoundLibrary { name: name.to_owned(), file, needs });
        for needed in &library.elf.needed {
            if self.is_everywhere(needed) {
                continue;
            }
            if self.search.is_excluded(needed) {
                let left_out = self.found.left_out.entry(name.to_owned()).or_default();
                left_out.insert(needed.clone());
                continue;
            }
            let other = self.add(needed, member, loaded)?;
            self.found.libraries[index].needs.insert(needed.clone(), other);
        }
        Ok(index)
    }

    fn missing(&self, name: &str, member: &WheelMember, loaded: &Dependencies) -> Error {
        if let Some(own) = self.search.members.iter().find(|own| own.name() == name) {
            return not_looked_for(name, &member.path, &own.path);
        }
        let needed_by = loaded.missing.get(name).filter(|path| **path != member.file);
        let user = needed_by.map_or_else(|| member.path.clone(), |path| path.display().to_string());
        Error::new(format!("`{name}` cannot be bundled: it is nowhere to be found"))
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

fn real_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
