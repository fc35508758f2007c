//! What goes into a wheel besides its extension modules.

use crate::build::omission_warning::omission_warning;
use crate::config::discovery;
use crate::error::Result;
use crate::files::{tree, wheel_files};
use crate::model::{
    Builder, Content, Layout, ManifestEntry, Module, Project, Task, TaskKind, Tree,
};
use crate::report::{self, Console};

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
}

/// Looks at the source tree.
///
/// # Errors
/// It cannot be read, or the settings name packages that are not there.
pub fn contents(project: &Project, builders: &[Builder], modules: &[Module]) -> Result<Contents> {
    let scripts = builders.iter().map(|builder| builder.script.display().to_string());
    let under_way =
        report::begin(Task::new(TaskKind::Walk, TREE).after(TaskKind::Generate, scripts));
    let tree = tree::walk(&project.root)?;
    let dist_name = project.metadata.dist_name();
    let layout =
        discovery::layout(&tree, &project.settings, &project.pyproject, &dist_name, builders)?;
    let generated = modules.iter().filter_map(Module::python).map(|module| ManifestEntry {
        path: module.name.file(".py"),
        content: Content::File(module.path.clone()),
        executable: false,
    });
    under_way.done();
    Ok(Contents { layout, generated: generated.collect(), tree })
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
                "the wheel takes {} modules beside pyproject.toml, `{taken}`: write those that \
                 you mean into `[tool.officina]`, `py-modules = [\"{line}\"]`",
                modules.len()
            ));
        }
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
