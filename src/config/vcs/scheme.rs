//! Which version a commit after a tag has. The schemes are setuptools_scm's, letter by letter.

use pep440_rs::Version;

use crate::config::vcs::calendar;
use crate::config::vcs::tag_pattern::TagPattern;
use crate::model::{Revision, VersionScheme};

/// What a scheme looks at.
pub(super) struct Tagged<'a> {
    /// The tag's version without a local part.
    pub version: &'a Version,
    pub revision: &'a Revision,
    pub pattern: &'a TagPattern,
    /// What counts as now, in seconds since 1970.
    pub now: i64,
}

/// The version without its local part.
///
/// # Errors
/// The scheme has none for such a tag; the error is the reason in words.
pub(super) fn public_version(scheme: VersionScheme, tagged: &Tagged) -> Result<String, String> {
    let Tagged { version, revision, .. } = tagged;
    let tag = version.to_string();
    if scheme == VersionScheme::OnlyVersion || revision.is_exact() {
        return Ok(tag);
    }
    let next = match scheme {
        VersionScheme::OnlyVersion => return Ok(tag),
        VersionScheme::PostRelease => return Ok(format!("{tag}.post{}", revision.distance)),
        VersionScheme::GuessNextDev => bumped(&tag)?,
        VersionScheme::NoGuessDev => with_post(&tag)?,
        VersionScheme::SimplifiedSemver => {
            let branch = revision.branch.as_deref().unwrap_or_default();
            semver(version, if branch.contains("feature") { 2 } else { 3 })
        }
        VersionScheme::ReleaseBranchSemver => match is_release_branch(&tag, tagged) {
            true => bumped(&tag)?,
            false => semver(version, 2),
        },
        VersionScheme::CalverByDate => match branch_date(tagged) {
            Some(version) => return Ok(version),
            None => calendar::next(&tag, tagged.revision.committed.unwrap_or(tagged.now))?,
        },
    };
    Ok(format!("{next}.dev{}", revision.distance))
}

/// The last number, one higher; a tag that ends in `.dev0` speaks of the release itself.
fn bumped(tag: &str) -> Result<String, String> {
    if let Some(release) = without_dev(tag)? {
        return Ok(release);
    }
    let digits = tag.len() - tag.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (rest, last) = tag.split_at(tag.len() - digits);
    let last: u64 = last.parse().map_err(|_| format!("`{tag}` does not end in a number"))?;
    Ok(format!("{rest}{}", last + 1))
}

fn with_post(tag: &str) -> Result<String, String> {
    if let Some(release) = without_dev(tag)? {
        return Ok(release);
    }
    match tag.contains("post") {
        true => Err(format!("`{tag}` is a post-release already")),
        false => Ok(format!("{tag}.post1")),
    }
}

fn without_dev(tag: &str) -> Result<Option<String>, String> {
    match tag.rsplit_once(".dev") {
        None => Ok(None),
        Some((release, "0")) => Ok(Some(release.to_owned())),
        Some(_) => {
            Err(format!("`{tag}` has a number of its own behind `.dev`, which counts commits"))
        }
    }
}

/// The next release that keeps all but the last of so many numbers.
fn semver(tag: &Version, kept: usize) -> String {
    let mut numbers = tag.release().to_vec();
    if tag.dev() != Some(0) {
        numbers.resize(kept, 0);
        if let Some(last) = numbers.last_mut() {
            *last += 1;
        }
    }
    if numbers.len() < 3 {
        numbers.resize(3, 0);
    }
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let epoch = if tag.epoch() == 0 { String::new() } else { format!("{}!", tag.epoch()) };
    epoch + &numbers.join(".")
}

/// Whether the branch is called after the release that the tag belongs to: `release/v1.2`.
fn is_release_branch(tag: &str, tagged: &Tagged) -> bool {
    let Some(branch) = &tagged.revision.branch else { return false };
    let name = branch.rsplit('/').next().unwrap_or_default();
    let Some(version) = tagged.pattern.version_text(name) else { return false };
    let version = version.strip_prefix('v').unwrap_or(version);
    let beginning =
        |version: &str| version.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    beginning(version) == beginning(tag)
}

/// The date that a branch is called after: `release-26.11.5`.
fn branch_date(tagged: &Tagged) -> Option<String> {
    let branch = tagged.revision.branch.as_deref()?;
    let name = branch.starts_with("release-").then(|| branch.rsplit('-').next())??;
    let version = tagged.pattern.version_text(name)?;
    calendar::is_date(version).then(|| version.to_owned())
}
