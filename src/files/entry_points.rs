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

/// A warning for each entry point whose module is in the wheel and surely lacks the object. `text_of`: the text of
/// a Python file of the wheel.
pub fn hollow(
    groups: &[EntryPointGroup],
    wheel: &Manifest,
    text_of: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (group, (name, object)) in
        groups.iter().flat_map(|group| group.entries.iter().map(move |entry| (group, entry)))
    {
        let Some((module, rest)) = object.split_once(':') else { continue };
        let wanted = rest.split(['.', '[']).next().unwrap_or_default().trim();
        let stem = module.trim().replace('.', "/");
        let files = [format!("{stem}.py"), format!("{stem}/__init__.py")];
        let held = |file: &&String| wheel.entries.iter().any(|entry| entry.path == **file);
        let below = format!("{stem}/{wanted}");
        let is_below =
            |path: &str| path.strip_prefix(&below).is_some_and(|rest| rest.starts_with(['.', '/']));
        if wanted.is_empty() || wheel.entries.iter().any(|entry| is_below(&entry.path)) {
            continue;
        }
        let Some(file) = files.iter().find(held) else { continue };
        let Some(text) = text_of(file).filter(|text| lacks(text, wanted)) else { continue };
        let functions = text.lines().filter_map(defined);
        let meant = nearest(wanted, functions);
        let meant = meant.map(|near| format!(": was `{near}` meant?")).unwrap_or_default();
        let table = table(&group.name);
        warnings.push(format!(
            "`{name}` of `{table}` is `{object}`, and `{file}` defines no `{wanted}`{meant}"
        ));
    }
    warnings
}

/// Whether a module cannot have this name: its text never has the word, and nothing that makes names of others.
fn lacks(text: &str, name: &str) -> bool {
    const MAKERS: [&str; 7] =
        ["import *", "__getattr__", "globals", "exec", "setattr", "sys.modules", "__dict__"];
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    let is_word = |(at, _): (usize, &str)| {
        !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part)
    };
    !text.match_indices(name).any(is_word) && !MAKERS.iter().any(|maker| text.contains(maker))
}

/// The function that a line defines, outside of all others.
fn defined(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("def ")?;
    rest.split('(').next().map(str::trim)
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
    fn an_object_is_missed_only_where_the_text_surely_lacks_it() {
        let table = [
            (
                "demo.cli:mian",
                "def main():\n    pass\n",
                Some("defines no `mian`: was `main` meant?"),
            ),
            ("demo.cli:gone.run [extra]", "main = 1\n", Some("defines no `gone`")),
            ("demo:gone", "", Some("`demo/__init__.py` defines no `gone`")),
            ("demo.cli:main", "mainly = 1\n", Some("defines no `main`")),
            // What may have it.
            ("demo:cli", "", None),
            ("demo.cli", "", None),
            ("demo.cli:main", "from demo.run import main\n", None),
            ("demo.cli:main", "from demo.run import *\n", None),
            ("demo.cli:main", "def __getattr__(name): ...\n", None),
            ("demo.cli:main", "exec(text)\n", None),
            ("demo.other:main", "", None),
        ];
        let entry = |path: &str| ManifestEntry {
            path: path.into(),
            content: Content::Text(String::new()),
            executable: false,
        };
        let wheel = Manifest { entries: vec![entry("demo/__init__.py"), entry("demo/cli.py")] };
        for (object, text, expected) in table {
            let entries = vec![("run".to_owned(), object.to_owned())];
            let group = EntryPointGroup { name: "console_scripts".into(), entries };
            let said = hollow(&[group], &wheel, |_| Some(text.to_owned())).join("\n");
            assert_eq!(said.is_empty(), expected.is_none(), "{object}: {said}");
            assert!(said.contains(expected.unwrap_or_default()), "{object}: {said}");
        }
    }

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
