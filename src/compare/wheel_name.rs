//! The parts of the file name of a wheel (packaging.python.org, "Binary distribution format").

use crate::model::Tag;

/// `name-version[-build]-python-abi-platform.whl`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelName<'a> {
    /// The name of the distribution, with `_`.
    pub name: &'a str,
    /// The version.
    pub version: &'a str,
    /// The build tag.
    pub build: Option<&'a str>,
    /// For whom it is.
    pub tag: Tag,
}

impl<'a> WheelName<'a> {
    /// `None` if this is no name of a wheel.
    pub fn parse(file_name: &'a str) -> Option<Self> {
        let parts: Vec<&str> = file_name.strip_suffix(".whl")?.split('-').collect();
        let (name, version, build, python, abi, platform) = match parts.as_slice() {
            [name, version, python, abi, platform] => (name, version, None, python, abi, platform),
            [name, version, build, python, abi, platform] => {
                (name, version, Some(*build), python, abi, platform)
            }
            _ => return None,
        };
        let tag = Tag {
            python: (*python).to_owned(),
            abi: (*abi).to_owned(),
            platform: (*platform).to_owned(),
        };
        Some(WheelName { name, version, build, tag })
    }
}
