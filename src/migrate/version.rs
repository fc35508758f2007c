//! `project.version`: a text, or where it comes from.

use serde_json::Value as Json;
use toml_edit::{InlineTable, Value};

use crate::config::metadata::{CarriedOption, carried_option};
use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::toml_text::inline;
use crate::model::requirement_name;

/// Writes the version, and says where it comes from now.
pub fn write(draft: &mut Draft) {
    if is_from_vcs(draft) {
        from_vcs(draft);
    } else if let Some((place, from)) = directive(draft) {
        let shown = from.to_string();
        draft.dynamic("version", from);
        let text = format!("version -> tool.officina.dynamic.version = {}", shown.trim());
        draft.find(MoveFinding::new(MoveVerdict::Same, text).at(place));
    } else {
        plain(draft);
    }
}

fn is_from_vcs(draft: &Draft) -> bool {
    let said = !matches!(draft.old.use_scm_version, Json::Null | Json::Bool(false));
    let table = draft.table(&["tool", "setuptools_scm"]).is_some()
        || draft.table(&["tool", "setuptools-scm"]).is_some();
    said || table || requires_simple_scm(draft)
}

/// `setuptools-scm[simple]` needs no table.
fn requires_simple_scm(draft: &Draft) -> bool {
    let Some(build_system) = draft.table(&["build-system"]) else { return false };
    let requires = build_system.get("requires").and_then(|item| item.as_array());
    requires.into_iter().flatten().filter_map(|one| one.as_str()).any(|requirement| {
        let extras = requirement.split('[').nth(1).and_then(|rest| rest.split(']').next());
        requirement_name(requirement) == "setuptools-scm"
            && extras.is_some_and(|extras| extras.split(',').any(|extra| extra.trim() == "simple"))
    })
}

fn from_vcs(draft: &mut Draft) {
    let mut given: Vec<(String, String)> = Vec::new();
    for name in ["setuptools_scm", "setuptools-scm"] {
        let table = draft.table(&["tool", name]);
        let entries = table.into_iter().flat_map(|table| table.iter());
        given.extend(entries.map(|(key, item)| {
            (key.replace('-', "_"), item.as_str().map_or_else(|| item.to_string(), str::to_owned))
        }));
    }
    if let Json::Object(entries) = &draft.old.use_scm_version {
        let shown = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        given.extend(entries.iter().map(|(key, value)| (key.clone(), shown(value))));
    }
    let mut from = inline(&[("vcs", Value::from("git"))]);
    let place = draft.place("use_scm_version").unwrap_or_else(|| "pyproject.toml".to_owned());
    for (key, value) in given {
        match carried_option(&key, &value) {
            CarriedOption::Ours(ours, value) => drop(from.insert(ours, value.into())),
            CarriedOption::Needless => {}
            CarriedOption::Unknown => {
                let text = format!("setuptools_scm: `{key} = {value}` is not known here");
                draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(&place));
            }
        }
    }
    draft.dynamic("version", from);
    let text = "version, which setuptools_scm asks git for -> tool.officina.dynamic.version";
    draft.find(MoveFinding::new(MoveVerdict::Same, text).at(place));
}

/// `attr` and `file` of `[tool.setuptools.dynamic]` or of setup.cfg, with the place.
fn directive(draft: &Draft) -> Option<(String, InlineTable)> {
    if let Some(version) = draft
        .table(&["tool", "setuptools", "dynamic"])
        .and_then(|dynamic| dynamic.get("version")?.as_table_like())
    {
        let place = "pyproject.toml".to_owned();
        if let Some(attr) = version.get("attr").and_then(|item| item.as_str()) {
            return Some((place, attribute(draft, attr)?));
        }
        let file = version.get("file")?;
        let first = file.as_array().and_then(|files| files.get(0)?.as_str());
        return Some((place, inline(&[("file", file.as_str().or(first)?.into())])));
    }
    if draft.old.keyword_lines.contains_key("version") {
        return None;
    }
    let lines = draft.old.setup_cfg.iter();
    let line = lines.clone().find(|one| one.section == "metadata" && one.key == "version")?;
    let place = format!("setup.cfg:{}", line.line);
    let (kind, value) = line.value.split_once(':')?;
    match kind.trim() {
        "attr" => Some((place, attribute(draft, value.trim())?)),
        "file" => Some((place, inline(&[("file", value.trim().into())]))),
        _ => None,
    }
}

/// `attr: foo.bar.__version__`, where a module of that name has it as a constant. Setuptools imports
/// the module if it has not, and then it is looked for in the other ones.
fn attribute(draft: &Draft, path: &str) -> Option<InlineTable> {
    let (module, name) = path.rsplit_once('.')?;
    let found = draft.old.version_attributes.iter().find(|(file, constant, _)| {
        constant == name && module_of(draft, file).as_deref() == Some(module)
    });
    match found {
        Some(_) => Some(inline(&[("attr", format!("{module}:{name}").into())])),
        None => only_constant(draft).map(|(from, _)| from),
    }
}

/// The one constant in the tree that is the version, and whether setup.py names it.
fn only_constant(draft: &Draft) -> Option<(InlineTable, bool)> {
    let found = &draft.old.version_attributes;
    let usual: Vec<_> = found.iter().filter(|(_, name, _)| name == "__version__").collect();
    let (file, name, is_named) = match (usual.as_slice(), found.as_slice()) {
        ([one], _) => one,
        ([], [one]) => one,
        _ => return None,
    };
    let module = module_of(draft, file)?;
    Some((inline(&[("attr", format!("{module}:{name}").into())]), *is_named))
}

/// `src/foo/__init__.py` -> `foo`
fn module_of(draft: &Draft, file: &str) -> Option<String> {
    let root = draft.old.package_dir.get("").map(String::as_str).unwrap_or_default();
    let below = match root {
        "" | "." => file,
        _ => file.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file),
    };
    let module = below.strip_suffix(".py")?;
    Some(module.strip_suffix("/__init__").unwrap_or(module).replace('/', "."))
}

fn plain(draft: &mut Draft) {
    let Some(version) = draft.old.metadata.version.clone() else {
        draft.tell(
            MoveVerdict::YouDecide,
            "version",
            "there is no version: write `version` of `[project]`",
        );
        return;
    };
    let said = draft.old.keyword_lines.get("version").cloned();
    let Some(said) = said.filter(|said| !said.literal) else {
        draft.project().insert("version", toml_edit::value(version));
        draft.tell(MoveVerdict::Same, "version", "version -> project.version");
        return;
    };
    let file = match draft.old.version_files.as_slice() {
        [file] => Some((inline(&[("file", file.as_str().into())]), true)),
        _ => None,
    };
    if let Some((from, is_named)) = only_constant(draft).or(file) {
        let shown = from.to_string();
        draft.dynamic("version", from);
        let (verdict, what) = match is_named {
            true => (MoveVerdict::Same, "which setup.py reads"),
            false => {
                (MoveVerdict::YouDecide, "which setup.py gets elsewhere, and which is the same now")
            }
        };
        let text = format!(
            "version, {what} (`{}`) -> tool.officina.dynamic.version = {}",
            said.text,
            shown.trim()
        );
        draft.tell(verdict, "version", text);
        return;
    }
    draft.project().insert("version", toml_edit::value(version));
    let text =
        format!("version is computed (`{}`): `project.version` is what it is now", said.text);
    let mut finding = MoveFinding::new(MoveVerdict::YouDecide, text)
        .propose("[tool.officina.dynamic]\nversion = { file = \"VERSION\" }");
    finding.place = draft.place("version");
    draft.find(finding);
}
