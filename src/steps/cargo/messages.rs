//! What cargo says as JSON while it builds.
//!
//! Specification: <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Artifact, CompilerMessage, Message};

/// How the note begins with which rustc names the libraries that a static library needs.
const NATIVE: &str = "native-static-libs: ";
/// The note before that one.
const LINK_AGAINST: &str = "link against the following native artifacts";

/// What cargo has said of one build.
#[derive(Debug, Default)]
pub struct Messages {
    /// The files that were made of the crate's library, in the order in which cargo tells.
    pub made: Vec<PathBuf>,
    /// The libraries of the system that a static library needs, in the words of a linker.
    pub native_libraries: Vec<String>,
    /// Folders of libraries that build scripts name.
    pub library_dirs: Vec<PathBuf>,
    /// The packages that were compiled, now or before, as cargo identifies them.
    pub packages: BTreeSet<String>,
    /// The build scripts that belong to these builds.
    pub build_scripts: Vec<BuildScript>,
}

/// A build script that has run, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildScript {
    /// The package, as cargo identifies it.
    pub package: String,
    /// The folder that it writes into.
    pub out_dir: PathBuf,
}

impl Messages {
    /// Takes in a line of cargo's stdout; returns what somebody should read.
    pub fn read(&mut self, line: &str, manifest: &Path) -> Option<String> {
        let message = match Message::parse_stream(line.as_bytes()).next()? {
            Ok(message) => message,
            // What a macro or a build script prints.
            Err(_) => return Some(line.to_owned()),
        };
        match message {
            Message::CompilerArtifact(artifact) => self.artifact(&artifact, manifest),
            Message::CompilerMessage(message) => return self.said(message),
            Message::BuildScriptExecuted(script) => {
                let folders = script.linked_paths.iter().map(|path| path.as_str());
                let folders = folders.map(|path| path.split_once('=').map_or(path, |(_, p)| p));
                self.library_dirs.extend(folders.map(PathBuf::from));
                self.build_scripts.push(BuildScript {
                    package: script.package_id.repr,
                    out_dir: script.out_dir.into_std_path_buf(),
                });
            }
            Message::TextLine(text) => return Some(format!("{text}\n")),
            _ => {}
        }
        None
    }

    fn artifact(&mut self, artifact: &Artifact, manifest: &Path) {
        self.packages.insert(artifact.package_id.repr.clone());
        let is_script = artifact.target.is_custom_build();
        let named = artifact.manifest_path.as_std_path();
        // Cargo tells the real path, whatever links lead there.
        let is_it = named == manifest || same_file::is_same_file(named, manifest).unwrap_or(false);
        if !is_script && is_it {
            self.made = artifact.filenames.iter().map(|file| file.clone().into()).collect();
        }
    }

    fn said(&mut self, CompilerMessage { message, .. }: CompilerMessage) -> Option<String> {
        if let Some(libraries) = message.message.strip_prefix(NATIVE) {
            self.native_libraries = libraries.split_whitespace().map(str::to_owned).collect();
            return None;
        }
        if message.message.starts_with(LINK_AGAINST) {
            return None;
        }
        message.rendered
    }

    /// The file that modules link or load: the one with such a suffix.
    pub fn library(&self, suffixes: &[&str]) -> Option<&Path> {
        let has_suffix = |file: &&PathBuf| {
            let suffix = file.extension().and_then(|suffix| suffix.to_str());
            suffix.is_some_and(|suffix| suffixes.contains(&suffix))
        };
        self.made.iter().find(has_suffix).map(PathBuf::as_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTIFACT: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///p#a@0.1.0","manifest_path":"/p/Cargo.toml","target":{"kind":["staticlib"],"crate_types":["staticlib"],"name":"a","src_path":"/p/src/lib.rs","edition":"2021","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],"filenames":["/t/release/liba.a"],"executable":null,"fresh":true}"#;
    const SCRIPT: &str = r#"{"reason":"build-script-executed","package_id":"path+file:///p#a@0.1.0","linked_libs":[],"linked_paths":["native=/opt/x","/opt/y"],"cfgs":[],"env":[],"out_dir":"/t/release/build/a-1/out"}"#;

    fn note(text: &str) -> String {
        format!(
            r#"{{"reason":"compiler-message","package_id":"a","target":{{"kind":["lib"],"crate_types":["lib"],"name":"a","src_path":"/p","edition":"2021","doc":true,"doctest":true,"test":true}},"message":{{"rendered":"note: {text}\n","message":"{text}","level":"note","spans":[],"children":[],"code":null}}}}"#
        )
    }

    #[test]
    fn what_a_build_tells() {
        let mut messages = Messages::default();
        let manifest = Path::new("/p/Cargo.toml");
        for line in [ARTIFACT, SCRIPT, &note("native-static-libs: -lgcc_s -lm -lc")] {
            assert_eq!(messages.read(line, manifest), None, "{line}");
        }
        let said = messages.read(&note("unused variable"), manifest);
        assert_eq!(said.as_deref(), Some("note: unused variable\n"));
        assert_eq!(messages.read("hello\n", manifest).as_deref(), Some("hello\n"));
        assert_eq!(messages.library(&["a"]), Some(Path::new("/t/release/liba.a")));
        assert_eq!(messages.library(&["so"]), None);
        assert_eq!(messages.native_libraries, ["-lgcc_s", "-lm", "-lc"]);
        assert_eq!(messages.library_dirs, ["/opt/x", "/opt/y"].map(PathBuf::from));
        assert_eq!(messages.build_scripts.len(), 1);
    }

    #[test]
    fn an_artifact_of_another_crate_is_not_the_library() {
        let mut messages = Messages::default();
        messages.read(ARTIFACT, Path::new("/other/Cargo.toml"));
        assert_eq!(messages.library(&["a"]), None);
    }
}
