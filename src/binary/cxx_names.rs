//! C++ names in symbol tables: enough of the Itanium ABI to say which function is meant.
//!
//! <https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling>

/// The name of a function without its parameters: `add` for `_Z3addii`, `a::b` for `_ZN1a1bEv`.
/// `None` for C names, and for C++ names that need more than this (templates, operators).
pub fn plain_name(symbol: &str) -> Option<String> {
    let mangled = symbol.strip_prefix("_Z")?;
    let Some(nested) = mangled.strip_prefix('N') else {
        return source_name(mangled.trim_start_matches('L')).map(|(name, _)| name.to_owned());
    };
    let mut rest = nested.trim_start_matches(['r', 'V', 'K', 'R', 'O']);
    let mut parts = Vec::new();
    while !rest.starts_with('E') {
        let (name, after) = source_name(rest)?;
        parts.push(name);
        rest = after;
    }
    (!parts.is_empty()).then(|| parts.join("::"))
}

/// Whether the C++ runtime defines a symbol: memory, exceptions, type information, `std`.
pub fn is_runtime(symbol: &str) -> bool {
    const STARTS: [&str; 11] = [
        "_Znw",
        "_Zna",
        "_Zdl",
        "_Zda",
        "_ZSt",
        "_ZNSt",
        "_ZNKSt",
        "_ZTVN10__cxxabiv1",
        "_ZTVSt",
        "_ZTISt",
        "__cxa_",
    ];
    symbol == "__gxx_personality_v0" || STARTS.iter().any(|start| symbol.starts_with(start))
}

/// `3addii` -> `add`, `ii`
fn source_name(mangled: &str) -> Option<(&str, &str)> {
    let digits = mangled.find(|c: char| !c.is_ascii_digit())?;
    let length: usize = mangled[..digits].parse().ok()?;
    mangled[digits..].split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_far_as_they_are_plain() {
        for (symbol, name) in [
            ("_Z3addii", Some("add")),
            ("_ZN5shape6circle4areaEv", Some("shape::circle::area")),
            ("_ZNK5shape4areaEv", Some("shape::area")),
            ("_ZL6hiddenv", Some("hidden")),
            ("add", None),
            ("_Z", None),
            ("_Z99short", None),
            ("_ZN3foo", None),
            ("_ZplRK1aS1_", None),
            ("_ZNSt6vectorIiSaIiEE9push_backEOi", None),
        ] {
            assert_eq!(plain_name(symbol).as_deref(), name, "{symbol}");
        }
    }

    #[test]
    fn the_runtime_is_told_from_the_users_code() {
        for symbol in ["_Znwm", "_ZdlPvm", "__cxa_throw", "__gxx_personality_v0", "_ZSt4cout"] {
            assert!(is_runtime(symbol), "{symbol}");
        }
        for symbol in ["_Z3addii", "_ZN3foo3barEv", "new", "__cxx_mine"] {
            assert!(!is_runtime(symbol), "{symbol}");
        }
    }
}
