//! What is told when a build script fails: what, where, what next, and the words of other programs
//! whole.

use crate::crates::{Crates, python};

const PLAIN: &str = "officina-example-plain";
const BUILDER: &str = "plain/cffi/build_plain.py";

/// Every text is in what was said, in this order.
fn has_in_order(said: &str, texts: &[&str]) {
    let mut rest = said;
    for text in texts {
        let at = rest.find(text).unwrap_or_else(|| panic!("no `{text}` in the rest of\n{said}"));
        rest = &rest[at + text.len()..];
    }
}

#[test]
fn an_entry_that_is_not_there_gets_the_nearest() {
    let crates = Crates::example();
    crates.edit("plain/build.rs", |text| text.replace("build_plain", "biuld_plain"));
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &[
            "error: no builder script `cffi/biuld_plain.py`",
            "Module::entry:1:1",
            "note: looked for `cffi/biuld_plain.py`",
            "hint: did you mean `cffi/build_plain.py:ffi`?",
        ],
    );
    crates.edit("plain/build.rs", |text| text.replace("biuld_plain.py:ffi", "build_plain.py:fffi"));
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &["error: no object `fffi` in `cffi/build_plain.py`", "hint: did you mean `ffi`?"],
    );
}

#[test]
fn a_builder_that_fails_is_heard_out() {
    let crates = Crates::example();
    crates.edit(BUILDER, |text| {
        format!("print('a word before')\n{text}\nraise ValueError('no such luck')\n")
    });
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &[
            "a word before",
            "Traceback (most recent call last):",
            "raise ValueError('no such luck')",
            "error: the builder `cffi/build_plain.py` failed: ValueError: no such luck",
            "note: the Python is `",
        ],
    );
}

#[test]
fn a_compiler_that_fails_is_heard_out() {
    let crates = Crates::example();
    crates.edit("plain/csrc/count.c", |text| text.replace("letters = 0", "letters = unheard_of"));
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &[
            "unheard_of",
            "error: compiling `csrc/count.c` for `_plain` failed: exit code 1: ",
            "csrc/count.c:",
            "note: the command was: ",
            "hint: no header that is included declares `unheard_of`",
        ],
    );
    crates.edit("plain/csrc/count.c", |text| text.replace("letters = unheard_of", "letters = 0"));
    crates.edit(BUILDER, |text| {
        text.replace("    int count(", "    struct s { int a; };\n    int count(")
            .replace("#include \"count.h\"", "#include \"count.h\"\n    struct s {{ long a; }};")
    });
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &["error: ", "struct s", "hint: ", "`.define(\"OFFICINA_UNCHECKED\", None)`"],
    );
}

/// Runs what follows `-u -B` in a Python that takes itself for an older one.
const OLD_PYTHON: &str = "import runpy, sys; sys.version_info = (3, 8, 20); \
    sys.argv = sys.argv[3:]; runpy.run_path(sys.argv[0], run_name=\"__main__\")";

#[test]
fn no_python_and_no_cffi() {
    let crates = Crates::example();
    let said = crates.failure(PLAIN, &[("PYO3_PYTHON", "/nowhere/python")]);
    has_in_order(
        &said,
        &["error: cannot start `/nowhere/python`", "hint: name another one: PYO3_PYTHON="],
    );
    let bare = crates.program("bare-python", &format!("exec {} -S \"$@\"", python()));
    let said = crates.failure(PLAIN, &[("PYO3_PYTHON", bare.to_str().unwrap())]);
    has_in_order(
        &said,
        &[
            "error: cffi is not installed where the builders run",
            "bare-python`",
            "hint: ",
            "pip install cffi",
        ],
    );
    let old = crates.program("old-python", &format!("exec {} -c '{OLD_PYTHON}' \"$@\"", python()));
    let said = crates.failure(PLAIN, &[("PYO3_PYTHON", old.to_str().unwrap())]);
    has_in_order(
        &said,
        &["old-python` is older than Python 3.9", "hint: name another one: PYO3_PYTHON="],
    );
}

#[test]
fn what_cannot_be_a_part_of_a_crate_is_refused() {
    let crates = Crates::example();
    crates.write(
        "plain/cffi/abi.py",
        "import cffi\nffi = cffi.FFI()\nffi.set_source('_plain', None)\n",
    );
    crates.edit("plain/build.rs", |text| text.replace("build_plain.py", "abi.py"));
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &[
            "error: `_plain` is a Python module: there is nothing to compile",
            "hint: give `set_source()` C",
        ],
    );
    crates.edit("plain/build.rs", |text| {
        text.replace("abi.py", "build_plain.py")
            .replace(".compile", ".limited_api(officina_build::LimitedApi::FromPyo3).compile")
    });
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &[
            "error: PyO3 has not told which API it builds for",
            "hint: add one of them to `[dependencies]` of this crate",
            "LimitedApi::Since(3, 9)",
        ],
    );
    crates.edit("plain/build.rs", |text| {
        text.replace(".limited_api", ".root(\"nowhere\").limited_api").replace("FromPyo3", "Off")
    });
    let said = crates.failure(PLAIN, &[]);
    has_in_order(&said, &["nowhere` is not a folder", "hint: `root()` takes a path from"]);
}

#[test]
fn what_the_declarations_get_wrong_is_shown() {
    let crates = Crates::example();
    let build = r#"fn main() -> Result<(), officina_build::Error> {
        officina_build::Module::declared("_plain", "int one(void);\nint 2(void);", "").compile()
    }"#;
    crates.write("plain/build.rs", build);
    let said = crates.failure(PLAIN, &[]);
    has_in_order(
        &said,
        &[
            "error: cffi cannot read the declarations of `_plain`",
            "Module::declared:2",
            "int 2(void);",
        ],
    );
}
