//! `[build-system]`: who builds this project, and what has to be installed for it (PEP 518). Pure.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use crate::config::toml::{self, TomlTable};
use crate::error::Result;
use crate::model::{Requirement, SourceText, VersionOrUrl, normalize_name};

/// What a person should hear before a command builds in the environment at hand, where no frontend
/// has installed anything: one sentence each.
///
/// # Errors
/// The table is not one, or its values have the wrong type.
pub fn remarks(root: &TomlTable, installed: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let Some(table) = root.table("build-system")? else {
        return Ok(vec![format!(
            "there is no `[build-system]`: frontends would use setuptools; {DECLARE}"
        )]);
    };
    let mut remarks = Vec::new();
    match table.string("build-backend")? {
        Some(backend) if backend.value == "officina" => {}
        Some(backend) => {
            let other = backend.value;
            remarks.push(format!("frontends would build this project with `{other}`; {DECLARE}"));
        }
        None => {
            remarks.push(format!("frontends would build this project with setuptools; {DECLARE}"))
        }
    }
    let requires = table.strings("requires")?.unwrap_or_default();
    let requires = requires.into_iter().map(|requirement| requirement.value);
    remarks
        .extend(missing(requires, installed).iter().map(|requirement| match meant(requirement) {
        Some(name) => {
            format!("`build-system.requires` names `{requirement}`: did you mean `{name}`?")
        }
        None => format!(
            "`build-system.requires` names `{requirement}`, which this environment lacks: python \
             -m pip install \"{requirement}\""
        ),
    }));
    Ok(remarks)
}

/// The package whose name somebody wanted to write: to install what they wrote may fetch a package of a stranger.
pub fn meant(requirement: &Requirement) -> Option<&'static str> {
    const KNOWN: [&str; 3] = ["officina", "cffi", "setuptools"];
    let slips = |name: &&str| strsim::osa_distance(requirement.name.as_ref(), name);
    KNOWN.into_iter().find(|name| (1..=name.len() / 4).contains(&slips(name)))
}

/// The requirements that an environment lacks. What is no requirement is for others to refuse.
pub fn missing(
    requires: impl IntoIterator<Item = String>,
    installed: &BTreeMap<String, String>,
) -> Vec<Requirement> {
    let installed: BTreeMap<String, &str> =
        installed.iter().map(|(name, version)| (normalize_name(name), version.as_str())).collect();
    let parsed = requires.into_iter().filter_map(|text| Requirement::from_str(&text).ok());
    parsed.filter(|requirement| !is_satisfied(requirement, &installed)).collect()
}

/// Who builds a project, as its `[build-system]` says, or as frontends take it where nothing is said
/// (PEP 517, PEP 518).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredBackend {
    /// What has to be installed.
    pub requires: Vec<String>,
    /// `module:object`
    pub backend: String,
    /// Folders of the tree in which the backend lies.
    pub backend_path: Vec<String>,
}

/// The backend of a project that names none.
pub const LEGACY: &str = "setuptools.build_meta:__legacy__";

/// Reads `[build-system]` of the text of a pyproject.toml.
///
/// # Errors
/// The text is not TOML, the table is not one, or its values have the wrong type.
pub fn backend_of(pyproject: &Arc<SourceText>) -> Result<DeclaredBackend> {
    let document = toml::parse(pyproject)?;
    declared_backend(Some(&TomlTable::root(pyproject, &document)))
}

/// Reads `[build-system]`; `None` stands for a project without pyproject.toml.
///
/// # Errors
/// The table is not one, or its values have the wrong type.
pub fn declared_backend(root: Option<&TomlTable>) -> Result<DeclaredBackend> {
    let table = root.map(|root| root.table("build-system")).transpose()?.flatten();
    let strings = |key| -> Result<Option<Vec<String>>> {
        let strings = table.as_ref().map(|table| table.strings(key)).transpose()?.flatten();
        Ok(strings.map(|strings| strings.into_iter().map(|string| string.value).collect()))
    };
    let backend = table.as_ref().map(|table| table.string("build-backend")).transpose()?.flatten();
    Ok(DeclaredBackend {
        requires: strings("requires")?.unwrap_or_else(|| vec!["setuptools >= 40.8.0".to_owned()]),
        backend: backend.map_or_else(|| LEGACY.to_owned(), |backend| backend.value),
        backend_path: strings("backend-path")?.unwrap_or_default(),
    })
}

const DECLARE: &str = "declare `build-backend = \"officina\"` in `[build-system]`";

/// A requirement with a marker counts as satisfied: it may not apply.
fn is_satisfied(requirement: &Requirement, installed: &BTreeMap<String, &str>) -> bool {
    if requirement.marker.is_some() {
        return true;
    }
    let Some(version) = installed.get(&requirement.name) else { return false };
    match (&requirement.version_or_url, version.parse()) {
        (VersionOrUrl::Versions(specifiers), Ok(version)) => specifiers.contains(&version),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks_on(text: &str) -> Vec<String> {
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
        let document = toml::parse(&source).unwrap();
        let installed = [("CFFI", "1.17.1"), ("officina", "0.1.0"), ("Odd", "???")];
        let installed = installed.map(|(name, version)| (name.to_owned(), version.to_owned()));
        remarks(&TomlTable::root(&source, &document), &installed.into()).unwrap()
    }

    #[test]
    fn what_is_missing_is_named() {
        let requires = "[build-system]\nbuild-backend = \"officina\"\nrequires = ";
        let table = [
            ("[\"officina\", \"cffi >= 1.15\", \"odd>=2\"]", ""),
            ("[\"ninja; python_version < '3'\", \"not a requirement\"]", ""),
            ("[\"Scikit_Build>=1\"]", "names `scikit-build>=1`, which this environment lacks"),
            ("[\"cffi>=2\"]", "names `cffi>=2`, which this environment lacks"),
            ("[\"offcina\"]", "names `offcina`: did you mean `officina`?"),
            ("[\"oficcina>=1\"]", "names `oficcina>=1`: did you mean `officina`?"),
            ("[\"officina\", \"cfi\"]", "names `cfi`: did you mean `cffi`?"),
            ("[\"setup-tools\"]", "names `setup-tools`: did you mean `setuptools`?"),
            ("[\"setuptools-scm\"]", "names `setuptools-scm`, which this environment lacks"),
        ];
        for (list, expected) in table {
            let remarks = remarks_on(&format!("{requires}{list}\n"));
            assert_eq!(remarks.is_empty(), expected.is_empty(), "{list}: {remarks:?}");
            assert!(remarks.iter().all(|remark| remark.contains(expected)), "{remarks:?}");
        }
    }

    #[test]
    fn another_backend_is_noticed() {
        let table = [
            ("", "there is no `[build-system]`"),
            ("[build-system]\nrequires = []\n", "with setuptools"),
            ("[build-system]\nbuild-backend = \"flit_core.buildapi\"\n", "`flit_core.buildapi`"),
        ];
        for (text, expected) in table {
            let remarks = remarks_on(text);
            assert!(remarks.len() == 1 && remarks[0].contains(expected), "{remarks:?}");
            assert!(remarks[0].contains("build-backend = \"officina\""), "{remarks:?}");
        }
    }
}
