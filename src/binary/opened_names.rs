//! The names of shared libraries among the texts of a linked file: it may open these when it runs.

use std::collections::BTreeSet;

/// The texts in a file that are the name of a shared library, and nothing else: `libsoftokn3.so`. What
/// it needs and what it is called are among them.
pub fn library_names(bytes: &[u8]) -> BTreeSet<&str> {
    let texts = bytes.split(|byte| *byte == 0).filter(|text| text.starts_with(b"lib"));
    texts.filter_map(|text| std::str::from_utf8(text).ok()).filter(|text| is_name(text)).collect()
}

/// `libgpm.so.2`
fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
    let is_version = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let ends = |rest: &str| rest.is_empty() || rest.starts_with('.') && is_version(rest);
    text.chars().all(is_letter) && text.rsplit_once(".so").is_some_and(|(_, rest)| ends(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_texts() {
        let bytes = b"\x7fELF\0libone.so\0lib/two.so\0cannot open libthree.so\0libfour.so.1.2\0libfive.so: no\0\
            libsix.so.old\0libseven.soft\0libc++abi.so.1\0lib\xff.so\0libgone.a\0nolib.so\0libend.so";
        let found: Vec<&str> = library_names(bytes).into_iter().collect();
        assert_eq!(found, ["libc++abi.so.1", "libend.so", "libfour.so.1.2", "libone.so"]);
        assert!(library_names(b"").is_empty());
    }
}
