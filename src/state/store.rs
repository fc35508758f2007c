//! The ledger on disk: one JSON file whose first line is the digest of the rest.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::contents::{Known, Seen, Stamp};
use super::ledger::Record;
use crate::error::Result;
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
const VERSION: &str = concat!("1 ", env!("CARGO_PKG_VERSION"));

/// What is stored in a folder; `None` if there is nothing, or nothing that can be believed.
pub fn read(folder: &Path) -> Option<Stored> {
    let text = std::fs::read_to_string(folder.join(FILE)).ok()?;
    let (digest, rest) = text.split_once('\n')?;
    if digest != super::key([rest.as_bytes()]) {
        return None;
    }
    let value: Value = serde_json::from_str(rest).ok()?;
    (value["version"] == VERSION).then(|| from_json(&value)).flatten()
}

/// Stores it, whole or not at all.
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path, stored: &Stored) -> Result<()> {
    let rest = to_json(stored).to_string();
    let text = format!("{}\n{rest}", super::key([rest.as_bytes()]));
    fs::write_product(&folder.join(FILE), |file| {
        std::io::Write::write_all(file, text.as_bytes())
            .map_err(|e| crate::error::Error::io("write", &folder.join(FILE), &e))
    })?;
    Ok(())
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

/// A path with its content appears in many steps, so that it is written once and counted there.
#[derive(Default)]
struct Table {
    rows: Vec<Value>,
    numbers: HashMap<Known, usize>,
}

impl Table {
    fn number(&mut self, known: &Known) -> usize {
        if let Some(number) = self.numbers.get(known) {
            return *number;
        }
        let number = self.rows.len();
        self.rows.push(json!([known.0.to_str(), known.1]));
        self.numbers.insert(Arc::clone(known), number);
        number
    }
}

fn to_json(stored: &Stored) -> Value {
    let mut table = Table::default();
    let is_text = |path: &PathBuf| path.to_str().is_some();
    let steps: serde_json::Map<String, Value> = stored
        .steps
        .iter()
        // A name that is not UTF-8 has no place in JSON: such a step is run each time.
        .filter(|(_, record)| {
            record.reads.iter().chain(&record.makes).all(|known| is_text(&known.0))
        })
        .map(|(name, record)| (name.clone(), step_to_json(record, &mut table)))
        .collect();
    let seen = stored.seen.iter().filter(|(path, _)| is_text(path)).map(|(path, seen)| {
        let Stamp { size, modified, changed, inode } = seen.stamp;
        let times = [modified, changed, seen.at].map(|time| time.to_string());
        json!([path.to_str(), size, times[0], times[1], inode, times[2], seen.digest])
    });
    let seen: Vec<Value> = seen.collect();
    json!({ "version": VERSION, "seen": seen, "files": table.rows, "steps": steps })
}

fn step_to_json(record: &Record, table: &mut Table) -> Value {
    let mut numbers =
        |known: &[Known]| -> Vec<usize> { known.iter().map(|known| table.number(known)).collect() };
    json!({
        "key": record.key,
        "reads": numbers(&record.reads),
        "makes": numbers(&record.makes),
        "environment": record.environment,
        "answer": record.answer,
        "said": record.said,
        "volatile": record.volatile,
    })
}

fn from_json(value: &Value) -> Option<Stored> {
    let mut seen = HashMap::new();
    for row in value["seen"].as_array()? {
        let time = |index: usize| row[index].as_str()?.parse::<i128>().ok();
        let stamp = Stamp {
            size: row[1].as_u64()?,
            modified: time(2)?,
            changed: time(3)?,
            inode: row[4].as_u64()?,
        };
        let digest = row[6].as_str()?.to_owned();
        seen.insert(PathBuf::from(row[0].as_str()?), Seen { stamp, at: time(5)?, digest });
    }
    let row = |row: &Value| {
        Some(Known::new((PathBuf::from(row[0].as_str()?), row[1].as_str()?.to_owned())))
    };
    let files: Vec<Known> = value["files"].as_array()?.iter().map(row).collect::<Option<_>>()?;
    let step =
        |(name, step): (&String, &Value)| Some((name.clone(), step_from_json(step, &files)?));
    let steps = value["steps"].as_object()?.iter().map(step).collect::<Option<_>>()?;
    Some(Stored { seen, steps })
}

fn step_from_json(value: &Value, files: &[Known]) -> Option<Record> {
    let numbered = |key: &str| -> Option<Vec<Known>> {
        let numbers = value[key].as_array()?.iter();
        numbers.map(|number| files.get(usize::try_from(number.as_u64()?).ok()?).cloned()).collect()
    };
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Some(Record {
        key: text("key")?,
        reads: numbered("reads")?,
        makes: numbered("makes")?,
        environment: serde_json::from_value(value["environment"].clone()).ok()?,
        answer: text("answer")?,
        said: text("said")?,
        volatile: text("volatile"),
    })
}

#[cfg(test)]
mod tests {
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
