//! Projects whose version another tool takes from git: what to write for Officina.

use std::str::FromStr;

use toml_edit::InlineTable;

use crate::config::build_system::declared_backend;
use crate::config::metadata::vcs::VERSION_FILES;
use crate::config::toml::TomlTable;
use crate::model::{LocalScheme, Requirement, VersionScheme};

/// A tool that takes a version from git.
struct Tool {
    /// Its name, and how it stands in `build-system.requires`.
    name: &'static str,
    /// Its tables, by their path in `tool`.
    tables: &'static [&'static [&'static str]],
    /// What must stand in the first of them for it to count.
    only_if: Option<(&'static str, &'static str)>,
}

#[rustfmt::skip]
const TOOLS: [Tool; 8] = [
    Tool { name: "setuptools-scm", tables: &[&["setuptools_scm"], &["setuptools_scm", "tag"]], only_if: None },
    Tool { name: "vcs-versioning", tables: &[&["vcs-versioning"], &["vcs-versioning", "tag"]], only_if: None },
    Tool {
        name: "hatch-vcs",
        tables: &[
            &["hatch", "version"], &["hatch", "version", "raw-options"], &["hatch", "build", "hooks", "vcs"],
        ],
        only_if: Some(("source", "vcs")),
    },
    Tool { name: "pdm-backend", tables: &[&["pdm", "version"]], only_if: Some(("source", "scm")) },
    Tool { name: "versioningit", tables: &[&["versioningit"], &["versioningit", "write"]], only_if: None },
    Tool { name: "poetry-dynamic-versioning", tables: &[&["poetry-dynamic-versioning"]], only_if: None },
    Tool { name: "uv-dynamic-versioning", tables: &[&["uv-dynamic-versioning"]], only_if: None },
    Tool { name: "dunamai", tables: &[], only_if: None },
];

/// Their options, by what they are called here.
const OPTIONS: [(&str, &[&str]); 5] = [
    ("tag-pattern", &["tag_regex", "tag-pattern", "tag_pattern", "regex"]),
    ("scheme", &["version_scheme"]),
    ("local", &["local_scheme"]),
    ("fallback", &["fallback_version", "fallback-version", "default-version"]),
    ("write-to", &["write_to", "version_file", "version-file", "file"]),
];

/// What needs no words here: where the repository is, is found out, and nothing is written into the tree.
const NEEDLESS: [&str; 11] = [
    "normalize",
    "source",
    "vcs",
    "root",
    "relative_to",
    "search_parent_directories",
    "dist_name",
    "strict",
    "write_to_source",
    "enable",
    "fallback_root",
];

/// The version of such a project, as it is written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The tool that it has.
    pub tool: &'static str,
    /// Its table in `tool`.
    pub table: Option<&'static str>,
    /// What there is to say besides `vcs = "git"`, by what it is called here.
    pub options: Vec<(&'static str, String)>,
    /// The options of the tool that have no counterpart, by their names.
    pub left: Vec<String>,
}

impl Carried {
    /// `{ vcs = "git", ... }`
    pub fn value(&self) -> InlineTable {
        let mut value = InlineTable::new();
        value.insert("vcs", "git".into());
        for (name, text) in &self.options {
            value.insert(*name, text.into());
        }
        value
    }

    /// `version = { vcs = "git", ... }`
    pub fn line(&self) -> String {
        format!("version = {}", self.value())
    }
}

/// Looks whether pyproject.toml names such a tool.
pub fn carried(root: &TomlTable<'_>) -> Option<Carried> {
    let by_table = TOOLS.iter().find(|tool| is_set_up(root, tool));
    let tool = by_table.or_else(|| TOOLS.iter().find(|tool| is_required(root, tool)))?;
    let mut found = Options::default();
    for path in tool.tables {
        if let Some(table) = table_at(root, path) {
            found.read(&table);
        }
    }
    let first = |name| found.carried.iter().find(|(carried, _)| *carried == name).cloned();
    let options = OPTIONS.iter().filter_map(|(name, _)| first(*name)).collect();
    let table = tool.tables.first().and_then(|path| path.first().copied());
    Some(Carried { tool: tool.name, table, options, left: found.left })
}

fn is_set_up(root: &TomlTable<'_>, tool: &Tool) -> bool {
    let table = tool.tables.first().and_then(|path| table_at(root, path));
    table.is_some_and(|table| match tool.only_if {
        None => true,
        Some((key, value)) => text_at(&table, key).is_some_and(|text| text == value),
    })
}

fn is_required(root: &TomlTable<'_>, tool: &Tool) -> bool {
    let requires = declared_backend(Some(root)).map(|system| system.requires).unwrap_or_default();
    let mut names = requires.iter().filter_map(|one| Requirement::from_str(one).ok());
    // pdm-backend alone says nothing about the version.
    tool.only_if.is_none_or(|(_, value)| value == "vcs") && names.any(|one| one.name == tool.name)
}

fn table_at<'a>(root: &TomlTable<'a>, path: &[&str]) -> Option<TomlTable<'a>> {
    let mut table = root.table("tool").ok()??;
    for key in path {
        table = table.table(key).ok()??;
    }
    Some(table)
}

fn text_at(table: &TomlTable<'_>, key: &str) -> Option<String> {
    table.string(key).ok().flatten().map(|text| text.value)
}

/// What the tables of a tool say.
#[derive(Default)]
struct Options {
    carried: Vec<(&'static str, String)>,
    left: Vec<String>,
}

impl Options {
    fn read(&mut self, table: &TomlTable<'_>) {
        for key in table.keys() {
            let key = key.value;
            let Some(value) = text_at(table, &key) else {
                // Tables of a tool are read for themselves.
                if table.table(&key).ok().flatten().is_none() && !NEEDLESS.contains(&key.as_str()) {
                    self.left.push(key);
                }
                continue;
            };
            match carried_option(&key, &value) {
                CarriedOption::Ours(name, value) => self.carried.push((name, value)),
                CarriedOption::Needless => {}
                CarriedOption::Unknown => self.left.push(key),
            }
        }
    }
}

/// An option of such a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarriedOption {
    /// What it is called here, and its value here.
    Ours(&'static str, String),
    /// Nothing need be said.
    Needless,
    /// There is nothing like it, or its value is not known.
    Unknown,
}

/// What an option of such a tool is here.
pub fn carried_option(key: &str, value: &str) -> CarriedOption {
    let ours = OPTIONS.iter().find(|(_, theirs)| theirs.contains(&key)).map(|(name, _)| *name);
    match ours.and_then(|name| Some((name, translated(name, value.to_owned())?))) {
        Some((name, value)) if is_default(name, &value) => CarriedOption::Needless,
        Some((name, value)) => CarriedOption::Ours(name, value),
        None if key == "prefix" => {
            let pattern = format!("^{}(?P<version>\\d.*)$", regex_syntax::escape(value));
            CarriedOption::Ours("tag-pattern", pattern)
        }
        None if NEEDLESS.contains(&key) => CarriedOption::Needless,
        None => CarriedOption::Unknown,
    }
}

/// The value as it is written here, if there is a counterpart.
fn translated(key: &str, value: String) -> Option<String> {
    let is_known = match key {
        "scheme" => VersionScheme::NAMES.iter().any(|(name, _)| *name == value),
        "local" => LocalScheme::NAMES.iter().any(|(name, _)| *name == value),
        "write-to" => VERSION_FILES.iter().any(|end| value.ends_with(end)),
        _ => true,
    };
    let value = if value == "no-local-version" { "none".to_owned() } else { value };
    is_known.then_some(value)
}

/// Whether this is meant without a word.
fn is_default(key: &str, value: &str) -> bool {
    match key {
        "scheme" => VersionScheme::NAMES.contains(&(value, VersionScheme::default())),
        "local" => LocalScheme::NAMES.contains(&(value, LocalScheme::default())),
        _ => false,
    }
}
