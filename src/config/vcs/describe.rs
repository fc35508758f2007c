//! The answer of `git describe --long`: tag, distance, commit.

/// `v1.2-3-g29de93550`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The tag, which may hold `-` itself.
    pub tag: String,
    /// How many commits came after it.
    pub distance: u64,
    /// The digest of the commit; `None` in an archive of a tag.
    pub node: Option<String>,
    /// Whether a tracked file is changed.
    pub is_dirty: bool,
}

/// Takes it apart. A text without distance and commit is a tag.
pub fn described(text: &str) -> Described {
    let text = text.trim();
    let (text, is_dirty) = match text.strip_suffix("-dirty") {
        Some(clean) => (clean, true),
        None => (text, false),
    };
    let parts = text.rsplit_once("-g").and_then(|(rest, node)| {
        let (tag, distance) = rest.rsplit_once('-')?;
        let is_node = !node.is_empty() && node.bytes().all(|c| b"0123456789abcdef".contains(&c));
        let distance = distance.parse().ok().filter(|_| is_node && !tag.is_empty())?;
        Some((tag, distance, node))
    });
    match parts {
        Some((tag, distance, node)) => {
            Described { tag: tag.to_owned(), distance, node: Some(node.to_owned()), is_dirty }
        }
        None => Described { tag: text.to_owned(), distance: 0, node: None, is_dirty },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_may_hold_dashes() {
        for (text, tag, distance, node, is_dirty) in [
            ("v1.2-0-g29de\n", "v1.2", 0, Some("29de"), false),
            ("foo-v1.2-rc1-37-g9bd1298-dirty", "foo-v1.2-rc1", 37, Some("9bd1298"), true),
            ("1.2-3-gold-4-gab", "1.2-3-gold", 4, Some("ab"), false),
            ("v1.2", "v1.2", 0, None, false),
            ("v1-2-good", "v1-2-good", 0, None, false),
        ] {
            let node = node.map(str::to_owned);
            let expected = Described { tag: tag.into(), distance, node, is_dirty };
            assert_eq!(described(text), expected);
        }
    }
}
