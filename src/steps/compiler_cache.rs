//! Whether a compiler cache had an object: asked of ccache, only where somebody wants timings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::model::CacheUse;
use crate::process::Invocation;
use crate::report;
use crate::toolchain::command_line;

/// The file that ccache counts in, one word a line
/// (<https://ccache.dev/manual/4.7.5.html#config_stats_log>).
const LOG: &str = "CCACHE_STATSLOG";

/// The question to the caches that a command may go through.
pub(super) enum Question {
    /// Nobody wants to know.
    Unasked,
    /// ccache answers in this file. Other compilers take no notice, so that it needs not be known
    /// whether it is ccache: it may hide behind the compiler's own name.
    Ccache(PathBuf),
    /// sccache counts for all who use it, and does not tell what became of one run.
    Sccache,
}

/// Asks; `beside` is a file of this run, and the answer is written next to it.
pub(super) fn ask(invocation: &mut Invocation, beside: &Path) -> Question {
    let is_theirs = invocation.environment.0.contains_key(OsStr::new(LOG));
    if !report::is_recording() || is_theirs {
        return Question::Unasked;
    }
    let command = [&invocation.program].into_iter().chain(&invocation.arguments);
    let mut names = command.map(|word| command_line::stem(&word.to_string_lossy()));
    if names.by_ref().take_while(|name| !name.starts_with('-')).any(|name| name == "sccache") {
        return Question::Sccache;
    }
    let log = beside.with_extension("cache");
    let _ = std::fs::remove_file(&log); // what a killed build left
    invocation.environment.0.insert(LOG.into(), log.clone().into());
    Question::Ccache(log)
}

impl Question {
    /// What the cache answers after the run.
    pub fn answer(self) -> Option<CacheUse> {
        match self {
            Question::Unasked => None,
            Question::Sccache => Some(CacheUse::Unknown),
            Question::Ccache(log) => {
                let counted = std::fs::read_to_string(&log).ok()?;
                let _ = std::fs::remove_file(&log); // the folder of builds is cleaned at its end
                use_of(&counted)
            }
        }
    }
}

/// What ccache's counters say of one run; `None` of a run that is none of its business, as a link.
fn use_of(counted: &str) -> Option<CacheUse> {
    let has = |word: &str| counted.lines().any(|line| line == word);
    if has("direct_cache_hit") || has("preprocessed_cache_hit") {
        return Some(CacheUse::Hit);
    }
    has("cache_miss").then_some(CacheUse::Miss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccache_counts_hits_misses_and_what_it_does_not_cache() {
        for (counted, expected) in [
            ("# a.c\ndirect_cache_hit\nlocal_storage_hit\n", Some(CacheUse::Hit)),
            ("# a.c\ndirect_cache_miss\npreprocessed_cache_hit\n", Some(CacheUse::Hit)),
            ("# a.c\ncache_miss\ndirect_cache_miss\n", Some(CacheUse::Miss)),
            ("# a.o\ncalled_for_link\n", None),
            ("# cache_miss.c\ndirect_cache_miss\npreprocessor_error\n", None),
            ("", None),
        ] {
            assert_eq!(use_of(counted), expected, "{counted}");
        }
    }
}
