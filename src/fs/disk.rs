//! What the system says about the disk that a folder lies on.

use std::path::Path;

/// A disk, as far as this matters to builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// The bytes that this user may still write.
    pub free: u64,
    /// Whether programs that lie there can run.
    pub runs_programs: bool,
}

/// The disk of a folder; `None` where the system does not tell.
#[cfg(unix)]
pub fn disk(folder: &Path) -> Option<Disk> {
    let said = rustix::fs::statvfs(folder).ok()?;
    #[cfg(target_os = "linux")]
    let runs_programs = !said.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC);
    #[cfg(not(target_os = "linux"))]
    let runs_programs = true;
    Some(Disk { free: said.f_bavail.saturating_mul(said.f_frsize), runs_programs })
}

/// The disk of a folder; `None` where the system does not tell.
#[cfg(not(unix))]
pub fn disk(_folder: &Path) -> Option<Disk> {
    None
}
