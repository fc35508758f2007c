//! The comment that explains a declaration: above it, or behind it on its line.

/// The explanation of what is declared in a line of a cdef, counted from 1.
pub fn about(source: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let last = line.checked_sub(1)?;
    let first = first_line(&lines, last.min(lines.len().checked_sub(1)?));
    let found = above(&lines[..first]).or_else(|| behind(lines.get(last)?));
    found.map(|text| cleaned(&text)).filter(|text| !text.is_empty())
}

/// The line that a declaration begins in: the name may stand in a later one.
fn first_line(lines: &[&str], mut at: usize) -> usize {
    let ends = |line: &str| {
        line.is_empty()
            || line.ends_with([';', '{', '}', ','])
            || line.ends_with("*/")
            || line.starts_with(['#', '/'])
            || line.contains("//")
    };
    while at > 0 && !ends(lines[at - 1].trim()) {
        at -= 1;
    }
    at
}

/// A comment that ends in the line before, and has nothing else in its lines.
fn above(lines: &[&str]) -> Option<String> {
    let last = lines.last()?.trim();
    if last.starts_with("//") {
        let count = lines.iter().rev().take_while(|line| line.trim().starts_with("//")).count();
        return Some(lines[lines.len() - count..].join("\n"));
    }
    if !last.ends_with("*/") {
        return None;
    }
    let first = lines.iter().rposition(|line| line.contains("/*"))?;
    lines[first].trim().starts_with("/*").then(|| lines[first..].join("\n"))
}

/// A comment that ends the line of what it explains.
fn behind(line: &str) -> Option<String> {
    let at = line.rfind("/*").or_else(|| line.find("//"))?;
    let comment = line[at..].trim_end();
    let is_last = comment.starts_with("//") || comment.ends_with("*/");
    (is_last && line[..at].trim_end().ends_with([';', ',', '.'])).then(|| comment.to_owned())
}

/// A comment without its signs.
fn cleaned(comment: &str) -> String {
    let lines = comment.lines().map(|line| {
        let line = line.trim();
        let line = line.strip_suffix("*/").unwrap_or(line);
        let line =
            line.trim_start_matches('/').trim_start_matches('*').trim_start_matches(['<', '!']);
        line.strip_prefix(' ').unwrap_or(line).trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_found_and_cleaned() {
        for (source, line, expected) in [
            ("/* Adds. */\nint add(int, int);", 2, Some("Adds.")),
            ("/**\n * Adds\n *   two.\n */\nint\nadd(int,\n    int);", 6, Some("Adds\n  two.")),
            ("// One.\n// Two.\nint x;", 3, Some("One.\nTwo.")),
            ("int x; /* about x */\nint y;", 1, Some("about x")),
            ("int x; /* about x */\nint y;", 2, None),
            ("int x; // about x", 1, Some("about x")),
            ("/* The rest. */\n\nint y;", 3, None),
            ("int a;\nint b;", 2, None),
            ("#define A 1\n#define B ...", 2, None),
            ("/* B. */\n#define B ...", 2, Some("B.")),
            ("int f(int /* n */, int);", 1, None),
            ("", 1, None),
            ("x", 9, None),
        ] {
            assert_eq!(about(source, line).as_deref(), expected, "{source}");
        }
    }
}
