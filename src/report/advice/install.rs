//! How to install what is missing, on the system that builds. Pure.

use crate::model::{Interpreter, Language, PythonVersion, Triple};

/// The systems that differ in how things are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostSystem {
    /// Linux, and every other system that is none of the two below.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl HostSystem {
    /// The system that this program runs on.
    pub const THIS: HostSystem = if cfg!(windows) {
        HostSystem::Windows
    } else if cfg!(target_os = "macos") {
        HostSystem::MacOs
    } else {
        HostSystem::Linux
    };
}

/// The packages that install one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packages {
    /// Package of Debian and Ubuntu.
    pub debian: &'static str,
    /// Package of Fedora.
    pub fedora: &'static str,
    /// Formula of Homebrew, where there is one.
    pub homebrew: Option<&'static str>,
}

/// What installs pkg-config.
pub const PKG_CONFIG: Packages =
    Packages { debian: "pkg-config", fedora: "pkgconf-pkg-config", homebrew: Some("pkgconf") };

/// What a build lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A library with its headers.
    Library(Packages),
    /// A program.
    Program(Packages),
    /// A compiler for a language.
    Compiler(Language),
    /// The headers of an interpreter that is not known.
    PythonHeaders,
}

impl Missing {
    /// What to do on a system, for the end of a sentence.
    pub fn how_to_install(self, host: HostSystem) -> String {
        const WINDOWS: &str = "install it with vcpkg, conda or MSYS2";
        match (self, host) {
            (Missing::Compiler(language), _) => compiler(language, host),
            (Missing::PythonHeaders, _) => any_python_headers(host).into(),
            (Missing::Library(packages) | Missing::Program(packages), HostSystem::Linux) => {
                let Packages { debian, fedora, .. } = packages;
                format!(
                    "`apt install {debian}` (Debian, Ubuntu) or `dnf install {fedora}` (Fedora)"
                )
            }
            (Missing::Library(packages) | Missing::Program(packages), HostSystem::MacOs) => {
                match packages.homebrew {
                    Some(formula) => format!("`brew install {formula}`"),
                    None => "Homebrew has no package of it".into(),
                }
            }
            (Missing::Program(_), HostSystem::Windows) => WINDOWS.into(),
            (Missing::Library(_), HostSystem::Windows) => {
                format!("{WINDOWS}, and name its folders in `include_dirs=` and `library_dirs=`")
            }
        }
    }
}

/// How to get a compiler, on one line.
pub fn compiler(language: Language, host: HostSystem) -> String {
    let system = match (host, language) {
        (HostSystem::MacOs, _) => "`xcode-select --install`",
        (HostSystem::Windows, _) => {
            "install the Visual Studio Build Tools with \"Desktop development with C++\""
        }
        (HostSystem::Linux, Language::C) => {
            "`apt install build-essential` (Debian, Ubuntu) or `dnf install gcc` (Fedora)"
        }
        (HostSystem::Linux, Language::Cxx) => {
            "`apt install build-essential` (Debian, Ubuntu) or `dnf install gcc-c++` (Fedora)"
        }
    };
    format!("{system}; or, into the environment that builds, `python -m pip install ziglang`")
}

/// How to get a compiler for another machine, whose names begin so: `aarch64-linux-gnu`.
pub fn cross_compiler(prefix: &str) -> String {
    let zig = "zig (`python -m pip install ziglang`, into the environment that builds)";
    if prefix.contains("musl") {
        return format!("install {zig}, or set CC to a compiler for that machine");
    }
    let debian = prefix.replace('_', "-");
    format!(
        "`apt install gcc-{debian}` (Debian, Ubuntu), {zig}, or set CC to a compiler for that machine"
    )
}

/// How to get the headers of a Python for another machine.
pub fn target_headers(version: PythonVersion, target: &Triple) -> String {
    format!(
        "put them there: on Debian and Ubuntu they are in the package `libpython{version}-dev` of {}",
        target.debian()
    )
}

/// How to get the headers of an interpreter.
pub fn python_headers(interpreter: &Interpreter) -> String {
    let (name, site) =
        if interpreter.is_pypy() { ("PyPy", "pypy.org") } else { ("Python", "python.org") };
    if interpreter.platform.starts_with("mingw") {
        return format!("install {name} again with `pacman`, which brings its headers along");
    }
    if interpreter.is_windows() || interpreter.is_macos() {
        return format!("install {name} from {site}, which brings its headers along");
    }
    if interpreter.is_pypy() {
        return "`apt install pypy3-dev` (Debian, Ubuntu) or `dnf install pypy3-devel` (Fedora)"
            .into();
    }
    let version = interpreter.version;
    format!(
        "`apt install python3-dev` or `python{version}-dev` (Debian, Ubuntu), \
         `dnf install python3-devel` or `python{version}-devel` (Fedora)"
    )
}

/// The same where the interpreter is not known.
fn any_python_headers(host: HostSystem) -> &'static str {
    match host {
        HostSystem::Linux => {
            "`apt install python3-dev` (Debian, Ubuntu; `pypy3-dev` for PyPy) or \
             `dnf install python3-devel` (Fedora)"
        }
        HostSystem::MacOs | HostSystem::Windows => {
            "install Python from python.org (PyPy from pypy.org), which brings them along"
        }
    }
}

/// Debian's `pyconfig.h` includes the one of the architecture and C library that is compiled for.
pub fn foreign_headers(header: &str) -> String {
    format!(
        "`{header}` would be there if this Python were for the architecture and the C library that \
         the compiler compiles for: look for `-m32`, a target or another C library in CC and CFLAGS"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_linux_has_apt_and_dnf() {
        let packages = Packages { debian: "z-dev", fedora: "z-devel", homebrew: None };
        let all = [
            Missing::Library(packages),
            Missing::Program(PKG_CONFIG),
            Missing::Compiler(Language::C),
            Missing::Compiler(Language::Cxx),
            Missing::PythonHeaders,
        ];
        for missing in all {
            let on = |host| missing.how_to_install(host);
            let linux = on(HostSystem::Linux);
            assert!(linux.contains("apt install") && linux.contains("dnf install"), "{linux}");
            assert!(!linux.contains("brew"), "{linux}");
            for text in [on(HostSystem::MacOs), on(HostSystem::Windows)] {
                assert!(!text.contains("apt ") && !text.contains("dnf "), "{text}");
            }
        }
        let pkg_config = Missing::Program(PKG_CONFIG).how_to_install(HostSystem::MacOs);
        assert_eq!(pkg_config, "`brew install pkgconf`");
    }

    #[test]
    fn headers_come_with_most_interpreters() {
        for (platform, implementation, part) in [
            ("linux-x86_64", "cpython", "`python3.12-dev`"),
            ("linux-x86_64", "pypy", "pypy3-devel"),
            ("macosx-11.0-arm64", "cpython", "Python from python.org"),
            ("win-amd64", "pypy", "PyPy from pypy.org"),
            ("mingw_x86_64", "cpython", "`pacman`"),
        ] {
            let interpreter = Interpreter {
                implementation: implementation.into(),
                ..Interpreter::cpython(PythonVersion(3, 12), platform)
            };
            let text = python_headers(&interpreter);
            assert!(text.contains(part), "{platform} {implementation}: {text}");
        }
    }
}
