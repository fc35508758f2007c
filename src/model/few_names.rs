//! Names in the middle of a sentence.

/// So many of the names: `` `a`, `b`, `c` and 4 more ``.
pub fn few_names<T: AsRef<str>>(names: impl ExactSizeIterator<Item = T>, most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let shown: Vec<String> = names.take(most).map(|name| format!("`{}`", name.as_ref())).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_names_are_shown() {
        let told = |names: &[&str]| few_names(names.iter(), 3);
        assert_eq!(told(&[]), "");
        assert_eq!(told(&["a", "b", "c"]), "`a`, `b`, `c`");
        assert_eq!(told(&["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
    }
}
