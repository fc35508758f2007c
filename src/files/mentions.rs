//! What the files of an sdist mention and the sdist leaves out, found without running anything.
//!
//! An `#include` or a path in a builder's text is a strong hint and no proof: it may stand behind
//! `#if 0`, and the build may make the file. A build proves it, so these are warnings. Pure: texts
//! come through a closure, and none is asked for where nothing is left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::files::globs::composed;
use crate::files::includes::{Include, includes};
use crate::files::paths::{parent, resolved};
use crate::files::remedies::remedies;
use crate::files::{kinds, python_text};
use crate::model::{Decision, Leftover, OmitReason, SdistSettings, Tree};

/// What is looked through.
pub struct MentionQuery<'a> {
    /// The tree that the sdist is made from.
    pub tree: &'a Tree,
    /// What was decided about each of its files.
    pub decisions: &'a [Decision],
    /// The builder scripts, relative to the project root, with `/`.
    pub builders: &'a [String],
    /// The text of a file of the tree; `None` where it cannot be read, or not in reasonable time.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

/// A file that the sdist leaves out though one that it holds mentions it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// The rule that left it out.
    pub why: OmitReason,
    /// Which file mentions it, relative to the project root, with `/`.
    pub by: String,
    /// In which line, counted from one.
    pub line: usize,
    /// How.
    pub how: MentionKind,
}

/// How a file mentions another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKind {
    /// `#include`
    Includes,
    /// Its path stands in a string.
    Names,
}

/// Finds the first mention of each file that is left out, sorted by path.
pub fn find(query: &MentionQuery) -> Vec<Mention> {
    let search = Search::new(query);
    if search.omitted.is_empty() {
        return Vec::new();
    }
    let builders = query.builders.iter().map(String::as_str);
    let builders: Vec<(&str, String)> =
        builders.filter_map(|path| Some((path, (query.read)(path)?))).collect();
    let folders = search.folders(&builders);
    let mut found = FirstMentions::new();
    for (script, text) in &builders {
        search.in_builder(script, text, &folders, &mut found);
    }
    let files = query.tree.files.iter().zip(query.decisions);
    for (file, _) in files.filter(|(file, decision)| decision.is_ok() && kinds::is_c(&file.path)) {
        if let Some(text) = (query.read)(&file.path) {
            search.in_c(&file.path, &text, &folders, &mut found);
        }
    }
    let written = written(&builders);
    let is_written = |path: &str| written.iter().any(|line| line.contains(kinds::name(path)));
    found.into_values().filter(|mention| !is_written(&mention.path)).collect()
}

/// The first mention of each file, by its path. A header that is left out may be included a hundred
/// thousand times.
type FirstMentions<'a> = BTreeMap<&'a str, Mention>;

/// What a builder names outside the project, where no sdist reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideName {
    /// From the project root, with `/`: `../common/x.c`.
    pub path: String,
    /// Which builder names it.
    pub by: String,
    /// In which line, counted from one.
    pub line: usize,
}

/// Finds the relative paths in the builders' strings that lead out of the project, each once.
/// Whether anything is there, only the disk knows.
pub fn names_outside(
    builders: &[String],
    read: &dyn Fn(&str) -> Option<String>,
) -> Vec<OutsideName> {
    let mut found: BTreeMap<String, OutsideName> = BTreeMap::new();
    for script in builders {
        let text = read(script).unwrap_or_default();
        for (line, literal) in python_text::literals(&text) {
            for path in ["", parent(script)].iter().filter_map(|from| way_out(from, literal)) {
                found.entry(path.clone()).or_insert(OutsideName { path, by: script.clone(), line });
            }
        }
    }
    found.into_values().collect()
}

/// The warning about a name that leads out of the project.
pub fn outside_warning(name: &OutsideName) -> String {
    let OutsideName { path, by, line } = name;
    format!(
        "`{path}` lies outside the project, so that no sdist can hold it, but `{by}:{line}` names \
         it: move it below the folder of pyproject.toml, or a build from the sdist lacks it"
    )
}

/// The warning about a mention.
pub fn warning(mention: &Mention, settings: &SdistSettings) -> String {
    let Mention { path, why, by, line, how } = mention;
    let does = match how {
        MentionKind::Includes => "includes it",
        MentionKind::Names => "names it",
    };
    let remedy = remedies(&[(path.as_str(), why)], settings).join(", or ");
    format!(
        "`{path}` is left out of the sdist ({why}), but `{by}:{line}` {does}: {remedy} \
         (`officina check` proves whether a build needs it)"
    )
}

struct Search<'a> {
    query: &'a MentionQuery<'a>,
    /// Every file that is left out, by its path.
    omitted: HashMap<String, (&'a str, OmitReason)>,
    /// The last parts of those paths, each with all files of the tree that are called so: most
    /// includes are done with after one look here.
    names: HashMap<String, Vec<String>>,
}

impl<'a> Search<'a> {
    fn new(query: &'a MentionQuery<'a>) -> Self {
        let files = query.tree.files.iter().zip(query.decisions);
        let files = files.filter_map(|(file, decision)| match decision {
            Ok(_) | Err(OmitReason::Leftover(Leftover::Bytecode | Leftover::Extension)) => None,
            Err(why) => Some((file.path.as_str(), why.clone())),
        });
        let unpackable = query.tree.unpackable.iter();
        let unpackable = unpackable
            .map(|entry| (entry.path.as_str(), OmitReason::Unpackable(entry.reason.clone())));
        let omitted: HashMap<String, (&str, OmitReason)> = files
            .chain(unpackable)
            .map(|(path, why)| (composed(path).into_owned(), (path, why)))
            .collect();
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for path in omitted.keys() {
            names.entry(kinds::name(path).to_owned()).or_default().push(path.clone());
        }
        names.values_mut().for_each(|paths| paths.sort());
        let files = query.tree.files.iter().zip(query.decisions);
        for (file, _) in files.filter(|(_, decision)| decision.is_ok()) {
            let path = composed(&file.path);
            if let Some(paths) = names.get_mut(kinds::name(&path)) {
                paths.push(path.into_owned());
            }
        }
        Search { query, omitted, names }
    }

    /// The folders where a compiler would look for a header: the project root, and what the
    /// builders name.
    fn folders(&self, builders: &[(&str, String)]) -> Vec<String> {
        let mut folders = vec![String::new()];
        for (script, text) in builders {
            for (_, literal) in python_text::literals(text) {
                folders.extend(["", parent(script)].iter().filter_map(|from| {
                    resolved(from, literal).filter(|folder| self.is_folder(folder))
                }));
            }
        }
        let mut seen = HashSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        folders
    }

    fn is_folder(&self, path: &str) -> bool {
        let files = &self.query.tree.files;
        let prefix = format!("{path}/");
        let next = files.partition_point(|file| file.path.as_str() < prefix.as_str());
        files.get(next).is_some_and(|file| file.path.starts_with(&prefix))
    }

    fn in_builder(
        &self,
        script: &str,
        text: &str,
        folders: &[String],
        found: &mut FirstMentions<'a>,
    ) {
        for (line, literal) in python_text::literals(text) {
            let candidates = ["", parent(script)].into_iter();
            let file = self.first(candidates.filter_map(|folder| resolved(folder, literal)));
            if let Some(file) = file.flatten() {
                note(found, file, (script, line), MentionKind::Names);
            }
        }
        self.in_c(script, text, folders, found);
    }

    fn in_c(&self, by: &str, text: &str, folders: &[String], found: &mut FirstMentions<'a>) {
        for (line, include) in includes(text) {
            let beside = include.is_quoted.then(|| parent(by));
            let places = beside.into_iter().chain(folders.iter().map(String::as_str));
            let file = self
                .first(places.filter_map(|folder| resolved(folder, include.name)))
                .unwrap_or_else(|| self.anywhere(&include));
            if let Some(file) = file {
                note(found, file, (by, line), MentionKind::Includes);
            }
        }
    }

    /// The first of the candidates that is there: a file that is left out, or nothing for one that
    /// is held. `None` if none is there.
    fn first(
        &self,
        mut candidates: impl Iterator<Item = String>,
    ) -> Option<Option<&(&'a str, OmitReason)>> {
        let files = &self.query.tree.files;
        candidates.find_map(|candidate| {
            self.names.get(kinds::name(&candidate))?;
            match self.omitted.get(&candidate) {
                Some(file) => Some(Some(file)),
                None => files
                    .binary_search_by(|file| file.path.as_str().cmp(&candidate))
                    .map_or(None, |_| Some(None)),
            }
        })
    }

    /// A header in a folder that nobody can guess: one that is left out, where no file of the tree
    /// that is held could be meant. `<zlib.h>` is the system's sooner than any of the tree, and
    /// what a build made may serve another build.
    fn anywhere(&self, include: &Include) -> Option<&(&'a str, OmitReason)> {
        let name = resolved("", include.name)?;
        if !include.is_quoted && !name.contains('/') {
            return None;
        }
        let files = self.names.get(kinds::name(&name)).filter(|files| files.len() <= NAMESAKES)?;
        let is_meant = |file: &&String| {
            file.strip_suffix(&name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let meant = files.iter().filter(is_meant);
        let mut omitted = meant.map(|file| self.omitted.get(file));
        let first = omitted.next()??;
        let is_output = first.1 == OmitReason::Leftover(Leftover::BuildOutput);
        (!is_output && omitted.all(|file| file.is_some())).then_some(first)
    }
}

/// A name that more files have says nothing about which is meant.
const NAMESAKES: usize = 50;

fn note<'a>(
    found: &mut FirstMentions<'a>,
    (path, why): &(&'a str, OmitReason),
    (by, line): (&str, usize),
    how: MentionKind,
) {
    found.entry(path).or_insert_with(|| Mention {
        path: (*path).to_owned(),
        why: why.clone(),
        by: by.to_owned(),
        line,
        how,
    });
}

/// A relative path as seen from the project root, if it leads out of it to something with a name.
fn way_out(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains(['\n', ':']) || !path.contains("..") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let leads_out = parts.first() == Some(&"..") && parts.last() != Some(&"..");
    leads_out.then(|| parts.join("/"))
}

/// The lines of the builders that look as if they wrote a file: whatever they name, nobody misses.
fn written<'a>(builders: &'a [(&str, String)]) -> Vec<&'a str> {
    let lines = builders.iter().flat_map(|(_, text)| text.lines());
    let writes = |line: &&str| ["\"w", "'w", "write"].iter().any(|write| line.contains(write));
    lines.filter(writes).collect()
}

#[cfg(test)]
mod tests;
