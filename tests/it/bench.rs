//! A workbench for compiler tests: a project in a temporary folder, compilers that only record how
//! they were called, and the facts of interpreters that this machine does not have.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

use std::collections::BTreeMap;
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use officina::engine::cache::ActionCache;
use officina::engine::jobserver::Jobs;
use officina::error::{Error, Result};
use officina::model::{
    Abi, BuildOptions, Detail, Environment, ExtensionSpec, Interpreter, ModuleName, PythonVersion,
    Sysconfig, Target, WheelKind,
};
use officina::report::Console;
use officina::steps::context::{CompileContext, UndefinedSymbolPolicy};
use officina::steps::make_modules::{self, LinkedModule};
use officina::steps::path_mapping::{FolderSpellings, PathMapping};
use officina::steps::toolchains::Toolchains;

/// Variables of the environment, for tables of cases.
pub type Variables = &'static [(&'static str, &'static str)];

/// What the GCC-like compile lines of generated sources hold, once made anonymous: they lie outside
/// of a bench's project.
pub const MAPS: &str = "-ffile-prefix-map=SCRATCH=.";

/// What all GCC-like compile lines hold where debug information would name the folders.
pub const ALL_MAPS: &str = "-ffile-prefix-map=ROOT=. -ffile-prefix-map=SCRATCH=.";

/// Appends its name and arguments to the log beside it, and makes the file it was asked for.
const RECORDER: &str = r#"#!/bin/sh
for arg in "$@"; do [ "$arg" = -dumpversion ] && { echo 12.2.0; exit 0; }; done
{
  printf '%s' "${0##*/}"
  [ -n "$MACOSX_DEPLOYMENT_TARGET" ] && printf ' {%s}' "$MACOSX_DEPLOYMENT_TARGET"
  for arg in "$@"; do printf ' %s' "$arg"; done
  echo
} >> "${0%/*}/log"
previous=
for arg in "$@"; do
  case "$arg" in /Fo*) echo made > "${arg#/Fo}" ;; /OUT:*) echo made > "${arg#/OUT:}" ;; esac
  [ "$previous" = -o ] && echo made > "$arg"
  previous=$arg
done
exit 0
"#;

/// A project to compile, and everything that decides how.
pub struct Workbench {
    folder: tempfile::TempDir,
    pub interpreter: Interpreter,
    pub sysconfig: Sysconfig,
    pub environment: BTreeMap<&'static str, String>,
    pub options: BuildOptions,
    pub kind: WheelKind,
}

impl Workbench {
    /// A project on Linux with CPython 3.11 and no compiler but the ones named.
    pub fn with_recorders(names: &[&str]) -> Self {
        let bench = Workbench::new(linux(), linux_sysconfig());
        for name in names {
            bench.recorder(name);
        }
        bench
    }

    /// A project whose interpreter has its headers in the bench.
    pub fn new(interpreter: Interpreter, sysconfig: Sysconfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(folder.path()).unwrap();
        let include = real.join("include");
        for made in ["project/src", "scratch", "bin", "include"] {
            fs::create_dir_all(real.join(made)).unwrap();
        }
        fs::write(include.join("Python.h"), "").unwrap();
        let path = format!("{}:/nowhere", real.join("bin").display());
        Workbench {
            folder,
            interpreter,
            sysconfig: Sysconfig { include_dirs: vec![include], ..sysconfig },
            environment: [("PATH", path)].into(),
            options: BuildOptions { jobs: Some(1), ..BuildOptions::default() },
            kind: WheelKind::Standard,
        }
    }

    /// The same with this machine's compilers.
    pub fn with_real_compilers() -> Self {
        let mut bench = Workbench::new(linux(), linux_sysconfig());
        bench.environment.insert("PATH", std::env::var("PATH").unwrap());
        bench.options.jobs = None;
        bench
    }

    pub fn set(mut self, name: &'static str, value: &str) -> Self {
        let value = value.replace("BIN", &self.bin().display().to_string());
        self.environment.insert(name, value);
        self
    }

    pub fn root(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join("project")
    }

    pub fn bin(&self) -> PathBuf {
        self.root().with_file_name("bin")
    }

    pub fn scratch(&self) -> PathBuf {
        self.root().with_file_name("scratch")
    }

    /// A compiler that records, in `PATH`.
    pub fn recorder(&self, name: &str) {
        self.program(name, RECORDER);
    }

    pub fn program(&self, name: &str, script: &str) {
        let file = self.bin().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, script).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Writes a file of the project.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.root().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// A module with a generated source in the scratch folder and nothing else.
    pub fn spec(&self, name: &str, suffix: &str, text: &str) -> ExtensionSpec {
        // What starts a module: without it the link check refuses the file.
        let function = format!("PyInit_{}", name.rsplit('.').next().unwrap());
        let init = format!("extern \"C\" {{\n#endif\nvoid *{function}(void) {{ return 0; }}\n");
        let init = format!("#ifdef __cplusplus\n{init}#ifdef __cplusplus\n}}\n#endif\n");
        let text = &format!("{text}\n{init}");
        let generated = self.scratch().join("generated").join(format!("{name}{suffix}"));
        fs::create_dir_all(generated.parent().unwrap()).unwrap();
        fs::write(&generated, text).unwrap();
        ExtensionSpec {
            generated_source: Some(generated),
            ..ExtensionSpec::new(ModuleName::new(name).unwrap(), "foo_build.py", Abi::Version)
        }
    }

    pub fn environment(&self) -> Environment {
        Environment(self.environment.iter().map(|(k, v)| (k.into(), v.into())).collect())
    }

    /// A build in the scratch folder with the bench's options.
    pub fn build(&self) -> BenchBuild<'_> {
        BenchBuild {
            bench: self,
            root: self.root(),
            build_dir: self.scratch(),
            environment: self.environment(),
            options: self.options.clone(),
            jobs: Jobs::new(self.options.jobs, &self.environment()),
            cache: ActionCache::default(),
            spellings: FolderSpellings::of(&self.root(), &self.scratch()),
            toolchains: Toolchains::default(),
        }
    }

    pub fn make(&self, specs: &[&ExtensionSpec]) -> Result<Vec<LinkedModule>> {
        self.build().make(specs)
    }

    /// The command lines that the recorders saw, with the bench's folders as `ROOT`, `SCRATCH`,
    /// `BIN` and `INCLUDE`, and without what asks a compiler to tell what it reads.
    pub fn recorded(&self, specs: &[&ExtensionSpec]) -> Vec<String> {
        self.recorded_whole(specs).iter().map(|line| without_dependencies(line)).collect()
    }

    /// As `recorded`, with every word.
    pub fn recorded_whole(&self, specs: &[&ExtensionSpec]) -> Vec<String> {
        self.make(specs).unwrap_or_else(|error| panic!("{error:#?}"));
        let log = fs::read_to_string(self.bin().join("log")).unwrap();
        log.lines().map(|line| self.anonymous(line)).collect()
    }

    pub fn anonymous(&self, line: &str) -> String {
        let include = self.root().with_file_name("include");
        [
            ("ROOT", self.root()),
            ("SCRATCH", self.scratch()),
            ("BIN", self.bin()),
            ("INCLUDE", include),
        ]
        .iter()
        .fold(line.to_owned(), |line, (name, path)| line.replace(path.to_str().unwrap(), name))
    }

    pub fn failure(&self, specs: &[&ExtensionSpec]) -> Error {
        self.make(specs).expect_err("it should have failed")
    }
}

/// Everything that a [`CompileContext`] borrows.
pub struct BenchBuild<'a> {
    bench: &'a Workbench,
    root: PathBuf,
    pub build_dir: PathBuf,
    pub environment: Environment,
    pub options: BuildOptions,
    jobs: Jobs,
    pub cache: ActionCache,
    spellings: FolderSpellings,
    toolchains: Toolchains,
}

impl BenchBuild<'_> {
    /// The same in another folder.
    pub fn in_folder(mut self, build_dir: &Path) -> Self {
        self.build_dir = build_dir.to_owned();
        self.spellings = FolderSpellings::of(&self.root, build_dir);
        self
    }

    pub fn context(&self) -> CompileContext<'_> {
        CompileContext {
            paths: PathMapping {
                root: &self.root,
                build_dir: &self.build_dir,
                spellings: &self.spellings,
            },
            keeps_build_dir: true,
            target: Target {
                interpreter: &self.bench.interpreter,
                sysconfig: &self.bench.sysconfig,
            },
            environment: &self.environment,
            options: &self.options,
            kind: self.bench.kind,
            undefined: UndefinedSymbolPolicy::Refuse,
            cache: &self.cache,
            jobs: &self.jobs,
            toolchains: &self.toolchains,
            console: Console { detail: Detail::Steps },
        }
    }

    pub fn make(&self, specs: &[&ExtensionSpec]) -> Result<Vec<LinkedModule>> {
        let specs: Vec<ExtensionSpec> = specs.iter().map(|spec| spec.with(&self.options)).collect();
        let specs: Vec<&ExtensionSpec> = specs.iter().collect();
        Ok(make_modules::make(&specs, &[], &self.context(), || Ok(()))?.0)
    }
}

/// The words that ask for a dep file are the same in every line but for its name.
fn without_dependencies(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for (options, value) in [
        ("-MD -MT read -MF", 1),
        ("/sourceDependencies", 1),
        ("/clang:-MD /clang:-MT /clang:read", 1),
    ] {
        let options: Vec<&str> = options.split(' ').collect();
        if let Some(at) = words.windows(options.len()).position(|window| window == options) {
            words.drain(at..at + options.len() + value);
        }
    }
    words.retain(|word| !word.starts_with("--dependency-file="));
    let every = ["-Wl,--exclude-libs,ALL", "-Wl,--strip-debug", "-Wl,-S"];
    words.retain(|word| !every.contains(word));
    words.retain(|word| {
        *word != "-Xlinker" && *word != "-dependency_info" && !word.ends_with("link.d")
    });
    words.join(" ")
}

pub fn linux() -> Interpreter {
    Interpreter {
        executable: "/usr/bin/python3".into(),
        ..Interpreter::cpython(PythonVersion(3, 11), "linux-x86_64")
    }
}

/// As pyenv leaves it: with debug information and with folders of its own.
pub fn linux_sysconfig() -> Sysconfig {
    let own = "-L/pyenv/lib -Wl,-rpath,/pyenv/lib";
    Sysconfig {
        cc: Some("gcc -pthread".into()),
        cxx: Some("g++ -pthread".into()),
        cflags: Some("-Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall".into()),
        ccshared: Some("-fPIC".into()),
        ldshared: Some(format!("gcc -pthread -shared {own} {own}")),
        ldcxxshared: Some(format!("g++ -pthread -shared {own}")),
        ext_suffix: Some(".cpython-311-x86_64-linux-gnu.so".into()),
        libdir: Some("/pyenv/lib".into()),
        ldlibrary: Some("libpython3.11.so".into()),
        enable_shared: true,
        ..Sysconfig::default()
    }
}

/// CPython 3.12 of python.org for both kinds of Mac.
pub fn mac() -> (Interpreter, Sysconfig) {
    let both = "-arch arm64 -arch x86_64";
    let interpreter = Interpreter {
        version: PythonVersion(3, 12),
        platform: "macosx-10.13-universal2".into(),
        ..linux()
    };
    let sysconfig = Sysconfig {
        cc: Some("clang".into()),
        cxx: Some("clang++".into()),
        cflags: Some(format!("-DNDEBUG -g -O3 {both} -isysroot /gone/MacOSX11.sdk")),
        ccshared: Some(String::new()),
        ldshared: Some(format!("clang -bundle -undefined dynamic_lookup {both} -g")),
        ldcxxshared: Some(format!("clang++ -bundle -undefined dynamic_lookup {both} -g")),
        ext_suffix: Some(".cpython-312-darwin.so".into()),
        ldlibrary: Some("libpython3.12.dylib".into()),
        macosx_deployment_target: Some("10.13".into()),
        ..Sysconfig::default()
    };
    (interpreter, sysconfig)
}

/// CPython 3.12 of python.org for Windows, or one built with MinGW.
pub fn windows(platform: &str) -> (Interpreter, Sysconfig) {
    let interpreter =
        Interpreter { version: PythonVersion(3, 12), platform: platform.into(), ..linux() };
    let sysconfig = Sysconfig {
        ext_suffix: Some(".cp312-win_amd64.pyd".into()),
        base_exec_prefix: Path::new("/python").into(),
        ..Sysconfig::default()
    };
    (interpreter, sysconfig)
}
