//! Makes a new project of a template. Nothing that is there is written over.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::templates::{NewFile, NewProject, is_kept};

/// What became of the files of a new project. Paths are relative to its folder, with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitResult {
    /// Those that were written.
    pub written: Vec<String>,
    /// Those that were there before.
    pub kept: Vec<String>,
}

/// Writes the files of a project into a folder, which is made if it is not there. A README and a
/// `.gitignore` that are there already stay as they are.
///
/// # Errors
/// Another of its files is there already, or one cannot be written: then there are none.
pub fn init(project: &NewProject, folder: &Path) -> Result<InitResult> {
    let files = project.files();
    refuse_existing(&files, folder)?;
    let (kept, new): (Vec<NewFile>, Vec<NewFile>) =
        files.into_iter().partition(|file| folder.join(&file.path).symlink_metadata().is_ok());
    let mut made = WrittenFiles::default();
    for file in &new {
        made.write(&folder.join(&file.path), &file.text)?;
    }
    made.stays();
    let paths = |files: Vec<NewFile>| files.into_iter().map(|file| file.path).collect();
    Ok(InitResult { written: paths(new), kept: paths(kept) })
}

fn refuse_existing(files: &[NewFile], folder: &Path) -> Result<()> {
    let is_there = |file: &&NewFile| folder.join(&file.path).symlink_metadata().is_ok();
    let taken = files.iter().filter(|file| !is_kept(&file.path)).filter(is_there);
    let taken: Vec<&str> = taken.map(|file| file.path.as_str()).collect();
    let Some((first, others)) = taken.split_first() else { return Ok(()) };
    let error = Error::new(format!("`{first}` is in `{}` already", folder.display()));
    let error = match others {
        [] => error,
        others => error.note(format!("so are `{}`", others.join("`, `"))),
    };
    Err(error.hint("nothing was written: name another folder with `--path`, or move them away"))
}

/// What was made so far. Where the project does not become whole, it goes again.
#[derive(Debug, Default)]
struct WrittenFiles {
    files: Vec<PathBuf>,
    /// Each after those that it lies in.
    folders: Vec<PathBuf>,
}

impl WrittenFiles {
    fn write(&mut self, path: &Path, text: &str) -> Result<()> {
        let folders = path.ancestors().skip(1);
        let mut missing: Vec<PathBuf> =
            folders.take_while(|folder| !folder.is_dir()).map(Path::to_owned).collect();
        missing.reverse();
        self.folders.extend(missing);
        fs::create_parent(path)?;
        let failed = |e: &std::io::Error| Error::io("write", path, e);
        let mut file = std::fs::File::create_new(path).map_err(|e| failed(&e))?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes()).map_err(|e| failed(&e))
    }

    fn stays(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for WrittenFiles {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}
