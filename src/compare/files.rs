//! The same file in two archives: whether a difference of its bytes matters.

use crate::compare::contents::ArchivedFile;
use crate::compare::difference::Difference;
use crate::compare::{linked, version_text};
use crate::model::Attached;

/// The differences between two files. `version` is that of the distribution.
pub fn compare(
    path: &str,
    old: &ArchivedFile,
    new: &ArchivedFile,
    version: &str,
) -> Vec<Difference> {
    let mut found: Vec<Difference> = match (&old.linked, &new.linked) {
        (Some(old), Some(new)) => linked::compare(path, old, new),
        _ if old.sha256 == new.sha256 && old.size == new.size => Vec::new(),
        _ => vec![bytes(path, old, new, version)],
    };
    if old.executable && !new.executable {
        found.push(
            Difference::lost(path, "may not be run as a program any more")
                .hint("let the file be executable in the source tree"),
        );
    }
    found
}

fn bytes(path: &str, old: &ArchivedFile, new: &ArchivedFile, version: &str) -> Difference {
    let (Some(before), Some(after)) = (&old.text, &new.text) else {
        return Difference::lost(path, format!("holds other bytes: {} -> {}", old.size, new.size))
            .hint("what makes it has to make the same in both builds");
    };
    if before.lines().eq(after.lines()) {
        return Difference::benign(path, "has other line ends");
    }
    let shebang = |text: &str| text.lines().next().unwrap_or_default().contains("python");
    let behind = |text: &str| text.split_once('\n').map(|(_, rest)| rest.to_owned());
    if path.starts_with(".data/scripts/")
        && shebang(before)
        && shebang(after)
        && behind(before) == behind(after)
    {
        return Difference::benign(path, "has another first line, which installers rewrite");
    }
    if same_generated_source(before, after) {
        return Difference::benign(path, "is the C that cffi writes, with Officina's additions");
    }
    if version_text::says_the_same(path, before, after, version) {
        return Difference::benign(path, format!("says the version {version} in other words"));
    }
    Difference::lost(path, first_difference(before, after))
        .hint("what writes it has to write the same in both builds: a builder, a `setup.py`, or a tool for versions")
}

fn first_difference(before: &str, after: &str) -> String {
    const LETTERS: usize = 60;
    let short = |line: &str| line.trim().chars().take(LETTERS).collect::<String>();
    let mut pairs = before.lines().zip(after.lines()).enumerate();
    match pairs.find(|(_, (one, two))| one != two) {
        Some((index, (one, two))) => {
            format!(
                "is another text from line {} on: `{}` -> `{}`",
                index + 1,
                short(one),
                short(two)
            )
        }
        None if before.len() > after.len() => "is a shorter text".to_owned(),
        None => "is a longer text".to_owned(),
    }
}

/// Whether two sources are the same C by cffi, but for what Officina adds to it: a level of
/// optimisation, and checks.
pub fn same_generated_source(one: &str, two: &str) -> bool {
    is_generated_source(one) && is_generated_source(two) && plain(one) == plain(two)
}

/// Whether cffi wrote this C.
pub fn is_generated_source(text: &str) -> bool {
    text.starts_with("#define _CFFI_")
}

/// The text without what `_run_builder.py` and `_cdef_checks.py` add.
fn plain(text: &str) -> String {
    let mark = format!("\n\n#ifdef {}\n", Attached::MARK);
    const LIMITED: &str = "#endif\n#ifdef Py_LIMITED_API\n";
    const CHECKS: &str = "\n#if !defined OFFICINA_UNCHECKED ";
    let text = text.find(CHECKS).map_or(text, |start| &text[..start]);
    let Some((before, marked)) = text.split_once(&mark) else { return text.trim_end().to_owned() };
    let after = marked.split_once(LIMITED).and_then(|(_, rest)| rest.split_once("#endif\n"));
    let after = after.map_or("", |(_, rest)| rest);
    format!("{before}{after}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::difference::Grade;

    fn file(text: &str) -> ArchivedFile {
        let mut sha256 = [0; 32];
        sha256.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        let size = text.len() as u64;
        ArchivedFile { size, sha256, text: Some(text.to_owned()), ..ArchivedFile::default() }
    }

    #[test]
    fn other_bytes_are_lost_unless_they_say_the_same() {
        let c = "#define _CFFI_\n#include <Python.h>\n";
        let marked = "#define _CFFI_\n\n\n#ifdef OFFICINA_GLUE_LEVEL\n# pragma\n#endif\n#ifdef Py_LIMITED_API\n# a\n#endif\n#include <Python.h>\n\n#if !defined OFFICINA_UNCHECKED && x\n#endif\n";
        let table = [
            ("p/a.py", "a = 1\n", "a = 1\n", None),
            ("p/a.py", "a = 1\n", "a = 2\n", Some(Grade::Lost)),
            ("p/a.py", "a\r\nb\r\n", "a\nb\n", Some(Grade::Benign)),
            ("p/_version.py", "v = '1.5'\n", "v: str = '1.5'\n", Some(Grade::Benign)),
            ("p/_version.py", "v = '1.5'\n", "v = '1.6'\n", Some(Grade::Lost)),
            ("p/conversion.py", "a = 1  # 1.5\n", "a = 2  # 1.5\n", Some(Grade::Lost)),
            (
                ".data/scripts/x",
                "#!python\nx\n",
                "#!/usr/bin/env python3\nx\n",
                Some(Grade::Benign),
            ),
            (".data/scripts/x", "#!python\nx\n", "#!/bin/sh\nx\n", Some(Grade::Lost)),
            ("p/x", "#!python\nx\n", "#!/usr/bin/env python3\nx\n", Some(Grade::Lost)),
            ("p/_a.c", c, marked, Some(Grade::Benign)),
            ("p/_a.c", c, "#define _CFFI_\nint x;\n", Some(Grade::Lost)),
        ];
        for (path, old, new, expected) in table {
            let found = compare(path, &file(old), &file(new), "1.5");
            let grades: Vec<Grade> = found.iter().map(|found| found.grade).collect();
            assert_eq!(
                grades,
                expected.into_iter().collect::<Vec<_>>(),
                "{path} {old} {new} {found:?}"
            );
        }
    }

    #[test]
    fn a_program_stays_one() {
        let program = ArchivedFile { executable: true, ..file("x") };
        assert_eq!(compare("p/x", &program, &file("x"), "1").len(), 1);
        assert_eq!(compare("p/x", &file("x"), &program, "1"), []);
    }
}
