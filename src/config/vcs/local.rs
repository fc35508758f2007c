//! What stands behind the `+`: which commit it is, and that files are changed.

use crate::config::vcs::calendar::moment;
use crate::config::vcs::version_file::commit;
use crate::model::{LocalScheme, Revision};

/// The parts of the local version; `now` is in seconds since 1970.
pub(super) fn parts(scheme: LocalScheme, revision: &Revision, now: i64) -> Vec<String> {
    let now = moment(now);
    let day = format!("d{:04}{:02}{:02}", now.year(), u8::from(now.month()), now.day());
    let time = format!("{:02}{:02}{:02}", now.hour(), now.minute(), now.second());
    let node_and = |date: String| {
        let node = revision.node.as_deref().filter(|_| !revision.is_exact()).map(commit);
        node.into_iter().chain(revision.is_dirty.then_some(date)).collect()
    };
    match scheme {
        LocalScheme::NodeAndDate => node_and(day),
        LocalScheme::NodeAndTimestamp => node_and(day + &time),
        LocalScheme::DirtyTag => {
            revision.is_dirty.then(|| "dirty".to_owned()).into_iter().collect()
        }
        LocalScheme::None => Vec::new(),
    }
}
