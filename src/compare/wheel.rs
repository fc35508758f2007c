//! Two wheels: name, tag, files, modules, metadata, entry points, `RECORD`.

use std::collections::BTreeMap;

use crate::compare::contents::{ArchiveContents, ArchivedFile};
use crate::compare::difference::Difference;
use crate::compare::wheel_name::WheelName;
use crate::compare::{causes, core_metadata, entry_points, files, record, tags};
use crate::model::PythonVersion;

/// The differences between two wheels.
pub fn wheels(old: &ArchiveContents, new: &ArchiveContents) -> Vec<Difference> {
    let mut found = names(old, new);
    let version = WheelName::parse(&old.name).map_or("", |name| name.version);
    found.extend(packed(&layout(old), &layout(new), version, new));
    found.extend(dist_info(old, new));
    found.sort();
    found
}

fn names(old: &ArchiveContents, new: &ArchiveContents) -> Vec<Difference> {
    let (Some(before), Some(after)) = (WheelName::parse(&old.name), WheelName::parse(&new.name))
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let normal =
        |name: &WheelName| (core_metadata::name(name.name), core_metadata::version(name.version));
    let stems = |name: &WheelName| (name.name.to_owned(), name.version.to_owned());
    if stems(&before) != stems(&after) {
        let words = format!("`{}` -> `{}`", old.name, new.name);
        found.push(match normal(&before) == normal(&after) {
            true => Difference::benign("file name", words),
            false => Difference::lost("file name", words)
                .hint("build both from one project, with the same version"),
        });
    }
    if before.build != after.build {
        let shown = |build: Option<&str>| build.map_or("none".into(), |build| format!("`{build}`"));
        let words = format!("{} -> {}", shown(before.build), shown(after.build));
        let hint = "`build-tag` in `[tool.officina]` says it";
        found.push(Difference::lost("build tag", words).hint(hint));
    }
    found.extend(tags::compare(&before.tag, &after.tag, least_python(old)));
    found
}

/// The 3.N of `Requires-Python: >=3.N`.
fn least_python(wheel: &ArchiveContents) -> Option<PythonVersion> {
    let metadata = wheel.text(&format!("{}/METADATA", dist_info_folder(wheel)?))?;
    let line = metadata.lines().find_map(|line| line.strip_prefix("Requires-Python:"))?;
    let bound = line.split(',').find_map(|part| part.trim().strip_prefix(">="))?;
    let numbers: Vec<&str> = bound.trim().split('.').take(2).collect();
    numbers.join(".").parse().ok()
}

/// Files by where an installer puts them. Compiled modules have no suffix in their keys, since it
/// depends on the ABI.
type InstalledFiles<'a> = BTreeMap<String, (&'a str, &'a ArchivedFile)>;

fn layout(wheel: &ArchiveContents) -> InstalledFiles<'_> {
    let mut layout = InstalledFiles::new();
    for (path, file) in &wheel.files {
        let (top, below) = path.split_once('/').unwrap_or((path, ""));
        let place = match top.strip_suffix(".data") {
            _ if top.ends_with(".dist-info") || path.ends_with('/') => continue,
            Some(_) => match below.split_once('/') {
                Some(("purelib" | "platlib", rest)) => rest.to_owned(),
                _ => format!(".data/{below}"),
            },
            None => path.clone(),
        };
        let key = module_of(&place).map_or(place.clone(), str::to_owned);
        layout.insert(key, (path, file));
    }
    layout
}

/// `foo/_bar` of `foo/_bar.cpython-311-x86_64-linux-gnu.so`; `None` for what is no module by its name.
fn module_of(path: &str) -> Option<&str> {
    let bare = path.strip_suffix(".so").or_else(|| path.strip_suffix(".pyd"))?;
    let name = bare.rsplit('/').next().unwrap_or(bare);
    let Some((_, tag)) = name.split_once('.') else {
        return (!name.starts_with("lib")).then_some(bare);
    };
    let is_tag = tag == "abi3"
        || tag == "abi3t"
        || ["cpython-", "cp3", "pypy", "graalpy"].iter().any(|start| tag.starts_with(start));
    is_tag.then(|| &bare[..bare.len() - tag.len() - 1])
}

fn packed(
    old: &InstalledFiles,
    new: &InstalledFiles,
    version: &str,
    all: &ArchiveContents,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (key, (path, file)) in old {
        match new.get(key) {
            None => {
                let shown = if module_of(path).is_some() { path } else { key.as_str() };
                found.push(causes::lost_from_wheel(shown, file, all));
            }
            Some((now, other)) => {
                found.extend(suffix(key, path, now));
                found.extend(files::compare(key, file, other, version));
            }
        }
    }
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    found.extend(added.map(|(key, _)| causes::added_to_wheel(key)));
    found
}

/// The suffix of a module says which Pythons look for the file.
fn suffix(module: &str, old: &str, new: &str) -> Option<Difference> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let (before, after) = (name(old), name(new));
    if before == after {
        return None;
    }
    let words = format!("`{before}` -> `{after}`");
    let is_stable = |name: &str| name.contains(".abi3");
    Some(match (is_stable(&before), is_stable(&after)) {
        (false, true) => Difference::better(module, words + ": for all versions of Python"),
        (true, false) => Difference::lost(module, words + ": for one version of Python alone")
            .hint("`officina show` says why; see `limited-api`"),
        _ => Difference::benign(module, words),
    })
}

/// Files that setuptools writes beside the metadata.
const OF_SETUPTOOLS: [&str; 7] = [
    "top_level.txt",
    "zip-safe",
    "not-zip-safe",
    "dependency_links.txt",
    "namespace_packages.txt",
    "eager_resources.txt",
    "pbr.json",
];

fn dist_info(old: &ArchiveContents, new: &ArchiveContents) -> Vec<Difference> {
    let (old_folder, new_folder) = (dist_info_folder(old), dist_info_folder(new));
    let (Some(old_folder), Some(new_folder)) = (old_folder, new_folder) else {
        return vec![Difference::lost("metadata", "one of the two has no `.dist-info` folder")];
    };
    let mut found = Vec::new();
    let text = |wheel: &ArchiveContents, folder: &str, name: &str| {
        wheel.text(&format!("{folder}/{name}")).unwrap_or_default().to_owned()
    };
    let both = |name: &str| (text(old, old_folder, name), text(new, new_folder, name));
    let (before, after) = both("METADATA");
    found.extend(core_metadata::compare(&before, &after));
    let (before, after) = both("entry_points.txt");
    found.extend(entry_points::compare(&before, &after));
    found.extend(other_files(old, old_folder, new, new_folder));
    let faults_before = record::faults(old, old_folder);
    let faults = record::faults(new, new_folder);
    if faults.is_empty() && !faults_before.is_empty() {
        found.push(Difference::better("RECORD", "is right, and was not before"));
    }
    found.extend(faults.into_iter().map(|fault| Difference::lost("RECORD", fault)));
    found
}

/// Licences may lie in a folder of their own, so files count by their names.
fn other_files(
    old: &ArchiveContents,
    old_folder: &str,
    new: &ArchiveContents,
    new_folder: &str,
) -> Vec<Difference> {
    const KNOWN: [&str; 4] = ["METADATA", "WHEEL", "RECORD", "entry_points.txt"];
    let named = |wheel: &'_ ArchiveContents, folder: &str| -> BTreeMap<String, [u8; 32]> {
        let below = wheel.files.iter().filter_map(|(path, file)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            let is_other = !KNOWN.contains(&name) && !name.ends_with('/');
            is_other.then(|| (bare(name).to_owned(), file.sha256))
        });
        below.collect()
    };
    let (before, after) = (named(old, old_folder), named(new, new_folder));
    let mut found = Vec::new();
    for (name, digest) in &before {
        let subject = format!(".dist-info/{name}");
        match after.get(name) {
            None if OF_SETUPTOOLS.contains(&name.as_str()) => {
                found.push(Difference::benign(subject, "is gone: setuptools alone reads it"));
            }
            None => found.push(
                Difference::lost(subject, "is gone")
                    .hint("name it in `license-files` of `[project]`, if it is about the licence"),
            ),
            Some(other) if other != digest => {
                found.push(Difference::lost(subject, "holds other bytes"));
            }
            Some(_) => {}
        }
    }
    let added = after.keys().filter(|name| !before.contains_key(*name));
    found.extend(added.map(|name| Difference::benign(format!(".dist-info/{name}"), "is new")));
    found
}

/// Setuptools put licences beside the metadata, and only their names, before PEP 639.
fn bare(name: &str) -> &str {
    name.strip_prefix("licenses/").unwrap_or(name)
}

fn dist_info_folder(wheel: &ArchiveContents) -> Option<&str> {
    let tops = wheel.files.keys().filter_map(|path| path.split_once('/'));
    tops.map(|(top, _)| top).find(|top| top.ends_with(".dist-info"))
}
