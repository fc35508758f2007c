//! What the compiled files of a wheel ask of a Linux, held against what each manylinux or musllinux
//! tag allows. The answer is that of `auditwheel show`.

use std::path::{Path, PathBuf};

use crate::binary::elf_needs::{self, VersionNeed, X86Level};
use crate::binary::loader_folders::{self, CLibrary};
use crate::binary::wheel_libraries::{self, WheelMember};
use crate::model::CrossTarget;
use crate::python::platform_policies::{AllowedSince, PlatformPolicies, PlatformPolicy, TagFamily};

/// What the files of a wheel ask for.
#[derive(Debug, Clone)]
pub struct PlatformNeeds {
    /// The tags that may fit.
    pub family: TagFamily,
    /// What each of them allows.
    pub policies: PlatformPolicies,
    /// What is asked for, the newest first.
    pub needs: Vec<PlatformNeed>,
    /// Whether any file is for the machine and the C library at all.
    pub has_files: bool,
}

/// One thing that a file asks for and that not every system has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformNeed {
    /// The oldest tag that allows it.
    pub since: AllowedSince,
    /// The path of the file in the wheel.
    pub path: String,
    /// The file. Absolute.
    pub file: PathBuf,
    /// What it asks for.
    pub what: SystemPart,
}

/// A part of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemPart {
    /// Symbols of a version.
    Version(VersionNeed),
    /// A library that is not in the wheel.
    Library(String),
    /// A symbol that a library has on some systems only.
    Symbol {
        /// The library.
        library: String,
        /// The symbol.
        symbol: String,
    },
    /// Instructions of newer processors.
    Processor(X86Level),
}

/// Reads a file of a wheel; `None` if it is not ELF.
pub fn member(path: &str, file: &Path) -> Option<WheelMember> {
    let needs = elf_needs::read(file)?;
    Some(WheelMember { path: path.to_owned(), file: file.to_owned(), needs })
}

impl PlatformNeeds {
    /// What the compiled files of a wheel for a machine (`x86_64`) ask for. Files for others count
    /// for nothing, as those for another C library than the modules have.
    /// `cross` is the other system that they are for, if it is not this one.
    pub fn of(members: &[WheelMember], machine: &str, cross: Option<&CrossTarget>) -> Self {
        let (c_library, members) = loaded_together(members, machine, cross);
        let family = family_of(c_library);
        let policies = PlatformPolicies::of(family, machine);
        let mut needs: Vec<PlatformNeed> =
            members.iter().flat_map(|member| own_needs(member, &policies)).collect();
        for (library, users) in wheel_libraries::outside(&members) {
            let since = policies.library(&library);
            let user = |path: &String| members.iter().find(|member| member.path == *path);
            needs.extend(
                users
                    .iter()
                    .filter_map(user)
                    .map(|user| need(user, since, SystemPart::Library(library.clone()))),
            );
        }
        needs.retain(|need| need.since > AllowedSince::Policy(0));
        needs.sort_by_key(|need| std::cmp::Reverse(need.since));
        PlatformNeeds { family, policies, needs, has_files: !members.is_empty() }
    }

    /// The oldest tag that allows all; `None` if no tag does. Symbols of musl have no versions, so
    /// nothing says whether they are in the older one of its tags: it is the newer one.
    pub fn fitting(&self) -> Option<&PlatformPolicy> {
        let since = self.needs.first().map_or(AllowedSince::Policy(0), |need| need.since);
        let found = match self.family {
            TagFamily::Manylinux => self.policies.oldest(since),
            TagFamily::Musllinux => self.policies.policies.last().filter(|last| last.allows(since)),
        };
        found.filter(|_| self.has_files)
    }

    /// What a tag does not allow, the newest first.
    pub fn against(&self, policy: &PlatformPolicy) -> impl Iterator<Item = &PlatformNeed> {
        self.needs.iter().filter(|need| !policy.allows(need.since))
    }
}

/// The files of a wheel that one process may load, and their C library.
pub(super) fn loaded_together<'a>(
    members: &'a [WheelMember],
    machine: &str,
    cross: Option<&CrossTarget>,
) -> (CLibrary, Vec<&'a WheelMember>) {
    let of_machine = || members.iter().filter(|member| member.needs.machine == Some(machine));
    let modules = of_machine().filter(|member| member.is_module());
    let named = modules.chain(of_machine()).find_map(|member| member.needs.c_library);
    let c_library = named.unwrap_or_else(|| own_c_library(cross));
    let is_other = |other: CLibrary| other != c_library;
    let found = of_machine().filter(|member| !member.needs.c_library.is_some_and(is_other));
    (c_library, found.collect())
}

/// The tags that stand for a C library.
pub(super) fn family_of(c_library: CLibrary) -> TagFamily {
    match c_library {
        CLibrary::Glibc => TagFamily::Manylinux,
        CLibrary::Musl => TagFamily::Musllinux,
    }
}

/// Where no file says it, that of the system: programs that are linked statically run on any.
fn own_c_library(cross: Option<&CrossTarget>) -> CLibrary {
    let is_musl = match cross {
        Some(cross) => cross.triple.is_musl(),
        None => loader_folders::of_musl().is_some(),
    };
    if is_musl { CLibrary::Musl } else { CLibrary::Glibc }
}

/// What a file asks for itself, but for libraries.
pub(super) fn own_needs(member: &WheelMember, policies: &PlatformPolicies) -> Vec<PlatformNeed> {
    let elf = &member.needs.elf;
    let versions = member.needs.versions.iter().map(|version| {
        let part = SystemPart::Version(version.clone());
        need(member, policies.version(&version.version), part)
    });
    let processor = member
        .needs
        .processor
        .map(|level| need(member, AllowedSince::Never, SystemPart::Processor(level)));
    let mut found: Vec<PlatformNeed> = versions.chain(processor).collect();
    for library in &elf.needed {
        for symbol in &elf.symbols.undefined {
            let since = policies.symbol(library, symbol);
            if since > AllowedSince::Policy(0) {
                let (library, symbol) = (library.clone(), symbol.to_string());
                found.push(need(member, since, SystemPart::Symbol { library, symbol }));
            }
        }
    }
    found
}

fn need(member: &WheelMember, since: AllowedSince, what: SystemPart) -> PlatformNeed {
    PlatformNeed { since, path: member.path.clone(), file: member.file.clone(), what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Interpreter, PythonVersion};

    #[test]
    fn the_system_that_a_wheel_is_for_decides_where_no_file_does() {
        let table = [
            ("x86_64-unknown-linux-musl", TagFamily::Musllinux),
            ("x86_64-linux-gnu", TagFamily::Manylinux),
        ];
        for (triple, family) in table {
            let host = Interpreter::cpython(PythonVersion(3, 11), "linux-x86_64");
            let cross = CrossTarget::nowhere(triple, host);
            assert_eq!(PlatformNeeds::of(&[], "x86_64", Some(&cross)).family, family, "{triple}");
        }
    }
}
