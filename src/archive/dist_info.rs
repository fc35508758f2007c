//! The `.dist-info` folder of a wheel: `METADATA`, `WHEEL`, entry points, licences and `RECORD`
//! (packaging.python.org, "Recording installed projects" and "Binary distribution format").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ignore::WalkBuilder;

use crate::config::metadata;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Content, ManifestEntry, Metadata, Tag};

/// The `.dist-info` folder of a wheel, without `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistInfo {
    /// `foo-1.0.dist-info`
    pub folder: String,
    /// Its files, under their paths in the wheel.
    pub entries: Vec<ManifestEntry>,
}

/// `my_dist-1.0.dist-info`
pub fn folder_name(dist_name: &str, version: &str) -> String {
    format!("{}.dist-info", stem(dist_name, version))
}

/// The name, normalised as in PEP 503 but with `_`, and the version, in which the `-` that
/// separates the parts of a file name has no place.
pub(super) fn stem(dist_name: &str, version: &str) -> String {
    let words = dist_name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_").to_lowercase();
    format!("{name}-{}", version.replace('-', "_"))
}

impl DistInfo {
    /// The folder of a wheel with this tag and perhaps a build tag. Licence files are relative to `root` and go to
    /// `licenses/` (PEP 639).
    pub fn new(metadata: &Metadata, root: &Path, tag: &Tag, build: Option<&str>) -> Self {
        let folder = folder_name(&metadata.dist_name(), &metadata.version.to_string());
        let entry = |name: &str, content| ManifestEntry {
            path: format!("{folder}/{name}"),
            content,
            executable: false,
        };
        let mut entries = vec![
            entry("METADATA", Content::Text(metadata::core_metadata(metadata))),
            entry(WHEEL, Content::Text(wheel_text(tag, build))),
        ];
        let entry_points = metadata::entry_points_txt(&metadata.entry_points).map(Content::Text);
        entries.extend(entry_points.map(|text| entry("entry_points.txt", text)));
        let licenses = metadata.license_files.iter();
        entries.extend(licenses.map(|license| {
            entry(&format!("licenses/{license}"), Content::File(root.join(license)))
        }));
        DistInfo { folder, entries }
    }

    /// Writes the folder into another one, for a frontend that asks for the metadata alone.
    ///
    /// # Errors
    /// A licence file cannot be read, or the folder cannot be written; nothing is left then.
    pub fn write(&self, into: &Path) -> Result<()> {
        fs::write_folder(&into.join(&self.folder), |folder| {
            for entry in &self.entries {
                let target = folder.join(self.name(entry));
                match &entry.content {
                    Content::Text(text) => fs::write_text(&target, text)?,
                    Content::File(source) => fs::copy(source, &target)?,
                }
            }
            Ok(())
        })
    }

    /// The folder of a wheel for which a frontend had this one prepared. The two must be the same
    /// but for `RECORD` and what `WHEEL` says of the tag, which only a build knows; what somebody
    /// else put into the prepared folder goes into the wheel
    /// (<https://peps.python.org/pep-0517/#build-wheel>, `metadata_directory`).
    ///
    /// # Errors
    /// A file differs, or is missing in the prepared folder; or one cannot be read.
    pub fn with_prepared(mut self, prepared: &Path) -> Result<Self> {
        let theirs = texts_below(prepared)?;
        let mut ours = BTreeMap::new();
        for entry in &self.entries {
            let bytes = match &entry.content {
                Content::Text(text) => text.clone().into_bytes(),
                Content::File(path) => fs::read(path)?,
            };
            ours.insert(self.name(entry).to_owned(), bytes);
        }
        if let Some(name) = first_difference(&ours, &theirs) {
            let shown = prepared.display();
            let found = match theirs.contains_key(name) {
                true => format!("the wheel's `{name}` is not the one in `{shown}`"),
                false => format!("the wheel has a `{name}`, and `{shown}` has none"),
            };
            return Err(Error::new(found)
                .note("a wheel must have the metadata that was prepared for it (PEP 517)")
                .hint("prepare it again if the project has changed since"));
        }
        let added = theirs.into_keys().filter(|name| !ours.contains_key(name));
        let added: Vec<_> = added
            .map(|name| ManifestEntry {
                path: format!("{}/{name}", self.folder),
                content: Content::File(prepared.join(name)),
                executable: false,
            })
            .collect();
        self.entries.extend(added);
        Ok(self)
    }

    /// The path of an entry as seen from the folder.
    fn name<'a>(&self, entry: &'a ManifestEntry) -> &'a str {
        let below = entry.path.strip_prefix(&self.folder).unwrap_or(&entry.path);
        below.trim_start_matches('/')
    }
}

/// The file of the folder that names the tag.
pub const WHEEL: &str = "WHEEL";

/// The text of `WHEEL`. A compressed tag (`cp315-abi3.abi3t-linux_x86_64`) becomes one line for
/// each of its combinations. What is for one platform is unpacked into `platlib`.
pub fn wheel_text(tag: &Tag, build: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let is_pure = tag.platform == "any";
    let mut text =
        format!("Wheel-Version: 1.0\nGenerator: officina {version}\nRoot-Is-Purelib: {is_pure}\n");
    for python in tag.python.split('.') {
        for abi in tag.abi.split('.') {
            for platform in tag.platform.split('.') {
                text.push_str(&format!("Tag: {python}-{abi}-{platform}\n"));
            }
        }
    }
    if let Some(build) = build {
        text.push_str(&format!("Build: {build}\n"));
    }
    text
}

/// The files of a folder by their names, `a/b` for those in folders of it, and what is in them.
fn texts_below(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut texts = BTreeMap::new();
    for found in WalkBuilder::new(folder).standard_filters(false).follow_links(true).build() {
        let found = found
            .map_err(|e| Error::new(format!("cannot read `{}`: {e}", folder.display())))?
            .into_path();
        if !found.is_dir() {
            texts.insert(name_below(folder, &found)?, fs::read(&found)?);
        }
    }
    texts.retain(|name, _| !UNCOMPARED.contains(&name.as_str()));
    Ok(texts)
}

fn name_below(folder: &Path, file: &Path) -> Result<String> {
    let below: PathBuf = file.strip_prefix(folder).unwrap_or(file).into();
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let name = parts.map(|parts| parts.join("/"));
    name.ok_or_else(|| Error::new(format!("the name of `{}` is not UTF-8", file.display())))
}

/// `RECORD` and the signatures of it: they are of a whole wheel.
const UNCOMPARED: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

/// The first of our files that a prepared folder has differently, or not at all.
fn first_difference<'a>(
    ours: &'a BTreeMap<String, Vec<u8>>,
    prepared: &BTreeMap<String, Vec<u8>>,
) -> Option<&'a str> {
    let differs = |(name, text): &(&String, &Vec<u8>)| match prepared.get(*name) {
        None => true,
        Some(other) if *name == WHEEL => !tagless(text).eq(tagless(other)),
        Some(other) => other != *text,
    };
    ours.iter().find(differs).map(|(name, _)| name.as_str())
}

/// The lines of `WHEEL` that do not depend on the tag.
fn tagless(wheel: &[u8]) -> impl Iterator<Item = &[u8]> {
    let of_tag: [&[u8]; 2] = [b"Tag:", b"Root-Is-Purelib:"];
    let lines = wheel.split(|byte| *byte == b'\n');
    lines.filter(move |line| !of_tag.iter().any(|start| line.starts_with(start)))
}

/// A line of `RECORD`: what was packed, as it was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Path in the wheel, with `/`.
    pub path: String,
    /// SHA-256 of the uncompressed bytes.
    pub sha256: [u8; 32],
    /// How many bytes there are, uncompressed.
    pub size: u64,
}

/// The path of `RECORD` in the wheel.
pub(super) fn record_path(folder: &str) -> String {
    format!("{folder}/RECORD")
}

/// The text of `RECORD` for these files, in this order, and last for itself without hash and size.
/// Fields are quoted as Python's `csv` reads them.
///
/// # Errors
/// None that a user can cause.
pub(super) fn record_text(rows: &[RecordRow], record_path: &str) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let hash = format!("sha256={}", URL_SAFE_NO_PAD.encode(row.sha256));
        let cells = [row.path.as_str(), &hash, &row.size.to_string()];
        writer.write_record(cells).map_err(record_failed)?;
    }
    writer.write_record([record_path, "", ""]).map_err(record_failed)?;
    let bytes = writer.into_inner().map_err(record_failed)?;
    String::from_utf8(bytes).map_err(record_failed)
}

fn record_failed(reason: impl std::fmt::Display) -> Error {
    Error::new(format!("cannot make the text of RECORD: {reason}"))
}

#[cfg(test)]
mod tests;
