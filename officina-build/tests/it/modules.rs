//! What Python finds in a built crate.

use std::process::Command;

use crate::crates::{Crates, built, python};

const PLAIN: &str = "officina-example-plain";
const PYO3: &str = "officina-example-pyo3";

#[test]
fn a_library_is_a_module_and_exports_nothing_else() {
    let crates = Crates::example();
    crates.build(PLAIN, &[], &[]);
    assert_eq!(crates.python_starts(), 1);
    let expression = "m.ffi.string(m.lib.greeting()).decode(), m.lib.count(b'four')";
    assert_eq!(crates.print("_plain", "_plain", expression), "Hello! 4");
    assert_eq!(exports("_plain"), ["PyInit__plain"]);
    let bytes = std::fs::read(built("_plain")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let generated = crates.made(PLAIN, "_plain.c");
    let folder = generated.parent().unwrap().to_str().unwrap();
    assert!(!text.contains(folder), "a folder of the build got into the library");
}

fn exports(library: &str) -> Vec<String> {
    let output =
        Command::new("nm").args(["-D", "--defined-only"]).arg(built(library)).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| Some(line.rsplit_once(' ')?.1.to_owned())).collect()
}

#[test]
fn stdout_has_instructions_and_stderr_what_a_builder_prints() {
    let crates = Crates::example();
    crates.edit("plain/cffi/build_plain.py", |text| {
        text + "print('cargo::error=on stdout')\nprint('on stderr', file=__import__('sys').stderr)\n"
    });
    crates.build(PLAIN, &[], &[]);
    let output = std::fs::read_to_string(crates.made(PLAIN, "output")).unwrap();
    // The `cc` crate shows the variables that it reads.
    let is_known = |line: &&str| line.starts_with("cargo:") || line.contains(" = ");
    assert_eq!(output.lines().find(|line| !is_known(line)), None);
    assert!(!output.contains("on std"), "{output}");
    assert!(
        output.lines().any(|line| line == "cargo:rustc-link-lib=static=officina__plain"),
        "{output}"
    );
    let said = std::fs::read_to_string(crates.made(PLAIN, "stderr")).unwrap();
    assert_eq!(said, "cargo::error=on stdout\non stderr\n");
}

#[test]
fn a_module_lies_in_an_extension_of_pyo3_and_has_its_abi() {
    let crates = Crates::example();
    for (features, is_whole) in [(&[][..], true), (&["--features", "abi3"][..], false)] {
        crates.build(PYO3, features, &[]);
        let expression = "m.rust_func(), m.cffi.lib.cffi_func(), m.cffi.__name__";
        assert_eq!(
            crates.print("rust_with_cffi", "rust_with_cffi", expression),
            "14 15 rust_with_cffi.cffi"
        );
        let read = std::fs::read_to_string(crates.made(PYO3, "0.d")).unwrap();
        assert!(read.contains("/object.h"), "{read}");
        assert_eq!(read.contains("/cpython/object.h"), is_whole, "{features:?}");
    }
    crates.edit("with-pyo3/cffi_module.py", |text| {
        text.replace("15; }\"", "15; }\", py_limited_api=False")
    });
    let output = crates.try_build(PYO3, &["--features", "abi3"], &[]);
    let said = crate::crates::stderr(&output);
    assert!(
        said.contains("error: PyO3 builds for the limited API, and `rust_with_cffi.cffi` is for one version of Python"),
        "{said}"
    );
    assert!(said.contains("hint: leave `py_limited_api=False` out of `set_source()`"), "{said}");
}

const HOLDER_BUILD: &str = r##"
fn main() -> Result<(), officina_build::Error> {
    officina_build::Module::declared("held._one", "int one(void);", "static int one(void) { return 1; }").compile()?;
    officina_build::Module::declared("held._two", "int two(void);", "static int two(void) { return TWO; }")
        .define("TWO", "2")
        .compile()
}
"##;

// An extension module by hand, with both as its attributes.
const HOLDER: &str = r##"
use core::ffi::{c_char, c_int};
use officina_build::PyObject;

officina_build::module!(one = "held._one");
officina_build::module!(two = "held._two");

unsafe extern "C" {
    #[cfg_attr(pypy, link_name = "PyPyModule_Create2")]
    fn PyModule_Create2(definition: *mut [usize; 14], version: c_int) -> *mut PyObject;
    #[cfg_attr(pypy, link_name = "PyPyModule_AddObject")]
    fn PyModule_AddObject(module: *mut PyObject, name: *const c_char, value: *mut PyObject) -> c_int;
}

/// `PyModuleDef`: PyPy has one more word in the head of an object.
static mut DEFINITION: [usize; 14] = [0; 14];

#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_holder() -> *mut PyObject {
    let head = if cfg!(pypy) { 6 } else { 5 };
    unsafe {
        DEFINITION[0] = 1;
        DEFINITION[head] = c"holder".as_ptr() as usize;
        DEFINITION[head + 2] = usize::MAX;
        let module = PyModule_Create2(&raw mut DEFINITION, 1013);
        PyModule_AddObject(module, c"one".as_ptr(), one::init());
        PyModule_AddObject(module, c"two".as_ptr(), two::init());
        module
    }
}
"##;

/// Adds a crate with two modules to the example; returns the name of its package.
fn add_holder(crates: &Crates) -> &'static str {
    let manifest = std::fs::read_to_string(crates.path("plain/Cargo.toml")).unwrap();
    let manifest = manifest
        .replace("\"officina-example-plain\"", "\"officina-example-holder\"")
        .replace("\"_plain\"", "\"holder\"");
    crates.write("plain/Cargo.toml", &manifest);
    crates.edit("Cargo.lock", |text| {
        text.replace("\"officina-example-plain\"", "\"officina-example-holder\"")
    });
    crates.write("plain/build.rs", HOLDER_BUILD);
    crates.write("plain/src/lib.rs", HOLDER);
    "officina-example-holder"
}

#[test]
fn modules_are_made_by_a_library_of_ones_own() {
    let crates = Crates::example();
    let holder = add_holder(&crates);
    crates.build(holder, &[], &[]);
    assert_eq!(
        crates.print("holder", "holder", "m.one.lib.one(), m.two.lib.two(), m.two.__name__"),
        "1 2 held._two"
    );
}

#[test]
fn modules_are_made_on_pypy() {
    if Command::new("pypy3").arg("--version").output().is_err() {
        return skip("pypy3");
    }
    let crates = Crates::example();
    let ask = ["-c", "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'), end='')"];
    let suffix =
        String::from_utf8(Command::new("pypy3").args(ask).output().unwrap().stdout).unwrap();
    crates.build(PLAIN, &[], &[("PYO3_PYTHON", "pypy3")]);
    let expression = "m.ffi.string(m.lib.greeting()).decode(), m.lib.count(b'four')";
    assert_eq!(crates.print_with("pypy3", "_plain", "_plain", &suffix, expression), "Hello! 4");
    assert_eq!(exports("_plain"), ["_cffi_pypyinit__plain"]);
    let holder = add_holder(&crates);
    crates.build(holder, &[], &[("PYO3_PYTHON", "pypy3"), ("RUSTFLAGS", "--cfg pypy")]);
    let expression = "m.one.lib.one(), m.two.lib.two(), m.two.__name__";
    assert_eq!(
        crates.print_with("pypy3", "holder", "holder", &suffix, expression),
        "1 2 held._two"
    );
}

/// Says that a test is skipped; CI installs all that tests need.
fn skip(needs: &str) {
    assert!(std::env::var_os("CI").is_none(), "this test needs {needs}, which CI should have");
    eprintln!("skipped: it needs {needs}");
}

#[test]
fn the_python_of_the_tests_has_cffi() {
    let output = Command::new(python()).args(["-c", "import cffi"]).output().unwrap();
    assert!(output.status.success(), "OFFICINA_TEST_PYTHON must name a Python that has cffi");
}
