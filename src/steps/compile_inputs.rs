//! What a compile read or looked for: what its dep file names, what its words name, what its text
//! asks for, and where a header that newly appears would be found first.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::input::Input;
use crate::model::Environment;
use crate::steps::compile_words::CompileWords;
use crate::steps::header_lookups::HeaderSearch;
use crate::steps::text_lookups::TextLookups;

/// A compile that has run.
pub(super) struct CompileRun<'a> {
    /// The whole command.
    pub words: &'a [String],
    /// What the compiler saw.
    pub environment: &'a Environment,
    /// The working directory: the project root.
    pub root: &'a Path,
    /// Folders of Python's headers.
    pub python_includes: &'a [PathBuf],
    /// The files that the compiler says it read, the source among them; `None` where it does not
    /// tell.
    pub read: Option<BTreeSet<PathBuf>>,
}

impl CompileRun<'_> {
    /// All that decides what it made, besides its key.
    pub fn inputs(&self) -> BTreeSet<Input> {
        let words = CompileWords::of(self.words, self.environment, self.root);
        let mut inputs: BTreeSet<Input> = words.files.iter().cloned().map(Input::File).collect();
        if let Some(word) = &words.unknown {
            inputs.insert(Input::Unknown(format!("nobody knows which files `{word}` means")));
        }
        let Some(read) = &self.read else {
            inputs.insert(Input::Unknown("its compiler does not tell what it reads".into()));
            return inputs;
        };
        let search = HeaderSearch::of(&words, read, self.root, self.python_includes);
        let lookups = search.failed_lookups(read.iter().map(PathBuf::as_path));
        inputs.extend(lookups.into_iter().map(Input::Path));
        self.add_lookups_of_texts(read, &words, &search, &mut inputs);
        inputs.extend(read.iter().cloned().map(Input::File));
        inputs
    }

    fn add_lookups_of_texts(
        &self,
        read: &BTreeSet<PathBuf>,
        words: &CompileWords,
        search: &HeaderSearch,
        inputs: &mut BTreeSet<Input>,
    ) {
        let own = read.iter().filter(|file| !search.is_foreign(file));
        let mut left: Vec<PathBuf> = own.cloned().collect();
        let mut seen: BTreeSet<PathBuf> = left.iter().cloned().collect();
        while let Some(file) = left.pop() {
            let text = std::fs::read(file).unwrap_or_default();
            let found = TextLookups::of(&String::from_utf8_lossy(&text));
            inputs.extend(found.unknown.map(|why| Input::Unknown(why.into())));
            let asked = found.asked.iter().flat_map(|name| search.candidates(name));
            inputs.extend(asked.map(Input::Path));
            for name in &found.assembled {
                let folders = std::iter::once(self.root.to_owned()).chain(words.searched.clone());
                for path in folders.map(|folder| folder.join(name)) {
                    if path.is_file() {
                        inputs.insert(Input::File(path.clone()));
                        left.extend(seen.insert(path.clone()).then_some(path));
                        break;
                    }
                    inputs.insert(Input::Path(path));
                }
            }
        }
    }
}
