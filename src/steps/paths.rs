//! The paths that compilers read, each once in memory: the objects of a build read the same headers by
//! the hundred.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Paths that somebody has asked for.
#[derive(Default)]
pub(super) struct Paths(Mutex<HashSet<Arc<Path>>>);

impl Paths {
    /// The path that all share.
    pub fn shared(&self, path: PathBuf) -> Arc<Path> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = all.get(path.as_path()) {
            return Arc::clone(path);
        }
        let path: Arc<Path> = path.into();
        all.insert(Arc::clone(&path));
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_once() {
        let paths = Paths::default();
        let one = paths.shared("/a/b.h".into());
        assert!(Arc::ptr_eq(&one, &paths.shared("/a/b.h".into())));
        assert!(!Arc::ptr_eq(&one, &paths.shared("/a/c.h".into())));
    }
}
