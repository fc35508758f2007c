//! The manifest of an editable wheel (PEP 660). Pure.
//!
//! It is path-based: a `.pth` file puts the source folder on `sys.path`, so that type checkers,
//! debuggers and people see the sources themselves. What the build made lies in site-packages,
//! where an uninstall finds it, and a small finder leads Python there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::manifest::sorted;
use crate::model::{Content, Manifest, ManifestEntry, Renaming};

/// What turns the manifest of a wheel into that of an editable one.
pub struct EditableParts<'a> {
    /// The manifest of the ordinary wheel.
    pub wheel: Manifest,
    /// The folder that holds the packages. Absolute.
    pub source_root: &'a Path,
    /// The modules that were built, as they stand in the ordinary wheel.
    pub built: &'a [ManifestEntry],
    /// The distribution's name as in file names.
    pub dist_name: &'a str,
    /// The `.dist-info` folder.
    pub dist_info: &'a str,
    /// The Python file with the finder. Absolute.
    pub finder: &'a Path,
    /// What `files` of `[tool.officina]` gives another path.
    pub renamed: &'a [Renaming],
    /// Who leads Python to a module that lies in no package.
    pub top_level: TopLevelModules,
}

/// Who leads Python to a built module that lies in no package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopLevelModules {
    /// Nobody: it lies in site-packages.
    InSitePackages,
    /// The finder, which can see to it before that the module is up to date.
    ByFinder,
}

impl TopLevelModules {
    /// Whether the finder leads Python to a built module.
    fn is_led_to(self, built: &ManifestEntry) -> bool {
        built.path.contains('/') || self == TopLevelModules::ByFinder
    }
}

const README: &str = "The modules that Officina built for an editable install; the file beside this \
                      folder leads Python to them.\n";

/// Lists the files of an editable wheel, sorted, the `.dist-info` folder last, without `RECORD`.
///
/// # Errors
/// The source folder has a name that no `.pth` file can hold.
pub fn editable(parts: EditableParts) -> Result<Manifest> {
    let finder = finder_name(parts.dist_name);
    let mut entries = Vec::new();
    let mut is_found = false;
    let mut stubs = BTreeSet::new();
    for entry in parts.wheel.entries {
        if is_visible(&entry, parts.source_root) {
            continue;
        }
        if let Some((package, path)) = of_made_stub(&entry) {
            entries.push(ManifestEntry { path, ..entry });
            stubs.insert(package);
            continue;
        }
        if let Some(origin) = origin(&entry, &finder, parts.renamed) {
            is_found = true;
            entries.push(origin);
        }
        let is_made = parts.built.contains(&entry) || says_version(&entry, parts.dist_info);
        let is_led_to = is_made && parts.top_level.is_led_to(&entry);
        is_found |= is_led_to;
        let path = match is_led_to {
            true => format!("{finder}/{}", entry.path),
            false => entry.path,
        };
        entries.push(ManifestEntry { path, ..entry });
    }
    entries.extend(stubs.into_iter().map(partial));
    let mut lines = format!("{}\n", pth_path(parts.source_root)?);
    if is_found {
        lines.push_str(&format!("import {finder}\n"));
        entries.extend(finder_files(&finder, parts.finder));
    }
    let (path, content) = (format!("{finder}.pth"), Content::Text(lines));
    entries.push(ManifestEntry { path, content, executable: false });
    sorted(entries, parts.dist_info)
}

/// How the finder of a distribution is called, and the folder of the modules that it leads to.
fn finder_name(dist_name: &str) -> String {
    format!("_officina_editable_{}", dist_name.replace('.', "_"))
}

/// The finder, and what explains the folder beside it.
fn finder_files(finder: &str, source: &Path) -> [ManifestEntry; 2] {
    let file = |path, content| ManifestEntry { path, content, executable: false };
    [
        file(format!("{finder}.py"), Content::File(source.to_owned())),
        // A folder that holds nothing but folders outlives an uninstall by pip.
        file(format!("{finder}/README.txt"), Content::Text(README.into())),
    ]
}

/// Where checkers find a stub that was made, beside those of the tree: in the folder of stubs of its package
/// (PEP 561). In the package's own folder it would hide the tree's from them.
fn of_made_stub(entry: &ManifestEntry) -> Option<(String, String)> {
    let (package, rest) = entry.path.split_once('/')?;
    let is_made = entry.path.ends_with(".pyi") && matches!(entry.content, Content::Text(_));
    let folder = format!("{package}-stubs");
    (is_made && !package.ends_with("-stubs")).then(|| (folder.clone(), format!("{folder}/{rest}")))
}

/// Says that a folder of stubs does not hold all of its package.
fn partial(folder: String) -> ManifestEntry {
    let content = Content::Text("partial\n".into());
    ManifestEntry { path: format!("{folder}/py.typed"), content, executable: false }
}

/// Lists what an editable install by somebody else holds of ours: the modules, and what leads Python
/// to them. `built` are the modules as they stand in an ordinary wheel, and `finder` is the Python
/// file with the finder.
///
/// # Errors
/// Two files have one path.
pub fn modules_alone(
    built: &[ManifestEntry],
    dist_name: &str,
    finder: &Path,
    top_level: TopLevelModules,
) -> Result<Manifest> {
    let name = finder_name(dist_name);
    let (led_to, plain): (Vec<_>, Vec<_>) =
        built.iter().cloned().partition(|entry| top_level.is_led_to(entry));
    let mut entries = plain;
    if !led_to.is_empty() {
        entries.extend(finder_files(&name, finder));
        let content = Content::Text(format!("import {name}\n"));
        entries.push(ManifestEntry { path: format!("{name}.pth"), content, executable: false });
    }
    let moved =
        |entry: ManifestEntry| ManifestEntry { path: format!("{name}/{}", entry.path), ..entry };
    entries.extend(led_to.into_iter().map(moved));
    sorted(entries, "")
}

/// What leads the finder to a Python file that has another path in the tree: an edit is seen then, and
/// the copy beside it is for those who look at files.
fn origin(entry: &ManifestEntry, finder: &str, renamed: &[Renaming]) -> Option<ManifestEntry> {
    let Content::File(source) = &entry.content else { return None };
    let is_it = |renaming: &Renaming| {
        let below = entry.path.strip_prefix(renaming.wheel_path.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let module = entry.path.strip_suffix(".py").filter(|_| renamed.iter().any(is_it))?;
    let (path, content) = (format!("{finder}/{module}.origin"), source.to_str()?);
    let content = Content::Text(content.to_owned());
    Some(ManifestEntry { path, content, executable: false })
}

/// Whether it is the file that says the version, which does not lie in the tree: all other texts that we
/// make are metadata and type stubs.
fn says_version(entry: &ManifestEntry, dist_info: &str) -> bool {
    let folder = entry.path.split('/').next().unwrap_or_default();
    let is_text = matches!(entry.content, Content::Text(_));
    is_text && folder != dist_info && !entry.path.ends_with(".pyi")
}

/// Whether Python finds a file of the wheel in the source folder itself.
fn is_visible(entry: &ManifestEntry, source_root: &Path) -> bool {
    matches!(&entry.content, Content::File(path) if *path == source_root.join(&entry.path))
}

/// A `.pth` file holds one path per line; a line that begins with `import` is executed
/// (<https://docs.python.org/3/library/site.html>).
fn pth_path(path: &Path) -> Result<&str> {
    let text = path.to_str().filter(|text| !text.contains(['\n', '\r']));
    text.ok_or_else(|| {
        Error::new(format!("`{}` cannot be installed as editable", path.display()))
            .note("Python's `.pth` files hold a path per line, in UTF-8")
            .hint("move the project to a folder with another name")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, source: &str) -> ManifestEntry {
        ManifestEntry {
            path: path.into(),
            content: Content::File(source.into()),
            executable: false,
        }
    }

    fn paths(top_level: TopLevelModules) -> (Vec<String>, Manifest) {
        let built = [file("pkg/_a.abi3.so", "/t/_a.so"), file("_b.abi3.so", "/t/_b.so")];
        let mut entries = vec![
            file("pkg/__init__.py", "/p/src/pkg/__init__.py"),
            file("data.txt", "/p/data.txt"),
            file("d.dist-info/METADATA", "/t/m"),
        ];
        entries.extend(built.clone());
        let manifest = editable(EditableParts {
            wheel: Manifest { entries },
            source_root: Path::new("/p/src"),
            built: &built,
            dist_name: "my_dist",
            dist_info: "d.dist-info",
            finder: Path::new("/o/_editable.py"),
            renamed: &[],
            top_level,
        })
        .unwrap();
        (manifest.entries.iter().map(|entry| entry.path.clone()).collect(), manifest)
    }

    #[test]
    fn sources_stay_where_they_are_and_products_are_installed() {
        let (paths, manifest) = paths(TopLevelModules::InSitePackages);
        assert_eq!(
            paths,
            [
                "_b.abi3.so",
                "_officina_editable_my_dist.pth",
                "_officina_editable_my_dist.py",
                "_officina_editable_my_dist/README.txt",
                "_officina_editable_my_dist/pkg/_a.abi3.so",
                "data.txt",
                "d.dist-info/METADATA",
            ]
        );
        let Content::Text(lines) = &manifest.entries[1].content else { panic!("{manifest:?}") };
        assert_eq!(lines, "/p/src\nimport _officina_editable_my_dist\n");
    }

    #[test]
    fn with_rebuilds_top_level_modules_are_led_to_as_well() {
        let (paths, _) = paths(TopLevelModules::ByFinder);
        assert!(paths.contains(&"_officina_editable_my_dist/_b.abi3.so".into()), "{paths:?}");
        assert!(!paths.contains(&"_b.abi3.so".into()), "{paths:?}");
    }

    #[test]
    fn a_path_of_two_lines_is_refused() {
        assert!(pth_path(Path::new("/a\nimport os")).is_err());
    }
}
