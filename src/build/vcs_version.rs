//! The version that git knows, from the first place that says it.

use std::path::Path;

use crate::archive::epoch;
use crate::build::git::{self, GitAnswer, GitQuestion, PRETEND, Wanted};
use crate::config::vcs::{self, TagPattern};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{
    Environment, Revision, VcsSettings, VcsVersion, VersionFile, VersionScheme, normalize_name,
};

/// The project whose version is wanted.
pub struct Versioned<'a> {
    /// The project root.
    pub root: &'a Path,
    /// What the build was started with.
    pub environment: &'a Environment,
    /// `project.name`
    pub name: &'a str,
    /// How the version is asked for.
    pub settings: &'a VcsSettings,
}

/// A version, and the file that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundVersion {
    /// The version.
    pub version: VcsVersion,
    /// The file to make; `None`: none is wanted, or an sdist brings it along.
    pub file: Option<VersionFile>,
    /// What a person should hear who builds with it.
    pub warning: Option<String>,
}

/// Finds it: variables, the `PKG-INFO` of an sdist, git, `.git_archival.txt`, `fallback`.
///
/// # Errors
/// None of them says it; what one says is no version; git refuses.
pub fn find(project: &Versioned) -> Result<FoundVersion> {
    if let Some(version) = project.pretended()? {
        return project.with_file(version);
    }
    if let Some(version) = project.of_sdist()? {
        let write_to = project.settings.write_to.as_ref();
        return match write_to.is_none_or(|file| project.root.join(&file.value).is_file()) {
            true => Ok(FoundVersion { version, file: None, warning: None }),
            false => project.with_file(version),
        };
    }
    let (version, warning) = project.of_repository()?;
    Ok(FoundVersion { warning, ..project.with_file(version)? })
}

impl Versioned<'_> {
    /// With the file that says a version, if one is wanted.
    ///
    /// # Errors
    /// There is no folder for it.
    pub fn with_file(&self, version: VcsVersion) -> Result<FoundVersion> {
        let Some(path) = self.settings.write_to.as_ref().map(|path| path.value.as_str()) else {
            return Ok(FoundVersion { version, file: None, warning: None });
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !self.root.join(folder).is_dir() {
            return Err(Error::new(format!("there is no folder `{folder}` for `write-to`"))
                .hint("name a file in a package: `write-to = \"src/foo/_version.py\"`"));
        }
        let text = vcs::text_of(path, &version);
        let file = VersionFile { path: path.to_owned(), text };
        Ok(FoundVersion { version, file: Some(file), warning: None })
    }

    /// What a variable says.
    fn pretended(&self) -> Result<Option<VcsVersion>> {
        let name = normalize_name(self.name).replace('-', "_").to_ascii_uppercase();
        let variables = ["OFFICINA", "SETUPTOOLS_SCM"].into_iter().flat_map(|owner| {
            let variable = format!("{owner}_PRETEND_VERSION");
            [format!("{variable}_FOR_{name}"), variable]
        });
        for variable in variables {
            if let Some(text) = self.environment.text(&variable) {
                let hint = format!("the environment variable {variable} says so");
                return given(text).map(Some).map_err(|error| error.note(hint));
            }
        }
        Ok(None)
    }

    /// What the `PKG-INFO` of this project says, where the tree is an unpacked sdist.
    fn of_sdist(&self) -> Result<Option<VcsVersion>> {
        let path = self.root.join("PKG-INFO");
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs::read_source(&path, "PKG-INFO")?.text;
        let headers = || text.lines().take_while(|line| !line.trim().is_empty());
        let header = |name: &str| headers().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let is_ours =
            header("Name:").is_some_and(|name| normalize_name(name) == normalize_name(self.name));
        header("Version:").filter(|_| is_ours).map(given).transpose()
    }

    /// The version, and what a person should hear about it.
    fn of_repository(&self) -> Result<(VcsVersion, Option<String>)> {
        let settings = self.settings;
        let pattern = settings.tag_pattern.as_ref().map(|pattern| pattern.value.as_str());
        let pattern = TagPattern::new(pattern).map_err(Error::new)?;
        let is_dated = self.environment.text("SOURCE_DATE_EPOCH").is_some();
        let answer = git::ask(&GitQuestion {
            root: self.root,
            environment: self.environment,
            pattern: &pattern,
            branch: if settings.scheme.asks_for_branch() { Wanted::Always } else { Wanted::No },
            date: match (settings.scheme, is_dated) {
                (VersionScheme::CalverByDate, _) => Wanted::Always,
                (_, true) => Wanted::No,
                (_, false) => Wanted::IfDirty,
            },
        })?;
        let (why, next) = match answer {
            GitAnswer::Revision(revision) => {
                let committed = revision.committed;
                let version = self.computed(&pattern, &revision, committed)?;
                let is_made_up = revision.tag.is_none() && settings.fallback.is_none();
                let warning = is_made_up.then(|| without_tag(&version));
                return Ok((version, warning));
            }
            GitAnswer::Nothing(why) => {
                (why, "build from a git checkout with its tags, or from an sdist")
            }
            GitAnswer::NoProgram => (
                "the program `git` is not in PATH".to_owned(),
                "install git, or put its folder on PATH",
            ),
        };
        let archive = fs::read_source(&self.root.join(ARCHIVE), ARCHIVE).ok();
        if let Some((revision, date)) =
            archive.and_then(|file| vcs::of_archive(&file.text, &pattern))
        {
            return Ok((self.computed(&pattern, &revision, date)?, None));
        }
        match &settings.fallback {
            Some(fallback) => Ok((given(fallback)?, None)),
            None => Err(Error::new("nothing says which version this is")
                .note(why)
                .note("there is no `PKG-INFO` of an sdist, and no `.git_archival.txt` with a tag in it")
                .hint(next)
                .hint(PRETEND)
                .hint("or set `fallback`, for whoever builds without git")),
        }
    }

    /// The version of a revision; `dated` is its own time, in seconds since 1970.
    fn computed(
        &self,
        pattern: &TagPattern,
        revision: &Revision,
        dated: Option<i64>,
    ) -> Result<VcsVersion> {
        let epoch = epoch::seconds(self.environment)?;
        let epoch = i64::try_from(epoch).unwrap_or(i64::MAX);
        let is_given = self.environment.text("SOURCE_DATE_EPOCH").is_some();
        let now = if is_given { epoch } else { dated.unwrap_or(epoch) };
        vcs::version_of(self.settings, pattern, revision, now).map_err(|reason| {
            Error::new(reason)
                .note(format!("the nearest tag is `{}`", revision.tag.as_deref().unwrap_or("")))
                .hint("tags of versions look like `v1.2.3` or `foo-1.2.3`; `tag-pattern` says which are yours")
                .hint(PRETEND)
        })
    }
}

/// Where there is no tag, setuptools_scm counts from 0.0 as well.
fn without_tag(version: &VcsVersion) -> String {
    format!(
        "git has no tag of a version here, so that the version `{}` is made up: fetch the tags with \
         `git fetch --tags`, or make the first one, for example with `git tag v0.1.0`",
        version.version
    )
}

/// What `git archive` fills in.
const ARCHIVE: &str = ".git_archival.txt";

/// A version that somebody has written down.
fn given(text: &str) -> Result<VcsVersion> {
    let version = vcs::parsed(text).map_err(Error::new)?;
    Ok(VcsVersion { version: version.to_string(), commit: None })
}
