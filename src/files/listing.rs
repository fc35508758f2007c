//! What was decided about every entry of the source tree, for whoever asks. Pure.

use std::borrow::Cow;
use std::sync::Arc;

use crate::files::kinds;
use crate::model::{
    Decision, IgnoreRule, IncludedFile, Listing, OmitReason, OmittedFile, Tree, TreeFile,
    UnpackableEntry,
};

/// Lists files of the tree by what was decided about each; beside it, its path in the product.
pub(super) fn of<'a>(
    tree: &Tree,
    decided: impl Iterator<Item = (&'a TreeFile, Cow<'a, str>, Decision)>,
) -> Listing {
    let mut listing = Listing::default();
    for (file, path, decision) in decided {
        let (path, source) = (path.into_owned(), file.path.clone());
        match decision {
            Ok(why) => listing.included.push(IncludedFile { path, source: Some(source), why }),
            Err(why) => listing.omitted.push(OmittedFile { path: source, why }),
        }
    }
    listing.omitted.extend(tree.unpackable.iter().map(unpackable));
    listing.omitted.extend(tree.skipped.iter().map(|folder| OmittedFile {
        path: format!("{}/", folder.path),
        why: OmitReason::SkippedFolder(folder.kind),
    }));
    listing.included.sort_by(|a, b| a.path.cmp(&b.path));
    listing.omitted.sort_by(|a, b| a.path.cmp(&b.path));
    listing
}

/// What a product omits in a way that somebody should know: names that secrets have, and pipes and
/// sockets that it would have to hold.
pub(super) fn notable_omissions(
    tree: &Tree,
    decide: impl Fn(&str, Option<&Arc<IgnoreRule>>) -> Decision,
) -> Vec<OmittedFile> {
    let secrets = tree.files.iter().filter(|file| {
        kinds::is_secret(&file.path) || file.target.as_deref().is_some_and(kinds::is_secret)
    });
    let secrets =
        secrets.filter(|file| decide(&file.path, file.ignored.as_ref()) == Err(OmitReason::Secret));
    let secrets =
        secrets.map(|file| OmittedFile { path: file.path.clone(), why: OmitReason::Secret });
    let transient = tree.unpackable.iter().filter(|entry| entry.is_transient());
    let transient = transient.filter(|entry| decide(&entry.path, entry.ignored.as_ref()).is_ok());
    secrets.chain(transient.map(unpackable)).collect()
}

fn unpackable(entry: &UnpackableEntry) -> OmittedFile {
    let why = OmitReason::Unpackable(entry.reason.clone());
    OmittedFile { path: entry.path.clone(), why }
}
