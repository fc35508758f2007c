//! `rust_with_cffi.rust_func()` is Rust, `rust_with_cffi.cffi.lib.cffi_func()` is C.

use pyo3::prelude::*;

officina_build::module!(cffi = "rust_with_cffi.cffi" as pyo3::ffi::PyObject);

/// What is Rust.
#[pyfunction]
fn rust_func() -> u64 {
    14
}

/// The extension module, with the CFFI module in it.
#[pymodule]
fn rust_with_cffi(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(rust_func, module)?)?;
    // SAFETY: `init()` returns a new reference or sets an exception, and this thread is attached.
    let cffi = unsafe { Bound::from_owned_ptr_or_err(module.py(), cffi::init())? };
    module.add("cffi", cffi)
}
