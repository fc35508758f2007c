//! The wheel: its file names, its `WHEEL` file, and the archive, the same to the byte everywhere.
//!
//! The format is the "Binary distribution format" of packaging.python.org.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use zip::{DateTime, ZipWriter};

use super::outlet::Outlet;
use super::{compress, record};
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

/// The time that every entry of an archive carries: `SOURCE_DATE_EPOCH`
/// (<https://reproducible-builds.org/specs/source-date-epoch/>) moved into the years that the zip
/// format can say, or else their beginning, 1980-01-01.
///
/// # Errors
/// `SOURCE_DATE_EPOCH` is not a number of seconds.
pub fn timestamp(environment: &Environment) -> Result<DateTime> {
    let Some(value) = environment.text("SOURCE_DATE_EPOCH") else { return Ok(DateTime::DEFAULT) };
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = value.parse().ok().filter(|_| digits).ok_or_else(|| {
        Error::new(format!("the environment variable SOURCE_DATE_EPOCH is `{value}`"))
            .hint("set it to a number of seconds since 1970-01-01, or unset it")
    })?;
    dos_time(seconds)
}

/// 1980-01-01 00:00:00
const EARLIEST: u64 = 315_532_800;
/// 2107-12-31 23:59:58
const LATEST: u64 = 4_354_819_198;

fn dos_time(seconds: u64) -> Result<DateTime> {
    let seconds = seconds.clamp(EARLIEST, LATEST) - EARLIEST;
    let (mut year, mut day) = (1980_u16, seconds / 86_400);
    while day >= days_of(year) {
        day -= days_of(year);
        year += 1;
    }
    let mut month = 1_u8;
    while day >= days_in(year, month) {
        day -= days_in(year, month);
        month += 1;
    }
    let [hour, minute, second] = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60];
    let [day, hour, minute, second] = [day + 1, hour, minute, second].map(|part| part as u8);
    DateTime::from_date_and_time(year, month, day, hour, minute, second)
        .map_err(|e| Error::new(format!("SOURCE_DATE_EPOCH gives no valid date: {e}")))
}

fn days_of(year: u16) -> u64 {
    (1..=12).map(|month| days_in(year, month)).sum()
}

fn days_in(year: u16, month: u8) -> u64 {
    match month {
        // 2000 is a leap year, and 2100, the only other full century here, is none.
        2 if year.is_multiple_of(4) && year != 2100 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
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
