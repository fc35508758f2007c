//! Manifest entries -> hashed, deflated pieces of a wheel: made on all cores, handed on in order.
//!
//! A piece is a small archive of its own, of a run of entries. It lies in memory until it grows
//! beyond `SPOOL_MEMORY` and in an unnamed temporary file from then on, and at most two pieces
//! per thread exist at a time. What an entry's bytes are does not depend on how runs are cut.

use std::fs::File;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use crate::archive::deferred_errors::DeferredErrors;
use crate::archive::dist_info::RecordRow;
use crate::engine::jobserver::{Jobs, Urgency};
use crate::error::{Error, Result};
use crate::model::{Content, ManifestEntry};
use crate::process;

/// How a wheel is packed.
#[derive(Debug, Clone, Copy)]
pub struct Packing<'a> {
    /// The time that every entry carries: see [`timestamp`](crate::archive::wheel::timestamp).
    pub modified: DateTime,
    /// The right to compress, shared with all that goes on beside it.
    pub jobs: &'a Jobs,
}

/// A run of packed entries.
pub(super) struct Piece {
    /// The entries as an archive, ready to be merged into another.
    pub(super) archive: ZipArchive<DeferredErrors<SpooledTempFile>>,
    /// What was packed.
    pub(super) rows: Vec<RecordRow>,
}

/// A piece keeps this much in memory before it moves to the disk.
const SPOOL_MEMORY: usize = 2 << 20;
/// A run is full when its files have this many bytes together: less where all of them have less than would
/// keep every thread busy...
const RUN_BYTES: std::ops::RangeInclusive<u64> = 1 << 16..=1 << 20;
/// ... or when it has this many files.
const RUN_FILES: usize = 256;
/// So many runs for each thread, if there is enough to pack: then none waits long for the last one.
const RUNS_PER_THREAD: u64 = 4;
/// From this size on an entry reserves room for sizes beyond 4 GiB. It is a little less than that,
/// because deflating what cannot be deflated makes it larger.
const ZIP64_FROM: u64 = 0xFF00_0000;

/// Packs the entries and hands the pieces to `take`, in the order of the entries. Temporary files
/// lie in `spool`.
///
/// # Errors
/// A file cannot be read (it is named), `spool` is full, `take` fails, or the user interrupted.
pub(super) fn in_order(
    entries: &[&ManifestEntry],
    packing: &Packing,
    spool: &Path,
    mut take: impl FnMut(Piece) -> Result<()>,
) -> Result<()> {
    let sizes = entries.iter().map(|entry| size(entry)).collect::<Result<Vec<u64>>>()?;
    let runs = runs(&sizes, packing.jobs.workers);
    let threads = packing.jobs.workers.clamp(1, runs.len().max(1));
    let given_up = &AtomicBool::new(false);
    let packed = &|run: &Range<usize>| {
        let is_unwanted = || given_up.load(Ordering::Relaxed);
        match packing.jobs.acquire(Urgency::Packing, is_unwanted) {
            Some(_permit) => piece(&entries[run.clone()], &sizes[run.clone()], packing, spool),
            None => Err(Error::interrupted()),
        }
    };
    std::thread::scope(|scope| {
        // The first of two threads packs runs 0, 2, 4 and so on. It waits until its piece is taken.
        let mut lanes = Vec::with_capacity(threads);
        for lane in 0..threads {
            let (done, pieces) = mpsc::sync_channel(1);
            let mut own = runs.iter().skip(lane).step_by(threads);
            // Nobody takes pieces any more after an error.
            let work = move || own.try_for_each(|run| done.send(packed(run)).ok());
            std::thread::Builder::new()
                .spawn_scoped(scope, work)
                .map_err(|e| Error::new(format!("cannot start {threads} threads: {e}")))?;
            lanes.push(pieces);
        }
        let mut in_turn = (0..runs.len()).map(|run| received(&lanes[run % threads]));
        let result = in_turn.try_for_each(|piece| take(piece?));
        given_up.store(result.is_err(), Ordering::Relaxed);
        result
    })
}

fn received(pieces: &mpsc::Receiver<Result<Piece>>) -> Result<Piece> {
    pieces.recv().unwrap_or_else(|_| Err(Error::new("a thread that compresses files ended early")))
}

/// The size of an entry before it is packed. A hint only: what counts is what is read.
fn size(entry: &ManifestEntry) -> Result<u64> {
    match &entry.content {
        Content::Text(text) => Ok(text.len() as u64),
        Content::File(path) => {
            let found = std::fs::metadata(path).map_err(|e| Error::io("read", path, &e))?;
            if !found.is_file() {
                return Err(Error::new(format!("`{}` is not a regular file", path.display())));
            }
            Ok(found.len())
        }
    }
}

/// Cuts the entries into runs that are worth a thread's while.
fn runs(sizes: &[u64], threads: usize) -> Vec<Range<usize>> {
    let all = sizes.iter().fold(0, |all: u64, size| all.saturating_add(*size));
    let share = all / (RUNS_PER_THREAD * threads.max(1) as u64);
    let full = share.clamp(*RUN_BYTES.start(), *RUN_BYTES.end());
    let mut runs = Vec::new();
    let (mut start, mut bytes) = (0, 0_u64);
    for (index, size) in sizes.iter().enumerate() {
        bytes = bytes.saturating_add(*size);
        let end = index + 1;
        if bytes >= full || end - start == RUN_FILES || end == sizes.len() {
            runs.push(start..end);
            (start, bytes) = (end, 0);
        }
    }
    runs
}

fn piece(
    entries: &[&ManifestEntry],
    sizes: &[u64],
    packing: &Packing,
    spool: &Path,
) -> Result<Piece> {
    let spool_failed = |e: &std::io::Error| Error::io("write a temporary file in", spool, e);
    let (target, failure) = DeferredErrors::new(SpooledTempFile::new_in(SPOOL_MEMORY, spool));
    let mut zip = ZipWriter::new(target);
    let mut buffer = vec![0; 1 << 16];
    let mut rows = Vec::with_capacity(entries.len());
    for (entry, size) in entries.iter().zip(sizes) {
        let mode = if entry.executable { 0o755 } else { 0o644 };
        let options = options(*size, mode, packing.modified);
        zip.start_file(&entry.path, options).map_err(|e| refused(&entry.path, e))?;
        let mut digest = Sha256::new();
        let mut packed = 0;
        for_each_chunk(&entry.content, &mut buffer, |chunk| {
            if process::interrupted() || packing.jobs.cancel.is_cancelled() {
                return Err(Error::interrupted());
            }
            digest.update(chunk);
            packed += chunk.len() as u64;
            zip.write_all(chunk).map_err(|e| refused(&entry.path, e))?;
            failure.check(spool_failed)
        })?;
        rows.push(RecordRow {
            path: entry.path.clone(),
            sha256: digest.finalize().into(),
            size: packed,
        });
    }
    let archive = zip.finish_into_readable().map_err(|e| refused("the end of the archive", e))?;
    failure.check(spool_failed)?;
    Ok(Piece { archive, rows })
}

/// How an entry is stored: everything that could differ between machines is fixed here.
pub(super) fn options(size: u64, mode: u32, modified: DateTime) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(modified)
        .unix_permissions(mode)
        .system(System::Unix)
        .large_file(size >= ZIP64_FROM)
}

fn for_each_chunk(
    content: &Content,
    buffer: &mut [u8],
    mut use_chunk: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let path = match content {
        Content::Text(text) => return use_chunk(text.as_bytes()),
        Content::File(path) => path,
    };
    let failed = |e: std::io::Error| Error::io("read", path, &e);
    let mut file = File::open(path).map_err(failed)?;
    loop {
        let count = match file.read(buffer) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other.map_err(failed)?,
        };
        if count == 0 {
            return Ok(());
        }
        use_chunk(&buffer[..count])?;
    }
}

/// The archive format has no place for this entry: its name is too long, or it grew past 4 GiB
/// while it was packed.
pub(super) fn refused(path: &str, reason: impl std::fmt::Display) -> Error {
    Error::new(format!("cannot pack `{path}`: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_by_bytes_by_files_and_at_the_end() {
        assert!(runs(&[], 2).is_empty());
        assert_eq!(runs(&[10, 1 << 30, 3, 4], 2), [0..2, 2..4]);
        assert_eq!(runs(&[0; RUN_FILES + 1], 2), [0..RUN_FILES, RUN_FILES..RUN_FILES + 1]);
        assert_eq!(runs(&[u64::MAX, u64::MAX], 2), [0..1, 1..2]);
    }

    #[test]
    fn a_few_files_are_shared_out_among_the_threads() {
        assert_eq!(runs(&[70_000; 8], 2).len(), 8);
        assert_eq!(runs(&[70_000; 8], 1).len(), 4);
        assert_eq!(runs(&[1000; 8], 2).len(), 1, "not worth it");
    }

    #[test]
    fn every_entry_is_in_exactly_one_run() {
        let sizes: Vec<u64> = (0..5000).map(|n| (n * 7919) % 60_000).collect();
        let covered: Vec<usize> = runs(&sizes, 2).into_iter().flatten().collect();
        assert_eq!(covered, (0..5000).collect::<Vec<_>>());
    }
}
