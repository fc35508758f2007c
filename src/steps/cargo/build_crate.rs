//! Builds the library of one crate.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::engine::digest::{Digest, digest_of};
use crate::engine::input::Input;
use crate::engine::jobserver::Jobs;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::engine::step::{Ran, Step};
use crate::error::{Ending, Error, Result};
use crate::fs;
use crate::model::{CrateLink, Environment, Location};
use crate::process::{self, Cancel, Finished, Invocation, Output, Said};
use crate::report::Console;
use crate::steps::cargo::failure::{FailedCargo, hints};
use crate::steps::cargo::inputs;
use crate::steps::cargo::messages::Messages;
use crate::steps::cargo::packages::{self, CratePackage};
use crate::steps::shared_jobs::with_jobs;

/// Has cargo build the library of a crate.
pub struct BuildCrate<'a> {
    /// Its id in the cache.
    pub id: String,
    /// The name of the library.
    pub name: &'a str,
    /// Its place in `pyproject.toml`.
    pub place: Location,
    /// How modules get at it.
    pub link: CrateLink,
    /// Its Cargo.toml, relative to the project root.
    pub manifest: String,
    /// Its Cargo.lock, relative to the project root.
    pub lock: String,
    /// The least Rust that it wants, where it says so.
    pub rust_version: Option<String>,
    /// The words that are this crate's: features, profile, `--offline`.
    pub words: Vec<String>,
    /// The target triples; none: cargo's own choice. Of several, one file is made (macOS).
    pub targets: Vec<String>,
    /// What cargo sees.
    pub environment: Environment,
    /// The variables that the project sets, as `NAME=value`.
    pub settings: Vec<String>,
    /// The Cargo.toml files and the Cargo.lock that it needs, and the configuration of cargo and
    /// rustup, be that there or not. Absolute.
    pub files: Vec<PathBuf>,
    /// The folder that cargo keeps its own records and results in.
    pub folder: PathBuf,
    /// The project root, in which cargo runs.
    pub root: &'a Path,
    /// The folders whose names change between builds.
    pub paths: &'a RelocatablePaths,
    /// What cargo shares with all else that runs.
    pub jobs: &'a Jobs,
    /// Where progress is told.
    pub console: Console,
}

/// What a build of a crate made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrateAnswer {
    /// The library.
    pub library: PathBuf,
    /// What a static one needs of the system, in the words of a linker.
    pub native_libraries: Vec<String>,
    /// Folders where these are.
    pub library_dirs: Vec<PathBuf>,
    /// The packages that were compiled for it, sorted, each once.
    pub packages: Vec<CratePackage>,
}

impl BuildCrate<'_> {
    /// The id in the cache of the crate in this folder.
    pub fn id_of(path: &str) -> String {
        format!("crate {path}")
    }

    fn crate_type(&self) -> &'static str {
        match self.link {
            CrateLink::Static => "staticlib",
            CrateLink::Shared => "cdylib",
        }
    }

    /// The suffixes of what is made, on any system.
    fn suffixes(&self) -> &'static [&'static str] {
        match self.link {
            CrateLink::Static => &["a", "lib"],
            CrateLink::Shared => &["so", "dylib", "dll"],
        }
    }

    fn program(&self) -> OsString {
        self.environment.text("CARGO").filter(|said| !said.is_empty()).unwrap_or("cargo").into()
    }

    fn invocation(&self, target: Option<&str>) -> Invocation {
        let target_dir = self.folder.display().to_string();
        let fixed = ["rustc", "--manifest-path", &self.manifest, "--lib", "--crate-type"];
        let fixed = fixed.into_iter().chain([self.crate_type(), "--locked", "--target-dir"]);
        let mut words: Vec<String> = fixed.map(str::to_owned).collect();
        words.extend([target_dir, "--message-format=json".to_owned()]);
        words.extend(self.words.iter().cloned());
        words.extend(target.iter().map(|target| format!("--target={target}")));
        if self.link == CrateLink::Static {
            words.extend(["--", "--print", "native-static-libs"].map(str::to_owned));
        }
        Invocation {
            program: self.program(),
            arguments: words.into_iter().map(Into::into).collect(),
            directory: self.root.to_owned(),
            environment: with_jobs(self.jobs, &self.environment, self.root),
        }
    }

    fn build(&self, target: Option<&str>, cancel: &Cancel) -> Result<Messages> {
        let invocation = self.invocation(target);
        self.console.command(&invocation.command_line());
        let mut messages = Messages::default();
        let mut said = String::new();
        let manifest = self.root.join(&self.manifest);
        let finished = process::run_listening(&invocation, cancel, |line| {
            let text = match line {
                Said::Out(line) => messages.read(&line, &manifest),
                Said::Err(line) => Some(line),
            };
            if let Some(text) = text {
                self.console.output(&text);
                said.push_str(&text);
            }
        });
        let finished = finished.map_err(|error| self.cannot_start(error))?;
        match finished.status.success() {
            true => Ok(messages),
            false => Err(self.failed(&finished, &said, target, &invocation)),
        }
    }

    fn cannot_start(&self, error: Error) -> Error {
        if error.parts().ending == Ending::Interrupted {
            return error;
        }
        let wanted = match &self.rust_version {
            Some(version) => format!("Rust {version} or newer"),
            None => "Rust".to_owned(),
        };
        self.error(format!("the crate `{}` is built by cargo, which is not there", self.name))
            .note(error.to_string())
            .hint(format!(
                "install {wanted}: see https://rustup.rs, or the package `cargo` of the system"
            ))
    }

    fn failed(
        &self,
        finished: &Finished,
        said: &str,
        target: Option<&str>,
        invocation: &Invocation,
    ) -> Error {
        let failed = FailedCargo {
            said,
            manifest: &self.manifest,
            lock: &self.lock,
            target,
            is_offline: self.words.iter().any(|word| word == "--offline"),
        };
        let message = format!(
            "the crate `{}` was not built: cargo ended with {}",
            self.name,
            finished.ending()
        );
        let error = self
            .error(message)
            .note(format!("the command was: {}", invocation.command_line()))
            .note(format!("it ran in {}", self.root.display()));
        let hints = hints(&failed);
        match hints.is_empty() {
            true => error.hint("what it said stands above"),
            false => hints.into_iter().fold(error, Error::hint),
        }
    }

    fn error(&self, message: String) -> Error {
        Error::new(message).at(&self.place.source, self.place.span.clone())
    }

    /// Where cargo and rustc are found now.
    fn programs(&self) -> impl Iterator<Item = PathBuf> {
        let path = self.environment.0.get(std::ffi::OsStr::new("PATH"));
        let programs = [self.program(), self.rustc()].into_iter();
        programs.filter_map(move |program| which::which_in(program, path, self.root).ok())
    }

    fn rustc(&self) -> OsString {
        self.environment.text("RUSTC").filter(|said| !said.is_empty()).unwrap_or("rustc").into()
    }

    /// The compiler that cargo ran: another one makes other code.
    fn compiler(&self) -> BTreeSet<Input> {
        let question = Invocation {
            program: self.rustc(),
            arguments: ["--print".into(), "sysroot".into()].into(),
            directory: self.root.to_owned(),
            environment: self.environment.clone(),
        };
        let mut inputs: BTreeSet<Input> = self.programs().map(Input::File).collect();
        let rustc = if cfg!(windows) { "rustc.exe" } else { "rustc" };
        if let Ok(answer) = process::run(&question, Output::Captured)
            && answer.status.success()
        {
            let rustc = Path::new(answer.output.trim_end()).join("bin").join(rustc);
            inputs.insert(Input::File(rustc));
        }
        inputs
    }

    fn each_target(&self) -> Vec<Option<&str>> {
        match self.targets.as_slice() {
            [] => vec![None],
            targets => targets.iter().map(|target| Some(target.as_str())).collect(),
        }
    }

    /// One file for several architectures.
    fn joined(&self, answers: Vec<CrateAnswer>) -> Result<CrateAnswer> {
        let made: Vec<PathBuf> = answers.iter().map(|answer| answer.library.clone()).collect();
        let failed = || self.error(format!("nothing was built of the crate `{}`", self.name));
        let packages: BTreeSet<CratePackage> =
            answers.iter().flat_map(|answer| answer.packages.iter().cloned()).collect();
        let first = answers.into_iter().next().ok_or_else(failed)?;
        let first = CrateAnswer { packages: packages.into_iter().collect(), ..first };
        if made.len() == 1 {
            return Ok(first);
        }
        let library =
            self.folder.join("universal").join(first.library.file_name().unwrap_or_default());
        fs::create_parent(&library)?;
        fs::remove_if_there(&library)?;
        let words = ["-create".into(), "-output".into(), library.clone()].into_iter().chain(made);
        let invocation = Invocation {
            program: "lipo".into(),
            arguments: words.map(Into::into).collect(),
            directory: self.root.to_owned(),
            environment: self.environment.clone(),
        };
        let finished = process::run(&invocation, Output::Captured)?;
        if !finished.status.success() {
            let message =
                format!("lipo ended with {} for the crate `{}`", finished.ending(), self.name);
            let note = format!("the command was: {}", invocation.command_line());
            return Err(self.error(message).note(note).output(finished.output));
        }
        Ok(CrateAnswer { library, ..first })
    }

    fn answer(&self, messages: &Messages) -> Result<CrateAnswer> {
        let Some(library) = messages.library(self.suffixes()) else {
            let (name, kind) = (self.name, self.crate_type());
            return Err(self.error(format!("cargo made no {kind} of the crate `{name}`")));
        };
        Ok(CrateAnswer {
            library: library.to_owned(),
            native_libraries: messages.native_libraries.clone(),
            library_dirs: messages.library_dirs.clone(),
            packages: packages::compiled(messages, &self.root.join(&self.lock)),
        })
    }
}

impl Step for BuildCrate<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let targets = self.targets.iter().map(String::as_str);
        let fixed = [self.crate_type(), &self.manifest].into_iter().chain(targets);
        let set = inputs::set_variables(&self.environment);
        let words =
            fixed.chain(set).chain(self.words.iter().chain(&self.settings).map(String::as_str));
        let mut words: Vec<String> = words.map(|word| self.paths.stored_word(word)).collect();
        // What the answer holds; another one is not read.
        words.push("with packages".into());
        words.push(self.folder.display().to_string());
        words.extend(self.programs().map(|path| self.paths.stored_word(&path.to_string_lossy())));
        digest_of(words.iter().map(String::as_bytes))
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let begun = Instant::now();
        let mut read = self.compiler();
        let mut answers = Vec::new();
        for target in self.each_target() {
            let messages = self.build(target, cancel)?;
            let answer = self.answer(&messages)?;
            read.extend(inputs::of_build(&messages, &answer.library, &self.folder));
            answers.push(answer);
        }
        let answer = self.joined(answers)?;
        let text = serde_json::to_string(&answer).map_err(|e| Error::new(e.to_string()))?;
        Ok(Ran {
            outputs: [answer.library].into(),
            answer: text,
            read,
            took: Some(begun.elapsed()),
            ..Ran::default()
        })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let mut inputs = inputs::of_surroundings(&self.environment);
        inputs.extend(self.files.iter().cloned().map(Input::File));
        inputs.extend(ran.read.iter().cloned());
        inputs
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::model::SourceText;

    /// A cargo and a lipo that write down their words, and make files that say for what they are.
    const CARGO: &str = r#"#!/bin/sh
echo "cargo $*" >> words
for word; do case "$word" in --target=*) target="${word#--target=}" ;; esac; done
mkdir -p "t/$target/release"
echo "$target" > "t/$target/release/liba.a"
echo "$PWD/t/$target/release/liba.a: $PWD/src/lib.rs" > "t/$target/release/liba.d"
echo '{"reason":"compiler-artifact","package_id":"path+file:///p#a@0.1.0","manifest_path":"'"$PWD"'/Cargo.toml","target":{"kind":["staticlib"],"crate_types":["staticlib"],"name":"a","src_path":"/p/src/lib.rs","edition":"2021","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],"filenames":["'"$PWD/t/$target"'/release/liba.a"],"executable":null,"fresh":false}'
"#;
    const LIPO: &str =
        "#!/bin/sh\necho \"lipo $*\" >> words\nshift 2\nto=$1\nshift\ncat \"$@\" > \"$to\"\n";

    fn program(folder: &Path, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn of_several_targets_one_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        program(&root, "cargo", CARGO);
        program(&root, "lipo", LIPO);
        let path = format!("{}:{}", root.display(), std::env::var("PATH").unwrap());
        let environment =
            Environment([("PATH".into(), path.into()), ("MAKEFLAGS".into(), "-j1".into())].into());
        let jobs = Jobs::new(Some(1), &environment);
        let source = SourceText { name: "pyproject.toml".into(), text: String::new() };
        let step = BuildCrate {
            id: "crate a".into(),
            name: "a",
            place: Location { source: source.into(), span: 0..0, key: None },
            link: CrateLink::Static,
            manifest: "Cargo.toml".into(),
            lock: "Cargo.lock".into(),
            rust_version: None,
            words: vec!["--profile=release".into()],
            targets: vec!["one".into(), "two".into()],
            environment: environment.clone(),
            settings: vec![],
            files: vec![],
            folder: root.join("t"),
            root: &root,
            paths: &RelocatablePaths::default(),
            jobs: &jobs,
            console: Console { detail: crate::model::Detail::Problems },
        };
        let ran = step.run(&Cancel::default()).unwrap();
        let library = root.join("t/universal/liba.a");
        assert_eq!(ran.outputs, [library.clone()].into());
        assert_eq!(std::fs::read_to_string(&library).unwrap(), "one\ntwo\n");
        assert!(ran.read.contains(&Input::File(root.join("src/lib.rs"))));
        let words = std::fs::read_to_string(root.join("words")).unwrap();
        let words: Vec<&str> = words.lines().collect();
        let expected = "cargo rustc --manifest-path Cargo.toml --lib --crate-type staticlib --locked \
                        --target-dir";
        assert!(words[0].starts_with(expected), "{words:?}");
        assert!(words[0].ends_with("--target=one -- --print native-static-libs"), "{words:?}");
        assert!(words[1].contains("--target=two"), "{words:?}");
        assert!(words[2].starts_with("lipo -create -output "), "{words:?}");
    }
}
