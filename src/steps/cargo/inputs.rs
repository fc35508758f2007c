//! What decides how a crate comes out: files and variables that cargo, rustc and build scripts read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::input::Input;
use crate::fs;
use crate::model::Environment;
use crate::steps::cargo::messages::{BuildScript, Messages};
use crate::steps::depfile;
use crate::toolchain::variables::{Role, having};

/// The beginnings of the names of others.
const PREFIXES: [&str; 6] = [
    "CARGO_BUILD_",
    "CARGO_NET_",
    "CARGO_PROFILE_",
    "CARGO_REGISTR",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
];

/// The names of the variables that are set and that cargo reads.
pub fn set_variables(environment: &Environment) -> impl Iterator<Item = &str> {
    let names = environment.0.keys().filter_map(|name| name.to_str());
    names.filter(|name| {
        PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !name.ends_with("_TOKEN")
    })
}

/// The variables that count whatever is built.
pub fn of_surroundings(environment: &Environment) -> BTreeSet<Input> {
    let fixed = having(Role::Cargo).map(str::to_owned);
    let names = fixed.chain(set_variables(environment).map(str::to_owned));
    names.map(Input::Variable).collect()
}

/// What a build has read, as its own records tell: the files that make up its packages in the project,
/// and the variables that their code and all build scripts ask for. What lies in `made`, cargo's own
/// folder, comes of these.
pub fn of_build(messages: &Messages, library: &Path, made: &Path) -> BTreeSet<Input> {
    let mut inputs = BTreeSet::new();
    let listed = library.with_extension("d");
    match std::fs::read_to_string(&listed) {
        Ok(text) => {
            let real = made.canonicalize().unwrap_or_else(|_| made.to_owned());
            let is_made = |file: &PathBuf| file.starts_with(made) || file.starts_with(&real);
            let files = listed_files(&text).into_iter().filter(|file| !is_made(file));
            inputs.extend(files.map(Input::File));
        }
        Err(_) => {
            let why = format!("cargo left no list of what it read in {}", listed.display());
            inputs.insert(Input::Unknown(why));
        }
    }
    inputs.extend(variables_of_code(made).map(Input::Variable));
    messages.build_scripts.iter().for_each(|script| inputs.extend(of_build_script(script)));
    inputs
}

/// `target: file file`
fn listed_files(text: &str) -> Vec<PathBuf> {
    let files = text.split_once(": ").map_or("", |(_, files)| files);
    depfile::from_make(&format!("{}: {files}", depfile::TARGET))
}

/// The beginnings of names that cargo gives to each package by itself.
const OF_PACKAGE: [&str; 5] =
    ["CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_MANIFEST_", "CARGO_PKG_", "OUT_DIR"];

/// The variables that code and build scripts ask for while they are compiled (`env!`).
fn variables_of_code(folder: &Path) -> impl Iterator<Item = String> {
    let files = fs::files_below(folder).into_iter();
    let lists = files.filter(|file| file.extension().is_some_and(|suffix| suffix == "d"));
    let texts = lists.filter_map(|file| std::fs::read_to_string(file).ok());
    let names = texts.flat_map(|text| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
        let names = lines.map(|line| line.split_once('=').map_or(line, |(name, _)| name));
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    names.filter(|name| !OF_PACKAGE.iter().any(|begin| name.starts_with(begin)))
}

fn of_build_script(script: &BuildScript) -> BTreeSet<Input> {
    let said = script.out_dir.with_file_name("output");
    let text = std::fs::read_to_string(said).unwrap_or_default();
    let asked = |what: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| {
            let line = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:"))?;
            line.strip_prefix(what)?.strip_prefix('=').map(str::to_owned)
        });
        lines.collect()
    };
    let (variables, files) = (asked("rerun-if-env-changed"), asked("rerun-if-changed"));
    // Those of other packages read what does not change.
    let folder = package_folder(&script.package);
    let mut inputs: BTreeSet<Input> = variables.iter().cloned().map(Input::Variable).collect();
    let Some(folder) = folder else { return inputs };
    if variables.is_empty() && files.is_empty() {
        // Then cargo runs it again when any file of the package changes.
        all_below(&folder, &mut inputs);
    }
    files.iter().for_each(|file| named(&folder.join(file), &mut inputs));
    inputs
}

/// What stands for a path that a build script names: cargo looks at everything below a folder.
fn named(path: &Path, inputs: &mut BTreeSet<Input>) {
    match path.is_dir() {
        true => all_below(path, inputs),
        false => drop(inputs.insert(Input::File(path.to_owned()))),
    }
}

/// Every file below a folder, and the names in each folder: a new one counts too. What others make is
/// left out, as cargo and builds mark it.
fn all_below(folder: &Path, inputs: &mut BTreeSet<Input>) {
    const MADE: [&str; 2] = ["__pycache__", ".git"];
    inputs.insert(Input::Folder(folder.to_owned()));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_made = MADE.iter().any(|name| entry.file_name() == *name)
            || path.join("CACHEDIR.TAG").is_file();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_made => {}
            Ok(kind) if kind.is_dir() => all_below(&path, inputs),
            _ => drop(inputs.insert(Input::File(path))),
        }
    }
}

/// `path+file:///p/rust#0.1.0`: the folder of a package that lies on this disk.
fn package_folder(package: &str) -> Option<PathBuf> {
    let url = package.strip_prefix("path+file://")?;
    let path = url.split_once('#').map_or(url, |(path, _)| path);
    let path = if cfg!(windows) { path.trim_start_matches('/') } else { path };
    let plain = percent_decoded(path)?;
    Some(PathBuf::from(plain))
}

/// `%20` -> a space
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        match (first, others) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = after;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cargo() {
        let text = "/t/release/liba.a: /p/a\\ b/src/lib.rs /p/c.h\n";
        assert_eq!(listed_files(text), ["/p/a b/src/lib.rs", "/p/c.h"].map(PathBuf::from));
        assert_eq!(listed_files(""), Vec::<PathBuf>::new());
    }

    #[test]
    fn folders_of_packages() {
        // On Windows a path begins with its drive, and the URL with one slash more.
        let [spaced, plain] = match cfg!(windows) {
            true => ["C:/p/a b", "C:/p/rust"],
            false => ["/p/a b", "/p/rust"],
        };
        let url = |path: &str| format!("path+file:///{}#a@0.1.0", path.trim_start_matches('/'));
        for (package, expected) in [
            (&*url(&spaced.replace(' ', "%20")), Some(spaced)),
            (&*url(plain), Some(plain)),
            ("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.0", None),
        ] {
            assert_eq!(package_folder(package), expected.map(PathBuf::from), "{package}");
        }
    }

    #[test]
    fn build_scripts_say_what_they_read() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("p");
        let out_dir = folder.path().join("t/build/p-1/out");
        for path in [&package.join("src"), &out_dir, &package.join("target")] {
            std::fs::create_dir_all(path).unwrap();
        }
        for file in ["build.rs", "src/lib.rs", "target/x.o"] {
            std::fs::write(package.join(file), "").unwrap();
        }
        let script = BuildScript {
            package: format!("path+file://{}#p@0.1.0", package.display()),
            out_dir: out_dir.clone(),
        };
        let read = |said: &str| {
            std::fs::write(out_dir.with_file_name("output"), said).unwrap();
            of_build_script(&script)
        };
        let file = |name: &str| Input::File(package.join(name));
        let folder_of = |name: &str| Input::Folder(package.join(name));
        std::fs::write(package.join("target/CACHEDIR.TAG"), "").unwrap();
        let said = "cargo:rerun-if-changed=x.h\ncargo::rerun-if-env-changed=X\ncargo::rerun-if-changed=src\n";
        let expected =
            [file("x.h"), file("src/lib.rs"), folder_of("src"), Input::Variable("X".into())];
        assert_eq!(read(said), expected.into());
        let all = [file("build.rs"), file("src/lib.rs"), folder_of(""), folder_of("src")];
        assert_eq!(read("hello\n"), all.into());
    }
}
