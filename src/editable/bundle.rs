//! What an editable install that rebuilds on import holds besides: the means to build. Pure.
//!
//! The environment that the install was built in may be gone, so a folder of site-packages gets a
//! copy of this executable and of the Python files that it works with, what the install was asked
//! for, and the inputs that it watches. All of it stands in RECORD, and a rebuild only replaces.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::engine::digest::digest_of;
use crate::error::Result;
use crate::files::manifest::sorted;
use crate::model::{
    BuilderInputs, Content, Environment, GivenSetting, Manifest, ManifestEntry, SettingOrigin,
};
use crate::toolchain::variables::{kept_for_rebuilds, may_be_kept};

/// The file with the inputs that are watched.
pub const IMPORT_CHECK: &str = "inputs";
/// The file that is locked while one of several processes rebuilds.
pub const LOCK: &str = "lock";
/// Where a file is written before it takes the place of another one.
pub const PART: &str = "part";
/// The Python files that a rebuild needs.
const PYTHON: [&str; 7] = [
    "_core.py",
    "_declared.py",
    "_fork_server.py",
    "_interpreter.py",
    "_rebuild.py",
    "_recorder.py",
    "_run_builder.py",
];

/// All that a bundle is made of.
pub struct BundleParts<'a> {
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
    /// Variables that a rebuild sees as the install saw them; `None`: not set.
    pub environment: BTreeMap<String, Option<String>>,
    /// The names of the built modules in their folder, sorted.
    pub modules: &'a [String],
    /// The lines about the inputs.
    pub import_check: String,
}

/// Adds the bundle to an editable wheel.
///
/// # Errors
/// None that a user can cause.
pub fn with_bundle(wheel: Manifest, parts: &BundleParts) -> Result<Manifest> {
    let folder = format!("_officina_rebuild_{}", parts.dist_name.replace('.', "_"));
    let entry = |name: &str, content| ManifestEntry {
        path: format!("{folder}/{name}"),
        content,
        executable: false,
    };
    let install = json!({
        "source_tree": parts.source_tree,
        "config_settings": config_settings(parts.given),
        "environment": parts.environment,
        "modules": parts.modules,
        "shape": shape(&wheel, parts.modules),
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
        entry.path.rsplit('/').next().is_some_and(|name| modules.iter().any(|known| known == name))
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

/// The variables that a rebuild shall see as the install did, set or not: those that `named` lists,
/// that decide what compilers, linkers and searches find, and that a builder asked for.
pub fn environment<'a>(
    builders: &[&'a BuilderInputs],
    named: impl IntoIterator<Item = &'a str>,
    environment: &Environment,
) -> BTreeMap<String, Option<String>> {
    let asked = builders.iter().flat_map(|read| read.environment.keys());
    let names = asked.map(String::as_str).chain(named).filter(|name| may_be_kept(name));
    let names = names.map(str::to_owned).chain(kept_for_rebuilds().map(str::to_owned));
    let value = |name: &str| environment.0.get(std::ffi::OsStr::new(name))?.to_str();
    names.map(|name| (name.clone(), value(&name).map(str::to_owned))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BuilderInputs, SettingKind};

    fn given(origin: SettingOrigin, texts: &[&str]) -> GivenSetting {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        GivenSetting { path: "x".into(), kind: SettingKind::Macros, origin, texts }
    }

    fn plain() -> Manifest {
        let entry =
            |path: &str, content| ManifestEntry { path: path.into(), content, executable: false };
        let entries = vec![
            entry("_officina_editable_d/p._m.so", Content::File("/t/m".into())),
            entry("d-1.dist-info/METADATA", Content::Text("Name: d".into())),
        ];
        Manifest { entries }
    }

    #[test]
    fn a_bundle_is_one_folder_beside_the_modules() {
        let modules = ["p._m.so".to_owned()];
        let by_setting = given(SettingOrigin::ConfigSetting("define-macros".into()), &["A", "B"]);
        let by_variable = given(SettingOrigin::Variable("OFFICINA_JOBS".into()), &["1"]);
        let parts = BundleParts {
            dist_name: "d",
            dist_info: "d-1.dist-info",
            executable: "/o/officina".into(),
            python: Path::new("/o"),
            source_tree: Path::new("/p"),
            given: &[by_setting, by_variable],
            environment: BTreeMap::from([("CC".into(), None)]),
            modules: &modules,
            import_check: String::new(),
        };
        let manifest = with_bundle(plain(), &parts).unwrap();
        let program = format!("_officina_rebuild_d/officina{}", std::env::consts::EXE_SUFFIX);
        let executables = manifest.entries.iter().filter(|entry| entry.executable);
        assert_eq!(executables.map(|entry| &entry.path).collect::<Vec<_>>(), [&program]);
        assert_eq!(manifest.entries.last().unwrap().path, "d-1.dist-info/METADATA");
        let install = manifest.entries.iter().find(|entry| entry.path.ends_with("install.json"));
        let Content::Text(text) = &install.unwrap().content else { panic!("{manifest:?}") };
        let install: Value = serde_json::from_str(text).unwrap();
        assert_eq!(install["config_settings"], json!({"define-macros": ["A", "B"]}));
        assert_eq!(install["environment"], json!({"CC": null}));
        assert_eq!(install["shape"], shape(&plain(), &modules));
    }

    #[test]
    fn a_shape_is_all_but_the_modules() {
        let modules = ["p._m.so".to_owned()];
        let (first, mut other) = (shape(&plain(), &modules), plain());
        other.entries[0].content = Content::File("/elsewhere".into());
        assert_eq!(shape(&other, &modules), first);
        other.entries[1].content = Content::Text("Name: e".into());
        assert_ne!(shape(&other, &modules), first);
        assert_ne!(shape(&plain(), &[]), first);
    }

    #[test]
    fn variables_of_a_build_are_kept_and_those_of_a_process_are_not() {
        let asked = ["MINE", "UNSET", "HOME", "PATH", "PYTHONPATH", "MY_TOKEN", "TMPDIR"];
        let environment: BTreeMap<String, Option<String>> =
            asked.map(|name| (name.to_owned(), None)).into();
        let read = BuilderInputs { environment, ..BuilderInputs::default() };
        let set = ["MINE", "HOME", "PATH", "PYTHONPATH", "MY_TOKEN", "CC", "LD_RUN_PATH", "OTHER"];
        let set = Environment(set.map(|name| (name.into(), "x".into())).into());
        let kept = super::environment(&[&read], ["OFFICINA_JOBS"], &set);
        let value = |name: &str| kept.get(name).cloned();
        assert_eq!(value("MINE"), Some(Some("x".into())));
        assert_eq!(value("CC"), Some(Some("x".into())));
        assert_eq!(value("LD_RUN_PATH"), Some(Some("x".into())), "a linker reads it");
        assert_eq!(value("OFFICINA_JOBS"), Some(None));
        assert_eq!(
            (value("UNSET"), value("CFLAGS"), value("CPATH")),
            (Some(None), Some(None), Some(None))
        );
        for name in ["HOME", "PATH", "PYTHONPATH", "MY_TOKEN", "TMPDIR", "OTHER"] {
            assert_eq!(value(name), None, "{name}");
        }
    }
}
