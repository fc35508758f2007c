//! What a hook returns to the frontend.

/// What a hook returns to the frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The name of the file or folder that was made.
    Name(String),
    /// Requirements to install.
    Requires(Vec<String>),
}
