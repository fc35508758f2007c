//! The files that headers were read from, and which of them are the ones that were asked for.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::error::Error;
use crate::model::{HeaderImport, is_glob};

/// The files that a preprocessor read.
pub struct HeaderFiles {
    /// As paths; `None` for what is no file (`<built-in>`, the probe).
    paths: Vec<Option<PathBuf>>,
    own: BTreeSet<usize>,
    root: PathBuf,
}

impl HeaderFiles {
    /// Finds out which are meant by `cdef-from`.
    ///
    /// # Errors
    /// One of its headers was not read, with its place in `pyproject.toml`.
    pub fn of(
        names: Vec<String>,
        import: &HeaderImport,
        root: &Path,
    ) -> Result<Self, (Error, Range<usize>)> {
        let path = |name: &String| {
            let is_file = !name.is_empty() && !name.starts_with('<') && !name.ends_with(".probe.c");
            is_file.then(|| plain(&root.join(name)))
        };
        let paths: Vec<Option<PathBuf>> = names.iter().map(path).collect();
        let mut found = HeaderFiles { paths, own: BTreeSet::new(), root: root.to_owned() };
        for header in &import.headers {
            let meant = found.meant_by(&header.value);
            if meant.is_empty() {
                let message = match is_glob(&header.value) {
                    true => {
                        format!("`{}` fits none of the headers that are included", header.value)
                    }
                    false => format!("the compiler read no file `{}`", header.value),
                };
                let error = Error::new(message)
                    .hint("a header with a `*` stands for those that the others include");
                return Err((error, header.span.clone()));
            }
            found.own.extend(meant);
        }
        Ok(found)
    }

    /// Whether a file is one of those that were asked for.
    pub fn is_own(&self, file: usize) -> bool {
        self.own.contains(&file)
    }

    /// All files. Absolute.
    pub fn read(&self) -> impl Iterator<Item = PathBuf> {
        self.paths.iter().flatten().cloned()
    }

    /// How messages call a file.
    pub fn shown(&self, file: usize) -> String {
        let path = self.paths.get(file).and_then(Option::as_deref).unwrap_or(Path::new(""));
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// The folder beside the header in which most of what it includes lies: `git2`.
    pub fn included_folder(&self) -> Option<String> {
        let own = self.paths.get(*self.own.first()?)?.as_ref()?.parent()?.to_owned();
        let folder = |path: &PathBuf| match path.strip_prefix(&own).ok()?.components().next()? {
            Component::Normal(name) if own.join(name) != *path => {
                Some(name.to_string_lossy().into_owned())
            }
            _ => None,
        };
        let folders: Vec<String> = self.paths.iter().flatten().filter_map(folder).collect();
        let count = |name: &&String| folders.iter().filter(|other| other == name).count();
        folders.iter().max_by_key(count).cloned()
    }

    fn meant_by(&self, header: &str) -> Vec<usize> {
        let files = || {
            let all = self.paths.iter().enumerate();
            all.filter_map(|(index, path)| Some((index, path.as_deref()?)))
        };
        let searched = header.strip_prefix('<').map(|name| name.trim_end_matches('>'));
        match (searched, is_glob(header)) {
            (Some(name), false) => {
                let mut ends = files().filter(|(_, path)| path.ends_with(name));
                ends.next().map(|(index, _)| index).into_iter().collect()
            }
            (Some(name), true) => {
                let fits = matcher(&format!("**/{name}"));
                files()
                    .filter(|(_, path)| fits.as_ref().is_some_and(|m| m.is_match(slashed(path))))
                    .map(|(index, _)| index)
                    .collect()
            }
            (None, false) => {
                let wanted = plain(&self.root.join(header));
                let real = wanted.canonicalize().ok();
                let is_it = |path: &Path| {
                    path == wanted || real.is_some() && path.canonicalize().ok() == real
                };
                files().filter(|(_, path)| is_it(path)).map(|(index, _)| index).collect()
            }
            (None, true) => {
                let fits = matcher(header);
                let below = |path: &Path| path.strip_prefix(&self.root).ok().map(slashed);
                let is_it = |path: &Path| {
                    below(path).is_some_and(|path| fits.as_ref().is_some_and(|m| m.is_match(path)))
                };
                files().filter(|(_, path)| is_it(path)).map(|(index, _)| index).collect()
            }
        }
    }
}

fn matcher(glob: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(glob).literal_separator(true).build().ok()?;
    Some(glob.compile_matcher())
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}
