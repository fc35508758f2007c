//! The metadata of a wheel alone; nothing is built.

use std::path::Path;

use crate::build::product;
use crate::build::project::load;
use crate::error::Result;
use crate::fs;
use crate::model::{Environment, Request};
use crate::python::tags;

/// Writes the `.dist-info` folder and returns its name.
///
/// # Errors
/// Those of reading the project; the folder cannot be written.
pub fn prepare(request: &Request, environment: &Environment, into: &Path) -> Result<String> {
    let project = load(request, environment)?;
    let platform = product::platform_tag(request, environment)?;
    let tag = tags::predicted_tag(&project.settings.cffi_modules, &request.interpreter, &platform);
    let dist_info = product::dist_info(&project, &tag);
    let name = dist_info.folder.clone();
    fs::write_folder(&into.join(&name), |folder| {
        for (file, text) in &dist_info.files {
            fs::write_text(&folder.join(file), text)?;
        }
        for license in &dist_info.licenses {
            fs::copy(&project.root.join(license), &folder.join("licenses").join(license))?;
        }
        Ok(())
    })?;
    Ok(name)
}
