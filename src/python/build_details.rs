//! `build-details.json` (PEP 739) -> what a Python says of itself. Pure.

use std::path::PathBuf;

use serde::Deserialize;

use crate::model::{PythonDescription, PythonVersion, Sysconfig};

/// How the file is called.
pub const NAME: &str = "build-details.json";

#[derive(Deserialize)]
struct Details {
    schema_version: String,
    base_prefix: PathBuf,
    base_interpreter: Option<PathBuf>,
    platform: String,
    language: LanguageDetails,
    implementation: ImplementationDetails,
    #[serde(default)]
    abi: AbiDetails,
    libpython: Option<LibPythonDetails>,
    c_api: Option<CApiDetails>,
}

#[derive(Deserialize)]
struct LanguageDetails {
    version: String,
}

#[derive(Deserialize)]
struct ImplementationDetails {
    name: String,
    #[serde(rename = "_multiarch")]
    multiarch: Option<String>,
}

#[derive(Default, Deserialize)]
struct AbiDetails {
    #[serde(default)]
    flags: Vec<String>,
    extension_suffix: Option<String>,
}

#[derive(Deserialize)]
struct LibPythonDetails {
    dynamic: Option<PathBuf>,
    #[serde(rename = "static")]
    archive: Option<PathBuf>,
}

#[derive(Deserialize)]
struct CApiDetails {
    headers: PathBuf,
}

/// Reads what is needed of it.
///
/// # Errors
/// It is no JSON of this form, or of a later version of the form; in words.
pub fn describe(text: &str) -> Result<PythonDescription, String> {
    let details: Details = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !details.schema_version.starts_with("1.") {
        return Err(format!("its `schema_version` is {}, and 1 is known", details.schema_version));
    }
    let version: PythonVersion =
        details.language.version.parse().map_err(|()| "it names no version of Python")?;
    let prefix = details.base_prefix;
    let has = |flag: &str| details.abi.flags.iter().any(|own| own == flag);
    let within = |path: PathBuf| prefix.join(path); // it may be relative to the prefix
    let suffix = details.abi.extension_suffix;
    let soabi = suffix.as_deref().and_then(soabi_of).map(str::to_owned);
    let machine = details.implementation.multiarch.unwrap_or_else(|| {
        // `cpython-314-aarch64-linux-gnu`, else `linux-aarch64`, which names no C library.
        let named = soabi.as_deref().and_then(|soabi| soabi.splitn(3, '-').nth(2));
        let machine =
            details.platform.strip_prefix("linux-").map(|name| format!("{name}-linux-gnu"));
        named.map(str::to_owned).or(machine).unwrap_or_else(|| details.platform.clone())
    });
    let (dynamic, archive) =
        details.libpython.map_or((None, None), |library| (library.dynamic, library.archive));
    let library = dynamic.clone().or(archive).map(within);
    let name = library.as_deref().and_then(|path| path.file_name()?.to_str().map(str::to_owned));
    let executable =
        details.base_interpreter.unwrap_or_else(|| format!("bin/python{version}").into());
    Ok(PythonDescription {
        implementation: details.implementation.name,
        version,
        machine,
        free_threaded: has("t"),
        debug: has("d"),
        include_dirs: details.c_api.map(|api| prefix.join(api.headers)).into_iter().collect(),
        executable: prefix.join(executable),
        sysconfig: Sysconfig {
            ext_suffix: suffix,
            soabi,
            libdir: library.as_deref().and_then(|path| path.parent()).map(Into::into),
            ldlibrary: name.as_deref().map(|name| match name.find(".so.") {
                Some(at) => name[..at + 3].to_owned(),
                None => name.to_owned(),
            }),
            instsoname: name,
            enable_shared: dynamic.is_some(),
            ..Sysconfig::default()
        },
        prefix,
    })
}

/// `.cpython-314-aarch64-linux-gnu.so` -> `cpython-314-aarch64-linux-gnu`
fn soabi_of(suffix: &str) -> Option<&str> {
    suffix.strip_prefix('.')?.strip_suffix(".so")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const FILE: &str = r#"{
        "schema_version": "1.0",
        "base_prefix": "/usr",
        "base_interpreter": "/usr/bin/python3.14t",
        "platform": "linux-aarch64",
        "language": {"version": "3.14", "version_info": {"major": 3, "minor": 14}},
        "implementation": {"name": "cpython", "cache_tag": "cpython-314"},
        "abi": {
            "flags": ["t"],
            "extension_suffix": ".cpython-314t-aarch64-linux-gnu.so",
            "stable_abi_suffix": ".abi3.so"
        },
        "suffixes": {"source": [".py"]},
        "libpython": {"dynamic": "/usr/lib/libpython3.14t.so.1.0", "link_extensions": false},
        "c_api": {"headers": "include/python3.14t", "pkgconfig_path": "/usr/lib/pkgconfig"}
    }"#;

    #[test]
    fn what_counts_is_read() {
        let python = describe(FILE).unwrap();
        assert_eq!((python.version, python.free_threaded), (PythonVersion(3, 14), true));
        assert_eq!(python.machine, "aarch64-linux-gnu");
        assert_eq!(python.include_dirs, [PathBuf::from("/usr/include/python3.14t")]);
        let sysconfig = python.sysconfig;
        assert_eq!(sysconfig.soabi.as_deref(), Some("cpython-314t-aarch64-linux-gnu"));
        assert_eq!(sysconfig.libdir.as_deref(), Some(Path::new("/usr/lib")));
        assert_eq!(sysconfig.ldlibrary.as_deref(), Some("libpython3.14t.so"));
        assert!(sysconfig.enable_shared);
    }

    #[test]
    fn what_is_another_file_is_refused() {
        for (from, to, expected) in [
            ("\"1.0\"", "\"2.0\"", "schema_version"),
            ("\"3.14\"", "\"none\"", "version of Python"),
            ("base_prefix", "prefix", "base_prefix"),
        ] {
            let error = describe(&FILE.replace(from, to)).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert!(describe("{").is_err());
    }
}
