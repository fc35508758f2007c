//! What an extension module's file is called. Pure.
//!
//! The rules are those of CPython's import system: <https://docs.python.org/3/c-api/stable.html>.

use crate::model::{Abi, Interpreter, ModuleName, PythonVersion, Sysconfig, Target};

/// The stable ABI without the lock.
const ABI3T: &str = ".abi3t";

/// The path of an extension module in the wheel: `pkg/_foo.abi3.so`.
pub fn extension_file_name(name: &ModuleName, abi: Abi, target: Target) -> String {
    name.file(&extension_suffix(abi, target))
}

/// What follows the module's name in its file name: `.abi3.so`, `.cp311-win_amd64.pyd`.
pub fn extension_suffix(abi: Abi, target: Target) -> String {
    let Target { interpreter, sysconfig } = target;
    let limited = match abi {
        Abi::Embedding => return library_suffix(interpreter).to_owned(),
        Abi::Version => None,
        Abi::LimitedFreeThreaded => Some(ABI3T),
        // A stable ABI without the lock begins with 3.15.
        Abi::Limited { .. } if !interpreter.free_threaded => Some(".abi3"),
        Abi::Limited { .. } if interpreter.version >= PythonVersion(3, 15) => Some(ABI3T),
        Abi::Limited { .. } => None,
    };
    let version = sysconfig
        .ext_suffix
        .clone()
        .unwrap_or_else(|| if interpreter.is_windows() { ".pyd".into() } else { ".so".into() });
    limited.and_then(|abi| stable_suffix(abi, &version, sysconfig)).unwrap_or(version)
}

/// The stable-ABI spelling of a version-specific suffix; `None` where this interpreter would not
/// look for one (PyPy, GraalPy).
///
/// CPython 3.15 prefers a name with the platform in it (`.abi3-x86_64-linux-gnu.so`), and
/// setuptools follows. CPython before that does not know it: a wheel for `cp39-abi3` would install
/// there and fail to import. So such names are for `.abi3t`, which begins with 3.15; the plain
/// `.abi3` is found by all.
fn stable_suffix(abi: &str, version: &str, sysconfig: &Sysconfig) -> Option<String> {
    if version.ends_with(".pyd") {
        return Some(".pyd".into());
    }
    let end = version.strip_prefix(".cpython-")?.rsplit_once('.')?.1;
    match sysconfig.soabi_platform.as_deref() {
        Some(platform) if abi == ABI3T => Some(format!("{abi}-{platform}.{end}")),
        _ => Some(format!("{abi}.{end}")),
    }
}

/// How this system calls a library, for one that embeds Python.
fn library_suffix(interpreter: &Interpreter) -> &'static str {
    if interpreter.is_windows() {
        ".dll"
    } else if interpreter.is_macos() {
        ".dylib"
    } else {
        ".so"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suffix(abi: Abi, platform: &str, version: (u8, u8, &str), own: &str) -> String {
        let interpreter = Interpreter {
            free_threaded: version.2 == "t",
            ..Interpreter::cpython(PythonVersion(version.0, version.1), platform)
        };
        let sysconfig = Sysconfig {
            ext_suffix: (!own.is_empty()).then(|| own.into()),
            soabi_platform: (version.1 >= 15).then(|| "x86_64-linux-gnu".into()),
            ..Sysconfig::default()
        };
        extension_suffix(abi, Target { interpreter: &interpreter, sysconfig: &sysconfig })
    }

    #[test]
    fn every_interpreter_gets_the_name_that_it_looks_for() {
        const LIMITED: Abi = Abi::Limited { minimum: None };
        const NO_LOCK: Abi = Abi::LimitedFreeThreaded;
        let linux = |tag| format!(".cpython-{tag}-x86_64-linux-gnu.so");
        let (v11, v15) = ((3, 11, ""), (3, 15, ""));
        let (v13t, v15t) = ((3, 13, "t"), (3, 15, "t"));
        let (gnu, mac, win) = ("linux-x86_64", "macosx-11.0-arm64", "win-amd64");
        let pypy = ".pypy39-pp73-x86_64-linux-gnu.so";
        let (darwin, pyd) = (".cpython-311-darwin.so", ".cp311-win_amd64.pyd");
        let (l11, l13t, l15, l15t) = (linux("311"), linux("313t"), linux("315"), linux("315t"));
        let cases: [(Abi, &str, _, &str, &str); 17] = [
            (LIMITED, gnu, v11, &l11, ".abi3.so"),
            (Abi::Version, gnu, v11, &l11, &l11),
            (Abi::Embedding, gnu, v11, &l11, ".so"),
            (LIMITED, gnu, v15, &l15, ".abi3.so"),
            (Abi::Version, gnu, v15, &l15, &l15),
            (LIMITED, gnu, v13t, &l13t, &l13t),
            (LIMITED, gnu, v15t, &l15t, ".abi3t-x86_64-linux-gnu.so"),
            (NO_LOCK, gnu, v15t, &l15t, ".abi3t-x86_64-linux-gnu.so"),
            (LIMITED, gnu, (3, 9, ""), pypy, pypy),
            (LIMITED, mac, v11, darwin, ".abi3.so"),
            (Abi::Embedding, mac, v11, darwin, ".dylib"),
            (LIMITED, win, v11, pyd, ".pyd"),
            (Abi::Version, win, v11, pyd, pyd),
            (Abi::Embedding, win, v11, pyd, ".dll"),
            (LIMITED, "mingw_x86_64", v11, ".cp311-mingw_x86_64.pyd", ".pyd"),
            (LIMITED, win, v11, "", ".pyd"),
            (Abi::Version, gnu, v11, "", ".so"),
        ];
        for (abi, platform, version, own, expected) in cases {
            let found = suffix(abi, platform, version, own);
            assert_eq!(found, expected, "{abi:?} {platform} {own}");
        }
    }
}
