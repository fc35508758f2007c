//! What earlier builds in the same folder read and made, by content, so that nothing is done twice.
//!
//! A step (a builder, a compile, a link) is fresh when it would be run in the same way, everything
//! that it read is what it was, and everything that it made is still there. Whatever is not known
//! for certain is not fresh: a state that is damaged or of another version counts as none.

mod build_dir;
mod cache;
mod file_digests;
pub mod jobserver;
mod relocatable_paths;
mod store;
pub mod timings;

pub use build_dir::Room;
pub use cache::{Ended, Ledger, Record, Stale, Trace};
pub use file_digests::{Contents, Digest, HEADERS, Stamp, look, moved_since, now, touched_since};
pub use relocatable_paths::Places;

use sha2::{Digest as _, Sha256};

/// The digest of everything that decides how a step is run.
pub fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
