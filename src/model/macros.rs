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
    /// The definition that `NAME` or `NAME=VALUE` asks for, as after `-D`.
    pub fn defined(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, value)) => Macro::Define(name.to_owned(), Some(value.to_owned())),
            None => Macro::Define(text.to_owned(), None),
        }
    }

    /// Whose meaning it changes.
    pub fn name(&self) -> &str {
        match self {
            Macro::Define(name, _) | Macro::Undefine(name) => name,
        }
    }
}
