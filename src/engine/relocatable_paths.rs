//! Paths without the names of folders that change: the project moves, the build folder gets another
//! number, an isolated build has another environment each time. The cache stores a word in the place
//! of such a folder.

use std::path::{Path, PathBuf};

/// The folders of this build that may have another name in the next one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelocatablePaths {
    /// Folders, each with the word that stands for it. The first one that holds a path counts.
    pub named: Vec<(PathBuf, &'static str)>,
    /// The project root, which holds the build folder as a rule, and so comes after it.
    pub root: PathBuf,
    /// The folders where Python finds modules (`sys.path`). What lies below one of them is looked
    /// for in all of them.
    pub import_path: Vec<PathBuf>,
}

/// The word for the project root.
const ROOT: &str = "{root}";
/// The word for a folder of `sys.path`.
const IMPORT_PATH: &str = "{import}";
/// Begins and ends the word for a folder in JSON: a NUL, which no argument of a program may have.
const MARK: &str = "\\u0000";

impl RelocatablePaths {
    /// A path as the cache stores it.
    pub fn stored(&self, path: &Path) -> PathBuf {
        let root = [(self.root.clone(), ROOT)];
        let is_named = !self.root.as_os_str().is_empty();
        for (folder, word) in self.named.iter().chain(root.iter().filter(|_| is_named)) {
            if let Ok(rest) = path.strip_prefix(folder) {
                return Path::new(word).join(rest);
            }
        }
        let inside = self.import_path.iter().find_map(|folder| path.strip_prefix(folder).ok());
        inside.map_or_else(|| path.to_owned(), |rest| Path::new(IMPORT_PATH).join(rest))
    }

    /// Where a stored path is today.
    pub fn resolved(&self, path: &Path) -> PathBuf {
        for (folder, word) in &self.named {
            if let Ok(rest) = path.strip_prefix(word) {
                return folder.join(rest);
            }
        }
        if let Ok(rest) = path.strip_prefix(ROOT) {
            return self.root.join(rest);
        }
        let Ok(rest) = path.strip_prefix(IMPORT_PATH) else { return path.to_owned() };
        let mut candidates = self.import_path.iter().map(|folder| folder.join(rest));
        let first = candidates.clone().next();
        candidates.find(|path| path.exists()).or(first).unwrap_or_else(|| rest.to_owned())
    }

    /// A JSON text in which these folders are named, in a form that names none of them.
    pub fn stored_json(&self, json: &str) -> String {
        self.texts().iter().fold(json.to_owned(), |json, (folder, mark)| json.replace(folder, mark))
    }

    /// The JSON text that was stored, with the folders of today; `None` if it names a folder that
    /// has no counterpart today.
    pub fn resolved_json(&self, json: &str) -> Option<String> {
        let texts = self.texts();
        let json =
            texts.iter().fold(json.to_owned(), |json, (folder, mark)| json.replace(mark, folder));
        (!json.contains(MARK)).then_some(json)
    }

    /// The folders as they stand in JSON, each with a mark. Longer ones come first. A folder of
    /// `sys.path` is known by its end, for what comes before is a temporary folder's name, and by
    /// how many with the same end come before it.
    fn texts(&self) -> Vec<(String, String)> {
        let named = self.named.iter().map(|(folder, word)| (folder, (*word).to_owned()));
        let ends: Vec<PathBuf> = self.import_path.iter().map(|folder| end(folder)).collect();
        let imported = self.import_path.iter().enumerate().map(|(index, folder)| {
            let number = ends[..index].iter().filter(|other| **other == ends[index]).count();
            (folder, format!("{{import {number} {}}}", ends[index].display()))
        });
        let in_json = |(folder, word): (&PathBuf, String)| {
            let (folder, word) = (in_json(folder.to_str()?)?, in_json(&word)?);
            (folder.len() > 1).then(|| (folder, format!("{MARK}{word}{MARK}")))
        };
        let mut texts: Vec<_> = named.chain(imported).filter_map(in_json).collect();
        texts.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        texts
    }

    /// A word of a command with the named folders replaced. The project root is not: what it says
    /// may get into a product.
    pub fn stored_word(&self, word: &str) -> String {
        self.named.iter().fold(word.to_owned(), |word, (folder, name)| match folder.to_str() {
            Some(folder) if word.contains(folder) => word.replace(folder, name),
            _ => word,
        })
    }
}

/// The last two parts of a path: `python3.11/site-packages`, `Lib/site-packages`.
fn end(folder: &Path) -> PathBuf {
    let parts: Vec<_> = folder.components().rev().take(2).collect();
    parts.into_iter().rev().collect()
}

/// A text as it stands between the quotes of JSON.
fn in_json(text: &str) -> Option<String> {
    let quoted = serde_json::to_string(text).ok()?;
    Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(number: &str, environment: &str) -> RelocatablePaths {
        RelocatablePaths {
            named: vec![
                (format!("/p/build/{number}").into(), "{build}"),
                (environment.into(), "{environment}"),
            ],
            root: "/p".into(),
            import_path: vec![
                format!("{environment}/py/site").into(),
                "/p".into(),
                "/usr/lib".into(),
            ],
        }
    }

    #[test]
    fn a_path_comes_back_below_the_folders_of_the_next_build() {
        let (before, after) = (paths("1", "/tmp/a"), paths("2", "/tmp/b"));
        for (path, expected) in [
            ("/p/build/1/generated/x.c", "/p/build/2/generated/x.c"),
            ("/p/src/x.h", "/p/src/x.h"),
            ("/tmp/a/py/site/cffi/api.py", "/tmp/b/py/site/cffi/api.py"),
            ("/usr/include/stdio.h", "/usr/include/stdio.h"),
        ] {
            assert_eq!(after.resolved(&before.stored(Path::new(path))), Path::new(expected));
        }
    }

    /// Where the project root is on `sys.path`, its files are the project's all the same.
    #[test]
    fn what_lies_in_the_project_is_not_searched_for() {
        let mut moved = paths("1", "/tmp/a");
        let stored = moved.stored(Path::new("/p/inc/x.h"));
        assert_eq!(stored, Path::new("{root}/inc/x.h"));
        moved.root = "/q".into();
        assert_eq!(moved.resolved(&stored), Path::new("/q/inc/x.h"));
    }

    #[test]
    fn an_answer_names_the_folders_of_the_next_build() {
        let (before, after) = (paths("1", "/tmp/a"), paths("2", "/tmp/b"));
        let json =
            r#"{"include_dirs": ["/tmp/a/py/site/numpy", "/tmp/a/inc", "/tmp/ab", "{import}"]}"#;
        let stored = before.stored_json(json);
        assert!(!stored.contains("/tmp/a/"), "{stored}");
        let value: serde_json::Value =
            serde_json::from_str(&after.resolved_json(&stored).unwrap()).unwrap();
        let expected = ["/tmp/b/py/site/numpy", "/tmp/b/inc", "/tmp/bb", "{import}"];
        assert_eq!(value["include_dirs"], serde_json::json!(expected));
        assert_eq!(before.resolved_json(&stored).as_deref(), Some(json));
    }

    /// An import sees more folders than the hook that installed: they do not count, where the answer
    /// names none of them.
    #[test]
    fn an_answer_finds_its_folders_on_another_path() {
        let with = |folders: &[&str]| RelocatablePaths {
            import_path: folders.iter().map(Into::into).collect(),
            ..RelocatablePaths::default()
        };
        let before = with(&["/tmp/a/lib/python3/site-packages", "/usr/lib/python3/site-packages"]);
        let longer =
            with(&["/p/src", "/tmp/b/lib/python3/site-packages", "/usr/lib/python3/site-packages"]);
        for (json, expected) in [
            ("/tmp/a/lib/python3/site-packages/numpy", "/tmp/b/lib/python3/site-packages/numpy"),
            ("/usr/lib/python3/site-packages/x", "/usr/lib/python3/site-packages/x"),
            ("/opt/x", "/opt/x"),
        ] {
            let stored = before.stored_json(json);
            assert_eq!(longer.resolved_json(&stored).as_deref(), Some(expected));
            assert_eq!(with(&["/p/src"]).resolved_json(&stored).is_some(), json == "/opt/x");
        }
    }

    #[test]
    fn words_of_commands_keep_the_root() {
        let paths = paths("1", "/tmp/a");
        assert_eq!(paths.stored_word("-I/tmp/a/include"), "-I{environment}/include");
        assert_eq!(paths.stored_word("-DROOT=/p"), "-DROOT=/p");
    }
}
