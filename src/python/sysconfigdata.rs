//! `_sysconfigdata*.py` -> what a Python says of itself. Pure.
//!
//! The file is made by CPython's build: one dictionary, `build_time_vars`, of texts and numbers. It is
//! read as data, since the Python that would run it may be for another machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::{PythonDescription, PythonVersion, Sysconfig};

/// Reads what is needed of it; `None` for a file that is none of CPython's.
pub fn describe(text: &str) -> Option<PythonDescription> {
    let known = variables(text)?;
    let said = |name: &str| known.get(name).filter(|text| !text.is_empty());
    let text = |name: &str| said(name).cloned();
    let path = |name: &str| said(name).map(PathBuf::from);
    let is_on = |name: &str| said(name).is_some_and(|text| text != "0");
    let version: PythonVersion = said("VERSION")?.parse().ok()?;
    let soabi = text("SOABI");
    let free_threaded = is_on("Py_GIL_DISABLED");
    let machine = text("HOST_GNU_TYPE").or_else(|| text("MULTIARCH"))?;
    let include_dirs = ["INCLUDEPY", "CONFINCLUDEPY"].into_iter().filter_map(path);
    let mut include_dirs: Vec<PathBuf> = include_dirs.collect();
    include_dirs.dedup();
    let folder = path("BINDIR").unwrap_or_else(|| "/usr/bin".into());
    let lock = if free_threaded { "t" } else { "" };
    Some(PythonDescription {
        implementation: soabi.as_deref()?.split('-').next()?.to_owned(),
        version,
        machine,
        free_threaded,
        debug: is_on("Py_DEBUG"),
        prefix: path("prefix")?,
        include_dirs,
        executable: folder.join(format!("python{version}{lock}")),
        sysconfig: Sysconfig {
            cflags: text("CFLAGS").map(|flags| portable(&flags)),
            ext_suffix: text("EXT_SUFFIX"),
            soabi,
            soabi_platform: text("SOABI_PLATFORM"),
            libdir: path("LIBDIR"),
            ldlibrary: text("LDLIBRARY"),
            instsoname: text("INSTSONAME"),
            enable_shared: is_on("Py_ENABLE_SHARED"),
            ..Sysconfig::default()
        },
    })
}

/// How a Python is called whose file this may be: `_sysconfigdata__linux_aarch64-linux-gnu.py`.
pub fn is_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("_sysconfigdata") && name.ends_with(".py")
}

/// Those of a Python's flags that say what code means or harden it, and that every compiler knows: its own may be
/// another one than the one that is used here.
fn portable(flags: &str) -> String {
    const SAME: [&str; 4] = ["-DNDEBUG", "-fwrapv", "-fno-strict-overflow", "-Wall"];
    const SAME_BEGINNINGS: [&str; 3] = ["-O", "-fstack-protector", "-D_FORTIFY_SOURCE="];
    let is_same = |word: &&str| {
        SAME.contains(word) || SAME_BEGINNINGS.iter().any(|begin| word.starts_with(begin))
    };
    let mut words: Vec<&str> = Vec::new();
    for word in flags.split_whitespace().filter(is_same) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// The dictionary, with numbers as texts.
fn variables(text: &str) -> Option<BTreeMap<String, String>> {
    let (_, after) = text.split_once("build_time_vars")?;
    let mut rest = Scanner(after.trim_start().strip_prefix('=')?.trim_start().strip_prefix('{')?);
    let mut found = BTreeMap::new();
    while !rest.takes('}') {
        let name = rest.text()?;
        if !rest.takes(':') {
            return None;
        }
        let value = rest.text().or_else(|| rest.number())?;
        found.insert(name, value);
        if !rest.takes(',') && !rest.0.trim_start().starts_with('}') {
            return None;
        }
    }
    Some(found)
}

/// What is left of the text.
struct Scanner<'a>(&'a str);

impl Scanner<'_> {
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.0.trim_start();
        let found = rest.strip_prefix(sign);
        self.0 = found.unwrap_or(rest);
        found.is_some()
    }

    fn number(&mut self) -> Option<String> {
        let rest = self.0.trim_start();
        let is_other = |c: char| !c.is_ascii_alphanumeric() && !"-+._".contains(c);
        let (number, rest) = rest.split_at(rest.find(is_other)?);
        self.0 = rest;
        (!number.is_empty()).then(|| number.to_owned())
    }

    /// One text, in as many quoted parts as lines were long.
    fn text(&mut self) -> Option<String> {
        let mut whole = None;
        loop {
            let rest = self.0.trim_start();
            let Some(quote @ ('\'' | '"')) = rest.chars().next() else { return whole };
            let whole = whole.get_or_insert_with(String::new);
            let mut letters = rest[1..].char_indices();
            loop {
                match letters.next()? {
                    (_, '\\') => whole.push(match letters.next()?.1 {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    }),
                    (at, end) if end == quote => {
                        self.0 = &rest[at + 2..];
                        break;
                    }
                    (_, letter) => whole.push(letter),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"# made by hand
build_time_vars = {'ABIFLAGS': 't',
 'CC': 'aarch64-linux-gnu-gcc',
 'CFLAGS': '-Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall '
           '-fstack-protector-strong -Wformat -mbranch-protection=standard -O3',
 'EXT_SUFFIX': '.cpython-313t-aarch64-linux-gnu.so',
 'HOST_GNU_TYPE': "aarch64-unknown-linux-gnu",
 'INCLUDEPY': '/usr/include/python3.13t',
 'CONFINCLUDEPY': '/usr/include/python3.13t',
 'NOTHING': '',
 'QUOTED': "it's \"so\"\n",
 'Py_GIL_DISABLED': 1,
 'Py_DEBUG': 0,
 'SIZEOF_TIME_T': -8,
 'SOABI': 'cpython-313t-aarch64-linux-gnu',
 'VERSION': '3.13',
 'prefix': '/usr'}
"#;

    #[test]
    fn what_counts_is_read() {
        let python = describe(FILE).unwrap();
        assert_eq!(python.version, PythonVersion(3, 13));
        assert_eq!(python.implementation, "cpython");
        assert_eq!(python.machine, "aarch64-unknown-linux-gnu");
        assert!(python.free_threaded && !python.debug);
        assert_eq!(python.include_dirs, [PathBuf::from("/usr/include/python3.13t")]);
        assert_eq!(python.executable, Path::new("/usr/bin/python3.13t"));
        assert_eq!(
            python.sysconfig.cflags.as_deref(),
            Some("-DNDEBUG -fwrapv -O3 -Wall -fstack-protector-strong")
        );
        assert_eq!(python.sysconfig.cc, None);
        let known = variables(FILE).unwrap();
        assert_eq!(known["QUOTED"], "it's \"so\"\n");
        assert_eq!(known["SIZEOF_TIME_T"], "-8");
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        for text in [
            "",
            "build_time_vars = {}",
            "build_time_vars = {'VERSION': '3.11'",
            "build_time_vars = {'VERSION' '3.11'}",
            "build_time_vars = {'A': 'b' 'C': 1}",
            "build_time_vars = {'A': f(1)}",
            "build_time_vars = {'A': 'no end}",
            "build_time_vars = dict()",
        ] {
            assert_eq!(describe(text), None, "{text}");
        }
        for cut in 0..FILE.len() - 2 {
            assert_eq!(describe(&FILE[..cut]), None);
        }
    }
}
