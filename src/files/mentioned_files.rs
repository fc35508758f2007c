//! The files that a build will read, going by the texts of its builders: nothing runs for an sdist. Pure.
//!
//! Setuptools packs what it is told of, so what is mentioned counts, and rather too much than too
//! little: a file that a builder names, all C in a folder that it names, the modules that it imports,
//! and what C files include.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::files::includes::includes;
use crate::files::paths::{parent, resolved};
use crate::files::{kinds, python_text};
use crate::model::{Tracking, Tree, TreeFile};

/// What is looked through.
pub struct MentionedFilesQuery<'a> {
    /// The source tree.
    pub tree: &'a Tree,
    /// The files to begin with: builder scripts and what else is named, relative to the project root,
    /// with `/`.
    pub named: &'a [String],
    /// The text of a file of the tree; `None` where it cannot be read, or not in reasonable time.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

/// Finds the files, those to begin with among them, as far as they are in the tree.
pub fn find(query: &MentionedFilesQuery) -> BTreeSet<String> {
    let mut search = TextSearch::new(query);
    query.named.iter().for_each(|path| search.take(path));
    while let Some(path) = search.unread.pop() {
        let Some(text) = (query.read)(&path) else { continue };
        match path.ends_with(".py") {
            true => search.in_python(&path, &text),
            false => search.in_c(&path, &text),
        }
    }
    search.found
}

struct TextSearch<'a> {
    /// The files that may be packed, and all their folders.
    files: HashSet<&'a str>,
    folders: HashMap<&'a str, Vec<&'a str>>,
    found: BTreeSet<String>,
    unread: Vec<String>,
    /// The folders that a builder names, where compilers would look for headers.
    named_folders: Vec<String>,
    /// What is included and was not there: a folder that is named later may have it.
    missed: BTreeSet<String>,
}

impl<'a> TextSearch<'a> {
    fn new(query: &MentionedFilesQuery<'a>) -> Self {
        let files: HashSet<&str> =
            query.tree.files.iter().filter(|file| may_be_packed(file)).map(path).collect();
        let mut folders: HashMap<&str, Vec<&str>> = HashMap::new();
        for file in query.tree.files.iter().map(path).filter(|path| files.contains(path)) {
            for (end, _) in file.match_indices('/') {
                folders.entry(&file[..end]).or_default().push(file);
            }
        }
        TextSearch {
            files,
            folders,
            found: BTreeSet::new(),
            unread: Vec::new(),
            named_folders: vec![String::new()],
            missed: BTreeSet::new(),
        }
    }

    fn take(&mut self, path: &str) {
        let is_new = self.files.contains(path) && self.found.insert(path.to_owned());
        if is_new && (path.ends_with(".py") || kinds::is_c(path)) {
            self.unread.push(path.to_owned());
        }
    }

    fn in_python(&mut self, script: &str, text: &str) {
        let literals = python_text::literals(text);
        let places = ["", parent(script)];
        for (_, literal) in &literals {
            let fixed = fixed_part(literal);
            for place in places.iter().filter_map(|place| resolved(place, fixed)) {
                self.take_folder(&place);
                self.take(&place);
            }
        }
        for (_, literal) in &literals {
            self.take_below_folders(literal);
        }
        for import in python_text::imports(text) {
            for name in import.names() {
                match import.level {
                    0 => places.iter().for_each(|place| self.take_module(place, &name)),
                    level => self.take_module(above(script, level), &name),
                }
            }
        }
        self.in_c(script, text);
    }

    /// Takes a module that is looked for in a folder, with the packages that it is in.
    fn take_module(&mut self, folder: &str, name: &str) {
        let mut place = folder.to_owned();
        for part in name.split('.') {
            let Some(next) = resolved(&place, part) else { return };
            self.take(&format!("{next}.py"));
            self.take(&format!("{next}/__init__.py"));
            place = next;
        }
    }

    fn in_c(&mut self, by: &str, text: &str) {
        for (_, include) in includes(text) {
            if let Some(beside) = resolved(parent(by), include.name) {
                self.take(&beside);
            }
            self.take_below_folders(include.name);
            self.missed.insert(include.name.to_owned());
        }
    }

    fn take_folder(&mut self, folder: &str) {
        let is_known = self.named_folders.iter().any(|known| known == folder);
        let Some(files) = self.folders.get(folder).filter(|_| !is_known) else { return };
        let sources: Vec<&str> =
            files.iter().copied().filter(|file| kinds::is_build_input(file)).collect();
        self.named_folders.push(folder.to_owned());
        sources.into_iter().for_each(|file| self.take(file));
        let missed: Vec<String> =
            self.missed.iter().filter_map(|name| resolved(folder, name)).collect();
        missed.iter().for_each(|file| self.take(file));
    }

    fn take_below_folders(&mut self, name: &str) {
        let places: Vec<String> =
            self.named_folders.iter().filter_map(|folder| resolved(folder, name)).collect();
        places.iter().for_each(|place| self.take(place));
    }
}

/// The folder so many levels above a file.
fn above(path: &str, level: usize) -> &str {
    (0..level).fold(path, |path, _| parent(path))
}

fn path(file: &TreeFile) -> &str {
    file.path.as_str()
}

/// What git ignores is made by somebody, and keys are nobody's business.
fn may_be_packed(file: &TreeFile) -> bool {
    let is_tracked = file.tracking == Tracking::Tracked;
    let is_made = file.ignored.is_some() || kinds::product(&file.path).is_some();
    (is_tracked || !is_made) && !kinds::is_secret(&file.path)
}

/// The part of a text that is the same whatever is put into it: `src/` of `src/*.c` and `src/{name}.c`,
/// without the `/` that joins it to a folder before.
fn fixed_part(literal: &str) -> &str {
    let literal = literal.trim_start_matches('/');
    match literal.find(['*', '?', '[', '{', '%']) {
        None => literal,
        Some(end) => literal[..end].rsplit_once('/').map_or("", |(folder, _)| folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], named: &[&str]) -> Vec<String> {
        let mut sorted: Vec<TreeFile> = files
            .iter()
            .map(|(path, _)| TreeFile { path: (*path).into(), ..TreeFile::default() })
            .collect();
        sorted.sort();
        let tree = Tree { files: sorted, ..Tree::default() };
        let named: Vec<String> = named.iter().map(|path| (*path).to_owned()).collect();
        let read = |path: &str| {
            files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
        };
        find(&MentionedFilesQuery { tree: &tree, named: &named, read: &read }).into_iter().collect()
    }

    #[test]
    fn what_a_builder_speaks_of_is_found_to_the_last_include() {
        for (builder, files, expected) in [
            ("f('a.c')", vec![("a.c", "#include \"b.h\""), ("b.h", ""), ("c.c", "")], "a.c b.h"),
            ("glob('src/*.c')", vec![("src/x/a.c", ""), ("src/a.txt", "")], "src/x/a.c"),
            ("f'src/{n}.c'", vec![("src/a.c", ""), ("src/b.S", "")], "src/a.c src/b.S"),
            ("HERE + '/src'", vec![("src/a.c", ""), ("a.c", "")], "src/a.c"),
            ("join('d', 'x.cdef')", vec![("d/x.cdef", ""), ("d/y.cdef", "")], "d/x.cdef"),
            ("x('''#include <i/a.h>''', 'inc')", vec![("inc/i/a.h", "")], "inc/i/a.h"),
            ("import h", vec![("h.py", "open('t.txt')"), ("t.txt", "")], "h.py t.txt"),
            (
                "from p import q",
                vec![("p/__init__.py", ""), ("p/q.py", ""), ("p/r.py", "")],
                "p/__init__.py p/q.py",
            ),
            (
                "import p.q.r as s, t",
                vec![
                    ("p/__init__.py", ""),
                    ("p/q/__init__.py", ""),
                    ("p/q/r.py", ""),
                    ("t.py", ""),
                ],
                "p/__init__.py p/q/__init__.py p/q/r.py t.py",
            ),
            (
                "from p import q",
                vec![
                    ("p/q.py", "from . import r\nfrom .s import t\nfrom .. import u"),
                    ("p/r.py", ""),
                    ("p/s/t.py", ""),
                    ("r.py", ""),
                    ("u.py", ""),
                ],
                "p/q.py p/r.py p/s/t.py u.py",
            ),
            (
                "from p import (  # both\n    q,\n    r as s,\n)\nfrom \\\n    t import u",
                vec![("p/q.py", ""), ("p/r.py", ""), ("t/u.py", ""), ("x.py", "")],
                "p/q.py p/r.py t/u.py",
            ),
            ("f('.env', 'a.o')", vec![(".env", ""), ("a.o", "")], ""),
            ("f('')", vec![("a.c", "")], ""),
        ] {
            let mut all = vec![("build.py", builder)];
            all.extend(files);
            let mut found = found(&all, &["build.py", "not-there.c"]);
            found.retain(|path| path != "build.py");
            assert_eq!(found.join(" "), expected, "{builder}");
        }
    }

    #[test]
    fn a_header_is_found_in_a_folder_that_is_named_after_it_was_included() {
        let files =
            [("build.py", "f('a.c', 'inc')"), ("a.c", "#include <z.cdef>"), ("inc/z.cdef", "")];
        assert_eq!(found(&files, &["a.c", "build.py"]), ["a.c", "build.py", "inc/z.cdef"]);
        let later = [("z.c", "#include <z.cdef>"), ("b.py", "f('inc')"), ("inc/z.cdef", "")];
        assert_eq!(found(&later, &["b.py", "z.c"]), ["b.py", "inc/z.cdef", "z.c"]);
    }
}
