//! Tables for [`super::clean`]: what builders write, and what it comes to.

use serde_json::json;

use super::*;
use crate::model::PythonVersion;

const OWNER: Owner = Owner { module: "pkg._foo", builder: "foo_build.py" };

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn cleaned(value: Value) -> CleanArguments {
    clean(&object(value), OWNER).unwrap()
}

fn refused(value: Value) -> Error {
    clean(&object(value), OWNER).unwrap_err()
}

#[test]
fn what_means_nothing_is_empty() {
    for nothing in [json!(null), json!(""), json!([]), json!([null, ""])] {
        for name in LISTS {
            let clean = cleaned(json!({ name: nothing }));
            assert_eq!(clean, CleanArguments::default(), "{name} = {nothing}");
        }
    }
    for name in ["language", "optional", "py_limited_api"] {
        assert_eq!(cleaned(json!({ name: null })), CleanArguments::default(), "{name}");
    }
}

#[test]
fn a_lone_string_is_a_list_of_one_with_a_warning() {
    let CleanArguments { arguments, warnings } = cleaned(json!({ "libraries": "m" }));
    assert_eq!(arguments.libraries, ["m"]);
    assert_eq!(
        warnings,
        ["`libraries` of `pkg._foo` should be a list, not one string: taken as `[\"m\"]`"]
    );
}

#[test]
fn macros_take_every_value_that_means_something() {
    let define = |value: &str| Macro::Define("A".into(), Some(value.into()));
    let table = [
        (json!(["A", null]), Macro::Define("A".into(), None)),
        (json!(["A", 1]), define("1")),
        (json!(["A", -5]), define("-5")),
        (json!(["A", 1.5]), define("1.5")),
        (json!(["A", true]), define("1")),
        (json!(["A", false]), define("0")),
        (json!(["A", ""]), define("")),
        (json!(["A", "\"x y\""]), define("\"x y\"")),
        (json!(["A"]), Macro::Undefine("A".into())),
    ];
    for (written, expected) in table {
        let arguments = cleaned(json!({ "define_macros": [written] })).arguments;
        assert_eq!(arguments.define_macros, [expected], "{written}");
    }
    let arguments = cleaned(json!({ "undef_macros": ["NDEBUG"] })).arguments;
    assert_eq!(arguments.undef_macros, [Macro::Undefine("NDEBUG".into())]);
}

#[test]
fn sources_keep_their_spelling_and_must_be_compilable() {
    let arguments = cleaned(json!({ "sources": ["../vendor/a.c", "b.CPP.cpp", "x.S"] })).arguments;
    assert_eq!(arguments.sources, ["../vendor/a.c", "b.CPP.cpp", "x.S"].map(PathBuf::from));
    for stranger in ["a.h", "a.o", "a.i", "a", "a.pyx"] {
        let error = refused(json!({ "sources": ["ok.c", stranger] }));
        assert!(error.to_string().contains(&format!("holds `{stranger}`")), "{error}");
        assert!(error.parts().notes[0].contains("`foo_build.py`"), "{error:?}");
    }
}

#[test]
fn py_limited_api_is_read_in_every_spelling() {
    let since_310 = PyLimitedApi::Since(PythonVersion(3, 10));
    let table = [
        (json!(true), PyLimitedApi::Enabled),
        (json!(1), PyLimitedApi::Enabled),
        (json!(false), PyLimitedApi::Disabled),
        (json!(0), PyLimitedApi::Disabled),
        (json!(""), PyLimitedApi::Unset),
        (json!("cp310"), since_310),
        (json!("3.10"), since_310),
        (json!(0x030A_0000), since_310),
    ];
    for (written, wish) in table {
        let arguments = cleaned(json!({ "py_limited_api": written })).arguments;
        assert_eq!(arguments.py_limited_api, wish, "{written}");
    }
}

#[test]
fn language_and_optional() {
    let language = |value: Value| cleaned(json!({ "language": value })).arguments.language;
    assert_eq!(language(json!("c++")), Some(Language::Cxx));
    assert_eq!(language(json!("C")), Some(Language::C));
    assert_eq!(language(json!("")), None);
    assert!(cleaned(json!({ "optional": true })).arguments.optional);
    assert!(!cleaned(json!({ "optional": 0 })).arguments.optional);
}

#[test]
fn wrong_types_are_refused_by_name() {
    let odd = json!({ "type": "dict", "repr": "{'unix': []}" });
    let table = [
        (json!({ "libraries": 3 }), "`libraries` of `pkg._foo` is `3`, not a list"),
        (
            json!({ "extra_compile_args": odd }),
            "`extra_compile_args` of `pkg._foo` is a `dict` (`{'unix': []}`), not a list",
        ),
        (json!({ "include_dirs": [1] }), "`include_dirs` of `pkg._foo` holds `1`, not text"),
        (json!({ "define_macros": ["A"] }), "`define_macros` of `pkg._foo` holds `\"A\"`"),
        (json!({ "define_macros": [["A", 1, 2]] }), "`define_macros` of `pkg._foo` holds"),
        (json!({ "define_macros": [["A", odd]] }), "`define_macros` of `pkg._foo` holds"),
        (json!({ "language": "rust" }), "`language` of `pkg._foo` is `\"rust\"`, not"),
        (json!({ "optional": "yes" }), "`optional` of `pkg._foo` is `\"yes\"`, not"),
        (json!({ "py_limited_api": "abi3" }), "`py_limited_api` of `pkg._foo` is `\"abi3\"`"),
    ];
    for (written, message) in table {
        let error = refused(written);
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn strangers_are_ignored_with_a_warning() {
    let warnings = cleaned(json!({ "include_dir": ["a"], "swig_opts": ["-c++"] })).warnings;
    assert_eq!(
        warnings,
        [
            "`swig_opts` of `pkg._foo` is ignored: SWIG is not run",
            "`set_source()` of `pkg._foo` in `foo_build.py` has no argument `include_dir`: \
             ignored; did you mean `include_dirs`?",
        ]
    );
}

#[test]
fn arguments_of_a_module_without_c_have_no_effect() {
    let owner = Owner { module: "pkg._foo", builder: "foo_build.py" };
    for (raw, expected) in [
        (
            json!({ "sources": ["a.c"], "libraries": "m", "py_limited_api": true }),
            "`sources`, `libraries`",
        ),
        (
            json!({ "define_macros": [["A", "1"]], "depends": [], "libraries": [""] }),
            "`define_macros`",
        ),
        (json!({ "include_dirs": null, "libraries": [], "extra_link_args": "" }), ""),
        (json!({}), ""),
    ] {
        let said = without_c(&object(raw.clone()), owner);
        let names = said.as_deref().and_then(|said| said.split_once(": ")?.1.split_once(". "));
        assert_eq!(names.map_or("", |(names, _)| names), expected, "{raw}");
    }
}

#[test]
fn additions_go_where_they_are_missing() {
    let additions =
        object(json!({ "libraries": ["python3.11"], "define_macros": [["UNICODE", "1"]] }));
    let table = [
        (json!({}), json!(["python3.11"])),
        (json!({ "libraries": null }), json!(["python3.11"])),
        (json!({ "libraries": "m" }), json!(["m", "python3.11"])),
        (json!({ "libraries": ["python3.11", "m"] }), json!(["python3.11", "m"])),
    ];
    for (written, expected) in table {
        let mut raw = object(written.clone());
        add(&mut raw, &additions);
        assert_eq!(raw["libraries"], expected, "{written}");
        assert_eq!(raw["define_macros"], json!([["UNICODE", "1"]]));
    }
}

#[test]
fn a_source_is_what_the_compiler_will_take() {
    assert_eq!(cleaned(json!({"sources": ["x.CPP"]})).arguments.sources.len(), 1);
    assert!(refused(json!({"sources": ["x.asm"]})).to_string().contains("`x.asm`"));
}
