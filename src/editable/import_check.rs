//! What an editable install watches: the inputs of its build, in a form that the first import in a
//! process compares in a moment.
//!
//! The second serialisation of the engine's inputs (the first is its cache). A line is: the letter of
//! the kind, the time of the last change, the size, the state that the build saw, the path. The finder
//! of the install (`_editable.py`) reads the lines up to the first empty one and compares times and
//! sizes; what it cannot tell, [`ImportCheck::compared`] can, which compares states.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::engine::cache::KnownInput;
use crate::engine::digest::Digest;
use crate::engine::file_digests::MISSING;
use crate::engine::file_stat::FileStat;
use crate::engine::input::{CHANGED_MEANWHILE, Input, InputReader};
use crate::model::Environment;

/// An input of a build as an editable install remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedInput {
    /// The input: a file, a folder or a path.
    pub input: Input,
    /// In what state the build saw it.
    pub state: Digest,
    /// When it was changed last, in nanoseconds since 1970; 0: times say nothing about it.
    pub modified: i128,
    /// How many bytes it has.
    pub size: u64,
    /// Whether it belongs to an installed distribution. It may vanish, with the isolated environment
    /// that the install ran in, and the modules are as good as before.
    pub is_installed: bool,
}

/// What an install watches of the inputs of its build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportCheck {
    /// The inputs, sorted.
    inputs: Vec<WatchedInput>,
    /// Folders that hold no input themselves, but in which one may appear, each with the time of its
    /// last change.
    folders: BTreeMap<PathBuf, i128>,
}

/// Where the inputs of a build are, and since when.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The project root.
    pub root: &'a Path,
    /// The folders that builds write into.
    pub made_in: &'a [&'a Path],
    /// Where Python finds modules.
    pub search_path: &'a [String],
    /// When the build began, in nanoseconds since 1970.
    pub begun: i128,
}

impl ImportCheck {
    /// What is watched: all but what builders wrote themselves, and what changes for reasons of its
    /// own.
    pub fn of(
        inputs: impl IntoIterator<Item = KnownInput>,
        written: &BTreeSet<PathBuf>,
        scope: &Scope,
    ) -> Self {
        let is_watched = |path: &Path| {
            let text = path.to_str().is_some_and(|text| !text.contains(['\n', '\r']));
            text && !written.contains(path)
                && !scope.made_in.iter().any(|folder| path.starts_with(folder))
                && !has_part(path, &["__pycache__", ".git", ".hg", ".svn"])
        };
        let mut found = BTreeMap::new();
        for known in inputs {
            let Some(path) = known.input.path().filter(|path| is_watched(path)) else { continue };
            let is_installed = is_installed(path, scope);
            // What an installer adds to a folder of packages is nobody's business.
            if !is_installed || matches!(known.input, Input::File(_)) {
                found.insert(known.input.clone(), watched(known, is_installed, scope));
            }
        }
        let mut check =
            ImportCheck { inputs: found.into_values().collect(), folders: BTreeMap::new() };
        check.watch_folders(scope.begun);
        check
    }

    /// The folders in which what is missing may appear.
    fn watch_folders(&mut self, begun: i128) {
        let missing = self.inputs.iter().filter(|watched| watched.state == MISSING);
        let folders = missing.filter_map(|watched| {
            let path = watched.input.path()?;
            path.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
        });
        let folders: BTreeSet<PathBuf> = folders.collect();
        self.folders = folders
            .into_iter()
            .map(|folder| {
                let modified = FileStat::of(&folder).map_or(0, |stat| settled(stat, begun));
                (folder, modified)
            })
            .collect();
    }
}

/// The time that the quick look compares; 0 where the change may have come after the build had looked.
fn settled(stat: FileStat, begun: i128) -> i128 {
    if stat.touched() >= begun { 0 } else { stat.modified }
}

fn watched(known: KnownInput, is_installed: bool, scope: &Scope) -> WatchedInput {
    let stat = match &known.input {
        _ if known.state == CHANGED_MEANWHILE => None,
        // As it was when its bytes were read.
        Input::File(_) => known.stat.map(|stat| (stat.modified, stat.size)),
        Input::Folder(path) | Input::Path(path) | Input::Stat(path) => {
            FileStat::of(path).map(|stat| (settled(stat, scope.begun), 0))
        }
        Input::Variable(_) | Input::Unknown(_) => None,
    };
    let (modified, size) = stat.unwrap_or_default();
    WatchedInput { input: known.input, state: known.state, modified, size, is_installed }
}

fn is_installed(path: &Path, scope: &Scope) -> bool {
    let is_searched = || scope.search_path.iter().any(|folder| path.starts_with(folder));
    has_part(path, &["site-packages", "dist-packages"])
        || !path.starts_with(scope.root) && is_searched()
}

fn has_part(path: &Path, names: &[&str]) -> bool {
    path.components().any(|part| names.iter().any(|name| part.as_os_str() == *name))
}

/// What the inputs are like today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// As they were; here with the times of today.
    Same(ImportCheck),
    /// This one is not.
    Changed(PathBuf),
}

impl ImportCheck {
    /// Compares the states of all inputs.
    pub fn compared(&self) -> Comparison {
        let begun = crate::engine::file_stat::now();
        let reader = InputReader::default();
        let environment = Environment::default();
        let mut today = self.clone();
        for watched in &mut today.inputs {
            let Some(path) = watched.input.path() else { continue };
            let stat = FileStat::of(path);
            if stat.is_none() && watched.is_installed {
                continue;
            }
            if reader.state(&watched.input, &environment) != watched.state {
                return Comparison::Changed(path.to_owned());
            }
            if let Some(stat) = stat {
                watched.modified = stat.modified;
                watched.size = if stat.touched() >= begun { u64::MAX } else { stat.size };
            }
        }
        today.watch_folders(begun);
        Comparison::Same(today)
    }

    /// The lines.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        for (folder, modified) in &self.folders {
            let _ = writeln!(text, "w {modified} 0 - {}", folder.display());
        }
        let (missing, there): (Vec<_>, Vec<_>) =
            self.inputs.iter().partition(|watched| watched.state == MISSING);
        there.into_iter().for_each(|watched| line(&mut text, watched));
        text.push('\n');
        missing.into_iter().for_each(|watched| line(&mut text, watched));
        text
    }

    /// The inputs of some lines; `None` if they are no such lines.
    pub fn parsed(text: &str) -> Option<Self> {
        let mut check = ImportCheck::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let mut words = line.splitn(5, ' ');
            let mut next = || words.next();
            let letter = next()?;
            let modified = next()?.parse().ok()?;
            let size = next()?.parse().ok()?;
            let state = next()?.to_owned();
            let path = PathBuf::from(next()?);
            if letter == "w" {
                check.folders.insert(path, modified);
                continue;
            }
            let is_installed = letter.chars().all(char::is_uppercase);
            let input = match letter.to_ascii_lowercase().as_str() {
                "f" => Input::File(path),
                "d" => Input::Folder(path),
                "p" => Input::Path(path),
                "s" => Input::Stat(path),
                _ => return None,
            };
            check.inputs.push(WatchedInput { input, state, modified, size, is_installed });
        }
        check.inputs.sort_by(|one, other| one.input.cmp(&other.input));
        Some(check)
    }
}

fn line(text: &mut String, watched: &WatchedInput) {
    let WatchedInput { input, state, modified, size, is_installed } = watched;
    let letter = match input {
        Input::File(_) => "f",
        Input::Folder(_) => "d",
        Input::Stat(_) => "s",
        _ => "p",
    };
    let letter = if *is_installed { letter.to_ascii_uppercase() } else { letter.to_owned() };
    let path = input.path().unwrap_or(Path::new("")).display();
    let state = state.replace(' ', "-");
    let _ = writeln!(text, "{letter} {modified} {size} {state} {path}"); // a String takes all
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: i128 = i128::MAX / 2;

    fn known(input: Input) -> KnownInput {
        let stat = input.path().and_then(FileStat::of);
        let state = InputReader::default().state(&input, &Environment::default());
        KnownInput { input, state, stat }
    }

    fn scope(root: &Path, begun: i128) -> Scope<'_> {
        Scope { root, made_in: &[], search_path: &[], begun }
    }

    #[test]
    fn what_is_watched() {
        let search_path = ["/iso".to_owned(), "/p".to_owned()];
        let scope = Scope {
            search_path: &search_path,
            made_in: &[Path::new("/p/build")],
            ..scope(Path::new("/p"), LATER)
        };
        let files = [
            "/p/b.py",
            "/p/.venv/lib/site-packages/cffi/api.py",
            "/iso/site/x.py",
            "/p/made.h",
            "/usr/include/a.h",
            "/p/line\nbreak.h",
            "/p/build/1/generated/m.c",
        ];
        let folders = ["/p/data", "/p/.git/refs", "/p/pkg/__pycache__", "/iso/site"];
        let inputs = files.iter().map(|path| Input::File(path.into()));
        let inputs = inputs.chain(folders.iter().map(|path| Input::Folder(path.into())));
        let inputs = inputs.chain([Input::Path("/p/inc/x.h".into()), Input::Variable("A".into())]);
        let written = [PathBuf::from("/p/made.h")].into();
        let check = ImportCheck::of(inputs.map(known), &written, &scope);
        let found: Vec<_> =
            check.inputs.iter().map(|one| (one.input.clone(), one.is_installed)).collect();
        assert_eq!(
            found,
            [
                (Input::File("/iso/site/x.py".into()), true),
                (Input::File("/p/.venv/lib/site-packages/cffi/api.py".into()), true),
                (Input::File("/p/b.py".into()), false),
                (Input::File("/usr/include/a.h".into()), false),
                (Input::Folder("/p/data".into()), false),
                (Input::Path("/p/inc/x.h".into()), false),
            ]
        );
    }

    /// A folder with a file `a` in it, and the check of both and of a file that is not there.
    fn check(begun: i128) -> (tempfile::TempDir, ImportCheck) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let missing = folder.path().join("missing");
        let inputs = [
            Input::File(file),
            Input::File(missing.clone()),
            Input::Path(missing),
            Input::Folder(folder.path().to_owned()),
        ];
        let check =
            ImportCheck::of(inputs.map(known), &BTreeSet::new(), &scope(Path::new("/"), begun));
        (folder, check)
    }

    #[test]
    fn lines_say_all_there_is_to_say() {
        let (_folder, check) = check(LATER);
        assert_eq!((check.inputs.len(), check.folders.len()), (4, 1));
        assert_eq!(ImportCheck::parsed(&check.text()), Some(check));
        for wrong in ["x 1 2 - /a", "f 1 2 -", "f one 2 - /a"] {
            assert_eq!(ImportCheck::parsed(&format!("{wrong}\n")), None, "{wrong}");
        }
    }

    #[test]
    fn what_holds_the_same_is_the_same() {
        let (folder, mut check) = check(LATER);
        let path = folder.path().join("a");
        for watched in &mut check.inputs {
            watched.modified /= 2; // as if it had been touched since
        }
        let Comparison::Same(today) = check.compared() else { panic!("{check:?}") };
        let stat = FileStat::of(&path).unwrap();
        let file = today.inputs.iter().find(|one| one.input == Input::File(path.clone())).unwrap();
        assert_eq!(file.modified, stat.modified);
        std::fs::create_dir(folder.path().join("__pycache__")).unwrap();
        assert!(matches!(today.compared(), Comparison::Same(_)));
    }

    #[test]
    fn what_holds_something_else_is_found() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 5] = [
            ("a", |folder| std::fs::write(folder.join("a"), "22").unwrap()),
            ("a", |folder| std::fs::remove_file(folder.join("a")).unwrap()),
            ("missing", |folder| std::fs::create_dir(folder.join("missing")).unwrap()),
            ("", |folder| std::fs::write(folder.join("b"), "").unwrap()),
            ("", |folder| std::fs::remove_dir_all(folder).unwrap()),
        ];
        for (changed, change) in changes {
            let (folder, check) = check(LATER);
            change(folder.path());
            let Comparison::Changed(path) = check.compared() else { panic!("{changed}") };
            // A file and the folder around it may both be found.
            assert!(
                folder.path().join(changed).starts_with(&path) || path.ends_with(changed),
                "{path:?}"
            );
        }
    }

    #[test]
    fn times_of_what_changed_while_the_build_ran_say_nothing() {
        let (folder, check) = check(0);
        let of_folder = check.inputs.iter().find(|one| matches!(one.input, Input::Folder(_)));
        assert_eq!(of_folder.unwrap().modified, 0);
        assert_eq!(check.folders[folder.path()], 0);
    }
}
