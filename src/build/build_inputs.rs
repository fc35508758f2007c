//! What a build read, as `check` compares it with an sdist.

use std::path::{Path, PathBuf};

use crate::build::header_imports;
use crate::build::made_of::MadeOf;
use crate::engine::build_dir::BuildDir;
use crate::engine::input::Input;
use crate::model::{BuildInputs, NamedInputs, ObjectInputs};
use crate::steps::make_modules::{LinkedModule, Object};

/// What steps, builders, compilers and linkers read; what this build made itself is not among it.
pub fn of(made: &MadeOf, folder: &BuildDir) -> BuildInputs {
    let object = |module: &LinkedModule, object: &Object| ObjectInputs {
        module: module.extension.name.as_str().to_owned(),
        source: object.shown_source.clone(),
        files: files_of(&object.step, folder).map(Into::into).collect(),
    };
    let objects = made.linked.iter().flat_map(|module| {
        let objects = module.objects.iter();
        objects.map(|one| object(module, one)).collect::<Vec<_>>()
    });
    BuildInputs {
        steps: own_steps(made, folder),
        imports: imports(made, folder),
        builders: made.builders.iter().map(|(_, read)| read.clone()).collect(),
        objects: objects.collect(),
        links: made.linked.iter().map(|module| link(module, folder)).collect(),
    }
}

fn own_steps(made: &MadeOf, folder: &BuildDir) -> Vec<NamedInputs> {
    let steps = made.steps.iter();
    steps.map(|step| named(step.name.clone(), files_of(&step.id, folder))).collect()
}

fn imports(made: &MadeOf, folder: &BuildDir) -> Vec<NamedInputs> {
    let imports = header_imports::steps(made.builders.iter().map(|(builder, _)| builder));
    imports.map(|(module, step)| named(module, files_of(&step, folder))).collect()
}

fn link(module: &LinkedModule, folder: &BuildDir) -> NamedInputs {
    let compiles = |step: &str| module.objects.iter().any(|object| object.step == step);
    let steps = module.steps.iter().filter(|step| !compiles(step));
    let files = steps.flat_map(|step| files_of(step, folder));
    named(module.extension.name.as_str().to_owned(), files)
}

fn named(name: String, files: impl Iterator<Item = PathBuf>) -> NamedInputs {
    NamedInputs { name, files: files.collect() }
}

/// The files that a step read.
fn files_of(step: &str, folder: &BuildDir) -> impl Iterator<Item = PathBuf> {
    // A folder that stays has a number, and may have had another one.
    let made_here: Option<&Path> = if folder.stays { folder.path.parent() } else { None };
    let made_here = made_here.unwrap_or(&folder.path).to_owned();
    folder.cache.inputs_of(step).into_iter().filter_map(move |known| match known.input {
        Input::File(path) if !path.starts_with(&made_here) => Some(path),
        _ => None,
    })
}
