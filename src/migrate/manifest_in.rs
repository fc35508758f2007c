//! MANIFEST.in: what it leaves out of an sdist, as globs.

/// The globs of its lines that leave something out.
pub fn excluded(text: &str) -> Vec<String> {
    let mut globs = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let command = words.next().unwrap_or_default();
        match command {
            "exclude" => globs.extend(words.map(str::to_owned)),
            "global-exclude" => globs.extend(words.map(|word| format!("**/{word}"))),
            "prune" => globs.extend(words.map(|word| format!("{}/**", word.trim_end_matches('/')))),
            "recursive-exclude" => {
                let folder = words.next().unwrap_or_default().trim_end_matches('/').to_owned();
                globs.extend(words.map(|word| format!("{folder}/**/{word}")));
            }
            _ => {}
        }
    }
    globs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_leave_something_out_are_globs() {
        let text = "include a\nexclude b.txt c/*.o\nprune docs/\nrecursive-exclude t *.x *.y  # z\nglobal-exclude *.pyc\n";
        let wanted = ["b.txt", "c/*.o", "docs/**", "t/**/*.x", "t/**/*.y", "**/*.pyc"];
        assert_eq!(excluded(text), wanted);
    }
}
