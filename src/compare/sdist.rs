//! Two sdists, file by file.

use crate::compare::contents::ArchiveContents;
use crate::compare::difference::Difference;
use crate::compare::{causes, core_metadata, files};

/// The differences between two sdists.
pub fn sdists(old: &ArchiveContents, new: &ArchiveContents) -> Vec<Difference> {
    const METADATA: &str = "PKG-INFO";
    let mut found = Vec::new();
    if old.name != new.name {
        let (words, same) = (format!("`{}` -> `{}`", old.name, new.name), is_same_name(old, new));
        found.push(match same {
            true => Difference::benign("file name", words),
            false => Difference::lost("file name", words).hint("build both with the same version"),
        });
    }
    let (name, version) = name_and_version(old);
    for (path, file) in &old.files {
        match new.files.get(path) {
            _ if path == METADATA => {}
            None => found.push(match egg_info(path, name) {
                Some(folder) => Difference::benign(folder, OF_SETUPTOOLS),
                None => causes::lost_from_sdist(path, file),
            }),
            Some(other) if path == "pyproject.toml" && file.sha256 != other.sha256 => {
                found.push(Difference::benign(path, "says who builds the project now"));
            }
            Some(other) => found.extend(files::compare(path, file, other, version)),
        }
    }
    let added = new.files.keys().filter(|path| !old.files.contains_key(*path));
    found.extend(added.filter(|path| *path != METADATA).map(|path| causes::added_to_sdist(path)));
    match (old.text(METADATA), new.text(METADATA)) {
        (Some(old), Some(new)) => found.extend(core_metadata::compare(old, new)),
        (Some(_), None) => found.push(Difference::lost(METADATA, "is gone, or no text")),
        (None, _) => {}
    }
    found.sort();
    found.dedup();
    found
}

const OF_SETUPTOOLS: &str = "is gone: setuptools alone reads it";

/// `src/foo.egg-info` of a file in it, where the distribution is called so: one of another name is
/// data, of tests as a rule.
fn egg_info<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let (start, _) = path.split_once(".egg-info/")?;
    let own = start.rsplit('/').next().unwrap_or(start);
    let is_own = core_metadata::name(own) == core_metadata::name(name);
    is_own.then(|| &path[..start.len() + ".egg-info".len()])
}

/// `foo-1.0`, without the ending.
fn stem(name: &str) -> &str {
    let endings = [".tar.gz", ".tgz", ".zip"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

fn name_and_version(sdist: &ArchiveContents) -> (&str, &str) {
    stem(&sdist.name).rsplit_once('-').unwrap_or_default()
}

fn is_same_name(old: &ArchiveContents, new: &ArchiveContents) -> bool {
    let normal = |sdist: &ArchiveContents| {
        let (name, version) = name_and_version(sdist);
        (core_metadata::name(name), core_metadata::version(version))
    };
    normal(old) == normal(new)
}
