//! Which libraries the files of a wheel need from outside of it, going by the folders that they name
//! themselves. The wheel is not unpacked: `$ORIGIN` is the folder of a file in the wheel.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::binary::elf_needs::{ElfNeeds, is_loader};

/// A compiled file of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelMember {
    /// Its path in the wheel, with `/`.
    pub path: String,
    /// Where it lies now. Absolute.
    pub file: PathBuf,
    /// What it asks for.
    pub needs: ElfNeeds,
}

impl WheelMember {
    /// Its name, without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The folder that it lies in; empty at the top.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether Python imports it.
    pub fn is_module(&self) -> bool {
        self.needs.is_module(self.name())
    }
}

/// The libraries that are not in the wheel, each with the paths of those that need it. As auditwheel
/// does, it begins with modules and with what no other file needs: what only those find, by their own
/// folders, is found.
pub fn outside(members: &[&WheelMember]) -> BTreeMap<String, BTreeSet<String>> {
    let by_path: BTreeMap<&str, &WheelMember> =
        members.iter().map(|member| (member.path.as_str(), *member)).collect();
    let needed: HashSet<&str> =
        members.iter().flat_map(|member| &member.needs.elf.needed).map(String::as_str).collect();
    let is_root = |member: &&&WheelMember| member.is_module() || !needed.contains(member.name());
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for root in members.iter().filter(is_root) {
        let mut seen = HashSet::new();
        let mut waiting = VecDeque::from([*root]);
        while let Some(file) = waiting.pop_front() {
            for name in &file.needs.elf.needed {
                if is_loader(name) || !seen.insert(name.as_str()) {
                    continue;
                }
                match in_wheel(name, file, root, &by_path) {
                    Some(library) => waiting.push_back(library),
                    None => drop(found.entry(name.clone()).or_default().insert(file.path.clone())),
                }
            }
        }
    }
    found
}

/// The file of the wheel that is loaded under a name; `None` if it comes from elsewhere.
fn in_wheel<'a>(
    name: &str,
    file: &WheelMember,
    root: &WheelMember,
    members: &BTreeMap<&str, &'a WheelMember>,
) -> Option<&'a WheelMember> {
    let both = [root, file];
    let rpaths = both.iter().flat_map(|of| folders(of, RunPath::Old));
    let own = folders(file, RunPath::New);
    for folder in rpaths.chain(own).chain(folders(root, RunPath::New)) {
        match folder {
            Folder::InWheel(folder) => {
                let path =
                    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                if let Some(member) = members.get(path.as_str()) {
                    return Some(member);
                }
            }
            Folder::Elsewhere(folder) if Path::new(&folder).join(name).exists() => return None,
            Folder::Elsewhere(_) => {}
        }
    }
    None
}

enum RunPath {
    /// `DT_RPATH`
    Old,
    /// `DT_RUNPATH`
    New,
}

enum Folder {
    InWheel(String),
    Elsewhere(String),
}

/// The folders that a file names; of those with `$ORIGIN` the path in the wheel.
fn folders(member: &WheelMember, kind: RunPath) -> Vec<Folder> {
    let elf = &member.needs.elf;
    let list = match kind {
        RunPath::Old if elf.runpath.is_some() => None,
        RunPath::Old => elf.rpath.as_deref(),
        RunPath::New => elf.runpath.as_deref(),
    };
    let list = list.unwrap_or_default().split(':').filter(|folder| !folder.is_empty());
    list.map(|folder| {
        let below = folder.strip_prefix("$ORIGIN").or_else(|| folder.strip_prefix("${ORIGIN}"));
        match below.and_then(|below| joined(member.folder(), below)) {
            Some(folder) => Folder::InWheel(folder),
            None => Folder::Elsewhere(folder.to_owned()),
        }
    })
    .collect()
}

/// A folder below another one, without `.` and `..`; `None` if it leaves the wheel.
fn joined(folder: &str, below: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in below.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_joined_within_the_wheel() {
        let table = [
            ("pkg", "", Some("pkg")),
            ("pkg/sub", "/../../pkg.libs/", Some("pkg.libs")),
            ("", "/lib", Some("lib")),
            ("pkg", "/..", Some("")),
            ("pkg", "/./lib//x", Some("pkg/lib/x")),
            ("pkg", "/../../lib", None),
        ];
        for (folder, below, expected) in table {
            assert_eq!(joined(folder, below).as_deref(), expected, "{folder} {below}");
        }
    }
}
