//! Where the time of a build went, and the page that shows it. Pure.

pub mod page;
pub mod summary;
