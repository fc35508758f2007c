//! Which interpreters may load an extension: the rules of cffi's `py_limited_api`.
//!
//! The order of the rules is that of `_set_py_limited_api` in cffi's `setuptools_ext.py`; what the
//! compiled file then is, `_cffi_include.h` decides from the macros.

use crate::model::{Abi, Interpreter, LimitedApi, Macro, PythonVersion};

/// The `py_limited_api` of a builder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PyLimitedApi {
    /// Nothing: cffi decides.
    #[default]
    Unset,
    /// `True`
    Enabled,
    /// `"cp310"`: the limited API, from that version on.
    Since(PythonVersion),
    /// `False`
    Disabled,
}

/// Everything that the choice depends on.
#[derive(Debug, Clone, Copy)]
pub struct AbiContext<'a> {
    /// The builder's `py_limited_api`.
    pub requested: PyLimitedApi,
    /// The builder's macros, in the order in which they apply.
    pub macros: &'a [Macro],
    /// The interpreter that is built for.
    pub interpreter: &'a Interpreter,
    /// `cffi.recompiler.USE_LIMITED_API`: whether the generated C can be for the limited API.
    pub generated: GlueAbi,
    /// `tool.officina.limited-api`
    pub setting: LimitedApi,
}

/// Which ABIs the C can have that the installed cffi generates on this interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlueAbi {
    /// C that compiles for the limited API (and for everything else).
    ForLimitedApi,
    /// C that switches the limited API off by itself.
    ForVersionOnly,
    /// C that embeds Python: a library, not a module.
    ForEmbedding,
}

/// Chooses the ABI, and the macros that make the header agree; they go after the user's.
pub fn choose(about: &AbiContext) -> (Abi, Vec<Macro>) {
    let mut added: Vec<Macro> = gil_disabled(about.interpreter).into_iter().collect();
    if about.generated == GlueAbi::ForEmbedding {
        return (Abi::Embedding, added);
    }
    let requested = effective_request(about);
    if has_free_threaded_stable_abi(about.interpreter) {
        added.push(free_threaded_stable_abi()); // even where the builder has False
    }
    if requested == PyLimitedApi::Disabled {
        added.push(define(NO_LIMITED_API, None));
    }
    (abi(requested, about), added)
}

/// Chooses the ABI of an extension that cffi has no part in, and the macros that make `Python.h`
/// agree. Its sources keep to the limited API as it is `since` a version; `None`: they do not.
pub fn of_extension(
    since: Option<PythonVersion>,
    interpreter: &Interpreter,
    setting: LimitedApi,
) -> (Abi, Vec<Macro>) {
    let mut added: Vec<Macro> = gil_disabled(interpreter).into_iter().collect();
    let is_there = interpreter.is_cpython() && !interpreter.debug && setting != LimitedApi::Off;
    let abi = match since {
        Some(_) if is_there && has_free_threaded_stable_abi(interpreter) => {
            added.push(free_threaded_stable_abi());
            Abi::LimitedFreeThreaded
        }
        Some(minimum) if is_there && !interpreter.free_threaded => {
            added.push(define(LIMITED_API, Some(&minimum.hexadecimal())));
            Abi::Limited { minimum: Some(minimum) }
        }
        _ => Abi::Version,
    };
    (abi, added)
}

/// MSVC reaches the decision before `pyconfig.h`, which says this everywhere else.
fn gil_disabled(interpreter: &Interpreter) -> Option<Macro> {
    let is_needed = interpreter.free_threaded && interpreter.is_windows();
    is_needed.then(|| define("Py_GIL_DISABLED", Some("1")))
}

fn free_threaded_stable_abi() -> Macro {
    define(ABI3T, Some(&PythonVersion(3, 15).hexadecimal()))
}

/// The macro for the limited API, from a version on.
pub const LIMITED_API: &str = "Py_LIMITED_API";
/// The macro for the limited API that free-threaded Python has too, from a version on.
pub const ABI3T: &str = "Py_TARGET_ABI3T";
const NO_LIMITED_API: &str = "_CFFI_NO_LIMITED_API";

fn effective_request(about: &AbiContext) -> PyLimitedApi {
    let python = about.interpreter;
    if about.setting == LimitedApi::Off {
        return PyLimitedApi::Disabled;
    }
    if python.free_threaded && !has_free_threaded_stable_abi(python) {
        return PyLimitedApi::Disabled;
    }
    about.requested
}

fn has_free_threaded_stable_abi(python: &Interpreter) -> bool {
    python.free_threaded && python.version >= PythonVersion(3, 15)
}

/// What the compiled file is, whatever was requested.
fn abi(requested: PyLimitedApi, about: &AbiContext) -> Abi {
    let python = about.interpreter;
    let impossible = requested == PyLimitedApi::Disabled
        || about.generated == GlueAbi::ForVersionOnly
        || !python.is_cpython()
        || python.debug // the header leaves the limited API alone there
        || defines(about.macros, NO_LIMITED_API);
    if impossible {
        return Abi::Version;
    }
    if python.free_threaded {
        return Abi::LimitedFreeThreaded;
    }
    let asked = match requested {
        PyLimitedApi::Since(version) => Some(version),
        _ => None,
    };
    let defined = last(about.macros, LIMITED_API).flatten().and_then(hexadecimal_version);
    Abi::Limited { minimum: asked.max(defined) }
}

/// Whether a macro ends up defined.
pub fn defines(macros: &[Macro], wanted: &str) -> bool {
    last(macros, wanted).is_some()
}

/// The value that a macro ends up with: `None` if it ends up undefined.
fn last<'a>(macros: &'a [Macro], wanted: &str) -> Option<Option<&'a str>> {
    macros.iter().rev().find_map(|item| match item {
        Macro::Define(name, value) if name == wanted => Some(Some(value.as_deref())),
        Macro::Undefine(name) if name == wanted => Some(None),
        _ => None,
    })?
}

/// Reads `PY_VERSION_HEX` and its like: `0x030A0000` is 3.10.
pub fn hexadecimal_version(text: &str) -> Option<PythonVersion> {
    let digits = text.trim().trim_end_matches(['u', 'U', 'l', 'L']);
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => digits.parse().ok()?,
    };
    let [major, minor, ..] = number.to_be_bytes();
    (major == 3).then_some(PythonVersion(major, minor))
}

fn define(name: &str, value: Option<&str>) -> Macro {
    Macro::Define(name.to_owned(), value.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITED: Abi = Abi::Limited { minimum: None };
    const SINCE_310: Abi = Abi::Limited { minimum: Some(PythonVersion(3, 10)) };
    const NO: &str = "_CFFI_NO_LIMITED_API";
    const TARGET: &str = "Py_TARGET_ABI3T=0x030f0000";

    /// `3.13`, with `t` for free-threaded, `d` for debug, `p` for PyPy and `w` for Windows.
    fn python(spelling: &str) -> Interpreter {
        let digits = spelling.trim_end_matches(|c: char| c.is_alphabetic());
        let flags = &spelling[digits.len()..];
        let platform = if flags.contains('w') { "win-amd64" } else { "linux-x86_64" };
        Interpreter {
            implementation: if flags.contains('p') { "pypy" } else { "cpython" }.into(),
            free_threaded: flags.contains('t'),
            debug: flags.contains('d'),
            ..Interpreter::cpython(digits.parse().unwrap(), platform)
        }
    }

    /// As cffi computes `USE_LIMITED_API`.
    fn generated(python: &Interpreter) -> GlueAbi {
        if python.free_threaded && python.version < PythonVersion(3, 15) {
            GlueAbi::ForVersionOnly
        } else {
            GlueAbi::ForLimitedApi
        }
    }

    fn spelled(macros: &[Macro]) -> Vec<String> {
        let text = |item: &Macro| match item {
            Macro::Define(name, None) => name.clone(),
            Macro::Define(name, Some(value)) => format!("{name}={value}"),
            Macro::Undefine(name) => format!("-U{name}"),
        };
        macros.iter().map(text).collect()
    }

    #[test]
    fn the_builder_and_the_interpreter_decide() {
        let from = PyLimitedApi::Since(PythonVersion(3, 10));
        let table: &[(&str, PyLimitedApi, Abi, &[&str])] = &[
            ("3.11", PyLimitedApi::Unset, LIMITED, &[]),
            ("3.11", PyLimitedApi::Enabled, LIMITED, &[]),
            ("3.11", from, SINCE_310, &[]),
            ("3.11", PyLimitedApi::Disabled, Abi::Version, &[NO]),
            ("3.11w", PyLimitedApi::Unset, LIMITED, &[]),
            ("3.11d", PyLimitedApi::Unset, Abi::Version, &[]),
            ("3.11d", PyLimitedApi::Enabled, Abi::Version, &[]),
            ("3.11d", PyLimitedApi::Disabled, Abi::Version, &[NO]),
            ("3.9p", PyLimitedApi::Unset, Abi::Version, &[]),
            ("3.9p", from, Abi::Version, &[]),
            ("3.13t", PyLimitedApi::Unset, Abi::Version, &[NO]),
            ("3.13t", PyLimitedApi::Enabled, Abi::Version, &[NO]),
            ("3.14t", from, Abi::Version, &[NO]),
            ("3.14tw", PyLimitedApi::Unset, Abi::Version, &["Py_GIL_DISABLED=1", NO]),
            ("3.15", PyLimitedApi::Unset, LIMITED, &[]),
            ("3.15t", PyLimitedApi::Unset, Abi::LimitedFreeThreaded, &[TARGET]),
            ("3.15t", PyLimitedApi::Enabled, Abi::LimitedFreeThreaded, &[TARGET]),
            ("3.15t", PyLimitedApi::Disabled, Abi::Version, &[TARGET, NO]),
            ("3.15td", PyLimitedApi::Unset, Abi::Version, &[TARGET]),
            (
                "3.15tw",
                PyLimitedApi::Unset,
                Abi::LimitedFreeThreaded,
                &["Py_GIL_DISABLED=1", TARGET],
            ),
        ];
        for (spelling, requested, abi, added) in table {
            let interpreter = python(spelling);
            let (chosen, macros) = choose(&AbiContext {
                requested: *requested,
                macros: &[],
                interpreter: &interpreter,
                generated: generated(&interpreter),
                setting: LimitedApi::FromRequiresPython,
            });
            assert_eq!(
                (chosen, spelled(&macros)),
                (*abi, owned(added)),
                "{spelling} {requested:?}"
            );
        }
    }

    #[test]
    fn an_extension_has_the_limited_api_where_there_is_one() {
        let since_310 = Some(PythonVersion(3, 10));
        let hexadecimal = "Py_LIMITED_API=0x030a0000";
        let table: &[(&str, Option<PythonVersion>, Abi, &[&str])] = &[
            ("3.11", None, Abi::Version, &[]),
            ("3.11", since_310, SINCE_310, &[hexadecimal]),
            ("3.11w", since_310, SINCE_310, &[hexadecimal]),
            ("3.11d", since_310, Abi::Version, &[]),
            ("3.11p", since_310, Abi::Version, &[]),
            ("3.14t", since_310, Abi::Version, &[]),
            ("3.14tw", since_310, Abi::Version, &["Py_GIL_DISABLED=1"]),
            ("3.15t", since_310, Abi::LimitedFreeThreaded, &[TARGET]),
            ("3.15t", None, Abi::Version, &[]),
        ];
        for (spelling, since, abi, added) in table {
            let (chosen, macros) =
                of_extension(*since, &python(spelling), LimitedApi::FromRequiresPython);
            assert_eq!((chosen, spelled(&macros)), (*abi, owned(added)), "{spelling} {since:?}");
        }
        assert_eq!(of_extension(since_310, &python("3.11"), LimitedApi::Off).0, Abi::Version);
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_users_own_macros_count() {
        let api = |value: &str| define("Py_LIMITED_API", Some(value));
        let table = [
            (vec![api("0x030A0000")], PyLimitedApi::Unset, SINCE_310),
            (vec![api("0x03090000")], PyLimitedApi::Since(PythonVersion(3, 10)), SINCE_310),
            (vec![define("Py_LIMITED_API", None)], PyLimitedApi::Unset, LIMITED),
            (
                vec![api("0x030A0000"), Macro::Undefine("Py_LIMITED_API".into())],
                PyLimitedApi::Unset,
                LIMITED,
            ),
            (vec![define(NO, None)], PyLimitedApi::Enabled, Abi::Version),
            (vec![define(NO, None), Macro::Undefine(NO.into())], PyLimitedApi::Unset, LIMITED),
            (vec![api("0x030A0000")], PyLimitedApi::Disabled, Abi::Version),
        ];
        let interpreter = python("3.12");
        for (macros, requested, abi) in table {
            let about = AbiContext {
                requested,
                macros: &macros,
                interpreter: &interpreter,
                generated: GlueAbi::ForLimitedApi,
                setting: LimitedApi::FromRequiresPython,
            };
            assert_eq!(choose(&about).0, abi, "{macros:?} {requested:?}");
        }
    }

    #[test]
    fn the_setting_off_wins_and_a_minimum_leaves_modules_alone() {
        let interpreter = python("3.12");
        let with = |setting| {
            let (abi, added) = choose(&AbiContext {
                requested: PyLimitedApi::Enabled,
                macros: &[],
                interpreter: &interpreter,
                generated: GlueAbi::ForLimitedApi,
                setting,
            });
            (abi, spelled(&added))
        };
        assert_eq!(with(LimitedApi::Off), (Abi::Version, owned(&[NO])));
        assert_eq!(with(LimitedApi::Minimum(PythonVersion(3, 11))), (LIMITED, vec![]));
    }

    #[test]
    fn embedding_is_its_own_kind_and_gets_no_macro_of_modules() {
        for (spelling, added) in
            [("3.12", vec![]), ("3.13t", vec![]), ("3.14tw", owned(&["Py_GIL_DISABLED=1"]))]
        {
            let interpreter = python(spelling);
            let (abi, macros) = choose(&AbiContext {
                requested: PyLimitedApi::Disabled,
                macros: &[],
                interpreter: &interpreter,
                generated: GlueAbi::ForEmbedding,
                setting: LimitedApi::Off,
            });
            assert_eq!((abi, spelled(&macros)), (Abi::Embedding, added), "{spelling}");
        }
    }
}
