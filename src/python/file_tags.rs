//! Which interpreters import a file as a module, by its name. Pure.
//!
//! The names are those of `importlib.machinery.EXTENSION_SUFFIXES`, on any system.

/// Who imports a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportedBy {
    /// One version of one interpreter, by the parts of its tag.
    Version {
        /// `cp311`
        python: String,
        /// `cp311`, `cp313t`, `pypy39_pp73`
        abi: String,
    },
    /// `.abi3.so`: every version from some on.
    Stable,
    /// `.abi3t.so`: the same without the lock.
    StableFreeThreaded,
}

/// Who imports the file of a path; `None` where its name does not say.
pub fn imported_by(path: &str) -> Option<ImportedBy> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, end) = name.split_once('.')?;
    let tag = end.strip_suffix(".so").or_else(|| end.strip_suffix(".pyd"))?;
    let mut parts = tag.split('-');
    let first = parts.next()?;
    match first {
        "abi3" => Some(ImportedBy::Stable),
        "abi3t" => Some(ImportedBy::StableFreeThreaded),
        "cpython" => cpython(parts.next()?),
        _ => match first.strip_prefix("cp") {
            Some(version) => cpython(version),
            None => foreign(first, parts.next()?),
        },
    }
}

/// `311`, `313t`, `311d`
fn cpython(version: &str) -> Option<ImportedBy> {
    let digits = version.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    is_version(digits)
        .then(|| ImportedBy::Version { python: format!("cp{digits}"), abi: format!("cp{version}") })
}

/// `pypy39-pp73`
fn foreign(python: &str, abi: &str) -> Option<ImportedBy> {
    let digits = python.strip_prefix("pypy")?;
    let is_it = is_version(digits) && abi.starts_with("pp");
    is_it.then(|| ImportedBy::Version {
        python: format!("pp{digits}"),
        abi: format!("{python}_{abi}"),
    })
}

fn is_version(digits: &str) -> bool {
    digits.len() > 1 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_who_imports_a_file() {
        let version = |python: &str, abi: &str| {
            Some(ImportedBy::Version { python: python.into(), abi: abi.into() })
        };
        let table = [
            ("a/_m.cpython-311-x86_64-linux-gnu.so", version("cp311", "cp311")),
            ("_m.cpython-313t-darwin.so", version("cp313", "cp313t")),
            ("_m.cpython-39d-x86_64-linux-gnu.so", version("cp39", "cp39d")),
            ("a.b/_m.cp311-win_amd64.pyd", version("cp311", "cp311")),
            ("_m.cp314t-win_arm64.pyd", version("cp314", "cp314t")),
            ("_m.pypy39-pp73-x86_64-linux-gnu.so", version("pp39", "pypy39_pp73")),
            ("_m.pypy311-pp73-darwin.so", version("pp311", "pypy311_pp73")),
            ("_m.abi3.so", Some(ImportedBy::Stable)),
            ("_m.abi3-x86_64-linux-gnu.so", Some(ImportedBy::Stable)),
            ("_m.abi3t-x86_64-linux-gnu.so", Some(ImportedBy::StableFreeThreaded)),
            ("_m.so", None),
            ("_m.pyd", None),
            ("libcp.so.311", None),
            ("lib.1.2.so", None),
            ("notes.cpython-311.txt", None),
            ("_m.cpython-x-y.so", None),
            ("cpython-311.so", None),
            ("_m.cpu-1.so", None),
        ];
        for (path, expected) in table {
            assert_eq!(imported_by(path), expected, "{path}");
        }
    }
}
