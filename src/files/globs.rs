//! Globs over the files of the project: `include`, `exclude`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result, nearest};
use crate::model::{GlobRule, SkippedFolder, Tree};
use crate::model::{SourceText, Spanned};

/// A list of globs that was found to be right. `*` and `?` stop at `/`, `**` does not, and a glob
/// that matches a folder means all that lies in it.
pub struct Globs {
    /// Two for each rule.
    set: GlobSet,
    rules: Vec<Arc<GlobRule>>,
}

impl Globs {
    /// The first glob that matches a path (relative to the project root, with `/`).
    pub fn rule(&self, path: &str) -> Option<&Arc<GlobRule>> {
        let path = composed(path);
        if self.set.is_empty() || !self.set.is_match(path.as_ref()) {
            return None;
        }
        self.rules.get(self.set.matches(path.as_ref()).first()? / MATCHERS)
    }

    /// Checks each of the globs that these were made of against the tree.
    ///
    /// # Errors
    /// One matches nothing; a path that would match is offered.
    pub fn refuse_unmatched(
        &self,
        key: &str,
        globs: &[Spanned<String>],
        tree: &Tree,
        pyproject: &Arc<SourceText>,
    ) -> Result<()> {
        let unmatched = without_match(&self.set, globs.len(), tree);
        match unmatched.first().map(|index| &globs[*index]) {
            None => Ok(()),
            Some(Spanned { value, span }) => {
                Err(matches_nothing(key, value, tree).at(pyproject, span.clone()))
            }
        }
    }
}

/// Compiles the globs of a setting and checks each against the tree.
///
/// # Errors
/// A glob that is not one, or one of an `include` that matches nothing; a path that would match is offered.
pub fn compile(
    key: &str,
    globs: &[Spanned<String>],
    tree: &Tree,
    pyproject: &Arc<SourceText>,
) -> Result<Globs> {
    let compiled = unchecked(key, globs, pyproject)?;
    // What an `exclude` is about may be there after a build only.
    if !key.ends_with("exclude") {
        compiled.refuse_unmatched(key, globs, tree, pyproject)?;
    }
    Ok(compiled)
}

/// Compiles the globs of a setting, whatever they match.
///
/// # Errors
/// A glob that is not one.
pub fn unchecked(
    key: &str,
    globs: &[Spanned<String>],
    pyproject: &Arc<SourceText>,
) -> Result<Globs> {
    let mut all = GlobSetBuilder::new();
    let mut rules = Vec::with_capacity(globs.len());
    for Spanned { value, span } in globs {
        let refused = |error: Error| error.at(pyproject, span.clone());
        let [entry, inside] = matchers(value, &format!("`{value}` in `{key}`")).map_err(refused)?;
        all.add(entry).add(inside);
        rules.push(Arc::new(GlobRule { key: key.to_owned(), glob: value.clone() }));
    }
    let too_large = |_| {
        let place = globs.first().map(|glob| glob.span.clone());
        let error = Error::new(format!("the globs in `{key}` are too large")).hint(SIMPLER);
        place.map_or(error.clone(), |span| error.at(pyproject, span))
    };
    Ok(Globs { set: all.build().map_err(too_large)?, rules })
}

/// Which of the globs match nothing. One walk through the tree for all of them.
fn without_match(set: &GlobSet, globs: usize, tree: &Tree) -> BTreeSet<usize> {
    let mut unmatched: BTreeSet<usize> = (0..globs).collect();
    let mut matching = Vec::new();
    for path in paths(tree) {
        if unmatched.is_empty() {
            break;
        }
        set.matches_into(composed(path).as_ref(), &mut matching);
        for matcher in &matching {
            unmatched.remove(&(matcher / MATCHERS));
        }
    }
    unmatched
}

/// How many matchers a glob has.
const MATCHERS: usize = 2;

/// How deep braces may lie in each other. Far more would be too deep for what compiles globs.
const DEEPEST: usize = 16;
const SIMPLER: &str =
    "write several shorter globs, or name a folder: that means all that lies in it";

/// One glob for the entry itself, one for all that lies in it.
fn matchers(glob: &str, named: &str) -> Result<[Glob; MATCHERS]> {
    let glob = composed(plain(glob).trim_end_matches('/'));
    let glob = if matches!(&*glob, "" | ".") { Cow::Borrowed("**") } else { glob };
    Ok([parse(&glob, named)?, parse(&format!("{glob}/**"), named)?])
}

/// A glob, which an error calls `named`.
fn parse(glob: &str, named: &str) -> Result<Glob> {
    if nesting(glob) > DEEPEST {
        let message = format!("the braces of {named} lie more than {DEEPEST} deep in each other");
        return Err(Error::new(message).hint(SIMPLER));
    }
    let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
    built.map_err(|e| Error::new(format!("{named} is not a glob: {}", e.kind())))
}

/// What matches a single glob, which an error calls `named`.
///
/// # Errors
/// It is not a glob, or it is too large for one.
pub fn single(glob: &str, named: &str) -> Result<GlobSet> {
    let set = GlobSetBuilder::new().add(parse(plain(glob), named)?).build();
    set.map_err(|_| Error::new(format!("{named} is too large")).hint(SIMPLER))
}

/// A glob as paths of the tree are spelled: without the `./` that some begin with.
pub fn plain(glob: &str) -> &str {
    glob.trim_start_matches("./")
}

/// How deep the braces lie in each other.
fn nesting(glob: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut letters = glob.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// macOS spells `é` in two code points, an editor in one: both mean the same file.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Everything in the tree that is looked at.
pub(super) fn paths(tree: &Tree) -> impl Iterator<Item = &str> {
    let files = tree.files.iter().map(|file| file.path.as_str());
    files.chain(tree.unpackable.iter().map(|entry| entry.path.as_str()))
}

fn matches_nothing(key: &str, glob: &str, tree: &Tree) -> Error {
    let error = Error::new(format!("`{glob}` in `{key}` matches no file of the project"));
    let is_in = |folder: &&SkippedFolder| {
        glob.strip_prefix(folder.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    if let Some(SkippedFolder { path, kind }) = tree.skipped.iter().find(is_in) {
        return error.note(format!("no product holds anything of `{path}`: {kind}"));
    }
    let somewhere = [format!("**/{glob}"), format!("**/{glob}/**")];
    let elsewhere = somewhere.iter().find_map(|pattern| {
        let matcher = single(pattern, pattern).ok()?;
        paths(tree).find(|path| matcher.is_match(composed(path).as_ref()))
    });
    if let Some(path) = elsewhere {
        return error
            .note(format!("globs start at the project root; there is `{path}`"))
            .hint(format!("`**/{glob}` matches at any depth"));
    }
    if let Some(meant) = respelled(glob).find(|other| matches_something(other, tree)) {
        return error.hint(format!("write `{meant}`"));
    }
    if let Some(folder) = fixed_folder(glob).filter(|folder| holds_files(folder, tree)) {
        return error.hint(format!(
            "correct the pattern, or remove it: the folder `{folder}` holds no such file"
        ));
    }
    if let Some(near) =
        nearest_pattern(glob, tree).or_else(|| nearest_place(glob, tree).map(str::to_owned))
    {
        return error.hint(format!("did you mean `{near}`?"));
    }
    error.hint("globs are relative to the folder of pyproject.toml")
}

/// The same glob in other spellings, which may be meant: `a\*.c` as `a/*.c`, and `a/**.c`, which does
/// not go into folders, as `a/**/*.c`.
pub fn respelled(glob: &str) -> impl Iterator<Item = String> {
    let slashed = glob.replace('\\', "/");
    let deep = |part: &str| match part.strip_prefix("**").filter(|rest| !rest.is_empty()) {
        Some(rest) => format!("**/*{}", rest.trim_start_matches('*')),
        None => part.to_owned(),
    };
    let deep = slashed.split('/').map(deep).collect::<Vec<_>>().join("/");
    let given = glob.to_owned();
    [slashed, deep].into_iter().filter(move |other| *other != given)
}

fn matches_something(glob: &str, tree: &Tree) -> bool {
    let matcher = single(glob, glob);
    matcher.is_ok_and(|matcher| paths(tree).any(|path| matcher.is_match(composed(path).as_ref())))
}

/// The folder before the first part with a `*`, if there is such a part.
fn fixed_folder(glob: &str) -> Option<String> {
    let is_fixed = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    let fixed: Vec<&str> = plain(glob).split('/').take_while(is_fixed).collect();
    let folder = fixed.join("/");
    (!folder.is_empty() && folder.len() < plain(glob).trim_end_matches('/').len()).then_some(folder)
}

fn holds_files(folder: &str, tree: &Tree) -> bool {
    let is_in = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    paths(tree).any(is_in)
}

/// The same glob in the folder of the tree that is most like the one before its first `*`.
fn nearest_pattern(glob: &str, tree: &Tree) -> Option<String> {
    let folder = fixed_folder(glob)?;
    let rest = plain(glob).strip_prefix(folder.as_str())?;
    let pattern = nearest(&folder, folders(tree)).map(|near| format!("{near}{rest}"))?;
    matches_something(&pattern, tree).then_some(pattern)
}

fn folders(tree: &Tree) -> BTreeSet<&str> {
    paths(tree).flat_map(|path| path.match_indices('/').map(move |(end, _)| &path[..end])).collect()
}

/// The file or folder of the tree whose path is most like this one.
pub(super) fn nearest_place<'t>(path: &str, tree: &'t Tree) -> Option<&'t str> {
    let mut places: Vec<&str> = Vec::new();
    for path in paths(tree) {
        places.push(path);
        places.extend(path.match_indices('/').map(|(end, _)| &path[..end]));
    }
    nearest(path, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FolderKind, TreeFile};

    const FILES: [&str; 6] = [
        "LICENSE",
        "data/a.txt",
        "data/deep/b.txt",
        "src/pkg/caf\u{e9}.h",
        "src/pkg/x.c",
        "z[1].c",
    ];

    fn globs(key: &str, globs: &[&str]) -> Result<Globs> {
        let text = format!("{key} = {globs:?}");
        let spanned = |glob: &&str| {
            let start = text.find(glob).unwrap_or(0);
            Spanned::new((*glob).to_owned(), start..start + glob.len())
        };
        let list: Vec<_> = globs.iter().map(spanned).collect();
        let file = |path: &&str| TreeFile { path: (*path).to_owned(), ..TreeFile::default() };
        let files = FILES.iter().map(file).collect();
        let skipped = vec![SkippedFolder { path: ".tox".into(), kind: FolderKind::Environment }];
        let tree = Tree { root: "/p".into(), files, skipped, ..Tree::default() };
        compile(
            key,
            &list,
            &tree,
            &Arc::new(SourceText { name: "pyproject.toml".into(), text: text.clone() }),
        )
    }

    #[test]
    fn a_glob_matches_files_and_whole_folders() {
        let table: [(&str, &[usize]); 12] = [
            ("LICENSE", &[0]),
            ("./LICENSE", &[0]),
            (".", &[0, 1, 2, 3, 4, 5]),
            ("./", &[0, 1, 2, 3, 4, 5]),
            ("data", &[1, 2]),
            ("data/", &[1, 2]),
            ("data/*", &[1, 2]),
            ("data/*.txt", &[1]),
            ("**/*.txt", &[1, 2]),
            ("src/*/*.{c,h}", &[3, 4]),
            ("**/cafe\u{301}.h", &[3]),
            ("z\\[1\\].c", &[5]),
        ];
        for (glob, expected) in table {
            let globs = globs("include", &[glob]).unwrap_or_else(|e| panic!("{glob}: {e}"));
            let found: Vec<usize> =
                (0..FILES.len()).filter(|i| globs.rule(FILES[*i]).is_some()).collect();
            assert_eq!(found, expected, "{glob}");
        }
    }

    #[test]
    fn a_glob_that_matches_nothing_is_refused_with_a_guess() {
        let table = [
            ("include", "dta", "did you mean `data`?"),
            ("include", "*.txt", "`**/*.txt` matches at any depth"),
            ("include", "pkg/x.c", "there is `src/pkg/x.c`"),
            ("include", "dta/*.txt", "did you mean `data/*.txt`?"),
            ("include", "data/*.html", "the folder `data` holds no such file"),
            ("include", "data/deep/*.dat", "the folder `data/deep` holds no such file"),
            ("include", "srcs/pkg/*.c", "did you mean `src/pkg/*.c`?"),
            ("include", "data/**b.txt", "write `data/**/*b.txt`"),
            ("include", "src/**.c", "write `src/**/*.c`"),
            ("include", "qqqq/*", "globs are relative to the folder of pyproject.toml"),
            ("include", "qqqq", "globs are relative to the folder of pyproject.toml"),
            ("include", ".tox/x.c", "no product holds anything of `.tox`: installed packages"),
            ("include", "a{b", "`a{b` in `include` is not a glob: unclosed alternate group"),
            ("include", "**/*.pyc", "`**/*.pyc` in `include` matches no file of the project"),
        ];
        for (key, glob, expected) in table {
            let Err(error) = globs(key, &[glob]) else { panic!("{glob} was accepted") };
            let text = anstream::adapter::strip_str(&crate::report::render(&error)).to_string();
            assert!(text.contains(expected), "{glob}: {text}");
            assert!(text.contains("pyproject.toml:1:13"), "{glob}: {text}");
        }
    }

    #[test]
    fn a_glob_may_be_meant_in_another_spelling() {
        for (glob, expected) in [
            ("a\\b\\*.c", "a/b/*.c a/b/*.c"),
            ("a/**.c", "a/**/*.c"),
            ("**.c", "**/*.c"),
            ("a\\**.c", "a/**.c a/**/*.c"),
            ("a/**/*.c", ""),
            ("a/*.c", ""),
        ] {
            assert_eq!(respelled(glob).collect::<Vec<_>>().join(" "), expected, "{glob}");
        }
    }

    #[test]
    fn no_glob_is_too_much() {
        let many = |text: &str| text.repeat(100_000);
        let deep = |count: usize| format!("{}b{}", "{a,".repeat(count), "}".repeat(count));
        let table = [
            (deep(17), "lie more than 16 deep in each other"),
            (deep(200), "lie more than 16 deep in each other"),
            (deep(100_000), "lie more than 16 deep in each other"),
            (many("{"), "lie more than 16 deep in each other"),
            (many("{a*,b}"), "are too large"),
            (many("["), "is not a glob: unclosed character class"),
            (many("**/") + "x", "matches no file"),
        ];
        for (glob, expected) in table {
            let Err(error) = globs("sdist.include", &[&glob]) else { panic!("was accepted") };
            assert!(error.to_string().contains(expected), "{}", &glob[..9]);
            assert!(!error.parts().hints.is_empty() || expected.contains("not a glob"));
            assert!(error.parts().location.is_some());
            if expected.contains("lie") || expected.contains("large") {
                assert!(single(&glob, "it").is_err());
            }
        }
        assert_eq!(globs("include", &["data/{a,{b,{c}}}.txt"]).map(|_| ()), Ok(()));
        assert_eq!(nesting("\\{\\{a"), 0);
    }

    #[test]
    fn the_first_glob_that_matches_is_the_reason() {
        let globs = globs("sdist.include", &["LICENSE", "data", "**/*.txt"]).unwrap();
        let rule = globs.rule("data/deep/b.txt").unwrap();
        assert_eq!(rule.to_string(), "`sdist.include` has `data`");
        assert_eq!(globs.rule("src/pkg/x.c"), None);
    }

    #[test]
    fn excluding_what_is_not_there_yet_is_fine() {
        for key in ["exclude", "sdist.exclude"] {
            let absent = ["**/__pycache__", "generated", "src/pkg/*.o", ".tox/x", "data/out/**"];
            assert!(globs(key, &absent).is_ok(), "{key}");
            assert!(globs(key, &["a{b"]).is_err(), "{key}");
        }
    }
}
