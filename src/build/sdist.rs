//! The sdist: nothing runs for it, neither a builder nor a compiler.

use std::path::Path;
use std::time::Instant;

use crate::archive::{epoch, sdist};
use crate::build::omission_warning::omission_warning;
use crate::build::project::{console, load, warn};
use crate::build::sdist_inputs::{SdistInputs, stem};
use crate::error::Result;
use crate::files::mentions::{self, MentionQuery};
use crate::files::sdist_files::{self, SdistFiles};
use crate::files::tree;
use crate::model::{Decision, Environment, PYPROJECT, Project, Request, Task, TaskKind, Tree};
use crate::report::{self, Console};

/// An sdist that is written, and what was decided for it.
pub struct Packed {
    /// Its file name.
    pub name: String,
    pub project: Project,
    /// The tree that it was made from.
    pub tree: Tree,
    /// What was decided about each file of the tree.
    pub decisions: Vec<Decision>,
}

/// Makes the sdist.
///
/// # Errors
/// Those of reading the project, of choosing the files and of packing them. Nothing is left then.
pub fn pack(request: &Request, environment: &Environment, into: &Path) -> Result<Packed> {
    let start = Instant::now();
    let modified = epoch::seconds(environment)?;
    let project = load(request, environment)?;
    let console = console(&project);
    warn(request, &project);
    let under_way =
        report::begin(Task::new(TaskKind::Walk, SDIST).after(TaskKind::Read, [PYPROJECT]));
    let inputs = SdistInputs::of(&project)?;
    let chosen = sdist_files::select(&inputs.parts(&project)?)?;
    for left_out in &chosen.notable_omissions {
        console.warning(&omission_warning(left_out, "sdist", "[tool.officina.sdist]"));
    }
    say_what_is_mentioned(console, &project, &inputs, &chosen);
    if inputs.tree.files.iter().any(|file| file.path == "MANIFEST.in") {
        console.warning(
            "`MANIFEST.in` has no effect here: `include` and `exclude` of `[tool.officina.sdist]` say \
             what an sdist holds besides what git tracks",
        );
    }
    under_way.done();
    let folder = stem(&project);
    let name = format!("{folder}.tar.gz");
    let under_way =
        report::begin(Task::new(TaskKind::Pack, name.as_str()).after(TaskKind::Walk, [SDIST]));
    sdist::write(into, &folder, &chosen.manifest, modified)?;
    under_way.done();
    let files = chosen.manifest.entries.len();
    console.done("Packed", &format!("{name}: {files} files"), start.elapsed());
    Ok(Packed { name, tree: inputs.tree, decisions: chosen.decisions, project })
}

/// How the task is called that chooses the files.
const SDIST: &str = "the files of the sdist";

/// So many warnings about mentions are shown.
const MENTIONS: usize = 10;

fn say_what_is_mentioned(
    console: Console,
    project: &Project,
    inputs: &SdistInputs,
    chosen: &SdistFiles,
) {
    let read = |path: &str| tree::text_of(&project.root.join(path), tree::LARGEST_TEXT);
    let outside = mentions::names_outside(&inputs.builders, &read);
    for name in outside.iter().filter(|name| tree::is_there(&project.root, &name.path)) {
        console.warning(&mentions::outside_warning(name));
    }
    let found = mentions::find(&MentionQuery {
        tree: &inputs.tree,
        decisions: &chosen.decisions,
        builders: &inputs.builders,
        read: &read,
    });
    for mention in found.iter().take(MENTIONS) {
        console.warning(&mentions::warning(mention, &project.settings.sdist));
    }
    if let Some(more) = found.len().checked_sub(MENTIONS + 1) {
        let more = more + 1;
        console
            .warning(&format!("{more} more files are left out of the sdist and spoken of in it"));
    }
}
