//! Editable installs: their wheel, the folder that rebuilds them on import, and the check that it does first.

pub mod import_check;
pub mod rebuild_folder;
pub mod wheel;
