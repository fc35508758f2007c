//! The macros for the code of the crate.

/// A Python object. Pointers to it are the same as those to `pyo3::ffi::PyObject`: `.cast()` makes
/// one of the other.
#[repr(C)]
#[derive(Debug)]
pub struct PyObject {
    _opaque: [u8; 0],
}

/// A Rust module with the function `init()`, which makes the CFFI module that the build script has
/// compiled.
///
/// ```ignore
/// officina_build::module!(openssl = "_openssl"); // openssl::init() -> *mut officina_build::PyObject
/// officina_build::module!(pub sodium = "pkg._sodium" as pyo3::ffi::PyObject);
/// ```
///
/// The text is the full name of the module, as `set_source()` has it. After `as` stands the type of
/// Python objects, if it is not to be [`PyObject`].
///
/// `init()` is `unsafe`: Python must run, and this thread must hold the GIL or be attached. It
/// returns a new reference, or null with a Python exception set. On PyPy the module is in
/// `sys.modules` then; on CPython it is where you put it.
///
/// An error that a file `_openssl.rs` cannot be read means that the build script made no module of
/// this name.
#[macro_export]
macro_rules! module {
    ($(#[$attribute:meta])* $visibility:vis $name:ident = $module:literal) => {
        $crate::module!($(#[$attribute])* $visibility $name = $module as $crate::PyObject);
    };
    ($(#[$attribute:meta])* $visibility:vis $name:ident = $module:literal as $object:path) => {
        $(#[$attribute])*
        $visibility mod $name {
            use $object as PyObject;
            include!(concat!(env!("OUT_DIR"), "/officina/", $module, ".rs"));
        }
    };
}

/// Exports the init function of the CFFI module that the build script has compiled, so that Python
/// can import the module from this library: a `cdylib` whose file is called like the module.
///
/// ```ignore
/// officina_build::export!("_foo"); // PyInit__foo
/// ```
///
/// Without it a `cdylib` hides the function, as it does all symbols of C archives
/// ([rust-lang/rust#36342](https://github.com/rust-lang/rust/issues/36342)).
#[macro_export]
macro_rules! export {
    ($module:literal) => {
        include!(concat!(env!("OUT_DIR"), "/officina/", $module, ".export.rs"));
    };
}
