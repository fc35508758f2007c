//! Names of Python's C API. Pure.

/// Whether a name is one that only an interpreter would define.
pub fn looks_like_python(symbol: &str) -> bool {
    let name = symbol.strip_prefix('_').unwrap_or(symbol);
    name.strip_prefix("PyPy")
        .or_else(|| name.strip_prefix("Py"))
        .is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_ascii_uppercase()))
}
