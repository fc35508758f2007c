//! Which files an sdist holds. Pure: the tree is handed in, once as it is and once as git sees it.
//!
//! An sdist holds what git would track, and whatever of the source tree a wheel made from it would
//! hold, so that the wheel from the sdist is the wheel from the tree. `include` adds to that,
//! `exclude` takes away; what pyproject.toml names cannot be taken away.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::globs;
use super::manifest::{self, sorted};
use crate::error::{Error, Result, SourceText};
use crate::model::{Content, Layout, Manifest, ManifestEntry, Settings, Tree, TreeFile};

/// What an sdist is made from.
pub struct SourceParts<'a> {
    /// Every file of the source tree.
    pub tree: &'a Tree,
    /// Those that git would track.
    pub tracked: &'a Tree,
    /// Which part of the tree is the Python code.
    pub layout: &'a Layout,
    /// `include` and `exclude` of the wheel and of the sdist count.
    pub settings: &'a Settings,
    /// The same two for the other wheels that overrides make of the tree somewhere.
    pub elsewhere: &'a [(Layout, Settings)],
    /// For errors that point at one of these.
    pub pyproject: &'a Arc<SourceText>,
    /// What no build can do without, relative to the project root, with `/`: the builders, and the
    /// files that the metadata is read from.
    pub needed: Vec<String>,
    /// The text of `PKG-INFO`.
    pub pkg_info: String,
    /// The text of `pyproject.toml`, where the file's own is not for everybody.
    pub portable_pyproject: Option<String>,
}

/// What an sdist holds, and what it was spared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The files.
    pub manifest: Manifest,
    /// Files that were left out because of a name that secrets have, sorted.
    pub secrets: Vec<String>,
}

/// Lists the files of an sdist, sorted.
///
/// # Errors
/// A glob that matches nothing, a file that is wanted and cannot be packed, `exclude` of a file
/// that no build can do without, or two names that are one on some systems.
pub fn sources(parts: &SourceParts) -> Result<Sources> {
    let choice = Choice::new(parts)?;
    let strays = parts.tree.strays.iter();
    if let Some(stray) = strays.clone().find(|stray| choice.wants(&stray.path).is_in()) {
        return Err(stray
            .error()
            .hint("or leave it out with `exclude` in `[tool.officina.sdist]`"));
    }
    let (mut entries, mut secrets) = (Vec::new(), Vec::new());
    for file in &parts.tree.files {
        match choice.wants(&file.path) {
            Fate::In => entries.push(entry(parts, file)),
            Fate::Secret => secrets.push(file.path.clone()),
            Fate::Out => {}
            Fate::Refused => return Err(choice.refuse(&file.path)),
        }
    }
    entries.push(text("PKG-INFO", &parts.pkg_info));
    Ok(Sources { manifest: sorted(entries, "")?, secrets })
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    In,
    Out,
    /// Left out, and somebody should know.
    Secret,
    /// Excluded, but needed.
    Refused,
}

impl Fate {
    fn is_in(self) -> bool {
        self == Fate::In
    }
}

struct Choice<'a> {
    parts: &'a SourceParts<'a>,
    include: globs::Globs,
    exclude: globs::Globs,
    needed: BTreeSet<&'a str>,
    tracked: BTreeSet<&'a str>,
    in_wheel: BTreeSet<&'a str>,
}

impl<'a> Choice<'a> {
    fn new(parts: &'a SourceParts<'a>) -> Result<Self> {
        let SourceParts { tree, settings, pyproject, .. } = parts;
        let sdist = &settings.sdist;
        let mut picked = manifest::pick(tree, parts.layout, settings, pyproject)?;
        for (layout, settings) in parts.elsewhere {
            picked.extend(manifest::pick(tree, layout, settings, pyproject)?);
        }
        Ok(Choice {
            parts,
            include: globs::compile("sdist.include", &sdist.include, tree, pyproject)?,
            exclude: globs::compile("sdist.exclude", &sdist.exclude, tree, pyproject)?,
            needed: parts.needed.iter().map(String::as_str).chain(["pyproject.toml"]).collect(),
            tracked: parts.tracked.files.iter().map(|file| file.path.as_str()).collect(),
            in_wheel: picked.iter().map(|picked| picked.file.path.as_str()).collect(),
        })
    }

    fn wants(&self, path: &str) -> Fate {
        let is_needed = self.needed.contains(path);
        match (self.exclude.matches(path), is_needed) {
            (true, true) => return Fate::Refused,
            (true, false) => return Fate::Out,
            (false, true) => return Fate::In,
            (false, false) => {}
        }
        if self.include.matches(path) {
            return Fate::In;
        }
        let is_tracked = self.tracked.contains(path) || self.is_tracked_stray(path);
        let is_candidate = is_tracked || self.in_wheel.contains(path);
        if !is_candidate || is_product(path) || path == "PKG-INFO" {
            return Fate::Out;
        }
        if is_secret(path) { Fate::Secret } else { Fate::In }
    }

    fn is_tracked_stray(&self, path: &str) -> bool {
        self.parts.tracked.strays.iter().any(|stray| stray.path == path)
    }

    fn refuse(&self, path: &str) -> Error {
        let exclude = &self.parts.settings.sdist.exclude;
        let place = exclude.first().map_or(0..0, |first| {
            first.span.start..exclude.last().map_or(first.span.end, |last| last.span.end)
        });
        Error::new(format!(
            "`exclude` of the sdist leaves out `{path}`, which no build can do without"
        ))
        .at(self.parts.pyproject, place)
        .hint("narrow the glob")
    }
}

/// Folders at the top of a project that hold what was built, by name.
const BUILT: [&str; 3] = ["build/", "dist/", "htmlcov/"];

/// Whether a file was made by a build or a test run, going by its name: an unclean tree makes the
/// same sdist as a clean one.
fn is_product(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let is_bytecode = matches!(suffix, "pyc" | "pyo");
    let tagged = [".abi3", ".abi3t", ".cpython-", ".pypy", ".graalpy"];
    let is_extension =
        suffix == "pyd" || (suffix == "so" && tagged.iter().any(|tag| name.contains(tag)));
    let is_metadata =
        path.split('/').any(|part| part.ends_with(".egg-info") || part.ends_with(".dist-info"));
    let is_left_over =
        matches!(name, ".coverage" | ".DS_Store" | "Thumbs.db") || name.ends_with('~');
    let is_in_built = BUILT.iter().any(|folder| path.starts_with(folder));
    is_bytecode || is_extension || is_metadata || is_left_over || is_in_built
}

/// Whether a file has a name that keys and passwords have.
fn is_secret(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_environment = name == ".env"
        || name.strip_prefix(".env.").is_some_and(|rest| {
            !matches!(rest, "example" | "sample" | "template" | "dist" | "defaults")
        });
    let is_login = matches!(
        name.as_str(),
        ".pypirc" | ".netrc" | "_netrc" | ".npmrc" | ".htpasswd" | ".git-credentials" | ".pgpass"
    );
    let keys = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
    let is_key = keys.contains(&name.as_str())
        || [".key", ".p12", ".pfx", ".keystore", ".jks", ".kdbx", ".ppk"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    is_environment || is_login || is_key
}

fn entry(parts: &SourceParts, file: &TreeFile) -> ManifestEntry {
    match &parts.portable_pyproject {
        Some(portable) if file.path == "pyproject.toml" => text(&file.path, portable),
        _ => ManifestEntry {
            path: file.path.clone(),
            content: Content::File(parts.tree.root.join(&file.path)),
            executable: file.executable,
        },
    }
}

fn text(path: &str, text: &str) -> ManifestEntry {
    let content = Content::Text(text.to_owned());
    ManifestEntry { path: path.to_owned(), content, executable: false }
}
