//! Which interpreters may load an extension: the rules of cffi's `py_limited_api`.
//!
//! The order of the rules is that of `_set_py_limited_api` in cffi's `setuptools_ext.py`; what the
//! compiled file then is, `_cffi_include.h` decides from the macros.

use crate::model::{Abi, Interpreter, LimitedApi, Macro, PythonVersion};

/// What a builder said with `py_limited_api`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    /// Nothing: cffi decides.
    #[default]
    Unsaid,
    /// `True`
    Limited,
    /// `"cp310"`: the limited API, from that version on.
    From(PythonVersion),
    /// `False`
    Version,
}

/// Everything that the choice depends on.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The builder's `py_limited_api`.
    pub wish: Wish,
    /// The builder's macros, in the order in which they apply.
    pub macros: &'a [Macro],
    /// The interpreter that is built for.
    pub interpreter: &'a Interpreter,
    /// `cffi.recompiler.USE_LIMITED_API`: whether the generated C can be for the limited API.
    pub generated: Generated,
    /// `tool.officina.limited-api`
    pub setting: LimitedApi,
}

/// What the installed cffi makes on this interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// C that compiles for the limited API (and for everything else).
    ForLimitedApi,
    /// C that switches the limited API off by itself.
    ForVersionOnly,
    /// C that embeds Python: a library, not a module.
    ForEmbedding,
}

/// Chooses the ABI, and the macros that make the header agree; they go after the user's.
pub fn choose(about: &Circumstances) -> (Abi, Vec<Macro>) {
    let mut added = Vec::new();
    if about.interpreter.free_threaded && about.interpreter.is_windows() {
        // MSVC reaches the decision before `pyconfig.h`, which says this everywhere else.
        added.push(define("Py_GIL_DISABLED", Some("1")));
    }
    if about.generated == Generated::ForEmbedding {
        return (Abi::Embedding, added);
    }
    let wish = effective_wish(about);
    if has_free_threaded_stable_abi(about.interpreter) {
        added.push(define("Py_TARGET_ABI3T", Some("0x030f0000"))); // even where the user said False
    }
    if wish == Wish::Version {
        added.push(define(NO_LIMITED_API, None));
    }
    (abi(wish, about), added)
}

const NO_LIMITED_API: &str = "_CFFI_NO_LIMITED_API";

fn effective_wish(about: &Circumstances) -> Wish {
    let python = about.interpreter;
    if about.setting == LimitedApi::Off {
        return Wish::Version;
    }
    if python.free_threaded && !has_free_threaded_stable_abi(python) {
        return Wish::Version;
    }
    about.wish
}

fn has_free_threaded_stable_abi(python: &Interpreter) -> bool {
    python.free_threaded && python.version >= PythonVersion(3, 15)
}

/// What the compiled file is, whatever it was wished to be.
fn abi(wish: Wish, about: &Circumstances) -> Abi {
    let python = about.interpreter;
    let impossible = wish == Wish::Version
        || about.generated == Generated::ForVersionOnly
        || !python.is_cpython()
        || python.debug // the header leaves the limited API alone there
        || last(about.macros, NO_LIMITED_API).is_some();
    if impossible {
        return Abi::Version;
    }
    if python.free_threaded {
        return Abi::LimitedFreeThreaded;
    }
    let asked = match wish {
        Wish::From(version) => Some(version),
        _ => None,
    };
    let defined = last(about.macros, "Py_LIMITED_API").flatten().and_then(hexadecimal_version);
    Abi::Limited { minimum: asked.max(defined) }
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
        Interpreter {
            executable: "/usr/bin/python3".into(),
            implementation: if flags.contains('p') { "pypy" } else { "cpython" }.into(),
            version: digits.parse().unwrap(),
            pypy_version: None,
            free_threaded: flags.contains('t'),
            debug: flags.contains('d'),
            pointer_bits: 64,
            platform: if flags.contains('w') { "win-amd64" } else { "linux-x86_64" }.into(),
        }
    }

    /// As cffi computes `USE_LIMITED_API`.
    fn generated(python: &Interpreter) -> Generated {
        if python.free_threaded && python.version < PythonVersion(3, 15) {
            Generated::ForVersionOnly
        } else {
            Generated::ForLimitedApi
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
    fn the_wish_and_the_interpreter_decide() {
        let from = Wish::From(PythonVersion(3, 10));
        let table: &[(&str, Wish, Abi, &[&str])] = &[
            ("3.11", Wish::Unsaid, LIMITED, &[]),
            ("3.11", Wish::Limited, LIMITED, &[]),
            ("3.11", from, SINCE_310, &[]),
            ("3.11", Wish::Version, Abi::Version, &[NO]),
            ("3.11w", Wish::Unsaid, LIMITED, &[]),
            ("3.11d", Wish::Unsaid, Abi::Version, &[]),
            ("3.11d", Wish::Limited, Abi::Version, &[]),
            ("3.11d", Wish::Version, Abi::Version, &[NO]),
            ("3.9p", Wish::Unsaid, Abi::Version, &[]),
            ("3.9p", from, Abi::Version, &[]),
            ("3.13t", Wish::Unsaid, Abi::Version, &[NO]),
            ("3.13t", Wish::Limited, Abi::Version, &[NO]),
            ("3.14t", from, Abi::Version, &[NO]),
            ("3.14tw", Wish::Unsaid, Abi::Version, &["Py_GIL_DISABLED=1", NO]),
            ("3.15", Wish::Unsaid, LIMITED, &[]),
            ("3.15t", Wish::Unsaid, Abi::LimitedFreeThreaded, &[TARGET]),
            ("3.15t", Wish::Limited, Abi::LimitedFreeThreaded, &[TARGET]),
            ("3.15t", Wish::Version, Abi::Version, &[TARGET, NO]),
            ("3.15td", Wish::Unsaid, Abi::Version, &[TARGET]),
            ("3.15tw", Wish::Unsaid, Abi::LimitedFreeThreaded, &["Py_GIL_DISABLED=1", TARGET]),
        ];
        for (spelling, wish, abi, added) in table {
            let interpreter = python(spelling);
            let (chosen, macros) = choose(&Circumstances {
                wish: *wish,
                macros: &[],
                interpreter: &interpreter,
                generated: generated(&interpreter),
                setting: LimitedApi::FromRequiresPython,
            });
            assert_eq!((chosen, spelled(&macros)), (*abi, owned(added)), "{spelling} {wish:?}");
        }
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_users_own_macros_are_heard() {
        let api = |value: &str| define("Py_LIMITED_API", Some(value));
        let table = [
            (vec![api("0x030A0000")], Wish::Unsaid, SINCE_310),
            (vec![api("0x03090000")], Wish::From(PythonVersion(3, 10)), SINCE_310),
            (vec![define("Py_LIMITED_API", None)], Wish::Unsaid, LIMITED),
            (
                vec![api("0x030A0000"), Macro::Undefine("Py_LIMITED_API".into())],
                Wish::Unsaid,
                LIMITED,
            ),
            (vec![define(NO, None)], Wish::Limited, Abi::Version),
            (vec![define(NO, None), Macro::Undefine(NO.into())], Wish::Unsaid, LIMITED),
            (vec![api("0x030A0000")], Wish::Version, Abi::Version),
        ];
        let interpreter = python("3.12");
        for (macros, wish, abi) in table {
            let about = Circumstances {
                wish,
                macros: &macros,
                interpreter: &interpreter,
                generated: Generated::ForLimitedApi,
                setting: LimitedApi::FromRequiresPython,
            };
            assert_eq!(choose(&about).0, abi, "{macros:?} {wish:?}");
        }
    }

    #[test]
    fn the_setting_off_wins_and_a_minimum_leaves_modules_alone() {
        let interpreter = python("3.12");
        let with = |setting| {
            let (abi, added) = choose(&Circumstances {
                wish: Wish::Limited,
                macros: &[],
                interpreter: &interpreter,
                generated: Generated::ForLimitedApi,
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
            let (abi, macros) = choose(&Circumstances {
                wish: Wish::Version,
                macros: &[],
                interpreter: &interpreter,
                generated: Generated::ForEmbedding,
                setting: LimitedApi::Off,
            });
            assert_eq!((abi, spelled(&macros)), (Abi::Embedding, added), "{spelling}");
        }
    }
}
