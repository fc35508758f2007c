//! Files of the project that may explain a missing symbol.

use std::path::{Path, PathBuf};

use crate::fs;
use crate::model::{ExtensionSpec, Language, SourceText};

const MOST_FILES: usize = 300;
const MOST_BYTES: u64 = 1 << 20;

/// The C and C++ files in the folders of the sources and headers that are not compiled.
pub fn strangers(spec: &ExtensionSpec, root: &Path) -> Vec<SourceText> {
    let beside = spec.sources.iter().filter_map(|source| source.parent());
    let builder = Path::new(&spec.declared_in).parent();
    let folders = beside.chain(spec.include_dirs.iter().map(PathBuf::as_path)).chain(builder);
    let mut folders: Vec<PathBuf> = folders.map(|folder| root.join(folder)).collect();
    folders.retain(|folder| folder.starts_with(root));
    folders.sort();
    folders.dedup();

    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in folders.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten() {
        let small = entry.metadata().is_ok_and(|meta| meta.is_file() && meta.len() < MOST_BYTES);
        let path = entry.path();
        let is_source = Language::of_source(&path).is_some();
        let known = spec.sources.iter().any(|source| root.join(source) == path);
        if small && is_source && !known && Some(&path) != spec.generated_source.as_ref() {
            paths.push(path);
        }
    }
    texts(paths, root)
}

/// The headers and Python files in the builder's folder and beneath it. A builder at the top of
/// the project has the whole project beneath it, so that says nothing.
pub fn around(builder: &Path, root: &Path) -> Vec<SourceText> {
    let Some(folder) = builder.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Vec::new();
    };
    let mut folders = vec![root.join(folder)];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            // Links are not followed: they may lead round in circles.
            let Ok(meta) = entry.metadata() else { continue };
            let path = entry.path();
            let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
            if meta.is_dir() && folders.len() < MOST_FILES {
                folders.push(path);
            } else if meta.is_file() && meta.len() < MOST_BYTES && ["h", "py"].contains(&suffix) {
                paths.push(path);
            }
        }
    }
    texts(paths, root)
}

/// The sources of crates, which lie in these folders.
pub fn rust(crates: &[PathBuf], root: &Path) -> Vec<SourceText> {
    let files = crates.iter().flat_map(|folder| fs::files_below(&folder.join("src")));
    texts(
        files.filter(|file| file.extension().is_some_and(|suffix| suffix == "rs")).collect(),
        root,
    )
}

fn texts(mut paths: Vec<PathBuf>, root: &Path) -> Vec<SourceText> {
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        fs::read_source(path, &name).ok()
    };
    paths.iter().take(MOST_FILES).filter_map(read).collect()
}
