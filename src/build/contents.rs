//! What goes into a wheel besides its extension modules.

use std::collections::HashMap;

use crate::archive::dist_info;
use crate::build::omission_warning::omission_warning;
use crate::build::provided::BuiltCrates;
use crate::build::version_file::tree_of;
use crate::config::discovery;
use crate::error::Result;
use crate::files::{tree, wheel_files};
use crate::model::{
    Builder, IncludeReason, Layout, ManifestEntry, Module, Project, PythonModule, Task, TaskKind,
    Tree, TreeFile, WheelReason,
};
use crate::report::{self, Console};
use crate::steps::builder;

/// How the task is called that looks at the source tree.
pub const TREE: &str = "the source tree";

/// What goes into the wheel besides the extensions, as it is after the builders ran.
pub struct Contents {
    /// The source tree.
    pub tree: Tree,
    /// Which part of it is Python code.
    pub layout: Layout,
    /// The Python modules that builders generated.
    pub generated: Vec<ManifestEntry>,
    /// The shared libraries of crates.
    pub shared: Vec<ManifestEntry>,
    /// The type stubs of modules.
    pub stubs: Vec<ManifestEntry>,
}

/// Looks at the source tree.
///
/// # Errors
/// It cannot be read, or the settings name packages that are not there.
pub fn contents(
    project: &Project,
    builders: &[Builder],
    modules: &[Module],
    crates: &BuiltCrates,
) -> Result<Contents> {
    let scripts = builders.iter().map(builder::name);
    let under_way =
        report::begin(Task::new(TaskKind::Walk, TREE).after(TaskKind::Generate, scripts));
    let tree = tree_of(project)?;
    let dist_name = project.metadata.dist_name();
    let layout =
        discovery::layout(&tree, &project.settings, &project.pyproject, &dist_name, builders)?;
    let generated = modules.iter().filter_map(Module::python).map(PythonModule::entry);
    under_way.done();
    let (generated, shared) = (generated.collect(), crates.shared.clone());
    Ok(Contents { layout, generated, shared, stubs: Vec::new(), tree })
}

/// More bytes than this are seldom meant to be in a wheel.
const LARGE: u64 = 5_000_000;

/// A declaration of a namespace is no longer than this.
const NAMESPACE: u64 = 4096;

/// What somebody should look at, where a package holds this file.
fn oddity(project: &Project, file: &TreeFile) -> Option<String> {
    let TreeFile { path, size, .. } = file;
    if *size > LARGE {
        return Some(format!(
            "`{path}` of {} MB goes into the wheel because it lies in a package: name it in `exclude` \
             of `[tool.officina]`, or in `include` if it belongs there",
            size / 1_000_000
        ));
    }
    if !path.ends_with("/__init__.py") || *size > NAMESPACE {
        return None;
    }
    let way = legacy_namespace(&tree::text_of(&project.root.join(path), NAMESPACE)?)?;
    Some(format!(
        "`{path}` declares a namespace with `{way}`, and installs of other parts of the namespace \
         overwrite it: remove it, Python needs none (PEP 420)"
    ))
}

/// How an `__init__.py` declares a namespace, if that is all that it does.
fn legacy_namespace(text: &str) -> Option<&'static str> {
    let way = [("declare_namespace", "pkg_resources"), ("extend_path", "pkgutil")];
    let way = way.iter().find(|(call, module)| text.contains(call) && text.contains(module));
    let has_code = ["def ", "class ", "__version__", "from ."].iter().any(|c| text.contains(c));
    way.filter(|_| !has_code).map(|(_, module)| *module)
}

impl Contents {
    /// Says which modules were found beside `pyproject.toml`, where they are more than one: a
    /// script that happens to lie there would be a module of everybody's site-packages.
    pub fn say_which_modules_are_taken(&self, project: &Project, console: Console) {
        let Layout { python_source, modules, .. } = &self.layout;
        let is_found = project.settings.py_modules.is_none() && python_source.is_empty();
        if is_found && modules.len() > 1 {
            let (taken, line) = (modules.join("`, `"), modules.join("\", \""));
            console.warning(&format!(
                "the wheel holds {} modules that lie beside pyproject.toml, `{taken}`: list those \
                 that you want in `[tool.officina]`, `py-modules = [\"{line}\"]`",
                modules.len()
            ));
        }
    }

    /// Warns of files that the wheel takes because they lie in a package, and that nobody may want:
    /// an `__init__.py` that declares a namespace in a way of old, and what is very large.
    ///
    /// # Errors
    /// A glob that matches nothing.
    pub fn say_what_is_odd(&self, project: &Project, console: Console) -> Result<()> {
        let Contents { tree, layout, .. } = self;
        let odd = tree.files.iter().filter_map(|file| Some((&file.path, oddity(project, file)?)));
        let odd: HashMap<&String, String> = odd.collect();
        if odd.is_empty() {
            return Ok(());
        }
        let (settings, pyproject) = (&project.settings, &project.pyproject);
        let version = project.metadata.version.to_string();
        let dist_info = dist_info::folder_name(&project.metadata.dist_name(), &version);
        let listing = wheel_files::listing(tree, layout, settings, pyproject, &dist_info)?;
        for file in listing.included {
            let is_discovered = matches!(file.why, IncludeReason::InWheel(WheelReason::Package(_)));
            let path = file.source.filter(|_| is_discovered);
            if let Some(warning) = path.and_then(|path| odd.get(&path)) {
                console.warning(warning);
            }
        }
        Ok(())
    }

    /// Warns of files that the wheel does without, and that somebody may miss.
    ///
    /// # Errors
    /// A glob that matches nothing.
    pub fn say_what_is_omitted(&self, project: &Project, console: Console) -> Result<()> {
        let Contents { tree, layout, .. } = self;
        let found =
            wheel_files::notable_omissions(tree, layout, &project.settings, &project.pyproject)?;
        for left_out in found {
            console.warning(&omission_warning(&left_out, "wheel", "[tool.officina]"));
        }
        Ok(())
    }
}
