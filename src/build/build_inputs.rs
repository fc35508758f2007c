//! What a build read, as `check` compares it with an sdist.

use crate::build::assemble::Assembled;
use crate::build::header_imports;
use crate::engine::build_dir::BuildDir;
use crate::engine::input::Input;
use crate::model::{BuildInputs, ObjectInputs};

/// What builders and compilers read; what this build made itself is not among it.
pub fn of(made: &Assembled, folder: &BuildDir) -> BuildInputs {
    // A folder that stays has a number, and may have had another one.
    let made_here = if folder.stays { folder.path.parent() } else { None };
    let made_here = made_here.unwrap_or(&folder.path);
    let mut objects = Vec::new();
    for module in &made.linked {
        for object in &module.objects {
            let inputs = folder.cache.inputs_of(&object.step).into_iter();
            let files = inputs.filter_map(|known| match known.input {
                Input::File(path) if !path.starts_with(made_here) => Some(path),
                _ => None,
            });
            objects.push(ObjectInputs {
                module: module.extension.name.as_str().to_owned(),
                source: object.shown_source.clone(),
                files: files.map(Into::into).collect(),
            });
        }
    }
    let builders = made.builders.iter().map(|(builder, _)| builder);
    for (module, step) in header_imports::steps(builders) {
        let inputs = folder.cache.inputs_of(&step).into_iter();
        let files = inputs.filter_map(|known| match known.input {
            Input::File(path) if !path.starts_with(made_here) => Some(path.into()),
            _ => None,
        });
        objects.push(ObjectInputs {
            module,
            source: "cdef-from".to_owned(),
            files: files.collect(),
        });
    }
    BuildInputs { builders: made.builders.iter().map(|(_, read)| read.clone()).collect(), objects }
}
