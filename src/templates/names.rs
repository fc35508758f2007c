//! The name of a new project, and of its package. Pure.

use crate::error::{Error, Result};
use crate::model::{is_keyword, normalize_name};

/// A name that a distribution, a Python package and a C identifier can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName {
    /// The distribution, as it was typed: `my-project`.
    pub name: String,
    /// Its package, which is an identifier in Python, C and Rust: `my_project`.
    pub package: String,
}

impl ProjectName {
    /// Checks a name.
    ///
    /// # Errors
    /// No index takes it, Python or C cannot spell its package, or another module has that name.
    pub fn new(name: &str) -> Result<Self> {
        let is_end = |letter: Option<char>| letter.is_some_and(|one| one.is_ascii_alphanumeric());
        let is_inside = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let ends = is_end(name.chars().next()) && is_end(name.chars().next_back());
        if !ends || !name.chars().all(is_inside) {
            return Err(Error::new(format!("`{name}` is not a name that a project can have")).hint(
                "it consists of the letters a to z, digits, `-`, `_` and `.`, and begins and ends \
                 with a letter or a digit; `--path DIR` and `--here` say where the project goes",
            ));
        }
        let package = normalize_name(name).replace('-', "_");
        let refusal = refusal(&package);
        match refusal {
            None => Ok(ProjectName { name: name.to_owned(), package }),
            Some(why) => {
                let message = format!("a project `{name}` would have the package `{package}`");
                Err(Error::new(format!("{message}, {why}")).hint(format!(
                    "choose another name: `{}-cffi`",
                    name.trim_start_matches(|c: char| c.is_ascii_digit() || "-_.".contains(c))
                )))
            }
        }
    }
}

/// Why a package cannot have a name.
fn refusal(package: &str) -> Option<&'static str> {
    let is_among = |words: &str| words.split_whitespace().any(|word| word == package);
    if package.starts_with(|letter: char| letter.is_ascii_digit()) {
        Some("and no identifier begins with a digit")
    } else if is_keyword(package) {
        Some("which is a keyword")
    } else if is_among(STANDARD_LIBRARY) {
        Some("which Python's standard library has already")
    } else if is_among(NEEDED) {
        Some("which the project needs itself")
    } else {
        None
    }
}

/// What new projects import or are built by.
const NEEDED: &str = "cffi officina pytest";

/// The modules of all versions from 3.9 on.
const STANDARD_LIBRARY: &str = "\
    abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit \
    audioop base64 bdb binascii binhex bisect builtins bz2 cprofile calendar cgi cgitb chunk \
    cmath cmd code codecs codeop collections colorsys compileall compression concurrent \
    configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses \
    datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno \
    faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc \
    genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http \
    idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 \
    linecache locale logging lzma macpath mailbox mailcap marshal math mimetypes mmap \
    modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers \
    opcode operator optparse os ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil \
    platform plistlib poplib posix posixpath pprint profile profiling pstats pty pwd py_compile \
    pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter \
    runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr \
    socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics \
    string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny \
    tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token \
    tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata \
    unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib \
    xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_packages() {
        for (name, package) in [
            ("demo", "demo"),
            ("My.Project--x_y", "my_project_x_y"),
            ("a", "a"),
            ("z3", "z3"),
            ("classes", "classes"),
        ] {
            assert_eq!(ProjectName::new(name).unwrap().package, package);
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        for (name, part) in [
            ("", "not a name"),
            ("a b", "not a name"),
            ("-a", "not a name"),
            ("a-", "not a name"),
            ("a/b", "not a name"),
            (".", "not a name"),
            ("caf\u{e9}", "not a name"),
            ("3d", "begins with a digit"),
            ("class", "a keyword"),
            ("Async", "a keyword"),
            ("json", "standard library"),
            ("CFFI", "needs itself"),
        ] {
            let error = ProjectName::new(name).unwrap_err();
            assert!(error.to_string().contains(part), "{name}: {error}");
            assert!(!error.parts().hints.is_empty(), "{name}");
        }
    }
}
