//! What an editable install that rebuilds on import holds besides: the means to build. Pure.
//!
//! The environment that the install was built in may be gone, so a folder of site-packages gets a
//! copy of this executable and of the Python files that it works with, what the install was asked
//! for, and the inputs that it watches. All of it stands in RECORD, and a rebuild only replaces.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::engine::digest::digest_of;
use crate::error::Result;
use crate::files::manifest::sorted;
use crate::model::{
    Content, Environment, GivenSetting, Manifest, ManifestEntry, SettingOrigin, SetuptoolsProject,
    VcsVersion,
};
use crate::toolchain::variables::{is_of_process, kept_for_rebuilds};

/// The file with the inputs that are watched.
pub const IMPORT_CHECK: &str = "inputs";
/// The file that is locked while one of several processes rebuilds.
pub const LOCK: &str = "lock";
/// Where a file is written before it takes the place of another one.
pub const PART: &str = "part";
/// The Python files that a rebuild needs.
const PYTHON: [&str; 15] = [
    "_c_model.py",
    "_cdef_checks.py",
    "_core.py",
    "_declared.py",
    "_fork_server.py",
    "_imports.py",
    "_interpreter.py",
    "_keep.py",
    "_questions.py",
    "_rebuild.py",
    "_recorder.py",
    "_run_builder.py",
    "_seen.py",
    "_user_code.py",
    "_variables.py",
];

/// All that a rebuild folder is made of.
pub struct RebuildParts<'a> {
    /// The distribution's name as in file names.
    pub dist_name: &'a str,
    /// The `.dist-info` folder.
    pub dist_info: &'a str,
    /// This executable.
    pub executable: PathBuf,
    /// The folder with our Python files.
    pub python: &'a Path,
    /// The project root.
    pub source_tree: &'a Path,
    /// What was said at build time.
    pub given: &'a [GivenSetting],
    /// The variables of the install.
    pub variables: InstallVariables,
    /// The paths of the built modules in their folder, sorted.
    pub modules: &'a [String],
    /// A digest of what the install holds that a rebuild does not replace.
    pub shape: String,
    /// What setuptools says of the project, where it packs it.
    pub setuptools: Option<&'a SetuptoolsProject>,
    /// What git says of the version.
    pub vcs_version: Option<&'a VcsVersion>,
    /// The lines about the inputs.
    pub import_check: String,
}

/// Adds the rebuild folder to an editable wheel.
///
/// # Errors
/// None that a user can cause.
pub fn with_rebuild_folder(wheel: Manifest, parts: &RebuildParts) -> Result<Manifest> {
    let folder = format!("_officina_rebuild_{}", parts.dist_name.replace('.', "_"));
    let entry = |name: &str, content| ManifestEntry {
        path: format!("{folder}/{name}"),
        content,
        executable: false,
    };
    let install = json!({
        "source_tree": parts.source_tree,
        "config_settings": config_settings(parts.given),
        "environment": parts.variables.kept,
        "asked": parts.variables.asked,
        "modules": parts.modules,
        "shape": parts.shape,
        "setuptools": parts.setuptools,
        "vcs_version": parts.vcs_version,
    });
    let text = |text: String| Content::Text(text);
    let program = format!("officina{}", std::env::consts::EXE_SUFFIX);
    let mut entries = wheel.entries;
    let files = PYTHON.map(|name| entry(name, Content::File(parts.python.join(name))));
    entries.extend(files);
    entries.extend([
        ManifestEntry {
            executable: true,
            ..entry(&program, Content::File(parts.executable.clone()))
        },
        entry("install.json", text(install.to_string())),
        entry(IMPORT_CHECK, text(parts.import_check.clone())),
        entry(LOCK, text(String::new())),
        entry(PART, text(String::new())),
    ]);
    sorted(entries, parts.dist_info)
}

/// The config settings in the form that hooks take. What variables said, the environment keeps.
fn config_settings(given: &[GivenSetting]) -> Map<String, Value> {
    let by_setting = |given: &GivenSetting| match &given.origin {
        SettingOrigin::ConfigSetting(name) => Some((name.clone(), json!(given.texts))),
        _ => None,
    };
    given.iter().filter_map(by_setting).collect()
}

/// A digest of everything in an editable wheel that a rebuild does not replace: its paths, and the
/// texts that we wrote.
pub fn shape(wheel: &Manifest, modules: &[String]) -> String {
    let is_module = |entry: &ManifestEntry| {
        entry
            .path
            .split_once('/')
            .is_some_and(|(_, path)| modules.iter().any(|known| known == path))
    };
    let mut lines = Vec::new();
    for entry in wheel.entries.iter().filter(|entry| !is_module(entry)) {
        lines.push(entry.path.as_str());
        if let Content::Text(text) = &entry.content {
            lines.push(text);
        }
    }
    digest_of([lines.join("\n").as_bytes()])
}

/// What a rebuild has to know of the environment of the install.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallVariables {
    /// Those that a rebuild sees as the install saw them; `None`: not set.
    pub kept: BTreeMap<String, Option<String>>,
    /// Those that a builder asked for and that were set. Their values may be secrets, so that they
    /// are not kept.
    pub asked: BTreeSet<String>,
}

/// The variables of an install: those that `named` lists, that decide what compilers, linkers and
/// searches find, and that builders and crates asked for.
pub fn variables<'a>(
    asked_for: &BTreeSet<String>,
    named: impl IntoIterator<Item = &'a str>,
    environment: &Environment,
) -> InstallVariables {
    let value = |name: &str| -> Option<String> {
        environment.0.get(OsStr::new(name))?.to_str().map(str::to_owned)
    };
    let named = named.into_iter().filter(|name| !is_of_process(name));
    let mut kept = BTreeMap::new();
    kept.extend(named.map(|name| (name.to_owned(), value(name))));
    kept.extend(kept_for_rebuilds().map(|name| (name.to_owned(), value(name))));
    let mut asked = BTreeSet::new();
    for name in asked_for {
        if kept.contains_key(name) || is_of_process(name) {
            continue;
        }
        if environment.0.contains_key(OsStr::new(name)) {
            asked.insert(name.clone());
        } else {
            kept.insert(name.clone(), None);
        }
    }
    InstallVariables { kept, asked }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SettingKind;

    fn given(origin: SettingOrigin, texts: &[&str]) -> GivenSetting {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        GivenSetting { path: "x".into(), kind: SettingKind::Macros, origin, texts }
    }

    fn plain() -> Manifest {
        let entry =
            |path: &str, content| ManifestEntry { path: path.into(), content, executable: false };
        let entries = vec![
            entry("_officina_editable_d/p/_m.so", Content::File("/t/m".into())),
            entry("d-1.dist-info/METADATA", Content::Text("Name: d".into())),
        ];
        Manifest { entries }
    }

    #[test]
    fn a_rebuild_folder_lies_beside_the_modules() {
        let modules = ["p/_m.so".to_owned()];
        let project = SetuptoolsProject { name: "d".into(), ..SetuptoolsProject::default() };
        let by_setting = given(SettingOrigin::ConfigSetting("define-macros".into()), &["A", "B"]);
        let by_variable = given(SettingOrigin::Variable("OFFICINA_JOBS".into()), &["1"]);
        let parts = RebuildParts {
            dist_name: "d",
            dist_info: "d-1.dist-info",
            executable: "/o/officina".into(),
            python: Path::new("/o"),
            source_tree: Path::new("/p"),
            given: &[by_setting, by_variable],
            variables: InstallVariables {
                kept: [("CC".into(), None)].into(),
                asked: ["MINE".into()].into(),
            },
            modules: &modules,
            shape: "s".into(),
            setuptools: Some(&project),
            vcs_version: None,
            import_check: String::new(),
        };
        let manifest = with_rebuild_folder(plain(), &parts).unwrap();
        let program = format!("_officina_rebuild_d/officina{}", std::env::consts::EXE_SUFFIX);
        let executables = manifest.entries.iter().filter(|entry| entry.executable);
        assert_eq!(executables.map(|entry| &entry.path).collect::<Vec<_>>(), [&program]);
        assert_eq!(manifest.entries.last().unwrap().path, "d-1.dist-info/METADATA");
        let install = manifest.entries.iter().find(|entry| entry.path.ends_with("install.json"));
        let Content::Text(text) = &install.unwrap().content else { panic!("{manifest:?}") };
        let install: Value = serde_json::from_str(text).unwrap();
        assert_eq!(install["config_settings"], json!({"define-macros": ["A", "B"]}));
        assert_eq!(install["environment"], json!({"CC": null}));
        assert_eq!(install["asked"], json!(["MINE"]));
        assert_eq!(install["shape"], "s");
        assert_eq!(install["setuptools"], json!(project));
    }

    #[test]
    fn a_shape_is_all_but_the_modules() {
        let modules = ["p/_m.so".to_owned()];
        let (first, mut other) = (shape(&plain(), &modules), plain());
        other.entries[0].content = Content::File("/elsewhere".into());
        assert_eq!(shape(&other, &modules), first);
        other.entries[1].content = Content::Text("Name: e".into());
        assert_ne!(shape(&other, &modules), first);
        assert_ne!(shape(&plain(), &[]), first);
    }

    #[test]
    fn values_are_kept_of_what_tools_read_and_of_nothing_that_a_builder_asked_for() {
        let asked = ["MINE", "UNSET", "HOME", "PATH", "PYTHONPATH", "MY_TOKEN", "TMPDIR", "CFLAGS"];
        let read: BTreeSet<String> = asked.map(str::to_owned).into();
        let set = ["MINE", "HOME", "PATH", "PYTHONPATH", "MY_TOKEN", "CC", "LD_RUN_PATH", "OTHER"];
        let set = Environment(set.map(|name| (name.into(), "x".into())).into());
        let found = variables(&read, ["OFFICINA_JOBS"], &set);
        let value = |name: &str| found.kept.get(name).cloned();
        assert_eq!(value("CC"), Some(Some("x".into())));
        assert_eq!(value("LD_RUN_PATH"), Some(Some("x".into())), "a linker reads it");
        for name in ["UNSET", "CFLAGS", "CPATH", "OFFICINA_JOBS"] {
            assert_eq!(value(name), Some(None), "{name}");
        }
        for name in ["MINE", "MY_TOKEN", "HOME", "PATH", "PYTHONPATH", "TMPDIR", "OTHER"] {
            assert_eq!(value(name), None, "{name}");
        }
        assert_eq!(found.asked, ["MINE", "MY_TOKEN"].map(str::to_owned).into());
    }
}
