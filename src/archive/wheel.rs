//! The wheel: its file name and the archive, the same to the byte everywhere.
//!
//! The format is the "Binary distribution format" of packaging.python.org.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use time::{OffsetDateTime, PrimitiveDateTime};
use zip::{DateTime, ZipWriter};

use crate::archive::deferred_errors::{DeferredErrors, FirstError};
use crate::archive::dist_info::{RecordRow, record_path, record_text, stem};
use crate::archive::packing::Packing;
use crate::archive::{epoch, packing};
use crate::error::{Error, Result};
use crate::fs::Part;
use crate::model::{Environment, Manifest, ManifestEntry, Tag};
use crate::process;

/// `my_dist-1.0-cp311-abi3-linux_x86_64.whl`, or `my_dist-1.0-1-cp311-abi3-linux_x86_64.whl` with
/// a build tag. `version` is a normalised PEP 440 version.
pub fn file_name(dist_name: &str, version: &str, build: Option<&str>, tag: &Tag) -> String {
    let build = build.map(|build| format!("-{build}")).unwrap_or_default();
    format!("{}{build}-{tag}.whl", stem(dist_name, version))
}

/// The time that every entry of a wheel carries: that of [`epoch`], moved into the years that the
/// zip format can say.
///
/// # Errors
/// `SOURCE_DATE_EPOCH` is not a number of seconds.
pub fn timestamp(environment: &Environment) -> Result<DateTime> {
    let moment = OffsetDateTime::from_unix_timestamp(within_zip(epoch::seconds(environment)?));
    let moment = moment.map(|utc| PrimitiveDateTime::new(utc.date(), utc.time()));
    let failed = |e: &dyn std::fmt::Display| {
        Error::new(format!("SOURCE_DATE_EPOCH gives no valid date: {e}"))
    };
    DateTime::try_from(moment.map_err(|e| failed(&e))?).map_err(|e| failed(&e))
}

/// Moves a time to between 1980-01-01 00:00:00 and 2107-12-31 23:59:58.
fn within_zip(seconds: u64) -> i64 {
    const LATEST: u64 = 4_354_819_198;
    seconds.clamp(epoch::EARLIEST, LATEST).cast_signed()
}

/// Writes the wheel `file_name` into `target_dir` in one go and returns its path: its entries in the manifest's order, but
/// those of the folder `dist_info` after all others.
///
/// # Errors
/// Those of [`WheelWriter`]; or two entries have the same path.
pub fn write(
    target_dir: &Path,
    file_name: &str,
    manifest: &Manifest,
    dist_info: &str,
    packing: &Packing,
) -> Result<PathBuf> {
    refuse_duplicates(manifest, dist_info)?;
    let mut archive = WheelWriter::begin(target_dir, file_name, *packing)?;
    let (metadata, others) = metadata_and_others(manifest, dist_info);
    archive.add(&others)?;
    archive.add(&metadata)?;
    archive.finish(file_name, dist_info)
}

/// A wheel that is being written. What is there can be packed before the rest is made; nothing appears
/// before [`WheelWriter::finish`].
///
/// Every file is read once, in pieces: what `RECORD` says is what was packed. Everything is
/// deflated, also what does not get smaller by it: knowing that beforehand would take a second
/// pass, and it costs less than a thousandth of the size.
pub struct WheelWriter<'a> {
    folder: PathBuf,
    /// What messages call the file.
    called: String,
    packing: Packing<'a>,
    zip: ZipWriter<DeferredErrors<Part>>,
    failure: FirstError,
    rows: Vec<RecordRow>,
}

impl<'a> WheelWriter<'a> {
    /// Begins a wheel that will lie in `folder`, by a name that is not for certain yet.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn begin(folder: &Path, called: &str, packing: Packing<'a>) -> Result<Self> {
        let (target, failure) = DeferredErrors::new(Part::begin(folder)?);
        Ok(WheelWriter {
            folder: folder.to_owned(),
            called: called.to_owned(),
            packing,
            zip: ZipWriter::new(target),
            failure,
            rows: Vec::new(),
        })
    }

    /// Packs entries, in this order, behind those that are there.
    ///
    /// # Errors
    /// A file cannot be read, the disk is full, or the user interrupted.
    pub fn add(&mut self, entries: &[&ManifestEntry]) -> Result<()> {
        let target = self.folder.join(&self.called);
        let failed = |e: &std::io::Error| Error::io("write", &target, e);
        packing::in_order(entries, &self.packing, &self.folder, |piece| {
            let merged = self.zip.merge_archive(piece.archive);
            merged.map_err(|e| packing::refused(&self.called, e))?;
            self.rows.extend(piece.rows);
            self.failure.check(failed)?;
            if process::interrupted() { Err(Error::interrupted()) } else { Ok(()) }
        })
    }

    /// Writes the `RECORD` of the folder `dist_info`, the very last of all entries, and gives the
    /// wheel its name. Returns its path.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self, file_name: &str, dist_info: &str) -> Result<PathBuf> {
        let target = self.folder.join(file_name);
        let failed = |e: &std::io::Error| Error::io("write", &target, e);
        let path = record_path(dist_info);
        let record = record_text(&self.rows, &path)?;
        let options = packing::options(record.len() as u64, 0o644, self.packing.modified);
        let refused = |e: &dyn std::fmt::Display| packing::refused(&path, e);
        self.zip.start_file(&path, options).map_err(|e| refused(&e))?;
        self.zip.write_all(record.as_bytes()).map_err(|e| refused(&e))?;
        let written = self.zip.finish().map_err(|e| refused(&e))?;
        self.failure.check(failed)?;
        written.into_inner().become_file(&target)?;
        Ok(target)
    }
}

/// The specification asks for the metadata at the physical end of the archive.
pub fn metadata_and_others<'a>(
    manifest: &'a Manifest,
    dist_info: &str,
) -> (Vec<&'a ManifestEntry>, Vec<&'a ManifestEntry>) {
    let is_metadata = |entry: &&ManifestEntry| {
        entry.path.strip_prefix(dist_info).is_some_and(|rest| rest.starts_with('/'))
    };
    manifest.entries.iter().partition(is_metadata)
}

/// Refuses a wheel in which two files would be one.
///
/// # Errors
/// Two entries have the same path.
pub fn refuse_duplicates(manifest: &Manifest, dist_info: &str) -> Result<()> {
    let record = record_path(dist_info);
    let mut seen = HashSet::from([record.as_str()]);
    match manifest.entries.iter().find(|entry| !seen.insert(&entry.path)) {
        None => Ok(()),
        Some(entry) => {
            let message = format!("two files would have the path `{}` in the wheel", entry.path);
            Err(Error::new(message).hint("rename one, or leave it out with `exclude`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::dist_info::folder_name;
    use proptest::prelude::*;

    fn tag(python: &str, abi: &str, platform: &str) -> Tag {
        Tag { python: python.into(), abi: abi.into(), platform: platform.into() }
    }

    #[test]
    fn names_follow_the_specification() {
        let table = [
            ("My.Cool--dist", "1.0", "my_cool_dist-1.0-py3-none-any.whl"),
            ("a", "1.0+local.1", "a-1.0+local.1-py3-none-any.whl"),
            ("a", "1!2.0rc1", "a-1!2.0rc1-py3-none-any.whl"),
            ("a_b", "1.0-1", "a_b-1.0_1-py3-none-any.whl"),
        ];
        for (name, version, expected) in table {
            assert_eq!(file_name(name, version, None, &tag("py3", "none", "any")), expected);
        }
        let built_again = file_name("a", "1.0", Some("2_x"), &tag("cp39", "abi3", "any"));
        assert_eq!(built_again, "a-1.0-2_x-cp39-abi3-any.whl");
        assert_eq!(folder_name("My.Cool--dist", "1.0"), "my_cool_dist-1.0.dist-info");
    }

    fn epoch(value: &str) -> Result<String> {
        let environment = Environment([("SOURCE_DATE_EPOCH".into(), value.into())].into());
        timestamp(&environment).map(|time| time.to_string())
    }

    #[test]
    fn times_come_from_source_date_epoch() {
        let table = [
            ("", "1980-01-01 00:00:00"),
            ("0", "1980-01-01 00:00:00"),
            ("315532800", "1980-01-01 00:00:00"),
            ("315532862", "1980-01-01 00:01:02"),
            ("951782399", "2000-02-28 23:59:58"),
            ("951868800", "2000-03-01 00:00:00"),
            ("1704067199", "2023-12-31 23:59:58"),
            ("1709210096", "2024-02-29 12:34:56"),
            ("4107542400", "2100-03-01 00:00:00"),
            ("4354819198", "2107-12-31 23:59:58"),
            ("18446744073709551615", "2107-12-31 23:59:58"),
        ];
        for (value, expected) in table {
            assert_eq!(epoch(value).unwrap(), expected, "{value}");
        }
        assert_eq!(timestamp(&Environment::default()).unwrap().to_string(), "1980-01-01 00:00:00");
    }

    #[test]
    fn a_time_that_is_no_number_is_refused() {
        for value in ["yesterday", "-1", "+1", "1.5", " 1", "99999999999999999999"] {
            let error = epoch(value).unwrap_err();
            assert!(error.to_string().contains(&format!("`{value}`")), "{error}");
        }
    }

    #[test]
    fn metadata_is_told_from_what_looks_like_it() {
        let entry = |path: &str| ManifestEntry {
            path: path.into(),
            content: crate::model::Content::Text(String::new()),
            executable: false,
        };
        let paths = ["a-1.dist-info/METADATA", "a-1.dist-info2", "a/b.py", "z.py"];
        let manifest = Manifest { entries: paths.map(entry).into() };
        let (metadata, others) = metadata_and_others(&manifest, "a-1.dist-info");
        let paths = |entries: Vec<&ManifestEntry>| -> Vec<String> {
            entries.iter().map(|entry| entry.path.clone()).collect()
        };
        assert_eq!(paths(others), ["a-1.dist-info2", "a/b.py", "z.py"]);
        assert_eq!(paths(metadata), ["a-1.dist-info/METADATA"]);
    }

    proptest! {
        #[test]
        fn a_file_name_splits_back_into_its_parts(
            name in "[A-Za-z0-9]([-_.A-Za-z0-9]{0,20}[A-Za-z0-9])?",
            version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?(\\+[a-z0-9]{1,4})?",
            python in "cp3[0-9]{1,2}",
            abi in "[a-z0-9]{1,8}(\\.[a-z0-9]{1,8})?",
            platform in "[a-z0-9_]{1,20}",
        ) {
            let file = file_name(&name, &version, None, &tag(&python, &abi, &platform));
            let parts: Vec<&str> = file.strip_suffix(".whl").unwrap().split('-').collect();
            prop_assert_eq!(&parts[1..], [&version, &python, &abi, &platform]);
            let same = |text: &str| text.replace(['-', '_', '.'], "").to_lowercase();
            prop_assert_eq!(same(parts[0]), same(&name));
            prop_assert!(!parts[0].contains("__") && !parts[0].contains('.'));
            let folder = folder_name(&name, &version);
            prop_assert!(file.starts_with(folder.strip_suffix("dist-info").unwrap().trim_end_matches('.')));
        }
    }
}
