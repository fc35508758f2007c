//! Two wheels: name, tag, files, modules, metadata, entry points, `RECORD`.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::{Operator, VersionSpecifiers};

use crate::compare::contents::{ArchiveContents, ArchivedFile};
use crate::compare::core_metadata::Fields;
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
    let Some(before) = WheelName::parse(&old.name) else {
        let words = format!("`{}` is no name of a wheel: tags are not compared", old.name);
        return vec![Difference::benign("file name", words)];
    };
    let Some(after) = WheelName::parse(&new.name) else {
        let words = format!("`{}` is no name of a wheel: installers refuse it", new.name);
        return vec![Difference::lost("file name", words)];
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

/// The lowest 3.N that `Requires-Python` allows.
fn least_python(wheel: &ArchiveContents) -> Option<PythonVersion> {
    let metadata = wheel.text(&format!("{}/METADATA", dist_info_folder(wheel)?))?;
    let fields = Fields::parse(metadata);
    let wanted: VersionSpecifiers = fields.one("Requires-Python")?.parse().ok()?;
    let bounds = wanted.iter().filter(|bound| {
        use Operator::{Equal, EqualStar, GreaterThanEqual, TildeEqual};
        matches!(bound.operator(), GreaterThanEqual | TildeEqual | Equal | EqualStar)
    });
    let bounds = bounds.filter_map(|bound| match bound.version().release() {
        [] => None,
        [major] => format!("{major}.0").parse().ok(),
        [major, minor, ..] => format!("{major}.{minor}").parse().ok(),
    });
    bounds.max()
}

/// A file of a wheel: its path there, and what it is.
type WheelFile<'a> = (&'a str, &'a ArchivedFile);

/// Files by where an installer puts them. Compiled modules have no suffix in their keys, since it
/// depends on the ABI: a module may have a file for each of several.
type InstalledFiles<'a> = BTreeMap<String, Vec<WheelFile<'a>>>;

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
        layout.entry(key).or_default().push((path, file));
    }
    layout
}

/// `foo/_bar` of `foo/_bar.cpython-311-x86_64-linux-gnu.so`; `None` for what is no module by its name.
fn module_of(path: &str) -> Option<&str> {
    Some(module_and_tag(path)?.0)
}

/// The module, and what its suffix says of its ABI.
fn module_and_tag(path: &str) -> Option<(&str, &str)> {
    let bare = path.strip_suffix(".so").or_else(|| path.strip_suffix(".pyd"))?;
    let name = bare.rsplit('/').next().unwrap_or(bare);
    let Some((_, tag)) = name.split_once('.') else {
        return (!name.starts_with("lib")).then_some((bare, ""));
    };
    let is_tag = tag == "abi3"
        || tag == "abi3t"
        || ["cpython-", "cp3", "pypy", "graalpy"].iter().any(|start| tag.starts_with(start));
    is_tag.then(|| (&bare[..bare.len() - tag.len() - 1], tag))
}

fn packed(
    old: &InstalledFiles,
    new: &InstalledFiles,
    version: &str,
    all: &ArchiveContents,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let shown = |key: &str, path: &str| {
        if module_of(path).is_some() { path.to_owned() } else { key.to_owned() }
    };
    for (key, files) in old {
        let now = new.get(key).map(Vec::as_slice).unwrap_or_default();
        let mut free: Vec<WheelFile> =
            now.iter().filter(|(path, _)| with_tag_of(path, files).is_none()).copied().collect();
        for (path, file) in files {
            let Some((now, other)) = successor(path, now, &mut free) else {
                found.push(causes::lost_from_wheel(&shown(key, path), file, all));
                continue;
            };
            found.extend(suffix(key, path, now));
            found.extend(files::compare(key, file, other, version));
        }
        found.extend(free.iter().map(|(path, _)| causes::added_to_wheel(&shown(key, path))));
    }
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    let added = added.flat_map(|(key, files)| files.iter().map(move |(path, _)| (key, path)));
    found.extend(added.map(|(key, path)| causes::added_to_wheel(&shown(key, path))));
    found
}

/// The file among these that has the same tag as this one; two files that are no modules have none.
fn with_tag_of<'a>(path: &str, files: &[WheelFile<'a>]) -> Option<WheelFile<'a>> {
    let tag = |path| module_and_tag(path).map(|(_, tag)| tag);
    files.iter().find(|(other, _)| tag(other) == tag(path)).copied()
}

/// What is there in the place of a file: one for the same ABI, or one that the old wheel had nothing
/// like; or one for all CPythons, where the old one was for one of them.
fn successor<'a>(
    path: &str,
    now: &[WheelFile<'a>],
    free: &mut Vec<WheelFile<'a>>,
) -> Option<WheelFile<'a>> {
    if let Some(same) = with_tag_of(path, now) {
        return Some(same);
    }
    if !free.is_empty() {
        return Some(free.remove(0));
    }
    let of_one = module_and_tag(path)
        .and_then(|(_, tag)| tag.strip_prefix("cpython-").or_else(|| tag.strip_prefix("cp")));
    let of_one = of_one.and_then(|tag| tag.split('-').next());
    let is_of_one = of_one.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit()));
    let is_stable = |path: &str| module_and_tag(path).is_some_and(|(_, tag)| tag == "abi3");
    now.iter().find(|(other, _)| is_of_one && is_stable(other)).copied()
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
    let named = |wheel: &'_ ArchiveContents, folder: &str| {
        let mut found: BTreeMap<String, BTreeSet<[u8; 32]>> = BTreeMap::new();
        for (path, file) in &wheel.files {
            let name = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            let other = name.filter(|name| !KNOWN.contains(name) && !name.ends_with('/'));
            if let Some(name) = other {
                found.entry(bare(name).to_owned()).or_default().insert(file.sha256);
            }
        }
        found
    };
    let (before, after) = (named(old, old_folder), named(new, new_folder));
    let mut found = Vec::new();
    for (name, digests) in &before {
        let subject = format!(".dist-info/{name}");
        match after.get(name) {
            None if OF_SETUPTOOLS.contains(&name.as_str()) => {
                found.push(Difference::benign(subject, "is gone: setuptools alone reads it"));
            }
            None => found.push(
                Difference::lost(subject, "is gone")
                    .hint("name it in `license-files` of `[project]`, if it is about the licence"),
            ),
            Some(others) if !digests.is_subset(others) => {
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
