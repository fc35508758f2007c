//! The wheel: its file names, its `WHEEL` file, and the archive, the same to the byte everywhere.
//!
//! The format is the "Binary distribution format" of packaging.python.org.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use time::{OffsetDateTime, PrimitiveDateTime};
use zip::{DateTime, ZipWriter};

use super::outlet::Outlet;
use super::{compress, epoch, record};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Manifest, ManifestEntry, Tag};
use crate::process::{self, Environment};

/// Which of the two folders for modules a wheel is unpacked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purelib {
    /// `purelib`: nothing in the wheel depends on the machine.
    Pure,
    /// `platlib`: it holds extension modules.
    Platform,
}

/// How an archive is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// The time that every entry carries: see [`timestamp`].
    pub modified: DateTime,
    /// The most threads that compress; `None` is one per core.
    pub jobs: Option<usize>,
}

/// `my_dist-1.0-cp311-abi3-linux_x86_64.whl`. `version` is a normalised PEP 440 version.
pub fn file_name(dist_name: &str, version: &str, tag: &Tag) -> String {
    format!("{}-{tag}.whl", stem(dist_name, version))
}

/// `my_dist-1.0.dist-info`
pub fn dist_info_name(dist_name: &str, version: &str) -> String {
    format!("{}.dist-info", stem(dist_name, version))
}

/// The name, normalised as in PEP 503 but with `_`, and the version, in which the `-` that
/// separates the parts of a file name has no place.
fn stem(dist_name: &str, version: &str) -> String {
    let words = dist_name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_").to_lowercase();
    format!("{name}-{}", version.replace('-', "_"))
}

/// The text of `WHEEL`. A compressed tag (`cp315-abi3.abi3t-linux_x86_64`) becomes one line for
/// each of its combinations.
pub fn wheel_file(tags: &[Tag], purelib: Purelib) -> String {
    let pure = match purelib {
        Purelib::Pure => "true",
        Purelib::Platform => "false",
    };
    let version = env!("CARGO_PKG_VERSION");
    let mut text =
        format!("Wheel-Version: 1.0\nGenerator: officina {version}\nRoot-Is-Purelib: {pure}\n");
    for tag in tags {
        for python in tag.python.split('.') {
            for abi in tag.abi.split('.') {
                for platform in tag.platform.split('.') {
                    let _ = writeln!(text, "Tag: {python}-{abi}-{platform}"); // a String takes all
                }
            }
        }
    }
    text
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

/// Writes the wheel `file_name` into `target_dir` and returns its path. Its entries come in the
/// manifest's order, those of the folder `dist_info` after all others, and `RECORD`, made here,
/// the very last.
///
/// Every file is read once, in pieces: what `RECORD` says is what was packed. Everything is
/// deflated, also what does not get smaller by it: knowing that beforehand would take a second
/// pass, and it costs less than a thousandth of the size.
///
/// # Errors
/// A file cannot be read, two entries have the same path, the folder cannot be written, the disk
/// is full, or the user interrupted. Nothing is left then.
pub fn write(
    target_dir: &Path,
    file_name: &str,
    manifest: &Manifest,
    dist_info: &str,
    packing: &Packing,
) -> Result<PathBuf> {
    let record_path = format!("{dist_info}/RECORD");
    let entries = in_wheel_order(manifest, dist_info);
    refuse_duplicates(&entries, &record_path)?;
    let target = target_dir.join(file_name);
    fs::write_product(&target, |file| {
        let failed = |e: &std::io::Error| Error::io("write", &target, e);
        let (outlet, failure) = Outlet::new(file);
        let mut zip = ZipWriter::new(outlet);
        let mut rows = Vec::with_capacity(entries.len());
        compress::in_order(&entries, packing, target_dir, |piece| {
            zip.merge_archive(piece.archive).map_err(|e| compress::refused(file_name, e))?;
            rows.extend(piece.rows);
            failure.check(failed)?;
            if process::interrupted() { Err(Error::interrupted()) } else { Ok(()) }
        })?;
        let record = record::text(&rows, &record_path)?;
        let options = compress::options(record.len() as u64, 0o644, packing.modified);
        let refused = |e: &dyn std::fmt::Display| compress::refused(&record_path, e);
        zip.start_file(&record_path, options).map_err(|e| refused(&e))?;
        zip.write_all(record.as_bytes()).map_err(|e| refused(&e))?;
        zip.finish().map_err(|e| refused(&e))?;
        failure.check(failed)
    })
}

/// The specification asks for the metadata at the physical end of the archive.
fn in_wheel_order<'a>(manifest: &'a Manifest, dist_info: &str) -> Vec<&'a ManifestEntry> {
    let is_metadata = |entry: &&ManifestEntry| {
        entry.path.strip_prefix(dist_info).is_some_and(|rest| rest.starts_with('/'))
    };
    let (metadata, others): (Vec<_>, Vec<_>) = manifest.entries.iter().partition(is_metadata);
    others.into_iter().chain(metadata).collect()
}

fn refuse_duplicates(entries: &[&ManifestEntry], record_path: &str) -> Result<()> {
    let mut seen = HashSet::from([record_path]);
    match entries.iter().find(|entry| !seen.insert(&entry.path)) {
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
            assert_eq!(file_name(name, version, &tag("py3", "none", "any")), expected);
        }
        assert_eq!(dist_info_name("My.Cool--dist", "1.0"), "my_cool_dist-1.0.dist-info");
    }

    #[test]
    fn compressed_tags_are_written_out() {
        let text = wheel_file(&[tag("cp315", "abi3.abi3t", "linux_x86_64")], Purelib::Platform);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            text,
            format!(
                "Wheel-Version: 1.0\nGenerator: officina {version}\nRoot-Is-Purelib: false\n\
                 Tag: cp315-abi3-linux_x86_64\nTag: cp315-abi3t-linux_x86_64\n"
            )
        );
        let pure = wheel_file(&[tag("py2.py3", "none", "any")], Purelib::Pure);
        assert!(pure.ends_with("Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n"), "{pure}");
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
    fn metadata_comes_last() {
        let entry = |path: &str| ManifestEntry {
            path: path.into(),
            content: crate::model::Content::Text(String::new()),
            executable: false,
        };
        let paths = ["a-1.dist-info/METADATA", "a-1.dist-info2", "a/b.py", "z.py"];
        let manifest = Manifest { entries: paths.map(entry).into() };
        let ordered = in_wheel_order(&manifest, "a-1.dist-info");
        let ordered: Vec<&str> = ordered.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(ordered, ["a-1.dist-info2", "a/b.py", "z.py", "a-1.dist-info/METADATA"]);
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
            let file = file_name(&name, &version, &tag(&python, &abi, &platform));
            let parts: Vec<&str> = file.strip_suffix(".whl").unwrap().split('-').collect();
            prop_assert_eq!(&parts[1..], [&version, &python, &abi, &platform]);
            let same = |text: &str| text.replace(['-', '_', '.'], "").to_lowercase();
            prop_assert_eq!(same(parts[0]), same(&name));
            prop_assert!(!parts[0].contains("__") && !parts[0].contains('.'));
            let folder = dist_info_name(&name, &version);
            prop_assert!(file.starts_with(folder.strip_suffix("dist-info").unwrap().trim_end_matches('.')));
        }
    }
}
