//! What is bundled, as the step that looks for it answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::LibraryPattern;

/// The shared libraries that a wheel takes in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundlePlan {
    /// The libraries, in the order in which they were found.
    pub libraries: Vec<BundledLibrary>,
    /// For each file of the wheel that needs some: the positions of these, by the names that it needs
    /// them under.
    pub users: BTreeMap<String, BTreeMap<String, usize>>,
    /// The files of the wheel that need something which stays outside though not every system has it.
    pub left_out: BTreeSet<String>,
}

/// A library, of which the wheel gets a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundledLibrary {
    /// The name that it is needed under: `libonig.so.5`.
    pub name: String,
    /// The file, without symbolic links. Absolute.
    pub file: PathBuf,
    /// How the copy is called: `libonig-1a2b3c4d.so.5.3.0`.
    pub copy: String,
    /// The file's bytes.
    pub size: u64,
    /// The file's SHA-256, in hexadecimal.
    pub sha256: String,
    /// The positions of the others that it needs, by the names that it needs them under.
    pub needs: BTreeMap<String, usize>,
    /// The folders of this system where it looks for what stays outside.
    pub kept_folders: Vec<String>,
    /// The names of others that it may open when it runs, and that the wheel does not hold.
    pub opens: Vec<String>,
    /// The package of the system that it came with.
    pub package: Option<SystemPackage>,
}

impl BundledLibrary {
    /// `libonig.so.5.3.0`
    pub fn file_name(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Whether a pattern stands for it, by the name that it is needed under or by that of its file.
    pub fn is_called(&self, pattern: &LibraryPattern) -> bool {
        pattern.matches(&self.name) || pattern.matches(&self.file_name())
    }
}

/// A package of a Linux system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemPackage {
    /// How such packages are called in package URLs: `deb`, `rpm`.
    pub kind: String,
    /// `libonig5`
    pub name: String,
    /// `6.9.8-1`
    pub version: String,
    /// What rpm compares before the version, where it is not 0. Debian has it in the version.
    pub epoch: Option<String>,
    /// `amd64`
    pub architecture: String,
    /// The system that it is of, where that says so.
    pub distribution: Option<Distribution>,
    /// The files that say its licence. Absolute; perhaps none.
    pub licenses: Vec<PathBuf>,
}

/// A Linux system, as `/etc/os-release` calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// `debian`
    pub id: String,
    /// `12`
    pub version: Option<String>,
}

/// The name of a copy, which tells it from all others: that of `auditwheel`.
pub fn copy_name(file_name: &str, sha256: &str) -> String {
    let short = &sha256[..8.min(sha256.len())];
    match file_name.split_once('.') {
        Some((base, _)) if base.ends_with(&format!("-{short}")) => file_name.to_owned(),
        Some((base, rest)) => format!("{base}-{short}.{rest}"),
        None => format!("{file_name}-{short}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_called_as_auditwheel_would() {
        let table = [
            ("libonig.so.5.3.0", "libonig-01234567.so.5.3.0"),
            ("libpython-ish.so", "libpython-ish-01234567.so"),
            ("libz-01234567.so.1", "libz-01234567.so.1"),
            ("libz-76543210.so.1", "libz-76543210-01234567.so.1"),
            ("plain", "plain-01234567"),
        ];
        for (name, expected) in table {
            assert_eq!(copy_name(name, "0123456789abcdef"), expected);
        }
    }
}
