//! `ask < questions > answers`: one JSON object a line in, one a line out. Property tests hold the
//! answers against the reference implementations, thousands of them in one process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use officina::archive::packing::Packing;
use officina::archive::{dist_info, epoch, sdist, wheel};
use officina::build::vcs_version::{self, Versioned};
use officina::config::metadata::{self, TreeAccess};
use officina::config::settings;
use officina::config::toml::{self, TomlTable};
use officina::engine::jobserver::Jobs;
use officina::error::{Error, Result};
use officina::files::globs;
use officina::model::Environment;
use officina::model::{Content, Manifest, ManifestEntry, SourceText, Tag, Tree, TreeFile};
use officina::report;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
enum Question {
    /// The core metadata, and the parts of file names, that a pyproject.toml means.
    Metadata { pyproject: String },
    /// The version of a source tree whose pyproject.toml asks git.
    Version { root: PathBuf, pyproject: String, environment: BTreeMap<String, String> },
    /// Which of the paths the first `include` of a pyproject.toml matches.
    Include { pyproject: String, paths: Vec<String> },
    /// A wheel with these files, made in a folder.
    Wheel { folder: PathBuf, name: String, version: String, files: Vec<File> },
    /// The same as an sdist.
    Sdist { folder: PathBuf, name: String, version: String, files: Vec<File> },
}

/// A file to pack.
#[derive(Deserialize)]
struct File {
    path: String,
    text: String,
    executable: bool,
}

fn main() {
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question = line.map_err(|e| e.to_string());
        let question = question.and_then(|l| serde_json::from_str(&l).map_err(|e| e.to_string()));
        let answer = match question {
            Ok(question) => answer(question),
            Err(error) => panic!("this is no question: {error}"),
        };
        let answer = answer.unwrap_or_else(|error| {
            let shown = anstream::adapter::strip_str(&report::render(&error)).to_string();
            json!({ "error": shown })
        });
        let sent = writeln!(answers, "{answer}").and_then(|()| answers.flush());
        if sent.is_err() {
            return; // whoever asked has gone
        }
    }
}

fn answer(question: Question) -> Result<Value> {
    match question {
        Question::Metadata { pyproject } => metadata_of(pyproject),
        Question::Version { root, pyproject, environment } => {
            version_of(&root, pyproject, environment)
        }
        Question::Include { pyproject, paths } => included(pyproject, paths),
        Question::Wheel { folder, name, version, files } => {
            let tag = Tag { python: "py3".into(), abi: "none".into(), platform: "any".into() };
            let modified = wheel::timestamp(&Environment::default())?;
            let jobs = Jobs::new(Some(1), &Environment::default());
            let packing = Packing { modified, jobs: &jobs };
            let file_name = wheel::file_name(&name, &version, None, &tag);
            let dist_info = dist_info::folder_name(&name, &version);
            let path = wheel::write(&folder, &file_name, &manifest(files), &dist_info, &packing)?;
            Ok(json!({ "path": path }))
        }
        Question::Sdist { folder, name, version, files } => {
            let stem = sdist::folder_name(&name, &version);
            let path = sdist::write(&folder, &stem, &manifest(files), epoch::EARLIEST)?;
            Ok(json!({ "path": path, "folder": stem }))
        }
    }
}

fn metadata_of(text: String) -> Result<Value> {
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
    let document = toml::parse(&source)?;
    let access = TreeAccess {
        read: &|name| Err(Error::new(format!("there is no `{name}`"))),
        files_matching: &|_| Ok(Vec::new()),
        version: &|_, _| Err(Error::new("there is no git")),
    };
    let metadata = metadata::read(&TomlTable::root(&source, &document), &access)?;
    Ok(json!({
        "metadata": metadata::core_metadata(&metadata),
        "dist_name": metadata.dist_name(),
        "version": metadata.version.to_string(),
        "entry_points": metadata::entry_points_txt(&metadata.entry_points),
    }))
}

fn version_of(root: &Path, text: String, environment: BTreeMap<String, String>) -> Result<Value> {
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
    let document = toml::parse(&source)?;
    let of_process = std::env::vars_os().collect::<Environment>();
    let set = environment.into_iter().map(|(name, value)| (name, Some(value)));
    let environment = of_process.with(&set.collect());
    let found = RefCell::new(None);
    let access = TreeAccess {
        read: &|name| Err(Error::new(format!("there is no `{name}`"))),
        files_matching: &|_| Ok(Vec::new()),
        version: &|name, settings| {
            let environment = &environment;
            let made = vcs_version::find(&Versioned { root, environment, name, settings })?;
            Ok(found.borrow_mut().insert(made).version.clone())
        },
    };
    let metadata = metadata::read(&TomlTable::root(&source, &document), &access)?;
    let file = found.into_inner().and_then(|found| found.file).map(|file| file.text);
    Ok(json!({ "version": metadata.version.to_string(), "file": file }))
}

fn included(text: String, paths: Vec<String>) -> Result<Value> {
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
    let document = toml::parse(&source)?;
    let settings = settings::read(&TomlTable::root(&source, &document))?;
    let file = |path: &String| TreeFile { path: path.clone(), ..TreeFile::default() };
    let files = paths.iter().map(file).collect();
    let tree = Tree { root: "/project".into(), files, ..Tree::default() };
    let include = globs::compile("include", &settings.base.include, &tree, &source)?;
    Ok(
        json!({ "matches": paths.iter().filter(|path| include.rule(path).is_some()).collect::<Vec<_>>() }),
    )
}

fn manifest(files: Vec<File>) -> Manifest {
    let entry = |file: File| ManifestEntry {
        path: file.path,
        content: Content::Text(file.text),
        executable: file.executable,
    };
    Manifest { entries: files.into_iter().map(entry).collect() }
}
