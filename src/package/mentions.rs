//! What the files of an sdist speak of and the sdist leaves out, found without running anything.
//!
//! An `#include` or a path in a builder's text is a strong hint and no proof: it may stand behind
//! `#if 0`, and the build may make the file. A build proves it, so these are warnings. Pure: texts
//! come through a closure, and none is asked for where nothing is left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::globs::composed;
use super::{kinds, omissions, python_text};
use crate::model::{Leftover, Omitted, SdistSettings, Tree, Verdict};

/// What is looked through.
pub struct Suspects<'a> {
    /// The tree that the sdist is made from.
    pub tree: &'a Tree,
    /// What was decided about each of its files.
    pub verdicts: &'a [Verdict],
    /// The builder scripts, relative to the project root, with `/`.
    pub builders: &'a [String],
    /// The text of a file of the tree; `None` where it cannot be read, or not in reasonable time.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

/// A file that the sdist leaves out though one that it holds speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// The rule that left it out.
    pub why: Omitted,
    /// Which file speaks of it, relative to the project root, with `/`.
    pub by: String,
    /// In which line, counted from one.
    pub line: usize,
    /// How.
    pub how: How,
}

/// How a file speaks of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// `#include`
    Includes,
    /// Its path stands in a string.
    Names,
}

/// Finds the first mention of each file that is left out, sorted by path.
pub fn mentions(suspects: &Suspects) -> Vec<Mention> {
    let search = Search::new(suspects);
    if search.left_out.is_empty() {
        return Vec::new();
    }
    let builders = suspects.builders.iter().map(String::as_str);
    let builders: Vec<(&str, String)> =
        builders.filter_map(|path| Some((path, (suspects.read)(path)?))).collect();
    let folders = search.folders(&builders);
    let mut found = Found::new();
    for (script, text) in &builders {
        search.in_builder(script, text, &folders, &mut found);
    }
    let files = suspects.tree.files.iter().zip(suspects.verdicts);
    for (file, _) in files.filter(|(file, verdict)| verdict.is_ok() && kinds::is_c(&file.path)) {
        if let Some(text) = (suspects.read)(&file.path) {
            search.in_c(&file.path, &text, &folders, &mut found);
        }
    }
    let written = written(&builders);
    let is_written = |path: &str| written.iter().any(|line| line.contains(kinds::name(path)));
    found.into_values().filter(|mention| !is_written(&mention.path)).collect()
}

/// The first mention of each file, by its path. A header that is left out may be included a hundred
/// thousand times.
type Found<'a> = BTreeMap<&'a str, Mention>;

/// The warning about a mention.
pub fn warning(mention: &Mention, settings: &SdistSettings) -> String {
    let Mention { path, why, by, line, how } = mention;
    let does = match how {
        How::Includes => "includes it",
        How::Names => "names it",
    };
    let remedy = omissions::remedies(&[(path.as_str(), why)], settings).join(", or ");
    format!(
        "`{path}` is left out of the sdist ({why}), but `{by}:{line}` {does}: {remedy} \
         (`officina check` proves whether a build needs it)"
    )
}

struct Search<'a> {
    suspects: &'a Suspects<'a>,
    /// Every file that is left out, by its path.
    left_out: HashMap<String, (&'a str, Omitted)>,
    /// The last parts of those paths, each with all files of the tree that are called so: most
    /// includes are done with after one look here.
    names: HashMap<String, Vec<String>>,
}

impl<'a> Search<'a> {
    fn new(suspects: &'a Suspects<'a>) -> Self {
        let files = suspects.tree.files.iter().zip(suspects.verdicts);
        let files = files.filter_map(|(file, verdict)| match verdict {
            Ok(_) | Err(Omitted::Leftover(Leftover::Bytecode | Leftover::Extension)) => None,
            Err(why) => Some((file.path.as_str(), why.clone())),
        });
        let strays = suspects.tree.strays.iter();
        let strays =
            strays.map(|stray| (stray.path.as_str(), Omitted::Stray(stray.reason.clone())));
        let left_out: HashMap<String, (&str, Omitted)> = files
            .chain(strays)
            .map(|(path, why)| (composed(path).into_owned(), (path, why)))
            .collect();
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for path in left_out.keys() {
            names.entry(kinds::name(path).to_owned()).or_default().push(path.clone());
        }
        names.values_mut().for_each(|paths| paths.sort());
        let files = suspects.tree.files.iter().zip(suspects.verdicts);
        for (file, _) in files.filter(|(_, verdict)| verdict.is_ok()) {
            let path = composed(&file.path);
            if let Some(paths) = names.get_mut(kinds::name(&path)) {
                paths.push(path.into_owned());
            }
        }
        Search { suspects, left_out, names }
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
        let files = &self.suspects.tree.files;
        let prefix = format!("{path}/");
        let next = files.partition_point(|file| file.path.as_str() < prefix.as_str());
        files.get(next).is_some_and(|file| file.path.starts_with(&prefix))
    }

    fn in_builder(&self, script: &str, text: &str, folders: &[String], found: &mut Found<'a>) {
        for (line, literal) in python_text::literals(text) {
            let candidates = ["", parent(script)].into_iter();
            let file = self.first(candidates.filter_map(|folder| resolved(folder, literal)));
            if let Some(file) = file.flatten() {
                note(found, file, (script, line), How::Names);
            }
        }
        self.in_c(script, text, folders, found);
    }

    fn in_c(&self, by: &str, text: &str, folders: &[String], found: &mut Found<'a>) {
        for (line, include) in includes(text) {
            let beside = include.is_quoted.then(|| parent(by));
            let places = beside.into_iter().chain(folders.iter().map(String::as_str));
            let file = self
                .first(places.filter_map(|folder| resolved(folder, include.name)))
                .unwrap_or_else(|| self.anywhere(&include));
            if let Some(file) = file {
                note(found, file, (by, line), How::Includes);
            }
        }
    }

    /// The first of the candidates that is there: a file that is left out, or nothing for one that
    /// is held. `None` if none is there.
    fn first(
        &self,
        mut candidates: impl Iterator<Item = String>,
    ) -> Option<Option<&(&'a str, Omitted)>> {
        let files = &self.suspects.tree.files;
        candidates.find_map(|candidate| {
            self.names.get(kinds::name(&candidate))?;
            match self.left_out.get(&candidate) {
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
    fn anywhere(&self, include: &Include) -> Option<&(&'a str, Omitted)> {
        let name = resolved("", include.name)?;
        if !include.is_quoted && !name.contains('/') {
            return None;
        }
        let files = self.names.get(kinds::name(&name)).filter(|files| files.len() <= NAMESAKES)?;
        let is_meant = |file: &&String| {
            file.strip_suffix(&name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let meant = files.iter().filter(is_meant);
        let mut left_out = meant.map(|file| self.left_out.get(file));
        let first = left_out.next()??;
        let is_output = first.1 == Omitted::Leftover(Leftover::BuildOutput);
        (!is_output && left_out.all(|file| file.is_some())).then_some(first)
    }
}

/// A name that more files have says nothing about which is meant.
const NAMESAKES: usize = 50;

fn note<'a>(
    found: &mut Found<'a>,
    (path, why): &(&'a str, Omitted),
    (by, line): (&str, usize),
    how: How,
) {
    found.entry(path).or_insert_with(|| Mention {
        path: (*path).to_owned(),
        why: why.clone(),
        by: by.to_owned(),
        line,
        how,
    });
}

/// An `#include`.
struct Include<'a> {
    name: &'a str,
    /// `"x.h"` is looked for beside the file first, `<x.h>` is not.
    is_quoted: bool,
}

/// The includes of a text with their lines. In a builder they stand in strings, perhaps after
/// other words of the same line, and their quotes may have backslashes.
fn includes(text: &str) -> impl Iterator<Item = (usize, Include<'_>)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let (before, after) = line.split_once('#')?;
        let name = after.trim_start().strip_prefix("include")?.trim_start();
        let name = name.strip_prefix('\\').unwrap_or(name);
        let is_comment = before.contains("//") || before.contains("/*");
        let (name, is_quoted) = match (name.strip_prefix('"'), name.strip_prefix('<')) {
            (Some(rest), _) => (rest.split(['"', '\\']).next()?, true),
            (_, Some(rest)) => (rest.split_once('>')?.0, false),
            _ => return None,
        };
        (!is_comment).then_some((index + 1, Include { name, is_quoted }))
    })
}

/// The folder of a file; nothing for the project root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path as a folder of the project sees it, from the project root; `None` if it leads out, or is
/// none.
fn resolved(folder: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\n', ':']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    (!path.is_empty()).then(|| composed(&path).into_owned())
}

/// The lines of the builders that look as if they wrote a file: whatever they name, nobody misses.
fn written<'a>(builders: &'a [(&str, String)]) -> Vec<&'a str> {
    let lines = builders.iter().flat_map(|(_, text)| text.lines());
    let writes = |line: &&str| ["\"w", "'w", "write"].iter().any(|write| line.contains(write));
    lines.filter(writes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{IgnoreRule, Kept, Stray, StrayReason, TreeFile};
    use std::cell::Cell;
    use std::sync::Arc;

    fn ignored() -> Omitted {
        let rule = IgnoreRule { file: ".gitignore".into(), line: 1, pattern: "gen/".into() };
        Omitted::Ignored(Arc::new(rule))
    }

    /// What is found in texts, with files that are left out, as `path by:line`.
    fn found(texts: &[(&str, &str)], left_out: &[&str]) -> Vec<String> {
        let kept = texts.iter().map(|(path, _)| (*path, Ok(Kept::Tracked)));
        let left = left_out.iter().map(|path| (*path, Err(ignored())));
        let mut all: Vec<(&str, Verdict)> = kept.chain(left).collect();
        all.sort_by_key(|(path, _)| *path);
        let file =
            |(path, _): &(&str, Verdict)| TreeFile { path: (*path).into(), ..TreeFile::default() };
        let stray = Stray {
            path: "lib/out.h".into(),
            reason: StrayReason::Outside("/usr/out.h".into()),
            ignored: None,
        };
        let text = |path: &str| texts.iter().find(|(name, _)| *name == path);
        let mentions = mentions(&Suspects {
            tree: &Tree {
                files: all.iter().map(file).collect(),
                strays: vec![stray],
                ..Tree::default()
            },
            verdicts: &all.into_iter().map(|(_, verdict)| verdict).collect::<Vec<_>>(),
            builders: &["tools/build.py".into()],
            read: &|path| text(path).map(|(_, text)| (*text).to_owned()),
        });
        mentions.iter().map(|m| format!("{} {}:{} {:?}", m.path, m.by, m.line, m.how)).collect()
    }

    #[test]
    fn an_include_is_looked_up_as_a_compiler_would() {
        let builder = ("tools/build.py", "include_dirs=['inc', '../other'],\n");
        let left_out =
            ["gen/a.h", "inc/b.h", "src/c.h", "root.h", "other/d.h", "far/away/deep/f.h"];
        let table = [
            ("#include \"../gen/a.h\"\n", "gen/a.h src/x.c:1 Includes"),
            ("\n  #  include <b.h> // b\n", "inc/b.h src/x.c:2 Includes"),
            ("#include \"c.h\"\n", "src/c.h src/x.c:1 Includes"),
            ("#include \"gen/a.h\"\n", "gen/a.h src/x.c:1 Includes"),
            ("#include \"../lib/out.h\"\n", "lib/out.h src/x.c:1 Includes"),
            ("#include \"deep/f.h\"\n", "far/away/deep/f.h src/x.c:1 Includes"),
            ("#include <deep/f.h>\n", "far/away/deep/f.h src/x.c:1 Includes"),
            ("#include \"eep/f.h\"\n", ""),
            ("#include <f.h>\n", ""),
            ("#include <c.h>\n", ""),
            ("// #include \"c.h\"\n", ""),
            ("#include <stdio.h>\n#include NAME\n#include \"../../../a.h\"\n#include \"\"\n", ""),
            ("puts(\"c.h\");\n", ""),
        ];
        for (text, expected) in table {
            let expected: Vec<&str> =
                Some(expected).filter(|e| !e.is_empty()).into_iter().collect();
            assert_eq!(found(&[builder, ("src/x.c", text)], &left_out), expected, "{text}");
        }
    }

    #[test]
    fn a_header_that_is_found_first_and_held_ends_the_search() {
        let texts = [
            ("tools/build.py", "dirs = ['inc']"),
            ("src/x.c", "#include \"config.h\"\n"),
            ("src/config.h", ""),
        ];
        assert_eq!(found(&texts, &["inc/config.h"]), [""; 0]);
        let elsewhere = [("src/x.c", "#include \"config.h\"\n"), ("elsewhere/config.h", "")];
        assert_eq!(found(&elsewhere, &["far/config.h"]), [""; 0]);
        assert_eq!(found(&texts[..2], &["inc/config.h"]), ["inc/config.h src/x.c:1 Includes"]);
    }

    #[test]
    fn a_builder_names_paths_in_strings_and_includes_in_c() {
        let left_out = ["gen/a.c", "tools/cdef.h", "gen/b.h", "gen/c.h", "gen/d.h", "gen/e.h"];
        let text = "# 'gen/c.h'\n\
            sources = [\"gen/a.c\", 'gen/']\n\
            text = Path(__file__).with_name('cdef.h').read_text()\n\
            open('gen/d.h', 'w')\n\
            ffi.set_source('_x', \"\"\"\n  #include \\\"b.h\\\"\n\"\"\")\n\
            ffi.set_source('_x', '#include <e.h>')\n";
        let expected = [
            "gen/a.c tools/build.py:2 Names",
            "gen/b.h tools/build.py:6 Includes",
            "gen/e.h tools/build.py:8 Includes",
            "tools/cdef.h tools/build.py:3 Names",
        ];
        assert_eq!(found(&[("tools/build.py", text)], &left_out), expected);
    }

    #[test]
    fn nothing_is_read_where_nothing_is_left_out() {
        let asked = Cell::new(0);
        let file = TreeFile { path: "a.c".into(), ..TreeFile::default() };
        let found = mentions(&Suspects {
            tree: &Tree { files: vec![file], ..Tree::default() },
            verdicts: &[Ok(Kept::Tracked)],
            builders: &["b.py".into()],
            read: &|_| {
                asked.set(asked.get() + 1);
                None
            },
        });
        assert_eq!((found, asked.get()), (vec![], 0));
    }

    #[test]
    fn the_warning_names_both_files_the_rule_and_the_line_that_mends_it() {
        let mention = Mention {
            path: "gen/a.h".into(),
            why: ignored(),
            by: "src/x.c".into(),
            line: 3,
            how: How::Includes,
        };
        let expected = "`gen/a.h` is left out of the sdist (ignored by .gitignore:1 `gen/`), but \
            `src/x.c:3` includes it: write `include = [\"gen/a.h\"]` into `[tool.officina.sdist]` \
            (`officina check` proves whether a build needs it)";
        assert_eq!(warning(&mention, &SdistSettings::default()), expected);
    }
}
