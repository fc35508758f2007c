//! Type stubs: what an `FFI` declares -> the text of its `.pyi` files. Pure.

mod annotations;
mod classes;
mod comments;
mod ffi_class;
mod library;
mod names;
pub mod stub;
pub mod uses;
