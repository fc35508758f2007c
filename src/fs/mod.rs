//! The only door to the disk: reads and writes whose errors name the file, and products that
//! appear whole or not at all.

mod cache_folder;
mod disk;
mod files;
mod listed_folders;
mod own_folder;
mod product_folder;
mod products;

pub use cache_folder::*;
pub use disk::*;
pub use files::*;
pub use listed_folders::*;
pub use own_folder::*;
pub use product_folder::*;
pub use products::*;
