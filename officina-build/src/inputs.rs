//! When Cargo has to run the build script again: what the builder and the compiler read, as
//! instructions.
//!
//! Cargo compares times of files, and takes a file that is not there for one that has changed: what
//! was looked for in vain cannot be said. For a folder it looks at all that lies below.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use officina::model::BuilderInputs;

use crate::cargo::{BuildScript, Instruction, is_set_by_cargo};
use crate::pyo3;

/// Everything that was read.
pub(crate) struct Read {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    variables: BTreeSet<String>,
    /// Whether the builder did what hides what it read: started programs, went through all
    /// variables.
    has_unknown: bool,
}

impl Read {
    /// What a builder read.
    pub fn by_builder(inputs: &BuilderInputs) -> Self {
        let asked = inputs.paths.iter().chain(&inputs.stats).filter(|path| path.is_file());
        Read {
            files: inputs.files.iter().chain(asked).cloned().collect(),
            folders: inputs.folders.clone(),
            variables: inputs.environment.clone(),
            has_unknown: inputs.whole_environment
                || !inputs.programs.is_empty()
                || !inputs.unknown.is_empty(),
        }
    }

    /// Adds what a compiler read.
    pub fn add_compile(&mut self, files: Vec<PathBuf>) {
        self.files.extend(files.iter().map(|file| plain(file)));
    }
}

/// A path without `..`, where it can be had.
fn plain(path: &Path) -> PathBuf {
    let has_parent = path.components().any(|part| part == std::path::Component::ParentDir);
    if has_parent {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    } else {
        path.to_owned()
    }
}

/// The instructions for all that was read. What this script has made itself is not among it.
pub(crate) fn instructions(
    read: &Read,
    prefixes: &[PathBuf],
    root: &Path,
    script: &BuildScript,
) -> Vec<Instruction> {
    let mut found: BTreeSet<Instruction> = BTreeSet::new();
    let variables = read.variables.iter().filter(|name| !is_set_by_cargo(name));
    found.extend(variables.cloned().map(Instruction::RerunIfEnvChanged));
    // The environment of an isolated build is gone when Cargo looks; the file says which one it
    // stands for. No project lies in such an environment: `/usr` may well hold both.
    let is_isolated =
        |prefix: &&PathBuf| !root.starts_with(prefix) && !script.manifest_dir.starts_with(prefix);
    let has_file = pyo3::config_file(&script.environment).is_some();
    let gone: Vec<&PathBuf> = prefixes.iter().filter(|_| has_file).filter(is_isolated).collect();
    let is_gone_later = |path: &Path| gone.iter().any(|prefix| path.starts_with(prefix));
    let own = script.out_dir.canonicalize().unwrap_or_else(|_| script.out_dir.clone());
    let counts = |path: &Path| {
        !path.starts_with(&script.out_dir)
            && !path.starts_with(&own)
            && path.exists()
            && !is_gone_later(path)
    };
    let files = read.files.iter().cloned();
    let folders = read.folders.iter().flat_map(|folder| around(folder, &own));
    let mut paths: BTreeSet<PathBuf> = files.chain(folders).collect();
    if read.has_unknown {
        paths.extend(package(&script.manifest_dir, &own));
        paths.extend(package(root, &own));
    }
    found.extend(paths.into_iter().filter(|path| counts(path)).map(Instruction::RerunIfChanged));
    found.into_iter().collect()
}

/// A folder whose names were asked for; where Cargo's products lie below it, its files instead:
/// these would count as well, and are new each time.
fn around(folder: &Path, out_dir: &Path) -> Vec<PathBuf> {
    if !out_dir.starts_with(folder) {
        return vec![folder.to_owned()];
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// What Cargo takes into account where a build script says nothing: a whole folder, but for hidden
/// files and products.
fn package(folder: &Path, out_dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let is_product = |path: &Path| out_dir.starts_with(path) || path.join("CACHEDIR.TAG").exists();
    entries.map(|entry| entry.path()).filter(|path| !is_hidden(path) && !is_product(path)).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        /// A crate with a file of each kind, and Cargo's products in it.
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            for path in [
                "build.rs",
                "tools/build_x.py",
                "tools/x.txt",
                ".git/index",
                "target/out/made.c",
                "env/cffi.py",
            ] {
                let path = folder.path().join(path);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, "").expect("a file");
            }
            Tree(folder)
        }

        fn path(&self, below: &str) -> PathBuf {
            self.0.path().canonicalize().expect("a path").join(below)
        }

        fn script(&self, variables: &[(&str, &str)]) -> BuildScript {
            let own = [("OUT_DIR", self.path("target/out")), ("CARGO_MANIFEST_DIR", self.path(""))];
            let own = own.map(|(name, value)| (name.into(), value.into()));
            let others =
                [("HOST", "x"), ("TARGET", "x")].into_iter().chain(variables.iter().copied());
            let others = others.map(|(name, value)| (name.into(), value.into()));
            BuildScript::of(own.into_iter().chain(others).collect())
                .unwrap_or_else(|e| panic!("{e}"))
        }

        fn shown(&self, inputs: &BuilderInputs, variables: &[(&str, &str)]) -> Vec<String> {
            self.shown_with(inputs, "env", "", variables)
        }

        fn shown_with(
            &self,
            inputs: &BuilderInputs,
            prefix: &str,
            root: &str,
            variables: &[(&str, &str)],
        ) -> Vec<String> {
            let read = Read::by_builder(inputs);
            let script = self.script(variables);
            let found = instructions(&read, &[self.path(prefix)], &self.path(root), &script);
            let base = self.path("").display().to_string();
            let plain = |one: &Instruction| {
                one.to_string().replace(&base, "").replace("cargo::rerun-if-", "")
            };
            found.iter().map(plain).collect()
        }
    }

    #[test]
    fn what_was_read_counts_and_what_is_not_there_cannot() {
        let tree = Tree::new();
        let inputs = BuilderInputs {
            files: ["tools/build_x.py", "tools/gone.txt", "target/out/made.c"]
                .map(|name| tree.path(name))
                .into(),
            stats: [tree.path("tools/x.txt"), tree.path("tools")].into(),
            environment: ["FLAVOUR", "OUT_DIR", "DEP_X_INCLUDE"].map(str::to_owned).into(),
            ..BuilderInputs::default()
        };
        assert_eq!(
            tree.shown(&inputs, &[]),
            ["changed=tools/build_x.py", "changed=tools/x.txt", "env-changed=FLAVOUR"]
        );
    }

    #[test]
    fn a_folder_counts_unless_products_lie_in_it() {
        let tree = Tree::new();
        let inputs =
            BuilderInputs { folders: [tree.path("tools")].into(), ..BuilderInputs::default() };
        assert_eq!(tree.shown(&inputs, &[]), ["changed=tools"]);
        let inputs = BuilderInputs { folders: [tree.path("")].into(), ..BuilderInputs::default() };
        assert_eq!(tree.shown(&inputs, &[]), ["changed=build.rs"]);
    }

    #[test]
    fn where_it_is_not_known_what_was_read_the_package_counts() {
        let tree = Tree::new();
        let programs = vec![vec!["pkg-config".to_owned()]];
        let inputs = BuilderInputs { programs, ..BuilderInputs::default() };
        assert_eq!(tree.shown(&inputs, &[]), ["changed=build.rs", "changed=env", "changed=tools"]);
    }

    #[test]
    fn an_isolated_environment_counts_by_its_configuration() {
        let tree = Tree::new();
        let inputs =
            BuilderInputs { files: [tree.path("env/cffi.py")].into(), ..BuilderInputs::default() };
        assert_eq!(tree.shown(&inputs, &[]), ["changed=env/cffi.py"]);
        assert_eq!(tree.shown(&inputs, &[("PYO3_CONFIG_FILE", "/f")]), Vec::<String>::new());
    }

    #[test]
    fn a_project_in_the_prefix_of_its_python_is_watched() {
        let tree = Tree::new();
        let files = ["tools/build_x.py", "env/cffi.py"].map(|name| tree.path(name)).into();
        let inputs = BuilderInputs { files, ..BuilderInputs::default() };
        let all = ["changed=env/cffi.py", "changed=tools/build_x.py"];
        // The crate is the whole tree, with the root in it or elsewhere.
        for (prefix, root, expected) in [
            ("env", "", &all[1..]),
            ("env", "tools", &all[1..]),
            ("", "tools", &all[..]),
            ("", "/elsewhere", &all[..]),
            ("tools", "tools", &all[..]),
            ("env", "env", &all[..]),
        ] {
            let found = tree.shown_with(&inputs, prefix, root, &[("PYO3_CONFIG_FILE", "/f")]);
            assert_eq!(found, expected, "{prefix} {root}");
        }
    }
}
