//! What git tracks: the paths in the index of a repository (gitformat-index).

use std::collections::HashSet;
use std::path::Path;

/// The paths that a repository tracks, from its root, with `/`. `git` is its folder, `common` the
/// one that its worktrees share. `None` where there is no index, or none that can be read.
pub(super) fn tracked(git: &Path, common: &Path) -> Option<HashSet<String>> {
    let bytes = std::fs::read(git.join("index")).ok()?;
    let config = std::fs::read_to_string(common.join("config")).unwrap_or_default();
    let is_sha256 = config.lines().any(|line| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        key.trim().eq_ignore_ascii_case("objectformat") && value.trim() == "sha256"
    });
    paths(&bytes, if is_sha256 { 32 } else { 20 })
}

/// What stands before the digest of an entry: times, device, inode, mode, owner, size.
const STAT: usize = 40;

fn paths(bytes: &[u8], digest: usize) -> Option<HashSet<String>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (version, count) = (number(4)?, number(8)?);
    if !bytes.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let mut paths = HashSet::new();
    let mut path: Vec<u8> = Vec::new();
    let mut start = 12;
    for _ in 0..count {
        let flags = start + STAT + digest;
        let is_extended = bytes.get(flags)? & 0x40 != 0;
        let mut at = flags + if is_extended { 4 } else { 2 };
        if version == 4 {
            let (dropped, after) = offset(bytes, at)?;
            path.truncate(path.len().checked_sub(dropped)?);
            at = after;
        } else {
            path.clear();
        }
        let length = bytes.get(at..)?.iter().position(|byte| *byte == 0)?;
        path.extend_from_slice(&bytes[at..at + length]);
        paths.insert(String::from_utf8_lossy(&path).into_owned());
        let end = at + length;
        // Before version 4 an entry is filled up with one to eight zeros.
        start = if version == 4 { end + 1 } else { start + ((end - start) / 8 + 1) * 8 };
    }
    Some(paths)
}

/// A number of the form that pack files have for offsets, and what follows it.
fn offset(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = value.checked_add(1)?.checked_mul(0x80)? + usize::from(byte & 0x7f);
    }
    Some((value, at + 1))
}
