#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

#[cfg(feature = "build-script")]
mod abi;
#[cfg(feature = "build-script")]
mod cargo;
#[cfg(feature = "build-script")]
mod compile;
#[cfg(feature = "build-script")]
mod error;
#[cfg(feature = "build-script")]
mod generate;
#[cfg(feature = "build-script")]
mod headers;
#[cfg(feature = "build-script")]
mod inputs;
#[cfg(feature = "build-script")]
mod limited_api;
#[cfg(feature = "build-script")]
mod link;
mod macros;
#[cfg(feature = "build-script")]
mod module;
#[cfg(feature = "build-script")]
mod pyo3;
#[cfg(feature = "build-script")]
mod python;
#[cfg(feature = "build-script")]
mod rust_code;

#[cfg(feature = "build-script")]
pub use error::Error;
#[cfg(feature = "build-script")]
pub use limited_api::LimitedApi;
pub use macros::PyObject;
#[cfg(feature = "build-script")]
pub use module::Module;
