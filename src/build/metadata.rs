//! The metadata of a wheel alone; nothing is built.

use std::path::Path;

use crate::archive::dist_info::DistInfo;
use crate::build::product;
use crate::build::project::load;
use crate::error::Result;
use crate::model::{Environment, Request};
use crate::python::tags;

/// Writes the `.dist-info` folder and returns its name.
///
/// # Errors
/// Those of reading the project; the folder cannot be written.
pub fn prepare(request: &Request, environment: &Environment, into: &Path) -> Result<String> {
    let project = load(request, environment)?;
    let platform = product::platform_tag(request, environment)?;
    let tag = tags::predicted_tag(&project.settings, &request.interpreter, &platform);
    let dist_info = DistInfo::new(&project.metadata, &project.root, &tag);
    dist_info.write(into)?;
    Ok(dist_info.folder)
}
