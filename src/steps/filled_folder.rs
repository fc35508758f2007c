//! Whether the folder of a step holds what its commands may build upon.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::digest::{Digest, digest_of};
use crate::engine::file_stat::FileStat;
use crate::error::Result;
use crate::fs;

/// The file beside a step's folder. It is there while the folder is whole: it holds the key of the
/// step, and a line for each input as it was.
pub struct FilledFolder<'a> {
    /// The file.
    pub file: PathBuf,
    /// The key of the step now.
    pub key: &'a Digest,
    /// The inputs of the step.
    pub inputs: &'a [PathBuf],
}

impl FilledFolder<'_> {
    /// Whether the same commands filled it to the end, and make would see all that changed since.
    /// It looks at times only, so a changed file that is older than what was made (`cp -p`, `mv`)
    /// would go unseen.
    pub fn can_be_built_upon(&self) -> bool {
        let Ok(text) = std::fs::read_to_string(&self.file) else { return false };
        let Some(filled) = FileStat::of(&self.file) else { return false };
        let mut lines = text.lines();
        if lines.next() != Some(self.key) {
            return false;
        }
        let before: BTreeSet<&str> = lines.collect();
        self.inputs.iter().all(|path| {
            FileStat::of(path).is_some_and(|now| {
                now.modified > filled.modified || before.contains(line(path, now).as_str())
            })
        })
    }

    /// What [`FilledFolder::write`] writes, taken before the commands run.
    pub fn text(&self) -> String {
        let stat = |path: &PathBuf| FileStat::of(path).map(|stat| line(path, stat));
        let lines = self.inputs.iter().filter_map(stat);
        [self.key.clone()].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// Says that the folder is whole.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, text: &str) -> Result<()> {
        fs::write_text(&self.file, text)
    }
}

fn line(path: &Path, stat: FileStat) -> Digest {
    let numbers = format!("{} {}", stat.size, stat.modified);
    digest_of([path.as_os_str().as_encoded_bytes(), numbers.as_bytes()])
}
