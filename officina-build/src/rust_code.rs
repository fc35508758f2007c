//! The Rust code that the macros include: how a module is initialised, and what exports it.
//!
//! The C has its init function under a name of ours. A `cdylib` hides the symbols of C archives
//! (<https://github.com/rust-lang/rust/issues/36342>), so that Python finds only what Rust code
//! exports, and a Rust function of the same name as a C function would be a second definition.

use std::path::Path;

use officina::error::Result;
use officina::fs;
use officina::model::{Interpreter, ModuleName};

/// The name of the C function that a macro puts in the place of `PyInit_x`.
pub(crate) fn init_symbol(name: &ModuleName) -> String {
    format!("officina_init_{}", mangled(name))
}

/// The same for `_cffi_pypyinit_x`.
pub(crate) fn pypy_init_symbol(name: &ModuleName) -> String {
    format!("officina_pypyinit_{}", mangled(name))
}

/// A module's name as a part of a C identifier.
pub(crate) fn mangled(name: &ModuleName) -> String {
    name.as_str().replace('.', "_")
}

/// Writes the files that `module!` and `export!` include into a folder.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn write(name: &ModuleName, interpreter: &Interpreter, folder: &Path) -> Result<()> {
    let (init, export) = match interpreter.is_pypy() {
        true => (filled(PYPY_INIT, name), filled(PYPY_EXPORT, name)),
        false => (filled(INIT, name), filled(EXPORT, name)),
    };
    fs::write_text(&folder.join(format!("{name}.rs")), &init)?;
    fs::write_text(&folder.join(format!("{name}.export.rs")), &export)
}

fn filled(template: &str, name: &ModuleName) -> String {
    template
        .replace("{name}", name.as_str())
        .replace("{last}", name.last())
        .replace("{init}", &init_symbol(name))
        .replace("{pypyinit}", &pypy_init_symbol(name))
}

const INIT: &str = r#"unsafe extern "C" {
    fn {init}() -> *mut ::core::ffi::c_void;
}

/// Makes the CFFI module `{name}`: a new reference, or null with a Python exception set.
///
/// # Safety
/// Python runs, and this thread holds the GIL or is attached to the interpreter.
#[must_use]
pub unsafe fn init() -> *mut PyObject {
    // SAFETY: it is the init function of a Python module, and the caller may call those.
    unsafe { {init}() }.cast()
}
"#;

const EXPORT: &str = r#"unsafe extern "C" {
    fn {init}() -> *mut ::core::ffi::c_void;
}

/// What Python calls when it imports the CFFI module `{name}` from this library.
///
/// # Safety
/// Python alone calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_{last}() -> *mut ::core::ffi::c_void {
    // SAFETY: it is the same function by another name.
    unsafe { {init}() }
}
"#;

// PyPy has no function that makes a module of a CFFI init function, but for programs that embed it;
// theirs also takes Python code, which is empty here. It takes the GIL by itself.
const PYPY_INIT: &str = r#"/// What PyPy is told of a module: `struct _cffi_pypy_init_s` of cffi's `_embedding.h`.
#[repr(C)]
struct PypyInit {
    name: *const ::core::ffi::c_char,
    function: unsafe extern "C" fn(*mut *const ::core::ffi::c_void) -> *mut ::core::ffi::c_void,
    code: *const ::core::ffi::c_char,
}

unsafe extern "C" {
    fn {pypyinit}(facts: *mut *const ::core::ffi::c_void) -> *mut ::core::ffi::c_void;
    fn pypy_init_embedded_cffi_module(version: ::core::ffi::c_int, init: *const PypyInit) -> ::core::ffi::c_int;
    fn PyPyEval_SaveThread() -> *mut ::core::ffi::c_void;
    fn PyPyEval_RestoreThread(thread: *mut ::core::ffi::c_void);
    fn PyPyImport_ImportModule(name: *const ::core::ffi::c_char) -> *mut ::core::ffi::c_void;
}

/// Makes the CFFI module `{name}`: a new reference, or null with a Python exception set.
///
/// # Safety
/// Python runs, and this thread holds the GIL.
#[must_use]
pub unsafe fn init() -> *mut PyObject {
    let name = c"{name}".as_ptr();
    let init = PypyInit { name, function: {pypyinit}, code: c"".as_ptr() };
    // SAFETY: the caller holds the GIL, which the function in between takes itself; it is done with
    // `init` when it returns.
    unsafe {
        let thread = PyPyEval_SaveThread();
        pypy_init_embedded_cffi_module(0xB011, &init);
        PyPyEval_RestoreThread(thread);
        PyPyImport_ImportModule(name).cast() // an ImportError if that failed
    }
}
"#;

const PYPY_EXPORT: &str = r#"unsafe extern "C" {
    fn {pypyinit}(facts: *mut *const ::core::ffi::c_void) -> *mut ::core::ffi::c_void;
}

/// What PyPy calls when it imports the CFFI module `{name}` from this library.
///
/// # Safety
/// PyPy alone calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _cffi_pypyinit_{last}(facts: *mut *const ::core::ffi::c_void) -> *mut ::core::ffi::c_void {
    // SAFETY: it is the same function by another name.
    unsafe { {pypyinit}(facts) }
}
"#;
