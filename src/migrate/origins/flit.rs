//! `[tool.flit]`: the module, the files of the sdist, and what flit reads from the module.

use toml_edit::Item;

use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::origins::origin_draft::{OriginDraft, texts};
use crate::migrate::toml_text;

/// Writes all that flit's table says.
pub fn write(draft: &mut OriginDraft) {
    if draft.own(&["metadata"]).is_some() {
        let text = "`[tool.flit.metadata]` is flit's form from before `[project]`: write `[project]` first \
                    (`flit init` of flit 3.2 and newer, or flit's page \"The old way\")";
        draft.tell(MoveVerdict::YouDecide, "pyproject.toml", text);
    }
    let module =
        draft.own_text(&["module"], "name").unwrap_or_else(|| draft.name().replace('-', "_"));
    dynamic(draft, &module);
    for key in ["include", "exclude"] {
        let globs = draft.own_texts(&["sdist"], key);
        if globs.is_empty() {
            continue;
        }
        if let Some(sdist) = toml_text::table_of(&mut draft.settings, "sdist") {
            toml_text::set(sdist, key, toml_text::strings(&globs));
        }
        let text = format!("`{key}` of `[tool.flit.sdist]` -> `{key}` of `[tool.officina.sdist]`");
        draft.tell_key(MoveVerdict::Same, key, text);
    }
    if let Some(folder) = draft.own_text(&["external-data"], "directory") {
        let text = format!("`{folder}` holds data files: look at where each one goes");
        let proposal = format!("[tool.officina.data]\ndata = {{ \".\" = [\"{folder}/**\"] }}");
        draft.find(
            MoveFinding::new(MoveVerdict::YouDecide, text).at("pyproject.toml").propose(proposal),
        );
    }
    let scripts: Vec<String> = ["setup.py", "build.py"]
        .into_iter()
        .filter(|path| draft.tree.script(path).is_some())
        .map(str::to_owned)
        .collect();
    for script in scripts {
        let text = format!(
            "`{script}` does not run any more: what it compiles besides CFFI modules becomes `[[tool.officina.extensions]]`"
        );
        draft.tell(MoveVerdict::YouDecide, script, text);
    }
}

/// flit reads the version and the description from the module, by its text.
fn dynamic(draft: &mut OriginDraft, module: &str) {
    let fields = draft.project.get("dynamic").map(texts).unwrap_or_default();
    if fields.iter().any(|field| field == "version") {
        draft.dynamic("version", "attr", &format!("{module}:__version__"));
        draft.tell_key(
            MoveVerdict::Same,
            "dynamic",
            format!("the version is `__version__` of `{module}`, as before"),
        );
    }
    if !fields.iter().any(|field| field == "description") {
        return;
    }
    let path = module.replace('.', "/");
    let places = ["", "src/"]
        .map(|folder| [format!("{folder}{path}/__init__.py"), format!("{folder}{path}.py")]);
    let text = places.iter().flatten().find_map(|path| draft.tree.script(path));
    match text.and_then(docstring) {
        Some(summary) => {
            if let Some(Item::Value(list)) = draft.project.get_mut("dynamic")
                && let Some(list) = list.as_array_mut()
            {
                list.retain(|field| field.as_str() != Some("description"));
            }
            if draft.project.get("dynamic").is_some_and(|list| texts(list).is_empty()) {
                draft.project.remove("dynamic");
            }
            draft.project.insert("description", toml_edit::value(summary));
            let text = "the description is the first line of the module's docstring, written out";
            draft.tell_key(MoveVerdict::Same, "dynamic", text);
        }
        None => {
            let text =
                "the description was the first line of a docstring: write it into `[project]`";
            draft.tell_key(MoveVerdict::YouDecide, "dynamic", text);
        }
    }
}

/// The first line of a module's docstring.
fn docstring(text: &str) -> Option<String> {
    let code =
        text.lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with('#'));
    let code = code.collect::<Vec<_>>().join("\n");
    let code = code.trim_start_matches(['r', 'R', 'u', 'U']);
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| code.starts_with(quote))?;
    let (inside, _) = code[quote.len()..].split_once(quote)?;
    inside.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_the_first_line_of_the_docstring() {
        let table = [
            ("\"\"\"One thing.\n\nMore.\n\"\"\"\n", Some("One thing.")),
            ("# c\n\n'''\nOne.\n'''\n", Some("One.")),
            ("'One.'\n", Some("One.")),
            ("import x\n", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(docstring(text).as_deref(), expected, "{text}");
        }
    }
}
