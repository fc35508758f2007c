//! Folders that are ours alone: nobody else's, and nothing in them leads out.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fs::files::{create_dir, listed};

/// Makes a folder that only its owner can look into. Whatever else is in its place, a link to some
/// folder for example, is removed.
///
/// # Errors
/// The operating system refuses.
pub fn create_private_dir(folder: &Path) -> Result<()> {
    match std::fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => remove_entry(folder)?,
        Err(_) => {}
    }
    folder.parent().map_or(Ok(()), create_dir)?;
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| Error::io("create the folder", folder, &e))
}

/// Removes all that is neither a file nor a folder from a folder and those in it: links that lead
/// out of it, pipes that nobody writes into. No build makes such a thing.
///
/// # Errors
/// The operating system refuses; the message names the file or folder.
pub fn remove_links(folder: &Path) -> Result<()> {
    for (path, kind) in listed(folder)? {
        if kind.is_dir() {
            remove_links(&path)?;
        } else if !kind.is_file() {
            remove_entry(&path)?;
        }
    }
    Ok(())
}

fn remove_entry(path: &Path) -> Result<()> {
    // Windows removes a link to a folder as a folder.
    let removed = std::fs::remove_file(path).or_else(|e| match cfg!(windows) {
        true => std::fs::remove_dir(path),
        false => Err(e),
    });
    removed.map_err(|e| Error::io("remove", path, &e))
}

/// Refuses what lies in the place of a file of ours and is none: a link, a folder, a pipe.
///
/// # Errors
/// There is such a thing.
pub fn refuse_no_file(path: &Path) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            Err(Error::new(format!("`{}` is no file that a build has made", path.display()))
                .hint("remove it and build again"))
        }
        _ => Ok(()),
    }
}

/// Refuses a folder that somebody else owns, who could put there what a build then takes for its own.
/// The owner of the source tree decides about a build anyway, and is trusted: so root builds in the
/// checkout of a user, as in a container.
///
/// # Errors
/// It is somebody else's.
#[cfg(unix)]
pub fn refuse_foreign(folder: &Path, source_tree: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| std::fs::metadata(path).ok().map(|found| found.uid());
    let Some(uid) = owner(folder) else { return Ok(()) };
    if uid == rustix::process::geteuid().as_raw() || Some(uid) == owner(source_tree) {
        return Ok(());
    }
    let shown = folder.display();
    Err(Error::new(format!("`{shown}` belongs to another user (number {uid})"))
        .note("what is in it could get into the product")
        .hint("remove it, or name another folder in the variable OFFICINA_BUILD_DIR"))
}

/// Owners say nothing on this system.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn refuse_foreign(_folder: &Path, _source_tree: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_leads_out_is_removed_and_what_it_leads_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, outside) = (folder.path().join("ours"), folder.path().join("outside"));
        std::fs::create_dir_all(ours.join("deep")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("kept"), "kept").unwrap();
        std::fs::write(ours.join("deep/file"), "").unwrap();
        symlink(&outside, ours.join("to a folder")).unwrap();
        symlink(outside.join("kept"), ours.join("deep/to a file")).unwrap();
        symlink("nowhere", ours.join("deep/to nothing")).unwrap();
        let pipe = ours.join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        remove_links(&ours).unwrap();
        let names = |path: &Path| listed(path).unwrap().len();
        assert_eq!((names(&ours), names(&ours.join("deep")), names(&outside)), (1, 1, 1));
        assert_eq!(std::fs::read_to_string(outside.join("kept")).unwrap(), "kept");
    }

    #[test]
    fn a_private_folder_takes_the_place_of_a_link_and_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ours");
        symlink(folder.path(), &path).unwrap();
        create_private_dir(&path).unwrap();
        let found = std::fs::symlink_metadata(&path).unwrap();
        assert!(found.is_dir());
        assert_eq!(found.mode() & 0o777, 0o700);
        std::fs::write(path.join("kept"), "").unwrap();
        create_private_dir(&path).unwrap();
        assert!(path.join("kept").exists());
    }

    #[test]
    fn a_file_of_ours_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "").unwrap();
        symlink(path("file"), path("link")).unwrap();
        symlink("nowhere", path("broken")).unwrap();
        std::fs::create_dir(path("folder")).unwrap();
        for (name, expected) in
            [("file", true), ("none", true), ("link", false), ("broken", false), ("folder", false)]
        {
            assert_eq!(refuse_no_file(&path(name)).is_ok(), expected, "{name}");
        }
    }

    #[test]
    fn folders_of_ours_and_of_the_owner_of_the_tree_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["ours", "tree", "beside"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        assert!(refuse_foreign(&path("ours"), &path("tree")).is_ok());
        assert!(refuse_foreign(&path("none"), &path("tree")).is_ok());
        let given = |name: &str, uid| std::os::unix::fs::chown(path(name), Some(uid), None).is_ok();
        if !given("beside", 12345) {
            return; // only root gives files away
        }
        let error = refuse_foreign(&path("beside"), &path("tree")).unwrap_err();
        assert!(error.to_string().ends_with("belongs to another user (number 12345)"), "{error}");
        assert!(given("tree", 12345));
        assert!(refuse_foreign(&path("beside"), &path("tree")).is_ok());
        assert!(refuse_foreign(&path("ours"), &path("tree")).is_ok());
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path("tree"), readable).unwrap();
    }
}
