//! Why a file of the project is not where it is looked for: a folder that is misspelt, a git submodule that was not
//! fetched, an sdist that left it out.

use std::path::{Path, PathBuf};

use crate::error::{Error, nearest};
use crate::model::ExtensionSpec;
use crate::report::advice;
use crate::steps::text_origin;

/// The files that an error is about, as far as the source tree has them and what its sdist was
/// unpacked to does not; relative to both. An error is about a header that a compiler did not find, and
/// about what its message names.
pub fn lost(error: &Error, source_tree: &Path, unpacked: &Path) -> Vec<String> {
    let parts = error.parts();
    let complaints = advice::complaints(parts.output.as_deref().unwrap_or_default());
    let headers = complaints.iter().filter_map(|complaint| complaint.header.as_deref());
    let headers = headers.filter_map(|header| Some(folder_of(header, source_tree)?.join(header)));
    let named = parts.message.split('`').skip(1).step_by(2).map(PathBuf::from);
    let is_lost =
        |path: &PathBuf| source_tree.join(path).is_file() && !unpacked.join(path).exists();
    let lost = headers.chain(named).filter(|path| path.is_relative()).filter(is_lost);
    lost.map(|path| path.to_string_lossy().replace('\\', "/")).collect()
}

/// What the project tells about a header that a compiler does not find; `None` if that is nothing.
pub(super) fn header(name: &str, include_dirs: &[PathBuf], root: &Path) -> Option<String> {
    let folders = || include_dirs.iter();
    if let Some(hint) = folders().find_map(|folder| submodule(folder, root)) {
        return Some(hint);
    }
    if let Some(gone) = folders().find(|folder| !root.join(folder).is_dir()) {
        return Some(no_folder(gone, root));
    }
    if let Some(folder) = folder_of(name, root) {
        let shown = folder.to_string_lossy().replace('\\', "/");
        let shown = if shown.is_empty() { "." } else { &shown };
        return Some(format!("`{name}` is below `{shown}`: add \"{shown}\" to `include_dirs=`"));
    }
    left_out(name, root)
}

/// The hint for a file that lies in a git submodule which is empty here.
pub(super) fn submodule(file: &Path, root: &Path) -> Option<String> {
    let modules = std::fs::read_to_string(root.join(".gitmodules")).ok()?;
    let paths = modules.lines().filter_map(|line| line.trim().strip_prefix("path"));
    let paths = paths.filter_map(|rest| rest.trim_start().strip_prefix('=')).map(str::trim);
    let is_empty = |path: &str| {
        std::fs::read_dir(root.join(path)).map_or(true, |mut entries| entries.next().is_none())
    };
    let own = root.join(file);
    let path = paths.into_iter().find(|path| own.starts_with(root.join(path)) && is_empty(path))?;
    Some(format!("the git submodule `{path}` is empty: git submodule update --init --recursive"))
}

/// The hint for a folder that is not there, with the one that may be meant.
pub(super) fn no_folder(folder: &Path, root: &Path) -> String {
    let message = format!("there is no folder `{}`", folder.display());
    if is_unpacked_sdist(root) {
        return format!("{message}: perhaps the sdist lacks it");
    }
    let parent = folder.parent().unwrap_or(Path::new(""));
    match nearest_in(parent, folder, &names_of_folders(&root.join(parent))) {
        Some(near) => format!("{message}: was `{near}` meant?"),
        None => message,
    }
}

/// The error of a link, at the first of `extra_objects` that is not there.
pub(super) fn object(error: Error, spec: &ExtensionSpec, root: &Path) -> Error {
    let gone = spec.extra_objects.iter().find(|object| !root.join(object).exists());
    let Some(gone) = gone else { return error };
    let shown = gone.display();
    let message = format!("there is no file `{shown}`, which `extra_objects` names");
    let error = match text_origin::of_word(&gone.to_string_lossy(), &spec.declared_in, root) {
        Some((source, span)) => error.at(&source, span),
        None => error,
    };
    let folder = gone.parent().unwrap_or(Path::new(""));
    if !root.join(folder).is_dir() {
        return error.note(message).hint(no_folder(folder, root));
    }
    let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    error.hint(match nearest_in(folder, gone, &names) {
        Some(near) => format!("{message}: was `{near}` meant?"),
        None => format!("{message}: correct the name, or make it before Officina builds"),
    })
}

/// The hint for a file that is missing in what an sdist was unpacked to.
pub(super) fn left_out(name: &str, root: &Path) -> Option<String> {
    is_unpacked_sdist(root).then(|| {
        format!(
            "if `{name}` belongs to the project, its sdist lacks this file: its author has to add it to \
             `include` of `[tool.officina.sdist]`"
        )
    })
}

fn is_unpacked_sdist(root: &Path) -> bool {
    root.join("PKG-INFO").is_file()
}

/// The folder that would have to be searched for a file to be found by this name, relative to the root.
pub(super) fn folder_of(name: &str, root: &Path) -> Option<PathBuf> {
    const MOST: usize = 2000;
    // Those of environments, and of what tools make and remove again, such as build folders.
    const MARKS: [&str; 2] = ["pyvenv.cfg", "CACHEDIR.TAG"];
    let mut folders = vec![root.to_owned()];
    let mut index = 0;
    while index < folders.len().min(MOST) {
        let folder = folders[index].clone();
        if folder.join(name).is_file() {
            return folder.strip_prefix(root).ok().map(Path::to_owned);
        }
        let below = names_of_folders(&folder).into_iter().map(|name| folder.join(name));
        folders.extend(below.filter(|path| MARKS.iter().all(|mark| !path.join(mark).exists())));
        index += 1;
    }
    None
}

/// The one of these names in a folder that is most like that of a path.
fn nearest_in(folder: &Path, wanted: &Path, names: &[String]) -> Option<String> {
    let name = nearest(&wanted.file_name()?.to_string_lossy(), names.iter().map(String::as_str))?;
    Some(folder.join(name).display().to_string())
}

/// The folders in a folder, but for hidden ones and those of builds; links are not followed.
fn names_of_folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let names = entries.filter(is_folder).filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| {
            !name.starts_with('.') && !["build", "node_modules"].contains(&name.as_str())
        })
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_explained_by_what_the_project_has() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["include/foo", "vendor/empty", "vendor/full", "build/other", "cache/x"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        let tagged = ["cache/CACHEDIR.TAG", "cache/x/d.h"];
        for file in ["include/foo/a.h", "vendor/full/b.h", "build/other/c.h"].iter().chain(&tagged)
        {
            std::fs::write(root.join(file), "").unwrap();
        }
        let modules =
            "[submodule \"x\"]\n\tpath = vendor/empty\n[submodule \"y\"]\n\tpath=vendor/full\n";
        std::fs::write(root.join(".gitmodules"), modules).unwrap();
        let table = [
            ("a.h", vec!["inlcude/foo"], "there is no folder `inlcude/foo`"),
            (
                "a.h",
                vec!["include/fo"],
                "there is no folder `include/fo`: was `include/foo` meant?",
            ),
            ("foo/a.h", vec![], "`foo/a.h` is below `include`: add \"include\" to `include_dirs=`"),
            (
                "b.h",
                vec!["vendor/empty/src"],
                "the git submodule `vendor/empty` is empty: git submodule",
            ),
            ("b.h", vec![], "is below `vendor/full`"),
            ("c.h", vec![], ""),
            ("d.h", vec![], ""),
        ];
        for (name, folders, expected) in &table {
            let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
            let told = header(name, &folders, root).unwrap_or_default().replace('\\', "/");
            assert!(
                told.contains(expected) && told.is_empty() == expected.is_empty(),
                "{name}: {told}"
            );
        }
        assert!(left_out("c.h", root).is_none());
        std::fs::write(root.join("PKG-INFO"), "").unwrap();
        assert!(header("c.h", &[], root).unwrap().contains("its sdist lacks this file"));
    }

    #[test]
    fn what_the_tree_has_and_the_sdist_lacks_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let [tree, unpacked] = ["tree", "unpacked"].map(|name| folder.path().join(name));
        for (root, files) in
            [(&tree, vec!["csrc/gen.h", "csrc/a.c", "b.py"]), (&unpacked, vec!["b.py"])]
        {
            std::fs::create_dir_all(root.join("csrc")).unwrap();
            files.iter().for_each(|file| std::fs::write(root.join(file), "").unwrap());
        }
        let header = "x.c:1:10: fatal error: gen.h: No such file or directory";
        for (message, output, expected) in [
            ("compiling failed", header, "csrc/gen.h"),
            ("no file `csrc/a.c`, a source of `demo`", "", "csrc/a.c"),
            ("`b.py` failed", "", ""),
            ("compiling failed", "x.c:1:10: fatal error: gone.h: No such file or directory", ""),
        ] {
            let found = lost(&Error::new(message).output(output), &tree, &unpacked);
            assert_eq!(found.join(" "), expected, "{message}");
        }
    }
}
