//! The cache on disk: one JSON file whose first line is the digest of the rest.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::digest::{Digest, digest_of};
use crate::engine::file_digests::ReadFile;
use crate::engine::file_stat::FileStat;
use crate::engine::input::{Input, ReadInput};
use crate::error::{Error, Result};
use crate::fs;

/// A step that ran in some build. Paths are as the cache stores them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CachedAction {
    /// The digest of everything that decides how it runs.
    pub key: Digest,
    /// What it read, each with its state then.
    pub inputs: Vec<Arc<ReadInput>>,
    /// The files that it made, each with its state then.
    pub outputs: Vec<Arc<ReadInput>>,
    /// What it answered, for whoever reads that.
    pub answer: String,
    /// What it said to people.
    pub said: String,
}

/// What is written down.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Files as they were read. Their paths are those of that build.
    pub files: HashMap<PathBuf, ReadFile>,
    /// The actions by the ids of their steps.
    pub actions: BTreeMap<String, Arc<CachedAction>>,
}

/// The name of the file.
pub const FILE: &str = "state.json";

/// Another version of Officina may decide in another way what a step reads.
const VERSION: &str = concat!("4 ", env!("CARGO_PKG_VERSION"));

/// What is stored in a folder; `None` if there is nothing, or nothing that can be believed.
pub fn read(folder: &Path) -> Option<Stored> {
    let text = std::fs::read_to_string(folder.join(FILE)).ok()?;
    let (digest, rest) = text.split_once('\n')?;
    if digest != digest_of([rest.as_bytes()]) {
        return None;
    }
    let document: Document = serde_json::from_str(rest).ok()?;
    (document.version == VERSION).then(|| document.stored()).flatten()
}

/// Stores it, whole or not at all, for its owner alone.
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path, stored: &Stored) -> Result<()> {
    let path = folder.join(FILE);
    let failed = |e: &std::io::Error| Error::io("write", &path, e);
    let rest = serde_json::to_string(&Document::of(stored)).map_err(|e| failed(&e.into()))?;
    let digest = digest_of([rest.as_bytes()]);
    fs::write_private(&path, |file| {
        let written = file.write_all(format!("{digest}\n").as_bytes());
        written.and_then(|()| file.write_all(rest.as_bytes())).map_err(|e| failed(&e))
    })
}

/// The file. An input in some state appears in many steps, so that it is written once, in `inputs`,
/// and counted there.
#[derive(Serialize, Deserialize)]
struct Document<'a> {
    version: Cow<'a, str>,
    files: Vec<FileRow<'a>>,
    inputs: Vec<InputRow<'a>>,
    actions: BTreeMap<Cow<'a, str>, ActionRow<'a>>,
}

/// Path, size, times of the bytes and of the inode, inode, time of the reading, digest: see
/// [`ReadFile`].
type FileRow<'a> = (Cow<'a, str>, u64, i128, i128, u64, i128, Cow<'a, str>);

/// The letter of its kind, a path, name or reason, and the state: see [`ReadInput`].
type InputRow<'a> = (char, Cow<'a, str>, Cow<'a, str>);

/// A [`CachedAction`], with numbers of rows of `inputs`.
#[derive(Serialize, Deserialize)]
struct ActionRow<'a> {
    key: Cow<'a, str>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    answer: Cow<'a, str>,
    said: Cow<'a, str>,
}

impl<'a> Document<'a> {
    /// A name that is not UTF-8 has no place in JSON: such a file is read each time, such a step
    /// runs each time.
    fn of(stored: &'a Stored) -> Self {
        let files = stored.files.iter().filter_map(|(path, read)| {
            let FileStat { size, modified, changed, inode } = read.stat;
            let digest = Cow::from(&read.digest);
            Some((path.to_str()?.into(), size, modified, changed, inode, read.at, digest))
        });
        let mut rows = InputRows::default();
        let actions = stored.actions.iter().filter_map(|(step, action)| {
            let row = ActionRow {
                key: Cow::from(&action.key),
                inputs: rows.numbers(&action.inputs)?,
                outputs: rows.numbers(&action.outputs)?,
                answer: Cow::from(&action.answer),
                said: Cow::from(&action.said),
            };
            Some((Cow::from(step), row))
        });
        let actions = actions.collect();
        Document { version: VERSION.into(), files: files.collect(), inputs: rows.rows, actions }
    }

    fn stored(self) -> Option<Stored> {
        let files = self.files.into_iter().map(|row| {
            let (path, size, modified, changed, inode, at, digest) = row;
            let stat = FileStat { size, modified, changed, inode };
            (path.as_ref().into(), ReadFile { stat, at, digest: digest.into_owned() })
        });
        let inputs: Vec<Arc<ReadInput>> =
            self.inputs.into_iter().map(input_of).collect::<Option<_>>()?;
        let known = |numbers: Vec<usize>| -> Option<Vec<Arc<ReadInput>>> {
            numbers.into_iter().map(|number| inputs.get(number).cloned()).collect()
        };
        let actions = self.actions.into_iter().map(|(step, row)| {
            let action = CachedAction {
                key: row.key.into_owned(),
                inputs: known(row.inputs)?,
                outputs: known(row.outputs)?,
                answer: row.answer.into_owned(),
                said: row.said.into_owned(),
            };
            Some((step.into_owned(), Arc::new(action)))
        });
        Some(Stored { files: files.collect(), actions: actions.collect::<Option<_>>()? })
    }
}

/// Counts what steps share.
#[derive(Default)]
struct InputRows<'a> {
    rows: Vec<InputRow<'a>>,
    numbers: HashMap<&'a ReadInput, usize>,
}

impl<'a> InputRows<'a> {
    /// `None` if a name is not UTF-8.
    fn numbers(&mut self, inputs: &'a [Arc<ReadInput>]) -> Option<Vec<usize>> {
        inputs.iter().map(|input| self.number(input)).collect()
    }

    fn number(&mut self, read: &'a ReadInput) -> Option<usize> {
        if let Some(number) = self.numbers.get(read) {
            return Some(*number);
        }
        let number = self.rows.len();
        let (letter, text) = letter_and_text(&read.input)?;
        self.rows.push((letter, text.into(), Cow::from(&read.state)));
        self.numbers.insert(read, number);
        Some(number)
    }
}

fn letter_and_text(input: &Input) -> Option<(char, &str)> {
    Some(match input {
        Input::File(path) => ('f', path.to_str()?),
        Input::Folder(path) => ('d', path.to_str()?),
        Input::Path(path) => ('p', path.to_str()?),
        Input::Stat(path) => ('s', path.to_str()?),
        Input::Variable(name) => ('v', name),
        Input::Unknown(why) => ('u', why),
    })
}

fn input_of((letter, text, state): InputRow) -> Option<Arc<ReadInput>> {
    let text = text.into_owned();
    let input = match letter {
        'f' => Input::File(text.into()),
        'd' => Input::Folder(text.into()),
        'p' => Input::Path(text.into()),
        's' => Input::Stat(text.into()),
        'v' => Input::Variable(text),
        'u' => Input::Unknown(text),
        _ => return None,
    };
    Some(Arc::new(ReadInput { input, state: state.into_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_input(input: Input, state: &str) -> Arc<ReadInput> {
        Arc::new(ReadInput { input, state: state.to_owned() })
    }

    fn stored() -> Stored {
        let stat = FileStat { size: 3, modified: -5, changed: 1 << 70, inode: u64::MAX };
        let file = ReadFile { stat, at: 9, digest: "d".into() };
        let action = CachedAction {
            key: "k".into(),
            inputs: vec![
                read_input(Input::File("/a".into()), "1"),
                read_input(Input::File("{import}/b".into()), "2"),
                read_input(Input::Folder("/c".into()), "3"),
                read_input(Input::Path("/d".into()), "missing"),
                read_input(Input::Variable("A".into()), "missing"),
                read_input(Input::Unknown("why".into()), "x"),
            ],
            outputs: vec![read_input(Input::File("/a".into()), "3")],
            answer: "{}".into(),
            said: "warning\n".into(),
        };
        let actions = [("step".to_owned(), Arc::new(action))].into();
        Stored { files: [("/a".into(), file)].into(), actions }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &stored()).unwrap();
        assert_eq!(read(folder.path()), Some(stored()));
    }

    #[test]
    fn steps_that_read_the_same_share_what_is_known_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut two = stored();
        let again = CachedAction {
            inputs: two.actions["step"]
                .inputs
                .iter()
                .map(|read| Arc::new((**read).clone()))
                .collect(),
            ..CachedAction::clone(&two.actions["step"])
        };
        two.actions.insert("another".to_owned(), Arc::new(again));
        write(folder.path(), &two).unwrap();
        let found = read(folder.path()).unwrap();
        assert_eq!(found, two);
        let inputs = |step: &str| &found.actions[step].inputs;
        assert_eq!(inputs("step").len(), 6);
        for (one, other) in inputs("step").iter().zip(inputs("another")) {
            assert!(Arc::ptr_eq(one, other), "{one:?}");
        }
    }

    #[test]
    fn any_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), None);
        write(folder.path(), &stored()).unwrap();
        let file = folder.path().join(FILE);
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&file, &damaged).unwrap();
            assert_eq!(read(folder.path()), None, "byte {at}");
            std::fs::write(&file, &whole[..at]).unwrap();
            assert_eq!(read(folder.path()), None, "cut at {at}");
        }
    }
}
