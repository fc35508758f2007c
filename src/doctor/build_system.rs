//! Whether frontends would build the project with Officina. Pure.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use crate::config::build_system;
use crate::config::toml::TomlTable;
use crate::doctor::finding::{Finding, Subject};
use crate::error::Result;
use crate::model::{Requirement, VersionOrUrl};

/// Who packs the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packer {
    /// Officina.
    Officina,
    /// Setuptools, while Officina may build the modules.
    Setuptools,
    /// Another backend.
    Other,
}

/// What `[build-system]` makes frontends do.
///
/// # Errors
/// The table is not one, or its values have the wrong type.
pub fn build_system(
    root: &TomlTable,
    installed: &BTreeMap<String, String>,
) -> Result<(Packer, Vec<Finding>)> {
    let declared = build_system::declared_backend(Some(root))?;
    let requires: Vec<Requirement> =
        declared.requires.iter().filter_map(|one| Requirement::from_str(one).ok()).collect();
    let ours = requires.iter().find(|requirement| requirement.name == "officina");
    let is_misspelt = |one: &&Requirement| build_system::meant(one) == Some("officina");
    let misspelt = requires.iter().find(|one| ours.is_none() && is_misspelt(one));
    let subject = Subject::BuildSystem;
    let is_own = !declared.backend_path.is_empty();
    let packer = match declared.backend.as_str() {
        "officina" => Packer::Officina,
        build_system::LEGACY | "setuptools.build_meta" => Packer::Setuptools,
        // What lies in the project calls setuptools more often than not, and Officina's plugin is asked there.
        _ if is_own && ours.is_some() => Packer::Setuptools,
        _ => Packer::Other,
    };
    let shown = match declared.backend.as_str() {
        build_system::LEGACY => "setuptools, since no `build-backend` is named".to_owned(),
        backend => format!("`{backend}`"),
    };
    let mut findings = vec![match (packer, ours) {
        (Packer::Officina, Some(_)) => {
            Finding::ok(subject, "frontends install officina and build with it")
        }
        (Packer::Officina, None) => Finding::fail(
            subject,
            "`requires` does not list officina, so that frontends cannot import the backend",
        )
        .next(match misspelt {
            Some(typo) => format!("did you mean `officina` where it lists `{typo}`?"),
            None => "write `requires = [\"officina\"]` in `[build-system]`".to_owned(),
        }),
        (Packer::Setuptools, Some(_)) if is_own => Finding::ok(
            subject,
            format!("{shown} of the project packs it; where that calls setuptools, Officina builds the modules"),
        ),
        (Packer::Setuptools, Some(_)) => {
            Finding::ok(subject, "setuptools packs the project, and Officina builds its modules")
        }
        _ => Finding::fail(subject, format!("frontends build this project with {shown}"))
            .next("write `requires = [\"officina\"]` and `build-backend = \"officina\"` in `[build-system]`")
            .next("or add officina to `requires` if setuptools is to pack the project"),
    }];
    findings.extend(ours.and_then(other_version));
    if packer == Packer::Officina {
        let mut remarks = build_system::remarks(root, installed)?;
        // The finding above says it.
        remarks
            .retain(|remark| misspelt.is_none() || !remark.ends_with("did you mean `officina`?"));
        findings.extend(remarks.into_iter().map(|remark| {
            let (what, next) = remark.split_once(": ").unwrap_or((&remark, ""));
            let finding = Finding::warn(subject, what);
            if next.is_empty() { finding } else { finding.next(next) }
        }));
    }
    Ok((packer, findings))
}

/// What is tried here is another Officina than the one that frontends install.
fn other_version(requirement: &Requirement) -> Option<Finding> {
    let VersionOrUrl::Versions(versions) = &requirement.version_or_url else { return None };
    let own = env!("CARGO_PKG_VERSION").parse().ok()?;
    (!versions.contains(&own)).then(|| {
        let what = format!("frontends install `{requirement}`, and this is officina {own}");
        Finding::warn(Subject::BuildSystem, what)
            .next("install that one here, or change the version in `requires`")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::toml;
    use crate::doctor::finding::Verdict;
    use crate::model::SourceText;

    #[test]
    fn who_builds_the_project_is_told() {
        for (text, packer, verdict, part) in [
            (
                "requires = [\"officina\"]\nbuild-backend = \"officina\"",
                Packer::Officina,
                Verdict::Ok,
                "install officina",
            ),
            (
                "requires = [\"cffi\"]\nbuild-backend = \"officina\"",
                Packer::Officina,
                Verdict::Fail,
                "does not list officina",
            ),
            (
                "requires = [\"offcina\"]\nbuild-backend = \"officina\"",
                Packer::Officina,
                Verdict::Fail,
                "does not list officina",
            ),
            (
                "build-backend = \"officina\"",
                Packer::Officina,
                Verdict::Fail,
                "does not list officina",
            ),
            (
                "requires = [\"setuptools\", \"officina>=0\"]",
                Packer::Setuptools,
                Verdict::Ok,
                "setuptools packs",
            ),
            (
                "requires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"",
                Packer::Setuptools,
                Verdict::Fail,
                "`setuptools.build_meta`",
            ),
            (
                "requires = [\"officina\"]\nbuild-backend = \"hatchling.build\"",
                Packer::Other,
                Verdict::Fail,
                "`hatchling.build`",
            ),
            ("", Packer::Setuptools, Verdict::Fail, "setuptools, since no"),
        ] {
            check(text, packer, verdict, part);
        }
    }

    #[test]
    fn a_backend_of_the_project_may_call_setuptools() {
        for (text, packer, verdict, part) in [
            (
                "requires = [\"setuptools\", \"Officina\"]\nbuild-backend = \"own\"\nbackend-path = [\".\"]",
                Packer::Setuptools,
                Verdict::Ok,
                "`own` of the project packs it",
            ),
            (
                "requires = [\"setuptools\"]\nbuild-backend = \"own\"\nbackend-path = [\".\"]",
                Packer::Other,
                Verdict::Fail,
                "`own`",
            ),
            (
                "requires = [\"cffi\"]\nbuild-backend = \"officina\"\nbackend-path = [\".\"]",
                Packer::Officina,
                Verdict::Fail,
                "does not list officina",
            ),
        ] {
            check(text, packer, verdict, part);
        }
    }

    #[track_caller]
    fn check(text: &str, packer: Packer, verdict: Verdict, part: &str) {
        let text = format!("[build-system]\n{text}\n");
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
        let document = toml::parse(&source).unwrap();
        let installed =
            [("officina".to_owned(), "0.1.0".to_owned()), ("cffi".to_owned(), "2".to_owned())];
        let found = build_system(&TomlTable::root(&source, &document), &installed.into()).unwrap();
        assert_eq!(found.0, packer, "{}", source.text);
        let [one] = &found.1[..] else { panic!("{found:?}") };
        assert_eq!(one.verdict, verdict, "{one:?}");
        assert!(one.what.contains(part), "{one:?}");
        assert_eq!(one.next.is_empty(), verdict == Verdict::Ok, "{one:?}");
    }
}
