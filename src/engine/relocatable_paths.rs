//! Folders that lie elsewhere in each build, under names that stay.

use std::path::{Path, PathBuf};

/// Folders that have another name in each isolated build, and what stands for them in the state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// `sys.path` of the builders: what lies below one of its folders is looked for in all of them.
    pub import_path: Vec<PathBuf>,
    /// Folders with a word for each.
    pub named: Vec<(PathBuf, &'static str)>,
}

/// The word for a folder of `sys.path`.
const IMPORT_PATH: &str = "{import}";

impl Places {
    /// A path as the state calls it.
    pub fn abstracted(&self, path: &Path) -> PathBuf {
        for (folder, word) in &self.named {
            if let Ok(rest) = path.strip_prefix(folder) {
                return Path::new(word).join(rest);
            }
        }
        let inside = self.import_path.iter().find_map(|folder| path.strip_prefix(folder).ok());
        inside.map_or_else(|| path.to_owned(), |rest| Path::new(IMPORT_PATH).join(rest))
    }

    /// Where a path of the state is today.
    pub fn resolved(&self, path: &Path) -> PathBuf {
        for (folder, word) in &self.named {
            if let Ok(rest) = path.strip_prefix(word) {
                return folder.join(rest);
            }
        }
        let Ok(rest) = path.strip_prefix(IMPORT_PATH) else { return path.to_owned() };
        let candidates = self.import_path.iter().map(|folder| folder.join(rest));
        candidates
            .clone()
            .find(|path| path.exists())
            .or_else(|| candidates.clone().next())
            .unwrap_or_else(|| rest.to_owned())
    }

    /// A word of a command, with these folders replaced.
    pub fn abstracted_word(&self, word: &str) -> String {
        self.named.iter().fold(word.to_owned(), |word, (folder, name)| {
            folder.to_str().map_or(word.clone(), |folder| word.replace(folder, name))
        })
    }
}
