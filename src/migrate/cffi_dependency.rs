//! The dependency that modules need at run time, and that the old build may not have named.

use toml_edit::{Array, Item, Table, value};

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::model::requirement_name;

/// Keeps a project as it is that makes CFFI modules and does not name cffi: Officina would refuse it.
pub fn settle(draft: &mut Draft) {
    let project = draft.project().clone();
    let unnamed = keep(&mut draft.settings, &project);
    unnamed.into_iter().for_each(|finding| draft.find(finding));
}

/// The same for the two tables, `[tool.officina]` and `[project]`; what to tell of it.
pub fn keep(settings: &mut Table, project: &Table) -> Option<MoveFinding> {
    let makes_modules = ["cffi_modules", "modules"].iter().any(|key| settings.contains_key(key));
    let is_dynamic = list(project.get("dynamic")).iter().any(|field| field == "dependencies");
    let dependencies = list(project.get("dependencies"));
    let is_named = dependencies.iter().any(|text| requirement_name(text) == "cffi");
    if !makes_modules || is_dynamic || is_named {
        return None;
    }
    settings.insert("require-cffi", value(false));
    let text = "cffi is no dependency, and whoever installs the wheel needs it: add it, and remove `require-cffi`";
    let mut finding = MoveFinding::new(MoveVerdict::YouDecide, text);
    finding.proposal = Some(
        "[project]\ndependencies = [\"cffi; platform_python_implementation != 'PyPy'\"]".to_owned(),
    );
    Some(finding)
}

fn list(item: Option<&Item>) -> Vec<String> {
    let array = item.and_then(Item::as_array).map(Array::iter);
    array.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}
