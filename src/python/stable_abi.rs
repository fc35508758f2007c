//! The stable ABI of CPython, name by name: since which Python each part of it is there. Pure.
//!
//! The table holds the functions and data of CPython's `Misc/stable_abi.toml`;
//! `tests/stable_abi.py` writes it. <https://docs.python.org/3/c-api/stable.html>

use std::collections::BTreeSet;

use crate::model::PythonVersion;
use crate::python::symbols::looks_like_python;

/// A name a line, the first Python that has it, and where it is there under a condition alone, that.
const TABLE: &str = include_str!("stable_abi.txt");

/// What a module that uses some names of Python's asks of the Python that loads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StableAbiUse {
    /// The newest name of the stable ABI, and the first Python that has it.
    pub newest: Option<(PythonVersion, String)>,
    /// The names that no stable ABI holds, sorted.
    pub others: Vec<String>,
}

/// Looks up the names that a module takes from Python.
pub fn used<'a>(names: impl IntoIterator<Item = &'a str>) -> StableAbiUse {
    let mut left: BTreeSet<&str> = names.into_iter().collect();
    let mut newest: Option<(PythonVersion, String)> = None;
    for (name, since) in TABLE.lines().filter_map(entry) {
        if left.remove(name) && newest.as_ref().is_none_or(|(newest, _)| since > *newest) {
            newest = Some((since, name.to_owned()));
        }
    }
    StableAbiUse { newest, others: left.into_iter().map(str::to_owned).collect() }
}

/// How a project does without the limited API.
pub const WHOLE_BY_SETTING: &str = "set `limited-api = false` in `[tool.officina]`";

/// What to do about a name of Python's that is not in the stable ABI, `remedy` or another name; `None` for one
/// that is, and for a name that is not Python's.
pub fn outside(symbol: &str, remedy: &str) -> Option<String> {
    let names = || TABLE.lines().filter_map(entry).map(|(name, _)| name);
    if !looks_like_python(symbol) || names().any(|name| name == symbol) {
        return None;
    }
    let instead = names().find(|name| plain(name) == plain(symbol));
    let instead = instead.map(|name| format!(", or call `{name}` instead")).unwrap_or_default();
    Some(format!(
        "`{symbol}` is not in the limited API, which the module is compiled for: {remedy}{instead}"
    ))
}

/// The same for a function and for the macro that does its work without checks: `PyTuple_GetItem` and
/// `PyTuple_GET_ITEM`, `PyTuple_Size` and `PyTuple_GET_SIZE`.
fn plain(name: &str) -> String {
    let lower = name.replace('_', "").to_ascii_lowercase();
    match lower.strip_suffix("getsize") {
        Some(start) => format!("{start}size"),
        None => lower,
    }
}

/// A line of the table. A condition says for which builds of Python a name is there at all: what
/// was linked with such a Python has found it.
fn entry(line: &str) -> Option<(&str, PythonVersion)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_name_and_a_version_in_order() {
        let names: Vec<&str> = TABLE.lines().filter_map(entry).map(|(name, _)| name).collect();
        assert_eq!(names.len(), TABLE.lines().count());
        assert!(names.is_sorted() && names.len() > 900);
        assert!(names.iter().all(|name| crate::python::symbols::looks_like_python(name)));
    }

    #[test]
    fn a_name_outside_is_told_with_its_like() {
        let table = [
            ("PyTuple_GET_SIZE", Some("`PyTuple_Size`")),
            ("PyList_GET_ITEM", Some("`PyList_GetItem`")),
            ("PyBytes_AS_STRING", Some("`PyBytes_AsString`")),
            ("PyUnicode_READ_CHAR", Some("`PyUnicode_ReadChar`")),
            ("PyFloat_AS_DOUBLE", Some("`PyFloat_AsDouble`")),
            ("_PyLong_Sign", Some("limited-api = false` in `[tool.officina]`")),
            ("PyTuple_Size", None),
            ("deflate", None),
        ];
        for (name, expected) in table {
            match (outside(name, WHOLE_BY_SETTING), expected) {
                (Some(told), Some(part)) => assert!(
                    told.ends_with(&format!(
                        "{part}{}",
                        if part.starts_with('`') { " instead" } else { "" }
                    )),
                    "{told}"
                ),
                (told, expected) => assert_eq!(told.as_deref(), expected, "{name}"),
            }
        }
    }

    #[test]
    fn the_newest_name_decides_and_others_are_told() {
        let table = [
            ("PyErr_SetString _Py_NoneStruct", Some((2, "PyErr_SetString")), ""),
            ("PyErr_SetString PyType_GetModule", Some((10, "PyType_GetModule")), ""),
            ("PyObject_Vectorcall PyBuffer_Release", Some((12, "PyObject_Vectorcall")), ""),
            ("PyType_GetName PyCode_New", Some((11, "PyType_GetName")), "PyCode_New"),
            ("_PyLong_Sign PyFrame_GetBack", None, "PyFrame_GetBack _PyLong_Sign"),
            ("", None, ""),
        ];
        for (names, newest, others) in table {
            let found = used(names.split_whitespace());
            let expected = newest.map(|(minor, name)| (PythonVersion(3, minor), name.to_owned()));
            assert_eq!(
                (found.newest, found.others.join(" ")),
                (expected, others.into()),
                "{names}"
            );
        }
    }
}
