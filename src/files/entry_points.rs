//! Entry points that lead to modules which the wheel does not hold. Pure.

use std::collections::BTreeSet;

use crate::error::nearest;
use crate::model::{EntryPointGroup, Manifest};

/// A warning for each entry point that is certain to fail. `stands_alone`: nothing that the wheel
/// depends on could bring another package.
pub fn broken(groups: &[EntryPointGroup], wheel: &Manifest, stands_alone: bool) -> Vec<String> {
    if groups.is_empty() {
        return Vec::new();
    }
    let held = HeldModules::of(wheel);
    let mut warnings = Vec::new();
    for group in groups {
        for (name, object) in &group.entries {
            let module = object.split([':', '[']).next().unwrap_or_default().trim();
            if let Some(near) = held.lacks(module, stands_alone) {
                let meant = near.map(|near| format!(": was `{near}` meant?")).unwrap_or_default();
                let table = table(&group.name);
                warnings.push(format!(
                    "`{name}` of `{table}` is `{object}`, and the wheel holds no module \
                     `{module}`{meant}"
                ));
            }
        }
    }
    warnings
}

fn table(group: &str) -> String {
    match group {
        "console_scripts" => "[project.scripts]".into(),
        "gui_scripts" => "[project.gui-scripts]".into(),
        other => format!("[project.entry-points.\"{other}\"]"),
    }
}

/// What can be imported from a wheel, by dotted names.
#[derive(Default)]
struct HeldModules {
    modules: BTreeSet<String>,
    /// Packages with an `__init__`: no other distribution adds to them.
    closed: BTreeSet<String>,
    /// Other folders with modules in them.
    open: BTreeSet<String>,
}

impl HeldModules {
    fn of(wheel: &Manifest) -> Self {
        let mut held = HeldModules::default();
        for path in wheel.entries.iter().map(|entry| entry.path.as_str()) {
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
            let folder = folder.replace('/', ".");
            let is_module = [".py", ".pyc", ".so", ".pyd"].iter().any(|end| file.ends_with(end));
            let name = file.split('.').next().unwrap_or_default();
            if is_module && name == "__init__" {
                held.closed.insert(folder.clone());
            } else if is_module {
                let dot = if folder.is_empty() { "" } else { "." };
                held.modules.insert(format!("{folder}{dot}{name}"));
            }
            let ends = folder.match_indices('.').map(|(end, _)| end).chain([folder.len()]);
            held.open.extend(ends.map(|end| folder[..end].to_owned()));
        }
        held
    }

    fn has(&self, name: &str) -> bool {
        self.modules.contains(name) || self.closed.contains(name) || self.open.contains(name)
    }

    /// Whether a module is certain to be missing, and the name that may be meant.
    fn lacks(&self, module: &str, stands_alone: bool) -> Option<Option<&str>> {
        let ends = module.match_indices('.').map(|(end, _)| end).chain([module.len()]);
        let absent = ends.map(|end| &module[..end]).find(|name| !self.has(name))?;
        let names = self.modules.iter().chain(&self.closed).map(String::as_str);
        let near = nearest(module, names);
        let is_certain = match absent.rsplit_once('.') {
            // Another distribution may have it, which is installed for some other reason.
            None => stands_alone || near.is_some(),
            Some((parent, _)) => self.closed.contains(parent) || self.modules.contains(parent),
        };
        is_certain.then_some(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Content, ManifestEntry};

    #[test]
    fn only_what_is_certain_to_fail_is_told() {
        let paths = [
            "demo/__init__.py",
            "demo/cli.py",
            "demo/sub/__init__.py",
            "demo/_fast.abi3.so",
            "demo/data/table.txt",
            "space/part/tool.py",
            "single.py",
        ];
        let entry = |path: &&str| ManifestEntry {
            path: (*path).into(),
            content: Content::Text(String::new()),
            executable: false,
        };
        let wheel = Manifest { entries: paths.iter().map(entry).collect() };
        let table = [
            ("demo.cli:main", false, None),
            ("demo:main", false, None),
            ("demo.sub:main.run [extra]", false, None),
            ("demo._fast:lib", false, None),
            ("single", false, None),
            ("space.part.tool:main", true, None),
            ("demo.clu:main", false, Some("no module `demo.clu`: was `demo.cli` meant?")),
            ("demo.sub.gone:main", false, Some("no module `demo.sub.gone`")),
            ("single.more:main", false, Some("no module `single.more`")),
            ("dmeo.cli:main", false, Some("was `demo.cli` meant?")),
            // What others may bring.
            ("space.part.other:main", true, None),
            ("space.elsewhere:main", true, None),
            ("requests.api:get", false, None),
            ("requests.api:get", true, Some("no module `requests.api`")),
        ];
        for (object, stands_alone, expected) in table {
            let entries = vec![("run".to_owned(), object.to_owned())];
            let group = EntryPointGroup { name: "console_scripts".into(), entries };
            let said = broken(&[group], &wheel, stands_alone).join("\n");
            assert_eq!(said.is_empty(), expected.is_none(), "{object}: {said}");
            assert!(said.contains(expected.unwrap_or_default()), "{object}: {said}");
        }
    }
}
