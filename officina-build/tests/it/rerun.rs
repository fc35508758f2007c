//! When Cargo runs a build script again.

use crate::crates::Crates;

const PLAIN: &str = "officina-example-plain";
const GREETING: &str = "m.ffi.string(m.lib.greeting()).decode()";

#[test]
fn what_was_read_counts_and_nothing_else() {
    let crates = Crates::example();
    let rebuilt = |variables: &[(&str, &str)]| {
        crates.build(PLAIN, &[], variables);
        (crates.python_starts(), crates.print("_plain", "_plain", GREETING))
    };
    assert_eq!(rebuilt(&[]), (1, "Hello!".into()));
    assert_eq!(rebuilt(&[]), (0, "Hello!".into()));

    crates.write("plain/README", "not read");
    crates.write("plain/cffi/other.txt", "not read");
    crates.write("plain/cffi/build_other.py", "raise SystemExit");
    crates.write("plain/csrc/other.h", "not read");
    crates.edit("with-pyo3/cffi_module.py", |text| text + "\n");
    assert_eq!(rebuilt(&[]), (0, "Hello!".into()));

    crates.write("plain/cffi/greeting.txt", "Good morning");
    assert_eq!(rebuilt(&[]), (1, "Good morning!".into()));
    crates.edit("plain/cffi/build_plain.py", |text| text.replace("return \"{", "return \"{{}} {"));
    assert_eq!(rebuilt(&[]), (1, "{} Good morning!".into()));
    crates.edit("plain/csrc/count.h", |text| {
        text + "#undef PUNCTUATION\n#define PUNCTUATION \"...\"\n"
    });
    assert_eq!(rebuilt(&[]), (1, "{} Good morning...".into()));
    crates.edit("plain/csrc/count.h", |text| {
        text.replace("#undef PUNCTUATION\n#define PUNCTUATION \"...\"\n", "")
    });
    assert_eq!(rebuilt(&[("EXAMPLE_PUNCTUATION", "?")]), (1, "{} Good morning?".into()));
    assert_eq!(
        rebuilt(&[("EXAMPLE_PUNCTUATION", "?"), ("EXAMPLE_OTHER", "1")]),
        (0, "{} Good morning?".into())
    );
    crates.edit("plain/csrc/count.c", |text| text.replace("letters = 0", "letters = 1"));
    assert_eq!(rebuilt(&[("EXAMPLE_PUNCTUATION", "?")]).0, 1);
}

#[test]
fn a_variable_of_pyo3_counts_before_it_is_set() {
    let crates = Crates::example();
    crates.write("pyo3.txt", "version=3.11\ntarget_abi=CPython-gil_enabled-3.11\n");
    let file = crates.path("pyo3.txt");
    for variable in [
        ("PYO3_CONFIG_FILE", file.to_str().unwrap()),
        ("PYO3_CROSS_LIB_DIR", "/nowhere"),
        ("PYO3_CROSS_PYTHON_VERSION", "3.12"),
    ] {
        crates.build(PLAIN, &[], &[]);
        crates.python_starts();
        crates.build(PLAIN, &[], &[variable]);
        assert_eq!(crates.python_starts(), 1, "{variable:?}");
    }
}
