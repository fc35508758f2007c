//! What is compiled for platforms that are not at hand: a compiler that writes down what it is
//! told, and Cargo's variables as they would be there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::crates::{Crates, python, stderr};

const PLAIN: &str = "officina-example-plain";

/// Writes down its words, and compiles without those that Apple's compilers alone know.
const RECORDING_COMPILER: &str = r#"
echo "$@" >> "$(dirname "$0")/words"
last=
for word; do
    shift
    case "$last $word" in
        *" -arch" | "-arch "* | *" -mmacosx-version-min="*) ;;
        *) set -- "$@" "$word" ;;
    esac
    last=$word
done
exec cc "$@"
"#;

/// A build script that was built, for runs without Cargo.
struct BuildScript {
    crates: Crates,
    program: PathBuf,
}

impl BuildScript {
    fn with(limited_api: &str) -> Self {
        let crates = Crates::example();
        let call = format!(".limited_api(officina_build::LimitedApi::{limited_api}).compile");
        // What PyO3 says is in a file here.
        crates.edit("plain/build.rs", |text| text.replace(".compile", &call));
        let config = crates.path("pyo3.txt");
        crates.write("pyo3.txt", "version=3.11\ntarget_abi=CPython-abi3-3.10\n");
        crates.build(PLAIN, &[], &[("PYO3_CONFIG_FILE", config.to_str().unwrap())]);
        let program = crates.made(PLAIN, "build-script-build");
        crates.program("recording-cc", RECORDING_COMPILER);
        BuildScript { crates, program }
    }

    /// The words of the compile of what cffi has generated, and what was told to Cargo.
    fn run(
        &self,
        target: &str,
        config: &str,
        variables: &[(&str, &str)],
    ) -> Result<(String, String), String> {
        let _ = std::fs::remove_file(self.crates.path("words"));
        self.crates.write("pyo3.txt", config);
        let out = self.crates.path("out");
        std::fs::create_dir_all(&out).unwrap();
        let output = Command::new(&self.program)
            .env_clear()
            .current_dir(self.crates.path("plain"))
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("CARGO_MANIFEST_DIR", self.crates.path("plain"))
            .env("OUT_DIR", out)
            .envs([
                ("HOST", "x86_64-unknown-linux-gnu"),
                ("TARGET", target),
                ("OPT_LEVEL", "0"),
                ("DEBUG", "false"),
            ])
            .env("CARGO_CFG_TARGET_ARCH", target.split('-').next().unwrap())
            .env("CC", self.crates.path("recording-cc"))
            .env("PYO3_PYTHON", python())
            .env("PYO3_CONFIG_FILE", self.crates.path("pyo3.txt"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        if !output.status.success() {
            return Err(stderr(&output));
        }
        let line = self.compiler_starts();
        let line = line
            .iter()
            .find(|line| line.contains("generated/_plain.c") && line.contains("-c "))
            .unwrap();
        Ok((line.to_owned(), String::from_utf8(output.stdout).unwrap()))
    }

    /// The words of each start of a compiler in the last run.
    fn compiler_starts(&self) -> Vec<String> {
        let words = std::fs::read_to_string(self.crates.path("words")).unwrap();
        words.lines().map(str::to_owned).collect()
    }
}

fn headers_of_this_python() -> PathBuf {
    let ask = ["-c", "import sysconfig; print(sysconfig.get_path('include'), end='')"];
    let output = Command::new(python()).args(ask).output().unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_c_is_for_what_pyo3_builds_for() {
    let script = BuildScript::with("FromPyo3");
    let here = "x86_64-unknown-linux-gnu";
    let table: [(&str, &[&str], &str); 3] = [
        (
            "version=3.11\ntarget_abi=CPython-abi3-3.10\n",
            &["-DPy_LIMITED_API=0x030a0000"],
            "-D_CFFI_NO_LIMITED_API",
        ),
        (
            "version=3.15\ntarget_abi=CPython-abi3t-3.15\n",
            &["-DPy_TARGET_ABI3T=0x030f0000", "-DPy_LIMITED_API=0x030f0000"],
            "-D_CFFI_NO_LIMITED_API",
        ),
        (
            "version=3.11\ntarget_abi=CPython-gil_enabled-3.11\n",
            &["-D_CFFI_NO_LIMITED_API"],
            "-DPy_LIMITED_API",
        ),
    ];
    for (config, expected, other) in table {
        let (words, _) = script.run(here, config, &[]).unwrap();
        assert!(expected.iter().all(|word| words.contains(word)), "{config}: {words}");
        assert!(!words.contains(other), "{config}: {words}");
        assert!(words.contains("-DPyInit__plain=officina_init__plain"), "{words}");
    }
}

#[test]
fn a_cross_build_takes_the_headers_of_its_target() {
    let script = BuildScript::with("FromBuilder");
    let target = "aarch64-unknown-linux-gnu";
    let config = "version=3.12\ntarget_abi=CPython-abi3-3.10\n";
    let own = headers_of_this_python();
    let sysroot = script.crates.path("sysroot/usr");
    let library_dir = sysroot.join("lib");
    std::fs::create_dir_all(&library_dir).unwrap();
    let cross = [("PYO3_CROSS_LIB_DIR", library_dir.to_str().unwrap())];

    let refused = script.run(target, config, &cross).unwrap_err();
    let expected = sysroot.join("include/python3.12/Python.h");
    assert!(
        refused.contains(
            "error: the headers of the Python for `aarch64-unknown-linux-gnu` are not known"
        ),
        "{refused}"
    );
    assert!(refused.contains(&format!("note: looked for `{}`", expected.display())), "{refused}");
    assert!(refused.contains("hint: point PYO3_CROSS_LIB_DIR at the `lib` folder"), "{refused}");

    std::fs::create_dir_all(sysroot.join("include")).unwrap();
    std::os::unix::fs::symlink(&own, sysroot.join("include/python3.12")).unwrap();
    let (words, _) = script.run(target, config, &cross).unwrap();
    assert!(has_include(&words, &sysroot.join("include/python3.12")), "{words}");
    assert!(!has_include(&words, &own), "{words}");
}

#[test]
fn windows_links_what_its_headers_ask_for() {
    let script = BuildScript::with("FromBuilder");
    let config = "version=3.14\ntarget_abi=CPython-free_threaded-3.14\n";
    let sysroot = script.crates.path("windows");
    std::fs::create_dir_all(sysroot.join("libs")).unwrap();
    std::os::unix::fs::symlink(headers_of_this_python(), sysroot.join("include")).unwrap();
    let library_dir = sysroot.join("libs");
    let cross = [("PYO3_CROSS_LIB_DIR", library_dir.to_str().unwrap())];
    let archiver = [("AR", "ar"), cross[0]];
    let (words, told) = script.run("x86_64-pc-windows-gnu", config, &archiver).unwrap();
    assert!(words.contains("-DPy_GIL_DISABLED=1"), "{words}");
    let search = format!("cargo::rustc-link-search=native={}", library_dir.display());
    assert!(told.lines().any(|line| line == search), "{told}");
    // MinGW does not read the pragma in `pyconfig.h` that names the library.
    let limited = "version=3.12\ntarget_abi=CPython-abi3-3.10\n";
    for (config, library) in [(config, "python314t"), (limited, "python3")] {
        let (_, told) = script.run("x86_64-pc-windows-gnu", config, &archiver).unwrap();
        let named: Vec<_> = told.lines().filter(|line| line.contains("lib=python")).collect();
        assert_eq!(named, [format!("cargo::rustc-link-lib={library}")], "{config}");
    }
}

#[test]
fn macos_looks_for_python_when_it_loads_a_library() {
    let script = BuildScript::with("FromBuilder");
    let config = "version=3.12\ntarget_abi=CPython-gil_enabled-3.12\n";
    let own = headers_of_this_python();
    let prefix = script.crates.path("mac");
    std::fs::create_dir_all(prefix.join("lib")).unwrap();
    std::os::unix::fs::symlink(own, prefix.join("include")).unwrap();
    let library_dir = prefix.join("lib");
    let variables = [("PYO3_CROSS_LIB_DIR", library_dir.to_str().unwrap()), ("AR", "ar")];
    let words =
        ["-undefined", "dynamic_lookup"].map(|w| format!("cargo::rustc-link-arg-cdylib={w}"));
    let told = |target: &str| -> Vec<String> {
        let (_, told) = script.run(target, config, &variables).unwrap();
        told.lines().filter(|line| line.contains("-cdylib")).map(str::to_owned).collect()
    };
    for target in ["aarch64-apple-darwin", "x86_64-apple-darwin"] {
        assert_eq!(told(target), words, "{target}");
    }
    assert_eq!(told("aarch64-unknown-linux-gnu"), Vec::<String>::new());
    // A library of Rust alone has no linker, and Cargo would warn of words for it.
    script.crates.edit("plain/Cargo.toml", |text| text.replace("\"cdylib\"", "\"rlib\""));
    assert_eq!(told("aarch64-apple-darwin"), Vec::<String>::new());
}

#[test]
fn a_compiler_is_asked_once_for_all_sources() {
    let script = BuildScript::with("FromBuilder");
    let config = "version=3.11\ntarget_abi=CPython-abi3-3.10\n";
    let starts = || {
        script.run("x86_64-unknown-linux-gnu", config, &[]).unwrap();
        let starts = script.compiler_starts();
        let is_compile = |line: &&String| line.contains("-MF ");
        (starts.iter().filter(is_compile).count(), starts.len())
    };
    let (compiles, all) = starts();
    assert_eq!(compiles, 2); // what cffi has generated, and `count.c`
    script.crates.write("plain/csrc/more.c", "int more(void);\nint more(void) { return 1; }\n");
    script.crates.edit("plain/cffi/build_plain.py", |text| {
        text.replace("\"csrc/count.c\"", "\"csrc/count.c\", \"csrc/more.c\"")
    });
    assert_eq!(starts(), (compiles + 1, all + 1));
}

fn has_include(words: &str, folder: &Path) -> bool {
    let folder = folder.to_str().unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    words.windows(2).any(|pair| pair[0] == "-I" && pair[1] == folder)
        || words.iter().any(|word| word.strip_prefix("-I") == Some(folder))
}
