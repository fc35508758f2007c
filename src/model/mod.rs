//! The nouns of a build, in the order in which they come to be. Plain data: read this file first.
//!
//! ```text
//! Request ─┬─> Project ─────┐
//!          └─> Interpreter ─┴─> Builder ─> Module ─> Object ─> Extension ─> Manifest ─> wheel
//! ```
//!
//! A module's name, its libraries and its ABI choice are unknown until its builder has run: they
//! live in `set_source(name, source, **kwds)`. So a [`Builder`] holds references only, and
//! whatever depends on a name or a tag starts from [`Module`].

mod builders;
mod bundle;
mod condition;
mod crates;
mod cross;
mod decision;
mod declaration;
mod environment;
mod few_names;
mod ffi;
mod inputs;
mod interpreter;
mod libraries;
mod linked_file;
mod macros;
mod mailboxes;
mod metadata;
mod modules;
mod native;
mod options;
mod packaged;
mod plan;
mod project;
mod request;
mod requirement;
mod response;
mod setting;
mod setuptools;
mod source;
mod sysconfig;
mod target;
mod timings;
mod tree;
mod triple;
mod vcs;
mod wheel_data;
mod wildcard;

pub use builders::*;
pub use bundle::*;
pub use condition::*;
pub use crates::*;
pub use cross::*;
pub use decision::*;
pub use declaration::*;
pub use environment::*;
pub use few_names::*;
pub use ffi::*;
pub use inputs::*;
pub use interpreter::*;
pub use libraries::*;
pub use linked_file::*;
pub use macros::*;
pub use mailboxes::*;
pub use metadata::*;
pub use modules::*;
pub use native::*;
pub use options::*;
pub use packaged::*;
pub use plan::*;
pub use project::*;
pub use request::*;
pub use requirement::*;
pub use response::*;
pub use setting::*;
pub use setuptools::*;
pub use source::*;
pub use sysconfig::*;
pub use target::*;
pub use timings::*;
pub use tree::*;
pub use triple::*;
pub use vcs::*;
pub use wheel_data::*;
pub use wildcard::*;
