//! What a linker says it read: rules for make (`--dependency-file`: GNU ld since 2.35, gold, lld,
//! mold), or the records of Apple's (`-dependency_info`).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::binary::thin_members;
use crate::steps::path_mapping::joined;

/// In which form a linker tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// A rule, and a line `FILE:` for each file.
    Make,
    /// A byte that says what it is, a name, a NUL.
    Apple,
}

/// What a linker read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkerReport {
    /// The files that it opened.
    pub read: BTreeSet<PathBuf>,
    /// Where it looked in vain, as far as it tells.
    pub absent: BTreeSet<PathBuf>,
}

impl ReportForm {
    /// The words that ask for it.
    pub fn question(self, file: &Path) -> Vec<OsString> {
        // Not `-Wl,`: a path may have a comma.
        match self {
            ReportForm::Make => vec!["-Xlinker".into(), joined("--dependency-file=", file)],
            ReportForm::Apple => ["-Xlinker", "-dependency_info", "-Xlinker"]
                .map(Into::into)
                .into_iter()
                .chain([file.into()])
                .collect(),
        }
    }

    /// What stands in the message of a linker that does not know the words.
    pub fn refusals(self) -> &'static [&'static str] {
        match self {
            ReportForm::Make => &["dependency-file", "dependency_file", "-Xlinker"],
            ReportForm::Apple => &["dependency_info", "-Xlinker"],
        }
    }

    /// What the linker told in a file; `None` if it told nothing. Files that are gone were its own.
    pub fn read(self, file: &Path, root: &Path) -> Option<LinkerReport> {
        let bytes = std::fs::read(file).ok()?;
        let (read, absent) = match self {
            ReportForm::Make => (from_make(&String::from_utf8_lossy(&bytes)), Vec::new()),
            ReportForm::Apple => from_apple(&bytes),
        };
        let mut report = LinkerReport::default();
        for name in read {
            let spellings = [name.clone(), unescaped(&name)].map(|name| root.join(name));
            if let Some(path) = spellings.into_iter().find(|path| path.is_file()) {
                report.read.extend(thin_members(&path));
                report.read.insert(path);
            }
        }
        report.absent.extend(absent.into_iter().map(|name| root.join(name)));
        (!report.read.is_empty()).then_some(report)
    }
}

/// The targets without prerequisites, which all linkers write, a line for each file. Some escape
/// spaces and some do not, so that the rule itself cannot be taken apart.
fn from_make(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_suffix(':'));
    lines.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn unescaped(name: &str) -> String {
    name.replace("\\ ", " ").replace("\\#", "#").replace("$$", "$")
}

/// <https://github.com/apple-oss-distributions/ld64/blob/main/src/ld/Options.h> (`DependencyInfo`):
/// inputs, and what was not found.
fn from_apple(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    const READ: u8 = 0x10;
    const ABSENT: u8 = 0x11;
    let records = bytes.split(|byte| *byte == 0).filter_map(|record| record.split_first());
    let named = |wanted: u8| {
        let of_kind = records.clone().filter(move |(kind, _)| **kind == wanted);
        of_kind.map(|(_, name)| String::from_utf8_lossy(name).into_owned()).collect()
    };
    (named(READ), named(ABSENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_every_linker() {
        for (text, expected) in [
            ("out.so: \\\n  a.o \\\n  sp ace/b.a\n\na.o:\n\nsp ace/b.a:\n", "a.o|sp ace/b.a"),
            ("out.so: a.o ./v.map\n\na.o:\n\n./v.map:\n", "a.o|./v.map"),
            ("out.so: \\\n a.o \\\n sp\\ ace/b.a\n\na.o:\n\nsp\\ ace/b.a:\n", "a.o|sp\\ ace/b.a"),
            ("", ""),
        ] {
            assert_eq!(from_make(text).join("|"), expected, "{text}");
        }
        assert_eq!(unescaped("sp\\ ace/\\#$$.a"), "sp ace/#$.a");
    }

    #[test]
    fn records_of_apple() {
        let bytes =
            b"\x00ld64-820.1\0\x10/p/a.o\0\x11/p/libz.tbd\0\x10/usr/lib/libz.tbd\0\x40/p/x.so\0";
        let (read, absent) = from_apple(bytes);
        assert_eq!(read, ["/p/a.o", "/usr/lib/libz.tbd"]);
        assert_eq!(absent, ["/p/libz.tbd"]);
    }

    #[test]
    fn a_report_names_files_that_are_there() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a.o", "sp ace.a"] {
            std::fs::write(root.path().join(name), "").unwrap();
        }
        let file = root.path().join("link.d");
        assert_eq!(ReportForm::Make.read(&file, root.path()), None);
        std::fs::write(&file, "x: a.o\n\na.o:\n\nsp\\ ace.a:\n\n/tmp/ccgone.o:\n").unwrap();
        let read = ["a.o", "sp ace.a"].map(|name| root.path().join(name)).into();
        let expected = LinkerReport { read, ..LinkerReport::default() };
        assert_eq!(ReportForm::Make.read(&file, root.path()), Some(expected));
    }
}
