//! The order of the work on a project that setuptools builds.

use toml_edit::DocumentMut;

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::old_build::OldBuild;
use crate::migrate::{build_system, commands, entries, machine, metadata, native, wheel_data};

/// Everything but where packages and files lie, which the tree decides.
pub fn draft(old: &OldBuild, document: DocumentMut) -> Draft<'_> {
    let mut draft = Draft::new(old, document);
    build_system::write(&mut draft);
    metadata::write(&mut draft);
    metadata::without_a_key(&mut draft);
    entries::write(&mut draft);
    native::write(&mut draft);
    wheel_data::write(&mut draft);
    commands::classes(&mut draft);
    commands::options(&mut draft);
    commands::others(&mut draft);
    machine::tell(&mut draft);
    commands::tables(&mut draft);
    if let Some(error) = &old.files_failure {
        let text =
            format!("setuptools cannot say which files a wheel holds ({error}): compare them");
        draft.find(MoveFinding::new(MoveVerdict::YouDecide, text));
    }
    draft
}
