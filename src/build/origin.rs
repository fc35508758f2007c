//! `$ORIGIN` in an editable install: the module lies in a folder of its own there, and the libraries
//! that it looks for beside itself lie in the source tree.

use std::path::{Path, PathBuf};

use crate::build::context::Build;
use crate::model::{ExtensionSpec, Module, WheelKind};

/// The spellings of the folder of a module, for the loaders of ELF and of macOS.
const ORIGIN: [&str; 3] = ["$ORIGIN", "${ORIGIN}", "@loader_path"];

/// A module that finds its libraries from where it will lie.
pub fn module(module: Module, build: &Build) -> Module {
    match module {
        Module::Extension(spec) => Module::Extension(Box::new(extension(*spec, build))),
        other => other,
    }
}

/// The same for an extension.
pub fn extension(spec: ExtensionSpec, build: &Build) -> ExtensionSpec {
    let root = &build.project.root;
    let sources = [root.clone(), root.join(build.project.settings.source_folder())];
    match build.hook.kind {
        WheelKind::Standard => spec,
        WheelKind::Editable => with_folders(spec, &sources),
    }
}

/// The module with the folder of its package in the source tree after each `$ORIGIN`.
fn with_folders(mut spec: ExtensionSpec, sources: &[PathBuf]) -> ExtensionSpec {
    let module = spec.name.file("");
    let package = Path::new(&module).parent().unwrap_or(Path::new(""));
    let folders = sources.iter().map(|folder| folder.join(package));
    let folders: Vec<PathBuf> = folders.filter(|folder| folder.is_dir()).collect();
    let moved = |text: &String| -> Vec<String> {
        let origin = ORIGIN.into_iter().find(|origin| text.contains(origin));
        let moved = origin.map(|origin| {
            folders.iter().map(move |folder| text.replace(origin, &folder.to_string_lossy()))
        });
        moved.into_iter().flatten().collect()
    };
    let more: Vec<String> = spec.runtime_library_dirs.iter().flat_map(moved).collect();
    spec.runtime_library_dirs.extend(more);
    let words = spec.extra_link_args.iter().filter(|word| word.contains("-rpath"));
    let more: Vec<String> = words.flat_map(moved).collect();
    spec.extra_link_args.extend(more);
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Abi, ModuleName};

    #[test]
    fn the_source_folder_of_the_package_is_searched_as_well() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir_all(root.join("src/pkg")).unwrap();
        let moved = |folders: &[&str], words: &[&str]| {
            let name = ModuleName::new("pkg._m").unwrap();
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let spec = ExtensionSpec {
                runtime_library_dirs: owned(folders),
                extra_link_args: owned(words),
                ..ExtensionSpec::new(name, "build.py", Abi::Version)
            };
            let spec = with_folders(spec, &[root.to_owned(), root.join("src")]);
            let all = spec.runtime_library_dirs.into_iter().chain(spec.extra_link_args);
            let text = all.collect::<Vec<_>>().join(" ");
            text.replace(&*root.to_string_lossy(), "ROOT").replace('\\', "/")
        };
        for (folders, words, expected) in [
            (&["$ORIGIN"][..], &[][..], "$ORIGIN ROOT/src/pkg"),
            (&["$ORIGIN/lib"], &[], "$ORIGIN/lib ROOT/src/pkg/lib"),
            (&["${ORIGIN}/../x"], &[], "${ORIGIN}/../x ROOT/src/pkg/../x"),
            (&["/opt/lib"], &["-s"], "/opt/lib -s"),
            (&[], &["-Wl,-rpath,$ORIGIN"], "-Wl,-rpath,$ORIGIN -Wl,-rpath,ROOT/src/pkg"),
            (&[], &["-Wl,-z,origin", "-DX=$ORIGIN"], "-Wl,-z,origin -DX=$ORIGIN"),
        ] {
            assert_eq!(moved(folders, words), expected);
        }
    }
}
