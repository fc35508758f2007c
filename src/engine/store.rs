//! The ledger on disk: one JSON file whose first line is the digest of the rest.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::cache::Record;
use crate::engine::file_digests::{Digest, Known, Seen, Stamp};
use crate::error::{Error, Result};
use crate::fs;

/// What is written down.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Files as they were read.
    pub seen: HashMap<PathBuf, Seen>,
    /// The steps by their names.
    pub steps: BTreeMap<String, Record>,
}

const FILE: &str = "state.json";

/// Another version of Officina may decide in another way what a step reads.
const VERSION: &str = concat!("2 ", env!("CARGO_PKG_VERSION"));

/// What is stored in a folder; `None` if there is nothing, or nothing that can be believed.
pub fn read(folder: &Path) -> Option<Stored> {
    let text = std::fs::read_to_string(folder.join(FILE)).ok()?;
    let (digest, rest) = text.split_once('\n')?;
    if digest != super::key([rest.as_bytes()]) {
        return None;
    }
    let document: Document = serde_json::from_str(rest).ok()?;
    (document.version == VERSION).then(|| document.stored()).flatten()
}

/// Stores it, whole or not at all.
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path, stored: &Stored) -> Result<()> {
    let path = folder.join(FILE);
    let failed = |e: &std::io::Error| Error::io("write", &path, e);
    let rest = serde_json::to_string(&Document::of(stored)).map_err(|e| failed(&e.into()))?;
    let digest = super::key([rest.as_bytes()]);
    fs::write_product(&path, |file| {
        let written = file.write_all(format!("{digest}\n").as_bytes());
        written.and_then(|()| file.write_all(rest.as_bytes())).map_err(|e| failed(&e))
    })
}

/// Removes the files of a workshop that are of no use any more, and folders that are empty then.
///
/// # Errors
/// A folder cannot be read or a file cannot be removed.
pub fn remove_others(folder: &Path, is_used: &dyn Fn(&Path) -> bool) -> Result<()> {
    for room in ["generated", "objects", "linked"] {
        fs::remove_files(&folder.join(room), is_used)?;
    }
    Ok(())
}

/// The file. A path with its content appears in many steps, so that it is written once, in `files`, and
/// counted there.
#[derive(Serialize, Deserialize)]
struct Document<'a> {
    version: Cow<'a, str>,
    seen: Vec<SeenRow<'a>>,
    files: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    steps: BTreeMap<Cow<'a, str>, Row<'a>>,
}

/// Path, size, times of the bytes and of the inode, inode, time of the reading, digest: see [`Stamp`].
type SeenRow<'a> = (Cow<'a, str>, u64, i128, i128, u64, i128, Cow<'a, str>);

/// A [`Record`], with numbers of rows of `files`.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    key: Cow<'a, str>,
    reads: Vec<usize>,
    makes: Vec<usize>,
    environment: Cow<'a, BTreeMap<String, Option<String>>>,
    answer: Cow<'a, str>,
    said: Cow<'a, str>,
    volatile: Option<Cow<'a, str>>,
}

impl<'a> Document<'a> {
    /// A name that is not UTF-8 has no place in JSON: such a file is read each time, such a step is run
    /// each time.
    fn of(stored: &'a Stored) -> Self {
        let seen = stored.seen.iter().filter_map(|(path, seen)| {
            let Stamp { size, modified, changed, inode } = seen.stamp;
            let digest = Cow::from(&seen.digest);
            Some((path.to_str()?.into(), size, modified, changed, inode, seen.at, digest))
        });
        let mut table = Table::default();
        let steps = stored.steps.iter().filter_map(|(name, record)| {
            let row = Row {
                key: Cow::from(&record.key),
                reads: table.numbers(&record.reads)?,
                makes: table.numbers(&record.makes)?,
                environment: Cow::Borrowed(&record.environment),
                answer: Cow::from(&record.answer),
                said: Cow::from(&record.said),
                volatile: record.volatile.as_ref().map(Cow::from),
            };
            Some((Cow::from(name), row))
        });
        let steps = steps.collect();
        Document { version: VERSION.into(), seen: seen.collect(), files: table.rows, steps }
    }

    fn stored(self) -> Option<Stored> {
        let seen = self.seen.into_iter().map(|row| {
            let (path, size, modified, changed, inode, at, digest) = row;
            let stamp = Stamp { size, modified, changed, inode };
            (path.as_ref().into(), Seen { stamp, at, digest: digest.into_owned() })
        });
        let file = |(path, digest): (Cow<str>, Cow<str>)| {
            Known::new((path.as_ref().into(), digest.into_owned()))
        };
        let files: Vec<Known> = self.files.into_iter().map(file).collect();
        let known = |numbers: Vec<usize>| -> Option<Vec<Known>> {
            numbers.into_iter().map(|number| files.get(number).cloned()).collect()
        };
        let steps = self.steps.into_iter().map(|(name, row)| {
            let record = Record {
                key: row.key.into_owned(),
                reads: known(row.reads)?,
                makes: known(row.makes)?,
                environment: row.environment.into_owned(),
                answer: row.answer.into_owned(),
                said: row.said.into_owned(),
                volatile: row.volatile.map(Cow::into_owned),
            };
            Some((name.into_owned(), record))
        });
        Some(Stored { seen: seen.collect(), steps: steps.collect::<Option<_>>()? })
    }
}

/// Counts what steps share.
#[derive(Default)]
struct Table<'a> {
    rows: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    numbers: HashMap<&'a (PathBuf, Digest), usize>,
}

impl<'a> Table<'a> {
    /// `None` if a name is not UTF-8.
    fn numbers(&mut self, known: &'a [Known]) -> Option<Vec<usize>> {
        known.iter().map(|known| self.number(known)).collect()
    }

    fn number(&mut self, known: &'a (PathBuf, Digest)) -> Option<usize> {
        if let Some(number) = self.numbers.get(known) {
            return Some(*number);
        }
        let number = self.rows.len();
        self.rows.push((known.0.to_str()?.into(), Cow::from(&known.1)));
        self.numbers.insert(known, number);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn stored() -> Stored {
        let stamp = Stamp { size: 3, modified: -5, changed: 1 << 70, inode: u64::MAX };
        let seen = Seen { stamp, at: 9, digest: "d".into() };
        let entry = |path: &str, digest: &str| Known::new((path.into(), digest.to_owned()));
        let record = Record {
            key: "k".into(),
            reads: vec![entry("/a", "1"), entry("{import}/b", "2")],
            makes: vec![entry("/a", "3")],
            environment: [("A".to_owned(), None), ("B".to_owned(), Some("x".to_owned()))].into(),
            answer: "{}".into(),
            said: "warning\n".into(),
            volatile: Some("why".into()),
        };
        Stored { seen: [("/a".into(), seen)].into(), steps: [("step".to_owned(), record)].into() }
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
        let same = |known: &Known| Known::new((**known).clone());
        let record = &two.steps["step"];
        let again = Record { reads: record.reads.iter().map(same).collect(), ..record.clone() };
        two.steps.insert("another".to_owned(), again);
        write(folder.path(), &two).unwrap();
        let found = read(folder.path()).unwrap();
        assert_eq!(found, two);
        let reads = |step: &str| &found.steps[step].reads;
        assert_eq!(reads("step").len(), 2);
        for (one, other) in reads("step").iter().zip(reads("another")) {
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
