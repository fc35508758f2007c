//! The sdist: nothing runs for it, neither a builder nor a compiler.

use std::path::Path;
use std::time::Instant;

use crate::archive::{epoch, sdist};
use crate::build::{console, load, omission_warning, resolved, warn};
use crate::cli::protocol::Response;
use crate::config::settings::overrides;
use crate::config::{discovery, portable};
use crate::error::{Error, Result};
use crate::files::mentions;
use crate::files::mentions::MentionQuery;
use crate::files::sdist_files;
use crate::files::sdist_files::{SdistFiles, SdistParts};
use crate::files::tree;
use crate::model::Environment;
use crate::model::{
    Builder, Decision, Layout, PYPROJECT, Project, Request, Settings, StepKind, Tree, Work,
};
use crate::report::{self, Console};

/// Makes the sdist and answers with its name.
///
/// # Errors
/// Those of reading the project, of choosing the files and of packing them. Nothing is left then.
pub fn make(request: &Request, environment: &Environment, into: &Path) -> Result<Response> {
    Ok(Response::Name(pack(request, environment, into)?.name))
}

/// An sdist that is written, and what was decided for it.
pub(super) struct Packed {
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
/// Those of [`make`].
pub(super) fn pack(request: &Request, environment: &Environment, into: &Path) -> Result<Packed> {
    let start = Instant::now();
    let modified = epoch::seconds(environment)?;
    let project = load(request, environment)?;
    let console = console(&project);
    warn(request, &project);
    let under_way =
        report::begin(Work::new(StepKind::Walk, SDIST).after(StepKind::Read, [PYPROJECT]));
    let ground = SdistInputs::of(&project)?;
    let chosen = sdist_files::select(&ground.parts(&project)?)?;
    for left_out in &chosen.notable_omissions {
        console.warning(&omission_warning(left_out, "sdist", "[tool.officina.sdist]"));
    }
    say_what_is_mentioned(console, &project, &ground, &chosen);
    under_way.done();
    let folder = stem(&project);
    let name = format!("{folder}.tar.gz");
    let under_way =
        report::begin(Work::new(StepKind::Pack, name.as_str()).after(StepKind::Walk, [SDIST]));
    sdist::write(into, &folder, &chosen.manifest, modified)?;
    under_way.done();
    let files = chosen.manifest.entries.len();
    console.step("Packed", &format!("{name}: {files} files"), start.elapsed());
    Ok(Packed { name, tree: ground.tree, decisions: chosen.decisions, project })
}

/// How the step is called that chooses the files.
const SDIST: &str = "the files of the sdist";

/// So many warnings about mentions are shown.
const MENTIONS: usize = 10;

/// Larger files are not looked through for mentions: nobody wrote them by hand.
const LARGEST_TEXT: u64 = 1 << 20;

fn say_what_is_mentioned(
    console: Console,
    project: &Project,
    ground: &SdistInputs,
    chosen: &SdistFiles,
) {
    let found = mentions::find(&MentionQuery {
        tree: &ground.tree,
        decisions: &chosen.decisions,
        builders: &ground.builders,
        read: &|path| tree::text_of(&project.root.join(path), LARGEST_TEXT),
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

/// What the choice of files looks at. Made on one system, an sdist serves them all: nothing here is
/// of this one, and what any override may ask for counts.
pub(super) struct SdistInputs {
    pub tree: Tree,
    pub layout: Layout,
    /// What other wheels hold of the tree.
    pub elsewhere: Vec<(Layout, Settings)>,
    /// Relative to the project root, with `/`.
    pub builders: Vec<String>,
}

impl SdistInputs {
    /// Walks the tree.
    pub(super) fn of(project: &Project) -> Result<Self> {
        let tree = tree::walk(&project.root)?;
        let dist_name = project.metadata.dist_name();
        let mut builders = Vec::new();
        let mut layout = |settings: &Settings| {
            let resolved = resolved(project, settings)?;
            builders.extend(scripts(project, &resolved)?);
            discovery::layout(&tree, settings, &project.pyproject, &dist_name, &resolved)
        };
        let base = layout(&project.declared.base)?;
        let variants = overrides::variants(&project.declared).into_iter();
        let elsewhere: Result<Vec<_>> =
            variants.map(|settings| Ok((layout(&settings)?, settings))).collect();
        let elsewhere = elsewhere?;
        Ok(SdistInputs { layout: base, elsewhere, builders, tree })
    }

    pub(super) fn parts<'a>(&'a self, project: &'a Project) -> Result<SdistParts<'a>> {
        Ok(SdistParts {
            tree: &self.tree,
            layout: &self.layout,
            settings: &project.declared.base,
            elsewhere: &self.elsewhere,
            pyproject: &project.pyproject,
            builders: &self.builders,
            named: &project.inputs,
            stem: stem(project),
            pkg_info: project.metadata.core_metadata(),
            portable_pyproject: portable::toml_1_0(&project.pyproject)?,
        })
    }
}

fn stem(project: &Project) -> String {
    sdist::folder_name(&project.metadata.dist_name(), &project.metadata.version.to_string())
}

/// The builders as they are found, whatever way an entry takes there (`a/../b.py`, a link).
fn scripts(project: &Project, builders: &[Builder]) -> Result<Vec<String>> {
    let path = |builder: &Builder| {
        tree::path_below(&project.root, &builder.script).ok_or_else(|| {
            let script = builder.script.display();
            let message = format!("the builder `{script}` lies outside the project");
            let entry = builder.entries.first().map_or(0..0, |entry| entry.span.clone());
            Error::new(message)
                .at(&project.pyproject, entry)
                .note("an sdist holds files below the folder of pyproject.toml only")
                .hint("move the builder into the project")
        })
    };
    builders.iter().map(path).collect()
}
