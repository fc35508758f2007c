//! What is linked with a module: the libraries of `set_source()` as Cargo's instructions.

use std::path::{Path, PathBuf};

use officina::error::{Error, Result};
use officina::model::{ExtensionSpec, Sysconfig};

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
    found.extend(spec.libraries.iter().map(|library| Instruction::LinkLib(library.clone())));
    found.extend(words(&spec.extra_link_args, root));
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

/// Words for a linker. Libraries and their folders reach whoever links this crate; all else is for its own products.
fn words(all: &[String], root: &Path) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut left = all.iter();
    while let Some(word) = left.next() {
        let library =
            word.strip_prefix("-l").filter(|name| !name.is_empty() && !name.starts_with(':'));
        let folder = word.strip_prefix("-L").filter(|folder| !folder.is_empty());
        found.push(match (library, folder) {
            (Some(name), _) => Instruction::LinkLib(name.to_owned()),
            (_, Some(folder)) => Instruction::LinkSearch(root.join(folder)),
            _ if word == "-framework" => match left.next() {
                Some(name) => Instruction::LinkLib(format!("framework={name}")),
                None => Instruction::LinkArg(word.clone()),
            },
            _ => Instruction::LinkArg(word.clone()),
        });
    }
    found
}

/// How the linker gets by without Python: Windows has an import library, which `pyconfig.h` asks
/// for; macOS looks for undefined symbols when it loads a library that says so.
pub(crate) fn python(sysconfig: &Sysconfig, script: &BuildScript) -> Vec<Instruction> {
    if script.is_for_macos() {
        return undefined_symbols(&script.manifest_dir);
    }
    if !script.is_for_windows() {
        return Vec::new();
    }
    let own = sysconfig.base_exec_prefix.join("libs");
    let folder = script.environment.text(CROSS_LIB_DIR).map_or(own, PathBuf::from);
    vec![Instruction::LinkSearch(folder)]
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
        let words = ["-lz", "-Lown", "-framework", "Security", "-Wl,-z,now"].map(str::to_owned);
        let spec = ExtensionSpec {
            library_dirs: vec!["lib".into(), "/opt/lib".into()],
            libraries: vec!["ssl".into(), "crypto".into()],
            extra_objects: vec!["a.o".into(), "own/libb.a".into()],
            extra_link_args: words.to_vec(),
            runtime_library_dirs: vec!["/opt/lib".into()],
            ..spec()
        };
        let expected = [
            "search=native=/root/lib",
            "search=native=/opt/lib",
            "search=native=/root/own",
            "lib=static=b",
            "lib=ssl",
            "lib=crypto",
            "lib=z",
            "search=native=/root/own",
            "lib=framework=Security",
            "arg=-Wl,-z,now",
        ];
        assert_eq!(shown(&spec, "x86_64-pc-windows-gnu"), expected);
        let with_rpath = [&expected[..], &["arg=-Wl,-rpath,/opt/lib"]].concat();
        assert_eq!(shown(&spec, "x86_64-unknown-linux-gnu"), with_rpath);
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
