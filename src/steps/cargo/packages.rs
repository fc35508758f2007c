//! The packages that cargo compiled for a crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml_edit::Document;

use crate::steps::cargo::messages::Messages;

/// A package that cargo compiled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CratePackage {
    /// `serde`
    pub name: String,
    /// `1.0.0`
    pub version: String,
    /// Where it comes from, as Cargo.lock says it; `None`: it lies in the project.
    pub source: Option<String>,
    /// The SHA-256 of the archive that it came in, in hexadecimal.
    pub checksum: Option<String>,
}

/// What cargo has told of, with what Cargo.lock says of it; sorted, each once. Macros and what only
/// build scripts need are among it.
pub(super) fn compiled(messages: &Messages, lock: &Path) -> Vec<CratePackage> {
    let checksums = checksums(&std::fs::read_to_string(lock).unwrap_or_default());
    let packages = messages.packages.iter().filter_map(|id| {
        let mut package = identified(id)?;
        let archive = package.source.clone();
        package.checksum = archive.and_then(|source| {
            checksums.get(&(package.name.clone(), package.version.clone(), source)).cloned()
        });
        Some(package)
    });
    packages.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Reads a package id (<https://doc.rust-lang.org/cargo/reference/pkgid-spec.html>), also as cargo
/// wrote it before 1.77.
fn identified(id: &str) -> Option<CratePackage> {
    let of = |name: &str, version: &str, source: &str| CratePackage {
        name: name.to_owned(),
        version: version.to_owned(),
        source: (!source.starts_with("path+")).then(|| source.to_owned()),
        checksum: None,
    };
    if let [name, version, source] = id.split(' ').collect::<Vec<_>>().as_slice() {
        let source = source.strip_prefix('(')?.strip_suffix(')')?;
        return Some(of(name, version, source));
    }
    let (source, package) = id.rsplit_once('#')?;
    match package.split_once('@') {
        Some((name, version)) => Some(of(name, version, source)),
        None => Some(of(source.trim_end_matches('/').rsplit('/').next()?, package, source)),
    }
}

/// The checksums of a Cargo.lock, by name, version and source.
fn checksums(lock: &str) -> BTreeMap<(String, String, String), String> {
    let Ok(document) = Document::parse(lock) else { return BTreeMap::new() };
    let packages = document.get("package").and_then(|item| item.as_array_of_tables());
    let one = |table: &toml_edit::Table| {
        let text = |key: &str| table.get(key)?.as_str().map(str::to_owned);
        Some(((text("name")?, text("version")?, text("source")?), text("checksum")?))
    };
    packages.into_iter().flatten().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_packages() {
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        let git = "git+https://x.org/b?rev=c";
        for (id, expected) in [
            (format!("{registry}#serde@1.0.0"), Some(("serde", "1.0.0", Some(registry)))),
            (format!("serde 1.0.0 ({registry})"), Some(("serde", "1.0.0", Some(registry)))),
            ("path+file:///p/rust#a@0.1.0".into(), Some(("a", "0.1.0", None))),
            ("path+file:///p/rust#0.1.0".into(), Some(("rust", "0.1.0", None))),
            ("a 0.1.0 (path+file:///p/rust)".into(), Some(("a", "0.1.0", None))),
            (format!("{git}#b@2.0.0"), Some(("b", "2.0.0", Some(git)))),
            ("odd".into(), None),
        ] {
            let found = identified(&id);
            let found =
                found.as_ref().map(|one| (&*one.name, &*one.version, one.source.as_deref()));
            assert_eq!(found, expected, "{id}");
        }
    }

    #[test]
    fn checksums_are_those_of_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("Cargo.lock");
        let text = "version = 4\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n\
                    [[package]]\nname = \"b\"\nversion = \"1.0.0\"\n\
                    source = \"registry+https://x.org\"\nchecksum = \"00\"\n";
        std::fs::write(&lock, text).unwrap();
        let packages = [
            "path+file:///p/a#0.1.0",
            "git+https://x.org/b?rev=c#b@1.0.0",
            "registry+https://x.org#b@1.0.0",
        ];
        let messages =
            Messages { packages: packages.map(str::to_owned).into(), ..Messages::default() };
        let found = compiled(&messages, &lock);
        let found: Vec<_> =
            found.iter().map(|one| (one.name.as_str(), one.checksum.as_deref())).collect();
        assert_eq!(found, [("a", None), ("b", None), ("b", Some("00"))]);
    }
}
