//! Which files an sdist holds, and why. Pure: the tree is handed in.
//!
//! An sdist holds what git tracks or would track, and whatever of the source tree a wheel made from it would
//! hold, so that the wheel from the sdist is the wheel from the tree. `include` adds to that,
//! `exclude` takes away; what pyproject.toml names cannot be taken away.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files::globs::Globs;
use crate::files::manifest::sorted;
use crate::files::wheel_rules::WheelRules;
use crate::files::{globs, kinds, listing};
use crate::model::{
    COMPILE_COMMANDS, Content, Decision, IgnoreRule, IncludeReason, IncludedFile, Layout, Leftover,
    Listing, Manifest, ManifestEntry, OmitReason, OmittedFile, Settings, SourceText, Spanned,
    Tracking, Tree, TreeFile, UnpackableEntry, UnpackableReason, WheelReason,
};

/// What an sdist is made from.
pub struct SdistParts<'a> {
    /// The source tree.
    pub tree: &'a Tree,
    /// Which part of the tree is the Python code.
    pub layout: &'a Layout,
    /// `include` and `exclude` of the wheel and of the sdist count.
    pub settings: &'a Settings,
    /// The same two for the other wheels that overrides make of the tree somewhere.
    pub elsewhere: &'a [(Layout, Settings)],
    /// For errors that point at one of these.
    pub pyproject: &'a Arc<SourceText>,
    /// The builder scripts, relative to the project root, with `/`.
    pub builders: &'a [String],
    /// The files that the metadata is read from, and the sources of native parts, relative to the
    /// project root, with `/`.
    pub named: &'a [String],
    /// The globs of what the project's own steps make.
    pub outputs: &'a [Spanned<String>],
    /// `foo-1.0`: how the products of this version begin.
    pub stem: String,
    /// The text of `PKG-INFO`.
    pub pkg_info: String,
    /// The text of `pyproject.toml`, where the file's own is not for everybody.
    pub portable_pyproject: Option<String>,
}

/// What an sdist holds, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdistFiles {
    /// The files.
    pub manifest: Manifest,
    /// What was decided about each file of the tree, in its order.
    pub decisions: Vec<Decision>,
    /// What is left out in a way that somebody should know: names that secrets have, and pipes and
    /// sockets.
    pub notable_omissions: Vec<OmittedFile>,
}

/// Lists the files of an sdist, sorted.
///
/// # Errors
/// A glob that matches nothing, a file that is wanted and cannot be packed, `exclude` of a file
/// that no build can do without, or two names that are one on some systems.
pub fn select(parts: &SdistParts) -> Result<SdistFiles> {
    let rules = SdistRules::new(parts)?;
    rules.refuse_what_cannot_be()?;
    rules.refuse_excluded_parts_of_wheels()?;
    let files = &parts.tree.files;
    let decisions: Vec<Decision> =
        files.iter().map(|f| rules.decide(&f.path, f.ignored.as_ref(), f.tracking)).collect();
    let held = files.iter().zip(&decisions).filter(|(_, decision)| decision.is_ok());
    let mut entries: Vec<ManifestEntry> = held.map(|(file, _)| entry(parts, file)).collect();
    entries.extend(rules.named_links().map(|entry| linked(parts, &entry.path)));
    entries.push(text(PKG_INFO, &parts.pkg_info));
    let notable_omissions =
        listing::notable_omissions(parts.tree, |path, ignored| rules.decide_other(path, ignored));
    Ok(SdistFiles { manifest: sorted(entries, "")?, decisions, notable_omissions })
}

/// Lists what of the tree an sdist holds and what it does not, and why.
pub fn listing(parts: &SdistParts, decisions: &[Decision]) -> Listing {
    let decided = parts.tree.files.iter().zip(decisions);
    let mut listing = listing::of(
        parts.tree,
        decided.map(|(file, made)| (file, file.path.as_str().into(), made.clone())),
    );
    let made = IncludedFile { path: PKG_INFO.into(), source: None, why: IncludeReason::Metadata };
    let place = listing.included.partition_point(|file| file.path < made.path);
    listing.included.insert(place, made);
    for path in parts.named {
        let is_it = |left: &mut OmittedFile| {
            left.path == *path
                && matches!(left.why, OmitReason::Unpackable(UnpackableReason::Outside(_)))
        };
        for left in listing.omitted.extract_if(.., is_it) {
            let place = listing.included.partition_point(|file| file.path < left.path);
            let source = Some(left.path.clone());
            let file = IncludedFile { path: left.path, source, why: IncludeReason::Named };
            listing.included.insert(place, file);
        }
    }
    listing
}

const PKG_INFO: &str = "PKG-INFO";

struct SdistRules<'a> {
    parts: &'a SdistParts<'a>,
    include: Globs,
    exclude: Globs,
    builders: BTreeSet<&'a str>,
    named: BTreeSet<&'a str>,
    /// What the project's own steps make.
    outputs: Globs,
    /// Of all wheels that may be made from the tree, the one without overrides first.
    wheels: Vec<WheelRules<'a>>,
    /// The folders in which, or below which, objects lie.
    above_objects: HashSet<&'a str>,
}

impl<'a> SdistRules<'a> {
    fn new(parts: &'a SdistParts<'a>) -> Result<Self> {
        let SdistParts { tree, settings, pyproject, .. } = parts;
        let sdist = &settings.sdist;
        let mut wheels = vec![WheelRules::new(tree, parts.layout, settings, pyproject)?];
        for (layout, settings) in parts.elsewhere {
            wheels.push(WheelRules::new(tree, layout, settings, pyproject)?);
        }
        Ok(SdistRules {
            parts,
            include: globs::compile("sdist.include", &sdist.include, tree, pyproject)?,
            exclude: globs::compile("sdist.exclude", &sdist.exclude, tree, pyproject)?,
            builders: parts.builders.iter().map(String::as_str).collect(),
            named: parts.named.iter().map(String::as_str).collect(),
            outputs: globs::unchecked("outputs", parts.outputs, pyproject)?,
            wheels,
            above_objects: above_objects(tree),
        })
    }

    fn refuse_what_cannot_be(&self) -> Result<()> {
        let needed = self.builders.iter().chain(&self.named).chain(&["pyproject.toml"]);
        for path in needed {
            if self.exclude.rule(path).is_some() {
                return Err(self.excluded(path));
            }
            let is_over =
                |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            if let Some(folder) = self.parts.tree.skipped.iter().find(|f| is_over(&f.path)) {
                let message = format!("every build needs `{path}`, and no sdist holds it");
                return Err(Error::new(message)
                    .note(format!("`{}` is never looked into: {}", folder.path, folder.kind))
                    .hint("move the file elsewhere"));
            }
        }
        let unpackable = self.parts.tree.unpackable.iter();
        let mut unpackable =
            unpackable.filter(|entry| !entry.is_transient() && !self.is_named_link(entry));
        match unpackable
            .find(|entry| self.decide_other(&entry.path, entry.ignored.as_ref()).is_ok())
        {
            None => Ok(()),
            Some(entry) if self.named.contains(entry.path.as_str()) => {
                Err(Error::unpackable(entry).hint("or put a copy in the place of the link"))
            }
            Some(entry) => Err(Error::unpackable(entry)
                .hint("or leave it out with `exclude` in `[tool.officina.sdist]`")),
        }
    }

    /// The wheel from the sdist would lack what the wheel from the tree has.
    fn refuse_excluded_parts_of_wheels(&self) -> Result<()> {
        for file in &self.parts.tree.files {
            let path = file.path.as_str();
            let Some(rule) = self.exclude.rule(path) else { continue };
            let Ok(picked) = self.decide_wheel(path) else { continue };
            // What a build left there is in neither; the wheel from the sdist makes its own.
            if kinds::product(path).is_some() && !matches!(picked, WheelReason::Include(_)) {
                continue;
            }
            let globs = &self.parts.settings.sdist.exclude;
            let span = globs.iter().find(|glob| glob.value == rule.glob).map(|g| g.span.clone());
            return Err(Error::new(format!(
                "`exclude` of the sdist leaves out `{path}`, which the wheel holds ({picked})"
            ))
            .at(self.parts.pyproject, span.unwrap_or(0..0))
            .note("a wheel made from the sdist would lack it")
            .hint(format!(
                "move `{}` to `exclude` in `[tool.officina]`: neither product holds it then",
                rule.glob
            ))
            .hint("or narrow the glob"));
        }
        Ok(())
    }

    /// The links out of the project that `pyproject.toml` names: a readme or a licence that several
    /// projects share. Their text is in the metadata, so it may be in the sdist.
    fn named_links(&self) -> impl Iterator<Item = &UnpackableEntry> {
        self.parts.tree.unpackable.iter().filter(|entry| self.is_named_link(entry))
    }

    fn is_named_link(&self, entry: &UnpackableEntry) -> bool {
        matches!(entry.reason, UnpackableReason::Outside(_))
            && self.named.contains(entry.path.as_str())
            && !self.wheels[0].is_secret(&entry.path)
    }

    /// What would be decided of something that no index knows.
    fn decide_other(&self, path: &str, ignored: Option<&Arc<IgnoreRule>>) -> Decision {
        self.decide(path, ignored, Tracking::Unknown)
    }

    /// The one place that decides.
    fn decide(
        &self,
        path: &str,
        ignored: Option<&Arc<IgnoreRule>>,
        tracking: Tracking,
    ) -> Decision {
        if let Some(rule) = self.exclude.rule(path) {
            return Err(OmitReason::Exclude(Arc::clone(rule)));
        }
        match path {
            // Else a wide glob would hold it from the second build on.
            COMPILE_COMMANDS => return Err(OmitReason::Leftover(Leftover::Tool)),
            "pyproject.toml" => return Ok(IncludeReason::Pyproject),
            _ if self.builders.contains(path) => return Ok(IncludeReason::Builder),
            _ if self.named.contains(path) => return Ok(IncludeReason::Named),
            _ => {}
        }
        if let Some(rule) = self.include.rule(path) {
            return Ok(IncludeReason::Include(Arc::clone(rule)));
        }
        let picked = self.decide_wheel(path);
        let not_ignored = match tracking {
            Tracking::Tracked => IncludeReason::Tracked,
            Tracking::Untracked | Tracking::Unknown => IncludeReason::NotIgnored,
        };
        let because_of = |picked: WheelReason| match ignored {
            None => not_ignored.clone(),
            Some(_) => IncludeReason::ForWheel(picked),
        };
        let product = self.leftover(path, tracking);
        match (product, picked, ignored) {
            (_, Ok(picked @ WheelReason::Include(_)), _) if path != PKG_INFO => {
                Ok(because_of(picked))
            }
            // A package may be called `build`.
            (None | Some(Leftover::BuildOutput), Ok(picked), _) => Ok(because_of(picked)),
            (Some(leftover), ..) => Err(OmitReason::Leftover(leftover)),
            (None, Err(_), Some(rule)) => Err(OmitReason::Ignored(Arc::clone(rule))),
            (None, Err(_), None) if self.wheels[0].is_secret(path) => Err(OmitReason::Secret),
            (None, Err(_), None) if kinds::is_repository(path) => Err(OmitReason::VersionControl),
            (None, Err(_), None) => Ok(not_ignored),
        }
    }

    /// What a build, a test run or a tool left behind, if the file is that. Objects and archives
    /// that git tracks were put there to be linked. Where nothing is known of git, an archive above
    /// objects is what a builder made of them.
    fn leftover(&self, path: &str, tracking: Tracking) -> Option<Leftover> {
        if self.outputs.rule(path).is_some() && tracking != Tracking::Tracked {
            return Some(Leftover::StepOutput);
        }
        let by_name = kinds::product(path).or_else(|| {
            kinds::is_product_of(path, &self.parts.stem).then_some(Leftover::BuildOutput)
        });
        match (by_name, tracking) {
            (Some(Leftover::Object), Tracking::Tracked) => None,
            (None, Tracking::Untracked) if kinds::is_archive(path) => Some(Leftover::Object),
            (None, Tracking::Unknown) if kinds::is_archive(path) => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                self.above_objects.contains(folder).then_some(Leftover::Object)
            }
            (by_name, _) => by_name,
        }
    }

    /// What the wheel that wants the file most says of it.
    fn decide_wheel(&self, path: &str) -> Result<WheelReason, OmitReason> {
        let mut best = Err(OmitReason::Elsewhere);
        for picked in self.wheels.iter().map(|wheel| wheel.decide(path)) {
            best = match (best, picked) {
                (best @ Ok(WheelReason::Include(_)), _) => best,
                (best @ Ok(_), Err(_)) => best,
                (_, picked) => picked,
            };
        }
        best
    }

    fn excluded(&self, path: &str) -> Error {
        let exclude = &self.parts.settings.sdist.exclude;
        let place = exclude.first().map_or(0..0, |first| {
            first.span.start..exclude.last().map_or(first.span.end, |last| last.span.end)
        });
        Error::new(format!("`exclude` of the sdist leaves out `{path}`, which every build needs"))
            .at(self.parts.pyproject, place)
            .hint("narrow the glob")
    }
}

fn above_objects(tree: &Tree) -> HashSet<&str> {
    let mut folders = HashSet::new();
    for path in tree.files.iter().map(|file| file.path.as_str()) {
        if kinds::product(path) == Some(Leftover::Object) {
            folders.insert("");
            folders.extend(path.match_indices('/').map(|(end, _)| &path[..end]));
        }
    }
    folders
}

fn entry(parts: &SdistParts, file: &TreeFile) -> ManifestEntry {
    match &parts.portable_pyproject {
        Some(portable) if file.path == "pyproject.toml" => text(&file.path, portable),
        _ => ManifestEntry {
            path: file.path.clone(),
            content: Content::of(parts.tree, file),
            executable: file.executable,
        },
    }
}

fn linked(parts: &SdistParts, path: &str) -> ManifestEntry {
    let content = Content::File(parts.tree.root.join(path));
    ManifestEntry { path: path.to_owned(), content, executable: false }
}

fn text(path: &str, text: &str) -> ManifestEntry {
    let content = Content::Text(text.to_owned());
    ManifestEntry { path: path.to_owned(), content, executable: false }
}

#[cfg(test)]
mod tests;
