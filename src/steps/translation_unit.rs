//! A source and its object. Pure.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::model::{CompileSpec, Language};
use crate::steps::path_mapping::PathMapping;
use crate::toolchain::Family;

/// A source and the object that is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslationUnit {
    /// The source as its builder or `pyproject.toml` spelled it: relative to the project root, or absolute.
    pub source: PathBuf,
    /// The object. Absolute.
    pub object: PathBuf,
    /// The language that its suffix tells.
    pub language: Language,
    /// Whether its text names the folders of this build.
    pub names_folders: bool,
}

/// The object of a source, in a folder of its module. Different sources have different objects:
/// the source's path is kept, and what lies outside the project goes into folders that no path
/// inside can name, because there a leading `_` is doubled.
pub fn object_path(
    source: &Path,
    spec: &CompileSpec,
    family: Family,
    paths: &PathMapping,
) -> PathBuf {
    let mut object = paths.objects_of(spec.name);
    // What is made may be made in the project.
    let relative = match source.strip_prefix(paths.build_dir) {
        Ok(made) => {
            object.push("_made");
            made
        }
        Err(_) => source.strip_prefix(paths.root).unwrap_or(source),
    };
    for component in relative.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => object.push("_up"),
            Component::RootDir => object.push("_root"),
            Component::Prefix(prefix) => {
                let drive = prefix.as_os_str().to_string_lossy();
                object.push(format!("_{}", drive.replace([':', '\\', '/', '?'], "_")));
            }
            Component::Normal(name) => {
                let mut escaped = OsString::new();
                if name.to_string_lossy().starts_with('_') {
                    escaped.push("_");
                }
                escaped.push(name);
                object.push(escaped);
            }
        }
    }
    object.as_mut_os_string().push(if family.is_msvc() { ".obj" } else { ".o" });
    object
}
