//! Macros of the C preprocessor.

/// `-D`, `-U`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Macro {
    /// Defined, as `NAME` or as `NAME=VALUE`.
    Define(String, Option<String>),
    /// Undefined.
    Undefine(String),
}

impl Macro {
    /// Whose meaning it changes.
    pub fn name(&self) -> &str {
        match self {
            Macro::Define(name, _) | Macro::Undefine(name) => name,
        }
    }
}
