//! Type stubs in the source tree: written, or compared with what would be written.

use std::path::Path;

use similar::TextDiff;

use crate::build::assemble::{self, ReadyBuilders};
use crate::build::commands::{FileWork, ProjectCommand};
use crate::build::contents::contents;
use crate::build::context::{Build, HookContext};
use crate::build::folders;
use crate::build::outcome::finished;
use crate::build::permits::Permits;
use crate::build::project::load;
use crate::build::stubs::module_of;
use crate::engine::cache::BuildEnd;
use crate::error::{Error, Result};
use crate::files::tree;
use crate::fs;
use crate::model::{Environment, Project, WheelKind};
use crate::stubs::stub::{self, StubFile};

/// A stub of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeStub {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// How it differs from what it should be, or did before it was written; `None`: it does not.
    pub diff: Option<String>,
    /// Who made the stub that is there.
    pub maker: StubMaker,
}

/// Who made a stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StubMaker {
    /// Officina, or there was none.
    Ours,
    /// Somebody else: it is not written over.
    Somebody,
}

/// Writes the stubs of a project's modules beside its packages, or compares them; returns them.
///
/// # Errors
/// A builder fails, the project has no CFFI module, or a file would be lost that somebody wrote.
pub fn run(
    command: &ProjectCommand,
    work: FileWork,
    environment: &Environment,
) -> Result<Vec<TreeStub>> {
    finished(of_tree(command, work, environment))
}

fn of_tree(
    command: &ProjectCommand,
    work: FileWork,
    environment: &Environment,
) -> Result<Vec<TreeStub>> {
    let request = command.wheel(WheelKind::Standard, Path::new(""));
    let context = HookContext::of(&request, environment)?;
    let mut project = load(&request, environment)?;
    project.settings.stubs = true;
    let folder = folders::open(&context, &project)?;
    let permits = Permits::of(&project, environment)?;
    let build = Build::new(&context, &project, &folder, &permits.jobs);
    let generated = assemble::with_builders(&build, |ready| {
        assemble::generated(&build, &ready.provided, &ready.builders)
    });
    folder.remember(BuildEnd::Early, command.console());
    let (ReadyBuilders { builders, provided, .. }, made) = generated?;
    let contents = contents(&project, &builders, &made.modules, &provided.crates)?;
    let uses = build.uses.get().cloned().unwrap_or_default();
    let files = stub::stubs(&made.ffis, &uses);
    if files.is_empty() {
        return Err(Error::new("this project makes no CFFI module")
            .hint("name its builders in `[tool.officina]`: `cffi_modules = [\"build.py:ffi\"]`"));
    }
    let source = &contents.layout.python_source;
    let below =
        |file: &StubFile| format!("{source}/{}", file.path).trim_start_matches('/').to_owned();
    files.iter().map(|file| in_tree(&project, &below(file), &file.text, work)).collect()
}

fn in_tree(project: &Project, path: &str, text: &str, work: FileWork) -> Result<TreeStub> {
    let file = project.root.join(path);
    let before = match file.is_file() {
        true => fs::read_source(&file, path)?.text,
        false => String::new(),
    };
    let diff = (before != text).then(|| {
        let diff = TextDiff::from_lines(before.as_str(), text);
        diff.unified_diff().header(path, "what the declarations say").to_string()
    });
    let is_ours = before.is_empty() || before.starts_with(stub::BEGIN);
    let maker = if is_ours { StubMaker::Ours } else { StubMaker::Somebody };
    if work == FileWork::Write && diff.is_some() {
        if maker == StubMaker::Somebody {
            return Err(Error::new(format!("`{path}` was not made by Officina"))
                .note("a stub of the tree is the one that wheels hold")
                .hint("remove it, or move it away, and have it made: `officina stubs`"));
        }
        remove_other_form(project, path)?;
        fs::create_parent(&file)?;
        fs::write_text(&file, text)?;
    }
    Ok(TreeStub { path: path.to_owned(), diff, maker })
}

/// A module that was a file before may be a folder now, and the folder would be hidden by nothing but
/// confusion; and the other way round.
fn remove_other_form(project: &Project, path: &str) -> Result<()> {
    let module = module_of(path);
    let others = match path == format!("{module}.pyi") {
        true => vec![format!("{module}/lib.pyi"), format!("{module}/__init__.pyi")],
        false => vec![format!("{module}.pyi")],
    };
    for other in others {
        let file = project.root.join(&other);
        if tree::begins_with(&file, stub::BEGIN) {
            std::fs::remove_file(&file).map_err(|e| Error::io("remove", &file, &e))?;
            // Only if nothing else is in it.
            let _ = file.parent().filter(|_| other.contains("/__init__")).map(std::fs::remove_dir);
        }
    }
    Ok(())
}
