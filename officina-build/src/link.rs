//! What is linked with a module: the libraries of `set_source()` as Cargo's instructions.

use std::path::{Path, PathBuf};

use officina::error::{Error, Result};
use officina::model::{ExtensionSpec, Target};
use officina::steps::link_line::{python_folders, python_library};
use officina::toolchain::Family;

use crate::cargo::{BuildScript, Instruction};
use crate::pyo3::CROSS_LIB_DIR;

/// The instructions for a module.
///
/// # Errors
/// A word of `extra_objects` is nothing that Cargo can link.
pub(crate) fn instructions(
    spec: &ExtensionSpec,
    root: &Path,
    target: &str,
) -> Result<Vec<Instruction>> {
    let mut found: Vec<Instruction> =
        spec.library_dirs.iter().map(|folder| Instruction::LinkSearch(root.join(folder))).collect();
    for object in &spec.extra_objects {
        found.extend(archive(&root.join(object), spec)?);
    }
    found.extend(spec.libraries.iter().flat_map(|name| library(name, root, target)));
    found.extend(words(&spec.extra_link_args, root, target));
    if !target.contains("-windows") {
        let rpath = |folder: &String| Instruction::LinkArg(format!("-Wl,-rpath,{folder}"));
        found.extend(spec.runtime_library_dirs.iter().map(rpath));
    }
    Ok(found)
}

/// Objects are in the module's own library already; another library is linked by its name.
fn archive(path: &Path, spec: &ExtensionSpec) -> Result<Vec<Instruction>> {
    let suffix = path.extension().unwrap_or_default();
    if suffix == "o" || suffix == "obj" {
        return Ok(Vec::new());
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = match suffix.to_str() {
        Some("a") => stem.strip_prefix("lib"),
        Some("lib") => Some(stem),
        _ => None,
    };
    let (Some(name), Some(folder)) = (name, path.parent()) else {
        let message = format!(
            "`extra_objects` of `{}` holds `{}`, which Cargo cannot link",
            spec.name,
            path.display()
        );
        return Err(Error::new(message)
            .hint("name objects (`x.o`) and static libraries (`libx.a`, `x.lib`)"));
    };
    Ok(vec![
        Instruction::LinkSearch(folder.to_owned()),
        Instruction::LinkLib(format!("static={name}")),
    ])
}

/// A library as linkers take it: `z`, `build/z` in a folder, `:libz.a` for a file of this name.
fn library(name: &str, root: &Path, target: &str) -> Vec<Instruction> {
    if let Some(file) = name.strip_prefix(':') {
        return vec![Instruction::LinkLib(format!("dylib:+verbatim={file}"))];
    }
    let suffix = if target.ends_with("-msvc") { ".lib" } else { "" };
    let name = name.strip_suffix(suffix).unwrap_or(name);
    match name.rsplit_once('/') {
        Some((folder, name)) => {
            vec![Instruction::LinkSearch(root.join(folder)), Instruction::LinkLib(name.to_owned())]
        }
        None => vec![Instruction::LinkLib(name.to_owned())],
    }
}

/// Words for a linker. Libraries and their folders reach whoever links this crate; all else is for
/// its own products.
fn words(all: &[String], root: &Path, target: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut left = all.iter();
    while let Some(word) = left.next() {
        let name = word.strip_prefix("-l").filter(|name| !name.is_empty());
        let folder = word.strip_prefix("-L").filter(|folder| !folder.is_empty());
        match (name, folder) {
            (Some(name), _) => found.extend(library(name, root, target)),
            (_, Some(folder)) => found.push(Instruction::LinkSearch(root.join(folder))),
            _ if word == "-framework" => found.push(match left.next() {
                Some(name) => Instruction::LinkLib(format!("framework={name}")),
                None => Instruction::LinkArg(word.clone()),
            }),
            _ => found.push(Instruction::LinkArg(word.clone())),
        }
    }
    found
}

/// How the linker gets by without Python: Windows has an import library, which `pyconfig.h` asks
/// Microsoft's linkers for, and which others are told; macOS looks for undefined symbols when it
/// loads a library that says so.
pub(crate) fn python(
    spec: &ExtensionSpec,
    python: Target,
    script: &BuildScript,
) -> Vec<Instruction> {
    if script.is_for_macos() {
        return undefined_symbols(&script.manifest_dir);
    }
    if !script.is_for_windows() {
        return Vec::new();
    }
    let family = match script.target.ends_with("-msvc") {
        true => Family::Msvc { clang_cl: false },
        false => Family::Gcc { version: None },
    };
    let folders = match script.environment.text(CROSS_LIB_DIR) {
        Some(folder) => vec![PathBuf::from(folder)],
        None if script.is_cross_build() => Vec::new(),
        None => python_folders(python, family),
    };
    let library = python_library(spec, python, family).map(Instruction::LinkLib);
    folders.into_iter().map(Instruction::LinkSearch).chain(library).collect()
}

/// Cargo warns of words for a `cdylib` where a package has none, and PyO3 or maturin say the same
/// for the library that such a package ends in.
fn undefined_symbols(manifest_dir: &Path) -> Vec<Instruction> {
    let manifest = manifest_dir.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap_or_default();
    let has_cdylib = text.lines().any(|line| !line.starts_with('#') && line.contains("cdylib"));
    let words = ["-undefined", "dynamic_lookup"].iter().filter(|_| has_cdylib);
    let words = words.map(|word| Instruction::CdylibLinkArg((*word).to_owned()));
    words.chain([Instruction::RerunIfChanged(manifest)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use officina::model::{Abi, ModuleName};

    fn shown(spec: &ExtensionSpec, target: &str) -> Vec<String> {
        let found =
            instructions(spec, Path::new("/root"), target).unwrap_or_else(|e| panic!("{e}"));
        found.iter().map(|one| one.to_string().replacen("cargo::rustc-link-", "", 1)).collect()
    }

    fn spec() -> ExtensionSpec {
        ExtensionSpec::new(ModuleName::new("_x").expect("a name"), "build_x.py", Abi::Version)
    }

    #[test]
    #[cfg(unix)]
    fn arguments_of_set_source_become_instructions() {
        let words = ["-lz", "-l:libc.a", "-Lown", "-framework", "Security", "-Wl,-z,now"];
        let spec = ExtensionSpec {
            library_dirs: vec!["lib".into(), "/opt/lib".into()],
            libraries: ["ssl", ":libown.a", "build/crypto"].map(str::to_owned).to_vec(),
            extra_objects: vec!["a.o".into(), "own/libb.a".into()],
            extra_link_args: words.map(str::to_owned).to_vec(),
            runtime_library_dirs: vec!["/opt/lib".into()],
            ..spec()
        };
        let expected = [
            "search=native=/root/lib",
            "search=native=/opt/lib",
            "search=native=/root/own",
            "lib=static=b",
            "lib=ssl",
            "lib=dylib:+verbatim=libown.a",
            "search=native=/root/build",
            "lib=crypto",
            "lib=z",
            "lib=dylib:+verbatim=libc.a",
            "search=native=/root/own",
            "lib=framework=Security",
            "arg=-Wl,-z,now",
        ];
        assert_eq!(shown(&spec, "x86_64-pc-windows-gnu"), expected);
        let with_rpath = [&expected[..], &["arg=-Wl,-rpath,/opt/lib"]].concat();
        assert_eq!(shown(&spec, "x86_64-unknown-linux-gnu"), with_rpath);
    }

    #[test]
    fn windows_may_have_the_whole_name_of_a_library() {
        for (target, expected) in [
            ("x86_64-pc-windows-msvc", ["lib=ws2_32", "lib=z"]),
            ("x86_64-pc-windows-gnu", ["lib=ws2_32", "lib=z.lib"]),
        ] {
            let libraries = vec!["ws2_32".to_owned(), "z.lib".to_owned()];
            assert_eq!(shown(&ExtensionSpec { libraries, ..spec() }, target), expected);
        }
    }

    #[test]
    fn what_cargo_cannot_link_is_named() {
        let spec = ExtensionSpec { extra_objects: vec!["x.so".into()], ..spec() };
        let error = instructions(&spec, Path::new("/root"), "").expect_err("an error").to_string();
        assert!(
            error.contains("`extra_objects` of `_x` holds `") && error.contains("x.so`"),
            "{error}"
        );
    }
}
