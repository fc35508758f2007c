//! [`Revision`] -> [`VcsVersion`].

use std::str::FromStr;

use pep440_rs::{LocalSegment, Version};

use crate::config::vcs::local;
use crate::config::vcs::scheme::{Tagged, public_version};
use crate::config::vcs::tag_pattern::TagPattern;
use crate::config::vcs::version_file::commit;
use crate::model::{Revision, VcsSettings, VcsVersion};

/// What a commit without a tag counts from.
const FIRST: &str = "0.0";

/// The version of a revision; `now`, in seconds since 1970, is the date of changed files.
///
/// # Errors
/// The tag is no version, or the scheme has no version after it; the error is the reason in words.
pub fn version_of(
    settings: &VcsSettings,
    pattern: &TagPattern,
    revision: &Revision,
    now: i64,
) -> Result<VcsVersion, String> {
    let tag = match &revision.tag {
        Some(tag) => pattern
            .version_of(tag)
            .ok_or_else(|| format!("the tag `{tag}` is no version to `{}`", pattern.text))?,
        None => parsed(settings.fallback.as_deref().unwrap_or(FIRST))?,
    };
    let public = tag.clone().without_local();
    let tagged = Tagged { version: &public, revision, pattern, now };
    let public = public_version(settings.scheme, &tagged)?;
    let mut locals: Vec<String> = tag.local().iter().map(LocalSegment::to_string).collect();
    for part in local::parts(settings.local, revision, now) {
        if !locals.contains(&part) {
            locals.push(part);
        }
    }
    let local = if locals.is_empty() { String::new() } else { format!("+{}", locals.join(".")) };
    let version = parsed(&(public + &local))?.to_string();
    Ok(VcsVersion { version, commit: revision.node.as_deref().map(commit) })
}

/// A version by PEP 440.
///
/// # Errors
/// It is none; the error is the reason in words.
pub fn parsed(text: &str) -> Result<Version, String> {
    Version::from_str(text.trim())
        .map_err(|reason| format!("`{}` is not a valid version: {reason}", text.escape_debug()))
}
