//! Editable installs: their wheel, the bundle that rebuilds on import, and the check that it does first.

pub mod bundle;
pub mod import_check;
pub mod wheel;
