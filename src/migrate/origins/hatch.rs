//! `[tool.hatch]`: a custom build hook, targets, and the version.

use toml_edit::Item;

use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::origins::origin_draft::{OriginDraft, texts};
use crate::migrate::toml_text;

/// Where build hooks are named.
const HOOKS: [&[&str]; 2] = [&["build", "hooks"], &["build", "targets", "wheel", "hooks"]];
/// Where files of wheels are named; the second counts for sdists too.
const WHEEL: [&[&str]; 2] = [&["build", "targets", "wheel"], &["build"]];

/// Writes all that hatch's table says.
pub fn write(draft: &mut OriginDraft) {
    version(draft);
    hooks(draft);
    packages(draft);
    forced(draft);
    shared(draft);
    others(draft);
}

fn version(draft: &mut OriginDraft) {
    if draft.git_version.is_some() {
        return;
    }
    let Some(path) = draft.own_text(&["version"], "path") else {
        if draft.own_text(&["version"], "source").is_some() {
            let text = "the version comes from a plugin: write `version` into `[project]`, or say where it stands";
            let proposal = "[tool.officina.dynamic]\nversion = { attr = \"foo:__version__\" }";
            draft.find(
                MoveFinding::new(MoveVerdict::YouDecide, text)
                    .at("pyproject.toml")
                    .propose(proposal),
            );
        }
        return;
    };
    let module = path.strip_suffix(".py").unwrap_or(&path);
    let module = module.strip_prefix("src/").unwrap_or(module);
    let module = module.strip_suffix("/__init__").unwrap_or(module).replace('/', ".");
    let text = draft.tree.script(&path).unwrap_or_default();
    let names = ["__version__", "VERSION"];
    let is_set = |name: &&str| text.lines().any(|line| line.starts_with(*name));
    let name = names.into_iter().find(is_set).unwrap_or("__version__");
    draft.dynamic("version", "attr", &format!("{module}:{name}"));
    draft.tell_key(
        MoveVerdict::Same,
        "version",
        format!("the version is read from `{path}`, as before"),
    );
}

fn hooks(draft: &mut OriginDraft) {
    let mut found = Vec::new();
    for place in HOOKS {
        let Some(hooks) = draft.own(place) else { continue };
        for (name, item) in hooks.iter() {
            let path = item.as_table_like().and_then(|table| table.get("path"));
            let path = path.and_then(Item::as_str).unwrap_or("hatch_build.py").to_owned();
            found.push((name.to_owned(), path));
        }
    }
    let writes_version = draft
        .git_version
        .as_ref()
        .is_some_and(|carried| carried.options.iter().any(|(name, _)| *name == "write-to"));
    for (name, path) in found {
        match name.as_str() {
            "custom" => draft.tell(
                MoveVerdict::YouDecide,
                path.as_str(),
                format!(
                    "the hook `{path}` does not run any more: Officina compiles what builders describe, names the tag \
                     and packs the modules; what else it does becomes `[[tool.officina.steps]]`, or a part of a builder"
                ),
            ),
            "vcs" if writes_version => {}
            "vcs" => draft.tell(MoveVerdict::YouDecide, "pyproject.toml", "the hook `vcs`, which writes a file with the version, does not run any more"),
            name => draft.tell(MoveVerdict::YouDecide, "pyproject.toml", format!("the hook `{name}` does not run any more")),
        }
    }
}

fn packages(draft: &mut OriginDraft) {
    let paths = first(draft, &["packages", "only-include"]);
    if paths.is_empty() {
        return;
    }
    let split = |path: &String| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
        (folder.to_owned(), name.to_owned())
    };
    let (folders, names): (Vec<_>, Vec<_>) = paths.iter().map(split).unzip();
    if folders.iter().any(|folder| *folder != folders[0]) {
        let text = "packages lie in several folders: say it with `python-source`, `packages` and `[tool.officina.files]`";
        draft.tell_key(MoveVerdict::YouDecide, "packages", text);
        return;
    }
    if !folders[0].is_empty() {
        draft.settings.insert("python-source", toml_edit::value(&folders[0]));
    }
    toml_text::set(&mut draft.settings, "packages", toml_text::strings(&names));
    draft.tell_key(MoveVerdict::Same, "packages", "`packages` -> `python-source` and `packages`");
}

/// The first list that one of the keys has.
fn first(draft: &OriginDraft, keys: &[&str]) -> Vec<String> {
    let each = WHEEL.into_iter().flat_map(|place| keys.iter().map(move |key| (place, key)));
    each.map(|(place, key)| draft.own_texts(place, key))
        .find(|list| !list.is_empty())
        .unwrap_or_default()
}

/// `force-include`: path in the tree = path in the wheel; ours is the other way round.
fn forced(draft: &mut OriginDraft) {
    let found = draft.own(&["build", "targets", "wheel", "force-include"]);
    let found = found.or_else(|| draft.own(&["build", "force-include"]));
    let Some(found) = found.map(pairs) else { return };
    let entries = found.iter().map(|(source, target)| (target.as_str(), source.as_str()));
    draft.settings.insert("files", toml_text::text_table(entries));
    draft.tell_key(
        MoveVerdict::Same,
        "force-include",
        "`force-include` -> `[tool.officina.files]`",
    );
}

fn pairs(table: &dyn toml_edit::TableLike) -> Vec<(String, String)> {
    let pair = |(key, item): (&str, &Item)| Some((key.to_owned(), item.as_str()?.to_owned()));
    table.iter().filter_map(pair).collect()
}

fn shared(draft: &mut OriginDraft) {
    for (key, ours) in
        [("shared-data", "data"), ("shared-scripts", "scripts"), ("shared-headers", "headers")]
    {
        let path = ["build", "targets", "wheel", key];
        let Some(found) = draft.own(&path).map(pairs) else { continue };
        let lines: Vec<String> = found.iter().map(|(source, _)| format!("\"{source}\"")).collect();
        let proposal = format!("[tool.officina.data]\n{ours} = [{}]", lines.join(", "));
        let text =
            format!("`{key}` -> `{ours}` of `[tool.officina.data]`: look at where each file goes");
        draft.find(
            MoveFinding::new(MoveVerdict::YouDecide, text).at("pyproject.toml").propose(proposal),
        );
    }
}

fn others(draft: &mut OriginDraft) {
    let places: [(&[&str], &str); 3] = [
        (&["build", "targets", "sdist"], "[tool.officina.sdist]"),
        (&["build", "targets", "wheel"], "[tool.officina]"),
        (&["build"], "[tool.officina]"),
    ];
    for (place, table) in places {
        for key in ["include", "exclude", "artifacts"] {
            let globs =
                draft.own(place).and_then(|own| own.get(key)).map(texts).unwrap_or_default();
            if globs.is_empty() {
                continue;
            }
            let ours = if key == "exclude" { "exclude" } else { "include" };
            let globs: Vec<String> =
                globs.iter().map(|glob| format!("\"{}\"", glob.trim_start_matches('/'))).collect();
            let proposal = format!("{table}\n{ours} = [{}]", globs.join(", "));
            let text = format!(
                "`{key}` of `[tool.hatch.{}]`: Officina takes packages and what git tracks by itself",
                place.join(".")
            );
            draft.find(
                MoveFinding::new(MoveVerdict::YouDecide, text)
                    .at("pyproject.toml")
                    .propose(proposal),
            );
        }
    }
}
