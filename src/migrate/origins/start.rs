//! The order of the work on a project of another backend than setuptools.

use crate::error::Result;
use crate::migrate::migration::{Migration, MoveFinding, MoveVerdict};
use crate::migrate::origins::builders::{self, FoundBuilder};
use crate::migrate::origins::origin::{Origin, OriginTree};
use crate::migrate::origins::origin_draft::{OriginDraft, texts};
use crate::migrate::origins::{flit, git_version, hatch, native_build, poetry};
use crate::migrate::{cffi_dependency, toml_text};
use crate::model::requirement_name;

/// The new pyproject.toml of a project, and what a person has to decide. Nothing is run.
///
/// # Errors
/// pyproject.toml is no TOML.
pub fn migrate(origin: Origin, tree: &OriginTree) -> Result<Migration> {
    let mut draft = OriginDraft::new(origin, tree)?;
    draft.git_version = git_version::find(&draft);
    let found = builders::find(&tree.python);
    entries(&mut draft, &found);
    match origin {
        Origin::Poetry => poetry::write(&mut draft),
        Origin::Hatch => hatch::write(&mut draft),
        Origin::Flit => flit::write(&mut draft),
        Origin::Meson => native_build::meson(&mut draft),
        Origin::ScikitBuild => native_build::cmake(&mut draft),
    }
    git_version::write(&mut draft);
    let unnamed = cffi_dependency::keep(&mut draft.settings, &draft.project);
    unnamed.into_iter().for_each(|finding| draft.find(finding));
    let requires = requires(&mut draft, &found);
    Ok(draft.finished(&requires))
}

fn entries(draft: &mut OriginDraft, found: &[FoundBuilder]) {
    let entries = found.iter().map(|builder| builder.entry.as_str());
    toml_text::set(&mut draft.settings, "cffi_modules", toml_text::strings(entries));
    if found.is_empty() {
        let text =
            "no call of `set_source()` was found: name the builders, or describe the modules";
        let proposal = "[tool.officina]\ncffi_modules = [\"foo_build.py:ffi\"]";
        draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).propose(proposal));
    }
    for builder in found {
        let (script, object) = builder.entry.split_once(':').unwrap_or((&builder.entry, ""));
        let place = format!("{script}:{}", builder.line);
        match builder.is_function {
            true => draft.tell(
                MoveVerdict::YouDecide,
                place,
                format!("a builder: `{object}()` has to need no argument and to return its FFI"),
            ),
            false => {
                draft.tell(MoveVerdict::Same, place, format!("a builder: `{}`", builder.entry))
            }
        }
    }
}

/// Officina, and what builders need besides.
fn requires(draft: &mut OriginDraft, found: &[FoundBuilder]) -> Vec<String> {
    let old = draft.document.get("build-system").and_then(|system| system.get("requires"));
    let old = old.map(texts).unwrap_or_default();
    let scripts = found.iter().filter_map(|one| draft.tree.script(one.entry.split(':').next()?));
    let imports_setuptools = scripts.into_iter().any(|text| {
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| {
            line.strip_prefix("import ").or_else(|| line.strip_prefix("from ")).is_some_and(
                |rest| {
                    ["setuptools", "distutils", "pkg_resources"]
                        .iter()
                        .any(|name| rest.starts_with(name))
                },
            )
        })
    });
    let mut kept = vec!["officina".to_owned()];
    for requirement in old {
        let name = requirement_name(&requirement);
        let is_idle = matches!(name.as_str(), "setuptools" | "wheel" | "cffi" | "officina")
            || draft.git_version.as_ref().is_some_and(|carried| carried.tool == name);
        if !draft.origin.owns(&name) && !is_idle {
            kept.push(requirement);
        }
    }
    if imports_setuptools {
        kept.push("setuptools".to_owned());
        let text = "setuptools stays in build-system.requires: a builder imports it";
        draft.find(MoveFinding::new(MoveVerdict::Same, text));
    }
    kept
}
