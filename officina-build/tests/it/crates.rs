//! A copy of the example, which Cargo builds.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is built, in one folder for all tests: dependencies are compiled once. One test at a time,
/// for each crate has the name of its copies.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/example");
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A workspace of crates, and a Python that counts its starts.
pub struct Crates {
    folder: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// The Python that has cffi.
pub fn python() -> String {
    std::env::var("OFFICINA_TEST_PYTHON").unwrap_or_else(|_| "python3".into())
}

impl Crates {
    /// A copy of the example.
    pub fn example() -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let crates = Crates { folder: tempfile::tempdir().unwrap(), _alone: alone };
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&source.join("example"), &crates.path(""));
        let own = format!("path = {:?}", source.display().to_string());
        crates.edit("Cargo.toml", |text| text.replace("path = \"..\"", &own));
        crates.program(
            "python",
            &format!("echo started >> \"$(dirname \"$0\")/starts\"\nexec {} \"$@\"", python()),
        );
        crates
    }

    /// A path in the workspace.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(below)
    }

    /// Writes a file.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Changes a file.
    pub fn edit(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.path(file);
        let old = std::fs::read_to_string(&path).unwrap();
        let new = change(old.clone());
        assert_ne!(old, new, "{file} is the same");
        std::fs::write(path, new).unwrap();
    }

    /// Writes a shell script that can be started.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        self.write(name, &format!("#!/bin/sh\n{script}\n"));
        let path = self.path(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// `cargo build` of a crate, with the Python that counts, and with other variables.
    pub fn try_build(
        &self,
        package: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        let mut command = Command::new(env!("CARGO"));
        for name in [
            "PYO3_PYTHON",
            "PYO3_CONFIG_FILE",
            "VIRTUAL_ENV",
            "CONDA_PREFIX",
            "PYTHONPATH",
            "RUSTFLAGS",
        ] {
            command.env_remove(name);
        }
        command
            .args([
                "build",
                "--locked",
                "--color=never",
                "--target-dir",
                TARGET,
                "--package",
                package,
            ])
            .args(arguments)
            .current_dir(self.path(""))
            .env("PYO3_PYTHON", self.path("python"))
            .envs(variables.iter().copied());
        command.output().unwrap()
    }

    /// The same, which must succeed.
    pub fn build(&self, package: &str, arguments: &[&str], variables: &[(&str, &str)]) {
        let output = self.try_build(package, arguments, variables);
        assert!(output.status.success(), "{}", stderr(&output));
    }

    /// What the build says that must fail.
    pub fn failure(&self, package: &str, variables: &[(&str, &str)]) -> String {
        let output = self.try_build(package, &[], variables);
        let said = stderr(&output);
        assert!(!output.status.success(), "{said}");
        said
    }

    /// How often Python was started since the last call.
    pub fn python_starts(&self) -> usize {
        let log = self.path("starts");
        let count = std::fs::read_to_string(&log).map_or(0, |text| text.lines().count());
        let _ = std::fs::remove_file(log);
        count
    }

    /// Gives a library the name of a module, and prints with a Python that imports it.
    pub fn print(&self, library: &str, module: &str, expression: &str) -> String {
        self.print_with(&python(), library, module, ".so", expression)
    }

    /// The same with another Python, which wants another name.
    pub fn print_with(
        &self,
        python: &str,
        library: &str,
        module: &str,
        suffix: &str,
        expression: &str,
    ) -> String {
        self.write(&format!("import/{module}{suffix}"), "");
        std::fs::copy(built(library), self.path(&format!("import/{module}{suffix}"))).unwrap();
        let code = format!("import {module} as m; print({expression})");
        let output = Command::new(python)
            .args(["-B", "-c", &code])
            .env("PYTHONPATH", self.path("import"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The newest file of this name that the build script of a package has made, anywhere in its
    /// folder.
    pub fn made(&self, package: &str, name: &str) -> PathBuf {
        let folders = std::fs::read_dir(Path::new(TARGET).join("debug/build")).unwrap();
        let own = |path: &PathBuf| {
            path.file_name().unwrap().to_string_lossy().starts_with(&format!("{package}-"))
        };
        let mut found: Vec<PathBuf> = folders
            .map(|entry| entry.unwrap().path())
            .filter(own)
            .flat_map(|folder| below(&folder))
            .collect();
        found.retain(|path| path.file_name().unwrap() == name);
        let modified = |path: &PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
        found.into_iter().max_by_key(modified).unwrap()
    }
}

/// A library that was built.
pub fn built(library: &str) -> PathBuf {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Path::new(TARGET).join("debug").join(format!("{prefix}{library}{suffix}"))
}

/// What a program said on stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn copy(source: &Path, target: &Path) {
    for file in below(source) {
        let place = target.join(file.strip_prefix(source).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(&file, &place).unwrap();
    }
}

/// The files below a folder, but those of Cargo.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.file_name().unwrap() == "target" => {}
            true => files.extend(below(&path)),
            false => files.push(path),
        }
    }
    files
}
