//! What a build script says about Python's C API.

/// Which part of Python's C API the C is compiled for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedApi {
    /// What the builder and cffi say: the limited API, unless `set_source()` has
    /// `py_limited_api=False` or the Python has none.
    #[default]
    FromBuilder,
    /// What PyO3 builds for, by its features `abi3-py39`, `abi3t` and so on. The crate must depend
    /// on `pyo3` or `pyo3-ffi`, 0.29 or newer, or `PYO3_CONFIG_FILE` must be set.
    FromPyo3,
    /// The limited API of this version of Python, where the Python that is built for has one:
    /// `Since(3, 9)`.
    Since(u8, u8),
    /// The API of the one version of Python that is built for.
    Off,
}
