//! The dependency that modules need at run time, and that the old build may not have named.

use toml_edit::{Array, Item, value};

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};

/// Keeps a project as it is that makes CFFI modules and does not name cffi: Officina would refuse it.
pub fn settle(draft: &mut Draft) {
    let makes_modules =
        ["cffi_modules", "modules"].iter().any(|key| draft.settings.contains_key(key));
    let project = draft.project();
    let is_dynamic = list(project.get("dynamic")).iter().any(|field| field == "dependencies");
    let is_named = list(project.get("dependencies")).iter().any(|text| names_cffi(text));
    if !makes_modules || is_dynamic || is_named {
        return;
    }
    draft.settings.insert("require-cffi", value(false));
    let text = "cffi is no dependency, and whoever installs the wheel needs it: add it, and remove `require-cffi`";
    let mut finding = MoveFinding::new(MoveVerdict::YouDecide, text);
    finding.proposal = Some(
        "[project]\ndependencies = [\"cffi; platform_python_implementation != 'PyPy'\"]".to_owned(),
    );
    draft.find(finding);
}

fn names_cffi(requirement: &str) -> bool {
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
    requirement[..end.unwrap_or(requirement.len())].eq_ignore_ascii_case("cffi")
}

fn list(item: Option<&Item>) -> Vec<String> {
    let array = item.and_then(Item::as_array).map(Array::iter);
    array.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}
