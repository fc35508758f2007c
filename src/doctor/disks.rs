//! Whether the folders that builds write to can be written, have room, and let programs run.

use std::path::{Path, PathBuf};

use crate::doctor::finding::{Finding, Subject, Verdict};
use crate::fs::{self, Disk};

/// Less than this is not enough for most builds, in bytes.
const LITTLE: u64 = 100 << 20;
/// Less than this is as good as nothing.
const NOTHING: u64 = 1 << 20;

/// Looks at the folder for temporary files, in which frontends make their environments.
pub fn temporary_folder() -> Finding {
    let folder = std::env::temp_dir();
    let subject = Subject::TemporaryFolder;
    const ELSEWHERE: &str = "set TMPDIR to a folder that you can write to, on a disk with room";
    if let Err(error) = tempfile::tempfile_in(&folder) {
        let what = format!("`{}` cannot be written: {error}", folder.display());
        return Finding::fail(subject, what).next(ELSEWHERE);
    }
    let Some(disk) = fs::disk(&folder) else { return Finding::ok(subject, shown(&folder)) };
    if !disk.runs_programs {
        let what =
            format!("`{}` lies on a disk that lets no program run (noexec)", folder.display());
        return Finding::fail(subject, what)
            .note("pip, build and uv make their environments there, and Officina runs from them")
            .next("set TMPDIR to a folder on another disk");
    }
    room(subject, &folder, &disk).map_or_else(
        || Finding::ok(subject, shown(&folder)),
        |(verdict, what)| Finding::new(subject, verdict, what).next(ELSEWHERE),
    )
}

/// Looks at the folder of builds, or where it would be made.
pub fn build_folder(folder: &Path) -> Finding {
    let subject = Subject::BuildFolder;
    let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    let elsewhere = "name another folder with `-C build-dir=...`";
    if let Err(error) = tempfile::tempfile_in(there) {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let what = format!("`{}` cannot be written: {error}", there.display());
        return match full {
            true => Finding::fail(subject, what).next(elsewhere),
            false => Finding::warn(subject, what)
                .note("a build works in a temporary folder then, and begins from nothing each time")
                .next(elsewhere),
        };
    }
    let Some(disk) = fs::disk(there) else { return Finding::ok(subject, shown(folder)) };
    if let Some((verdict, what)) = room(subject, there, &disk) {
        return Finding::new(subject, verdict, what).next(elsewhere);
    }
    if !disk.runs_programs {
        let what =
            format!("`{}` lies on a disk that lets no program run (noexec)", there.display());
        return Finding::warn(subject, what)
            .note("what steps and builders compile to run it themselves cannot run there")
            .next(elsewhere);
    }
    Finding::ok(subject, shown(folder))
}

fn shown(folder: &Path) -> String {
    format!("`{}`", folder.display())
}

/// What is to be said about the room on a disk, if there is little.
fn room(subject: Subject, folder: &Path, disk: &Disk) -> Option<(Verdict, String)> {
    let verdict = match disk.free {
        free if free < NOTHING => Verdict::Fail,
        free if free < LITTLE => Verdict::Warn,
        _ => return None,
    };
    let what = if subject == Subject::BuildFolder { "the build folder" } else { "temporary files" };
    let folder: PathBuf = folder.to_owned();
    let kilobytes = disk.free >> 10;
    Some((verdict, format!("`{}` has {kilobytes} kB left for {what}", folder.display())))
}
