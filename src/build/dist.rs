//! What is published: the sdist, and the wheel that is made from it.

use std::path::Path;

use crate::archive::unpack;
use crate::build::commands::ProjectCommand;
use crate::build::context::HookContext;
use crate::build::outcome::finished;
use crate::build::wheel::{self, Built};
use crate::build::{sdist, timings};
use crate::error::{Error, MAKE_ROOM, Result};
use crate::fs;
use crate::model::{Environment, Hook, Task, TaskKind, WheelKind};
use crate::report;
use crate::steps::missing_file;

/// Which products are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Products {
    /// The sdist.
    Sdist,
    /// The wheel, from the source tree itself.
    Wheel,
    /// The sdist, and the wheel from it: what users will get is what is built.
    Both,
}

/// Makes the products and returns their names. They appear in `out` together or not at all.
///
/// # Errors
/// Those of each product. That the wheel cannot be made from the sdist says so.
pub fn build(
    command: &ProjectCommand,
    products: Products,
    out: &Path,
    environment: &Environment,
) -> Result<Vec<String>> {
    let built = || built(command, products, out, environment);
    match products {
        // The hook hears all of it.
        Products::Wheel => built(),
        Products::Sdist | Products::Both => {
            finished(timings::of_command(command, environment, built))
        }
    }
}

fn built(
    command: &ProjectCommand,
    products: Products,
    out: &Path,
    environment: &Environment,
) -> Result<Vec<String>> {
    fs::create_dir(out)?;
    let made = fs::ProductFolder::begin(out)?;
    made_in(made.path(), command, products, out, environment)
        .map_err(|error| in_words_of_out(error, made.path(), out))
}

/// The error as it is to whoever named `out`: what is made beside it and renamed has no name of its own.
fn in_words_of_out(error: Error, made: &Path, out: &Path) -> Error {
    let [inner, own] = [made, out].map(|path| path.display().to_string());
    if !error.parts().message.contains(&inner) {
        return error;
    }
    let is_full = error.parts().hints.iter().any(|hint| hint == MAKE_ROOM);
    let error = error.replacing(&inner, &own);
    match is_full {
        false => error,
        true => error
            .without_hints()
            .hint("free some space on that disk, or name a folder on another one with `--out`"),
    }
}

fn made_in(
    made: &Path,
    command: &ProjectCommand,
    products: Products,
    out: &Path,
    environment: &Environment,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if products != Products::Wheel {
        names.push(sdist(command, made, environment)?);
    }
    match products {
        Products::Sdist => {}
        Products::Wheel => names.push(wheel(command, made, environment)?.name),
        Products::Both => {
            let sdist = made.join(&names[0]);
            names.push(wheel_from(&sdist, command, made, environment)?.name);
        }
    }
    for name in &names {
        fs::rename(&made.join(name), &out.join(name))?;
    }
    Ok(names)
}

/// Makes the sdist and returns its name.
///
/// # Errors
/// Those of the hook `build_sdist`.
pub fn sdist(command: &ProjectCommand, into: &Path, environment: &Environment) -> Result<String> {
    let hook = Hook::BuildSdist { sdist_directory: into.to_owned() };
    Ok(sdist::pack(&command.request(hook), environment, into)?.name)
}

/// Makes the wheel from the source tree.
///
/// # Errors
/// Those of the hook `build_wheel`.
pub fn wheel(command: &ProjectCommand, into: &Path, environment: &Environment) -> Result<Built> {
    let request = command.wheel(WheelKind::Standard, into);
    wheel::make(&HookContext::of(&request, environment)?, into)
}

/// Makes the wheel from an sdist.
///
/// # Errors
/// Those of the hook `build_wheel`, with the remark that an sdist was built.
pub(super) fn wheel_from(
    sdist: &Path,
    command: &ProjectCommand,
    into: &Path,
    environment: &Environment,
) -> Result<Built> {
    let scratch = fs::scratch_dir()?;
    let name = sdist.file_name().unwrap_or_default().to_string_lossy();
    let task = Task::new(TaskKind::Read, timings::SDIST).after(TaskKind::Pack, [name]);
    let under_way = report::begin(task);
    let source_tree = unpack::sdist(sdist, scratch.path())?;
    under_way.done();
    let from_sdist = ProjectCommand { source_tree, ..command.clone() };
    let tree = from_sdist.source_tree.as_path();
    wheel(&from_sdist, into, environment).map_err(|error| {
        let error =
            error.note("this was the wheel from the sdist, which holds less than the source tree");
        let lost = missing_file::lost(&error, &command.source_tree, tree);
        match lost.first() {
            None => error,
            Some(first) => error.without_hints().hint(format!(
                "the sdist lacks `{first}`: write `include = [\"{first}\"]` into `[tool.officina.sdist]`"
            )),
        }
        .hint("`officina check` names what the sdist lacks; `officina build --wheel` builds from the tree")
    })
}
