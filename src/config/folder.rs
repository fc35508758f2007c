//! A folder of the source tree as Python sees it: regular packages, namespaces and modules.

use std::collections::BTreeMap;

use crate::model::{TreeFile, fits, is_identifier};

/// Top-level folders of a flat layout that hold no part of the product. The names are those that
/// setuptools skips, so that a project keeps its packages when it changes its backend, and a few
/// that are common beside C code.
const RESERVED: &str = "ci bin debian doc docs documentation manpages news newsfragments changelog \
     test tests unit_test unit_tests example examples scripts tools util utils python build dist \
     venv env requirements tasks fabfile site_scons benchmark benchmarks exercise exercises \
     htmlcov wheelhouse src testing third_party vendor";

/// Whether a top-level folder of a flat layout is not for users. Private names are among them.
pub fn is_reserved(name: &str) -> bool {
    name.starts_with('_') || RESERVED.split(' ').any(|word| word == name)
}

/// A folder of Python code, as far as discovery has to know it.
#[derive(Default)]
pub struct PackageFolder<'a> {
    /// What lies in it, by name.
    pub folders: BTreeMap<&'a str, PackageFolder<'a>>,
    /// Stems of its `.py` and `.pyi` files, without builder scripts; sorted.
    pub modules: Vec<&'a str>,
    /// Has an `__init__`.
    pub regular: bool,
    /// Holds files other than Python's directly.
    pub mixed: bool,
}

impl<'a> PackageFolder<'a> {
    /// Reads the folder `source` (empty for the root) from the sorted files of the tree.
    pub fn read(files: &'a [TreeFile], source: &str, builders: &[String]) -> Self {
        let mut root = PackageFolder::default();
        let prefix = if source.is_empty() { String::new() } else { format!("{source}/") };
        for file in files {
            let Some(path) = file.path.strip_prefix(&prefix) else { continue };
            let mut folder = &mut root;
            let mut parts: Vec<&str> = path.split('/').collect();
            let name = parts.pop().unwrap_or_default();
            for part in parts {
                folder = folder.folders.entry(part).or_default();
            }
            folder.add(name, builders.contains(&file.path));
        }
        root
    }

    fn add(&mut self, name: &'a str, is_builder: bool) {
        match name.strip_suffix(".pyi").or_else(|| name.strip_suffix(".py")) {
            Some("__init__") => self.regular = true,
            Some(_) if is_builder => {}
            Some(stem) => {
                if self.modules.last() != Some(&stem) {
                    self.modules.push(stem);
                }
            }
            None => self.mixed |= name != "py.typed",
        }
    }

    /// Its folders whose names can be imported, or are those of stubs (PEP 561).
    pub fn children(&self) -> impl Iterator<Item = (&&'a str, &PackageFolder<'a>)> {
        self.folders
            .iter()
            .filter(|(name, _)| is_identifier(name.strip_suffix("-stubs").unwrap_or(name)))
    }

    /// Whether it is a regular package, or holds code at any depth.
    pub fn is_package(&self) -> bool {
        self.regular || !self.modules.is_empty() || self.children().any(|(_, c)| c.is_package())
    }

    /// Whether there is anything in it that a source folder holds.
    pub fn has_code(&self) -> bool {
        self.modules.iter().any(|name| is_identifier(name) && *name != "setup")
            || self.children().any(|(_, child)| child.is_package())
    }

    /// Whether a regular package lies in it, at any depth.
    pub fn has_regular(&self) -> bool {
        self.children().any(|(_, child)| child.regular || child.has_regular())
    }

    /// The folder of a dotted name.
    pub fn folder(&self, dotted: &str) -> Option<&PackageFolder<'a>> {
        dotted.split('.').try_fold(self, |folder, part| folder.folders.get(part))
    }

    /// Whether a dotted name, which may hold `*`, is a package or module in here.
    pub fn holds(&self, name: &str) -> bool {
        if name.contains('*') {
            return self.all_packages(&|_| false).iter().any(|package| fits(name, package));
        }
        let (parent, last) = match name.rsplit_once('.') {
            Some((parent, last)) => (self.folder(parent), last),
            None => (Some(self), name),
        };
        parent.is_some_and(|p| {
            p.folders.get(last).is_some_and(PackageFolder::is_package) || p.modules.contains(&last)
        })
    }

    /// Dotted names of every package at any depth, in order.
    pub fn all_packages(&self, reserved: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        for (name, child) in self.children().filter(|(name, c)| !reserved(name) && c.is_package()) {
            names.push((*name).to_owned());
            let nested = child.all_packages(&|_| false);
            names.extend(nested.iter().map(|inner| format!("{name}.{inner}")));
        }
        names
    }

    /// The packages under a name that nobody claims: itself if it is a regular one, else the
    /// regular ones in namespaces of nothing but Python. That leaves out folders of vendored
    /// code which happen to hold some Python deep inside.
    pub fn clean_packages(&self, name: &str) -> Vec<String> {
        if self.regular {
            return vec![name.to_owned()];
        }
        if self.mixed {
            return Vec::new();
        }
        let children = self.children().filter(|(child, _)| !is_reserved(child));
        let nested: Vec<String> =
            children.flat_map(|(child, f)| f.clean_packages(&format!("{name}.{child}"))).collect();
        match (nested.is_empty(), self.modules.is_empty()) {
            (true, _) => Vec::new(),
            (false, true) => nested,
            // Modules of the namespace itself come along with it.
            (false, false) => vec![name.to_owned()],
        }
    }
}
