//! The flags of sanitizers, and which compilers have them. Pure.

use crate::error::{Error, Result};
use crate::model::Sanitizer;
use crate::toolchain::family::Family;

/// Refuses a sanitizer that compilers of the family do not have: some of them would only warn.
///
/// # Errors
/// There is such a sanitizer.
pub fn check(family: Family, sanitizers: &[Sanitizer]) -> Result<()> {
    let is_there = |sanitizer: Sanitizer| match family {
        Family::Msvc { .. } => sanitizer == Sanitizer::Address,
        Family::Gcc { .. } => sanitizer != Sanitizer::Memory,
        Family::Clang { .. } => true,
    };
    let Some(missing) = sanitizers.iter().find(|sanitizer| !is_there(**sanitizer)) else {
        return Ok(());
    };
    Err(match family {
        Family::Msvc { .. } => {
            Error::new(format!("Microsoft's compiler has no sanitizer `{missing}`"))
                .hint("`address` is the one that it has")
        }
        _ => Error::new(format!("GCC has no sanitizer `{missing}`"))
            .hint("clang has it: set CC=clang"),
    })
}

/// What compilers are told. Reports of sanitizers need debug information and whole call stacks.
pub fn compile_flags(family: Family, sanitizers: &[Sanitizer]) -> Vec<String> {
    if sanitizers.is_empty() {
        return Vec::new();
    }
    let names = sanitizers.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(",");
    let (option, rest): (&str, &[&str]) = match family {
        // Not /Zi: that would need a file for each object, and says no more.
        Family::Msvc { .. } => ("/fsanitize=", &["/Z7", "/Oy-"]),
        Family::Gcc { .. } | Family::Clang { .. } => {
            ("-fsanitize=", &["-fno-omit-frame-pointer", "-g"])
        }
    };
    let rest = rest.iter().map(|&word| word.to_owned());
    std::iter::once(format!("{option}{names}")).chain(rest).collect()
}

/// What linkers are told. Microsoft's finds the sanitizer by the objects.
pub fn link_flags(family: Family, sanitizers: &[Sanitizer]) -> Vec<String> {
    match family {
        Family::Msvc { .. } if sanitizers.is_empty() => Vec::new(),
        Family::Msvc { .. } => vec!["/DEBUG".into(), "/PDBALTPATH:%_PDB%".into()],
        Family::Gcc { .. } | Family::Clang { .. } => compile_flags(family, sanitizers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_without_the_sanitizer_is_named() {
        let gcc = Family::Gcc { version: None };
        let clang = Family::Clang { version: None };
        let msvc = Family::Msvc { clang_cl: false };
        for (family, sanitizer, message, hint) in [
            (gcc, Sanitizer::Memory, "GCC has no sanitizer `memory`", "clang has it: set CC=clang"),
            (
                msvc,
                Sanitizer::Undefined,
                "Microsoft's compiler has no sanitizer `undefined`",
                "`address` is the one that it has",
            ),
        ] {
            let error = check(family, &[Sanitizer::Address, sanitizer]).unwrap_err();
            assert_eq!(
                (error.to_string().as_str(), error.parts().hints[0].as_str()),
                (message, hint)
            );
        }
        assert_eq!(check(clang, &Sanitizer::ALL), Ok(()));
        assert_eq!(check(msvc, &[Sanitizer::Address]), Ok(()));
        assert_eq!(check(gcc, &[Sanitizer::Address, Sanitizer::Thread]), Ok(()));
    }
}
