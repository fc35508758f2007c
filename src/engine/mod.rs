//! What makes a build fast and right, whatever its steps do: the graph of steps and its scheduler,
//! what each step reads, the cache of earlier builds, and the folder that all of it lies in.
//!
//! A [`step::Step`] is run by [`scheduler`] unless [`cache::ActionCache`] knows that it would come out
//! the same. What is skipped, what `show --why` tells, what `check` compares and what editable installs
//! watch come from the same records of [`input::Input`]s.

pub mod build_dir;
pub mod cache;
pub mod digest;
pub mod file_digests;
pub mod file_stat;
pub mod graph;
pub mod input;
pub mod jobserver;
pub mod relocatable_paths;
pub mod schedule;
pub mod scheduler;
pub mod step;
pub mod store;
pub mod timings;
