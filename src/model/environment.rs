//! The variables that a build was started with.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Environment variables, taken once from the process and handed on as data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(pub BTreeMap<OsString, OsString>);

impl Environment {
    /// The value of a variable, if it is set, not empty, and text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(OsStr::new(name)).and_then(|value| value.to_str()).filter(|v| !v.is_empty())
    }

    /// This environment with some variables set (`Some`) or removed (`None`).
    #[must_use]
    pub fn with(&self, changes: &BTreeMap<String, Option<String>>) -> Self {
        let mut changed = self.clone();
        for (name, value) in changes {
            match value {
                Some(value) => changed.0.insert(name.into(), value.into()),
                None => changed.0.remove(OsStr::new(name)),
            };
        }
        changed
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        Environment(variables.into_iter().collect())
    }
}
